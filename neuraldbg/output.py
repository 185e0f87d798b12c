"""What the command line prints: a trace as a table that grows row by row, and scores.

Data goes to the stream that is handed in, never elsewhere. Values come from programs that were perhaps never run by
a person, so whatever could move the cursor or end a row is escaped before it is printed.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from neuraldbg.errors import UsageError
from neuraldbg.steps import UNSURE_BELOW, Confidence, Event, Step, Trace, base_locals, write_trace

if TYPE_CHECKING:
    from neuraldbg.compare import Comparison

VALUE_WIDTH = 60
SOURCE_WIDTH = 44
_EVENT_WIDTH = len("exception ?41%")


def printable(text: str) -> str:
    """``text`` with what is not printable (newlines, tabs, escape sequences, bidi controls) written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def width_of(text: str) -> int:
    """Columns a terminal gives to ``text``: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shorten(text: str, columns: int) -> str:
    """``text`` cut to at most ``columns`` columns, the cut shown as an ellipsis."""
    if width_of(text) <= columns:
        return text
    kept, used = [], 1
    for c in text:
        used += width_of(c)
        if used > columns:
            break
        kept.append(c)
    return "".join(kept) + "…"


def _pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width_of(text))


def doubt(probability: float | None) -> str:
    """`` ?41%`` where a prediction is less likely than `UNSURE_BELOW`, `` ?`` where nobody knows, else nothing."""
    if probability is None:
        return " ?"
    if probability >= UNSURE_BELOW:
        return ""
    return f" ?{probability:.0%}"


def changes(step: Step, base: Mapping[str, str] | None, value_width: int | None = VALUE_WIDTH) -> str:
    """One line that says what is new at ``step``.

    Args:
        step: the stop to describe.
        base: the locals at the previous stop of the same activation, None if there was none.
        value_width: columns a value may take; None shows it whole.
    """
    sure = step.confidence or Confidence(value=1.0)

    def shown(value: str) -> str:
        text = printable(value)
        return text if value_width is None else shorten(text, value_width)

    if step.event is Event.RETURN:
        return f"-> {shown(step.value or '')}{doubt(sure.value)}"
    if step.event is Event.EXCEPTION:
        return f"!! {shown(step.value or '')}{doubt(sure.value)}"
    before = base or {}
    parts = [
        f"{printable(name)}={shown(value)}{doubt(sure.locals.get(name, 1.0))}"
        for name, value in step.locals.items()
        if before.get(name) != value
    ]
    parts += [f"del {printable(name)}" for name in before if name not in step.locals]
    return ", ".join(parts)


def with_bases(steps: Iterable[Step]) -> Iterator[tuple[Step, Mapping[str, str] | None]]:
    """Each step with the locals its changes are measured against, as lazily as ``steps`` comes."""
    first, second = tee(steps)
    return zip(first, base_locals(cast("Sequence[Step]", second)), strict=True)  # it only iterates


def _text_of(line: int, source_lines: Sequence[str]) -> str:
    """The source line without its end, tabs as four columns; empty if the file has no such line."""
    return source_lines[line - 1].expandtabs(4).rstrip() if 0 < line <= len(source_lines) else ""


def write_table(steps: Iterable[Step], source: str, out: TextIO, *, whole_values: bool = False) -> int:
    """Prints one row a step as soon as the step is there, and returns how many there were.

    Args:
        steps: may be a generator that predicts; every row is flushed.
        source: the file's text; its longest line decides the width of the source column.
        out: where to print.
        whole_values: do not shorten values.
    """
    source_lines = source.split("\n")  # not splitlines: a form feed ends no line of Python
    longest = max(width_of(line.expandtabs(4).rstrip()) for line in source_lines)
    source_width = min(max(longest, len("source")), SOURCE_WIDTH)
    out.write(f"{'step':>5} {'line':>5}  {_pad('event', _EVENT_WIDTH)}  {_pad('source', source_width)}  changes\n")
    count = 0
    for step, base in with_bases(steps):
        event = step.event.value + doubt(step.confidence.move if step.confidence else 1.0)
        text = _pad(shorten(printable(_text_of(step.line, source_lines)), source_width), source_width)
        news = changes(step, base, None if whole_values else VALUE_WIDTH)
        out.write(f"{count:>5} {step.line:>5}  {_pad(event, _EVENT_WIDTH)}  {text}  {news}".rstrip() + "\n")
        out.flush()
        count += 1
    return count


def write_streams(trace: Trace, out: TextIO) -> None:
    """Prints what a real run wrote to its stdout and stderr, if anything."""
    for name, text in (("stdout", trace.stdout), ("stderr", trace.stderr)):
        if text:
            out.write(f"\n{name}:\n")
            out.writelines(f"  {printable(line)}\n" for line in text.splitlines())


def describe(step: Step | None, source: str) -> str:
    """A step in one line, for the two sides of a divergence."""
    if step is None:
        return "(the trace is over)"
    text = printable(_text_of(step.line, source.split("\n")).strip())
    news = changes(step, None)
    return f"{step.event.value} at line {step.line} in {step.function}: {text}" + (f"   [{news}]" if news else "")


def write_comparison(comparison: Comparison, out: TextIO) -> None:
    """Prints the outcome of a comparison: one line if they agree, else the first divergence, then the scores."""
    from neuraldbg.compare import Verdict

    left, right, at = comparison.left, comparison.right, comparison.divergence
    names = [left.origin.value, right.origin.value]
    if names[0] == names[1]:
        names = ["first", "second"]
    if at is None:
        out.write(f"agree: {comparison.compared} of {comparison.compared} {names[1]} steps\n")
    else:
        out.write(f"first divergence: {names[0]} step {at.left}, {names[1]} step {at.right}\n")
        for name, trace, index in ((names[0], left, at.left), (names[1], right, at.right)):
            step = trace.steps[index] if index < len(trace.steps) else None
            out.write(f"  {name:<10} {describe(step, trace.source)}\n")
        for d in at.differences:
            sides = [printable(side if side is not None else "(nothing)") for side in (d.left, d.right)]
            out.write(f"  {f'{d.what} {d.name}' if d.name else d.what}: {sides[0]} | {sides[1]}\n")
    counts = ", ".join(f"{comparison.count(verdict)} {verdict.value}" for verdict in Verdict)
    out.write(f"survival {comparison.survival:.1%}; of {len(left.steps)} {names[0]} steps: {counts}\n")


def write_scores(scores: Mapping[str, float], out: TextIO) -> None:
    """Prints ``name value`` rows; ``n`` is a count, everything else is in percent."""
    column = max(map(len, scores), default=0)
    for name, value in scores.items():
        out.write(f"{name.replace('_', ' '):<{column}}  {int(value) if name == 'n' else f'{value:.2f} %':>9}\n")


@contextmanager
def json_stream(path: Path | None) -> Iterator[TextIO]:
    """Where JSON goes: ``path``, or stdout as UTF-8 whatever the locale says."""
    if path is None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        return
    try:
        # A lone surrogate becomes \udcxx, which is how JSON itself writes it.
        stream = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    with stream:
        yield stream


def print_trace(trace: Trace, steps: Iterator[Step], as_json: bool, output: Path | None, whole: bool) -> None:
    """Prints a trace while it grows; what is there when a Ctrl-C comes is still written."""
    try:
        if as_json or output is not None:
            for _ in steps:
                pass
        else:
            write_table(steps, trace.source, sys.stdout, whole_values=whole)
    finally:
        if as_json or output is not None:
            with json_stream(output) as stream:
                write_trace(trace, stream)
