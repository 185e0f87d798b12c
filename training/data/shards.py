"""Rows on disk: packed in zstd shards, made by many processes, read in place of the stream.

    neuraldbg train data --write FOLDER --rows 100000 --config training/configs/nano.yaml --jobs 2

A shard holds rows in their constant shape. Shards that are already there are left as they are, so writing goes
on where it was stopped; the folder remembers the configuration that its rows come from. Training reads them with
``data.shards=FOLDER``. It needs zstandard (``pip install neuraldbg[train]``).
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from neuraldbg.errors import InputError
from neuraldbg.training.data.stream import RowDataset, StreamConfig

ROWS: Final = 1024
LEVEL: Final = 9
STORED: Final = {
    "ids": "<u2", "document": "<i2", "position": "<u2", "index": "<u2", "target": "<u2", "weight": "<f2",
}  # fmt: skip
READ: Final = {"weight": np.float32}  # everything else is int64
_META: Final = "rows.json"

Row = dict[str, npt.NDArray[np.generic]]


def _zstd() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise InputError("shards need zstandard: pip install 'neuraldbg[train]'") from error
    return zstandard


def shard_path(folder: Path, number: int) -> Path:
    """Where a shard lies."""
    return folder / f"rows-{number:05}.zst"


def write_shards(
    folder: Path,
    tokenizer: str,
    config: StreamConfig,
    rows: int,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    size: int | None = None,
) -> None:
    """Writes the shards that hold the first so many rows, except those that are there.

    Args:
        folder: is made where it is missing.
        tokenizer: folder or file of the tokenizer.
        config: what rows are made of.
        rows: at least so many; whole shards are written.
        jobs: processes.
        progress: called with shards done and shards in all.
        size: rows a shard, `ROWS` if None.

    Raises:
        InputError: if the folder holds rows of another configuration, or zstandard is missing.
    """
    _zstd()
    size = size or ROWS
    folder.mkdir(parents=True, exist_ok=True)
    described = {"config": asdict(replace(config, shards="")), "rows": size}
    meta = folder / _META
    if meta.exists() and json.loads(meta.read_text(encoding="utf-8")) != described:
        raise InputError(f"{folder} holds rows of another configuration: take another folder")
    meta.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    numbers = range(-(-rows // size))
    missing = [number for number in numbers if not shard_path(folder, number).exists()]
    tasks = [(folder, tokenizer, config, number, size) for number in missing]
    done = len(numbers) - len(missing)
    for _ in _run(tasks, jobs):
        done += 1
        if progress is not None:
            progress(done, len(numbers))


def _run(tasks: list[tuple[Path, str, StreamConfig, int, int]], jobs: int) -> Iterator[None]:
    if jobs == 1:
        yield from map(_write, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(_write, tasks)


def _write(task: tuple[Path, str, StreamConfig, int, int]) -> None:
    folder, tokenizer, config, number, size = task
    dataset = RowDataset(tokenizer, replace(config, shards=""))
    made = [dataset[row] for row in range(number * size, (number + 1) * size)]
    parts = [np.stack([row[name] for row in made]).astype(kind).tobytes() for name, kind in STORED.items()]
    packed = _zstd().ZstdCompressor(level=LEVEL).compress(b"".join(parts))
    path = shard_path(folder, number)
    path.with_suffix(".tmp").write_bytes(packed)
    os.replace(path.with_suffix(".tmp"), path)


class ShardRows(Dataset[Any]):
    """Rows by number, read from shards; behind the last one they begin anew.

    Args:
        folder: that `write_shards` wrote.
        config: what the rows were made of.

    Raises:
        InputError: if the folder holds no shard, or rows of another configuration.
    """

    def __init__(self, folder: Path, config: StreamConfig) -> None:
        try:
            described = json.loads((folder / _META).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} holds no shards ({error})") from error
        wanted = json.loads(json.dumps(asdict(replace(config, shards=""))))
        if described["config"] != wanted:
            other = [key for key in wanted if described["config"].get(key) != wanted[key]]
            raise InputError(f"{folder} holds rows of another configuration ({', '.join(other)})")
        self._folder = folder
        self._config = config
        self._size: int = described["rows"]
        self._shards = sorted(folder.glob("rows-*.zst"))
        if not self._shards:
            raise InputError(f"{folder} holds no shards")

    def __len__(self) -> int:
        return self._size * len(self._shards)

    def __getitem__(self, number: int) -> Row:
        shard, row = divmod(number % len(self), self._size)
        arrays = _read(self._shards[shard], self._size, self._config.length, self._config.decisions)
        return {name: array[row].astype(READ.get(name, np.int64)) for name, array in arrays.items()}


@lru_cache(maxsize=2)
def _read(path: Path, rows: int, length: int, decisions: int) -> Row:
    """The arrays of a shard, `[rows, length]` or `[rows, decisions]` each."""
    zstandard = _zstd()
    try:
        data = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    except zstandard.ZstdError:
        data = b""
    out: Row = {}
    at = 0
    for name, kind in STORED.items():
        width = decisions if name in ("index", "target", "weight") else length
        size = rows * width * np.dtype(kind).itemsize
        if len(data) < at + size:
            raise InputError(f"{path} is damaged: delete it and write it again")
        out[name] = np.frombuffer(data[at : at + size], kind).reshape(rows, width)
        at += size
    return out
