"""The loops of a program, and where their turns begin in a timeline.

A turn begins where the first line of the loop's body comes up to run. A loop that stands in one line begins a turn
whenever that line comes up. Comprehensions are part of their line (docs/schema.md) and no loops here; a generator that
yields has left its loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from neuraldbg.scopes import first_line
from neuraldbg.steps import Event
from neuraldbg.timeline import Timeline

_Loop = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True, slots=True)
class Loop:
    """A ``for`` or ``while`` statement.

    Attributes:
        function: qualified name of the code it stands in.
        first, last: its lines, without the ``else``.
        body: first line of the body that has code; ``first`` if the loop stands in one line.
        tested: a head that comes up before every turn; false for ``while True``.
        inner: lines of the body's first statement if that is a loop itself.
    """

    function: str
    first: int
    last: int
    body: int
    tested: bool
    inner: range

    def holds(self, line: int) -> bool:
        """True if the line is part of the loop."""
        return self.first <= line <= self.last

    def begins_turn(self, timeline: Timeline, index: int) -> bool:
        """True if a turn of this loop begins at step ``index``, which must be of the loop's function."""
        step = timeline.steps[index]
        if step.event is not Event.LINE or step.line != self.body:
            return False
        if self.body == self.first:
            return True
        before = next((i for i in timeline.earlier_stops(index) if timeline.steps[i].event is not Event.EXCEPTION), -1)
        line = timeline.steps[before].line if before >= 0 else 0
        return self.first <= line < self.body if self.tested else line not in self.inner

    def turn(self, timeline: Timeline, index: int) -> list[int]:
        """Steps up to and with ``index`` at which the turns of the loop's present run began, in order."""
        begins = [index] if self.begins_turn(timeline, index) else []
        for i in timeline.earlier_stops(index):
            if not self.holds(timeline.steps[i].line):
                break
            if self.begins_turn(timeline, i):
                begins.append(i)
        return begins[::-1]


def find_loops(tree: ast.Module, with_code: Iterable[int]) -> tuple[Loop, ...]:
    """All loops of a file, outer before inner.

    Args:
        tree: of the file.
        with_code: lines that have code.
    """
    return tuple(_loops(tree, "<module>", "", frozenset(with_code)))


def _loops(node: ast.AST, function: str, prefix: str, with_code: frozenset[int]) -> Iterator[Loop]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _loops(child, prefix + child.name, f"{prefix}{child.name}.<locals>.", with_code)
        elif isinstance(child, ast.ClassDef):
            yield from _loops(child, prefix + child.name, f"{prefix}{child.name}.", with_code)
        else:
            if isinstance(child, _Loop):
                yield _loop(child, function, with_code)
            yield from _loops(child, function, prefix, with_code)


def _loop(node: _Loop, function: str, with_code: frozenset[int]) -> Loop:
    first = next((s for s in node.body if first_line(s) in with_code), node.body[0])
    last = node.body[-1].end_lineno or node.lineno
    tested = not (isinstance(node, ast.While) and isinstance(node.test, ast.Constant))
    inner = range(0)
    if isinstance(first, _Loop):
        inner = range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return Loop(function, node.lineno, last, first_line(first), tested, inner)


def around(loops: Iterable[Loop], timeline: Timeline, index: int) -> Loop | None:
    """The smallest loop around step ``index``; one that is only about to be entered gives way to one around it."""
    step = timeline.steps[index]
    found = [loop for loop in loops if loop.function == step.function and loop.holds(step.line)]
    found.sort(key=lambda loop: loop.last - loop.first)
    while len(found) > 1:
        before = timeline.previous[index]
        if step.line >= found[0].body > found[0].first or before < 0 or found[0].holds(timeline.steps[before].line):
            break
        del found[0]
    return found[0] if found else None
