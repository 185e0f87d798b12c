"""Holds one trace against another: where they part, what is confirmed, and when a step is exact.

Two traces are aligned by *place* (event, line, function, depth) with the fewest steps left over, so that a wrong value
does not hide the agreement after it, and an extra turn of a loop costs only that turn. What debugpy cannot show is
taken out of the other trace first. Values that a limit replaced by a mark are neither right nor wrong.

Not covered: comparing what the runs printed, and the order of locals.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from neuraldbg.bounded import has_unordered, render
from neuraldbg.literals import Opaque, TooLarge, UnknownValue, read_value
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace, step_to_json

_UNSEEN_EXCEPTIONS = ("StopIteration(", "StopAsyncIteration(", "GeneratorExit(")
_MARKS = ("<repr timed out>", "<repr of ")
_CUT_SHORT = frozenset({Outcome.STEP_LIMIT, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT, Outcome.STOPPED})


class Verdict(StrEnum):
    """What the other trace says about a step or a value."""

    CONFIRMED = "confirmed"
    DIFFERENT = "different"
    UNKNOWN = "unknown"  # the other trace does not say


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Attributes:
        what: ``event``, ``line``, ``function``, ``depth``, ``local``, ``value``, or ``end`` where one trace is over.
        name: of the local, else None.
        left, right: both sides as text; None where there is nothing, such as a name that is not bound.
    """

    what: str
    name: str | None
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first point where two traces differ.

    Attributes:
        left, right: index of the step in each trace; one past the last where that trace is over.
        differences: what differs there; never empty.
    """

    left: int
    right: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """What the right trace says about one step of the left one.

    Attributes:
        partner: index of the step it was held against, None if there is none.
        move: event, line, function and depth.
        locals: name -> verdict for every name of the left step; names only the right step has are in ``missing``.
        value: None where the left step has none.
        missing: names bound in the right step only.
    """

    partner: int | None
    move: Verdict
    locals: Mapping[str, Verdict] = field(default_factory=dict)
    value: Verdict | None = None
    missing: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of the step as a whole: different if anything is, else unknown if anything is."""
        found = {self.move, *self.locals.values(), self.value}
        if self.missing or Verdict.DIFFERENT in found:
            return Verdict.DIFFERENT
        return Verdict.UNKNOWN if Verdict.UNKNOWN in found else Verdict.CONFIRMED


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two traces held against each other; the left one is judged, the right one is taken for true.

    Attributes:
        left, right: the traces.
        verdicts: one for each step of ``left``.
        divergence: the first, or None.
        compared: steps of ``right`` that took part: all but those that debugpy could not have shown on the left.
        survived: how many of those were right before the divergence.
    """

    left: Trace
    right: Trace
    verdicts: tuple[StepVerdict, ...]
    divergence: Divergence | None
    compared: int
    survived: int

    @property
    def agree(self) -> bool:
        """True if the traces do not differ as far as both go."""
        return self.divergence is None

    @property
    def survival(self) -> float:
        """Share of the true steps before the first divergence; 1.0 for an empty trace that was predicted empty."""
        if not self.compared:
            return 1.0 if self.agree else 0.0
        return self.survived / self.compared

    def count(self, verdict: Verdict) -> int:
        """How many steps of ``left`` have this verdict."""
        return sum(v.verdict is verdict for v in self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain JSON types; see docs/schema.md."""
        return {
            "kind": "comparison",
            "left": _side(self.left),
            "right": _side(self.right),
            "agree": self.agree,
            "compared": self.compared,
            "survival": self.survival,
            "counts": {verdict.value: self.count(verdict) for verdict in Verdict},
            "divergence": None if self.divergence is None else self._divergence_json(self.divergence),
            "verdicts": [_verdict_json(v) for v in self.verdicts],
        }

    def _divergence_json(self, divergence: Divergence) -> dict[str, Any]:
        def step(trace: Trace, index: int) -> dict[str, Any] | None:
            found = _at(trace, index)
            return None if found is None else step_to_json(found)

        return {
            "left": {"index": divergence.left, "step": step(self.left, divergence.left)},
            "right": {"index": divergence.right, "step": step(self.right, divergence.right)},
            "differences": [
                {"what": d.what, "name": d.name, "left": d.left, "right": d.right} for d in divergence.differences
            ],
        }


def _side(trace: Trace) -> dict[str, Any]:
    return {"origin": trace.origin.value, "steps": len(trace.steps), "outcome": trace.outcome.value}


def _verdict_json(verdict: StepVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict.value,
        "partner": verdict.partner,
        "move": verdict.move.value,
        "locals": {name: v.value for name, v in verdict.locals.items()},
        "value": None if verdict.value is None else verdict.value.value,
        "missing": list(verdict.missing),
    }


# -- what debugpy cannot show ----------------------------------------------------------------------------------------


def is_seen_by_debugpy(step: Step) -> bool:
    """False for calls, returns, and exceptions that debugpy takes for control flow; see ``neuraldbg.dap.client``."""
    if step.event is Event.EXCEPTION:
        return not (step.value or "").startswith(_UNSEEN_EXCEPTIONS)
    return step.event is Event.LINE


def as_debugpy_sees(trace: Trace) -> list[Step]:
    """The steps of a recorded or predicted trace that debugpy can show, in order."""
    return [step for step in trace.steps if is_seen_by_debugpy(step)]


# -- comparing -------------------------------------------------------------------------------------------------------


def place(step: Step) -> tuple[Event, int, str, int]:
    """Where a step stops: event, line, function, depth."""
    return step.event, step.line, step.function, step.depth


def compare(left: Trace, right: Trace) -> Comparison:
    """Holds ``left`` (say, predicted) against ``right`` (say, recorded).

    Where one of them comes from debugpy, steps of the other that debugpy cannot show take no part; on the left they
    are unknown. Where a limit cut one trace short, what the other has beyond is no difference.
    """
    narrow = (left.origin is Origin.DEBUGPY) != (right.origin is Origin.DEBUGPY)
    chosen = [[i for i, s in enumerate(t.steps) if not narrow or is_seen_by_debugpy(s)] for t in (left, right)]
    keys = [[place(trace.steps[i]) for i in c] for trace, c in zip((left, right), chosen, strict=True)]
    verdicts = [_unknown(step) for step in left.steps]
    divergence: Divergence | None = None
    survived = done_left = done_right = 0
    for a, b in align(keys[0], keys[1]):
        i = chosen[0][a] if a is not None else None
        j = chosen[1][b] if b is not None else None
        here = left.steps[i] if i is not None else None
        there = right.steps[j] if j is not None else None
        beyond_right = there is None and done_right == len(keys[1]) and right.outcome in _CUT_SHORT
        beyond_left = here is None and done_left == len(keys[0]) and left.outcome in _CUT_SHORT
        if beyond_left or beyond_right:
            break
        if i is not None and here is not None:
            verdicts[i] = judge(here, there, j)
        if divergence is None:  # so far every step had its partner: the next ones differ, or one trace is over
            x = chosen[0][done_left] if done_left < len(keys[0]) else len(left.steps)
            y = chosen[1][done_right] if done_right < len(keys[1]) else len(right.steps)
            found = differences(_at(left, x), _at(right, y), left.outcome, right.outcome)
            divergence = Divergence(x, y, found) if found else None
            survived += not found
        done_left += a is not None
        done_right += b is not None
    return Comparison(left, right, tuple(verdicts), divergence, len(chosen[1]), survived)


def _at(trace: Trace, index: int) -> Step | None:
    return trace.steps[index] if index < len(trace.steps) else None


def judge(step: Step, true: Step | None, partner: int | None = None) -> StepVerdict:
    """What a true step says about another; None if there is no such step in the true run.

    Values are judged only where both steps are at the same place.
    """
    if true is None or place(step) != place(true):
        return StepVerdict(
            partner,
            Verdict.DIFFERENT,
            dict.fromkeys(step.locals, Verdict.UNKNOWN),
            None if step.value is None else Verdict.UNKNOWN,
        )
    return StepVerdict(
        partner,
        Verdict.CONFIRMED,
        {name: judge_value(text, true.locals.get(name)) for name, text in step.locals.items()},
        None if step.value is None else judge_value(step.value, true.value),
        tuple(name for name in true.locals if name not in step.locals),
    )


def same_value(text: str | None, true: str | None) -> bool:
    """Equal reprs, but for the order of the elements of sets, which changes from run to run."""
    if text == true:
        return True
    if text is None or true is None or "{" not in text or len(text) != len(true):
        return False
    return _ordered(text) == _ordered(true) is not None


def _ordered(text: str) -> str | None:
    """A repr with the elements of its sets in order; None where it cannot be read whole."""
    try:
        value = read_value(text)
        return render(value) if has_unordered(value) and not _is_opaque(value) else None
    except (TooLarge, UnknownValue, TypeError, ValueError):
        return None


def _is_opaque(value: object) -> bool:
    """Whether something in a value is only known by its text."""
    if isinstance(value, dict):
        return any(map(_is_opaque, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_is_opaque, value))
    return isinstance(value, Opaque)


def judge_value(text: str | None, true: str | None) -> Verdict:
    """Same value is confirmed; otherwise unknown if a limit hides one of the two, else different."""
    if same_value(text, true):
        return Verdict.CONFIRMED
    hidden = any(t is not None and t.startswith(_MARKS) for t in (text, true))
    return Verdict.UNKNOWN if hidden else Verdict.DIFFERENT


def differences(
    left: Step | None, right: Step | None, left_outcome: Outcome | None = None, right_outcome: Outcome | None = None
) -> tuple[Difference, ...]:
    """All that differs between two steps; None stands for a trace that has no step here, the outcomes say why."""
    if left is None or right is None:
        return (Difference("end", None, _step_or_end(left, left_outcome), _step_or_end(right, right_outcome)),)
    names = ("event", "line", "function", "depth")
    found = [
        Difference(name, None, str(a), str(b))
        for name, a, b in zip(names, place(left), place(right), strict=True)
        if a != b
    ]
    if (left.function, left.depth) == (right.function, right.depth):
        for name in dict.fromkeys((*left.locals, *right.locals)):
            a, b = left.locals.get(name), right.locals.get(name)
            if judge_value(a, b) is Verdict.DIFFERENT:
                found.append(Difference("local", name, a, b))
        if left.event is right.event and judge_value(left.value, right.value) is Verdict.DIFFERENT:
            found.append(Difference("value", None, left.value, right.value))
    return tuple(found)


def _step_or_end(step: Step | None, outcome: Outcome | None) -> str | None:
    if step is not None:
        return f"{step.event.value} at line {step.line} of {step.function}"
    return None if outcome is None else outcome.value


def _unknown(step: Step) -> StepVerdict:
    return StepVerdict(
        None,
        Verdict.UNKNOWN,
        dict.fromkeys(step.locals, Verdict.UNKNOWN),
        None if step.value is None else Verdict.UNKNOWN,
    )


# -- alignment -------------------------------------------------------------------------------------------------------

MOST_EDITS = 400  # beyond, the traces have nothing to do with each other; bounds time and memory


def align(
    left: Sequence[Hashable], right: Sequence[Hashable], most_edits: int = MOST_EDITS
) -> list[tuple[int | None, int | None]]:
    """Pairs of indices with equal keys and the fewest left over; what is left over has None on the other side.

    Leftovers of both sides in one gap are paired with each other in order. Past ``most_edits`` leftovers, only the
    common beginning is aligned. The method is the greedy one of E. Myers, "An O(ND) Difference Algorithm and Its
    Variations" (Algorithmica 1, 1986).
    """
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    matches = [(i, i) for i in range(start)]
    matches += [(i + start, j + start) for i, j in _matches(left[start:], right[start:], most_edits)]
    pairs: list[tuple[int | None, int | None]] = []
    a = b = 0
    for i, j in [*matches, (len(left), len(right))]:
        rest_left, rest_right = range(a, i), range(b, j)
        both = min(len(rest_left), len(rest_right))
        pairs += zip(rest_left, rest_right, strict=False)
        pairs += [(k, None) for k in rest_left[both:]]
        pairs += [(None, k) for k in rest_right[both:]]
        if i < len(left):
            pairs.append((i, j))
        a, b = i + 1, j + 1
    return pairs


def _matches(left: Sequence[Hashable], right: Sequence[Hashable], most_edits: int) -> list[tuple[int, int]]:
    """The index pairs of a longest common subsequence; none if that takes more than ``most_edits`` edits."""
    furthest = {1: 0}  # diagonal (left minus right index) -> furthest left index reached
    history: list[dict[int, int]] = []
    for edits in range(min(most_edits, len(left) + len(right)) + 1):
        history.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            i = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            j = i - diagonal
            while i < len(left) and j < len(right) and left[i] == right[j]:
                i, j = i + 1, j + 1
            furthest[diagonal] = i
            if i >= len(left) and j >= len(right):
                return _walk_back(history, len(left), len(right))
    return []


def _walk_back(history: list[dict[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for edits in range(len(history) - 1, -1, -1):
        furthest, diagonal = history[edits], i - j
        down = diagonal == -edits or (
            diagonal != edits and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        before = diagonal + 1 if down else diagonal - 1
        start = furthest[before] + (not down)  # where this round's run of equal keys began
        while i > start:
            i, j = i - 1, j - 1
            found.append((i, j))
        i = furthest[before]
        j = i - before
    return found[::-1]


# -- exactness ------------------------------------------------------------------------------------------------------


def line_exact(step: Step, true: Step) -> bool:
    """Event and line are right; so are function and depth, which tell apart what shares a line."""
    return place(step) == place(true)


def state_exact(step: Step, true: Step) -> bool:
    """Every local is right, and no name is missing or too many."""
    if step.locals.keys() != true.locals.keys():
        return False
    return all(same_value(text, true.locals[name]) for name, text in step.locals.items())


def step_exact(step: Step, true: Step) -> bool:
    """Line, state and value are right."""
    return line_exact(step, true) and state_exact(step, true) and same_value(step.value, true.value)
