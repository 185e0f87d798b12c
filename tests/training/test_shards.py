"""Rows on disk are the rows of the stream; writing goes on where it was stopped; another configuration is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuraldbg.errors import InputError
from neuraldbg.model.checkpoint import resolve
from neuraldbg.training.data import shards
from neuraldbg.training.data.__main__ import main
from neuraldbg.training.data.shards import ShardRows, shard_path, write_shards
from neuraldbg.training.data.stream import RowDataset, StreamConfig

CONFIG = StreamConfig(seed=3, length=256, decisions=96)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shards") / "new"
    write_shards(made, resolve(None), CONFIG, rows=7, size=4)
    return made


def test_rows_are_those_of_the_stream(folder: Path) -> None:
    rows, stream = ShardRows(folder, CONFIG), RowDataset(resolve(None), CONFIG)
    assert len(rows) == 8
    for number in (0, 3, 4, 7):
        stored, made = rows[number], stream[number]
        assert stored.keys() == made.keys()
        assert all(stored[key].dtype == made[key].dtype and (stored[key] == made[key]).all() for key in made)
    assert all((rows[8][key] == rows[0][key]).all() for key in rows[0])


def test_writing_goes_on_and_leaves_what_is_there(folder: Path) -> None:
    first = shard_path(folder, 0)
    before = first.stat().st_mtime_ns
    shard_path(folder, 1).unlink()
    seen: list[tuple[int, int]] = []
    write_shards(folder, resolve(None), CONFIG, rows=8, size=4, progress=lambda done, all: seen.append((done, all)))
    assert seen == [(2, 2)]
    assert first.stat().st_mtime_ns == before
    assert not list(folder.glob("*.tmp"))


def test_another_configuration_is_refused(folder: Path, tmp_path: Path) -> None:
    other = replace(CONFIG, drill_share=0.9)
    with pytest.raises(InputError, match="another configuration"):
        write_shards(folder, resolve(None), other, rows=4, size=4)
    with pytest.raises(InputError, match=r"another configuration \(drill_share\)"):
        ShardRows(folder, other)
    with pytest.raises(InputError, match="holds no shards"):
        ShardRows(tmp_path, CONFIG)


def test_a_damaged_shard_is_told(tmp_path: Path) -> None:
    write_shards(tmp_path, resolve(None), CONFIG, rows=2, size=2)
    path = shard_path(tmp_path, 0)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="is damaged"):
        ShardRows(tmp_path, CONFIG)[0]


def test_the_command_writes_with_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROWS", 2)
    config = tmp_path / "some.yaml"
    config.write_text("out: none\ntokenizer: none\ndata: {length: 256, decisions: 96}\n", encoding="utf-8")
    folder = tmp_path / "out"
    main(["--write", str(folder), "--rows", "3", "--jobs", "2", "--seed", "3", "--config", str(config)])
    assert len(ShardRows(folder, CONFIG)) == 4
