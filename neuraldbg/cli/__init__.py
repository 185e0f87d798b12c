"""The ``neuraldbg`` command: one Typer command a verb, each importing its front end inside its own function.

Stdout is data only; everything said about the work goes to stderr. Errors a user can cause leave as one line and an
exit code of :class:`neuraldbg.errors.ExitCode`; anything else is a bug of ours and keeps its traceback. The commands
own no logic: they load, call one function of the core or of a front end, and print.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

from neuraldbg.cli import debugging, measuring, serving
from neuraldbg.cli.root import app

__all__ = ["app", "debugging", "main", "measuring", "serving"]


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
