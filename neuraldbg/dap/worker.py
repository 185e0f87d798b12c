"""The thread that makes steps, so that requests are answered meanwhile: one job at a time, which can be cancelled."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from neuraldbg.dap.peer import Peer

Cancelled = Callable[[], bool]
Finish = Callable[[], object]

_QUIET_SECONDS = 0.5  # work that takes longer is shown as progress
_UPDATE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes:
        seq: of the request that asked for it.
        title: of its progress.
        work: called on the thread with ``cancelled``; what it returns is called when the worker is free again.
        failed: the same, with the exception, where the work raised one.
        dropped: called instead where another job takes its place, or the session ends.
    """

    seq: int
    title: str
    work: Callable[[Cancelled], Finish]
    failed: Callable[[Exception], object]
    dropped: Finish = lambda: None


class Worker:
    """Runs jobs; the thread is a daemon, since a model may not look at ``cancelled`` for a while.

    Args:
        peer: the client, told of the progress.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._lock = threading.RLock()
        self._job: Job | None = None
        self._next: Job | None = None
        self._stop = threading.Event()
        self._closed = False
        self._progress: str | None = None
        self._shown = self._began = 0.0
        self.shows_progress = False

    @property
    def busy(self) -> bool:
        """A job runs."""
        with self._lock:
            return self._job is not None

    def start(self, job: Job) -> None:
        """Starts a job now, or instead of the running one as soon as that has stopped."""
        with self._lock:
            if self._closed:
                job.dropped()
                return
            if self._job is not None:
                if self._next is not None:
                    self._next.dropped()
                self._next = job
                self._stop.set()
                return
            self._job = job
            self._stop = threading.Event()
            threading.Thread(target=self._run, args=(job,), name="dap-worker", daemon=True).start()

    def cancel(self, seq: int | None = None, progress: str | None = None) -> bool:
        """Stops the running job, or only the one of a request or a progress; true if there was one."""
        with self._lock:
            job = self._job
            if job is None or (seq is not None and job.seq != seq):
                return False
            if progress is not None and progress != self._progress:
                return False
            self._stop.set()
            return True

    def close(self) -> None:
        """Stops the running job, and says nothing of it any more."""
        with self._lock:
            if not self._closed:
                for job in filter(None, (self._job, self._next)):
                    job.dropped()
            self._closed = True
            self._next = None
            self._stop.set()

    def _run(self, job: Job) -> None:
        while True:
            self._began, self._shown = time.monotonic(), 0.0
            finish = self._work(job)
            with self._lock:
                self._end_progress()
                if self._closed:
                    return
                following, self._next = self._next, None
                if following is None:
                    self._job = None
                    self._finish(finish)  # the next request meets a free worker, and comes after this
                    return
                job.dropped()
                job = self._job = following
                self._stop = threading.Event()

    def _work(self, job: Job) -> Finish:
        try:
            return job.work(self._stop.is_set)
        except Exception as raised:
            error = raised
            return lambda: job.failed(error)

    def _finish(self, finish: Finish) -> None:
        try:
            finish()
        except Exception:
            traceback.print_exc(file=sys.stderr)

    def report(self, message: str) -> None:
        """Called on the thread now and then: shows how far the work is, where it takes long."""
        job, now = self._job, time.monotonic()
        if not self.shows_progress or job is None or now - self._began < _QUIET_SECONDS:
            return
        if self._progress is None:
            self._progress = f"neuraldbg-{job.seq}"
            body = {"progressId": self._progress, "title": job.title, "cancellable": True, "message": message}
            self._peer.event("progressStart", body)
        elif now - self._shown >= _UPDATE_SECONDS:
            self._peer.event("progressUpdate", {"progressId": self._progress, "message": message})
        else:
            return
        self._shown = now

    def _end_progress(self) -> None:
        if self._progress is not None:
            self._peer.event("progressEnd", {"progressId": self._progress})
            self._progress = None
