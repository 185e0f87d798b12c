"""Rows come from a process that may die: of memory, of endless C code, of anything."""

from __future__ import annotations

import os

import pytest

from neuraldbg.model.checkpoint import resolve
from neuraldbg.training.data.guard import ATTEMPTS, Guard
from neuraldbg.training.data.stream import RowDataset, StreamConfig

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def endless(number: int, attempt: int) -> int:
    if number == 3 and attempt == 0:
        return (1 << (1 << 28)) ** 3 % 7  # no exception can reach this
    return 10 * number + attempt


def test_a_call_that_does_not_end_is_given_up_and_tried_anew() -> None:
    guard = Guard(endless, seconds=0.3)
    assert [guard(number) for number in (1, 2, 3, 4)] == [10, 20, 31, 40]
    assert guard.lost == 1
    guard.close()


def test_answers_come_from_one_other_process() -> None:
    guard = Guard(lambda number, attempt: os.getpid())
    assert guard(0) == guard(1) != os.getpid()
    guard.close()
    guard.close()


def test_memory_is_limited() -> None:
    def greedy(number: int, attempt: int) -> int:
        return len(b"x" * (1 << 40)) if attempt == 0 else attempt

    with pytest.raises(RuntimeError, match="number 0: MemoryError"):
        Guard(greedy)(0)


def test_a_process_that_always_dies_is_an_error() -> None:
    guard = Guard(lambda number, attempt: os._exit(3))
    with pytest.raises(RuntimeError, match=f"number 7: the process died {ATTEMPTS} times"):
        guard(7)
    assert guard.lost == ATTEMPTS


def test_what_the_function_raises_is_told() -> None:
    guard = Guard(lambda number, attempt: 1 // number)
    with pytest.raises(RuntimeError, match="number 0: ZeroDivisionError"):
        guard(0)
    assert guard(1) == 1
    guard.close()


def test_rows_are_the_same_in_the_process_and_outside() -> None:
    rows = RowDataset(resolve(None), StreamConfig(length=256, decisions=96))
    for number in (0, 5):
        guarded, plain = rows[number], rows.row(number)
        assert guarded.keys() == plain.keys()
        assert all((guarded[key] == plain[key]).all() for key in plain)
    assert not (rows.row(5)["ids"] == rows.row(5, 1)["ids"]).all()
