"""Nothing runs over its edge: wide characters line up in every pane, at every width."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from neuraldbg.breakpoints import Breakpoint, BreakpointKind
from neuraldbg.steps import Confidence, Event, Step

WIDE = {"名前": "'漢字かな'", "emoji": "'🎉👍🏽❤\ufe0f'", "mixed": "['a漢', '🎉', 'é\u0301']", "plain": "1"}
TEXT = "名前 = '漢字かな'\nemoji = '🎉👍🏽'\nplain = 1\n"


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (50, 16)])
async def test_rows_keep_to_their_width(bench: Any, size: tuple[int, int]) -> None:
    odds = Confidence(0.4, dict.fromkeys(WIDE, 0.42))
    steps = [Step(Event.LINE, n, "<module>", 0, WIDE, confidence=odds) for n in (1, 2, 3)]
    steps.append(Step(Event.RETURN, 3, "<module>", 0, WIDE, "'漢字かな🎉'", confidence=odds))
    app = bench.app(steps, text=TEXT)
    async with app.run_test(size=size) as pilot:
        await bench.idle(pilot)
        app.breakpoints.add(Breakpoint(BreakpointKind.LINE, line=2, condition="名前 == '漢字かな漢字かな漢字かな'"))
        app._set_watches(("名前 + '🎉'", "missing"))
        await bench.press(pilot, "c", "tab", "down", "down", "down", "right", "S")
        for id in ("source", "locals", "watches", "stack", "breakpoints", "steps"):
            pane = app.query_one(f"#{id}")
            width = pane.scrollable_content_region.width
            assert pane.count, id
            for index in range(pane.count):
                assert pane.row(index, width).cell_length <= width, (id, index)
        for row in bench.read(app).split("\n"):
            assert cell_len(row) <= size[0]


async def test_the_right_edge_of_the_locals_is_straight(bench: Any) -> None:
    step = Step(Event.LINE, 1, "<module>", 0, WIDE, confidence=Confidence(1.0, dict.fromkeys(WIDE, 0.97)))
    app = bench.app([step], text=TEXT)
    async with app.run_test(size=(120, 30)) as pilot:
        await bench.idle(pilot)
        pane = app.query_one("#locals")
        rows = [pane.row(index, 60).plain for index in range(pane.count)]
        starts = {cell_len(row[: row.index("97%")]) for row in rows}
        assert len(starts) == 1, rows
