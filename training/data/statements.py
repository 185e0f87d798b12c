"""Random function bodies: statements composed over a typed scope, so that each uses what came before.

A body is a few moves (assign, branch, loop, mutate, unpack, try, ...) and a return. Loops run over the values of
arguments or over small ranges, accumulators are hidden from the expressions inside their loop (so nothing doubles in
every round), and a container is never changed while it is iterated, so everything ends and stays small.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate

from neuraldbg.training.data import loops, mutations
from neuraldbg.training.data.expressions import USES, Expressions, Scope
from neuraldbg.training.data.naming import VALUE_ROLE, Names

#: what an assignment may compute from a variable of the key's type, repeated by weight
_TARGETS = {
    "S": "S S S S S S S LS LS LS I I I LI B C DSI ES TS LT",
    "C": "S S S I B LS LI",
    "I": "I I I I I S S LI F TI B",
    "F": "F F F I S LF",
    "LI": "LI LI LI LI LI I I I DSI TI EI LS LL S F",
    "LS": "LS LS LS LS S S S LI DSI I DIS LT DSS TS",
    "LL": "LL LL LI LI I",
    "LT": "LT LT DSI",
    "DSI": "DSI DSI DSI LS LS LI LT I S DIS",
    "DIS": "S DIS",
    "DSS": "DSS DSS LS S",
    "DSL": "DSL DSL LI",
    "TI": "TI TI I LI B",
    "TS": "TS TS S LS",
    "EI": "EI EI EI LI B I",
    "ES": "I B LS",
    "LF": "LF LF F",
    "B": "B I S",
    "TSI": "TSI",
}
TARGETS = {kind: tuple(text.split()) for kind, text in _TARGETS.items()}
GROWING = ("S", "LI", "LS", "DSI", "DSL")


class Weighted:
    """Callables to draw from by weight."""

    def __init__(self, *rows: tuple[float, Callable[[Composer], bool]]) -> None:
        self.moves = [move for _, move in rows]
        self.weights = list(accumulate(weight for weight, _ in rows))

    def draw(self, rng: random.Random) -> Callable[[Composer], bool]:
        return self.moves[bisect(self.weights, rng.random() * self.weights[-1])]


class Composer:
    """Writes the body of one function, a line at a time.

    Args:
        rng: the source of all choices.
        names: used and fresh names.
        scope: the variables in view; the caller adds the parameters.
        unused: parameters, which are preferred until they are used.
    """

    def __init__(self, rng: random.Random, names: Names, scope: Scope, unused: Sequence[str] = ()) -> None:
        self.rng = rng
        self.names = names
        self.scope = scope
        self.expr = Expressions(rng, names, scope)
        self.unused = list(unused)
        self.lines: list[str] = []
        self.indent = 1
        self.frozen: set[str] = set()
        self.last = ""  # the variable that the return should prefer
        self.helpers: list[tuple[str, str, str]] = []  # name, parameter type, result type of callable local helpers

    # --- small tools used by the moves, also from loops.py and mutations.py ---

    def emit(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)
        if self.unused:
            self.unused = [name for name in self.unused if name not in text]

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def pick(self, pool: Sequence[str]) -> str:
        return pool[int(self.rng.random() * len(pool))]

    def focus(self, kinds: Sequence[str] = ()) -> str | None:
        """A variable, the recent ones more likely; of one of ``kinds`` when given. None if there is none."""
        types = self.scope.types
        names = [n for n in types if not kinds or types[n] in kinds]
        if not names:
            return None
        if self.unused and self.chance(0.5):
            names = [n for n in names if n in self.unused] or names
        return names[-1] if self.chance(0.5) else self.pick(names)

    def changeable(self, *kinds: str) -> str | None:
        """A variable of one of the types that may be changed here."""
        types = self.scope.types
        names = [n for n in types if types[n] in kinds and n not in self.frozen]
        if not names:
            return None
        return names[-1] if self.chance(0.5) else self.pick(names)

    def condition(self, name: str | None = None, depth: int = 1) -> str:
        """A condition, about ``name`` when given."""
        name = name or self.focus()
        return self.expr.use("B", name, depth) if name else self.expr.make("B", depth)

    def bind(self, name: str, kind: str) -> None:
        self.scope.add(name, kind)
        self.last = name

    def new(self, kind: str) -> str:
        """A fresh name for a value of a type."""
        return self.names.fresh(self.pick((VALUE_ROLE.get(kind, "tmp"), "out", "tmp")))

    def statement(self) -> None:
        """Writes one statement of any sort."""
        for _ in range(6):
            if MOVES.draw(self.rng)(self):
                return

    def simple(self) -> None:
        """Writes one statement without a block."""
        for _ in range(6):
            if SIMPLE.draw(self.rng)(self):
                return
        self.emit("pass")

    def block(self, write: Callable[[], None]) -> None:
        """Writes an indented block; names that it brings are out of view afterwards."""
        before = dict(self.scope.types)
        solid = set(self.scope.solid)
        self.indent += 1
        write()
        self.indent -= 1
        for name in list(self.scope.types):
            if name not in before or before[name] != self.scope.types[name]:
                self.scope.drop(name)
        self.scope.solid &= solid

    def value_for_return(self) -> str:
        """The expression after ``return``; a body of nothing else returns more than a parameter."""
        for _ in range(4):
            text = self._value_for_return()
            if self.lines or text not in self.scope.types:
                break
        return text

    def _value_for_return(self) -> str:
        name = self.last if self.last in self.scope.types else self.focus()
        if name is None:
            return self.expr.make("I", 1)
        kind = self.scope.types[name]
        draw = self.rng.random()
        if kind == "ES" or (kind == "EI" and draw < 0.2):  # the order of a set of strings is nothing to learn
            return self.pick((f"sorted({name})", f"len({name})"))
        if self.unused and self.unused[0] != name and self.chance(0.3):
            return f"{name}, {self.unused[0]}"
        if draw < 0.45 and self.lines:
            return name
        if draw < 0.83:
            return self.expr.use(self.pick(TARGETS[kind]), name, 1 + (draw > 0.7))
        other = self.unused[0] if self.unused else self.focus() or name
        if draw < 0.9:
            if other == name:
                return f"[{name}]" if draw < 0.88 else f"({name}, len({name}))" if kind[0] in "SLDT" else f"{name}, 1"
            return f"{name}, {other}" if draw < 0.88 else f"({other}, {name})"
        if draw < 0.95:
            return self.expr.use("B", name, 1)
        return self.expr.use("S", name, 2)


# --- moves: each writes a statement, or returns False when there is nothing to do it with --------------------------


def assign(c: Composer) -> bool:
    """``name = expression`` over a variable, to a new name or the same."""
    name = c.focus()
    if name is None:
        c.emit(f"{(new := c.new('I'))} = {c.expr.constant('I')}")
        c.bind(new, "I")
        return True
    used = c.scope.types[name]
    kind = c.pick(TARGETS[used])
    helper = next((h for h in c.helpers if h[1] == used), None)
    if helper and c.chance(0.5):
        text, kind = f"{helper[0]}({name})", helper[2]
    else:
        text = c.expr.use(kind, name, 2 if c.chance(0.3) else 1)
    if text == name:
        return False
    if kind == used and name not in c.frozen and c.chance(0.45):
        target = name
    else:
        target = c.new(kind)
    c.emit(f"{target} = {text}")
    c.bind(target, kind)
    return True


def augment(c: Composer) -> bool:
    """``name += expression`` and its relatives."""
    name = c.changeable("I", "I", "S", "LI", "LS", "F")
    if name is None:
        return False
    kind = c.scope.types[name]
    if kind == "I":
        op = c.pick(("+=", "+=", "-=", "*=", "//=", "%=", "^=", "|=", "&=", "**="))
        if op in ("//=", "%=", "*="):
            value = c.pick(("2", "3", "5", "10", "7"))
        else:
            value = "2" if op == "**=" else c.expr.make("I", 1)
    elif kind == "F":
        op, value = c.pick(("+=", "-=", "*=", "/=")), c.pick(("0.5", "2", "1.5", "10"))
    else:
        op, value = ("*=", "2") if c.chance(0.08) else ("+=", c.expr.make(kind, 1))
    c.emit(f"{name} {op} {value}")
    c.bind(name, kind)
    return True


def guard(c: Composer) -> bool:
    """``if ...: return ...`` early on."""
    c.emit(f"if {c.condition()}:")
    c.block(lambda: c.emit(f"return {c.value_for_return()}" if c.chance(0.8) else f"return {c.pick(_PLAIN)}"))
    return True


_PLAIN = ("None", "0", "-1", "''", "[]", "False", "True", "{}", "'error'", "'none'", "1")


def branch(c: Composer) -> bool:
    """``if`` / ``elif`` / ``else`` around simple statements."""
    last = c.last
    c.emit(f"if {c.condition(depth=2)}:")
    c.block(c.simple)
    if c.chance(0.2):
        c.emit(f"elif {c.condition()}:")
        c.block(c.simple)
    if c.chance(0.45):
        c.emit("else:")
        c.block(c.simple)
    if c.last not in c.scope.types:
        c.last = last
    return True


def choose(c: Composer) -> bool:
    """The same new name assigned in every arm of an ``if``."""
    name = c.focus()
    if name is None:
        return False
    kind = c.pick(TARGETS[c.scope.types[name]])
    target = c.new(kind)
    c.emit(f"if {c.condition(name)}:")
    c.block(lambda: c.emit(f"{target} = {c.expr.use(kind, name, 1)}"))
    if c.chance(0.25):
        c.emit(f"elif {c.condition()}:")
        c.block(lambda: c.emit(f"{target} = {c.expr.make(kind, 1)}"))
    c.emit("else:")
    c.block(lambda: c.emit(f"{target} = {c.expr.make(kind, 1) if c.chance(0.5) else c.expr.constant(kind)}"))
    c.bind(target, kind)
    return True


def attempt(c: Composer) -> bool:
    """``try`` around something that may fail, ``except`` with what it raises, sometimes ``else`` or ``finally``."""
    pool = [row for row in _RISKY if c.scope.names(row[0])]
    if not pool:
        return False
    used, text, error, kind, fallback = pool[int(c.rng.random() * len(pool))]
    name = c.pick(c.scope.names(used))
    target = c.new(kind)
    key = c.expr.make("S", 0) if "{k}" in text else ""
    index = c.expr.make("I", 0) if "{i}" in text else ""
    c.emit("try:")
    c.indent += 1
    c.emit(f"{target} = " + text.format(x=name, k=key, i=index))
    c.indent -= 1
    caught = c.pick((error, error, error, "Exception", f"({error}, TypeError)", f"{error} as e"))
    c.emit(f"except {caught}:")
    shown = (
        "str(e)"
        if " as e" in caught and kind == "S"
        else "type(e).__name__"
        if " as e" in caught and c.chance(0.4)
        else fallback
    )
    c.block(lambda: c.emit(f"return {shown}" if c.chance(0.25) else f"{target} = {shown}"))
    if c.chance(0.12):
        c.emit("else:")
        c.block(lambda: c.emit(f"{target} = {target} * 2" if kind in "IFS" else "pass"))
    elif c.chance(0.12):
        c.emit("finally:")
        c.block(c.simple)
    c.bind(target, kind if shown == fallback or kind == "S" else "B")
    return True


#: used type, expression, error, result type, value after the error
_RISKY = (
    ("S", "int({x})", "ValueError", "I", "0"),
    ("S", "int({x})", "ValueError", "I", "-1"),
    ("S", "float({x})", "ValueError", "F", "0.0"),
    ("S", "{x}.index({k})", "ValueError", "I", "-1"),
    ("LI", "{x}[{i}]", "IndexError", "I", "0"),
    ("LS", "{x}[{i}]", "IndexError", "S", "''"),
    ("DSI", "{x}[{k}]", "KeyError", "I", "0"),
    ("DSS", "{x}[{k}]", "KeyError", "S", "'none'"),
    ("LI", "{x}.index({i})", "ValueError", "I", "-1"),
    ("LI", "max({x})", "ValueError", "I", "0"),
    ("I", "100 // {x}", "ZeroDivisionError", "I", "0"),
    ("LI", "sum({x}) / len({x})", "ZeroDivisionError", "F", "0.0"),
    ("S", "{x}[{i}]", "IndexError", "S", "''"),
    ("I", "{x} + 'a'", "TypeError", "S", "'bad'"),
    ("S", "{x}.push(1)", "AttributeError", "S", "'none'"),
    ("LS", "[int(p) for p in {x}]", "ValueError", "LI", "[]"),
    ("DSI", "{x}.pop({k})", "KeyError", "I", "0"),
)


def inner(c: Composer) -> bool:
    """A local ``def`` or ``lambda`` that later assignments may call."""
    used = c.pick(("I", "S", "LI"))
    kind = c.pick(TARGETS[used])
    if c.helpers or (kind, used) not in USES:
        return False
    name, arg = c.names.fresh("fn"), c.names.fresh(VALUE_ROLE[used])
    outer = dict(c.scope.types)
    if c.chance(0.5):
        c.scope.add(arg, used)
        c.emit(f"{name} = lambda {arg}: {c.expr.use(kind, arg, 1)}")
        c.scope.drop(arg)
    else:
        c.emit(f"def {name}({arg}):")

        def body() -> None:
            c.scope.add(arg, used)
            if c.chance(0.4):
                c.emit(f"if {c.condition(arg)}:")
                c.block(lambda: c.emit(f"return {c.expr.make(kind, 1)}"))
            c.emit(f"return {c.expr.use(kind, arg, 1)}")

        c.block(body)
    c.helpers.append((name, used, kind))
    if not any(kind == used for kind in outer.values()):
        c.helpers.pop()
        out = c.new(kind)
        c.emit(f"{out} = {name}({c.expr.constant(used)})")
        c.bind(out, kind)
    return True


MOVES = Weighted(
    (26, assign), (6, augment), (9, guard), (12, branch), (6, choose), (24, loops.for_loop), (7, loops.while_loop),
    (18, mutations.mutate), (6, mutations.unpack), (4, attempt), (2, inner),
)  # fmt: skip
SIMPLE = Weighted((8, assign), (8, augment), (10, mutations.mutate), (1, mutations.unpack))
