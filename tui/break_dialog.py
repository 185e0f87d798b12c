"""The dialog in which a breakpoint is made or changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from neuraldbg.breakpoints import RAISED, UNCAUGHT, Breakpoint, BreakpointKind
from neuraldbg.tui.text import visible

KINDS = tuple(BreakpointKind)
_WORDS = {
    BreakpointKind.LINE: "line",
    BreakpointKind.FUNCTION: "function",
    BreakpointKind.EXCEPTION: "exception",
    BreakpointKind.CHANGE: "change of a variable",
}
# fields: attribute, label, what may stand there, and for which kinds
_FIELDS: tuple[tuple[str, str, str, tuple[BreakpointKind, ...]], ...] = (
    ("line", "line", "a line number", (BreakpointKind.LINE,)),
    ("name", "variable", "its name", (BreakpointKind.CHANGE,)),
    ("function", "function", "name; of a change: empty for anywhere", (BreakpointKind.FUNCTION, BreakpointKind.CHANGE)),
    ("exceptions", "types", "ValueError, KeyError; empty for all", (BreakpointKind.EXCEPTION,)),
    ("mode", "when", f"{RAISED} or {UNCAUGHT}", (BreakpointKind.EXCEPTION,)),
    ("condition", "only if", "an expression, such as n > 2 and x in seen", KINDS),
    ("hits", "hit count", "3, >= 3, % 3", KINDS),
    ("log", "log instead", "a message, such as n is {n}", KINDS),
)


class BreakpointScreen(ModalScreen[Breakpoint | None]):
    """A small form; Ctrl+K changes the kind, Enter is done.

    Args:
        wanted: what to begin with; its id is kept.
        check: fills in what is wrong with one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", show=False),
        Binding("ctrl+k", "kind", "kind", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, wanted: Breakpoint, check: Callable[[Breakpoint], Breakpoint]) -> None:
        super().__init__()
        self._wanted, self._check = wanted, check

    def compose(self) -> ComposeResult:
        """The kind, its fields, what is wrong, the keys."""
        with Vertical(id="dialog", classes="form") as dialog:
            dialog.border_title = Content("breakpoint")
            yield Static(id="kind", markup=False)
            for attribute, label, hint, _ in _FIELDS:
                with Horizontal(id=f"row-{attribute}", classes="field"):
                    yield Static(Content(label), classes="label", markup=False)
                    yield Input(
                        _text(self._wanted, attribute),
                        placeholder=hint,
                        compact=True,
                        id=attribute,
                        select_on_focus=False,
                    )
            yield Static(id="facts", markup=False)
            yield Static(Content("Tab next field   Ctrl+K kind   Enter done   Esc cancel"), id="keys", markup=False)

    def on_mount(self) -> None:
        """Shows the fields of its kind."""
        self._show()
        self.query_one("#condition" if self._wanted.kind is BreakpointKind.LINE else f"#{self._first}").focus()

    @property
    def _first(self) -> str:
        return next(attribute for attribute, _, _, kinds in _FIELDS if self._wanted.kind in kinds)

    def _show(self) -> None:
        kind = self._wanted.kind
        words = "   ".join(f"[{_WORDS[k]}]" if k is kind else f" {_WORDS[k]} " for k in KINDS)
        self.query_one("#kind", Static).update(Content(words))
        for attribute, _, _, kinds in _FIELDS:
            self.query_one(f"#row-{attribute}").display = kind in kinds

    def action_kind(self) -> None:
        """The next kind."""
        kind = KINDS[(KINDS.index(self._wanted.kind) + 1) % len(KINDS)]
        self._wanted = replace(self._wanted, kind=kind)
        self._show()
        self.query_one(f"#{self._first}").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Closes, unless it could never be met."""
        event.stop()
        made, problem = self._made()
        problem = problem or self._check(made).problem
        if problem:
            self.query_one("#facts", Static).update(Content.styled("✗ " + visible(problem), "$text-error"))
        else:
            self.dismiss(made)

    def _made(self) -> tuple[Breakpoint, str]:
        text = {a: self.query_one(f"#{a}", Input).value.strip() for a, _, _, _ in _FIELDS}
        kind = self._wanted.kind
        if kind is BreakpointKind.LINE and not re.fullmatch(r"[0-9]{1,9}", text["line"]):
            return self._wanted, "the line must be a number"
        fields: dict[str, object] = {a: text[a] if kind in kinds else "" for a, _, _, kinds in _FIELDS}
        fields["line"] = int(text["line"]) if kind is BreakpointKind.LINE else 0
        fields["mode"] = (text["mode"] or RAISED) if kind is BreakpointKind.EXCEPTION else RAISED
        named = text["exceptions"].replace(",", " ").split() if kind is BreakpointKind.EXCEPTION else []
        fields["exceptions"] = tuple(named)
        return replace(self._wanted, **fields), ""  # type: ignore[arg-type]


def _text(wanted: Breakpoint, attribute: str) -> str:
    value = getattr(wanted, attribute)
    return ", ".join(value) if isinstance(value, tuple) else str(value or "")
