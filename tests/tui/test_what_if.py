"""Other ways, edited values, branches, entries, another source, adopting the truth, scores."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import TraceSource
from neuraldbg.steps import Confidence, Event, Origin, Step
from neuraldbg.tui.app import Makers, Stepper
from neuraldbg.tui.verbs import VERBS


@dataclass(frozen=True)
class Way:
    step: Step
    probability: float


class Model:
    """Predicts these steps, whatever came before."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        return self.steps[len(history)] if len(history) < len(self.steps) else None


class Oracle:
    """Predicts by running: the source's own text, with values put in where the history has others."""

    origin = Origin.PREDICTED

    def __init__(self, program: Program, wrong: Callable[[int, Step], Step] = lambda index, step: step) -> None:
        self.program, self.wrong = program, wrong
        self.real = record(program).steps

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        index = len(history)
        if index >= len(self.real):
            return None
        return self.wrong(index, replace(self.real[index], confidence=Confidence()))

    def alternatives(
        self, history: Sequence[Step], most: int, cancelled: Callable[[], bool] | None = None
    ) -> list[Way]:
        step = self.next_step(history)
        assert step is not None
        names = dict(step.locals)
        names[next(reversed(names))] = "77"
        return [Way(step, 0.9), Way(replace(step, locals=names), 0.004)]


def program(bench: Any, text: str | None = None) -> Program:
    return Program.from_source(text or bench.source, "demo.py")


def predicted(bench: Any, **options: Any) -> Any:
    return bench.app(Oracle(program(bench)), makers=Makers(predict=Oracle), **options)


async def prompt(bench: Any, pilot: Any, key: str, words: str, text: str) -> None:
    """Opens a prompt, replaces its text, and closes it."""
    from textual.widgets import Input

    await pilot.press(key)
    await bench.until(pilot, lambda: words in bench.read(pilot.app))
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await bench.idle(pilot)


async def test_other_ways_have_odds_and_one_can_be_chosen_and_left_again(bench: Any) -> None:
    app = predicted(bench)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "s")
        await pilot.press("a")
        await bench.until(pilot, lambda: "what could come here" in bench.read(app))
        screen = bench.read(app)
        assert "▶      90%" in screen
        assert "0.4%" in screen
        await pilot.press("down", "enter")
        await bench.idle(pilot)
        assert app.session.current.locals["i"] == "77"
        assert len(app.session.known) == 5
        assert "what if:" in bench.line(app, "title")
        await pilot.press("f")
        await bench.until(pilot, lambda: "as predicted" in bench.read(app))
        await pilot.press("up", "enter")
        await bench.idle(pilot)
        assert app.session.current.locals["i"] == "3"
        assert "back on branch 0" in bench.line(app, "message")
        assert "what if:" not in bench.line(app, "title")


async def test_editing_a_value_and_a_part_of_one(bench: Any) -> None:
    text = "d = {'a': [1, 2]}\nn = 1\nprint(d)\n"
    app = bench.app(Oracle(program(bench, text)), text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s")
        app.query_one("#locals").focus()
        await bench.press(pilot, "right", "down", "right", "down")
        await prompt(bench, pilot, "equals_sign", "d['a'][0] =", "n + 40")
        assert app.session.current.locals["d"] == "{'a': [41, 2]}"
        assert bench.pane(app, "locals")[0].strip().startswith("✎")
        assert "on a branch" in bench.line(app, "message")


async def test_editing_a_value_of_the_caller(bench: Any) -> None:
    text = "def f(x):\n    return x + 1\n\n\nn = 1\nm = f(n)\nk = n\n"
    app = bench.app(Oracle(program(bench, text)), text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "s")
        assert app.session.current.function == "f"
        await bench.press(pilot, "u")
        app.query_one("#locals").focus()
        await prompt(bench, pilot, "equals_sign", "n =", "n + 40")
        assert app.session.current.function == "f" and app.session.current.locals == {"x": "1"}
        assert app.session.stack()[1].locals["n"] == "41"
        assert "on a branch" in bench.line(app, "message")


async def test_a_value_that_is_none_is_said_and_changes_nothing(bench: Any) -> None:
    app = predicted(bench)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s")
        await prompt(bench, pilot, "exclamation_mark", "total =", "missing + 1")
        assert "✗" in bench.read(app) and "missing" in bench.read(app)
        await pilot.press("escape")
        await bench.idle(pilot)
        assert len(app.session.branches()) == 1


@pytest.mark.parametrize("key", ["equals_sign", "j", "ctrl+e"])
async def test_a_recording_cannot_be_changed_and_says_so(bench: Any, key: str) -> None:
    app = bench.app()
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", key)
        assert "recorded trace cannot go on" in bench.line(app, "message")


async def test_another_line_next(bench: Any) -> None:
    text = "n = 1\nif n:\n    x = 1\nelse:\n    x = 2\ny = 3\n"
    app = bench.app(Oracle(program(bench, text)), text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s")
        assert app.session.current.line == 3
        await bench.press(pilot, "down", "down", "j")
        assert app.session.current.line == 5
        assert "goes on at line 5" in bench.line(app, "message")
        await bench.press(pilot, "up", "j")
        assert "✗" in bench.line(app, "message"), "line 4 cannot come here"
        assert app.session.current.line == 5


async def test_another_entry(bench: Any) -> None:
    text = bench.source + '\n\ndef half(n):\n    """\n    >>> half(8)\n    4\n    """\n    return n // 2\n'
    app = bench.app(Oracle(program(bench, text)), text=text, makers=Makers(predict=Oracle))
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s")
        await pilot.press("ctrl+t")
        await bench.until(pilot, lambda: "half(8)" in bench.read(app) and "another call" in bench.read(app))
        choices = app.screen.query_one("#choices")
        row = next(i for i in range(choices.count) if "half(8)" in choices.row(i, 90).plain)
        choices.put_cursor(row)
        await pilot.press("enter")
        await bench.until(pilot, lambda: app.session.program.call == "half(8)" and app.session.cursor == 0)
        await bench.idle(pilot)
        assert "half(8)" in bench.line(app, "title")
        await bench.press(pilot, "c")
        assert "half returns at line" in bench.line(app, "position")
        await pilot.press("ctrl+t")
        await bench.until(pilot, lambda: "another call" in bench.read(app))
        await pilot.press("end", "enter")
        await bench.until(pilot, lambda: "such as f(1, [2])" in bench.read(app))
        await pilot.press(*"nope", "left_parenthesis", "right_parenthesis", "enter")
        await bench.until(pilot, lambda: "✗" in bench.read(app))
        await pilot.press("escape")


async def test_another_source_in_the_editor(bench: Any, tmp_path: Path, monkeypatch: Any) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/n \\* 2/n * 3/' \"$1\"\n", encoding="utf-8")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(editor))
    app = predicted(bench)
    app.suspend = lambda: __import__("contextlib").nullcontext()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        assert app.session.known[8].value == "6"
        await bench.press(pilot, "ctrl+e")
        assert "m = n * 3" in bench.read(app)
        assert "steps before the change are kept" in bench.line(app, "message")
        assert 0 < len(app.session.known) < 9
        await bench.press(pilot, "c")
        assert app.session.known[8].value == "9"
        await bench.press(pilot, "ctrl+e")
        assert bench.line(app, "message") == "the source is as it was"


async def test_adopting_the_truth_and_the_scores(bench: Any) -> None:
    def wrong(index: int, step: Step) -> Step:
        return replace(step, locals={**step.locals, "m": "7"}) if index == 7 else step

    real = bench.trace(record(program(bench)).steps)
    app = bench.app(Oracle(program(bench), wrong), check=lambda cancelled: real)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c", "X")
        assert "nothing to compare with yet" in bench.line(app, "message")
        await pilot.press("x")
        await bench.until(pilot, lambda: "EXECUTE" in bench.read(app))
        await pilot.press("y")
        await bench.idle(pilot)
        assert app.session.cursor == 7
        await bench.press(pilot, "S")
        assert "✗" in app.query_one("#scrubber").text()
        await bench.press(pilot, "e")
        await pilot.press("X")
        await bench.until(pilot, lambda: "survival" in bench.read(app))
        assert "different          1  (5.9%)" in bench.read(app)
        await pilot.press("escape")
        await bench.press(pilot, "A")
        assert app.session.current.locals["m"] == "6"
        assert len(app.session.known) == 8
        assert "the real step is taken" in bench.line(app, "message")
        await bench.press(pilot, "c", "A")
        assert bench.line(app, "message") == "this step is as it really was"


async def test_predicted_output_and_traceback(bench: Any) -> None:
    text = "for n in [1, 2]:\n    print('n is', n)\nraise ValueError('[/]')\n"
    app = bench.app(record(Program.from_source(text, "demo.py")).steps, text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "o", "c")
        assert bench.pane(app, "output") == ["n is 1", "n is 2"]
        assert app.session.current.event is Event.EXCEPTION
        await pilot.press("tab", "tab", "v")
        await bench.until(pilot, lambda: "Traceback (most recent call last):" in bench.read(app))
        assert "ValueError: [/]" in bench.read(app)


async def test_saving_opening_and_the_page(bench: Any, tmp_path: Path) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s")
        await prompt(bench, pilot, "ctrl+s", "save 3 steps to", str(tmp_path / "kept.jsonl"))
        assert "written to" in bench.line(app, "message")
        await prompt(bench, pilot, "ctrl+r", "write a page to", str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "<script" not in page and "default-src 'none'" in page
        assert "total += double(i)" in page
        await prompt(bench, pilot, "ctrl+s", "save 3 steps to", str(tmp_path / "kept.jsonl"))
        assert "Enter again overwrites it" in bench.read(app)
        await pilot.press("escape")
        await prompt(bench, pilot, "ctrl+o", "open", str(tmp_path / "kept.jsonl"))
        await bench.until(pilot, lambda: app.session.cursor == 0)
        await bench.press(pilot, "c")
        assert "over after 3 steps" in bench.line(app, "message")


def test_replaying_is_what_a_trace_source_does() -> None:
    assert TraceSource.replays


async def test_a_text_that_cannot_be_read_is_edited_on(bench: Any, tmp_path: Any, monkeypatch: Any) -> None:
    source = bench.source
    seen: list[str] = []
    answers = [source + "def broken(:\n", source + "x = 1\n"]
    app = bench.app(Model(bench.steps), makers=Makers(lambda program: Model(bench.steps)))

    def edit(program: Program, text: str) -> str:
        seen.append(text)
        return answers.pop(0)

    monkeypatch.setattr(app, "_edit", edit)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "ctrl+e")
        assert "Ctrl+E opens your text again" in bench.line(app, "message")
        await bench.press(pilot, "ctrl+e")
        assert seen == [source, source + "def broken(:\n"]
        assert app.session.program.source == source + "x = 1\n"


async def test_an_edit_before_the_first_step_shows_the_new_beginning(bench: Any, monkeypatch: Any) -> None:
    text = "def f(n):\n    return n + 1\n"
    changed = text.replace("f(n)", "f(n, m=2)")
    first = [Step(Event.CALL, 1, "f", 0, {"n": "3"}), Step(Event.LINE, 2, "f", 0, {"n": "3"})]
    second = [Step(Event.CALL, 1, "f", 0, {"n": "3", "m": "2"})]
    app = Stepper(
        Program.from_source(text, "f.py", "f", "f(3)"),
        lambda: Model(first),
        makers=Makers(lambda program: Model(second)),
    )
    monkeypatch.setattr(app, "_edit", lambda program, text: changed)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "ctrl+e")
        assert app.session.cursor == 0 and len(app.session.known) == 1
        assert "step 0 · 1 known" in bench.line(app, "position"), "nothing of the old steps is left on the screen"
        assert "2" in bench.pane(app, "locals")[1]


async def test_what_is_on_the_screen_can_be_drawn_while_a_branch_is_made(bench: Any) -> None:
    """A thread has left for another branch, whose steps are not those that are shown."""
    app = bench.app(Model(bench.steps))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        session = app.session
        session.goto(3)
        session.set_value("total", "7")
        assert len(session.known) == 4
        await pilot.resize_terminal(90, 28)
        await pilot.press("shift+tab", "up", "up")
        app.screen.refresh(layout=True)
        await pilot.pause()
        assert "step 16 · 17 in all" in bench.line(app, "position")
        await pilot.press("equals_sign")
        await pilot.pause()
        app.query_one("#source").focus()


async def test_a_change_that_comes_too_late_does_nothing(bench: Any) -> None:
    app = bench.app(Model(bench.steps))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, *"sss")
        app._submit("into", VERBS["step_into"])
        app._fork("setting", lambda session: session.set_value("total", "7"), "total = 7")
        await bench.idle(pilot)
        assert "the step has changed meanwhile" in bench.line(app, "message")
        assert len(app.session.branches()) == 1
