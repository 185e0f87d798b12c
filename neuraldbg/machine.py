"""What is known of a file's control flow, remembered: instruction graphs, next stops, rules for names.

:class:`neuraldbg.control.ControlState` is a place in a run and asks this module where it can go.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import CodeType
from typing import NamedTuple

from neuraldbg.bytecode import CodeGraph, is_class_body, is_folded, local_order, nested_codes, parameters, suspends
from neuraldbg.effects import Effects
from neuraldbg.region import Changes, CodeTable, Outcome, Positions, Region, explore
from neuraldbg.scopes import SourceFacts, first_line, span_of
from neuraldbg.steps import Event, is_hidden
from neuraldbg.values import repr_is_distinct, surely_immutable


class Presence(Enum):
    """Whether a name is among the locals."""

    ALWAYS = "always"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class NameRule:
    """What may be written for one name.

    Attributes:
        name: the local's name.
        presence: whether it must be there.
        may_keep: its value may be that of the activation's last call or line stop (``".."``).
        may_change: it may be a fresh value.
        value: the only fresh value it may be; None leaves that open.
    """

    name: str
    presence: Presence
    may_keep: bool
    may_change: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One kind of next stop.

    Attributes:
        event, function, depth: of the step.
        names: rules for its locals, in their order; empty at returns and exceptions.
        lines: legal lines, ascending.
        returns_none: the returned value is surely None.
        value: the only value or exception that a return or exception step may carry; None leaves that open.
    """

    event: Event
    function: str
    depth: int
    names: tuple[NameRule, ...]
    lines: tuple[int, ...]
    returns_none: bool = False
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Legal:
    """All next stops.

    Attributes:
        branches: one for each event and frame (and code object) it can land in.
        may_end: the trace may be over here.
    """

    branches: tuple[Branch, ...]
    may_end: bool


class Alternative(NamedTuple):
    """One way to see an activation: its code, its positions, the changes since its last stop."""

    code: int
    positions: Positions
    changes: Changes = Changes()
    raised: bool = False


class Activation(NamedTuple):
    """A live frame: what it may be executing, its last line, its locals there."""

    alternatives: tuple[Alternative, ...]
    line: int
    locals: Mapping[str, str]


class Suspended(NamedTuple):
    """Generators that have yielded at one line; ``number`` of them, or -1 for any number."""

    code: int
    line: int
    positions: Positions
    names: tuple[NameRule, ...]
    number: int


class Machine:
    """The automaton of one file.

    Args:
        tree: the file's syntax tree.
        nodes: of the tree, all.
        code: the file's code object, compiled from the same text.
        entry: ``<module>`` or the entry function's qualified name.
        call: the call expression of a function entry.
    """

    def __init__(
        self, tree: ast.Module, nodes: Sequence[ast.AST], code: CodeType, entry: str, call: str | None
    ) -> None:
        self.facts = SourceFacts(tree, call)
        self.codes = [c for c in nested_codes(code) if not is_folded(c)]
        folded = [c for c in nested_codes(code) if is_folded(c)]
        self._spans = tuple(span_of(node) for node in self.facts.comprehensions)
        self._graphs: dict[int, CodeGraph] = {}
        self.effects = Effects(self.facts, self.codes, folded, self.graph)
        self.def_lines = _definition_lines(nodes)
        self.trusts_reprs = self._trusts_reprs()
        self._tables: dict[int, CodeTable] = {}
        self._regions: dict[Alternative, Region] = {}
        self._rules: dict[tuple[object, ...], tuple[NameRule, ...]] = {}
        self._shared: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._entry_names: dict[int, tuple[NameRule, ...]] = {}
        self.entry = entry
        self.entry_codes = [i for i, c in enumerate(self.codes) if c.co_qualname == entry and not is_class_body(c)]
        self.preexisting = self._preexisting(tree) if entry != "<module>" else ()

    def _trusts_reprs(self) -> bool:
        made = [n for n, _ in self.facts.functions if isinstance(n, ast.FunctionDef) and n.name == "__repr__"]
        return all(map(repr_is_distinct, made)) and not self.facts.special_assigned

    def graph(self, code: CodeType) -> CodeGraph:
        """The instruction graph of any code object of the file; remembered."""
        found = self._listing(code)
        found.link()
        return found

    def _listing(self, code: CodeType) -> CodeGraph:
        """The same without its edges: of most code objects only the names are asked for."""
        found = self._graphs.get(id(code))
        if found is None:
            found = self._graphs[id(code)] = CodeGraph(code, self._spans)
        return found

    def table(self, code: int) -> CodeTable:
        """The analysed code object."""
        if code not in self._tables:
            graph = self.graph(self.codes[code])
            bits = {name: 1 << i for i, name in enumerate(self.names(graph.code))}
            self._tables[code] = CodeTable(graph, self.effects.classify(graph), bits)
        return self._tables[code]

    def names(self, code: CodeType) -> tuple[str, ...]:
        """Names shown among the locals of this code, in the order they are shown in.

        That of the frame for a function; for a module or class body that of the first store in the bytecode, because
        the order of insertion depends on the path taken.
        """
        if code.co_flags & 0x1:
            return local_order(code)
        stored = dict.fromkeys(n for ins in self._listing(code).instrs for n in ins.stores)
        if is_class_body(code):
            return tuple(n for n in stored if not is_hidden(n))
        shown = self.facts.shown
        return tuple(n for n in dict.fromkeys((*stored, *sorted(shown))) if n in shown and not is_hidden(n))

    def region(self, alternative: Alternative) -> Region:
        """All next stops of an activation; remembered."""
        region = self._regions.get(alternative)
        if region is None:
            code, positions, changes, raised = alternative
            region = self._regions[alternative] = explore(self.table(code), positions, changes, raised)
        return region

    def shared(self, code: int) -> tuple[frozenset[str], frozenset[str]]:
        """Names of this code that other code may store, and that other code may delete."""
        if code not in self._shared:
            own = self.codes[code]
            names = frozenset(self.table(code).bits)
            optimized, module = own.co_flags & 0x1, own.co_name == "<module>"
            stored: set[str] = set()
            deleted: set[str] = set()
            custom = is_class_body(own) and not self.plain_class(own)
            if not optimized and (self.facts.dynamic or custom):
                stored, deleted = set(names), set(names)
            elif optimized or module:
                suffix = "DEREF" if optimized else "GLOBAL"
                mine = own.co_cellvars if optimized else ()
                for other in self._all_codes():
                    for ins in self._listing(other).instrs if other.co_names or other.co_freevars else ():
                        if ins.op == f"STORE_{suffix}" and (other is not own or ins.value not in mine):
                            stored.add(str(ins.value))
                        elif ins.op == f"DELETE_{suffix}" and (other is not own or ins.value not in mine):
                            deleted.add(str(ins.value))
                shared = names if module else {*own.co_cellvars, *own.co_freevars}
                stored, deleted = stored & shared, deleted & shared
            self._shared[code] = frozenset(stored), frozenset(deleted)
        return self._shared[code]

    def _all_codes(self) -> Iterable[CodeType]:
        return nested_codes(self.codes[0])

    def call_line(self, code: CodeType) -> int:
        """The line of the ``def``, ``class`` or ``lambda`` keyword; 1 for the module."""
        return self.def_lines.get((code.co_name, code.co_firstlineno), max(code.co_firstlineno, 1))

    def plain_class(self, code: CodeType) -> bool:
        """True for the body of a class whose namespace is surely a plain dictionary."""
        return (code.co_name, code.co_firstlineno) in self.facts.plain_classes

    def entry_rules(self, code: int) -> tuple[NameRule, ...]:
        """Names at a first call: all parameters, and free variables that are bound by then."""
        if code not in self._entry_names:
            own = self.codes[code]
            rules = []
            if own.co_flags & 0x1:
                params = {*parameters(own)}
                for name in local_order(own):
                    if name in params or name in own.co_freevars:
                        presence = Presence.ALWAYS if name in params else Presence.MAYBE
                        rules.append(NameRule(name, presence, False, True))
            elif is_class_body(own) and not self.plain_class(own):  # a metaclass may fill the namespace
                rules = [NameRule(name, Presence.MAYBE, False, True) for name in self.table(code).bits]
            self._entry_names[code] = tuple(rules)
        return self._entry_names[code]

    def rules(self, code: int, changes: Changes, locals_: Mapping[str, str]) -> tuple[NameRule, ...]:
        """Names at a line stop, after ``changes`` to an activation that had these locals at its last stop."""
        fixed: tuple[bool, ...] = ()
        if changes.dirty:
            fixed = tuple(map(surely_immutable, locals_.values())) if self.trusts_reprs else (False,) * len(locals_)
        key = (code, changes, tuple(locals_), fixed)
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = tuple(
                self._make_rules(code, changes, dict(zip(locals_, fixed or (True,) * len(locals_), strict=True)))
            )
        return found

    def _make_rules(self, code: int, changes: Changes, fixed: Mapping[str, bool]) -> Iterable[NameRule]:
        bits = self.table(code).bits
        stored, deleted = self.shared(code) if changes.dirty else (frozenset(), frozenset())
        own = self.codes[code]
        custom = is_class_body(own) and not self.plain_class(own)
        passing = self.table(code).graph.inlined_names if suspends(own) else set()
        for name in dict.fromkeys((*bits, *fixed)):
            bit = bits.get(name, 0)
            bound = name in fixed
            may_store = bool(changes.may & bit) or name in stored
            must_store = bool(changes.must & bit)
            if bound and name in passing:  # its value at the last stop may be that of a comprehension
                yield NameRule(name, Presence.MAYBE, True, True)
                continue
            if not bound and not may_store or changes.gone & bit and name not in stored:
                continue
            keeps = bound and not changes.deleted & bit and name not in deleted
            may_change = may_store or not fixed.get(name, True)
            always = ((must_store and name not in deleted) or keeps) and not custom
            yield NameRule(name, Presence.ALWAYS if always else Presence.MAYBE, bound, may_change)

    def suspend(self, code: int, activation: Activation, outcome: Outcome) -> Suspended | None:
        """The generator that a return step leaves behind, if it was a yield."""
        table = self.table(code)
        yields = {p | 1 for p in outcome.positions if table.graph.instrs[p >> 1].op == "YIELD_VALUE"}
        if not yields or outcome.changes is None:
            return None
        stored, deleted = self.shared(code)
        rules = []
        known = {r.name: r for r in self.rules(code, outcome.changes._replace(dirty=True), activation.locals)}
        for name in local_order(self.codes[code]):
            if name in known or name in stored or name in table.graph.inlined_names:
                sure = name in known and known[name].presence is Presence.ALWAYS and name not in deleted
                rules.append(NameRule(name, Presence.ALWAYS if sure else Presence.MAYBE, False, True))
        return Suspended(code, activation.line, frozenset(yields), tuple(rules), 1)

    def _preexisting(self, tree: ast.Module) -> tuple[Suspended, ...]:
        """Generators that module-level code may have left half way, before a function entry."""
        calls = any(isinstance(n, ast.Call) for s in tree.body if not _is_main_guard(s) for n in _executed(s))
        out = []
        for code in sorted(self.effects.generators) if calls or self.facts.dynamic else ():
            graph = self.table(code).graph
            names = tuple(NameRule(n, Presence.MAYBE, False, True) for n in local_order(self.codes[code]))
            starts: dict[int, set[int]] = {self.call_line(self.codes[code]): {2 * graph.start}}
            for ins in graph.instrs:
                if ins.line is not None:
                    starts.setdefault(ins.line, set()).add(2 * ins.index)
            for line, positions in starts.items():
                found = self.region(Alternative(code, frozenset(positions))).returns.positions
                yields = frozenset(p | 1 for p in found if graph.instrs[p >> 1].op == "YIELD_VALUE")
                if yields:
                    out.append(Suspended(code, line, yields, names, -1))
        return tuple(out)


def _definition_lines(nodes: Iterable[ast.AST]) -> dict[tuple[str, int], int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    decorated = (n for n in nodes if isinstance(n, kinds) and n.decorator_list)
    return {(node.name, first_line(node)): node.lineno for node in decorated}


def _executed(node: ast.AST) -> Iterable[ast.AST]:
    """Nodes that run when the statement runs (not the bodies of functions)."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _executed(child)


def _is_main_guard(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = [s.id for s in sides if isinstance(s, ast.Name)]
    values = [s.value for s in sides if isinstance(s, ast.Constant)]
    return isinstance(node.test.ops[0], ast.Eq) and names == ["__name__"] and values == ["__main__"]
