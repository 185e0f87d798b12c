"""Program: a file, its entry point, and what is known of it without running it.

The file is read, parsed and compiled, never executed. Where control can go from here is :mod:`neuraldbg.control`'s.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

from neuraldbg import bytecode
from neuraldbg.control import ControlState
from neuraldbg.errors import InputError
from neuraldbg.machine import Machine
from neuraldbg.parsing import parse
from neuraldbg.syntax import walk

MODULE = "<module>"
_FILE_AND_FUNCTION = re.compile(r"(?P<path>.+?)::(?P<entry>[^:]*)", re.DOTALL)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


@dataclass(frozen=True)
class FunctionInfo:
    """One function of the file.

    Attributes:
        qualname: such as ``Stack.push``.
        line: of the ``def`` or ``lambda`` keyword.
        first_line, last_line: extent, decorators included.
        parameters: names, in the order of the frame's locals.
        is_generator, is_coroutine: as ``inspect`` says.
        code: its code object.
    """

    qualname: str
    line: int
    first_line: int
    last_line: int
    parameters: tuple[str, ...]
    is_generator: bool
    is_coroutine: bool
    code: CodeType


@dataclass(frozen=True)
class Program:
    """A file and where its trace begins.

    Attributes:
        source: the text, with ``\\n`` line ends.
        filename: as the user gave it.
        entry: ``<module>`` or the entry function's qualified name.
        call: the expression that calls the entry function; None at module level.
        args: script arguments; empty for a function entry.
    """

    source: str
    filename: str
    entry: str = MODULE
    call: str | None = None
    args: tuple[str, ...] = ()

    @staticmethod
    def load(spec: str, call: str | None = None, args: Sequence[str] = ()) -> Program:
        """Reads ``script.py`` or ``script.py::function``.

        Args:
            spec: the file, with the entry function after ``::``.
            call: the expression to trace, such as ``"function(1, [2])"``; names the entry when ``spec`` does not.
            args: script arguments, for a module entry.

        Raises:
            InputError: if the file cannot be read or compiled, or has no such function, or the call cannot be made.
        """
        match = None if Path(spec).exists() else _FILE_AND_FUNCTION.fullmatch(spec)
        path, entry = (match["path"], match["entry"]) if match else (spec, None)
        return _with_entry(_read(path), path, entry, call, args)

    @staticmethod
    def from_source(
        source: str, filename: str = "<source>", entry: str = MODULE, call: str | None = None, args: Sequence[str] = ()
    ) -> Program:
        """The same for a text that is at hand.

        Raises:
            InputError: as :meth:`load`.
        """
        return _with_entry(source, filename, None if entry == MODULE else entry, call, args)

    def calling(self, call: str, entry: str = MODULE) -> Program:
        """The same file with another entry; it is not read again.

        Args:
            call: the expression to trace.
            entry: the function it calls; MODULE if the call tells.

        Raises:
            InputError: if the call cannot be made.
        """
        made = _enter(self, None if entry == MODULE else entry, call, ())
        made.__dict__["nodes"] = self.nodes
        return made

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The file's lines, without their ends; line 1 comes first."""
        lines = self.source.split("\n")
        return tuple(lines[:-1] if lines[-1] == "" else lines)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parse(self.source, self.filename)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, in the order of ``ast.walk``."""
        return tuple(walk(self.tree))

    @cached_property
    def code(self) -> CodeType:
        """The compiled file; a real run must use the same compiler flags for its code objects to match."""
        return _compile(self.tree, self.filename)

    @cached_property
    def machine(self) -> Machine:
        """The automaton of the file's control flow."""
        return Machine(self.tree, self.nodes, self.code, self.entry, self.call)

    def functions(self) -> Mapping[str, FunctionInfo]:
        """The file's functions and lambdas by qualified name; of several with one name, the last."""
        return self._functions

    @cached_property
    def _functions(self) -> dict[str, FunctionInfo]:
        out = {}
        for code in self.machine.codes:
            if code.co_flags & bytecode.CO_OPTIMIZED:
                out[code.co_qualname] = FunctionInfo(
                    code.co_qualname,
                    self.machine.call_line(code),
                    code.co_firstlineno,
                    max(line for c in bytecode.nested_codes(code) for _, _, line in c.co_lines() if line),
                    bytecode.parameters(code),
                    bool(code.co_flags & (bytecode.CO_GENERATOR | bytecode.CO_ASYNC_GENERATOR)),
                    bool(code.co_flags & bytecode.CO_COROUTINE),
                    code,
                )
        return out

    def start(self) -> ControlState:
        """Control before the first step."""
        return ControlState(self.machine, suspended=self.machine.preexisting)

    def visible(self, code: CodeType) -> tuple[str, ...]:
        """Names shown among the locals of this code of the file, in their order; decided by the text alone.

        For a function every name that is not hidden; for a class body those its own statements store; at module
        level those stored by anything else than ``def``, ``class`` and ``import``.
        """
        return self.machine.names(code)


def _read(path: str) -> str:
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: is a directory; give a Python file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    for line in raw.split(b"\n", 2)[:2]:
        coding = _CODING.match(line)
        if coding and coding[1].lower().replace(b"_", b"-") not in (b"utf-8", b"utf8", b"ascii", b"us-ascii"):
            name = coding[1].decode("ascii", "replace")
            raise InputError(f"{path}: is declared as {name}; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line_number = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line_number} is not UTF-8; save the file as UTF-8") from error


def _parse(source: str, filename: str) -> ast.Module:
    if "\0" in source:
        line = source.count("\n", 0, source.index("\0")) + 1
        raise InputError(f"{filename}: line {line} has a null byte; this is not a Python source file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse(source, filename)
    except SyntaxError as error:
        raise InputError(f"{filename}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError, UnicodeEncodeError) as error:
        raise InputError(f"{filename}: cannot be compiled ({error or type(error).__name__})") from error


def _compile(tree: ast.Module, filename: str) -> CodeType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(tree, filename, "exec", dont_inherit=True, optimize=0)
    except SyntaxError as error:
        raise InputError(f"{filename}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{filename}: cannot be compiled ({error or type(error).__name__})") from error


def _with_entry(source: str, filename: str, entry: str | None, call: str | None, args: Sequence[str]) -> Program:
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    file = Program(source, filename, args=tuple(args))
    file.__dict__.update(code=_compile(file.tree, filename))  # now, so that what cannot be compiled is told here
    if not file.tree.body:
        raise InputError(f"{filename}: has no statements, so there is nothing to run")
    return file if entry is None and call is None else _enter(file, entry, call, args)


def _enter(file: Program, entry: str | None, call: str | None, args: Sequence[str]) -> Program:
    """A program that begins with a call in a file that has been read."""
    filename, tree = file.filename, file.tree
    definitions = _definitions(tree)
    expression = None if call is None else _parse_call(call, tree)
    if entry is None:
        assert expression is not None
        entry = _called(expression, definitions, call or "")
    function = definitions.get(entry)
    if function is None or isinstance(function, ast.ClassDef):
        raise InputError(f"{filename}: {_no_function(entry, function, definitions)}")
    if args:
        raise InputError(f"script arguments go with a whole script; {entry} gets its arguments from --call")
    if call is None:
        missing = _required(function.args, method="." in entry)
        if missing or "." in entry:
            example = f"{entry.replace('.', '().')}({', '.join(missing)})"
            raise InputError(f"{entry} needs arguments; add --call, such as --call '{example}'")
        call = f"{entry}()"
    elif expression is not None and not function.decorator_list:
        _check_arguments(entry, function.args, expression)
    made = Program(file.source, filename, entry, call.strip())
    made.__dict__.update(tree=tree, code=file.code)  # what its cached properties would make again
    return made


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(tree: ast.Module) -> dict[str, _Definition]:
    """Functions and classes that can be named from outside, by qualified name."""
    out: dict[str, _Definition] = {}

    def collect(body: Sequence[ast.AST], prefix: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                out[prefix + node.name] = node
                if isinstance(node, ast.ClassDef):
                    collect(node.body, f"{prefix}{node.name}.")
            elif not isinstance(node, ast.expr):
                collect(list(ast.iter_child_nodes(node)), prefix)

    collect(tree.body, "")
    return out


def _parse_call(call: str, tree: ast.Module) -> ast.Call:
    try:
        expression = parse(call.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InputError(f"--call {call!r}: does not parse ({reason})") from error
    if not isinstance(expression, ast.Call):
        raise InputError(f"--call {call!r}: is not a call; write it as function(arguments)")
    return expression


def _called(call: ast.Call, definitions: Mapping[str, _Definition], text: str) -> str:
    """The function that a call expression names."""
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        else:
            node = node.func
    if not isinstance(node, ast.Name):
        raise InputError(f"--call {text!r}: does not name a function of the file; use file.py::function")
    name = ".".join([node.id, *reversed(parts)])
    if isinstance(definitions.get(name), ast.ClassDef):
        name = f"{name}.__init__"
    if name not in definitions:
        raise InputError(f"--call {text!r}: {_no_function(name, None, definitions)}")
    return name


def _no_function(name: str, found: _Definition | None, definitions: Mapping[str, _Definition]) -> str:
    if found is not None:
        return f"{name} is a class; name one of its methods, such as {name}.method"
    known = [n for n, d in definitions.items() if not isinstance(d, ast.ClassDef)]
    close = difflib.get_close_matches(name, known, 1)
    hint = (
        f"did you mean {close[0]}?" if close else f"it has {', '.join(known[:5])}" if known else "it has no functions"
    )
    return f"no function {name}; {hint}"


def _required(args: ast.arguments, method: bool) -> list[str]:
    """Parameters without default; of a method all but the first."""
    plain = [a.arg for a in (*args.posonlyargs, *args.args)]
    plain = plain[: len(plain) - len(args.defaults)][method:]
    return [*plain, *(f"{a.arg}=" for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is None)]


def _check_arguments(entry: str, args: ast.arguments, call: ast.Call) -> None:
    """Raises InputError when a direct call of a plain function certainly does not fit its parameters."""
    direct = isinstance(call.func, ast.Name) and call.func.id == entry
    starred = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    if not direct or starred:
        return
    plain = [a.arg for a in (*args.posonlyargs, *args.args)]
    names = {a.arg for a in (*args.args, *args.kwonlyargs)}
    given = {k.arg for k in call.keywords}
    if len(call.args) > len(plain) and args.vararg is None:
        raise InputError(f"--call: {entry}() takes {len(plain)} positional arguments, {len(call.args)} are given")
    unknown = sorted(str(n) for n in given - names)
    if unknown and args.kwarg is None:
        raise InputError(f"--call: {entry}() has no parameter {unknown[0]}")
    filled = set(plain[: len(call.args)]) | given
    missing = [n for n in _required(args, method=False) if n.rstrip("=") not in filled]
    if missing:
        raise InputError(f"--call: {entry}() needs {', '.join(n.rstrip('=') for n in missing)}")
