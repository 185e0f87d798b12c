"""The session's verbs in lines, as a user of debugpy knows them.

A session stops at calls, lines, returns and exceptions. Here stepping stops at lines; where *step in* and *step out*
leave a function, they stop once more in the caller, on the line that made the call, as debugpy does. *Next* does so on
Python 3.12 and later, before it goes on to the caller's next line; it stays with a generator that yields. Its reverse
goes back to the line before, and out of a function to where the call was about to be made.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection

from neuraldbg.program import Program
from neuraldbg.session import DEFAULT_BUDGET, Cancelled, Frame, Session, StopReason
from neuraldbg.steps import Event, Step
from neuraldbg.walk import Stops


class LineSession(Session):
    """A session that steps in lines.

    Attributes:
        as_monitored: as debugpy from Python 3.12 on (sys.monitoring), *next* out of a function stops on the line that
            called it, and an exception that leaves a function does not.
        differs: asked at each step that is reached going forwards, with its number; true where it differs from the
            real run, which stops.
        differed: the last forward verb stopped for that.
        seen: called going forwards after each step that was passed or stopped at.
    """

    as_monitored = sys.version_info >= (3, 12)
    differs: Callable[[int, Cancelled | None], bool] | None = None
    seen: Callable[[], None] | None = None
    differed = False
    _waiting: tuple[Program, frozenset[int]] | None = None

    def _forward(self, stop: Stops, cancelled: Cancelled | None, budget: int, breaking: bool = True) -> StopReason:
        self.differed = False

        def asked() -> bool:
            if self.seen is not None:
                self.seen()
            return cancelled is not None and cancelled()

        def stops(step: Step) -> StopReason | None:
            if self.differs is not None and self.differs(self.cursor, cancelled):
                self.differed = True
                return StopReason.STEP
            return stop(step)

        reason = super()._forward(stops, asked, budget, breaking)
        if self.seen is not None:
            self.seen()
        return reason

    # Suspensions

    def suspends(self, index: int) -> bool:
        """Whether the return at step ``index`` is a generator's yield or a coroutine's wait, as far as lines tell."""
        steps, previous = self.timeline.steps, self.timeline.previous
        while True:
            step, last = steps[index], steps[index - 1]
            if not self._is_suspendable(step) or step.line not in self._waits():
                return False
            if self.program.functions()[step.function].is_coroutine:
                return True
            if previous[index] >= 0 and self._resumes(steps[previous[index]]):
                return False
            if last.event is not Event.RETURN or last.depth != step.depth + 1 or not self._is_suspendable(last):
                return True
            index -= 1  # it yields what the one that it yields from does, or nothing once that is exhausted

    def _is_suspendable(self, step: Step) -> bool:
        function = self.program.functions().get(step.function)
        return function is not None and (function.is_generator or function.is_coroutine)

    def _resumes(self, step: Step) -> bool:
        """Whether a step resumes a generator or a coroutine."""
        if step.event is not Event.CALL or not self._is_suspendable(step):
            return False
        return step.line != self.program.functions()[step.function].line and step.line in self._waits()

    def _waits(self) -> frozenset[int]:
        if self._waiting is None or self._waiting[0] is not self.program:
            self._waiting = self.program, _suspending_lines(self.program)
        return self._waiting[1]

    # What is shown

    def shown(self) -> tuple[Frame, ...]:
        """Live frames, innermost first; at a return, those of the caller on."""
        frames = self.stack()
        return frames[1:] if self.returns_to_caller() else frames

    def returns_to_caller(self) -> bool:
        """True at a return that is shown in its caller."""
        step = self.current
        return step is not None and step.event is Event.RETURN and self.timeline.caller[self.cursor] >= 0

    def _depth(self) -> int:
        step = self.current
        if step is None:
            return 0
        return step.depth - 1 if self.returns_to_caller() else step.depth

    # Forwards

    def next_line(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """To the next line of this frame, or of its caller once it is over; calls and suspensions are stepped over."""
        own = _Own(self, self._depth())
        after: Stops | None = None

        def stop(step: Step) -> StopReason | None:
            nonlocal after
            if after is not None:
                return after(step)
            if own.is_away(step):
                return None
            if step.event is Event.RETURN and step.depth == own.depth:
                if own.leave(step):
                    return None
                if self.as_monitored and step.depth:
                    return StopReason.STEP
                after = self._into(step)  # as debugpy: whatever the caller's line does next is stepped into
                return None
            if step.event is Event.EXCEPTION and step.depth < own.depth:
                after = self._into(step)
                return None
            return StopReason.STEP if step.event is Event.LINE and step.depth <= own.depth else None

        return self._forward(stop, cancelled, budget)

    def line_into(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """To the next line of any frame; out of this one, to the caller's line."""
        return self._forward(self._into(self.current, self._place()), cancelled, budget)

    def line_into_call(
        self, functions: Collection[str], cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET
    ) -> StopReason:
        """To the first line of one of these functions, past the others that this line calls; else as ``line_into``."""
        into, depth, entered = self._into(self.current, self._place()), self._depth() + 1, False

        def stop(step: Step) -> StopReason | None:
            nonlocal entered
            reason = into(step)
            if step.depth < depth:
                return reason
            entered = entered or (step.event is Event.CALL and step.depth == depth and step.function in functions)
            return reason if entered and step.event is Event.LINE else None

        return self._forward(stop, cancelled, budget)

    def first_stop(self, index: int) -> int:
        """Number of the first line stop, or else the first stop, of the activation that step ``index`` belongs to."""
        stops = [*self.timeline.earlier_stops(index)][::-1]
        stops.append(index)
        return next((i for i in stops if self.timeline.steps[i].event is Event.LINE), stops[0])

    def _place(self) -> int:
        """Number of the last stop of the innermost frame that is shown, -1 where none is."""
        frames = self.shown()
        return frames[0].index if frames else -1

    def _into(self, before: Step | None, start: int = -1) -> Stops:
        """Stops at any line, and where a frame is over.

        Args:
            before: the step that comes first.
            start: number of the stop at which the user stands; as in debugpy, a frame that ends without a line, such
                as that of a generator, does not stop there once more.
        """

        def stop(step: Step) -> StopReason | None:
            nonlocal before
            last, before = before, step
            if step.event is Event.LINE:
                return StopReason.STEP
            if step.event is Event.EXCEPTION and last is not None and step.depth < last.depth:
                return None if self.as_monitored or self._is_suspendable(last) else StopReason.STEP
            over = step.event is Event.RETURN and step.depth and not self.suspends(self.cursor)
            over = over and self.timeline.caller[self.cursor] != start
            return StopReason.STEP if over else None

        return stop

    def line_out(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Out of this frame, to the caller's line; a generator runs until it is exhausted."""
        own = _Own(self, self._depth())
        alive = True

        def stop(step: Step) -> StopReason | None:
            nonlocal alive
            if own.is_away(step):
                return None
            if step.depth < own.depth:
                return StopReason.STEP
            if step.depth == own.depth:
                if alive and step.event is Event.RETURN and own.depth and not own.leave(step):
                    return StopReason.STEP
                # C code between two frames can swallow an exception: then a sibling follows, not the caller.
                alive = alive and step.event is not Event.CALL
            return None

        return self._forward(stop, cancelled, budget)

    def first_line(self, cancelled: Cancelled | None = None) -> StopReason:
        """To the first line that runs, from before the first step."""
        return self._forward(lambda step: StopReason.STEP if step.event is Event.LINE else None, cancelled, 10)

    def line_again(self, line: int, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """To where ``line`` is next about to run, whatever breakpoints lie between."""

        def stop(step: Step) -> StopReason | None:
            return StopReason.LINE if step.event is Event.LINE and step.line == line else None

        return self._forward(stop, cancelled, budget, breaking=False)

    # Backwards

    def line_back(self) -> StopReason:
        """To the line before, calls stepped over; from a function's first line, to where it was about to be called."""
        depth = 0 if self.current is None else self.current.depth
        away: tuple[str, int] | None = None

        def stop(step: Step) -> StopReason | None:
            nonlocal depth, away
            if away is not None:
                if step.event is Event.RETURN and (step.function, step.line) == away:
                    depth, away = step.depth, None
            elif step.depth == depth and self._resumes(step):
                away = step.function, step.line
            elif step.event is Event.LINE and step.depth <= depth:
                return StopReason.STEP
            return None

        return self._from_first_line(self._backward(stop))

    def continue_back(self) -> StopReason:
        """To the breakpoint before, or the first line."""
        return self._from_first_line(self.reverse_continue())

    def _from_first_line(self, reason: StopReason) -> StopReason:
        """The beginning is the first line rather than the call before it."""
        if reason is StopReason.START:
            steps = self.timeline.steps
            first = next((i for i in range(min(len(steps), 10)) if steps[i].event is Event.LINE), None)
            if first is not None:
                self.goto(first)
                self._stopped(StopReason.START)
        return reason


class _Own:
    """Follows one activation while others run, also past the places where it is suspended."""

    def __init__(self, session: LineSession, depth: int) -> None:
        self.depth = depth
        self._session = session
        self._place: tuple[str, int] | None = None

    def is_away(self, step: Step) -> bool:
        """It is suspended, or resumed by this very step."""
        if self._place is None:
            return False
        if step.event is Event.CALL and (step.function, step.line) == self._place:
            self.depth, self._place = step.depth, None
        return True

    def leave(self, step: Step) -> bool:
        """It returns at the cursor: true if it is suspended, false if it is over and its caller goes on."""
        if self._session.suspends(self._session.cursor):
            self._place = step.function, step.line
            return True
        self.depth -= 1
        return False


def _suspending_lines(program: Program) -> frozenset[int]:
    """Lines on which a generator can yield or a coroutine can wait."""
    found: set[int] = set()
    for node in program.nodes:
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
            found.add(node.lineno)
    return frozenset(found)
