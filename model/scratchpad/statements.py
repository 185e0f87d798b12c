"""The walk over a statement: what it assigns, where it leads, what it returns."""

from __future__ import annotations

import ast
from collections.abc import Generator, Sequence

from neuraldbg.model.scratchpad.displays import items
from neuraldbg.model.scratchpad.expressions import BINARY, ExpressionWalker, left_operand
from neuraldbg.model.scratchpad.facts import block_of, breaks_in, changed_root
from neuraldbg.model.scratchpad.questions import UNKNOWN, Ask, Conclusion, Raised, Stop, Value, Walk
from neuraldbg.steps import Event, Operation, Step


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
                conclusion.inside = (block_of(node.body), holds)
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
                if parts is None or len(parts) != len(target.elts):
                    raise Stop
                if any(isinstance(t, ast.Starred) for t in target.elts):
                    raise Stop
                for part, inner in zip(target.elts, parts, strict=True):
                    yield from self._assign(part, Value(inner, inner))
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
        if root is None or not self._is_shown(root):
            self._conclusion.raises = True
            yield Ask(text, "note")
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
        entry, number = _arrival(self._history, self._activation(), node)
        if number == 0:
            values = yield from self._iterable(node.iter)
        else:
            values = yield from self._replayed(node, entry)
        bounds = values if isinstance(values, range) else None
        block = block_of(node.body)
        if bounds is not None:
            answer = yield Ask(f"{bounds}[{number}]", "next")
            item = answer.value if answer.value != "StopIteration()" else None
        else:
            assert not isinstance(values, range)
            item = values[number] if number < len(values) else None
            self._conclusion.raises = number > 0 and isinstance(node.iter, ast.Name)  # it may have changed
            yield Ask(f"next {item}" if item is not None else "next is none", "note")
        self._conclusion.inside = (block, item is not None)
        if item is not None:
            yield from self._assign(node.target, Value(item, item))

    def _activation(self) -> list[int]:
        """Indices of the line stops of the running activation, the last one first."""
        last = self._history[-1]
        own = self._facts.def_lines.get(last.function)
        resumed = last.function.rpartition(".")[2] in self._facts.suspending
        fresh = 0
        out: list[int] = []
        for index in range(len(self._history) - 1, -1, -1):
            step = self._history[index]
            if resumed:  # the steps of a generator lie apart; those of two cannot be told from each other
                if step.function == last.function:
                    fresh += step.event is Event.CALL and step.line == own
                    if step.event is Event.LINE:
                        out.append(index)
            elif step.depth < last.depth or (step.depth == last.depth and step.event is Event.CALL):
                break
            elif step.depth == last.depth and step.event is Event.LINE:
                out.append(index)
        if fresh > 1:
            raise Stop
        return out

    def _replayed(self, node: ast.For, entry: int) -> Generator[Ask, Operation, Sequence[str] | range]:
        """What is iterated over, from the operations written down when the loop was entered.

        A recorded history has none; then they are asked for anew, with the locals of that step.
        """
        if isinstance(node.iter, ast.Name) and node.iter.id in self._locals:
            shown = items(self._locals[node.iter.id])
            if shown is not None:
                return shown
        written = self._history[entry + 1].operations
        earlier = iter(written)
        walk = StatementWalker(self._facts, self._history[: entry + 1], Conclusion())._iterable(node.iter)
        try:
            ask = next(walk)
            while True:
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


def _arrival(history: Sequence[Step], stops: Sequence[int], node: ast.For) -> tuple[int, int]:
    """Where a loop was entered, and how many items have been taken since.

    Args:
        history: all steps.
        stops: indices of the line stops of the running activation, the last one first, which is at the loop.
        node: the loop.
    """
    block = block_of(node.body)
    breaks = set(breaks_in(node.body))
    entry, number = stops[0], 0
    inside = False
    for index in stops[1:]:
        line = history[index].line
        if line == node.lineno:
            if not inside:
                break
            entry, number, inside = index, number + 1, False
        elif line in block:
            if not inside and line in breaks:
                break
            inside = True
        else:
            break
    return entry, number


def _none() -> Walk:
    return Value("None", "None")
    yield  # makes it a generator
