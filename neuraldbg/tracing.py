"""Records the steps of a program that runs in this very process.

One :class:`Tracer` turns interpreter events into steps; the events come from ``sys.settrace`` on Python 3.11 and from
``sys.monitoring`` from 3.12 on, and give the same steps. docs/schema.md says what a step is; in short: only the code
objects of one file are traced, in one thread, from the first call of the entry to its end; comprehensions are part of
the line they stand in; an exception gives one step in each frame it passes, a re-raise none.

Recursion is counted here as a plain run counts it (frames above the script's), because the interpreter's own limit
must leave room for the tracer. Not covered: what C code calls while no traced frame is live, and generators that are
suspended outside the entry.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from operator import index
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

from neuraldbg import _backends
from neuraldbg._stepfile import quick_step
from neuraldbg._tracer import Tracer, Visible, outcome_of
from neuraldbg.reprs import Reprs
from neuraldbg.steps import Event, Outcome, Step

_SLACK = 250  # frames of the tracer and of the reprs it asks for
# The interpreter's recursion count includes calls in C on 3.11, so its limit must be well above the frames we count.
_FACTOR = 1 if sys.version_info >= (3, 12) else 3
_set_limit, _get_limit = sys.setrecursionlimit, sys.getrecursionlimit


def trace_call(
    function: Callable[[], object],
    module: CodeType,
    entry: CodeType,
    source: str,
    visible: Visible,
    max_steps: int = 10_000,
    reprs: Reprs | None = None,
    into: list[Step] | None = None,
) -> tuple[list[Step], Outcome, object]:
    """Runs ``function`` in this process and records the first activation of ``entry`` that it causes.

    A program that catches everything in a loop can delay the end that a limit makes, and C code that blocks is never
    interrupted: where programs are not trusted, call this in a process that may be killed.

    Args:
        function: starts the program; for a module, ``lambda: exec(module, namespace)``.
        module: the file's compiled code. entry: ``module`` itself or a function's code inside it.
        source: the file's text.
        visible: for the code of a module or class body, the names to show.
        max_steps: recorded at most.
        reprs: makes the texts; kept between calls it saves a little time.
        into: the list to append the steps to, which the traced program may look at meanwhile.

    Returns:
        The steps, how the entry ended, and what ``function`` returned or, if it raised, the exception.
    """
    steps = [] if into is None else into
    append = steps.append

    def sink(event: Event, line: int, name: str, depth: int, locals: dict[str, str], value: str | None) -> None:
        append(quick_step(event, line, name, depth, locals, value))

    tracer = Tracer(module, entry, source, sink, visible, max_steps, reprs)
    value = run_traced(tracer, function)
    return steps, tracer.outcome, value


def run_traced(tracer: Tracer, function: Callable[[], object]) -> object:
    """Runs ``function`` under the tracer; what it returned, or the exception it raised."""
    value: object = None
    error: BaseException | None = None
    with _RoomToRecurse(tracer), _backends.events(tracer):
        try:
            value = function()
            tracer.over = True
        except BaseException as left:
            tracer.over = True
            value = error = left
        try:
            _backends.settle()
        except _backends.Stopped as left:  # was on its way
            value = error = left
    if not tracer.stopping and (tracer.outcome is not Outcome.RETURNED or not tracer.done):
        kind = None if error is None else type(error)
        if tracer.outcome is Outcome.STOPPED or kind is not None:
            tracer.outcome = outcome_of(kind)
    return value


class _RoomToRecurse:
    """While a program is traced, the interpreter's recursion limit is higher than the one the program knows.

    The tracer counts Python frames itself, and the program sees the limit it expects.
    """

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.base = 0
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            self.base += 1
            frame = frame.f_back

    def __enter__(self) -> None:
        self.before = _get_limit()
        self._raise_limit(self.before)
        sys.setrecursionlimit = self._set
        sys.getrecursionlimit = lambda: self.tracer.recursion_limit

    def __exit__(self, *error: object) -> None:
        sys.setrecursionlimit, sys.getrecursionlimit = _set_limit, _get_limit
        _set_limit(self.before)

    def _raise_limit(self, limit: int) -> None:
        _set_limit(min(2**31 - 1, self.base + _FACTOR * limit + _SLACK))

    def _set(self, limit: int, /) -> None:
        """Set the maximum depth of the Python interpreter stack."""
        limit = index(limit)
        if limit < 1:
            raise ValueError("recursion limit must be greater or equal than 1")
        stack = self.tracer.stack
        if stack and stack[-1].real >= limit:
            depth = stack[-1].real
            raise RecursionError(
                f"cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
            )
        self.tracer.recursion_limit = limit
        self._raise_limit(limit)


def drive(result: object, entry: CodeType) -> object:
    """Runs what calling a generator function, coroutine or asynchronous generator gives to its end.

    Args:
        result: of the call. entry: the entry's code; anything that is not made of it is returned as it is.
    """
    if isinstance(result, GeneratorType) and result.gi_code is entry:
        return deque(result, maxlen=0)
    if isinstance(result, CoroutineType) and result.cr_code is entry:
        import asyncio

        return asyncio.run(result)
    if isinstance(result, AsyncGeneratorType) and result.ag_code is entry:
        import asyncio

        return asyncio.run(_exhaust(result))
    return result


async def _exhaust(items: AsyncGeneratorType[Any, Any]) -> None:
    while await anext(items, items) is not items:
        continue
