"""The worker: fair between documents, cancels what is stale, lets what is urgent go first."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from neuraldbg.lsp.worker import Lazy, Ticket, Work, Worker

PATIENCE = 60.0


def test_documents_have_turns_of_a_slice_each() -> None:
    order: list[str] = []
    done: queue.Queue[str] = queue.Queue()
    gate = threading.Event()

    def work(name: str, count: int) -> Work:
        def begin(ticket: Ticket) -> Iterator[None]:
            gate.wait(PATIENCE)  # until all have been submitted
            for _ in range(count):
                order.append(name)
                yield
            done.put(name)

        return begin

    worker = Worker(lambda error: None, slice_size=2)
    worker.submit("a", work("a", 6))
    worker.submit("b", work("b", 3))
    worker.submit("c", work("c", 1))
    gate.set()
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["c", "b", "a"]
    assert "".join(order) == "aabbcaabaa"


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


def test_what_is_urgent_interrupts_a_slice_and_the_interrupted_goes_on() -> None:
    order: list[str] = []
    done: queue.Queue[str] = queue.Queue()
    worker = Worker(lambda error: None, slice_size=4)

    def urgent(ticket: Ticket) -> Iterator[None]:
        order.append("!")
        yield
        done.put("!")

    def work(name: str, count: int, ask_at: int = 0) -> Work:
        def begin(ticket: Ticket) -> Iterator[None]:
            gate.wait(PATIENCE)
            for number in range(1, count + 1):
                order.append(name)
                if number == ask_at:
                    worker.submit("?", urgent, urgent=True)
                yield
            done.put(name)

        return begin

    gate = threading.Event()
    worker.submit("a", work("a", 4, ask_at=2))
    worker.submit("b", work("b", 2))
    gate.set()
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["!", "a", "b"]
    assert "".join(order) == "aa!aabb"


def test_what_is_urgent_and_cancelled_holds_nobody_up() -> None:
    done = threading.Event()
    worker = Worker(lambda error: None)

    def work(ticket: Ticket) -> Iterator[None]:
        worker.submit("?", work, urgent=True)
        worker.cancel("?")
        yield
        done.set()

    worker.submit("a", work)
    assert done.wait(PATIENCE)


def test_whose_turn_it_is_is_told_when_it_changes() -> None:
    turns: queue.Queue[str] = queue.Queue()
    gate = threading.Event()

    def work(ticket: Ticket) -> Iterator[None]:
        gate.wait(PATIENCE)
        for _ in range(3):
            yield

    worker = Worker(lambda error: None, turns.put, slice_size=1)
    worker.submit("a", work)
    worker.submit("b", work)
    gate.set()
    assert [turns.get(timeout=PATIENCE) for _ in range(8)] == ["a", "b"] * 4
    worker.submit("b", work)
    worker.submit("a", work)
    assert turns.get(timeout=PATIENCE) == "a", "b had the last one"


def test_an_error_that_leaves_work_is_told() -> None:
    class Gone(BaseException):
        pass

    died: queue.Queue[BaseException] = queue.Queue()

    def deadly(ticket: Ticket) -> Iterator[None]:
        raise Gone
        yield

    Worker(died.put).submit("a", deadly)
    assert isinstance(died.get(timeout=PATIENCE), Gone)


def test_loading_is_lazy_and_a_failure_is_kept() -> None:
    tries: list[int] = []

    def load(answer: str | None) -> str:
        tries.append(1)
        if answer is None:
            raise ValueError("no such model")
        return answer

    bad, good = Lazy(lambda: load(None)), Lazy(lambda: load("model"))
    assert not tries and not bad.loaded
    for _ in range(2):
        with pytest.raises(ValueError, match="no such model"):
            bad()
    assert len(tries) == 1 and not bad.loaded
    assert good() == "model" and good() == "model" and len(tries) == 2 and good.loaded
