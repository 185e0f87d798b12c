"""Something else to step through: another call, another file, a trace. No widget in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from neuraldbg.errors import UsageError
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, StepSource, TraceSource
from neuraldbg.steps import Origin, Outcome, Step, Trace, read_trace
from neuraldbg.tui.whatif_ways import Proposes, Way


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


class Resumed:
    """Saved predictions, then those of a source that is opened when the first of its own is asked for.

    Args:
        trace: what was predicted by then.
        open_source: makes the source that goes on.
    """

    origin = Origin.PREDICTED

    def __init__(self, trace: Trace, open_source: Callable[[], StepSource]) -> None:
        self._saved = trace.steps
        self._ended = trace.outcome in (Outcome.RETURNED, Outcome.RAISED, Outcome.EXITED)
        self._open = open_source
        self._opened: StepSource | None = None

    def _source(self) -> StepSource:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def next_step(self, history: Sequence[Step], cancelled: Cancelled | None = None) -> Step | None:
        """The step after ``history``: a saved one as long as it was gone along them, else a new one."""
        at, saved = len(history), self._saved
        if at <= len(saved) and (at == 0 or history[-1] is saved[at - 1]):
            if at < len(saved):
                return saved[at]
            if self._ended:
                return None
        return self._source().next_step(history, cancelled)

    def alternatives(self, history: Sequence[Step], most: int, cancelled: Cancelled | None = None) -> Sequence[Way]:
        """As the source that goes on proposes them."""
        source = self._source()
        return source.alternatives(history, most, cancelled) if isinstance(source, Proposes) else ()


def source_of(trace: Trace, program: Program, predict: Callable[[Program], StepSource] | None) -> StepSource:
    """Steps through a trace; a predicted one can go on, where there is a model.

    Args:
        program: that of the trace.
        predict: steps of a program; None where there is no model.
    """
    if trace.origin is Origin.PREDICTED and predict is not None:
        return Resumed(trace, lambda: predict(program))
    return TraceSource(trace)
