"""Records, beside the steps of a program, what every operation of a line gave: the answers for model/scratchpad.py.

The program's syntax tree is rewritten so that each operation hands its value to a recording function; positions stay,
so the same lines stop. It is for programs of our own that run in this process: asking an iterator for its items ahead
of time, as is done at loops, is not invisible.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections import deque
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any, Final, TypeVar, overload

from neuraldbg.model.scratchpad import UNKNOWN, Ask, Scratchpad, Worked
from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.model.scratchpad.displays import range_of
from neuraldbg.model.scratchpad.facts import COMPREHENSIONS, OPERATIONS, changed_root
from neuraldbg.program import Program
from neuraldbg.reprs import Reprs
from neuraldbg.steps import Event, Operation, Step
from neuraldbg.syntax import LEAVES, walk

Item = TypeVar("Item")
RECORD: Final = "__neuraldbg_op__"
MOST_ITEMS: Final = 24  # of an iterator that are asked for ahead of time
MOST_LOGGED: Final = 300  # operations of one line
_LEAVES: Final = (ast.Name, ast.Constant, *LEAVES)  # nothing of them is reported
_PLAIN: Final = frozenset({"builtins", "collections", "datetime", "decimal", "fractions", "re", "_io", "pathlib"})


@dataclass(frozen=True, slots=True)
class Logged:
    """What one operation gave.

    Attributes:
        key: of the node (see `Keys`), and what was asked about it.
        value: its repr; None where it cannot be told.
    """

    key: tuple[int, str]
    value: str | None


class Keys:
    """Numbers for the nodes of a program's tree, the same in another tree of the same text."""

    def __init__(self, program: Program) -> None:
        self._of = {id(node): number for number, node in enumerate(program.nodes)}

    def __getitem__(self, node: ast.AST) -> int:
        return self._of[id(node)]


class Recorder:
    """Collects what operations give while the program is traced.

    Args:
        steps: the list that the tracer appends to.
        reprs: makes the texts.
    """

    def __init__(self, steps: Sequence[Step], reprs: Reprs) -> None:
        self._steps = steps
        self._reprs = reprs
        self.log: dict[int, list[Logged]] = {}

    def value(self, key: int, value: Any) -> Any:
        """Takes and returns the value of an operation."""
        self._add((key, "value"), value)
        return value

    def after(self, key: int, value: Any) -> None:
        """Takes the value of a target after an augmented assignment."""
        self._add((key, "after"), value)

    def changed(self, key: int, value: Any, container: Any) -> Any:
        """Takes and returns the value of a call that changes a container, and takes the container."""
        self._add((key, "value"), value)
        self._add((key, "effect"), container)
        return value

    def effect(self, key: int, container: Any) -> None:
        """Takes a container after a statement that changed it."""
        self._add((key, "effect"), container)

    def items(self, key: int, value: Iterable[Any]) -> Iterable[Any]:
        """Takes an iterable and gives one that gives the same."""
        kind = type(value)
        if kind in (list, tuple, str, bytes, set, frozenset, dict, range) or not hasattr(kind, "__iter__"):
            if isinstance(value, range) and len(value) <= MOST_ITEMS:
                self._add((key, "items"), list(value))
            return value
        if kind.__module__ not in _PLAIN or kind.__name__ == "generator":
            return value
        if isinstance(value, Iterator):
            head = list(itertools.islice(value, MOST_ITEMS + 1))
            if len(head) <= MOST_ITEMS:
                self._add((key, "items"), head)
            return itertools.chain(head, value)
        head = list(itertools.islice(value, MOST_ITEMS + 1))
        if len(head) <= MOST_ITEMS:
            self._add((key, "items"), head)
        return value

    def _add(self, key: tuple[int, str], value: Any) -> None:
        entries = self.log.setdefault(len(self._steps), [])
        if len(entries) < MOST_LOGGED:
            entries.append(Logged(key, self._reprs.text(value) if _is_plain(value) else None))


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Whether its repr runs no code of the program."""
    kind = type(value)
    if kind in (int, float, str, bool, type(None), bytes, complex, range):
        return True
    if kind.__module__ not in _PLAIN or depth > 6:
        return False
    if isinstance(value, BaseException):
        return all(_is_plain(part, depth + 1) for part in value.args)
    if isinstance(value, dict):
        return all(_is_plain(k, depth + 1) and _is_plain(v, depth + 1) for k, v in itertools.islice(value.items(), 200))
    if isinstance(value, (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView)):
        return all(_is_plain(v, depth + 1) for v in itertools.islice(value, 200))
    return kind.__name__ in (
        "date", "datetime", "timedelta", "time", "Decimal", "Fraction", "bytearray", "type", "enumerate", "zip",
        "reversed", "map", "filter",
    )  # fmt: skip


def instrumented(program: Program) -> ast.Module:
    """The program's tree with operations that report what they give."""
    changed = ast.parse(program.source)  # faster than a copy of the tree
    numbers = {id(node): number for number, node in enumerate(walk(changed))}
    result = _Instrument(numbers).visit(changed)
    assert isinstance(result, ast.Module)
    return result


class _Instrument(ast.NodeTransformer):
    def __init__(self, numbers: dict[int, int]) -> None:
        self._numbers = numbers
        self._kept: list[ast.AST] = []  # nodes whose identities are in use
        self._roots: dict[int, str | None] = {}

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, _LEAVES) else super().visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.visit(child)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.body = self._block(node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.body = self.visit(node.body)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        for case in node.cases:
            case.body = self._block(case.body)
        return node

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for child in body:
            result = self.visit(child)
            out.extend(result if isinstance(result, list) else [result])
        return out

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and node.lineno != node.end_lineno:
            return node  # its lines would stop in another order
        number = self._numbers.get(id(node), -1)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            self._roots[id(node)] = changed_root(node.func.value)
            node.func.value = self.visit(node.func.value)
            node.args = [self.visit(a) for a in node.args]
            node.keywords = [self.visit(k) for k in node.keywords]
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    part.value = self.visit(part.value)
        elif isinstance(node, ast.For):
            node.iter = self._reporting("items", self._numbers[id(node.iter)], self.visit(node.iter))
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        elif isinstance(node, ast.comprehension):
            node.iter = self._reporting("items", self._numbers[id(node.iter)], self.visit(node.iter))
            node.ifs = [self.visit(test) for test in node.ifs]
        else:
            super().generic_visit(node)
        counts = isinstance(node, (*OPERATIONS, *COMPREHENSIONS)) and not isinstance(node, ast.GeneratorExp)
        if counts and isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and not _is_negative_number(node):
            assert isinstance(node, ast.expr)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
                root = self._roots.get(id(node))
                if root is not None:
                    call = self._reporting("changed", number, node)
                    call.args.append(ast.copy_location(ast.Name(root, ast.Load()), node))
                    return call
            return self._reporting("value", number, node)
        return node

    def _effects(self, targets: Sequence[ast.expr], at: ast.stmt) -> list[ast.stmt]:
        """Statements that report the container that a store or a deletion has changed."""
        root = changed_root(targets[0]) if len(targets) == 1 and isinstance(targets[0], ast.Subscript) else None
        if root is None:
            return []
        name = ast.copy_location(ast.Name(root, ast.Load()), at)
        return [self._statement(self._reporting("effect", self._numbers[id(targets[0])], name), at)]

    def _target(self, node: ast.expr) -> None:
        if isinstance(node, ast.Subscript | ast.Attribute):
            node.value = self.visit(node.value)
            if isinstance(node, ast.Subscript):
                node.slice = self.visit(node.slice)

    def visit_Assign(self, node: ast.Assign) -> Any:
        node.value = self.visit(node.value)
        return self._stored(node, node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return self._stored(node, [node.target])

    def visit_Delete(self, node: ast.Delete) -> Any:
        return self._stored(node, node.targets)

    def _stored(self, node: ast.stmt, targets: Sequence[ast.expr]) -> ast.stmt | list[ast.stmt]:
        """``node``, its targets visited, and behind it what reports the container that it changed."""
        effects = self._effects(targets, node)
        for target in targets:
            self._target(target)
        return [node, *effects] if effects else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        number = self._numbers[id(node)]
        effects = self._effects([node.target], node)
        before: list[ast.stmt] = []
        read = copy.deepcopy(node.target)
        for part in walk(read):
            if isinstance(part, ast.Name | ast.Subscript | ast.Attribute):
                part.ctx = ast.Load()
        if any(isinstance(part, ast.Call | ast.NamedExpr | ast.Await | ast.Yield) for part in walk(read)):
            node.value = self.visit(node.value)
            return node
        if not isinstance(node.target, ast.Name):
            visited = copy.deepcopy(node.target)
            for part, original in zip(walk(visited), walk(node.target), strict=True):
                self._numbers[id(part)] = self._numbers.get(id(original), -1)
                self._kept.append(part)
            self._target(visited)
            shown = visited
            shown.ctx = ast.Load()
            before = [self._statement(self._reporting("value", self._numbers[id(node.target)], shown), node)]
        node.value = self.visit(node.value)
        after = self._statement(self._reporting("after", number, read), node)
        return [*before, node, after, *effects]

    def _statement(self, value: ast.expr, at: ast.stmt) -> ast.stmt:
        return ast.copy_location(ast.Expr(value), at)

    def _reporting(self, what: str, number: int, node: ast.expr) -> ast.Call:
        load = ast.Load()
        function = ast.Attribute(ast.Name(RECORD, load), what, load)
        call = ast.Call(function, [ast.Constant(number), node], [])
        for part in (call, function, function.value, call.args[0]):
            part.lineno, part.col_offset = node.lineno, node.col_offset
            part.end_lineno, part.end_col_offset = node.end_lineno, node.end_col_offset
        return call

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = self.visit(node.test)
        return self._bodies(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = self.visit(node.test)
        return self._bodies(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        return self._bodies(node)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        for handler in node.handlers:
            handler.body = self._block(handler.body)
        return self._bodies(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._bodies(node)

    def _bodies(self, node: Any) -> ast.AST:
        for part in ("body", "orelse", "finalbody"):
            if hasattr(node, part):
                setattr(node, part, self._block(getattr(node, part)))
        result: ast.AST = node
        return result


def _is_negative_number(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant) and isinstance(node.op, ast.USub)


def compiled(program: Program) -> CodeType:
    """The instrumented program."""
    return compile(instrumented(program), program.filename, "exec", dont_inherit=True, optimize=0)


def _plain_value(text: str) -> str:
    """What an operation on values as they are written gives, UNKNOWN where it holds anything but literals."""
    tree = ast.parse(text, mode="eval")
    names = {node.id for node in walk(tree) if isinstance(node, ast.Name)}
    if not names <= _PLAIN_FUNCTIONS.keys():
        return UNKNOWN
    try:
        return repr(eval(compile(tree, "<plain>", "eval"), {"__builtins__": {}, **_PLAIN_FUNCTIONS}))
    except TypeError:  # keys that have no order
        return UNKNOWN


_PLAIN_FUNCTIONS: Final[Mapping[str, Any]] = {"sorted": sorted, "min": min, "max": max}


class Answers:
    """Answers a walk at one step from what was recorded.

    Args:
        keys: of the program's tree.
        log: what was recorded between this step and the next.
        following: the next step.
        depth: of the frame that goes on now.
    """

    def __init__(self, keys: Keys, log: Sequence[Logged], following: Step, depth: int) -> None:
        self._keys = keys
        self._log = log
        self._at = 0
        self._following = following
        self._depth = depth

    def __call__(self, ask: Ask) -> Operation:
        if ask.kind in ("note", "call"):
            return Operation(ask.text)
        if ask.kind == "next":
            bounds, _, number = ask.text[:-1].rpartition("[")
            values = range_of(bounds) or range(0)
            index = int(number)
            return Operation(ask.text, str(values[index]) if index < len(values) else "StopIteration()")
        if ask.kind == "plain":
            return Operation(ask.text, _plain_value(ask.text))
        assert ask.node is not None
        wanted = (self._keys[ask.node], "after" if ask.after else ask.kind)
        for at in range(self._at, len(self._log)):
            if self._log[at].key == wanted:
                self._at = at + 1
                value = self._log[at].value
                return Operation(ask.text, UNKNOWN if value is None else value)
        following = self._following
        raises = following.event is Event.EXCEPTION and following.depth == self._depth
        if raises and self._at == len(self._log) and ask.kind in ("value", "effect"):
            return Operation(ask.text, following.value, raised=True)
        return Operation(ask.text, UNKNOWN)


class Walked:
    """What is worked out at the steps of a run, made as far as it is asked for.

    Args:
        program: that ran.
        recorded: its steps.
        log: what its operations gave.

    Attributes:
        steps: with their operations.
        worked: beside each step, what was worked out on the way to it.
    """

    def __init__(self, program: Program, recorded: Sequence[Step], log: Mapping[int, Sequence[Logged]]) -> None:
        self._program = program
        self._recorded = recorded
        self._log = log
        self._pad: Scratchpad | None = None
        self._steps: list[Step] = []
        self._worked: list[Worked | None] = []
        self.steps: Sequence[Step] = _Growing(self._steps, len(recorded), self._grow)
        self.worked: Sequence[Worked | None] = _Growing(self._worked, len(recorded), self._grow)

    def _grow(self, count: int) -> None:
        if self._pad is None:
            self._pad, self._keys = Scratchpad(self._program), Keys(self._program)
        out = self._steps
        for number in range(len(out), count):
            step, found = self._recorded[number], None
            if out:
                depth = out[-1].depth - (out[-1].event is Event.RETURN)
                answers = Answers(self._keys, self._log.get(number, ()), step, depth)
                found = self._pad.work_out(out, answers)
            self._worked.append(found)
            out.append(step if found is None else replace(step, operations=found.operations))


class _Growing(Sequence[Item]):
    """A sequence of known length whose items are made when they are asked for.

    Args:
        items: those that are there.
        length: of the whole.
        grow: makes ``items`` at least so long.
    """

    def __init__(self, items: list[Item], length: int, grow: Callable[[int], None]) -> None:
        self._items = items
        self._length = length
        self._grow = grow

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        reached = index.indices(self._length)[1] if isinstance(index, slice) else index + 1
        if isinstance(index, slice) and (index.step or 1) < 0 or reached <= 0:
            reached = self._length
        if len(self._items) < reached <= self._length:
            self._grow(reached)
        return self._items[index]
