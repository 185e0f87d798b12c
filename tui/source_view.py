"""The source pane: line numbers, breakpoints, the current line, how often each line has run, syntax colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.highlight import HighlightTheme, highlight

from neuraldbg.steps import Event
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, count_text, visible

TAB = 4
COLOURED_AT_ONCE = 400  # lines; a longer file is painted plain first, since lexing takes 0.3 ms a line
COLOURED_CHARACTERS = 2_000_000  # a longer file stays plain


class Colours(HighlightTheme):
    """Few colours, no underlines. A key is a Pygments token type, which is a tuple of names."""

    STYLES: dict[tuple[str, ...], str] = {
        ("Comment",): "$foreground 60% italic",
        ("Keyword",): "$text-accent",
        ("Keyword", "Constant"): "$text-warning",
        ("Literal", "Number"): "$text-warning",
        ("Literal", "String"): "$text-success",
        ("Literal", "String", "Doc"): "$foreground 60% italic",
        ("Name", "Builtin"): "$text-secondary",
        ("Name", "Class"): "bold",
        ("Name", "Decorator"): "$text-secondary",
        ("Name", "Function"): "bold",
        ("Operator", "Word"): "$text-accent",
    }


# The mark of the current line by what happens there: readable without colour.
ARROWS = {Event.CALL: ("▶", "$text-primary"), Event.LINE: ("▶", "$text-primary")} | {
    Event.RETURN: ("◀", "$text-success"),
    Event.EXCEPTION: ("!", "bold $text-error"),
}
CALLER_ARROW = ("▷", "$text-primary")
REAL_ARROW = ("◇", "bold $text-success")


def plain(lines: Sequence[str]) -> list[Content]:
    """Each line, safe to show, tabs expanded."""
    return [Content(visible(line.expandtabs(TAB))) for line in lines]


def coloured(lines: Sequence[str]) -> list[Content]:
    """Each line with syntax colours; safe to show, tabs expanded, same number of lines."""
    if sum(map(len, lines)) > COLOURED_CHARACTERS:
        return plain(lines)
    shown = [visible(line.expandtabs(TAB)) for line in lines]
    whole = highlight("\n".join(shown), language="python", theme=Colours)
    # Textual lays "$text" under everything, which is whiter than the theme's foreground.
    whole = Content(whole.plain, spans=[span for span in whole.spans if span.style != "$text"])
    parts = whole.split("\n", allow_blank=True)
    return [*parts, *map(Content, shown[len(parts) :])]  # blank lines at the end are not given back


class SourceView(Rows):
    """The program's text; the row cursor is the source cursor (row 0 is line 1)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "shift(-8)", "left", show=False, id="source.left"),
        Binding("right", "shift(8)", "right", show=False, id="source.right"),
        Binding("space", "app.breakpoint", "breakpoint", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"source--current"}
    margin = 3

    def __init__(self, lines: Sequence[str], *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self._source = lines
        self._lines = coloured(lines) if len(lines) <= COLOURED_AT_ONCE else plain(lines)
        self._digits = len(str(max(1, len(lines))))
        self._shift = 0
        self._breakpoints: Mapping[int, bool] = {}
        self._unreached: frozenset[int] = frozenset()
        self._inline: Mapping[int, str] = {}
        self._visits: Mapping[int, int] = {}
        self._count_width = 0
        self._current: tuple[int, tuple[str, str]] | None = None
        self._real: int | None = None
        self._note: tuple[str, str] | None = None
        self.set_rows(len(lines))

    def on_mount(self) -> None:
        """Colours a long file after the first paint."""
        if len(self._source) > COLOURED_AT_ONCE:
            self.run_worker(self._colour, thread=True)

    def _colour(self) -> None:
        lines = coloured(self._source)
        self.app.call_from_thread(self._show_coloured, lines)

    def _show_coloured(self, lines: list[Content]) -> None:
        self._lines = lines
        self.refresh()

    @property
    def line(self) -> int:
        """1-based line of the source cursor."""
        return self.cursor + 1

    def find(self, text: str) -> int | None:
        """The next row after the cursor whose line has this text, in any case of letters; then from the top."""
        wanted, count = text.lower(), len(self._source)
        around = (i % count for i in range(self.cursor + 1, self.cursor + 1 + count))
        return next((i for i in around if wanted in self._source[i].lower()), None) if count else None

    def show_breakpoints(self, lines: Mapping[int, bool]) -> None:
        """Marks these lines: line -> whether its breakpoint is on."""
        self._breakpoints = lines
        self.refresh()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Another text."""
        self._source = lines
        self._lines = coloured(lines) if len(lines) <= COLOURED_AT_ONCE else plain(lines)
        self._digits = len(str(max(1, len(lines))))
        self._shift, self._current, self._real = 0, None, None
        self.set_rows(len(lines))
        self.on_mount()

    def show_position(
        self,
        line: int,
        arrow: tuple[str, str],
        visits: Mapping[int, int],
        note: tuple[str, str] | None = None,
        real: int | None = None,
        inline: Mapping[int, str] | None = None,
        unreached: frozenset[int] = frozenset(),
    ) -> None:
        """Marks the current line and puts the cursor there.

        Args:
            arrow: the mark and its style.
            visits: line -> how often it has come up to run.
            note: text and style of a remark after the line, such as the returned value.
            real: the line where a real run is instead, if it differs.
            inline: line -> values to show behind it.
            unreached: lines that no step reaches.
        """
        self._inline, self._unreached = inline or {}, unreached
        self._current, self._visits, self._note, self._real = (line, arrow), visits, note, real
        self._count_width = max((len(count_text(c)) for c in set(visits.values()) if c), default=0)
        self.put_cursor(line - 1)

    def row(self, index: int, width: int) -> Content:
        """Breakpoint, arrow, number, count, code."""
        number = index + 1
        current = self._current is not None and self._current[0] == number
        arrow = self._current[1] if current and self._current is not None else (" ", "")
        note = self._note if current else None
        if number == self._real:
            arrow, note = REAL_ARROW, ("◇ the real run is here", REAL_ARROW[1])
        visits = self._visits.get(number, 0)
        gutter = Content.assemble(
            ({True: "●", False: "○", None: " "}[self._breakpoints.get(number)], "$text-error"),
            arrow,
            (f"{number:>{self._digits}} ", "bold" if current else "$foreground 40%"),
            (f"{count_text(visits) if visits else '':>{self._count_width}} ", "$foreground 40%"),
        )
        room = width - gutter.cell_length
        code = self._code(index, room)
        if number in self._unreached:
            code = Content(code.plain).stylize("$foreground 40%")
        line = Content.assemble(gutter, code.truncate(room, ellipsis=True))
        if note is None and number in self._inline:
            note = (self._inline[number], "$text-primary 75% italic")
        if note is not None and (room := width - line.cell_length - 2) > 8:
            line = Content.assemble(line, "  ", (clip(note[0], room), note[1]))
        return line.pad_right(width - line.cell_length).stylize_before("on $primary-muted") if current else line

    def _code(self, index: int, room: int) -> Content:
        """The part of a line that may be seen; a cell holds at most a few characters."""
        code = self._lines[index]
        most = self._shift + 4 * max(room, 1) + 4
        return code[self._shift : most] if self._shift or len(code.plain) > most else code

    def on_click(self, event: events.Click) -> None:
        """A click on the number of a line sets a breakpoint there or takes it off."""
        super().on_click(event)
        offset = event.get_content_offset(self)
        if offset is not None and offset.x < self._digits + 3 and offset.y + self.scroll_offset.y == self.cursor:
            self.app.call_next(self.app.run_action, "breakpoint")

    def action_shift(self, by: int) -> None:
        """Scrolls the code sideways, under a fixed gutter."""
        longest = max((len(line.plain) for line in self._lines), default=0)
        self._shift = max(0, min(self._shift + by, longest - 8))
        self.refresh()
