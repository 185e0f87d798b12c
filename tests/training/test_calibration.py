"""Reliability of probabilities: what is judged, binned and averaged."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from neuraldbg.steps import Confidence, Event, Step
from neuraldbg.training.calibration import calibration_error, judged, reliability, right_when_unsure

TRUE = Step(Event.LINE, 3, "f", 0, {"a": "1", "b": "2"})


def predicted(line: int = 3, move: float = 1.0, locals: Mapping[str, float] | None = None) -> Step:
    return Step(Event.LINE, line, "f", 0, {"a": "1", "b": "7"}, None, Confidence(move, locals or {}))


def test_values_are_judged_one_by_one_and_forced_ones_not_at_all() -> None:
    assert judged(predicted(locals={"a": 0.9, "b": 0.4}), TRUE) == [(0.9, True), (0.4, False)]
    assert judged(predicted(move=0.7), TRUE) == [(0.7, True)]
    assert judged(Step(Event.LINE, 3, "f", 0, {}), TRUE) == []


def test_probabilities_that_are_not_known_are_not_judged() -> None:
    unknown = Step(Event.LINE, 3, "f", 0, {"a": "1", "b": "7"}, None, Confidence(None, {"a": None, "b": 0.4}))
    assert judged(unknown, TRUE) == [(0.4, False)]


def test_behind_a_wrong_move_only_the_move_is_judged() -> None:
    assert judged(predicted(line=4, move=0.7, locals={"a": 0.9}), TRUE) == [(0.7, False)]


def test_a_returned_value_is_judged() -> None:
    true = Step(Event.RETURN, 3, "f", 0, {}, "5")
    assert judged(Step(Event.RETURN, 3, "f", 0, {}, "6", Confidence(value=0.3)), true) == [(0.3, False)]


def test_the_error_is_the_mean_distance_weighted_by_predictions() -> None:
    pairs = [(0.9, True)] * 9 + [(0.9, False)] + [(0.2, True)] * 10
    low, high = reliability(pairs, 10)
    assert (low.count, low.right, low.low, low.high) == (10, 1.0, 0.2, 0.3)
    assert (high.count, high.right) == (10, 0.9)
    assert high.probability == pytest.approx(0.9)
    assert calibration_error(pairs, 10) == pytest.approx(0.8 / 2)
    assert right_when_unsure(pairs) == (1.0, 0.9)


def test_certainty_falls_into_the_last_bin_and_nothing_is_no_error() -> None:
    assert [one.low for one in reliability([(1.0, True), (0.95, True)], 10)] == [0.9]
    assert calibration_error([]) == 0.0
    assert right_when_unsure([]) == (0.0, 0.0)
