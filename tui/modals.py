"""Screens that lie over the stepper: a whole value, the keys, a question to be answered with yes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from neuraldbg.tui.bindings import KeyMap, help_lines
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import confidence_text, wrap
from neuraldbg.tui.values import Value
from neuraldbg.tui.verdicts import WORDS

CLOSE = Binding("escape,q", "app.pop_screen", "close", show=False)


class Pager(Rows):
    """Lines of text, wrapped to the width."""

    def __init__(self, text: str, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self._text = text
        self._width = 0
        self._lines: list[str] = []

    def on_resize(self) -> None:
        """Wraps anew."""
        width = self.scrollable_content_region.width
        if width > 0 and width != self._width:
            self._width = width
            self._lines = wrap(self._text, width)
            self.set_rows(len(self._lines))
        super().on_resize()

    def row(self, index: int, width: int) -> Content:
        """One wrapped line."""
        return Content(self._lines[index])


class ValueScreen(ModalScreen[None]):
    """The whole of one value; ``y`` copies it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        CLOSE,
        Binding("y,c", "copy", "copy", show=False),
    ]

    def __init__(self, value: Value, where: str) -> None:
        super().__init__()
        self._value, self._where = value, where

    def compose(self) -> ComposeResult:
        """A pager for the value, and for the real and the previous one where there are such."""
        value = self._value
        facts = [self._where, f"{len(value.text):,} characters"]
        if value.confidence is not None:
            facts.append(("unsure: " if value.unsure else "") + confidence_text(value.confidence))
        elif value.unknown:
            facts.append("unsure: the server does not say how likely it is")
        if value.verdict is not None:
            facts.append(WORDS[value.verdict])
        parts = 1 + (value.real is not None) + (value.before is not None)
        with Vertical(id="dialog", classes=f"parts{parts}"):
            yield Pager(value.text, id="value", title=value.name)
            if value.real is not None:
                yield Pager(value.real, id="real", title="really")
            if value.before is not None:
                yield Pager(value.before, id="before", title="before")
            yield Static(Content(" · ".join(facts)), id="facts")
            yield Static(Content("y copy   ↑↓ scroll   Tab next part   Esc close"), id="keys")

    def on_mount(self) -> None:
        """Keys scroll the value."""
        self.query_one("#value").focus()

    def action_copy(self) -> None:
        """Puts the focused part's text on the clipboard."""
        focused = self.focused
        text = focused._text if isinstance(focused, Pager) else self._value.text
        self.app.copy_to_clipboard(text)
        self.query_one("#keys", Static).update(Content(f"{len(text):,} characters copied   Esc close"))

    def on_rows_chosen(self) -> None:
        """Enter closes as it opened."""
        self.dismiss(None)


class HelpScreen(ModalScreen[None]):
    """All keys, from the one table of bindings."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE, Binding("question_mark", "app.pop_screen", show=False)]

    def __init__(self, keys: KeyMap) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """One pager."""
        with Vertical(id="dialog", classes="parts1"):
            yield Pager("\n".join(help_lines(self._keys)), id="help", title="keys")
            yield Static(Content("↑↓ scroll   Esc close"), id="keys")

    def on_mount(self) -> None:
        """Keys scroll the list."""
        self.query_one("#help").focus()

    def on_rows_chosen(self) -> None:
        """Enter closes."""
        self.dismiss(None)


class TextScreen(ModalScreen[None]):
    """Some lines to read; ``y`` copies them."""

    BINDINGS: ClassVar[list[BindingType]] = [CLOSE, Binding("y", "copy", "copy", show=False)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """One pager."""
        with Vertical(id="dialog", classes="parts1"):
            yield Pager(self._text, id="text", title=self._title)
            yield Static(Content("y copy   ↑↓ scroll   Esc close"), id="keys")

    def on_mount(self) -> None:
        """Keys scroll the text."""
        self.query_one("#text").focus()

    def action_copy(self) -> None:
        """Puts the text on the clipboard."""
        self.app.copy_to_clipboard(self._text)
        self.query_one("#keys", Static).update(Content(f"{len(self._text):,} characters copied   Esc close"))

    def on_rows_chosen(self) -> None:
        """Enter closes."""
        self.dismiss(None)


class ConfirmScreen(ModalScreen[bool]):
    """A question; only ``y`` means yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", show=False),
        Binding("n,escape,q,enter", "answer(False)", "no", show=False),
    ]

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__()
        self._title, self._text, self._yes = title, text, yes

    def compose(self) -> ComposeResult:
        """Title, text, the two answers."""
        with Vertical(id="dialog", classes="confirm") as dialog:
            dialog.border_title = Content(self._title)
            yield Static(Content(self._text), id="question")
            yield Static(Content(f"y {self._yes}     n or Esc cancel"), id="keys")

    def action_answer(self, yes: bool) -> None:
        """Closes with the answer."""
        self.dismiss(yes)
