"""Supervised fine-tuning: a model learns a debugger's jumps and to answer questions. Run it, read it top to bottom.

    python -m neuraldbg.training.sft training/configs/sft.yaml [--set KEY=VALUE ...]
    accelerate launch -m neuraldbg.training.sft training/configs/sft.yaml

Half of the examples are actions in the trace format (training/data/actions.py), half are questions in the chat format
(training/data/questions.py), answered by the recorded run; the rest rehearse ordinary traces. The loss counts answers
only. TRL's trainer does the work; it checkpoints into `out` every few minutes and goes on from there by itself. The
examples are made while it trains. It needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from neuraldbg.errors import ModelError, UsageError
from neuraldbg.model.checkpoint import save_checkpoint
from neuraldbg.model.tokenizer import CwmTokenizer, to_fast
from neuraldbg.training.command import reported
from neuraldbg.training.data.examples import ExampleConfig, Examples
from neuraldbg.training.hashes import pin_hashes
from neuraldbg.training.loop import read_values


@dataclass(frozen=True, kw_only=True)
class SftConfig:
    """What a run needs.

    Attributes:
        init: folder or hub id of the model to start from.
        out: folder of checkpoints and of the finished model.
        steps: optimizer steps of the schedule.
        minutes: stop after so many, all calls of this process together (0: no such budget).
        batch: examples a step.
        lr: peak rate; linear warm-up, then cosine decay over ``steps``.
        save_steps, eval_steps, eval_examples, log_steps: housekeeping.
    """

    data: ExampleConfig
    init: str
    out: str
    steps: int = 1000
    minutes: float = 0.0
    batch: int = 8
    lr: float = 3e-4
    save_steps: int = 100
    eval_steps: int = 100
    eval_examples: int = 64
    log_steps: int = 10


def read_config(path: str, settings: list[str]) -> SftConfig:
    """Reads a YAML file and applies ``KEY=VALUE`` settings (``data.length=512`` reaches inside).

    Raises:
        UsageError: if the file cannot be read, or a key does not exist or is missing.
    """
    values = read_values(path, settings)
    try:
        return SftConfig(data=ExampleConfig(**values.pop("data", {})), **values)
    except TypeError as error:
        raise UsageError(f"{path}: {error}") from error


class Deadline(TrainerCallback):
    """Ends the training, with a checkpoint, when its minutes are over."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes if minutes else math.inf

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        if time.monotonic() > self._end:
            control.should_save = control.should_training_stop = True
        return control


def train(config: SftConfig) -> dict[str, float]:
    """Trains, or goes on from the last checkpoint in ``out``, and writes the model to ``out/model``.

    Returns:
        Loss and token accuracy on held-out examples.

    Raises:
        ModelError: if TRL is not installed.
    """
    try:
        from datasets import Dataset, IterableDataset
        from trl.trainer.sft_config import SFTConfig as TrainerConfig
        from trl.trainer.sft_trainer import SFTTrainer
    except ImportError as error:
        raise ModelError("fine-tuning needs TRL: pip install 'neuraldbg[train]'") from error
    tokenizer = CwmTokenizer.load(config.init)
    model = AutoModelForCausalLM.from_pretrained(config.init, dtype=torch.float32, use_safetensors=True)
    held_out = Examples(config.init, config.data, held_out=True)
    gpu, name = torch.cuda.is_available(), tokenizer.special_name
    trainer = SFTTrainer(
        model=model,
        args=TrainerConfig(
            output_dir=config.out, max_steps=config.steps, per_device_train_batch_size=config.batch,
            per_device_eval_batch_size=config.batch, max_length=config.data.length, learning_rate=config.lr,
            lr_scheduler_type="cosine", warmup_steps=max(1, config.steps // 50), weight_decay=0.01, max_grad_norm=1.0,
            save_steps=config.save_steps, save_total_limit=2, eval_strategy="steps", eval_steps=config.eval_steps,
            logging_steps=config.log_steps, seed=config.data.seed, data_seed=config.data.seed, report_to="none",
            bf16=gpu, dataloader_pin_memory=gpu,
        ),
        train_dataset=IterableDataset.from_generator(Examples(config.init, config.data).endless),
        eval_dataset=Dataset.from_list([held_out[n] for n in range(config.eval_examples)]),
        processing_class=to_fast(tokenizer, eos_token=name(tokenizer.eot_id), pad_token=name(tokenizer.pad)),
        callbacks=[Deadline(config.minutes)],
    )  # fmt: skip
    trainer.train(resume_from_checkpoint=any(Path(config.out).glob("checkpoint-*")))
    scores: dict[str, float] = trainer.evaluate()
    save_checkpoint(trainer.accelerator.unwrap_model(trainer.model), tokenizer, Path(config.out) / "model")
    return scores


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="YAML file; its keys: " + ", ".join(f.name for f in fields(SftConfig)))
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="overrides, as data.length=512")
    options = parser.parse_args(argv)
    scores = train(read_config(options.config, options.set))
    print({key: round(value, 4) for key, value in scores.items() if key in ("eval_loss", "eval_mean_token_accuracy")})


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
