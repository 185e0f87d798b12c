"""Random Python programs to trace and learn from: small typed functions, scripts, classes, generators.

Half of the functions come from templates of usual idioms (idioms_*.py), half are composed statement by statement
(statements.py). Everything follows from the ``random.Random`` given. The programs end quickly, nearly all without an
exception, and touch neither files nor the network. :func:`coverage_table` counts what they exercise.
"""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from neuraldbg.syntax import walk
from neuraldbg.training.data import idioms
from neuraldbg.training.data.expressions import Scope
from neuraldbg.training.data.naming import VALUE_ROLE, Names
from neuraldbg.training.data.statements import Composer
from neuraldbg.training.data.templates import Parameter, Pool
from neuraldbg.training.data.values import edge, hint, literal, related, value

MODULE = "<module>"


@dataclass(frozen=True, slots=True)
class Generated:
    """A program to run.

    Attributes:
        source: the file.
        entry: ``<module>`` or the function to call.
        call: the call expression, None for a module.
        calls: ``call`` and up to three more with other arguments; empty for a module.
        family: a number that all variants of one hand-written program share, None where there are no variants.
    """

    source: str
    entry: str
    call: str | None
    calls: tuple[str, ...]
    family: int | None = None


_MODULES = re.compile(
    r"(?<![\w.'])(math|re|string|itertools|functools|statistics|heapq|operator|bisect|random|json|copy)\.[a-z]"
)
_NAMES = {
    "collections": re.compile(r"(?<![\w.'])(Counter|defaultdict|deque|OrderedDict|namedtuple)\("),
    "itertools": re.compile(
        r"(?<![\w.'])(accumulate|chain|combinations|compress|count|cycle|dropwhile|islice|pairwise|permutations|product|repeat"
        r"|starmap|takewhile|zip_longest)(?=\(|\.from_iterable\()"
    ),
}


def with_imports(source: str) -> str:
    """The source with imports in front for the standard modules it names."""
    lines = [f"import {name}" for name in sorted(set(_MODULES.findall(source))) if f"import {name}" not in source]
    for module, pattern in _NAMES.items():
        names = sorted({name for name in pattern.findall(source) if f"def {name}(" not in source})
        if names and f"from {module} import" not in source:
            lines.append(f"from {module} import {', '.join(names)}")
    return "\n".join(lines) + "\n\n\n" + source if lines else source


def generate(rng: random.Random) -> Generated:
    """A random program.

    Args:
        rng: the only source of randomness.
    """
    draw = rng.random()
    if draw < 0.25:
        return _from_template(rng, idioms.FUNCTIONS)
    if draw < 0.41:
        return _from_template(rng, idioms.SHORT)
    if draw < 0.78:
        return _composed(rng)
    if draw < 0.89:
        return _from_template(rng, idioms.SEVERAL)
    if draw < 0.94:
        return _from_template(rng, idioms.SCRIPTS)
    return _from_template(rng, idioms.OBJECTS)


def _from_template(rng: random.Random, pool: Pool) -> Generated:
    template = pool.draw(rng)
    names = Names(rng)
    source = template.render(rng, names)
    if not template.parameters:
        return Generated(with_imports(source), MODULE, None, ())
    return _finish(rng, source, names.role("f"), names, template.parameters)


_ARGUMENTS = (
    "S S S S S S S S S S.sentence S.letters S.word S.case S.digits S.csv LI LI LI LI LI LI LI.dup LI.pos LS LS LS LS"
    " LS.dup DSI DSI DSI DSS DSL I I I LL LT TI EI EI LF TS DIS"
).split()  # fmt: skip
_SECOND = "C C C C I I I I I.tiny I.tiny S S S LI LI LS DSI B EI F".split()

_MOVES = (0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4)  # how many statements a composed function has before its return


def _composed(rng: random.Random) -> Generated:
    """A function of random statements over random parameters."""
    names = Names(rng)
    scope = Scope()
    function = names.role("f")
    parameters: list[Parameter] = []
    for k in range(rng.choice((1, 1, 1, 2, 2, 2, 2, 3))):
        pool = _ARGUMENTS if k == 0 else _SECOND
        kind = pool[int(rng.random() * len(pool))]
        code = kind.partition(".")[0]
        role = VALUE_ROLE[code] + ("" if k == 0 else str(k + 1))
        related_to = ""
        first = parameters[0] if parameters else None
        if first and first.kind[0] == "S" and code in ("C", "S"):
            related_to = "elem" if code == "C" else "part"
        elif first and (first.kind[:2], code) in (("LI", "I"), ("DS", "S"), ("LS", "S")):
            related_to = "elem" if kind != "I.tiny" else ""
        solid = code not in ("I", "F", "B", "C") or kind == "I.tiny"
        parameters.append(Parameter(role, kind, first.role if first and related_to else "", related_to))
        scope.add(names.role(role), code, solid)
    composer = Composer(rng, names, scope, unused=[names.role(p.role) for p in parameters])
    for _ in range(rng.choice(_MOVES)):
        composer.statement()
        if len(composer.lines) > 16:
            break
    composer.emit(f"return {composer.value_for_return()}")
    arguments = ", ".join(names.role(p.role) for p in parameters)
    source = f"def {function}({arguments}):\n" + "\n".join(composer.lines) + "\n"
    return _finish(rng, source, function, names, parameters)


def _finish(rng: random.Random, source: str, function: str, names: Names, parameters: Sequence[Parameter]) -> Generated:
    """Adds decoration, imports and calls."""
    draw = rng.random()
    if draw < 0.1:
        source = _annotate(source, function, names, parameters)
    elif draw < 0.17:
        source = _document(rng, source, function)
    calls = [f"{function}({', '.join(_arguments(rng, parameters, 0.08))})"]
    for _ in range(1 + int(rng.random() * 3)):
        call = f"{function}({', '.join(_arguments(rng, parameters, 0.28))})"
        if call not in calls:
            calls.append(call)
    return Generated(with_imports(source), function, calls[0], tuple(calls))


def _arguments(rng: random.Random, parameters: Sequence[Parameter], edges: float) -> list[str]:
    values: dict[str, object] = {}
    for parameter in parameters:
        other = values.get(parameter.other)
        if other and rng.random() < 0.75:
            made = related(rng, other, parameter.how)
        else:
            made = edge(rng, parameter.kind) if rng.random() < edges else value(rng, parameter.kind)
        values[parameter.role] = made
    return [literal(rng, made) for made in values.values()]


def _annotate(source: str, function: str, names: Names, parameters: Sequence[Parameter]) -> str:
    """Type hints on the entry function's parameters."""
    head = f"def {function}({', '.join(names.role(p.role) for p in parameters)}):"
    typed = ", ".join(names.role(p.role) + (f": {h}" if (h := hint(p.kind)) else "") for p in parameters)
    return source.replace(head, f"def {function}({typed}):", 1)


_DOCS = (
    "Returns the result.",
    "Helper for tests.",
    "Process the input.",
    "See the README.",
    "A small utility.",
    "Works on copies.",
    "Simple version.",
)
_NOTES = (
    "# not the fastest way",
    "# main part",
    "# done",
    "# simple case first",
    "# keep order",
    "# start here",
    "# note the order",
)


def _document(rng: random.Random, source: str, function: str) -> str:
    """A docstring in the entry function or a comment somewhere."""
    lines = source.split("\n")
    at = next((k for k, line in enumerate(lines) if line.lstrip().startswith(f"def {function}(")), -1)
    if at < 0 or not lines[at].endswith(":"):
        return source
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())] + "    "
    note = f'"""{rng.choice(_DOCS)}"""' if rng.random() < 0.6 else rng.choice(_NOTES)
    return "\n".join([*lines[: at + 1], indent + note, *lines[at + 1 :]])


def coverage_table(n: int, seed: int) -> dict[str, int]:
    """How often each construct, method and function occurs in ``n`` programs, counted once a program.

    Keys are names of syntax nodes (``For``, ``ListComp``), ``.method`` for attribute calls, ``name()`` for calls of
    names and ``op:Name`` for operators.
    """
    rng = random.Random(seed)
    table: Counter[str] = Counter()
    for _ in range(n):
        table.update(constructs(generate(rng).source))
    return dict(sorted(table.items()))


def constructs(source: str) -> set[str]:
    """What a source exercises, in the keys of :func:`coverage_table`."""
    found: set[str] = set()
    for node in walk(ast.parse(source)):
        found.add(type(node).__name__)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add(f".{node.func.attr}")
            elif isinstance(node.func, ast.Name):
                found.add(f"{node.func.id}()")
        elif isinstance(node, ast.For | ast.While):
            found |= {f"{type(node).__name__}/else"} if node.orelse else set()
        elif isinstance(node, ast.BinOp | ast.AugAssign):
            found.add(f"{'op' if isinstance(node, ast.BinOp) else 'aug'}:{type(node.op).__name__}")
        elif isinstance(node, ast.Compare):
            found |= {f"cmp:{type(op).__name__}" for op in node.ops}
            found |= {"cmp:chained"} if len(node.ops) > 1 else set()
        elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            found.add(f"except {node.type.id}")
        elif isinstance(node, ast.Try):
            found |= {"Try/finally"} if node.finalbody else set()
            found |= {"Try/else"} if node.orelse else set()
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            found.add("assign:slice" if isinstance(node.targets[0].slice, ast.Slice) else "assign:item")
    return found
