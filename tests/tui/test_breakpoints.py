"""Breakpoints: the list, the dialog, conditions that cannot be told, logs, what is kept between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.tui.breakpoint_text import describe


async def fill(bench: Any, pilot: Any, **fields: str) -> None:
    """Opens the dialog, fills it in and closes it."""
    await pilot.press("B")
    await bench.until(pilot, lambda: "hit count" in bench.read(pilot.app))
    kind = fields.pop("kind", "line")
    while f"[{kind}" not in str(pilot.app.screen.query_one("#kind").render()):
        await pilot.press("ctrl+k")
        await pilot.pause()
    for name, text in fields.items():
        pilot.app.screen.query_one(f"#{name}").value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_condition_a_count_and_the_list(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        assert "breakpoints" not in bench.read(app)
        await fill(bench, pilot, line="2", condition="n > 3")
        await bench.idle(pilot)
        assert "● line 2 if n > 3" in bench.read(app)
        await bench.press(pilot, "c")
        assert app.session.cursor == 12
        assert "stopped at a breakpoint" in bench.line(app, "message")
        assert bench.pane(app, "source")[1].startswith("●▶2")


async def test_what_cannot_be_is_said_in_the_dialog(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        for fields, words in (
            ({"line": "x"}, "the line must be a number"),
            ({"condition": "n >"}, "condition 'n >'"),
            ({"hits": "often"}, "hit condition 'often'"),
            ({"kind": "function", "function": "nope"}, "no function nope"),
            ({"kind": "change", "name": "nope"}, "no variable nope"),
        ):
            await fill(bench, pilot, **fields)
            await bench.until(pilot, lambda words=words: words in bench.read(app))
            await pilot.press("escape")
            await bench.until(pilot, lambda: "hit count" not in bench.read(app))
        assert not app.breakpoints.all


async def test_an_unknown_name_is_a_shown_outcome(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await bench.idle(pilot)
        await fill(bench, pilot, line="2", condition="missing > 1")
        await bench.press(pilot, "c")
        assert app.session.cursor == 6
        assert "condition cannot be told" in bench.line(app, "message")
        assert app.failures == []


@pytest.mark.parametrize(
    ("fields", "cursor"),
    [
        ({"kind": "function", "function": "double"}, 5),
        ({"kind": "change", "name": "total"}, 3),
        ({"line": "3", "hits": "2"}, 13),
    ],
)
async def test_kinds(bench: Any, fields: dict[str, str], cursor: int) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await fill(bench, pilot, **fields)
        await bench.press(pilot, "c")
        assert app.session.cursor == cursor


async def test_a_log_point_speaks_and_does_not_stop(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await bench.idle(pilot)
        await fill(bench, pilot, line="3", log="m is {m} [/]")
        await bench.press(pilot, "c")
        assert app.session.cursor == 16
        assert "log: m is 8 [/] (and 1 before)" in bench.line(app, "message")


async def test_switching_off_editing_and_removing_in_the_list(bench: Any) -> None:
    app = bench.app(breakpoints=[2, 3])
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        app.query_one("#breakpoints").focus()
        await bench.press(pilot, "space")
        assert bench.pane(app, "breakpoints")[0] == "○ line 2"
        assert bench.pane(app, "source")[1].startswith("○")
        await bench.press(pilot, "c")
        assert app.session.cursor == 7, "the one at line 2 is off"
        app.query_one("#breakpoints").focus()
        await pilot.press("down", "enter")
        await bench.until(pilot, lambda: "hit count" in bench.read(app))
        app.screen.query_one("#condition").value = "n == 4"
        await pilot.press("enter")
        await bench.idle(pilot)
        assert bench.pane(app, "breakpoints")[1] == "● line 3 if n == 4"
        await bench.press(pilot, "delete", "delete")
        assert not app.breakpoints.all
        assert "breakpoints" not in bench.read(app)


async def test_breaking_on_the_change_of_a_selected_local(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "ctrl+w", "c")
        assert app.session.cursor == 9
        assert "total changes in <module>" in bench.read(app)


async def test_breakpoints_and_watches_are_kept_between_runs(bench: Any, tmp_path: Path) -> None:
    for run in range(2):
        app = bench.app(keep=tmp_path)
        async with app.run_test(size=(100, 40)) as pilot:
            await bench.idle(pilot)
            if run == 0:
                await fill(bench, pilot, line="2", condition="n > 3")
                await pilot.press("p")
                await bench.until(pilot, lambda app=app: "no code of the program runs" in bench.read(app))
                await pilot.press(*"n*2", "enter")
                await bench.idle(pilot)
            else:
                assert describe(app.breakpoints.all[0]) == "line 2 if n > 3"
                await bench.press(pilot, "c")
                assert app.session.cursor == 12
                assert bench.pane(app, "watches") == ["n*2 = 8"]


async def test_a_damaged_file_is_said_and_left_alone(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "breakpoints.json").write_text("{[", encoding="utf-8")
    app = bench.app(keep=tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "down", "b")
        assert app.breakpoints.lines == {2}
    assert (tmp_path / "breakpoints.json").read_text(encoding="utf-8") == "{["


async def test_watches_of_another_script_stay(bench: Any, tmp_path: Path) -> None:
    (tmp_path / "watches.json").write_text(json.dumps({"/other.py": ["x"]}), encoding="utf-8")
    app = bench.app(keep=tmp_path)
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await pilot.press("p")
        await bench.until(pilot, lambda: "no code of the program runs" in bench.read(app))
        await pilot.press(*"1", "enter")
        await bench.idle(pilot)
    assert json.loads((tmp_path / "watches.json").read_text(encoding="utf-8"))["/other.py"] == ["x"]
