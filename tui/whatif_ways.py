"""What else could be the current step, and how it reads. No widget in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from neuraldbg.session import Cancelled, Session
from neuraldbg.steps import Event, Step, changed_names
from neuraldbg.tui.text import place, visible

MOST_WAYS = 8


class Way(Protocol):
    """A step that could have come instead, as a source proposes it."""

    @property
    def step(self) -> Step:
        """The step."""
        ...

    @property
    def probability(self) -> float:
        """Of all that was decided for it."""
        ...


@runtime_checkable
class Proposes(Protocol):
    """A source that knows how likely other steps are."""

    def alternatives(self, history: Sequence[Step], most: int, cancelled: Cancelled | None = None) -> Sequence[Way]:
        """The most likely steps after ``history``, most likely first."""
        ...


@dataclass(frozen=True, slots=True)
class _Legal:
    step: Step
    probability: float = 0.0  # what the source did not propose is not likely


def ways_of(session: Session, cancelled: Cancelled | None, most: int = MOST_WAYS) -> tuple[Sequence[Way], bool]:
    """What else could be the current step, and whether the probabilities mean anything.

    The lines to which control could go are among them whether or not the source proposes them; a recording has no more.
    """
    step, index = session.current, session.cursor
    if step is None:
        return (), False
    source, proposes = session.source, isinstance(session.source, Proposes)
    ways: list[Way] = (
        list(source.alternatives(session.known[:index], most, cancelled)) if isinstance(source, Proposes) else []
    )
    if step.event is Event.LINE:
        branches = session.alternatives()
        lines = {line for b in branches if b.event is Event.LINE and b.depth == step.depth for line in b.lines}
        lines -= {way.step.line for way in ways if way.step.event is Event.LINE and way.step.depth == step.depth}
        ways += [_Legal(Step(step.event, line, step.function, step.depth, step.locals)) for line in sorted(lines)]
    return ways, proposes


def odds_text(probability: float) -> str:
    """``97%``, ``0.3%``, ``<0.1%``: ways are compared with each other, so small ones keep a digit; 0: not proposed."""
    if probability == 0:
        return "unlikely"
    if probability < 0.001:
        return "<0.1%"
    return f"{int(probability * 100 + 1e-9)}%" if probability >= 0.1 else f"{probability:.1%}"


def way_text(step: Step, now: Step, before: Step | None) -> str:
    """What a way brings, compared with the current step: another place, other values."""
    parts = []
    if (step.event, step.line, step.function) != (now.event, now.line, now.function) or before is None:
        parts.append(place(step))
    if step.value is not None:
        parts.append(f"{'raises' if step.event is Event.EXCEPTION else 'returns'} {step.value[:200]}")
    same_frame = before is not None and before.depth == step.depth and before.function == step.function
    names = changed_names(before.locals, step.locals) if before is not None and same_frame else set(step.locals)
    if step.event in (Event.LINE, Event.CALL):
        parts += [f"{n}={step.locals[n][:200]}" for n in step.locals if n in names]
    return visible("  ".join(parts) or place(step))
