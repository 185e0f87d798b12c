"""What the panes say, as plain text: pure functions from steps and values to short strings.

Nothing here knows a widget. A value comes from a program nobody has vetted (or from a model), so everything that a
terminal could act upon is replaced by a visible character before it is shown.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from neuraldbg.steps import UNSURE_BELOW, Event, Origin, Step

ORIGINS = {
    Origin.PREDICTED: "predicted, not run",
    Origin.RECORDED: "recorded run",
    Origin.DEBUGPY: "real run under debugpy",
}
SIGNS = {Event.CALL: "→", Event.LINE: "·", Event.RETURN: "←", Event.EXCEPTION: "!"}


@lru_cache(maxsize=4096)
def _visible_char(char: str) -> str:
    # Controls, formats (text direction, joiners), separators, surrogates and what no font can know.
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    code = ord(char)
    if code < 0x20:
        return "⏎" if char == "\n" else chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def visible(text: str) -> str:
    """``text`` on one line with nothing in it that a terminal obeys; as many characters as before."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible_char, text))


def clip(text: str, width: int) -> str:
    """One visible line of at most ``width`` cells, ending in an ellipsis if cut. Never looks at more than it shows."""
    if width <= 0:
        return ""
    # A cell holds at most a few code points (combining marks, joiners).
    shown = visible(text[: 8 * width + 8])
    if len(text) <= 8 * width + 8 and cell_len(shown) <= width:
        return shown
    return set_cell_size(shown, width - 1).rstrip() + "…"


def pad(text: str, width: int) -> str:
    """:func:`clip`, then filled with spaces to exactly ``width`` cells."""
    shown = clip(text, width)
    return shown + " " * (width - cell_len(shown))


def wrap(text: str, width: int) -> list[str]:
    """The whole of ``text`` in lines of at most ``width`` cells; real line breaks are kept."""
    lines: list[str] = []
    for line in text.split("\n"):
        shown = visible(line)
        if shown.isascii():
            lines += [shown[i : i + width] for i in range(0, len(shown), width)] or [""]
            continue
        start = cells = 0
        for i, char in enumerate(shown):
            size = _cells(char)
            if cells + size > width:
                lines.append(shown[start:i])
                start, cells = i, 0
            cells += size
        lines.append(shown[start:])
    return lines


@lru_cache(maxsize=65536)
def _cells(char: str) -> int:
    return cell_len(char)


def confidence_text(probability: float, short: bool = False) -> str:
    """A percentage, rounded down, with a sign that needs no colour: ``98% ▰▰▰``, ``41% unsure``, shortly ``unsure``."""
    percent = f"{int(probability * 100 + 1e-9)}%"
    if probability < UNSURE_BELOW:
        return "unsure" if short else f"{percent} unsure"
    return f"{percent} {'▰▰▰' if probability >= 0.9 else '▰▰▱' if probability >= 0.75 else '▰▱▱'}"


def confidence_style(probability: float) -> str:
    """The colour that goes with :func:`confidence_text`."""
    if probability < UNSURE_BELOW:
        return "$text-error"
    return "$text-success" if probability >= 0.9 else "$text-warning"


def outcome_of(step: Step) -> tuple[str, str] | None:
    """``("returns", value)`` or ``("raises", value)`` for a step that has a value, else None."""
    if step.value is None:
        return None
    return ("raises" if step.event is Event.EXCEPTION else "returns"), step.value


def place(step: Step) -> str:
    """Where and what, in words: ``line 3 of fact is about to run``."""
    if step.event is Event.CALL:
        return f"{step.function} is entered, line {step.line}"
    if step.event is Event.LINE:
        return f"line {step.line} of {step.function} is next"
    return f"{step.function} {'raises' if step.event is Event.EXCEPTION else 'returns'} at line {step.line}"


def summary(step: Step, changed: frozenset[str], limit: int = 200) -> str:
    """What a step brings, shortly: arguments at a call, changed names at a line, the value at the end."""
    if step.event is Event.CALL:
        return f"{step.function}({assignments(step, list(step.locals), limit)})"
    if step.event is Event.LINE:
        return assignments(step, in_order(step, changed), limit)
    words = outcome_of(step)
    return f"{step.function} {words[0]} {words[1][:limit]}" if words else step.function


def in_order(step: Step, names: frozenset[str]) -> list[str]:
    """Those of ``names`` that are bound, in the order of the locals."""
    if len(names) > 1:
        return [n for n in step.locals if n in names]
    return [n for n in names if n in step.locals]


def assignments(step: Step, names: list[str], limit: int) -> str:
    """``a=1, b=[2]``; no value is read further than ``limit`` characters."""
    return ", ".join(f"{name}={step.locals[name][:limit]}" for name in names[:20])


def worked_out(step: Step, limit: int = 300) -> str:
    """``len('ab') = 2 · 2 > 1 = True``: the operations that led to a predicted step; empty where there are none."""
    parts = []
    for operation in step.operations:
        if operation.value is not None:
            sign = "raises" if operation.raised else "="
            parts.append(f"{operation.text[:limit]} {sign} {operation.value[:limit]}")
    return visible(" · ".join(parts)[:limit])


def count_text(count: int) -> str:
    """At most four cells: ``7``, ``999``, ``12k``, ``3M``."""
    if count < 1000:
        return str(count)
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"
