"""``predict``, ``record``, ``compare`` and ``step``: the steps of one program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuraldbg.cli.options import (
    DEFAULT_MEMORY,
    DEFAULT_SECONDS,
    DEFAULT_STEPS,
    ArgsArg,
    CalculateOpt,
    CallOpt,
    CheckFlag,
    DeviceOpt,
    JsonFlag,
    MemoryOpt,
    ModelOpt,
    OutputOpt,
    QuantizeOpt,
    Runner,
    ScriptArg,
    ServerOpt,
    StdinOpt,
    StepsOpt,
    TimeoutOpt,
    WholeFlag,
    WithOpt,
    check_folders,
    check_server,
)
from neuraldbg.cli.root import app, note
from neuraldbg.cli.traces import finish, follow, load, new_trace, program_of, real_run, source_of
from neuraldbg.errors import UsageError
from neuraldbg.output import print_trace, write_comparison, write_streams
from neuraldbg.steps import Outcome, Trace, read_trace

if TYPE_CHECKING:
    from neuraldbg.program import Program
    from neuraldbg.session import StepSource


@app.command()
def predict(
    script: ScriptArg,
    args: ArgsArg = None,
    call: CallOpt = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: CalculateOpt = True,
    steps: StepsOpt = DEFAULT_STEPS,
    as_json: JsonFlag = False,
    output: OutputOpt = None,
    whole: WholeFlag = False,
    check: CheckFlag = False,
    runner: WithOpt = Runner.RECORDER,
) -> None:
    """Print the predicted steps of SCRIPT, which is not run."""
    check_folders(output)
    check_server(server, device, quantize)
    program = load(script, call, args)
    source = source_of(program, model, device, quantize, server, calculate)
    trace = new_trace(program, source.origin)
    print_trace(trace, follow(trace, source, steps), as_json, output, whole)
    if not check:
        return finish(trace)
    from neuraldbg.compare import compare as hold

    real = real_run(program, runner, steps)
    comparison = hold(trace, real)
    if not as_json:
        print()
    write_comparison(comparison, sys.stderr if as_json else sys.stdout)
    finish(trace, real, agree=comparison.agree)


@app.command()
def record(
    script: ScriptArg,
    args: ArgsArg = None,
    call: CallOpt = None,
    steps: StepsOpt = 10 * DEFAULT_STEPS,
    timeout: TimeoutOpt = DEFAULT_SECONDS,
    memory: MemoryOpt = DEFAULT_MEMORY,
    stdin: StdinOpt = None,
    as_json: JsonFlag = False,
    output: OutputOpt = None,
    whole: WholeFlag = False,
    runner: WithOpt = Runner.RECORDER,
) -> None:
    """RUN SCRIPT in a child process and print its real steps."""
    check_folders(output)
    trace = real_run(load(script, call, args), runner, steps, timeout, memory, stdin)
    print_trace(trace, iter(trace.steps), as_json, output, whole)
    if not as_json and output is None:
        write_streams(trace, sys.stdout)
    if trace.note:
        note(trace.note)
    finish(trace)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="SCRIPT|TRACE", help="script.py[::function], or a trace (.jsonl)")],
    rest: Annotated[
        list[str] | None, typer.Argument(metavar="[TRACE | -- ARGS]", help="the trace to hold it against")
    ] = None,
    call: CallOpt = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: CalculateOpt = True,
    steps: StepsOpt = DEFAULT_STEPS,
    timeout: TimeoutOpt = DEFAULT_SECONDS,
    memory: MemoryOpt = DEFAULT_MEMORY,
    stdin: StdinOpt = None,
    runner: WithOpt = Runner.RECORDER,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Predict and RUN SCRIPT, or take two traces; print the first divergence and scores, exit 1 if they differ."""
    if first.endswith(".jsonl"):
        if len(rest or ()) != 1:
            raise UsageError("give two traces (.jsonl) to compare, or one script")
        left, right = read_trace(Path(first)), read_trace(Path((rest or [""])[0]))
    else:
        check_server(server, device, quantize)
        program = load(first, call, rest)
        source = source_of(program, model, device, quantize, server, calculate)
        left = new_trace(program, source.origin)
        for _ in follow(left, source, steps):
            pass
        right = real_run(program, runner, steps, timeout, memory, stdin)
    from neuraldbg.compare import compare as hold

    comparison = hold(left, right)
    if as_json:
        print(json.dumps(comparison.to_json()))
    else:
        write_comparison(comparison, sys.stdout)
    finish(left, right, agree=comparison.agree)


@app.command()
def step(
    script: Annotated[str, typer.Argument(metavar="SCRIPT|TRACE", help="script.py[::function], or a trace (.jsonl)")],
    args: ArgsArg = None,
    call: CallOpt = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: CalculateOpt = True,
    steps: StepsOpt = DEFAULT_STEPS,
    check: CheckFlag = False,
    runner: WithOpt = Runner.RECORDER,
    keys: Annotated[
        str | None, typer.Option("--keys", metavar="MAP", help="pdb, vscode or pudb  [default: pdb, or as configured]")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="line mode: commands on stdin, answers in words (or --json)")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="with --plain: answer in JSON Lines")] = False,
) -> None:
    """Walk through the predicted steps of SCRIPT, or those of a trace, in the terminal; without one, print them."""
    from neuraldbg.session import TraceSource

    if as_json and not plain:
        raise UsageError("--json goes with --plain here; neuraldbg predict --json prints all steps")

    known: Trace | None = None
    stepper = sys.stdin.isatty() and sys.stdout.isatty() and not plain
    if stepper and os.environ.get("TERM", "") in ("", "dumb"):
        note("this terminal cannot be drawn upon: line mode, as with --plain; try `help`")
        plain, stepper = True, False
    if script.endswith(".jsonl"):
        known = read_trace(Path(script))
        program = program_of(known)
    else:
        if stepper:
            check_server(server, device, quantize)
        program = load(script, call, args)

    def source() -> StepSource:
        return predicted(program) if known is None else trace_source(known, program, predicted)

    def run(program: Program, cancelled: Callable[[], bool]) -> Trace:
        return real_run(program, runner, steps, cancelled=cancelled)

    from neuraldbg.tui.config import read_config, state_path
    from neuraldbg.tui.opening import source_of as trace_source

    state = state_path("breakpoints.json").parent

    def predicted(program: Program) -> StepSource:
        return source_of(program, model, device, quantize, server, calculate)

    if plain:
        from neuraldbg.tui.plain import run_plain

        code = run_plain(program, source, sys.stdin, sys.stdout, run, as_json, check, predicted, state)
        raise typer.Exit(code)
    if stepper:
        from neuraldbg.tui.app import Makers, run_stepper

        config = read_config()
        if keys is not None:
            config = replace(config, map=keys)
            config.key_map()
        makers = Makers(predicted, run)
        code = run_stepper(program, source, auto_check=check, makers=makers, config=config, keep=state)
        raise typer.Exit(code)
    if known is None:
        predict(script, args, call, model, device, quantize, server, calculate, steps, check=check, runner=runner)
        return
    trace = replace(known, steps=[], outcome=Outcome.STOPPED)
    print_trace(trace, follow(trace, TraceSource(known), steps), False, None, False)
    if len(trace.steps) == len(known.steps):
        trace.outcome = known.outcome
    finish(trace)
