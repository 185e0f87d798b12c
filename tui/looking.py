"""Actions that show more: values, their history, watches, frames, output, the switches of the view."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.content import Content

from neuraldbg.evaluation import Evaluation, syntax_error
from neuraldbg.printed import traceback_text
from neuraldbg.session import Cancelled
from neuraldbg.steps import UNSURE_BELOW, Event
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.board import Facts
from neuraldbg.tui.jobs import Job
from neuraldbg.tui.modals import TextScreen, ValueScreen
from neuraldbg.tui.prompts import ChoiceScreen, PromptScreen
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.text import clip, confidence_text, pad, visible
from neuraldbg.tui.watches_pane import WatchesPane
from neuraldbg.variables import history, numbers, sparkline

MOST_VALUES = 5_000  # rows of a history


class Looking(StepperBase):
    """Values and views; nothing here moves."""

    # Values

    @on(Rows.Chosen, "#locals")
    def _value_chosen(self) -> None:
        self.action_value()

    def action_value(self) -> None:
        """Opens the selected local, or the traceback of a raised exception."""
        seen, value, frame = self._board.seen, self._board.values.selected, self._board.stack.selected
        if seen is None or value is None or frame is None:
            self._say("there is no local to open here")
            return
        if value.own and seen.steps[frame.index].event is Event.EXCEPTION:
            text = traceback_text(seen.program, seen.timeline, frame.index)
            real = value.real
            self.push_screen(TextScreen("traceback", text + (f"\n\nreally: {real}" if real else "")))
            return
        top = len(value.labels) < 2
        before = None if value.own or not top else seen.timeline.previous_value(value.name, frame.index)
        shown = replace(value, before=before, name=value.path or value.name)
        self.push_screen(ValueScreen(shown, f"{frame.function}, step {frame.index:,}"))

    def action_copy(self) -> None:
        """Copies the selected value."""
        value = self._board.values.selected
        if value is None:
            self._say("there is no value to copy")
            return
        self.copy_to_clipboard(value.text)
        self._say(f"{value.path or value.name}: {len(value.text):,} characters copied")

    def action_pin(self) -> None:
        """Keeps the selected local on top, or lets it go."""
        pinned = self._board.values.toggle_pin()
        self._say("select a local first" if pinned is None else "pinned" if pinned else "no longer pinned")

    def action_filter(self) -> None:
        """Shows only locals with some characters; an empty answer shows all."""
        values = self._board.values
        before = values.nodes.filter

        def answered(text: str | None) -> None:
            values.set_filter(before if text is None else text)

        note = "in names and values; empty shows all"
        self.push_screen(PromptScreen("filter locals", before, note, live=values.set_filter), answered)

    def action_history(self) -> None:
        """All values that the selected local had, with a sparkline of numbers; Enter goes there."""
        seen, value, frame = self._board.seen, self._board.values.selected, self._board.stack.selected
        if seen is None or value is None or not value.labels or frame is None:
            self._say("select a local first (Tab to its pane, arrows)")
            return
        name, function = value.labels[0], frame.function
        values = history(seen.timeline, name, function)
        line = sparkline(numbers(values), max(10, self.size.width - 20))
        values = values[-MOST_VALUES:]
        digits = len(str(len(seen.steps)))
        rows: list[Content | str] = []
        start = 0
        for row, v in enumerate(values):
            if v.index <= frame.index:
                start = row
            unsure = v.confidence is not None and v.confidence < UNSURE_BELOW
            sure = "" if v.confidence is None else "  " + confidence_text(v.confidence)
            span = f"{v.index:,}" if v.index == v.last else f"{v.index:,}–{v.last:,}"
            said = "(unbound)" if v.text is None else v.text
            head = f"{'?' if unsure else ' '} {pad(span, 2 * digits + 4)} "
            rows.append(Content.assemble((head, "$foreground 60%"), clip(said, 400), (sure, "$foreground 60%")))
        note = f"{line}  " if line.strip() else ""

        def answered(row: int | None) -> None:
            if row is not None:
                self._goto(values[row].index)

        title = f"{name} in {function}: {len(values):,} value{'' if len(values) == 1 else 's'}"
        self.push_screen(ChoiceScreen(visible(title), rows, note, start, "goes there"), answered)

    # Watches

    def action_watch(self) -> None:
        """Asks for an expression to watch."""
        value = self._board.values.selected
        self._ask_watch(None, value.path or "" if value is not None and value.path and "[" in value.path else "")

    def _ask_watch(self, old: str | None, text: str) -> None:
        def answered(text: str | None) -> None:
            if text is None or not text.strip():
                return
            wanted = text.strip()
            kept = [w for w in self._board.watches if w not in (old, wanted)]
            self._set_watches((*kept, wanted))

        def problem(text: str) -> str:
            return (syntax_error(text.strip()) or "") if text.strip() else ""

        note = "evaluated over the shown values; no code of the program runs"
        self.push_screen(PromptScreen("watch", text, note, problem), answered)

    def _set_watches(self, watches: tuple[str, ...]) -> None:
        self._board.watches = watches
        self._board.show_watches()
        self._keep()
        self._look()

    def _look(self) -> None:
        """Evaluates the watches at the selected frame, and what else the view wants."""

        def work(cancelled: Cancelled) -> Facts | None:
            return self._facts(self.session) if self.session is not None else None

        def done(facts: Facts | None) -> None:
            seen = self._board.seen
            if facts is not None and seen is not None:
                self._board.facts = facts
                self._board.show_watches()
                if facts.output is not None:
                    self._board.output.show(facts.output)
                self._board.scrubber.show(seen.count, seen.complete, seen.cursor, facts.marks)

        self._steps_lane.submit(Job("looking", work, done, self._verb_failed))

    @on(Rows.Chosen, "#watches")
    def _watch_chosen(self) -> None:
        chosen = self._board.watched.selected
        if chosen is None:
            return
        found: Evaluation | None = self._board.facts.watched.get(self._at(), {}).get(chosen)
        self._ask_watch(chosen, chosen)
        if found is not None and not found.ok:
            self._say(visible(found.reason[:300]))

    def _at(self) -> int:
        frame = self._board.stack.selected
        return frame.index if frame is not None else -1

    @on(WatchesPane.Removed)
    def _watch_removed(self, message: WatchesPane.Removed) -> None:
        self._set_watches(tuple(w for w in self._board.watches if w != message.expression))
        if not self._board.watches:
            self._board.values.focus()

    # Frames and the view

    def action_frame(self, by: int) -> None:
        """Looks at another frame of the stack."""
        stack = self._board.stack
        if not 0 <= stack.cursor + by < stack.count:
            self._say("this is the outermost frame" if by > 0 else "this is the innermost frame")
            return
        self._board.select_frame(by)
        self._frame_looked_at()

    @on(Rows.Moved, "#stack")
    def _frame_looked_at(self) -> None:
        if self._board.watches and self._at() not in self._board.facts.watched:
            self._look()

    def action_here(self) -> None:
        """Back to the current line."""
        self._board.select_frame(0)

    def action_focus_pane(self, id: str) -> None:
        """Puts the keys into a pane."""
        pane = self._board.query_one(f"#{id}")
        if pane.display:
            pane.focus()
        else:
            self._say(f"there are no {id}")

    def action_find(self) -> None:
        """Asks for a text of the source, or for the number of a line, and puts the source cursor there."""

        def answered(text: str | None) -> None:
            if text:
                self._wanted = text
                self.action_find_again()

        note = f"text, or a line number; {self._key('find_again')} finds the next one"
        self.push_screen(PromptScreen("find in the source", self._wanted, note), answered)

    def action_find_again(self) -> None:
        """The next line with the text that was looked for last."""
        source, wanted = self._board.source, self._wanted
        if not wanted:
            self.action_find()
            return
        if wanted.strip().isdecimal() and 0 < int(wanted[:9]) <= source.count:
            source.put_cursor(int(wanted[:9]) - 1)
            source.focus()
            return
        at = source.find(wanted)
        if at is None:
            self._say(f"{clip(wanted, 60)!r} is not in the source")
            return
        before = source.cursor
        source.put_cursor(at)
        source.focus()
        self._say(f"line {at + 1}" + (", from the top again" if at <= before else ""))

    def action_inline(self) -> None:
        """Values behind the lines: on, off."""
        self._board.inline = not self._board.inline
        self._board.show_frame()
        self._say(f"values behind the lines: {'on' if self._board.inline else 'off'}")

    def action_output(self) -> None:
        """What has been printed by now: on, off."""
        output = self._board.output
        output.display = not output.display
        if output.display:
            self._look()
        self._say("the output as it follows from the steps; ⟨…⟩ is not known" if output.display else "")

    def action_theme(self) -> None:
        """The next of dark, light, and the terminal's own colours."""
        themes = ["textual-dark", "textual-light", "ansi-dark", "ansi-light"]
        at = themes.index(self.theme) if self.theme in themes else -1
        self.theme = themes[(at + 1) % len(themes)]
        self._say(f"theme {self.theme}")
