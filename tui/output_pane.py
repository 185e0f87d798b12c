"""What the program has printed by now, predicted or as far as it follows from the steps."""

from __future__ import annotations

from textual.content import Content

from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import wrap

LONGEST = 200_000  # characters from the end


class OutputPane(Rows):
    """Lines of text under the source; hidden until it is asked for."""

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self._text = ""
        self._lines: list[str] = []
        self._width = 0
        self.display = False

    def show(self, text: str) -> None:
        """Replaces the text and shows its end."""
        if text != self._text or not self._lines:
            self._text = text
            self._wrap()

    def _wrap(self) -> None:
        self._width = max(1, self.scrollable_content_region.width)
        text = self._text[-LONGEST:]
        self._lines = wrap(text.removesuffix("\n"), self._width) if text else []
        self.set_rows(len(self._lines), len(self._lines) - 1)

    def on_resize(self) -> None:
        """Wraps anew."""
        if self.scrollable_content_region.width != self._width:
            self._wrap()
        super().on_resize()

    def row(self, index: int, width: int) -> Content:
        """One line."""
        return Content(self._lines[index])
