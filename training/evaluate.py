"""Measures a model against real execution: the scores of the README, row by row.

    neuraldbg eval ROWS.jsonl [--json FILE] [--limit N] [--jobs N] [--causes] [--model M] [--report FILE.html]
    python -m neuraldbg.training.evaluate ROWS.jsonl ...     the same where the command line's packages are missing

A row is ``{"id", "code", "entry", "input", "output"}``; ``input`` is the argument list as text. Each program is run for
real in a child process, and predicted twice: step by step given the true history, and freely. The entry call is given
(its arguments are known) and is not counted. With --causes each program runs once more, in the evaluation's own
process, and every wrong step is explained (diagnosis.py). It never trains.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from neuraldbg.compare import line_exact, state_exact, step_exact
from neuraldbg.control import IllegalStep
from neuraldbg.errors import InputError, ModelError, NeuraldbgError, ServerError
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Event, Operation, Outcome, Step, step_to_json
from neuraldbg.training.calibration import Bin, Judged, calibration_error, judged, reliability, right_when_unsure
from neuraldbg.training.command import reported
from neuraldbg.training.diagnosis import CAUSES, cause, true_operations

if TYPE_CHECKING:
    from neuraldbg.model.predictor import Predictor

SCORES: Final = (
    "format_valid",
    "line_exact",
    "state_exact",
    "step_exact",
    "survival",
    "trace_exact",
    "output_exact",
)
_FIELDS: Final = ("id", "code", "entry", "input", "output")
_LIMITS: Final = Limits(seconds=10, steps=2000)
_Load = tuple[str | None, str | None, str | None, str | None, bool]  # as `load_predictor` takes them


class Source(Protocol):
    """Predicted steps; see `neuraldbg.session.StepSource`."""

    def next_step(
        self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None
    ) -> Step | None:  # pragma: no cover
        ...


@dataclass(slots=True)
class RowResult:
    """One evaluated row; all lists have one entry a counted step.

    Attributes:
        id: of the row.
        valid: the frame was complete and parsed.
        lines, states, exact: event and line right; locals right (None where the true step carries none); all right.
        first_divergence: index of the first wrong step when running freely (0 is the given call), None without one.
        survived: steps before it.
        expected, predicted: repr of the output; None where none was reached.
        error: why the model could not go on, empty if it could.
        causes: why the wrong steps are wrong, one key of `diagnosis.CAUSES` each.
        judged: every probability that the predictions carry, with whether it was right (`calibration.judged`).
        wanted, got: the true and the predicted step at the first divergence.
    """

    id: str
    valid: list[bool] = field(default_factory=list)
    lines: list[bool] = field(default_factory=list)
    states: list[bool | None] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    first_divergence: int | None = None
    expected: str = ""
    predicted: str | None = None
    error: str = ""
    causes: list[str] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    wanted: Mapping[str, Any] | None = None
    got: Mapping[str, Any] | None = None

    @property
    def n_steps(self) -> int:
        """Counted steps of the true trace."""
        return len(self.exact)

    @property
    def step_exact(self) -> float:
        """Share of the steps that are exact given the true history."""
        return sum(self.exact) / len(self.exact) if self.exact else 1.0

    @property
    def survival(self) -> float:
        """Share of the steps before the first divergence when running freely."""
        if self.first_divergence is None:
            return 1.0
        return min(1.0, (self.first_divergence - 1) / max(1, self.n_steps))

    @property
    def drift(self) -> int:
        """Steps that are exact given the true history but come after the first divergence of the free run."""
        return 0 if self.first_divergence is None else sum(self.exact[self.first_divergence - 1 :])


@dataclass(slots=True)
class EvalResult:
    """Scores in percent under the names of `SCORES` and `n` rows; the rows; rows left out, with the reason.

    Attributes:
        diagnosed: the rows have causes.
    """

    scores: dict[str, float]
    rows: list[RowResult]
    left_out: dict[str, str]
    diagnosed: bool = False

    @property
    def judged(self) -> list[Judged]:
        """Of all rows."""
        return [pair for row in self.rows for pair in row.judged]

    def causes(self) -> dict[str, int]:
        """Wrong steps by cause, the most frequent first, and under ``drift`` the steps that only the free run loses."""
        counts = Counter(cause for row in self.rows for cause in row.causes)
        return {**dict(counts.most_common()), "drift": sum(row.drift for row in self.rows)}

    def bins(self) -> list[Bin]:
        """Of all predictions that carry a probability."""
        return reliability(self.judged)

    def calibration(self) -> dict[str, Any]:
        """The expected calibration error, right shares of unsure and other predictions (0-1), and the bins."""
        pairs = self.judged
        unsure, sure = right_when_unsure(pairs)
        return {
            "predictions": len(pairs),
            "expected_calibration_error": calibration_error(pairs),
            "right_when_unsure": unsure,
            "right_otherwise": sure,
            "bins": [asdict(one) for one in self.bins()],
        }

    def findings(self) -> list[str]:
        """Calibration and, if asked for, the causes, as lines to print."""
        found = self.calibration()
        error, count = found["expected_calibration_error"], found["predictions"]
        unsure, sure = found["right_when_unsure"], found["right_otherwise"]
        out = [
            f"calibration error {error:.3f} over {count} predictions; right: {unsure:.1%} if unsure, else {sure:.1%}"
        ]
        if self.diagnosed:
            meanings = {**CAUSES, "drift": "right given the true history, lost only when running freely"}
            out.append("wrong steps by cause")
            out += [f"{count:6}  {name:17} {meanings[name]}" for name, count in self.causes().items()]
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types: the scores at the top level, causes, calibration, then the rows."""
        rows = [{**asdict(row), "n_steps": row.n_steps, "step_exact": row.step_exact} for row in self.rows]
        for row in rows:
            del row["judged"]
        extra = {"calibration": self.calibration(), **({"causes": self.causes()} if self.diagnosed else {})}
        return {**self.scores, **extra, "left_out": self.left_out, "rows": rows}


def read_rows(path: Path) -> list[dict[str, str]]:
    """Reads evaluation rows.

    Raises:
        InputError: if the file cannot be read or a line is not a row; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({key: str(row[key]) for key in _FIELDS})
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: not a row with {', '.join(_FIELDS)} ({error!r})") from error
    if not rows:
        raise InputError(f"{path}: no rows")
    return rows


def evaluate(
    rows_path: str | Path,
    model: str | None = None,
    device: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = 1,
    causes: bool = False,
    quantize: str | None = None,
    server: str | None = None,
    calculates: bool = False,
) -> EvalResult:
    """Runs and predicts the rows of a file.

    Args:
        rows_path: JSON Lines.
        model, device, quantize, server, calculates: as `load_predictor` takes them.
        limit: first so many rows only.
        progress: called with rows done and rows in all.
        jobs: processes that share the rows, each with a model of its own; the scores do not depend on it.
        causes: say why wrong steps are wrong; each program then runs once more, in a process of the evaluation.

    Raises:
        InputError: if the file is no file of rows.
        ModelError: if the model cannot be loaded.
        ServerError: if the server fails, at any row: scores must not depend on that.
    """
    rows = read_rows(Path(rows_path))[:limit]
    results: list[RowResult] = []
    left_out: dict[str, str] = {}
    load = (model, device, quantize, server, calculates)
    for number, (row, result) in enumerate(zip(rows, _results(rows, load, jobs, causes), strict=True), 1):
        if isinstance(result, str):
            left_out[row["id"]] = result
        else:
            results.append(result)
        if progress is not None:
            progress(number, len(rows))
    return EvalResult(scores(results), results, left_out, causes)


def _results(rows: Sequence[Mapping[str, str]], load: _Load, jobs: int, causes: bool) -> Iterator[RowResult | str]:
    """A result a row in the order of rows; a text says why the row is left out."""
    from neuraldbg.model.checkpoint import resolve
    from neuraldbg.model.predictor import load_predictor

    if jobs == 1:
        predictor = load_predictor(*load)
        for row in rows:
            yield _evaluate_row(row, causes, predictor)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    model, _, _, server, _ = load
    if server is None:
        resolve(model)  # a wrong name is reported before any process starts
    else:
        load_predictor(*load)  # and so is a server that does not answer
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(jobs, spawn, _start_worker, load) as pool:
            yield from pool.map(partial(_evaluate_row, causes=causes), rows)
    except BrokenProcessPool as error:
        raise ModelError("a process of the evaluation ended early: try again with --jobs 1") from error


_worker: list[Predictor] = []  # the predictor of a worker process


def _start_worker(
    model: str | None, device: str | None, quantize: str | None, server: str | None, calculates: bool
) -> None:
    from neuraldbg.model.predictor import load_predictor

    if server is None:
        import torch

        torch.set_num_threads(1)
    _worker.append(load_predictor(model, device, quantize, server, calculates))


def _evaluate_row(row: Mapping[str, str], causes: bool, predictor: Predictor | None = None) -> RowResult | str:
    """Records and predicts one row; the reason where that cannot be done."""
    predictor = predictor or _worker[0]
    try:
        program = Program.from_source(row["code"], f"<{row['id']}>", row["entry"], f"{row['entry']}({row['input']})")
        truth = record(program, _LIMITS)
        if truth.outcome not in (Outcome.RETURNED, Outcome.RAISED):
            return f"the real run ended by {truth.outcome.value}"
        operations = true_operations(program, truth.steps) if causes else None
        return evaluate_trace(row["id"], truth.steps, partial(predictor.source, program), operations)
    except ServerError:
        raise
    except NeuraldbgError as error:
        return str(error)


def evaluate_trace(
    name: str,
    truth: Sequence[Step],
    make_source: Callable[[], Source],
    operations: Sequence[Sequence[Operation]] | None = None,
) -> RowResult:
    """Predicts one true trace, given its history and freely.

    As long as every prediction is right the two are the same, so the free run starts at the first wrong step. The true
    history holds true steps; beside those that were predicted right stand the operations of the prediction. Where the
    model cannot go on (its context is too short), the steps that are left count as wrong. ``operations``, one entry a
    step, are the true ones; where they are given, the row has causes.
    """
    row = RowResult(name)
    returned = truth[-1] if truth[-1].event is Event.RETURN else None
    row.expected = (returned.value or "") if returned else f"raises {truth[-1].value}"
    free: list[Step] | None = None
    history = [truth[0]]
    try:
        source = make_source()
        for k in range(1, len(truth)):
            step = source.next_step(history)
            _score(row, truth[k], step)
            if operations is not None and not row.exact[-1]:
                row.causes.append(cause(step, truth[k], operations[k]))
            if not row.exact[-1] and free is None:
                free = [*history, *([step] if step else [])]
                row.first_divergence = k
                row.wanted = step_to_json(truth[k])
                row.got = step_to_json(step) if step else None
            history.append(replace(truth[k], operations=step.operations) if step and row.exact[-1] else truth[k])
        if free is None:
            free = list(truth)
        elif row.got is not None:
            _run_freely(source, free, 2 * len(truth) + 20)
    except ServerError:
        raise
    except ModelError as error:
        row.error = str(error)
    except IllegalStep as error:
        row.error = f"the true trace is not legal under the program's control flow: {error}"
    missing = len(truth) - 1 - len(row.exact)
    if missing:
        row.valid += [False] * missing
        row.first_divergence = row.first_divergence or len(row.exact) + 1
        row.lines += [False] * missing
        row.states += [False] * missing
        row.exact += [False] * missing
        row.causes += [] if operations is None else ["context"] * missing
    last = free[-1] if free else None
    if last is not None and last.depth == 0 and last.event is Event.RETURN:
        row.predicted = last.value
    elif last is not None and last.event is Event.EXCEPTION:
        row.predicted = f"raises {last.value}"
    return row


def _run_freely(source: Source, steps: list[Step], most: int) -> None:
    while len(steps) < most:
        step = source.next_step(steps)
        if step is None:
            return
        steps.append(step)


def _score(row: RowResult, true: Step, step: Step | None) -> None:
    has_state = true.event in (Event.CALL, Event.LINE)
    row.valid.append(True)
    row.lines.append(step is not None and line_exact(step, true))
    row.states.append((step is not None and state_exact(step, true)) if has_state else None)
    row.exact.append(step is not None and step_exact(step, true))
    if step is not None:
        row.judged += judged(step, true)


def scores(rows: Iterable[RowResult]) -> dict[str, float]:
    """The scores over rows, in percent; step scores weigh every step alike, the others every row."""
    rows = list(rows)
    if not rows:
        return dict.fromkeys(SCORES, 0.0) | {"n": 0}

    def share(values: Sequence[bool | float]) -> float:
        return round(100 * sum(values) / len(values), 2) if values else 0.0

    lines = [x for row in rows for x in row.lines]
    states = [x for row in rows for x in row.states if x is not None]
    return {
        "format_valid": share([x for row in rows for x in row.valid]),
        "line_exact": share(lines),
        "state_exact": share(states),
        "step_exact": share([x for row in rows for x in row.exact]),
        "survival": share([row.survival for row in rows]),
        "trace_exact": share([row.first_divergence is None for row in rows]),
        "output_exact": share([row.predicted == row.expected for row in rows]),
        "n": len(rows),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Command line of machines that train; `neuraldbg eval` says more."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", metavar="ROWS.jsonl")
    parser.add_argument("--model", help="folder of a checkpoint; default: the embedded model")
    parser.add_argument("--device")
    parser.add_argument("--quantize", choices=["nf4", "int8"], help="load linear layers in 4 or 8 bits")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--causes", action="store_true", help="say why wrong steps are wrong")
    parser.add_argument("--json", type=Path, help="file for scores and rows")
    options = parser.parse_args(argv)
    result = evaluate(
        options.rows,
        options.model,
        options.device,
        options.limit,
        jobs=options.jobs,
        causes=options.causes,
        quantize=options.quantize,
    )
    for name, score in result.scores.items():
        print(f"{name:14}{score:8}")
    print("\n".join(result.findings()))
    if options.json:
        options.json.write_text(json.dumps(result.to_json(), ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(reported(main))
