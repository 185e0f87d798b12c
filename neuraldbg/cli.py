"""The ``neuraldbg`` command: one Typer command a verb, each importing its front end inside its own function.

Stdout is data only; everything said about the work goes to stderr. Errors a user can cause leave as one line and an
exit code of :class:`neuraldbg.errors.ExitCode`; anything else is a bug of ours and keeps its traceback. The commands
own no logic: they load, call one function of the core or of a front end, and print.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from neuraldbg import __version__
from neuraldbg.errors import ExitCode, InputError, NeuraldbgError, UsageError
from neuraldbg.output import json_stream, print_trace, write_comparison, write_scores, write_streams
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace, read_trace

if TYPE_CHECKING:
    from neuraldbg.model.predictor import Predictor
    from neuraldbg.program import Program
    from neuraldbg.session import StepSource

DEFAULT_STEPS = 1000
DEFAULT_SECONDS = 10.0
DEFAULT_MEMORY = 1024  # MiB
_PIPE_CLOSED = 128 + signal.SIGPIPE  # what a shell reports of a command that died writing to a closed pipe
_PHASES = {
    "data": "neuraldbg.training.data.__main__",
    "tokenizer": "neuraldbg.training.tokenizer",
    "pretrain": "neuraldbg.training.pretrain",
    "midtrain": "neuraldbg.training.midtrain",
    "sft": "neuraldbg.training.sft",
    "rl": "neuraldbg.training.rl",
}
_LIMITS = (Outcome.STEP_LIMIT, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT)


class Runner(StrEnum):
    """Who makes a real run."""

    RECORDER = "recorder"
    DEBUGPY = "debugpy"


class _Group(TyperGroup):
    """Turns the exceptions of the commands into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except NeuraldbgError as error:
            message = " ".join(str(error).split("\n"))
            print(f"neuraldbg: error: {message}", file=sys.stderr)
            raise typer.Exit(int(error.exit_code)) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(int(ExitCode.INTERRUPTED)) from error
        except BrokenPipeError as error:
            # Python flushes stdout once more when it ends: give it somewhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(_PIPE_CLOSED) from error


app = typer.Typer(
    cls=_Group,
    help="A neural debugger for Python: predicts what a program does, step by step, without running it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ScriptArg = Annotated[str, typer.Argument(metavar="SCRIPT", help="script.py, or script.py::function")]
ArgsArg = Annotated[list[str] | None, typer.Argument(metavar="[-- ARGS]", help="the script's own arguments, after --")]
CallOpt = Annotated[str | None, typer.Option("--call", metavar="EXPR", help='the call to follow, such as "f(1, [2])"')]
ModelOpt = Annotated[
    str | None,
    typer.Option("--model", metavar="MODEL", help="a checkpoint folder, hub id or served name  [default: embedded]"),
]
ServerOpt = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="ask a server's model (vLLM, OpenAI's form, fgserve)"),
]
DeviceOpt = Annotated[str | None, typer.Option("--device", metavar="DEVICE", help="cpu, cuda, cuda:1  [default: best]")]
QuantizeOpt = Annotated[
    str | None,
    typer.Option(
        "--quantize",
        metavar="nf4|int8|none",
        callback=lambda value: _known_quantization(value),
        help="load the model's linear layers in 4 or 8 bits (bitsandbytes)  [default: as stored]",
    ),
]
StepsOpt = Annotated[int, typer.Option("--steps", min=1, metavar="N", help="end after N steps")]
JsonFlag = Annotated[bool, typer.Option("--json", help="print JSON Lines (docs/schema.md)")]
OutputOpt = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="write JSON Lines to FILE")]
WholeFlag = Annotated[bool, typer.Option("--whole", help="do not shorten values in the table")]
CheckFlag = Annotated[bool, typer.Option("--check", help="also RUN the program and compare; exit 1 if they differ")]
WithOpt = Annotated[Runner, typer.Option("--with", help="who makes the real run")]
TimeoutOpt = Annotated[float, typer.Option("--timeout", min=0.1, metavar="SECONDS", help="end a real run after this")]
MemoryOpt = Annotated[int, typer.Option("--memory", min=1, metavar="MIB", help="memory of a real run")]
StdinOpt = Annotated[
    Path | None, typer.Option("--stdin", metavar="FILE", help="what a real run reads  [default: nothing]")
]


def main() -> None:
    """Entry point of the console script."""
    # A value may hold characters that the terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] in (["train"], ["eval"]):
        from neuraldbg.training.hashes import pin_hashes

        pin_hashes()
    app(prog_name="neuraldbg")


def _note(text: str) -> None:
    print(f"neuraldbg: {text}", file=sys.stderr)


def _known_quantization(value: str | None) -> str | None:
    if value not in (None, "nf4", "int8", "none"):
        raise UsageError(f"no quantization {value!r}: use nf4, int8 or none")
    return None if value == "none" else value


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"neuraldbg {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """A neural debugger for Python: predicts what a program does, step by step, without running it."""


# Making traces


def _load(script: str, call: str | None, args: Sequence[str] | None) -> Program:
    from neuraldbg.program import Program

    return Program.load(script, call, tuple(args or ()))


def _program_of(trace: Trace) -> Program:
    from neuraldbg.program import Program

    return Program.from_source(trace.source, trace.script, trace.entry, trace.call, trace.args)


def _source(
    program: Program, model: str | None, device: str | None, quantize: str | None, server: str | None
) -> StepSource:
    from neuraldbg.model.predictor import load_predictor

    return load_predictor(model, device, quantize, server).source(program)


def _check_server(server: str | None, device: str | None, quantize: str | None) -> None:
    """Says early what is wrong with the options, or risky."""
    if server is None:
        return
    if device is not None or quantize is not None:
        option = "--device" if device is not None else "--quantize"
        raise UsageError(
            f"{option} is for a model that runs here, --server asks one that runs elsewhere: leave one out"
        )
    from neuraldbg.model.remote import warnings_for

    for warning in warnings_for(server):
        _note(f"warning: {warning}")


def _new_trace(program: Program, origin: Origin) -> Trace:
    return Trace(
        script=program.filename,
        source=program.source,
        entry=program.entry,
        origin=origin,
        call=program.call,
        args=program.args,
    )


def _follow(trace: Trace, source: StepSource, limit: int) -> Iterator[Step]:
    """Yields the steps of ``source``, keeping them in ``trace``; sets its outcome when they end or ``limit`` is met."""
    while (step := source.next_step(trace.steps)) is not None:
        if len(trace.steps) == limit:
            trace.outcome = Outcome.STEP_LIMIT
            return
        trace.steps.append(step)
        yield step
    raised = bool(trace.steps) and trace.steps[-1].event is Event.EXCEPTION
    trace.outcome = Outcome.RAISED if raised else Outcome.RETURNED


def _real_run(
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


def _check_folders(*files: Path | None) -> None:
    """Fails before the work is done, rather than after it, where a file could not be written."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"cannot write {file}: there is no folder {file.parent}")


def _finish(*traces: Trace, agree: bool = True) -> None:
    """Leaves with DIVERGED, or with LIMIT where one of the traces was cut short."""
    if not agree:
        raise typer.Exit(int(ExitCode.DIVERGED))
    for trace in traces:
        if trace.outcome in _LIMITS:
            what = f"{trace.origin.value} trace ended early after {len(trace.steps)} steps"
            _note(f"{what}: {trace.outcome.value.replace('_', ' ')}")
            raise typer.Exit(int(ExitCode.LIMIT))


@app.command()
def predict(
    script: ScriptArg,
    args: ArgsArg = None,
    call: CallOpt = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    steps: StepsOpt = DEFAULT_STEPS,
    as_json: JsonFlag = False,
    output: OutputOpt = None,
    whole: WholeFlag = False,
    check: CheckFlag = False,
    runner: WithOpt = Runner.RECORDER,
) -> None:
    """Print the predicted steps of SCRIPT, which is not run."""
    _check_folders(output)
    _check_server(server, device, quantize)
    program = _load(script, call, args)
    source = _source(program, model, device, quantize, server)
    trace = _new_trace(program, source.origin)
    print_trace(trace, _follow(trace, source, steps), as_json, output, whole)
    if not check:
        return _finish(trace)
    from neuraldbg.compare import compare as hold

    real = _real_run(program, runner, steps)
    comparison = hold(trace, real)
    if not as_json:
        print()
    write_comparison(comparison, sys.stderr if as_json else sys.stdout)
    _finish(trace, real, agree=comparison.agree)


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
    _check_folders(output)
    trace = _real_run(_load(script, call, args), runner, steps, timeout, memory, stdin)
    print_trace(trace, iter(trace.steps), as_json, output, whole)
    if not as_json and output is None:
        write_streams(trace, sys.stdout)
    if trace.note:
        _note(trace.note)
    _finish(trace)


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
        _check_server(server, device, quantize)
        program = _load(first, call, rest)
        source = _source(program, model, device, quantize, server)
        left = _new_trace(program, source.origin)
        for _ in _follow(left, source, steps):
            pass
        right = _real_run(program, runner, steps, timeout, memory, stdin)
    from neuraldbg.compare import compare as hold

    comparison = hold(left, right)
    if as_json:
        print(json.dumps(comparison.to_json()))
    else:
        write_comparison(comparison, sys.stdout)
    _finish(left, right, agree=comparison.agree)


@app.command()
def step(
    script: Annotated[str, typer.Argument(metavar="SCRIPT|TRACE", help="script.py[::function], or a trace (.jsonl)")],
    args: ArgsArg = None,
    call: CallOpt = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
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
    stepper = sys.stdin.isatty() and sys.stdout.isatty()
    if script.endswith(".jsonl"):
        known = read_trace(Path(script))
        program = _program_of(known)
    else:
        if stepper:
            _check_server(server, device, quantize)
        program = _load(script, call, args)

    def source() -> StepSource:
        return _source(program, model, device, quantize, server) if known is None else TraceSource(known)

    def real_run(program: Program, cancelled: Callable[[], bool]) -> Trace:
        return _real_run(program, runner, steps, cancelled=cancelled)

    if plain:
        from neuraldbg.tui.plain import run_plain

        raise typer.Exit(run_plain(program, source, sys.stdin, sys.stdout, real_run, as_json, check))
    if stepper:
        from neuraldbg.tui.app import Makers, run_stepper
        from neuraldbg.tui.config import read_config, state_path

        config = read_config()
        if keys is not None:
            config = replace(config, map=keys)
            config.key_map()
        makers = Makers(lambda program: _source(program, model, device, quantize, server), real_run)
        state = state_path("breakpoints.json").parent
        code = run_stepper(program, source, auto_check=check, makers=makers, config=config, keep=state)
        raise typer.Exit(code)
    if known is None:
        predict(script, args, call, model, device, quantize, server, steps, check=check, runner=runner)
        return
    trace = replace(known, steps=[], outcome=Outcome.STOPPED)
    print_trace(trace, _follow(trace, TraceSource(known), steps), False, None, False)
    if len(trace.steps) == len(known.steps):
        trace.outcome = known.outcome
    _finish(trace)


@app.command()
def dap(
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, metavar="N", help="listen on 127.0.0.1  [default: stdin and stdout]"),
    ] = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
) -> None:
    """Serve the Debug Adapter Protocol: an editor steps through what is predicted (docs/dap.md)."""
    from neuraldbg.dap.server import serve_port, serve_stdio
    from neuraldbg.dap.settings import Model

    _check_server(server, device, quantize)
    default = Model(model, server, device, quantize)

    def predictors(wanted: Model) -> Callable[[Program], StepSource]:
        from neuraldbg.model.predictor import load_predictor

        use = default if wanted == Model() else wanted
        return load_predictor(use.name, use.device, _known_quantization(use.quantize), use.server).source

    if port is None:
        raise typer.Exit(int(serve_stdio(predictors)))
    serve_port(port, predictors)


@app.command()
def lsp(
    tcp: Annotated[
        int | None,
        typer.Option(
            "--tcp", min=0, max=65535, metavar="PORT", help="serve on 127.0.0.1, 0 any port  [default: stdio]"
        ),
    ] = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
) -> None:
    """Serve an editor (Language Server Protocol): predicted values in the text; docs/lsp.md."""
    from neuraldbg.lsp.serving import serve

    _check_server(server, device, quantize)

    def load() -> Predictor:
        from neuraldbg.model.predictor import load_predictor

        return load_predictor(model, device, quantize, server)

    def real_run(program: Program, cancelled: Callable[[], bool]) -> Trace:
        return _real_run(program, Runner.RECORDER, 10 * DEFAULT_STEPS, cancelled=cancelled)

    raise typer.Exit(serve(load, real_run, tcp))


@app.command(name="eval")
def evaluate(
    rows: Annotated[Path, typer.Argument(metavar="ROWS.jsonl", help='rows {"id", "code", "entry", "input", "output"}')],
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="the first N rows only")] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, metavar="N", help="processes that share the rows, each with its own model")
    ] = 1,
    causes: Annotated[
        bool,
        typer.Option("--causes", help="say why wrong steps are wrong: every program runs once more, in this process"),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="write scores and rows to FILE")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="write a page to look at")
    ] = None,
) -> None:
    """RUN and predict the programs of ROWS.jsonl and print the scores."""
    from neuraldbg.report import html
    from neuraldbg.training.evaluate import evaluate as run

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total} rows", end="\n" if done == total else "", file=sys.stderr, flush=True)

    _check_folders(json_file, report)
    _check_server(server, device, quantize)
    result = run(rows, model, device, limit, progress, jobs, causes, quantize, server)
    for row, reason in result.left_out.items():
        _note(f"row {row} left out: {reason}")
    if not result.rows:
        raise InputError(f"{rows}: no row could be evaluated")
    write_scores(result.scores, sys.stdout)
    print("\n".join(result.findings()))
    if json_file is not None:
        with json_stream(json_file) as stream:
            stream.write(json.dumps(result.to_json(), ensure_ascii=False) + "\n")
    if report is not None:
        subtitle = f"{len(result.rows)} rows of {rows.name}, {len(result.left_out)} left out"
        with json_stream(report) as stream:
            page = html(
                result.rows,
                result.scores,
                title=model or server or "cwm-nano",
                subtitle=subtitle,
                bins=result.bins(),
                findings=result.findings(),
            )
            stream.write(page)


@app.command()
def serve(
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="a checkpoint folder or hub id  [default: embedded]")
    ] = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    host: Annotated[str, typer.Option("--host", help="any but loopback demands a token")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one")] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="the token clients must send, or NEURALDBG_SERVE_TOKEN"),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="of the model, for clients")] = None,
    slots: Annotated[int, typer.Option("--slots", min=1, metavar="N", help="sequences whose context is kept")] = 16,
    batch: Annotated[int, typer.Option("--batch", min=1, metavar="N", help="sequences that run at a time")] = 16,
    threads: Annotated[
        int, typer.Option("--threads", min=1, metavar="N", help="of the CPU, for a pass over several sequences")
    ] = 1,
    queue: Annotated[int, typer.Option("--queue", min=1, metavar="N", help="sequences that may wait")] = 256,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, metavar="N", help="most that a request may ask for")
    ] = None,
    chunk: Annotated[int, typer.Option("--chunk", min=1, metavar="N", help="tokens of prompts read in one pass")] = 256,
    no_grammar: Annotated[
        bool, typer.Option("--no-grammar", help="sample plainly where a client of fgserve sends a trace")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no line for each request on stderr")] = False,
) -> None:
    """Serve the model over HTTP: OpenAI's /v1/completions, fgserve's /completions, /metrics (docs/serving.md)."""
    from neuraldbg.model.serving import Settings
    from neuraldbg.model.serving import serve as run

    settings = Settings(
        host=host,
        port=port,
        token_file=token_file,
        name=name,
        slots=slots,
        batch=batch,
        threads=threads,
        queue=queue,
        max_tokens=max_tokens,
        chunk=chunk,
        grammar=not no_grammar,
        log=not quiet,
    )
    run(model, device, quantize, settings)


@app.command()
def doctor(
    model: ModelOpt = None,
    quantize: QuantizeOpt = None,
    context: Annotated[
        int | None, typer.Option("--context", min=1, metavar="N", help="tokens to plan for  [default: 16384]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say what is installed, which devices there are and whether the model fits; exit with what would fail."""
    from neuraldbg.doctor import examine, lines

    embedded = Path(__file__).parent / "model" / "weights" / "cwm-nano"
    findings = examine(model or embedded, quantize, context)
    print(json.dumps(findings.to_json(), indent=2) if as_json else "\n".join(lines(findings)))
    raise typer.Exit(int(findings.exit_code))


@app.command()
def bench(
    model: ModelOpt = None,
    llama: Annotated[
        str | None,
        typer.Option("--llama", metavar="PYTHON", help="an interpreter with llama-cpp-python and gguf"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="fewer repetitions")] = False,
) -> None:
    """Measure how fast steps are predicted on this CPU, against named peers in the same run."""
    from dataclasses import asdict

    from neuraldbg.model.bench import run, table

    rows = run(model, llama, quick)
    print(json.dumps([asdict(row) for row in rows], indent=2) if as_json else table(rows))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def train(
    context: typer.Context,
    phase: Annotated[str, typer.Argument(metavar="PHASE", help=", ".join(_PHASES))],
) -> None:
    """Run a phase of training with its own options: neuraldbg train PHASE --help."""
    if phase not in _PHASES:
        raise UsageError(f"no phase {phase}; there are {', '.join(_PHASES)}")
    from importlib import import_module

    import_module(_PHASES[phase]).main(context.args)
