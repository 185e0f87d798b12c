"""A user's project may hold its own model.py, lsp.py, tui.py and training.py, and modules named as ours or Python's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neuraldbg.steps import Origin, Outcome, Trace, parse_trace, read_trace

Run = Callable[..., "subprocess.CompletedProcess[str]"]
MAIN = """\
import lsp
import model
import training
import tui
names = [module.WHOSE for module in (lsp, model, training, tui)]
where = model.__file__.rpartition("/")[2]
names
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Somebody's project."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("model", "lsp", "tui", "training"):
        (folder / f"{name}.py").write_text(f"WHOSE = 'the {name} of the user'\n", encoding="utf-8")
    # Whatever neuraldbg or Typer imports under these names must not be these.
    for name in ("typer", "rich", "random", "steps", "errors", "program", "torch", "textual", "debugpy", "code"):
        (folder / f"{name}.py").write_text("raise RuntimeError('neuraldbg imported a module of the user')\n")
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    yield folder


def assert_users_modules(trace: Trace) -> None:
    assert trace.outcome is Outcome.RETURNED, trace.stderr
    last = trace.steps[-1].locals
    assert last["names"] == str([f"the {name} of the user" for name in ("lsp", "model", "training", "tui")])
    assert last["where"] == "'model.py'"


@pytest.mark.parametrize("runner", ["recorder", "debugpy"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_real_runs_see_the_users_modules(runner: str, elsewhere: bool, project: Path, cli: Run, tmp_path: Path) -> None:
    cwd, spec = (tmp_path, "project/main.py") if elsewhere else (project, "main.py")
    result = cli("record", spec, "--with", runner, "-o", tmp_path / "t.jsonl", cwd=cwd)
    assert result.returncode == 0, result.stderr
    trace = read_trace(tmp_path / "t.jsonl")
    assert trace.origin is (Origin.RECORDED if runner == "recorder" else Origin.DEBUGPY)
    assert_users_modules(trace)


def test_the_console_script_works_in_such_a_project(project: Path) -> None:
    script = Path(sys.executable).with_name("neuraldbg")
    assert script.is_file(), "install the project: pip install --editable ."
    result = subprocess.run(
        [script, "record", "main.py", "--json"], cwd=project, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert_users_modules(parse_trace(result.stdout.splitlines(), "stdout"))


def test_runs_compare_and_step_in_such_a_project(project: Path, cli: Run) -> None:
    for runner in ("recorder", "debugpy"):
        cli("record", "main.py", "--with", runner, "-o", f"{runner}.jsonl", cwd=project)
    compared = cli("compare", "debugpy.jsonl", "recorder.jsonl", cwd=project)
    assert (compared.returncode, compared.stderr) == (0, ""), compared.stdout
    assert "agree" in compared.stdout
    stepped = cli("step", "recorder.jsonl", cwd=project)
    assert stepped.returncode == 0, stepped.stderr
    assert "the model of the user" in stepped.stdout


def test_prediction_in_such_a_project_uses_our_model(project: Path, cli: Run) -> None:
    for command in ("predict", "step"):
        result = cli(command, "main.py", "--steps", "3", cwd=project)
        assert result.returncode in (0, 6), result.stderr
        assert "import lsp" in result.stdout
    compared = cli("compare", "main.py", "--steps", "3", cwd=project)
    assert compared.returncode in (0, 1, 6), compared.stderr
    assert "survival" in compared.stdout
