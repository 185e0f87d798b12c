"""The call stack, innermost frame first; the cursor picks the frame whose locals are shown."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from neuraldbg.session import Frame
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip


class StackPane(Rows):
    """One row a live frame."""

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.frames: Sequence[Frame] = ()

    def show(self, frames: Sequence[Frame]) -> None:
        """Replaces the stack and selects the innermost frame."""
        self.frames = frames
        self.set_title(f"stack {len(frames)}" if len(frames) > 1 else "stack")
        self.set_rows(len(frames), 0)

    @property
    def selected(self) -> Frame | None:
        """The frame under the cursor."""
        return self.frames[self.cursor] if self.frames else None

    def row(self, index: int, width: int) -> Content:
        """``▶ function:line``."""
        frame = self.frames[index]
        chosen = index == self.cursor
        return Content.assemble(
            ("▶ " if chosen else "  ", "$text-primary"),
            (clip(frame.function, max(4, width - 10)), "bold" if chosen else ""),
            (f" :{frame.line}", "$foreground 60%"),
        )
