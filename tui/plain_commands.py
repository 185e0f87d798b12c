"""The commands of the line mode: their names, and those that move, look and write files.

The others are in plain_changes.py.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from neuraldbg.errors import UsageError
from neuraldbg.printed import Prints, traceback_text
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session
from neuraldbg.steps import UNSURE_BELOW, Event, Origin, Trace, write_trace
from neuraldbg.tui.page import trace_page
from neuraldbg.tui.text import clip, outcome_of, place
from neuraldbg.tui.verbs import VERBS, reason_text
from neuraldbg.tui.verdicts import CrossCheck, trace_of
from neuraldbg.variables import history

WIDTH = 200  # of a value in words; `value NAME` gives the whole


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        lines: in words.
        data: the same for JSON.
        message: why a verb stopped, empty for others.
        moved: a verb ran.
    """

    lines: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    moved: bool = False


# name -> letters, what to write behind it, what it does
_TABLE: Final[Mapping[str, tuple[str, str, str]]] = {
    "into": ("s step", "", "the next step"),
    "over": ("n next", "", "step over calls"),
    "out": ("r return", "", "run to this function's return, then the caller"),
    "continue": ("c cont", "", "to a breakpoint or the end"),
    "to_line": ("t until", "LINE", "run to a line"),
    "to_change": ("w", "NAME", "run until a variable changes"),
    "next_turn": ("i", "", "to the next turn of the loop"),
    "to_turn": ("turn", "N", "to turn N of the loop"),
    "to_step": ("g goto", "N", "to step N"),
    "back": ("S", "", "one step back"),
    "back_over": ("N", "", "back over calls"),
    "back_out": ("O", "", "back to where the call was made"),
    "reverse_continue": ("C", "", "back to a breakpoint or the start"),
    "back_to_line": ("T", "LINE", "back to a line"),
    "back_to_change": ("W", "NAME", "back to where a variable changed"),
    "previous_turn": ("I", "", "to the turn before"),
    "restart": ("R", "", "to the first step"),
    "where": ("here bt", "", "where we are, and the calls that led here"),
    "list": ("l", "", "the source around the line"),
    "up": ("u", "", "look at the caller's frame"),
    "down": ("d", "", "look at the callee's frame"),
    "locals": ("vars", "[TEXT]", "the variables of the frame; only those with TEXT"),
    "value": ("v", "NAME", "a whole value"),
    "print": ("p", "EXPRESSION", "an expression over the variables"),
    "watch": ("display", "[EXPRESSION]", "show an expression after every step; alone: list them"),
    "unwatch": ("undisplay", "[EXPRESSION]", "stop that; alone: all of them"),
    "history": ("H", "NAME", "the values a variable had"),
    "output": ("o", "", "what has been printed by now"),
    "traceback": ("tb", "", "the traceback of a raised exception"),
    "break": ("b", "[LINE|FUNCTION][, CONDITION]", "set a breakpoint; alone: list them"),
    "break_on_change": ("watchpoint", "NAME", "stop when a variable changes"),
    "break_on_exception": ("catch", "[TYPES]", "stop where an exception is raised"),
    "delete": ("clear", "ID", "remove a breakpoint"),
    "toggle": ("disable", "ID", "switch a breakpoint on or off"),
    "alternatives": ("a", "[N]", "what else could come here; N goes on with it"),
    "set": ("= !", "NAME = EXPRESSION", "give a variable a value and go on from there"),
    "jump": ("j", "LINE", "a line runs next"),
    "branches": ("f", "[N]", "ways that were left; N returns to one"),
    "check": ("x", "yes", "RUN the program for real and compare"),
    "next_difference": ("e", "", "the next step that differs"),
    "previous_difference": ("E", "", "the one before"),
    "adopt": ("A", "", "adopt the truth here and predict on from it"),
    "scores": ("X", "", "how right the prediction is"),
    "save": ("", "FILE", "save the known steps as a trace"),
    "report": ("", "FILE", "write the known steps as an HTML page"),
    "help": ("h ?", "", "this list"),
    "quit": ("q exit", "", "leave"),
}
_VERB_NAMES = {
    "into": "step_into",
    "over": "step_over",
    "out": "step_out",
    "continue": "continue_",
    "next_turn": "next_iteration",
    "previous_turn": "previous_iteration",
}


class CommandTable:
    """Names and letters of the commands."""

    def __init__(self) -> None:
        self._names = {n: n for n in _TABLE}
        for name, (letters, _, _) in _TABLE.items():
            self._names.update(dict.fromkeys(letters.split(), name))

    def find(self, word: str) -> str | None:
        """The command of a word, None if there is none."""
        return self._names.get(word)

    def __iter__(self) -> Any:
        return iter(_TABLE)


COMMANDS: Final = CommandTable()


def number_of(text: str, what: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise UsageError(f"give {what}")
    return int(text)


class Basics:
    """One method a command: ``do_NAME(rest of the line)``."""

    def __init__(self, session: Session, check: Callable[[Program, Cancelled], Trace] | None) -> None:
        self.session, self._check = session, check
        self.cross_check: CrossCheck | None = None
        self.stop = threading.Event()
        self.done = False
        self._frame = 0
        self._watches: list[str] = []
        for name in ("into", "over", "out", "continue", "next_turn", "previous_turn"):
            setattr(self, f"do_{name}", self._verb(_VERB_NAMES[name]))
        for name in ("back", "back_over", "back_out", "reverse_continue", "restart"):
            setattr(self, f"do_{name}", self._verb(name))

    # Moving

    def _verb(self, name: str) -> Callable[[str], Reply]:
        def run(rest: str) -> Reply:
            VERBS[name](self.session, self.stop.is_set)
            return self._moved()

        return run

    def _moved(self, said: str = "") -> Reply:
        """Where we are now, and what is new."""
        session, self._frame = self.session, 0
        if self.cross_check is not None:
            self.cross_check.update(session.source.origin, session.known, session.complete)
        message = said or reason_text(session)
        lines = [message] if message else []
        lines += [f"log: {log.text}" for log in session.stop.logs]
        lines += self._position()
        watched = {w: self._evaluated(w) for w in self._watches}
        lines += [f"  watch {text}" for text in watched.values()]
        return Reply(tuple(lines), {"watches": watched} if watched else {}, message, True)

    def _position(self) -> list[str]:
        session, step = self.session, self.session.current
        if step is None:
            return []
        source = session.program.lines
        code = f": {source[step.line - 1].strip()}" if 0 < step.line <= len(source) else ""
        predicted = " (predicted)" if session.source.origin is Origin.PREDICTED else ""
        outcome = outcome_of(step)
        sure = step.confidence.move if step.confidence is not None else 1.0
        doubt = ", likelihood unknown" if sure is None else f", unsure {sure:.0%}" if sure < UNSURE_BELOW else ""
        lines = [f"step {session.cursor}{predicted}{doubt}, {place(step)}{code}"]
        if outcome is not None:
            own = step.confidence.value if step.confidence is not None else None
            lines.append(f"  {outcome[0]} {clip(outcome[1], WIDTH)}{sure_text(own)}")
        changed = session.changed(session.cursor) if step.event is not Event.CALL else frozenset(step.locals)
        sures = session.timeline.sure[session.cursor]
        lines += [f"  {n} = {clip(v, WIDTH)}{sure_text(sures.get(n))}" for n, v in step.locals.items() if n in changed]
        words = self.cross_check.words(session.cursor) if self.cross_check is not None else None
        return lines + ([f"  {words[0]}"] if words is not None else [])

    def do_to_line(self, rest: str) -> Reply:
        self.session.run_to_line(number_of(rest, "a line number"), self.stop.is_set)
        return self._moved()

    def do_back_to_line(self, rest: str) -> Reply:
        self.session.back_to_line(number_of(rest, "a line number"))
        return self._moved()

    def do_to_change(self, rest: str) -> Reply:
        self.session.run_to_change(needed(rest, "the name of a variable"), self.stop.is_set)
        return self._moved()

    def do_back_to_change(self, rest: str) -> Reply:
        self.session.back_to_change(needed(rest, "the name of a variable"))
        return self._moved()

    def do_to_turn(self, rest: str) -> Reply:
        self.session.run_to_iteration(number_of(rest, "the number of a turn"), self.stop.is_set)
        return self._moved()

    def do_to_step(self, rest: str) -> Reply:
        number = number_of(rest, "the number of a step")
        here = max(self.session.cursor, 0)
        self.session.run_to_step(max(0, here + number) if rest[0] in "+-" else number, self.stop.is_set)
        return self._moved()

    # Looking

    def _current_frame(self) -> Any:
        stack = self.session.stack()
        if not stack:
            raise UsageError("there is no step yet")
        return stack[min(self._frame, len(stack) - 1)]

    def do_where(self, rest: str) -> Reply:
        frames = [{"function": f.function, "line": f.line, "step": f.index} for f in self.session.stack()]
        marks = ["*" if i == self._frame else " " for i in range(len(frames))]
        calls = [f"{m} {f['function']}, line {f['line']}" for m, f in zip(marks, frames, strict=True)]
        return Reply((*self._position()[:1], *calls), {"stack": frames})

    def do_list(self, rest: str) -> Reply:
        lines, at = self.session.program.lines, self._current_frame().line
        near = range(max(1, at - 5), min(len(lines), at + 5) + 1)
        shown = (f"{'here' if n == at else '    '} {n}: {clip(lines[n - 1], WIDTH)}" for n in near)
        return Reply(tuple(shown), {"line": at})

    def do_up(self, rest: str) -> Reply:
        self._frame = min(self._frame + 1, len(self.session.stack()) - 1)
        return self.do_locals("")

    def do_down(self, rest: str) -> Reply:
        self._frame = max(0, self._frame - 1)
        return self.do_locals("")

    def do_locals(self, rest: str) -> Reply:
        frame = self._current_frame()
        found = {n: v for n, v in frame.locals.items() if rest.lower() in n.lower() or rest.lower() in v.lower()}
        lines = [f"locals of {frame.function}, line {frame.line}" + ("" if found else ": none")]
        for name, value in found.items():
            new = ", changed" if name in frame.changed else ""
            lines.append(f"  {name} = {clip(value, WIDTH)}{sure_text(frame.sure.get(name))}{new}")
        sures = {n: round(p, 4) for n, p in frame.sure.items() if n in found}
        return Reply(tuple(lines), {"function": frame.function, "locals": found, "confidence": sures})

    def do_value(self, rest: str) -> Reply:
        frame = self._current_frame()
        if rest not in frame.locals:
            return self.do_print(rest)
        text = frame.locals[rest]
        return Reply((text,), {"value": text, "confidence": frame.sure.get(rest)})

    def do_print(self, rest: str) -> Reply:
        found = self.session.evaluate(needed(rest, "an expression"), self._current_frame().index)
        data = {"kind": found.kind.value, "value": found.text, "reason": found.reason, "confidence": found.confidence}
        words = (
            f"{found.text}{sure_text(found.confidence)}"
            if found.ok
            else f"no value ({found.kind.value}): {found.reason}"
        )
        return Reply((words,), data)

    def _evaluated(self, expression: str) -> str:
        return f"{expression} = {self.do_print(expression).lines[0]}"

    def do_watch(self, rest: str) -> Reply:
        if rest and rest not in self._watches:
            self._watches.append(rest)
        watched = {w: self._evaluated(w) for w in ([rest] if rest else self._watches)}
        return Reply(tuple(watched.values()) or ("nothing is watched",), {"watches": watched})

    def do_unwatch(self, rest: str) -> Reply:
        self._watches = [w for w in self._watches if rest and w != rest]
        return Reply((f"{len(self._watches)} watched",))

    def do_history(self, rest: str) -> Reply:
        frame = self._current_frame()
        values = history(self.session.timeline, needed(rest, "the name of a variable"), frame.function)
        rows = [{"step": v.index, "last": v.last, "value": v.text, "confidence": v.confidence} for v in values]
        words = (f"step {v.index}: {clip(v.text or 'unbound', WIDTH)}{sure_text(v.confidence)}" for v in values)
        return Reply(tuple(words) or (f"{rest} had no value in {frame.function}",), {"history": rows})

    def do_output(self, rest: str) -> Reply:
        prints = Prints(self.session.code)
        text = "".join(p.text for p in prints.upto(self.session.timeline, self.session.cursor))
        if not text:
            return Reply(("nothing has been printed, as far as it can be told",), {"output": ""})
        more = ("(it also writes in ways that are not followed)",) if prints.others else ()
        return Reply((*text.split("\n")[: None if not text.endswith("\n") else -1], *more), {"output": text})

    def do_traceback(self, rest: str) -> Reply:
        step = self.session.current
        if step is None or step.event is not Event.EXCEPTION:
            raise UsageError("no exception is raised here")
        text = traceback_text(self.session.program, self.session.timeline, self.session.cursor)
        return Reply(tuple(text.split("\n")), {"traceback": text})

    # Files, and the rest

    def _trace(self) -> Trace:
        session = self.session
        return trace_of(session.program, session.source.origin, session.known, session.complete)

    def do_save(self, rest: str) -> Reply:
        try:
            with Path(needed(rest, "the name of a file")).open("w", encoding="utf-8") as out:
                write_trace(self._trace(), out)
        except OSError as error:
            raise UsageError(f"cannot write {rest}: {error.strerror or error}") from error
        return Reply((f"{len(self.session.known)} steps written to {rest}",))

    def do_report(self, rest: str) -> Reply:
        try:
            Path(needed(rest, "the name of a file")).write_text(trace_page(self._trace()), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {rest}: {error.strerror or error}") from error
        return Reply((f"written to {rest}",))

    def do_help(self, rest: str) -> Reply:
        lines = []
        for name, (letters, argument, what) in _TABLE.items():
            also = f" ({', '.join(letters.split())})" if letters else ""
            lines.append(f"{name}{also}{' ' + argument if argument else ''}: {what}")
        return Reply(tuple(lines), {"commands": list(_TABLE)})

    def do_quit(self, rest: str) -> Reply:
        self.done = True
        return Reply(())


def needed(text: str, what: str) -> str:
    if not text:
        raise UsageError(f"give {what}")
    return text


def sure_text(probability: float | None) -> str:
    if probability is None:
        return ""
    return f" (unsure, {int(probability * 100)}%)" if probability < UNSURE_BELOW else f" ({int(probability * 100)}%)"
