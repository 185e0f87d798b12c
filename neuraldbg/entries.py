"""Calls worth predicting, found in the text: of a file, its doctests, tests and comments. Nothing is run or imported.

A call counts if it names a function of the file and its arguments can be had without running what stands around it:
literals, names of the module, and local names that were given a literal once.
"""

from __future__ import annotations

import ast
import builtins
import copy
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from neuraldbg.errors import InputError
from neuraldbg.parsing import parse
from neuraldbg.program import MODULE, Program

MOST_ENTRIES: Final = 200
MOST_ROWS: Final = 10  # of one parametrized test
_LARGEST_FILE: Final = 1_000_000
_COMMENT = re.compile(r"#\s*neuraldbg:\s*(?P<call>.+?)\s*$")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Where(StrEnum):
    """Where a call was found, in the order they are listed."""

    COMMENT = "comment"  # neuraldbg: f(1, 2)
    MAIN = "main"  # under if __name__ == "__main__"
    DOCTEST = "doctest"
    TEST = "test"
    MODULE = "module"  # at module level
    PLAIN = "plain"  # a function that needs no arguments
    SCRIPT = "script"  # the file from its first line


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to begin.

    Attributes:
        function: qualified name, or ``<module>``.
        call: the call expression; None for the script.
        where: where it was found.
        file: the file it was found in.
        line: there.
        line_of_function: in the program's file.
    """

    function: str
    call: str | None
    where: Where
    file: str
    line: int
    line_of_function: int


def find_entries(program: Program, tests: Iterable[Path] | None = None) -> list[Entry]:
    """Places to begin, the most telling first; each call once.

    Args:
        program: the file.
        tests: test files to look into; those beside the file, and in ``tests`` beside it, if None.
    """
    finder = _Finder(program)
    found = [*finder.in_comments(), *finder.in_module(), *finder.in_doctests()]
    found += finder.in_tests(program.tree, program.filename, own=True)
    for path in test_files(Path(program.filename)) if tests is None else tests:
        tree = _parse_file(path)
        if tree is not None:
            found += finder.in_tests(tree, str(path), own=False)
    found += finder.plain()
    out: dict[str, Entry] = {}
    for entry in sorted(found, key=lambda e: list(Where).index(e.where)):
        assert entry.call is not None
        if len(out) < MOST_ENTRIES:
            out.setdefault(entry.call, entry)
    script = [Entry(MODULE, None, Where.SCRIPT, program.filename, 1, 1)] if program.tree.body else []
    return [*out.values(), *script]


def test_files(path: Path) -> list[Path]:
    """Files beside a file, or in ``tests`` beside it, that are named as its tests."""
    names = (f"test_{path.stem}.py", f"{path.stem}_test.py")
    folders = (path.parent, path.parent / "tests", path.parent / "test", path.parent.parent / "tests")
    found = [folder / name for folder in folders for name in names]
    return [f for f in dict.fromkeys(found) if f.is_file() and f != path]


test_files.__test__ = False  # type: ignore[attr-defined]  # pytest: this is no test


def _parse_file(path: Path) -> ast.Module | None:
    """The tree of a test file; None if it is no Python that can be read: then it has no calls for us."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return None
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None


class _Finder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.functions = {f.qualname: f for f in program.functions().values()}
        self.bound = frozenset(_bound_at(program.tree.body))

    # Where to look

    def in_comments(self) -> Iterator[Entry]:
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self.program.source).readline))
        except (tokenize.TokenError, SyntaxError):
            return
        for token in tokens:
            match = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
            tree = _expression(match["call"]) if match else None
            if isinstance(tree, ast.Call):
                yield from self._entry(tree, Where.COMMENT, self.program.filename, token.start[0], {}, {})

    def in_module(self) -> Iterator[Entry]:
        for statement in self.program.tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            main = isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test)
            values = _literals([statement]) if main else {}
            known = self.bound - values.keys() - (_bound_at([statement]) if main else set())
            names = dict.fromkeys(known, "")
            where = Where.MAIN if main else Where.MODULE
            yield from self._calls(statement, where, self.program.filename, values, {n: n for n in names})

    def in_doctests(self) -> Iterator[Entry]:
        from doctest import DocTestParser

        parser = DocTestParser()
        for node in self.program.nodes:
            if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            text = ast.get_docstring(node, clean=False)
            if not text or ">>>" not in text:
                continue
            first = node.body[0].lineno
            try:
                examples = parser.get_examples(text)
            except ValueError:
                continue  # not written as doctest reads it
            body: list[ast.stmt] = []
            for example in examples:
                tree = _statements(example.source)
                values = _literals(body)
                names = {n: n for n in self.bound - values.keys() - _bound_at(body)}
                for statement in tree:
                    line = first + example.lineno
                    for entry in self._calls(statement, Where.DOCTEST, self.program.filename, values, names):
                        yield Entry(entry.function, entry.call, entry.where, entry.file, line, entry.line_of_function)
                body += tree

    def in_tests(self, tree: ast.Module, file: str, own: bool) -> Iterator[Entry]:
        """Calls in test functions of a tree."""
        names = {n: n for n in self.bound} if own else _imported(tree, Path(self.program.filename).stem)
        if not names:
            return
        constants = {} if own else _literals(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, _Function) and node.name.startswith("test"):
                hidden = _bound_at(node.body) | {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
                visible = {n: real for n, real in names.items() if n not in hidden}
                outer = {n: v for n, v in constants.items() if n not in hidden}
                for row in _parameters(node):
                    values = {**outer, **_literals(node.body), **row}
                    for statement in node.body:
                        yield from self._calls(statement, Where.TEST, file, values, visible)

    def plain(self) -> Iterator[Entry]:
        """Top-level functions without parameters."""
        for function in self.functions.values():
            if not function.parameters and "." not in function.qualname and "<" not in function.qualname:
                call = ast.Call(ast.Name(function.qualname, ast.Load()), [], [])
                yield from self._entry(call, Where.PLAIN, self.program.filename, function.line, {}, {})

    # What counts

    def _calls(
        self, statement: ast.stmt, where: Where, file: str, values: Mapping[str, ast.expr], names: Mapping[str, str]
    ) -> Iterator[Entry]:
        calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call)]
        for node in sorted(
            calls, key=lambda n: (n.lineno, n.col_offset, -(n.end_lineno or 0), -(n.end_col_offset or 0))
        ):
            yield from self._entry(node, where, file, node.lineno, values, names)

    def _entry(
        self,
        node: ast.Call,
        where: Where,
        file: str,
        line: int,
        values: Mapping[str, ast.expr],
        names: Mapping[str, str],
    ) -> Iterator[Entry]:
        """The call with local names replaced, if it can be made from the module."""
        names = names or {n: n for n in self.bound}
        rewritten = _Rewrite(values, names).visit(copy.deepcopy(node))
        if not isinstance(rewritten, ast.Call):
            return
        inner = {n.id for n in ast.walk(rewritten) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        inner |= {n.arg for n in ast.walk(rewritten) if isinstance(n, ast.arg)}
        used = {n.id for n in ast.walk(rewritten) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        reachable = set(names.values()) | inner | set(dir(builtins))
        root = _root(rewritten)
        if root not in names.values() or not used <= reachable:
            return
        call = ast.unparse(ast.fix_missing_locations(rewritten))
        try:
            made = self.program.calling(call)
        except InputError:
            return
        known = self.functions.get(made.entry)
        if known is not None and len(call) < 2_000:
            yield Entry(made.entry, call, where, file, line, known.line)


class _Rewrite(ast.NodeTransformer):
    """Puts literals for local names, and the module's own names for those under which it was imported."""

    def __init__(self, values: Mapping[str, ast.expr], names: Mapping[str, str]) -> None:
        self.values, self.names = values, names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.values:
            return self.values[node.id]
        return ast.Name(self.names.get(node.id, node.id), ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        whole = ast.unparse(node)
        if whole in self.names:  # module.function
            return ast.Name(self.names[whole], ast.Load())
        for prefix in (name for name in self.names if "." not in name and self.names[name] == "."):
            if isinstance(node.value, ast.Name) and node.value.id == prefix:
                return ast.Name(node.attr, ast.Load())
        return self.generic_visit(node)


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _expression(text: str) -> ast.expr | None:
    try:
        return parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statements(text: str) -> list[ast.stmt]:
    try:
        return parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _bound_at(body: Iterable[ast.stmt]) -> set[str]:
    """Names that these statements bind in their own scope, near enough: those of inner functions count too."""
    out: set[str] = set()
    for node in (n for s in body for n in ast.walk(s)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            out.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            out.add(node.id)
        elif isinstance(node, ast.alias):
            out.add((node.asname or node.name).partition(".")[0])
    return out


def _literals(body: Iterable[ast.stmt]) -> dict[str, ast.expr]:
    """Names that are bound once, to a literal that no other statement can have changed: it is immutable."""
    values: dict[str, ast.expr] = {}
    bound: list[str] = []
    for node in (n for s in body for n in ast.walk(s)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.append(node.id)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            if _is_literal(node.value):
                values[node.targets[0].id] = node.value
    used = [n for s in body for n in ast.walk(s) if isinstance(n, (ast.Attribute, ast.Subscript, ast.AugAssign))]
    touched = {_root_name(n.target if isinstance(n, ast.AugAssign) else n.value) for n in used}
    return {n: v for n, v in values.items() if bound.count(n) == 1 and (n not in touched or _is_constant(v))}


def _root_name(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.UnaryOp))


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _imported(tree: ast.Module, module: str) -> dict[str, str]:
    """Names under which a test file knows the module's: name -> the module's own name, ``.`` for the module itself."""
    out: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if (node.module or "").rpartition(".")[2] == module:
                out.update({a.asname or a.name: a.name for a in node.names if a.name != "*"})
            out.update({a.asname or a.name: "." for a in node.names if a.name == module})
        elif isinstance(node, ast.Import):
            out.update({a.asname or a.name: "." for a in node.names if a.name.rpartition(".")[2] == module})
    return out


def _parameters(function: _Function) -> list[dict[str, ast.expr]]:
    """Arguments that ``pytest.mark.parametrize`` gives a test, a row each; one empty row where there are none."""
    rows: list[dict[str, ast.expr]] = [{}]
    for decorator in function.decorator_list:
        if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("parametrize")):
            continue
        if len(decorator.args) < 2 or not isinstance(decorator.args[1], (ast.List, ast.Tuple)):
            continue
        names = _parameter_names(decorator.args[0])
        given: list[dict[str, ast.expr]] = []
        for row in decorator.args[1].elts[:MOST_ROWS]:
            parts = row.elts if len(names) > 1 and isinstance(row, (ast.Tuple, ast.List)) else [row]
            if len(parts) == len(names):
                given.append({n: v for n, v in zip(names, parts, strict=True) if _is_literal(v)})
        rows = [{**a, **b} for a in rows for b in given or [{}]][: MOST_ROWS * 2]
    return rows


def _parameter_names(node: ast.expr) -> list[str]:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return []
    names = found.split(",") if isinstance(found, str) else list(found) if isinstance(found, (list, tuple)) else []
    return [str(name).strip() for name in names]
