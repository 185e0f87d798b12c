"""What else could come: the likeliest next steps of a predicting source, with their probabilities.

Every free choice of the greedy prediction is a place to deviate: there a less likely legal token is taken and the rest
follows greedily. Deviations are tried in the order of the probability of all that was chosen up to them, so this is a
best-first search over the choices (Dechter and Pearl, 1985) that stops after a bounded number of predictions. Choices
in the operations that are worked out count like those in the frame, so another truth value leads to another branch.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from neuraldbg.model.engine import Floats
from neuraldbg.steps import Step

if TYPE_CHECKING:
    from neuraldbg.model.predictor import PredictedSource

PREDICTIONS: Final = 16  # at most, each as dear as a step
DEVIATIONS: Final = 3  # of one choice
LEAST: Final = math.log(1e-4)  # less likely ones are not tried


@dataclass(frozen=True, slots=True)
class Alternative:
    """A step that could come.

    Attributes:
        step: the step.
        probability: of all that was chosen on the likeliest way to it that was found.
    """

    step: Step
    probability: float


class _Following:
    """Chooses as it is told, then greedily, and notes what else there was."""

    def __init__(self, told: tuple[int, ...]) -> None:
        self.told = told
        self.taken: list[int] = []
        self.logp = 0.0
        self.others: list[tuple[float, tuple[int, ...]]] = []  # log-probability of the way up to here, the choices

    def __call__(self, ids: list[int], logits: Floats) -> int:
        at = len(self.taken)
        top = logits.max()
        logp = logits - top - np.log(np.exp(logits - top).sum(dtype=np.float64))
        if at < len(self.told):
            token = self.told[at]
        else:
            best = (
                np.argpartition(-logp, DEVIATIONS)[: DEVIATIONS + 1] if logp.size > DEVIATIONS else np.arange(logp.size)
            )
            token = int(logits.argmax())
            for other in map(int, best):
                if other != token and self.logp + float(logp[other]) > LEAST:
                    self.others.append((self.logp + float(logp[other]), (*self.taken, other)))
        self.taken.append(token)
        self.logp += float(logp[token])
        return token


def find_alternatives(
    source: PredictedSource, history: Sequence[Step], most: int, cancelled: Callable[[], bool] | None = None
) -> list[Alternative]:
    """The likeliest steps after ``history``, likeliest first; fewer where ``cancelled`` said so or there are no more.

    Args:
        source: predicts.
        history: steps before.
        most: steps at most.
        cancelled: asked before every model call.
    """
    found: dict[tuple[object, ...], Alternative] = {}
    queue: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for _ in range(PREDICTIONS):
        if not queue:
            break
        _, told = heapq.heappop(queue)
        following = _Following(told)
        step = source.choosing(following).next_step(history, cancelled)
        if cancelled is not None and cancelled():
            break
        for logp, choices in following.others:
            heapq.heappush(queue, (-logp, choices))
        if step is None:
            continue
        key = (step.event, step.line, step.function, step.depth, tuple(step.locals.items()), step.value)
        probability = math.exp(following.logp)
        if key not in found or found[key].probability < probability:
            found[key] = Alternative(step, probability)
    return _varied(sorted(found.values(), key=lambda a: -a.probability), most)


def _varied(found: Sequence[Alternative], most: int) -> list[Alternative]:
    """The likeliest of each place first, so that many near values do not hide another branch; then the likeliest."""
    places: dict[tuple[object, ...], Alternative] = {}
    for one in found:
        places.setdefault((one.step.event, one.step.line, one.step.function), one)
    first = list(places.values())[:most]
    rest = [one for one in found if one not in first][: most - len(first)]
    return sorted([*first, *rest], key=lambda a: -a.probability)
