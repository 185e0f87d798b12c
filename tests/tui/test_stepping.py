"""The stepper as its user reads it: source, position, stack, steps, breakpoints, going back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neuraldbg.steps import Event, Operation, Step
from neuraldbg.tui.source_view import coloured


async def test_the_first_step_is_shown_when_the_source_is_there(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        screen = bench.read(app)
        assert "neuraldbg  recorded run  demo.py" in screen
        assert "step 0 · 1 known  <module> is entered, line 1" in screen
        assert "▶1  def double(n):" in screen
        assert "s into  n over  r out  c continue" in screen
        assert "? help  q quit" in screen


async def test_the_program_is_painted_before_the_source_is_made(bench: Any) -> None:
    seen: list[str] = []
    source = bench.gated(bench.steps, free=100)

    def make() -> Any:
        seen.append(app.call_from_thread(bench.read, app))
        return source

    app = bench.app(make)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        assert "def double(n):" in seen[0]
        assert "loading…" in seen[0]
        assert "predicted, not run" in bench.read(app)


async def test_stepping_into_over_and_out(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "s")
        assert "step 4 · 5 known  line 8 of <module> is next" in bench.line(app, "position")
        await bench.press(pilot, "n")
        assert "step 9" in bench.line(app, "position")
        await bench.press(pilot, "n", "s", "s")
        assert "line 2 of double is next" in bench.line(app, "position")
        assert bench.pane(app, "stack") == ["▶ double :2", "  <module> :8"]
        await bench.press(pilot, "r")
        assert "double returns at line 3: 8" in bench.line(app, "position")
        assert any("◀3" in row and row.endswith("returns 8") for row in bench.pane(app, "source"))
        assert bench.pane(app, "locals")[0].split() == ["returns", "8"]


@pytest.mark.parametrize("keys", [("f11", "f10", "shift+f11", "f5"), ("s", "n", "r", "c")])
async def test_function_keys_are_aliases(bench: Any, keys: tuple[str, ...]) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        shown = []
        for key in keys:
            await bench.press(pilot, key)
            shown.append(app.session.cursor)
        assert shown == [1, 2, 16, 16]
        assert "the trace is over after 17 steps" in bench.line(app, "message")


async def test_going_back_and_both_ends(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "S")
        assert "this is the first step" in bench.line(app, "message")
        await bench.press(pilot, "c", "s")
        assert "the end: the trace is over after 17 steps" in bench.line(app, "message")
        assert "step 16 · 17 in all" in bench.line(app, "position")
        await bench.press(pilot, "backspace", "N")
        assert app.session.cursor == 10, "back over the call to double"
        await bench.press(pilot, "C")
        assert app.session.cursor == 0
        await bench.press(pilot, "n", "n", "R")
        assert app.session.cursor == 0


async def test_breakpoints_at_the_source_cursor(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "down", "down", "b")
        assert bench.line(app, "message") == "breakpoint set at line 3"
        assert bench.pane(app, "source")[2].startswith("● 3")
        await bench.press(pilot, "c")
        assert bench.line(app, "message") == "stopped at a breakpoint"
        assert app.session.cursor == 7
        assert bench.pane(app, "source")[2].startswith("●▶3")
        await bench.press(pilot, "c", "C")
        assert app.session.cursor == 7
        await bench.press(pilot, "f9", "c")
        assert app.session.cursor == 16
        await bench.press(pilot, "home", "down", "down", "down", "b")
        assert bench.line(app, "message") == "line 4 has no code to stop at"


async def test_running_to_the_line_under_the_cursor(bench: Any) -> None:
    app = bench.app(breakpoints=[3])
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "down", "t")
        assert (app.session.cursor, bench.line(app, "message")) == (6, "reached the line")
        await bench.press(pilot, "end", "t")
        assert (app.session.cursor, bench.line(app, "message")) == (7, "stopped at a breakpoint")
        await bench.press(pilot, "up", "up", "full_stop")
        assert app.query_one("#source").line == 3


async def test_running_until_a_local_changes_and_back(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "w")
        assert "select a local first" in bench.line(app, "message")
        await bench.press(pilot, "s", "s", "s")
        assert app.query_one("#locals").selected.name == "total"
        await bench.press(pilot, "w")
        assert (app.session.cursor, bench.line(app, "message")) == (9, "the value changed")
        await bench.press(pilot, "w", "W")
        assert app.session.cursor == 9


async def test_changed_values_are_marked_and_lines_are_counted(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "s", "n")
        assert [row.split() for row in bench.pane(app, "locals")] == [["*", "total", "6"], ["i", "3"]]
        assert bench.pane(app, "source")[6] == " ▶7 2 for i in [3, 4]:  i=3"
        assert bench.pane(app, "source")[7] == "  8 1     total += double(i)  total=6"
        assert bench.pane(app, "source")[3] == "  4"


async def test_looking_at_a_caller_shows_its_locals_and_line(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, *"sssssss")
        assert [row.split() for row in bench.pane(app, "locals")] == [["n", "3"], ["*", "m", "6"]]
        await bench.press(pilot, "left_square_bracket")
        assert [row.split() for row in bench.pane(app, "locals")] == [["total", "0"], ["*", "i", "3"]]
        assert "locals of <module> (caller)" in bench.read(app)
        assert bench.pane(app, "source")[7].startswith(" ▷8")
        await bench.press(pilot, "right_square_bracket")
        assert "locals of double" in bench.read(app)
        await bench.press(pilot, "tab", "tab", "down")
        assert bench.pane(app, "source")[7].startswith(" ▷8"), "arrows in the stack pane do the same"


async def test_enter_on_a_known_step_goes_there(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c", "tab", "tab", "tab", "up", "up", "enter")
        assert app.session.cursor == 14
        rows = bench.pane(app, "steps")
        assert rows[14].startswith("▶ 14 ←3")
        assert "double returns 8" in rows[14]
        assert "double(n=3)" in rows[5]
        assert "total=14" in rows[15]


async def test_an_exception_is_shown_where_it_is(bench: Any) -> None:
    steps = [*bench.steps[:7], Step(Event.EXCEPTION, 2, "double", 1, {"n": "3"}, "ValueError('no [/] way')")]
    app = bench.app(steps)
    async with app.run_test(size=(100, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        assert "double raises at line 2: ValueError('no [/] way')" in bench.line(app, "position")
        assert any(row.startswith(" !2") for row in bench.pane(app, "source"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_every_size_shows_the_position_and_its_line(bench: Any, size: tuple[int, int]) -> None:
    app = bench.app()
    async with app.run_test(size=size) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, *"sssssss")
        screen = bench.read(app).split("\n")
        assert len(screen) == size[1]
        assert any("▶3" in row for row in screen)
        assert any("step 7" in row for row in screen)
        assert any("locals of double" in row[: size[0]] for row in screen) or size[0] < 80


async def test_resizing_keeps_the_current_line_in_view(bench: Any) -> None:
    text = "x = 0\n" * 300
    steps = [Step(Event.LINE, n, "<module>", 0, {"x": "0"}) for n in (1, 150, 299)]
    app = bench.app(steps, text=text)
    async with app.run_test(size=(120, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s")
        assert "▶150" in bench.read(app)
        await pilot.resize_terminal(80, 24)
        await bench.until(pilot, lambda: "▶150" in bench.read(app))
        await bench.press(pilot, "s")
        assert "▶299" in bench.read(app)


async def test_a_long_file_is_painted_plain_and_coloured_later(bench: Any) -> None:
    text = "def f():\n    return '[/]'\n" * 400
    app = bench.app([Step(Event.LINE, 1, "<module>", 0, {})], text=text)
    async with app.run_test(size=(80, 24)) as pilot:
        source = app.query_one("#source")
        await bench.until(pilot, lambda: source._lines[798].spans)
        assert [line.plain for line in source._lines] == text.rstrip("\n").split("\n")
        await bench.idle(pilot)
        assert "return '[/]'" in bench.read(app)


@pytest.mark.parametrize("text", ["\n\n\nx = 1\n\n\n", 'x = """\n\n\n"""\n# end', "\tif 1:\n", ""])
def test_colouring_keeps_every_line(text: str) -> None:
    lines = text.split("\n")
    shown = coloured(lines)
    assert [line.plain for line in shown] == [line.expandtabs(4) for line in lines]


async def test_help_lists_every_key_and_closes(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 110)) as pilot:
        await bench.idle(pilot)
        await pilot.press("question_mark")
        await bench.until(pilot, lambda: "step into" in bench.read(app))
        screen = bench.read(app)
        for words in ("s or F11", "S or Backspace", "back over calls", "unsure", "Esc close"):
            assert words in screen
        await pilot.press("s", "escape")
        await bench.until(pilot, lambda: "step into" not in bench.read(app))
        assert app.session.cursor == 0, "keys of the stepper do nothing behind a dialog"


async def test_quitting_returns_zero(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("q")
    assert app.return_value == 0


async def test_what_was_worked_out_is_told_with_the_step(bench: Any) -> None:
    steps = list(bench.steps)
    operations = (Operation("3 * 2", "6"), Operation("True"), Operation("[][0]", "IndexError('x')", raised=True))
    steps[7] = replace(steps[7], operations=operations)
    app = bench.app(lambda: bench.gated(steps, free=100))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, *"sssssss")
        assert bench.line(app, "message") == "3 * 2 = 6 · [][0] raises IndexError('x')"
        await bench.press(pilot, "s")
        assert bench.line(app, "message") == ""
