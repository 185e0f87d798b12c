"""Rows: the one list widget of the stepper. It draws only the rows that are on screen, whatever their number.

A subclass says what a row looks like (:meth:`Rows.row`); this class scrolls, keeps a cursor and answers the keys.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Rows(ScrollView, can_focus=True):
    """A scrolling list with a cursor.

    Attributes:
        margin: rows kept in view above and below the cursor.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="rows.up"),
        Binding("down", "move(1)", "down", show=False, id="rows.down"),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(-1)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
        Binding("enter", "choose", "open", show=False),
    ]
    margin = 0

    class Moved(Message):
        """The user moved the cursor."""

        def __init__(self, rows: Rows, index: int) -> None:
            super().__init__()
            self.rows, self.index = rows, index

        @property
        def control(self) -> Rows:
            """The list, for ``@on`` selectors."""
            return self.rows

    class Chosen(Moved):
        """The user pressed Enter on a row, or clicked the row that has the cursor."""

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id)
        self.border_title = Content(title) if title else None
        self.count = 0
        self.cursor = 0

    def row(self, index: int, width: int) -> Content:
        """Row ``index`` as text of at most ``width`` cells."""
        raise NotImplementedError

    def set_title(self, title: str) -> None:
        """Changes the words on the border; never read as markup."""
        self.border_title = Content(title)

    def set_rows(self, count: int, cursor: int | None = None) -> None:
        """Says how many rows there are now, and redraws; ``cursor`` moves without a message."""
        self.count = count
        self.virtual_size = Size(0, count)
        self.put_cursor(self.cursor if cursor is None else cursor)
        self.refresh()

    def put_cursor(self, index: int) -> None:
        """Moves the cursor and keeps it in view."""
        self.cursor = max(0, min(index, self.count - 1))
        self._show_cursor()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draws one screen line."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        style = self.visual_style
        if index >= self.count:
            return Strip.blank(width, style.rich_style)
        if index == self.cursor:
            style = self.get_visual_style("rows--cursor")
        parts = self.row(index, width).render(style, end="", parse_style=self.app.stylesheet.parse_style)
        strip = Strip([Segment(text, part.rich_style) for text, part in parts])
        return strip.crop_extend(0, width, style.rich_style)

    def text(self) -> str:
        """All rows as the user reads them at the present width."""
        width = self.scrollable_content_region.width
        return "\n".join(self.row(i, width).plain.rstrip() for i in range(self.count))

    def _show_cursor(self) -> None:
        height = self.scrollable_content_region.height
        if height <= 0 or self.count == 0:
            return
        top, margin = round(self.scroll_y), min(self.margin, (height - 1) // 2)
        low, high = self.cursor - margin, self.cursor + margin - height + 1
        if top > low or top < high:
            far = abs(self.cursor - top - height // 2) > height
            target = self.cursor - height // 2 if far and self.margin else low if top > low else high
            self.scroll_to(y=max(0, min(target, self.count - height)), animate=False, force=True, immediate=True)

    def _moved_to(self, index: int) -> None:
        before = self.cursor
        self.put_cursor(index)
        if self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def action_move(self, by: int) -> None:
        """Moves the cursor by ``by`` rows."""
        self._moved_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Moves the cursor by ``by`` pages."""
        self._moved_to(self.cursor + by * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, by: int) -> None:
        """Moves the cursor to the first or last row."""
        self._moved_to(0 if by < 0 else self.count - 1)

    def action_choose(self) -> None:
        """Tells whoever listens that the row under the cursor is meant."""
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_resize(self) -> None:
        """Keeps the cursor in view."""
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor to the clicked row; a click on the cursor chooses it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + self.scroll_offset.y
        if index >= self.count:
            return
        if index == self.cursor:
            self.action_choose()
        else:
            self._moved_to(index)
