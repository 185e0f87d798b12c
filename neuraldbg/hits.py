"""Which breakpoints a step meets. A breakpoint's meetings are numbered from the start of the trace, so that what stops
going forwards stops going backwards too, however the cursor came here.
"""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING

from neuraldbg.breakpoints import RAISED, UNCAUGHT, Breakpoint, BreakpointKind, Places, accepts_count, names_function
from neuraldbg.evaluation import Evaluation, interpolate, test_condition
from neuraldbg.loops import Loop, find_loops
from neuraldbg.steps import Event, Step
from neuraldbg.stops import Failure, Hit, LogLine
from neuraldbg.timeline import Timeline

if TYPE_CHECKING:
    from neuraldbg.program import Program

MODULE = "<module>"


class CodeLines:
    """What the verbs need to know of a program's text, worked out once."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def entries(self) -> frozenset[tuple[str, int]]:
        """Qualified name and ``def`` line of every function that has a name."""
        functions = self.program.functions().values()
        return frozenset((f.qualname, f.line) for f in functions if not f.qualname.endswith("<lambda>"))

    @cached_property
    def breakable(self) -> frozenset[int]:
        """Lines that have code, so that a breakpoint there can be hit."""
        return frozenset(line for _, line in self.entries) | _lines(self.program.code, True)

    @cached_property
    def traced(self) -> frozenset[int]:
        """Lines a trace of this entry can show: with a function entry, the module level has run before, unseen."""
        if self.program.call is None:
            return self.breakable
        return frozenset(line for f in self.program.functions().values() for line in _lines(f.code, False))

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """All loops."""
        return find_loops(self.program.tree, self.breakable)

    @cached_property
    def names(self) -> Mapping[str, frozenset[str]]:
        """Names of the locals of each piece of code, by its qualified name."""
        program = self.program
        out: dict[str, frozenset[str]] = {}
        for code in program.machine.codes:
            out[code.co_qualname] = out.get(code.co_qualname, frozenset()) | frozenset(program.visible(code))
        return out

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that the module binds by ``def``, ``class``, ``import`` or otherwise."""
        return frozenset(self.program.code.co_names) & _bound_names(self.program.tree)

    @cached_property
    def places(self) -> Places:
        """Where breakpoints can be."""
        return Places(self.breakable, frozenset({*self.program.functions(), MODULE}), self.names)

    @cached_property
    def bases(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the bases of every class of the file, without their modules."""
        classes = (node for node in self.program.nodes if isinstance(node, ast.ClassDef))
        return {c.name: tuple(ast.unparse(b).rpartition(".")[2] for b in c.bases) for c in classes}


def _lines(code: CodeType, nested: bool) -> frozenset[int]:
    found, waiting = set[int](), [code]
    while waiting:
        code = waiting.pop()
        # The first instruction of a function belongs to its def line, where only a call stops.
        found |= {line for _, _, line in code.co_lines() if line and (nested or line != code.co_firstlineno)}
        if nested:
            waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(found)


def _bound_names(tree: ast.Module) -> frozenset[str]:
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            out.add(node.name)
        elif isinstance(node, ast.alias):
            out.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            out.add(node.id)
    return frozenset(out)


@dataclass(slots=True)
class Meeting:
    """What is met at one step.

    Attributes:
        hits: breakpoints that stop here.
        logs: what log points say here.
        failures: conditions that cannot be told here; their breakpoints stop.
    """

    hits: list[Hit] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def stops(self) -> bool:
        """A verb ends here."""
        return bool(self.hits or self.failures)


@dataclass(slots=True)
class _Counted:
    """Meetings of one breakpoint so far: numbers of the steps, and how many steps were looked at."""

    indices: list[int] = field(default_factory=list)
    looked: int = 0


def exception_name(value: str | None) -> str:
    """The name of the type in an exception's repr, without its module."""
    return (value or "").partition("(")[0].strip().lstrip("<").rpartition(".")[2].split(" ")[0]


def values_at(timeline: Timeline, index: int) -> tuple[dict[str, str], dict[str, float]]:
    """Names that an expression at step ``index`` can use, with their probabilities: the frame's, then the module's."""
    names: dict[str, str] = {}
    sure: dict[str, float] = {}
    here = index
    while here >= 0:
        step = timeline.steps[here]
        if here == index or step.function == MODULE:
            names = {**step.locals, **names}
            sure = {**{n: p for n, p in timeline.sure[here].items() if n not in sure}, **sure}
        here = timeline.caller[here]
    return names, {n: p for n, p in sure.items() if n in names}


class Hits:
    """Decides which breakpoints are met, for one timeline.

    Args:
        code: of the program.
        timeline: the steps.
    """

    def __init__(self, code: CodeLines, timeline: Timeline) -> None:
        self.code, self.timeline = code, timeline
        self._counted: dict[Breakpoint, _Counted] = {}

    def at(self, breakpoints: tuple[Breakpoint, ...], index: int) -> Meeting:
        """What is met at step ``index``."""
        meeting = Meeting()
        for b in breakpoints:
            if b.enabled and b.verified and self._is_at(b, index):
                self._meet(b, index, meeting)
        return meeting

    def _meet(self, b: Breakpoint, index: int, meeting: Meeting) -> None:
        told = self._told(b, index)
        if told is not None and not told.ok:
            meeting.failures.append(Failure(b.id, index, f"condition {b.condition!r}: {told.reason}"))
            return
        if told is not None and not told.value:
            return
        count = self._count(b, index) if b.hits.strip() else 0
        if count and not accepts_count(b.hits, count):
            return
        if b.log:
            meeting.logs.append(LogLine(b.id, index, self.message(b.log, index)))
        else:
            meeting.hits.append(Hit(b.id, count, None if told is None else told.confidence))

    def message(self, text: str, index: int) -> str:
        """A log point's message at step ``index``."""
        return interpolate(text, *values_at(self.timeline, index), shadowed=self.code.bound)

    def _told(self, b: Breakpoint, index: int) -> Evaluation | None:
        if not b.condition:
            return None
        values, sure = values_at(self.timeline, index)
        step = self.timeline.steps[index]
        if step.value is not None and b.kind is BreakpointKind.EXCEPTION:
            values = {**values, "__exception__": step.value}
        return test_condition(b.condition, values, sure, self.code.bound)

    def _count(self, b: Breakpoint, index: int) -> int:
        """Which meeting of ``b`` the one at step ``index`` is; those whose condition fails to be told do not count."""
        counted = self._counted.setdefault(replace(b, hits="", log="", id=0), _Counted())
        for i in range(counted.looked, index + 1):
            if self._is_at(b, i):
                told = self._told(b, i)
                if told is None or (told.ok and told.value):
                    counted.indices.append(i)
        counted.looked = max(counted.looked, index + 1)
        return bisect_left(counted.indices, index) + 1

    def _is_at(self, b: Breakpoint, index: int) -> bool:
        """Whether step ``index`` is a place of ``b``, whatever its conditions."""
        step = self.timeline.steps[index]
        match b.kind:
            case BreakpointKind.LINE:
                # A resumed generator also stops at a call, at its yield: no hit, since the line has run already.
                entered = step.event is Event.CALL and (step.function, step.line) in self.code.entries
                return step.line == b.actual and (step.event is Event.LINE or entered)
            case BreakpointKind.FUNCTION:
                return step.event is Event.CALL and names_function(b.function, step.function) and self._enters(step)
            case BreakpointKind.CHANGE:
                where = not b.function or names_function(b.function, step.function)
                return where and b.name in self.timeline.changed(index)
        return step.event is Event.EXCEPTION and self._is_raised(b, index, step)

    def _enters(self, step: Step) -> bool:
        function = self.code.program.functions().get(step.function)
        resumed = function is not None and step.line != function.line
        return not resumed or (step.function, step.line) in self.code.entries

    def _is_raised(self, b: Breakpoint, index: int, step: Step) -> bool:
        name = exception_name(step.value)
        if b.exceptions and not any(self._is_kind(name, wanted.rpartition(".")[2]) for wanted in b.exceptions):
            return False
        if b.mode == UNCAUGHT:
            over = self.timeline.complete and index == len(self.timeline) - 1
            return over and not (step.value or "").startswith(("SystemExit(0)", "SystemExit()", "SystemExit(None)"))
        assert b.mode == RAISED
        before = self.timeline.steps[index - 1] if index else step
        comes_up = before.event is Event.EXCEPTION and before.depth > step.depth and before.value == step.value
        return not comes_up

    def _is_kind(self, name: str, wanted: str) -> bool:
        """Whether an exception type is or derives from another, by what the file and the builtins say."""
        waiting, seen = [name], {name}
        while waiting:
            kind = waiting.pop()
            if kind == wanted:
                return True
            known = getattr(builtins, kind, None)
            bases = self.code.bases.get(kind, ())
            if not bases and isinstance(known, type):
                bases = tuple(base.__name__ for base in known.__bases__)
            waiting += [base for base in bases if base not in seen]
            seen.update(bases)
        return False
