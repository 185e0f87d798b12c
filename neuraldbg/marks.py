"""What a scrubber over all known steps shows: calls, exceptions, breakpoints, divergences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class MarkKind(IntEnum):
    """In the order of importance: where several fall on one cell, the greatest is shown."""

    CALL = 1  # a function is entered or a generator resumed
    BREAKPOINT = 2
    EXCEPTION = 3
    DIVERGENCE = 4  # the step differs from the real run


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Something worth going to.

    Attributes:
        index: number of the step.
        kind: what it is.
    """

    index: int
    kind: MarkKind


def collect_marks(of_kind: Iterable[tuple[MarkKind, Iterable[int]]]) -> list[Mark]:
    """Marks in the order of their steps, of one step the most important last."""
    return sorted(Mark(index, kind) for kind, indices in of_kind for index in indices)


def fold_marks(marks: Iterable[Mark], steps: int, width: int) -> list[MarkKind | None]:
    """The most important mark of each of ``width`` cells that stand for ``steps`` steps.

    Raises:
        ValueError: if ``width`` is not positive.
    """
    if width < 1:
        raise ValueError(f"a scrubber of {width} cells cannot be drawn")
    cells: list[MarkKind | None] = [None] * width
    for mark in marks:
        cell = cell_of(mark.index, steps, width)
        cells[cell] = max(cells[cell] or mark.kind, mark.kind)
    return cells


def cell_of(index: int, steps: int, width: int) -> int:
    """The cell in which step ``index`` of ``steps`` falls."""
    return min(index * width // max(steps, 1), width - 1)


def step_of(cell: int, steps: int, width: int) -> int:
    """The first step that falls in a cell; the last step where none does."""
    return min(-(-cell * steps // width), max(steps - 1, 0))


def next_mark(marks: Sequence[Mark], index: int, kinds: Iterable[MarkKind], direction: int) -> int | None:
    """The nearest step after (``direction`` > 0) or before ``index`` that has a mark of one of these kinds."""
    wanted = frozenset(kinds)
    found = [m.index for m in marks if m.kind in wanted and (m.index - index) * direction > 0]
    return min(found, key=lambda i: abs(i - index), default=None)
