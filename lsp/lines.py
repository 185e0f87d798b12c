"""What the statements of a file say about its lines: what they assign, read, decide and return."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from neuraldbg.program import Program
from neuraldbg.scopes import first_line

_BODIES = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class Line:
    """What is known of a line from the text alone.

    Attributes:
        targets: names that a statement on it assigns, in order.
        quiet: a definition or an import: its names are no news.
        reads: names that it reads.
        test: a condition or a loop's head: what is read decides where control goes.
        head: lines of that head.
        body: lines of what it leads to; None where it decides nothing.
        loop: it is the head of a loop.
        loop_targets: names that the loop binds at each turn.
        returns: it has a ``return`` with a value, or a ``yield``.
        value: of a plain assignment to one name, the expression.
    """

    targets: list[str] = field(default_factory=list)
    quiet: bool = False
    reads: set[str] = field(default_factory=set)
    test: bool = False
    head: range = range(0)
    body: range | None = None
    loop: bool = False
    loop_targets: tuple[str, ...] = ()
    returns: bool = False
    value: ast.expr | None = None


def read_lines(program: Program) -> Mapping[int, Line]:
    """Every line at which a statement stands or goes on."""
    out: dict[int, Line] = {}
    for node in program.nodes:
        if isinstance(node, ast.stmt):
            _read(node, out)
    return out


def _read(node: ast.stmt, out: dict[int, Line]) -> None:
    heads = list(_head(node))
    first = node.lineno
    last = max([first, *(getattr(head, "end_lineno", None) or first for head in heads)])
    line = out.setdefault(first, Line())
    inside = [n for h in heads for n in ast.walk(h)]
    reads = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if isinstance(node, _Definition | ast.Import | ast.ImportFrom):
        line.quiet = True
        return
    for number in range(first, last + 1):
        out.setdefault(number, Line()).reads |= reads
    stored = [n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        line.reads.add(node.target.id)
    # Names that comprehensions bind are their own.
    own = {
        n.id for c in inside if isinstance(c, ast.comprehension) for n in ast.walk(c.target) if isinstance(n, ast.Name)
    }
    for name in stored:
        if name not in own and name not in line.targets:
            line.targets.append(name)
    _decisions(node, line, range(first, last + 1), out)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        line.value = node.value
    line.returns |= isinstance(node, ast.Return) and node.value is not None
    line.returns |= any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in inside)


def _decisions(node: ast.stmt, line: Line, head: range, out: dict[int, Line]) -> None:
    if isinstance(node, (ast.If, ast.While, ast.For, ast.AsyncFor, ast.Match, ast.Assert)):
        for number in head:
            out[number].test = True
    if isinstance(node, (ast.If, ast.While, ast.For, ast.AsyncFor)):
        body = range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1)
        decides = not (isinstance(node, ast.While) and isinstance(node.test, ast.Constant))
        if isinstance(node, (ast.For, ast.AsyncFor)):
            line.loop_targets = tuple(line.targets)
        line.loop = not isinstance(node, ast.If)
        for number in head:
            out[number].head = head
            if decides:
                out[number].body = body


def _head(node: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement that run on its own lines."""
    for name in node._fields:
        value = getattr(node, name)
        if name in _BODIES:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and not isinstance(part, ast.stmt):
                yield part


def scope_lines(program: Program) -> Mapping[int, str]:
    """Line -> qualified name of the innermost function or class body around it; lines of none are left out."""
    out: dict[int, str] = {}

    def visit(nodes: Iterable[ast.AST], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = prefix + node.name
                start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                out.update(dict.fromkeys(range(start, (node.end_lineno or start) + 1), name))
                visit(node.body, f"{name}.<locals>.")
            elif isinstance(node, ast.ClassDef):
                body = range(min(map(first_line, node.body)), (node.end_lineno or node.lineno) + 1)
                out.update(dict.fromkeys(body, prefix + node.name))
                visit(node.body, f"{prefix}{node.name}.")
            else:
                visit(ast.iter_child_nodes(node), prefix)

    visit(program.tree.body, "")
    return out


def dead_blocks(program: Program, code: Set[int], dead: Set[int]) -> list[range]:
    """Lines of statements none of which is reached, neighbours together; their last lines count.

    Args:
        program: the file.
        code: lines with code of the function in question.
        dead: those of them that are not reached.
    """
    out: list[range] = []

    def visit(body: Sequence[ast.stmt]) -> None:
        block: list[int] = []
        for node in body:
            first, last = first_line(node), node.end_lineno or node.lineno
            own = code & set(range(first, last + 1))
            if own <= dead and (own or block):
                block = [block[0] if block else first, last]
                continue
            if block:
                out.append(range(block[0], block[1] + 1))
                block = []
            for field_name in _BODIES:
                inner = getattr(node, field_name, ())
                visit([n for n in inner if isinstance(n, ast.stmt)])
                for part in inner:
                    visit(part.body if isinstance(part, (ast.ExceptHandler, ast.match_case)) else ())
        if block:
            out.append(range(block[0], block[1] + 1))

    visit(program.tree.body)
    return out


def only_defines(tree: ast.Module) -> bool:
    """True where module level does no more than define, import and document."""
    return not any(does_something(node) for node in tree.body)


def does_something(node: ast.stmt) -> bool:
    """False for definitions, imports, documentation and what only type checkers read."""
    return not (
        isinstance(node, _Definition | ast.Import | ast.ImportFrom | ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.AnnAssign) and node.value is None)
        or (isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"))
    )
