"""The picture of the stepper: one SVG, each screen as the user would read it, shown in its time."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from rich.segment import Segment
from rich.style import Style

from neuraldbg.tui.drawing import CELL, EDGE, Shot, picture
from neuraldbg.tui.picture import film

SVG = "{http://www.w3.org/2000/svg}"


def texts(element: ElementTree.Element) -> list[str]:
    return ["".join(t.itertext()) for t in element.iter(f"{SVG}text")]


def test_what_stays_is_drawn_once_and_what_changes_has_its_time() -> None:
    same, first, second = [Segment("stays  here")], [Segment("<a> & b")], [Segment("later")]
    svg = picture([Shot([same, first], 1.0, "s", "into"), Shot([same, second], 3.0, "n", "over")], 40)
    root = ElementTree.fromstring(svg)
    assert texts(root).count("stays") == 1 and texts(root).count("here") == 1
    groups = {g.get("class"): texts(g) for g in root.iter(f"{SVG}g")}
    assert sorted(groups.values()) == [["<a> & b", "s  into"], ["later", "n  over"]]
    early = next(name for name, said in groups.items() if "later" not in said)
    assert f".{early}{{visibility:visible}}" in svg, "it stands still where nothing may move"
    assert f"@keyframes {early}{{0.000%{{visibility:visible}}25.000%{{visibility:hidden}}}}" in svg
    assert "script" not in svg and "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_text_stands_on_the_grid_and_keeps_its_colours() -> None:
    line = [Segment("漢字 ", Style(color="#ff0000", bold=True)), Segment("x", Style(bgcolor="#00ff00")), Segment("y")]
    svg = picture([Shot([line], 1.0)], 40)
    root = ElementTree.fromstring(svg)
    word = next(t for t in root.iter(f"{SVG}text") if t.text == "漢字")
    assert float(word.get("textLength", "")) == round(4 * CELL, 3)
    assert (word.get("class"), word.get("style")) == ("b", "fill:#ff0000")
    x = next(t for t in root.iter(f"{SVG}text") if t.text == "x")
    assert float(x.get("x", "")) == round(5 * CELL + EDGE, 3)
    assert any(r.get("fill") == "#00ff00" for r in root.iter(f"{SVG}rect"))


async def test_the_real_stepper_is_filmed(bench: Any) -> None:
    from neuraldbg.program import Program

    program = Program.from_source(bench.source, "demo.py")
    story = (((), 1.0, "begin"), (("c",), 1.0, "continue"), (("escape", "question_mark"), 1.0, "help"))
    shots = await film(program, lambda: bench.source_of(bench.trace(bench.steps)), story)
    said = ["\n".join("".join(s.text for s in line if not s.control) for line in shot.lines) for shot in shots]
    assert "step 0" in said[0] and "the trace is over" in said[1]
    assert "step into: the next step" in said[2] and "def double" in said[2], "a dialog lies over the board"
    assert [shot.key for shot in shots] == ["", "c", "Esc ?"]
    svg = picture(shots, 104, poster=1)
    assert len(re.findall("def", "".join(texts(ElementTree.fromstring(svg))))) < 6, "the source is drawn once"
