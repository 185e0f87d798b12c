"""What a repr shows: checked against Python itself."""

from __future__ import annotations

import datetime
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.model.scratchpad.displays import is_opaque, items, range_of, truth

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
KEYS = st.integers() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner) | st.sets(KEYS),
    max_leaves=8,
)


@given(VALUES)
def test_a_truth_value_is_pythons_or_left_open(value: Any) -> None:
    assert truth(repr(value)) in (None, bool(value))


@given(SCALARS)
def test_scalars_always_tell(value: Any) -> None:
    assert truth(repr(value)) is bool(value)


@given(VALUES)
def test_items_are_those_of_the_object(value: Any) -> None:
    shown = items(repr(value))
    if isinstance(value, (list, tuple, dict, str)) or (isinstance(value, set) and value):
        assert shown == tuple(map(repr, value))
    else:
        assert shown is None or shown == tuple(map(repr, value))


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": []}.items(), {}.items(), {"a": 1}.keys(), {1: 2}.values(), deque([1, "x"]), deque([], maxlen=3),
        deque([None], maxlen=3), Counter("aab"), Counter(), OrderedDict(a=1, b=2), OrderedDict(), frozenset({3}), set(),
        frozenset(), defaultdict(list), defaultdict(int, a=1), defaultdict(None, {2: 3}), [[1, 2], [3]], ("é", "\\'"),
        "a\n'\"é", b"a\xff", [int, (str, 1)], {"a": list},
    ],
)  # fmt: skip
def test_collections(value: Any) -> None:
    assert truth(repr(value)) is bool(value)
    assert items(repr(value)) == tuple(map(repr, value))


@pytest.mark.parametrize("value", [range(0), range(3), range(5, 1, -1), range(2, 20, 6)])
def test_ranges(value: range) -> None:
    assert range_of(repr(value)) == value
    assert truth(repr(value)) is bool(value)


@pytest.mark.parametrize("text", ["<A object>", "[<A object>, 1]", "{'a': <function f>}"])
def test_what_does_not_show_its_state_is_opaque(text: str) -> None:
    assert is_opaque(text)
    assert truth("<A object>") is None
    assert items(text) is None


@pytest.mark.parametrize("value", ["<b>", ["<"], {"<": ">"}, 1, datetime.date(2020, 1, 2)])
def test_what_shows_its_state_is_not(value: Any) -> None:
    assert not is_opaque(repr(value))


def test_texts_that_do_not_parse_are_left_open() -> None:
    for text in ("", "[1, 2", "Point(x=1", "a b", "[" * 5000):
        assert truth(text) is None
        assert items(text) is None
