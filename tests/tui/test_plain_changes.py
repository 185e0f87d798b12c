"""The line mode's commands that change something: what they say, what they write, and what JSON says of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, TraceSource
from neuraldbg.steps import Origin, Outcome, Step, Trace, read_trace
from neuraldbg.tui.keeping import Keeper
from neuraldbg.tui.opening import source_of
from neuraldbg.tui.plain import LineStepper, read_lines
from neuraldbg.tui.plain_table import ALWAYS, COMMANDS, MOVED, TABLE, page

SOURCE = """\
def double(n):
    m = n * 2
    return m


table = {'k': [1, 2]}
total = double(3)
total += double(4)
"""


class Real:
    """Predicts perfectly: the real run's steps, as far as they are the history's; then those of the last program."""

    origin = Origin.PREDICTED

    def __init__(self, program: Program) -> None:
        self.steps = record(program).steps

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        return self.steps[len(history)] if len(history) < len(self.steps) else None


def stepper(path: Path, out: io.StringIO, as_json: bool = False, **options: Any) -> LineStepper:
    path.write_text(SOURCE, encoding="utf-8")
    program = Program.load(str(path))
    real = record(program)
    check = lambda program, cancelled: real  # noqa: E731
    return LineStepper(Session(program, Real(program)), check, out, as_json, Real, **options)


def run(path: Path, text: str, **options: Any) -> list[str]:
    out = io.StringIO()
    stepper(path, out, **options).run(read_lines(io.StringIO(text), out, prompt=False))
    return out.getvalue().splitlines()


def test_a_part_of_a_value_is_read_and_set(tmp_path: Path) -> None:
    lines = run(tmp_path / "a.py", "t 7; parts table; parts table['k'] 1; set table['k'][0] = 5; v table; parts nope")
    assert "table: dict, 1 parts" in lines and "  'k' = [1, 2]" in lines
    assert "table['k']: list, 2 parts" in lines and "  1 = 2" in lines
    assert "table['k'][0] is set; the prediction goes on from here, on a branch" in lines
    assert lines[-2] == "{'k': [5, 2]}"
    assert lines[-1] == "error: there is no nope in <module>"


def test_a_path_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    lines = run(tmp_path / "a.py", "t 8; set table = ; set f(1) = 2; set table['z'] = 2; set y = 3; set total == 3")
    errors = [line for line in lines if line.startswith("error")]
    assert len(errors) == 5, errors
    assert "does not lead to a value" in errors[1]
    assert "there is no 'z' here" in errors[2] and "there is no y here" in errors[3]


def test_another_entry_is_listed_and_entered(tmp_path: Path) -> None:
    lines = run(tmp_path / "a.py", "entries; entry double(21); c; entry 99; entry nope(1); entry script")
    assert any("double(3)" in line or "the script" in line for line in lines)
    assert "step 0 (predicted), double is entered, line 1: def double(n):" in lines
    assert "  returns 42" in lines
    assert sum(line.startswith("error") for line in lines) == 2
    assert lines[-1].startswith("step 0 (predicted), <module> is entered")


def test_the_source_is_edited_and_written(tmp_path: Path) -> None:
    changed = tmp_path / "b.py"
    changed.write_text(SOURCE.replace("double(4)", "double(5)"), encoding="utf-8")
    lines = run(tmp_path / "a.py", f"c; edit_source; edit_source {changed}; c; write_source {tmp_path}/c.py; branches")
    assert any(line.startswith("error: ") and "says what is stepped through already" in line for line in lines)
    assert any("goes on under the text of" in line and "8 steps kept" in line for line in lines)
    assert (tmp_path / "c.py").read_text(encoding="utf-8") == changed.read_text(encoding="utf-8")
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == SOURCE
    assert lines[-1].startswith("1: edited source") and lines[-1].endswith("the present one")


def test_a_trace_and_a_program_are_opened(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("z = 1\n", encoding="utf-8")
    lines = run(
        tmp_path / "a.py", f"c; b 2; save {tmp_path}/t.jsonl; open {other}; s; s; open {tmp_path}/t.jsonl; s; s; jump 6"
    )
    assert "step 1 (predicted), line 1 of <module> is next: z = 1" in lines
    assert read_trace(tmp_path / "t.jsonl").steps
    assert "goes on from here, on a branch" in lines[-2], "a saved prediction can go on"


def test_breakpoints_get_conditions_counts_and_messages(tmp_path: Path) -> None:
    text = (
        "b 2; condition 1 n > 3; hits 1 >= 1; log 1 n is {n}; c; log 1; R; c; condition 1; hits 1; b; hits 1 x; log 9"
    )
    lines = run(tmp_path / "a.py", text)
    assert "log: n is 4" in lines
    assert "breakpoint 1: line 2 if n > 3, hits >= 1, logs “n is {n}”" in lines
    assert any(line.startswith("step 10 (predicted), line 2 of double is next") for line in lines)
    assert "1: line 2" in lines, "all of it was taken off again"
    assert [line.startswith("error") for line in lines[-2:]] == [True, True]


def test_what_a_person_sets_is_kept_and_a_pipe_begins_with_nothing(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "state")
    run(tmp_path / "a.py", "b 2, n > 3; watch n * 10\n", keeper=keeper, by_hand=True)
    lines = run(tmp_path / "a.py", "c\n\n", keeper=keeper, by_hand=True)
    assert lines[:2] == ["1: line 2 if n > 3", "watch n * 10"]
    assert "  watch n * 10 = 40" in lines
    assert lines[-1] != lines[-2] and "the end" in "\n".join(lines), "an empty line did the last move again"
    lines = run(tmp_path / "a.py", "b; recall; b", keeper=keeper)
    assert lines[1:4] == ["no breakpoints", "1: line 2 if n > 3", "watch n * 10"]


def test_pins_come_first_and_values_stand_behind_the_lines(tmp_path: Path) -> None:
    lines = run(tmp_path / "a.py", "t 8; pin total; locals; list 7; inline; list 7; pin nope")
    assert lines[lines.index("locals of <module>, line 8") + 1] == "  total = 6, changed, pinned"
    assert "     7: total = double(3)  -- total=6" in lines
    assert "     7: total = double(3)" in lines
    assert lines[-1].startswith("error")


# a command -> something to write behind it, where it needs that
ARGUMENTS = {
    "to_line": "2",
    "back_to_line": "2",
    "to_change": "m",
    "back_to_change": "n",
    "to_turn": "1",
    "to_step": "5",
    "value": "n",
    "parts": "n",
    "print": "n + 1",
    "history": "n",
    "break": "2",
    "break_on_change": "m in double",
    "condition": "1 n",
    "hits": "1 2",
    "log": "1 x",
    "delete": "1",
    "toggle": "1",
    "choose": "1",
    "set": "n = 4",
    "jump": "3",
    "switch": "0",
    "entry": "double(2)",
    "check": "yes",
    "pin": "n",
}


@pytest.mark.parametrize("command", [c.name for c in TABLE])
def test_every_answer_has_the_documented_fields(command: str, tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(SOURCE + "x = 1\n", encoding="utf-8")
    files = dict.fromkeys(("save", "report", "write_source"), str(tmp_path / "f"))
    files |= dict.fromkeys(("open", "edit_source"), str(tmp_path / "b.py"))
    behind = (ARGUMENTS | files).get(command, "")
    lines = run(
        tmp_path / "a.py",
        f"b 3; watch n; check yes; t 2; {command} {behind}; where",
        as_json=True,
        keeper=Keeper(tmp_path / "state"),
    )
    rows = [json.loads(line) for line in lines]
    row = next(r for r in rows[5:] if r["command"].split()[0] == command)
    if "error" in row:
        assert set(row) == {"command", "error"}
        assert command in (
            *("recall", "traceback", "choose", "next_unsure", "previous_unsure", "next_mark", "previous_mark"),
            *("next_difference", "previous_difference", "adopt", "jump"),
        ), row
        return
    table = COMMANDS[command]
    allowed = {*ALWAYS, *table.fields, *(MOVED if table.moves else ())}
    assert set(ALWAYS) <= set(row) <= allowed, set(row) - allowed
    if table.moves:
        assert set(MOVED) - {"verdict", "watches"} <= set(row)


def test_the_page_is_that_of_the_table(root: Path) -> None:
    assert (root / "docs" / "plain.md").read_text(encoding="utf-8") == page(), (
        "run: python -m neuraldbg.tui.plain_table docs/plain.md"
    )
    for command in TABLE:
        assert f"| {command.name} |" in page()


def test_a_recording_says_why_it_cannot_be_changed(bench: Any) -> None:
    out = io.StringIO()
    session = Session(Program.from_source(bench.source, "demo.py"), TraceSource(bench.trace(bench.steps)))
    LineStepper(session, None, out).run(iter(["entries", "entry f(1)", "edit_source x", "open x.py", "set total = 1"]))
    said = out.getvalue().splitlines()[1:]
    assert len(said) == 6 - 1 and all(line.startswith("error: ") for line in said), said


def test_saved_predictions_go_on_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE, encoding="utf-8")
    program = Program.load(str(path))
    steps = record(program).steps
    opened: list[Program] = []

    def predict(program: Program) -> Real:
        opened.append(program)
        return Real(program)

    def resumed(count: int, outcome: Outcome) -> Session:
        trace = Trace("a.py", SOURCE, "<module>", Origin.PREDICTED, steps[:count], outcome)
        return Session(program, source_of(trace, program, predict))

    session = resumed(5, Outcome.STOPPED)
    session.run_to_step(4)
    assert opened == [], "no model is needed for what is known"
    session.continue_()
    assert session.complete and session.known == steps and opened == [program]
    whole = resumed(len(steps), Outcome.RETURNED)
    whole.continue_()
    assert whole.complete and opened == [program]
    whole.goto(6)
    whole.set_value("n", "8")
    whole.step_into()
    assert len(opened) == 2, "from a changed step on the model is asked"
