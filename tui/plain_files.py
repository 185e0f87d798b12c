"""The commands of the line mode that begin with something else, and those that write files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neuraldbg.entries import Entry, find_entries
from neuraldbg.errors import InputError, UsageError
from neuraldbg.program import Program
from neuraldbg.session import Session, StepSource
from neuraldbg.steps import Trace, write_trace
from neuraldbg.tui.opening import edited, opened, program_at, source_of
from neuraldbg.tui.page import trace_page
from neuraldbg.tui.plain_changes import Changes
from neuraldbg.tui.plain_commands import Reply, needed, number_of
from neuraldbg.tui.verdicts import trace_of


class Commands(Changes):
    """All commands of the line mode."""

    predict: Callable[[Program], StepSource] | None = None

    def _predicts(self) -> Callable[[Program], StepSource]:
        if self.predict is None:
            raise UsageError("a recorded trace has one entry and one text only; step through the program itself")
        return self.predict

    # Something else

    def _entries(self) -> list[Entry]:
        self._predicts()
        return find_entries(self.session.program)

    def do_entries(self, rest: str) -> Reply:
        found = self._entries()
        rows = [
            {
                "number": n,
                "call": e.call,
                "function": e.function,
                "where": e.where.value,
                "file": e.file,
                "line": e.line,
            }
            for n, e in enumerate(found, 1)
        ]
        places = (f"{e.where.value} {Path(e.file).name}:{e.line}" for e in found)
        words = (
            f"{n}: {e.call or 'the script'}, {place}" for n, (e, place) in enumerate(zip(found, places, strict=True), 1)
        )
        return Reply(
            tuple(words) or ("no calls were found; entry f(1) begins with a call of your own",), {"entries": rows}
        )

    def do_entry(self, rest: str) -> Reply:
        predict, old = self._predicts(), self.session.program
        if needed(rest, "a number of `entries`, a call such as f(1, [2]), or script").isdecimal():
            found, number = self._entries(), number_of(rest, "a number")
            if not 1 <= number <= len(found):
                raise UsageError(f"there are entries 1 to {len(found)}; `entries` lists them")
            program = program_at(old, found[number - 1].function, found[number - 1].call or "")
        else:
            program = program_at(old, "", "" if rest == "script" else rest)
        return self._begin(program, predict(program))

    def do_open(self, rest: str) -> Reply:
        program, trace = opened(needed(rest, "a trace (.jsonl) or a program"), self.predict is not None)
        if trace is not None:
            return self._begin(program, source_of(trace, program, self.predict))
        return self._begin(program, self._predicts()(program))

    def _begin(self, program: Program, source: StepSource) -> Reply:
        old, self.session = self.session, Session(program, source)
        self.cross_check = None
        if program.filename == old.program.filename:
            self.session.breakpoints = old.breakpoints
            old.breakpoints.move_to(self.session.code.places)
        else:
            self._watches = []
            if self.keeps:
                self.do_recall("")
        self.session.step_into(self.stop.is_set)
        return self._moved()

    def do_edit_source(self, rest: str) -> Reply:
        predict, old = self._predicts(), self.session.program
        path = Path(rest or old.filename)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read {path}: {error}") from error
        if text == old.source:
            raise UsageError(f"{path} says what is stepped through already; edit it, or write: edit_source FILE")
        program = edited(old, text)
        kept = self.session.change_source(program, predict(program))
        self.cross_check = None
        if self.session.current is None:
            self.session.step_into(self.stop.is_set)
        return self._moved(f"goes on under the text of {path}, on a branch; {kept} steps kept")

    # Files

    def _trace(self) -> Trace:
        session = self.session
        return trace_of(session.program, session.source.origin, session.known, session.complete)

    def do_save(self, rest: str) -> Reply:
        try:
            with Path(needed(rest, "the name of a file")).open("w", encoding="utf-8") as out:
                write_trace(self._trace(), out)
        except OSError as error:
            raise UsageError(f"cannot write {rest}: {error.strerror or error}") from error
        return Reply((f"{len(self.session.known)} steps written to {rest}",), {"file": rest})

    def do_report(self, rest: str) -> Reply:
        return self._written(rest, trace_page(self._trace()))

    def do_write_source(self, rest: str) -> Reply:
        return self._written(rest, self.session.program.source)

    def _written(self, name: str, text: str) -> Reply:
        try:
            Path(needed(name, "the name of a file")).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {name}: {error.strerror or error}") from error
        return Reply((f"written to {name}",), {"file": name})
