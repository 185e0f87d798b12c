"""A real run held against the steps known so far, in the terms the panes show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from neuraldbg.compare import Comparison, StepVerdict, Verdict, compare
from neuraldbg.program import Program
from neuraldbg.steps import Origin, Outcome, Step, Trace
from neuraldbg.tui.verbs import steps_text

# A sign that reads without colour, its colour, and words.
SIGNS: Final = {Verdict.CONFIRMED: "✓", Verdict.DIFFERENT: "✗", Verdict.UNKNOWN: "·"}
STYLES: Final = {
    Verdict.CONFIRMED: "$text-success",
    Verdict.DIFFERENT: "bold $text-error",
    Verdict.UNKNOWN: "$foreground 40%",
}
WORDS: Final = {
    Verdict.CONFIRMED: "confirmed by the real run",
    Verdict.DIFFERENT: "differs from the real run",
    Verdict.UNKNOWN: "unknown: the real run does not show it",
}
ENDINGS: Final = {
    Outcome.RETURNED: "ended",
    Outcome.RAISED: "ended with an exception",
    Outcome.EXITED: "left with an exit",
    Outcome.STEP_LIMIT: "was cut short (step limit)",
    Outcome.TIME_LIMIT: "was cut short (time limit)",
    Outcome.MEMORY_LIMIT: "was cut short (memory limit)",
    Outcome.STOPPED: "was cancelled",
}


def trace_of(program: Program, origin: Origin, known: Sequence[Step], complete: bool) -> Trace:
    """The steps known so far as a trace; cut short unless the last of them ends it."""
    raised = bool(known) and known[-1].event.value == "exception"
    outcome = (Outcome.RAISED if raised else Outcome.RETURNED) if complete else Outcome.STOPPED
    return Trace(program.filename, program.source, program.entry, origin, list(known), outcome)


class CrossCheck:
    """One real run and its verdicts on the known steps.

    Args:
        program: what was run.
        real: the real run.
    """

    def __init__(self, program: Program, real: Trace) -> None:
        self.program, self.real = program, real
        self.comparison: Comparison | None = None
        self._judged: tuple[int, bool] = (-1, False)
        self._known: Sequence[Step] = ()

    def update(self, origin: Origin, known: Sequence[Step], complete: bool) -> None:
        """Judges anew if there are new steps; called on a thread, since it takes some 10 microseconds a step."""
        if self._judged == (len(known), complete) and known is self._known:
            return
        self._judged, self._known = (len(known), complete), known
        self.comparison = compare(trace_of(self.program, origin, known, complete), self.real)

    def of(self, index: int) -> StepVerdict | None:
        """The verdict on step ``index``; None if it has not been judged yet."""
        verdicts = self.comparison.verdicts if self.comparison is not None else ()
        return verdicts[index] if 0 <= index < len(verdicts) else None

    def overall(self, index: int) -> Verdict | None:
        """The verdict on step ``index`` as a whole."""
        verdict = self.of(index)
        return None if verdict is None else verdict.verdict

    def differs(self, index: int) -> bool:
        """Step ``index`` differs from the real run."""
        return self.overall(index) is Verdict.DIFFERENT

    def partner_index(self, index: int) -> int | None:
        """The number of the real step that step ``index`` was held against."""
        verdict = self.of(index)
        return None if verdict is None else verdict.partner

    def partner(self, index: int) -> Step | None:
        """The real step that step ``index`` was held against."""
        verdict = self.of(index)
        return None if verdict is None or verdict.partner is None else self.real.steps[verdict.partner]

    def moved(self, index: int) -> bool:
        """True if the real run is elsewhere than step ``index``."""
        verdict = self.of(index)
        return verdict is not None and verdict.move is Verdict.DIFFERENT

    def locals(self, index: int) -> Mapping[str, tuple[Verdict, str | None]]:
        """Local -> verdict, and the real value where it differs; names only the real run has come last."""
        verdict, real = self.of(index), self.partner(index)
        if verdict is None:
            return {}
        found = {
            name: (v, _real_text(real, name) if v is Verdict.DIFFERENT else None) for name, v in verdict.locals.items()
        }
        return found | {name: (Verdict.DIFFERENT, _real_text(real, name)) for name in verdict.missing}

    def value(self, index: int) -> tuple[Verdict, str | None] | None:
        """The same for the returned value or exception; None where there is none."""
        verdict, real = self.of(index), self.partner(index)
        if verdict is None or verdict.value is None:
            return None
        return verdict.value, real.value if real is not None and verdict.value is Verdict.DIFFERENT else None

    def divergence(self, start: int, direction: int) -> int | None:
        """The nearest differing step after (``direction`` 1) or before (-1) step ``start``; None if there is none."""
        verdicts = self.comparison.verdicts if self.comparison is not None else ()
        indices = range(start + direction, len(verdicts) if direction > 0 else -1, direction)
        return next((i for i in indices if verdicts[i].verdict is Verdict.DIFFERENT), None)

    def words(self, index: int) -> tuple[str, Verdict] | None:
        """Shortly, what the real run says about step ``index``, and the verdict to colour it by."""
        verdict, real = self.of(index), self.partner(index)
        if verdict is None:
            return None
        whole = verdict.verdict
        sign = SIGNS[whole]
        if whole is not Verdict.DIFFERENT:
            return f"{sign} {whole.value}", whole
        if verdict.move is Verdict.DIFFERENT:
            where = f"{real.event.value} at line {real.line} of {real.function}" if real else "no such step"
            return f"{sign} really: {where}", whole
        if verdict.value is Verdict.DIFFERENT:
            return f"{sign} really {real.value if real else None}", whole
        wrong = [n for n, v in verdict.locals.items() if v is Verdict.DIFFERENT]
        return f"{sign} differs: {', '.join([*wrong, *verdict.missing])}", whole

    def report(self) -> tuple[str, bool]:
        """The result in one line, and whether all is well."""
        comparison = self.comparison
        assert comparison is not None
        right, wrong, unknown = (comparison.count(v) for v in (Verdict.CONFIRMED, Verdict.DIFFERENT, Verdict.UNKNOWN))
        rest = f", {unknown:,} unknown" if unknown else ""
        who = "run under debugpy" if self.real.origin is Origin.DEBUGPY else "real run"
        run = f"the {who} {ENDINGS[self.real.outcome]} after {steps_text(len(self.real.steps))}"
        divergence = comparison.divergence
        if divergence is None and not right:
            return f"nothing could be compared: {run}", False
        if divergence is None:
            return f"✓ {steps_text(right)} confirmed{rest}; {run}", True
        if divergence.left >= len(comparison.left.steps):
            return f"✗ ends too early: {right:,} confirmed{rest}; {run}", False
        counts = f"{wrong:,} differ, {right:,} confirmed{rest}"
        return f"✗ differs first at step {divergence.left:,}: {counts} · e next, E previous", False

    def scores(self) -> list[str]:
        """A summary, a line each."""
        comparison = self.comparison
        assert comparison is not None
        count, verdicts = len(comparison.verdicts), comparison.verdicts
        moves = sum(v.move is Verdict.CONFIRMED for v in verdicts)
        values = [v for s in verdicts for v in [*s.locals.values(), *([s.value] if s.value is not None else [])]]
        right, told = values.count(Verdict.CONFIRMED), len(values) - values.count(Verdict.UNKNOWN)
        words = [(v.value, comparison.count(v)) for v in Verdict]
        divergence = comparison.divergence
        first = "none" if divergence is None else f"step {divergence.left:,}"
        return [
            f"steps known        {count:,}, in the real run {len(self.real.steps):,}",
            *(f"{word:<19}{n:,}{_percent(n, count)}" for word, n in words),
            f"{'place right':<19}{moves:,}{_percent(moves, count)}",
            f"{'values right':<19}{right:,} of {told:,}{_percent(right, told)}",
            f"{'survival':<19}{comparison.survival:.1%} of the real run before the first divergence",
            f"{'first divergence':<19}{first}",
            "",
            self.report()[0],
        ]


def _percent(part: int, whole: int) -> str:
    return f"  ({part / whole:.1%})" if whole else ""


def _real_text(real: Step | None, name: str) -> str:
    return "(not bound)" if real is None else real.locals.get(name, "(not bound)")
