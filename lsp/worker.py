"""One thread for the predictions of all documents, fair between them; the model lives in it.

Work is an iterator that does a little at every ``next``. The thread gives each document a slice in turn. New work of a
document replaces its old one, which is asked to stop at once (``Ticket.cancelled``) and then closed. A thread that
dies of anything but an ordinary error is replaced by a new one with a newly loaded model; ``died`` hears of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

M = TypeVar("M")  # what is loaded: a predictor

SLICE = 8  # steps of one document before another has its turn: switching costs reading its text again


class Ticket:
    """A piece of work that can be cancelled from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks the work to stop as soon as it can."""
        self._event.set()

    def cancelled(self) -> bool:
        """True once somebody asked."""
        return self._event.is_set()


class Lazy(Generic[M]):
    """Loads something on first use, in the thread that uses it; a failure is kept until ``reset``."""

    def __init__(self, load: Callable[[], M]) -> None:
        self._load = load
        self._value: M | None = None
        self._error: Exception | None = None

    @property
    def loaded(self) -> bool:
        """It is there."""
        return self._value is not None

    def __call__(self) -> M:
        if self._error is not None:
            raise self._error
        if self._value is None:
            try:
                self._value = self._load()
            except Exception as error:
                self._error = error
                raise
        return self._value

    def reset(self) -> None:
        """Loads anew at the next use."""
        self._value = self._error = None


Work = Callable[[Ticket], Iterator[None]]


class Worker:
    """Runs the latest work of every key, a slice at a time, in one daemon thread.

    Args:
        died: called in a dying thread with what killed it, once for each death; its work is dropped.
        slice_size: turns of one key's work before the next key's.
    """

    def __init__(self, died: Callable[[BaseException], None], slice_size: int = SLICE) -> None:
        self._died = died
        self._slice = slice_size
        self._work: OrderedDict[str, tuple[Ticket, Work, Iterator[None] | None]] = OrderedDict()
        self._changed = threading.Condition()
        self._current: Ticket | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def submit(self, key: str, work: Work) -> Ticket:
        """Replaces the work of ``key``."""
        ticket = Ticket()
        with self._changed:
            self._cancel(key)
            if not self._stopping:
                self._work[key] = ticket, work, None
                self._changed.notify_all()
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="neuraldbg-predictions", daemon=True)
                    self._thread.start()
        return ticket

    def cancel(self, key: str) -> None:
        """Drops the work of ``key``."""
        with self._changed:
            self._cancel(key)

    def _cancel(self, key: str) -> None:
        found = self._work.pop(key, None)
        if found is not None:
            found[0].cancel()

    def stop(self) -> None:
        """Drops everything and ends the thread; does not wait for it."""
        with self._changed:
            self._stopping = True
            for key in list(self._work):
                self._cancel(key)
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> bool:
        """Waits for the thread's end; True if it has ended."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self._advance(*taken)
        except BaseException as error:
            # Whatever a model does to its thread, the server lives on and the next work gets a new one.
            with self._changed:
                self._thread = None
                for key in list(self._work):
                    self._cancel(key)
            self._died(error)

    def _take(self) -> tuple[str, Ticket, Work, Iterator[None] | None] | None:
        with self._changed:
            while not self._work and not self._stopping:
                self._changed.wait()
            if self._stopping:
                return None
            key = next(iter(self._work))
            ticket, work, begun = self._work[key]
            return key, ticket, work, begun

    def _advance(self, key: str, ticket: Ticket, work: Work, begun: Iterator[None] | None) -> None:
        iterator = work(ticket) if begun is None else begun
        done = False
        for _ in range(self._slice):
            if ticket.cancelled():
                done = True
                break
            try:
                next(iterator)
            except StopIteration:
                done = True
                break
        if done:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        with self._changed:
            held = self._work.get(key)
            if held is not None and held[0] is ticket:
                if done:
                    del self._work[key]
                else:
                    self._work[key] = ticket, work, iterator
                    self._work.move_to_end(key)  # behind what came while it had its turn
