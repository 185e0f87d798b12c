"""Every command of the line mode, in one table: its ``help`` and docs/plain.md (``python -m neuraldbg.tui.plain_table
docs/plain.md``) are made from it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: also the end of its method's name (``do_NAME``).
        letters: other names.
        argument: what to write behind it.
        help: what it does.
        group: heading.
        fields: what its JSON answer has besides those of every answer, or of every move.
        moves: it goes to another step.
    """

    name: str
    letters: tuple[str, ...]
    argument: str
    help: str
    group: str
    fields: tuple[str, ...] = ()
    moves: bool = False


def _moving(group: str, *rows: tuple[str, str, str, str]) -> list[Command]:
    return [
        Command(name, tuple(letters.split()), argument, what, group, (), True) for name, letters, argument, what in rows
    ]


def _other(group: str, *rows: tuple[str, str, str, str, str]) -> list[Command]:
    return [
        Command(name, tuple(letters.split()), argument, what, group, tuple(fields.split()))
        for name, letters, argument, what, fields in rows
    ]


TABLE: Final[tuple[Command, ...]] = (
    *_moving(
        "Forward",
        ("into", "s step", "", "the next step"),
        ("over", "n next", "", "step over calls"),
        ("out", "r return", "", "run to this function's return, then the caller"),
        ("continue", "c cont", "", "to a breakpoint or the end"),
        ("to_line", "t until", "LINE", "run to a line"),
        ("to_change", "w", "NAME", "run until a variable changes"),
        ("next_turn", "i", "", "to the next turn of the loop"),
        ("to_turn", "turn #", "N", "to turn N of the loop"),
        ("to_step", "g goto", "N", "to step N; +N and -N count from here"),
    ),
    *_moving(
        "Backward",
        ("back", "S", "", "one step back"),
        ("back_over", "N", "", "back over calls"),
        ("back_out", "O", "", "back to where the call was made"),
        ("reverse_continue", "C", "", "back to a breakpoint or the start"),
        ("back_to_line", "T", "LINE", "back to a line"),
        ("back_to_change", "W", "NAME", "back to where a variable changed"),
        ("previous_turn", "I", "", "to the turn before"),
        ("restart", "R", "", "to the first step; known steps are kept"),
    ),
    *_other(
        "Look",
        ("where", "here bt", "", "where we are, and the calls that led here", "stack"),
        ("list", "l", "[FROM [TO]]", "the source around the line, or these lines", "line lines"),
        ("longlist", "ll", "", "the whole source", "line lines"),
        ("inline", "L", "", "values behind the lines of the source: on, off", "inline"),
        ("up", "u", "", "look at the caller's frame", "function locals confidence changed pinned"),
        ("down", "d", "", "look at the callee's frame", "function locals confidence changed pinned"),
        (
            "locals",
            "vars /",
            "[TEXT]",
            "the variables of the frame; only those with TEXT",
            "function locals confidence changed pinned",
        ),
        ("pin", "P", "[NAME]", "keep a variable on top of `locals`, or let it go; alone: list them", "pinned"),
        ("value", "v", "NAME", "a whole value", "value confidence"),
        (
            "parts",
            "",
            "PATH [FROM]",
            "the parts of a value, a hundred at a time, such as parts d['k'] 100",
            "kind count from parts",
        ),
        ("print", "p", "EXPRESSION", "an expression over the variables", "kind value reason confidence"),
        ("watch", "display", "[EXPRESSION]", "show an expression after every step; alone: list them", "watches"),
        ("unwatch", "undisplay", "[EXPRESSION]", "stop that; alone: all of them", "watches"),
        ("history", "H", "NAME", "the values a variable had", "history"),
        ("output", "o", "", "what has been printed by now", "output"),
        ("traceback", "tb", "", "the traceback of a raised exception", "traceback"),
    ),
    *_moving(
        "Look",
        ("next_mark", "m", "", "to the next exception, breakpoint or differing step among those known"),
        ("previous_mark", "M", "", "to the one before"),
        ("next_unsure", "z", "", "to the next known step of which the model is unsure"),
        ("previous_unsure", "Z", "", "to the one before"),
    ),
    *_other(
        "Breakpoints",
        ("break", "b", "[LINE|FUNCTION][, CONDITION]", "set a breakpoint; alone: list them", "id breakpoints"),
        ("break_on_change", "watchpoint", "NAME [in FUNCTION]", "stop when a variable changes", "id"),
        (
            "break_on_exception",
            "catch",
            "[uncaught] [TYPES]",
            "stop where an exception is raised, or where one ends the program",
            "id",
        ),
        ("condition", "", "ID [EXPRESSION]", "stop there only if; alone: always", "id"),
        ("hits", "ignore", "ID [COUNT]", "stop at some meetings: 3, >= 3, % 3; alone: at all", "id"),
        ("log", "", "ID [MESSAGE]", "log a message such as n is {n} instead of stopping; alone: stop", "id"),
        ("delete", "clear", "ID", "remove a breakpoint", "id"),
        ("toggle", "disable enable", "ID", "switch a breakpoint on or off", "id enabled"),
        ("recall", "", "", "take the breakpoints and watches that were kept for this script", "breakpoints watches"),
    ),
    *_other(
        "Predictions and what if",
        ("alternatives", "a", "", "what else could come here, and how likely", "alternatives"),
    ),
    *_moving(
        "Predictions and what if",
        ("choose", "", "N", "go on with way N of these, on a branch"),
        (
            "set",
            "= !",
            "NAME = EXPRESSION",
            "give a variable, a part (d['k'][0]) or `returns` a value and go on, on a branch",
        ),
        ("jump", "j", "LINE", "a line runs next, on a branch"),
        ("edit_source", "", "[FILE]", "go on under the text of FILE, or of the script as it is now, on a branch"),
        ("switch", "", "N", "return to branch N"),
    ),
    *_other(
        "Predictions and what if",
        ("branches", "f", "", "ways that were taken and left", "branches"),
        ("write_source", "", "FILE", "write the source as it was changed here", "file"),
        ("entries", "", "", "calls to begin with", "entries"),
    ),
    *_moving(
        "Predictions and what if",
        ("entry", "", "N|CALL|script", "begin anew with call N of `entries`, or with f(1, [2])"),
    ),
    *_other("Against the real run", ("check", "x", "yes", "RUN the program for real and compare", "comparison")),
    *_moving(
        "Against the real run",
        ("next_difference", "e", "", "the next step that differs"),
        ("previous_difference", "E", "", "the one before"),
        ("adopt", "A", "", "adopt the truth here and predict on from it, on a branch"),
    ),
    *_other("Against the real run", ("scores", "X", "", "how right the prediction is", "comparison")),
    *_moving("Other", ("open", "", "FILE", "step through another trace (.jsonl) or program")),
    *_other(
        "Other",
        ("save", "", "FILE", "write the known steps as a trace", "file"),
        ("report", "", "FILE", "write the known steps as an HTML page", "file"),
        ("help", "h ?", "[COMMAND]", "this list", "commands"),
        ("quit", "q exit", "", "leave", ""),
    ),
)

ALWAYS: Final = {
    "command": "the command as it was written",
    "index": "number of the step we are at, from 0; -1 before the first",
    "known": "how many steps are known",
    "complete": "the trace is known to end after them",
    "origin": "`predicted`, `recorded` or `debugpy`: who says so",
    "branch": "number of the branch, 0 the first",
    "message": "how the move ended, in words; what is said on the screen",
}
MOVED: Final = {
    "reason": "why it stopped: `step`, `breakpoint`, `line`, `change`, `iteration`, `loop_end`, `no_loop`, `start`, "
    "`end`, `budget` (10,000 new steps; the same command goes on), `cancelled`",
    "step": "the step, as in docs/schema.md; null where there is none",
    "changed": "names that differ from this activation's previous stop",
    "hits": "ids of the breakpoints met here",
    "logs": "what log points said on the way",
    "failures": "why conditions could not be told",
    "watches": "expression -> its value in words; left out while nothing is watched",
    "verdict": "after `check`: `confirmed`, `different` or `unknown`",
}


class CommandTable:
    """Names and letters of the commands."""

    def __init__(self) -> None:
        self._names = {c.name: c for c in TABLE}
        for command in TABLE:
            self._names.update(dict.fromkeys(command.letters, command))

    def find(self, word: str) -> str | None:
        """The command of a word, None if there is none."""
        found = self._names.get(word)
        return found.name if found is not None else None

    def __getitem__(self, name: str) -> Command:
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter([c.name for c in TABLE])


COMMANDS: Final = CommandTable()


def command_text(command: Command) -> str:
    """``to_line (t, until) LINE: run to a line``."""
    also = f" ({', '.join(command.letters)})" if command.letters else ""
    return f"{command.name}{also}{' ' + command.argument if command.argument else ''}: {command.help}"


_HEAD: Final = """\
# Line mode: `neuraldbg step --plain`

One command a line, answers in plain words, nothing drawn: for screen readers, dumb terminals, pipes and agents.
Made from the table of commands by `python -m neuraldbg.tui.plain_table docs/plain.md`.

```sh
neuraldbg step examples/demo.py --plain                                        # type commands, `help` lists them
echo 'b half, n == 7; c; locals' | neuraldbg step examples/demo.py --plain     # several on a line stand apart by ;
echo 'c; p halves' | neuraldbg step examples/demo.py --plain --json            # an object a command
```

The session begins with the first step (an `into` that nobody has to write). In a terminal an empty line does the last
move again, lines can be edited, Ctrl-C stops a command and keeps the steps known by then, breakpoints and watches are
kept for the next time; in a pipe they are not, so that the same input gives the same output (`recall` takes them).
Lines that begin with `# ` say nothing. The real run is made only by `check yes`.

| exit code | |
|---|---|
| 0 | all is well |
| 1 | the real run differs |
| 2 | a command was not understood or could not be done; the others were |
| others | nothing could be stepped through: README, Exit codes |
"""

_JSON: Final = """
## JSON

With `--json` every command is answered by one object on one line, in order. Fields are added in later versions, never
renamed or removed. An answer that has `error` (one line that says what to do) has only `command` beside it; the
session goes on. Values are the `repr` that the program would show, whole; probabilities are from 0 to 1, left out or
null where a value was forced by the code, is real, or a server did not tell.

| in every answer | |
|---|---|
"""


def page() -> str:
    """docs/plain.md."""
    lines = [_HEAD]
    groups = dict.fromkeys(c.group for c in TABLE)
    for group in groups:
        lines += [f"\n## {group}\n", "| command | also | behind it | what it does | JSON |", "|---|---|---|---|---|"]
        for c in (c for c in TABLE if c.group == group):
            fields = "a move" if c.moves else " ".join(f"`{f}`" for f in c.fields)
            letters = " ".join(f"`{letter}`" for letter in c.letters)
            argument = f"`{c.argument}`".replace("|", "\\|") if c.argument else ""
            lines.append(f"| {c.name} | {letters} | {argument} | {c.help} | {fields} |")
    lines.append(_JSON.rstrip("\n"))
    lines += [f"| `{name}` | {what} |" for name, what in ALWAYS.items()]
    lines += ["\n| in the answer to a move | |", "|---|---|"]
    lines += [f"| `{name}` | {what} |" for name, what in MOVED.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
