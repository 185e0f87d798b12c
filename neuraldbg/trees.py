"""A repr as a tree: the items of containers, the fields of records, each with the expression that leads to it.

Children are found when asked for and in pages, so values of a megabyte cost one pass over their text. Takes any
text; what is no container is a leaf, what was cut short has the children that are there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from neuraldbg.errors import InputError
from neuraldbg.reprscan import Bracket, Item, read_bracket
from neuraldbg.values import surely_immutable

_CALL = re.compile(r"([A-Za-z_][\w.]*)\(")
_FIELD = re.compile(r"[A-Za-z_]\w*")


class TreeKind(StrEnum):
    """What a repr reads as."""

    LIST = "list"  # also deque and array: items by index
    TUPLE = "tuple"
    SET = "set"  # items without index
    DICT = "dict"
    RECORD = "record"  # Point(x=1, y=2)
    LEAF = "leaf"


_BRACKETS = {"[": TreeKind.LIST, "(": TreeKind.TUPLE, "{": TreeKind.DICT}
# types whose repr wraps that of a plainer container, and what their items are
_WRAPPERS: Final[Mapping[str, TreeKind]] = {
    **dict.fromkeys(("deque", "array", "array.array"), TreeKind.LIST),
    **dict.fromkeys(("Counter", "OrderedDict", "defaultdict", "mappingproxy"), TreeKind.DICT),
    **dict.fromkeys(("frozenset", "set", "dict_keys", "dict_values", "dict_items"), TreeKind.SET),
}


@dataclass(frozen=True, slots=True)
class Child:
    """One part of a value.

    Attributes:
        label: index, key or field name; empty in sets.
        text: its repr.
        path: the expression that leads to it, None where there is none.
        start, end: where it stands in the repr it is part of.
    """

    label: str
    text: str
    path: str | None
    start: int
    end: int

    def tree(self) -> Tree:
        """The child as a tree of its own."""
        return Tree(self.text, self.path)


def labels_of(path: str) -> tuple[str, ...]:
    """The name and the labels that a path such as ``d['k'][0].x`` leads along.

    Raises:
        InputError: if it is no such path.
    """
    labels: list[str] = []
    try:
        node = ast.parse(path.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        node = ast.Constant(None)
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            labels.append(ast.unparse(node.slice))
        elif isinstance(node, ast.Attribute):
            labels.append(node.attr)
        else:
            raise InputError(f"{path!r} does not lead to a value; write a name, or a part such as d['k'][0] or p.x")
        node = node.value
    return (node.id, *reversed(labels))


class Tree:
    """A repr and its parts.

    Args:
        text: the repr.
        path: the expression that gives the value, such as a name; None if there is none.
    """

    def __init__(self, text: str, path: str | None = None) -> None:
        self.text, self.path = text, path

    @cached_property
    def _parsed(self) -> tuple[TreeKind, str, Bracket | None]:
        return _parse(self.text)

    @property
    def kind(self) -> TreeKind:
        """What the repr reads as."""
        return self._parsed[0]

    @property
    def type_name(self) -> str:
        """Such as ``dict`` or ``Point``; empty for a leaf."""
        return self._parsed[1]

    @property
    def cut(self) -> bool:
        """The text ends before the container does, or it is a mark for a repr that was too long."""
        bracket = self._parsed[2]
        return not bracket.closed if bracket is not None else self.text.startswith("<repr of ")

    @property
    def count(self) -> int:
        """Number of children."""
        bracket = self._parsed[2]
        return 0 if bracket is None else len(bracket.items)

    def __len__(self) -> int:
        return self.count

    def children(self, start: int = 0, stop: int | None = None) -> list[Child]:
        """The children from ``start`` up to, not with, ``stop``."""
        kind, _, bracket = self._parsed
        if bracket is None:
            return []
        start = max(start, 0)
        return [self._child(kind, start + n, item) for n, item in enumerate(bracket.items[start:stop])]

    def child(self, label: str) -> Child | None:
        """The first child with this label."""
        return next((c for c in self.children() if c.label == label), None)

    def _child(self, kind: TreeKind, index: int, item: Item) -> Child:
        text, base = self.text, self.path
        key = text[item.start : item.mark].rstrip() if item.mark >= 0 else ""
        begin = item.start
        label, path = str(index), None
        if kind in (TreeKind.LIST, TreeKind.TUPLE):
            path = None if base is None else f"{base}[{index}]"
        elif kind is TreeKind.SET:
            label = ""
        elif kind is TreeKind.DICT and item.mark >= 0 and text[item.mark] == ":":
            begin, label = _after(text, item), key
            path = f"{base}[{key}]" if base is not None and surely_immutable(key) else None
        elif kind is TreeKind.RECORD and item.mark >= 0 and text[item.mark] == "=" and _FIELD.fullmatch(key):
            begin, label = _after(text, item), key
            path = None if base is None else f"{base}.{key}"
        return Child(label, text[begin : item.end], path, begin, item.end)

    def replaced(self, child: Child, text: str) -> str:
        """The repr with a child's text replaced by another."""
        return self.text[: child.start] + text + self.text[child.end :]


def _after(text: str, item: Item) -> int:
    """Where the value behind a ``:`` or ``=`` begins."""
    at = item.mark + 1
    while at < item.end and text[at].isspace():
        at += 1
    return at


def _parse(text: str) -> tuple[TreeKind, str, Bracket | None]:
    leaf: tuple[TreeKind, str, Bracket | None] = (TreeKind.LEAF, "", None)
    opening = text[:1]
    if opening in _BRACKETS:
        bracket = read_bracket(text, 0)
        if bracket.end < len(text):
            return leaf
        kind = _BRACKETS[opening]
        if kind is TreeKind.TUPLE and len(bracket.items) == 1 and not text.endswith(",)") and bracket.closed:
            return leaf  # a complex number, or an expression
        if kind is TreeKind.DICT and bracket.items and bracket.items[0].mark < 0:
            kind = TreeKind.SET
        return kind, kind.value, bracket
    call = _CALL.match(text)
    if call is None:
        return leaf
    bracket = read_bracket(text, call.end() - 1)
    if bracket.end < len(text) or call[1] == "range":
        return leaf
    name = call[1].rpartition(".")[2]
    if call[1] in _WRAPPERS:
        return _unwrap(text, call[1], bracket) or (_WRAPPERS[call[1]], name, Bracket((), bracket.end, bracket.closed))
    if len(bracket.items) == 1 and bracket.items[0].mark < 0 and text[bracket.items[0].start] not in "[({":
        return leaf  # Decimal('1.5') and the like: one value, said in another way
    return TreeKind.RECORD, name, bracket


def _unwrap(text: str, name: str, outer: Bracket) -> tuple[TreeKind, str, Bracket] | None:
    """The container inside of ``Counter({...})`` and its like."""
    for item in outer.items:
        if text[item.start] in "[{":
            inner = read_bracket(text, item.start)
            kind = _WRAPPERS[name]
            if name == "OrderedDict" and text[item.start] == "[":
                kind = TreeKind.SET  # pairs, as older Pythons show it
            return kind, name.rpartition(".")[2], Bracket(inner.items, outer.end, inner.closed and outer.closed)
    return None


def changed_children(before: str | None, after: Tree) -> frozenset[int]:
    """Which children of a value are new or differ from what they were in an earlier repr of it, by their number.

    Items are compared by index, key or field, those of sets by their text. All are changed where the kind differs.
    """
    old = Tree(before or "")
    children = after.children()
    if old.kind is not after.kind or old.type_name != after.type_name:
        return frozenset(range(len(children)))
    if after.kind is TreeKind.SET:
        texts = {c.text for c in old.children()}
        return frozenset(i for i, c in enumerate(children) if c.text not in texts)
    values = {c.label: c.text for c in old.children()}
    return frozenset(i for i, c in enumerate(children) if values.get(c.label) != c.text)


def pages(count: int, size: int = 100) -> Sequence[range]:
    """Ranges of children that are shown together; one where they are few."""
    return [range(start, min(start + size, count)) for start in range(0, count, size)]
