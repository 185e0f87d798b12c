"""`neuraldbg bench` measures what it says, on a small random model."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from transformers import PreTrainedModel
from typer.testing import CliRunner

from neuraldbg.cli import app
from neuraldbg.errors import ExitCode
from neuraldbg.model.bench import Row, table
from neuraldbg.model.checkpoint import save_checkpoint
from neuraldbg.model.tokenizer import CwmTokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, micro: PreTrainedModel, tokenizer: CwmTokenizer) -> Path:
    return save_checkpoint(micro, tokenizer, tmp_path_factory.mktemp("model") / "micro")


def test_a_quick_run(folder: Path) -> None:
    done = CliRunner().invoke(app, ["bench", "--quick", "--json", "--model", str(folder)])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert all(math.isfinite(row["value"]) and row["value"] > 0 for row in rows.values())
    assert rows["ratio to transformers.generate"]["value"] == pytest.approx(
        rows["steps, one at a time"]["value"] / rows["steps of transformers.generate"]["value"]
    )
    assert 0 < rows["tokens forced by the grammar"]["value"] < 100
    assert rows["steps, one at a time"]["note"] == "numpy"  # its heads are too narrow for the kernel
    assert rows["memory of that process"]["value"] < 600


def test_an_interpreter_without_the_peer(folder: Path) -> None:
    done = CliRunner().invoke(app, ["bench", "--quick", "--model", str(folder), "--llama", "/no/such/python"])
    assert done.exit_code == ExitCode.USAGE
    assert "cannot measure llama.cpp" in done.stderr


def test_the_table() -> None:
    shown = table([Row("a ratio", 3.14159, "x", "goal 1"), Row("many", 1234.5, "tokens/s")])
    assert shown.splitlines() == ["a ratio       3.14 x         goal 1", "many          1234 tokens/s"]
