"""Which reprs surely belong to objects that cannot change."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from neuraldbg.parsing import parse

_NUMBER = re.compile(r"-?(\d+(\.\d+)?(e[+-]?\d+)?j?|inf|nan)|\(-?[\d.e+-]+[+-][\d.e+-]+j\)")
_STRING = re.compile(r"""b?('([^'\\]|\\.)*'|"([^"\\]|\\.)*")""", re.DOTALL)
_RANGE = re.compile(r"range\(-?\d+, -?\d+(, -?\d+)?\)")
_CONSTANTS = frozenset({"None", "True", "False", "Ellipsis", "NotImplemented", "()", "frozenset()"})
_LONGEST_PARSED = 2000
_SAFE_START = re.compile(r"<|(?!(?:range|frozenset|b)\b)[A-Za-z_]\w*[(\[{<:=. ]")
_AFTER_CLASS_NAME = re.compile(r"[(\[{<:=. ]")


@lru_cache(maxsize=1 << 16)
def surely_immutable(text: str) -> bool:
    """True when ``text`` is the repr of a number, string, None, boolean, range, or tuples and frozensets of these.

    Holds as long as no ``__repr__`` of the program imitates such text; see :func:`repr_is_distinct`.
    """
    if text in _CONSTANTS or _NUMBER.fullmatch(text) or _STRING.fullmatch(text) or _RANGE.fullmatch(text):
        return True
    if len(text) > _LONGEST_PARSED or not text.startswith(("(", "frozenset(")):
        return False
    try:
        return _is_constant(parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "frozenset" and len(node.args) == 1 and isinstance(node.args[0], ast.Set):
            return all(map(_is_constant, node.args[0].elts))
        return node.func.id in ("range", "frozenset") and all(map(_is_constant, node.args))
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(node, ast.Constant) or isinstance(node, ast.Name) and node.id in ("inf", "nan", "Ellipsis")


def repr_is_distinct(function: ast.FunctionDef) -> bool:
    """True when the text this ``__repr__`` returns can never read as the repr of an immutable builtin object."""
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    nested = any(
        isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) for b in function.body for n in ast.walk(b)
    )
    return bool(returns) and not nested and not function.decorator_list and all(map(_returns_distinct, returns))


def _returns_distinct(node: ast.Return) -> bool:
    value = node.value
    while isinstance(value, ast.BinOp):
        value = value.left
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        value = value.func.value
    if isinstance(value, ast.JoinedStr) and value.values:
        first = value.values[0]
        if isinstance(first, ast.FormattedValue):
            name = first.value
            after = value.values[1] if len(value.values) > 1 else None
            is_class_name = isinstance(name, ast.Attribute) and name.attr in ("__name__", "__qualname__")
            text = after.value if isinstance(after, ast.Constant) and first.format_spec is None else ""
            return is_class_name and isinstance(text, str) and _AFTER_CLASS_NAME.match(text) is not None
        value = first
    text = value.value if isinstance(value, ast.Constant) else None
    return isinstance(text, str) and _SAFE_START.match(text) is not None
