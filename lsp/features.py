"""A document's runs -> what the editor asks for: inlay hints, code lenses, inline values (hovers.py has the hover)."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from neuraldbg.entries import Where
from neuraldbg.lsp.documents import Document, Shown
from neuraldbg.lsp.hints import run_notes, shorten, tooltip
from neuraldbg.lsp.lines import does_something
from neuraldbg.lsp.predictions import State
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.text import Part
from neuraldbg.program import MODULE
from neuraldbg.steps import Event

_MOST_CALLS = 3  # lenses of one function


# -- inlay hints -----------------------------------------------------------------------------------------------------


def inlay_hints(document: Document, part: Part, wanted: types.Range) -> list[types.InlayHint]:
    """Hints at the ends of the lines of a range; the tooltip comes by :func:`resolve`."""
    rows = range(wanted.start.line, wanted.end.line + 1)
    return [
        types.InlayHint(
            position=document.text.end_of(part, shown.line),
            label=shown.hint.label,
            padding_left=True,
            data={"uri": part.uri, "line": shown.line, "revision": document.revision},
        )
        for shown in document.shown()
        if 0 <= shown.line - part.first < len(part.lines) and shown.line - part.first in rows
    ]


def resolve(document: Document | None, hint: types.InlayHint) -> types.InlayHint:
    """Adds the tooltip, if the line still says what it said when the hint was made."""
    data: Any = hint.data
    shown = document.at(data["line"]) if document is not None and isinstance(data, dict) else None
    if document is not None and shown is not None and shown.hint.label == hint.label:
        hint.tooltip = types.MarkupContent(types.MarkupKind.Markdown, _tooltip(document, shown))
    return hint


def _tooltip(document: Document, shown: Shown) -> str:
    run = shown.run
    notes = run_notes(run, shown.stale)
    for loop, number in document.focused(run):
        if loop.holds(shown.hint.line):
            notes.append(f"*Turn {number} of {len(run.turns(loop))} of the loop at line {loop.first}.*")
    return tooltip(shown.hint, run.title, run.origin.value, notes)


# -- code lenses -----------------------------------------------------------------------------------------------------


def lenses(document: Document, part: Part) -> list[types.CodeLens]:
    """Over functions the calls to predict, over loops their turns."""
    if not document.settings.codeLens or not document.settings.enable or document.program is None:
        return []
    found = [*_file_lenses(document, part), *_call_lenses(document, part), *_loop_lenses(document, part)]
    return sorted(found, key=lambda lens: lens.range.start.line)


def _lens(document: Document, part: Part, line: int, title: str, command: str, *arguments: Any) -> types.CodeLens:
    where = document.text.whole_line(part, line)
    return types.CodeLens(where, types.Command(title, f"neuraldbg.{command}", arguments=[part.uri, *arguments]))


def _present(document: Document, part: Part, line: int) -> int | None:
    """Line of the last readable text -> line of the present one, if it is in the part."""
    assert document.program is not None
    moved = document.place(line)
    return moved if moved is not None and 0 <= moved - part.first < len(part.lines) else None


def _file_lenses(document: Document, part: Part) -> Iterator[types.CodeLens]:
    """Over the first statement at module level that does more than define."""
    assert document.program is not None
    first = next((n for n in document.program.tree.body if does_something(n)), None)
    line = None if first is None else _present(document, part, first.lineno)
    if line is not None:
        run = document.runs.get(MODULE)
        title = "predict the file" if run is None else _predicted(run)
        yield _lens(document, part, line, title, "predict", MODULE)
        if document.settings.trusted and run is not None:
            yield _lens(document, part, line, "cross-check", "crossCheck", MODULE)


def _predicted(run: Run) -> str:
    part = run.state in (State.CUT, State.STOPPED, State.FAILED)
    return f"predicted {shorten(run.title, 40)}" + f", the first {len(run.timeline)} steps" * part


def _call_lenses(document: Document, part: Part) -> Iterator[types.CodeLens]:
    calls: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    for entry in document.entries:
        if entry.call is not None and entry.where is not Where.SCRIPT:
            calls.setdefault(entry.function, []).append(entry.call)
            places[entry.function] = entry.line_of_function
    for function, call in document.choices.items():
        found = calls.setdefault(function, [])
        if call not in found:
            found.insert(0, call)
            line = document.line_of_function(function)
            if line is not None:
                places[function] = line
    for function, known in calls.items():
        line = _present(document, part, places[function]) if function in places else None
        if line is None:
            continue
        run = document.runs.get(function)
        for call in known[:_MOST_CALLS]:
            shown = run is not None and run.call == call
            title = _predicted(run) if run is not None and shown else f"predict {shorten(call, 40)}"
            yield _lens(document, part, line, title, "predict", function, call)
        if document.settings.trusted and run is not None:
            yield _lens(document, part, line, "cross-check", "crossCheck", function)


def _loop_lenses(document: Document, part: Part) -> Iterator[types.CodeLens]:
    done: set[int] = set()
    for function in {f for run in document.runs.values() for f in run.reaches}:
        run = document.run_of(function)
        if run is None:
            continue
        for loop in run.reading.code.loops:
            line = document.line_map(run).get(loop.first)
            if (
                loop.function != function
                or line is None
                or line in done
                or not 0 <= line - part.first < len(part.lines)
            ):
                continue
            turns = len(run.turns(loop))
            if turns < 2:
                continue
            done.add(line)
            number = document.focus.get((function, line))
            place = f"turn {min(number, turns)} of {turns}" if number else f"all {turns} turns"
            yield _lens(document, part, line, "◀ previous", "iteration", line, -1)
            yield _lens(document, part, line, place, "iteration", line, 0)
            yield _lens(document, part, line, "next ▶", "iteration", line, 1)


# -- inline values ---------------------------------------------------------------------------------------------------


def inline_values(document: Document, part: Part, wanted: types.Range, stopped: types.Range) -> list[types.InlineValue]:
    """Names for a debugger that is stopped here to look up: locals of the function, on lines it may have passed."""
    here = part.first + stopped.start.line
    function = document.function_at(here)
    run = document.run_of(function)
    known = {n for s in run.timeline.steps if s.function == function for n in s.locals} if run is not None else set()
    out: list[types.InlineValue] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(document.text.source).readline):
            line, start = token.start
            row = line - part.first
            if token.type != tokenize.NAME or token.string not in known or line > here:
                continue
            if not wanted.start.line <= row <= wanted.end.line or document.function_at(line) != function:
                continue
            if document.text.lines[line - 1][:start].rstrip().endswith("."):
                continue
            where = document.text.span(part, line, start, token.end[1])
            out.append(types.InlineValueVariableLookup(where, True, token.string))
    except (tokenize.TokenError, SyntaxError):
        return out  # half typed: what could be read
    return out


def uncaught(run: Run) -> int | None:
    """Number of the step at which the exception that leaves the run is raised; None if none does."""
    steps = run.timeline.steps
    if run.state is not State.COMPLETE or not steps or steps[-1].event is not Event.EXCEPTION:
        return None
    index = len(steps) - 1
    while index > 0 and steps[index - 1].event is Event.EXCEPTION and steps[index - 1].depth > steps[index].depth:
        index -= 1
    return index
