"""Random Python expressions of a wanted type: a table of operations and method calls with typed holes.

A rule is ``(weight, text)`` or ``(weight, text, binders)``. Holes in the text:

``<I>``     an expression of a type (codes of values.py), of any shape
``<I.>``    a primary (a receiver of ``.method`` or ``[...]``), mostly a variable
``<I+> <I*> <I~> <Iu>``  operand of ``+``, of ``*``, of a comparison, of a unary operator: parenthesised where looser
``<LI!>``   a variable known to be non-empty
``<S@>``    something without single quotes (inside an f-string)
``<$x>``    a variable bound by the rule (binders ``"x:I"``), ``<B^>`` an expression that uses one of them
``<$same>`` what the first hole of a type became
``<p>``     lower case: a literal (see ``LITERALS``), or ``<v>`` any variable

Nothing here makes statements. Types: I, F, B, S, C (a str of length one), LI, LS, LL, LT, LF, DSI, DIS, DSS, DSL, TI,
TS, EI, ES.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate

from neuraldbg.training.data import operations
from neuraldbg.training.data.naming import LOOP_ROLE, Names
from neuraldbg.training.data.values import char, literal, small, value, word

_HOLE = re.compile(r"<(\$[a-z]+|[A-Z]+|[a-z]+)([!.+*~u^@]?)>")
_LEVEL = {"": 0, "^": 1, "~": 6, "+": 9, "*": 10, "u": 12, ".": 14, "!": 14, "@": 14}
_OPERATORS = ((" or ", 1), (" and ", 2), (" | ", 6), (" ^ ", 7), (" & ", 8), (" << ", 8), (" >> ", 8))
_COMPARISON = re.compile(r" (==|!=|<=?|>=?|in|is|not in|is not) ")

_LONG = re.compile(
    r"len\(|split|sorted|set\(|<S[.!]>\[|<slice>|join|center|just|partition|title|casefold|code|strip|find|index|prefix|suffix|::-1|count|isinstance"
)

Part = str | tuple[str, str, int]


def level_of(text: str) -> int:
    """How tightly a rule's outermost operator binds: 14 a primary, 0 a lambda or conditional."""
    flat = _outermost(_HOLE.sub("_", text))
    if flat.startswith("lambda ") or " if " in flat:
        return 0
    for operator, level in _OPERATORS[:2]:
        if operator in flat:
            return level
    if flat.startswith("not "):
        return 3
    if _COMPARISON.search(flat):
        return 5
    for operator, level in _OPERATORS[2:]:
        if operator in flat:
            return level
    if " + " in flat or " - " in flat:
        return 9
    if re.search(r" (\*|//?|%) ", flat):
        return 10
    if flat[0] in "-~":
        return 11
    return 12 if " ** " in flat else 14


def _outermost(text: str) -> str:
    """The text without what stands inside brackets or quotes."""
    out: list[str] = []
    depth, quote = 0, ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif not depth:
            out.append(c)
    return "".join(out) or "_"


class Rule:
    """One operation of the table, parsed."""

    __slots__ = ("binders", "inputs", "level", "needs", "parts", "row", "text", "weight")

    def __init__(self, weight: float, text: str, binders: str = "") -> None:
        self.weight = weight
        self.text = text
        self.row = (text, binders)
        self.level = level_of(text)
        self.binders = [tuple(b.split(":")) for b in binders.split()]
        self.needs = [m[1] for m in _HOLE.finditer(text) if m[2] == "!"]
        self.inputs = {
            m[1] for m in _HOLE.finditer(text) if m[1].isupper() and m[1] not in ("I", "F", "B") and m[2] != "^"
        }
        self.parts: list[Part] = []
        end = 0
        for match in _HOLE.finditer(text):
            self.parts.append(text[end : match.start()])
            level = 1 if text[: match.start()].endswith(" in ") and not match[2] else _LEVEL[match[2]]
            self.parts.append((match[1], match[2], level))
            end = match.end()
        self.parts.append(text[end:])


class Choice:
    """Rules to draw from by weight."""

    __slots__ = ("rules", "total", "weights")

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self.weights = list(accumulate(rule.weight for rule in rules))
        self.total = self.weights[-1]

    def draw(self, rng: random.Random) -> Rule:
        """A rule by weight, or two times in five any with the same chance, so that none stays rare."""
        if rng.random() < 0.4:
            return self.rules[int(rng.random() * len(self.rules))]
        return self.rules[bisect(self.weights, rng.random() * self.total)]


def _tables() -> tuple[dict[str, Choice], dict[tuple[str, str], Choice]]:
    by_type: dict[str, Choice] = {}
    by_use: dict[tuple[str, str], list[Rule]] = {}
    for kind, rows in operations.TABLE.items():
        rules = [Rule(*row) for row in rows]  # pyright: ignore[reportArgumentType]
        by_type[kind] = Choice(rules)
        for rule in rules:
            for used in {part[0] for part in rule.parts if isinstance(part, tuple) and part[1] != "^"}:
                by_use.setdefault((kind, used), []).append(rule)
    for (kind, used), rules in list(by_use.items()):
        if used == "S":  # a character is a string, but few ask for its length
            have = by_use.setdefault((kind, "C"), [])
            have += [r if not _LONG.search(r.text) else Rule(r.weight * 0.1, *r.row) for r in rules if r not in have]
    return by_type, {key: Choice(rules) for key, rules in by_use.items()}


RULES, USES = _tables()

_SLICES = (
    "[1:]", "[:-1]", "[::-1]", "[::2]", "[1::2]", "[:2]", "[2:]", "[:3]", "[-2:]", "[1:-1]", "[-3:]", "[2:5]", "[1:3]",
    "[::-2]", "[3:]", "[:-2]", "[:1]", "[-1:]", "[:5:2]", "[::3]", "[-2::-1]", "[4:1:-1]", "[0:4]", "[:]",
)  # fmt: skip

LITERALS: dict[str, Callable[[random.Random], str]] = {
    "n": lambda rng: str(small(rng)),
    "p": lambda rng: str(1 + int(rng.random() * 9)),
    "q": lambda rng: str(2 + int(rng.random() * 4)),
    "z": lambda rng: str(int(rng.random() * 16) - 5),
    "i": lambda rng: rng.choice(("0", "1", "2", "-1", "-2", "3", "1", "-1")),
    "c": lambda rng: literal(rng, char(rng)),
    "w": lambda rng: literal(rng, word(rng)[:5] if rng.random() < 0.5 else char(rng)),
    "sep": lambda rng: rng.choice(("' '", "','", "'-'", "', '", "''", "'_'", "''", "' '", "'|'", "'/'", "'; '")),
    "cs": lambda rng: rng.choice(("'abc'", "' '", "'.,!'", "'aeiou'", "'xyz'", "'0123456789'", "'-_'", "'\\n'")),
    "set": lambda rng: rng.choice(("'aeiou'", "'aeiouAEIOU'", "'abc'", "'.,!?'", "'0123456789'", "' -_'", "'xyz'")),
    "spec": lambda rng: rng.choice((":>5", ":<6", ":^7", ":03d", ":5", ":,", ":x", ":b", ":+d", ":*^9", ":04")),
    "fspec": lambda rng: rng.choice((":.2f", ":.1f", ":.0f", ":8.3f", ":g", ":.1%", ":e")),
    "sspec": lambda rng: rng.choice((":>8", ":<5", ":^10", ":*>6", "!r", ":.3", ":-<7", "!s")),
    "f": lambda rng: str(int(rng.random() * 60) / rng.choice((2, 4, 10))),
    "code": lambda rng: rng.choice(("97", "65", "48")),
    "dig": lambda rng: literal(rng, str(int(rng.random() * 500))),
    "slice": lambda rng: rng.choice(_SLICES),
}
_LITERAL_KIND = {"C": "c", "I": "z", "F": "f"}


class Scope:
    """Variables in view: type -> names, oldest first; and which of them are surely not empty."""

    def __init__(self) -> None:
        self.by_type: dict[str, list[str]] = {}
        self.types: dict[str, str] = {}
        self.solid: set[str] = set()

    def add(self, name: str, kind: str, solid: bool = False) -> None:
        """Brings a name into view, or changes its type."""
        old = self.types.get(name)
        if old is not None:
            self.by_type[old].remove(name)
        self.types[name] = kind
        self.by_type.setdefault(kind, []).append(name)
        self.solid.discard(name)
        if solid:
            self.solid.add(name)

    def drop(self, name: str) -> None:
        """Takes a name out of view."""
        kind = self.types.pop(name, None)
        if kind is not None:
            self.by_type[kind].remove(name)
        self.solid.discard(name)

    def names(self, kind: str) -> list[str]:
        """Names of a type; characters count as strings."""
        own = self.by_type.get(kind, [])
        return own + self.by_type.get("C", []) if kind == "S" else own

    def solids(self, kind: str) -> list[str]:
        """Names of a type that are surely not empty."""
        return [name for name in self.names(kind) if name in self.solid]


class Expressions:
    """Builds expressions over a scope.

    Args:
        rng: the source of all choices.
        names: hands out comprehension variables.
        scope: what may be used; read at every call.
    """

    def __init__(self, rng: random.Random, names: Names, scope: Scope) -> None:
        self.rng = rng
        self.names = names
        self.scope = scope
        self.avoid = ""  # a variable that is used already

    def make(self, kind: str, depth: int = 2, level: int = 0) -> str:
        """An expression of type ``kind``, parenthesised if it binds looser than ``level``."""
        if depth <= 0 or self.rng.random() < 0.3:
            return self.leaf(kind, level)
        choice = RULES.get(kind)
        if choice is None:
            return self.leaf(kind)
        types = self.scope.types
        if types and self.rng.random() < 0.8:
            name = self._recent(list(types))
            if (kind, types[name]) in USES and name != self.avoid:
                return self.use(kind, name, depth, level)
        return self._apply(self._draw(choice), depth, level, None, "")

    def use(self, kind: str, name: str, depth: int = 2, level: int = 0) -> str:
        """An expression of type ``kind`` that uses the variable ``name``, where the table knows a way."""
        used = self.scope.types[name]
        if used == kind and self.rng.random() < 0.2:
            return name
        choice = USES.get((kind, used))
        if choice is None:
            return name if used == kind else self.make(kind, depth, level)
        return self._apply(self._draw(choice), depth, level, name, used)

    def leaf(self, kind: str, level: int = 0) -> str:
        """A variable of the type, or else a literal (for bool: a test of some variable)."""
        names = self.scope.names(kind)
        if names and self.rng.random() < (0.25 if names == [self.avoid] else 0.8):
            return self._recent(names)
        if kind == "B" and self.scope.types and self.rng.random() < 0.95:
            return self.use("B", self._recent(list(self.scope.types)), 1, level)
        return self.constant(kind)

    def constant(self, kind: str) -> str:
        """A literal of the type, not empty if ``kind`` ends in ``+``."""
        short = _LITERAL_KIND.get(kind)
        if short is not None:
            return LITERALS[short](self.rng)
        if kind in ("S", "S+"):
            return LITERALS["w"](self.rng)
        made = value(self.rng, kind)
        if isinstance(made, list | tuple):
            made = made[:4]
        return literal(self.rng, made)

    def _recent(self, names: list[str]) -> str:
        for _ in range(3):
            name = names[-1] if self.rng.random() < 0.45 else names[int(self.rng.random() * len(names))]
            if name != self.avoid:
                break
        return name

    def _draw(self, choice: Choice) -> Rule:
        """A rule whose demands can be met: non-empty variables must exist, other containers had better."""
        rng, scope = self.rng, self.scope
        for _ in range(8):
            rule = choice.draw(rng)
            if all(scope.solids(kind) for kind in rule.needs) and (
                rng.random() < 0.1 or all(scope.names(kind) for kind in rule.inputs)
            ):
                return rule
        return next((rule for rule in choice.rules if not rule.needs), choice.rules[0])

    def _apply(self, rule: Rule, depth: int, level: int, name: str | None, used: str) -> str:
        bound: dict[str, str] = {}
        for role, kind in rule.binders:
            bound[role] = self.names.fresh(LOOP_ROLE.get(kind, "x"))
        chosen = self._slot(rule, name, used) if name is not None else -1
        avoided = self.avoid
        self.avoid = name or avoided
        first = ""
        out: list[str] = []
        for k, part in enumerate(rule.parts):
            if isinstance(part, str):
                out.append(part)
            elif k == chosen and name is not None:
                out.append(name)
            elif part[0][0] == "$":
                out.append(bound[part[0][1:]] if part[0] != "$same" else first)
            elif part[1] == "^":
                out.append(self._inside(part[0], rule, bound, depth))
            elif part[0] == "w" and used == "C" and self.rng.random() < 0.8:
                out.append(LITERALS["c"](self.rng))
            else:
                out.append(self._hole(part, depth))
            if not first and not isinstance(part, str) and part[0][0].isupper():
                first = out[-1]
        self.avoid = avoided
        for role in bound.values():
            self.names.used.discard(role)
        text = "".join(out)
        return f"({text})" if rule.level < level else text

    def _slot(self, rule: Rule, name: str, used: str) -> int:
        """The index of the hole that ``name`` of type ``used`` fills; -1 if there is none."""
        solid = name in self.scope.solid
        slots = [
            k
            for k, part in enumerate(rule.parts)
            if isinstance(part, tuple)
            and part[1] != "^"
            and (part[0] == used or (used == "C" and part[0] == "S"))
            and (solid or part[1] != "!")
        ]
        return slots[int(self.rng.random() * len(slots))] if slots else -1

    def _inside(self, kind: str, rule: Rule, bound: dict[str, str], depth: int) -> str:
        """A hole that sees the rule's own variables and uses one of them."""
        for role, bound_kind in rule.binders:
            self.scope.add(bound[role], bound_kind)
        focus = bound[rule.binders[int(self.rng.random() * len(rule.binders))][0]]
        text = self.use(kind, focus, min(depth - 1, 1), 1)
        for name in bound.values():
            self.scope.drop(name)
        return text

    def _hole(self, part: tuple[str, str, int], depth: int) -> str:
        kind, mark, level = part
        if kind == "v":
            return self._recent(list(self.scope.types)) if self.scope.types else "None"
        if kind[0].islower():
            return LITERALS[kind](self.rng)
        if mark == "!":
            names = self.scope.solids(kind)
            return self._recent(names) if names else self.constant(kind + "+")
        if mark == "@":
            names = self.scope.names(kind)
            text = self._recent(names) if names else self.constant(kind)
            return text if "'" not in text else f'"{word(self.rng)}"'
        if mark == "." and (kind not in RULES or self.rng.random() < 0.75 or depth <= 1):
            names = self.scope.names(kind)
            if names and self.rng.random() < (0.4 if names == [self.avoid] else 0.97):
                return self._recent(names)
            text = self.leaf(kind)
            return f"({text})" if text[0] == "-" or (kind in "IF" and text[0].isdigit()) else text
        text = self.make(kind, depth - 1, level)
        return f"({text})" if level >= 12 and text[0] == "-" else text
