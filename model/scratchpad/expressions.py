"""The walk over an expression, innermost operations first, as Python evaluates it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final

from neuraldbg.model.scratchpad.callbacks import Callback, Entered, arguments_of, arranged, callback
from neuraldbg.model.scratchpad.displays import entries, is_opaque, items, range_of, truth
from neuraldbg.model.scratchpad.facts import CHANGING, COMPREHENSIONS, OPERATIONS, Facts, changed_root
from neuraldbg.model.scratchpad.questions import Ask, Conclusion, Stop, Value, Walk
from neuraldbg.steps import Operation, Step
from neuraldbg.values import surely_immutable

MAX_OPERATIONS: Final = 32  # of a line
MAX_SHOWN: Final = 80  # characters: a local with a longer repr stays a name
MAX_ITEMS: Final = 24  # of a comprehension that is worked out item by item

BINARY: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.MatMult: "@",
}  # fmt: skip
_COMPARE: Final = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_CONSUMERS: Final = frozenset({"sum", "min", "max", "list", "set", "tuple", "dict", "sorted", "frozenset", "join"})
_BUILTINS: Final = frozenset(dir(builtins))
_LAZY: Final = frozenset({"enumerate", "zip", "reversed", "map", "filter"})
_NOT_WALKED: Final = frozenset({"super", "locals", "globals", "vars", "eval", "exec", "input", "open", "iter", "next"})


class ExpressionWalker:
    """Walks the expressions of one line.

    Args:
        facts: of the program.
        history: the steps up to the stop at the line.
        conclusion: filled on the way.
    """

    def __init__(self, facts: Facts, history: Sequence[Step], conclusion: Conclusion) -> None:
        self._facts = facts
        self._history = history
        self._locals: Mapping[str, str] = history[-1].locals
        self._env: dict[str, str] = {}  # names of comprehensions and walruses
        self._conclusion = conclusion
        self._called = False  # the program's own code has run since the line began

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
                return (yield from self._value(f"{_receiver(base.text)}[{index}]", node))
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

    def _name(self, name: str) -> Value:
        value = self._env.get(name)
        if value is not None:
            return Value(value if not is_opaque(value) else name, value)
        value = self._locals.get(name)
        if value is not None and self._called and (name in self._facts.rebound or not surely_immutable(value)):
            return Value(name)
        if value is not None:
            shown = len(value) <= MAX_SHOWN and not is_opaque(value)
            return Value(value if shown else name, value)
        if name in self._facts.constants:
            constant = self._facts.constants[name]
            return Value(constant if len(constant) <= MAX_SHOWN else name, constant)
        if name in self._facts.own or name in self._facts.imported or name in _BUILTINS:
            return Value(name)
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
        return (yield from self._value(f"{sign}{_receiver(value.text)}", node))

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
        return (yield from self._value(f"{_receiver(base.text)}.{node.attr}", node))

    def _index(self, node: ast.expr) -> Generator[Ask, Operation, str]:
        if not isinstance(node, ast.Slice):
            value = yield from self.expr(node)
            return value.text[1:-1] if isinstance(node, ast.Tuple) and node.elts else value.text
        parts = []
        for part in (node.lower, node.upper, node.step):
            value = (yield from self.expr(part)) if part is not None else Value("")
            parts.append(value.text)
        return ":".join(parts if node.step is not None else parts[:2])

    def _base(self, node: ast.expr) -> Walk:
        """As `expr`, but an item of a local container is written by its place, so that the whole stays in view."""
        if isinstance(node, ast.Subscript) and changed_root(node) is not None:
            base = yield from self._base(node.value)
            index = yield from self._index(node.slice)
            self._open(base)
            if base.repr is not None and base.repr.startswith("defaultdict("):
                self._touch(base)
            value = yield from self._value(f"{_receiver(base.text)}[{index}]", node)
            return Value(f"{base.text}[{index}]", value.repr)
        return (yield from self.expr(node))

    def _call(self, node: ast.Call) -> Walk:
        func = node.func
        found = self._callback(node)
        if found is not None:
            return (yield from self._called_back(found))
        own = False
        changes: str | None = None
        if isinstance(func, ast.Attribute):
            changes = changed_root(func.value) if func.attr in CHANGING else None
            base = yield from self._base(func.value) if changes is not None else self.expr(func.value)
            own = func.attr in self._facts.own or base.text in self._facts.own
            name = f"{_receiver(base.text)}.{func.attr}"
            self._open(base)
            short = func.attr
        elif isinstance(func, ast.Name):
            short = name = func.id
            own = name in self._locals or name in self._env or name in self._facts.own
            if not own and name not in self._facts.imported and (name not in _BUILTINS or name in _NOT_WALKED):
                raise Stop
        else:
            raise Stop
        arguments = yield from self._arguments(node, short)
        text = f"{name}({', '.join(a.text for a in arguments)})"
        if own:
            if short in self._facts.classes or short in self._facts.suspending:
                yield Ask(text, "note")
                raise Stop
            answer = yield Ask(text, "call", enters=self._entered(node, arguments))
            self._conclusion.wild = True
            self._called |= not self._is_apart(short, arguments)
            return Value(answer.value or "", answer.value)
        self._open(*arguments)
        if text.partition("(")[0] in _LAZY and name not in self._facts.imported:
            return Value(text)  # its repr would not tell what it gives
        if isinstance(func, ast.Attribute) and func.attr in CHANGING:
            self._touch(base)
        if name.partition(".")[0] in self._facts.imported:
            for argument in arguments:
                self._touch(argument)
        value = yield from self._value(text, node)
        named = changes is None or base.text == changes or base.text.startswith(f"{changes}[")
        if changes is not None and not named and not surely_immutable(base.repr or "None"):
            answer = yield Ask(f"after {text}", "effect", node)
            self._change(changes, answer.value)
        elif isinstance(func, ast.Attribute) and func.attr in CHANGING:
            self._forget()
        return value

    def _callback(self, node: ast.Call) -> Callback | None:
        """What a builtin calls back, if its name and that of the function stand for what they seem to here."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if any(name in names for names in (self._locals, self._env, self._facts.own, self._facts.imported)):
            return None
        found = callback(node, self._facts)
        if found is None or isinstance(found.key, ast.Name) and not self._is_function(found.key.id):
            return None
        if found.function != "sort":
            return found
        assert isinstance(found.items, ast.Name)
        return found if (self._name(found.items.id).repr or "").startswith("[") else None

    def _is_function(self, name: str) -> bool:
        """Whether a name stands for the program's function of that name, not for another object."""
        bound = self._env.get(name, self._locals.get(name))
        return bound is None or bound.endswith((f" {name}>", f".{name}>"))

    def _entered(self, node: ast.Call, arguments: Sequence[Value]) -> Entered | None:
        """The call of one of the program's functions by name."""
        names = arguments_of(node, self._facts)
        if names is None or not isinstance(node.func, ast.Name):
            return None
        name = node.func.id
        if not self._is_function(name):
            return None
        steady = [not self._conclusion.touched or surely_immutable(a.repr or "[]") for a in arguments]
        known = {n: a.repr for n, a, s in zip(names, arguments, steady, strict=True) if a.repr is not None and s}
        return Entered(name, self._facts.functions[name].lineno, known)

    def _is_apart(self, name: str, arguments: Sequence[Value]) -> bool:
        """Whether a function gets no object that could change, and no variable of a function around it."""
        function = self._facts.functions.get(name)
        unchanging = all(a.repr is not None and surely_immutable(a.repr) for a in arguments)
        return function is not None and function.col_offset == 0 and unchanging

    def _called_back(self, found: Callback) -> Walk:
        """A builtin that calls the program's own function for each item."""
        values, keys = yield from self._calls(found)
        shown = f"[{', '.join(keys)}]"
        if found.function in ("min", "max") and keys:
            answer = yield Ask(f"{found.function}({shown})", "plain")
            if answer.value not in keys:
                raise Stop
            best = values[keys.index(answer.value)]
            return Value(best, best)
        if found.function not in ("sorted", "sort"):
            raise Stop  # consumed later, or there is nothing to choose from
        answer = yield Ask(f"sorted({shown}{', reverse=True' if found.reverse else ''})", "plain")
        ordered = arranged(values, keys, answer.value or "")
        if ordered is None:
            raise Stop
        text = _written(True, ordered)
        if found.function == "sorted":
            return Value(text, text)
        assert isinstance(found.items, ast.Name)
        self._touch(self._name(found.items.id))
        self._change(found.items.id, text)
        return Value("None", "None")

    def _calls(self, found: Callback) -> Generator[Ask, Operation, tuple[Sequence[str], list[str]]]:
        """The items that a function is called back for, and what it gave for each."""
        values = yield from self._iterable(found.items)
        if isinstance(values, range):
            raise Stop
        keys = []
        for value in values:
            if is_opaque(value):
                raise Stop
            answer = yield Ask(found.text(value), "call", enters=found.entered(value))
            if not found.pure:
                self._called = self._conclusion.wild = True
            if answer.value is None:
                raise Stop
            keys.append(answer.value)
        return values, keys

    def _mapped(self, found: Callback) -> Walk:
        """What map or filter gives to a function that consumes it at once."""
        values, keys = yield from self._calls(found)
        if found.function == "filter":
            keys = [value for value, key in zip(values, keys, strict=True) if self._truth(Value(key, key))]
        text = _written(True, keys)
        return Value(text, text)

    def _arguments(self, node: ast.Call, function: str) -> Generator[Ask, Operation, list[Value]]:
        out: list[Value] = []
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp):
                out.append((yield from self._consumed(argument, function)))
            elif (lazy := self._lazy_callback(argument, function)) is not None:
                out.append((yield from self._mapped(lazy)))
            elif isinstance(argument, ast.Starred):
                value = yield from self.expr(argument.value)
                out.append(Value(f"*{value.text}", value.repr))
            else:
                out.append((yield from self.expr(argument)))
        for keyword in node.keywords:
            value = yield from self.expr(keyword.value)
            text = f"{keyword.arg}={value.text}" if keyword.arg else f"**{value.text}"
            out.append(Value(text, value.repr))
            if value.text in self._facts.own:
                raise Stop
        return out

    def _lazy_callback(self, argument: ast.expr, function: str) -> Callback | None:
        """A map or filter that is consumed at once by the function it is passed to."""
        if not isinstance(argument, ast.Call) or function not in _CONSUMERS:
            return None
        found = self._callback(argument)
        return found if found is not None and found.function in ("map", "filter") else None

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

    def _value(self, text: str, node: ast.AST, after: bool = False) -> Walk:
        answer = yield Ask(text, "value", node, after)
        assert answer.value is not None
        return Value(answer.value, answer.value)

    def _all(self, nodes: Sequence[ast.expr]) -> Generator[Ask, Operation, list[Value]]:
        out = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                raise Stop
            out.append((yield from self.expr(node)))
        return out

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
        return Value(_written(square, [p.text for p in parts]), _composed(square, parts))

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

    def _pairs(self, pairs: Sequence[tuple[Value, Value]]) -> Value:
        shown = {k.text: v.text for k, v in pairs}
        text = "{" + ", ".join(f"{k}: {v}" for k, v in shown.items()) + "}"
        known = {k.repr: v.repr for k, v in pairs}
        if None in known or None in known.values():
            return Value(text)
        return Value(text, "{" + ", ".join(f"{k}: {v}" for k, v in known.items()) + "}")

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
        return Value(_written(True, [v.text for v in values]), _composed(True, values))

    def _consumed(self, node: ast.GeneratorExp, function: str) -> Walk:
        """A generator expression that is consumed at once by the function it is passed to."""
        found: list[tuple[Value, ...]] = []
        first = yield from self._first(node)
        if function in ("any", "all"):
            wanted = function == "any"
            done: Callable[[], bool] = lambda: bool(found) and self._truth(found[-1][0]) is wanted  # noqa: E731
        elif function in _CONSUMERS:
            done = lambda: False  # noqa: E731
        else:
            raise Stop
        if not _can_expand(node, first):
            raise Stop
        yield from self._items(node, 0, first, found, done)
        values = [value for (value,) in found]
        return Value(_written(True, [v.text for v in values]), _composed(True, values))

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


def _written(square: bool, parts: Sequence[str]) -> str:
    """A list (``square``) or a tuple."""
    inner = ", ".join(parts)
    if square:
        return f"[{inner}]"
    return f"({inner},)" if len(parts) == 1 else f"({inner})"


def _composed(square: bool, parts: Sequence[Value]) -> str | None:
    known = [part.repr for part in parts if part.repr is not None]
    return _written(square, known) if len(known) == len(parts) else None


def _receiver(text: str) -> str:
    return f"({text})" if text[:1] in "-0123456789" else text


def left_operand(text: str, sign: str) -> str:
    return f"({text})" if sign == "**" and text.startswith("-") else text
