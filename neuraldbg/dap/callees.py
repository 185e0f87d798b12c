"""The calls that stand on a line, for *step into target*: read from the text, by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from neuraldbg.program import Program

_LONGEST = 60  # characters of a call as it is shown
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)  # what stands inside runs another time


@dataclass(frozen=True, slots=True)
class Callee:
    """One call.

    Attributes:
        text: as it is written.
        functions: qualified names of the functions of the file that it may enter.
    """

    text: str
    functions: frozenset[str]


def callees_on(program: Program, line: int) -> tuple[Callee, ...]:
    """The calls on a line that may enter functions of the file, in the order in which they are made."""
    statement = _statement(program, line)
    if statement is None:
        return ()
    calls = [c for c in _calls(statement) if c.lineno <= line <= (c.end_lineno or c.lineno)]
    calls.sort(key=lambda c: (c.end_lineno or 0, c.end_col_offset or 0))
    found = []
    for call in calls:
        functions = _functions(program, call.func)
        if functions:
            text = " ".join(ast.unparse(call).split())
            found.append(Callee(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…", functions))
    return tuple(found)


def _statement(program: Program, line: int) -> ast.stmt | None:
    """The innermost statement on a line."""
    on = [n for n in program.nodes if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or n.lineno)]
    return max(on, key=lambda n: n.lineno, default=None)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        yield node
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, _LATER):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _calls(child)


def _functions(program: Program, func: ast.expr) -> frozenset[str]:
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    own = program.functions()
    direct = {q for q in own if q.rpartition(".")[2] == name}
    made = {f"{q}.__init__" for q in _classes(program) if q.rpartition(".")[2] == name}
    return frozenset(direct | (made & own.keys()))


def _classes(program: Program) -> Iterator[str]:
    return (q.rpartition(".")[0] for q in program.functions() if q.endswith(".__init__"))
