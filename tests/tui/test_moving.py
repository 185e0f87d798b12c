"""Turns of loops, steps by number, marks, the scrubber, the palette, key maps, inline values, themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neuraldbg.errors import InputError, UsageError
from neuraldbg.marks import MarkKind
from neuraldbg.steps import Event, Step
from neuraldbg.tui.bindings import KEYS, MAPS, key_map, keys_page, spelled
from neuraldbg.tui.config import Config, read_config
from neuraldbg.tui.scrubber import MarkList


async def test_turns_of_a_loop(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "i")
        assert bench.line(app, "message") == "no frame here is in a loop"
        await bench.press(pilot, "s", "s", "s", "s", "i")
        assert (app.session.cursor, bench.line(app, "message")) == (10, "turn 2 of the loop")
        await bench.press(pilot, "I")
        assert app.session.cursor == 4
        await pilot.press("number_sign")
        await bench.until(pilot, lambda: "this is turn 1 of the loop" in bench.read(app))
        await pilot.press("x", "enter")
        await bench.until(pilot, lambda: "a number from 1 on" in bench.read(app))
        await pilot.press("backspace", "2", "enter")
        await bench.idle(pilot)
        assert app.session.cursor == 10


@pytest.mark.parametrize(("text", "cursor"), [("9", 9), ("+4", 7), ("-2", 1), ("-9", 0), ("999", 16)])
async def test_steps_by_number(bench: Any, text: str, cursor: int) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s")
        await pilot.press("g")
        await bench.until(pilot, lambda: "go to step" in bench.read(app))
        await pilot.press(*[{"+": "plus", "-": "minus"}.get(c, c) for c in text], "enter")
        await bench.until(pilot, lambda: app.session.cursor == cursor)


async def test_marks_and_the_scrubber(bench: Any) -> None:
    app = bench.app(breakpoints=[3])
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c", "c", "c")
        assert app.session.cursor == 16
        scrubber = app.query_one("#scrubber")
        assert scrubber.text().count("●") == 2
        assert scrubber.text().count("╷") == 3, "calls; two of them are of double"
        assert "┄" not in scrubber.text(), "all is known"
        await bench.press(pilot, "M", "M")
        assert app.session.cursor == 7
        await bench.press(pilot, "m")
        assert app.session.cursor == 13
        scrubber.focus()
        await bench.press(pilot, "home")
        assert app.session.cursor == 0
        await bench.press(pilot, "right", "right")
        assert app.session.cursor == 2
        await pilot.click("#scrubber", offset=(98, 0))
        await bench.idle(pilot)
        assert app.session.cursor == 16


def test_marks_of_new_steps_only_are_made() -> None:
    asked: list[tuple[int, int]] = []

    def make(start: int, stop: int) -> list[Any]:
        asked.append((start, stop))
        return []

    marks, key = MarkList(), (object(), object())
    for count in (10, 11, 11, 5000):
        marks.update(key, count, make)
    assert asked == [(0, 10), (10, 11), (11, 5000)]
    marks.update((object(), key[1]), 5000, make)
    assert asked[-1] == (0, 5000)
    assert MarkKind.DIVERGENCE > MarkKind.CALL


async def test_the_palette_finds_every_command(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await bench.idle(pilot)
        await pilot.press("colon")
        await bench.until(pilot, lambda: "step into: the next step" in bench.read(app))
        await pilot.press(*"bac over")
        await bench.until(pilot, lambda: "back over calls" in bench.read(app))
        await pilot.press("escape")
        await pilot.press("ctrl+p", *"values behind")
        await bench.until(pilot, lambda: "values behind the lines" in bench.read(app))
        await pilot.press("down", "enter")
        await bench.until(pilot, lambda: "values behind the lines: off" in bench.line(app, "message"))


async def test_inline_values_and_their_switch(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, *"sssssss")
        assert bench.pane(app, "source")[0].endswith("def double(n):  n=3")
        assert bench.pane(app, "source")[1].endswith("m = n * 2  m=6")
        assert bench.pane(app, "source")[5].rstrip().endswith("total = 0"), "values of this activation only"
        await bench.press(pilot, "L")
        assert bench.pane(app, "source")[1].endswith("m = n * 2")


async def test_lines_that_no_step_reaches_are_dimmed_once_the_end_is_known(bench: Any) -> None:
    text = "n = 0\nif n:\n    n = 1\nn = 2\n"
    steps = [Step(Event.LINE, line, "<module>", 0, {"n": "0"}) for line in (1, 2, 4)]
    app = bench.app(steps, text=text)
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        source = app.query_one("#source")
        await bench.press(pilot, "s")
        assert not source._unreached
        await bench.press(pilot, "c")
        assert source._unreached == {3}
        dim = [span for span in source.row(2, 40).spans if span.style == "$foreground 40%"]
        assert any(span.end - span.start >= len("    n = 1") for span in dim)


@pytest.mark.parametrize(
    ("map", "keys"),
    [("vscode", ("f11", "f10", "shift+f11", "f5")), ("pudb", ("right", "shift+right", "f", "ctrl+right"))],
)
async def test_key_maps(bench: Any, map: str, keys: tuple[str, ...]) -> None:
    app = bench.app(config=Config(map=map))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        shown = []
        for key in keys:
            await bench.press(pilot, key)
            shown.append(app.session.cursor)
        assert shown == [1, 2, 16, 16]
        hint = bench.line(app, "hints")
        assert ("F11 into" in hint) == (map == "vscode")
        if map == "pudb":
            await bench.press(pilot, "left", "left")
            assert app.session.cursor == 14
            await bench.press(pilot, "V")
            assert app.focused.id == "locals"


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_no_key_twice_and_every_command(name: str) -> None:
    keys = key_map(name)
    flat = [key for own in keys.values() for key in own]
    assert len(flat) == len(set(flat))
    assert keys.keys() == {k.id for k in KEYS}
    assert all(keys[id] for id in ("into", "back", "continue", "reverse_continue", "quit", "help", "cancel"))


def test_own_keys_are_taken_from_others() -> None:
    keys = key_map("pdb", {"into": ("n", "Ctrl+X")})
    assert keys["into"] == ("n", "ctrl+x")
    assert keys["over"] == ("f10",)
    assert (spelled("?"), spelled("Shift+F5"), spelled("S")) == ("question_mark", "shift+f5", "S")
    with pytest.raises(UsageError, match="no command 'nope'"):
        key_map("pdb", {"nope": ("n",)})
    with pytest.raises(UsageError, match="there are pdb, vscode, pudb"):
        key_map("emacs")


async def test_the_configuration_is_followed(bench: Any, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\ninline = false\n[keys]\nmap = "vscode"\ninto = ["z"]\n', encoding="utf-8")
    app = bench.app(config=read_config(path))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "z", "f10")
        assert app.session.cursor == 2
        assert app.theme == "textual-light"
        assert "z into" in bench.line(app, "hints")
        await bench.press(pilot, "s", "s", "s")
        assert app.session.cursor == 2, "s was a key of into, which has its own now"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keys = 1", "keys must be"),
        ("[keys]\nnope = 's'", "no command 'nope'"),
        ("[keys]\ninto = [1]", "keys.into must be"),
        ("colour = 'red'", "no setting 'colour'"),
        ("=", "config.toml"),
    ],
)
def test_what_the_configuration_cannot_say(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_config(path)


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml") == Config()


def test_the_page_of_keys_is_up_to_date(root: Path) -> None:
    command = "python -m neuraldbg.tui.bindings docs/keys.md"
    assert (root / "docs" / "keys.md").read_text(encoding="utf-8") == keys_page(), f"run {command}"


@pytest.mark.parametrize("theme", ["light", "ansi", "dark", "nord", "nonsense"])
async def test_themes(bench: Any, theme: str) -> None:
    app = bench.app(config=Config(theme=theme))
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s")
        assert "step 2" in bench.read(app)
        app.action_theme()
        await pilot.pause()
        assert "step 2" in bench.read(app)


async def test_a_line_of_ten_thousand_characters_scrolls(bench: Any) -> None:
    text = "x = '" + "漢a" * 5000 + "'\n"
    app = bench.app([Step(Event.LINE, 1, "<module>", 0, {})], text=text)
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        source = app.query_one("#source")
        assert len(source._code(0, 40).plain) < 200, "no more than may be seen is looked at"
        await bench.press(pilot, "right", "right")
        assert bench.pane(app, "source")[0].strip().startswith("▶1")
        assert "…" in bench.pane(app, "source")[0]


async def test_text_and_lines_are_found_in_the_source(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await pilot.press("ctrl+f", *"DOUBLE", "enter")
        await bench.until(pilot, lambda: app.query_one("#source").line == 8)
        await pilot.press("f3")
        await bench.until(pilot, lambda: app.query_one("#source").line == 1)
        assert bench.line(app, "message") == "line 1, from the top again"
        await pilot.press("ctrl+f", *["backspace"] * 6, *"nothing", "enter")
        await bench.until(pilot, lambda: "'nothing' is not in the source" in bench.line(app, "message"))
        await pilot.press("ctrl+f", *["backspace"] * 7, "7", "enter")
        await bench.until(pilot, lambda: app.query_one("#source").line == 7)


async def test_a_click_on_a_line_number_sets_a_breakpoint(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await pilot.click("#source", offset=(1, 3))
        await bench.until(pilot, lambda: "●" in bench.pane(app, "source")[2])
        await pilot.click("#source", offset=(20, 2))
        await bench.until(pilot, lambda: app.query_one("#source").line == 2)
        assert [b.line for b in app.breakpoints.all] == [3], "elsewhere a click moves the cursor"
        await pilot.press("space")
        await bench.until(pilot, lambda: len(app.breakpoints.all) == 2)


async def test_pudb_keys_move_in_the_panes(bench: Any) -> None:
    app = bench.app(config=Config(map="pudb"))
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "j", "j", "down", "k")
        assert app.query_one("#source").line == 3
        await bench.press(pilot, "right", "right", "left")
        assert app.session.cursor == 1, "arrows step"
        await pilot.press("slash", *"total", "enter")
        await bench.until(pilot, lambda: app.query_one("#source").line == 6)
