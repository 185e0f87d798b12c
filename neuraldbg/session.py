"""The debugger's verbs over any source of steps: into, over, out, continue, run to line, and all of them backwards.

A :class:`Session` keeps the steps known so far and a cursor among them. Forward verbs ask the source for steps that
are not known yet; backward verbs move over known steps only. Who makes the steps (a model, a recording, debugpy)
makes no difference here. There is no user interface and no thread in this module: one owner at a time calls it,
and only ``breakpoints`` may be changed by another thread while a verb runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Protocol

from neuraldbg.steps import Confidence, Event, Origin, Step, Trace, changed_names

if TYPE_CHECKING:
    from neuraldbg.program import Program

DEFAULT_BUDGET = 10_000

Cancelled = Callable[[], bool]


class StepSource(Protocol):
    """Whatever can say which step comes next."""

    @property
    def origin(self) -> Origin:
        """Who says so."""
        ...

    def next_step(self, history: Sequence[Step], cancelled: Cancelled | None = None) -> Step | None:
        """The step after ``history``; None when the trace is over, or when ``cancelled()`` became true meanwhile."""
        ...


class TraceSource:
    """Steps of a recorded, loaded or debugpy trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @property
    def origin(self) -> Origin:
        """Of the trace."""
        return self.trace.origin

    def next_step(self, history: Sequence[Step], cancelled: Cancelled | None = None) -> Step | None:
        """The trace's step number ``len(history)``, or None past its end."""
        return self.trace.steps[len(history)] if len(history) < len(self.trace.steps) else None


class StopReason(StrEnum):
    """Why a verb stopped where it did."""

    STEP = "step"  # it did what it was asked to
    BREAKPOINT = "breakpoint"
    LINE = "line"  # run_to_line reached its line
    CHANGE = "change"  # the watched name changed
    START = "start"  # backwards: no step before this one
    END = "end"  # forwards: the trace is over
    BUDGET = "budget"  # too many new steps; the same verb again goes on
    CANCELLED = "cancelled"  # steps fetched so far are kept


@dataclass(frozen=True, slots=True)
class Frame:
    """One live activation, as it was last seen.

    Attributes:
        index: number of the step that shows it.
        line: where it is.
        changed: names that differ from this activation's previous stop; empty at its first stop.
    """

    index: int
    function: str
    line: int
    depth: int
    locals: Mapping[str, str]
    changed: frozenset[str]
    confidence: Confidence | None


class Session:
    """Known steps, a cursor, and the verbs that move it.

    Args:
        program: what is debugged; says which lines can hold a breakpoint.
        source: where unknown steps come from.
    """

    def __init__(self, program: Program, source: StepSource) -> None:
        self.program = program
        self.source = source
        self.cursor = -1
        self.complete = False
        self.breakpoints: frozenset[int] = frozenset()
        self._known: list[Step] = []
        self._previous: list[int] = []  # of each step: the previous stop of its activation, -1 at the first
        self._caller: list[int] = []  # of each step: the last stop of the activation below it, -1 for the entry
        self._tops: list[int] = []  # of each live depth: its activation's last stop, at the end of the known steps
        self._visits: Counter[int] = Counter()
        self._entries = frozenset(
            (f.qualname, f.line) for f in program.functions().values() if not f.qualname.endswith("<lambda>")
        )

    # What is known, and where we are

    @property
    def known(self) -> Sequence[Step]:
        """All steps fetched so far, in order."""
        return self._known

    @property
    def current(self) -> Step | None:
        """The step at the cursor; None before the first."""
        return self._known[self.cursor] if self.cursor >= 0 else None

    @property
    def at_end(self) -> bool:
        """True where the trace is known to be over."""
        return self.complete and self.cursor == len(self._known) - 1

    def stack(self) -> tuple[Frame, ...]:
        """Live frames at the cursor, innermost first."""
        frames: list[Frame] = []
        index = self.cursor
        while index >= 0:
            step = self._known[index]
            frames.append(
                Frame(index, step.function, step.line, step.depth, step.locals, self.changed(index), step.confidence)
            )
            index = self._caller[index]
        return tuple(frames)

    def previous_stop(self, index: int) -> int | None:
        """Number of the stop before step ``index`` in the same activation; None at its first stop."""
        before = self._previous[index]
        return before if before >= 0 else None

    def changed(self, index: int) -> frozenset[str]:
        """Names whose value at step ``index`` differs from the same activation's previous stop."""
        before = self._previous[index]
        if before < 0:
            return frozenset()
        return frozenset(changed_names(self._known[before].locals, self._known[index].locals))

    def previous_value(self, name: str, index: int | None = None) -> str | None:
        """The latest value ``name`` had in this activation that differs from the one at step ``index``.

        Args:
            index: the step to look back from; the cursor if None.

        Returns:
            the repr, or None if the name had no other value before.
        """
        index = self.cursor if index is None else index
        if index < 0:
            return None
        now = self._known[index].locals.get(name)
        while (index := self._previous[index]) >= 0:
            before = self._known[index].locals.get(name)
            if before is not None and before != now:
                return before
        return None

    def visits(self) -> Mapping[int, int]:
        """How often each line has come up to run, up to and with the cursor."""
        return self._visits

    # Breakpoints

    def toggle_breakpoint(self, line: int) -> bool:
        """Sets or removes the breakpoint at ``line``; True if it is set now."""
        self.breakpoints = self.breakpoints ^ {line}
        return line in self.breakpoints

    def set_breakpoints(self, lines: Iterable[int]) -> None:
        """Replaces all breakpoints."""
        self.breakpoints = frozenset(lines)

    def hits_breakpoint(self, step: Step) -> bool:
        """True if ``step`` is about to run a line with a breakpoint, or enters a function whose ``def`` line has one.

        A resumed generator also stops at a call, at its ``yield``: that is no hit, since the line has run already.
        """
        if step.line not in self.breakpoints:
            return False
        return step.event is Event.LINE or (step.event is Event.CALL and (step.function, step.line) in self._entries)

    @cached_property
    def breakable(self) -> frozenset[int]:
        """Lines that have code, so that a breakpoint there can be hit."""
        found, waiting = {line for _, line in self._entries}, [self.program.code]
        while waiting:
            code = waiting.pop()
            found |= {line for _, _, line in code.co_lines() if line}
            waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
        return frozenset(found)

    # Forward verbs

    def step_into(self, cancelled: Cancelled | None = None) -> StopReason:
        """Moves to the next step."""
        return self._forward(lambda step: StopReason.STEP, cancelled, 1)

    def step_over(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to the next step that is not in a callee; breakpoints in callees stop it."""
        start = self.current
        depth = 0 if start is None else start.depth

        def stop(step: Step) -> StopReason | None:
            return StopReason.STEP if step.depth <= depth else self._breakpoint(step)

        return self._forward(stop, cancelled, budget)

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
            return self._breakpoint(step)

        return self._forward(stop, cancelled, budget)

    def continue_(self, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to the next breakpoint or to the end."""
        return self._forward(self._breakpoint, cancelled, budget)

    def run_to_line(self, line: int, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to where ``line`` is next about to run, in any frame, or to a breakpoint before that."""

        def stop(step: Step) -> StopReason | None:
            return StopReason.LINE if step.event is Event.LINE and step.line == line else self._breakpoint(step)

        return self._forward(stop, cancelled, budget)

    def run_to_change(self, name: str, cancelled: Cancelled | None = None, budget: int = DEFAULT_BUDGET) -> StopReason:
        """Moves to where ``name`` has just changed, in a frame of the current function, or to an earlier breakpoint."""
        function = self.current.function if self.current is not None else None

        def stop(step: Step) -> StopReason | None:
            if step.function == function and name in self.changed(self.cursor):
                return StopReason.CHANGE
            return self._breakpoint(step)

        return self._forward(stop, cancelled, budget)

    # Backward verbs: never call the source

    def back(self) -> StopReason:
        """Moves to the previous step."""
        return self._backward(lambda step: StopReason.STEP)

    def back_over(self) -> StopReason:
        """Moves to the previous step that is not in a callee: undoes ``step_over`` on a line."""
        start = self.current
        depth = 0 if start is None else start.depth

        def stop(step: Step) -> StopReason | None:
            return StopReason.STEP if step.depth <= depth else self._breakpoint(step)

        return self._backward(stop)

    def reverse_continue(self) -> StopReason:
        """Moves back to a breakpoint or to the start."""
        return self._backward(self._breakpoint)

    def back_to_change(self, name: str) -> StopReason:
        """The reverse of :meth:`run_to_change`."""
        function = self.current.function if self.current is not None else None

        def stop(step: Step) -> StopReason | None:
            if step.function == function and name in self.changed(self.cursor):
                return StopReason.CHANGE
            return self._breakpoint(step)

        return self._backward(stop)

    def restart(self) -> StopReason:
        """Moves to the first step; known steps are kept."""
        if self._known:
            self.goto(0)
        return StopReason.START

    def goto(self, index: int) -> None:
        """Moves to a known step.

        Raises:
            IndexError: if step ``index`` is not known.
        """
        if not 0 <= index < len(self._known):
            raise IndexError(f"step {index} is not known (there are {len(self._known)})")
        while self.cursor < index:
            self._move(1)
        while self.cursor > index:
            self._move(-1)

    def edit(self, name: str, value: str) -> None:
        """Gives a local of the current step another value (a repr) and forgets the steps after it.

        Raises:
            KeyError: if the current step has no such local.
        """
        step = self.current
        if step is None or name not in step.locals:
            raise KeyError(name)
        edited = Step(
            step.event, step.line, step.function, step.depth, {**step.locals, name: value}, step.value, step.confidence
        )
        kept = [*self._known[: self.cursor], edited]
        self._known, self._previous, self._caller, self._tops = [], [], [], []
        self.complete = False
        for known in kept:
            self._append(known)

    # Machinery

    def _breakpoint(self, step: Step) -> StopReason | None:
        return StopReason.BREAKPOINT if self.hits_breakpoint(step) else None

    def _forward(
        self, stop: Callable[[Step], StopReason | None], cancelled: Cancelled | None, budget: int
    ) -> StopReason:
        """Walks until ``stop`` says so; fetches at most ``budget`` steps."""
        while True:
            if cancelled is not None and cancelled():
                return StopReason.CANCELLED
            if self.cursor == len(self._known) - 1:
                if self.complete:
                    return StopReason.END
                if budget <= 0:
                    return StopReason.BUDGET
                step = self.source.next_step(self._known, cancelled)
                if step is None:
                    if cancelled is not None and cancelled():
                        return StopReason.CANCELLED
                    self.complete = True
                    return StopReason.END
                budget -= 1
                self._append(step)
            self._move(1)
            reason = stop(self._known[self.cursor])
            if reason is not None:
                return reason

    def _backward(self, stop: Callable[[Step], StopReason | None]) -> StopReason:
        while self.cursor > 0:
            self._move(-1)
            reason = stop(self._known[self.cursor])
            if reason is not None:
                return reason
        return StopReason.START

    def _append(self, step: Step) -> None:
        tops = self._tops
        # As in steps.base_locals: a call starts afresh at its depth, anything else goes on there.
        del tops[step.depth + (step.event is not Event.CALL) :]
        while len(tops) < step.depth:
            tops.append(-1)
        index = len(self._known)
        self._known.append(step)
        self._caller.append(next((i for i in reversed(tops[: step.depth]) if i >= 0), -1))
        if len(tops) > step.depth:
            self._previous.append(tops[step.depth])
            tops[step.depth] = index
        else:
            self._previous.append(-1)
            tops.append(index)

    def _move(self, by: int) -> None:
        """The only place that changes the cursor by a step, so that the counts always fit it."""
        if by > 0:
            self.cursor += 1
            self._count(1)
        else:
            self._count(-1)
            self.cursor -= 1

    def _count(self, by: int) -> None:
        step = self._known[self.cursor]
        if step.event is Event.LINE:
            self._visits[step.line] += by
