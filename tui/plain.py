"""The line mode: one command a line, answers in plain words or JSON. For screen readers, dumb terminals and pipes.

    neuraldbg step script.py --plain              # type commands, `help` lists them
    echo 'b 12; c; locals' | neuraldbg step script.py --plain --json

The same verbs as on the screen, by their names or letters (plain_table.py, docs/plain.md). No terminal control is
written, nothing is drawn, and Textual is not imported. Several commands on one line stand apart by ``;``.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from neuraldbg.errors import ExitCode, NeuraldbgError, UsageError
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session, StepSource
from neuraldbg.steps import Trace, step_to_json
from neuraldbg.tui.keeping import Keeper
from neuraldbg.tui.plain_commands import Reply
from neuraldbg.tui.plain_files import Commands
from neuraldbg.tui.plain_table import COMMANDS
from neuraldbg.tui.text import visible

PROMPT = "neuraldbg> "


class LineStepper(Commands):
    """Reads commands, runs them, answers.

    Args:
        session: what is stepped through.
        check: runs the program for real; only after ``check yes``.
        out: where answers go.
        as_json: answers are JSON, an object a line.
        predict: steps of another entry or another text; None where only traces can be stepped through.
        keeper: what is kept between runs.
        by_hand: a person types: an empty line does the last move again, breakpoints are kept.
    """

    def __init__(
        self,
        session: Session,
        check: Callable[[Program, Cancelled], Trace] | None,
        out: TextIO,
        as_json: bool = False,
        predict: Callable[[Program], StepSource] | None = None,
        keeper: Keeper | None = None,
        by_hand: bool = False,
    ) -> None:
        super().__init__(session, check)
        self._out, self._json, self._by_hand = out, as_json, by_hand
        self.predict, self.keeper, self.keeps = predict, keeper, by_hand
        self._last_move = "into"
        self.failed = False  # a command was not understood or could not be done

    def run(self, lines: Iterator[str], auto_check: bool = False) -> int:
        """Runs commands until ``quit`` or the end of the input; the exit code."""
        if self.keeps and self.keeper is not None and any(self.keeper.load(self.session.program.filename)):
            self.run_line("recall")
        self.run_line("into")
        if auto_check:
            self.run_line("check yes")
        for line in lines:
            for part in split(line) or ([self._last_move] if self._by_hand else []):
                self.run_line(part)
                if self.done:
                    return self._exit_code()
        return self._exit_code()

    def run_line(self, line: str) -> None:
        """Runs one command and writes the answer."""
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#!") or line.lstrip().startswith("# "):
            return
        try:
            with self._interruptible():
                reply = self.answer(word, rest.strip())
        except (NeuraldbgError, IndexError, OSError) as error:
            self._fail(line, str(error))
        except KeyError as error:
            self._fail(line, f"there is no {error.args[0] if error.args else error} here")
        else:
            self._write(line, reply)

    def answer(self, word: str, rest: str) -> Reply:
        """What a command says.

        Raises:
            UsageError: if there is no such command.
        """
        name = COMMANDS.find(word)
        if name is None:
            raise UsageError(f"no command {word!r}; help lists them")
        method: Callable[[str], Reply] = getattr(self, f"do_{name}")
        if COMMANDS[name].moves:
            self._last_move = f"{name} {rest}"
        return method(rest)

    def _fail(self, line: str, text: str) -> None:
        self.failed = True
        if self._json:
            self._print({"command": line.strip(), "error": text})
        else:
            print(f"error: {visible(text)}", file=self._out, flush=True)

    def _write(self, line: str, reply: Reply) -> None:
        if not self._json:
            for text in reply.lines:
                print(visible(text), file=self._out)
            self._out.flush()
            return
        session = self.session
        data: dict[str, Any] = {
            "command": line.strip(),
            "index": session.cursor,
            "known": len(session.known),
            "complete": session.complete,
            "origin": session.source.origin.value,
            "branch": session.branch,
            "message": reply.message,
        }
        if reply.moved:
            data |= self._move()
        self._print({**data, **reply.data})

    def _move(self) -> dict[str, Any]:
        session, stop = self.session, self.session.stop
        step = session.current
        data: dict[str, Any] = {
            "reason": stop.reason.value,
            "step": step_to_json(step) if step is not None else None,
            "changed": sorted(session.changed(session.cursor)) if step is not None else [],
            "hits": [hit.id for hit in stop.hits],
            "logs": [log.text for log in stop.logs],
            "failures": [failure.reason for failure in stop.failures],
        }
        verdict = self.cross_check.overall(session.cursor) if self.cross_check is not None else None
        return data | ({"verdict": verdict.value} if verdict is not None else {})

    def _print(self, row: dict[str, Any]) -> None:
        print(json.dumps(row), file=self._out, flush=True)

    def _exit_code(self) -> int:
        check = self.cross_check
        if self.failed:
            return ExitCode.USAGE
        differs = check is not None and check.comparison is not None and not check.comparison.agree
        return ExitCode.DIVERGED if differs else ExitCode.OK

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C cancels the command; what is known by then is kept."""
        self.stop = threading.Event()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, lambda number, frame: self.stop.set())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def split(line: str) -> list[str]:
    """The commands of a line: they stand apart by ``;`` outside of quotes and brackets."""
    parts, start, quote, depth = [], 0, "", 0
    for i, char in enumerate(line):
        if quote:
            quote = "" if char == quote and line[i - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == ";" and depth <= 0:
            parts.append(line[start:i])
            start = i + 1
    return [part.strip() for part in [*parts, line[start:]] if part.strip()]


def read_lines(stdin: TextIO, out: TextIO, prompt: bool) -> Iterator[str]:
    """Lines of the input, after a prompt where a person types them."""
    editing = prompt and stdin is sys.stdin and _line_editing()
    while True:
        if prompt and not editing:
            print(PROMPT, end="", file=out, flush=True)
        try:
            line = input(PROMPT) + "\n" if editing else stdin.readline()
        except KeyboardInterrupt:
            print(file=out)
            continue
        except EOFError:
            print(file=out)
            return
        if not line:
            return
        yield line


def _line_editing() -> bool:
    """Whether ``input`` lets a line be edited, with a history."""
    try:
        import readline
    except ImportError:
        return False
    return bool(readline.__doc__)


def run_plain(
    program: Program,
    source: Callable[[], StepSource],
    stdin: TextIO,
    out: TextIO,
    check: Callable[[Program, Cancelled], Trace] | None = None,
    as_json: bool = False,
    auto_check: bool = False,
    predict: Callable[[Program], StepSource] | None = None,
    keep: Path | None = None,
) -> int:
    """The line mode until ``quit`` or the end of the input; the exit code."""
    by_hand = not as_json and stdin.isatty()
    keeper = Keeper(keep) if keep is not None else None
    stepper = LineStepper(Session(program, source()), check, out, as_json, predict, keeper, by_hand)
    return stepper.run(read_lines(stdin, out, prompt=by_hand), auto_check)
