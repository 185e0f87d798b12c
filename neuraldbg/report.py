"""One self-contained HTML page for an evaluation: scores, a plot, every row with its first divergence.

The page loads nothing: no script, no font, no image of anybody else's (a Content-Security-Policy says so to the
browser). Everything that comes from data is escaped. It does not compute scores; see ``neuraldbg.training.evaluate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log2
from typing import Protocol


class Row(Protocol):
    """What the page needs of an evaluated row.

    Attributes:
        id: the row's name.
        n_steps: steps of the true trace.
        step_exact: share of the steps that are exact given the true history, 0 to 1.
        first_divergence: index of the first wrong step when running freely, None if there is none.
        expected: repr of the true output.
        predicted: repr of the predicted output, None if none was reached.
    """

    @property
    def id(self) -> str: ...
    @property
    def n_steps(self) -> int: ...
    @property
    def step_exact(self) -> float: ...
    @property
    def first_divergence(self) -> int | None: ...
    @property
    def expected(self) -> str: ...
    @property
    def predicted(self) -> str | None: ...


class Bin(Protocol):
    """Predictions of about the same probability.

    Attributes:
        count: predictions in it.
        probability: their mean probability, 0 to 1.
        right: the share of them that was right, 0 to 1.
    """

    @property
    def count(self) -> int: ...
    @property
    def probability(self) -> float: ...
    @property
    def right(self) -> float: ...


_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --rule: #d5d9df; --bar: #3b6fb6; --bad: #b3372f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --soft: #9aa3ad; --rule: #39414a; --bar: #7aa7e6; --bad: #f08a80; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem; vertical-align: top;
  border-bottom: 1px solid var(--rule); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; } .bad { color: var(--bad); }
.scores { width: auto; } p.soft, caption { color: var(--soft); } svg { max-width: 100%; height: auto; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } .grid { stroke: var(--rule); }
.dot, .bin { fill: var(--bar); fill-opacity: .35; } .mean { stroke: var(--bar); fill: none; stroke-width: 2; }
"""

_LEFT, _TOP, _WIDTH, _HEIGHT = 48, 12, 640, 240
_TENTHS = range(0, 101, 20)


def _bins(rows: Sequence[Row]) -> list[tuple[int, float, int]]:
    """(lower end, mean step accuracy weighted by steps, rows) for lengths 1, 2-3, 4-7, 8-15, ..."""
    sums: dict[int, tuple[float, int, int]] = {}
    for row in rows:
        low = 1 << (max(row.n_steps, 1).bit_length() - 1)
        right, steps, count = sums.get(low, (0.0, 0, 0))
        sums[low] = (right + row.step_exact * row.n_steps, steps + row.n_steps, count + 1)
    return [(low, right / steps if steps else 0.0, count) for low, (right, steps, count) in sorted(sums.items())]


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _axes(label: str, below: str, ticks: Mapping[str, float]) -> list[str]:
    """The beginning of a plot: shares upwards; ``ticks`` has the text and place of each mark of the other axis."""
    parts = [
        f'<svg viewBox="0 0 {_LEFT + _WIDTH + 20} {_TOP + _HEIGHT + 44}" width="{_LEFT + _WIDTH + 20}" role="img" '
        f'aria-label="{label}">'
    ]
    for tenth in range(0, 11, 2):
        height = _y(tenth / 10)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{height:.1f}" y2="{height:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{tenth * 10}%</text>')
    for text, place in ticks.items():
        parts.append(f'<text x="{place:.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{_LEFT + _WIDTH / 2}" y="{_TOP + _HEIGHT + 38}" text-anchor="middle">{below}</text>')
    return parts


def plot(rows: Sequence[Row]) -> str:
    """Step accuracy over trace length (log axis) as an inline SVG: a dot a row, a line through the bins' means."""
    span = max((log2(max(row.n_steps, 1)) for row in rows), default=0.0) + 1.0

    def x(steps: float) -> float:
        return _LEFT + _WIDTH * log2(max(steps, 1)) / span

    ticks = {str(2**power): x(2**power) for power in range(int(span) + 1)}
    parts = _axes("Step accuracy over trace length", "steps of the true trace", ticks)
    for row in rows:
        parts.append(
            f'<circle class="dot" cx="{x(row.n_steps):.1f}" cy="{_y(row.step_exact):.1f}" r="4">'
            f"<title>{escape(row.id)}: {row.n_steps} steps, {row.step_exact:.1%} exact</title></circle>"
        )
    # The middle of a bin on a logarithmic axis is its lower end times the root of two.
    points = " ".join(f"{x(low * 2**0.5):.1f},{_y(mean):.1f}" for low, mean, _ in _bins(rows))
    parts.append(f'<polyline class="mean" points="{points}"/></svg>')
    return "".join(parts)


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Share of right predictions over their probability as an inline SVG: a dot a bin, larger where it holds more."""

    def x(probability: float) -> float:
        return _LEFT + _WIDTH * probability

    parts = _axes("Right predictions over probability", "predicted probability", {f"{n}%": x(n / 100) for n in _TENTHS})
    parts.append(f'<line class="grid" x1="{x(0)}" y1="{_y(0)}" x2="{x(1)}" y2="{_y(1)}"/>')
    most = max((one.count for one in bins), default=1)
    for one in bins:
        parts.append(
            f'<circle class="bin" cx="{x(one.probability):.1f}" cy="{_y(one.right):.1f}" '
            f'r="{4 + 12 * (one.count / most) ** 0.5:.1f}"><title>{one.count} predictions of {one.probability:.1%}: '
            f"{one.right:.1%} right</title></circle>"
        )
    points = " ".join(f"{x(one.probability):.1f},{_y(one.right):.1f}" for one in bins)
    parts.append(f'<polyline class="mean" points="{points}"/></svg>')
    return "".join(parts)


def _score_table(scores: Mapping[str, float]) -> str:
    cells = "".join(
        f"<tr><th>{escape(name.replace('_', ' '))}</th>"
        f'<td class="n">{int(value) if name == "n" else f"{value:.2f} %"}</td></tr>'
        for name, value in scores.items()
    )
    return f'<table class="scores">{cells}</table>'


def _row(row: Row) -> str:
    diverged = "none" if row.first_divergence is None else f"step {row.first_divergence}"
    got = "(no output)" if row.predicted is None else row.predicted
    mark = "" if got == row.expected else ' class="bad"'
    return (
        f'<tr><td>{escape(row.id)}</td><td class="n">{row.n_steps}</td><td class="n">{row.step_exact:.1%}</td>'
        f"<td>{diverged}</td><td><code>{escape(row.expected)}</code></td><td><code{mark}>{escape(got)}</code></td></tr>"
    )


def _reliability(bins: Sequence[Bin], findings: Sequence[str]) -> str:
    shown = f"<h2>Probabilities</h2>{reliability_plot(bins)}" if bins else ""
    return shown + (f"<pre>{escape(chr(10).join(findings))}</pre>" if findings else "")


def html(
    rows: Sequence[Row],
    scores: Mapping[str, float],
    *,
    title: str,
    subtitle: str,
    bins: Sequence[Bin] = (),
    findings: Sequence[str] = (),
) -> str:
    """The whole page as text (UTF-8 when written).

    Args:
        rows: one entry an evaluated row, in the order to show.
        scores: name -> percent, and ``n``, the number of rows.
        title: heading, such as the model's name.
        subtitle: one line below it, such as the rows' file and the device.
        bins: how far the probabilities can be believed, the lowest first.
        findings: lines to show below them.
    """
    heads = '<tr><th>row</th><th class="n">steps</th><th class="n">step exact</th><th>first divergence</th>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>neuraldbg eval: {escape(title)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{escape(title)}</h1><p class="soft">{escape(subtitle)}</p>'
        f"<h2>Scores</h2>{_score_table(scores)}"
        f"<h2>Step accuracy over trace length</h2>{plot(rows)}"
        '<p class="soft">A dot is a row; the line joins the means of lengths 1, 2-3, 4-7, 8-15, ... '
        "(a mean is over steps).</p>"
        f"{_reliability(bins, findings)}"
        f"<h2>Rows</h2><table>{heads}<th>expected</th><th>predicted</th></tr>{''.join(map(_row, rows))}</table>"
        "</body></html>\n"
    )
