"""The walk over a statement: what it assigns, where it leads, what it returns."""

from __future__ import annotations

import ast
from collections.abc import Generator, Sequence

from neuraldbg.model.history import Past
from neuraldbg.model.scratchpad.displays import items, range_of
from neuraldbg.model.scratchpad.expressions import BINARY, ExpressionWalker, left_operand
from neuraldbg.model.scratchpad.facts import block_of, breaks_in, changed_root, guarded
from neuraldbg.model.scratchpad.questions import UNKNOWN, Ask, Conclusion, Raised, Stop, Value, Walk
from neuraldbg.model.scratchpad.walker import written
from neuraldbg.steps import Operation
from neuraldbg.syntax import walk


class StatementWalker(ExpressionWalker):
    """Walks the statement of one line."""

    def statement(self, node: ast.stmt) -> Generator[Ask, Operation, None]:
        conclusion = self._conclusion
        match node:
            case ast.Expr():
                yield from self.expr(node.value)
            case ast.Assign():
                value = yield from self.expr(node.value)
                for target in node.targets:
                    yield from self._assign(target, value, alone=len(node.targets) == 1)
            case ast.AnnAssign() if node.value is not None:
                value = yield from self.expr(node.value)
                yield from self._assign(node.target, value, alone=True)
            case ast.AugAssign():
                yield from self._augmented(node)
            case ast.Return():
                value = yield from self.expr(node.value) if node.value else _none()
                conclusion.result = value.repr
            case ast.If() | ast.While():
                holds = yield from self._test(node.test)
                only = guarded(node)
                if only is None:
                    conclusion.inside = (block_of(node.body), holds)
                else:
                    yield from self._guarded(only, holds)
            case ast.Assert():
                conclusion.checks = yield from self._test(node.test)
            case ast.For():
                yield from self._for(node)
            case ast.Raise() if node.exc is not None and node.cause is None:
                value = yield from self.expr(node.exc)
                if value.repr is None:
                    raise Stop
                raise Raised(value.repr)
            case ast.Delete():
                target = node.targets[0]
                if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
                    raise Stop
                place = yield from self._place(target)
                yield from self._store(target, f"del {place}")
            case _:
                raise Stop

    def _guarded(self, node: ast.stmt, holds: bool) -> Generator[Ask, Operation, None]:
        """The statement behind an ``if`` on the same line."""
        match node:
            case ast.Break():
                self._conclusion.inside = (self._facts.loop_around(node.lineno), not holds)
            case ast.Continue():
                if holds:
                    header = self._facts.loop_around(node.lineno).start
                    self._conclusion.inside = (range(header, header + 1), True)
            case ast.Pass():
                pass
            case _:
                if isinstance(node, ast.Return):
                    self._conclusion.leaves = holds
                if holds:
                    yield from self.statement(node)

    def _test(self, node: ast.expr) -> Generator[Ask, Operation, bool]:
        value = yield from self.expr(node)
        holds = self._truth(value)
        yield Ask(str(holds), "note")
        return holds

    def _assign(self, target: ast.expr, value: Value, alone: bool = False) -> Generator[Ask, Operation, None]:
        match target:
            case ast.Name():
                self._conclusion.stored.add(target.id)
                if value.repr is not None:
                    self._conclusion.values[target.id] = value.repr
                else:
                    self._conclusion.values.pop(target.id, None)
            case ast.Tuple() | ast.List():
                parts = items(value.repr) if value.repr is not None else None
                if parts is None:
                    raise Stop
                for part, inner in zip(target.elts, _unpacked(target.elts, parts), strict=True):
                    taking = part.value if isinstance(part, ast.Starred) else part
                    yield from self._assign(taking, Value(inner, inner))
            case ast.Subscript() | ast.Attribute():
                place = yield from self._place(target)
                if alone:
                    yield from self._store(target, f"{place} = {value.text}")
                else:
                    self._conclusion.raises = True
                    yield Ask(f"{place} = {value.text}", "note")
            case _:
                raise Stop

    def _store(self, target: ast.Subscript | ast.Attribute, text: str) -> Generator[Ask, Operation, None]:
        """A statement that changes the container at the root of its target."""
        root = changed_root(target)
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            if self._instance_of(self._name(target.value.id)) is not None:  # its repr does not show its attributes
                yield Ask(text, "note")
                return
        if root is None or not self._is_shown(root):
            self._conclusion.raises = True
            yield Ask(text, "note")
            if root is not None and root in self._locals and root not in self._env:
                answer = yield Ask(text, "silent", target)
                self._change(root, answer.value)
            elif root is None:
                self._forget()
            return
        answer = yield Ask(text, "effect", target)
        self._change(root, answer.value)

    def _place(self, target: ast.Subscript | ast.Attribute) -> Generator[Ask, Operation, str]:
        base = yield from self._base(target.value)
        self._touch(base)
        if isinstance(target, ast.Attribute):
            if target.attr in self._facts.own:
                raise Stop
            return f"{base.text}.{target.attr}"
        index = yield from self._index(target.slice)
        return f"{base.text}[{index}]"

    def _augmented(self, node: ast.AugAssign) -> Generator[Ask, Operation, None]:
        sign = BINARY[type(node.op)]
        if isinstance(node.target, ast.Name):
            place, old = "", self._name(node.target.id)
        else:
            place = yield from self._place(node.target)
            old = yield from self._value(place, node.target)
        right = yield from self.expr(node.value)
        self._open(old, right)
        self._touch(old)
        written = f"{sign}=" if old.text.startswith("[") else sign  # in place, it takes any iterable
        new = yield from self._value(f"{left_operand(old.text, sign)} {written} {right.text}", node, after=True)
        if not isinstance(node.target, ast.Name):
            yield from self._store(node.target, f"{place} = {new.text}")
        else:
            yield from self._assign(node.target, new)

    def _for(self, node: ast.For) -> Generator[Ask, Operation, None]:
        if not self._past.certain(len(self._history) - 1):
            raise Stop
        entry, number, before = _arrival(self._past, len(self._history) - 1, node)
        if number == 0:
            values = yield from self._iterable(node.iter)
        else:
            values = yield from self._replayed(node, entry)
        block = block_of(node.body)
        if isinstance(values, range):
            last = self._history[before].locals.get(node.target.id) if isinstance(node.target, ast.Name) else None
            item = yield from self._number(values, number, last)
        else:
            item = values[number] if number < len(values) else None
            self._conclusion.raises = number > 0 and isinstance(node.iter, ast.Name) and self._may_raise(node.iter.id)
            yield Ask(f"next {item}" if item is not None else "next is none", "note")
        self._conclusion.inside = (block, item is not None)
        if item is not None:
            yield from self._assign(node.target, Value(item, item))

    def _number(self, values: range, number: int, last: str | None) -> Generator[Ask, Operation, str | None]:
        """An item of a range, None behind its end.

        Ranges that count up by one from zero or more are asked for their item at once, others step by step: small
        models get the end of those wrong.

        Args:
            values: the range.
            number: of the item.
            last: the item before, where it is known.
        """
        if (values.step == 1 and min(values.start, values.stop) >= 0) or (number and last is None):
            answer = yield Ask(f"{values}[{number}]", "next")
            return answer.value if answer.value != "StopIteration()" else None
        item = str(values.start)
        if number:
            answer = yield Ask(f"{last} {'+' if values.step > 0 else '-'} {abs(values.step)}", "plain")
            item = answer.value or ""
            if range_of(f"range(0, {item})") is None:
                raise Stop  # no whole number
        answer = yield Ask(f"{item} {'<' if values.step > 0 else '>'} {values.stop}", "plain")
        return item if answer.value == "True" else None

    def _may_raise(self, name: str) -> bool:
        """Whether iterating over a local may raise because it has changed: lists, tuples and strings never do."""
        return "__repr__" in self._facts.own or self._locals.get(name, "")[:1] not in ("[", "(", "'", '"')

    def _has_changed(self, node: ast.expr, entry: int) -> bool:
        """Whether the loop goes over a list, with its indices or beside others, that has changed since its entry."""
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("enumerate", "zip")
        ):
            return False
        before, now = self._history[entry].locals, self._locals
        names = [argument.id for argument in node.args if isinstance(argument, ast.Name)]
        return any(before.get(n, "").startswith("[") and now.get(n) != before[n] for n in names)

    def _replayed(self, node: ast.For, entry: int) -> Generator[Ask, Operation, Sequence[str] | range]:
        """What is iterated over, from the operations written down when the loop was entered.

        A recorded history has none; then they are asked for anew, with the locals of that step.
        """
        if isinstance(node.iter, ast.Name) and node.iter.id in self._locals:
            # The loop goes on over the object that it was entered with, as that is now.
            values = self._history[entry].locals if _rebinds(node, node.iter.id) else self._locals
            shown = items(values.get(node.iter.id, ""))
            if shown is not None:
                return shown
        if self._has_changed(node.iter, entry):
            return (yield from self._iterable(node.iter))
        written = self._history[entry + 1].operations
        earlier = iter(written)
        walk = StatementWalker(self._facts, self._history[: entry + 1], Conclusion(), self._past)._iterable(node.iter)
        try:
            ask = next(walk)
            while True:
                if ask.kind == "silent":
                    ask = walk.send((yield ask))
                    continue
                operation = next(earlier, None)
                if not written and ask.kind != "call":
                    operation = yield ask
                elif operation is None or operation.text != ask.text:
                    raise Stop
                if operation is None or operation.raised or operation.value == UNKNOWN:
                    raise Stop
                ask = walk.send(operation)
        except StopIteration as done:
            result: Sequence[str] | range = done.value
            return result


def _rebinds(node: ast.For, name: str) -> bool:
    """Whether a name is bound anew inside a loop."""
    stored = (part for child in (node.target, *node.body) for part in walk(child))
    return any(isinstance(p, ast.Name) and p.id == name and isinstance(p.ctx, ast.Store) for p in stored)


def _unpacked(targets: Sequence[ast.expr], parts: Sequence[str]) -> list[str]:
    """The reprs that targets take, a starred one a list of what the others leave.

    Raises:
        Stop: if there are too few or too many.
    """
    star = next((n for n, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    left = len(parts) - len(targets)
    if left < -1 or (star is None and left):
        raise Stop
    if star is None:
        return list(parts)
    return [*parts[:star], written(True, parts[star : star + left + 1]), *parts[star + left + 1 :]]


def _arrival(past: Past, start: int, node: ast.For) -> tuple[int, int, int]:
    """Where a loop was entered, how many items have been taken since, and the first stop behind the last of them.

    Args:
        past: the steps so far.
        start: index of the line stop, which is at the loop.
        node: the loop.
    """
    turns: list[tuple[int, int]] = []
    at = start
    while (at, node.lineno) not in past.arrivals:
        turn = _turn_before(past, at, node)
        if turn is None:
            past.arrivals[at, node.lineno] = (at, 0, at)
            break
        turns.append((at, turn[1]))
        at = turn[0]
    for later, behind in reversed(turns):
        entry, number, _ = past.arrivals[at, node.lineno]
        past.arrivals[later, node.lineno] = (entry, number + 1, behind)
        at = later
    return past.arrivals[start, node.lineno]


def _turn_before(past: Past, at: int, node: ast.For) -> tuple[int, int] | None:
    """The stop at the loop one turn before the one ``at``, and the stop behind it; None where the loop was entered."""
    block = block_of(node.body)
    breaks = set(breaks_in(node.body))
    inside, later = False, at
    for index in past.before(at):
        line = past.steps[index].line
        if line == node.lineno:
            return (index, later) if inside else None
        if line not in block or (not inside and line in breaks):
            return None
        inside, later = True, index
    return None


def _none() -> Walk:
    return Value("None", "None")
    yield  # makes it a generator
