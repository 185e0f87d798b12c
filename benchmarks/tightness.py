"""How much the control-flow automaton leaves open, and how fast it is: real runs of scripts, step by step.

Run: ``python benchmarks/tightness.py [SCRIPT ...]`` (default: tests/corpus/*.py). Each script is run in this process.
Prints the mean number of legal moves (event, frame, line) a step, the share of steps with a single move, the share of
shown names whose value is forced to stay, steps that were refused (there should be none), and the time a step takes
relative to recording it in the same run.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

from neuraldbg.control import IllegalStep
from neuraldbg.errors import InputError
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.tracing import trace_call

MAX_STEPS = 4000


@dataclass
class Totals:
    """Sums over all steps."""

    steps: int = 0
    moves: int = 0
    single: int = 0
    names: int = 0
    kept: int = 0
    refused: int = 0
    recording: float = 0.0
    following: float = 0.0

    def add(self, other: Totals) -> None:
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))

    def line(self, name: str) -> str:
        steps = max(self.steps, 1)
        return (
            f"{name:34} steps {self.steps:6}  moves {self.moves / steps:6.2f}  single {self.single / steps:6.1%}"
            f"  kept {self.kept / max(self.names, 1):6.1%}  refused {self.refused}"
            f"  us/step {1e6 * self.following / steps:6.1f} (recording {1e6 * self.recording / steps:.1f})"
        )


def run(program: Program) -> list[Step]:
    """The steps of a real run, its output thrown away."""
    namespace = {"__name__": "__main__", "__file__": program.filename}
    code = program.code
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return trace_call(lambda: exec(code, namespace), code, code, program.source, program.visible, MAX_STEPS)[0]


def measure(program: Program) -> Totals:
    """Follows one run."""
    start = time.process_time()
    steps = run(program)
    total = Totals(recording=time.process_time() - start)
    state = program.start()
    start = time.process_time()
    for step in steps:
        legal = state.legal()
        moves = sum(len(branch.lines) for branch in legal.branches) + legal.may_end
        total.steps += 1
        total.moves += moves
        total.single += moves == 1
        if step.event is Event.LINE:
            fitting = [b for b in legal.branches if b.event is Event.LINE and b.depth == step.depth]
            free = {rule.name for branch in fitting for rule in branch.names if rule.may_change}
            total.names += len(step.locals)
            total.kept += len(step.locals.keys() - free)
        try:
            state = state.after(step)
        except IllegalStep as error:
            print(f"{program.filename}: {error}", file=sys.stderr)
            total.refused += 1
            break
    total.following = time.process_time() - start
    return total


def main(names: list[str]) -> None:
    folder = Path(__file__).resolve().parent.parent / "tests" / "corpus"
    paths = [Path(n) for n in names] or sorted(folder.glob("[!_]*.py"))
    sum_ = Totals()
    for path in paths:
        sys.argv = [str(path)]
        sys.stdin = io.StringIO("3\n4\n5\n")
        try:
            total = measure(Program.load(str(path)))
        except InputError as error:
            print(error, file=sys.stderr)
            continue
        sum_.add(total)
        if names:
            print(total.line(path.name))
    print(sum_.line("all"))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # scripts may leave threads behind
