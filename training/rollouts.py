"""Sampled continuations of recorded runs, and whether they came true: what reinforcement learning learns from.

A start is a place in the recorded run of a program. From there the model goes on by itself, every token drawn from its
own probabilities among the legal ones: one step, or to the end. The reward is 1 where the step, or the returned value,
is what the real run gave, else 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neuraldbg.compare import step_exact
from neuraldbg.control import IllegalStep
from neuraldbg.errors import ModelError
from neuraldbg.model.decoding import log_probability
from neuraldbg.model.engine import Floats
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.steps import Event, Step

SLACK: Final = 4  # steps that a run to the end may be longer than the true one before it is given up


@dataclass(frozen=True, slots=True)
class Choice:
    """One drawn token.

    Attributes:
        ids: the tokens of the frame or operation so far; grows on behind the choice.
        at: the token's index in ``ids``.
        token: its id.
        allowed: ids that were legal, `[n]`.
        logp: log-probability of the token among them.
    """

    ids: list[int]
    at: int
    token: int
    allowed: npt.NDArray[np.int64]
    logp: float


class Sampler:
    """Draws tokens and remembers them.

    Args:
        seed: of the draws.

    Attributes:
        greedy: takes the most likely token instead.
        choices: what was taken since `roll` began.
    """

    def __init__(self, seed: int, greedy: bool = False) -> None:
        self._random = np.random.default_rng(seed)
        self.greedy = greedy
        self.choices: list[Choice] = []

    def __call__(self, ids: list[int], logits: Floats) -> int:
        allowed = np.isfinite(logits).nonzero()[0]
        odds = np.exp(logits[allowed] - logits.max(), dtype=np.float64)
        drawn = self._random.choice(allowed, p=odds / odds.sum())
        token = int(logits.argmax() if self.greedy else drawn)
        self.choices.append(Choice(ids, len(ids), token, allowed, log_probability(logits, token)))
        return token


@dataclass(frozen=True, slots=True)
class Rollout:
    """What came of a start.

    Attributes:
        reward: 1.0 or 0.0.
        ids: the last context, with what was drawn.
        choices: those that stand in ``ids`` (a context that outgrew its room has begun anew since the others).
    """

    reward: float
    ids: list[int]
    choices: list[Choice]

    @property
    def logp(self) -> float:
        """Log-probability of all choices together."""
        return sum(choice.logp for choice in self.choices)


def roll(source: PredictedSource, sampler: Sampler, steps: Sequence[Step], at: int, to_end: bool) -> Rollout | None:
    """Goes on from a recorded run.

    Args:
        source: of the program, which chooses by ``sampler``.
        sampler: its earlier choices are forgotten.
        steps: of the recorded run; with ``to_end`` all of them.
        at: how many of them are given.
        to_end: to the end of the trace, else one step.

    Returns:
        None where the program outgrows the model's context, or nothing was left to choose.
    """
    sampler.choices = []
    try:
        if to_end:
            reward = _ends_right(source, steps, at)
        else:
            step = source.next_step(steps[:at])
            reward = step is not None and step_exact(step, steps[at])
    except (ModelError, IllegalStep):
        return None
    if not sampler.choices:
        return None
    ids = sampler.choices[-1].ids
    kept = [c for c in sampler.choices if c.ids is ids or c.ids[: c.at + 1] == ids[: c.at + 1]]
    end = sampler.choices[-1].at + 1
    return Rollout(float(reward), ids[:end], kept)


def _ends_right(source: PredictedSource, steps: Sequence[Step], at: int) -> bool:
    history = list(steps[:at])
    while len(history) < len(steps) + SLACK:
        step = source.next_step(history)
        if step is None:
            break
        history.append(step)
        if step.depth == 0 and step.event is Event.RETURN:
            break
    last, true = history[-1], steps[-1]
    return (last.event, last.depth, last.value) == (true.event, true.depth, true.value)
