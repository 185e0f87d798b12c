"""What all actions of the stepper stand on: the session, the threads that run its verbs, the message line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from textual.app import App
from textual.screen import Screen

from neuraldbg.breakpoints import Breakpoints
from neuraldbg.errors import NeuraldbgError, UsageError
from neuraldbg.hits import CodeLines
from neuraldbg.marks import Mark, MarkKind
from neuraldbg.printed import Prints
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session, StepSource, StopReason
from neuraldbg.steps import Event, Trace
from neuraldbg.tui.bindings import key_name
from neuraldbg.tui.board import Board, Facts
from neuraldbg.tui.config import Config
from neuraldbg.tui.jobs import Job, Lane
from neuraldbg.tui.scrubber import MarkList
from neuraldbg.tui.status import TextLine
from neuraldbg.tui.text import clip, visible
from neuraldbg.tui.verbs import Verb, reason_text
from neuraldbg.tui.verdicts import CrossCheck

WAITING_KEYS = 16
READING_SECONDS = 2.0  # a message stays so long before progress takes its line


@dataclass(frozen=True, slots=True)
class Makers:
    """What whoever starts the stepper can do for it; None: it cannot.

    Attributes:
        predict: steps of a program, for another entry or another text; called on a thread.
        check: runs a program for real; called on a thread, only after the user said yes.
    """

    predict: Callable[[Program], StepSource] | None = None
    check: Callable[[Program, Cancelled], Trace] | None = None


class StepperBase(App[int]):
    """Session, threads and messages; what keys do is in the mixins, see app.py."""

    def __init__(
        self,
        program: Program,
        open_source: Callable[[], StepSource],
        makers: Makers,
        breakpoints: Iterable[int],
        config: Config,
        keep: Path | None,
    ) -> None:
        # Without colours: no shades of grey either.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.program = program
        self.session: Session | None = None
        self.cross_check: CrossCheck | None = None
        self.config, self.keep = config, keep
        self.keys = config.key_map()
        self.failures: list[BaseException] = []  # unexpected ones, for whoever started the app
        self.breakpoints = Breakpoints(CodeLines(program).places)
        self.breakpoints.set_lines(breakpoints)
        self._open_source, self._makers = open_source, makers
        self._steps_lane = Lane(self, WAITING_KEYS)
        self._check_lane = Lane(self, 0)
        self._load_error: BaseException | None = None
        self._dropped = ""  # by the last Escape, in words
        self._refused = 0  # keys pressed while too many waited already
        self._read_until = 0.0  # until when progress leaves the last message alone
        self.saved: Path | None = None  # where the steps are after an end that nobody asked for
        self._found: Path | None = None  # where those of an earlier session are
        self._rescued: set[Path] = set()  # files of steps that were saved unasked
        self._saved_along = (0, 0)  # branch and number of the steps that were
        self._notice = ""  # said when the first step is there
        self._draft: tuple[str, str] | None = None  # a source, and the text made of it that could not be read
        self._wanted = ""  # what was looked for in the source
        self._marks = MarkList()
        self._prints: Prints | None = None
        self._board = Board(program, self.breakpoints, config.inline)
        self._message = TextLine(id="message")

    # Verbs and their results

    def _submit(self, label: str, verb: Verb, said: str = "") -> None:
        """Runs a verb on the thread, after those that wait; ``said`` is the message in the end if it gives none."""
        if self._load_error is not None:
            self._show_error(self._load_error, "R tries again")
            return

        def work(cancelled: Cancelled) -> Facts:
            assert self.session is not None  # the lane runs jobs in order, and loading was first
            verb(self.session, cancelled)
            return self._facts(self.session)

        self._read_until = 0.0
        agreed = self.cross_check is None or self.cross_check.divergence(-1, 1) is None
        job = Job(label, work, lambda facts: self._stopped(facts, agreed, said), self._verb_failed)
        if not self._steps_lane.submit(job):
            self._refused += 1
            self._tick()

    def _fork(self, label: str, change: Callable[[Session], object], said: str) -> None:
        """Goes on from a changed past, if the session still stands where the user sees it."""
        seen = self._board.seen

        def verb(session: Session, cancelled: Cancelled) -> StopReason:
            if seen is not None and not seen.is_of(session):
                raise UsageError("the step has changed meanwhile; nothing was done, try again")
            change(session)
            return StopReason.STEP if session.current is not None else session.step_into(cancelled)

        self._submit(label, verb, said)

    def _facts(self, session: Session) -> Facts:
        """What takes long to work out about where the session stands; runs on the steps' thread."""
        check = self.cross_check
        if check is not None:
            check.update(session.source.origin, session.known, session.complete)
        key = (session.timeline, self.breakpoints.all, check.comparison if check is not None else None)

        def make(start: int, stop: int) -> Iterable[Mark]:
            return _marks(session, check, start, stop)

        marks = self._marks.update(key, len(session.known), make)
        frame = session.cursor
        selected = self._board.stack.selected
        indices = {frame} | (
            {selected.index} if selected is not None and selected.index < len(session.known) else set()
        )
        watched = {i: {w: session.evaluate(w, i) for w in self._board.watches} for i in indices}
        return Facts(marks, watched, self._printed(session) if self._board.output.display else None)

    def _printed(self, session: Session) -> str:
        if self._prints is None or self._prints.code is not session.code:
            self._prints = Prints(session.code)
        text = "".join(p.text for p in self._prints.upto(session.timeline, session.cursor))
        return text + ("(it also writes in ways that are not followed)" if self._prints.others else "")

    def _stopped(self, facts: Facts, agreed: bool, said: str) -> None:
        self._refused = 0
        assert self.session is not None
        self.program = self.session.program
        said = said if said and self.session.stop.reason is StopReason.STEP else self._reason_text()
        self._say(said or self._notice)
        self._saved_along = (0, 0)  # branch and number of the steps that were
        self._notice = ""
        self._board.facts = facts
        self._show()
        first = self.cross_check.divergence(-1, 1) if self.cross_check is not None else None
        if agreed and first is not None:
            self._say(f"✗ step {first:,} differs from the real run (e and E go to such steps)", "error")

    def _reason_text(self) -> str:
        assert self.session is not None
        return reason_text(self.session, self._dropped)

    def _verb_failed(self, error: BaseException) -> None:
        dropped, self._refused = self._steps_lane.drop(), 0
        self._show()
        self._show_error(error, f"{keys_text(dropped)} dropped" if dropped else "")

    # What one group of actions has and others use

    def _tick(self) -> None:
        """Shows that something runs; a fresh message is left alone for a moment."""
        raise NotImplementedError

    def _load(self) -> None:
        """Opens the source of steps."""
        raise NotImplementedError

    def _start(self, program: Program, source: StepSource | None = None) -> None:
        """Steps through something else, in the place of what there is."""
        raise NotImplementedError

    def _goto(self, index: int) -> None:
        """Moves to a known step."""
        raise NotImplementedError

    def _look(self) -> None:
        """Evaluates the watches at the selected frame, and what else the view wants."""
        raise NotImplementedError

    def _ask_file(self, title: str, name: str, text: str) -> None:
        """Asks for the name of a file and writes it."""
        raise NotImplementedError

    def _key(self, id: str) -> str:
        """The key of a command, as it is printed on the keyboard."""
        return key_name(self.keys[id][0]) if self.keys[id] else ": (the palette)"

    def _keep(self) -> None:
        """Writes breakpoints and watches down."""
        raise NotImplementedError

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
        if isinstance(error, (NeuraldbgError, OSError)):
            text = str(error)
        else:
            self.failures.append(error)
            text = f"{type(error).__name__}: {error}"
        self._say("✗ " + visible(text) + (f" ({hint})" if hint else ""), "error")

    def _show(self) -> None:
        if self.session is not None:
            self._board.show(self.session, self.cross_check, self._board.facts)

    @property
    def board_on_top(self) -> bool:
        """No dialog lies over the board."""
        screen: Screen[object] = self.screen
        return screen is self.screen_stack[0]


def _marks(session: Session, check: CrossCheck | None, start: int, stop: int) -> Iterable[Mark]:
    stops = len(session.breakpoints) > 0
    for index in range(start, stop):
        event = session.known[index].event
        if event is Event.CALL:
            yield Mark(index, MarkKind.CALL)
        elif event is Event.EXCEPTION:
            yield Mark(index, MarkKind.EXCEPTION)
        if stops and session.met(index).stops:
            yield Mark(index, MarkKind.BREAKPOINT)
        if check is not None and check.differs(index):
            yield Mark(index, MarkKind.DIVERGENCE)


def keys_text(count: int) -> str:
    """``1 key``, ``2 keys``."""
    return f"{count} key{'' if count == 1 else 's'}"
