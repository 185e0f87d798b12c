"""Known steps in order, indexed as they come: activations, callers, confidence of carried values, lines reached.

A :class:`Timeline` only grows; a change of the past is a fork of it (forks.py). It knows nothing of cursors and verbs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from neuraldbg.steps import Confidence, Event, Origin, Step, Trace, changed_names

Cancelled = Callable[[], bool]


class StepSource(Protocol):
    """Whatever can say which step comes next."""

    @property
    def origin(self) -> Origin:
        """Who says so."""
        ...

    def next_step(self, history: Sequence[Step], cancelled: Cancelled | None = None) -> Step | None:
        """The step after ``history``; None when the trace is over, or when ``cancelled()`` became true meanwhile."""
        ...


class TraceSource:
    """Steps of a recorded, loaded or debugpy trace; it cannot go on from any other history than its own."""

    replays = True

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    @property
    def origin(self) -> Origin:
        """Of the trace."""
        return self.trace.origin

    def next_step(self, history: Sequence[Step], cancelled: Cancelled | None = None) -> Step | None:
        """The trace's step number ``len(history)``, or None past its end."""
        return self.trace.steps[len(history)] if len(history) < len(self.trace.steps) else None


@dataclass(frozen=True, slots=True)
class Frame:
    """One live activation, as it was last seen.

    Attributes:
        index: number of the step that shows it.
        line: where it is.
        changed: names that differ from this activation's previous stop; empty at its first stop.
        sure: name -> probability of its value, carried over from where it was predicted; absent where it was forced.
    """

    index: int
    function: str
    line: int
    depth: int
    locals: Mapping[str, str]
    changed: frozenset[str]
    confidence: Confidence | None
    sure: Mapping[str, float]


_NOTHING: Mapping[str, float] = {}


class Timeline:
    """The steps fetched so far.

    Attributes:
        steps: in order.
        complete: the trace is known to end after them.
        previous: of each step, the previous stop of its activation, -1 at the first.
        caller: of each step, the last stop of the activation below it, -1 for the entry.
        sure: of each step, name -> probability of a value that was predicted here or earlier and is unchanged since.
        calls, exceptions: numbers of the steps with these events.
        reached: line -> how many steps stop there.
    """

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.steps: list[Step] = []
        self.complete = False
        self.previous: list[int] = []
        self.caller: list[int] = []
        self.sure: list[Mapping[str, float]] = []
        self.calls: list[int] = []
        self.exceptions: list[int] = []
        self.reached: Counter[int] = Counter()
        self._changed: dict[int, frozenset[str]] = {}  # as far as asked for: ten thousand locals take a millisecond
        self._tops: list[int] = []  # of each live depth: its activation's last stop
        for step in steps:
            self.append(step)

    def __len__(self) -> int:
        return len(self.steps)

    def append(self, step: Step) -> None:
        """Adds the step that follows."""
        tops = self._tops
        # As in steps.base_locals: a call starts afresh at its depth, anything else goes on there.
        del tops[step.depth + (step.event is not Event.CALL) :]
        while len(tops) < step.depth:
            tops.append(-1)
        index = len(self.steps)
        self.steps.append(step)
        self.caller.append(next((i for i in reversed(tops[: step.depth]) if i >= 0), -1))
        if len(tops) > step.depth:
            self.previous.append(tops[step.depth])
            tops[step.depth] = index
        else:
            self.previous.append(-1)
            tops.append(index)
        self.sure.append(self._carry(step, self.previous[index]))
        if step.event is Event.CALL:
            self.calls.append(index)
        elif step.event is Event.EXCEPTION:
            self.exceptions.append(index)
        self.reached[step.line] += 1

    def _carry(self, step: Step, before: int) -> Mapping[str, float]:
        if step.confidence is None:
            return _NOTHING  # of a real run, also where it has been taken for a predicted step
        told = step.confidence.locals
        # One that is not known must not read as certain.
        own = {name: p or 0.0 for name, p in told.items()} if told else _NOTHING
        old = self.sure[before] if before >= 0 else _NOTHING
        if not old:
            return own
        earlier = self.steps[before].locals
        kept = {
            n: p
            for n, p in old.items()
            if n not in own and n not in step.edited and step.locals.get(n) == earlier.get(n)
        }
        return old if not own and len(kept) == len(old) else {**kept, **own}

    def changed(self, index: int) -> frozenset[str]:
        """Names whose value at step ``index`` differs from the same activation's previous stop."""
        found = self._changed.get(index)
        if found is None:
            before = self.previous[index]
            names = changed_names(self.steps[before].locals, self.steps[index].locals) if before >= 0 else ()
            found = self._changed[index] = frozenset(names)
        return found

    def earlier_stops(self, index: int) -> Iterator[int]:
        """Numbers of the earlier stops of the activation that step ``index`` belongs to, latest first."""
        while (index := self.previous[index]) >= 0:
            yield index

    def previous_value(self, name: str, index: int) -> str | None:
        """The latest value that ``name`` had in this activation and that differs from the one at step ``index``."""
        now = self.steps[index].locals.get(name)
        values = (self.steps[i].locals.get(name) for i in self.earlier_stops(index))
        return next((value for value in values if value is not None and value != now), None)

    def stack(self, index: int) -> tuple[Frame, ...]:
        """Live frames at step ``index``, innermost first; none before the first step."""
        frames: list[Frame] = []
        while index >= 0:
            s = self.steps[index]
            frames.append(
                Frame(index, s.function, s.line, s.depth, s.locals, self.changed(index), s.confidence, self.sure[index])
            )
            index = self.caller[index]
        return tuple(frames)
