"""The texts of values: exact up to the limit, marked where a repr raises, is slow or huge."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.reprs import Reprs
from neuraldbg.steps import normalise_repr

_words = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
_values = st.recursive(
    _words,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(_words)
    ),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(_values, st.integers(1, 300))
def test_reprs_of_builtins_are_exact_up_to_the_limit(value: object, limit: int) -> None:
    whole = normalise_repr(repr(value))
    shown = Reprs(limit).text(value)
    assert shown == (whole if len(whole) <= limit else f"<repr of {min(len(whole), 10 * limit)} characters>")


class Loud:
    def __repr__(self) -> str:
        print("printed by a repr")
        raise SystemExit


class Slow:
    def __repr__(self) -> str:
        while True:
            threading.Event().wait(0.01)


def test_a_repr_may_raise_or_print(capsys: pytest.CaptureFixture[str]) -> None:
    assert Reprs().text(Loud()) == "<repr raised SystemExit>"
    assert Reprs().text([Loud()]) == "<repr raised SystemExit>"
    assert capsys.readouterr().out == ""


def test_a_slow_repr_times_out_and_patience_shrinks() -> None:
    reprs = Reprs(seconds=0.04)
    before, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    assert reprs.text({"a": Slow()}) == "<repr timed out>"
    assert reprs.patience == pytest.approx(0.02)
    assert reprs.text(Slow()) == "<repr timed out>"
    assert signal.getsignal(signal.SIGALRM) is before
    assert (signal.getitimer(signal.ITIMER_REAL)[0] == 0) == (timer[0] == 0)


def test_the_programs_own_alarm_survives_a_repr() -> None:
    fired: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: fired.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        assert Reprs(seconds=0.05).text(Slow()) == "<repr timed out>"
        signal.sigtimedwait([signal.SIGUSR2], 0.001)
        threading.Event().wait(0.02)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert fired == [signal.SIGALRM]


class Untouchable(list[object]):
    """A subclass whose Python methods must not be run to measure it."""

    def __iter__(self) -> Iterator[object]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


def test_huge_values_are_marked_without_making_their_text() -> None:
    reprs = Reprs()
    huge = [0] * 5_000_000
    assert reprs.text(huge) == "<repr of 100000 characters>"
    assert reprs.text({"a": (huge, 1)}) == "<repr of 100000 characters>"
    assert reprs.text("x" * 10_000_000) == "<repr of 100000 characters>"
    shared: list[object] = []
    for _ in range(60):
        shared = [shared, shared]
    assert reprs.text(shared) == "<repr of 100000 characters>"
    assert reprs.text([1] * 5000) == "<repr of 15000 characters>"
    assert reprs.text(Untouchable([1, 2])) == "[1, 2]"


def test_numbers_of_many_digits() -> None:
    assert Reprs().text(10**5000) == "<repr raised ValueError>"
    assert Reprs().text([10**5000]) == "<repr raised ValueError>"
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert Reprs().text(10**12_000) == "<repr of 12001 characters>"
        assert Reprs().text([10**300_000]) == "<repr of 100000 characters>"
    finally:
        sys.set_int_max_str_digits(before)


def test_values_that_contain_themselves() -> None:
    a: list[object] = [1]
    a.append({"a": a})
    assert Reprs().text(a) == repr(a)


def test_addresses_are_dropped() -> None:
    assert Reprs().text([object()]) == "[<object object>]"
    assert Reprs().text(Untouchable.__init_subclass__) == normalise_repr(repr(Untouchable.__init_subclass__))
