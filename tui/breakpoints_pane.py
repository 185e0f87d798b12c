"""The list of breakpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from neuraldbg.breakpoints import Breakpoint
from neuraldbg.tui.breakpoint_text import describe
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip


class BreakpointsPane(Rows):
    """One row each; Enter edits, Space switches on and off, Delete removes. Hidden while there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "ask('toggle')", "on, off", show=False),
        Binding("delete,backspace", "ask('remove')", "remove", show=False),
    ]

    class Asked(Message):
        """The user wants something done: ``toggle`` or ``remove``."""

        def __init__(self, id: int, what: str) -> None:
            super().__init__()
            self.id, self.what = id, what

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.breakpoints: Sequence[Breakpoint] = ()
        self._counts: Mapping[int, int] = {}
        self.display = False

    def show(self, breakpoints: Sequence[Breakpoint], counts: Mapping[int, int]) -> None:
        """Replaces the rows.

        Args:
            counts: id -> how often it has been met, for those that are met here.
        """
        self.breakpoints, self._counts = breakpoints, counts
        self.display = bool(breakpoints)
        self.set_rows(len(breakpoints))

    @property
    def selected(self) -> Breakpoint | None:
        """The one under the cursor."""
        return self.breakpoints[self.cursor] if self.breakpoints else None

    def row(self, index: int, width: int) -> Content:
        """``● line 3 if n > 2   met 4 times``."""
        shown = self.breakpoints[index]
        sign = "!" if shown.problem else "●" if shown.enabled else "○"
        count = self._counts.get(shown.id, 0)
        met = f" met {count:,}×" if count else ""
        text = f"{describe(shown)}: {shown.problem}" if shown.problem else describe(shown)
        return Content.assemble(
            (sign + " ", "$text-error" if shown.enabled else "$foreground 60%"),
            (clip(text, width - 2 - len(met)), "" if shown.enabled and not shown.problem else "$foreground 60%"),
            (met, "$text-warning"),
        )

    def action_ask(self, what: str) -> None:
        """Passes on what the user wants done with the one under the cursor."""
        if self.selected is not None:
            self.post_message(self.Asked(self.selected.id, what))
