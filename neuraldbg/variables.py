"""The history of a variable over known steps, and the numbers in it for a sparkline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neuraldbg.literals import TooLarge, read_value
from neuraldbg.steps import Event
from neuraldbg.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a variable took.

    Attributes:
        index: number of the step that first shows it.
        last: number of the last step of this activation that still does.
        text: the repr; None where the name was unbound again.
        activation: number of the call step it belongs to; -1 where the trace does not show the call.
        function: that function.
        confidence: of the value, None where nothing was predicted or it was forced.
    """

    index: int
    last: int
    text: str | None
    activation: int
    function: str
    confidence: float | None


def history(timeline: Timeline, name: str, function: str | None = None, activation: int | None = None) -> list[Value]:
    """The values of a variable in the order they were taken; one entry for as long as a value stays.

    Args:
        timeline: known steps.
        name: of the variable.
        function: qualified name of the code it lives in; None for any.
        activation: number of a step of the one activation that is asked for; None for all.
    """
    firsts = _activations(timeline)
    wanted = None if activation is None else firsts[activation]
    latest: dict[int, Value] = {}
    out: list[Value] = []
    for index, step in enumerate(timeline.steps):
        own = firsts[index]
        if (function is not None and step.function != function) or (wanted is not None and own != wanted):
            continue
        text = step.locals.get(name)
        before = latest.get(own)
        if text is None and before is None:
            continue
        if before is not None and before.text == text:
            latest[own] = Value(before.index, index, text, own, step.function, before.confidence)
            continue
        if before is not None:
            out.append(before)
        latest[own] = Value(index, index, text, own, step.function, timeline.sure[index].get(name))
    return sorted([*out, *latest.values()], key=lambda value: value.index)


def _activations(timeline: Timeline) -> list[int]:
    """Of each step, the number of its activation's first step."""
    firsts: list[int] = []
    for index, before in enumerate(timeline.previous):
        firsts.append(firsts[before] if before >= 0 else index)
    return firsts


def numbers(values: Sequence[Value]) -> list[float | None]:
    """The values as numbers, None where one is none; lengths are not taken for numbers, booleans are.

    Beyond what a float holds, integers become infinite.
    """
    return [_number(value.text) for value in values]


def _number(text: str | None) -> float | None:
    if text is None or len(text) > 400 or text[:1] in "[{('\"<":
        return None
    try:
        value = read_value(text)
    except TooLarge:
        return None
    if not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


BARS = "▁▂▃▄▅▆▇█"


def sparkline(series: Sequence[float | None], width: int, bars: str = BARS) -> str:
    """A line of ``width`` characters at most; each stands for the last value of its share of the series.

    What is no number is a space, infinite ones are the ends of the scale.

    Args:
        series: from :func:`numbers`.
        width: in characters.
        bars: from low to high, such as ``_.-^`` where there is no Unicode.
    """
    count = min(width, len(series))
    shown = [series[(cell + 1) * len(series) // count - 1] for cell in range(count)]
    finite = [v for v in shown if v is not None and math.isfinite(v)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return "".join(_bar(v, low, high, bars) for v in shown)


def _bar(value: float | None, low: float, high: float, bars: str) -> str:
    if value is None or math.isnan(value):
        return " "
    if math.isinf(value):
        return bars[-1] if value > 0 else bars[0]
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
    return bars[min(int(share * len(bars)), len(bars) - 1)]


def returned(timeline: Timeline, function: str) -> list[tuple[int, str]]:
    """Number of the step and repr of everything a function has returned or yielded so far."""
    wanted = (i for i, s in enumerate(timeline.steps) if s.event is Event.RETURN and s.function == function)
    return [(i, timeline.steps[i].value or "None") for i in wanted]
