"""Small changes to the code of a program: one operator, constant, method, condition or bound, or all its names.

Changes are made in the syntax tree and keep it valid; whether the program still does something sensible is not asked,
since a wrong program has a trace as well.
"""

from __future__ import annotations

import ast
import builtins
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from neuraldbg.syntax import walk
from neuraldbg.training.data.naming import POOLS, Names

Rng = random.Random

#: methods that take the same arguments, of the same types
_LIKE = (
    ("upper", "lower", "title", "capitalize", "swapcase"),
    ("strip", "lstrip", "rstrip"),
    ("find", "rfind"),
    ("index", "count"),  # of lists as well
    ("split", "rsplit"),
    ("partition", "rpartition"),
    ("startswith", "endswith"),
    ("ljust", "rjust", "center"),
    ("removeprefix", "removesuffix"),
    ("isdigit", "isalpha", "isalnum", "isupper", "islower", "isspace", "isnumeric", "isdecimal"),
    ("union", "intersection", "difference", "symmetric_difference"),
    ("issubset", "issuperset", "isdisjoint"),
    ("keys", "values", "items"),
    ("discard", "add"),
)
_METHODS = {name: group for group in _LIKE for name in group}
_FUNCTIONS = {
    name: group
    for group in (("min", "max", "sum", "len"), ("any", "all"), ("sorted", "list", "tuple", "set"), ("floor", "ceil"))
    for name in group
}
_COMPARISONS: tuple[tuple[type[ast.cmpop], ...], ...] = (
    (ast.Lt, ast.LtE, ast.Gt, ast.GtE),
    (ast.Eq, ast.NotEq),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
)
_OPERATORS: tuple[tuple[type[ast.operator], ...], ...] = (
    (ast.Add, ast.Sub, ast.Mult),
    (ast.FloorDiv, ast.Mod, ast.Div),
    (ast.BitAnd, ast.BitOr, ast.BitXor),
)
_TEXTS = ("", " ", ",", "-", "_", ".", "a", "e", "x", "ab", ":", "/", "0", "*", ", ", "the", "#", "=")

Change = Callable[[], None]


def mutate(rng: Rng, tree: ast.Module) -> bool:
    """Makes one change in the tree.

    Args:
        rng: the only source of randomness.
        tree: changed in place.

    Returns:
        False if there is nothing to change.
    """
    changes = [change for node in walk(tree) for change in _changes(rng, node)]
    if not changes:
        return False
    rng.choice(changes)()
    return True


def _other(rng: Rng, group: Sequence[str], name: str) -> str:
    return rng.choice([other for other in group if other != name])


def _changes(rng: Rng, node: ast.AST) -> Iterator[Change]:
    """What can be changed at one node."""
    match node:
        case ast.Compare():
            for k, old in enumerate(node.ops):
                for group in _COMPARISONS:
                    if type(old) in group:
                        new = rng.choice([kind for kind in group if kind is not type(old)])
                        yield _setter(node.ops, k, new())
        case ast.BinOp() | ast.AugAssign():
            for operators in _OPERATORS:
                if type(node.op) in operators:
                    yield _assigner(node, "op", rng.choice([k for k in operators if k is not type(node.op)])())
        case ast.BoolOp():
            yield _assigner(node, "op", ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case (
            ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test))
            | ast.IfExp(test=ast.UnaryOp(op=ast.Not(), operand=test))
        ):
            yield _assigner(node, "test", test)
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.NamedExpr):
            yield _assigner(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Attribute(attr=name) if name in _METHODS:
            yield _assigner(node, "attr", _other(rng, _METHODS[name], name))
        case ast.Call(func=ast.Name(id=name) as function, args=[_]) if name in _FUNCTIONS:
            yield _assigner(function, "id", _other(rng, _FUNCTIONS[name], name))
        case ast.Call(func=ast.Name(id="range"), args=args):
            yield lambda: args.__setitem__(-1, ast.BinOp(args[-1], rng.choice((ast.Add(), ast.Sub())), ast.Constant(1)))
        case ast.Slice():
            yield _assigner(node, rng.choice(("lower", "upper")), ast.Constant(rng.choice((0, 1, 2, 3, -1, -2))))
            yield _assigner(node, "step", ast.Constant(rng.choice((2, -1))))
        case ast.For(body=[*_, last]) if isinstance(last, ast.If) and isinstance(last.body[-1], ast.Break):
            yield _setter(last.body, -1, ast.Continue())
        case ast.FunctionDef() | ast.If() | ast.For() | ast.With() if len(node.body) > 2:
            lines = [k for k, line in enumerate(node.body) if isinstance(line, ast.AugAssign | ast.Expr)]
            if lines:
                yield partial(node.body.__delitem__, rng.choice(lines))
    yield from _constants(rng, node)


def _constants(rng: Rng, node: ast.AST) -> Iterator[Change]:
    """Changes of the constants right below a node; docstrings and the texts of f-strings stay."""
    if isinstance(node, ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.MatchValue):
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Constant):
            continue
        held = child.value
        if isinstance(held, bool):
            yield _assigner(child, "value", not held)
        elif isinstance(held, int) and abs(held) < 100_000:
            near = [n for n in (held + 1, held - 1, 0, 1, 2, held * 2, held + 3) if n >= 0 and n != held]
            yield _assigner(child, "value", rng.choice(near))
        elif isinstance(held, float):
            yield _assigner(child, "value", rng.choice((held + 1, round(held / 2, 3), held + 0.25)))
        elif isinstance(held, str) and len(held) < 4:
            yield _assigner(child, "value", _other(rng, _TEXTS, held))
        elif isinstance(held, str) and held.isalpha() and not isinstance(node, ast.Dict):
            yield _assigner(child, "value", rng.choice((held[::-1], held.upper(), held[1:], held + "s")))


def _assigner(node: ast.AST, field: str, new: object) -> Change:
    return lambda: setattr(node, field, new)


def _setter(items: list[Any], k: int, new: object) -> Change:
    return lambda: items.__setitem__(k, new)


_ALL_NAMES = sorted({name for pool in POOLS.values() for name in pool})


def rename(rng: Rng, tree: ast.Module, function: str, calls: Sequence[str]) -> str:
    """Gives the program's variables, and the function, other names.

    Names that must agree with something else stay: keywords of calls, attributes, imports, classes, captures.

    Args:
        rng: the only source of randomness.
        tree: changed in place.
        function: the function to rename.
        calls: calls of it, which are not changed here.

    Returns:
        The function's new name.
    """
    kept = set(dir(builtins)) | _fixed(tree)
    for call in calls:
        kept |= {k.arg for n in walk(ast.parse(call)) if isinstance(n, ast.Call) for k in n.keywords if k.arg}
    variables = sorted(
        {n.arg for n in walk(tree) if isinstance(n, ast.arg)}
        | {n.id for n in walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    )
    taken = kept | {n.id for n in walk(tree) if isinstance(n, ast.Name)} | set(variables)
    names = Names(rng)
    names.used |= taken
    new = {function: names.function()}
    free = [name for name in _ALL_NAMES if name not in taken and name != new[function]]
    changed = [name for name in variables if name not in kept and name != "_"]
    new |= dict(zip(changed, rng.sample(free, len(changed)), strict=True))
    _Renamer(new).visit(tree)
    return new[function]


def _fixed(tree: ast.Module) -> set[str]:
    """Names that something other than `ast.Name` and `ast.arg` spells out as well."""
    fixed: set[str] = {"self", "cls"}
    for node in walk(tree):
        match node:
            case ast.keyword(arg=str(name)):
                fixed.add(name)
            case ast.alias():
                fixed.add((node.asname or node.name).partition(".")[0])
            case ast.ClassDef():
                fixed.add(node.name)
                for line in node.body:
                    fixed |= {n.id for n in walk(line) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                fixed.add(name)
            case ast.MatchMapping(rest=str(name)):
                fixed.add(name)
            case ast.Global() | ast.Nonlocal():
                fixed |= set(node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                fixed.add(node.name)
    return fixed


class _Renamer(ast.NodeTransformer):
    def __init__(self, new: dict[str, str]) -> None:
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._new.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._new.get(node.arg, node.arg)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._new.get(node.name, node.name)
        self.generic_visit(node)
        return node
