"""Facts -> inlay hints at line ends: short labels, the whole story in the tooltip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neuraldbg.lsp.facts import NOT_TAKEN, TAKEN, TURN, Fact, Kind
from neuraldbg.lsp.predictions import State
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.settings import Hints
from neuraldbg.lsp.text import units

_WIDTHS = (40, 30, 22, 16, 12, 9, 6)
# Values of a line that are shown, and characters of each. The last one whole tells more than pieces of three.
_TRIES = ((3, 60), (2, 60), (1, 60), *((1, width) for width in _WIDTHS))
_MOST_ROWS = 20
_MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class LineHint:
    """The hint of one line.

    Attributes:
        line: of the program.
        label: short.
        facts: what it says, whole.
    """

    line: int
    label: str
    facts: tuple[Fact, ...]


def line_hints(facts: Iterable[Fact], settings: Hints) -> list[LineHint]:
    """A hint for each line that has something to show under the settings, by line."""
    by_line: dict[int, list[Fact]] = {}
    for fact in facts:
        if settings.enable and getattr(settings, fact.kind.value):
            by_line.setdefault(fact.line, []).append(fact)
    return [LineHint(n, label(found, settings.maxLength), tuple(found)) for n, found in sorted(by_line.items())]


def label(facts: Sequence[Fact], most: int) -> str:
    """All facts of a line in at most ``most`` UTF-16 units; what is doubtful has a question mark."""
    groups = _groups(facts)
    text = ""
    for shown, width in _TRIES:
        text = ", ".join(_group(g, shown, width) for g in groups)
        if units(text) <= most:
            return text
    mark = "…?" if any(f.doubtful for f in facts) else "…"
    while units(text) + len(mark) > most:
        text = text[:-1]
    return text.rstrip(" ,=") + mark


def _groups(facts: Sequence[Fact]) -> list[list[Fact]]:
    """By kind and name; exceptions and returned values come last."""
    groups: dict[tuple[Kind, str | None], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.kind, fact.name), []).append(fact)
    last = (Kind.RETURN, Kind.EXCEPTION)
    return sorted(groups.values(), key=lambda g: g[0].kind in last)


def _group(facts: Sequence[Fact], shown: int, width: int) -> str:
    first = facts[0]
    if first.kind is Kind.BRANCH:
        return _branch(facts)
    if first.text == TURN and first.kind is Kind.LOOP:
        return f"{len(facts)} turn{'s' * (len(facts) > 1)}{'?' * any(f.doubtful for f in facts)}"
    values = _sequence(facts, shown, width)
    if first.kind is Kind.RETURN:
        return f"-> {values}"
    return f"!! {values}" if first.kind is Kind.EXCEPTION else f"{first.name} = {values}"


def _branch(facts: Sequence[Fact]) -> str:
    taken = sum(f.text == TAKEN for f in facts)
    mark = "?" * any(f.doubtful for f in facts)
    if taken in (0, len(facts)):
        return (TAKEN if taken else NOT_TAKEN) + mark
    return f"taken {taken} of {len(facts)}{mark}"


def _sequence(facts: Sequence[Fact], shown: int, width: int) -> str:
    if len({f.text for f in facts}) == 1:
        return shorten(facts[0].text, width) + "?" * any(f.doubtful for f in facts)
    texts = [shorten(f.text, width) + "?" * f.doubtful for f in facts]
    if len(texts) <= shown:
        return ", ".join(texts)
    return ", ".join([*texts[: shown - 1], f"… {texts[-1]}"])


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters, on one line; the middle goes, so that brackets and quotes still close."""
    text = "".join(c if c.isprintable() else "·" for c in text)
    if len(text) <= width:
        return text
    tail = 1 if width < 12 else width // 4
    return f"{text[: width - tail - 1]}…{text[-tail:]}"


# -- the whole story -------------------------------------------------------------------------------------------------


def percent(probability: float | None) -> str:
    """How sure a value is; forced ones are certain."""
    return "certain" if probability is None else f"{100 * probability:.0f}%"


def code(text: str) -> str:
    """Inline code in Markdown, whatever is in it."""
    text = "".join(c if c.isprintable() else "·" for c in text)
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def tooltip(hint: LineHint, title: str, origin: str, notes: Sequence[str] = ()) -> str:
    """Markdown: every value of the line whole, with how sure it is.

    Args:
        hint: of the line.
        title: of the run.
        origin: ``predicted`` or ``recorded``.
        notes: lines to end with.
    """
    what = "from a real run" if origin != "predicted" else "predicted, not run"
    parts = [f"{code(title)}, {what}"]
    for group in _groups(hint.facts):
        parts.append(_story(group, predicted=origin == "predicted"))
    return "\n\n".join([*parts, *notes])


def run_notes(run: Run, stale: bool) -> list[str]:
    """What else is to be known of a run, in Markdown."""
    notes = []
    if stale:
        notes.append("*From before the last edit; it is being predicted again.*")
    if run.state is State.CUT:
        notes.append(f"*Predicted up to step {len(run.timeline)} (predict.maxSteps).*")
    if run.state is State.STOPPED:
        notes.append("*The prediction was stopped on the way.*")
    if run.state is State.FAILED:
        notes.append(f"*The prediction ended on the way: {run.problem}.*")
    return notes


def _story(facts: Sequence[Fact], predicted: bool) -> str:
    first = facts[0]
    name = {Kind.RETURN: "returns", Kind.EXCEPTION: "raises", Kind.BRANCH: "branch"}.get(first.kind)
    name = name or (code(first.name) if first.name else "turns")
    if len(facts) == 1:
        text = first.text
        if first.kind in (Kind.BRANCH, Kind.LOOP) and first.name is None:
            return f"{name}: {text}{_sureness(first, predicted)}"
        cut = text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}… ({len(text)} characters)"
        return f"{name}{_sureness(first, predicted)}\n{_block(cut)}"
    if first.text == TURN:
        return f"{len(facts)} turns"
    rows = [f"| | {name} | |" if predicted else f"| | {name} |", "|--:|:--|--:|" if predicted else "|--:|:--|"]
    head, tail = (facts, []) if len(facts) <= _MOST_ROWS else (facts[: _MOST_ROWS - 5], facts[-5:])
    rows += [_row(i, f, predicted) for i, f in enumerate(head, 1)]
    if tail:
        rows.append(f"| … | {len(facts) - _MOST_ROWS} more |" + " |" * predicted)
        rows += [_row(len(facts) - 4 + i, f, predicted) for i, f in enumerate(tail)]
    return "\n".join(rows)


def _block(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}python\n{text}\n{fence}"


def _row(number: int, fact: Fact, predicted: bool) -> str:
    shown = fact.text if fact.kind is Kind.BRANCH else code(shorten(fact.text, 200))
    return f"| {number} | {shown} |" + (f" {_sure(fact)} |" if predicted else "")


def _sure(fact: Fact) -> str:
    own = percent(fact.confidence)
    return f"{own}?" if fact.doubtful else own


def _sureness(fact: Fact, predicted: bool) -> str:
    if not predicted:
        return ""
    if fact.doubtful and (fact.confidence is None or fact.confidence >= 0.5):
        return f" ({percent(fact.confidence)}, but it rests on something unsure)"
    return f" (unsure, {percent(fact.confidence)})" if fact.doubtful else f" ({percent(fact.confidence)})"
