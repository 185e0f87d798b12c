"""Work that takes long, one job at a time, on threads that report back as messages.

The threads are daemons of our own: quitting must not wait for a model that does not look at ``cancelled``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump

Work = Callable[[Callable[[], bool]], Any]  # gets `cancelled`, runs on the thread


@dataclass(slots=True)
class Job:
    """One piece of work.

    Attributes:
        label: what is shown while it runs.
        work: called on the thread with a ``cancelled`` function.
        done: called with its result on the user interface's thread.
        failed: called there with the exception instead, if it raised one.
        stop: set when the user no longer wants it.
    """

    label: str
    work: Work
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0


class JobEnded(Message):
    """Posted by the thread."""

    bubble = False

    def __init__(self, lane: Lane, job: Job, result: Any, error: BaseException | None) -> None:
        super().__init__()
        self.lane, self.job, self.result, self.error = lane, job, result, error


class Lane:
    """A queue of jobs that run one after another.

    Args:
        owner: gets the :class:`JobEnded` messages and hands them to :meth:`ended`.
        most: waiting jobs at most; more are refused.
    """

    def __init__(self, owner: MessagePump, most: int) -> None:
        self._owner, self._most = owner, most
        self._waiting: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self.running: Job | None = None

    @property
    def waiting(self) -> int:
        """Jobs that have not started."""
        return len(self._waiting)

    def submit(self, job: Job) -> bool:
        """Starts the job or queues it; False if the queue is full."""
        if self.running is None:
            self._start(job)
            return True
        if len(self._waiting) >= self._most:
            return False
        self._waiting.append(job)
        return True

    def cancel(self) -> int:
        """Asks the running job to stop and drops those that wait; returns how many were dropped."""
        if self.running is not None:
            self.running.stop.set()
        return self.drop()

    def drop(self) -> int:
        """Forgets the waiting jobs; returns how many."""
        dropped = len(self._waiting)
        self._waiting.clear()
        return dropped

    def ended(self, message: JobEnded) -> None:
        """Delivers a result and starts the next job; to be called on the user interface's thread."""
        self.running = None
        if message.error is not None:
            message.job.failed(message.error)
        else:
            message.job.done(message.result)
        if self.running is None and self._waiting:
            self._start(self._waiting.popleft())

    def join(self, seconds: float) -> None:
        """Waits a moment for the thread, so that it can tidy up before the process ends."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _start(self, job: Job) -> None:
        self.running = job
        job.started = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(job,), name=job.label, daemon=True)
        self._thread.start()

    def _run(self, job: Job) -> None:
        result, error = None, None
        try:
            result = job.work(job.stop.is_set)
        except BaseException as raised:  # shown on the status line; SystemExit of a library must not go unseen
            error = raised
        self._owner.post_message(JobEnded(self, job, result, error))
