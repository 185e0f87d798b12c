"""The line mode: commands in, words or JSON out; no Textual."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, TraceSource
from neuraldbg.tui.bindings import KEYS
from neuraldbg.tui.plain import LineStepper, read_lines, split
from neuraldbg.tui.plain_commands import COMMANDS


def run(bench: Any, text: str, as_json: bool = False, real: Any = None) -> tuple[str, int]:
    program = Program.from_source(bench.source, "demo.py")
    session = Session(program, TraceSource(bench.trace(bench.steps)))
    out = io.StringIO()
    check = None if real is None else lambda program, cancelled: real
    stepper = LineStepper(session, check, out, as_json)
    code = stepper.run(read_lines(io.StringIO(text), out, prompt=False))
    return out.getvalue(), code


def test_stepping_says_where_we_are_and_what_is_new(bench: Any) -> None:
    out, code = run(bench, "n\nn\nn\ns\ns\nlocals\nS\n")
    lines = out.splitlines()
    assert lines[0] == "step 0, <module> is entered, line 1: def double(n):"
    assert "step 5, double is entered, line 1: def double(n):" in lines
    assert "  n = 3" in lines
    assert "locals of double, line 1" in lines
    assert lines[-2].startswith("step 4, line 8 of <module> is next: total += double(i)")
    assert code == 0


def test_breakpoints_watches_and_the_end(bench: Any) -> None:
    out, code = run(bench, "b 2, n > 3; watch n * 10; c; b; up; c; c")
    assert "breakpoint 1: line 2 if n > 3" in out
    assert "step 12, line 2 of double is next: m = n * 2" in out
    assert "  watch n * 10 = 40" in out
    assert "locals of <module>, line 8" in out
    assert "the end: the trace is over after 17 steps" in out
    assert code == 0


def test_errors_are_a_line_and_the_exit_code(bench: Any) -> None:
    out, code = run(bench, "frobnicate\nt\nb 99\ndelete 5\nset x\np 1 +\np nope\nx\ns\n")
    errors = [line for line in out.splitlines() if line.startswith("error: ")]
    assert errors[0] == "error: no command 'frobnicate'; help lists them"
    assert len(errors) == 6, errors
    assert "error: there is no breakpoint 5" in errors
    assert "no value (unknown): " in out
    assert out.splitlines()[-1].startswith("step 1, ")
    assert code == 2


def test_json_is_an_object_a_command(bench: Any) -> None:
    out, code = run(bench, "t 3; p m + 1; v m; stack\nH n; nope; q; s", as_json=True)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["command"] for row in rows] == ["into", "t 3", "p m + 1", "v m", "stack", "H n", "nope", "q"]
    assert rows[1]["step"]["locals"] == {"n": "3", "m": "6"}
    assert (rows[1]["reason"], rows[1]["changed"]) == ("line", ["m"])
    assert rows[2]["value"] == "7"
    assert "error" in rows[4] and "error" in rows[6]
    assert rows[5]["history"][0]["value"] == "3"
    assert code == 2


def test_the_real_run_is_made_only_after_check_yes(bench: Any) -> None:
    from dataclasses import replace

    steps = record(Program.from_source(bench.source, "demo.py")).steps
    steps[7] = replace(steps[7], locals={**steps[7].locals, "m": "9"})
    real = bench.trace(steps)
    out, code = run(bench, "c; x", real=real)
    assert "error: this EXECUTES the program for real" in out and "survival" not in out
    out, code = run(bench, "c; x yes; E; X", real=real)
    assert "survival" in out
    assert "differs: m" in out
    assert code == 1


def test_values_cannot_talk_to_the_terminal(bench: Any) -> None:
    from dataclasses import replace

    steps = bench.steps
    steps[3] = replace(steps[3], locals={"total": "'\x1b[31m\n'"})
    bench_steps = steps
    program = Program.from_source(bench.source, "demo.py")
    out = io.StringIO()
    stepper = LineStepper(Session(program, TraceSource(bench.trace(bench_steps))), None, out)
    stepper.run(iter(["s", "s", "s", "v total"]))
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().splitlines()[-1] == "'␛[31m⏎'"


@pytest.mark.parametrize(
    ("line", "parts"),
    [("s; n ;c", ["s", "n", "c"]), ("p 'a;b'; s", ["p 'a;b'", "s"]), ("p [1;2]", ["p [1;2]"]), (";;", []), ("", [])],
)
def test_commands_stand_apart(line: str, parts: list[str]) -> None:
    assert split(line) == parts


def test_every_command_can_be_run_and_has_a_word_of_help(bench: Any) -> None:
    session = Session(Program.from_source(bench.source, "demo.py"), TraceSource(bench.trace(bench.steps)))
    stepper = LineStepper(session, None, io.StringIO())
    for name in COMMANDS:
        assert callable(getattr(stepper, f"do_{name}")), name
        assert COMMANDS.find(name) == name
    assert len(stepper.answer("help", "").lines) == len(list(COMMANDS))


def test_letters_mean_what_they_mean_on_the_screen() -> None:
    same = {
        "s": "into",
        "n": "over",
        "r": "out",
        "c": "continue",
        "S": "back",
        "C": "reverse_continue",
        "i": "next_turn",
    }
    screen = {key: k.id for k in KEYS for key in k.keys}
    for letter, name in same.items():
        assert COMMANDS.find(letter) == name == screen[letter]


def test_the_line_mode_works_in_a_pipe_without_textual(root: Path, tmp_path: Path) -> None:
    from neuraldbg.steps import write_trace

    (tmp_path / "demo.py").write_text("x = 1\ny = x + 1\n", encoding="utf-8")
    with (tmp_path / "t.jsonl").open("w", encoding="utf-8") as out:
        write_trace(record(Program.load(str(tmp_path / "demo.py"))), out)
    code = (
        "import sys; sys.argv = ['neuraldbg', 'step', 't.jsonl', '--plain', '--json']\n"
        "from neuraldbg.cli import main\n"
        "try: main()\n"
        "finally: assert not any(m.split('.')[0] == 'textual' for m in sys.modules), 'textual'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="c\np x + 2\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[-1]["value"] == "3"


def test_an_unknown_likelihood_is_said(bench: Any) -> None:
    from dataclasses import replace

    from neuraldbg.steps import Confidence

    steps = [replace(s, confidence=Confidence(None, {"n": None})) for s in bench.steps]
    out = io.StringIO()
    program = Program.from_source(bench.source, "demo.py")
    LineStepper(Session(program, TraceSource(bench.trace(steps))), None, out).run(iter(["t 2", "locals"]))
    assert "likelihood unknown" in out.getvalue()
    assert "n = 3 (unsure, 0%)" in out.getvalue()


def test_json_without_plain_is_refused(root: Path) -> None:
    command = [sys.executable, "-m", "neuraldbg", "step", "examples/demo.py", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120, check=False)
    assert done.returncode == 2
    assert "--json goes with --plain" in done.stderr
