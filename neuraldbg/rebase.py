"""Which predicted steps outlive an edit of the source: those before the first one that the edit touches.

Statements of the old and the new text are matched by what they say (difflib), not by where they stand; a step is
touched when the statement it stops at has changed, or, where the module's level ran unseen before the trace, when it
reads a name that changed there. Steps that control cannot take any more in the new text are not kept either.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neuraldbg.control import IllegalStep
from neuraldbg.scopes import first_line
from neuraldbg.steps import Event, Step

if TYPE_CHECKING:
    from neuraldbg.program import Program

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Unit:
    """A statement, or the head of one that has a body."""

    function: str
    outside: bool  # of every function: it ran before the trace of a function's call began
    says: str
    first: int
    last: int
    reads: frozenset[str]
    binds: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        return self.function, self.says


def _units(node: ast.AST, function: str = "<module>", prefix: str = "", outside: bool = True) -> Iterator[_Unit]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            continue
        yield _unit(child, function, outside)
        if isinstance(child, _Function):
            yield from _units(child, prefix + child.name, f"{prefix}{child.name}.<locals>.", False)
        elif isinstance(child, ast.ClassDef):
            yield from _units(child, prefix + child.name, f"{prefix}{child.name}.", outside)
        else:
            yield from _units(child, function, prefix, outside)


def _unit(node: ast.stmt | ast.ExceptHandler | ast.match_case, function: str, outside: bool) -> _Unit:
    head = [getattr(node, name) for name in node._fields if name not in _BODIES]
    parts = [p for value in head for p in (value if isinstance(value, list) else [value])]
    trees = [p for p in parts if isinstance(p, ast.AST)]
    says = f"{type(node).__name__} " + " ".join(ast.dump(p) if isinstance(p, ast.AST) else repr(p) for p in parts)
    lines = [n.lineno for p in trees for n in ast.walk(p) if isinstance(n, (ast.expr, ast.arg, ast.keyword))]
    first = first_line(node) if isinstance(node, ast.stmt) else getattr(node, "lineno", min(lines, default=0))
    last = max((n.end_lineno or 0 for p in trees for n in ast.walk(p) if isinstance(n, ast.expr)), default=first)
    last = max(first, last, getattr(node, "lineno", first))
    inside = [n for p in trees for n in ast.walk(p)]
    names = {n.id for n in inside if isinstance(n, ast.Name)} | {n.attr for n in inside if isinstance(n, ast.Attribute)}
    binds = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    binds |= {n.attr for n in inside if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    binds |= {(n.asname or n.name).partition(".")[0] for n in inside if isinstance(n, ast.alias)}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        binds.add(node.name)
    return _Unit(function, outside, says, first, last, frozenset(names), frozenset(binds))


def kept_steps(old: Program, new: Program, steps: Sequence[Step]) -> list[Step]:
    """The steps that the new text also takes, with their lines moved; up to the first one that the edit touches."""
    if (old.entry, old.call, old.args) != (new.entry, new.call, new.args):
        return []
    lines = _line_map(old, new)
    kept: list[Step] = []
    state = new.start()
    for step in steps:
        # The module is entered at line 1, whatever stands there.
        line = step.line if step.event is Event.CALL and step.function == "<module>" else lines.get(step.line)
        if line is None:
            break
        moved = step if line == step.line else replace(step, line=line)
        try:
            state = state.after(moved)
        except IllegalStep:
            break
        kept.append(moved)
    return kept


def _line_map(old: Program, new: Program) -> dict[int, int]:
    """Old line -> new line, for lines of which no statement is touched."""
    before, after = list(_units(old.tree)), list(_units(new.tree))
    matcher = difflib.SequenceMatcher(None, [u.key for u in before], [u.key for u in after], autojunk=False)
    partner = {a + i: b + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}
    changed = [u for i, u in enumerate(before) if i not in partner]
    changed += [u for i, u in enumerate(after) if i not in set(partner.values())]
    touched = frozenset(n for u in changed if u.outside and old.call is not None for n in (u.binds or {"*"}))
    everything = "*" in touched or any(name.startswith("__") for name in touched)
    lines: dict[int, int] = {}
    gone: set[int] = set()
    for i, unit in enumerate(before):
        own = range(unit.first, unit.last + 1)
        other = after[partner[i]] if i in partner else None
        if other is None or everything or unit.reads & touched or not _same_shape(old, new, unit, other):
            gone.update(own)
            continue
        for line in own:
            moved = line - unit.first + other.first
            if lines.setdefault(line, moved) != moved:
                gone.add(line)
    return {line: moved for line, moved in lines.items() if line not in gone}


def _same_shape(old: Program, new: Program, one: _Unit, other: _Unit) -> bool:
    """Its parts stand on the same lines of the statement; what it says is the same already."""
    if one.first == one.last and other.first == other.last:
        return True
    texts = [
        [line.strip() for line in program.lines[unit.first - 1 : unit.last]]
        for program, unit in ((old, one), (new, other))
    ]
    return texts[0] == texts[1]
