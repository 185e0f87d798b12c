"""Small real programs, one a file, and the check that recorder and debugpy agree on each.

The programs are deterministic, need no network, write at most to a temporary folder and take fewer than 500 steps.
Files that begin with an underscore are not programs.
"""

from __future__ import annotations

from pathlib import Path

from neuraldbg.compare import compare
from neuraldbg.dap.client import debug
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record

CORPUS = Path(__file__).parent
SCRIPTS = sorted(path for path in CORPUS.glob("*.py") if not path.name.startswith("_"))
MOST_STEPS = 500
_LIMITS = Limits(seconds=120)


def disagreement(path: Path) -> str | None:
    """Runs a program under the recorder and under debugpy; what they tell differently, None if nothing."""
    program = Program.load(str(path))
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
