"""``eval``, ``doctor``, ``bench`` and ``train``: the model itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from neuraldbg.cli.options import (
    DeviceOpt,
    ModelOpt,
    QuantizeOpt,
    ServerOpt,
    check_folders,
    check_server,
)
from neuraldbg.cli.root import app, note
from neuraldbg.errors import InputError, UsageError
from neuraldbg.output import json_stream, write_scores

PHASES = {
    "data": "neuraldbg.training.data.__main__",
    "tokenizer": "neuraldbg.training.tokenizer",
    "pretrain": "neuraldbg.training.pretrain",
    "midtrain": "neuraldbg.training.midtrain",
    "sft": "neuraldbg.training.sft",
    "rl": "neuraldbg.training.rl",
}


@app.command(name="eval")
def evaluate(
    rows: Annotated[Path, typer.Argument(metavar="ROWS.jsonl", help='rows {"id", "code", "entry", "input", "output"}')],
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: Annotated[
        bool, typer.Option("--calculate", help="not the model alone: known operations are worked out exactly")
    ] = False,
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

    check_folders(json_file, report)
    check_server(server, device, quantize)
    result = run(rows, model, device, limit, progress, jobs, causes, quantize, server, calculate)
    for row, reason in result.left_out.items():
        note(f"row {row} left out: {reason}")
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

    embedded = Path(__file__).parents[1] / "model" / "weights" / "cwm-nano"
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
    phase: Annotated[str, typer.Argument(metavar="PHASE", help=", ".join(PHASES))],
) -> None:
    """Run a phase of training with its own options: neuraldbg train PHASE --help."""
    if phase not in PHASES:
        raise UsageError(f"no phase {phase}; there are {', '.join(PHASES)}")
    from importlib import import_module

    import_module(PHASES[phase]).main(context.args)
