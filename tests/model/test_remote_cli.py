"""``--server`` as a user meets it: the same steps, one-line errors with their exit codes, a key that is never shown."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.loading import load_network
from neuraldbg.model.remote import warnings_for
from neuraldbg.steps import parse_trace
from tests.conftest import run_python
from tests.model.remote_server import FreeModel, Service, serving

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SECRET = "sk-very-secret"


@pytest.fixture(scope="module")
def service() -> Service:
    loaded = load_network()
    free = FreeModel(LocalEngine(loaded.network), loaded.tokenizer)
    return Service(free.write, loaded.tokenizer, facts={"context": 1024, "scratchpad": True})


@pytest.fixture(scope="module")
def url(service: Service) -> Iterator[str]:
    with serving(service) as base:
        yield base


def one_line(result: subprocess.CompletedProcess[str], code: ExitCode) -> str:
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("neuraldbg: error: ")
    assert SECRET not in line
    return line


def test_predict_gives_what_the_model_gives_here(cli: Run, url: str, root: Path, service: Service) -> None:
    demo = root / "examples" / "demo.py"
    options = ["--call", "half(7)", "--json"]
    there = cli("predict", demo, *options, "--server", url, env={"NEURALDBG_API_KEY": SECRET})
    here = cli("predict", demo, *options)
    assert there.returncode == here.returncode == ExitCode.OK, there.stderr
    assert there.stderr == ""
    traces = [parse_trace(result.stdout.splitlines(), "stdout") for result in (there, here)]
    assert traces[0].steps == traces[1].steps
    assert len(traces[0].steps) > 2
    assert SECRET not in there.stdout
    assert all(headers["Authorization"] == f"Bearer {SECRET}" for headers in service.headers)


def test_step_compare_and_eval_ask_the_server_too(cli: Run, url: str, root: Path, tmp_path: Path) -> None:
    demo = root / "examples" / "demo.py"
    table = cli("step", demo, "--call", "half(7)", "--server", f"{url}/v1")
    assert table.returncode == ExitCode.OK, table.stderr
    assert "raise ValueError(n)" in table.stdout
    compared = cli("compare", demo, "--call", "half(4)", "--server", f"{url}/v1/completions", "--json")
    assert compared.returncode in (ExitCode.OK, ExitCode.DIVERGED), compared.stderr
    assert json.loads(compared.stdout)["kind"] == "comparison"
    row = {"id": "half", "code": "def half(n):\n    return n // 2\n", "entry": "half", "input": "4", "output": "2"}
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(row) + "\n")
    scores = cli("eval", rows, "--server", url)
    assert scores.returncode == ExitCode.OK, scores.stderr
    assert "step exact" in scores.stdout


def test_wrong_servers(cli: Run, url: str, root: Path, tmp_path: Path) -> None:
    demo = root / "examples" / "demo.py"
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert "cannot reach" in one_line(cli("predict", demo, "--server", dead), ExitCode.MODEL)
    assert "http://127.0.0.1:8000" in one_line(cli("predict", demo, "--server", "localhost:8000"), ExitCode.USAGE)
    assert "no /nothing/v1/comp" in one_line(cli("predict", demo, "--server", f"{url}/nothing"), ExitCode.MODEL)
    both = cli("predict", demo, "--server", url, "--device", "cpu")
    assert "--device" in one_line(both, ExitCode.USAGE)
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "code": "def f():\\n    return 1\\n", "entry": "f", "input": "", "output": "1"}\n')
    assert "cannot reach" in one_line(cli("eval", rows, "--server", dead), ExitCode.MODEL)


def test_a_refused_key_is_not_shown(cli: Run, root: Path, service: Service) -> None:
    strict = Service(service.write, service.tokenizer)
    strict.models = lambda: (401, {"error": {"message": f"Incorrect API key provided: {SECRET}"}})  # type: ignore[method-assign]
    with serving(strict) as base:
        demo = root / "examples" / "demo.py"
        line = one_line(cli("predict", demo, "--server", base, env={"NEURALDBG_API_KEY": SECRET}), ExitCode.MODEL)
        assert "refuses (401)" in line
        assert "the key was not accepted" in line
        strict.models = lambda: (401, {"detail": "who are you?"})  # type: ignore[method-assign]
        without = cli("predict", demo, "--server", base, env={"NEURALDBG_API_KEY": "", "OPENAI_API_KEY": ""})
        assert "set NEURALDBG_API_KEY" in one_line(without, ExitCode.MODEL)


def test_a_key_over_plain_http_to_another_host_is_warned_of(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"NEURALDBG_API_KEY": SECRET}
    result = cli("predict", "absent.py", "--server", "http://models.invalid:8000", env=env)
    warning, error = result.stderr.splitlines()
    assert warning.startswith("neuraldbg: warning: the API key is sent to models.invalid unencrypted")
    assert "absent.py" in error
    assert SECRET not in result.stderr
    monkeypatch.setenv("NEURALDBG_API_KEY", SECRET)
    assert warnings_for("https://models.invalid") == []
    assert warnings_for("http://localhost:8000") == []
    assert warnings_for("http://[::1]:8000") == []
    assert len(warnings_for("http://localhost.invalid")) == 1
    monkeypatch.delenv("NEURALDBG_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert warnings_for("http://models.invalid") == []


def test_a_served_model_needs_no_torch_here(url: str, root: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom neuraldbg.model.remote import load_remote\n"
        "from neuraldbg.program import Program\n"
        f"source = load_remote({url!r}).source(Program.load({str(root / 'examples' / 'demo.py')!r}, 'half(7)', ()))\n"
        "steps = [source.next_step([])]\nassert source.next_step(steps)\n"
        "print(sorted({'torch', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    result = run_python(["-c", code], cwd=tmp_path)
    assert result.stdout.strip() == "[]", result.stderr
