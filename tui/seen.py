"""What is on the screen: where the session stood when it was drawn last.

A verb that runs on its thread moves the cursor and may leave for another branch, so what the user looks at is read from
here. A timeline only grows, and of a branch that was left it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from neuraldbg.evaluation import Evaluation, evaluate
from neuraldbg.hits import CodeLines, values_at
from neuraldbg.program import Program
from neuraldbg.session import Session
from neuraldbg.steps import Origin, Step
from neuraldbg.stops import Hit
from neuraldbg.timeline import Frame, Timeline


@dataclass(frozen=True, slots=True)
class Seen:
    """One position of a session.

    Attributes:
        cursor: number of the step, -1 before the first.
        count: steps that were known.
        branch: what was changed for it, empty on the first.
        predicts: it can go on from a changed past.
        hits: breakpoints that stop here.
        visits: line -> how often it has come up to run.
        unreached: lines that no step reaches; empty while the end is not known.
    """

    program: Program
    timeline: Timeline
    code: CodeLines
    cursor: int
    count: int
    complete: bool
    origin: Origin
    branch: str = ""
    predicts: bool = False
    hits: tuple[Hit, ...] = ()
    visits: Mapping[int, int] = field(default_factory=dict)
    unreached: frozenset[int] = frozenset()

    @staticmethod
    def of(session: Session) -> Seen:
        """Where the session stands; no verb may run meanwhile."""
        branch = next(b.how for b in session.branches() if b.current)
        return Seen(
            session.program,
            session.timeline,
            session.code,
            session.cursor,
            len(session.known),
            session.complete,
            session.source.origin,
            branch,
            session.predicts,
            tuple(session.stop.hits),
            dict(session.visits()),
            session.unreached() if session.complete else frozenset(),
        )

    def is_of(self, session: Session) -> bool:
        """The session stands there still."""
        return session.timeline is self.timeline and session.cursor == self.cursor

    @property
    def steps(self) -> Sequence[Step]:
        """Known by now; there may be more than :attr:`count`."""
        return self.timeline.steps

    @property
    def step(self) -> Step | None:
        """The step at the cursor; None before the first."""
        return self.timeline.steps[self.cursor] if self.cursor >= 0 else None

    def stack(self) -> tuple[Frame, ...]:
        """Live frames, innermost first."""
        return self.timeline.stack(self.cursor)

    def evaluate(self, expression: str, index: int | None = None) -> Evaluation:
        """An expression over the values at the cursor, or at the step that shows a caller."""
        at = self.cursor if index is None else index
        values, sure = values_at(self.timeline, at) if at >= 0 else ({}, {})
        return evaluate(expression, values, sure, self.code.bound)
