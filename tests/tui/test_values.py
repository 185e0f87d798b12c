"""Values are shown as they are: never markup, never terminal codes, never cut where the whole was asked for."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from neuraldbg.steps import Confidence, Event, Step
from neuraldbg.tui.text import clip, confidence_text, count_text, pad, visible, wrap

NASTY = [
    "{'k': [None]}",
    "[/]",
    "[bold]x",
    "[red]a[/red]",
    "'[@click=app.bell]b[/]'",
    "\\",
    "[",
    "漢字かな",
    "'🎉👍🏽'",
    "a\tb",
]


def at_line(value: str, confidence: Confidence | None = None) -> list[Step]:
    first = Step(Event.LINE, 1, "<module>", 0, {"value": value}, confidence=confidence)
    return [first, replace(first, event=Event.RETURN, value=value)]


@pytest.mark.parametrize("value", NASTY)
async def test_a_value_is_never_read_as_markup(bench: Any, value: str) -> None:
    app = bench.app(at_line(value))
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        shown = visible(value)
        assert shown in "\n".join(bench.pane(app, "locals"))
        await bench.press(pilot, "s")
        assert shown in bench.line(app, "position")
        assert shown in "\n".join(bench.pane(app, "steps"))
        assert shown in bench.read(app)
        await pilot.press("v")
        await bench.until(pilot, lambda: "Esc close" in bench.read(app))
        assert shown in bench.read(app)


@pytest.mark.parametrize("text", NASTY)
async def test_source_and_names_and_errors_are_never_read_as_markup(bench: Any, text: str) -> None:
    def make() -> Any:
        raise ValueError(text)

    app = bench.app(make, text=f"x = {text!r}\n")
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        assert visible(f"ValueError: {text}") in bench.read(app)
        assert visible(f"x = {text!r}") in bench.read(app)


async def test_nothing_that_a_terminal_obeys_reaches_it(bench: Any) -> None:
    value = "\x1b[31mred\x1b]52;c;AAAA\x07 \u202eabc\u2028\x85 \ud800 \x00\r\n"
    app = bench.app(at_line(value), text="x = 1\x0c\n")
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        await pilot.press("v")
        await bench.until(pilot, lambda: "Esc close" in bench.read(app))
        screen = bench.read(app)
        assert "␛[31mred␛]52;c;AAAA␇" in screen
        assert all(c.isprintable() for c in screen.replace("\n", ""))


async def test_a_value_of_a_megabyte_opens_whole_and_can_be_copied(bench: Any) -> None:
    value = "'" + "".join(chr(97 + i % 26) for i in range(1_000_000)) + "END'"
    app = bench.app(at_line(value))
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        assert bench.pane(app, "locals")[0].endswith("…")
        await pilot.press("tab", "enter")
        await bench.until(pilot, lambda: "1,000,005 characters" in bench.read(app))
        await pilot.press("end")
        await bench.until(pilot, lambda: "END'" in bench.read(app))
        await pilot.press("y")
        await bench.until(pilot, lambda: "1,000,005 characters copied" in bench.read(app))
        assert app.clipboard == value
        await pilot.press("enter")
        await bench.until(pilot, lambda: "characters" not in bench.read(app))


async def test_the_value_screen_shows_the_previous_value_too(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(80, 40)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "s", "s", "s", "n", "n")
        assert app.session.cursor == 9
        await pilot.press("v")
        await bench.until(pilot, lambda: "before" in bench.read(app))
        screen = [row.strip(" │") for row in bench.read(app).split("\n")]
        assert "6" in screen
        assert "0" in screen
        assert "<module>, step 9 · 1 characters" in bench.read(app)


async def test_confidence_is_shown_with_a_sign_and_unsure_values_say_so(bench: Any) -> None:
    names = {"sure": "1", "likely": "2", "weak": "3", "unsure": "4", "forced": "5", "untold": "6"}
    odds = {"sure": 0.987, "likely": 0.8, "weak": 0.5, "unsure": 0.4999, "untold": None}
    step = Step(Event.LINE, 1, "<module>", 0, names, confidence=Confidence(0.3, odds))
    app = bench.app([step])
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        assert [row.split() for row in bench.pane(app, "locals")] == [
            ["sure", "1", "98%", "▰▰▰"],
            ["likely", "2", "80%", "▰▰▱"],
            ["weak", "3", "50%", "▰▱▱"],
            ["?", "unsure", "4", "49%", "unsure"],
            ["forced", "5"],
            ["?", "untold", "6", "unknown"],
        ]
        assert "30% unsure" in bench.line(app, "position")
        assert "?" in bench.pane(app, "steps")[0]
        await pilot.resize_terminal(80, 24)
        await bench.until(pilot, lambda: bench.pane(app, "locals")[3].split() == ["?", "unsure", "4", "unsure"])


async def test_many_locals_scroll_and_the_cursor_keeps_its_name(bench: Any) -> None:
    def names(last: int) -> dict[str, str]:
        return {f"name{n}": str(n if n != 150 else last) for n in range(300)}

    app = bench.app([Step(Event.LINE, 1, "<module>", 0, names(n)) for n in range(3)])
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "tab", "end")
        assert "name299" in bench.read(app)
        app.query_one("#locals").put_cursor(150)
        await bench.press(pilot, "s")
        assert app.query_one("#locals").selected.name == "name150"
        assert "* name150" in bench.read(app)


anything = st.text(st.characters(), max_size=60) | st.text("a漢🎉👍🏽❤\ufe0f\u0301\u200d\n\x1b\t[]'", max_size=60)


@settings(deadline=None)
@given(anything, st.integers(0, 30))
def test_clip_and_pad_keep_to_their_width(text: str, width: int) -> None:
    assert cell_len(clip(text, width)) <= width
    assert cell_len(pad(text, width)) == width
    if cell_len(visible(text)) <= width:
        assert clip(text, width) == (visible(text) if width else "")


@settings(deadline=None)
@given(anything, st.integers(2, 30))
def test_wrap_loses_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines) == "".join(map(visible, text.split("\n")))
    assert all(cell_len(line) <= width for line in lines if line.isascii())


@given(anything)
def test_visible_is_printable_and_as_long(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert all(c.isprintable() or unicodedata.category(c) == "Zs" for c in shown)
    assert "\n" not in shown
    assert "\x1b" not in shown
    shown.encode("utf-8")


@given(st.floats(0, 1))
def test_a_percentage_never_looks_better_than_it_is(probability: float) -> None:
    text = confidence_text(probability)
    assert ("unsure" in text) == (probability < 0.5)
    assert int(text.split("%")[0]) <= probability * 100 + 1e-6


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (999_999, "999k"), (2_500_000, "2M")]
)
def test_counts_take_four_cells_at_most(count: int, text: str) -> None:
    assert count_text(count) == text
