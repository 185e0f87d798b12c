"""Mid-training: teaches a model to predict execution traces. Run it, read it top to bottom.

    python -m neuraldbg.training.midtrain training/configs/nano.yaml [--set KEY=VALUE ...]

Programs are generated and traced while the model trains (training/data/stream.py), the loss counts only what the model
must decide under the grammar, shapes are constant. Stops by steps, tokens or a time budget (`minutes`), checkpoints
every few minutes into `out`, resumes from there by itself (training/loop.py). It does not evaluate on programs:
training/evaluate.py does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from neuraldbg.training.command import reported
from neuraldbg.training.data.documents import Weights
from neuraldbg.training.data.shards import ShardRows
from neuraldbg.training.data.stream import RowDataset, StreamConfig
from neuraldbg.training.hashes import pin_hashes
from neuraldbg.training.loop import Run, Settings, command, read_settings


def _data(values: dict[str, Any]) -> StreamConfig:
    return StreamConfig(**{**values, "weights": Weights(**values.get("weights", {}))})


def read_config(path: str, settings: list[str]) -> Settings[StreamConfig]:
    """Reads the configuration; see `read_settings`."""
    return read_settings(path, settings, _data)


def start(config: Settings[StreamConfig]) -> Run:
    """A run, or the rest of one that was stopped."""

    def rows(held_out: bool) -> Dataset[Any]:
        if config.data.shards and not held_out:
            return ShardRows(Path(config.data.shards), config.data)
        return RowDataset(config.tokenizer, config.data, validation=held_out)

    run = Run(config, rows)
    run.model.config.scratchpad = config.data.scratchpad
    return run


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    command(__doc__, read_config, lambda config: start(config).train(), argv)


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
