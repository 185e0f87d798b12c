"""One thread for the predictions of all documents, fair between them; the model lives in it (child.py).

Work is an iterator that does a little at every ``next``. The thread gives each document a slice in turn; what is urgent
has the next one. New work of a document replaces its old one, which is asked to stop at once (``Ticket.cancelled``) and
then closed. Work tells what is wrong with its document itself; an error that leaves it ends the thread, and ``died``
hears of it.
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
    """Loads something on first use, in the thread that uses it; a failure is kept."""

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


Work = Callable[[Ticket], Iterator[None]]


class Worker:
    """Runs the latest work of every key, a slice at a time, in one daemon thread.

    Args:
        died: called in the thread with the error that ended it; nothing is worked on after that.
        turn: called in the thread with a key when its work has its turn after another's.
        slice_size: turns of one key's work before the next key's.
    """

    def __init__(
        self,
        died: Callable[[BaseException], None],
        turn: Callable[[str], None] | None = None,
        slice_size: int = SLICE,
    ) -> None:
        self._died = died
        self._turn = turn
        self._slice = slice_size
        self._urgent: str | None = None
        self._last: str | None = None
        self._work: OrderedDict[str, tuple[Ticket, Work, Iterator[None] | None]] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, key: str, work: Work, urgent: bool = False) -> Ticket:
        """Replaces the work of ``key``; what is urgent interrupts the slice of another."""
        ticket = Ticket()
        with self._changed:
            self._cancel(key)
            self._work[key] = ticket, work, None
            if urgent:
                self._work.move_to_end(key, last=False)
                self._urgent = key
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="neuraldbg-predictions", daemon=True)
                self._thread.start()
        return ticket

    def cancel(self, key: str) -> None:
        """Drops the work of ``key``."""
        with self._changed:
            self._cancel(key)

    def _cancel(self, key: str) -> None:
        if key == self._urgent:
            self._urgent = None
        found = self._work.pop(key, None)
        if found is not None:
            found[0].cancel()

    def _run(self) -> None:
        try:
            while True:
                self._advance(*self._take())
        except BaseException as error:
            self._died(error)

    def _take(self) -> tuple[str, Ticket, Work, Iterator[None] | None]:
        with self._changed:
            while not self._work:
                self._changed.wait()
            key = next(iter(self._work))
            if key == self._urgent:
                self._urgent = None
            ticket, work, begun = self._work[key]
            return key, ticket, work, begun

    def _advance(self, key: str, ticket: Ticket, work: Work, begun: Iterator[None] | None) -> None:
        if self._turn is not None and key != self._last:
            self._turn(key)
        self._last = key
        iterator = work(ticket) if begun is None else begun
        done = False
        for _ in range(self._slice):
            if self._urgent is not None:
                break
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
                    if self._urgent is None:
                        self._work.move_to_end(key)  # behind what came while it had its turn
