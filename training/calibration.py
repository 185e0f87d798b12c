"""How far the probabilities of predictions can be believed.

A prediction that says 80% should be right in 80 of 100 cases. Predictions are put into bins of equal width by their
probability; the expected calibration error is the mean over all predictions of the distance, within a bin, between the
mean probability and the share that is right (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from neuraldbg.steps import UNSURE_BELOW, Step

BINS: Final = 15

Judged = tuple[float, bool]
"""A probability, 0 to 1, and whether the prediction was right."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same probability.

    Attributes:
        low, high: ends of the bin.
        count: predictions in it.
        probability: their mean probability.
        right: the share of them that was right.
    """

    low: float
    high: float
    count: int
    probability: float
    right: float


def judged(step: Step, true: Step) -> list[Judged]:
    """Every probability that a predicted step carries, and whether what it stands for is true.

    The move is judged by event, line and function. Values count only where the move is right: behind a wrong one they
    stand for something else. What was forced carries no probability, but for the move; nor has that which a server
    tells none of.
    """
    confidence = step.confidence
    if confidence is None:
        return []
    moved = (step.event, step.line, step.function) == (true.event, true.line, true.function)
    out = [(confidence.move, moved)] if confidence.move is not None and confidence.move < 1 else []
    if moved:
        out += [
            (p, step.locals.get(name) == true.locals.get(name))
            for name, p in confidence.locals.items()
            if p is not None
        ]
        if confidence.value is not None:
            out.append((confidence.value, step.value == true.value))
    return out


def reliability(pairs: Sequence[Judged], bins: int = BINS) -> list[Bin]:
    """The bins that hold any prediction, lowest first."""
    held: dict[int, list[Judged]] = {}
    for probability, right in pairs:
        held.setdefault(min(bins - 1, int(probability * bins)), []).append((probability, right))
    return [
        Bin(
            number / bins,
            (number + 1) / bins,
            len(some),
            sum(probability for probability, _ in some) / len(some),
            sum(right for _, right in some) / len(some),
        )
        for number, some in sorted(held.items())
    ]


def calibration_error(pairs: Sequence[Judged], bins: int = BINS) -> float:
    """The expected calibration error, 0 to 1; 0 without predictions."""
    distances = (one.count * abs(one.probability - one.right) for one in reliability(pairs, bins))
    return sum(distances) / len(pairs) if pairs else 0.0


def right_when_unsure(pairs: Sequence[Judged]) -> tuple[float, float]:
    """The shares, 0 to 1, of predictions below `UNSURE_BELOW` and of others that are right; 0 where there are none."""
    unsure = [right for probability, right in pairs if probability < UNSURE_BELOW]
    others = [right for probability, right in pairs if probability >= UNSURE_BELOW]
    return sum(unsure) / max(1, len(unsure)), sum(others) / max(1, len(others))
