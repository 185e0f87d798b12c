"""The hand-written functions of written/, each made into a program of its own, and variants of them.

A variant keeps the shape of what somebody wrote and changes the rest: arguments (inputs.py), names, constants,
operators, methods (variants.py). All variants of a function fall on the same side of the validation split.
"""

from __future__ import annotations

import ast
import functools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neuraldbg.errors import InputError
from neuraldbg.syntax import walk
from neuraldbg.training.data.inputs import vary_call
from neuraldbg.training.data.variants import mutate, rename

FOLDER = Path(__file__).parent / "written"
_CALL = "#: "
_ENDLESS = re.compile(r"\b(count|cycle|repeat)\(")  # a changed bound could make these run on inside C code


@dataclass(frozen=True, slots=True)
class Function:
    """A function and its example calls.

    Attributes:
        name: of the function.
        source: a whole program: the imports and helpers it needs, then the function.
        calls: expressions that call it with literal arguments.
        family: a number that all its variants share.
    """

    name: str
    source: str
    calls: tuple[str, ...]
    family: int


def names_in(node: ast.AST) -> set[str]:
    """Every name the node mentions."""
    return {child.id for child in walk(node) if isinstance(child, ast.Name)}


def needed(name: str, definitions: dict[str, ast.stmt]) -> set[str]:
    """Names of the definitions that ``name`` uses, itself among them."""
    wanted, open_ = {name}, [name]
    while open_:
        new = (names_in(definitions[open_.pop()]) & definitions.keys()) - wanted
        wanted |= new
        open_ += new
    return wanted


def functions_of(text: str, family: int = 0) -> Iterator[Function]:
    """The functions of a file that have calls.

    Args:
        text: of the file.
        family: number of the first one.

    Raises:
        ValueError: if the top level holds anything but imports, functions and classes.
    """
    lines = text.splitlines()
    imports: list[ast.Import | ast.ImportFrom] = []
    definitions: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise ValueError(f"line {node.lineno}: neither an import nor a definition")
    for name, node in definitions.items():
        calls = _calls_after(lines, node)
        if not calls:
            continue
        wanted = [other for other in definitions.values() if getattr(other, "name", "") in needed(name, definitions)]
        used = set().union(*map(names_in, wanted))
        head = [line for statement in imports if (line := import_of(statement, used))]
        blocks = ["\n".join(lines[_first_line(other) - 1 : other.end_lineno]) for other in wanted]
        source = "\n\n\n".join((["\n".join(head)] if head else []) + blocks) + "\n"
        yield Function(name, source, tuple(calls), family)
        family += 1


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _calls_after(lines: list[str], node: ast.stmt) -> list[str]:
    calls = []
    for line in lines[node.end_lineno :]:
        if line.startswith(_CALL):
            calls.append(line[len(_CALL) :])
        elif line.strip():
            break
    return calls


def import_of(node: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    """The import reduced to what is used; empty if that is nothing."""
    names = [alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in used]
    if not names:
        return ""
    if isinstance(node, ast.ImportFrom):
        return ast.unparse(ast.ImportFrom(node.module, names, node.level))
    return ast.unparse(ast.Import(names))


@functools.cache
def library(folder: Path = FOLDER) -> tuple[Function, ...]:
    """All functions of a folder, in the order of the files' names."""
    found: list[Function] = []
    for path in sorted(folder.glob("*.py")):
        found += functions_of(path.read_text(encoding="utf-8"), len(found))
    return tuple(found)


@functools.cache
def harvested(path: Path) -> tuple[Function, ...]:
    """The functions of a file that harvest.py wrote; their families go on where the library's end.

    Raises:
        InputError: if there is no such file or it is damaged.
    """
    first = len(library())
    try:
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return tuple(
            Function(record["name"], record["source"], tuple(record["calls"]), first + number)
            for number, record in enumerate(records)
        )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: not a file of harvested functions ({error})") from error


@dataclass(frozen=True, slots=True)
class Variant:
    """A program made from a function: source, function, calls, and the number of its family."""

    source: str
    name: str
    calls: tuple[str, ...]
    family: int


def variant(rng: random.Random, function: Function) -> Variant:
    """The function with other arguments, and mostly also with changes to its code.

    Args:
        rng: the only source of randomness.
        function: to start from.
    """
    calls = list(function.calls)
    rng.shuffle(calls)
    calls = [call if rng.random() < 0.2 else vary_call(rng, call) for call in calls]
    source, name = function.source, function.name
    changes = 0 if _ENDLESS.search(source) else rng.choice((0, 0, 1, 1, 1, 2, 3))
    renames = rng.random() < 0.5
    if changes or renames:
        tree = ast.parse(source)
        for _ in range(changes):
            mutate(rng, tree)
        if renames:
            new = rename(rng, tree, name, calls)
            calls = [new + call[len(name) :] for call in calls]
            name = new
        source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return Variant(source, name, tuple(calls), function.family)
