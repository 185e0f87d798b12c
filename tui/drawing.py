"""Screens of a terminal as one SVG picture that plays them: text on a grid, moved by CSS, without script or fonts.

Runs of equal style become text and rectangles. What is the same in several screens is drawn once and shown in all of
them. Where motion is not wanted (``prefers-reduced-motion``), or not known, one of the screens stands still.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style

CELL, LINE, FONT = 8.43, 18, 14  # pixels
EDGE, BAR = 10, 34  # around the screen; above it
FAMILY = "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
PAPER, INK = "#121212", "#e0e0e0"


@dataclass(frozen=True, slots=True)
class Shot:
    """One screen.

    Attributes:
        lines: its segments.
        seconds: how long it is shown.
        key: what was pressed to get there, as printed on the keyboard; empty at the start.
        says: what that does.
    """

    lines: Sequence[Sequence[Segment]]
    seconds: float
    key: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    """A piece of a picture; backgrounds lie below text."""

    text: bool
    svg: str


def picture(shots: Sequence[Shot], width: int, poster: int = 0) -> str:
    """The SVG.

    Args:
        shots: in order; they are repeated for ever.
        width: columns.
        poster: number of the screen that is shown where nothing moves.
    """
    shown: dict[_Item, list[int]] = {}
    for number, shot in enumerate(shots):
        items = dict.fromkeys([*_screen(shot.lines), *_caption(shot, width)])
        for item in items:
            shown.setdefault(item, []).append(number)
    times: dict[tuple[int, ...], str] = {}
    body: list[str] = []
    for text in (False, True):
        chosen = sorted(((tuple(n), i.svg) for i, n in shown.items() if i.text is text), key=lambda pair: pair[0])
        for numbers, group in groupby(chosen, key=lambda pair: pair[0]):
            parts = "".join(svg for _, svg in group)
            if len(numbers) == len(shots):
                body.append(parts)
            else:
                name = times.setdefault(numbers, f"t{len(times)}")
                body.append(f'<g class="{name}">{parts}</g>')
    w, h = round(width * CELL + 2 * EDGE), len(shots[0].lines) * LINE + BAR + EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}">\n'
        f"<style>\n{_style(times, [shot.seconds for shot in shots], poster)}</style>\n"
        f'<rect width="{w}" height="{h}" rx="8" fill="#242424"/>\n'
        f'<rect x="{EDGE / 2:g}" y="{BAR - 3}" width="{w - EDGE}" height="{h - BAR - EDGE / 2 + 3:g}"'
        f' fill="{PAPER}"/>\n'
        + "".join(
            f'<circle cx="{20 + 20 * n}" cy="17" r="6" fill="{c}"/>'
            for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        )
        + "\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _style(times: dict[tuple[int, ...], str], seconds: Sequence[float], poster: int) -> str:
    total = sum(seconds)
    starts = [sum(seconds[:n]) * 100 / total for n in range(len(seconds))]
    rules = [
        f"text{{font:{FONT}px {FAMILY};fill:{INK};white-space:pre}}",
        ".b{font-weight:bold}.i{font-style:italic}.k{font-weight:bold;fill:#ffc473}.s{fill:#a8a8a8}",
    ]
    moving = []
    for numbers, name in times.items():
        rules.append(f".{name}{{visibility:{'visible' if poster in numbers else 'hidden'}}}")
        frames, before = [], None
        for n, start in enumerate(starts):
            seen = n in numbers
            if seen is not before:
                frames.append(f"{start:.3f}%{{visibility:{'visible' if seen else 'hidden'}}}")
            before = seen
        moving.append(f"@keyframes {name}{{{''.join(frames)}}}")
        moving.append(f".{name}{{animation:{name} {total:g}s step-end infinite}}")
    inside = "\n".join(moving)
    return "\n".join(rules) + f"\n@media (prefers-reduced-motion:no-preference){{\n{inside}\n}}\n"


def _screen(lines: Sequence[Iterable[Segment]]) -> Iterable[_Item]:
    for row, line in enumerate(lines):
        column, y = 0, row * LINE + BAR
        runs = groupby((s for s in line if not s.control and s.text), key=lambda s: _look(s.style))
        for (ink, paper, kind), group in runs:
            text = "".join(s.text for s in group)
            cells = cell_len(text)
            if paper != PAPER:
                yield _Item(
                    False,
                    f'<rect x="{_x(column)}" y="{y}" width="{cells * CELL + 0.4:.4g}" height="{LINE}" fill="{paper}"/>',
                )
            yield from _words(text, column, y, ink, kind)
            column += cells


def _words(text: str, column: int, y: int, ink: str, kind: str) -> Iterable[_Item]:
    """Parts of a run that stand apart by two spaces or more, each held to the grid."""
    start = 0
    for part in text.replace("\xa0", " ").split("  "):
        word = part.strip()
        if word:
            x = column + cell_len(text[:start]) + cell_len(part[: len(part) - len(part.lstrip())])
            style = (f' class="{kind}"' if kind else "") + (f' style="fill:{ink}"' if ink != INK else "")
            length = f' textLength="{cell_len(word) * CELL:.5g}"' if len(word) > 1 else ""
            yield _Item(True, f'<text x="{_x(x)}" y="{y + 13}"{style}{length}>{escape(word, quote=False)}</text>')
        start += len(part) + 2


def _caption(shot: Shot, width: int) -> Iterable[_Item]:
    middle = f"{width * CELL / 2 + EDGE:.5g}"
    key = f'<tspan class="k">{escape(shot.key)}</tspan>  ' if shot.key else ""
    says = escape(shot.says)
    yield _Item(True, f'<text x="{middle}" y="22" text-anchor="middle">{key}<tspan class="s">{says}</tspan></text>')


def _x(column: int) -> str:
    return f"{column * CELL + EDGE:.5g}"


def _look(style: Style | None) -> tuple[str, str, str]:
    """Colour of the text, of what lies behind it, and the class of its shape."""
    style = style or Style()
    ink, paper = _colour(style, True), _colour(style, False)
    if style.reverse:
        ink, paper = paper, ink
    return ink, paper, " ".join(name for name, on in (("b", style.bold), ("i", style.italic)) if on)


def _colour(style: Style, front: bool) -> str:
    colour = style.color if front else style.bgcolor
    if colour is None or colour.type is ColorType.DEFAULT:
        return INK if front else PAPER
    return colour.get_truecolor(foreground=front).hex
