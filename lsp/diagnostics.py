"""What is worth a squiggle: predicted exceptions that nothing catches, lines not reached, and where a real run differs.

Nothing unsure is said: a prediction counts only where neither it nor anything it rests on is doubtful.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from neuraldbg.compare import Verdict
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.features import uncaught
from neuraldbg.lsp.hints import shorten
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.text import Part
from neuraldbg.printed import exception_text
from neuraldbg.steps import Event, Origin

SOURCE = "neuraldbg"
_MOST = 200


def diagnostics(document: Document, part: Part, fades: bool = True) -> list[types.Diagnostic]:
    """All diagnostics of a document or cell.

    Args:
        document: what is known.
        part: of it.
        fades: the client fades what is tagged as unnecessary; for another, such a line would be one more message.
    """
    if not document.settings.enable or not document.settings.diagnostics or document.cleared:
        return []
    found: dict[tuple[int, str], types.Diagnostic] = {}
    for run in list(document.runs.values()):
        for line, diagnostic in (*_exception(document, part, run), *_differences(document, part, run)):
            found.setdefault((line, diagnostic.message), diagnostic)
    if fades and document.settings.dimUnreached:
        for line, diagnostic in _unreached(document, part):
            found.setdefault((line, str(diagnostic.code)), diagnostic)
    return sorted(found.values(), key=lambda d: d.range.start.line)[:_MOST]


def _at(document: Document, part: Part, run: Run, line: int) -> int | None:
    present = document.line_map(run).get(line)
    return present if present is not None and 0 <= present - part.first < len(part.lines) else None


def _make(
    document: Document, part: Part, line: int, message: str, code: str, severity: types.DiagnosticSeverity
) -> tuple[int, types.Diagnostic]:
    where = document.text.whole_line(part, line)
    return line, types.Diagnostic(where, message, severity, code=code, source=SOURCE)


def _exception(document: Document, part: Part, run: Run) -> Iterator[tuple[int, types.Diagnostic]]:
    index = uncaught(run)
    if index is None:
        return
    step = run.timeline.steps[index]
    line = _at(document, part, run, step.line)
    if line is None or run.doubts.of_value(len(run.timeline) - 1) or not run.sure_to_the_end:
        return
    real = run.origin is not Origin.PREDICTED
    message = f"{run.title} {'raised' if real else 'is predicted to raise'} {shorten(exception_text(step.value), 200)}"
    yield _make(document, part, line, message, "exception", types.DiagnosticSeverity.Information)


def _unreached(document: Document, part: Part) -> Iterator[tuple[int, types.Diagnostic]]:
    for function in {f for run in document.runs.values() for f in run.reaches}:
        run = document.run_of(function)
        if run is None or not run.sure_to_the_end:
            continue
        for block in run.unreached(function):
            present = [_at(document, part, run, n) for n in block]
            first, last = present[0], present[-1]
            if first is None or last is None or present != list(range(first, last + 1)):
                continue  # the text has changed inside of it
            text = f"not reached by {run.title}" + (", as predicted" if run.origin is Origin.PREDICTED else "")
            line, made = _make(document, part, first, text, "unreached", types.DiagnosticSeverity.Hint)
            made.range.end = document.text.end_of(part, last)
            made.tags = [types.DiagnosticTag.Unnecessary]
            yield line, made


def _differences(document: Document, part: Part, run: Run) -> Iterator[tuple[int, types.Diagnostic]]:
    """Predicted against actual; the first difference of every line, and where the ways part."""
    comparison = run.comparison
    if comparison is None:
        return
    severity, said = types.DiagnosticSeverity.Information, set()
    for index, verdict in enumerate(comparison.verdicts):
        if verdict.partner is None or verdict.partner >= len(comparison.right.steps):
            continue
        step, real = comparison.left.steps[index], comparison.right.steps[verdict.partner]
        if verdict.move is Verdict.DIFFERENT:
            continue
        before = run.timeline.previous[index] if index < len(run.timeline) else -1
        made_at = run.timeline.steps[before].line if before >= 0 and step.event is Event.LINE else step.line
        line = _at(document, part, run, made_at)
        for name, of_name in verdict.locals.items():
            if of_name is Verdict.DIFFERENT and line is not None and (line, name) not in said:
                # A wrong value is carried along: it is said where it was first predicted.
                earlier = comparison.verdicts[before].locals.get(name) if before >= 0 else None
                if earlier is Verdict.DIFFERENT and name not in run.timeline.changed(index):
                    continue
                said.add((line, name))
                text = f"predicted {name} = {_short(step.locals[name])}, really {_short(real.locals.get(name))}"
                yield _make(document, part, line, text, "difference", severity)
        if verdict.value is Verdict.DIFFERENT and line is not None and (line, "") not in said:
            said.add((line, ""))
            verb = "return" if step.event is Event.RETURN else "raise"
            text = f"predicted to {verb} {_short(step.value)}, really {_short(real.value)}"
            yield _make(document, part, line, text, "difference", severity)
    yield from _parting(document, part, run)


def _parting(document: Document, part: Part, run: Run) -> Iterator[tuple[int, types.Diagnostic]]:
    comparison = run.comparison
    if comparison is None or comparison.divergence is None:
        return
    moves = [d for d in comparison.divergence.differences if d.what in ("line", "event", "end", "function", "depth")]
    at = min(comparison.divergence.left, len(run.timeline)) - 1
    if not moves or at < 0:
        return
    line = _at(document, part, run, run.timeline.steps[at].line)
    if line is not None:
        first = moves[0]
        text = f"the real run goes another way from here ({first.what}: predicted {first.left}, really {first.right})"
        yield _make(document, part, line, text, "way", types.DiagnosticSeverity.Information)


def is_difference(diagnostic: types.Diagnostic) -> bool:
    """It says where prediction and real run differ."""
    return diagnostic.source == SOURCE and diagnostic.code in ("difference", "way")


def _short(text: str | None) -> str:
    return "nothing" if text is None else shorten(text, 100)
