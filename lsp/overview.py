"""What is known of a document's functions, as an object for clients that let the user choose among them."""

from __future__ import annotations

from typing import Any

from neuraldbg.lsp.commands import example_call
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.text import Part
from neuraldbg.program import MODULE


def overview(document: Document, part: Part | None, row: int = 0) -> dict[str, Any]:
    """The functions with their calls and runs, in the order of the text, and the one at a row.

    Args:
        document: of which.
        part: the cell, or the whole of a file; None for a notebook, whose first cell is then meant.
        row: of the part, 0 the first.
    """
    part = part or next(iter(document.text.parts), None)
    if part is None or document.program is None or not document.settings.enable:
        return {"here": MODULE, "functions": []}
    here = document.function_at(part.first + row)
    names = [MODULE, *sorted(document.program.functions(), key=lambda f: document.line_of_function(f) or 0)]
    found = [_known(document, part, name) for name in names if "<" not in name or name == MODULE]
    return {"here": here, "functions": [known for known in found if known is not None]}


def _known(document: Document, part: Part, function: str) -> dict[str, Any] | None:
    """A function; None if nothing can be predicted of it."""
    assert document.program is not None
    run = document.runs.get(function)
    calls = _calls(document, function)
    call = calls[0] if calls else "" if function == MODULE else example_call(document.program.tree, function)
    if run is None and call is None:
        return None  # a method, say, of which no call is known
    line = None if function == MODULE else document.line_of_function(function)
    place = None if line is None else document.place(line)
    row = None if place is None or not 0 <= place - part.first < len(part.lines) else place - part.first
    return {
        "function": function,
        "line": row,
        "call": call or "",
        "calls": calls,
        "run": None if run is None else _run(run),
    }


def _calls(document: Document, function: str) -> list[str]:
    """Known calls of a function, the one that was chosen first."""
    chosen = [document.choices[function]] if function in document.choices else []
    found = (entry.call for entry in document.entries if entry.function == function)
    return list(dict.fromkeys([*chosen, *(call for call in found if call is not None)]))


def _run(run: Run) -> dict[str, Any]:
    return {
        "title": run.title,
        "call": run.call,
        "state": run.state.value,
        "steps": len(run.timeline),
        "origin": run.origin.value,
        "agrees": None if run.comparison is None else run.comparison.agree,
    }
