"""An engine over a shared scheduler: whoever asks for logits waits, while other sequences are read in the same passes.

A `Conversation` keeps one slot from its first question to its end, so that the next question reads only what is new.
It makes everything that is written for one engine (the predictor with its grammar) run batched, a thread each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from neuraldbg.model.batching import Scheduler
from neuraldbg.model.engine import Floats
from neuraldbg.model.predictor import Stopped


class Conversation:
    """A task of the scheduler and, for the thread that owns it, an `neuraldbg.model.engine.Engine`.

    Args:
        scheduler: shared.
        left: whether whoever asked has gone; looked at before every question.
    """

    def __init__(self, scheduler: Scheduler, left: Callable[[], bool] = lambda: False) -> None:
        self.context = scheduler.network.context
        self.ids: list[int] = []
        self.done = False
        self.cancelled = False
        self.idle = False
        self.reused = 0
        self.read = 0  # tokens asked about so far, those in the slot already included
        self._scheduler = scheduler
        self._left = left
        self._answered = threading.Event()
        self._logits: Floats | None = None
        self._error: Exception | None = None

    # For the owner

    def logits(self, ids: Sequence[int], last: int = 1) -> Floats:
        """Logits `[1, vocabulary]` behind ``ids``.

        Raises:
            Stopped: if whoever asked has gone.
            QueueFull: at the first question, if too many sequences wait.
            Stopping: if the scheduler was closed.
        """
        if last != 1:
            raise ValueError("a conversation gives the logits behind the last id only")
        if self._left():
            raise Stopped
        self._answered.clear()
        if self.ids:
            self._scheduler.resume(self, list(ids))
        else:
            self.ids = list(ids)
            self._scheduler.submit([self])
        self._answered.wait()
        if self._error is not None:
            raise self._error
        assert self._logits is not None
        return self._logits[None]

    def close(self) -> None:
        """Frees the slot."""
        self._scheduler.cancel(self)

    # For the scheduler

    def push(self, logits: Floats) -> None:
        """Takes an answer."""
        self._logits = logits.copy()
        self.idle = True
        self._answered.set()

    def fail(self, error: Exception) -> None:
        """Ends it without an answer."""
        self._error = error
        self.done = True
        self._answered.set()
