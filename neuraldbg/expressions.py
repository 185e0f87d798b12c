"""The walk over an expression's tree; evaluation.py says what it is for."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from neuraldbg.bounded import Meter, Produced, Refused, binary, compare, format_value, known, unary
from neuraldbg.builtin_calls import Function, builtin, items_of, truth, unordered
from neuraldbg.builtin_methods import attribute
from neuraldbg.library_calls import library
from neuraldbg.literals import Opaque, TooLarge, UnknownValue, make_dict, make_set, read_value

DEEPEST_EXPRESSION: Final = 70
_CHARS_A_UNIT: Final = 8
_BUILTINS = frozenset(dir(builtins))


class Names:
    """What names stand for: the program's values, read when they are first used, then builtins."""

    def __init__(
        self, meter: Meter, values: Mapping[str, str], shadowed: frozenset[str], imported: Mapping[str, str]
    ) -> None:
        self.meter, self.values, self.shadowed, self.imported = meter, values, shadowed, imported
        self.used: set[str] = set()
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self._read:
            return self._read[name]
        text = self.values.get(name)
        if text is not None:
            self.used.add(name)
            self.meter.spend(1 + len(text) // _CHARS_A_UNIT)
            value = self._read[name] = read_value(text)
            self.meter.spend(self.meter.weigh(value))
            return value
        if name in self.shadowed:
            raise UnknownValue(f"{name} is the program's own, which is not run")
        if name in self.imported:
            return library(self.meter, self.imported[name])
        function = builtin(self.meter, name)
        if function is not None:
            return function
        if name in _BUILTINS:
            raise Refused(f"{name} is not evaluated")
        raise UnknownValue(f"{name} is not known here")


class Walker:
    """Evaluates nodes.

    Args:
        meter: pays for it.
        names: of the program.
    """

    def __init__(self, meter: Meter, names: Names) -> None:
        self.meter, self.names = meter, names
        self.scope: dict[str, Any] = {}  # variables of comprehensions and lambdas
        self.depth = 0

    def value(self, node: ast.expr) -> Any:
        """The value of a node."""
        method = _METHODS.get(type(node))
        if method is None:
            raise Refused(f"{_NAMES.get(type(node), type(node).__name__)} is not evaluated")
        self.meter.spend(1)
        self.depth += 1
        if self.depth > DEEPEST_EXPRESSION:
            raise TooLarge("the expression is too deep")
        out = method(self, node)
        self.depth -= 1
        return out

    def truth(self, node: ast.expr) -> bool:
        """Whether a node is true; of ``and`` and ``or`` one side can be enough."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.truth(node.operand)
        if not isinstance(node, ast.BoolOp):
            return truth(self.value(node))
        decides = isinstance(node.op, ast.Or)
        unknown: UnknownValue | None = None
        for part in node.values:
            depth, scope = self.depth, self.scope
            try:
                if self.truth(part) is decides:
                    return decides
            except UnknownValue as error:
                unknown, self.depth, self.scope = unknown or error, depth, scope
            except (Refused, TooLarge):
                raise
            except Exception:
                if unknown is None:
                    raise
                raise unknown from None  # Python might not have come so far
        if unknown is not None:
            raise unknown
        return not decides

    # Atoms

    def _constant(self, node: ast.Constant) -> Any:
        return self.meter.charge(node.value)

    def _name(self, node: ast.Name) -> Any:
        return self.scope[node.id] if node.id in self.scope else self.names[node.id]

    def _joined(self, node: ast.JoinedStr) -> str:
        parts = [self.value(part) for part in node.values]
        return str(self.meter.charge("".join(parts)))

    def _formatted(self, node: ast.FormattedValue) -> str:
        value = self.value(node.value)
        if isinstance(value, Function):
            raise Refused("a function is no value that can be shown")
        spec = "" if node.format_spec is None else self.value(node.format_spec)
        if node.conversion != -1:
            text = self.names[{115: "str", 114: "repr", 97: "ascii"}[node.conversion]] if self._plain() else None
            if text is None:
                raise UnknownValue("str and repr are the program's own")
            value = text.call([value], {})
        return format_value(self.meter, value, spec)

    def _plain(self) -> bool:
        return not {"str", "repr", "ascii"} & (self.names.shadowed | self.names.values.keys())

    # Displays

    def _elements(self, nodes: list[ast.expr], ordered: bool = True) -> list[Any]:
        out: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                out += items_of(self.meter, self.value(node.value), ordered)
            else:
                out.append(_data(self.value(node)))
        return out

    def _list(self, node: ast.List) -> Any:
        return self.meter.charge(self._elements(node.elts))

    def _tuple(self, node: ast.Tuple) -> Any:
        elements = self._elements_or_types(node.elts)
        return tuple(elements)

    def _elements_or_types(self, nodes: list[ast.expr]) -> list[Any]:
        """As elements; types may stand among them, for isinstance."""
        if all(isinstance(n, (ast.Name, ast.Tuple)) for n in nodes):
            values = [self.value(n) for n in nodes]
            if any(isinstance(v, Function) for v in values):
                return values
            return list(self.meter.charge([_data(v) for v in values]))
        return list(self.meter.charge(self._elements(nodes)))

    def _set(self, node: ast.Set) -> Any:
        return self.meter.charge(make_set(self._elements(node.elts, ordered=False)))

    def _dict(self, node: ast.Dict) -> Any:
        pairs: list[tuple[Any, Any]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                pairs.append((_data(self.value(key)), _data(self.value(value))))
                continue
            other = self.value(value)
            known(other)
            if not isinstance(other, dict):
                raise TypeError(f"'{type(other).__name__}' object is not a mapping")
            pairs += self.meter.walk(other.items())
        return self.meter.charge(make_dict(pairs))

    # Operators

    def _binary(self, node: ast.BinOp) -> Any:
        left = _data(self.value(node.left))
        return binary(self.meter, type(node.op).__name__, left, _data(self.value(node.right)))

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return not self.truth(node.operand)
        return unary(self.meter, type(node.op).__name__, _data(self.value(node.operand)))

    def _bool(self, node: ast.BoolOp) -> Any:
        value: Any = None
        for part in node.values:
            value = self.value(part)
            if truth(value) is isinstance(node.op, ast.Or):
                break
        return value

    def _compare(self, node: ast.Compare) -> bool:
        left = _comparable(self.value(node.left))
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = _comparable(self.value(part))
            if not compare(self.meter, type(op).__name__, left, right):
                return False
            left = right
        return True

    def _choice(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.truth(node.test) else node.orelse)

    # Parts of values

    def _subscript(self, node: ast.Subscript) -> Any:
        value = _data(self.value(node.value))
        known(value)
        if isinstance(node.slice, ast.Slice):
            bounds = [None if b is None else _data(self.value(b)) for b in _bounds(node.slice)]
            return self.meter.charge(value[slice(*bounds)])
        key = _data(self.value(node.slice))
        if isinstance(value, dict):
            hash(key)
        self.meter.spend(self.meter.weigh(key))
        return value[key]

    def _attribute(self, node: ast.Attribute) -> Any:
        return attribute(self.meter, self.value(node.value), node.attr)

    def _call(self, node: ast.Call) -> Any:
        function = self.value(node.func)
        if isinstance(function, Opaque):
            raise Refused(f"{ast.unparse(node.func)} is the program's own code, which is not run")
        if not isinstance(function, Function):
            raise TypeError(f"'{type(function).__name__}' object is not callable")
        args: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                args += items_of(self.meter, self.value(argument.value))
            else:
                args.append(self.value(argument))
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Refused("** in a call is not evaluated")
            named[keyword.arg] = self.value(keyword.value)
        if function.name not in _TAKE_FUNCTIONS and any(map(_holds_function, args)):
            raise Refused(f"{function.name} of a function is not evaluated")
        if any(_holds_function(value) for name, value in named.items() if name != "key"):
            raise Refused(f"{function.name} of a function is not evaluated")
        out = function.call(args, named)
        return out if isinstance(out, (Function, Produced, Opaque)) else self.meter.charge(out)

    # Functions and comprehensions

    def _lambda(self, node: ast.Lambda) -> Function:
        arguments = node.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
            raise Refused("a lambda with other than plain parameters is not evaluated")
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        scope = self.scope

        def call(args: list[Any], named: dict[str, Any]) -> Any:
            if len(args) != len(names) or named:
                raise TypeError(f"<lambda>() takes {len(names)} arguments, {len(args) + len(named)} are given")
            outer, self.scope = self.scope, {**scope, **dict(zip(names, args, strict=True))}
            try:
                return self.value(node.body)
            finally:
                self.scope = outer

        return Function("<lambda>", call)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Any:
        first = _data_or_iterator(self.value(node.generators[0].iter))
        if isinstance(node, ast.DictComp):
            pair = ast.Tuple([node.key, node.value], ast.Load())
            return make_dict(self._produce(pair, node.generators, first, True))
        if isinstance(node, ast.GeneratorExp):
            return Produced(self._produce(node.elt, node.generators, first, False), unordered(first))
        items = [*map(_data, self._produce(node.elt, node.generators, first, isinstance(node, ast.ListComp)))]
        return self.meter.charge(make_set(items) if isinstance(node, ast.SetComp) else items)

    def _produce(
        self, element: ast.expr, generators: list[ast.comprehension], first: Any, ordered: bool
    ) -> Iterator[Any]:
        """The elements; the scope and depth of whoever asks for the next one are put back in between."""
        scope = dict(self.scope)

        def loop(number: int, items: Any) -> Iterator[Any]:
            generator = generators[number]
            if generator.is_async:
                raise Refused("an asynchronous comprehension is not evaluated")
            for item in items_of(self.meter, items, ordered or number > 0):
                outer, depth = self.scope, self.depth
                self.scope = scope
                _assign(self, generator.target, item, scope)
                last = number + 1 == len(generators)
                found = []
                if all(self.truth(test) for test in generator.ifs):
                    found.append(self.value(element if last else generators[number + 1].iter))
                self.scope, self.depth = outer, depth
                for value in found:
                    if last:
                        yield value
                    else:
                        yield from loop(number + 1, value)

        return loop(0, first)


def _assign(walker: Walker, target: ast.expr, value: Any, scope: dict[str, Any]) -> None:
    if isinstance(target, ast.Name):
        scope[target.id] = value
        return
    if not isinstance(target, (ast.Tuple, ast.List)) or any(isinstance(t, ast.Starred) for t in target.elts):
        raise Refused("such a target of a comprehension is not evaluated")
    items = list(items_of(walker.meter, value))
    if len(items) != len(target.elts):
        few = len(items) < len(target.elts)
        raise ValueError("not enough values to unpack" if few else "too many values to unpack")
    for part, item in zip(target.elts, items, strict=True):
        _assign(walker, part, item, scope)


def _bounds(node: ast.Slice) -> tuple[ast.expr | None, ast.expr | None, ast.expr | None]:
    return node.lower, node.upper, node.step


def _data(value: Any) -> Any:
    """A value that may stand in containers and under operators."""
    if _holds_function(value):
        raise Refused("a function or type is used as a value, which is not evaluated")
    if isinstance(value, Produced):
        raise UnknownValue("nothing but its items is known of an iterator; write list(...)")
    return value


def _comparable(value: Any) -> Any:
    """Types are compared by themselves, so that ``type(x) is int`` works."""
    if isinstance(value, Function):
        if value.kind is None:
            raise Refused(f"{value.name} is used as a value, which is not evaluated")
        return value.kind
    if _holds_function(value):
        return tuple(map(_comparable, value))
    return value


def _holds_function(value: Any) -> bool:
    return isinstance(value, Function) or (isinstance(value, tuple) and any(isinstance(v, Function) for v in value))


_TAKE_FUNCTIONS = frozenset({"isinstance", "map", "filter", "defaultdict", "<lambda>"})


def _data_or_iterator(value: Any) -> Any:
    return value if isinstance(value, Produced) else _data(value)


_METHODS: dict[type[ast.expr], Callable[[Walker, Any], Any]] = {
    ast.Constant: Walker._constant,
    ast.Name: Walker._name,
    ast.JoinedStr: Walker._joined,
    ast.FormattedValue: Walker._formatted,
    ast.List: Walker._list,
    ast.Tuple: Walker._tuple,
    ast.Set: Walker._set,
    ast.Dict: Walker._dict,
    ast.BinOp: Walker._binary,
    ast.UnaryOp: Walker._unary,
    ast.BoolOp: Walker._bool,
    ast.Compare: Walker._compare,
    ast.IfExp: Walker._choice,
    ast.Subscript: Walker._subscript,
    ast.Attribute: Walker._attribute,
    ast.Call: Walker._call,
    ast.Lambda: Walker._lambda,
    ast.ListComp: Walker._comprehension,
    ast.SetComp: Walker._comprehension,
    ast.DictComp: Walker._comprehension,
    ast.GeneratorExp: Walker._comprehension,
}
_NAMES: dict[type[ast.expr], str] = {
    ast.NamedExpr: "an assignment (:=)",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield from",
    ast.Starred: "a starred expression",
}
