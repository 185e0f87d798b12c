"""The board: all panes of the stepper, and how a session's position is laid out on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from neuraldbg.breakpoints import Breakpoints
from neuraldbg.evaluation import Evaluation
from neuraldbg.marks import Mark
from neuraldbg.program import Program
from neuraldbg.session import Frame, Session
from neuraldbg.steps import Event, Origin, Step
from neuraldbg.tui.breakpoints_pane import BreakpointsPane
from neuraldbg.tui.inline import inline_values
from neuraldbg.tui.locals_pane import LocalsPane
from neuraldbg.tui.output_pane import OutputPane
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.scrubber import Scrubber
from neuraldbg.tui.seen import Seen
from neuraldbg.tui.source_view import ARROWS, CALLER_ARROW, SourceView
from neuraldbg.tui.stack_pane import StackPane
from neuraldbg.tui.status import TextLine, position_line
from neuraldbg.tui.steps_pane import StepsPane
from neuraldbg.tui.text import ORIGINS, clip, outcome_of, visible
from neuraldbg.tui.values import FrameValues, Value
from neuraldbg.tui.verdicts import CrossCheck
from neuraldbg.tui.watches_pane import WatchesPane


@dataclass(frozen=True, slots=True)
class Facts:
    """What a thread has worked out about where the session stands.

    Attributes:
        marks: of all known steps.
        watched: number of the step at which watches were evaluated -> expression -> value.
        output: what has been printed by now, None while nobody looks.
    """

    marks: Sequence[Mark] = ()
    watched: Mapping[int, Mapping[str, Evaluation]] = field(default_factory=dict)
    output: str | None = None


class Board(Vertical):
    """Title; source on the left; panes on the right; the scrubber and the position below.

    Args:
        program: what is stepped through.
        breakpoints: of the program.
        inline: show values behind the lines.
    """

    def __init__(self, program: Program, breakpoints: Breakpoints, inline: bool = True) -> None:
        super().__init__(id="board")
        self.program, self.breakpoints, self.inline = program, breakpoints, inline
        self.watches: tuple[str, ...] = ()
        self.facts = Facts()
        self.title = TextLine(id="title")
        self.source = SourceView(program.lines, id="source", title="source")
        self.values = LocalsPane(id="locals", title="locals")
        self.watched = WatchesPane(id="watches", title="watches")
        self.stack = StackPane(id="stack", title="stack")
        self.breaks = BreakpointsPane(id="breakpoints", title="breakpoints")
        self.steps = StepsPane(id="steps", title="steps")
        self.output = OutputPane(id="output", title="output")
        self.scrubber = Scrubber(id="scrubber")
        self.position = TextLine(id="position")
        self.seen: Seen | None = None  # None before the first step
        self._check: CrossCheck | None = None

    def compose(self) -> ComposeResult:
        """The panes."""
        yield self.title
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.source
                yield self.output
            with Vertical(id="side"):
                yield self.values
                yield self.watched
                yield self.stack
                yield self.breaks
                yield self.steps
        yield self.scrubber
        yield self.position

    def on_mount(self) -> None:
        """Before anything is known: the program's text, with the cursor where it will begin."""
        self.show_title(None)
        self.show_breakpoints()
        entry = self.program.functions().get(self.program.entry)
        if entry is not None:
            self.source.put_cursor(entry.line - 1)

    def show_program(self, program: Program) -> None:
        """Another text, or another entry."""
        changed = program.source != self.program.source
        self.program = program
        if changed:
            self.source.show_lines(program.lines)

    def show_title(self, origin: Origin | None, branch: str = "") -> None:
        """Says what is stepped through, whether it is a prediction, and on which branch."""
        program = self.program
        badge = ("loading…", "italic") if origin is None else (ORIGINS[origin], "bold $text-warning")
        what = program.call or " ".join(program.args)
        tail = f"  what if: {branch}" if branch else ""
        room = max(20, self.app.size.width - len(badge[0]) - 17 - min(len(what), 40) - min(len(tail), 30))
        file = program.filename if len(program.filename) <= room else "…" + program.filename[1 - room :]
        parts: list[str | tuple[str, str]] = [
            "  ",
            visible(file),
            "  ",
            (clip(what, 200), "bold"),
            (clip(tail, 60), "bold $text-accent"),
        ]
        self.title.show(Content.assemble(("neuraldbg", "bold"), "  ", badge, *parts))

    def show_breakpoints(self) -> None:
        """Those that are set now, in the list and in the source's margin."""
        lines: dict[int, bool] = {}
        for b in self.breakpoints.all:
            if b.actual is not None:
                lines[b.actual] = lines.get(b.actual, False) or b.enabled
        self.source.show_breakpoints(lines)
        hits = self.seen.hits if self.seen is not None else ()
        self.breaks.show(self.breakpoints.all, {hit.id: hit.count for hit in hits})

    def show(self, session: Session, check: CrossCheck | None, facts: Facts) -> None:
        """Redraws everything from where the session stands; no verb may run meanwhile."""
        seen = self.seen = Seen.of(session)
        self._check, self.facts = check, facts
        if seen.program is not self.program:
            self.show_program(seen.program)
        self.show_title(seen.origin, seen.branch)
        self.show_breakpoints()
        self.stack.show(seen.stack())
        self.show_frame()
        verdict = check.overall if check is not None else lambda index: None
        self.steps.show(seen.steps, self.program.lines, seen.count, seen.cursor, seen.timeline.changed, verdict)
        self.scrubber.show(seen.count, seen.complete, seen.cursor, facts.marks)
        if facts.output is not None:
            self.output.show(facts.output)
        self._show_position()

    def select_frame(self, by: int) -> None:
        """Moves along the stack; 0 goes back to the innermost frame."""
        self.stack.put_cursor(self.stack.cursor + by if by else 0)
        self.show_frame()

    def show_frame(self) -> None:
        """Shows the frame that is selected in the stack pane."""
        seen, check, frame = self.seen, self._check, self.stack.selected
        if seen is None or frame is None:
            self.values.show(FrameValues({}))
            return
        step = seen.steps[frame.index]
        top = self.stack.cursor == 0
        values = FrameValues(
            frame.locals,
            frame.changed,
            frame.sure,
            check.locals(frame.index) if check is not None else {},
            step.edited,
            self._outcome_row(step, frame.index) if top and step.value is not None else None,
        )
        before = seen.timeline.previous[frame.index]
        self.values.show_title(f"locals of {clip(frame.function, 40)}" + ("" if top else " (caller)"))
        self.values.show(values, frame.function, seen.steps[before].locals if before >= 0 else None)
        self.show_watches()
        self._mark_source(seen, frame, step, top)

    def show_watches(self) -> None:
        """The watches at the selected frame, as far as they have been evaluated."""
        frame = self.stack.selected
        self.watched.show(self.watches, self.facts.watched.get(frame.index, {}) if frame is not None else {})

    def _outcome_row(self, step: Step, index: int) -> Value:
        outcome = outcome_of(step)
        assert outcome is not None
        own = self._check.value(index) if self._check is not None else None
        sure = step.confidence.value if step.confidence is not None else None
        verdict, real = own if own is not None else (None, None)
        unknown = step.confidence is not None and step.confidence.value is None
        return Value(outcome[0], outcome[1], confidence=sure, verdict=verdict, real=real, unknown=unknown)

    def _mark_source(self, seen: Seen, frame: Frame, step: Step, top: bool) -> None:
        note, real = None, None
        if top and (outcome := outcome_of(step)) is not None:
            colour = "$text-error" if step.event is Event.EXCEPTION else "$text-success"
            note = (f"{outcome[0]} {outcome[1][:400]}", colour)
        if top and self._check is not None and self._check.moved(frame.index):
            partner = self._check.partner(frame.index)
            real = partner.line if partner is not None else None
        inline = inline_values(seen.timeline, frame.index) if self.inline else {}
        arrow = ARROWS[step.event] if top else CALLER_ARROW
        self.source.show_position(frame.line, arrow, seen.visits, note, real, inline, seen.unreached)

    def _show_position(self) -> None:
        seen = self.seen
        if seen is None or seen.step is None:
            self.position.show("")
            return
        words = self._check.words(seen.cursor) if self._check is not None else None
        width = max(20, self.position.content_size.width)
        self.position.show(position_line(seen.step, seen.cursor, seen.count, seen.complete, words, width))

    def on_resize(self) -> None:
        """Fits the single lines."""
        seen = self.seen
        self.show_title(seen.origin if seen is not None else None, seen.branch if seen is not None else "")
        self.call_after_refresh(self._show_position)

    @on(Rows.Moved, "#stack")
    def _frame_chosen(self) -> None:
        self.show_frame()
