"""The worker: fair between documents, cancels what is stale, lives on when its thread dies."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from neuraldbg.lsp.worker import Lazy, Ticket, Worker

PATIENCE = 60.0


def test_documents_have_turns_of_a_slice_each() -> None:
    order: list[str] = []
    done: queue.Queue[str] = queue.Queue()
    gate = threading.Event()

    def work(name: str, count: int) -> object:
        def begin(ticket: Ticket) -> Iterator[None]:
            gate.wait(PATIENCE)  # until all have been submitted
            for _ in range(count):
                order.append(name)
                yield
            done.put(name)

        return begin

    worker = Worker(lambda error: None, slice_size=2)
    worker.submit("a", work("a", 6))  # type: ignore[arg-type]
    worker.submit("b", work("b", 3))  # type: ignore[arg-type]
    worker.submit("c", work("c", 1))  # type: ignore[arg-type]
    gate.set()
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["c", "b", "a"]
    assert "".join(order) == "aabbcaabaa"
    worker.stop()
    assert worker.join(PATIENCE)


def test_new_work_replaces_the_old_which_is_asked_to_stop() -> None:
    running, done = threading.Event(), threading.Event()
    seen: list[bool] = []

    def first(ticket: Ticket) -> Iterator[None]:
        running.set()
        while not ticket.cancelled():
            ticket._event.wait(PATIENCE)
        seen.append(ticket.cancelled())
        yield
        seen.append(False)  # never: it is cancelled

    def second(ticket: Ticket) -> Iterator[None]:
        yield
        done.set()

    worker = Worker(lambda error: None)
    worker.submit("a", first)
    assert running.wait(PATIENCE)
    worker.submit("a", second)
    assert done.wait(PATIENCE)
    assert seen == [True]
    worker.stop()
    assert worker.join(PATIENCE)


def test_stopping_ends_work_in_the_middle() -> None:
    running = threading.Event()

    def endless(ticket: Ticket) -> Iterator[None]:
        while True:
            running.set()
            yield

    worker = Worker(lambda error: None)
    worker.submit("a", endless)
    assert running.wait(PATIENCE)
    worker.stop()
    assert worker.join(PATIENCE)
    assert worker.submit("b", endless) and worker.join(PATIENCE), "nothing starts after the end"


def test_a_thread_that_dies_is_replaced() -> None:
    class Gone(BaseException):
        pass

    died: queue.Queue[BaseException] = queue.Queue()
    done = threading.Event()

    def deadly(ticket: Ticket) -> Iterator[None]:
        raise Gone
        yield

    def good(ticket: Ticket) -> Iterator[None]:
        yield
        done.set()

    worker = Worker(died.put)
    worker.submit("a", deadly)
    assert isinstance(died.get(timeout=PATIENCE), Gone)
    worker.submit("a", good)
    assert done.wait(PATIENCE)
    worker.stop()
    assert worker.join(PATIENCE)


def test_loading_is_lazy_and_a_failure_is_kept_until_it_is_reset() -> None:
    tries: list[int] = []

    def load() -> str:
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("no such model")
        return "model"

    lazy = Lazy(load)
    assert not tries and not lazy.loaded
    for _ in range(2):
        with pytest.raises(ValueError, match="no such model"):
            lazy()
    assert len(tries) == 1
    lazy.reset()
    assert lazy() == "model" and lazy() == "model" and len(tries) == 2 and lazy.loaded
