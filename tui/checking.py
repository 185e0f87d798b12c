"""Actions of the cross-check: the real run, its verdicts, adopting the truth."""

from __future__ import annotations

from neuraldbg.compare import Verdict
from neuraldbg.session import Cancelled
from neuraldbg.steps import Trace
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.board import Facts
from neuraldbg.tui.jobs import Job
from neuraldbg.tui.modals import ConfirmScreen, TextScreen
from neuraldbg.tui.text import clip
from neuraldbg.tui.verdicts import CrossCheck


class Checking(StepperBase):
    """Runs the program for real, only after a yes."""

    def action_check(self) -> None:
        """Asks, then runs the program for real."""
        if self._makers.check is None:
            self._start_check()
            return
        program = self._board.program
        what = program.call or " ".join(["python", program.filename, *program.args])
        text = (
            f"This will EXECUTE\n\n  {clip(what, 200)}\n\n"
            "for real, on this machine and with your rights, and compare the run with the known steps."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._start_check()
            else:
                self._say("nothing was run")

        self.push_screen(ConfirmScreen("Run the program?", text, "run it"), answered)

    def _start_check(self) -> None:
        check = self._makers.check
        if check is None:
            self._say("this trace has no real run to be checked against", "error")
            return
        program = self._board.program
        job = Job("check", lambda cancelled: check(program, cancelled), self._checked, self._show_error)
        if not self._check_lane.submit(job):
            self._say("the real run is still going on")

    def _checked(self, real: Trace) -> None:
        self.cross_check = check = CrossCheck(self._board.program, real)

        def work(cancelled: Cancelled) -> Facts:
            session = self.session
            assert session is not None
            check.update(session.source.origin, session.known, session.complete)
            first = check.divergence(-1, 1)
            if first is not None:
                session.goto(first)
            return self._facts(session)

        def done(facts: Facts) -> None:
            self._board.facts = facts
            self._show()
            words, good = check.report()
            self._say(words + (f" ({real.note})" if real.note else ""), "good" if good else "error")

        job = Job("comparing", work, done, self._verb_failed)
        if not self._steps_lane.submit(job):
            self._say("the real run is over; any step shows its verdicts")

    def action_divergence(self, direction: int) -> None:
        """Goes to the next or previous step that differs."""
        seen = self._board.seen
        if self.cross_check is None or seen is None:
            self._say("nothing to compare with yet: x runs the program for real")
            return
        index = self.cross_check.divergence(seen.cursor, direction)
        if index is None:
            self._say(f"no differing step {'after' if direction > 0 else 'before'} this one")
        else:
            self._goto(index)

    def action_adopt(self) -> None:
        """Puts the real step in place of the predicted one; the prediction goes on from there."""
        check, seen = self.cross_check, self._board.seen
        if check is None or seen is None:
            self._say("nothing to adopt yet: x runs the program for real")
            return
        at = check.partner_index(seen.cursor)
        if at is None:
            self._say("the real run has no step to put here", "error")
            return
        if check.overall(seen.cursor) is not Verdict.DIFFERENT:
            self._say("this step is as it really was")
            return

        said = "the real step is taken from here on; the prediction goes on from it"
        self._fork("adopting", lambda session: session.adopt(check.real, at), said)

    def action_scores(self) -> None:
        """How right the prediction is."""
        check = self.cross_check
        if check is None or check.comparison is None:
            self._say("nothing to compare with yet: x runs the program for real")
            return
        self.push_screen(TextScreen("scores", "\n".join(check.scores())))
