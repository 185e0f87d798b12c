"""The session's verbs in lines, as a user of debugpy knows them.

A session stops at calls, lines, returns and exceptions. Here stepping stops at lines; where a function returns or an
exception leaves it, it stops once more in the caller, on the line that made the call, as debugpy does. The reverse of
*next* goes back to the line before, and out of a function to where the call was about to be made.
"""

from __future__ import annotations

from collections.abc import Callable

from neuraldbg.session import DEFAULT_BUDGET, Cancelled, Frame, Session, StopReason
from neuraldbg.steps import Event, Step
from neuraldbg.walk import Stops


class LineSession(Session):
    """A session that steps in lines.

    Attributes:
        differs: asked at each step that is reached going forwards, with its number; true where it differs from the
            real run, which stops.
        differed: the last forward verb stopped for that.
        seen: called going forwards after each step that was passed or stopped at.
    """

    differs: Callable[[int, Cancelled | None], bool] | None = None
    seen: Callable[[], None] | None = None
    differed = False

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
        """To the next line of this frame, or out of it; calls are stepped over."""
        depth = self._depth()
        return self._forward(_line_within(depth), cancelled, budget)

    def line_into(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """To the next line of any frame, or out of this one."""
        before = self._depth()

        def stop(step: Step) -> StopReason | None:
            nonlocal before
            depth, before = before, step.depth
            return _line_within(1 << 30 if step.event is not Event.EXCEPTION else depth)(step)

        return self._forward(stop, cancelled, budget)

    def line_out(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Out of this frame, to the caller's line."""
        depth = self._depth()
        alive = True

        def stop(step: Step) -> StopReason | None:
            nonlocal alive
            if step.depth < depth:
                return StopReason.STEP
            if step.depth == depth:
                if alive and step.event is Event.RETURN and depth:
                    return StopReason.STEP
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
        reason = self._backward(
            lambda step: StopReason.STEP if step.event is Event.LINE and step.depth <= depth else None
        )
        return self._from_first_line(reason)

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


def _line_within(depth: int) -> Stops:
    """Stops at lines no deeper than ``depth``, at the return of that frame, and where an exception has left it."""

    def stop(step: Step) -> StopReason | None:
        if step.event is Event.LINE and step.depth <= depth:
            return StopReason.STEP
        if step.event is Event.RETURN and 0 < step.depth <= depth:
            return StopReason.STEP
        if step.event is Event.EXCEPTION and step.depth < depth:
            return StopReason.STEP
        return None

    return stop
