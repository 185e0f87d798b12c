"""The locals pane: names, values as trees, what changed, how sure the model is, what the real run says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, confidence_style, confidence_text, pad
from neuraldbg.tui.value_nodes import Nodes
from neuraldbg.tui.values import FrameValues, Value
from neuraldbg.tui.verdicts import SIGNS, STYLES

MEASURED = 500  # rows whose names give the column its width


class LocalsPane(Rows):
    """A tree drawn in one widget; a differing value takes a second row with the real one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "open(True)", "open", show=False),
        Binding("left", "open(False)", "close", show=False),
        Binding("space", "open()", "open or close", show=False),
    ]

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.nodes = Nodes(self._read_later)
        self.values = FrameValues({})
        self._function = ""
        self._before: Mapping[str, str] = {}
        self._name_width = 4
        self._title = title

    def show(self, values: FrameValues, function: str = "", before: Mapping[str, str] | None = None) -> None:
        """Replaces the values; the cursor stays on the name it was on.

        Args:
            function: whose frame it is.
            before: its locals at its previous stop.
        """
        self.values, self._function, self._before = values, function, before or {}
        self.rebuild()

    def show_title(self, title: str) -> None:
        """What the pane shows; the filter is added."""
        self._title = title
        self.set_title(title + (f"  /{clip(self.nodes.filter, 20)}" if self.nodes.filter else ""))

    def rebuild(self) -> None:
        """Makes the rows anew."""
        chosen = self.selected
        at = (chosen.labels or (chosen.name,)) if chosen is not None else ()
        self.nodes.build(self._function, self.values, self._before)
        rows = self.nodes.rows
        self._name_width = max(4, rows.widest(MEASURED))
        self.set_rows(len(rows), rows.find(at) or 0)

    def _read_later(self, read: Callable[[], None]) -> None:
        def work() -> None:
            read()
            self.app.call_from_thread(self.rebuild)

        self.run_worker(work, thread=True)

    @property
    def selected(self) -> Value | None:
        """The value under the cursor."""
        return self.nodes.rows[self.cursor].value if 0 <= self.cursor < len(self.nodes.rows) else None

    def set_filter(self, text: str) -> None:
        """Shows only values whose name or text has these characters."""
        self.nodes.filter = text
        self.show_title(self._title)
        self.rebuild()

    def toggle_pin(self) -> bool | None:
        """Keeps the selected local on top, or lets it go; None where there is none."""
        value = self.selected
        if value is None or not value.labels:
            return None
        self.nodes.pins ^= {(self._function, value.labels[0])}
        self.rebuild()
        return (self._function, value.labels[0]) in self.nodes.pins

    def action_open(self, wanted: bool | None = None) -> None:
        """Opens or closes the value under the cursor; from a part, Left goes to what holds it."""
        value = self.selected
        if value is None or not value.labels:
            return
        node = self.nodes.rows[self.cursor]
        if wanted is False and (node.sign != "▾" or node.note) and node.depth:
            holder = value.labels if node.note else value.labels[:-1]
            rows = self.nodes.rows
            self._moved_to(
                next(i for i in range(self.cursor, -1, -1) if rows[i].value.labels == holder and not rows[i].note)
            )
        elif node.sign != " " and self.nodes.toggle(self._function, value.labels, wanted):
            self.rebuild()

    def action_choose(self) -> None:
        """Opens the whole value, or shows more parts."""
        if self.nodes.rows and self.nodes.rows[self.cursor].note:
            labels = self.nodes.rows[self.cursor].value.labels
            if self.nodes.rows[self.cursor].note.endswith("(Enter)"):
                self.nodes.show_more(self._function, labels)
                at = self.cursor
                self.rebuild()
                self.put_cursor(at)
            return
        super().action_choose()

    def row(self, index: int, width: int) -> Content:
        """``* name = value   98% ▰▰▰``."""
        node = self.nodes.rows[index]
        value, indent = node.value, "  " * node.depth
        name_width = min(self._name_width, max(6, width * 2 // 5))
        if node.note:
            return Content.assemble(
                ("   " + indent + clip(node.note, width - 3 - len(indent)), "$foreground 60% italic")
            )
        if node.real:
            label = pad("real", name_width)
            return Content.assemble(
                f"   {label} ", ("✓ ", "$text-success"), clip(value.real or "", width - name_width - 6)
            )
        sure = "unknown" if value.unknown else ""  # what a server does not tell
        if value.confidence is not None:
            sure = confidence_text(value.confidence, short=width < 44)
        mark = ("*", "bold $text-warning") if value.changed else (" ", "")
        if value.edited:
            mark = ("✎", "bold $text-accent")
        if value.unsure:
            mark = ("?", "bold $text-error")
        verdict = (SIGNS[value.verdict], STYLES[value.verdict]) if value.verdict is not None else (" ", "")
        if verdict[0] == " " and (self._function, value.name) in self.nodes.pins and not node.depth:
            verdict = ("◆", "$text-accent")
        room = width - name_width - 4 - (len(sure) + 1 if sure else 0)
        style = "bold" if value.changed or value.own else "$foreground 60%" if value.unsure else ""
        return Content.assemble(
            verdict,
            mark,
            (node.sign, "$text-primary"),
            (pad(indent + value.name, name_width), "italic $text-secondary" if value.own else "$text-primary"),
            " ",
            (pad(value.text, room), style),
            (f" {sure}", confidence_style(value.confidence or 0.0)) if sure else "",
        )
