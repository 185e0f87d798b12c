"""An engine over a shared scheduler: whoever asks for logits waits, while other sequences are read in the same passes.

A `Conversation` keeps one slot from its first question to its end, so that the next question reads only what is new.
It makes everything that is written for one engine (the predictor with its grammar) run batched, a thread each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np

from neuraldbg.errors import ModelError
from neuraldbg.model.batching import Scheduler
from neuraldbg.model.decoding import Stopped
from neuraldbg.model.engine import Floats, common_prefix


class Conversation:
    """A task of the scheduler and, for the thread that owns it, an `neuraldbg.model.engine.Engine`.

    Args:
        scheduler: shared.
        left: whether whoever asked has gone; looked at before every question.
        turn: a lock that the owner holds; others may have it while the owner waits.
    """

    def __init__(
        self, scheduler: Scheduler, left: Callable[[], bool] = lambda: False, turn: threading.Lock | None = None
    ) -> None:
        self.context = scheduler.network.context
        self.draft = scheduler.network.draft
        self.ids: list[int] = []
        self.last = 1
        self.done = False
        self.cancelled = False
        self.idle = False
        self.reused = 0
        self._scheduler = scheduler
        self._left = left
        self._turn = turn
        self._answered = threading.Event()
        self._rows: Floats = np.empty((0, 0), np.float32)  # logits behind each of the last ids
        self._error: Exception | None = None

    # For the owner

    def logits(self, ids: Sequence[int], draft: Sequence[int] = ()) -> Floats:
        """Logits `[vocabulary]` behind ``ids``.

        Args:
            ids: at least one.
            draft: ids that may follow; if they do, their logits are there already.

        Raises:
            Stopped: if whoever asked has gone.
            ModelError: if ``ids`` is longer than the context.
            QueueFull: at the first question, if too many sequences wait.
            Stopping: if the scheduler was closed.
        """
        if self._left():
            raise Stopped
        self.draft = self._scheduler.network.draft // max(1, self._scheduler.running)  # others want the room too
        wanted = list(ids)
        if not 0 < len(wanted) <= self.context:
            raise ModelError(f"{len(wanted)} tokens do not fit the model's context of {self.context}")
        behind = len(wanted) - (len(self.ids) - len(self._rows)) - 1
        if behind >= 0 and common_prefix(self.ids, wanted) == len(wanted):
            return self._row(behind)
        asked = [*wanted, *draft[: self.context - len(wanted)]]
        last = len(asked) - len(wanted) + 1
        self._answered.clear()
        if self.ids:
            self._scheduler.resume(self, asked, last)
        else:
            self.ids, self.last = asked, last
            self._scheduler.submit([self])
        self._wait()
        if self._error is not None:
            raise self._error
        return self._row(0)

    def _wait(self) -> None:
        if self._turn is None:
            self._answered.wait()
            return
        self._turn.release()
        try:
            self._answered.wait()
        finally:
            self._turn.acquire()

    def _row(self, index: int) -> Floats:
        row: Floats = self._rows[index]
        return row

    def close(self) -> None:
        """Frees the slot."""
        self._scheduler.cancel(self)

    # For the scheduler

    def push(self, logits: Floats) -> None:
        """Takes an answer."""
        self._rows = logits.copy()
        self.idle = True
        self._answered.set()

    def fail(self, error: Exception) -> None:
        """Ends it without an answer."""
        self._error = error
        self.done = True
        self._answered.set()
