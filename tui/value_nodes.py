"""The locals pane's rows: values and, where they are open, their parts. No widget in here.

A part is known by the labels that lead to it. Large values are read on a thread that the pane provides; until then
they show one row that says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import overload

from rich.cells import cell_len

from neuraldbg.trees import Tree, changed_children
from neuraldbg.tui.values import FrameValues, Labels, Value

LARGE = 30_000  # characters; reading a repr takes about a microsecond each
PAGE = 100
_OPENING = re.compile(r"[\[({]|[A-Za-z_][\w.]*\(")


@dataclass(slots=True)
class Node:
    """One row.

    Attributes:
        value: what it shows.
        depth: 0 for a local.
        sign: ``▸`` closed, ``▾`` open, or a space.
        real: it is the row with the real value.
        note: what is said instead of a value, such as how many parts are not shown.
    """

    value: Value
    depth: int = 0
    sign: str = " "
    real: bool = False
    note: str = ""


@dataclass(slots=True)
class _Read:
    text: str
    before: str | None
    tree: Tree
    changed: frozenset[int]


def looks_open(text: str) -> bool:
    """Whether a repr may have parts, by its ends alone."""
    return len(text) > 2 and text[-1] in ")]}…." and _OPENING.match(text) is not None and text not in ("set()", "...")


def _sign(text: str, is_open: bool) -> str:
    return " " if not looks_open(text) else "▾" if is_open else "▸"


class NodeRows(Sequence[Node]):
    """All rows; that of a local is made when it is asked for.

    Args:
        values: of the frame.
        names: of the locals that are shown, in order.
        is_open: names of open ones.
        below: name -> the rows under it.
    """

    def __init__(
        self, values: FrameValues, names: Sequence[str], is_open: frozenset[str], below: Mapping[str, list[Node]]
    ) -> None:
        self._values, self.names, self._open = values, names, is_open
        self._own = [Node(values.outcome)] if values.outcome is not None else []
        if values.outcome is not None and values.outcome.real is not None:
            self._own.append(Node(values.outcome, real=True))
        # Rows that are not one of a local stand in blocks, each below a local but for the step's own value.
        self._blocks: list[list[Node]] = [self._own]
        self._owners: list[int] = [-1]  # numbers of these locals
        self._starts: list[int] = [0]  # row of the first of each block
        self._counts: list[int] = [0, len(self._own)]  # rows in the blocks before each
        place = {name: at for at, name in enumerate(names)} if below else {}
        for at, name in sorted((place[name], name) for name in below if below[name]):
            self._owners.append(at)
            self._starts.append(at + 1 + self._counts[-1])
            self._blocks.append(below[name])
            self._counts.append(self._counts[-1] + len(below[name]))

    def __len__(self) -> int:
        return len(self.names) + self._counts[-1]

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        block = bisect_right(self._starts, index) - 1
        inside = index - self._starts[block]
        if inside < len(self._blocks[block]):
            return self._blocks[block][inside]
        name = self.names[index - self._counts[block + 1]]
        value = self._values.value(name)
        return Node(value, 0, _sign(value.text, name in self._open))

    def widest(self, most: int) -> int:
        """Cells that the names take, indented, of the first ``most`` locals and of all that is below others."""
        parts = (n for block in self._blocks for n in block[:most] if not n.note)
        locals_ = max(map(cell_len, self.names[:most]), default=0)
        return max(locals_, max((cell_len(n.value.name) + 2 * n.depth for n in parts), default=0))

    def find(self, labels: Labels) -> int | None:
        """The row of a value by where it is; by ``returns`` or ``raises`` for a step's own."""
        if self._own and labels == (self._own[0].value.name,):
            return 0
        if not labels or labels[0] not in self.names:
            return None
        at = self.names.index(labels[0])
        row = at + self._counts[bisect_left(self._owners, at)]
        if len(labels) == 1:
            return row
        below = takewhile(lambda i: self[i].depth > 0, range(row + 1, len(self)))
        return next((i for i in below if self[i].value.labels == labels and not self[i].note), None)


class Nodes:
    """Which values are open, and the rows that follow.

    Args:
        read_later: runs a function on a thread and redraws when it is done.
    """

    def __init__(self, read_later: Callable[[Callable[[], None]], None]) -> None:
        self.rows = NodeRows(FrameValues({}), (), frozenset(), {})
        self.filter = ""
        self.pins: set[tuple[str, str]] = set()
        self._later = read_later
        self._open: dict[tuple[str, Labels], int] = {}  # to the number of parts that are shown
        self._read: dict[tuple[str, Labels], _Read] = {}
        self._reading: set[tuple[str, Labels]] = set()

    def toggle(self, function: str, labels: Labels, wanted: bool | None = None) -> bool:
        """Opens or closes a value; True if that changed something."""
        key = (function, labels)
        is_open = key in self._open
        if wanted is is_open:
            return False
        if is_open:
            del self._open[key]
        else:
            self._open[key] = PAGE
        return True

    def show_more(self, function: str, labels: Labels) -> None:
        """Shows another page of the parts."""
        self._open[function, labels] += PAGE

    def build(self, function: str, values: FrameValues, before: Mapping[str, str]) -> None:
        """Makes the rows.

        Args:
            function: the frame's; what is open and pinned is remembered by it.
            values: of the frame.
            before: name -> repr at the frame's previous stop.
        """
        wanted = self.filter.lower()
        names = values.matching(wanted) if wanted else values.names
        pinned = {n for f, n in self.pins if f == function and n in values.locals}
        if pinned:
            names = [*(n for n in names if n in pinned), *(n for n in names if n not in pinned)]
        is_open = frozenset(labels[0] for f, labels in self._open if f == function and len(labels) == 1)
        shown = set(names) if wanted else values.locals
        below: dict[str, list[Node]] = {}
        for name in is_open:
            if name in shown and name in values.locals:
                below[name] = self._parts(function, values.value(name), (name,), before.get(name), 0)
        for name in values.differing:
            if not wanted or name in shown:
                below.setdefault(name, []).append(Node(values.value(name), real=True))
        self.rows = NodeRows(values, names, is_open, below)

    def _parts(self, function: str, value: Value, labels: Labels, before: str | None, depth: int) -> list[Node]:
        """The rows below a value: its parts, as far as it and they are open."""
        shown = self._open.get((function, labels))
        if shown is None or not looks_open(value.text):
            return []
        read = self._tree(function, labels, value, before)
        if read is None:
            return [Node(value, depth + 1, note="reading…")]
        old = Tree(before) if before is not None and len(before) <= LARGE else None
        rows: list[Node] = []
        parts = read.tree.children(0, shown)
        for n, part in enumerate(parts):
            was = old.child(part.label) if old is not None and n in read.changed and part.label else None
            inner = (*labels, part.label or f"#{n}")
            child = Value(
                part.label or "·",
                part.text,
                changed=n in read.changed and before is not None,
                confidence=value.confidence if value.unsure else None,
                labels=inner,
                path=part.path,
            )
            earlier = part.text if n not in read.changed else was.text if was is not None else None
            rows.append(Node(child, depth + 1, _sign(part.text, (function, inner) in self._open)))
            rows += self._parts(function, child, inner, earlier, depth + 1)
        rest = read.tree.count - len(parts)
        if rest:
            rows.append(Node(value, depth + 1, note=f"{rest:,} more (Enter)"))
        elif not parts:
            rows.append(Node(value, depth + 1, note="has no parts"))
        return rows

    def _tree(self, function: str, labels: Labels, value: Value, before: str | None) -> _Read | None:
        """The value's parts; None while a thread reads them."""
        key = (function, labels)
        known = self._read.get(key)
        if known is not None and known.text == value.text and known.before == before:
            return known
        path = value.path or (labels[0] if len(labels) == 1 else None)

        def read() -> None:
            tree = Tree(value.text, path)
            changed = changed_children(before, tree) if before != value.text else frozenset[int]()
            self._read[key] = _Read(value.text, before, tree, changed)
            self._reading.discard(key)

        if len(value.text) + len(before or "") <= LARGE:
            read()
            return self._read[key]
        if key not in self._reading:
            self._reading.add(key)
            self._later(read)
        return None
