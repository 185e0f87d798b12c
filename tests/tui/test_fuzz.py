"""Random keys over several programs: whatever is pressed, the stepper ends alive and where the session says it is."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Origin, Step
from neuraldbg.tui.app import Makers
from neuraldbg.tui.bindings import KEYS

PRESSES = int(os.environ.get("NEURALDBG_FUZZ_KEYS", "240"))  # in all; 2,000 before a release
SCRIPTS = ("bubble_sort", "exception_nested", "generator_pipeline", "recursion_flatten")
# would leave, stop the process, or write files and start editors
NOT_PRESSED = {"quit", "suspend", "save", "open", "report", "edit_source", "write_source"}
PANE_KEYS = ["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "enter", "space"]
TYPED = ["delete", "1", "n", "plus", "x", "left_parenthesis", "escape", "escape", "escape"]


class Predicting:
    """The trace's steps as a prediction, so that keys can change the past and make branches."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        return self.steps[len(history)] if len(history) < len(self.steps) else None


@pytest.mark.parametrize("predicts", [False, True])
@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.timeout(1200)
async def test_random_keys_end_alive(bench: Any, root: Path, tmp_path: Path, name: str, predicts: bool) -> None:
    text = (root / "tests" / "corpus" / f"{name}.py").read_text(encoding="utf-8")
    program = Program.from_source(text, f"{name}.py")
    trace = record(program, Limits(steps=400))
    chooser = random.Random(f"{name} {predicts} 5")
    commands = [key for k in KEYS if k.id not in NOT_PRESSED for key in k.keys]
    predict = (lambda program: Predicting(trace.steps)) if predicts else None
    makers = Makers(predict, lambda program, cancelled: trace)
    source = Predicting(trace.steps) if predicts else bench.source_of(trace)
    app = bench.app(lambda: source, text=text, makers=makers, keep=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        pressed: list[str] = []
        for _ in range(PRESSES // (2 * len(SCRIPTS))):
            # Keys of the focused widget come first; in an input line every letter is text.
            key = chooser.choice(chooser.choice([commands, commands, PANE_KEYS, TYPED]))
            pressed.append(key)
            if chooser.random() < 0.02:
                await pilot.resize_terminal(chooser.randrange(20, 200), chooser.randrange(5, 60))
            await pilot.press(key)
            assert app.is_running, f"ended after {pressed[-20:]}"
        while len(app.screen_stack) > 1:
            app.pop_screen()
            await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await bench.idle(pilot)
        await bench.press(pilot, "R", "s")
        assert app.session is not None
        assert app.session.cursor == 1, f"after {pressed}"
        assert "step 1" in bench.read(app)
        assert app.failures == [], f"after {pressed}"
