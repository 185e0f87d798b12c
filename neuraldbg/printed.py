"""What a program prints as far as its ``print`` calls can be followed, and the traceback of a predicted exception.

A line that is about to run and then has run, in the same activation, prints what the ``print`` statements on it say,
their arguments evaluated over the values before it. What cannot be told is shown as such.

Not covered: other ways to write, of which ``Prints.others`` warns, and a line that an exception leaves in the middle.
"""

from __future__ import annotations

import ast
import copy
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuraldbg.evaluation import Evaluation, Kind, evaluate
from neuraldbg.hits import CodeLines, exception_name, values_at
from neuraldbg.literals import Opaque, read_value
from neuraldbg.steps import Event, Step
from neuraldbg.timeline import Timeline

if TYPE_CHECKING:
    from neuraldbg.program import Program

UNKNOWN_LEFT, UNKNOWN_RIGHT = "⟨", "⟩"  # around what cannot be told


@dataclass(frozen=True, slots=True)
class Printed:
    """What one ``print`` wrote.

    Attributes:
        index: number of the step at whose line it stands.
        text: with the end; what is not known reads ``⟨expression⟩``.
        known: all of it is known.
        stderr: it went to ``sys.stderr``.
        confidence: of the least confident value in it; None if nothing was predicted.
    """

    index: int
    text: str
    known: bool
    stderr: bool
    confidence: float | None


class Prints:
    """Follows the prints of a program.

    Args:
        code: of the program.

    Attributes:
        others: the program also writes in ways that are not followed, or sends its prints elsewhere, or binds the name.
    """

    def __init__(self, code: CodeLines) -> None:
        self.code = code
        self._calls: Mapping[int, list[ast.Call]] = _print_calls(code.program.tree)
        self._shared = _shared_lines(code.program.tree)
        self._timeline: Timeline | None = None
        self._done: list[tuple[int, Printed]] = []
        self._looked = 0
        self._usable = "print" not in code.bound
        self.others = not self._usable or _writes_otherwise(code.program.tree, self._calls)

    def upto(self, timeline: Timeline, index: int) -> list[Printed]:
        """What has been written when step ``index`` comes up, in order; work already done for this timeline is kept."""
        if not self._usable or not self._calls:
            return []
        if timeline is not self._timeline:
            self._timeline, self._done, self._looked = timeline, [], 0
        for after in range(self._looked, index + 1):
            here = _passed_line(timeline, after)
            if here is not None:
                for call in self._calls.get(timeline.steps[here].line, ()):
                    self._done.append((after, self._print(timeline, here, after, call)))
        self._looked = max(self._looked, index + 1)
        return [printed for _, printed in self._done[: bisect_right(self._done, index, key=lambda pair: pair[0])]]

    def _results(self, timeline: Timeline, here: int, after: int, call: ast.Call) -> tuple[ast.Call, dict[str, str]]:
        """The call with calls of the program's functions replaced by what they returned, and names for that."""
        depth = timeline.steps[here].depth + 1
        inside = [timeline.steps[i] for i in range(here + 1, after)]
        results = [s for s in inside if s.depth == depth and s.event is Event.RETURN]
        changer = _Substitute([(s.function, s.value or "None") for s in results])
        changed = changer.visit(copy.deepcopy(call)) if results else call
        return (changed, changer.values) if not changer.left and changer.fits else (call, {})

    def _print(self, timeline: Timeline, index: int, after: int, call: ast.Call) -> Printed:
        if call.lineno in self._shared:
            return Printed(index, f"{UNKNOWN_LEFT}{ast.unparse(call)}{UNKNOWN_RIGHT}\n", False, False, None)
        values, sure = values_at(timeline, index)
        call, results = self._results(timeline, index, after, call)
        values.update(results)
        found: list[Evaluation] = []

        def text(node: ast.expr) -> str:
            source = ast.unparse(node)
            result = evaluate(source, values, sure, self.code.bound)
            found.append(result)
            shown = _shown(result)
            return f"{UNKNOWN_LEFT}{source}{UNKNOWN_RIGHT}" if shown is None else shown

        known = True
        options: dict[str, str] = {"sep": " ", "end": "\n"}
        stderr = False
        for keyword in call.keywords:
            if keyword.arg in options:
                if not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None):
                    options[keyword.arg] = text(keyword.value)
            elif keyword.arg == "file":
                where = ast.unparse(keyword.value)
                stderr = where == "sys.stderr"
                known &= where in ("sys.stderr", "sys.stdout", "None")
            elif keyword.arg != "flush":
                known = False
        parts: list[str] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                parts += self._starred(argument, values, sure, found) or [text(argument.value)]
            else:
                parts.append(text(argument))
        known &= all(_shown(result) is not None for result in found if not isinstance(result.value, list))
        line = options["sep"].join(parts) + options["end"]
        sureness = [r.confidence for r in found if r.confidence is not None]
        return Printed(index, line, known, stderr, min(sureness, default=None))

    def _starred(
        self, node: ast.Starred, values: Mapping[str, str], sure: Mapping[str, float], found: list[Evaluation]
    ) -> list[str]:
        result = evaluate(f"[str(_) for _ in {ast.unparse(node.value)}]", values, sure, self.code.bound)
        if not result.ok:
            return []
        found.append(result)
        return [str(item) for item in result.value]


def _shown(result: Evaluation) -> str | None:
    """``str`` of a value as ``print`` writes it; None where it is not known."""
    if result.kind is not Kind.VALUE or isinstance(result.value, Opaque):
        return None
    if isinstance(result.value, str):
        return result.value
    again = evaluate("str(_)", {"_": result.text or ""})
    return again.value if again.ok else None


def _print_calls(tree: ast.Module) -> dict[int, list[ast.Call]]:
    """First line of a statement -> its ``print(...)``, for statements that are one."""
    out: dict[int, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Name) and function.id == "print":
                out.setdefault(node.lineno, []).append(node.value)
    return out


def _shared_lines(tree: ast.Module) -> frozenset[int]:
    """Lines on which a statement with a body begins together with what is in it: who knows whether that ran."""
    bodies = (n for n in ast.walk(tree) if isinstance(getattr(n, "body", None), list) and isinstance(n, ast.stmt))
    return frozenset(n.lineno for n in bodies if any(s.lineno == n.lineno for s in getattr(n, "body", ())))


_WRITERS = frozenset(
    "input write writelines stdout redirect_stdout pprint pp logging print_exc warn breakpoint".split()
)


def _writes_otherwise(tree: ast.Module, calls: Mapping[int, list[ast.Call]]) -> bool:
    followed = {id(call.func) for found in calls.values() for call in found}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and (node.id in _WRITERS or (node.id == "print" and id(node) not in followed)):
            return True
        if isinstance(node, ast.Attribute) and node.attr in _WRITERS:
            return True
    return False


class _Substitute(ast.NodeTransformer):
    """Replaces calls, in the order they return, by names of their results."""

    def __init__(self, results: list[tuple[str, str]]) -> None:
        self.left, self.fits = results[::-1], True
        self.values: dict[str, str] = {}

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if not self.left or self.left[-1][0].rpartition(".")[2] != name:
            return node
        result = f"_result_{len(self.values)}"
        self.values[result] = self.left.pop()[1]
        return ast.Name(result, ast.Load())

    def _repeats(self, node: ast.AST) -> ast.AST:
        self.fits = False  # how often its calls are made is not known from the text
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_Lambda = visit_IfExp = _repeats
    visit_BoolOp = _repeats


def _passed_line(timeline: Timeline, after: int) -> int | None:
    """The line stop that has run to its end when step ``after`` comes up in the same activation."""
    before = timeline.previous[after]
    if before < 0 or timeline.steps[after].event is Event.EXCEPTION or timeline.steps[before].event is not Event.LINE:
        return None
    return before


# -- tracebacks ------------------------------------------------------------------------------------------------------


def exception_text(value: str | None) -> str:
    """The last line of a traceback, from an exception's repr: ``ValueError('x')`` reads ``ValueError: x``."""
    text = value or "Exception()"
    name, bracket, rest = text.partition("(")
    if not bracket or not rest.endswith(")"):
        return text
    inside = rest[:-1].removesuffix(",")
    if not inside:
        return name
    one = read_value(inside)
    if isinstance(one, Opaque):
        several = read_value(f"({inside})")
        return f"{name}: {several!r}" if isinstance(several, tuple) else f"{name}: {inside}"
    shown = one if isinstance(one, str) and exception_name(text) != "KeyError" else repr(one)
    return f"{name}: {shown}"


def traceback_text(program: Program, timeline: Timeline, index: int) -> str:
    """Python's own traceback of the exception at step ``index``: from the entry's frame to where it was raised.

    Not covered: causes and contexts, the marks under expressions, frames of other files.
    """
    raised = raised_at(timeline, index)
    frames = [(s.line, s.function) for s in _chain(timeline, raised)]
    lines = ["Traceback (most recent call last):"]
    for line, function in frames:
        lines.append(f'  File "{program.filename}", line {line}, in {function.rpartition(".")[2]}')
        source = program.lines[line - 1].strip() if 0 < line <= len(program.lines) else ""
        if source:
            lines.append(f"    {source}")
    return "\n".join([*lines, exception_text(timeline.steps[index].value)])


def raised_at(timeline: Timeline, index: int) -> int:
    """The step that first shows the exception that step ``index`` shows."""
    steps = timeline.steps
    while True:
        step = steps[index]
        # The callee may have gone through handlers on the way, without a second step where it raised again.
        callee = range(index - 1, timeline.previous[index], -1)
        found = (i for i in callee if steps[i].event is Event.EXCEPTION and steps[i].depth == step.depth + 1)
        below = next((i for i in found if steps[i].value == step.value), None)
        if below is None:
            return index
        index = below


def _chain(timeline: Timeline, index: int) -> list[Step]:
    """The frames at a step, the entry's first."""
    return [timeline.steps[frame.index] for frame in reversed(timeline.stack(index))]
