"""What is shown behind the lines of the source: the values that each line of the current activation gave last."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from neuraldbg.steps import UNSURE_BELOW, Event
from neuraldbg.timeline import Timeline
from neuraldbg.tui.text import in_order, visible

FARTHEST = 400  # stops of the activation that are looked at
LONGEST = 60  # characters of a value


def inline_values(timeline: Timeline, index: int) -> Mapping[int, str]:
    """Line -> ``total=6  i=3``: what the line changed when it last ran, before or at step ``index``.

    The line of a call has its arguments. An unsure value has a question mark.
    """
    out: dict[int, str] = {}
    if index < 0:
        return out
    steps = timeline.steps
    after = index
    for before in islice(timeline.earlier_stops(index), FARTHEST):
        line = steps[before].line
        if line not in out and steps[before].event is not Event.CALL:
            changed = timeline.changed(after)
            text = _text(timeline, after, in_order(steps[after], changed))
            if text:
                out[line] = text
        after = before
    if steps[after].event is Event.CALL and steps[after].locals:
        out.setdefault(steps[after].line, _text(timeline, after, list(steps[after].locals)))
    return out


def _text(timeline: Timeline, index: int, names: list[str]) -> str:
    step, sure = timeline.steps[index], timeline.sure[index]
    parts = []
    for name in names[:8]:
        value = step.locals[name]
        shown = value if len(value) <= LONGEST else value[:LONGEST] + "…"
        parts.append(f"{name}={shown}{'?' if (sure.get(name, 1.0) or 0.0) < UNSURE_BELOW else ''}")
    return visible("  ".join(parts))
