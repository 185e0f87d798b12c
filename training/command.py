"""How the commands of training end where the user is at fault: one line on stderr and the exit code of the error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from neuraldbg.errors import NeuraldbgError


def reported(main: Callable[[], int | None]) -> int:
    """Runs a command that is started as a module; `neuraldbg train` reports in the same way.

    Args:
        main: reads the process's arguments; returns its exit code, None for 0.

    Returns:
        The exit code.
    """
    try:
        return main() or 0
    except NeuraldbgError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return int(error.exit_code)
