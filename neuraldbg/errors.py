"""The exception tree and the exit codes of the command line, in one place.

Every error a user can cause derives from :class:`NeuraldbgError`; its message is one line that says what is
wrong and what to do. The command line prints that line on stderr and leaves with ``exit_code``. Anything else
that escapes is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell sees. The README documents these; scripts may rely on them."""

    OK = 0
    DIVERGED = 1  # `compare`, `--check`: the two traces differ
    USAGE = 2  # wrong options or arguments (also Typer's own)
    BAD_INPUT = 3  # the script, call or trace file cannot be used
    MODEL = 4  # no such model, a damaged one, no device for it, a server that does not answer
    RUN_FAILED = 5  # a real run was asked for and could not be made
    LIMIT = 6  # a limit (steps, time, memory) ended the work early; what was done is kept
    INTERRUPTED = 130  # Ctrl-C


class NeuraldbgError(Exception):
    """Base of all errors that are shown to the user as one line."""

    exit_code = ExitCode.USAGE


class UsageError(NeuraldbgError):
    """Options that contradict each other or make no sense."""

    exit_code = ExitCode.USAGE


class InputError(NeuraldbgError):
    """A script, an entry point, a call or a trace file that cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class ModelError(NeuraldbgError):
    """A model that is missing, damaged, of another architecture, or too large for the device."""

    exit_code = ExitCode.MODEL


class ServerError(ModelError):
    """A model server that cannot be reached, refuses, or answers what no server of ours answers."""


class RunError(NeuraldbgError):
    """A real run (recorder or debugpy) that could not be made."""

    exit_code = ExitCode.RUN_FAILED
