"""What if: another value, another way, the real step, another source; the prediction goes on from there.

Each makes a branch. The branch that is left stays as it is and can be returned to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neuraldbg.control import Branch as Move
from neuraldbg.control import ControlState, IllegalStep
from neuraldbg.edits import edited_steps
from neuraldbg.errors import InputError, UsageError
from neuraldbg.evaluation import Evaluation, Kind, evaluate
from neuraldbg.hits import CodeLines, Hits, values_at
from neuraldbg.rebase import kept_steps
from neuraldbg.steps import Confidence, Event, Origin, Step, Trace
from neuraldbg.stops import StopReason
from neuraldbg.timeline import StepSource, Timeline
from neuraldbg.trees import Tree, TreeKind
from neuraldbg.walk import Walk

if TYPE_CHECKING:
    from neuraldbg.program import Program


@dataclass(frozen=True, slots=True)
class BranchInfo:
    """One way the program may have gone.

    Attributes:
        id: 0 for the first.
        parent: the branch it was made from, None for the first.
        fork: number of the first step that is its own.
        steps: how many it has, those before the fork included.
        complete: it is known to end there.
        how: what was changed, such as ``x = 7``; empty for the first.
        current: it is the one that the session shows.
    """

    id: int
    parent: int | None
    fork: int
    steps: int
    complete: bool
    how: str
    current: bool


@dataclass(slots=True)
class _Branch:
    parent: int | None
    fork: int
    how: str
    timeline: Timeline
    program: Program
    source: StepSource
    code: CodeLines
    hits: Hits
    cursor: int = -1


class Forks(Walk):
    """A walk that can go on from a changed past."""

    def __init__(self, program: Program, source: StepSource) -> None:
        super().__init__(program, source)
        self._branches = [_Branch(None, 0, "", self.timeline, program, source, self.code, self._hits)]
        self.branch = 0

    # Branches

    def branches(self) -> tuple[BranchInfo, ...]:
        """All branches, in the order they were made."""
        return tuple(
            BranchInfo(i, b.parent, b.fork, len(b.timeline), b.timeline.complete, b.how, i == self.branch)
            for i, b in enumerate(self._branches)
        )

    def switch(self, id: int) -> None:
        """Returns to a branch, to where the cursor was in it.

        Raises:
            IndexError: if there is none of this id.
        """
        if not 0 <= id < len(self._branches):
            raise IndexError(f"there is no branch {id}")
        self._branches[self.branch].cursor = self.cursor
        self.branch = id
        new = self._branches[id]
        self.program, self.source, self.timeline, self.code = new.program, new.source, new.timeline, new.code
        self._hits, self.cursor = new.hits, new.cursor
        self.breakpoints.move_to(self.code.places)
        self._visits.clear()
        for step in self.timeline.steps[: self.cursor + 1]:
            if step.event is Event.LINE:
                self._visits[step.line] += 1
        self._stopped(StopReason.STEP, self.met(self.cursor) if self.cursor >= 0 else None)

    @property
    def predicts(self) -> bool:
        """The source can go on from a changed past; a recording cannot."""
        return not getattr(self.source, "replays", False)

    def _fork(
        self,
        steps: Sequence[Step],
        how: str,
        fork: int,
        complete: bool = False,
        changed: tuple[Program, StepSource] | None = None,
    ) -> None:
        timeline = Timeline(steps)
        timeline.complete = complete
        program, source = changed or (self.program, self.source)
        code = self.code if changed is None else CodeLines(program)
        hits = Hits(code, timeline)
        self._branches.append(
            _Branch(self.branch, fork, how, timeline, program, source, code, hits, cursor=len(timeline) - 1)
        )
        self.switch(len(self._branches) - 1)

    def _must_predict(self) -> Step:
        if not self.predicts:
            raise UsageError("a recorded trace cannot go on from a changed step; predict the program with a model")
        if self.current is None:
            raise UsageError("there is no step yet; step first")
        return self.current

    # Values

    def edit(self, name: str, value: str, index: int | None = None) -> None:
        """Gives a local of a live frame another value, a repr; the prediction goes on from there.

        Args:
            name: of the local; where functions share the variable, it changes in all of them.
            value: a repr.
            index: number of the step that shows the frame, of :meth:`stack`; the innermost frame if None.

        Raises:
            KeyError: if the frame has no such local.
            UsageError: if the source only replays, or the frame does not go on from here.
        """
        self._must_predict()
        at = self.cursor if index is None else index
        steps, first = edited_steps(self.program, self.timeline, self.cursor, at, name, value)
        shown = value if len(value) <= 40 else value[:37] + "..."
        where = "" if at == self.cursor else f" in {self.timeline.steps[at].function}"
        self._fork(steps, f"{name} = {shown}{where}", first)

    def set_value(self, name: str, expression: str, inside: Sequence[str] = (), index: int | None = None) -> Evaluation:
        """Gives a local, or a part of it, the value of an expression over the current values.

        Args:
            name: of the local.
            expression: evaluated as in neuraldbg.evaluation; the repr of a record or an object is taken as it is.
            inside: labels of the part (neuraldbg.trees), from the outside in.
            index: number of the step that shows the frame, as in :meth:`edit`.

        Returns:
            what the expression gave.

        Raises:
            InputError: if it has no value. KeyError: if there is no such local or part. UsageError: as :meth:`edit`.
        """
        step = self._must_predict()
        if index is not None:
            step = self.timeline.steps[index]
        if name not in step.locals:
            raise KeyError(name)
        found = self.evaluate(expression, index)
        if not found.ok:
            tree = Tree(expression.strip())
            plain = tree.kind is TreeKind.RECORD and not tree.cut or expression.strip().startswith("<")
            if not plain:
                raise InputError(f"{expression!r} has no value here: {found.reason}")
            found = Evaluation(Kind.VALUE, expression.strip())
        assert found.text is not None
        self.edit(name, _replaced(Tree(step.locals[name]), inside, found.text), index)
        return found

    def evaluate(self, expression: str, index: int | None = None) -> Evaluation:
        """An expression over the values at step ``index`` (the cursor if None): its frame's, then the module's."""
        at = self.cursor if index is None else index
        values: Mapping[str, str] = {}
        sure: Mapping[str, float] = {}
        if at >= 0:
            values, sure = values_at(self.timeline, at)
        return evaluate(expression, values, sure, self.code.bound)

    def set_result(self, value: str) -> None:
        """Gives the current return another value, a repr.

        Raises:
            UsageError: if this is no return, or the function cannot return such a value.
        """
        step = self._must_predict()
        if step.event is not Event.RETURN:
            raise UsageError("nothing is returned here")
        self._replace_step(replace(step, value=value, confidence=Confidence()), f"returns {value[:40]}")

    # Ways

    def alternatives(self) -> tuple[Move, ...]:
        """Everything that could come instead of the current step by the rules of control; none before the first."""
        if self.cursor < 0:
            return ()
        return self._state(self.timeline.steps[: self.cursor]).legal().branches

    def choose(self, step: Step, how: str = "") -> None:
        """Replaces the current step by another one that could have come instead.

        Raises:
            UsageError: if it cannot come here, or the source only replays.
        """
        self._must_predict()
        self._replace_step(step, how or f"{step.event.value} at line {step.line}")

    def choose_line(self, line: int) -> None:
        """Goes to another line than the one that is about to run, with the same values. Raises as :meth:`choose`."""
        step = self._must_predict()
        if step.event is not Event.LINE:
            raise UsageError("no line is about to run here; step to one first")
        self._replace_step(replace(step, line=line, confidence=Confidence(), operations=()), f"goes to line {line}")

    def adopt(self, real: Trace, at: int) -> None:
        """Replaces the current step by step ``at`` of a real run, which is taken for true from here on.

        Raises:
            UsageError: if the real run's step cannot follow the known ones, or the source only replays.
            IndexError: if the real run has no such step.
        """
        self._must_predict()
        if not 0 <= at < len(real.steps):
            raise IndexError(f"the real run has no step {at}")
        try:
            self._replace_step(real.steps[at], "the real step")
        except UsageError:
            if real.origin is not Origin.RECORDED:
                raise
            # The ways differ before: then all that led there is taken from the real run too.
            self._state(real.steps[: at + 1])
            self._fork(real.steps[: at + 1], "the real steps", 0)

    def _replace_step(self, step: Step, how: str) -> None:
        steps = [*self.timeline.steps[: self.cursor], step]
        self._state(steps)
        self._fork(steps, how, self.cursor)

    def _state(self, steps: Sequence[Step]) -> ControlState:
        state = self.program.start()
        try:
            for step in steps:
                state = state.after(step)
        except IllegalStep as error:
            raise UsageError(f"this cannot come here: {error}") from error
        return state

    # Source

    def change_source(self, program: Program, source: StepSource) -> int:
        """Goes on under a changed text; returns how many steps were kept, those before the first that it touches.

        The cursor stays where it was, or goes to the last step that is kept.
        """
        kept = kept_steps(self.program, program, self.timeline.steps)
        complete = self.timeline.complete and len(kept) == len(self.timeline)
        cursor = min(self.cursor, len(kept) - 1)
        self._fork(kept, "edited source", len(kept), complete, (program, source))
        if cursor >= 0:
            self.goto(cursor)
        return len(kept)


def _replaced(tree: Tree, inside: Sequence[str], text: str) -> str:
    if not inside:
        return text
    child = tree.child(inside[0])
    if child is None:
        raise KeyError(inside[0])
    return tree.replaced(child, _replaced(child.tree(), inside[1:], text))
