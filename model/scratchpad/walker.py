"""What every part of a walk needs: the names in view, the questions, and what has changed since the line began."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from typing import Final

from neuraldbg.model.history import Past
from neuraldbg.model.scratchpad.displays import is_opaque, items, range_of, truth
from neuraldbg.model.scratchpad.facts import Facts
from neuraldbg.model.scratchpad.questions import Ask, Conclusion, Stop, Value, Walk
from neuraldbg.steps import Operation, Step
from neuraldbg.values import surely_immutable

MAX_SHOWN: Final = 80  # characters: a local with a longer repr stays a name

BUILTINS: Final = frozenset(dir(builtins))


class Walker(ABC):
    """The state of a walk over one line.

    Args:
        facts: of the program.
        history: the steps up to the stop at the line.
        conclusion: filled on the way.
        past: of the same steps, or of more.
    """

    def __init__(self, facts: Facts, history: Sequence[Step], conclusion: Conclusion, past: Past) -> None:
        self._facts = facts
        self._past = past
        self._history = history
        self._locals: Mapping[str, str] = history[-1].locals
        self._env: dict[str, str] = {}  # names of comprehensions and walruses
        self._conclusion = conclusion
        self._called = False  # the program's own code has run since the line began
        self._changing: list[ast.AST] = []  # calls of this line that may have changed an object

    @abstractmethod
    def expr(self, node: ast.expr) -> Walk:
        """Walks an expression to its value."""

    def _name(self, name: str) -> Value:
        value = self._env.get(name)
        if value is not None:
            return Value(value if not is_opaque(value) else name, value)
        value = self._locals.get(name)
        if name == "__name__" and value is None and self._facts.is_main:
            return Value(name, "'__main__'")
        if value is not None and self._called and (name in self._facts.rebound or not surely_immutable(value)):
            return Value(name)
        if value is not None:
            shown = len(value) <= MAX_SHOWN and not is_opaque(value)
            return Value(value if shown else name, value)
        if name in self._facts.constants:
            constant = self._facts.constants[name]
            return Value(constant if len(constant) <= MAX_SHOWN else name, constant)
        if name in self._facts.own or name in self._facts.imported or name in BUILTINS:
            return Value(name)
        raise Stop

    def known(self) -> dict[str, str]:
        """Locals that operations may name: those that surely still have their values."""
        rebound = self._facts.rebound if self._called else ()
        always = {"__name__": "'__main__'"} if self._facts.is_main else {}
        return always | {
            name: value
            for name, value in self._locals.items()
            if name not in self._env
            and (not self._called or (name not in rebound and surely_immutable(value)))
            and name not in self._conclusion.values
        }

    def is_stale(self, ask: Ask) -> bool:
        """Whether an operand may have changed since it was written into the text, as in ``x.append(x.pop())``."""
        if ask.node is None or not self._changing:
            return False
        inside = list(ast.walk(ask.node))
        if not any(call is not ask.node and any(call is node for node in inside) for call in self._changing):
            return False
        before = self._history[-1].locals
        names = {node.id for node in inside if isinstance(node, ast.Name)}
        values = [before[name] for name in names if name in before]
        return any(not surely_immutable(value) and value in ask.text for value in values)

    def _open(self, *operands: Value) -> None:
        """Stops where an operation may run the program's own code."""
        for operand in operands:
            if operand.text in self._facts.own or operand.text.lstrip("*") in self._facts.own:
                raise Stop
            if operand.repr is not None and (is_opaque(operand.repr) or self._is_own(operand.repr)):
                raise Stop

    def _is_own(self, text: str) -> bool:
        return any(f"{name}(" in text or f"<{name}" in text for name in self._facts.classes)

    def _is_shown(self, name: str) -> bool:
        """Whether operations on this local display it, and it may change."""
        value = self._name(name) if name in self._locals and name not in self._env else None
        return value is not None and value.repr == value.text and not surely_immutable(value.text)

    def _change(self, name: str, value: str | None) -> None:
        """The object of a local has become another."""
        if value is not None:
            self._conclusion.values[name] = value
            self._locals = {**self._locals, name: value}

    def _touch(self, value: Value) -> None:
        """An object changes in place."""
        if value.repr is None:
            self._conclusion.wild = True
        elif not surely_immutable(value.repr):
            self._conclusion.touched.append(value.repr)

    def _forget(self) -> None:
        """Something changes that may be part of any container."""
        for name in [n for n, v in self._conclusion.values.items() if not surely_immutable(v)]:
            del self._conclusion.values[name]

    def _truth(self, value: Value) -> bool:
        found = truth(value.repr) if value.repr is not None else None
        if found is None:
            raise Stop
        return found

    def _value(self, text: str, node: ast.AST, after: bool = False, now: str | None = None) -> Walk:
        answer = yield Ask(text, "value", node, after, now=now)
        assert answer.value is not None
        return Value(answer.value, answer.value)

    def _all(self, nodes: Sequence[ast.expr]) -> Generator[Ask, Operation, list[Value]]:
        out = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                raise Stop
            out.append((yield from self.expr(node)))
        return out

    def _pairs(self, pairs: Sequence[tuple[Value, Value]]) -> Value:
        shown = {k.text: v.text for k, v in pairs}
        text = "{" + ", ".join(f"{k}: {v}" for k, v in shown.items()) + "}"
        known = {k.repr: v.repr for k, v in pairs}
        if None in known or None in known.values():
            return Value(text)
        return Value(text, "{" + ", ".join(f"{k}: {v}" for k, v in known.items()) + "}")

    def _iterable(self, node: ast.expr) -> Generator[Ask, Operation, Sequence[str] | range]:
        value = yield from self.expr(node)
        if value.repr is not None:
            bounds = range_of(value.repr)
            if bounds is not None:
                return bounds
            shown = items(value.repr)
            if shown is not None:
                return shown
        answer = yield Ask(f"list({value.text})", "items", node)
        shown = items(answer.value or "")
        if shown is None:
            raise Stop
        return shown


def written(square: bool, parts: Sequence[str]) -> str:
    """A list (``square``) or a tuple."""
    inner = ", ".join(parts)
    if square:
        return f"[{inner}]"
    return f"({inner},)" if len(parts) == 1 else f"({inner})"


def composed(square: bool, parts: Sequence[Value]) -> str | None:
    """The repr of a list (``square``) or a tuple; None where that of a part is not known."""
    known = [part.repr for part in parts if part.repr is not None]
    return written(square, known) if len(known) == len(parts) else None


def receiver(text: str) -> str:
    """An operand before a dot, a bracket or a sign: numbers in parentheses."""
    return f"({text})" if text[:1] in "-0123456789" else text
