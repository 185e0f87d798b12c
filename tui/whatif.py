"""Actions that change what is predicted: other ways, edited values, another line, entry or source; and branches."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.content import Content

from neuraldbg.entries import find_entries
from neuraldbg.errors import InputError, NeuraldbgError
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.jobs import Job
from neuraldbg.tui.opening import edited, program_at
from neuraldbg.tui.prompts import ChoiceScreen, PromptScreen
from neuraldbg.tui.text import clip, confidence_style, pad, visible
from neuraldbg.tui.values import Value
from neuraldbg.tui.whatif_ways import Way, odds_text, way_text, ways_of


@dataclass(frozen=True, slots=True)
class _Ways:
    index: int
    ways: Sequence[Way]
    sure: bool  # the probabilities are known


class WhatIf(StepperBase):
    """Each makes a branch; the one that is left is kept."""

    def _may_change(self) -> bool:
        seen = self._board.seen
        if seen is None or seen.step is None:
            self._say("there is no step yet")
            return False
        if not seen.predicts:
            self._say("a recorded trace cannot go on from a changed step; predict the program with a model", "error")
            return False
        return True

    # Other ways

    def action_alternatives(self) -> None:
        """What else could come here; Enter goes on with it."""
        if self._board.seen is None or self._board.seen.step is None:
            self._say("there is no step yet")
            return

        def work(cancelled: Cancelled) -> _Ways:
            session = self.session
            assert session is not None
            ways, sure = ways_of(session, cancelled)
            return _Ways(session.cursor, ways, sure)

        self._steps_lane.submit(Job("other ways", work, self._show_ways, self._verb_failed))

    def _show_ways(self, found: _Ways) -> None:
        session = self.session
        assert session is not None and session.current is not None
        self._say("")
        if not found.ways or session.cursor != found.index:
            self._say("nothing else could come here")
            return
        now, previous = session.current, session.previous_stop(found.index)
        before = session.known[previous] if previous is not None else None
        rows: list[Content | str] = []
        for way in found.ways:
            here = "▶ " if way.step == now else "  "
            sure = odds_text(way.probability) if found.sure else ""
            style = confidence_style(way.probability) if found.sure else ""
            head = (f"{sure:>8}  ", style) if found.sure else ""
            rows.append(Content.assemble((here, "$text-primary"), head, clip(way_text(way.step, now, before), 400)))
        note = "▶ is the present step; choosing another makes a branch (f lists them)"
        if not session.predicts:
            note = "a recording cannot go on from another step"

        def answered(row: int | None) -> None:
            if row is None or found.ways[row].step == now or not self._may_change():
                return
            step = found.ways[row].step
            self._fork("choosing", lambda s: s.choose(step, way_text(step, now, before)[:60]), "on a branch of its own")

        self.push_screen(ChoiceScreen("what could come here", rows, note), answered)

    def action_jump(self) -> None:
        """The line under the cursor runs next."""
        if self._may_change():
            line = self._board.source.line
            self._fork("jump", lambda s: s.choose_line(line), f"goes on at line {line}, on a branch")

    # Values

    def action_edit_value(self) -> None:
        """Gives the selected local, or a part of it, another value."""
        value = self._board.values.selected
        if not self._may_change():
            return
        if value is None:
            self._say("select a local first (Tab to its pane, arrows)")
        else:
            self._ask_value(value)

    def _ask_value(self, value: Value) -> None:
        frame = self._board.stack.selected
        index = frame.index if frame is not None and self._board.stack.cursor else None  # of a caller

        def answered(text: str | None) -> None:
            if text is None or text.strip() == value.text:
                return
            new = text.strip()
            if value.own:
                self._fork("setting", lambda s: s.set_result(new), f"returns {clip(new, 60)}, on a branch")
            elif len(value.labels) == 1:
                self._fork("setting", lambda s: s.set_value(value.name, new, (), index), _now(value, new))
            else:
                name, *inside = value.labels
                self._fork("setting", lambda s: s.set_value(name, new, inside, index), _now(value, new))

        def problem(text: str) -> str:
            seen = self._board.seen
            if seen is None or not text.strip():
                return "an expression, such as 3 or sorted(items)"
            found = seen.evaluate(text, index)
            plain = value.own or text.lstrip()[:1] == "<" or text.rstrip()[-1:] == ")"
            return "" if found.ok or plain else found.reason

        note = "an expression over the shown values; the prediction goes on from here"
        name = value.path or value.name
        self.push_screen(PromptScreen(f"{clip(name, 60)} =", value.text, note, problem), answered)

    # Another entry, another text

    def action_entry(self) -> None:
        """Another call to step through."""
        if self._makers.predict is None:
            self._say("a trace has one entry only; step a program to choose another", "error")
            return
        program = self._board.program

        def work(cancelled: Cancelled) -> list[tuple[str, str, str]]:
            found = find_entries(program)
            return [(e.function, e.call or "", f"{e.where.value} {Path(e.file).name}:{e.line}") for e in found]

        self._steps_lane.submit(Job("entries", work, self._show_entries, self._verb_failed))

    def _show_entries(self, found: list[tuple[str, str, str]]) -> None:
        rows: list[Content | str] = [
            Content.assemble(
                (pad(call or "the script", max(20, self.size.width // 2 - 8)), "bold"),
                ("  " + visible(where), "$foreground 60%"),
            )
            for _, call, where in found
        ]
        rows.append(Content.styled("another call …", "italic"))

        def answered(row: int | None) -> None:
            if row is None:
                return
            if row < len(found):
                self._enter(*found[row][:2])
                return
            self.push_screen(
                PromptScreen("call", note="such as f(1, [2])", problem=self._call_problem),
                lambda text: self._enter("", text.strip()) if text else None,
            )

        self.push_screen(ChoiceScreen("where to begin", rows, enter="predicts it"), answered)

    def _call_problem(self, text: str) -> str:
        try:
            program_at(self._board.program, "", text.strip())
        except NeuraldbgError as error:
            return str(error)
        return ""

    def _enter(self, function: str, call: str) -> None:
        try:
            program = program_at(self._board.program, function, call)
        except NeuraldbgError as error:
            self._show_error(error)
            return
        self._start(program)

    def action_edit_source(self) -> None:
        """Opens the text in $EDITOR; the prediction goes on from the first step that the change touches."""
        predict = self._makers.predict
        if predict is None or not self._may_change():
            self._say("a recorded trace cannot go on under another text; step the program itself", "error")
            return
        old = self._board.program
        begun = self._draft[1] if self._draft is not None and self._draft[0] == old.source else old.source
        try:
            text = self._edit(old, begun)
        except (OSError, NeuraldbgError) as error:
            self._show_error(error)
            return
        if text == old.source:
            self._say("the source is as it was")
            return
        try:
            program = edited(old, text)
        except NeuraldbgError as error:
            self._draft = (old.source, text)
            self._show_error(error, f"{self._key('edit_source')} opens your text again")
            return
        self._draft = None

        def change(session: Session) -> None:
            session.change_source(program, predict(program))

        self.cross_check = None
        said = "the source has changed, the file has not; steps before the change are kept"
        self._fork("editing", change, said)

    def action_write_source(self) -> None:
        """Writes the text that is shown, as it was changed here, to a file."""
        self._ask_file("write the source to", self._board.program.filename, self._board.program.source)

    def _edit(self, program: Program, text: str) -> str:
        """The text as the user leaves it in the editor; a copy is edited, not the file."""
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        with tempfile.TemporaryDirectory(prefix="neuraldbg-") as folder:
            path = Path(folder) / (Path(program.filename).name or "source.py")
            path.write_text(text, encoding="utf-8")
            line = self._board.source.line
            with self.suspend():
                done = subprocess.run(
                    [*command, f"+{line}", str(path)] if _takes_line(command) else [*command, str(path)]
                )
            if done.returncode:
                raise InputError(f"{command[0]} ended with {done.returncode}; the source is as it was")
            return path.read_text(encoding="utf-8")

    # Branches

    def action_branches(self) -> None:
        """Lists the branches; Enter returns to one."""
        if self.session is None:
            return
        infos = self.session.branches()
        rows: list[Content | str] = []
        for info in infos:
            sign = "▶" if info.current else " "
            made = f"from {info.parent} at {info.fork:,}" if info.parent is not None else "the first"
            count = f"{info.steps:,} steps{'' if info.complete else ' so far'}"
            how = pad(info.how or "as predicted", max(12, min(60, self.size.width - 54)))
            rows.append(f"{sign} {info.id}  {how}  {made}, {count}")
        current = next(i for i, info in enumerate(infos) if info.current)

        def answered(row: int | None) -> None:
            if row is not None:
                id = infos[row].id
                self._fork("branch", lambda s: s.switch(id), f"back on branch {id}")

        self.push_screen(ChoiceScreen("branches", rows, start=current, enter="goes there"), answered)


def _now(value: Value, text: str) -> str:
    return f"{visible(value.path or value.name)} = {clip(text, 60)} from here, on a branch"


def _takes_line(command: Sequence[str]) -> bool:
    return Path(command[0]).name in ("vi", "vim", "nvim", "nano", "emacs", "micro", "joe", "kak")
