"""The hash seed of recorded runs, for training and scoring: the order of a set's repr follows it."""

from __future__ import annotations

import os
import sys

from neuraldbg.recorder import HASH_SEED


def pin_hashes() -> None:
    """Starts this process anew with the recorder's hash seed, where it has another one.

    To be called before anything else is done. It does nothing where a process cannot become another (Windows) or
    ignores its environment (``python -I``).
    """
    if os.name == "posix" and os.environ.get("PYTHONHASHSEED") != HASH_SEED and not sys.flags.ignore_environment:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, "PYTHONHASHSEED": HASH_SEED})
