"""The list of known steps: where the program has been, and (after going back) where it is known to go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from neuraldbg.compare import Verdict
from neuraldbg.steps import UNSURE_BELOW, Event, Step
from neuraldbg.tui import verdicts
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import SIGNS, clip, summary

EVENT_STYLES = {
    Event.CALL: "$text-primary",
    Event.LINE: "$foreground 60%",
    Event.RETURN: "$text-success",
    Event.EXCEPTION: "$text-error",
}
MAX_INDENT = 8


class StepsPane(Rows):
    """One row a step; Enter goes there."""

    margin = 1

    def __init__(self, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, title=title)
        self.now = -1
        self._steps: Sequence[Step] = ()
        self._lines: Sequence[str] = ()
        self._changed: Callable[[int], frozenset[str]] = lambda index: frozenset()
        self._verdict: Callable[[int], Verdict | None] = lambda index: None

    def show(
        self,
        steps: Sequence[Step],
        lines: Sequence[str],
        count: int,
        now: int,
        changed: Callable[[int], frozenset[str]],
        verdict: Callable[[int], Verdict | None],
    ) -> None:
        """Shows the first ``count`` of ``steps`` with the cursor on step ``now``.

        Args:
            lines: the source; shown for a step that changes nothing.
            changed: step number -> names that changed there.
            verdict: step number -> what the cross-check says, None where there was none.
        """
        self._steps, self._lines, self._changed, self._verdict, self.now = steps, lines, changed, verdict, now
        self.set_rows(count, now)

    def row(self, index: int, width: int) -> Content:
        """``✓ 12 → 3   fact(n=3)``."""
        step = self._steps[index]
        verdict = self._verdict(index)
        digits = len(str(max(self.count - 1, 0)))
        indent = " " * min(step.depth, MAX_INDENT)
        unsure = step.confidence is not None and step.confidence.lowest < UNSURE_BELOW
        head = Content.assemble(
            ("▶" if index == self.now else " ", "$text-primary"),
            (verdicts.SIGNS[verdict], verdicts.STYLES[verdict]) if verdict is not None else " ",
            (f"{index:>{digits}} ", "$foreground 40%"),
            (f"{SIGNS[step.event]}{step.line:<4}", EVENT_STYLES[step.event]),
            ("? " if unsure else " ", "$text-error"),
            indent,
        )
        news, room = summary(step, self._changed(index)), width - head.cell_length
        if not news and 0 < step.line <= len(self._lines):
            return Content.assemble(head, (clip(self._lines[step.line - 1].strip(), room), "$foreground 55%"))
        return Content.assemble(head, (clip(news, room), "$foreground 70%" if index > self.now else ""))
