"""The command line through real processes: exit codes, one-line errors, clean stdout. Nothing here needs a model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode
from neuraldbg.steps import Event, Outcome, parse_trace

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LOOP = "total = 0\nfor n in [1, 2]:\n    total += n\n"
FUNCTION = "def double(n):\n    return n + n\n"


def script(folder: Path, text: str | bytes, name: str = "script.py") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def assert_one_line_error(result: subprocess.CompletedProcess[str], code: ExitCode, *words: str) -> None:
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("neuraldbg: error: ")
    for word in words:
        assert word in line


BAD_SCRIPTS = {
    "a byte that is no UTF-8": (b"x = '\xff'\n", "UTF-8"),
    "a syntax error": ("x = (\n", "line 1"),
    "a null byte": (b"x = 1\0\n", "null"),
    "an empty file": ("", "no statements"),
}


@pytest.mark.parametrize("command", ["predict", "record"])
@pytest.mark.parametrize("kind", BAD_SCRIPTS)
def test_script_that_cannot_be_used(command: str, kind: str, cli: Run, tmp_path: Path) -> None:
    text, word = BAD_SCRIPTS[kind]
    assert_one_line_error(cli(command, script(tmp_path, text)), ExitCode.BAD_INPUT, "script.py", word)


@pytest.mark.parametrize("command", ["predict", "record", "compare", "step"])
def test_no_such_file_and_a_directory(command: str, cli: Run, tmp_path: Path) -> None:
    assert_one_line_error(cli(command, "absent.py"), ExitCode.BAD_INPUT, "absent.py")
    (tmp_path / "folder.py").mkdir()
    assert_one_line_error(cli(command, "folder.py"), ExitCode.BAD_INPUT, "folder.py", "directory")


@pytest.mark.parametrize("command", ["predict", "record"])
@pytest.mark.parametrize(
    ("spec", "call", "words"),
    [
        ("script.py::triple", None, ["triple", "double"]),
        ("script.py::double", None, ["--call"]),
        ("script.py::double", "double(", ["double("]),
        ("script.py", "triple(1)", ["triple"]),
        ("script.py", "1 + 1", ["1 + 1"]),
        ("script.py::double", "double(1); 2", ["double(1); 2"]),
    ],
)
def test_entry_that_cannot_be_used(
    command: str, spec: str, call: str | None, words: list[str], cli: Run, tmp_path: Path
) -> None:
    script(tmp_path, FUNCTION)
    result = cli(command, spec, *(["--call", call] if call else []))
    assert_one_line_error(result, ExitCode.BAD_INPUT, *words)


def test_wrong_options_leave_with_usage(cli: Run, tmp_path: Path) -> None:
    script(tmp_path, LOOP)
    for args in (
        ["record", "script.py", "--no-such-option"],
        ["nonsense"],
        ["record"],
        ["predict", "x.py", "--steps", "0"],
    ):
        result = cli(*args)
        assert (result.returncode, result.stdout) == (ExitCode.USAGE, ""), args
        assert "Traceback" not in result.stderr
    assert_one_line_error(cli("train", "nonsense"), ExitCode.USAGE, "nonsense", "midtrain")
    assert_one_line_error(cli("compare", "one.jsonl"), ExitCode.USAGE, "two traces")
    no_folder = cli("record", "script.py", "--output", "no/such/folder/trace.jsonl")
    assert_one_line_error(no_folder, ExitCode.USAGE, "no/such/folder")


def test_record_prints_a_table(cli: Run, tmp_path: Path) -> None:
    result = cli("record", script(tmp_path, LOOP + "print('sum', total)\n"))
    assert result.returncode == ExitCode.OK, result.stderr
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["step", "line", "event", "source", "changes"]
    assert [row.split()[1:3] for row in rows[:4]] == [["1", "call"], ["1", "line"], ["2", "line"], ["3", "line"]]
    assert "total += n" in rows[3]
    assert rows[3].endswith("n=1")
    assert rows[-2:] == ["stdout:", "  sum 3"]


def test_record_json_is_a_trace_and_nothing_else(cli: Run, tmp_path: Path) -> None:
    result = cli("record", script(tmp_path, FUNCTION), "--call", "double([1])", "--json")
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    assert trace.outcome is Outcome.RETURNED
    assert [(s.event, s.line, dict(s.locals), s.value) for s in trace.steps] == [
        (Event.CALL, 1, {"n": "[1]"}, None),
        (Event.LINE, 2, {"n": "[1]"}, None),
        (Event.RETURN, 2, {"n": "[1]"}, "[1, 1]"),
    ]
    assert (trace.entry, trace.call, trace.source) == ("double", "double([1])", FUNCTION)


def test_output_file_holds_what_json_prints(cli: Run, tmp_path: Path) -> None:
    path = script(tmp_path, LOOP)
    printed = cli("record", path, "--json").stdout
    written = cli("record", path, "--output", "trace.jsonl")
    assert written.stdout == ""
    assert (tmp_path / "trace.jsonl").read_text(encoding="utf-8") == printed


def test_script_arguments_come_after_two_dashes(cli: Run, tmp_path: Path) -> None:
    path = script(tmp_path, "import sys\nseen = sys.argv[1:]\n")
    result = cli("record", path, "--json", "--", "--steps", "x y", "")
    last = parse_trace(result.stdout.splitlines(), "stdout").steps[-1]
    assert last.event is Event.RETURN
    table = cli("record", script(tmp_path, "import sys\nseen = sys.argv[1:]\nseen\n"), "--", "--steps", "x y", "")
    assert "seen=['--steps', 'x y', '']" in table.stdout


def test_stdin_is_empty_unless_a_file_is_given(cli: Run, tmp_path: Path) -> None:
    path = script(tmp_path, "import sys\ntext = sys.stdin.read()\ntext\n")
    assert "text=''" in cli("record", path).stdout
    (tmp_path / "in.txt").write_text("three\n", encoding="utf-8")
    assert r"text='three\n'" in cli("record", path, "--stdin", "in.txt").stdout
    assert_one_line_error(cli("record", path, "--stdin", "none.txt"), ExitCode.BAD_INPUT, "none.txt")


def test_a_script_that_fails_is_still_recorded(cli: Run, tmp_path: Path) -> None:
    result = cli("record", script(tmp_path, "x = 1\n1 / 0\n"), "--json")
    assert result.returncode == ExitCode.OK
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    assert trace.outcome is Outcome.RAISED
    assert trace.steps[-1].value == "ZeroDivisionError('division by zero')"


@pytest.mark.parametrize(
    ("text", "options", "outcome"),
    [
        ("while True:\n    pass\n", ["--steps", "7"], Outcome.STEP_LIMIT),
        ("import time\nx = 1\ntime.sleep(1000)\n", ["--timeout", "2"], Outcome.TIME_LIMIT),
        ("x = []\nwhile True:\n    x.append(bytes(1 << 24))\n", ["--memory", "300"], Outcome.MEMORY_LIMIT),
    ],
)
def test_a_script_without_end_meets_its_limit(
    text: str, options: list[str], outcome: Outcome, cli: Run, tmp_path: Path
) -> None:
    result = cli("record", script(tmp_path, text), "--json", *options)
    assert result.returncode == ExitCode.LIMIT, result.stderr
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    assert trace.outcome is outcome
    assert len(trace.steps) >= 3, "what was recorded before is kept"
    (line,) = result.stderr.splitlines()
    assert outcome.value.replace("_", " ") in line


def test_a_script_that_forks_is_recorded_once(cli: Run, tmp_path: Path) -> None:
    text = "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)\ndone = True\n"
    result = cli("record", script(tmp_path, text), "--json")
    assert result.returncode == ExitCode.OK, result.stderr
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    lines = [s.line for s in trace.steps if s.event is Event.LINE]
    assert lines == [1, 2, 3, 5, 6]


def test_binary_output_of_a_script_leaves_json_whole(cli: Run, tmp_path: Path) -> None:
    text = "import sys\nsys.stdout.buffer.write(bytes(range(256)))\nsys.stdout.flush()\n"
    result = cli("record", script(tmp_path, text), "--json")
    assert result.returncode == ExitCode.OK, result.stderr
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    assert "ABC" in trace.stdout
    table = cli("record", "script.py")
    assert table.returncode == ExitCode.OK
    assert "\x1b" not in table.stdout
    assert "\0" not in table.stdout


def test_terminal_without_unicode(cli: Run, tmp_path: Path) -> None:
    path = script(tmp_path, "name = 'Ω'\nname\n")
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    assert r"name='\u03a9'" in cli("record", path, env=env).stdout
    assert "name = 'Ω'" in parse_trace(cli("record", path, "--json", env=env).stdout.splitlines(), "stdout").source


def test_compare_of_two_traces(cli: Run, tmp_path: Path) -> None:
    cli("record", script(tmp_path, LOOP), "-o", "a.jsonl")
    cli("record", script(tmp_path, LOOP.replace("[1, 2]", "[1, 3]")), "-o", "b.jsonl")
    same = cli("compare", "a.jsonl", "a.jsonl")
    assert same.returncode == ExitCode.OK, same.stderr
    assert "agree" in same.stdout
    other = cli("compare", "a.jsonl", "b.jsonl")
    assert other.returncode == ExitCode.DIVERGED, other.stderr
    # steps: call, lines 1 2 3 2, then line 3 with another n
    assert "first divergence: first step 5, second step 5" in other.stdout
    assert "local n: 2 | 3" in other.stdout
    report = json.loads(cli("compare", "a.jsonl", "b.jsonl", "--json").stdout)
    assert (report["kind"], report["agree"]) == ("comparison", False)


def test_compare_refuses_what_is_no_trace(cli: Run, tmp_path: Path) -> None:
    cli("record", script(tmp_path, LOOP), "-o", "a.jsonl")
    (tmp_path / "b.jsonl").write_text('{"neuraldbg": 99}\n', encoding="utf-8")
    assert_one_line_error(cli("compare", "a.jsonl", "b.jsonl"), ExitCode.BAD_INPUT, "b.jsonl", "line 1")
    assert_one_line_error(cli("compare", "a.jsonl", "none.jsonl"), ExitCode.BAD_INPUT, "none.jsonl")


def test_step_without_a_terminal_prints_a_trace(cli: Run, tmp_path: Path) -> None:
    cli("record", script(tmp_path, LOOP), "-o", "a.jsonl")
    table = cli("record", "script.py").stdout
    stepped = cli("step", "a.jsonl")
    assert stepped.returncode == ExitCode.OK, stepped.stderr
    assert stepped.stdout == table
    limited = cli("step", "a.jsonl", "--steps", "2")
    assert limited.returncode == ExitCode.LIMIT
    assert limited.stdout.splitlines() == table.splitlines()[:3]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_leaves_quietly_and_ends_the_script(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    text = (
        "import os, time\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'new')!r}, {str(started)!r})\n"
        "time.sleep(1000)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "neuraldbg", "record", str(script(tmp_path, text))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    while not started.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert "Traceback" not in err + out
    child = int(started.read_text())
    with pytest.raises(ProcessLookupError):
        # A killed child that nobody has waited for yet would still answer signal 0.
        os.kill(child, 0)


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    path = script(tmp_path, "for n in range(5000):\n    pass\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "neuraldbg", "record", str(path), "--steps", "5000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    code = process.wait(timeout=120)
    reader.join()
    process.stderr.close()
    assert (code, errors) == (128 + signal.SIGPIPE, [""])


def test_version_and_help(cli: Run) -> None:
    from neuraldbg import __version__

    assert cli("--version").stdout == f"neuraldbg {__version__}\n"
    shown = cli("--help")
    assert shown.returncode == ExitCode.OK
    for command in ("step", "predict", "record", "compare", "eval", "doctor", "train"):
        assert f"\n  {command} " in shown.stdout
        assert cli(command, *([] if command == "train" else ["--help"])).returncode in (ExitCode.OK, ExitCode.USAGE)


def test_doctor_tells_what_is_missing(cli: Run, tmp_path: Path) -> None:
    result = cli("doctor", "--json", "--model", tmp_path / "nowhere")
    report = json.loads(result.stdout)
    assert result.returncode == ExitCode.MODEL
    assert report["python"]["executable"]
    assert report["devices"]["cpu_cores"] >= 1
    assert report["devices"]["memory_bytes"] > 1 << 20
    assert any("nowhere" in problem and "--model" in problem for problem in report["problems"])
    people = cli("doctor", "--model", tmp_path / "nowhere")
    assert people.returncode == ExitCode.MODEL
    assert "problems:\n" in people.stdout
