"""Actions on breakpoints, and what is kept of them (and of watches) between runs."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from neuraldbg.breakpoints import Breakpoint, BreakpointKind, check
from neuraldbg.errors import NeuraldbgError
from neuraldbg.hits import CodeLines
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.break_dialog import BreakpointScreen
from neuraldbg.tui.breakpoint_text import describe
from neuraldbg.tui.breakpoints_pane import BreakpointsPane
from neuraldbg.tui.keeping import Keeper
from neuraldbg.tui.rows import Rows


class Breaking(StepperBase):
    """Sets, changes, lists, keeps."""

    def action_breakpoint(self) -> None:
        """Sets or removes a breakpoint at the source cursor."""
        line = self._board.source.line
        if line not in CodeLines(self._board.program).places.lines:
            self._say(f"line {line} has no code to stop at")
            return
        is_set = self.breakpoints.toggle_line(line)
        self._changed(f"breakpoint {'set' if is_set else 'removed'} at line {line}")

    def _changed(self, said: str) -> None:
        self._board.show_breakpoints()
        self._say(said)
        self._keep()
        if self.session is not None:
            self._look()

    def action_new_breakpoint(self) -> None:
        """Opens the dialog for a new one, or for that at the source cursor."""
        line = self._board.source.line
        here = [b for b in self.breakpoints.all if b.kind is BreakpointKind.LINE and b.actual == line]
        self._ask(here[0] if here else Breakpoint(BreakpointKind.LINE, line=line))

    def action_break_on_change(self) -> None:
        """Stops whenever the selected local changes."""
        value, frame = self._board.values.selected, self._board.stack.selected
        if value is None or not value.labels or frame is None:
            self._say("select a local first (Tab to its pane, arrows)")
            return
        added = self.breakpoints.add(Breakpoint(BreakpointKind.CHANGE, name=value.labels[0], function=frame.function))
        self._changed(f"stops when {describe(added)}" + (f": {added.problem}" if added.problem else ""))

    def _ask(self, wanted: Breakpoint) -> None:
        places = CodeLines(self._board.program).places

        def answered(made: Breakpoint | None) -> None:
            if made is None:
                return
            if made.id:
                fields = {f: getattr(made, f) for f in ("kind", "line", "function", "name", "mode", "exceptions")}
                made = self.breakpoints.change(
                    made.id, **fields, condition=made.condition, hits=made.hits, log=made.log
                )
            else:
                made = self.breakpoints.add(made)
            self._changed(f"breakpoint: {describe(made)}")

        self.push_screen(BreakpointScreen(wanted, lambda b: check(b, places)), answered)

    @on(Rows.Chosen, "#breakpoints")
    def _breakpoint_chosen(self) -> None:
        chosen = self._board.breaks.selected
        if chosen is not None:
            self._ask(replace(chosen))

    @on(BreakpointsPane.Asked)
    def _breakpoint_asked(self, message: BreakpointsPane.Asked) -> None:
        if message.what == "toggle":
            said = "on" if self.breakpoints.toggle(message.id) else "off"
        else:
            self.breakpoints.remove(message.id)
            said = "removed"
        self._changed(f"breakpoint {said}")
        if not self.breakpoints.all:
            self._board.source.focus()

    # Kept between runs

    def _recall(self) -> None:
        """Adds the breakpoints and watches that were kept for this script."""
        if self.keep is None:
            return
        try:
            kept, watches = Keeper(self.keep).load(self.program.filename)
        except NeuraldbgError as error:
            self._show_error(error)
            self.keep = None  # a file that cannot be read is not overwritten
            return
        for b in kept:
            self.breakpoints.add(b)
        self._board.watches = tuple(watches)
        self._board.show_breakpoints()

    def _keep(self) -> None:
        """Writes them down."""
        if self.keep is None:
            return
        try:
            Keeper(self.keep).save(self.program.filename, self.breakpoints.all, self._board.watches)
        except (NeuraldbgError, OSError) as error:
            self._show_error(error)
            self.keep = None
