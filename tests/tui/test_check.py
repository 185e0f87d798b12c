"""The cross-check: asked for, run, and read off the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from neuraldbg.errors import ExitCode, RunError
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace


def wrong(steps: list[Step], index: int, **locals_: str) -> list[Step]:
    """The steps with another value at one of them."""
    return [replace(s, locals={**s.locals, **locals_}) if i == index else s for i, s in enumerate(steps)]


class Check:
    """A real run that the test can hold back; counts how often it was made."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.runs, self.cancelled = trace, 0, False
        self.go = threading.Event()
        self.go.set()

    def __call__(self, cancelled: Callable[[], bool]) -> Trace:
        self.runs += 1
        while not self.go.wait(0.005):
            if cancelled():
                self.cancelled = True
                return replace(self.trace, steps=[], outcome=Outcome.STOPPED)
        return self.trace


async def confirm(bench: Any, pilot: Any) -> None:
    await pilot.press("x")
    await bench.until(pilot, lambda: "EXECUTE" in bench.read(pilot.app))
    await pilot.press("y")
    await bench.idle(pilot)


async def test_the_user_is_told_that_the_program_will_run_and_can_say_no(bench: Any) -> None:
    check = Check(bench.trace(bench.steps))
    app = bench.app(check=check)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        for no in ("n", "escape", "enter", "q"):
            await pilot.press("x")
            await bench.until(pilot, lambda: "EXECUTE" in bench.read(app))
            assert "python demo.py" in bench.read(app)
            await pilot.press(no)
            await bench.until(pilot, lambda: "EXECUTE" not in bench.read(app))
            assert bench.line(app, "message") == "nothing was run"
        assert check.runs == 0
        await confirm(bench, pilot)
        assert check.runs == 1


async def test_right_steps_are_confirmed(bench: Any) -> None:
    app = bench.app(check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert "✓ 17 steps confirmed; the real run ended after 17 steps" in bench.line(app, "message")
        assert "✓ confirmed" in bench.line(app, "position")
        assert all(row[1] == "✓" for row in bench.pane(app, "steps"))
        assert all(row.startswith("✓") for row in bench.pane(app, "locals"))
        await pilot.press("q")
    assert app.return_value == ExitCode.OK


async def test_a_wrong_value_is_marked_shown_beside_the_real_one_and_jumped_to(bench: Any) -> None:
    steps = wrong(wrong(bench.steps, 7, m="7"), 13, m="[9]")
    app = bench.app(steps, check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert app.session.cursor == 7
        assert "✗ differs first at step 7: 2 differ, 15 confirmed" in bench.line(app, "message")
        assert "✗ differs: m" in bench.line(app, "position")
        assert [row.split() for row in bench.pane(app, "locals")] == [
            ["✓", "n", "3"],
            ["✗*", "m", "7"],
            ["real", "✓", "6"],
        ]
        assert bench.pane(app, "steps")[7].startswith("▶✗")
        await bench.press(pilot, "e")
        assert app.session.cursor == 13
        await bench.press(pilot, "e")
        assert bench.line(app, "message") == "no differing step after this one"
        await bench.press(pilot, "E")
        assert app.session.cursor == 7
        await pilot.press("tab", "down", "down", "enter")
        await bench.until(pilot, lambda: "really" in bench.read(app))
        assert "differs from the real run" in bench.read(app)
        await pilot.press("escape", "q")
    assert app.return_value == ExitCode.DIVERGED


async def test_a_wrong_line_shows_where_the_real_run_is(bench: Any) -> None:
    steps = bench.steps
    steps[3] = replace(steps[3], line=2)
    app = bench.app(steps, check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(120, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert app.session.cursor == 3
        assert "✗ really: line at line 7 of <module>" in bench.line(app, "position")
        source = bench.pane(app, "source")
        assert source[1].startswith(" ▶2")
        assert source[6].startswith(" ◇7")
        assert source[6].endswith("◇ the real run is here")


async def test_a_wrong_return_value(bench: Any) -> None:
    steps = bench.steps
    steps[8] = replace(steps[8], value="'[/]'")
    app = bench.app(steps, check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(120, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert "double returns at line 3: '[/]'  ✗ really 6" in bench.line(app, "position")
        assert [row.split() for row in bench.pane(app, "locals")][:2] == [["✗", "returns", "'[/]'"], ["real", "✓", "6"]]


async def test_what_debugpy_does_not_show_is_unknown(bench: Any) -> None:
    seen = [s for s in bench.steps if s.event is Event.LINE]
    app = bench.app(check=Check(bench.trace(seen, Origin.DEBUGPY)))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert "✓ 11 steps confirmed, 6 unknown" in bench.line(app, "message")
        assert "· unknown" in bench.line(app, "position")
        assert [row[1] for row in bench.pane(app, "steps")][:9] == list("·✓✓✓✓·✓✓·")


async def test_steps_predicted_after_the_check_are_judged_as_they_come(bench: Any) -> None:
    app = bench.app(wrong(bench.steps, 7, m="7"), check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await confirm(bench, pilot)
        assert "✓ 1 step confirmed; the real run ended after 17 steps" in bench.line(app, "message")
        await bench.press(pilot, "s")
        assert "✓ confirmed" in bench.line(app, "position")
        await bench.press(pilot, "c")
        assert "✗ step 7 differs from the real run" in bench.line(app, "message")
        assert app.session.cursor == 16


async def test_a_prediction_that_ends_too_early(bench: Any) -> None:
    app = bench.app(bench.steps[:10], check=Check(bench.trace(bench.steps)))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await confirm(bench, pilot)
        assert "✗ ends too early: 10 confirmed" in bench.line(app, "message")
        await pilot.press("q")
    assert app.return_value == ExitCode.DIVERGED


async def test_auto_check_runs_without_asking(bench: Any) -> None:
    check = Check(bench.trace(bench.steps))
    app = bench.app(check=check, auto_check=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.until(pilot, lambda: app.cross_check is not None and app.cross_check.of(0) is not None)
        await bench.idle(pilot)
        assert check.runs == 1
        assert "✓ confirmed" in bench.line(app, "position")


async def test_stepping_goes_on_while_the_real_run_does_and_escape_ends_the_run(bench: Any) -> None:
    check = Check(bench.trace(bench.steps))
    check.go.clear()
    app = bench.app(check=check)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("x")
        await bench.until(pilot, lambda: "EXECUTE" in bench.read(app))
        await pilot.press("y")
        await bench.until(pilot, lambda: "running the program for real" in bench.line(app, "message"))
        await pilot.press("s", "s")
        await bench.until(pilot, lambda: app.session.cursor == 2)
        await pilot.press("escape")
        await bench.idle(pilot)
        assert check.cancelled


async def test_a_run_that_fails_is_one_line_and_the_session_lives(bench: Any) -> None:
    def check(cancelled: Callable[[], bool]) -> Trace:
        raise RunError("debugpy does not start: [/] no such file")

    app = bench.app(check=check)
    async with app.run_test(size=(100, 24)) as pilot:
        await bench.idle(pilot)
        await confirm(bench, pilot)
        assert bench.line(app, "message") == "✗ debugpy does not start: [/] no such file"
        await bench.press(pilot, "s")
        assert app.session.cursor == 1
        assert app.failures == [], "an error of the user's world is no bug"


async def test_a_real_run_that_came_to_nothing_confirms_nothing(bench: Any) -> None:
    real = replace(bench.trace([]), outcome=Outcome.TIME_LIMIT)
    app = bench.app(check=Check(real))
    async with app.run_test(size=(100, 24)) as pilot:
        await bench.idle(pilot)
        await confirm(bench, pilot)
        message = bench.line(app, "message")
        assert message == "nothing could be compared: the real run was cut short (time limit) after 0 steps"


@pytest.mark.parametrize("key", ["x", "e"])
async def test_without_a_real_run_the_keys_say_so(bench: Any, key: str) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, key)
        assert "real" in bench.line(app, "message")
