"""The Typer application: errors become one line and an exit code of :class:`neuraldbg.errors.ExitCode`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neuraldbg import __version__
from neuraldbg.errors import ExitCode, NeuraldbgError

_PIPE_CLOSED = 128 + signal.SIGPIPE  # what a shell reports of a command that died writing to a closed pipe


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


def note(text: str) -> None:
    print(f"neuraldbg: {text}", file=sys.stderr)


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
