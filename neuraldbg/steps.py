"""Step, the one currency of neuraldbg, and Trace, a list of them with where it came from.

A step is one stop of a debugger (a *frame* in CWM's words). Predicted, recorded and debugpy steps are this same
type. This module also reads and writes traces as JSON Lines (schema in docs/schema.md) and resolves CWM's
``".."`` (an unchanged value). It does not know how steps are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from neuraldbg.errors import InputError

SCHEMA_VERSION = 1
UNCHANGED = ".."
UNSURE_BELOW = 0.5  # predictions less likely than this are shown as unsure

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Event(StrEnum):
    """What a step stops at."""

    CALL = "call"  # a function is entered, or a generator resumed
    LINE = "line"  # the line is about to run
    RETURN = "return"  # the function returns, or a generator yields
    EXCEPTION = "exception"  # an exception is raised in, or has propagated into, the function


class Origin(StrEnum):
    """Who says so."""

    PREDICTED = "predicted"
    RECORDED = "recorded"
    DEBUGPY = "debugpy"


class Outcome(StrEnum):
    """How a trace ends."""

    RETURNED = "returned"  # the entry function returned, the script ran to its end
    RAISED = "raised"  # an exception left the entry function
    EXITED = "exited"  # sys.exit, os._exit, or the process was killed
    STEP_LIMIT = "step_limit"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    STOPPED = "stopped"  # cancelled, or not finished yet


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure a prediction is, in probabilities of its freely chosen tokens.

    Attributes:
        move: of the event and line; 1.0 where only one was legal.
        locals: name -> probability, for names whose value was predicted; a name that is absent was forced.
        value: of the returned value or exception; None also where there is none.

    None is a probability that is not known, because a server did not tell it: no fact, and shown as unsure.
    """

    move: float | None = 1.0
    locals: Mapping[str, float | None] = field(default_factory=dict)
    value: float | None = None

    @property
    def lowest(self) -> float:
        """The smallest probability in the step, 0 if one of the move's and the locals' is not known."""
        values = [0.0 if p is None else p for p in (self.move, *self.locals.values())]
        return min(values if self.value is None else [*values, self.value])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that a prediction worked out on its way to a step (model/scratchpad.py).

    Attributes:
        text: with the operands' values in place, such as ``len([1, 2])``.
        value: repr of what it gives, or of the exception it raises; None where only the text was written down.
        raised: it raises.
        calculated: it was worked out exactly from the values in the text, not predicted.
    """

    text: str
    value: str | None = None
    raised: bool = False
    calculated: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One stop.

    Attributes:
        event: what happens here.
        line: 1-based line of the user's file. A call stops at its ``def`` (``lambda``, ``class``) line, or at the
            ``yield`` when a generator is resumed; a return or an exception at the line that was running.
        function: ``__qualname__`` of the running code, ``<module>`` at module level.
        depth: 0 in the entry's frame, +1 a call.
        locals: name -> repr, whole (``".."`` resolved), in the order the frame keeps them. At a call or line: before
            the line runs. At a return or exception: as at this frame's last call or line stop, since CWM's grammar
            has none there.
        value: repr of the returned (or yielded) value or of the exception; None at calls and lines.
        confidence: for predicted steps; takes no part in comparison.
        operations: for predicted steps, what was worked out since the last step; takes no part in comparison.
        edited: names whose values the user has set here, whatever the line before did; takes no part in comparison.
    """

    event: Event
    line: int
    function: str
    depth: int
    locals: Mapping[str, str]
    value: str | None = None
    confidence: Confidence | None = field(default=None, compare=False)
    operations: tuple[Operation, ...] = field(default=(), compare=False)
    edited: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(slots=True)
class Trace:
    """Steps of one run, predicted or real.

    Attributes:
        script: path of the file as the user gave it.
        source: the file's text.
        entry: ``<module>`` or the function's qualified name.
        call: the call expression for a function entry, else None.
        args: script arguments for a module entry.
        origin: who made it.
        steps: the stops, in order.
        outcome: how it ended.
        stdout, stderr: what the run printed; empty for predictions.
        note: one line of explanation, such as "traced the main thread only"; empty if there is nothing to say.
    """

    script: str
    source: str
    entry: str
    origin: Origin
    steps: list[Step] = field(default_factory=list)
    outcome: Outcome = Outcome.STOPPED
    call: str | None = None
    args: tuple[str, ...] = ()
    stdout: str = ""
    stderr: str = ""
    note: str = ""


def normalise_repr(text: str) -> str:
    """Drops memory addresses: ``<A object at 0x7f..>`` becomes ``<A object>``."""
    return _ADDRESS.sub("", text) if " at 0x" in text else text


def is_hidden(name: str) -> bool:
    """True for names never shown among locals: dunders and the implicit ``.0`` of comprehensions."""
    return name.startswith(".") or (name.startswith("__") and name.endswith("__") and len(name) > 4)


def changed_names(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Names that appeared, vanished, or whose repr differs."""
    # Comparing beats hashing: most values are the same objects as before.
    return {name for name, text in after.items() if before.get(name) != text} | (before.keys() - after.keys())


def base_locals(history: Sequence[Step]) -> Iterator[Mapping[str, str] | None]:
    """For each step, the locals that ``".."`` refers to: those of the same activation's previous stop.

    Yields None for calls, whose locals are always written whole. Activations are followed by depth, so a value is
    found past calls, returns and exceptions of deeper frames.
    """
    stack: list[Mapping[str, str]] = []
    for step in history:
        del stack[step.depth + (step.event is not Event.CALL) :]
        if step.event is Event.CALL or step.depth >= len(stack):
            yield None
            stack.append(step.locals)
        else:
            yield stack[step.depth]
            stack[step.depth] = step.locals


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def step_to_json(step: Step) -> dict[str, Any]:
    """The step as plain JSON types; see docs/schema.md."""
    row: dict[str, Any] = {
        "event": step.event.value,
        "line": step.line,
        "function": step.function,
        "depth": step.depth,
        "locals": dict(step.locals),
        "value": step.value,
    }
    if step.confidence is not None:
        c = step.confidence
        row["confidence"] = {
            "move": _rounded(c.move),
            "locals": {k: _rounded(v) for k, v in c.locals.items()},
            "value": _rounded(c.value),
        }
    if step.operations:
        row["operations"] = [
            {"text": o.text, "value": o.value, "raised": o.raised, "calculated": o.calculated} for o in step.operations
        ]
    if step.edited:
        row["edited"] = sorted(step.edited)
    return row


def step_from_json(row: Mapping[str, Any]) -> Step:
    """Inverse of :func:`step_to_json`.

    Raises:
        InputError: if a field is missing or of the wrong type.
    """
    try:
        c = row.get("confidence")
        confidence = None if c is None else Confidence(c["move"], dict(c["locals"]), c["value"])
        locals_, value = row["locals"], row["value"]
        if not (isinstance(locals_, dict) and all(isinstance(v, str) for v in locals_.values())):
            raise TypeError("locals must map names to strings")
        if not (value is None or isinstance(value, str)):
            raise TypeError("value must be a string or null")
        operations = tuple(
            Operation(o["text"], o["value"], o["raised"], o.get("calculated", False)) for o in row.get("operations", ())
        )
        return Step(
            Event(row["event"]),
            int(row["line"]),
            str(row["function"]),
            int(row["depth"]),
            locals_,
            value,
            confidence,
            operations,
            frozenset(map(str, row.get("edited", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"not a step of schema {SCHEMA_VERSION}: {error}") from error


def trace_header(trace: Trace) -> dict[str, Any]:
    """The first line of a trace file."""
    return {
        "neuraldbg": SCHEMA_VERSION,
        "kind": "trace",
        "origin": trace.origin.value,
        "script": trace.script,
        "entry": trace.entry,
        "call": trace.call,
        "args": list(trace.args),
        "outcome": trace.outcome.value,
        "note": trace.note,
        "stdout": trace.stdout,
        "stderr": trace.stderr,
        "source": trace.source,
    }


def write_trace(trace: Trace, out: TextIO) -> None:
    """Writes the header and then one step a line (JSON Lines)."""
    for row in (trace_header(trace), *map(step_to_json, trace.steps)):
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_trace(path: Path) -> Trace:
    """Reads what :func:`write_trace` wrote.

    Raises:
        InputError: if the file is not such a trace; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read trace {path}: {error}") from error
    return parse_trace(lines, str(path))


def parse_trace(lines: Iterable[str], name: str) -> Trace:
    """Builds a trace from JSON Lines; ``name`` appears in error messages.

    Raises:
        InputError: as :func:`read_trace`.
    """
    trace: Trace | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if trace is not None:
                trace.steps.append(step_from_json(row))
                continue
            if row.get("neuraldbg") != SCHEMA_VERSION or row.get("kind") != "trace":
                raise InputError(f"not a neuraldbg trace of schema {SCHEMA_VERSION}")
            trace = Trace(
                script=str(row["script"]),
                source=str(row["source"]),
                entry=str(row["entry"]),
                origin=Origin(row["origin"]),
                outcome=Outcome(row["outcome"]),
                call=row["call"],
                args=tuple(row["args"]),
                stdout=str(row["stdout"]),
                stderr=str(row["stderr"]),
                note=str(row["note"]),
            )
        except InputError as error:
            raise InputError(f"{name}, line {number}: {error}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{name}, line {number}: not a neuraldbg trace ({error})") from error
    if trace is None:
        raise InputError(f"{name}: empty, not a neuraldbg trace")
    return trace
