"""Actions on files: save the known steps, open others, write a page."""

from __future__ import annotations

import os
from pathlib import Path

from neuraldbg.errors import NeuraldbgError, UsageError
from neuraldbg.steps import Origin, Trace, write_trace
from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.opening import opened, source_of
from neuraldbg.tui.page import trace_page
from neuraldbg.tui.prompts import PromptScreen
from neuraldbg.tui.verbs import steps_text
from neuraldbg.tui.verdicts import trace_of

SAVING_SECONDS = 15.0
MOST_SAVED = 20_000  # steps that are saved along the way; writing them takes a fifth of a second, on a thread


class Files(StepperBase):
    """Nothing is overwritten without a question."""

    def _trace(self) -> Trace | None:
        session = self.session
        if session is None or not session.known:
            self._say("there is no step yet")
            return None
        return trace_of(session.program, session.source.origin, session.known, session.complete)

    def _lost(self, word: str = "lost") -> Path | None:
        return self.keep / f"{word}-{Path(self.program.filename).stem}.jsonl" if self.keep is not None else None

    def _remember_lost(self) -> None:
        """Says that an earlier session ended unasked, and where its steps are; it says so once."""
        lost, found = self._lost(), self._lost("saved")
        if lost is None or found is None or not lost.is_file():
            return
        try:
            lost.replace(found)
        except OSError as error:
            self._show_error(error)
            return
        self._found = found
        self._notice = f"the last session here ended unasked: {self._key('open')} opens its steps"

    def rescue(self) -> Path | None:
        """Saves the known steps where the session ends unasked; the file, None if there is none."""
        session = self.session
        path = self._lost()
        if session is None or not session.known or path is None:
            return None
        trace = trace_of(session.program, session.source.origin, [*session.known], session.complete)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            with part.open("w", encoding="utf-8") as out:
                write_trace(trace, out)
            part.replace(path)
            self._rescued.add(path)
        except OSError as error:
            self.failures.append(error)
            return None
        return path

    def _save_along(self) -> None:
        """Saves what is predicted from time to time: a process that is killed can do nothing more."""
        session = self.session
        if session is None or self.keep is None or session.source.origin is not Origin.PREDICTED:
            return
        state = (session.branch, len(session.known))
        if state != self._saved_along and 1 < state[1] <= MOST_SAVED:
            self._saved_along = state
            self.run_worker(self.rescue, thread=True, group="saving", exclusive=True)

    def _forget_saved(self) -> None:
        """An end that was asked for leaves nothing behind."""
        for path in self._rescued:
            path.unlink(missing_ok=True)

    def _file_name(self, suffix: str) -> str:
        return Path(self._board.program.filename).with_suffix(suffix).name

    def _ask_file(self, title: str, name: str, text: str) -> None:
        """Asks for the name of a file and writes it."""

        def answered(path: str | None) -> None:
            if path:
                try:
                    Path(path).write_text(text, encoding="utf-8")
                except OSError as error:
                    self._show_error(UsageError(f"cannot write {path}: {error.strerror or error}"))
                else:
                    self._say(f"written to {path}")

        asked: set[str] = set()

        def problem(path: str) -> str:
            if not path.strip() or Path(path).is_dir():
                return "the name of a file"
            if Path(path).exists() and path not in asked:
                asked.add(path)
                return f"{path} is there already; Enter again overwrites it"
            return "" if Path(path).absolute().parent.is_dir() else f"there is no folder {Path(path).parent}"

        self.push_screen(PromptScreen(title, name, "in the folder where the stepper was started", problem), answered)

    def action_save(self) -> None:
        """Writes the known steps as JSON Lines."""
        trace = self._trace()
        if trace is None:
            return
        from io import StringIO

        out = StringIO()
        write_trace(trace, out)
        self._ask_file(f"save {steps_text(len(trace.steps))} to", self._file_name(".jsonl"), out.getvalue())

    def action_report(self) -> None:
        """Writes the known steps as a page to read."""
        trace = self._trace()
        if trace is None:
            return
        self._ask_file("write a page to", self._file_name(".html"), trace_page(trace))

    def action_open(self) -> None:
        """Opens another trace or program."""

        def problem(path: str) -> str:
            file = Path(path.split("::")[0].strip())
            return "" if file.is_file() else f"there is no file {file}"

        def answered(path: str | None) -> None:
            if not path:
                return
            try:
                made, trace = opened(path.strip(), self._makers.predict is not None)
                self._start(made, source_of(trace, made, self._makers.predict) if trace is not None else None)
            except NeuraldbgError as error:
                self._show_error(error)

        self.push_screen(
            PromptScreen(
                "open", str(self._found or ""), note="a trace (.jsonl), or a program to predict", problem=problem
            ),
            answered,
        )
