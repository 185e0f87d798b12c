"""Which predicted values rest on something unsure, though they were themselves predicted with confidence.

A value is doubtful where its own probability is low, where the line that made it read a doubtful value or called
something whose result is doubtful; control is doubtful from the first unsure move on, and from the first branch that
read a doubtful value. What is doubtful is shown with a question mark, never as a fact.
"""

from __future__ import annotations

from collections.abc import Mapping

from neuraldbg.lsp.lines import Line
from neuraldbg.steps import Event
from neuraldbg.timeline import Timeline

_NOTHING: frozenset[str] = frozenset()


class Doubts:
    """Follows a timeline as it grows.

    Args:
        timeline: of the predicted steps.
        lines: of the program.
        threshold: probabilities below are unsure.

    Attributes:
        names: of each step, the locals that are doubtful.
        value: of each step, whether its value is.
        path: of each step, whether it is doubtful that control comes here at all.
    """

    def __init__(self, timeline: Timeline, lines: Mapping[int, Line], threshold: float) -> None:
        self.timeline = timeline
        self.lines = lines
        self.threshold = threshold
        self.names: list[frozenset[str]] = []
        self.value: list[bool] = []
        self.path: list[bool] = []
        self._bad_results: list[int] = []

    def extend(self) -> None:
        """Takes in the steps that are new."""
        for index in range(len(self.path), len(self.timeline)):
            self.names.append(self._names(index))
            self.path.append(self._path(index))
            self.value.append(self._value(index))
            if self.value[-1]:
                self._bad_results.append(index)

    def of_local(self, index: int, name: str) -> bool:
        """The value of a name at a step is doubtful."""
        self.extend()
        return self.path[index] or name in self.names[index]

    def of_value(self, index: int) -> bool:
        """The returned value or exception of a step is."""
        self.extend()
        return self.path[index] or self.value[index]

    def _reads_doubt(self, index: int) -> bool:
        """The line at which a step stops reads something doubtful."""
        line = self.lines.get(self.timeline.steps[index].line)
        return line is not None and not line.reads.isdisjoint(self.names[index])

    def _names(self, index: int) -> frozenset[str]:
        timeline = self.timeline
        step, before = timeline.steps[index], timeline.previous[index]
        found = {n for n, p in timeline.sure[index].items() if p < self.threshold}
        if step.event is Event.CALL and before < 0:
            caller = timeline.caller[index]
            if caller >= 0 and self._reads_doubt(caller):
                found.update(step.locals)
        elif before >= 0:
            changed = timeline.changed(index)
            found |= self.names[before] - changed
            if changed and (self._reads_doubt(before) or self._called_doubt(before, index)):
                found |= changed
        found &= step.locals.keys()
        return frozenset(found - step.edited) if found else _NOTHING

    def _called_doubt(self, before: int, index: int) -> bool:
        depth = self.timeline.steps[index].depth + 1
        for i in reversed(self._bad_results):
            if i <= before:
                return False
            if self.timeline.steps[i].depth == depth:
                return True
        return False

    def _path(self, index: int) -> bool:
        step, before = self.timeline.steps[index], self.timeline.previous[index]
        if index and self.path[index - 1]:
            return True
        if step.confidence is not None and (step.confidence.move or 0.0) < self.threshold:
            return True  # a probability that a server does not tell is none to rely on
        if before < 0:
            return False
        line = self.lines.get(self.timeline.steps[before].line)
        return line is not None and line.test and self._reads_doubt(before)

    def _value(self, index: int) -> bool:
        step = self.timeline.steps[index]
        if step.value is None:
            return False
        if step.confidence is not None and (step.confidence.value or 0.0) < self.threshold:
            return True
        inherited = index > 0 and self.timeline.steps[index - 1].depth > step.depth and self.value[index - 1]
        return inherited or self._reads_doubt(index)
