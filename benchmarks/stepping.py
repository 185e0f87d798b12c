"""`python benchmarks/stepping.py`: from a step request to its `stopped`, in our debug adapter and in debugpy's.

Both are driven over their standard streams by one client, *step in* after *step in* through the same program. Ours
predicts the steps with the embedded model, with and without working out operations on known values exactly; then it
goes back to the start and makes the same steps again, which are known now. What matters is the ratio to debugpy, which
runs the program; times depend on the machine. Fewer steps are counted where a prediction ends early.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: it has a module called debugpy

from neuraldbg.dap.adapter import Adapter  # noqa: E402

OURS = (sys.executable, "-m", "neuraldbg", "dap")
PROGRAM = """\
def area(width, height):
    size = width * height
    return size


total = 0
for n in range(3, 40):
    total += area(n, n + 1)
    if total > 50:
        total -= 50
"""
_WAIT = 120.0


class Driver:
    """One adapter that is told to step."""

    def __init__(self, script: Path, command: Sequence[str] | None) -> None:
        self.adapter = Adapter(1000, command)
        more: dict[str, Any] = {"stopOnEntry": True}
        self.adapter.launch(script, cwd=script.parent, env={}, shown=[script], breakpoints={}, more=more)
        self.thread, self.reason = 0, ""
        self.wait()

    def wait(self) -> None:
        """Until the next stop."""
        body = self.adapter.connection.event({"stopped"}, time.monotonic() + _WAIT)["body"]
        self.thread, self.reason = body["threadId"], body["reason"]

    def step(self, command: str, count: int) -> list[float]:
        """Seconds that each of so many steps took, fewer where the steps end."""
        waits = []
        for _ in range(count):
            started = time.perf_counter()
            self.adapter.connection.send(command, {"threadId": self.thread}, wanted=False)
            self.wait()
            if self.reason != "step":
                break
            waits.append(time.perf_counter() - started)
        return waits


def measure(count: int) -> dict[str, list[float]]:
    """Seconds of each step, by what makes it."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "loop.py"
        script.write_text(PROGRAM)
        theirs = Driver(script, None)
        with theirs.adapter:
            theirs.step("stepIn", 5)
            running = theirs.step("stepIn", count)
        model = Driver(script, (*OURS, "--no-calculate"))
        with model.adapter:
            alone = model.step("stepIn", count)
        ours = Driver(script, OURS)
        with ours.adapter:
            predicted = ours.step("stepIn", count)
            back = ours.step("stepBack", count)
            ours.step("reverseContinue", 1)
            known = ours.step("stepIn", len(predicted))
    return {
        "debugpy: step in": running,
        "neuraldbg dap: step in, predicted": predicted,
        "... by the model alone": alone,
        "neuraldbg dap: step in, known": known,
        "neuraldbg dap: step back": back,
    }


def main() -> None:
    """Measures and prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100, help="steps of each kind")
    found = measure(parser.parse_args().steps)
    unit = statistics.median(found["debugpy: step in"])
    print(f"{'from request to stopped':<36}{'steps':>6}{'median':>11}{'95%':>11}{'of debugpy':>12}")
    for name, waits in found.items():
        middle, late = statistics.median(waits), sorted(waits)[int(len(waits) * 0.95)]
        times = f"{middle * 1000:>8.2f} ms{late * 1000:>8.2f} ms"
        print(f"{name:<36}{len(waits):>6}{times}{middle / unit:>11.3f}x")


if __name__ == "__main__":
    main()
