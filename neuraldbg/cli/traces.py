"""Predicted and real steps of what a command line names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from neuraldbg.cli.options import DEFAULT_MEMORY, DEFAULT_SECONDS, Runner
from neuraldbg.cli.root import note
from neuraldbg.errors import ExitCode, InputError
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace

if TYPE_CHECKING:
    from neuraldbg.program import Program
    from neuraldbg.session import StepSource

_LIMITS = (Outcome.STEP_LIMIT, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT)


def load(script: str, call: str | None, args: Sequence[str] | None) -> Program:
    from neuraldbg.program import Program

    return Program.load(script, call, tuple(args or ()))


def program_of(trace: Trace) -> Program:
    from neuraldbg.program import Program

    return Program.from_source(trace.source, trace.script, trace.entry, trace.call, trace.args)


def source_of(
    program: Program,
    model: str | None,
    device: str | None,
    quantize: str | None,
    server: str | None,
    calculate: bool,
) -> StepSource:
    from neuraldbg.model.predictor import load_predictor

    return load_predictor(model, device, quantize, server, calculate).source(program)


def new_trace(program: Program, origin: Origin) -> Trace:
    return Trace(
        script=program.filename,
        source=program.source,
        entry=program.entry,
        origin=origin,
        call=program.call,
        args=program.args,
    )


def follow(trace: Trace, source: StepSource, limit: int) -> Iterator[Step]:
    """Yields the steps of ``source``, keeping them in ``trace``; sets its outcome when they end or ``limit`` is met."""
    while (step := source.next_step(trace.steps)) is not None:
        if len(trace.steps) == limit:
            trace.outcome = Outcome.STEP_LIMIT
            return
        trace.steps.append(step)
        yield step
    raised = bool(trace.steps) and trace.steps[-1].event is Event.EXCEPTION
    trace.outcome = Outcome.RAISED if raised else Outcome.RETURNED


def real_run(
    program: Program,
    runner: Runner,
    steps: int,
    timeout: float = DEFAULT_SECONDS,
    memory: int = DEFAULT_MEMORY,
    stdin: Path | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Trace:
    from neuraldbg.recorder import Limits, record

    try:
        text = None if stdin is None else stdin.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {stdin}: {error}") from error
    limits = Limits(steps=steps, seconds=timeout, memory_mb=memory)
    if runner is Runner.RECORDER:
        return record(program, limits, text, cancelled=cancelled)
    from neuraldbg.dap.client import debug

    return debug(program, limits, text, cancelled=cancelled)


def finish(*traces: Trace, agree: bool = True) -> None:
    """Leaves with DIVERGED, or with LIMIT where one of the traces was cut short."""
    if not agree:
        raise typer.Exit(int(ExitCode.DIVERGED))
    for trace in traces:
        if trace.outcome in _LIMITS:
            what = f"{trace.origin.value} trace ended early after {len(trace.steps)} steps"
            note(f"{what}: {trace.outcome.value.replace('_', ' ')}")
            raise typer.Exit(int(ExitCode.LIMIT))
