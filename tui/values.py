"""The values of one frame. Those that nobody looks at are never made: a frame may have ten thousand locals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from neuraldbg.compare import Verdict
from neuraldbg.steps import UNSURE_BELOW

Labels = tuple[str, ...]  # name of the local, then labels of parts


@dataclass(slots=True)
class Value:
    """One shown value.

    Attributes:
        name: of the local, ``returns`` or ``raises`` for a step's own value, the label of a part.
        text: the repr, whole.
        changed: differs from this frame's previous stop.
        confidence: probability, None where the value was forced or is real.
        before: the latest other value the name had, None if there was none.
        verdict: after a cross-check, else None.
        real: the real value where it differs.
        edited: the user has set it.
        labels: where it is: the local's name and the labels of the part.
        path: the expression that gives it, None where there is none.
        unknown: predicted, but a server did not say how likely it is.
    """

    name: str
    text: str
    changed: bool = False
    confidence: float | None = None
    before: str | None = None
    verdict: Verdict | None = None
    real: str | None = None
    edited: bool = False
    labels: Labels = ()
    path: str | None = None
    unknown: bool = False

    @property
    def unsure(self) -> bool:
        """True if the value must not be read as a fact."""
        return self.unknown or (self.confidence is not None and self.confidence < UNSURE_BELOW)

    @property
    def own(self) -> bool:
        """The step's value rather than a local."""
        return self.name in ("returns", "raises") and not self.labels


@dataclass(frozen=True)
class FrameValues:
    """The values of one frame: the step's own, then the locals in their order, then names that only the real run has.

    Attributes:
        locals: name -> repr.
        changed: names that differ from the frame's previous stop.
        sure: name -> probability, 0 where nobody told it; absent where forced.
        verdicts: name -> verdict and, where it differs, the real value; empty without a cross-check.
        edited: names whose values the user has set.
        outcome: the value that the step returns or raises, None for others.
    """

    locals: Mapping[str, str]
    changed: frozenset[str] = frozenset()
    sure: Mapping[str, float] = field(default_factory=dict)
    verdicts: Mapping[str, tuple[Verdict, str | None]] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()
    outcome: Value | None = None

    @cached_property
    def names(self) -> Sequence[str]:
        """Of the locals, those that only the real run has last."""
        return [*self.locals, *(n for n in self.verdicts if n not in self.locals)]

    def value(self, name: str) -> Value:
        """One of them."""
        verdict, real = self.verdicts.get(name, (None, None))
        if name not in self.locals:
            return Value(name, "(not predicted)", verdict=verdict, real=real)
        told = self.sure.get(name)
        unknown = told == 0.0
        sure = None if unknown else told
        place = ((name,), name, unknown)
        return Value(
            name, self.locals[name], name in self.changed, sure, None, verdict, real, name in self.edited, *place
        )

    def matching(self, wanted: str) -> list[str]:
        """Names that have these (lower-case) characters, in themselves or in their values."""
        return [n for n in self.names if wanted in n.lower() or wanted in self.locals.get(n, "").lower()]

    @cached_property
    def differing(self) -> list[str]:
        """Names whose real value is another."""
        return [name for name, (_, real) in self.verdicts.items() if real is not None]
