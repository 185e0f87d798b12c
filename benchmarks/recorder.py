"""How much slower recording is than the least a tracer can do. Run: ``python benchmarks/recorder.py``.

The bare tracer is ``sys.settrace`` with a function that stores ``{name: repr(value)}`` of ``f_locals``: it bounds
nothing, knows no depth, and makes no steps. All trace the same program, in turns, and the best turn counts. ``record``
includes the start of the child process and the way of the steps out of it. Times are processor times.
"""

from __future__ import annotations

import argparse
import os
import sys
from types import FrameType
from typing import Any

from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.tracing import trace_call

SOURCE = """\
def work(n, text, table):
    total = 0
    words = []
    for i in range(n):
        total += i * 2
        if i % 3 == 0:
            words.append(text[i % len(text)])
        else:
            table[i % 5] = total
        if len(words) > 8:
            words = words[4:]
    return total
work({rounds}, "hello world", {{}})
"""


def seconds() -> float:
    """Processor time of this process and of the children it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def bare(program: Program) -> float:
    """Events a second of the bare tracer."""
    rows: list[tuple[int, dict[str, str]]] = []
    code = program.code

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename != code.co_filename:
            return None
        rows.append((frame.f_lineno, {name: repr(value) for name, value in frame.f_locals.items()}))
        return trace

    names: dict[str, object] = {"__name__": "__main__"}
    start = seconds()
    sys.settrace(trace)
    exec(code, names)
    sys.settrace(None)
    return len(rows) / (seconds() - start)


def traced(program: Program) -> float:
    """Steps a second of ``trace_call``."""
    code = program.code
    names: dict[str, object] = {"__name__": "__main__"}
    visible = program.visible
    start = seconds()
    steps, _, _ = trace_call(lambda: exec(code, names), code, code, program.source, visible, 10**7)
    return len(steps) / (seconds() - start)


def recorded(program: Program) -> float:
    """Steps a second of ``record``."""
    program.visible(program.code)  # made once, and not what is measured
    start = seconds()
    trace = record(program, Limits(seconds=600, steps=10**7))
    return len(trace.steps) / (seconds() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20_000, help="of the traced loop; a round is about 5 steps")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    program = Program.from_source(SOURCE.format(rounds=options.rounds), "bench.py")
    best = {"bare": 0.0, "trace_call": 0.0, "record": 0.0}
    for _ in range(options.turns):
        for name, measure in (("bare", bare), ("trace_call", traced), ("record", recorded)):
            best[name] = max(best[name], measure(program))
    print(f"Python {sys.version.split()[0]}")
    for name, rate in best.items():
        print(f"{name:<12}{rate:>10,.0f} steps/s   ratio to bare {rate / best['bare']:.2f}")


if __name__ == "__main__":
    main()
