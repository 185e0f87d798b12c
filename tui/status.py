"""The title line, the two status lines and the hint line: plain text, never markup."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from neuraldbg.compare import Verdict
from neuraldbg.steps import Event, Step
from neuraldbg.tui.bindings import KeyMap, hints
from neuraldbg.tui.text import clip, confidence_style, confidence_text, outcome_of, place
from neuraldbg.tui.verdicts import STYLES

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
EVENT_STYLES = {
    Event.CALL: "bold $text-primary",
    Event.LINE: "bold",
    Event.RETURN: "bold $text-success",
    Event.EXCEPTION: "bold $text-error",
}


class TextLine(Static):
    """One line that is set from outside and can be read back."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._content = Content("")

    def show(self, content: Content | str) -> None:
        """Replaces the line."""
        self._content = content if isinstance(content, Content) else Content(content)
        self.update(self._content)

    def text(self) -> str:
        """What the user reads."""
        return self._content.plain


class Hints(TextLine):
    """As many keys as fit."""

    def __init__(self, keys: KeyMap, *, id: str) -> None:
        super().__init__(id=id)
        self._keys = keys

    def on_resize(self) -> None:
        """Chooses anew."""
        self.show(hints(self.content_size.width, self._keys))


def position_line(
    step: Step, index: int, known: int, complete: bool, verdict: tuple[str, Verdict] | None, width: int
) -> Content:
    """``step 12 · 40 known  fact returns at line 4: 6  97% ▰▰▰  ✗ really 7``."""
    parts: list[Content | str | tuple[str, str]] = [
        (f"step {index:,} · {known:,} {'in all' if complete else 'known'}", "$foreground 60%"),
        "  ",
        (clip(place(step), max(20, width // 2)), EVENT_STYLES[step.event]),
    ]
    used = Content.assemble(*parts).cell_length
    tail: list[Content | str | tuple[str, str]] = []
    if (p := step.confidence) is not None and p.move is None:
        tail += ["  ", ("likelihood unknown", "$text-warning")]
    elif p is not None and p.move is not None and p.move < 0.995:
        tail += ["  ", (confidence_text(p.move), confidence_style(p.move))]
    if verdict is not None:
        tail += ["  ", (clip(verdict[0], width // 2), STYLES[verdict[1]])]
    outcome = outcome_of(step)
    if outcome is not None:
        room = width - used - Content.assemble(*tail).cell_length - 2
        parts += [": ", (clip(outcome[1], max(8, room)), "bold")]
    return Content.assemble(*parts, *tail).truncate(width, ellipsis=True)
