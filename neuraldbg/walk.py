"""A cursor among known steps and the machinery that moves it: what every verb of the session is made of.

Forward moves ask the source for steps that are not known yet; backward moves never do. There is no thread in here: one
owner at a time calls it, and only ``breakpoints`` may be changed by another thread meanwhile.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from neuraldbg.breakpoints import Breakpoints
from neuraldbg.hits import CodeLines, Hits, Meeting
from neuraldbg.loops import Loop, around
from neuraldbg.marks import Mark, MarkKind, collect_marks
from neuraldbg.steps import Event, Step
from neuraldbg.stops import MOST_LOGS, LogLine, Stop, StopReason
from neuraldbg.timeline import Cancelled, Frame, StepSource, Timeline

if TYPE_CHECKING:
    from neuraldbg.program import Program

DEFAULT_BUDGET = 10_000

Stops = Callable[[Step], StopReason | None]


class Walk:
    """Known steps and a cursor.

    Args:
        program: what is debugged; says which lines can hold a breakpoint.
        source: where unknown steps come from.

    Attributes:
        cursor: number of the current step, -1 before the first.
        timeline: the known steps.
        stop: how the last verb ended.
        breakpoints: where verbs stop; the only part that another thread may change while a verb runs.
    """

    def __init__(self, program: Program, source: StepSource) -> None:
        self.program = program
        self.source = source
        self.cursor = -1
        self.timeline = Timeline()
        self.stop = Stop(StopReason.START, -1)
        self.code = CodeLines(program)
        self.breakpoints = Breakpoints(self.code.places)
        self._hits = Hits(self.code, self.timeline)
        self._visits: Counter[int] = Counter()

    # What is known, and where we are

    @property
    def known(self) -> Sequence[Step]:
        """All steps fetched so far, in order."""
        return self.timeline.steps

    @property
    def complete(self) -> bool:
        """True where the trace is known to end after the known steps."""
        return self.timeline.complete

    @property
    def current(self) -> Step | None:
        """The step at the cursor; None before the first."""
        return self.timeline.steps[self.cursor] if self.cursor >= 0 else None

    @property
    def at_end(self) -> bool:
        """True where the trace is known to be over."""
        return self.complete and self.cursor == len(self.timeline) - 1

    def stack(self) -> tuple[Frame, ...]:
        """Live frames at the cursor, innermost first."""
        return self.timeline.stack(self.cursor)

    def previous_stop(self, index: int) -> int | None:
        """Number of the stop before step ``index`` in the same activation; None at its first stop."""
        before = self.timeline.previous[index]
        return before if before >= 0 else None

    def changed(self, index: int) -> frozenset[str]:
        """Names whose value at step ``index`` differs from the same activation's previous stop."""
        return self.timeline.changed(index)

    def previous_value(self, name: str, index: int | None = None) -> str | None:
        """The latest value ``name`` had in this activation that differs from the one at step ``index``.

        Args:
            name: of a local.
            index: the step to look back from; the cursor if None.

        Returns:
            the repr, or None if the name had no other value before.
        """
        index = self.cursor if index is None else index
        return None if index < 0 else self.timeline.previous_value(name, index)

    def visits(self) -> Mapping[int, int]:
        """How often each line has come up to run, up to and with the cursor."""
        return self._visits

    def unreached(self) -> frozenset[int]:
        """Lines with code at which no known step stops; final only once the trace is ``complete``."""
        return self.code.traced - self.timeline.reached.keys()

    def loop(self) -> tuple[Loop, int] | None:
        """The innermost loop around the cursor and the number of the step that shows its frame: of the current
        function, or else of the nearest caller that is in one."""
        for frame in self.stack():
            found = around(self.code.loops, self.timeline, frame.index)
            if found is not None:
                return found, frame.index
        return None

    def iteration(self) -> int:
        """Which turn of :meth:`loop` this is, 1 the first; 0 before the first or outside of loops."""
        here = self.loop()
        return 0 if here is None else len(here[0].turn(self.timeline, here[1]))

    # Breakpoints

    def toggle_breakpoint(self, line: int) -> bool:
        """Sets or removes the breakpoint at ``line`` or the next line with code; True if it is set now."""
        return self.breakpoints.toggle_line(line)

    def set_breakpoints(self, lines: Iterable[int]) -> None:
        """Replaces all line breakpoints."""
        self.breakpoints.set_lines(lines)

    def met(self, index: int) -> Meeting:
        """Which breakpoints step ``index`` meets."""
        return self._hits.at(self.breakpoints.all, index)

    def marks(self, divergences: Iterable[int] = ()) -> list[Mark]:
        """Calls, exceptions and breakpoints among all known steps.

        Args:
            divergences: numbers of the steps that differ from the real run, which the session does not know.
        """
        line = self.timeline
        met = (i for i in range(len(line)) if self.met(i).stops) if len(self.breakpoints) else ()
        return collect_marks(
            [
                (MarkKind.CALL, line.calls),
                (MarkKind.BREAKPOINT, met),
                (MarkKind.EXCEPTION, line.exceptions),
                (MarkKind.DIVERGENCE, divergences),
            ]
        )

    @property
    def breakable(self) -> frozenset[int]:
        """Lines that have code, so that a breakpoint there can be hit."""
        return self.code.breakable

    # Machinery

    def _stopped(self, reason: StopReason, meeting: Meeting | None = None, logs: Iterable[LogLine] = ()) -> StopReason:
        meeting = meeting or Meeting()
        self.stop = Stop(reason, self.cursor, tuple(meeting.hits), tuple(logs), tuple(meeting.failures))
        return reason

    def _forward(self, stop: Stops, cancelled: Cancelled | None, budget: int, breaking: bool = True) -> StopReason:
        """Walks until ``stop`` says so, or, where ``breaking``, a breakpoint; fetches at most ``budget`` steps."""
        logs: deque[LogLine] = deque(maxlen=MOST_LOGS)
        moved = False
        while True:
            if self.cursor == len(self.timeline) - 1:
                reason = self._fetch(cancelled, budget)
                if reason is not None:
                    meeting = self.met(self.cursor) if reason is StopReason.END and moved and breaking else None
                    # Only now is it known that the last exception was not caught.
                    stops = meeting is not None and meeting.stops
                    return self._stopped(StopReason.BREAKPOINT if stops else reason, meeting, logs)
                budget -= 1
            elif cancelled is not None and cancelled():
                return self._stopped(StopReason.CANCELLED, None, logs)
            self._move(1)
            moved = True
            meeting = self.met(self.cursor)
            logs += meeting.logs
            met = StopReason.BREAKPOINT if breaking and meeting.stops else None
            reason = stop(self.timeline.steps[self.cursor]) or met
            if reason is not None:
                return self._stopped(reason, meeting, logs)

    def _fetch(self, cancelled: Cancelled | None, budget: int) -> StopReason | None:
        """Asks the source for one step; a reason where there is none."""
        if cancelled is not None and cancelled():
            return StopReason.CANCELLED
        if self.complete:
            return StopReason.END
        if budget <= 0:
            return StopReason.BUDGET
        step = self.source.next_step(self.timeline.steps, cancelled)
        if step is not None:
            self.timeline.append(step)
            return None
        if cancelled is not None and cancelled():
            return StopReason.CANCELLED
        self.timeline.complete = True
        return StopReason.END

    def _backward(self, stop: Stops, breaking: bool = True) -> StopReason:
        while self.cursor > 0:
            self._move(-1)
            meeting = self.met(self.cursor)
            met = StopReason.BREAKPOINT if breaking and meeting.stops else None
            reason = stop(self.timeline.steps[self.cursor]) or met
            if reason is not None:
                return self._stopped(reason, meeting)
        return self._stopped(StopReason.START)

    def goto(self, index: int) -> None:
        """Moves to a known step.

        Raises:
            IndexError: if step ``index`` is not known.
        """
        if not 0 <= index < len(self.timeline):
            raise IndexError(f"step {index} is not known (there are {len(self.timeline)})")
        while self.cursor < index:
            self._move(1)
        while self.cursor > index:
            self._move(-1)
        self._stopped(StopReason.STEP, self.met(index))

    def _move(self, by: int) -> None:
        """The only place that changes the cursor by a step, so that the counts always fit it."""
        if by > 0:
            self.cursor += 1
            self._count(1)
        else:
            self._count(-1)
            self.cursor -= 1

    def _count(self, by: int) -> None:
        step = self.timeline.steps[self.cursor]
        if step.event is Event.LINE:
            self._visits[step.line] += by
