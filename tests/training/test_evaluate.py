"""Scores of predictions of known quality: perfect, wrong from one step on, and one that gives up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from neuraldbg.errors import InputError, ModelError
from neuraldbg.program import Program
from neuraldbg.steps import Confidence, Event, Operation, Step
from neuraldbg.training.data.stream import trace_program
from neuraldbg.training.evaluate import SCORES, EvalResult, evaluate, evaluate_trace, read_rows, scores

SOURCE = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
TRUTH, _ = trace_program(Program.from_source(SOURCE, "<test>", "f", "f(2)"), 50)


class Scripted:
    """Predicts the truth, except where told otherwise."""

    def __init__(self, change: Callable[[int, Step], Step | None]) -> None:
        self.change = change

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        k = len(history)
        return self.change(k, TRUTH[k]) if k < len(TRUTH) else None


def test_a_perfect_prediction() -> None:
    row = evaluate_trace("a", TRUTH, lambda: Scripted(lambda k, s: s))
    assert (row.n_steps, row.step_exact, row.first_divergence, row.survival) == (len(TRUTH) - 1, 1.0, None, 1.0)
    assert (row.expected, row.predicted) == ("1", "1")
    assert {k: v for k, v in scores([row]).items() if k in SCORES} == dict.fromkeys(SCORES, 100.0)


def test_a_wrong_value_counts_against_state_and_not_line() -> None:
    def wrong(k: int, step: Step) -> Step:
        return replace(step, locals={**step.locals, "total": "7"}) if k == 4 else step

    row = evaluate_trace("a", TRUTH, lambda: Scripted(wrong))
    n = len(TRUTH) - 1
    assert row.first_divergence == 4
    assert row.survival == pytest.approx(3 / n)
    result = scores([row])
    assert result["line_exact"] == 100.0
    assert result["state_exact"] == pytest.approx(100 * (n - 2) / (n - 1), abs=0.01)  # the return carries no state
    assert result["step_exact"] == pytest.approx(100 * (n - 1) / n, abs=0.01)
    assert result["trace_exact"] == 0.0
    assert result["output_exact"] == 100.0  # run freely, it still returned the right value


def test_a_wrong_line_and_a_wrong_output() -> None:
    def wrong(k: int, step: Step) -> Step:
        if step.event is Event.RETURN:
            return replace(step, value="8")
        return replace(step, line=5) if k == 3 else step

    row = evaluate_trace("a", TRUTH, lambda: Scripted(wrong))
    assert (row.predicted, row.first_divergence) == ("8", 3)
    assert scores([row])["output_exact"] == 0.0
    assert row.lines.count(False) == 1


def test_a_model_that_gives_up_loses_the_rest() -> None:
    def limited(k: int, step: Step) -> Step:
        if k == 5:
            raise ModelError("too long")
        return step

    row = evaluate_trace("a", TRUTH, lambda: Scripted(limited))
    assert row.exact == [True] * 4 + [False] * (len(TRUTH) - 5)
    assert (row.error, row.predicted, row.first_divergence) == ("too long", None, 5)
    assert scores([row])["format_valid"] == pytest.approx(100 * 4 / (len(TRUTH) - 1), abs=0.01)


def test_an_end_that_comes_too_early() -> None:
    row = evaluate_trace("a", TRUTH, lambda: Scripted(lambda k, s: None if k == 2 else s))
    assert row.first_divergence == 2
    assert row.predicted is None
    assert row.got is None


def test_causes_are_counted_and_drift_beside_them() -> None:
    def wrong(k: int, step: Step) -> Step:
        return replace(step, locals={**step.locals, "total": "7"}) if k == 4 else step

    operations: list[tuple[Operation, ...]] = [()] * len(TRUTH)
    row = evaluate_trace("a", TRUTH, lambda: Scripted(wrong), operations)
    assert row.causes == ["state"]
    assert row.drift == len(TRUTH) - 1 - 4
    result = EvalResult(scores([row]), [row], {}, diagnosed=True)
    assert result.causes() == {"state": 1, "drift": row.drift}
    assert any(line.split()[:2] == ["1", "state"] for line in result.findings())
    assert result.to_json()["causes"] == result.causes()
    assert "causes" not in EvalResult(scores([row]), [row], {}).to_json()


def test_probabilities_are_judged() -> None:
    def sure(k: int, step: Step) -> Step:
        return replace(step, confidence=Confidence(locals=dict.fromkeys(step.locals, 0.8)))

    row = evaluate_trace("a", TRUTH, lambda: Scripted(sure))
    result = EvalResult(scores([row]), [row], {})
    found = result.calibration()
    assert found["predictions"] == sum(len(step.locals) for step in TRUTH[1:])
    assert found["expected_calibration_error"] == pytest.approx(0.2)
    assert result.findings() == [
        f"calibration error 0.200 over {found['predictions']} predictions; right: 0.0% if unsure, else 100.0%"
    ]


def test_rows_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "code": "c", "entry": "f", "input": "", "output": "1"}\n\n{"id": "x"}\n')
    with pytest.raises(InputError, match="line 3: not a row with id, code, entry, input, output"):
        read_rows(path)
    path.write_text("\n")
    with pytest.raises(InputError, match="no rows"):
        read_rows(path)
    with pytest.raises(InputError, match="cannot read"):
        read_rows(tmp_path / "none.jsonl")


def test_evaluate_runs_and_predicts_a_file(tmp_path: Path) -> None:
    rows = [
        {"id": "good", "code": SOURCE, "entry": "f", "input": "2", "output": "1"},
        {"id": "endless", "code": "def f():\n    while True:\n        pass\n", "entry": "f", "input": "", "output": ""},
        {"id": "broken", "code": "def f(:\n", "entry": "f", "input": "", "output": ""},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    seen: list[tuple[int, int]] = []
    result = evaluate(path, progress=lambda done, total: seen.append((done, total)))
    assert [row.id for row in result.rows] == ["good"]
    assert set(result.left_out) == {"endless", "broken"}
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert result.scores["n"] == 1
    assert result.scores["format_valid"] == 100.0
    assert json.loads(json.dumps(result.to_json()))["rows"][0]["expected"] == "1"
    shared = evaluate(path, jobs=2)
    assert shared.to_json() == result.to_json()


def test_a_wrong_model_is_one_line_with_several_jobs(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "a", "code": SOURCE, "entry": "f", "input": "2", "output": "1"}) + "\n")
    with pytest.raises(ModelError, match="no model folder"):
        evaluate(path, model=str(tmp_path / "none"), jobs=2)
