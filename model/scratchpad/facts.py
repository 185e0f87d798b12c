"""What the text of a program says, without running it, that a walk needs: its statements, functions and constants."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.model.scratchpad.classes import Definition, bound_names, has_shared, plain_classes
from neuraldbg.model.scratchpad.purity import Purity
from neuraldbg.program import MODULE, Program
from neuraldbg.steps import Event, Step
from neuraldbg.syntax import walk

OPERATIONS: Final = (
    ast.Attribute, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.JoinedStr, ast.Set,
)  # fmt: skip
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_SPREADING: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)
_FEW: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Nonlocal, ast.Global, ast.Import, ast.ImportFrom,
    ast.Lambda, ast.For, ast.AsyncFor, ast.While,
)  # fmt: skip
_HARMLESS: Final = frozenset({"__init__", "__repr__", "__str__", "__post_init__"})


class Facts:
    """Static facts of one program.

    Args:
        program: whose steps are predicted.
        calculates: operations on known values are worked out exactly.

    Attributes:
        handlers: scope and line of an ``except`` -> what stands there.
        def_lines: qualified name of a function -> line of its ``def``.
        definitions: scope and line of a ``def`` or ``class`` -> what it defines. decorated: the same for the lines of
            its decorators. class_heads: scope of a class's body and the line where that stops first.
        own: names of the functions and classes that the file defines. classes, suspending: those of them that are
            classes, and whose call runs nothing yet (generators, coroutines).
        special: the file defines special methods that operators may call.
        rebound: names that are declared nonlocal or global somewhere.
        imported: names bound by imports.
        is_main: the file runs as a script.
        modules: name -> what an import of the whole program binds it to, such as ``math`` or ``math.gcd``.
        plain_classes: name -> the only class of that name, where its instances are made and found in the usual way.
        shared: functions may change objects that none of their arguments holds.
        module: its name, as the reprs of instances show it; empty where the text has no file.
        functions: name -> the only function of that name, which is no method, not decorated and runs when called.
        constants: module-level name -> repr, where it is bound once, to a constant; TYPE_CHECKING is False.
    """

    def __init__(self, program: Program, calculates: bool = False) -> None:
        self.calculates = calculates
        tree, nodes = program.tree, program.nodes
        self._statements: dict[tuple[str, int], ast.stmt | None] = {}
        self.def_lines: dict[str, int] = {}
        self.definitions: dict[tuple[str, int], Definition] = {}
        self.decorated: dict[tuple[str, int], Definition] = {}
        self._spread: dict[tuple[str, int], ast.stmt | None] = {}
        self.handlers: dict[tuple[str, int], ast.ExceptHandler] = {}
        self._turned_to: set[int] = set()  # statements that a loop comes back to without a stop at its own line
        self.class_heads: set[tuple[str, int]] = set()
        self._qualified: dict[int, str] = {}
        self._collect(tree.body, MODULE)
        few = [n for n in nodes if isinstance(n, _FEW)]
        definitions = [n for n in few if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
        self.own = {n.name for n in definitions}
        self.classes = {n.name for n in definitions if isinstance(n, ast.ClassDef)}
        self.rebound = {name for n in few if isinstance(n, (ast.Nonlocal, ast.Global)) for name in n.names}
        self.suspending = {n.name for n in definitions if _suspends(n)}
        self.imported = {
            (a.asname or a.name).partition(".")[0]
            for n in few
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for a in n.names
        }
        self.modules = _modules(few)
        self.is_main = program.entry == MODULE
        self.constants = {**_given(program), **_constants(tree, nodes)}
        self.functions = _plain_functions(definitions, self.suspending)
        self.purity = Purity(self)
        self.plain_classes = plain_classes(definitions)
        self.shared = bool(self.rebound) or has_shared(tree)
        named = not program.filename.startswith("<")
        self.module = "__main__" if self.is_main else Path(program.filename).stem if named else ""
        self._lambdas: dict[int, ast.stmt | None] = {}
        for node in few:
            if isinstance(node, ast.Lambda):
                body = ast.copy_location(ast.Return(node.body), node.body)
                self._lambdas[node.lineno] = None if node.lineno in self._lambdas else body
        self._loops = [(n.lineno, block_of(n.body)) for n in few if isinstance(n, (ast.For, ast.AsyncFor, ast.While))]
        self.special = any(n.startswith("__") and n.endswith("__") and n not in _HARMLESS for n in self.own)

    def method(self, name: str, attribute: str) -> ast.FunctionDef | None:
        """The method that instances of a plain class have, where it is a plain function of the file."""
        node = self.plain_classes.get(name)
        while node is not None:
            found = [n for n in node.body if getattr(n, "name", None) == attribute]
            if found:
                only = found[0]
                plain = len(found) == 1 and isinstance(only, ast.FunctionDef) and not only.decorator_list
                return only if plain and not _suspends(only) else None  # type: ignore[return-value]
            if any(attribute in bound_names(child) for child in node.body):
                return None
            base = node.bases[0] if node.bases else None
            node = self.plain_classes.get(base.id) if isinstance(base, ast.Name) else None
        return None

    def _collect(self, body: Sequence[ast.stmt], scope: str) -> None:
        prefix = "" if scope == MODULE else f"{scope}.<locals>."
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._define(node, scope, prefix + node.name)
                self._collect_class(node, prefix + node.name)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._define(node, scope, prefix + node.name)
                self._collect_function(node, prefix + node.name)
            else:
                key = (scope, node.lineno)
                self._statements[key] = None if key in self._statements else node
                if isinstance(node, _SPREADING) and node.end_lineno is not None:
                    for line in range(node.lineno, node.end_lineno + 1):
                        key = (scope, line)
                        self._spread[key] = None if key in self._spread else node
                if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
                    self._turned_to.add(id(node.body[0]))
                parts = ("orelse",) if guarded(node) else ("body", "orelse", "finalbody")
                for part in parts:
                    self._collect(getattr(node, part, ()), scope)
                for handler in getattr(node, "handlers", ()):
                    self.handlers[scope, handler.lineno] = handler
                    self._collect(handler.body, scope)
                for case in getattr(node, "cases", ()):
                    self._collect(case.body, scope)

    def _collect_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> None:
        self.def_lines[name] = node.lineno
        self._collect(node.body, name)

    def _collect_class(self, node: ast.ClassDef, name: str) -> None:
        self.class_heads.add((name, min([node.lineno, *(d.lineno for d in node.decorator_list)])))
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                self._define(child, name, f"{name}.{child.name}")
                self._collect_function(child, f"{name}.{child.name}")
            elif isinstance(child, ast.ClassDef):
                self._define(child, name, f"{name}.{child.name}")
                self._collect_class(child, f"{name}.{child.name}")
            else:
                self._collect([child], name)

    def _define(self, node: Definition, scope: str, name: str) -> None:
        self._qualified[id(node)] = name
        self.definitions[scope, node.lineno] = node
        for decorator in node.decorator_list:
            self.decorated[scope, decorator.lineno] = node

    def qualified(self, node: Definition) -> str:
        """The ``__qualname__`` that a definition gives."""
        return self._qualified[id(node)]

    def line(self, step: Step) -> ast.stmt | None:
        """The statement at the line of a stop, where there is one alone; of a lambda, the return of its body."""
        if step.function.endswith("<lambda>"):
            return self._lambdas.get(step.line)
        return self._statements.get((step.function, step.line))

    def statement(self, step: Step) -> ast.stmt | None:
        """The statement that is about to run, where the line holds one alone and in one piece."""
        node = self.line(step)
        if step.event is not Event.LINE or node is None:
            return None
        head = _head(node)
        if not head or any(part.lineno != node.lineno for expression in head for part in _located(expression)):
            return None
        body: list[ast.stmt] = getattr(node, "body", [])
        return node if not body or body[0].lineno > node.lineno or guarded(node) else None

    def spread(self, step: Step) -> ast.stmt | None:
        """The statement of several lines that a stop is in, where it only makes and binds values."""
        node = self._spread.get((step.function, step.line))
        if (
            step.event is not Event.LINE
            or node is None
            or id(node) in self._turned_to
            or node.end_lineno == node.lineno
        ):
            return None
        last = getattr(node, "value", None)  # what is called at the very end may change something
        for part in walk(node):
            if isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom | ast.Lambda):
                return None
            if isinstance(part, ast.Call) and part is not last and called(part) in CHANGING:
                return None
            if isinstance(part, ast.Call) and called(part) in self.own and not self.purity.is_pure(called(part) or ""):
                return None
        return node

    def loop_around(self, line: int) -> range:
        """The lines of the innermost loop whose block holds the line: its header's, then its block's.

        Raises:
            ValueError: if there is none.
        """
        header, block = max((loop for loop in self._loops if line in loop[1]), key=lambda loop: loop[1].start)
        return range(header, block.stop)


def guarded(node: ast.stmt) -> ast.stmt | None:
    """The simple statement that an ``if`` guards on its own line, where it is one alone."""
    if not isinstance(node, ast.If) or len(node.body) > 1:
        return None
    only = node.body[0]
    same = only.lineno == only.end_lineno == node.lineno and getattr(only, "body", None) is None
    return only if same and (not node.orelse or node.orelse[0].lineno > node.lineno) else None


def called(node: ast.AST | None) -> str | None:
    """Name of the function or method that a call calls; None where it is no call, or of no name."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
    return name if isinstance(name, str) else None


def calls_of(node: ast.stmt, name: str) -> int:
    """How often the expressions that run at the line of a statement call a function or method of this name."""
    return sum(called(part) == name for expression in _head(node) for part in walk(expression))


def changed_root(node: ast.expr) -> str | None:
    """The name whose object changes where an item of it, or of its items, does."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _located(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions of a tree: what ends further below, such as a long text, may still run at one line."""
    return (part for part in walk(node) if isinstance(part, ast.expr))


def _suspends(node: ast.AST) -> bool:
    """Whether calling it runs none of its lines yet."""
    if isinstance(node, ast.FunctionDef):
        return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in walk(node))
    return isinstance(node, ast.AsyncFunctionDef)


def _head(node: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement that run at its line."""
    match node:
        case ast.If() | ast.While():
            return [node.test]
        case ast.For():
            return [node.target, node.iter]
        case ast.Try() | ast.With() | ast.Match() | ast.AsyncFor() | ast.AsyncWith():
            return []
        case ast.Return() if node.value is None:
            return []
        case _:
            return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def block_of(body: Sequence[ast.stmt]) -> range:
    first = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", []))])
    return range(first, (body[-1].end_lineno or body[-1].lineno) + 1)


def breaks_in(body: Sequence[ast.stmt]) -> Iterator[int]:
    for node in body:
        if isinstance(node, ast.Break):
            yield node.lineno
        if not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from breaks_in(getattr(node, part, ()))
            for handler in getattr(node, "handlers", ()):
                yield from breaks_in(handler.body)


def _plain_functions(definitions: Iterable[Definition], suspending: Container[str]) -> dict[str, ast.FunctionDef]:
    found: dict[str, list[ast.AST]] = {}
    methods: set[int] = set()
    for node in definitions:
        if isinstance(node, ast.ClassDef):
            methods |= {id(child) for child in node.body}
        found.setdefault(node.name, []).append(node)
    return {
        name: only[0]
        for name, only in found.items()
        if len(only) == 1 and isinstance(only[0], ast.FunctionDef) and id(only[0]) not in methods
        if not only[0].decorator_list and name not in suspending
    }


def _given(program: Program) -> dict[str, str]:
    """Names of what only type checkers take for true."""
    out = {}
    for node in program.nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "typing":
            out.update({a.asname or a.name: "False" for a in node.names if a.name == "TYPE_CHECKING"})
    return out


def _constants(tree: ast.Module, nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Module-level names that are bound once, to a literal that cannot change."""
    stored: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            stored[node.id] = stored.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            stored[node.arg] = stored.get(node.arg, 0) + 1
    out = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if stored[name] == 1 and isinstance(node.value, ast.Constant) and node.value.value is not ...:
                out[name] = repr(node.value.value)
    return out


def _modules(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What imports bind names to, where all of them bind a name to the same."""
    bound: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                bound.setdefault(name, set()).add(alias.name if alias.asname else name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bound.setdefault(alias.asname or alias.name, set()).add(f"{node.module}.{alias.name}")
    return {name: found.pop() for name, found in bound.items() if len(found) == 1}
