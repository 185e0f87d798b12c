"""Guesses from what stood before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.model.drafting import LONGEST, SHORTEST, guess

IDS = st.lists(st.integers(0, 4) | st.sampled_from([256, 257, 65536]), max_size=60)


def test_the_longest_match_wins_over_a_later_shorter_one() -> None:
    assert guess([1, 2, 3, 9, 9, 2, 3, 7, 7, 1, 2, 3], 2) == [9, 9]


def test_the_latest_of_equals_wins() -> None:
    assert guess([1, 2, 5, 1, 2, 6, 1, 2], 1) == [6]


def test_nothing_alike_gives_nothing() -> None:
    assert guess([1, 2, 3, 4], 3) == []
    assert guess([], 3) == []


def test_ids_are_compared_whole() -> None:
    assert guess([0x0100, 0x0001, 7, 0x0001, 0x0100, 0x0001, 0x01000100], 3) == []


@given(IDS, st.integers(1, 6))
def test_equals_a_plain_search(ids: list[int], count: int) -> None:
    expected: list[int] = []
    for length in range(min(LONGEST, len(ids) - 1), SHORTEST - 1, -1):
        places = [i for i in range(len(ids) - length) if ids[i : i + length] == ids[-length:]]
        if places:
            expected = ids[places[-1] + length :][:count]
            break
    assert guess(ids, count) == expected
