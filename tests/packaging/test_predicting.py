"""Predicting with the embedded model, through real processes: it never runs the program; its failures are one line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode
from neuraldbg.steps import Event, Origin, Outcome, parse_trace
from tests.conftest import run_python

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# Leaves a file behind if any part of it is run, in every way a file can be run by accident.
TELLTALE = """\
open({mark!r}, "w").close()

def touch(n=open({mark!r}, "w").close()):
    return n + 1

class Thing:
    open({mark!r}, "w").close()

total = 0
for n in [1, 2]:
    total = total + n
"""

# Runs a command in this process with an audit hook (PEP 578). Reports every exec of a code object of the user's file,
# every import that found it, every process started and every write to the user's folder.
AUDIT = """\
import json, os, sys
target, folder, report = sys.argv[1:4]
seen = []
def hook(event, args):
    if event == "exec" and os.path.abspath(getattr(args[0], "co_filename", "")) == target:
        seen.append(["exec", args[0].co_name])
    elif event == "import" and args[1] and os.path.abspath(str(args[1])) == target:
        seen.append(["import", args[0]])
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"):
        seen.append([event, str(args)])
    elif event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        path = os.path.abspath(os.fsdecode(args[0]))
        writes = (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or set(args[1] or "r") & set("wax+")
        if writes and path.startswith(folder):
            seen.append(["open for writing", path])
        elif path == target:
            seen.append(["open for reading", path])
    elif event == "compile" and os.path.abspath(os.fsdecode(args[1] or "")) == target:
        seen.append(["compile", target])
sys.addaudithook(hook)
sys.argv = ["neuraldbg", *sys.argv[4:]]
from neuraldbg.cli import main
try:
    main()
except SystemExit as error:
    code = error.code or 0
with open(report, "w") as out:
    json.dump({"code": code, "seen": seen}, out)
"""


def audited(folder: Path, *args: str) -> dict[str, object]:
    """Runs ``neuraldbg ARGS script.py`` under the audit hook in ``folder``; returns its report."""
    report = folder.parent / "report.json"
    result = run_python(
        ["-c", AUDIT, str(folder / "script.py"), str(folder), str(report), args[0], "script.py", *args[1:]], cwd=folder
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, object] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def telltale(tmp_path: Path) -> Path:
    """A folder with a script that cannot be run unnoticed."""
    folder = tmp_path / "user"
    folder.mkdir()
    (folder / "script.py").write_text(TELLTALE.format(mark=str(folder / "mark")), encoding="utf-8")
    return folder


@pytest.mark.parametrize("args", [["--steps", "6"], ["--steps", "6", "--call", "touch(1)"], ["--json", "--steps", "3"]])
def test_predicting_never_runs_the_program(args: list[str], telltale: Path) -> None:
    report = audited(telltale, "predict", *args)
    assert report["code"] in (ExitCode.OK, ExitCode.LIMIT)
    kinds = {kind for kind, _ in report["seen"]}  # type: ignore[attr-defined]
    assert kinds == {"compile", "open for reading"}, "it is read and compiled, and nothing else"
    assert not (telltale / "mark").exists()
    assert {p.name for p in telltale.iterdir()} == {"script.py"}, "not even a __pycache__"


def test_the_audit_hook_would_notice(telltale: Path) -> None:
    report = audited(telltale, "record")
    assert "subprocess.Popen" in {kind for kind, _ in report["seen"]}  # type: ignore[attr-defined]
    assert (telltale / "mark").exists()


def test_predicted_json_is_a_legal_trace(cli: Run, tmp_path: Path, root: Path) -> None:
    result = cli("predict", root / "examples" / "demo.py", "--json", "--steps", "40")
    assert result.returncode in (ExitCode.OK, ExitCode.LIMIT), result.stderr
    trace = parse_trace(result.stdout.splitlines(), "stdout")
    assert trace.origin is Origin.PREDICTED
    assert trace.steps[0].event is Event.CALL
    assert all(step.confidence is not None and 0 < step.confidence.lowest <= 1 for step in trace.steps)
    whole = result.returncode == ExitCode.OK
    assert whole == (trace.outcome in (Outcome.RETURNED, Outcome.RAISED))


def test_the_step_limit_keeps_what_was_done(cli: Run, root: Path) -> None:
    result = cli("predict", root / "examples" / "demo.py", "--steps", "4")
    assert result.returncode == ExitCode.LIMIT
    assert len(result.stdout.splitlines()) == 5
    assert "step limit" in result.stderr


def test_check_and_compare_tell_the_same(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("def double(n):\n    return n + n\n", encoding="utf-8")
    checked = cli("predict", "script.py", "--call", "double(2)", "--check")
    compared = cli("compare", "script.py", "--call", "double(2)")
    assert checked.returncode == compared.returncode
    assert compared.returncode in (ExitCode.OK, ExitCode.DIVERGED), compared.stderr
    assert checked.stdout.endswith(compared.stdout)
    assert ("agree" in compared.stdout) == (compared.returncode == ExitCode.OK)


def assert_model_error(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == ExitCode.MODEL, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("neuraldbg: error: ")
    for word in words:
        assert word in line


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the embedded model, to be damaged; and a script to predict."""
    (tmp_path / "script.py").write_text("x = 1\n", encoding="utf-8")
    return Path(shutil.copytree(root / "model" / "weights" / "cwm-nano", tmp_path / "m"))


def test_a_model_that_is_not_there(cli: Run, copy: Path) -> None:
    assert_model_error(cli("predict", "script.py", "--model", "./nowhere"), "nowhere")


def test_a_model_folder_without_weights(cli: Run, copy: Path) -> None:
    for path in copy.glob("*.safetensors*"):
        path.unlink()
    assert_model_error(cli("predict", "script.py", "--model", "./m"), "m")


def test_a_model_cut_short(cli: Run, copy: Path) -> None:
    weights = next(copy.glob("*.safetensors"))
    with weights.open("r+b") as stream:
        stream.truncate(weights.stat().st_size // 2)
    assert_model_error(cli("predict", "script.py", "--model", "./m"), weights.name)
    doctor = cli("doctor", "--json", "--model", copy)
    assert doctor.returncode == ExitCode.MODEL
    assert any("cut short" in problem for problem in json.loads(doctor.stdout)["problems"])


def test_a_model_of_another_architecture(cli: Run, copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    config.update(model_type="bert", architectures=["BertModel"])
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert_model_error(cli("predict", "script.py", "--model", "./m"), "bert")


def test_a_device_that_is_not_there(cli: Run, copy: Path) -> None:
    # No GPU is visible to the child, whatever this machine has.
    result = cli("predict", "script.py", "--device", "cuda", env={"CUDA_VISIBLE_DEVICES": ""})
    assert_model_error(result, "cuda")
    assert_model_error(cli("predict", "script.py", "--device", "toaster"), "toaster")


def test_doctor_describes_the_embedded_model(cli: Run, root: Path) -> None:
    result = cli("doctor", "--json")
    assert result.returncode == ExitCode.OK, result.stdout
    report = json.loads(result.stdout)
    assert report["problems"] == []
    assert Path(report["model"]["path"]).resolve() == (root / "model" / "weights" / "cwm-nano").resolve()
    assert report["model"]["architecture"] == "CwmForCausalLM"
    assert report["model"]["parameters"] > 1_000_000
    assert report["packages"]["torch"]
    people = cli("doctor")
    assert f"{report['model']['parameters']:,}" in people.stdout
    assert "problems: none" in people.stdout


def test_eval_prints_scores_and_writes_both_files(cli: Run, tmp_path: Path) -> None:
    rows = [
        {"id": "inc", "code": "def f(x):\n    return x + 1\n", "entry": "f", "input": "1", "output": "2"},
        {
            "id": "len",
            "code": "def f(x):\n    n = len(x)\n    return n\n",
            "entry": "f",
            "input": "[1, 2]",
            "output": "2",
        },
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = cli("eval", "rows.jsonl", "--json", "scores.json", "--report", "page.html")
    assert result.returncode == ExitCode.OK, result.stderr
    report = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert report["n"] == 2
    assert [row["id"] for row in report["rows"]] == ["inc", "len"]
    for score in ("format_valid", "line_exact", "state_exact", "step_exact", "survival", "trace_exact", "output_exact"):
        assert f"{report[score]:.2f} %" in result.stdout
        assert 0 <= report[score] <= 100
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('<circle class="dot"') == 2
    assert page.count('<circle class="bin"') == len(report["calibration"]["bins"])
    assert "calibration error" in result.stdout
    limited = cli("eval", "rows.jsonl", "--limit", "1")
    assert ["n", "1"] in [line.split() for line in limited.stdout.splitlines()]


@pytest.mark.parametrize("phase", ["data", "tokenizer", "pretrain", "midtrain", "sft", "rl"])
def test_phases_of_training_explain_themselves(phase: str, cli: Run) -> None:
    result = cli("train", phase, "--help")
    assert result.returncode == ExitCode.OK, result.stderr
    assert result.stdout.startswith("usage: ")
    assert cli("train", phase, "--no-such-option").returncode == ExitCode.USAGE


def test_every_phase_is_tested_above() -> None:
    from neuraldbg.cli.measuring import PHASES

    assert list(PHASES) == ["data", "tokenizer", "pretrain", "midtrain", "sft", "rl"]
