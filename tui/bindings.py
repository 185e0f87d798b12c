"""Every key of the stepper, in one table: the app's bindings, the hint line and the help screen are made from it.

Letters follow pdb; capitals go backwards. Function keys are aliases, since many terminals keep F10 and F11.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One command.

    Attributes:
        action: Textual action, as ``verb('step_into')``.
        keys: Textual key names, the one to advertise first.
        label: a word for the hint line; empty to leave it out. In brackets: only if all others fit.
        help: a sentence for the help screen.
        group: heading on the help screen.
    """

    action: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str


FORWARD, BACKWARD, CHECK, LOOK, REST = "Forward", "Backward", "Against the real run", "Look", "Other"

KEYS: tuple[Key, ...] = (
    Key("verb('step_into')", ("s", "f11"), "into", "step into: the next step", FORWARD),
    Key("verb('step_over')", ("n", "f10"), "over", "step over calls", FORWARD),
    Key("verb('step_out')", ("r", "shift+f11"), "out", "run to this function's return, then caller", FORWARD),
    Key("verb('continue_')", ("c", "f5"), "continue", "continue to a breakpoint or the end", FORWARD),
    Key("to_line", ("t",), "(to line)", "run to the line under the cursor", FORWARD),
    Key("to_change", ("w",), "", "run until the selected local changes", FORWARD),
    Key("verb('back')", ("S", "backspace"), "back", "one step back", BACKWARD),
    Key("verb('back_over')", ("N",), "(back over)", "back over calls", BACKWARD),
    Key("verb('reverse_continue')", ("C",), "", "back to a breakpoint or the start", BACKWARD),
    Key("back_to_change", ("W",), "", "back to where the selected local changed", BACKWARD),
    Key("verb('restart')", ("R",), "(restart)", "back to the first step; known steps are kept", BACKWARD),
    Key("check", ("x",), "check", "run it for real (asks first) and compare", CHECK),
    Key("divergence(1)", ("d",), "", "next step that differs from the real run", CHECK),
    Key("divergence(-1)", ("D",), "", "previous step that differs", CHECK),
    Key("breakpoint", ("b", "f9"), "break", "set or remove a breakpoint at the cursor", LOOK),
    Key("value", ("v",), "(value)", "whole value of the selected local", LOOK),
    Key("frame(1)", ("left_square_bracket",), "", "look at the caller's frame", LOOK),
    Key("frame(-1)", ("right_square_bracket",), "", "look at the callee's frame", LOOK),
    Key("here", ("full_stop",), "", "source cursor back to the current line", LOOK),
    Key("cancel", ("escape",), "", "cancel what runs, drop the keys that wait", REST),
    Key("help", ("question_mark", "h"), "help", "this help", REST),
    Key("quit_stepper", ("q", "ctrl+q"), "quit", "leave", REST),
)

_NAMES = {
    "question_mark": "?",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "backspace": "Backspace",
    "escape": "Esc",
    "shift+f11": "Shift+F11",
    "ctrl+q": "Ctrl+Q",
}


def key_name(key: str) -> str:
    """A Textual key name as it is printed on the keyboard."""
    return _NAMES.get(key, key.upper() if len(key) > 1 else key)


def app_bindings() -> list[Binding]:
    """The table as Textual bindings."""
    return [Binding(",".join(k.keys), k.action, k.help, show=False) for k in KEYS]


def hints(width: int) -> str:
    """As many labelled keys as fit into ``width`` cells, in the table's order."""
    texts = {k: f"{key_name(k.keys[0])} {k.label.strip('()')}" for k in KEYS if k.label}
    kept: set[Key] = set()
    room = width + 2
    for key in sorted(texts, key=lambda k: (k.label.startswith("("), k.group != REST)):
        if len(texts[key]) + 2 <= room:
            kept.add(key)
            room -= len(texts[key]) + 2
    return "  ".join(text for key, text in texts.items() if key in kept)


def help_lines() -> list[str]:
    """The help screen."""
    lines: list[str] = []
    group = ""
    for key in KEYS:
        if key.group != group:
            group = key.group
            lines += ["", group] if lines else [group]
        lines.append(f"  {' or '.join(map(key_name, key.keys)):<16}{key.help}")
    return [
        *lines,
        "",
        "Panes",
        "  Arrows          move in a pane; ← → scroll the source",
        "  Tab             the next pane",
        "  Enter           open a value, go to a step",
        "",
        "Marks",
        "  ● breakpoint    ▶ here    ◀ returns    ! raises    ▷ the caller",
        "  * changed       ? unsure, below 50%    ▰▰▰ 90%  ▰▰▱ 75%  ▰▱▱ 50%",
        "  ✓ confirmed     ✗ differs from the real run    · unknown",
        "  A value without a percentage was forced by the code, or is real.",
    ]
