"""The board: all panes of the stepper, and how a session's position is laid out on them."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from neuraldbg.program import Program
from neuraldbg.session import Frame, Session
from neuraldbg.steps import Event, Origin, Step
from neuraldbg.tui.locals_pane import LocalsPane, Value, values_of
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.source_view import ARROWS, CALLER_ARROW, SourceView
from neuraldbg.tui.stack_pane import StackPane
from neuraldbg.tui.status import TextLine, position_line
from neuraldbg.tui.steps_pane import StepsPane
from neuraldbg.tui.text import ORIGINS, clip, outcome_of, visible
from neuraldbg.tui.verdicts import CrossCheck


class Board(Vertical):
    """Title; source on the left; locals, stack and steps on the right; the position below.

    Args:
        program: what is stepped through.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(id="board")
        self.program = program
        self.title = TextLine(id="title")
        self.source = SourceView(program.lines, id="source", title="source")
        self.values = LocalsPane(id="locals", title="locals")
        self.stack = StackPane(id="stack", title="stack")
        self.steps = StepsPane(id="steps", title="steps")
        self.position = TextLine(id="position")
        self._session: Session | None = None
        self._check: CrossCheck | None = None

    def compose(self) -> ComposeResult:
        """The panes."""
        yield self.title
        with Horizontal(id="body"):
            yield self.source
            with Vertical(id="side"):
                yield self.values
                yield self.stack
                yield self.steps
        yield self.position

    def on_mount(self) -> None:
        """Before anything is known: the program's text, with the cursor where it will begin."""
        self.show_title(None)
        entry = self.program.functions().get(self.program.entry)
        if entry is not None:
            self.source.put_cursor(entry.line - 1)

    def show_title(self, origin: Origin | None) -> None:
        """Says what is stepped through, and whether it is a prediction."""
        program = self.program
        badge = ("loading…", "italic") if origin is None else (ORIGINS[origin], "bold $text-warning")
        what = program.call or " ".join(program.args)
        room = max(20, self.app.size.width - len(badge[0]) - 17 - min(len(what), 40))
        file = program.filename if len(program.filename) <= room else "…" + program.filename[1 - room :]
        self.title.show(
            Content.assemble(("neuraldbg", "bold"), "  ", badge, "  ", visible(file), "  ", (clip(what, 200), "bold"))
        )

    def show(self, session: Session, check: CrossCheck | None) -> None:
        """Redraws everything from where the session stands; no verb may run meanwhile."""
        self._session, self._check = session, check
        if session.current is None:
            return
        self.stack.show(session.stack())
        self.show_frame()
        self.steps.show(
            session.known,
            self.program.lines,
            len(session.known),
            session.cursor,
            session.changed,
            check.overall if check is not None else lambda index: None,
        )
        self._show_position(len(session.known), session.complete)

    def select_frame(self, by: int) -> None:
        """Moves along the stack; 0 goes back to the innermost frame."""
        self.stack.put_cursor(self.stack.cursor + by if by else 0)
        self.show_frame()

    def show_frame(self) -> None:
        """Shows the frame that is selected in the stack pane."""
        session, check, frame = self._session, self._check, self.stack.selected
        if session is None or frame is None:
            return
        step = session.known[frame.index]
        top = self.stack.cursor == 0
        rows = [self._outcome_row(step, frame.index)] if top and step.value is not None else []
        rows += values_of(
            frame.locals,
            frame.changed,
            step.confidence.locals if step.confidence is not None else {},
            check.locals(frame.index) if check is not None else {},
        )
        self.values.set_title(f"locals of {clip(frame.function, 40)}" + ("" if top else " (caller)"))
        self.values.show(rows)
        self._mark_source(frame, step, top)

    def _outcome_row(self, step: Step, index: int) -> Value:
        outcome = outcome_of(step)
        assert outcome is not None
        own = self._check.value(index) if self._check is not None else None
        sure = step.confidence.value if step.confidence is not None else None
        verdict, real = own if own is not None else (None, None)
        unknown = step.confidence is not None and step.confidence.value is None
        return Value(outcome[0], outcome[1], confidence=sure, verdict=verdict, real=real, unknown=unknown)

    def _mark_source(self, frame: Frame, step: Step, top: bool) -> None:
        note, real = None, None
        if top and (outcome := outcome_of(step)) is not None:
            colour = "$text-error" if step.event is Event.EXCEPTION else "$text-success"
            note = (f"{outcome[0]} {outcome[1][:400]}", colour)
        if top and self._check is not None and self._check.moved(frame.index):
            partner = self._check.partner(frame.index)
            real = partner.line if partner is not None else None
        visits = dict(self._session.visits()) if self._session is not None else {}
        self.source.show_position(frame.line, ARROWS[step.event] if top else CALLER_ARROW, visits, note, real)

    def _show_position(self, known: int, complete: bool) -> None:
        session = self._session
        if session is None or session.current is None:
            return
        words = self._check.words(session.cursor) if self._check is not None else None
        width = max(20, self.position.content_size.width)
        self.position.show(position_line(session.current, session.cursor, known, complete, words, width))

    def on_resize(self) -> None:
        """Fits the single lines."""
        self.show_title(self._session.source.origin if self._session is not None else None)
        if self._session is not None:
            self.call_after_refresh(self._show_position, self.steps.count, self._session.complete)

    @on(Rows.Moved, "#stack")
    def _frame_chosen(self) -> None:
        self.show_frame()
