"""The loop that every phase of training shares: optimizers, schedule, checkpoints, log.

A phase (midtrain.py, pretrain.py) brings its configuration and its rows. Rows have constant shape, the loss counts the
positions that a row lists. A run stops by steps, tokens or a time budget, saves every few minutes, and goes on from its
last checkpoint as if it had never stopped, whatever ended it. It needs torch, transformers, tiktoken and numpy.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
import yaml
from torch import nn
from torch.utils.data import Dataset
from transformers import AutoModelForCausalLM, CwmForCausalLM, PreTrainedModel

from neuraldbg.errors import UsageError
from neuraldbg.model.checkpoint import save_checkpoint
from neuraldbg.model.config import preset
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.data.stream import loader
from neuraldbg.training.muon import Muon
from neuraldbg.training.runlog import Log

Loss = Callable[[PreTrainedModel, dict[str, torch.Tensor]], tuple[torch.Tensor, torch.Tensor]]


class HasLength(Protocol):
    """What says of which rows a phase makes."""

    @property
    def length(self) -> int:
        """Tokens a row."""
        ...


Data = TypeVar("Data", bound=HasLength)


@dataclass(frozen=True, kw_only=True)
class Settings(Generic[Data]):
    """What a run needs.

    Attributes:
        data: what the phase's rows are made of.
        out: folder of checkpoints, log and the finished model.
        tokenizer: folder or file of `tokenizer.model`.
        preset: network shape (model/config.py); ``init`` instead starts from a checkpoint's weights.
        overrides: of the preset.
        batch: rows a step.
        steps: of the schedule; `minutes` and `tokens` shorten it so that the decay still fits (0: no such budget).
        session_minutes: of this call, where a run takes several; it ends with a checkpoint (0: no limit).
        lr, lr_matrix: peak rates of AdamW (embeddings, norms) and Muon (matrices).
        warmup, decay: share of the schedule spent on either.
        precision: fp32, bf16, or auto (the faster of both on this device).
        compile: use torch.compile.
        workers: processes that make data.
        threads: of torch on a CPU, 0 leaves its default.
        save_minutes, log_every, validate_every, validate_rows: housekeeping.
        tensorboard: write event files into `out` too, where the package is installed.
    """

    data: Data
    out: str
    tokenizer: str
    preset: str = "cwm-nano"
    init: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    batch: int = 8
    steps: int = 10_000
    minutes: float = 0.0
    tokens: float = 0.0
    session_minutes: float = 0.0
    lr: float = 2e-3
    lr_matrix: float = 4e-3
    weight_decay: float = 0.05
    warmup: float = 0.02
    decay: float = 0.3
    clip: float = 1.0
    precision: str = "auto"
    compile: bool = False
    workers: int = 1
    threads: int = 0
    device: str = "cpu"
    seed: int = 0
    save_minutes: float = 4.0
    log_every: int = 50
    validate_every: int = 500
    validate_rows: int = 32
    tensorboard: bool = True


def read_settings(path: str, settings: list[str], make_data: Callable[[dict[str, Any]], Data]) -> Settings[Data]:
    """Reads a YAML file and applies ``KEY=VALUE`` settings (``data.length=512`` reaches inside).

    Args:
        path: of the file.
        settings: applied in order.
        make_data: makes the phase's data of the values under ``data``; a TypeError of it names a wrong key.

    Raises:
        UsageError: if the file cannot be read, is no mapping, or a key does not exist.
    """
    values = read_values(path, settings)
    try:
        return Settings(data=make_data(dict(values.pop("data", {}))), **values)
    except TypeError as error:
        raise UsageError(f"{path}: {error}") from error


def read_values(path: str, settings: list[str]) -> dict[str, Any]:
    """The values of a YAML file, with ``KEY=VALUE`` settings applied in order.

    Raises:
        UsageError: if the file cannot be read or is no mapping.
    """
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read the configuration {path}: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: not a configuration (a mapping of keys to values)")
    for setting in settings:
        key, _, text = setting.partition("=")
        *parents, last = key.split(".")
        place = values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = yaml.safe_load(text)
    return values


def matmul_rate(device: str, dtype: torch.dtype, size: int = 1024, rounds: int = 8) -> float:
    """Floating-point operations a second of a matrix product, the best of several rounds: other work disturbs each."""
    a = torch.randn(size, size, device=device).to(dtype)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        torch.mm(a, a)
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def fastest_precision(device: str) -> str:
    """fp32 or bf16, whichever multiplies matrices faster here: CPUs differ, depending on their bf16 units."""
    if device.startswith("cuda"):
        return "bf16"
    rates = {name: matmul_rate(device, dtype) for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16))}
    return max(rates, key=lambda name: rates[name])


def operations_a_token(model: PreTrainedModel, length: int) -> float:
    """Floating-point operations of training on one token: 6 a weight, and 12 a layer, channel and attended position.

    Rows are taken for full (the mask is dense), embeddings for free. Source: Kaplan et al. 2020, arXiv 2001.08361.
    """
    config = model.config
    weights = sum(p.numel() for n, p in model.named_parameters() if p.ndim == 2 and "layers." in n)
    attention = config.num_hidden_layers * config.num_attention_heads * config.head_dim * length
    return float(6 * weights + 12 * attention)


def schedule(progress: float, warmup: float, decay: float) -> float:
    """Warm-up, stable, decay: the factor of the learning rate at a share ``progress`` (0-1) of the run.

    Linear warm-up, constant, then 1 - sqrt decay to zero (Hägele et al. 2024, arXiv 2405.18392).
    """
    if progress < warmup:
        return max(progress / warmup, 0.01)
    if progress < 1 - decay:
        return 1.0
    return max(0.0, 1 - math.sqrt(min(1.0, (progress - (1 - decay)) / decay)))


def optimizers(model: nn.Module, config: Settings[Any]) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings, head and norms."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "layers." in n]
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    muon = Muon(matrices, lr=config.lr_matrix, weight_decay=config.weight_decay)
    adam = torch.optim.AdamW(others, lr=config.lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    for optimizer, rate in ((muon, config.lr_matrix), (adam, config.lr)):
        for group in optimizer.param_groups:
            group["peak"] = rate
    return [muon, adam]


def own_document(batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Which tokens a token of packed rows may attend to, `[B, T, T]`: those of its own document up to itself."""
    ids, document = batch["ids"], batch["document"]
    causal = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool, device=ids.device).tril()
    return (document[:, :, None] == document[:, None, :]) & causal


def decision_logits(
    model: PreTrainedModel, batch: dict[str, torch.Tensor], mask_BTT: torch.Tensor | None = None
) -> torch.Tensor:
    """Float32 logits `[B, D, V]` of the decisions of packed rows.

    Args:
        model: a causal language model with ``model`` (the trunk) and ``lm_head``.
        batch: rows of `Rows.take`, stacked: ids, document and position `[B, T]`, index `[B, D]`.
        mask_BTT: what a token may attend to; `own_document` if None.
    """
    mask = (own_document(batch) if mask_BTT is None else mask_BTT)[:, None]
    hidden_BTH = model.model(
        input_ids=batch["ids"],
        attention_mask={"full_attention": mask, "sliding_attention": mask},
        position_ids=batch["position"],
    ).last_hidden_state
    index_BDH = batch["index"][:, :, None].expand(-1, -1, hidden_BTH.shape[-1])
    logits_BDV: torch.Tensor = model.lm_head(hidden_BTH.gather(1, index_BDH)).float()
    return logits_BDV


def decision_loss(
    model: PreTrainedModel, batch: dict[str, torch.Tensor], mask_BTT: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted cross-entropy over the decisions, and the share of them whose first choice is right.

    Args:
        model: a causal language model with ``model`` (the trunk) and ``lm_head``.
        batch: rows of `Rows.take`, stacked: ids `[B, T]`, index, target and weight `[B, D]`.
        mask_BTT: what a token may attend to; `own_document` if None.

    Returns:
        Mean loss in nats and accuracy over the batch's decisions, both scalars.
    """
    logits_BDV = decision_logits(model, batch, mask_BTT)
    losses = nn.functional.cross_entropy(logits_BDV.flatten(0, 1), batch["target"].flatten(), reduction="none")
    weight = batch["weight"].flatten()
    right = (logits_BDV.argmax(-1).flatten() == batch["target"].flatten()).float()
    total = weight.sum().clamp(min=1)
    return (losses * weight).sum() / total, (right * weight).sum() / total


class Run:
    """A training run and everything that must be saved to go on with it.

    Args:
        config: of the phase.
        rows: makes the phase's rows; those of the held-out side where the argument is true.
        loss: of the network on a batch, and the share that is shown as right.
    """

    def __init__(self, config: Settings[Any], rows: Callable[[bool], Dataset[Any]], loss: Loss = decision_loss) -> None:
        self.config = config
        self.rows = rows
        self.out = Path(config.out)
        self.out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        self.precision = fastest_precision(config.device) if config.precision == "auto" else config.precision
        self.tokenizer = CwmTokenizer.load(config.tokenizer)
        self.model = self._network()
        nn.Module.to(self.model, config.device)
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
        self.peak = matmul_rate(config.device, dtype, 8192 if config.device.startswith("cuda") else 1024)
        self.work = operations_a_token(self.model, config.data.length)
        self.optimizers = optimizers(self.model, config)
        self.step = 0
        self.seconds = 0.0
        if (self.out / "state.pt").exists():
            self._resume()
        self.loss: Loss = torch.compile(loss) if config.compile else loss

    def _network(self) -> PreTrainedModel:
        if self.config.init:
            model = AutoModelForCausalLM.from_pretrained(self.config.init, dtype=torch.float32, use_safetensors=True)
        else:
            shape = preset(self.config.preset, vocab_size=self.tokenizer.vocab_size, **self.config.overrides)
            shape._attn_implementation = "sdpa"
            return CwmForCausalLM(shape)
        assert isinstance(model, PreTrainedModel)
        return model

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", weights_only=True, map_location=self.config.device)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]
        print(f"resumed at step {self.step}", file=sys.stderr)

    def may_save(self) -> bool:
        """Whether a run that goes on from here makes the same rows as one that never stopped."""
        return True

    def save(self) -> None:
        """Writes the state, whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, self.out / "state.tmp")
        os.replace(self.out / "state.tmp", self.out / "state.pt")

    def progress(self) -> float:
        """Share of the run that is done, by steps, tokens or time, whichever is further."""
        config = self.config
        by_time = self.seconds / (60 * config.minutes) if config.minutes else 0.0
        by_tokens = self.step * config.batch * config.data.length / config.tokens if config.tokens else 0.0
        return max(self.step / config.steps, by_time, by_tokens)

    def _to_device(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {k: v.to(self.config.device, non_blocking=True) for k, v in batch.items()}

    def train_step(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """One optimizer step; returns loss and accuracy without waiting for them."""
        factor = schedule(self.progress(), self.config.warmup, self.config.decay)
        with torch.autocast(self.config.device.split(":")[0], torch.bfloat16, enabled=self.precision == "bf16"):
            loss, accuracy = self.loss(self.model, self._to_device(batch))
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss.detach(), accuracy.detach()

    @torch.no_grad()
    def validate(self) -> tuple[float, float]:
        """Loss and accuracy on rows of held-out skeletons."""
        config = self.config
        batches = iter(loader(self.rows(True), config.batch, 0, 0))
        n = max(1, config.validate_rows // config.batch)
        totals = torch.zeros(2)
        for _ in range(n):
            totals += torch.stack([x.cpu() for x in self.loss(self.model, self._to_device(next(batches)))])
        return float(totals[0] / n), float(totals[1] / n)

    def train(self) -> None:
        """Trains until the steps or the minutes are used up, then saves the model folder.

        A call that ends earlier, by `session_minutes`, leaves a checkpoint and no model folder.
        """
        config = self.config
        batches: Iterator[dict[str, torch.Tensor]] = iter(
            loader(self.rows(False), config.batch, self.step * config.batch, config.workers)
        )
        parameters = sum(p.numel() for p in self.model.parameters())
        print(f"{parameters / 1e6:.2f}M parameters, {self.precision}, {asdict(config)}", file=sys.stderr)
        saved = started = time.monotonic()
        before, tokens, first = self.seconds, config.batch * config.data.length, self.step
        session = 60 * config.session_minutes or math.inf
        with Log(self.out, self.step, config.tensorboard) as log:
            while self.progress() < 1 and (time.monotonic() - started < session or not self.may_save()):
                loss, accuracy = self.train_step(next(batches))
                now = time.monotonic()
                self.seconds = before + now - started
                if self.step % config.log_every == 0:
                    log.add(self.step, self.step * tokens, self.seconds, float(loss), float(accuracy), "train")
                    rate = (self.step - first) * tokens / (now - started)
                    print(
                        f"step {self.step} {self.progress():.1%} loss {float(loss):.3f} right {float(accuracy):.3f} "
                        f"{rate:.0f} tokens/s, {rate * self.work / self.peak:.0%} of the peak",
                        file=sys.stderr,
                        flush=True,
                    )
                if self.step % config.validate_every == 0:
                    held = self.validate()
                    log.add(self.step, self.step * tokens, self.seconds, *held, "validation")
                    print(
                        f"step {self.step} held out: loss {held[0]:.3f} right {held[1]:.3f}",
                        file=sys.stderr,
                        flush=True,
                    )
                if now - saved > 60 * config.save_minutes and self.may_save():
                    self.save()
                    saved = now
        self.save()
        if self.progress() < 1:
            print(f"{self.progress():.1%} done: run the same command again to go on", file=sys.stderr)
            return
        save_checkpoint(self.model, self.tokenizer, self.out / "model")
        print(f"saved {self.out / 'model'}", file=sys.stderr)


def command(
    description: str | None,
    read: Callable[[str, list[str]], Settings[Data]],
    train: Callable[[Settings[Data]], None],
    argv: list[str] | None,
) -> None:
    """The command line of a phase.

    Args:
        description: of the phase.
        read: makes a configuration of a file and settings.
        train: runs it.
        argv: arguments, those of the process if None.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="YAML file; its keys: " + ", ".join(f.name for f in fields(Settings)))
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="overrides, as data.length=512")
    parser.add_argument("--show", metavar="KEY", help="print the value of a key and train nothing")
    options = parser.parse_args(argv)
    config = read(options.config, options.set)
    if options.show:
        print(asdict(config).get(options.show, ""))
    else:
        train(config)
