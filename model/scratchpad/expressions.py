"""The walk over an expression, innermost operations first, as Python evaluates it."""

from __future__ import annotations

import ast
from collections.abc import Generator
from typing import Final

from neuraldbg.model.scratchpad.calls import CallWalker
from neuraldbg.model.scratchpad.displays import entries
from neuraldbg.model.scratchpad.questions import Ask, Stop, Value, Walk
from neuraldbg.model.scratchpad.walker import composed, receiver, written
from neuraldbg.steps import Operation

BINARY: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.MatMult: "@",
}  # fmt: skip
_COMPARE: Final = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


class ExpressionWalker(CallWalker):
    """Walks the expressions of one line."""

    def expr(self, node: ast.expr) -> Walk:
        """Walks an expression to its value."""
        match node:
            case ast.Constant():
                text = repr(node.value) if node.value is not ... else "..."
                return Value(text, "Ellipsis" if node.value is ... else text)
            case ast.Name():
                return self._name(node.id)
            case ast.NamedExpr():
                value = yield from self.expr(node.value)
                if value.repr is None:
                    raise Stop
                self._env[node.target.id] = value.repr
                self._conclusion.stored.add(node.target.id)
                self._conclusion.values[node.target.id] = value.repr
                return value
            case ast.UnaryOp():
                return (yield from self._unary(node))
            case ast.BinOp():
                left = yield from self.expr(node.left)
                right = yield from self.expr(node.right)
                self._open(left, right)
                sign = BINARY[type(node.op)]
                return (yield from self._value(f"{left_operand(left.text, sign)} {sign} {right.text}", node))
            case ast.Compare():
                return (yield from self._compare(node))
            case ast.BoolOp():
                stops_at = isinstance(node.op, ast.Or)
                for part in node.values[:-1]:
                    value = yield from self.expr(part)
                    if self._truth(value) is stops_at:
                        return value
                return (yield from self.expr(node.values[-1]))
            case ast.IfExp():
                value = yield from self.expr(node.test)
                return (yield from self.expr(node.body if self._truth(value) else node.orelse))
            case ast.Attribute():
                return (yield from self._attribute(node))
            case ast.Subscript():
                base = yield from self.expr(node.value)
                index = yield from self._index(node.slice)
                self._open(base)
                if base.repr is not None and base.repr.startswith("defaultdict("):
                    self._touch(base)
                return (yield from self._value(f"{receiver(base.text)}[{index}]", node))
            case ast.Call():
                return (yield from self._call(node))
            case ast.List() | ast.Tuple():
                return (yield from self._display(node))
            case ast.Set():
                parts = yield from self._all(node.elts)
                return (yield from self._value("{" + ", ".join(p.text for p in parts) + "}", node))
            case ast.Dict():
                return (yield from self._dict(node))
            case ast.JoinedStr():
                text = yield from self._fstring(node)
                return (yield from self._value(f"f{text!r}", node))
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return (yield from self._comprehension(node))
            case _:
                raise Stop

    def _unary(self, node: ast.UnaryOp) -> Walk:
        constant = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if type(constant) in (int, float, complex) and isinstance(node.op, ast.USub):
            assert isinstance(constant, int | float | complex)
            text = repr(-constant)
            return Value(text, text)
        value = yield from self.expr(node.operand)
        if isinstance(node.op, ast.Not):
            text = str(not self._truth(value))
            return Value(text, text)
        self._open(value)
        sign = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]
        return (yield from self._value(f"{sign}{receiver(value.text)}", node))

    def _compare(self, node: ast.Compare) -> Walk:
        left = yield from self.expr(node.left)
        text, operands = left.text, [left]
        for number, (op, part) in enumerate(zip(node.ops, node.comparators, strict=True)):
            if number and not isinstance(part, ast.Name | ast.Constant):
                raise Stop  # it is evaluated only if the comparisons before hold
            right = yield from self.expr(part)
            operands.append(right)
            text += f" {_COMPARE[type(op)]} {right.text}"
        if not all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            self._open(*operands)
        return (yield from self._value(text, node))

    def _attribute(self, node: ast.Attribute) -> Walk:
        base = yield from self.expr(node.value)
        if node.attr in self._facts.own or base.text in self._facts.own:
            raise Stop  # a property, or a class's own attribute
        if base.repr is None:
            return Value(f"{base.text}.{node.attr}")  # of a module or a builtin type
        return (yield from self._value(f"{receiver(base.text)}.{node.attr}", node))

    def _display(self, node: ast.List | ast.Tuple) -> Walk:
        parts: list[Value] = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                shown = yield from self._iterable(element.value)
                if isinstance(shown, range):
                    raise Stop
                parts += [Value(text, text) for text in shown]
            else:
                parts.append((yield from self.expr(element)))
        square = isinstance(node, ast.List)
        return Value(written(square, [p.text for p in parts]), composed(square, parts))

    def _dict(self, node: ast.Dict) -> Walk:
        pairs: list[tuple[Value, Value]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = yield from self.expr(value)
                inside = entries(merged.repr) if merged.repr is not None else None
                if inside is None:
                    raise Stop
                pairs += [(Value(k, k), Value(v, v)) for k, v in inside]
                continue
            shown = yield from self.expr(key)
            pairs.append((shown, (yield from self.expr(value))))
        return self._pairs(pairs)

    def _fstring(self, node: ast.JoinedStr) -> Generator[Ask, Operation, str]:
        text = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value).replace("{", "{{").replace("}", "}}")
            elif isinstance(part, ast.FormattedValue):
                value = yield from self.expr(part.value)
                self._open(value)
                text += "{" + value.text + (f"!{chr(part.conversion)}" if part.conversion > 0 else "")
                if isinstance(part.format_spec, ast.JoinedStr):
                    text += ":" + (yield from self._fstring(part.format_spec))
                text += "}"
        return text


def left_operand(text: str, sign: str) -> str:
    return f"({text})" if sign == "**" and text.startswith("-") else text
