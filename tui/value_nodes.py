"""The locals pane's rows: values and, where they are open, their parts. No widget in here.

A part is known by the labels that lead to it. Large values are read on a thread that the pane provides; until then
they show one row that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from neuraldbg.compare import Verdict
from neuraldbg.steps import UNSURE_BELOW
from neuraldbg.trees import Tree, changed_children

LARGE = 30_000  # characters; reading a repr takes about a microsecond each
PAGE = 100
_OPENING = re.compile(r"[\[({]|[A-Za-z_][\w.]*\(")

Labels = tuple[str, ...]  # name of the local, then labels of parts


@dataclass(slots=True)  # not frozen: ten thousand are made for a step, and freezing triples the time
class Value:
    """One shown value.

    Attributes:
        name: of the local, ``returns`` or ``raises`` for a step's own value, the label of a part.
        text: the repr, whole.
        changed: differs from this frame's previous stop.
        confidence: probability, None where the value was forced or is real.
        before: the latest other value the name had, None if there was none.
        verdict: after a cross-check, else None.
        real: the real value where it differs.
        edited: the user has set it.
        labels: where it is: the local's name and the labels of the part.
        path: the expression that gives it, None where there is none.
        unknown: predicted, but a server did not say how likely it is.
    """

    name: str
    text: str
    changed: bool = False
    confidence: float | None = None
    before: str | None = None
    verdict: Verdict | None = None
    real: str | None = None
    edited: bool = False
    labels: Labels = ()
    path: str | None = None
    unknown: bool = False

    @property
    def unsure(self) -> bool:
        """True if the value must not be read as a fact."""
        return self.unknown or (self.confidence is not None and self.confidence < UNSURE_BELOW)

    @property
    def own(self) -> bool:
        """The step's value rather than a local."""
        return self.name in ("returns", "raises") and not self.labels


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


class Nodes:
    """Which values are open, and the rows that follow.

    Args:
        read_later: runs a function on a thread and redraws when it is done.
    """

    def __init__(self, read_later: Callable[[Callable[[], None]], None]) -> None:
        self.rows: list[Node] = []
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

    def build(self, function: str, values: Sequence[Value], before: Mapping[str, str]) -> None:
        """Makes the rows.

        Args:
            function: the frame's; what is open and pinned is remembered by it.
            values: of the frame.
            before: name -> repr at the frame's previous stop.
        """
        wanted = self.filter.lower()
        if wanted:
            values = [v for v in values if v.own or wanted in v.name.lower() or wanted in v.text.lower()]
        if self.pins:
            values = sorted(values, key=lambda v: not v.own and (function, v.name) not in self.pins)
        self.rows = []
        for value in values:
            if value.own:
                self.rows.append(Node(value))
            else:
                self._add(function, value, (value.name,), before.get(value.name), 0)
            if value.real is not None:
                self.rows.append(Node(value, real=True))

    def _add(self, function: str, value: Value, labels: Labels, before: str | None, depth: int) -> None:
        if not looks_open(value.text):
            self.rows.append(Node(value, depth))
            return
        shown = self._open.get((function, labels)) if self._open else None
        self.rows.append(Node(value, depth, "▸" if shown is None else "▾"))
        if shown is None:
            return
        read = self._tree(function, labels, value, before)
        if read is None:
            self.rows.append(Node(value, depth + 1, note="reading…"))
            return
        old = Tree(before) if before is not None and len(before) <= LARGE else None
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
            self._add(function, child, inner, earlier, depth + 1)
        rest = read.tree.count - len(parts)
        if rest:
            self.rows.append(Node(value, depth + 1, note=f"{rest:,} more (Enter)"))
        elif not parts:
            self.rows.append(Node(value, depth + 1, note="has no parts"))

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


def values_of(
    locals_: Mapping[str, str],
    changed: frozenset[str],
    confidence: Mapping[str, float | None],
    verdicts: Mapping[str, tuple[Verdict, str | None]],
    edited: frozenset[str] = frozenset(),
) -> list[Value]:
    """The values of one frame, in the order the frame keeps its locals; names that only the real run has come last.

    Args:
        confidence: name -> probability, None where it is not known; absent where forced.
        verdicts: name -> verdict and, where it differs, the real value; empty without a cross-check.
        edited: names whose values the user has set.
    """
    rows = []
    for name, text in locals_.items():
        verdict, real = verdicts.get(name, (None, None))
        sure, unknown = confidence.get(name), name in confidence and confidence[name] is None
        place = ((name,), name, unknown)
        rows.append(Value(name, text, name in changed, sure, None, verdict, real, name in edited, *place))
    missing = [n for n in verdicts if n not in locals_]
    return rows + [Value(n, "(not predicted)", verdict=verdicts[n][0], real=verdicts[n][1]) for n in missing]
