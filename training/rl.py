"""Reinforcement learning: a model learns from what its own predictions came to. Run it, read it top to bottom.

    python -m neuraldbg.training.rl training/configs/rl.yaml [--set KEY=VALUE ...]

From one place in the recorded run of a program the model goes on several times, its tokens drawn among the legal ones
(training/rollouts.py). A rollout is worth 1 where it gave the real next step, or the real returned value, else 0; its
advantage is that less the mean of its group. Groups that agree teach nothing and are drawn anew, at another place; most
are known by the probability of the most likely rollout. The loss is GRPO's (Shao et al. 2024, arXiv 2402.03300) without
a KL term, without division by the deviation or the length (Liu et al. 2025, arXiv 2503.20783), and clipped further up
than down (Yu et al. 2025, arXiv 2503.14476). Every `data.refresh` steps new rollouts are drawn with the weights of that
moment; a checkpoint is written only there, so that a resumed run draws the same ones. TRL's trainer is not used: it
samples free text, here a grammar asks the model in the middle of it.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import PreTrainedModel

from neuraldbg.errors import ModelError, UsageError
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.model.transformers_network import TransformersNetwork
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.command import reported
from neuraldbg.training.data.guard import Guard
from neuraldbg.training.data.stream import ProgramConfig, traced
from neuraldbg.training.hashes import pin_hashes
from neuraldbg.training.loop import Run, Settings, command, decision_logits, read_settings
from neuraldbg.training.rollouts import Rollout, Sampler, roll

LOWER: Final = 0.2  # the ratio of new to old probability counts down to 1 - LOWER
UPPER: Final = 0.25  # and up to 1 + UPPER
CERTAIN: Final = 0.9  # where the most likely rollout is more likely than this, a group would agree


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutConfig(ProgramConfig):
    """What is rolled out.

    Attributes:
        length: tokens a row; longer rollouts are left out.
        decisions: drawn tokens a row; of longer rollouts the last ones count.
        group: rollouts from one start.
        refresh: optimizer steps from one drawing of rollouts to the next.
        tries: starts that are drawn until a group disagrees.
        to_end: share of the starts that are run to the end, from at most ``horizon`` steps before it.
    """

    length: int = 1024
    decisions: int = 192
    group: int = 8
    refresh: int = 2
    tries: int = 24
    to_end: float = 0.25
    horizon: int = 8
    max_steps: int = 60
    written_share: float = 0.7


def read_config(path: str, settings: list[str]) -> Settings[RolloutConfig]:
    """Reads the configuration; see `read_settings`.

    Raises:
        UsageError: also where rollouts of a drawing do not make whole groups, or no model is named.
    """
    config = read_settings(path, settings, lambda values: RolloutConfig(**values))
    if config.batch * config.data.refresh % config.data.group:
        raise UsageError(f"{path}: batch x data.refresh must be a multiple of data.group, {config.data.group}")
    if not config.init:
        raise UsageError(f"{path}: init must name the model to start from")
    return config


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded run, to be sent from the process that made it."""

    source: str
    entry: str
    call: str | None
    steps: tuple[Step, ...]
    whole: bool


Row = dict[str, npt.NDArray[np.generic]]


class Rollouts(Dataset[Any]):
    """Rows by number, each a rollout of the model as it was when the first row of its drawing was asked for.

    A row holds what `Rows.take` gives, with ``weight`` the advantage, and ``old`` `[decisions]` (log-probability when
    drawn), ``allowed`` `[decisions, vocabulary]` (the legal tokens) and ``reward``: of the most likely rollouts, the
    mean over all places that were tried for its group.

    Args:
        model: that draws, and is trained meanwhile.
        vocabulary: of its tokenizer.
        config: what is rolled out.
        batch: rows of an optimizer step.
        held_out: programs of the other side of the split, and the most likely rollout only.
    """

    def __init__(
        self, model: PreTrainedModel, vocabulary: Vocabulary, config: RolloutConfig, batch: int, held_out: bool = False
    ) -> None:
        self._model, self._vocabulary, self._config, self._held_out = model, vocabulary, config, held_out
        self._group = 1 if held_out else config.group
        self._rows = batch if held_out else batch * config.refresh
        self._drawing = -1
        self._made: list[Row] = []
        functions = config.functions()

        def record(number: int, attempt: int) -> Recorded:
            rng = random.Random(f"rl {config.seed}/{number}/{attempt}/{held_out}")
            run = next(traced(rng, held_out, config.max_steps, functions, config.written_share))
            program = run.program
            return Recorded(program.source, program.entry, program.call, tuple(run.steps), run.whole)

        self._record = Guard(record)

    def __getitem__(self, number: int) -> Row:
        drawing, row = divmod(number, self._rows)
        if drawing != self._drawing:
            self._draw(drawing)
        return self._made[row]

    def _draw(self, drawing: int) -> None:
        engine = LocalEngine(
            TransformersNetwork(self._model), self._config.length
        )  # its cache would hold the keys of older weights
        groups = self._rows // self._group
        self._made = [row for g in range(groups) for row in self._group_rows(engine, drawing * groups + g)]
        self._drawing = drawing

    def _group_rows(self, engine: LocalEngine, number: int) -> list[Row]:
        rewards: list[float] = []
        for attempt in range(self._config.tries):
            best, rolled = self._rolled(engine, number * self._config.tries + attempt)
            rewards += [] if best is None else [best.reward]
            if self._held_out and best is not None:
                rolled = [best]
                break
            if len({one.reward for one in rolled}) > 1:
                break
        else:
            rolled = []
        shown = sum(rewards) / max(1, len(rewards))
        mean = sum(one.reward for one in rolled) / max(1, len(rolled))
        rows = [self._row(one, one.reward - mean, shown) for one in rolled]
        return rows + [self._row(Rollout(0.0, [], []), 0.0, shown)] * (self._group - len(rows))

    def _rolled(self, engine: LocalEngine, number: int) -> tuple[Rollout | None, list[Rollout]]:
        """The most likely rollout from one start, None where it does not fit; and a group, if it may disagree."""
        config = self._config
        rng = random.Random(f"start {config.seed}/{number}/{self._held_out}")
        run = self._record(number)
        to_end = run.whole and rng.random() < config.to_end
        nearest = max(1, len(run.steps) - config.horizon) if to_end else 1
        at = rng.randrange(nearest, len(run.steps))
        sampler = Sampler(rng.getrandbits(60), greedy=True)
        program = Program.from_source(run.source, "<generated>", run.entry, run.call)
        scratchpad = bool(getattr(self._model.config, "scratchpad", False))
        try:
            source = PredictedSource(engine, self._vocabulary, program, scratchpad=scratchpad, choose=sampler)
        except ModelError:
            return None, []
        best = roll(source, sampler, run.steps, at, to_end)
        if best is None or self._held_out or best.logp > math.log(CERTAIN):
            return best, []
        sampler.greedy = False
        rolled = [roll(source, sampler, run.steps, at, to_end) for _ in range(self._group)]
        return best, [one for one in rolled if one is not None] if None not in rolled else []

    def _row(self, rollout: Rollout, advantage: float, reward: float) -> Row:
        config, pad = self._config, self._vocabulary.tokenizer.pad
        ids = np.full(config.length, pad, dtype=np.int64)
        ids[: len(rollout.ids)] = rollout.ids
        document = np.full(config.length, -1, dtype=np.int64)
        document[: len(rollout.ids)] = 0
        index = np.zeros(config.decisions, dtype=np.int64)
        target = np.zeros(config.decisions, dtype=np.int64)
        weight = np.zeros(config.decisions, dtype=np.float32)
        old = np.zeros(config.decisions, dtype=np.float32)
        allowed = np.zeros((config.decisions, self._vocabulary.size), dtype=np.bool_)
        allowed[:, 0] = True  # a row of nothing but -inf has no softmax
        for n, choice in enumerate(rollout.choices[-config.decisions :]):
            index[n], target[n], weight[n], old[n] = choice.at - 1, choice.token, advantage, choice.logp
            allowed[n, 0] = False
            allowed[n, choice.allowed] = True
        position = np.arange(config.length, dtype=np.int64)
        return {
            "ids": ids, "document": document, "position": position, "index": index, "target": target, "weight": weight,
            "old": old, "allowed": allowed, "reward": np.array(reward, dtype=np.float32),
        }  # fmt: skip


def clipped_objective(logp: torch.Tensor, old: torch.Tensor, advantage: torch.Tensor) -> torch.Tensor:
    """What is to be maximised, for each token: PPO's clipped ratio (Schulman et al. 2017, arXiv 1707.06347).

    Args:
        logp, old: log-probability of the drawn token now and when it was drawn, of one shape.
        advantage: of the same shape.
    """
    ratio = (logp - old).exp()
    return torch.minimum(ratio * advantage, ratio.clamp(1 - LOWER, 1 + UPPER) * advantage)


def policy_loss(model: PreTrainedModel, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of a batch of `Rollouts`, summed over tokens and averaged over rows; and the mean of their rewards."""
    logits_BDV = decision_logits(model, batch).masked_fill(~batch["allowed"], -torch.inf)
    logp_BD = -nn.functional.cross_entropy(logits_BDV.transpose(1, 2), batch["target"], reduction="none")
    used = batch["weight"] != 0
    objective = clipped_objective(torch.where(used, logp_BD, 0.0), batch["old"], batch["weight"])
    return -objective.sum() / len(logits_BDV), batch["reward"].mean()


class PolicyRun(Run):
    """A run whose rows are made by the network that is trained."""

    def __init__(self, config: Settings[RolloutConfig]) -> None:
        def rows(held_out: bool) -> Rollouts:
            return Rollouts(self.model, self.vocabulary, config.data, config.batch, held_out)

        super().__init__(config, rows, policy_loss)
        self.refresh = config.data.refresh

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Of the network's tokenizer."""
        return Vocabulary(self.tokenizer)

    def may_save(self) -> bool:
        return self.step % self.refresh == 0


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    command(__doc__, read_config, lambda config: PolicyRun(config).train(), argv)


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
