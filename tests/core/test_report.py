"""The HTML page: self-contained, escaped, with every row and a plot of them all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from neuraldbg.report import html, plot, reliability_plot


@dataclass
class Row:
    id: str
    n_steps: int
    step_exact: float
    first_divergence: int | None
    expected: str
    predicted: str | None


ROWS = [
    Row("a", 1, 1.0, None, "5", "5"),
    Row("<b>&\"'", 7, 0.5, 3, "'<script>alert(1)</script>'", "[]"),
    Row("c", 900, 0.25, 1, "None", None),
]
SCORES = {"step_exact": 25.25, "n": 3}


class Reader(HTMLParser):
    """Collects tags and checks that they nest."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page() -> Reader:
    reader = Reader()
    reader.feed(html(ROWS, SCORES, title="model <x>", subtitle="rows.jsonl"))
    assert reader.open == []
    return reader


def test_the_page_loads_nothing(page: Reader) -> None:
    assert not {tag for tag, _ in page.seen} & {"script", "link", "img", "iframe", "object", "embed", "base"}
    for tag, attributes in page.seen:
        assert not {"src", "href", "srcset", "background", "action"} & attributes.keys(), tag
    assert "url(" not in html(ROWS, SCORES, title="", subtitle="")
    assert "@import" not in html(ROWS, SCORES, title="", subtitle="")


def test_every_row_is_there_and_escaped(page: Reader) -> None:
    for row in ROWS:
        assert row.id in page.text
        assert row.expected in page.text
    assert "step 3" in page.text
    assert "(no output)" in page.text
    assert "25.25 %" in page.text


def test_the_plot_puts_length_right_and_accuracy_up() -> None:
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle class="dot" cx="([\d.]+)" cy="([\d.]+)"', plot(ROWS))]
    assert len(dots) == len(ROWS)
    assert dots[0][0] < dots[1][0] < dots[2][0]
    assert dots[0][1] < dots[1][1] < dots[2][1], "SVG counts downwards"
    (line,) = re.findall(r'<polyline class="mean" points="([^"]+)"', plot(ROWS))
    assert len(line.split()) == 3, "lengths 1, 4-7 and 512-1023"


def test_no_rows_make_a_page_all_the_same() -> None:
    assert "<svg" in html([], {"n": 0}, title="", subtitle="")


@dataclass
class Bin:
    count: int
    probability: float
    right: float


def test_probabilities_are_plotted_and_findings_escaped() -> None:
    bins = [Bin(10, 0.25, 0.5), Bin(90, 0.75, 1.0)]
    reader = Reader()
    reader.feed(html(ROWS, SCORES, title="t", subtitle="s", bins=bins, findings=["1 < 2", "error 0.1"]))
    assert reader.open == []
    assert "1 < 2\nerror 0.1" in reader.text
    assert "90 predictions of 75.0%: 100.0% right" in reader.text
    first, second = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', reliability_plot(bins))
    assert float(first[0]) < float(second[0])
    assert float(first[1]) > float(second[1])
