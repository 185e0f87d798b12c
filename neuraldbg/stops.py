"""Why a verb stopped, and what it met on its way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StopReason(StrEnum):
    """Why a verb stopped where it did."""

    STEP = "step"  # it did what it was asked to
    BREAKPOINT = "breakpoint"
    LINE = "line"  # run_to_line reached its line
    CHANGE = "change"  # the watched name changed
    ITERATION = "iteration"  # the wanted turn of the loop begins
    LOOP_END = "loop_end"  # the loop was left before the wanted turn
    NO_LOOP = "no_loop"  # no live frame is in a loop
    START = "start"  # backwards: no step before this one
    END = "end"  # forwards: the trace is over
    BUDGET = "budget"  # too many new steps; the same verb again goes on
    CANCELLED = "cancelled"  # steps fetched so far are kept


@dataclass(frozen=True, slots=True)
class Hit:
    """A breakpoint that is met at a step.

    Attributes:
        id: of the breakpoint.
        count: how often it has been met since the start of the trace, with this one; 0 where nothing counts it.
        confidence: of its condition, None where nothing was predicted.
    """

    id: int
    count: int = 0
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a log point says at a step.

    Attributes:
        id: of the breakpoint.
        index: of the step.
        text: the message, with what could not be evaluated shown as ``{expression: reason}``.
    """

    id: int
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A condition that could not be told.

    Attributes:
        id: of the breakpoint.
        index: of the step.
        reason: one line.
    """

    id: int
    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """How the last verb ended.

    Attributes:
        reason: why.
        index: the cursor.
        hits: breakpoints met at the cursor, whether or not they are the reason.
        logs: what log points said on the way, in order, at most :data:`MOST_LOGS` (the latest).
        failures: conditions that could not be told at the cursor; the debugger stops there, as pdb and gdb do.
    """

    reason: StopReason
    index: int
    hits: tuple[Hit, ...] = ()
    logs: tuple[LogLine, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def breakpoints(self) -> tuple[int, ...]:
        """Ids of the breakpoints that are met at the cursor."""
        return tuple(hit.id for hit in self.hits)


MOST_LOGS = 10_000
