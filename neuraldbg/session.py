"""The debugger's verbs over any source of steps: into, over, out, continue, run to line, and all of them backwards.

A :class:`Session` keeps the steps known so far and a cursor among them. Forward verbs ask the source for steps that
are not known yet; backward verbs move over known steps only. Who makes the steps (a model, a recording, debugpy)
makes no difference here. There is no user interface and no thread in this module: one owner at a time calls it,
and only ``breakpoints`` may be changed by another thread while a verb runs. docs/session.md lists what it offers.
"""

from __future__ import annotations

from collections.abc import Callable

from neuraldbg.forks import Forks
from neuraldbg.steps import Event, Step
from neuraldbg.stops import Stop, StopReason
from neuraldbg.timeline import Cancelled, Frame, StepSource, TraceSource
from neuraldbg.walk import DEFAULT_BUDGET, Stops

__all__ = ["DEFAULT_BUDGET", "Cancelled", "Frame", "Session", "StepSource", "Stop", "StopReason", "TraceSource"]


class Session(Forks):
    """Known steps, a cursor, and the verbs that move it; see :class:`neuraldbg.walk.Walk` for the arguments.

    Every verb returns why it stopped and leaves the details in ``stop``. Forward verbs take ``cancelled``, asked
    before every step, and ``budget``, the new steps at most.
    """

    # Forward verbs

    def step_into(self, cancelled: Cancelled | None = None) -> StopReason:
        """Moves to the next step."""
        return self._forward(lambda step: StopReason.STEP, cancelled, 1)

    def step_over(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to the next step that is not in a callee; breakpoints in callees stop it."""
        return self._forward(self._not_deeper(), cancelled, budget)

    def step_out(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to the return of the current activation; from a return (or if an exception leaves it) to its caller."""
        start = self.current
        if start is None:
            return self.step_into(cancelled)
        alive = start.event is not Event.RETURN

        def stop(step: Step) -> StopReason | None:
            nonlocal alive
            if step.depth < start.depth:
                return StopReason.STEP
            if step.depth == start.depth:
                if alive and step.event is Event.RETURN:
                    return StopReason.STEP
                # C code between the two frames can swallow the exception: then a sibling follows, not the caller.
                alive = alive and step.event is not Event.CALL
            return None

        return self._forward(stop, cancelled, budget)

    def continue_(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to the next breakpoint or to the end."""
        return self._forward(lambda step: None, cancelled, budget)

    def run_to_line(self, line: int, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to where ``line`` is next about to run, in any frame, or to a breakpoint before that."""
        return self._forward(_at_line(line), cancelled, budget)

    def run_to_change(self, name: str, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to where ``name`` has just changed, in a frame of the current function, or to an earlier breakpoint."""
        return self._forward(self._changes(name), cancelled, budget)

    def run_to_step(self, index: int, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to step number ``index``, forwards or backwards, whatever breakpoints lie between.

        Raises:
            IndexError: if ``index`` is negative.
        """
        if index < len(self.timeline):
            self.goto(index)
            return StopReason.STEP
        return self._forward(
            lambda step: StopReason.STEP if self.cursor == index else None, cancelled, budget, breaking=False
        )

    def next_iteration(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to where the next turn of :meth:`loop` begins, to where that loop is left, or to a breakpoint."""
        return self._run_turns(1, cancelled, budget)

    def run_to_iteration(
        self, number: int, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET
    ) -> StopReason:
        """Moves to where turn ``number`` (1 the first) of the loop's present run begins, forwards or backwards.

        Forwards it stops, as :meth:`next_iteration`, where the loop is left, and at breakpoints.

        Raises:
            IndexError: if ``number`` is not positive.
        """
        if number < 1:
            raise IndexError(f"there is no turn {number} of a loop; the first is 1")
        here = self.loop()
        if here is None:
            return self._stopped(StopReason.NO_LOOP)
        turns = here[0].turn(self.timeline, here[1])
        if number <= len(turns):
            self.goto(turns[number - 1])
            return self._stopped(StopReason.ITERATION)
        return self._run_turns(number - len(turns), cancelled, budget)

    def _run_turns(self, count: int, cancelled: Cancelled | None, budget: int) -> StopReason:
        here = self.loop()
        if here is None:
            return self._stopped(StopReason.NO_LOOP)
        loop, last = here
        depth = self.timeline.steps[last].depth

        def stop(step: Step) -> StopReason | None:
            nonlocal count, last
            if step.depth > depth:
                return None
            gone = self.timeline.previous[self.cursor] != last or step.event is Event.RETURN
            if gone or not loop.holds(step.line):
                return StopReason.LOOP_END
            last = self.cursor
            count -= loop.begins_turn(self.timeline, last)
            return None if count else StopReason.ITERATION

        return self._forward(stop, cancelled, budget)

    # Backward verbs: never call the source

    def back(self) -> StopReason:
        """Moves to the previous step."""
        return self._backward(lambda step: StopReason.STEP)

    def back_over(self) -> StopReason:
        """Moves to the previous step that is not in a callee: undoes ``step_over`` on a line."""
        return self._backward(self._not_deeper())

    def back_out(self) -> StopReason:
        """Moves back to the caller, where it was about to make the call; breakpoints between stop it."""
        start = self.current
        depth = 0 if start is None else start.depth
        return self._backward(lambda step: StopReason.STEP if step.depth < depth else None)

    def reverse_continue(self) -> StopReason:
        """Moves back to a breakpoint or to the start."""
        return self._backward(lambda step: None)

    def back_to_line(self, line: int) -> StopReason:
        """The reverse of :meth:`run_to_line`."""
        return self._backward(_at_line(line))

    def back_to_change(self, name: str) -> StopReason:
        """The reverse of :meth:`run_to_change`."""
        return self._backward(self._changes(name))

    def previous_iteration(self) -> StopReason:
        """Moves back to where the turn before this one began, or to where the loop was entered, or to a breakpoint."""
        here = self.loop()
        if here is None:
            return self._stopped(StopReason.NO_LOOP)
        loop, frame = here
        turns = loop.turn(self.timeline, frame)
        if len(turns) > 1:
            target, reason = turns[-2], StopReason.ITERATION
        else:
            stops = [*self.timeline.earlier_stops(frame)]
            target = next((i for i in stops if not loop.holds(self.timeline.steps[i].line)), min([*stops, frame]))
            reason = StopReason.LOOP_END
        return self._backward(lambda step: reason if self.cursor == target else None)

    def restart(self) -> StopReason:
        """Moves to the first step; known steps are kept."""
        if self.timeline.steps:
            self.goto(0)
        return self._stopped(StopReason.START)

    # What they have in common

    def _not_deeper(self) -> Stops:
        depth = 0 if self.current is None else self.current.depth
        return lambda step: StopReason.STEP if step.depth <= depth else None

    def _changes(self, name: str) -> Stops:
        function = self.current.function if self.current is not None else None

        def stop(step: Step) -> StopReason | None:
            changed = step.function == function and name in self.timeline.changed(self.cursor)
            return StopReason.CHANGE if changed else None

        return stop


def _at_line(line: int) -> Callable[[Step], StopReason | None]:
    return lambda step: StopReason.LINE if step.event is Event.LINE and step.line == line else None
