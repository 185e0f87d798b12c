"""Screens that ask for something: one line of text, one of several rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, visible

LONGEST = 20_000  # characters of a value that is put into an input line


class PromptScreen(ModalScreen[str | None]):
    """One line of text.

    Args:
        title: what is asked for.
        text: to begin with.
        note: a line below.
        problem: what is wrong with an answer, empty if nothing is; asked on Enter.
        live: called with the text as it is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "cancel", show=False)]

    def __init__(
        self,
        title: str,
        text: str = "",
        note: str = "",
        problem: Callable[[str], str] = lambda text: "",
        live: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._title, self._text, self._note, self._problem, self._live = title, text, note, problem, live

    def compose(self) -> ComposeResult:
        """The line, what is wrong with it, the keys."""
        with Vertical(id="dialog", classes="prompt") as dialog:
            dialog.border_title = Content(self._title)
            yield Input(self._text[:LONGEST], compact=True, select_on_focus=False)
            yield Static(Content(self._note), id="facts", markup=False)
            yield Static(Content("Enter done   Esc cancel"), id="keys", markup=False)

    def on_mount(self) -> None:
        """Keys go into the line."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Passes on what is typed."""
        if self._live is not None:
            self._live(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Closes, unless something is wrong."""
        event.stop()
        problem = self._problem(event.value)
        if problem:
            facts = self.query_one("#facts", Static)
            facts.update(Content.styled("✗ " + visible(problem), "$text-error"))
        else:
            self.dismiss(event.value)


class Choices(Rows):
    """The rows of a :class:`ChoiceScreen`."""

    def __init__(self, rows: Sequence[Content | str]) -> None:
        super().__init__(id="choices")
        self._rows = rows

    def row(self, index: int, width: int) -> Content:
        """One choice."""
        row = self._rows[index]
        return Content(clip(row, width)) if isinstance(row, str) else row.truncate(width, ellipsis=True)


class ChoiceScreen(ModalScreen[int | None]):
    """One of several rows.

    Args:
        title: what is chosen.
        rows: the choices; a string is never read as markup.
        note: a line below.
        start: the row to begin at.
        enter: what Enter does, in a word.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "cancel", show=False)]

    def __init__(
        self, title: str, rows: Sequence[Content | str], note: str = "", start: int = 0, enter: str = "choose"
    ) -> None:
        super().__init__()
        self._title, self._rows, self._note, self._start, self._enter = title, rows, note, start, enter

    def compose(self) -> ComposeResult:
        """The rows and the keys."""
        with Vertical(id="dialog", classes="parts1") as dialog:
            dialog.border_title = Content(self._title)
            yield Choices(self._rows)
            if self._note:
                yield Static(Content(self._note), id="facts", markup=False)
            yield Static(Content(f"↑↓ move   Enter {self._enter}   Esc cancel"), id="keys", markup=False)

    def on_mount(self) -> None:
        """Keys move among the rows."""
        choices = self.query_one(Choices)
        choices.set_rows(len(self._rows), self._start)
        choices.focus()

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """Closes with the row."""
        message.stop()
        self.dismiss(message.index)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        """Concerns nobody else."""
        message.stop()
