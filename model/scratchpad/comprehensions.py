"""The walk over comprehensions and generator expressions, item by item."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Sequence
from typing import Final

from neuraldbg.model.scratchpad.displays import items
from neuraldbg.model.scratchpad.facts import COMPREHENSIONS, OPERATIONS
from neuraldbg.model.scratchpad.questions import Ask, Stop, Value, Walk
from neuraldbg.model.scratchpad.walker import Walker, composed, written
from neuraldbg.steps import Operation

MAX_OPERATIONS: Final = 32  # of a line
MAX_ITEMS: Final = 24  # of a comprehension that is worked out item by item

CONSUMERS: Final = frozenset({"sum", "min", "max", "list", "set", "tuple", "dict", "sorted", "frozenset", "join"})


class ComprehensionWalker(Walker):
    """Walks comprehensions, and generator expressions that are consumed at once."""

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> Walk:
        found: list[tuple[Value, ...]] = []
        first = yield from self._first(node)
        if not _can_expand(node, first):
            return (yield from self._whole(node, first))
        yield from self._items(node, 0, first, found, lambda: False)
        if isinstance(node, ast.DictComp):
            return self._pairs([(pair[0], pair[1]) for pair in found])
        values = [value for (value,) in found]
        if isinstance(node, ast.SetComp):
            return (yield from self._value("{" + ", ".join(v.text for v in values) + "}" if values else "set()", node))
        return Value(written(True, [v.text for v in values]), composed(True, values))

    def _consumed(self, node: ast.GeneratorExp, function: str) -> Walk:
        """A generator expression that is consumed at once by the function it is passed to."""
        found: list[tuple[Value, ...]] = []
        first = yield from self._first(node)
        if function in ("any", "all"):
            wanted = function == "any"
            done: Callable[[], bool] = lambda: bool(found) and self._truth(found[-1][0]) is wanted  # noqa: E731
        elif function in CONSUMERS:
            done = lambda: False  # noqa: E731
        else:
            raise Stop
        if not _can_expand(node, first):
            raise Stop
        yield from self._items(node, 0, first, found, done)
        values = [value for (value,) in found]
        return Value(written(True, [v.text for v in values]), composed(True, values))

    def _first(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> Generator[Ask, Operation, Sequence[str]]:
        values = yield from self._iterable(node.generators[0].iter)
        if isinstance(values, range):
            if len(values) > MAX_ITEMS:
                raise Stop
            answer = yield Ask(f"list({values})", "items", node.generators[0].iter)
            values = items(answer.value or "") or ()
        return values

    def _whole(self, node: ast.expr, first: Sequence[str]) -> Walk:
        """A comprehension too long to be worked out, as one operation."""
        return (yield from self._value(ast.unparse(node), node))

    def _items(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        level: int,
        values: Sequence[str],
        found: list[tuple[Value, ...]],
        done: Callable[[], bool],
    ) -> Generator[Ask, Operation, None]:
        generator = node.generators[level]
        if generator.is_async:
            raise Stop
        outer = dict(self._env)
        for value in values:
            self._bind(generator.target, value)
            for test in generator.ifs:
                shown = yield from self.expr(test)
                if not self._truth(shown):
                    break
            else:
                if level + 1 < len(node.generators):
                    inner = yield from self._iterable(node.generators[level + 1].iter)
                    if isinstance(inner, range):
                        raise Stop
                    yield from self._items(node, level + 1, inner, found, done)
                elif isinstance(node, ast.DictComp):
                    key = yield from self.expr(node.key)
                    found.append((key, (yield from self.expr(node.value))))
                else:
                    found.append(((yield from self.expr(node.elt)),))
            if done():
                break
        self._env = outer

    def _bind(self, target: ast.expr, value: str) -> None:
        if isinstance(target, ast.Name):
            self._env[target.id] = value
            return
        parts = items(value)
        if not isinstance(target, ast.Tuple | ast.List) or parts is None or len(parts) != len(target.elts):
            raise Stop
        for inner, part in zip(target.elts, parts, strict=True):
            self._bind(inner, part)


def _can_expand(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, first: Sequence[str]) -> bool:
    parts = [*(t for g in node.generators for t in g.ifs)]
    parts += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    operations = sum(isinstance(n, (*OPERATIONS, *COMPREHENSIONS)) for part in parts for n in ast.walk(part))
    return len(first) <= MAX_ITEMS and len(first) * operations <= MAX_OPERATIONS - 4
