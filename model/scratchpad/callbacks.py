"""Builtins that call the program's own functions back: which they are, and what they do with what comes back."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.model.scratchpad.displays import items
from neuraldbg.model.scratchpad.facts import Facts

_SORTING: Final = frozenset({"key", "reverse"})


@dataclass(frozen=True, slots=True)
class Entered:
    """The call that comes next.

    Attributes:
        name: last part of the function's qualified name.
        line: of its ``def`` or ``lambda``.
        values: parameter -> repr of its argument, those that are known.
        bare: there are no locals yet, as at the body of a class.
    """

    name: str
    line: int
    values: Mapping[str, str]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Callback:
    """A call that calls back once for each item, in order.

    Attributes:
        function: sorted, sort, min, max, map or filter.
        items: what it goes over.
        key: the function called back.
        name: of the function that is called back, ``<lambda>`` for a lambda.
        line, parameter: of it.
        reverse: of sorted and sort.
        pure: the function called back surely changes no object.
    """

    function: str
    items: ast.expr
    key: ast.expr
    name: str
    line: int
    parameter: str
    reverse: bool
    pure: bool

    def entered(self, item: str) -> Entered:
        """The call for an item."""
        return Entered(self.name, self.line, {self.parameter: item})

    def text(self, item: str) -> str:
        """That call as it is written down."""
        return f"{'lambda' if self.name == '<lambda>' else self.name}({item})"


def callback(node: ast.Call, facts: Facts) -> Callback | None:
    """What a call calls back, where that is plain to see."""
    options = {keyword.arg: keyword.value for keyword in node.keywords}
    reverse = options.get("reverse", ast.Constant(False))
    if not isinstance(reverse, ast.Constant) or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    match node:
        case ast.Call(func=ast.Name("min" | "max" as function), args=[items_]) if options.keys() == {"key"}:
            key: ast.expr = options["key"]
        case ast.Call(func=ast.Name("sorted" as function), args=[items_]) if {"key"} <= options.keys() <= _SORTING:
            key = options["key"]
        case ast.Call(func=ast.Attribute(ast.Name() as items_, "sort" as function), args=[]) if {
            "key"
        } <= options.keys() <= _SORTING and function not in facts.own:
            key = options["key"]
        case ast.Call(func=ast.Name("map" | "filter" as function), args=[key, items_]) if not node.keywords:
            pass
        case _:
            return None
    found = _one_parameter(key, facts)
    if found is None:
        return None
    return Callback(function, items_, key, *found, bool(reverse.value), _is_pure(key, facts))


def _one_parameter(key: ast.expr, facts: Facts) -> tuple[str, int, str] | None:
    """Name, line and parameter of a function of one parameter."""
    function = facts.functions.get(key.id) if isinstance(key, ast.Name) else key
    if not isinstance(function, ast.Lambda | ast.FunctionDef):
        return None
    every = function.args
    if every.vararg or every.kwarg or every.kwonlyargs or len(every.posonlyargs + every.args) != 1:
        return None
    name = function.name if isinstance(function, ast.FunctionDef) else "<lambda>"
    return name, function.lineno, (every.posonlyargs + every.args)[0].arg


def _is_pure(key: ast.expr, facts: Facts) -> bool:
    if not isinstance(key, ast.Lambda):
        return False
    for part in ast.walk(key.body):
        if isinstance(part, ast.Name) and part.id in facts.own or isinstance(part, ast.NamedExpr | ast.Await):
            return False
        if isinstance(part, ast.Attribute) and (part.attr in CHANGING or part.attr in facts.own):
            return False
    return True


def arguments_of(node: ast.Call, facts: Facts) -> tuple[str, ...] | None:
    """The parameters that the arguments of a call by name fill, in order; None where that is not plain to see."""
    function = facts.functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if function is None or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    named = [k.arg for k in node.keywords]
    if None in named or (len(node.args) > len(parameters) and not facts.calculates):
        return None
    return (*parameters[: len(node.args)], *(name for name in named if name is not None))


def arranged(values: Sequence[str], keys: Sequence[str], order: str) -> list[str] | None:
    """The values in the order that their sorted keys have, equal ones as they were.

    Args:
        values, keys: reprs, one key for each value.
        order: repr of the list of sorted keys.

    Returns:
        None where that list does not hold the keys.
    """
    wanted = items(order)
    if wanted is None or sorted(wanted) != sorted(keys):
        return None
    left = list(range(len(keys)))
    out = []
    for key in wanted:
        at = next(n for n in left if keys[n] == key)
        left.remove(at)
        out.append(values[at])
    return out
