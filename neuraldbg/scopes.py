"""What the text of a file says about names: scopes, who may be called from where, what is shown.

Facts are static and conservative: a function is listed as callable unless the text proves that it is not. Asynchronous
events (signals, Ctrl-C, running out of memory) are not covered.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from neuraldbg.parsing import parse
from neuraldbg.syntax import LEAVES

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
Span = tuple[int, int, int, int]  # first line, last line, first column, last column (columns in UTF-8 bytes)

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_BUILTINS = frozenset(dir(builtins))

# Modules whose objects change only by visible calls and item or attribute stores, and that call nobody back later.
TAME_MODULES = frozenset(
    "__future__ abc array base64 binascii bisect calendar cmath collections contextlib copy csv dataclasses datetime "
    "difflib enum fractions functools hashlib heapq html io itertools json keyword math numbers operator os pathlib "
    "pprint random re secrets shutil statistics string struct sys textwrap time traceback types typing unicodedata "
    "uuid warnings".split()
)
# Words that let a program reach its own functions or variables by computed names.
_DYNAMIC_WORDS = frozenset(
    "globals locals vars eval exec compile dir __dict__ __code__ __globals__ __import__ __builtins__ __getattribute__ "
    "__closure__ _getframe modules inspect importlib builtins doctest unittest pytest runpy timeit settrace "
    "setprofile monitoring get_objects get_referrers attrgetter methodcaller currentframe".split()
)
# Methods that builtin functions and types call by name on objects of any class.
_DUCK_METHODS = frozenset(
    "write writelines flush read readline readlines keys items close send throw insert fileno isatty mro".split()
)
_PLAIN_DUNDERS = frozenset("__slots__ __hash__ __match_args__ __doc__ __module__ __annotations__".split())
_DESCRIPTORS = frozenset("property cached_property partialmethod singledispatchmethod setattr".split())
_SIMPLE_BASES = frozenset("ABC Enum IntEnum StrEnum NamedTuple Generic dataclass total_ordering unique".split()) | {
    name for name in _BUILTINS if isinstance(getattr(builtins, name), type)
}
_PLAIN_BASES = frozenset({"object"}) | {
    name for name in _BUILTINS if isinstance(getattr(builtins, name), type) and name[0].isupper()
}


def span_of(node: ast.AST) -> Span:
    """The node's extent, in the form of a code object's positions."""
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)  # type: ignore[attr-defined]


def is_dunder(name: str) -> bool:
    """True for names such as ``__init__``."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


@dataclass(eq=False)
class Scope:
    """One scope of the file: what it binds and how."""

    kind: str  # module, function, class or comprehension
    parent: Scope | None
    bound: dict[str, list[ast.AST]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    def module(self) -> Scope:
        """The file's outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def owner(self, name: str) -> Scope:
        """The scope whose variable ``name`` means here; the module's when nobody binds it."""
        scope: Scope | None = self
        if name not in self.globals:
            while scope is not None and scope.parent is not None:
                visible = scope is self or scope.kind != "class"
                if visible and name in scope.globals:
                    break
                if visible and name in scope.bound and name not in scope.nonlocals:
                    return scope
                scope = scope.parent
        return self.module()


@dataclass(frozen=True)
class CallSite:
    """A call expression: the name or attribute that is called, and the one function it can only mean, if any."""

    node: ast.Call
    name: str | None
    is_attribute: bool
    exact: ast.AST | None
    is_builtin: bool
    on_module: bool = False  # an attribute of something imported


class _Collector(ast.NodeVisitor):
    """One pass that builds the scopes and remembers loads and calls for resolution afterwards."""

    def __init__(self) -> None:
        self.scope = Scope("module", None)
        self.loads: list[tuple[Scope, str]] = []
        self.attributes: set[str] = set()
        self.calls: list[tuple[Scope, ast.Call]] = []
        self.bindings: list[tuple[Scope, str, ast.AST]] = []
        self.deletions: list[tuple[Scope, str]] = []
        self.strings: set[str] = set()
        self.words: set[str] = set()
        self.imports: set[str] = set()
        self.star_import = False
        self.functions: list[tuple[FunctionNode, ast.ClassDef | None]] = []
        self.classes: list[ast.ClassDef] = []
        self.ambiguous: set[Span] = set()
        self.comprehensions: list[ast.expr] = []
        self.class_node: ast.ClassDef | None = None
        self.dynamic_getattr = False
        self.dunder_stores: set[str] = set()
        self.fields: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, LEAVES):
            super().visit(node)

    def bind(self, name: str, node: ast.AST) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and isinstance(node, ast.NamedExpr) and scope.parent:
            scope = scope.parent
        if name in scope.globals:
            scope = scope.module()
        self.bindings.append((scope, name, node))
        if name not in scope.nonlocals:
            scope.bound.setdefault(name, []).append(node)

    def resolve(self) -> None:
        """Once every scope is known: nonlocal bindings and deletions go to the scopes they mean."""
        for scope, name, node in self.bindings:
            if name in scope.nonlocals:
                scope.owner(name).bound.setdefault(name, []).append(node)
        for scope, name in self.deletions:
            scope.owner(name).deleted.add(name)

    def inside(self, kind: str, parts: list[ast.AST], class_node: ast.ClassDef | None, setup: list[str]) -> None:
        outer, outer_class = self.scope, self.class_node
        self.scope, self.class_node = Scope(kind, outer), class_node
        for part in parts:  # declarations hold for the whole scope, also above them
            for node in _own_statements(part):
                if isinstance(node, ast.Global):
                    self.scope.globals.update(node.names)
                elif isinstance(node, ast.Nonlocal):
                    self.scope.nonlocals.update(node.names)
        for name in setup:
            self.scope.bound.setdefault(name, []).append(ast.arg(arg=name))
        for part in parts:
            self.visit(part)
        self.scope, self.class_node = outer, outer_class

    def visit_function(self, node: FunctionNode) -> None:
        self.functions.append((node, self.class_node))
        args = node.args
        for default in (*args.defaults, *(d for d in args.kw_defaults if d)):
            self.visit(default)
        params = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        params += [a for a in (args.vararg, args.kwarg) if a]
        for param in params:
            if param.annotation:
                self.visit(param.annotation)
        if isinstance(node, ast.Lambda):
            body: list[ast.AST] = [node.body]
        else:
            for decorator in node.decorator_list:
                self.ambiguous.add(span_of(decorator))
                self.visit(decorator)
            if node.returns:
                self.visit(node.returns)
            self.bind(node.name, node)
            body = [*getattr(node, "type_params", ()), *_without_docstring(node.body)]
        self.inside("function", body, None, [p.arg for p in params])

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.classes.append(node)
        self.bind(node.name, node)
        for decorator in node.decorator_list:
            self.ambiguous.add(span_of(decorator))
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        body: list[ast.AST] = [*getattr(node, "type_params", ()), *_without_docstring(node.body)]
        self.inside("class", body, node, [])

    def visit_Module(self, node: ast.Module) -> None:
        for statement in _without_docstring(node.body):
            self.visit(statement)

    def visit_comprehension_like(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.comprehensions.append(node)
        first = node.generators[0]
        self.visit(first.iter)  # belongs to the scope around
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        rest = [part for g in node.generators for part in (g.target, g.iter, *g.ifs) if part is not first.iter]
        self.inside("comprehension", [*parts, *rest], None, [])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_like

    def visit_Name(self, node: ast.Name) -> None:
        self.words.add(node.id)
        if isinstance(node.ctx, ast.Store):
            if self.scope.kind == "class":
                self.fields.add(node.id)
            if self.scope.kind == "class" and is_dunder(node.id) and node.id not in _PLAIN_DUNDERS:
                self.dunder_stores.add(node.id)
            self.bind(node.id, node)
        elif isinstance(node.ctx, ast.Del):
            self.deletions.append((self.scope, node.id))
        else:
            self.loads.append((self.scope, node.id))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bind(node.target.id, node)
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.loads.append((self.scope, node.target.id))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.words.add(node.attr)
        self.attributes.add(node.attr)
        if isinstance(node.ctx, ast.Store):
            self.fields.add(node.attr)
            if is_dunder(node.attr):
                self.dunder_stores.add(node.attr)
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.calls.append((self.scope, node))
        if isinstance(node.func, ast.Name):
            self.words.add(node.func.id)
            if node.func.id in ("getattr", "setattr", "delattr"):
                constant = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
                self.dynamic_getattr |= not constant
        elif isinstance(node.func, ast.Attribute):
            self.words.add(node.func.attr)
            self.visit(node.func.value)
        else:
            self.visit(node.func)
        self.fields.update(k.arg for k in node.keywords if k.arg)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and len(node.value) < 200:
            self.fields.update(_IDENTIFIER.findall(node.value))
            self.strings.update(part for part in node.value.split(".") if part.isidentifier())

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        self.ambiguous.update(span_of(item.context_expr) for item in node.items)
        self.generic_visit(node)

    visit_AsyncWith = visit_With

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node.name, node)
            self.deletions.append((self.scope, node.name))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.add(alias.name.split(".")[0])
            self.words.update(alias.name.split("."))
            self.bind(alias.asname or alias.name.split(".")[0], node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imports.add("." if node.level else (node.module or ".").split(".")[0])
        self.words.update((node.module or "").split("."))
        for alias in node.names:
            self.star_import |= alias.name == "*"
            self.words.add(alias.name)
            self.bind(alias.asname or alias.name, node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bind(node.name, node)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bind(node.rest, node)
        self.generic_visit(node)


def _own_statements(node: ast.AST) -> Iterator[ast.AST]:
    """The node, if it is a statement, and the statements below it in the same scope."""
    if isinstance(node, ast.expr):
        return
    yield node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, part, ()):
            yield from _own_statements(child)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if is_doc else body


class SourceFacts:
    """The facts of one file.

    Attributes:
        words: every name and attribute that occurs.
        dynamic: the file may reach its functions and variables by computed names.
        tame: all imports are of :data:`TAME_MODULES`.
        call_sites: span of a call -> what it calls.
        ambiguous: spans that calls share with ``with`` blocks or decorators.
        escaping: functions that can be values, so that any call of an unknown callable may reach them.
        referenced: functions that are mentioned at all.
        special_assigned: special methods may be made otherwise than by ``def`` in a class.
        descriptors: attributes may be computed otherwise than by decorated methods.
        simple_classes: no class takes special methods from anywhere but builtin types and this file.
        fields: names under which objects may hold functions, other than by ``def`` in a class.
        shown: names shown at module level.
    """

    def __init__(self, tree: ast.Module, call: str | None = None) -> None:
        c = _Collector()
        c.visit(tree)
        own_calls = list(c.calls)
        if call is not None:  # the entry's call expression refers to functions of the file too
            c.visit(parse(call, mode="eval").body)
        c.resolve()
        self.module_scope = c.scope
        self.words, self.ambiguous, self.comprehensions = c.words, c.ambiguous, c.comprehensions
        self.imports = c.imports
        self.functions = c.functions
        self.classes = c.classes
        self.star_import = c.star_import
        self.dynamic = c.dynamic_getattr or bool(c.words & _DYNAMIC_WORDS) or bool({"__main__", "."} & c.imports)
        self.tame = c.imports <= TAME_MODULES
        self.call_sites = {span_of(node): self._call_site(scope, node) for scope, node in own_calls}
        self._classify(c)
        called = {site.name for site in self.call_sites.values()}
        self.special_assigned = bool(c.dunder_stores) or "setattr" in called
        self.simple_classes = self._simple_classes()
        self.fields = frozenset(c.fields)
        self.descriptors = bool(called & _DESCRIPTORS)
        bound = self.module_scope.bound.items()
        self.shown = frozenset(name for name, nodes in bound if not all(isinstance(n, _DEFINITIONS) for n in nodes))

    def is_rebindable(self, scope: Scope, name: str) -> bool:
        """False when the scope's variable is bound exactly once in the whole file and nowhere deleted."""
        if scope.parent is None and (self.star_import or self.dynamic or name in _BUILTINS):
            return True
        return len(scope.bound.get(name, ())) != 1 or name in scope.deleted

    def _call_site(self, scope: Scope, node: ast.Call) -> CallSite:
        func = node.func
        if isinstance(func, ast.Attribute):
            root: ast.expr = func.value
            while isinstance(root, ast.Attribute):
                root = root.value
            bound = scope.owner(root.id).bound.get(root.id, []) if isinstance(root, ast.Name) else []
            imported = any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in bound)
            return CallSite(node, func.attr, True, None, False, imported)
        if not isinstance(func, ast.Name):
            return CallSite(node, None, False, func if isinstance(func, ast.Lambda) else None, False)
        owner = scope.owner(func.id)
        unbound = func.id not in owner.bound
        is_builtin = unbound and func.id in _BUILTINS and not self.star_import and not self.dynamic
        exact = None
        if owner.kind != "class" and not self.is_rebindable(owner, func.id):
            target = owner.bound[func.id][0]
            if isinstance(target, (ast.FunctionDef, ast.ClassDef)) and not target.decorator_list and not self.dynamic:
                exact = target
        return CallSite(node, func.id, False, exact, is_builtin)

    def _classify(self, c: _Collector) -> None:
        loaded: set[int] = {id(n) for scope, name in c.loads for n in scope.owner(name).bound.get(name, ())}
        called = {site.name for site in self.call_sites.values() if site.name}
        by_name = c.attributes | c.strings
        plain = self._plain_classes()
        self.plain_classes = {(node.name, first_line(node)) for node in plain}
        self.escaping: set[int] = set()
        self.referenced: set[int] = set()
        self.decorated: set[int] = set()
        for node, owner in c.functions:
            if isinstance(node, ast.Lambda):
                escapes = referenced = True
            else:
                decorated = bool(node.decorator_list)
                if decorated:
                    self.decorated.add(id(node))
                hidden = owner is not None and (owner not in plain or not self.tame or node.name in _DUCK_METHODS)
                mentioned = id(node) in loaded or node.name in by_name
                escapes = self.dynamic or decorated or hidden or mentioned or is_dunder(node.name)
                referenced = escapes or node.name in called
            if escapes:
                self.escaping.add(id(node))
            if referenced:
                self.referenced.add(id(node))

    def _plain_classes(self) -> set[ast.ClassDef]:
        """Classes whose metaclass is ``type``, whose bases are builtin or plain, and that nobody decorates."""
        by_name: dict[str, list[ast.ClassDef]] = {}
        for node in self.classes:
            by_name.setdefault(node.name, []).append(node)
        plain = {node for node in self.classes if not node.keywords and not node.decorator_list}
        while True:
            bad = {n for n in plain if not all(self._is_plain_base(b, by_name, plain) for b in n.bases)}
            if not bad:
                return plain
            plain -= bad

    def _is_plain_base(self, base: ast.expr, by_name: dict[str, list[ast.ClassDef]], plain: set[ast.ClassDef]) -> bool:
        if not isinstance(base, ast.Name):
            return False
        if base.id in by_name:
            bound = self.module_scope.bound.get(base.id, [])
            return all(n in plain for n in by_name[base.id]) and all(isinstance(n, ast.ClassDef) for n in bound)
        return base.id in _PLAIN_BASES and base.id not in self.module_scope.bound

    def _simple_classes(self) -> bool:
        own = {node.name for node in self.classes}
        for node in self.classes:
            decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
            names = [*node.bases, *decorators]
            if node.keywords or not all(isinstance(n, ast.Name) for n in names):
                return False
            simple = own | _SIMPLE_BASES
            if not all(
                n.id in simple and (n.id in own or self._as_expected(n.id)) for n in names if isinstance(n, ast.Name)
            ):
                return False
        return True

    def _as_expected(self, name: str) -> bool:
        """A builtin name that the file does not bind, or a name that only ``from ... import`` binds."""
        bound = self.module_scope.bound.get(name, [])
        return all(isinstance(n, ast.ImportFrom) for n in bound) and (bool(bound) or name in _BUILTINS)


def first_line(node: ast.stmt | ast.expr) -> int:
    """``co_firstlineno`` of a definition: the line of its first decorator, or its own."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])
