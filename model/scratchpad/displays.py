"""What a repr shows without running anything: whether the object is true, and the items it holds, in order."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Final

from neuraldbg.parsing import parse

_FALSE: Final = frozenset({
    "None", "False", "0", "0.0", "-0.0", "0j", "''", '""', "b''", "[]", "()", "{}", "set()", "frozenset()",
    "bytearray(b'')", "Counter()", "deque([])", "OrderedDict()", "dict_keys([])", "dict_values([])", "dict_items([])",
})  # fmt: skip
_RANGE: Final = re.compile(r"range\((-?\d+), (-?\d+)(?:, (-?\d+))?\)")
_WRAPPED: Final = re.compile(
    r"(?:dict_keys\(|dict_values\(|dict_items\(|deque\(|Counter\(|OrderedDict\(|frozenset\(|defaultdict\([\w.<> ']+, )"
    r"(.+?)(?:, maxlen=\d+)?\)",
    re.DOTALL,
)
_CLASS: Final = re.compile(r"<class '([\w.]+)'>")
_MARKED: Final = re.compile(r"\bCLASS_([\w.]+)")
_LONGEST: Final = 4000


@lru_cache(maxsize=1 << 14)
def truth(text: str) -> bool | None:
    """Truth value of the object with this repr; None where the text does not tell."""
    if text in _FALSE:
        return False
    if text in ("True", "Ellipsis", "inf", "-inf", "nan"):
        return True
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped:
        return truth(wrapped[1])
    bounds = range_of(text)
    if bounds is not None:
        return bool(bounds)
    node = _parsed(text)
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return bool(node.operand.value)
    if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        return True  # the empty ones are above
    return None


@lru_cache(maxsize=1 << 12)
def items(text: str) -> tuple[str, ...] | None:
    """Reprs of what iteration over the object gives; None where its repr does not display that."""
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped and text.startswith("OrderedDict(["):  # Python 3.11 writes pairs
        pairs = [items(pair) or ("",) for pair in items(wrapped[1]) or ()]
        return tuple(pair[0] for pair in pairs)
    if wrapped:
        return items(wrapped[1])
    if text in _FALSE and text[-1] in "]}'\")" and text not in ("0", "0.0"):
        return ()
    node = _parsed(text)
    if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = node.keys if isinstance(node, ast.Dict) else node.elts
        plain = _plain(text)
        return tuple(_shown(plain, part) for part in parts if part is not None)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(map(repr, node.value))
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return tuple(map(str, node.value))
    return None


def entries(text: str) -> tuple[tuple[str, str], ...] | None:
    """Reprs of the keys and values of a plain dictionary; None where the text displays none."""
    node = _parsed(text) if text.startswith("{") else None
    if not isinstance(node, ast.Dict):
        return None
    plain = _plain(text)
    return tuple(
        (_shown(plain, key), _shown(plain, value))
        for key, value in zip(node.keys, node.values, strict=True)
        if key is not None
    )


def range_of(text: str) -> range | None:
    """The range with this repr, if it is one's."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    start, stop, step = int(match[1]), int(match[2]), int(match[3] or 1)
    return range(start, stop, step) if step else None


def is_opaque(text: str) -> bool:
    """True for reprs such as ``<A object>``, alone or inside a container, that do not show the object's state."""
    return "<" in text and _parsed(text) is None


def _shown(plain: str, node: ast.expr) -> str:
    """The part of the text that the node was read from, with its classes as a repr writes them."""
    return _MARKED.sub(r"<class '\1'>", _segment(plain, node))


def _segment(text: str, node: ast.expr) -> str:
    if node.lineno == node.end_lineno == 1 and text.isascii():
        return text[node.col_offset : node.end_col_offset]
    return ast.get_source_segment(text, node) or ""


def _parsed(text: str) -> ast.expr | None:
    if len(text) > _LONGEST:
        return None
    return _parse(_plain(text))


def _plain(text: str) -> str:
    """The repr with its classes written so that it parses."""
    return _CLASS.sub(r"CLASS_\1", text) if "<class" in text else text


@lru_cache(maxsize=1 << 12)
def _parse(text: str) -> ast.expr | None:
    try:
        return parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
