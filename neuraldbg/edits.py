"""What it takes to give a local of a live frame another value, in the innermost frame or in one that waits for a call.

A value changes now, at the cursor, as in a debugger of a real run: what has happened since the frame's own last stop
stays, and the frame goes on with the new value. A frame that waits is edited where it stopped last, so what its line
reads after the call is the new value. Objects that several names share cannot be told from reprs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from neuraldbg.errors import UsageError
from neuraldbg.steps import Event, Step
from neuraldbg.timeline import Timeline
from neuraldbg.values import surely_immutable

if TYPE_CHECKING:
    from neuraldbg.program import Program


def edited_steps(
    program: Program, timeline: Timeline, cursor: int, index: int, name: str, value: str
) -> tuple[list[Step], int]:
    """The steps up to the cursor with another value of a local.

    Args:
        program: tells which functions share a variable.
        timeline: the known steps.
        cursor: number of the current step.
        index: number of the step that shows the frame.
        name: of a local of that frame.
        value: a repr.

    Returns:
        the steps, and the number of the first that is another.

    Raises:
        KeyError: if the frame has no such local. UsageError: if it does not go on from here.
    """
    live = [frame.index for frame in timeline.stack(cursor)]
    if index not in live:
        raise UsageError("this frame is not waiting at the current step")
    step = timeline.steps[index]
    if name not in step.locals:
        raise KeyError(name)
    if step.event is Event.RETURN:
        raise UsageError(
            f"{step.function} is just returning, it reads no values any more; they can be changed where one of its "
            "lines is about to run, and those of its callers here"
        )
    if timeline.complete and cursor == len(timeline) - 1:
        raise UsageError("the program ends here; values can be changed where a line is about to run")
    steps = timeline.steps[: cursor + 1]
    first = cursor
    for at in (index, *_sharing(program, timeline, live, index, name)):
        for number in _last_stops(timeline, at):
            steps[number] = _with(steps[number], name, value)
            first = min(first, number)
    return steps, first


def same_objects(timeline: Timeline, cursor: int, index: int, name: str) -> list[tuple[str, str]]:
    """Function and name of other live locals that may be the very object of a local, since they read the same."""
    text = timeline.steps[index].locals[name]
    if surely_immutable(text):
        return []
    rows = ((frame, other) for frame in timeline.stack(cursor) for other in frame.locals)
    return [
        (frame.function, other)
        for frame, other in rows
        if (frame.index, other) != (index, name) and frame.locals[other] == text
    ]


def _with(step: Step, name: str, value: str) -> Step:
    confidence = step.confidence
    if confidence is not None:
        confidence = replace(confidence, locals={n: p for n, p in confidence.locals.items() if n != name})
    values = {**step.locals, name: value}
    return replace(step, locals=values, confidence=confidence, edited=step.edited | {name}, operations=())


def _last_stops(timeline: Timeline, index: int) -> Iterator[int]:
    """Where an activation's present locals stand: at its last call or line, and at exceptions since."""
    yield index
    while timeline.steps[index].event is Event.EXCEPTION and timeline.previous[index] >= 0:
        index = timeline.previous[index]
        yield index


def _sharing(program: Program, timeline: Timeline, live: list[int], index: int, name: str) -> Iterator[int]:
    """Other live frames with the same variable: functions that take it from the one around them, and that one."""
    homes = [_home(program, timeline, live, at, name) for at in range(len(live))]
    home = homes[live.index(index)]
    for at, other in zip(live, homes, strict=True):
        if home is not None and other == home and at != index and name in timeline.steps[at].locals:
            yield at


def _home(program: Program, timeline: Timeline, live: list[int], at: int, name: str) -> int | None:
    """Which live frame binds a variable of frame ``at``; None if it is over."""
    found: int | None = at
    while found is not None and name in _free(program, timeline.steps[live[found]].function):
        found = _around(timeline, live, found)
    return found


def _around(timeline: Timeline, live: list[int], at: int) -> int | None:
    """Which live frame made the function of frame ``at``: of several activations, the nearest."""
    made_by = timeline.steps[live[at]].function.rpartition(".<locals>.")[0]
    return next((i for i in range(at + 1, len(live)) if timeline.steps[live[i]].function == made_by), None)


def _free(program: Program, function: str) -> frozenset[str]:
    info = program.functions().get(function)
    return frozenset() if info is None else frozenset(info.code.co_freevars)
