"""Locals as trees: opening, changes inside, pages, filter, pins; large values are read on a thread."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.compare import Verdict
from neuraldbg.steps import Event, Step
from neuraldbg.tui.value_nodes import PAGE, Nodes, looks_open
from neuraldbg.tui.values import FrameValues, Value


def at(values: dict[str, str], line: int = 1) -> Step:
    return Step(Event.LINE, line, "<module>", 0, values)


def rows(app: Any) -> list[str]:
    return [" ".join(row.split()) for row in app.query_one("#locals").text().split("\n")]


async def test_a_container_opens_and_closes_and_shows_what_changed_inside(bench: Any) -> None:
    app = bench.app([at({"d": "{'a': [1, 2], 'b': 3}"}), at({"d": "{'a': [1, 5], 'b': 3}"})])
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        assert rows(app) == ["▸d {'a': [1, 2], 'b': 3}"]
        await bench.press(pilot, "tab", "right")
        assert rows(app) == ["▾d {'a': [1, 2], 'b': 3}", "▸ 'a' [1, 2]", "'b' 3"]
        await bench.press(pilot, "down", "space")
        assert rows(app)[2:] == ["0 1", "1 2", "'b' 3"]
        await bench.press(pilot, "s")
        assert rows(app) == ["*▾d {'a': [1, 5], 'b': 3}", "*▾ 'a' [1, 5]", "0 1", "* 1 5", "'b' 3"]
        assert app.query_one("#locals").selected.path == "d['a']"
        await bench.press(pilot, "down", "left")
        assert app.query_one("#locals").selected.labels == ("d", "'a'"), "Left goes to what holds it"
        await bench.press(pilot, "left")
        assert rows(app) == ["*▾d {'a': [1, 5], 'b': 3}", "*▸ 'a' [1, 5]", "'b' 3"]


async def test_a_part_opens_whole_and_is_copied(bench: Any) -> None:
    app = bench.app([at({"d": "{'a': [1, 2]}"})])
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "tab", "right", "down", "y")
        assert app.clipboard == "[1, 2]"
        assert "d['a']: 6 characters copied" in bench.line(app, "message")
        await pilot.press("enter")
        await bench.until(pilot, lambda: "6 characters" in bench.read(app))
        assert "d['a']" in bench.read(app)


async def test_many_parts_come_in_pages(bench: Any) -> None:
    app = bench.app([at({"x": str(list(range(250)))})])
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "tab", "right")
        assert len(rows(app)) == 1 + PAGE + 1
        assert rows(app)[-1] == "150 more (Enter)"
        await bench.press(pilot, "end", "enter")
        assert len(rows(app)) == 1 + 2 * PAGE + 1
        assert app.query_one("#locals").cursor == 1 + PAGE, "the cursor stays where it was"


async def test_a_megabyte_is_read_on_a_thread(bench: Any) -> None:
    text = str(list(range(150_000)))
    assert len(text) > 1_000_000
    app = bench.app([at({"x": text}), at({"x": text[:-1] + ", 7]"})])
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        await pilot.press("tab", "right")
        await bench.until(pilot, lambda: "149,900 more (Enter)" in bench.pane(app, "locals")[-1])


def test_the_screen_does_not_wait_for_a_large_value() -> None:
    later: list[Any] = []
    nodes = Nodes(later.append)
    values = FrameValues({"x": str(list(range(20_000)))})
    nodes.toggle("f", ("x",), True)
    for _ in range(2):
        nodes.build("f", values, {})
        assert [node.note for node in nodes.rows] == ["", "reading…"]
    assert len(later) == 1, "it is read once"
    later[0]()
    nodes.build("f", values, {})
    assert [node.value.text for node in nodes.rows[1:4]] == ["0", "1", "2"]


def test_nothing_is_parsed_before_it_is_opened() -> None:
    later: list[Any] = []
    nodes = Nodes(later.append)
    values = FrameValues({f"v{n}": "[" * 500_000 for n in range(100)})
    nodes.build("f", values, {})
    assert len(nodes.rows) == 100
    assert not later
    nodes.build("f", FrameValues({"a": "[1, 2]"}), {})
    assert nodes.rows[0].sign == "▸"


def test_what_looks_as_if_it_had_parts() -> None:
    assert all(map(looks_open, ["[1]", "{'a': 1}", "(1, 2)", "Point(x=1)", "deque([1])", "[1, 2, ..."]))
    assert not any(map(looks_open, ["[]", "()", "1", "'[1]'", "<object object>", "", "set()", "f"]))


async def test_filter_and_pins(bench: Any) -> None:
    names = {"alpha": "1", "beta": "'needle'", "gamma": "3", "needles": "4"}
    app = bench.app([at(names), at({**names, "alpha": "2"})])
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        await pilot.press("slash")
        await bench.until(pilot, lambda: "filter locals" in bench.read(app))
        await pilot.press(*"needle")
        await bench.until(pilot, lambda: len(rows(app)) == 2)
        assert rows(app) == ["beta 'needle'", "needles 4"]
        await pilot.press("enter")
        await bench.idle(pilot)
        assert "/needle" in bench.read(app)
        await bench.press(pilot, "s")
        assert rows(app) == ["beta 'needle'", "needles 4"], "it stays while stepping"
        await pilot.press("slash", *["backspace"] * 6, "enter")
        await bench.until(pilot, lambda: len(rows(app)) == 4)
        await bench.press(pilot, "tab", "end", "P")
        assert rows(app)[0] == "◆ needles 4"
        assert bench.line(app, "message") == "pinned"
        await bench.press(pilot, "S")
        assert rows(app)[0] == "◆ needles 4"
        await bench.press(pilot, "P")
        assert rows(app)[-1] == "needles 4"


async def test_the_history_of_a_variable_goes_to_its_steps(bench: Any) -> None:
    app = bench.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await bench.idle(pilot)
        await bench.press(pilot, "c")
        await pilot.press("tab", "down", "H")
        await bench.until(pilot, lambda: "total in <module>: 3 values" in bench.read(app))
        screen = bench.read(app)
        assert "▁" in screen and "█" in screen, "a sparkline of the numbers"
        assert "9–10" in screen
        await pilot.press("up", "enter")
        await bench.until(pilot, lambda: app.session.cursor == 9)
        await bench.idle(pilot)
        assert "step 9" in bench.line(app, "position")


async def test_ten_thousand_locals_are_drawn_by_the_screenful(bench: Any) -> None:
    app = bench.app([at({f"n{i}": str(i + k) for i in range(10_000)}) for k in range(3)])
    async with app.run_test(size=(80, 24)) as pilot:
        await bench.idle(pilot)
        pane = app.query_one("#locals")
        drawn: list[int] = []
        row = pane.row
        pane.row = lambda index, width: (drawn.append(index), row(index, width))[1]
        await bench.press(pilot, "s", "s")
        assert app.session.cursor == 2
        assert 0 < len(drawn) <= 4 * 24
        assert "* n0" in bench.read(app)


def test_values_are_made_for_the_rows_that_are_read() -> None:
    made: list[str] = []

    class Counting(FrameValues):
        def value(self, name: str) -> Value:
            made.append(name)
            return super().value(name)

    names = {f"n{i}": f"[{i}, {i}]" for i in range(10_000)}
    nodes = Nodes(lambda read: read())
    nodes.toggle("f", ("n7",), True)
    nodes.pins.add(("f", "n9999"))
    nodes.build("f", Counting(names), {})
    assert len(made) == 1, "that of the open one"
    assert len(nodes.rows) == 10_002
    assert [nodes.rows[i].value.labels for i in (0, 1, 8, 9, 10, 11)] == [
        ("n9999",),
        ("n0",),
        ("n7",),
        ("n7", "0"),
        ("n7", "1"),
        ("n8",),
    ]
    assert nodes.rows[-1].value.labels == ("n9998",)
    assert len(made) < 20


@given(
    st.lists(st.sampled_from(["[1, [2, 3]]", "7", "{'k': [1]}", "[]"]), max_size=8),
    st.sets(st.integers(0, 7)),
    st.sets(st.integers(0, 7)),
    st.sets(st.integers(0, 7)),
    st.booleans(),
)
def test_every_row_is_found_where_it_is(
    texts: list[str], opened: set[int], pinned: set[int], different: set[int], returns: bool
) -> None:
    names = {f"n{i}": text for i, text in enumerate(texts)}
    verdicts = {f"n{i}": (Verdict.DIFFERENT, "0") for i in different}
    outcome = Value("returns", "1") if returns else None
    nodes = Nodes(lambda read: read())
    nodes.pins = {("f", f"n{i}") for i in pinned}
    for i in opened:
        nodes.toggle("f", (f"n{i}",), True)
        nodes.toggle("f", (f"n{i}", "1"), True)
    nodes.build("f", FrameValues(names, verdicts=verdicts, outcome=outcome), {})
    rows = list(nodes.rows)
    assert len(rows) == len(nodes.rows)
    assert sum(row.depth == 0 and not row.real and bool(row.value.labels) for row in rows) == len(names)
    assert sum(row.real for row in rows) == len(different)
    for index, row in enumerate(rows):
        if not row.real and not row.note:
            assert nodes.rows.find(row.value.labels or (row.value.name,)) == index
    tops = [row.value.name for row in rows if row.value.labels and not row.depth and not row.real]
    wanted = sorted(names, key=lambda name: int(name[1:]) not in pinned)
    assert tops == wanted
