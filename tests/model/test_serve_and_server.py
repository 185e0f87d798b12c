"""`neuraldbg serve` on one side, `--server` on the other: the embedded model says the same there as here."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode
from neuraldbg.model.serving import Settings, load_served
from neuraldbg.steps import parse_trace
from tests.model.serving import run_server

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CALLS = ("half(6)", "half(7)", "halve_all([8])")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    network, served = load_served(None, None, None, slots=4)
    with run_server(network, served, Settings(slots=4)) as running:
        yield running.url


def test_several_clients_at_once_get_the_steps_of_a_local_model(cli: Run, url: str, root: Path) -> None:
    demo = root / "examples" / "demo.py"

    def predicted(call: str, *options: str) -> list[object]:
        result = cli("predict", demo, "--call", call, "--json", *options)
        assert result.returncode == ExitCode.OK, result.stderr
        return list(parse_trace(result.stdout.splitlines(), "stdout").steps)

    with ThreadPoolExecutor(len(CALLS)) as pool:
        there = list(pool.map(lambda call: predicted(call, "--server", url), CALLS))
    assert there == [predicted(call) for call in CALLS]
    assert all(len(steps) > 2 for steps in there)
