"""A still picture of the stepper: ``python -m neuraldbg.tui.picture docs/stepper.svg``.

The real app over real steps of a program: the demo's recorded trace, with one breakpoint, a watch and an open value.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from neuraldbg.breakpoints import Breakpoint, BreakpointKind
from neuraldbg.program import Program
from neuraldbg.session import StepSource
from neuraldbg.tui.app import Stepper

SIZE = (110, 30)


async def take(program: Program, source: StepSource, keys: list[str]) -> str:
    """The screen as SVG after these keys."""
    app = Stepper(program, lambda: source)
    async with app.run_test(size=SIZE) as pilot:

        async def idle() -> None:
            await pilot.pause()
            while app.session is None or app._steps_lane.running is not None:
                await pilot.pause(0.02)
            await pilot.pause()

        await idle()
        app.breakpoints.add(Breakpoint(BreakpointKind.FUNCTION, function="half", condition="n % 2"))
        app._set_watches(("len(halves)", "sum(numbers)"))
        for key in keys:
            await idle()
            await pilot.press(key)
        await idle()
        picture = app.export_screenshot(title="neuraldbg step")
        # No fonts from elsewhere, and no number that differs from run to run.
        picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
        return re.sub(r"terminal-\d+", "terminal", picture).replace("Fira Code", "ui-monospace").rstrip()


def main(target: str, script: str = "examples/demo.py") -> None:
    """Predicts the script with the embedded model and writes the picture."""
    from neuraldbg.model.predictor import load_predictor

    program = Program.load(script)
    source = load_predictor(calculates=True).source(program)
    keys = ["c", "n", "n", "u", "tab", "down", "right"]
    Path(target).write_text(asyncio.run(take(program, source, keys)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
