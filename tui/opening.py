"""Something else to step through: another call, another file, a trace. No widget in here."""

from __future__ import annotations

from pathlib import Path

from neuraldbg.errors import UsageError
from neuraldbg.program import Program
from neuraldbg.steps import Trace, read_trace


def program_at(old: Program, function: str, call: str, source: str | None = None) -> Program:
    """The same file from another entry.

    Args:
        function: qualified name; empty: read from the call.
        call: empty for the script.
        source: another text.

    Raises:
        NeuraldbgError: if there is no such function, or the call cannot be read.
    """
    text = old.source if source is None else source
    if not call:
        return Program.from_source(text, old.filename, args=old.args)
    return Program.from_source(text, old.filename, function or call.partition("(")[0].strip(), call)


def edited(old: Program, text: str) -> Program:
    """The same entry under another text.

    Raises:
        NeuraldbgError: if the text cannot be read, or the entry is not in it any more.
    """
    return Program.from_source(text, old.filename, old.entry, old.call, old.args)


def opened(name: str, predicts: bool) -> tuple[Program, Trace | None]:
    """A program, or a trace and the program it is of.

    Args:
        name: a trace (.jsonl), or ``script.py[::function]``.
        predicts: programs can be predicted here.

    Raises:
        NeuraldbgError: if it cannot be read.
    """
    if name.endswith(".jsonl"):
        trace = read_trace(Path(name))
        return Program.from_source(trace.source, trace.script, trace.entry, trace.call, trace.args), trace
    if not predicts:
        raise UsageError("only traces (.jsonl) can be opened here")
    return Program.load(name), None
