"""How likely a frame is, by what its chosen tokens decide."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from neuraldbg.model.grammar import Part

UNKNOWN: Final = math.nan  # of a token whose probability a server does not tell


@dataclass(slots=True)
class Odds:
    """Log-probabilities of the chosen tokens; NaN where one of them is not known."""

    move: float = 0.0
    value: float = 0.0
    locals: dict[str, float] = field(default_factory=dict)

    def add(self, part: Part, name: str | None, logp: float) -> None:
        """Counts one token in."""
        if part in (Part.VALUE, Part.OPERATION):
            self.value += logp
        elif name is not None:
            self.locals[name] = self.locals.get(name, 0.0) + logp
        else:
            self.move += logp


def known(probability: float | None) -> float | None:
    """A probability as a step carries it: None where it is not known."""
    return None if probability is None or math.isnan(probability) else probability
