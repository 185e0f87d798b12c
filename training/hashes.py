"""The hash seed of recorded runs, for training and scoring: the order of a set's repr follows it."""

from __future__ import annotations

import os
import sys
from typing import Final

SEED: Final = "0"  # that of the recorder and of the debugpy client


def pin_hashes() -> None:
    """Starts this process anew with the recorder's hash seed, where it has another one.

    To be called before anything else is done. It does nothing where a process cannot become another (Windows) or
    ignores its environment (``python -I``).
    """
    if os.name == "posix" and os.environ.get("PYTHONHASHSEED") != SEED and not sys.flags.ignore_environment:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": SEED})
