"""The scrubber: all known steps on one line, with marks for calls, breakpoints, exceptions and divergences.

Its scale leaves room for steps to come and grows in leaps, so that a new step costs the same however many are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from neuraldbg.marks import Mark, MarkKind, cell_of, fold_marks, step_of

SIGNS = {
    MarkKind.CALL: ("╷", "$foreground 60%"),
    MarkKind.BREAKPOINT: ("●", "$text-error"),
    MarkKind.EXCEPTION: ("!", "bold $text-warning"),
    MarkKind.DIVERGENCE: ("✗", "bold $text-error"),
}

MakeMarks = Callable[[int, int], Iterable[Mark]]  # of the steps from one number up to, not with, another


class Scrubber(Widget, can_focus=True):
    """One line; ← and → move by a cell, a click goes there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "back", show=False),
        Binding("right", "move(1)", "forward", show=False),
        Binding("home", "edge(0)", "first step", show=False),
        Binding("end", "edge(1)", "last known step", show=False),
    ]

    class Chosen(Message):
        """The user goes to a step."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.known, self.now, self.scale = 0, 0, 1
        self._cells: list[MarkKind | None] = []
        self._marks: Sequence[Mark] = ()
        self._folded = 0  # how many of the marks are in the cells

    def show(self, known: int, complete: bool, now: int, marks: Sequence[Mark]) -> None:
        """Redraws.

        Args:
            known: steps.
            marks: the same list as before, perhaps longer, or a new one.
        """
        scale = max(1, known) if complete else self.scale
        while scale < known or (scale == 1 and not complete):
            scale = max(20, scale * 3 // 2)
        width = self._width
        if marks is not self._marks or scale != self.scale or width != len(self._cells):
            self._cells = [None for _ in range(width)]
            self._folded = 0
        self.known, self.now, self.scale, self._marks = known, now, scale, marks
        new = marks[self._folded :]
        for cell, kind in enumerate(fold_marks(new, scale, width)) if new else ():
            if kind is not None:
                self._cells[cell] = max(self._cells[cell] or kind, kind)
        self._folded = len(marks)
        self.refresh()

    @property
    def _width(self) -> int:
        return max(1, self.size.width - 2)

    def on_resize(self) -> None:
        """Folds the marks anew."""
        self.show(self.known, self.scale == self.known, self.now, [*self._marks])

    def render(self) -> Content:
        """``├╷─╷──●─█┄┄┄┄┤``."""
        if not self._cells:
            return Content("")
        here = cell_of(self.now, self.scale, len(self._cells))
        end = self.known * len(self._cells) // self.scale - 1
        parts: list[tuple[str, str] | str] = []
        for cell, kind in enumerate(self._cells):
            if cell == here:
                parts.append(("█", "$text-primary"))
            elif kind is not None:
                parts.append(SIGNS[kind])
            else:
                parts.append(("─" if cell <= end else "┄", "$foreground 40%"))
        edge = "$text-primary" if self.has_focus else "$foreground 60%"
        return Content.assemble(("├", edge), *parts, ("┤", edge))

    def text(self) -> str:
        """What the user reads."""
        return self.render().plain

    def action_move(self, by: int) -> None:
        """To the next cell, or to the next step where steps have a cell of their own."""
        width = len(self._cells)
        target = self.now + by
        if self.scale > width:
            cell = cell_of(self.now, self.scale, width) + by
            target = step_of(cell, self.scale, width) if cell >= 0 else 0
        self._go(target)

    def action_edge(self, side: int) -> None:
        """To the first or the last known step."""
        self._go((self.known - 1) * side)

    def _go(self, index: int) -> None:
        if self.known:
            self.post_message(self.Chosen(max(0, min(index, self.known - 1))))

    def on_click(self, event: events.Click) -> None:
        """Goes to the step under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and self._cells:
            cell = max(0, min(offset.x - 1, len(self._cells) - 1))
            self._go(step_of(cell, self.scale, len(self._cells)))


class MarkList:
    """Marks of the known steps, kept up to date: only new steps are looked at unless what marks them has changed."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self._for: tuple[object, ...] = ()
        self._seen = 0

    def update(self, key: tuple[object, ...], count: int, make: MakeMarks) -> Sequence[Mark]:
        """The marks of ``count`` steps.

        Args:
            key: compared by identity: the timeline, the breakpoints, the verdicts.
            make: marks of steps from one number up to another.
        """
        same = len(key) == len(self._for) and all(a is b for a, b in zip(key, self._for, strict=True))
        if not same or count < self._seen:
            self.marks, self._seen, self._for = [], 0, key
        if count > self._seen:
            self.marks.extend(make(self._seen, count))
            self._seen = count
        return self.marks
