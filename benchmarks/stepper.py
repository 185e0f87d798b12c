"""How quick the stepper answers: frames painted and the time from a key to the screen, over a recorded trace.

    python benchmarks/stepper.py                  # 5,000 known steps, the step key held; 50,000; large values
    python benchmarks/stepper.py --only model     # keys pressed while the embedded model predicts

Nothing here is asserted: clocks belong to the machine. Tests bound the work instead (tests/tui).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any

from neuraldbg.program import Program
from neuraldbg.session import TraceSource
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace
from neuraldbg.tui.app import Stepper

SOURCE = "total = 0\nfor i in range(10**6):\n    total += i\n"
REPEAT = 1 / 30  # seconds between the repeats of a held key


def loop_steps(count: int) -> list[Step]:
    """Steps of the loop."""
    return [
        Step(Event.LINE, 2 + n % 2, "<module>", 0, {"total": str(n * n), "i": str(n), "items": str([n] * 5)})
        for n in range(count)
    ]


async def measure(name: str, steps: Sequence[Step], keys: int, key: str = "s", source: str = SOURCE) -> None:
    """Prints one line: keys pressed at the rate of a held key, and how long each took until its step was shown, those
    that took longer than a repeat, frames painted."""
    trace = Trace("demo.py", source, "<module>", Origin.RECORDED, list(steps), Outcome.RETURNED)
    app = Stepper(Program.from_source(source, "demo.py"), lambda: TraceSource(trace))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.session is None or app.session.cursor < 0 or app._steps_lane.running is not None:
            await pilot.pause(0.01)
        started = time.perf_counter()
        while not app.session.complete:
            await pilot.press("c")
            while app._steps_lane.running is not None:
                await pilot.pause(0.01)
        read = time.perf_counter() - started
        await pilot.press("R")
        await pilot.pause(0.2)
        waits, late = [], 0
        frames = [0]
        display = app._display

        def counted(screen: Any, renderable: Any) -> None:
            frames[0] += 1
            display(screen, renderable)

        app._display = counted  # type: ignore[method-assign]
        for _ in range(keys):
            started = time.perf_counter()
            before = app.session.cursor
            app.simulate_key(key)
            while app.session.cursor == before or app._steps_lane.running is not None:
                await asyncio.sleep(0)
            waits.append(time.perf_counter() - started)
            late += waits[-1] > REPEAT
            await asyncio.sleep(max(0.0, REPEAT - waits[-1]))
        waits.sort()
        print(
            f"{name:<28}{len(steps):>7,} steps  all read in {read:5.2f} s  key to step: median"
            f" {statistics.median(waits) * 1000:5.1f} ms, 95% {waits[int(len(waits) * 0.95)] * 1000:6.1f} ms,"
            f" late {late} of {keys}, frames painted {frames[0]}"
        )


LOOP = """\
def step(x):
    y = x + 3
    return y


n = 0
while True:
    x = step(n)
    n = n + 1
"""


async def measure_busy(keys: int) -> None:
    """Prints how long the source cursor takes to move on the screen, first while nothing runs, then while the embedded
    model predicts on its thread; and how long Escape takes to stop it."""
    from neuraldbg.model.predictor import load_predictor

    program = Program.from_source(LOOP, "loop.py")
    app = Stepper(program, lambda: load_predictor(calculates=True).source(program))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.session is None or app.session.cursor < 0 or app._steps_lane.running is not None:
            await pilot.pause(0.01)
        painted = [0]
        display = app._display

        def counted(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            painted[0] += 1

        app._display = counted  # type: ignore[method-assign]

        async def waits() -> str:
            taken = []
            for n in range(keys):
                line, before = app._board.source.cursor, painted[0]
                started = time.perf_counter()
                app.simulate_key("up" if n % 2 else "down")
                while app._board.source.cursor == line or painted[0] == before:
                    await asyncio.sleep(0)
                taken.append(time.perf_counter() - started)
                await asyncio.sleep(max(0.0, REPEAT - taken[-1]))
            taken.sort()
            middle, late = statistics.median(taken) * 1000, taken[int(len(taken) * 0.95)] * 1000
            return f"key to screen: median {middle:5.1f} ms, 95% {late:6.1f} ms, longest {taken[-1] * 1000:6.1f} ms"

        print(f"{'nothing runs':<28}{await waits()}")
        known, started = len(app.session.known), time.perf_counter()
        app.simulate_key("c")
        while app._steps_lane.running is None:
            await asyncio.sleep(0)
        said = await waits()
        assert app._steps_lane.running is not None, "the prediction ended before it was measured"
        rate = (len(app.session.known) - known) / (time.perf_counter() - started)
        pressed = time.perf_counter()
        app.simulate_key("escape")
        while app._steps_lane.running is not None:
            await asyncio.sleep(0)
        stopped = (time.perf_counter() - pressed) * 1000
        print(f"{'the model predicts':<28}{said}; {rate:.0f} steps/s; Escape stopped it in {stopped:.0f} ms")


async def run(keys: int, only: str) -> None:
    """All of them."""
    if only in ("", "model"):
        await measure_busy(keys)
    if only in ("", "trace"):
        await run_traces(keys)


async def run_traces(keys: int) -> None:
    """Over recorded steps."""
    await measure("held step key", loop_steps(5_000), keys)
    await measure("many steps", loop_steps(50_000), keys)
    large = "[" + ", ".join(map(str, range(150_000))) + "]"
    await measure(
        "a value of 1 MB", [Step(s.event, s.line, s.function, 0, {"x": large}) for s in loop_steps(200)], keys
    )
    names = {f"name{n}": str(n) for n in range(10_000)}
    many = [Step(s.event, s.line, s.function, 0, {**names, "name7": str(n)}) for n, s in enumerate(loop_steps(200))]
    await measure("10,000 locals", many, keys)
    long = f"x = '{'a' * 10_000}'\n" * 3
    await measure("lines of 10,000 characters", loop_steps(200), keys, source=long)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=100, help="keys pressed in each")
    parser.add_argument("--only", choices=("model", "trace"), default="", help="one half of it")
    options = parser.parse_args()
    asyncio.run(run(options.keys, options.only))
