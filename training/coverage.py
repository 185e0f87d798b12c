"""What the training mix covers: constructs and operations, by the types of their operands, with their share of the mix.

    neuraldbg train data --coverage 400 [--write training/data/coverage.tsv]

An operation's pattern replaces its operands by their types: ``str.split(str, int)``, ``int // int``, ``list[int]``,
``str[:int]``, ``str in dict``, ``f'{float:.2f}'``. Constructs are the statements and expressions of the programs' text.
coverage.tsv holds the table of the shipped mix; a test keeps it from shrinking (tests/training/test_coverage.py).
"""

from __future__ import annotations

import ast
import builtins
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from neuraldbg.steps import Operation, Step
from neuraldbg.training.data.drills import drill
from neuraldbg.training.data.library import Function
from neuraldbg.training.data.stream import traced

TABLE: Final = Path(__file__).parent / "data" / "coverage.tsv"
DRILLS_A_PROGRAM: Final = 20  # about as many tokens as a program's document

_SYMBOLS: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.MatMult: "@",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
    ast.Not: "not ",
}  # fmt: skip
_KNOWN: Final = frozenset(dir(builtins)) | frozenset(
    "collections Counter OrderedDict defaultdict deque namedtuple datetime date time timedelta functools reduce heapq"
    " bisect itertools json math operator re statistics string textwrap Decimal Fraction".split()
)
_NAMED: Final = (
    ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.Assert, ast.AugAssign, ast.AnnAssign, ast.Await, ast.Break,
    ast.ClassDef, ast.Continue, ast.Delete, ast.DictComp, ast.GeneratorExp, ast.Global, ast.IfExp, ast.JoinedStr,
    ast.Lambda, ast.ListComp, ast.Match, ast.NamedExpr, ast.Nonlocal, ast.Raise, ast.Return, ast.SetComp, ast.Starred,
    ast.With, ast.Yield, ast.YieldFrom, ast.BoolOp,
)  # fmt: skip


@dataclass(slots=True)
class Coverage:
    """Counts over a sample of the mix.

    Attributes:
        constructs: of the programs' text.
        operations: patterns of the operations, drilled, or worked out in programs (there each counts once a program).
        programs: in the sample.
    """

    constructs: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    programs: int = 0

    def rows(self) -> Iterator[tuple[str, str, float]]:
        """Kind, name, and share: occurrences in a thousand programs, or in a thousand operations."""
        for name, count in self.constructs.most_common():
            yield "construct", name, 1000 * count / max(1, self.programs)
        total = sum(self.operations.values())
        for name, count in self.operations.most_common():
            yield "operation", name, 1000 * count / max(1, total)


def kind(node: ast.expr) -> str:
    """The type of an operand that is written as a literal, a name for everything else."""
    match node:
        case ast.Constant(value=value):
            return type(value).__name__
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return kind(operand)
        case ast.BinOp(left=ast.Constant(value=int() | float()), right=ast.Constant(value=complex())):
            return "complex"
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            return type(node).__name__.lower()
        case ast.Lambda():
            return "lambda"
        case ast.Call(func=ast.Name(id=name)) | ast.Name(id=name) if name in _KNOWN:
            return name
        case ast.Attribute(attr=name):
            return name
    return "object"


def pattern(text: str) -> str:
    """What an operation, as the scratchpad writes it, does to operands of which types."""
    if text.startswith("next "):
        return "next item"
    prefix = "after " if text.startswith("after ") else ""
    try:
        statement = ast.parse(text.removeprefix(prefix)).body[0]
    except (SyntaxError, ValueError, IndexError):
        return "not a literal"
    match statement:
        case ast.Expr(value=node):
            return prefix + _expression(node)
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            return f"{_expression(target)} = {kind(value)}"
        case ast.AugAssign(target=ast.Subscript() as target, op=op, value=value):
            return f"{_expression(target)} {_SYMBOLS[type(op)]}= {kind(value)}"
        case ast.Delete(targets=[ast.Subscript() as target]):
            return f"del {_expression(target)}"
    return "other statement"


def _expression(node: ast.expr) -> str:
    match node:
        case ast.Call(func=function):
            given = [f"*{kind(a.value)}" if isinstance(a, ast.Starred) else kind(a) for a in node.args]
            given += [f"{k.arg}={kind(k.value)}" if k.arg else f"**{kind(k.value)}" for k in node.keywords]
            name = kind(function)
            if isinstance(function, ast.Attribute):
                name = f"{kind(function.value)}.{function.attr}"
            return f"{name}({', '.join(given)})"
        case ast.Subscript(value=value, slice=ast.Slice(lower=low, upper=high, step=step)):
            ends = ":".join("" if part is None else _sign(part) for part in (low, high))
            return f"{_inner(value)}[{ends}{'' if step is None else ':' + _sign(step)}]"
        case ast.Subscript(value=value, slice=index):
            return f"{_inner(value)}[{_sign(index)}]"
        case ast.BinOp(left=left, op=op, right=right):
            return f"{kind(left)} {_SYMBOLS[type(op)]} {kind(right)}"
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{kind(left)} {_SYMBOLS[type(op)]} {kind(right)}"
        case ast.UnaryOp(op=operator, operand=operand):
            return f"{_SYMBOLS[type(operator)]}{kind(operand)}"
        case ast.JoinedStr(values=values):
            holes = [part for part in values if isinstance(part, ast.FormattedValue)]
            return f"f'{''.join(_hole(part) for part in holes[:3])}'"
    return kind(node)


def _inner(node: ast.expr) -> str:
    """The container of a subscript, which may be a subscript again."""
    return _expression(node) if isinstance(node, ast.Subscript) else kind(node)


def _sign(node: ast.expr) -> str:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return "-" + kind(node) if negative else kind(node)


def _hole(part: ast.FormattedValue) -> str:
    conversion = "" if part.conversion == -1 else f"!{chr(part.conversion)}"
    spec = "".join(
        str(v.value) if isinstance(v, ast.Constant) else "{}" for v in getattr(part.format_spec, "values", [])
    )
    shape = "".join("0" if c.isdigit() else c for c in spec)
    while "00" in shape:
        shape = shape.replace("00", "0")
    return f"{{{kind(part.value)}{conversion}{':' + shape if shape else ''}}}"


def constructs(tree: ast.AST) -> Iterator[str]:
    """The constructs of a program's text, each as often as it stands there."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                yield from _of_function(node)
            case ast.For() | ast.While():
                yield type(node).__name__ + (" else" if node.orelse else "")
                if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
                    yield "For unpacking"
                if isinstance(node, ast.For) and isinstance(node.iter, ast.Call):
                    yield f"For {kind(node.iter)}"
            case ast.If(orelse=orelse):
                elif_ = len(orelse) == 1 and isinstance(orelse[0], ast.If)
                yield "If elif" if elif_ else "If else" if orelse else "If"
            case ast.Try():
                yield " ".join(["Try", *(["else"] if node.orelse else []), *(["finally"] if node.finalbody else [])])
            case ast.Assign(targets=targets):
                unpacks = any(isinstance(target, ast.Tuple | ast.List) for target in targets)
                yield "Assign chain" if len(targets) > 1 else "Assign unpacking" if unpacks else "Assign"
            case _ if isinstance(node, _NAMED):
                yield type(node).__name__


def _of_function(node: ast.FunctionDef) -> Iterator[str]:
    yield "FunctionDef"
    arguments = node.args
    if arguments.defaults or any(arguments.kw_defaults):
        yield "default argument"
    if arguments.vararg or arguments.kwarg:
        yield "star argument"
    if arguments.kwonlyargs or arguments.posonlyargs:
        yield "keyword-only or positional-only argument"
    if node.decorator_list:
        yield "decorator"
    inner = [part for part in ast.walk(node) if isinstance(part, ast.FunctionDef) and part is not node]
    if inner:
        yield "nested function"
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    if any(isinstance(function, ast.Name) and function.id == node.name for function in calls):
        yield "recursion"


def measure(programs: int, seed: int = 0, functions: Sequence[Function] = ()) -> Coverage:
    """Counts over a sample of the training side of the mix.

    Args:
        programs: to draw; `DRILLS_A_PROGRAM` drills come with each.
        seed: of the draw.
        functions: as in training.
    """
    rng, out = random.Random(f"coverage/{seed}"), Coverage()
    for _, run in zip(range(programs), traced(rng, False, 120, functions), strict=False):
        out.programs += 1
        out.constructs.update(constructs(run.program.tree))
        out.operations.update({pattern(one.text) for one in _valued(run.steps)})
        out.operations.update(pattern(drill(rng).text) for _ in range(DRILLS_A_PROGRAM))
    return out


def _valued(steps: Sequence[Step]) -> Iterator[Operation]:
    for step in steps:
        for operation in step.operations:
            if operation.value is not None:
                yield operation


def read_table(path: Path = TABLE) -> dict[tuple[str, str], float]:
    """The table of the shipped mix: kind and name -> share."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return {(kind_, name): float(share) for kind_, name, share in rows}


def table(coverage: Coverage, least: float = 0.0) -> str:
    """The table as tab-separated text, without the rows below a share."""
    rows = [f"{kind_}\t{name}\t{share:.2f}" for kind_, name, share in coverage.rows() if share >= least]
    return "\n".join(["kind\tname\tper thousand", *rows]) + "\n"
