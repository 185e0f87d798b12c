"""What a launch request asks for, checked, and the program and steps that follow from it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.program import Program
from neuraldbg.steps import Trace, read_trace
from neuraldbg.timeline import StepSource, TraceSource


@dataclass(frozen=True, slots=True)
class Model:
    """Which model predicts; None leaves the choice to the command.

    Attributes:
        name: a folder or an id on a hub; with a server, the name that it serves.
        server: its URL.
        device: such as ``cpu`` and ``cuda``.
        quantize: ``nf4``, ``int8`` or ``none``.
        calculate: operations on known values are worked out exactly.
    """

    name: str | None = None
    server: str | None = None
    device: str | None = None
    quantize: str | None = None
    calculate: bool | None = None


Predictors = Callable[[Model], Callable[[Program], StepSource]]
"""Loads a model; the result makes the steps of a program."""

DEFAULT_STEPS = 1000
RUNNERS = ("recorder", "debugpy")

LAUNCH_SETTINGS = frozenset(
    "program function entry call args trace model server device quantize calculate steps stopOnEntry compare cwd "
    "noDebug timeout".split()
)
# What editors keep in the same object for themselves.
_THEIRS = frozenset(
    "name type request preLaunchTask postDebugTask internalConsoleOptions debugServer presentation console restart "
    "serverReadyAction suppressMultipleSessionWarning linux osx windows debugAdapterPath".split()
)


@dataclass(frozen=True, slots=True)
class Launch:
    """The settings of docs/dap.md.

    Attributes:
        program: the file; with a trace, where its file is now; empty if the trace knows.
        function: qualified name of the entry; empty for the whole script.
        call: the expression to follow.
        args: arguments of the script.
        trace: a saved trace (.jsonl) instead of a prediction.
        model: that predicts.
        steps: new steps that one request may ask for.
        stop_on_entry: stop at the first line.
        compare: who makes the real run, ``recorder`` or ``debugpy``; empty for no real run.
        seconds: that the real run may take.
        no_debug: run to the end without stops.
        unknown: settings that are not known.
    """

    program: str = ""
    function: str = ""
    call: str | None = None
    args: tuple[str, ...] = ()
    trace: str = ""
    model: Model = Model()
    steps: int = DEFAULT_STEPS
    stop_on_entry: bool = False
    compare: str = ""
    seconds: float = 10.0
    no_debug: bool = False
    unknown: tuple[str, ...] = ()


def read_launch(arguments: Arguments) -> Launch:
    """Checks the arguments of a launch request.

    Raises:
        BadRequest: if one has the wrong type, or two contradict each other.
    """
    folder = arguments.text("cwd", "") or os.getcwd()
    program, trace = arguments.text("program", ""), arguments.text("trace", "")
    if not program and not trace:
        raise BadRequest("give the launch settings a program (a Python file) or a trace (.jsonl)")
    function = arguments.text("function", "") or arguments.text("entry", "")
    call = arguments.text("call", "") or None
    calculate = arguments.flag("calculate") if arguments.values.get("calculate") is not None else None
    name, server, device, quantize = (arguments.text(n, "") or None for n in ("model", "server", "device", "quantize"))
    choice = Model(name, server, device, quantize, calculate)
    if choice.server is not None and (choice.device or choice.quantize):
        raise BadRequest("device and quantize are for a model that runs here; leave them out with a server")
    if choice.quantize not in (None, "nf4", "int8", "none"):
        raise BadRequest("quantize must be nf4, int8 or none")
    args, call = _args(arguments, function, call)
    steps = arguments.number("steps", DEFAULT_STEPS)
    if steps < 1:
        raise BadRequest("steps must be 1 or more")
    compare = _compare(arguments.values.get("compare"))
    if trace and (function or call or args):
        raise BadRequest("a trace knows its own entry; leave function, call and args out")
    return Launch(
        program=program and os.path.abspath(os.path.join(folder, program)),
        function=function,
        call=call,
        args=args,
        trace=trace and os.path.abspath(os.path.join(folder, trace)),
        model=choice,
        steps=steps,
        stop_on_entry=arguments.flag("stopOnEntry"),
        compare=compare,
        seconds=_seconds(arguments.values.get("timeout", 10)),
        no_debug=arguments.flag("noDebug"),
        unknown=tuple(n for n in arguments.values if n not in LAUNCH_SETTINGS | _THEIRS and not n.startswith("_")),
    )


def _args(arguments: Arguments, function: str, call: str | None) -> tuple[tuple[str, ...], str | None]:
    """Arguments of the script, and the call; with a function, ``args`` are the expressions that it is called with."""
    given: Any = arguments.values.get("args")
    if isinstance(given, str):
        try:
            given = [given] if function else shlex.split(given)
        except ValueError as error:
            raise BadRequest(f"args cannot be split into words: {error}") from error
    words = Arguments({"args": given}).texts("args")
    if not function or not words:
        return tuple(words), call
    if call is not None:
        raise BadRequest("give either a call or the function's args, not both")
    if "." in function:
        raise BadRequest(f"say how {function} is called, such as call: {function.replace('.', '().')}({words[0]})")
    return (), f"{function}({', '.join(words)})"


def _compare(value: Any) -> str:
    if value in (None, False, ""):
        return ""
    if value is True:
        return RUNNERS[0]
    if value not in RUNNERS:
        raise BadRequest(f"compare must be true, false, {' or '.join(RUNNERS)}")
    return str(value)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
        raise BadRequest("timeout must be a number of seconds")
    return float(value)


def load(launch: Launch, predictors: Predictors) -> tuple[Program, StepSource, Trace | None]:
    """The program, its steps, and the trace that they come from where there is one.

    Raises:
        NeuraldbgError: if the file, the entry, the trace or the model cannot be used.
    """
    if launch.trace:
        trace = read_trace(Path(launch.trace))
        script = launch.program or trace.script
        if not os.path.isabs(script):  # as seen from where it was recorded, or from where it is now
            beside = os.path.join(os.path.dirname(launch.trace), script)
            script = beside if os.path.exists(beside) else os.path.abspath(script)
        program = Program.from_source(trace.source, script, trace.entry, trace.call, trace.args)
        return program, TraceSource(trace), trace
    spec = f"{launch.program}::{launch.function}" if launch.function else launch.program
    program = Program.load(spec, launch.call, launch.args)
    return program, predictors(launch.model)(program), None
