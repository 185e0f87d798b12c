"""One predicted run as the editor shows it: its steps, what they say about each line, and how old that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from neuraldbg.compare import Comparison
from neuraldbg.hits import CodeLines
from neuraldbg.loops import Loop
from neuraldbg.lsp.doubt import Doubts
from neuraldbg.lsp.facts import Fact, collect
from neuraldbg.lsp.lines import Line, dead_blocks, read_lines, scope_lines
from neuraldbg.lsp.predictions import State
from neuraldbg.program import MODULE, Program
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace
from neuraldbg.timeline import Timeline


@dataclass(frozen=True)
class Reading:
    """What is known of a program's text; worked out once for all its runs."""

    program: Program

    @cached_property
    def lines(self) -> Mapping[int, Line]:
        """By number."""
        return read_lines(self.program)

    @cached_property
    def scopes(self) -> Mapping[int, str]:
        """Line -> function or class body around it."""
        return scope_lines(self.program)

    @cached_property
    def code(self) -> CodeLines:
        """Lines with code, loops."""
        return CodeLines(self.program)


class Run:
    """Steps of one call, or of the whole file.

    Args:
        reading: of the program, whose entry is this call.
        steps: known so far.
        threshold: probabilities below are unsure.

    Attributes:
        timeline: the steps.
        state: how far it is.
        origin: of the steps; recorded ones after the truth was adopted.
        comparison: with a real run, if there was one of this very text.
        problem: why it failed, one line.
        others: number of a step -> what it could have been instead with the probabilities, where that was asked.
    """

    def __init__(self, reading: Reading, steps: Sequence[Step] = (), threshold: float = 0.5) -> None:
        self.reading = reading
        self.program = reading.program
        self.timeline = Timeline(steps)
        self.state = State.RUNNING
        self.origin = Origin.PREDICTED
        self.comparison: Comparison | None = None
        self.problem = ""
        self.others: dict[int, Sequence[tuple[Step, float]]] = {}
        self.doubts = Doubts(self.timeline, reading.lines, threshold)
        self._facts: list[Fact] = []
        self._facts_of = 0  # steps that they are of
        self._reaches: frozenset[str] = frozenset()
        self._reached_of = 0

    @property
    def function(self) -> str:
        """Qualified name of the entry."""
        return self.program.entry

    @property
    def call(self) -> str | None:
        """The call, None for the file."""
        return self.program.call

    @property
    def title(self) -> str:
        """The call, or the name of the file."""
        return self.program.call or self.program.filename.replace("\\", "/").rpartition("/")[2]

    def extend(self, steps: Sequence[Step]) -> None:
        """Adds steps."""
        for step in steps:
            self.timeline.append(step)

    @property
    def facts(self) -> Sequence[Fact]:
        """All facts of the steps known so far."""
        self._facts += collect(self.timeline, self.reading.lines, self.doubts, self._facts_of)
        self._facts_of = len(self.timeline)
        return self._facts

    @property
    def reaches(self) -> frozenset[str]:
        """Functions that its steps enter."""
        new = self.timeline.steps[self._reached_of :]
        self._reaches |= {s.function for s in new if s.event is Event.LINE}
        self._reached_of += len(new)
        return self._reaches

    @property
    def sure_to_the_end(self) -> bool:
        """Complete, and nothing that decides its way is doubtful."""
        self.doubts.extend()
        return self.state is State.COMPLETE and not (self.doubts.path and self.doubts.path[-1])

    def unreached(self, function: str) -> list[range]:
        """Lines of statements of a function that the run enters, at none of which it stops."""
        if function not in self.reaches:
            return []
        own = self.reading.scopes
        # A def is run by the level around it.
        heads = {f.line for f in self.program.functions().values()}
        code = {n for n in self.reading.code.traced if own.get(n, MODULE) == function and n not in heads}
        return dead_blocks(self.program, code, code - self.timeline.reached.keys())

    def turns(self, loop: Loop) -> list[int]:
        """Numbers of the steps at which turns of a loop begin, all its runs together."""
        steps = self.timeline.steps
        found = (i for i in range(len(steps)) if steps[i].function == loop.function and steps[i].line == loop.body)
        return [i for i in found if loop.begins_turn(self.timeline, i)]

    def in_turn(self, fact: Fact, loop: Loop, turns: Sequence[int], number: int) -> bool:
        """A fact is of turn ``number`` (1 the first) of a loop, or of no turn of it."""
        if fact.function != loop.function or not loop.holds(fact.line):
            return True
        begin = turns[number - 1]
        end = turns[number] if number < len(turns) else len(self.timeline)
        head = loop.first <= fact.line < loop.body
        return fact.index == begin if head else begin <= fact.before < end

    def trace(self) -> Trace:
        """The run as a trace."""
        steps = list(self.timeline.steps)
        outcome = Outcome.STOPPED
        if self.state is State.COMPLETE:
            raised = bool(steps) and steps[-1].event is Event.EXCEPTION
            outcome = Outcome.RAISED if raised else Outcome.RETURNED
        elif self.state is State.CUT:
            outcome = Outcome.STEP_LIMIT
        program = self.program
        return Trace(program.filename, program.source, program.entry, self.origin, steps, outcome, program.call)
