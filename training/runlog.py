"""The log of a training run: losses as a CSV file and as TensorBoard's event files."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import Any, Final

COLUMNS: Final = ("step", "tokens", "seconds", "loss", "accuracy", "kind")


class Log:
    """Losses as a CSV file and, where tensorboard is installed, as event files.

    Args:
        folder: of the run.
        step: rows of later steps, from a run that was stopped behind its last checkpoint, are dropped.
        tensorboard: write event files too.
    """

    def __init__(self, folder: Path, step: int, tensorboard: bool) -> None:
        path = folder / "log.csv"
        kept: list[list[str]] = []
        if path.exists():
            with open(path, newline="", encoding="utf-8") as old:
                kept = [row for row in list(csv.reader(old))[1:] if len(row) == len(COLUMNS) and int(row[0]) <= step]
        self._file = open(path, "w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._file)
        self._rows.writerows([COLUMNS, *kept])
        self._file.flush()
        self._events: Any = None
        if tensorboard and importlib.util.find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder), purge_step=step + 1)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if self._events is not None:
            self._events.close()

    def add(self, step: int, tokens: int, seconds: float, loss: float, accuracy: float, kind: str) -> None:
        """Writes one row; ``kind`` is train or validation."""
        self._rows.writerow([step, tokens, f"{seconds:.0f}", loss, accuracy, kind])
        self._file.flush()
        if self._events is not None:
            self._events.add_scalar(f"loss/{kind}", loss, step)
            self._events.add_scalar(f"right/{kind}", accuracy, step)
