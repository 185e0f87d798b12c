"""Pre-training: teaches a model the text of Python. Run it, read it top to bottom.

    python -m neuraldbg.training.pretrain training/configs/pretrain.yaml [--set KEY=VALUE ...]

Rows are packed with source files, cut where a row ends; a token attends to its own document only, and every token is
predicted. Without `data.sources` the text is the standard library of the running Python. Mid-training goes on from the
folder that this leaves (`init=runs/pretrain/model`).
"""

from __future__ import annotations

import itertools
import random
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from neuraldbg.errors import InputError
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.command import reported
from neuraldbg.training.data.documents import Document, Rows
from neuraldbg.training.loop import Run, Settings, command, read_settings

VALIDATION_SHARE = 50  # one file in so many is never trained on


@dataclass(frozen=True, slots=True)
class TextConfig:
    """What the rows are made of.

    Attributes:
        sources: folders of Python files, or files; empty for the standard library.
        without: files whose path holds one of these words are left out.
        length: tokens a row.
        seed: of everything.
    """

    sources: tuple[str, ...] = ()
    without: tuple[str, ...] = ("site-packages", "idlelib", "lib2to3", "turtledemo", "/test/", "/tests/")
    length: int = 1024
    seed: int = 0


def _data(values: dict[str, Any]) -> TextConfig:
    plain: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return TextConfig(**plain)


def read_config(path: str, settings: list[str]) -> Settings[TextConfig]:
    """Reads the configuration; see `read_settings`."""
    return read_settings(path, settings, _data)


def files(config: TextConfig, held_out: bool) -> list[Path]:
    """The files of one side of the split, in a fixed order.

    Raises:
        InputError: if there is none.
    """
    roots = [Path(source) for source in config.sources] or [Path(sysconfig.get_path("stdlib"))]
    found = sorted(
        path
        for root in roots
        for path in ([root] if root.is_file() else root.rglob("*.py"))
        if not any(word in path.as_posix() for word in config.without)
    )
    side = [path for n, path in enumerate(found) if (n % VALIDATION_SHARE == VALIDATION_SHARE // 2) == held_out]
    if not side:
        raise InputError(f"no Python files to {'validate' if held_out else 'train'} on in {', '.join(map(str, roots))}")
    return side


class TextRows(Dataset[Any]):
    """Rows by number; see `Rows.take` for what a row holds.

    Args:
        tokenizer_path: folder or file of the tokenizer.
        config: what rows are made of.
        held_out: rows of the files that are never trained on.
    """

    def __init__(self, tokenizer_path: str, config: TextConfig, held_out: bool = False) -> None:
        self._path = tokenizer_path
        self._config = config
        self._held_out = held_out
        self._files: Sequence[Path] = files(config, held_out)
        self._sizes = list(itertools.accumulate(path.stat().st_size for path in self._files))

    @cached_property
    def _tokenizer(self) -> CwmTokenizer:
        return CwmTokenizer.load(self._path)

    def __getitem__(self, number: int) -> dict[str, npt.NDArray[np.generic]]:
        config, tokenizer = self._config, self._tokenizer
        rng = random.Random(f"{config.seed}/{number}/{self._held_out}")
        rows = Rows(config.length, config.length)
        while rows.room > 8:
            (path,) = rng.choices(self._files, cum_weights=self._sizes)
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
            start = rng.randrange(max(1, len(lines)))
            text = "".join(lines[start : start + config.length // 4])
            ids = [tokenizer.begin_of_text, *tokenizer.encode(text), tokenizer.end_of_text][: rows.room]
            rows.add(Document(ids, [0.0, *[1.0] * (len(ids) - 1)]))
        return rows.take(tokenizer.pad)


def start(config: Settings[TextConfig]) -> Run:
    """A run, or the rest of one that was stopped."""
    return Run(config, lambda held_out: TextRows(config.tokenizer, config.data, held_out))


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    command(__doc__, read_config, lambda config: start(config).train(), argv)


if __name__ == "__main__":
    sys.exit(reported(main))
