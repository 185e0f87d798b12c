"""The locals pane: names, values, what changed, how sure the model is, what the real run says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from neuraldbg.compare import Verdict
from neuraldbg.steps import UNSURE_BELOW
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, confidence_style, confidence_text, pad
from neuraldbg.tui.verdicts import SIGNS, STYLES


@dataclass(frozen=True, slots=True)
class Value:
    """One shown value.

    Attributes:
        name: of the local; ``returns`` or ``raises`` for a step's own value.
        text: the repr, whole.
        changed: differs from this frame's previous stop.
        confidence: probability, None where the value was forced or is real.
        before: the latest other value the name had, None if there was none.
        verdict: after a cross-check, else None.
        real: the real value where it differs.
        unknown: predicted, but a server did not say how likely it is.
    """

    name: str
    text: str
    changed: bool = False
    confidence: float | None = None
    before: str | None = None
    verdict: Verdict | None = None
    real: str | None = None
    unknown: bool = False

    @property
    def unsure(self) -> bool:
        """True if the value must not be read as a fact."""
        return self.unknown or (self.confidence is not None and self.confidence < UNSURE_BELOW)


class LocalsPane(Rows):
    """A table drawn in one widget; a differing value takes a second row with the real one."""

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.values: tuple[Value, ...] = ()
        self._name_width = 4
        self._rows: list[tuple[int, bool]] = []  # (which value, is its "real" row)

    def show(self, values: Sequence[Value]) -> None:
        """Replaces the table; the cursor stays on the name it was on."""
        name = self.selected.name if self.selected is not None else None
        self.values = tuple(values)
        self._name_width = max(4, *(cell_len(v.name) for v in values)) if values else 4
        self._rows = [
            (i, real) for i, v in enumerate(values) for real in ((False, True) if v.real is not None else (False,))
        ]
        at = next((row for row, (i, real) in enumerate(self._rows) if values[i].name == name and not real), 0)
        self.set_rows(len(self._rows), at)

    @property
    def selected(self) -> Value | None:
        """The value under the cursor."""
        return self.values[self._rows[self.cursor][0]] if self._rows else None

    def row(self, index: int, width: int) -> Content:
        """``* name = value   98% ▰▰▰``."""
        which, is_real = self._rows[index]
        value = self.values[which]
        name_width = min(self._name_width, max(6, width * 2 // 5))
        if is_real:
            label = pad("real", name_width)
            return Content.assemble(
                f"   {label} ", ("✓ ", "$text-success"), clip(value.real or "", width - name_width - 6)
            )
        sure = "unknown" if value.unknown else ""  # what a server does not tell
        if value.confidence is not None:
            sure = confidence_text(value.confidence, short=width < 44)
        mark = ("*", "bold $text-warning") if value.changed else (" ", "")
        if value.unsure:
            mark = ("?", "bold $text-error")
        verdict = (SIGNS[value.verdict], STYLES[value.verdict]) if value.verdict is not None else (" ", "")
        own = value.name in ("returns", "raises")
        room = width - name_width - 4 - (len(sure) + 1 if sure else 0)
        style = "bold" if value.changed or own else "$foreground 60%" if value.unsure else ""
        return Content.assemble(
            verdict,
            mark,
            " ",
            (pad(value.name, name_width), "italic $text-secondary" if own else "$text-primary"),
            " ",
            (pad(value.text, room), style),
            (f" {sure}", confidence_style(value.confidence or 0.0)) if sure else "",
        )


def values_of(
    locals_: Mapping[str, str],
    changed: frozenset[str],
    confidence: Mapping[str, float | None],
    verdicts: Mapping[str, tuple[Verdict, str | None]],
) -> list[Value]:
    """The rows of one frame, in the order the frame keeps its locals; names that only the real run has come last.

    Args:
        confidence: name -> probability, None where it is not known; absent where forced.
        verdicts: name -> verdict and, where it differs, the real value; empty without a cross-check.
    """
    rows = []
    for name, text in locals_.items():
        verdict, real = verdicts.get(name, (None, None))
        sure, unknown = confidence.get(name), name in confidence and confidence[name] is None
        rows.append(Value(name, text, name in changed, sure, None, verdict, real, unknown))
    missing = [n for n in verdicts if n not in locals_]
    return rows + [Value(n, "(not predicted)", verdict=verdicts[n][0], real=verdicts[n][1]) for n in missing]
