"""Options that several commands share, and what is said early of wrong ones."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neuraldbg.cli.root import note
from neuraldbg.errors import UsageError

DEFAULT_STEPS = 1000
DEFAULT_SECONDS = 10.0
DEFAULT_MEMORY = 1024  # MiB


class Runner(StrEnum):
    """Who makes a real run."""

    RECORDER = "recorder"
    DEBUGPY = "debugpy"


def known_quantization(value: str | None) -> str | None:
    if value not in (None, "nf4", "int8", "none"):
        raise UsageError(f"no quantization {value!r}: use nf4, int8 or none")
    return None if value == "none" else value


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
        callback=known_quantization,
        help="load the model's linear layers in 4 or 8 bits (bitsandbytes)  [default: as stored]",
    ),
]
CalculateOpt = Annotated[
    bool,
    typer.Option(
        "--calculate/--no-calculate", help="work out operations on known values exactly; the model predicts the rest"
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


def check_server(server: str | None, device: str | None, quantize: str | None) -> None:
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
        note(f"warning: {warning}")


def check_folders(*files: Path | None) -> None:
    """Fails before the work is done, rather than after it, where a file could not be written."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise UsageError(f"cannot write {file}: there is no folder {file.parent}")
