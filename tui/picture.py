"""A picture of the stepper that moves: ``python -m neuraldbg.tui.picture docs/stepper.svg``.

The real app, predicting the demo with the embedded model: to the end, back to the exception, another value for ``n``
and on from there, then the real run. The last screen stands still where nothing may move.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from rich.segment import Segment
from textual.pilot import Pilot

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import StepSource
from neuraldbg.tui.app import Makers, Stepper
from neuraldbg.tui.bindings import key_name
from neuraldbg.tui.config import Config
from neuraldbg.tui.drawing import Shot, picture

SIZE = (104, 30)
# keys, seconds that the screen is shown afterwards, what is said of it
Story = tuple[tuple[tuple[str, ...], float, str], ...]
STORY: Story = (
    ((), 2.0, "neuraldbg step examples/demo.py"),
    (("s",), 0.5, "step into"),
    (("s",), 0.5, "step into"),
    (("s",), 0.5, "step into"),
    (("s",), 0.7, "step into"),
    (("s",), 0.7, "step into"),
    (("s",), 0.9, "step into"),
    (("c",), 2.5, "continue: to the end, all of it predicted"),
    (("M",), 2.5, "back to the previous mark: an exception"),
    (("S",), 1.0, "one step back"),
    (("S",), 1.0, "one step back"),
    (("S",), 1.2, "one step back"),
    (("equals_sign",), 1.2, "what if: give n another value"),
    (("backspace", "1", "0"), 1.2, "what if: give n another value"),
    (("enter",), 2.0, "the prediction goes on from here"),
    (("c",), 2.5, "continue, on a branch of its own"),
    (("f",), 2.0, "branches"),
    (("up", "enter"), 1.2, "back to the first one"),
    (("s",), 0.8, "step into"),
    (("a",), 2.5, "what else could come here, and how likely"),
    (("escape", "x"), 2.2, "the real run, asked for"),
    (("y",), 4.0, "every value confirmed, or not"),
)


def lines_of(app: Stepper) -> list[list[Segment]]:
    """The screen with whatever lies over it, line by line."""
    size = app.size
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    strips = getattr(update, "strips", None)
    assert strips is not None
    return [[segment for strip in line for segment in strip] for line in strips][: size.height]


async def film(program: Program, open_source: Callable[[], StepSource], story: Story = STORY) -> list[Shot]:
    """The screens after these keys."""
    app = Stepper(
        program,
        open_source,
        makers=Makers(check=lambda program, cancelled: record(program)),
        config=Config(theme="dark"),
    )
    shots = []
    async with app.run_test(size=SIZE) as pilot:
        for keys, seconds, says in story:
            for key in keys:
                await _idle(app, pilot)
                await pilot.press(key)
            await _idle(app, pilot)
            app.screen.refresh()
            await pilot.pause()
            pressed = " ".join(map(key_name, keys))
            shots.append(Shot(lines_of(app), seconds, pressed, says))
    return shots


async def _idle(app: Stepper, pilot: Pilot[int]) -> None:
    await pilot.pause()
    while app.session is None or app._steps_lane.running is not None or app._check_lane.running is not None:
        await pilot.pause(0.02)
    await pilot.pause()


def main(target: str, script: str = "examples/demo.py") -> None:
    """Predicts the script with the embedded model and writes the picture."""
    from neuraldbg.model.predictor import load_predictor

    program = Program.load(script)
    shots = asyncio.run(film(program, lambda: load_predictor(calculates=True).source(program)))
    Path(target).write_text(picture(shots, SIZE[0], poster=len(shots) - 1), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
