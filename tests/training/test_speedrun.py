"""The one command from nothing to evaluated weights, at a tiny size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TINY = [
    "init=null", "preset=cwm-micro", "compile=false", "batch=2", "log_every=1", "precision=fp32", "validate_every=1000",
    "data.length=384", "data.decisions=96", "workers=0", "threads=1",
]  # fmt: skip


def speedrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "training" / "speedrun.sh"), *arguments],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=280,
    )


def test_speedrun_trains_in_sessions_evaluates_and_packs(tmp_path: Path) -> None:
    row = {"id": "a", "code": "def f(x):\n    y = x + 1\n    return y\n", "entry": "f", "input": "1", "output": "2"}
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(row) + "\n")
    settings = [f"out={tmp_path / 'run'}", "steps=3", *TINY]
    first = speedrun("-s", "0.0001", *settings)
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "run" / "state.pt").exists() and not (tmp_path / "run" / "model").exists()
    assert "run the same command again" in first.stderr
    second = speedrun("-e", str(rows), "-p", str(tmp_path / "packed"), *settings)
    assert second.returncode == 0, second.stderr
    assert "resumed at step 1" in second.stderr and "format_valid" in second.stdout
    scores = json.loads((tmp_path / "run" / "scores.json").read_text())
    assert scores["n"] == 1
    (part,) = (tmp_path / "packed").iterdir()
    with tarfile.open(part) as packed:
        assert {"model/model.safetensors", "log.csv", "scores.json"} <= set(packed.getnames())


def test_a_wrong_option_prints_the_usage() -> None:
    run = speedrun("-x")
    assert run.returncode == 2
    assert "training/speedrun.sh [-c CONFIG]" in run.stderr and "KEY=VALUE" in run.stderr
