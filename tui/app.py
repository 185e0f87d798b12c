"""The stepper: walks through predicted (or recorded) steps in a terminal. :func:`run_stepper` starts it.

The app owns no debugging logic: verbs live in ``neuraldbg.session``, verdicts in ``verdicts``, what is said in
``text`` and ``verbs``. It runs the verbs on a thread (``jobs``), shows where the session stands after each, and never
touches the session's source itself. It does not know what a model is. What keys do is in the mixins: ``moving``,
``looking``, ``breaking``, ``whatif``, ``checking``, ``files``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from neuraldbg.errors import ExitCode, NeuraldbgError
from neuraldbg.hits import CodeLines
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session, StepSource
from neuraldbg.steps import Origin, Trace
from neuraldbg.tui.base import Makers, StepperBase, keys_text
from neuraldbg.tui.bindings import KEYS
from neuraldbg.tui.breaking import Breaking
from neuraldbg.tui.checking import Checking
from neuraldbg.tui.config import Config
from neuraldbg.tui.files import SAVING_SECONDS, Files
from neuraldbg.tui.jobs import Job, JobEnded
from neuraldbg.tui.looking import Looking
from neuraldbg.tui.modals import HelpScreen
from neuraldbg.tui.moving import Moving
from neuraldbg.tui.palette import Commands
from neuraldbg.tui.status import SPINNER, Hints
from neuraldbg.tui.verbs import VERBS
from neuraldbg.tui.whatif import WhatIf

__all__ = ["VERBS", "Makers", "Stepper", "run_stepper"]

PATIENCE_SECONDS = 3.0  # for a thread to tidy up when the user quits
SWITCH_SECONDS = 0.0005  # a thread that predicts gives way so often; by default ten times as seldom, and keys wait
THEMES = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}


class Stepper(Moving, Looking, Breaking, WhatIf, Checking, Files, StepperBase):
    """The application; see :func:`run_stepper` for the arguments."""

    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Textual's own; the table says what they do here.
        Binding("ctrl+q", "quit_stepper", show=False, priority=True),
        Binding("ctrl+c", "cancel", show=False, system=True),
    ]
    COMMANDS = {Commands}
    COMMAND_PALETTE_BINDING: ClassVar[str] = "ctrl+p"
    TITLE = "neuraldbg"
    AUTO_FOCUS: ClassVar[str | None] = "#source"
    _switching = 0.005  # seconds, as Python begins

    def __init__(
        self,
        program: Program,
        open_source: Callable[[], StepSource],
        check: Callable[[Cancelled], Trace] | None = None,
        *,
        auto_check: bool = False,
        breakpoints: Iterable[int] = (),
        makers: Makers | None = None,
        config: Config | None = None,
        keep: Path | None = None,
    ) -> None:
        if check is not None:
            made = makers or Makers()
            makers = Makers(made.predict, lambda program, cancelled: check(cancelled))
        super().__init__(program, open_source, makers or Makers(), breakpoints, config or Config(), keep)
        self._auto_check = auto_check
        for key in KEYS:
            for name in self.keys[key.id]:
                if name not in ("ctrl+q", "ctrl+c", "ctrl+p"):
                    self.bind(name, key.action, description=key.help, show=False)

    def compose(self) -> ComposeResult:
        """The board, a line for messages, a line of keys."""
        yield self._board
        yield self._message
        yield Hints(self.keys, id="hints")

    def on_mount(self) -> None:
        """Paints first, then loads."""
        self._switching = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        self.theme = self._theme()
        taken = {name for keys in self.keys.values() for name in keys}
        panes = {"source.left": "less_than_sign", "source.right": "greater_than_sign"} if "left" in taken else {}
        if self.config.map == "pudb" and not taken & {"j", "k"}:
            panes |= {"rows.up": "up,k", "rows.down": "down,j"}
        self.set_keymap(panes)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGHUP, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._ended_by, number)
        # The shell, or an editor, has left something else on the terminal.
        self.app_resume_signal.subscribe(self, lambda app: self.call_later(self._repaint))
        self._recall()
        self._remember_lost()
        self.set_interval(0.1, self._tick)
        self.set_interval(SAVING_SECONDS, self._save_along)
        self.call_after_refresh(self._load)

    def on_unmount(self) -> None:
        """Leaves the interpreter as it was."""
        sys.setswitchinterval(self._switching)

    def _ended_by(self, number: signal.Signals) -> None:
        """The terminal is gone, or somebody ends the process: what is known is saved."""
        self.saved = self.rescue()
        self._steps_lane.cancel()
        self._check_lane.cancel()
        self.exit(128 + number)

    def _repaint(self) -> None:
        for screen in self.screen_stack:
            screen.refresh(layout=True)
            for widget in screen.walk_children():
                widget.refresh()

    def _theme(self) -> str:
        wanted = THEMES.get(self.config.theme, self.config.theme)
        if wanted in self.available_themes:
            return wanted
        # COLORFGBG, where a terminal sets it, ends in the number of its background.
        light = os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
        few = self.no_color or self.console.color_system == "standard"  # mixed colours would fall together there
        return f"{'ansi' if few else 'textual'}-{'light' if light else 'dark'}"

    # Loading

    def _load(self) -> None:
        def work(cancelled: Cancelled) -> Session:
            return Session(self.program, self._open_source())

        def done(session: Session) -> None:
            session.breakpoints = self.breakpoints
            self.breakpoints.move_to(session.code.places)
            self.session = session
            self._board.show_title(session.source.origin)
            self._submit("step_into", VERBS["step_into"])
            if self._auto_check:
                self._auto_check = False
                self._start_check()

        def failed(error: BaseException) -> None:
            self._load_error = error
            self._steps_lane.drop()
            self._show_error(error, "R tries again")

        self._load_error = None
        self._steps_lane.submit(Job("loading", work, done, failed))

    def _start(self, program: Program, source: StepSource | None = None) -> None:
        """Steps through something else, in the place of what there is."""
        predict = self._makers.predict
        assert source is not None or predict is not None

        def open_source() -> StepSource:
            if source is not None:
                return source
            assert predict is not None
            return predict(program)

        same = program.filename == self.program.filename
        self._steps_lane.cancel()
        self._open_source, self.program, self.cross_check = open_source, program, None
        if same:
            self.breakpoints.move_to(CodeLines(program).places)
        else:
            self.breakpoints.clear()
            self.breakpoints.move_to(CodeLines(program).places)
            self._board.watches = ()
            self._recall()
        self._board.show_program(program)
        self._board.show_title(None)
        self._load()

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
        waiting = f", {keys_text(self._steps_lane.waiting)} waiting" if self._steps_lane.waiting else ""
        if job.stop.is_set():
            what = "cancelling" if job.label != "loading" else "loading cannot be cancelled; q quits"
        elif job.label == "loading":
            what = "loading the source of steps"
        elif job.label == "check":
            what = "running the program for real"
        elif job.label == "looking":
            what = "working out watches and marks"
        elif job.label == "other ways":
            what = "looking for other ways"
        else:
            known = len(self.session.known) if self.session is not None else 0
            predicted = self.session is not None and self.session.source.origin is Origin.PREDICTED
            what = f"{'predicting' if predicted else 'reading'}, step {known:,}"
        refused = f" · busy: {keys_text(self._refused)} ignored" if self._refused else ""
        self._show_message(f"{spin} {what} ({seconds:.0f} s{waiting}){refused} · Esc cancels")

    # The rest

    def action_cancel(self) -> None:
        """Stops whatever runs."""
        lane = self._steps_lane if self._steps_lane.running is not None else self._check_lane
        if lane.running is None:
            self._say(f"nothing is running; {self._key('quit')} leaves")
            return
        dropped = lane.cancel()
        self._dropped = f", {keys_text(dropped)} dropped" if dropped else ""
        self._tick()

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(HelpScreen(self.keys))

    def action_quit_stepper(self) -> None:
        """Leaves at once, whatever runs."""
        self._steps_lane.cancel()
        self._check_lane.cancel()
        self._forget_saved()
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


def run_stepper(
    program: Program,
    source: StepSource | Callable[[], StepSource],
    check: Callable[[Cancelled], Trace] | None = None,
    *,
    auto_check: bool = False,
    breakpoints: Iterable[int] = (),
    makers: Makers | None = None,
    config: Config | None = None,
    keep: Path | None = None,
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
        makers: what else can be made here; its ``check`` is for programs other than the first.
        config: keys and colours.
        keep: the folder where breakpoints and watches are kept; None keeps nothing.
    """
    open_source = source if callable(source) else lambda: source
    app = Stepper(
        program,
        open_source,
        check,
        auto_check=auto_check,
        breakpoints=breakpoints,
        makers=makers,
        config=config,
        keep=keep,
    )
    code = app.run()
    app.join()
    saved = app.rescue() if code is None else app.saved
    if saved is not None:
        print(f"neuraldbg: the known steps were saved: neuraldbg step {saved}", file=sys.stderr)
    for failure in app.failures:
        traceback.print_exception(failure, file=sys.stderr)
    return app.return_code or 0 if code is None else code
