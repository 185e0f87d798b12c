"""Every command of the stepper, in one table: key maps, the hint line, the help screen, the command palette and
docs/keys.md (``python -m neuraldbg.tui.bindings docs/keys.md``) are made from it.

Three key maps: ``pdb`` (letters; capitals go backwards), ``vscode`` (function keys in front, letters behind them, since
many terminals keep F10 and F11), ``pudb`` (arrows step, capitals go to panes).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neuraldbg.errors import UsageError


@dataclass(frozen=True, slots=True)
class Key:
    """One command.

    Attributes:
        id: its name in the configuration file.
        action: Textual action, as ``verb('step_into')``.
        keys: Textual key names, the one to advertise first; none: only in the command palette.
        label: a word for the hint line; empty to leave it out. In brackets: only if all others fit.
        help: a sentence for the help screen and the palette.
        group: heading on the help screen.
        vscode, pudb: the keys in these maps; None: the same, but for those that something else takes there.
    """

    id: str
    action: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    vscode: tuple[str, ...] | None = None
    pudb: tuple[str, ...] | None = None


FORWARD, BACKWARD, BREAK, CHECK = "Forward", "Backward", "Breakpoints", "Against the real run"
LOOK, GUESS, REST = "Look", "Predictions and what if", "Other"

KEYS: Final[tuple[Key, ...]] = (
    Key(
        "into",
        "verb('step_into')",
        ("s", "f11"),
        "into",
        "step into: the next step",
        FORWARD,
        ("f11", "s"),
        ("s", "right"),
    ),
    Key(
        "over",
        "verb('step_over')",
        ("n", "f10"),
        "over",
        "step over calls",
        FORWARD,
        ("f10", "n"),
        ("n", "shift+right"),
    ),
    Key(
        "out",
        "verb('step_out')",
        ("r", "shift+f11"),
        "out",
        "run to this function's return, then caller",
        FORWARD,
        ("shift+f11", "r"),
        ("r", "f"),
    ),
    Key(
        "continue",
        "verb('continue_')",
        ("c", "f5"),
        "continue",
        "continue to a breakpoint or the end",
        FORWARD,
        ("f5", "c"),
        ("c", "ctrl+right"),
    ),
    Key("to_line", "to_line", ("t",), "(to line)", "run to the line under the cursor", FORWARD, ("ctrl+f10", "t")),
    Key("to_change", "to_change", ("w",), "", "run until the selected local changes", FORWARD),
    Key("next_turn", "verb('next_iteration')", ("i",), "(turn)", "to the next turn of the loop", FORWARD),
    Key("to_turn", "to_turn", ("number_sign",), "", "to turn number n of the loop", FORWARD),
    Key("to_step", "to_step", ("g",), "", "to step number n; +n and -n count from here", FORWARD),
    Key(
        "back",
        "verb('back')",
        ("S", "backspace"),
        "back",
        "one step back",
        BACKWARD,
        ("alt+f11", "S", "backspace"),
        ("left", "backspace"),
    ),
    Key(
        "back_over",
        "verb('back_over')",
        ("N",),
        "(back over)",
        "back over calls",
        BACKWARD,
        ("alt+f10", "N"),
        ("shift+left", "N"),
    ),
    Key("back_out", "verb('back_out')", ("O",), "", "back to where the caller made the call", BACKWARD),
    Key(
        "reverse_continue",
        "verb('reverse_continue')",
        ("C",),
        "",
        "back to a breakpoint or the start",
        BACKWARD,
        ("alt+f5", "C"),
        ("ctrl+left",),
    ),
    Key("back_to_line", "back_to_line", ("T",), "", "back to the line under the cursor", BACKWARD),
    Key("back_to_change", "back_to_change", ("W",), "", "back to where the selected local changed", BACKWARD),
    Key("previous_turn", "verb('previous_iteration')", ("I",), "", "to the turn of the loop before", BACKWARD),
    Key(
        "restart",
        "verb('restart')",
        ("R",),
        "(restart)",
        "back to the first step; known steps are kept",
        BACKWARD,
        ("ctrl+shift+f5", "R"),
    ),
    Key("breakpoint", "breakpoint", ("b", "f9"), "break", "set or remove one at the cursor", BREAK, ("f9", "b")),
    Key(
        "new_breakpoint",
        "new_breakpoint",
        ("B", "shift+f9"),
        "",
        "a new one: condition, count, log, exception, ...",
        BREAK,
        ("shift+f9", "B"),
        ("ctrl+b",),
    ),
    Key("break_on_change", "break_on_change", ("ctrl+w",), "", "stop whenever the selected local changes", BREAK),
    Key("value", "value", ("v",), "(value)", "whole value of the selected local", LOOK),
    Key("history", "history", ("H",), "", "all values the selected local had", LOOK, None, ("ctrl+y",)),
    Key("filter", "filter", ("slash",), "", "show only locals with these characters", LOOK, None, ("ctrl+f",)),
    Key("pin", "pin", ("P",), "", "keep the selected local on top, or let it go", LOOK),
    Key("copy", "copy", ("y",), "", "copy the selected value", LOOK),
    Key("watch", "watch", ("p",), "(watch)", "watch an expression over the locals", LOOK),
    Key("up", "frame(1)", ("u", "left_square_bracket"), "", "look at the caller's frame", LOOK),
    Key("down", "frame(-1)", ("d", "right_square_bracket"), "", "look at the callee's frame", LOOK),
    Key(
        "here", "here", ("full_stop", "l"), "", "source cursor back to the current line", LOOK, None, ("H", "full_stop")
    ),
    Key(
        "find",
        "find",
        ("ctrl+f",),
        "",
        "find text in the source, or a line by number",
        LOOK,
        None,
        ("slash",),
    ),
    Key("find_again", "find_again", ("f3",), "", "find the same text again", LOOK),
    Key("inline", "inline", ("L",), "", "values behind the lines: on, off", LOOK),
    Key("next_mark", "mark(1)", ("m",), "", "next exception, breakpoint or differing step", LOOK),
    Key("previous_mark", "mark(-1)", ("M",), "", "previous one", LOOK),
    Key("output", "output", ("o",), "", "what the program has printed by now", LOOK),
    Key("focus_source", "focus_pane('source')", (), "", "go to the source", LOOK, None, ("C",)),
    Key("focus_locals", "focus_pane('locals')", (), "", "go to the locals", LOOK, None, ("V",)),
    Key("focus_stack", "focus_pane('stack')", (), "", "go to the stack", LOOK, None, ("S",)),
    Key("focus_breakpoints", "focus_pane('breakpoints')", (), "", "go to the breakpoints", LOOK, None, ("B",)),
    Key("alternatives", "alternatives", ("a",), "(other ways)", "what else could come here, and how likely", GUESS),
    Key("next_unsure", "unsure(1)", ("z",), "", "next step of which the model is unsure", GUESS),
    Key("previous_unsure", "unsure(-1)", ("Z",), "", "previous one", GUESS),
    Key("edit_value", "edit_value", ("equals_sign", "exclamation_mark"), "", "give the selected local a value", GUESS),
    Key("jump", "jump", ("j",), "", "the line under the cursor runs next", GUESS, None, ("J",)),
    Key("entry", "entry", ("ctrl+t",), "", "another function or call to step through", GUESS),
    Key("edit_source", "edit_source", ("ctrl+e",), "", "change the source in $EDITOR and go on", GUESS),
    Key("write_source", "write_source", (), "", "write the source, as it was changed here", GUESS),
    Key("branches", "branches", ("f",), "", "branches: ways that were left, to return to", GUESS, None, ("F",)),
    Key("check", "check", ("x",), "check", "run it for real (asks first) and compare", CHECK),
    Key("next_difference", "divergence(1)", ("e",), "", "next step that differs from the real run", CHECK),
    Key("previous_difference", "divergence(-1)", ("E",), "", "previous step that differs", CHECK),
    Key("adopt", "adopt", ("A",), "", "adopt the truth here and predict on from it", CHECK),
    Key("scores", "scores", ("X",), "", "summary: how right the prediction is", CHECK),
    Key("save", "save", ("ctrl+s",), "", "save the known steps as a trace (.jsonl)", REST),
    Key("open", "open", ("ctrl+o",), "", "open a trace (.jsonl) or a program", REST),
    Key("report", "report", ("ctrl+r",), "", "write the known steps as an HTML page", REST),
    Key("cancel", "cancel", ("escape", "ctrl+c"), "", "cancel what runs, drop the keys that wait", REST),
    Key("palette", "command_palette", ("colon", "ctrl+p"), "", "find a command by its name", REST),
    Key("theme", "theme", (), "", "dark, light, the terminal's own 16 colours", REST),
    Key("suspend", "suspend_process", ("ctrl+z",), "", "back to the shell; fg returns", REST),
    Key("help", "help", ("question_mark", "h"), "help", "this help", REST),
    Key("quit", "quit_stepper", ("q", "ctrl+q"), "quit", "leave", REST, ("q", "shift+f5", "ctrl+q")),
)

MAPS: Final = ("pdb", "vscode", "pudb")
KeyMap = Mapping[str, tuple[str, ...]]  # id of a command -> its keys

_NAMES = {
    "question_mark": "?",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "number_sign": "#",
    "slash": "/",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "colon": ":",
    "backspace": "Backspace",
    "escape": "Esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "enter": "Enter",
}
_SPELLINGS = {sign: name for name, sign in _NAMES.items() if len(sign) == 1} | {
    "esc": "escape",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "+": "plus",
    "-": "minus",
    "*": "asterisk",
    "@": "at",
    "%": "percent_sign",
    "&": "ampersand",
    "~": "tilde",
    "_": "underscore",
    ";": "semicolon",
    ",": "comma",
}
_MODIFIERS = ("ctrl", "shift", "alt")


def key_map(name: str = "pdb", own: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, tuple[str, ...]]:
    """The keys of every command.

    Args:
        name: one of :data:`MAPS`.
        own: id of a command -> its keys, by which the user replaces those of the map; they are taken from the others.

    Raises:
        UsageError: for a map or a command that there is not.
    """
    if name not in MAPS:
        raise UsageError(f"no key map {name!r}; there are {', '.join(MAPS)}")
    own = own or {}
    for id in own:
        if id not in {k.id for k in KEYS}:
            raise UsageError(f"no command {id!r} to bind keys to; docs/keys.md lists them")
    fixed = {k.id: (k.vscode if name == "vscode" else k.pudb if name == "pudb" else None) for k in KEYS}
    chosen = {id: keys for id, keys in fixed.items() if keys is not None}
    chosen |= {id: tuple(map(spelled, keys)) for id, keys in own.items()}
    taken = {key for id, keys in chosen.items() for key in keys}
    mine = {key for keys in own.values() for key in map(spelled, keys)}
    out = {}
    for k in KEYS:
        if k.id in own:
            out[k.id] = chosen[k.id]
        elif k.id in chosen:
            out[k.id] = tuple(key for key in chosen[k.id] if key not in mine)
        else:
            out[k.id] = tuple(key for key in k.keys if key not in taken)
    return out


def spelled(key: str) -> str:
    """A key as a user may write it (``Ctrl+X``, ``?``) as Textual's name of it."""
    *modifiers, last = key.strip().split("+") if len(key.strip()) > 1 else [key.strip()]
    plain = last if len(last) == 1 and not modifiers else last.lower()
    return "+".join([*(m.lower() for m in modifiers), _SPELLINGS.get(plain, plain)])


def key_name(key: str) -> str:
    """A Textual key name as it is printed on the keyboard."""
    *modifiers, last = key.split("+")
    shown = _NAMES.get(last, last.upper() if len(last) > 1 or modifiers else last)
    return "+".join([*(m.capitalize() for m in modifiers), shown])


def hints(width: int, keys: KeyMap) -> str:
    """As many labelled keys as fit into ``width`` cells, in the table's order."""
    texts = {k: f"{key_name(keys[k.id][0])} {k.label.strip('()')}" for k in KEYS if k.label and keys[k.id]}
    kept: set[Key] = set()
    room = width + 2
    for key in sorted(texts, key=lambda k: (k.label.startswith("("), k.group != REST)):
        if len(texts[key]) + 2 <= room:
            kept.add(key)
            room -= len(texts[key]) + 2
    return "  ".join(text for key, text in texts.items() if key in kept)


PANES: Final = (
    ("Arrows", "move (pudb: also j k); ← → scroll, open, close"),
    ("Tab", "the next pane"),
    ("Enter", "open a value, edit, go to a step"),
    ("Space", "open or close a value; set or switch breakpoints"),
    ("Mouse", "choose a row, open it; line number: break there"),
    ("Delete", "remove a breakpoint or a watch"),
)
MARKS: Final = (
    "● breakpoint  ○ off  ▶ here  ◀ returns  ! raises  ▷ caller",
    "* changed   ◆ pinned   ? unsure, below 50%",
    "▰▰▰ 90%   ▰▰▱ 75%   ▰▱▱ 50%   ✎ set by you",
    "✓ confirmed   ✗ differs from the real run   · unknown",
    "A value without a percentage was forced by the code, or is real.",
    "A line is dimmed if no step reaches it, once the end is known.",
)


def help_lines(keys: KeyMap) -> list[str]:
    """The help screen."""
    lines: list[str] = []
    group = ""
    for key in KEYS:
        if key.group != group:
            group = key.group
            lines += ["", group] if lines else [group]
        lines.append(f"  {' or '.join(map(key_name, keys[key.id])) or '(palette)':<17}{key.help}")
    lines += ["", "Panes", *(f"  {name:<17}{what}" for name, what in PANES)]
    return [*lines, "", "Marks", *(f"  {line}" for line in MARKS)]


def keys_page() -> str:
    """docs/keys.md."""
    maps = {name: key_map(name) for name in MAPS}
    lines = [
        "# Keys of the stepper",
        "",
        "Made from the table of bindings by `python -m neuraldbg.tui.bindings docs/keys.md`.",
        "",
        "`neuraldbg step --keys NAME` chooses a map; `$XDG_CONFIG_HOME/neuraldbg/config.toml` keeps the choice and",
        "changes single keys by the names of the first column:",
        "",
        "```toml",
        'theme = "light"            # dark, light, ansi, or any theme of Textual',
        "inline = true              # values behind the lines",
        "[keys]",
        'map = "vscode"             # pdb, vscode or pudb',
        'into = ["s", "ctrl+f"]     # your own keys; they are taken from other commands',
        "```",
    ]
    group = ""
    for key in KEYS:
        if key.group != group:
            group = key.group
            lines += [
                "",
                f"## {group}",
                "",
                "| command | pdb | vscode | pudb | what it does |",
                "|---|---|---|---|---|",
            ]
        cells = [" ".join(f"`{key_name(k)}`" for k in maps[name][key.id]) or "palette" for name in MAPS]
        lines.append(f"| {key.id} | {' | '.join(cells)} | {key.help} |")
    lines += ["", "## In the panes", "", "| key | what it does |", "|---|---|"]
    lines += [f"| {name} | {what} |" for name, what in PANES]
    lines += ["", "## Marks", "", *(f"- {line}" for line in MARKS), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(keys_page(), encoding="utf-8")
