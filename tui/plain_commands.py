"""The commands of the line mode that move and look; plain_table.py lists all of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from neuraldbg.errors import UsageError
from neuraldbg.marks import MarkKind, next_mark
from neuraldbg.printed import Prints, traceback_text
from neuraldbg.program import Program
from neuraldbg.session import Cancelled, Session
from neuraldbg.steps import UNSURE_BELOW, Event, Origin, Step, Trace
from neuraldbg.trees import Tree, labels_of
from neuraldbg.tui.inline import inline_values
from neuraldbg.tui.plain_table import COMMANDS, TABLE, command_text
from neuraldbg.tui.text import clip, outcome_of, place, visible
from neuraldbg.tui.verbs import VERBS, reason_text
from neuraldbg.tui.verdicts import CrossCheck
from neuraldbg.variables import history

PAGE = 100  # parts of a value at a time
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


_VERB_NAMES: Final = {
    "into": "step_into",
    "over": "step_over",
    "out": "step_out",
    "continue": "continue_",
    "next_turn": "next_iteration",
    "previous_turn": "previous_iteration",
}


def number_of(text: str, what: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise UsageError(f"give {what}")
    return int(text)


class Basics:
    """One method a command: ``do_NAME(rest of the line)``."""

    def __init__(self, session: Session, check: Callable[[Program, Cancelled], Trace] | None) -> None:
        self.session, self._check = session, check
        self.inline = True
        self.cross_check: CrossCheck | None = None
        self.stop = threading.Event()
        self.done = False
        self._frame = 0
        self._watches: list[str] = []
        self._pins: set[tuple[str, str]] = set()  # function, name
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
        message = said or reason_text(session, logs=False)
        lines = [visible(message)] if message else []
        lines += [f"log: {log.text}" for log in session.stop.logs]
        lines += self._position()
        watched = self._watched()
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

    def _goto(self, index: int | None, what: str) -> Reply:
        if index is None:
            raise UsageError(f"no {what} among the known steps")
        self.session.goto(index)
        return self._moved()

    def _to_mark(self, direction: int) -> Reply:
        kinds = (MarkKind.BREAKPOINT, MarkKind.EXCEPTION, MarkKind.DIVERGENCE)
        check, session = self.cross_check, self.session
        differing = [i for i in range(len(session.known)) if check.differs(i)] if check is not None else []
        index = next_mark(session.marks(differing), session.cursor, kinds, direction)
        return self._goto(index, f"marked step {'after' if direction > 0 else 'before'} this one")

    def do_next_mark(self, rest: str) -> Reply:
        return self._to_mark(1)

    def do_previous_mark(self, rest: str) -> Reply:
        return self._to_mark(-1)

    def _to_unsure(self, direction: int) -> Reply:
        known, at = self.session.known, self.session.cursor
        indices = range(at + direction, len(known) if direction > 0 else -1, direction)
        index = next((i for i in indices if unsure(known[i])), None)
        return self._goto(index, f"unsure step {'after' if direction > 0 else 'before'} this one")

    def do_next_unsure(self, rest: str) -> Reply:
        return self._to_unsure(1)

    def do_previous_unsure(self, rest: str) -> Reply:
        return self._to_unsure(-1)

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
        lines, frame = self.session.program.lines, self._current_frame()
        first, last = max(1, frame.line - 5), frame.line + 5
        if rest:
            given = [number_of(part, "line numbers") for part in rest.replace(",", " ").split()]
            first, last = given[0], given[1] if len(given) > 1 else given[0] + 10
        shown = range(max(1, first), min(len(lines), last) + 1)
        behind = inline_values(self.session.timeline, frame.index) if self.inline else {}
        words = []
        for n in shown:
            values = f"  -- {behind[n]}" if n in behind else ""
            words.append(f"{'here' if n == frame.line else '    '} {n}: {clip(lines[n - 1], WIDTH)}{values}")
        rows = [{"line": n, "text": lines[n - 1], "values": behind.get(n, "")} for n in shown]
        return Reply(tuple(words) or ("there are no such lines",), {"line": frame.line, "lines": rows})

    def do_longlist(self, rest: str) -> Reply:
        return self.do_list(f"1 {len(self.session.program.lines)}")

    def do_inline(self, rest: str) -> Reply:
        self.inline = not self.inline
        return Reply((f"values behind the lines: {'on' if self.inline else 'off'}",), {"inline": self.inline})

    def do_up(self, rest: str) -> Reply:
        self._frame = min(self._frame + 1, len(self.session.stack()) - 1)
        return self.do_locals("")

    def do_down(self, rest: str) -> Reply:
        self._frame = max(0, self._frame - 1)
        return self.do_locals("")

    def do_locals(self, rest: str) -> Reply:
        frame, wanted = self._current_frame(), rest.lower()
        found = {n: v for n, v in frame.locals.items() if wanted in n.lower() or wanted in v.lower()}
        pinned = [n for n in found if (frame.function, n) in self._pins]
        lines = [f"locals of {frame.function}, line {frame.line}" + ("" if found else ": none")]
        for name in [*pinned, *(n for n in found if n not in pinned)]:
            new = ", changed" if name in frame.changed else ""
            kept = ", pinned" if name in pinned else ""
            lines.append(f"  {name} = {clip(found[name], WIDTH)}{sure_text(frame.sure.get(name))}{new}{kept}")
        sures = {n: round(p, 4) for n, p in frame.sure.items() if n in found}
        changed = [n for n in found if n in frame.changed]
        data = {"function": frame.function, "locals": found, "confidence": sures, "changed": changed, "pinned": pinned}
        return Reply(tuple(lines), data)

    def do_pin(self, rest: str) -> Reply:
        function = self._current_frame().function
        if rest:
            if rest not in self._current_frame().locals:
                raise UsageError(f"there is no {rest} in {function}")
            self._pins ^= {(function, rest)}
        names = sorted(n for f, n in self._pins if f == function)
        return Reply((f"pinned in {function}: {', '.join(names) or 'nothing'}",), {"pinned": names})

    def do_parts(self, rest: str) -> Reply:
        match = re.fullmatch(r"(.+?)(?:\s+(\d{1,9}))?", needed(rest, "a name, or a part such as d['k'][0]"))
        assert match is not None
        path, start = match[1], int(match[2] or 0)
        name, *inside = labels_of(path)
        frame = self._current_frame()
        if name not in frame.locals:
            raise UsageError(f"there is no {name} in {frame.function}")
        tree = Tree(frame.locals[name], name)
        for label in inside:
            child = tree.child(label)
            if child is None:
                raise UsageError(f"{tree.path or name} has no part {label}")
            tree = child.tree()
        parts = tree.children(start, start + PAGE)
        lines = [f"{path}: {tree.type_name or 'a single value'}, {tree.count} parts"]
        lines += [f"  {part.label or '-'} = {clip(part.text, WIDTH)}" for part in parts]
        if start + len(parts) < tree.count:
            lines.append(f"  more: parts {path} {start + len(parts)}")
        rows = [{"label": part.label, "text": part.text, "path": part.path} for part in parts]
        return Reply(tuple(lines), {"kind": tree.kind.value, "count": tree.count, "from": start, "parts": rows})

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

    def _watched(self) -> dict[str, str]:
        if self.session.current is None:
            return dict.fromkeys(self._watches, "no value (unknown): there is no step yet")
        return {w: self._evaluated(w) for w in self._watches}

    def do_watch(self, rest: str) -> Reply:
        if rest and rest not in self._watches:
            self._watches.append(rest)
        watched = self._watched()
        shown = [watched[rest]] if rest else [*watched.values()]
        return Reply(tuple(shown) or ("nothing is watched",), {"watches": watched})

    def do_unwatch(self, rest: str) -> Reply:
        self._watches = [w for w in self._watches if rest and w != rest]
        return Reply((f"{len(self._watches)} watched",), {"watches": self._watched()})

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

    # The rest

    def do_help(self, rest: str) -> Reply:
        name = COMMANDS.find(rest) if rest else None
        if rest and name is None:
            raise UsageError(f"no command {rest!r}; help lists them")
        chosen = [COMMANDS[name]] if name is not None else [*TABLE]
        rows = [{"name": c.name, "also": [*c.letters], "argument": c.argument, "help": c.help} for c in chosen]
        return Reply(tuple(map(command_text, chosen)), {"commands": rows})

    def do_quit(self, rest: str) -> Reply:
        self.done = True
        return Reply(())


def unsure(step: Step) -> bool:
    sure = step.confidence
    return sure is not None and sure.lowest < UNSURE_BELOW


def needed(text: str, what: str) -> str:
    if not text:
        raise UsageError(f"give {what}")
    return text


def sure_text(probability: float | None) -> str:
    if probability is None:
        return ""
    return f" (unsure, {int(probability * 100)}%)" if probability < UNSURE_BELOW else f" ({int(probability * 100)}%)"
