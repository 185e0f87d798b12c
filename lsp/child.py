"""The model's process: predicts what the server asks for on its stdin, tells on its stdout what it finds.

    python -P -c "... from neuraldbg.lsp.child import main; main()"     # see process.py

The main thread reads, so that it knows at once what has become stale and when the server has gone; a thread of its own
predicts (worker.py). It ends when its stdin does, whatever it is at.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NoReturn, Protocol, runtime_checkable

from neuraldbg.errors import NeuraldbgError
from neuraldbg.lsp import wire
from neuraldbg.lsp.predictions import Predictor, Update, work
from neuraldbg.lsp.worker import Lazy, Ticket, Work, Worker
from neuraldbg.steps import Step

_PATIENCE = 1.0  # seconds that a question may take
FAILED = 70  # exit status: the software's own fault (sysexits.h)


class Way(Protocol):
    """A step that could have come instead."""

    @property
    def step(self) -> Step:
        """The step."""
        ...

    @property
    def probability(self) -> float:
        """Of all that was chosen for it."""
        ...


@runtime_checkable
class Proposes(Protocol):
    """A source that knows how likely other steps are."""

    @property
    def chooses(self) -> bool:
        """It does so here and now; a served model does not."""
        ...

    def alternatives(
        self, history: Sequence[Step], most: int, cancelled: Callable[[], bool] | None = None
    ) -> Sequence[Way]:
        """The likeliest steps after ``history``."""
        ...


class Child:
    """What the process does.

    Args:
        load: loads the model, on first use.
        out: where messages go.
    """

    def __init__(self, load: Callable[[], Predictor], out: BinaryIO) -> None:
        self._predictor = Lazy(load)
        self._out = out
        self._sending = threading.Lock()
        self.worker = Worker(self._died, self._turn)

    def handle(self, message: object) -> None:
        """Takes a message of the server's."""
        match message:
            case wire.Predict():
                self.worker.submit(message.key, self._work(message))
            case wire.Forget():
                self.worker.cancel(message.key)
            case wire.Ask():
                self.worker.submit(wire.QUESTION, self._answer(message), urgent=True)

    def _work(self, asked: wire.Predict) -> Work:
        def begin(ticket: Ticket) -> Iterator[None]:
            def post(update: Update) -> None:
                if not ticket.cancelled():
                    self._send(wire.Found(asked.key, asked.number, update))

            return work(asked.request, self._predictor, ticket, post)

        return begin

    def _answer(self, asked: wire.Ask) -> Work:
        def begin(ticket: Ticket) -> Iterator[None]:
            found: Sequence[Way] = ()
            try:
                source = self._predictor().source(asked.program)
                if isinstance(source, Proposes) and source.chooses:
                    end = time.monotonic() + _PATIENCE
                    found = source.alternatives(
                        asked.history, asked.most, lambda: ticket.cancelled() or time.monotonic() > end
                    )
            except NeuraldbgError:
                found = ()  # the prediction itself tells what is wrong with the model
            if not ticket.cancelled():
                self._send(wire.Answer(asked.number, tuple((way.step, way.probability) for way in found)))
            yield

        return begin

    def _turn(self, key: str) -> None:
        if key != wire.QUESTION:
            self._send(wire.Turn(key))

    def _send(self, message: wire.FromModel) -> None:
        try:
            with self._sending:
                wire.send(self._out, message)
        except OSError:
            os._exit(0)  # the server has gone

    def _died(self, error: BaseException) -> None:
        """A prediction ended in no ordinary way: a new process is safer than this one."""
        traceback.print_exception(error)
        self._send(wire.Dying(f"{type(error).__name__}: {error}"))
        os._exit(FAILED)


def main() -> NoReturn:
    """Serves until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the server's to handle
    source, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed here must not get between the messages
    loader = wire.receive(source)
    if isinstance(loader, wire.Loader):
        child = Child(loader, out)
        while (message := wire.receive(source)) is not None:
            child.handle(message)
    os._exit(0)
