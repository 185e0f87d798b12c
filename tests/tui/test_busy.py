"""A slow, failing or huge source: the stepper answers, waits in order, and loses no key without saying so."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neuraldbg.errors import ExitCode, ModelError
from neuraldbg.session import TraceSource
from neuraldbg.steps import Event, Origin, Step, read_trace, write_trace


def busy(app: Any) -> bool:
    return app._steps_lane.running is not None


async def test_progress_is_shown_and_the_screen_stays_alive(bench: Any) -> None:
    source = bench.gated(bench.steps, free=1)
    app = bench.app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("c")
        await bench.until(pilot, lambda: "predicting, step 1" in bench.line(app, "message"))
        assert "Esc cancels" in bench.line(app, "message")
        await pilot.press("down", "down", "down", "b")
        assert bench.pane(app, "source")[3].startswith("  4"), "line 4 is blank: nothing to break at"
        await pilot.press("up", "b")
        assert bench.pane(app, "source")[2].startswith("● 3")
        await pilot.press("question_mark")
        await bench.until(pilot, lambda: "step into" in bench.read(app))
        await pilot.press("escape")
        assert busy(app), "Escape closed the help only"
        source.let(3)
        await bench.until(pilot, lambda: "step 4" in bench.line(app, "message"))
        source.let(100)
        await bench.idle(pilot)
        assert app.session.cursor == 7, "the breakpoint set meanwhile is met"


async def test_escape_cancels_and_keeps_what_is_known(bench: Any) -> None:
    source = bench.gated(bench.steps, free=3)
    app = bench.app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("c")
        await bench.until(pilot, lambda: source.asked == 4)
        await pilot.press("escape")
        await bench.idle(pilot)
        assert bench.line(app, "message") == "cancelled; 3 steps kept"
        assert "step 2 · 3 known" in bench.line(app, "position")
        source.let(100)
        await bench.press(pilot, "c")
        assert app.session.cursor == 16
        await bench.press(pilot, "escape")
        assert bench.line(app, "message") == "nothing is running; q leaves"


async def test_keys_wait_in_order(bench: Any) -> None:
    source = bench.gated(bench.steps, free=1)
    app = bench.app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("s", "s", "s", "S", "s", "n")
        await bench.until(pilot, lambda: "5 keys waiting" in bench.line(app, "message"))
        source.let(100)
        await bench.until(pilot, lambda: app._steps_lane.waiting == 0)
        await bench.idle(pilot)
        assert app.session.cursor == 4


async def test_too_many_keys_are_refused_with_a_word_and_escape_drops_those_that_wait(bench: Any) -> None:
    source = bench.gated(bench.steps, free=1)
    app = bench.app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press(*["s"] * 18)
        await bench.until(pilot, lambda: "16 keys waiting) · busy: 1 key ignored" in bench.line(app, "message"))
        await pilot.press("escape")
        await bench.idle(pilot)
        assert bench.line(app, "message") == "cancelled, 16 keys dropped; 1 step kept"
        assert app.session.cursor == 0


class Failing:
    """Raises at one step, once."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step], at: int, error: BaseException) -> None:
        self.steps, self.at, self.error = steps, at, error

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        if len(history) == self.at:
            self.at = -1
            raise self.error
        return self.steps[len(history)] if len(history) < len(self.steps) else None


async def test_an_error_of_the_model_is_one_line_and_the_session_lives(bench: Any) -> None:
    app = bench.app(Failing(bench.steps, 3, ModelError("out of [memory]\nreally")))
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        assert bench.line(app, "message") == "✗ out of [memory]⏎really"
        assert "step 2" in bench.line(app, "position")
        await bench.press(pilot, "c")
        assert app.session.cursor == 16
        assert app.failures == []


async def test_a_bug_keeps_its_traceback_for_later(bench: Any) -> None:
    app = bench.app(Failing(bench.steps, 3, KeyError("m")))
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c", "S")
        assert app.session.cursor == 1
    assert [repr(f) for f in app.failures] == ["KeyError('m')"]


async def test_a_model_that_does_not_load_can_be_tried_again(bench: Any) -> None:
    tries = []

    def make() -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise ModelError("no such model: nano; name a folder")
        return TraceSource(bench.trace(bench.steps))

    app = bench.app(make)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        assert "✗ no such model: nano; name a folder (R tries again)" in bench.line(app, "message")
        await pilot.press("s")
        await pilot.pause()
        assert "no such model" in bench.line(app, "message")
        await pilot.press("R")
        await bench.until(pilot, lambda: app.session is not None and app.session.cursor == 0)


async def test_leaving_without_a_model_tells_the_shell(bench: Any) -> None:
    def make() -> Any:
        raise ModelError("no such model")

    app = bench.app(make)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("q")
    assert app.return_value == ExitCode.MODEL


async def test_quitting_does_not_wait_for_a_source_that_does_not_listen(bench: Any) -> None:
    release = threading.Event()

    class Deaf:
        origin = Origin.PREDICTED

        def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
            release.wait()
            return None

    app = bench.app(Deaf())
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.until(pilot, lambda: "predicting" in bench.line(app, "message"))
        await pilot.press("escape")
        await bench.until(pilot, lambda: "cancelling" in bench.line(app, "message"))
        await pilot.press("q")
    assert not release.is_set()
    assert app.return_value == 0
    release.set()


async def test_five_thousand_known_steps_draw_only_what_is_on_screen(bench: Any) -> None:
    steps = [Step(Event.LINE, 7 + n % 2, "<module>", 0, {"i": str(n), "total": str(n * n)}) for n in range(5000)]
    app = bench.app(steps)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        assert "step 4,999 · 5,000 in all" in bench.line(app, "position")
        pane = app.query_one("#steps")
        drawn: list[int] = []
        row = pane.row

        def counted(index: int, width: int) -> Any:
            drawn.append(index)
            return row(index, width)

        pane.row = counted
        await bench.press(pilot, "S", "S", "S")
        assert 0 < len(drawn) <= 3 * 24
        assert min(drawn) > 4900
        await bench.press(pilot, "R")
        assert app.session.cursor == 0
        assert "▶7" in bench.read(app)


async def test_ten_thousand_new_steps_without_a_stop_are_a_pause(bench: Any) -> None:
    class Endless:
        origin = Origin.PREDICTED

        def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
            return Step(Event.LINE, 7, "<module>", 0, {})

    app = bench.app(Endless())
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        assert "no stop in 10,000 new steps; the same command goes on" in bench.line(app, "message")
        await bench.press(pilot, "c")
        assert app.session.cursor == 20_000


async def test_a_lost_terminal_saves_what_is_known(bench: Any, tmp_path: Path) -> None:
    app = bench.app(keep=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s")
        os.kill(os.getpid(), signal.SIGHUP)
        await bench.until(pilot, lambda: not app.is_running or app.return_value is not None)
    assert app.return_value == 128 + signal.SIGHUP
    saved = read_trace(tmp_path / "lost-demo.jsonl")
    assert saved.steps == bench.steps[:4]


async def test_what_is_predicted_is_saved_along_the_way_and_a_quit_leaves_nothing(bench: Any, tmp_path: Path) -> None:
    app = bench.app(bench.gated(bench.steps, 100), keep=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s")
        app._save_along()
        lost = tmp_path / "lost-demo.jsonl"
        await bench.until(pilot, lost.is_file)
        assert len(read_trace(lost).steps) == 3
        await bench.press(pilot, "s")
        app._save_along()
        await bench.until(pilot, lambda: len(read_trace(lost).steps) == 4)
        await pilot.press("q")
    assert not lost.exists()


async def test_a_session_that_was_lost_is_told_of_once_and_opened(bench: Any, tmp_path: Path) -> None:
    with (tmp_path / "lost-demo.jsonl").open("w", encoding="utf-8") as out:
        write_trace(bench.trace(bench.steps[:3], Origin.PREDICTED), out)
    app = bench.app(bench.gated(bench.steps, 100), keep=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        assert "the last session here ended unasked: Ctrl+O opens its steps" in bench.line(app, "message")
        await pilot.press("ctrl+o", "enter")
        await bench.until(pilot, lambda: app.session is not None and app.session.cursor == 0)
        await bench.press(pilot, "c")
        assert len(app.session.known) == 3
    again = bench.app(bench.gated(bench.steps, 100), keep=tmp_path)
    async with again.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        assert bench.line(again, "message") == ""


async def test_an_end_by_a_signal_saves_and_leaves_the_terminal_whole(bench: Any, tmp_path: Path) -> None:
    app = bench.app(bench.gated(bench.steps, 100), keep=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        os.kill(os.getpid(), signal.SIGTERM)
        await bench.until(pilot, lambda: not app.is_running or app.saved is not None)
    assert app.return_value == 128 + signal.SIGTERM
    assert app.saved == tmp_path / "lost-demo.jsonl"
