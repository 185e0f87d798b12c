"""Which parameter takes which argument, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from neuraldbg.model.scratchpad.questions import Value

Function = ast.FunctionDef | ast.AsyncFunctionDef


def bind(function: Function, positional: Sequence[Value], named: Mapping[str, Value]) -> dict[str, str] | None:
    """Parameter -> repr of what it takes, where known: arguments, constant defaults, what ``*`` and ``**`` take.

    Returns:
        None where Python would raise.
    """
    every = function.args
    places = [a.arg for a in (*every.posonlyargs, *every.args)]
    only = {a.arg for a in every.posonlyargs}
    given: dict[str, Value] = dict(zip(places, positional, strict=False))
    extra = list(positional[len(places) :])
    keywords = {*places[len(only) :], *(a.arg for a in every.kwonlyargs)}
    more = {name: value for name, value in named.items() if name not in keywords}
    for name, value in named.items():
        if name in keywords:
            if name in given:
                return None
            given[name] = value
    if (extra and every.vararg is None) or (more and every.kwarg is None):
        return None
    defaults: dict[str, ast.expr | None] = dict(
        zip(places[len(places) - len(every.defaults) :], every.defaults, strict=True)
    )
    defaults |= dict(zip((a.arg for a in every.kwonlyargs), every.kw_defaults, strict=True))
    if any(name not in given and defaults.get(name) is None for name in (*places, *(a.arg for a in every.kwonlyargs))):
        return None
    out = {name: value.repr for name, value in given.items() if value.repr is not None}
    for name, default in defaults.items():
        if name not in given and (shown := _constant(default)) is not None:
            out[name] = shown
    if every.vararg is not None and all(value.repr is not None for value in extra):
        inside = ", ".join(str(value.repr) for value in extra)
        out[every.vararg.arg] = f"({inside},)" if len(extra) == 1 else f"({inside})"
    if every.kwarg is not None and all(value.repr is not None for value in more.values()):
        out[every.kwarg.arg] = "{" + ", ".join(f"{name!r}: {value.repr}" for name, value in more.items()) + "}"
    return out


def changeable_defaults(function: Function) -> dict[str, str]:
    """Parameter -> repr of its default, for defaults that every call shares and may change, as ``seen=[]``."""
    every = function.args
    places = [*every.posonlyargs, *every.args]
    pairs = [*zip(places[len(places) - len(every.defaults) :], every.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(every.kwonlyargs, every.kw_defaults, strict=True) if d is not None]
    found = {argument.arg: _display(default) for argument, default in pairs}
    return {name: text for name, text in found.items() if text is not None}


def _display(node: ast.expr) -> str | None:
    if not isinstance(node, ast.List | ast.Dict):
        return None
    try:
        return repr(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None


def _constant(node: ast.expr | None) -> str | None:
    """The repr of a default that cannot change; None where the text does not tell."""
    match node:
        case ast.Constant(value=value) if value is not ...:
            return repr(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return repr(-number)
        case ast.Tuple(elts=[]):
            return "()"
    return None
