"""Steps -> facts about lines: what a line assigned, which way a branch went, what was returned or raised."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from neuraldbg.evaluation import evaluate
from neuraldbg.hits import values_at
from neuraldbg.lsp.doubt import Doubts
from neuraldbg.lsp.lines import Line
from neuraldbg.steps import Confidence, Event
from neuraldbg.timeline import Timeline


class Kind(StrEnum):
    """Of a fact; a setting of the same name shows or hides its hints."""

    ASSIGNMENT = "assignments"
    LOOP = "loops"
    BRANCH = "branches"
    RETURN = "returns"
    EXCEPTION = "exceptions"


TAKEN, NOT_TAKEN, TURN = "taken", "not taken", "turn"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a run of a line did.

    Attributes:
        line: where it stands.
        kind: of the fact.
        name: that was bound; None for the other kinds.
        text: the repr, or ``taken``, ``not taken``, ``turn``.
        doubtful: it is unsure, or rests on something unsure.
        confidence: of the value or move by itself; None where it was forced.
        index: number of the step that shows it.
        before: number of the step at which the line was about to run.
        function: qualified name of the code that ran.
    """

    line: int
    kind: Kind
    name: str | None
    text: str
    doubtful: bool
    confidence: float | None
    index: int
    before: int
    function: str


def collect(timeline: Timeline, lines: Mapping[int, Line], doubts: Doubts, start: int = 0) -> list[Fact]:
    """The facts of a trace from step ``start`` on, in the order of its steps."""
    doubts.extend()
    return [fact for index in range(start, len(timeline)) for fact in _at(timeline, lines, doubts, index)]


def _at(timeline: Timeline, lines: Mapping[int, Line], doubts: Doubts, index: int) -> Iterator[Fact]:
    step, before = timeline.steps[index], timeline.previous[index]
    if before < 0:
        return
    ran = timeline.steps[before]
    line = lines.get(ran.line)
    if step.event is Event.EXCEPTION:
        if ran.event is not Event.EXCEPTION or timeline.steps[index].line != ran.line:
            confidence = _known(step.confidence, step.confidence.value if step.confidence else None)
            yield _fact(
                step.line,
                Kind.EXCEPTION,
                None,
                step.value or "",
                doubts.of_value(index),
                confidence,
                *_where(timeline, index),
            )
        return
    if ran.event is not Event.LINE or line is None:
        return
    if step.event is Event.RETURN:
        own = lines.get(step.line)
        if own is not None and own.returns and step.value is not None:
            confidence = _known(step.confidence, step.confidence.value if step.confidence else None)
            yield _fact(
                step.line, Kind.RETURN, None, step.value, doubts.of_value(index), confidence, *_where(timeline, index)
            )
        elif not line.quiet:
            yield from _last_assignment(timeline, line, doubts, index)
    yield from _way(timeline, line, doubts, index)
    if line.quiet or step.event is not Event.LINE or line.loop_targets:
        return
    changed = timeline.changed(index)
    for name in [*line.targets, *sorted(changed - set(line.targets))]:
        if name in step.locals:
            yield _fact(
                ran.line,
                Kind.ASSIGNMENT,
                name,
                step.locals[name],
                doubts.of_local(index, name),
                timeline.sure[index].get(name),
                *_where(timeline, index),
            )


def _where(timeline: Timeline, index: int) -> tuple[int, int, str]:
    return index, timeline.previous[index], timeline.steps[index].function


def _known(confidence: Confidence | None, probability: float | None) -> float | None:
    """None for a recorded step; 0 where a server did not tell the probability."""
    return None if confidence is None else probability or 0.0


def _fact(
    line: int,
    kind: Kind,
    name: str | None,
    text: str,
    doubtful: bool,
    confidence: float | None,
    index: int,
    before: int,
    function: str,
) -> Fact:
    return Fact(line, kind, name, text, doubtful, confidence, index, before, function)


def _way(timeline: Timeline, line: Line, doubts: Doubts, index: int) -> Iterator[Fact]:
    """Which way a branch went, or what a loop's turn bound."""
    step, ran = timeline.steps[index], timeline.steps[timeline.previous[index]]
    if line.body is None or (step.event is Event.LINE and step.line in line.head and len(line.head) > 1):
        return
    shared = line.body.start in line.head  # the body stands on the head's own line
    if shared and not (step.event is Event.RETURN and step.line == ran.line and not line.loop):
        return
    taken = step.line in line.body
    confidence = _known(step.confidence, step.confidence.move if step.confidence else None)
    where = _where(timeline, index)
    first = line.head.start
    if line.loop_targets:
        if taken and step.event is Event.LINE:
            for name in line.loop_targets:
                if name in step.locals:
                    doubtful, sure = doubts.of_local(index, name), timeline.sure[index].get(name)
                    yield _fact(first, Kind.LOOP, name, step.locals[name], doubtful, sure, *where)
    elif line.loop:
        if taken:
            yield _fact(first, Kind.LOOP, None, TURN, doubts.path[index], confidence, *where)
    else:
        yield _fact(first, Kind.BRANCH, None, TAKEN if taken else NOT_TAKEN, doubts.path[index], confidence, *where)


def _last_assignment(timeline: Timeline, line: Line, doubts: Doubts, index: int) -> Iterator[Fact]:
    """What the last line of a function or of the file assigned, which no later stop of its frame shows."""
    before = timeline.previous[index]
    if line.value is None or len(line.targets) != 1:
        return
    where, kind = _where(timeline, index), Kind.ASSIGNMENT
    inner = timeline.steps[index - 1]
    called = line.value.func if isinstance(line.value, ast.Call) else None
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", None)
    step = timeline.steps[before]
    if inner.event is Event.RETURN and inner.depth == step.depth + 1 and name == inner.function.rpartition(".")[2]:
        sure = _known(inner.confidence, inner.confidence.value if inner.confidence else None)
        doubtful = doubts.of_value(index - 1)
        yield _fact(step.line, kind, line.targets[0], inner.value or "None", doubtful, sure, *where)
    elif index - 1 == before:
        values, confidence = values_at(timeline, before)
        found = evaluate(ast.unparse(line.value), values, confidence)
        if found.ok and found.text is not None:
            doubtful = doubts.path[index] or any(doubts.of_local(before, n) for n in found.names if n in step.locals)
            yield _fact(step.line, kind, line.targets[0], found.text, doubtful, found.confidence, *where)
