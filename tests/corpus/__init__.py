"""Small real programs, one a file, and the check that recorder and debugpy agree on each.

The programs are deterministic, need no network, write at most to a temporary folder and take fewer than 500 steps.
Files that begin with an underscore are not programs.
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from neuraldbg.compare import compare
from neuraldbg.dap.client import debug
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Event

CORPUS = Path(__file__).parent
SCRIPTS = sorted(path for path in CORPUS.glob("*.py") if not path.name.startswith("_"))
MOST_STEPS = 500
# From Python 3.13 on debugpy (1.8.22) no longer listens to jumps, and a jump within one line makes no line event: it
# passes over the turns of a loop that stands in one line. sys.settrace, which tells them, is the witness there.
ONE_LINE_LOOPS = frozenset({"semicolons_and_one_liners"})
_LIMITS = Limits(seconds=120)


def disagreement(path: Path) -> str | None:
    """Runs a program under the recorder and under debugpy; what they tell differently, None if nothing."""
    program = Program.load(str(path))
    if path.stem in ONE_LINE_LOOPS and sys.version_info >= (3, 13):
        told = [(s.function, s.line) for s in record(program, _LIMITS).steps if s.event is Event.LINE]
        return None if told == settrace_lines(program) else "the recorder's lines are not those of sys.settrace"
    real, seen = record(program, _LIMITS), debug(program, _LIMITS)
    divergence = compare(seen, real).divergence
    if divergence is not None:
        return f"debugpy's step {divergence.left}, the recorder's {divergence.right}: {divergence.differences}"
    for what in ("outcome", "stdout", "stderr", "note"):
        left, right = getattr(seen, what), getattr(real, what)
        if left != right:
            return f"{what}: debugpy {left!r}, recorder {right!r}"
    if not seen.steps:
        return "no steps"
    if len(real.steps) > MOST_STEPS:
        return f"takes {len(real.steps)} steps, the corpus allows {MOST_STEPS}"
    return None


def settrace_lines(program: Program) -> list[tuple[str, int]]:
    """Function and line of every line event that sys.settrace reports of a program run in this process."""
    lines: list[tuple[str, int]] = []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != program.filename:
            return None
        if event == "line":
            lines.append((frame.f_code.co_qualname, frame.f_lineno))
        return trace

    before = sys.gettrace()
    with contextlib.redirect_stdout(io.StringIO()):
        sys.settrace(trace)
        try:
            exec(program.code, {"__name__": "__main__"})
        finally:
            sys.settrace(before)
    return lines
