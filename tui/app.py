"""The stepper: walks through predicted (or recorded) steps in a terminal. :func:`run_stepper` starts it.

The app owns no debugging logic: verbs live in ``neuraldbg.session``, verdicts in ``verdicts``, what is said in
``text`` and ``status``. It runs the verbs on a thread (``jobs``), shows where the session stands after each, and never
touches the session's source itself. It does not know what a model is.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType

from neuraldbg.errors import ExitCode, NeuraldbgError
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session, StepSource, StopReason
from neuraldbg.steps import Origin, Trace
from neuraldbg.tui.bindings import app_bindings
from neuraldbg.tui.board import Board
from neuraldbg.tui.jobs import Job, JobEnded, Lane
from neuraldbg.tui.modals import ConfirmScreen, HelpScreen, ValueScreen
from neuraldbg.tui.rows import Rows
from neuraldbg.tui.status import SPINNER, Hints, TextLine
from neuraldbg.tui.text import clip, visible, worked_out
from neuraldbg.tui.verdicts import CrossCheck, steps_text

Verb = Callable[[Session, Cancelled], StopReason]

WAITING_KEYS = 16
READING_SECONDS = 2.0  # a message stays so long before progress takes its line
PATIENCE_SECONDS = 3.0  # for a thread to tidy up when the user quits

VERBS: dict[str, Verb] = {
    "step_into": Session.step_into,
    "step_over": Session.step_over,
    "step_out": Session.step_out,
    "continue_": Session.continue_,
    "back": lambda session, cancelled: session.back(),
    "back_over": lambda session, cancelled: session.back_over(),
    "reverse_continue": lambda session, cancelled: session.reverse_continue(),
    "restart": lambda session, cancelled: session.restart(),
}


class Stepper(App[int]):
    """The application; see :func:`run_stepper` for the arguments."""

    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*app_bindings()]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "neuraldbg"
    AUTO_FOCUS: ClassVar[str | None] = "#source"

    def __init__(
        self,
        program: Program,
        open_source: Callable[[], StepSource],
        check: Callable[[Cancelled], Trace] | None = None,
        *,
        auto_check: bool = False,
        breakpoints: Iterable[int] = (),
    ) -> None:
        super().__init__()
        self.program = program
        self.session: Session | None = None
        self.cross_check: CrossCheck | None = None
        self.failures: list[BaseException] = []  # unexpected ones, for whoever started the app
        self._open_source, self._check, self._auto_check = open_source, check, auto_check
        self._breakpoints = frozenset(breakpoints)
        self._steps_lane = Lane(self, WAITING_KEYS)
        self._check_lane = Lane(self, 0)
        self._load_error: BaseException | None = None
        self._dropped = ""  # by the last Escape, in words
        self._refused = 0  # keys pressed while too many waited already
        self._read_until = 0.0  # until when progress leaves the last message alone

    def compose(self) -> ComposeResult:
        """The board, a line for messages, a line of keys."""
        self._board = Board(self.program)
        self._message = TextLine(id="message")
        yield self._board
        yield self._message
        yield Hints(id="hints")

    def on_mount(self) -> None:
        """Paints first, then loads."""
        self._board.source.show_breakpoints(self._breakpoints)
        self.set_interval(0.1, self._tick)
        self.call_after_refresh(self._load)

    # Loading, verbs, their results

    def _load(self) -> None:
        def work(cancelled: Cancelled) -> Session:
            return Session(self.program, self._open_source())

        def done(session: Session) -> None:
            self.session = session
            session.set_breakpoints(self._breakpoints)
            self._board.show_title(session.source.origin)
            self._submit("step_into", VERBS["step_into"], first=True)
            if self._auto_check:
                self._start_check()

        def failed(error: BaseException) -> None:
            self._load_error = error
            self._steps_lane.drop()
            self._show_error(error, "R tries again")

        self._load_error = None
        self._steps_lane.submit(Job("loading", work, done, failed))

    def _submit(self, label: str, verb: Verb, first: bool = False) -> None:
        """Runs a verb on the thread, after those that wait."""
        if self._load_error is not None:
            self._show_error(self._load_error, "R tries again")
            return

        def work(cancelled: Cancelled) -> StopReason:
            assert self.session is not None  # the lane runs jobs in order, and loading was first
            reason = verb(self.session, cancelled)
            self._judge()
            return reason

        self._read_until = 0.0
        agreed = self.cross_check is None or self.cross_check.divergence(-1, 1) is None
        job = Job(label, work, lambda reason: self._stopped(reason, agreed), self._verb_failed)
        if not self._steps_lane.submit(job):
            self._refused += 1
            self._tick()

    def _stopped(self, reason: StopReason, agreed: bool) -> None:
        self._refused = 0
        self._say(self._reason_text(reason))
        self._show()
        first = self.cross_check.divergence(-1, 1) if self.cross_check is not None else None
        if agreed and first is not None:
            self._say(f"✗ step {first:,} differs from the real run (d and D go to such steps)", "error")

    def _verb_failed(self, error: BaseException) -> None:
        dropped, self._refused = self._steps_lane.drop(), 0
        self._show()
        self._show_error(error, f"{_keys(dropped)} dropped" if dropped else "")

    def _reason_text(self, reason: StopReason) -> str:
        session = self.session
        assert session is not None
        count = len(session.known)
        match reason:
            case StopReason.STEP:
                return worked_out(session.current) if session.current is not None else ""
            case StopReason.BREAKPOINT:
                return "stopped at a breakpoint"
            case StopReason.LINE:
                return "reached the line"
            case StopReason.CHANGE:
                return "the value changed"
            case StopReason.ITERATION:
                return f"turn {session.iteration():,} of the loop"
            case StopReason.LOOP_END:
                return "the loop is left"
            case StopReason.NO_LOOP:
                return "no frame here is in a loop"
            case StopReason.START:
                return "this is the first step" if count else "there is no step yet"
            case StopReason.END:
                return f"the end: the trace is over after {steps_text(count)}" if count else "the trace is empty"
            case StopReason.BUDGET:
                return "no stop in 10,000 new steps; the same key goes on"
            case StopReason.CANCELLED:
                return f"cancelled{self._dropped}; {steps_text(count)} kept"

    def on_job_ended(self, message: JobEnded) -> None:
        """A thread has something to say."""
        message.lane.ended(message)

    def _tick(self) -> None:
        """Shows that something runs; a fresh message is left alone for a moment."""
        job = self._steps_lane.running or self._check_lane.running
        now = time.monotonic()
        if job is None or (now < self._read_until and not self._refused and not job.stop.is_set()):
            return
        seconds = now - job.started
        spin = SPINNER[int(seconds * 10) % len(SPINNER)]
        waiting = f", {_keys(self._steps_lane.waiting)} waiting" if self._steps_lane.waiting else ""
        if job.stop.is_set():
            what = "cancelling" if job.label != "loading" else "loading cannot be cancelled; q quits"
        elif job.label == "loading":
            what = "loading the source of steps"
        elif job.label == "check":
            what = "running the program for real"
        else:
            known = len(self.session.known) if self.session is not None else 0
            predicted = self.session is not None and self.session.source.origin is Origin.PREDICTED
            what = f"{'predicting' if predicted else 'reading'}, step {known:,}"
        refused = f" · busy: {_keys(self._refused)} ignored" if self._refused else ""
        self._show_message(f"{spin} {what} ({seconds:.0f} s{waiting}){refused} · Esc cancels")

    # What is on the screen

    def _say(self, text: str, kind: str = "") -> None:
        self._read_until = time.monotonic() + READING_SECONDS if text else 0.0
        self._show_message(text, kind)

    def _show_message(self, text: str, kind: str = "") -> None:
        line = self._message
        line.set_class(kind == "error", "error")
        line.set_class(kind == "good", "good")
        line.show(clip(text, 400))

    def _show_error(self, error: BaseException, hint: str = "") -> None:
        if isinstance(error, NeuraldbgError):
            text = str(error)
        else:
            self.failures.append(error)
            text = f"{type(error).__name__}: {error}"
        self._say("✗ " + visible(text) + (f" ({hint})" if hint else ""), "error")

    def _show(self) -> None:
        if self.session is not None:
            self._board.show(self.session, self.cross_check)

    @on(Rows.Chosen, "#locals")
    def _value_chosen(self) -> None:
        self.action_value()

    @on(Rows.Chosen, "#steps")
    def _step_chosen(self, message: Rows.Chosen) -> None:
        self._goto(message.index)

    # The cross-check

    def _start_check(self) -> None:
        check = self._check
        if check is None:
            self._say("this trace has no real run to be checked against", "error")
            return
        job = Job("check", check, self._checked, self._show_error)
        if not self._check_lane.submit(job):
            self._say("the real run is still going on")

    def _checked(self, real: Trace) -> None:
        self.cross_check = check = CrossCheck(self.program, real)

        def done(result: None) -> None:
            session = self.session
            assert session is not None
            first = check.divergence(-1, 1)
            if first is not None:
                session.goto(first)
            self._show()
            words, good = check.report()
            self._say(words + (f" ({real.note})" if real.note else ""), "good" if good else "error")

        job = Job("comparing", lambda cancelled: self._judge(), done, self._verb_failed)
        if not self._steps_lane.submit(job):
            self._say("the real run is over; any step shows its verdicts")

    def _judge(self) -> None:
        """Holds what is known against the real run, if there was one; runs on the steps' thread."""
        check, session = self.cross_check, self.session
        if check is not None and session is not None:
            check.update(session.source.origin, session.known, session.complete)

    # Actions, named in bindings.py

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

    def _selected_name(self) -> str | None:
        value = self._board.values.selected
        if value is None or value.name in ("returns", "raises"):
            self._say("select a local first (Tab to its pane, arrows)")
            return None
        return value.name

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
            session.goto(index)
            return StopReason.STEP

        self._submit("goto", verb)

    def action_divergence(self, direction: int) -> None:
        """Goes to the next or previous step that differs."""
        if self.cross_check is None or self.session is None:
            self._say("nothing to compare with yet: x runs the program for real")
            return
        index = self.cross_check.divergence(self.session.cursor, direction)
        if index is None:
            self._say(f"no differing step {'after' if direction > 0 else 'before'} this one")
        else:
            self._goto(index)

    def action_check(self) -> None:
        """Asks, then runs the program for real."""
        if self._check is None:
            self._start_check()
            return
        program = self.program
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

    def action_breakpoint(self) -> None:
        """Sets or removes a breakpoint at the source cursor."""
        line = self._board.source.line
        if line not in self._breakpoints and self.session is not None and line not in self.session.breakable:
            self._say(f"line {line} has no code to stop at")
            return
        self._breakpoints = self._breakpoints ^ {line}
        if self.session is not None:
            self.session.set_breakpoints(self._breakpoints)
        self._board.source.show_breakpoints(self._breakpoints)
        self._say(f"breakpoint {'set' if line in self._breakpoints else 'removed'} at line {line}")

    def action_value(self) -> None:
        """Opens the selected local."""
        session, value, frame = self.session, self._board.values.selected, self._board.stack.selected
        if session is None or value is None or frame is None:
            self._say("there is no local to open here")
            return
        own = value.name in ("returns", "raises")
        before = None if own else session.previous_value(value.name, frame.index)
        self.push_screen(ValueScreen(replace(value, before=before), f"{frame.function}, step {frame.index:,}"))

    def action_frame(self, by: int) -> None:
        """Looks at another frame of the stack."""
        self._board.select_frame(by)

    def action_here(self) -> None:
        """Back to the current line."""
        self._board.select_frame(0)

    def action_cancel(self) -> None:
        """Stops whatever runs."""
        lane = self._steps_lane if self._steps_lane.running is not None else self._check_lane
        if lane.running is None:
            self._say("nothing is running")
            return
        dropped = lane.cancel()
        self._dropped = f", {_keys(dropped)} dropped" if dropped else ""
        self._tick()

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(HelpScreen())

    def action_quit_stepper(self) -> None:
        """Leaves at once, whatever runs."""
        self._steps_lane.cancel()
        self._check_lane.cancel()
        self.exit(self._exit_code())

    def _exit_code(self) -> int:
        if self._load_error is not None:
            return self._load_error.exit_code if isinstance(self._load_error, NeuraldbgError) else ExitCode.MODEL
        check = self.cross_check
        differs = check is not None and check.comparison is not None and not check.comparison.agree
        return ExitCode.DIVERGED if differs else ExitCode.OK

    def join(self) -> None:
        """Gives threads a moment to tidy up; to be called when the app has ended."""
        self._steps_lane.join(PATIENCE_SECONDS)
        self._check_lane.join(PATIENCE_SECONDS)


def _keys(count: int) -> str:
    return f"{count} key{'' if count == 1 else 's'}"


def run_stepper(
    program: Program,
    source: StepSource | Callable[[], StepSource],
    check: Callable[[Cancelled], Trace] | None = None,
    *,
    auto_check: bool = False,
    breakpoints: Iterable[int] = (),
) -> int:
    """Opens the stepper and returns the exit code when the user leaves it.

    Args:
        program: what is stepped through.
        source: where steps come from, or a function that makes such a source: it is called on a thread, after the
            first paint, so that a model may take its time to load.
        check: runs the program for real and returns the trace; called on a thread, only after the user said yes, with a
            function that says whether to end the run early.
        auto_check: the user has said yes on the command line: check at once.
        breakpoints: lines to start with.
    """
    open_source = source if callable(source) else lambda: source
    app = Stepper(program, open_source, check, auto_check=auto_check, breakpoints=breakpoints)
    code = app.run()
    app.join()
    for failure in app.failures:
        traceback.print_exception(failure, file=sys.stderr)
    return app.return_code or 0 if code is None else code
