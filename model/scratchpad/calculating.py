"""Works out operations on values that are written out, without the model: for those who would rather have them exact.

An operation of the scratchpad has its operands in place, so most are expressions over literals: those that
`neuraldbg.evaluation` can evaluate need no guess. Changes of containers (`after [1].append(2)`, `{'a': 1}['b'] = 2`,
`del [1][0]`) are made on a copy. What is left to the model: objects that their repr does not tell, the program's own
code, what the walk does not reach, other modules. None of the program's code runs.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from neuraldbg.bounded import has_unordered, render
from neuraldbg.evaluation import Evaluation, Kind, evaluate
from neuraldbg.literals import REPRS, Opaque, read_value
from neuraldbg.model.scratchpad.questions import Ask
from neuraldbg.parsing import parse
from neuraldbg.reprscan import STRING, read_bracket
from neuraldbg.steps import Operation

MOST_RESULT: Final = 2_000  # characters; longer values are left to the model, which closes them
MOST_ITEMS: Final = 10_000  # that a change may take from an argument
_BUDGET: Final = 50_000

_CHANGING: Mapping[type, frozenset[str]] = {
    list: frozenset("append clear extend insert pop remove reverse sort".split()),
    dict: frozenset("clear pop popitem setdefault update".split()),
    set: frozenset(
        "add clear difference_update discard intersection_update pop remove symmetric_difference_update update".split()
    ),
    deque: frozenset("append appendleft clear extend extendleft insert pop popleft remove reverse rotate".split()),
    Counter: frozenset("clear pop subtract update".split()),
    OrderedDict: frozenset("clear move_to_end pop popitem setdefault update".split()),
}


_VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))
_TOKEN = re.compile(rf"[a-zA-Z]{{0,2}}(?:{STRING})|<class '(\w+)'>|(?<![\w.])([A-Za-z_]\w*)\(|.", re.DOTALL)


class _Unknown(Exception):
    """The values that are written do not tell."""


class _Raises(Exception):
    """Python would raise; the argument is the exception's repr."""


def calculate(
    ask: Ask, values: Mapping[str, str], shadowed: Iterable[str] = (), imported: Mapping[str, str] | None = None
) -> Operation | None:
    """The operation a walk asks for, worked out.

    Args:
        ask: of the walk.
        values: name -> repr, of locals that the text may name.
        shadowed: names that stand for something of the program's.
        imported: name -> what it stands for, such as ``math`` or ``collections.Counter``.

    Returns:
        None where that takes a model.
    """
    if ask.kind in ("note", "call"):
        return None
    text, written = _readable(ask.now or ask.text)
    counts = any("Counter(" in value for value in (*written.values(), *values.values()))
    work = _Work({**values, **written}, frozenset(shadowed), imported or {}, counts)
    try:
        if ask.kind in ("effect", "silent"):
            result = work.effect(text)
        elif ask.kind == "next":
            result = work.item(text)
        elif ask.after and (parts := _in_place(text)) is not None:
            result = work.in_place(*parts)
        else:
            result = work.value(text)
    except (_Unknown, RecursionError, MemoryError, SyntaxError):
        return None
    except _Raises as error:
        raised = str(error)
        if ask.after:  # it stands for `a += b`
            raised = re.sub(r"(unsupported operand type\(s\) for [^:=]+):", r"\1=:", raised, count=1)
        return Operation(ask.text, raised, raised=True, calculated=True)
    return Operation(ask.text, result, calculated=True) if len(result) <= MOST_RESULT else None


class _Work:
    def __init__(
        self, values: Mapping[str, str], shadowed: frozenset[str], imported: Mapping[str, str], counts: bool
    ) -> None:
        self._values, self._shadowed, self._imported, self._counts = values, shadowed, imported, counts

    def value(self, text: str) -> str:
        node = parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            if self._is_builtin("print"):
                return "None"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and self._changes(node.func):
            root, target = self._place(node.func.value)
            return _shown(self._apply(target, node))
        return _shown(self._evaluate(text).value)

    def _is_builtin(self, name: str) -> bool:
        return name not in self._shadowed and name not in self._values and name not in self._imported

    def effect(self, text: str) -> str:
        if text.startswith("after "):
            node = parse(text.removeprefix("after "), mode="eval").body
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                raise _Unknown
            root, target = self._place(node.func.value)
            self._apply(target, node)
            return self._whole(root)
        statement = parse(text).body[0]
        value: Any = None
        match statement:
            case ast.Assign(targets=[ast.Subscript() as place]):
                value = self._object(statement.value)
            case ast.Delete(targets=[ast.Subscript() as place]):
                pass
            case _:
                raise _Unknown
        root, target = self._place(place.value)
        index = self._index(place.slice)
        if not isinstance(target, (list, dict, deque)):
            raise _Unknown
        fresh = isinstance(target, Counter) and isinstance(statement, ast.Assign) and index not in target
        try:
            if isinstance(statement, ast.Delete):
                del target[index]
            else:
                target[index] = value
        except Exception as error:  # whatever Python raises is the outcome
            raise _Raises(repr(error)) from error
        return _shown(root) if fresh and root is target else self._whole(root)  # a new element comes last

    def _whole(self, root: Any) -> str:
        if _has_ties(root):
            raise _Unknown
        return _shown(root)

    def item(self, text: str) -> str:
        try:
            return self.value(text)
        except _Raises as error:
            if str(error).startswith("IndexError("):
                return "StopIteration()"
            raise

    def in_place(self, left: str, sign: str, right: str) -> str:
        """``[1] += (2,)``: a list takes any iterable."""
        if sign == "+":
            right = f"list({right})"
        return self.value(f"{left} {sign} {right}")

    def _evaluate(self, text: str) -> Evaluation:
        found = evaluate(text, self._values, shadowed=self._shadowed, budget=_BUDGET, imported=self._imported)
        if found.kind is Kind.ERROR and found.error is not None:
            raise _Raises(found.error)
        if not found.ok or isinstance(found.value, Opaque) and not found.value.text.startswith("<class '"):
            raise _Unknown
        if self._counts and (_is_view(found.value) and len(found.value) > 1 or _has_ties(found.value)):
            raise _Unknown  # a Counter's repr does not tell in which order its elements came
        return found

    def _object(self, node: ast.expr) -> Any:
        return self._evaluate(ast.unparse(node)).value

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            return slice(*(self._object(p) if p is not None else None for p in (node.lower, node.upper, node.step)))
        return self._object(node)

    def _changes(self, func: ast.Attribute) -> bool:
        return any(func.attr in names for names in _CHANGING.values())

    def _place(self, node: ast.expr) -> tuple[Any, Any]:
        """The container that is written out, and the part of it that a place such as ``{'a': [1]}['a']`` names."""
        path: list[ast.expr] = []
        while isinstance(node, ast.Subscript):
            path.append(node.slice)
            node = node.value
        root = target = self._object(node)
        for part in reversed(path):
            index = self._index(part)
            try:
                target = target[index]
            except Exception as error:  # whatever Python raises is the outcome
                raise _Raises(repr(error)) from error
        if path and _twins(root, target) > 1:
            raise _Unknown  # equal parts may be one object
        return root, target

    def _apply(self, target: Any, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Attribute)
        name = node.func.attr
        if isinstance(target, Opaque):
            raise _Unknown
        if name not in _CHANGING.get(dict if type(target) is defaultdict else type(target), ()):
            if hasattr(target, name):
                raise _Unknown
            raise _Raises(repr(AttributeError(f"'{type(target).__name__}' object has no attribute '{name}'")))
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            raise _Unknown
        arguments = [self._object(a) for a in node.args]
        named = {str(k.arg): self._object(k.value) for k in node.keywords}
        for argument in (*arguments, *named.values()):
            if isinstance(argument, Opaque) or (isinstance(argument, range) and len(argument) > MOST_ITEMS):
                raise _Unknown
        if isinstance(target, set) and name == "pop" and len(target) > 1:
            raise _Unknown
        if name != "update" and any(has_unordered(a) for a in arguments) and name.startswith("extend"):
            raise _Unknown
        try:
            return getattr(target, name)(*arguments, **named)
        except Exception as error:  # whatever Python raises is the outcome
            raise _Raises(repr(error)) from error


def _shown(value: Any) -> str:
    try:
        return repr(value) if _numbers_only(value) else render(value)
    except (ValueError, TypeError) as error:
        raise _Unknown from error


def _is_view(value: Any) -> bool:
    return isinstance(value, _VIEWS)


def _has_ties(value: Any) -> bool:
    return isinstance(value, Counter) and len(set(value.values())) < len(value)


def _numbers_only(value: Any) -> bool:
    """Whether every set in a value holds nothing but numbers, whose order does not change from run to run."""
    return all(
        isinstance(element, (int, float))
        for item in _parts(value)
        if isinstance(item, (set, frozenset))
        for element in item
    )


def _parts(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, (list, tuple, deque)):
            waiting += item


def _twins(root: Any, part: Any) -> int:
    return sum(type(item) is type(part) and item == part for item in _parts(root))


def _readable(text: str) -> tuple[str, dict[str, str]]:
    """A text whose reprs that are no expressions, such as ``dict_keys(['a'])``, are names; and what these stand for."""
    out: list[str] = []
    written: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None
        piece, at = match[0], match.end()
        if match[1]:
            piece = match[1] if isinstance(getattr(builtins, match[1], None), type) else piece
        elif match[2] in REPRS:
            end = read_bracket(text, match.end() - 1).end
            value = read_value(text[match.start() : end])
            if not isinstance(value, Opaque):
                piece, at = f"written{len(written)}_", end
                written[piece] = text[match.start() : end]
        out.append(piece)
    return "".join(out), written


def _in_place(text: str) -> tuple[str, str, str] | None:
    """The sides of ``[1] += [2]``, which is no expression."""
    for sign in ("+", "*"):
        at = text.find(f" {sign}= ")
        while at >= 0:
            left, right = text[:at], text[at + 4 :]
            try:
                parse(left.strip(), mode="eval")
                parse(right.strip(), mode="eval")
                return left, sign, right
            except SyntaxError:
                at = text.find(f" {sign}= ", at + 1)
    return None
