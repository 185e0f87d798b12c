"""Pre-training: rows of source text, split by file, and a run from end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuraldbg.errors import InputError, UsageError
from neuraldbg.model.checkpoint import load_model, resolve
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.pretrain import TextConfig, TextRows, files, read_config, start

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(ROOT / "training" / "configs" / "pretrain.yaml")


@pytest.fixture(scope="module")
def tokenizer() -> CwmTokenizer:
    return CwmTokenizer.load(Path(resolve(None)))


def test_the_standard_library_is_split_by_file() -> None:
    train, held_out = files(TextConfig(), False), files(TextConfig(), True)
    assert len(train) > 200
    assert 0 < len(held_out) < len(train) / 20
    assert not set(train) & set(held_out)
    assert not any("/test/" in path.as_posix() for path in train)


def test_rows_are_whole_documents_of_source_text(tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.py").write_text(f"{name} = 1\n" * 4, encoding="utf-8")
    rows = TextRows(resolve(None), TextConfig(sources=(str(tmp_path),), length=64))
    row = rows[3]
    assert {key: len(value) for key, value in row.items()} == dict.fromkeys(row, 64)
    first = row["ids"][row["document"] == 0].tolist()
    assert first[0] == tokenizer.begin_of_text
    assert first[-1] == tokenizer.end_of_text
    assert set(tokenizer.decode(first[1:-1]).split("\n")) <= {"a = 1", "b = 1", "c = 1", ""}
    decided = row["index"][row["weight"] > 0]
    assert (row["ids"][decided + 1] == row["target"][row["weight"] > 0]).all()
    assert row["document"].max() >= 1
    assert all((rows[3][key] == row[key]).all() for key in row)
    assert not (rows[4]["ids"] == row["ids"]).all()


def test_a_run_leaves_a_model_that_mid_training_can_start_from(tmp_path: Path) -> None:
    settings = [
        f"out={tmp_path}", f"tokenizer={resolve(None)}", "preset=cwm-micro", "overrides={}", "steps=3", "minutes=0",
        "batch=2", "compile=false", "workers=0", "precision=fp32", "log_every=1", "validate_every=2",
        "validate_rows=2", "data.length=128",
    ]  # fmt: skip
    start(read_config(CONFIG, settings)).train()
    rows = (tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()
    assert [row.rsplit(",", 1)[1] for row in rows] == ["kind", "train", "train", "validation", "train"]
    model, tokenizer = load_model(tmp_path / "model")
    assert model.config.vocab_size == tokenizer.vocab_size


def test_no_files_or_a_wrong_key_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Python files to train on"):
        files(TextConfig(sources=(str(tmp_path),)), False)
    with pytest.raises(UsageError, match="unexpected keyword argument 'lenght'"):
        read_config(CONFIG, ["data.lenght=5"])
