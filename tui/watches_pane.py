"""Watched expressions and their values at the frame that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from neuraldbg.evaluation import Evaluation
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, confidence_style, confidence_text, visible


class WatchesPane(Rows):
    """One row an expression; hidden while there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete,backspace", "remove", "remove", show=False)]

    class Removed(Message):
        """The user removes the expression under the cursor."""

        def __init__(self, expression: str) -> None:
            super().__init__()
            self.expression = expression

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.expressions: tuple[str, ...] = ()
        self._found: Mapping[str, Evaluation] = {}
        self.display = False

    @property
    def selected(self) -> str | None:
        """The expression under the cursor."""
        return self.expressions[self.cursor] if self.expressions else None

    def show(self, expressions: tuple[str, ...], found: Mapping[str, Evaluation]) -> None:
        """Replaces the rows.

        Args:
            found: expression -> its value; absent while it is being worked out.
        """
        self.expressions, self._found = expressions, found
        self.display = bool(expressions)
        self.set_rows(len(expressions))

    def row(self, index: int, width: int) -> Content:
        """``expression = value  98% ▰▰▰``, or why there is no value."""
        expression = self.expressions[index]
        head = clip(expression, max(8, width // 2))
        result = self._found.get(expression)
        if result is None:
            return Content.assemble((head, "$text-primary"), " …")
        room = width - Content(head).cell_length - 3
        if not result.ok:
            said = clip(f"{result.kind.value.replace('_', ' ')}: {visible(result.reason[:300])}", room)
            return Content.assemble((head, "$text-primary"), " ✗ ", (said, "$foreground 60% italic"))
        sure = result.confidence
        tail = "" if sure is None else " " + confidence_text(sure, short=width < 44)
        return Content.assemble(
            (head, "$text-primary"),
            " = ",
            (clip(result.text or "", room - len(tail)), "$foreground 60%" if tail.endswith("unsure") else ""),
            (tail, confidence_style(sure)) if sure is not None else "",
        )

    def action_remove(self) -> None:
        """Tells whoever listens that the expression under the cursor may go."""
        if self.selected is not None:
            self.post_message(self.Removed(self.selected))
