"""Actions that move the cursor among the steps."""

from __future__ import annotations

import re

from textual import on

from neuraldbg.marks import MarkKind, next_mark
from neuraldbg.session import Cancelled, Session, StopReason
from neuraldbg.steps import UNSURE_BELOW
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.prompts import PromptScreen
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.scrubber import Scrubber
from neuraldbg.tui.verbs import VERBS

_NUMBER = re.compile(r"\s*([+-]?)\s*(\d{1,9})\s*")


class Moving(StepperBase):
    """Steps, lines, changes, turns, marks."""

    def action_verb(self, name: str) -> None:
        """One of the session's verbs."""
        if name == "restart" and self._load_error is not None:
            self._load()
            return
        self._submit(name, VERBS[name])

    def action_to_line(self) -> None:
        """Runs to the source cursor."""
        line = self._board.source.line
        self._submit("to line", lambda session, cancelled: session.run_to_line(line, cancelled))

    def action_back_to_line(self) -> None:
        """Goes back to where the line of the source cursor was about to run."""
        line = self._board.source.line
        self._submit("to line", lambda session, cancelled: session.back_to_line(line))

    def _selected_name(self) -> str | None:
        value = self._board.values.selected
        if value is None or not value.labels:
            self._say("select a local first (Tab to its pane, arrows)")
            return None
        return value.labels[0]

    def action_to_change(self) -> None:
        """Runs until the selected local changes."""
        if (name := self._selected_name()) is not None:
            self._submit("to change", lambda session, cancelled: session.run_to_change(name, cancelled))

    def action_back_to_change(self) -> None:
        """Goes back to where the selected local last changed."""
        if (name := self._selected_name()) is not None:
            self._submit("to change", lambda session, cancelled: session.back_to_change(name))

    def _goto(self, index: int) -> None:
        def verb(session: Session, cancelled: Cancelled) -> StopReason:
            session.goto(min(index, len(session.known) - 1))
            return StopReason.STEP

        self._submit("goto", verb)

    @on(Rows.Chosen, "#steps")
    def _step_chosen(self, message: Rows.Chosen) -> None:
        self._goto(message.index)

    @on(Scrubber.Chosen)
    def _scrubbed(self, message: Scrubber.Chosen) -> None:
        self._goto(message.index)

    def action_mark(self, direction: int) -> None:
        """Goes to the next or previous exception, breakpoint or differing step."""
        seen = self._board.seen
        if seen is None:
            self._say("there is no step yet")
            return
        kinds = (MarkKind.BREAKPOINT, MarkKind.EXCEPTION, MarkKind.DIVERGENCE)
        index = next_mark(self._board.facts.marks, seen.cursor, kinds, direction)
        if index is None:
            self._say(f"no marked step {'after' if direction > 0 else 'before'} this one among those known")
        else:
            self._goto(index)

    def action_unsure(self, direction: int) -> None:
        """Goes to the next or previous known step that holds something the model is unsure of."""
        seen = self._board.seen
        if seen is None:
            self._say("there is no step yet")
            return
        index = seen.cursor + direction
        while 0 <= index < len(seen.steps):
            sure = seen.steps[index].confidence
            if sure is not None and sure.lowest < UNSURE_BELOW:
                self._goto(index)
                return
            index += direction
        self._say(f"no unsure step {'after' if direction > 0 else 'before'} this one among those known")

    def action_to_turn(self) -> None:
        """Asks for the number of a turn and goes there."""
        session = self.session
        if session is None or self._board.seen is None:
            self._say("there is no step yet")
            return
        busy = self._steps_lane.running is not None  # then nobody knows where the verb will end
        if not busy and session.loop() is None:
            self._say("no frame here is in a loop")
            return

        def answered(text: str | None) -> None:
            if text is not None:
                number = int(text)
                self._submit("to turn", lambda session, cancelled: session.run_to_iteration(number, cancelled))

        self.push_screen(
            PromptScreen(
                "go to turn",
                note="a number from 1 on" if busy else f"this is turn {session.iteration():,} of the loop",
                problem=lambda text: "" if text.strip().isdecimal() and 0 < int(text) < 10**9 else "a number from 1 on",
            ),
            answered,
        )

    def action_to_step(self) -> None:
        """Asks for the number of a step and goes there."""
        seen = self._board.seen
        if seen is None:
            self._say("there is no step yet")
            return

        def answered(text: str | None) -> None:
            match = _NUMBER.fullmatch(text or "")
            if match is None:
                return
            number = int(match[2])

            def verb(session: Session, cancelled: Cancelled) -> StopReason:
                here = max(session.cursor, 0)
                index = here + number if match[1] == "+" else max(0, here - number) if match[1] else number
                return session.run_to_step(index, cancelled)

            self._submit("to step", verb)

        self.push_screen(
            PromptScreen(
                "go to step",
                note=f"a number, or +n, -n; {len(seen.steps):,} steps are known, more are asked for",
                problem=lambda text: "" if _NUMBER.fullmatch(text) else "a number, or + or - and a number",
            ),
            answered,
        )
