"""Alignment, verdicts and scores over traces made by hand and by hypothesis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.compare import (
    Difference,
    Verdict,
    align,
    as_debugpy_sees,
    compare,
    differences,
    judge_value,
    line_exact,
    same_value,
    state_exact,
    step_exact,
)
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace


def line(number: int, depth: int = 0, function: str = "f", **values: str) -> Step:
    return Step(Event.LINE, number, function, depth, values)


def call(number: int, depth: int = 0, function: str = "f", **values: str) -> Step:
    return Step(Event.CALL, number, function, depth, values)


def returned(number: int, value: str, depth: int = 0, function: str = "f", **values: str) -> Step:
    return Step(Event.RETURN, number, function, depth, values, value)


def raised(number: int, value: str, depth: int = 0, function: str = "f", **values: str) -> Step:
    return Step(Event.EXCEPTION, number, function, depth, values, value)


def trace(steps: Sequence[Step], origin: Origin = Origin.RECORDED, outcome: Outcome = Outcome.RETURNED) -> Trace:
    return Trace("s.py", "", "f", origin, list(steps), outcome)


LOOP = [
    call(1, n="2"),
    line(2, n="2"),
    line(3, n="2", total="0"),
    line(4, n="2", total="0", i="0"),
    line(3, n="2", total="0", i="0"),
    line(4, n="2", total="0", i="1"),
    line(3, n="2", total="1", i="1"),
    line(5, n="2", total="1", i="1"),
    returned(5, "1", n="2", total="1", i="1"),
]


def test_equal_traces_agree_in_every_respect() -> None:
    result = compare(trace(LOOP, Origin.PREDICTED), trace(LOOP))
    assert result.agree and result.divergence is None
    assert result.survival == 1.0
    assert result.count(Verdict.CONFIRMED) == len(LOOP)
    assert [v.partner for v in result.verdicts] == list(range(len(LOOP)))


def test_a_wrong_value_is_named_with_both_sides_and_does_not_hide_what_follows() -> None:
    wrong = list(LOOP)
    wrong[4] = replace(LOOP[4], locals={"n": "2", "total": "7", "i": "0"})
    result = compare(trace(wrong, Origin.PREDICTED), trace(LOOP))
    assert result.divergence is not None
    assert (result.divergence.left, result.divergence.right) == (4, 4)
    assert result.divergence.differences == (Difference("local", "total", "7", "0"),)
    assert result.verdicts[4].locals == {
        "n": Verdict.CONFIRMED,
        "total": Verdict.DIFFERENT,
        "i": Verdict.CONFIRMED,
    }
    assert result.verdicts[4].move is Verdict.CONFIRMED
    assert [v.verdict for v in result.verdicts[5:]] == [Verdict.CONFIRMED] * 4
    assert result.survival == pytest.approx(4 / 9)


def test_a_wrong_line_is_a_different_move() -> None:
    wrong = list(LOOP)
    wrong[7] = replace(LOOP[7], line=6)
    result = compare(trace(wrong, Origin.PREDICTED), trace(LOOP))
    assert result.divergence is not None
    assert result.divergence.differences == (Difference("line", None, "6", "5"),)
    assert result.verdicts[7].move is Verdict.DIFFERENT
    assert set(result.verdicts[7].locals.values()) == {Verdict.UNKNOWN}
    assert result.verdicts[7].partner == 7
    assert result.verdicts[8].verdict is Verdict.CONFIRMED


def test_an_extra_turn_of_a_loop_costs_only_that_turn() -> None:
    extra = [*LOOP[:7], line(4, n="2", total="1", i="1"), line(3, n="2", total="1", i="1"), *LOOP[7:]]
    result = compare(trace(extra, Origin.PREDICTED), trace(LOOP))
    assert result.count(Verdict.DIFFERENT) == 2
    assert result.count(Verdict.CONFIRMED) == len(LOOP)
    assert result.divergence is not None
    assert (result.divergence.left, result.divergence.right) == (7, 7)
    assert result.divergence.differences == (Difference("line", None, "4", "5"),)


def test_names_missing_and_too_many_differ() -> None:
    here, there = line(1, a="1", b="2"), line(1, a="1", c="3")
    assert differences(here, there) == (
        Difference("local", "b", "2", None),
        Difference("local", "c", None, "3"),
    )
    [verdict] = compare(trace([here]), trace([there])).verdicts
    assert verdict.missing == ("c",)
    assert verdict.verdict is Verdict.DIFFERENT


def test_a_returned_value_that_differs() -> None:
    wrong = [*LOOP[:-1], replace(LOOP[-1], value="2")]
    result = compare(trace(wrong, Origin.PREDICTED), trace(LOOP))
    assert result.divergence is not None
    assert result.divergence.differences == (Difference("value", None, "2", "1"),)
    assert result.verdicts[-1].value is Verdict.DIFFERENT


@pytest.mark.parametrize("outcome", [Outcome.STEP_LIMIT, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT, Outcome.STOPPED])
def test_what_a_limit_cut_off_is_unknown_not_different(outcome: Outcome) -> None:
    result = compare(trace(LOOP, Origin.PREDICTED), trace(LOOP[:4], outcome=outcome))
    assert result.agree
    assert [v.verdict for v in result.verdicts[4:]] == [Verdict.UNKNOWN] * 5
    shorter = compare(trace(LOOP[:4], Origin.PREDICTED, outcome), trace(LOOP))
    assert shorter.agree
    assert shorter.survival == pytest.approx(4 / 9)


def test_an_end_that_the_other_side_does_not_have_is_a_difference() -> None:
    result = compare(trace(LOOP[:4], Origin.PREDICTED), trace(LOOP))
    assert result.divergence is not None
    assert (result.divergence.left, result.divergence.right) == (4, 4)
    assert result.divergence.differences == (Difference("end", None, "returned", "line at line 3 of f"),)
    longer = compare(trace(LOOP, Origin.PREDICTED), trace(LOOP[:4]))
    assert longer.divergence is not None
    assert [v.move for v in longer.verdicts[4:]] == [Verdict.DIFFERENT] * 5


@pytest.mark.parametrize(
    ("text", "true", "verdict"),
    [
        ("1", "1", Verdict.CONFIRMED),
        ("1", "2", Verdict.DIFFERENT),
        ("1", None, Verdict.DIFFERENT),
        ("1", "<repr timed out>", Verdict.UNKNOWN),
        ("<repr of 20000 characters>", "'aaa'", Verdict.UNKNOWN),
        ("<repr of 20000 characters>", "<repr of 20000 characters>", Verdict.CONFIRMED),
        ("<repr raised ValueError>", "1", Verdict.DIFFERENT),
    ],
)
def test_marked_values_are_not_judged(text: str, true: str | None, verdict: Verdict) -> None:
    assert judge_value(text, true) is verdict


@pytest.mark.parametrize(
    ("text", "true", "same"),
    [
        ("{'b', 'a'}", "{'a', 'b'}", True),
        ("[{1: {3, 2}}]", "[{1: {2, 3}}]", True),
        ("frozenset({'b', 'a'})", "frozenset({'a', 'b'})", True),
        ("{'b': 1, 'a': 2}", "{'a': 2, 'b': 1}", False),  # the order of a dictionary is known
        ("{'b', 'a'}", "{'a', 'c'}", False),
        ("['{b, a}']", "['{a, b}']", False),
        ("{<A object>, 'a'}", "{'a', <A object>}", False),
        (None, "{1}", False),
    ],
)
def test_the_order_of_a_set_is_no_difference(text: str | None, true: str | None, same: bool) -> None:
    assert same_value(text, true) is same


def test_debugpy_sees_lines_and_exceptions_only() -> None:
    steps = [
        call(1),
        line(2),
        call(5, 1, "g"),
        line(6, 1, "g"),
        raised(6, "StopIteration(3)", 1, "g"),
        raised(2, "ValueError('x')"),
        raised(2, "GeneratorExit()"),
        raised(2, "StopIterationError()"),
        returned(2, "None"),
    ]
    seen = as_debugpy_sees(trace(steps))
    assert seen == [steps[1], steps[3], steps[5], steps[7]]


def test_calls_and_returns_are_unknown_to_debugpy() -> None:
    real = trace(as_debugpy_sees(trace(LOOP)), Origin.DEBUGPY)
    result = compare(trace(LOOP, Origin.PREDICTED), real)
    assert result.agree
    assert result.survival == 1.0
    assert [v.verdict for v in result.verdicts] == [Verdict.UNKNOWN, *[Verdict.CONFIRMED] * 7, Verdict.UNKNOWN]
    assert result.verdicts[1].partner == 0
    turned = compare(real, trace(LOOP))
    assert turned.agree and turned.compared == 7 and turned.verdicts[0].partner == 1


def test_to_json_is_json_and_tells_both_sides() -> None:
    wrong = [*LOOP[:-1], replace(LOOP[-1], value="2")]
    row = compare(trace(wrong, Origin.PREDICTED), trace(LOOP)).to_json()
    again = json.loads(json.dumps(row))
    assert again == row
    assert again["agree"] is False
    assert again["left"] == {"origin": "predicted", "steps": 9, "outcome": "returned"}
    assert again["divergence"]["left"]["step"]["value"] == "2"
    assert again["divergence"]["right"]["step"]["value"] == "1"
    assert again["divergence"]["differences"] == [{"what": "value", "name": None, "left": "2", "right": "1"}]
    assert again["counts"] == {"confirmed": 8, "different": 1, "unknown": 0}
    assert len(again["verdicts"]) == 9


def test_empty_traces() -> None:
    assert compare(trace([]), trace([])).survival == 1.0
    assert compare(trace([]), trace(LOOP)).survival == 0.0
    assert not compare(trace(LOOP), trace([])).agree


# -- exactness ------------------------------------------------------------------------------------------------------


def test_exact_steps() -> None:
    true = line(3, a="1")
    moved, changed = line(4, a="1"), line(3, a="2")
    assert line_exact(changed, true) and not line_exact(moved, true)
    assert state_exact(moved, true) and not state_exact(changed, true)
    assert not step_exact(moved, true) and not step_exact(changed, true)
    assert not step_exact(returned(3, "1"), returned(3, "2"))


# -- properties ------------------------------------------------------------------------------------------------------

_KEYS = st.lists(st.integers(0, 3), max_size=14)


def _longest_common(left: Sequence[int], right: Sequence[int]) -> int:
    row = [0] * (len(right) + 1)
    for a in left:
        corner = 0
        for j, b in enumerate(right, 1):
            corner, row[j] = row[j], corner + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]


@given(_KEYS, _KEYS)
def test_align_uses_every_index_once_in_order_and_matches_as_many_as_can_be(left: list[int], right: list[int]) -> None:
    pairs = align(left, right)
    assert [a for a, _ in pairs if a is not None] == list(range(len(left)))
    assert [b for _, b in pairs if b is not None] == list(range(len(right)))
    matched = sum(a is not None and b is not None and left[a] == right[b] for a, b in pairs)
    assert matched == _longest_common(left, right)


@given(_KEYS, _KEYS, _KEYS)
def test_align_keeps_the_common_beginning_past_the_edit_limit(
    start: list[int], left: list[int], right: list[int]
) -> None:
    pairs = align(start + left, start + right, most_edits=0)
    assert pairs[: len(start)] == [(i, i) for i in range(len(start))]
    assert [a for a, _ in pairs if a is not None] == list(range(len(start + left)))
    assert [b for _, b in pairs if b is not None] == list(range(len(start + right)))


_STEPS = st.lists(
    st.builds(
        Step,
        st.just(Event.LINE),
        st.integers(1, 3),
        st.just("f"),
        st.just(0),
        st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), max_size=2),
    ),
    max_size=8,
)


@given(_STEPS, _STEPS)
def test_comparison_agrees_with_equality(left: list[Step], right: list[Step]) -> None:
    result = compare(trace(left, Origin.PREDICTED), trace(right))
    assert result.agree == (left == right)
    assert len(result.verdicts) == len(left)
    if result.divergence is not None:
        i, j = result.divergence.left, result.divergence.right
        assert left[:i] == right[:j]
        assert left[i : i + 1] != right[j : j + 1]
        assert result.survival == pytest.approx(i / len(right) if right else 0.0)
    assert compare(trace(right), trace(left)).agree == result.agree
