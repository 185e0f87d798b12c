"""Where a program may stop next, and which names may have changed by then: the automaton behind every prediction.

:class:`Machine` holds what is known of a file; :class:`ControlState` is a place in a run. The automaton accepts every
real run (an over-approximation); it does not follow values. Not covered: other threads, signals, Ctrl-C.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import CodeType
from typing import NamedTuple

from neuraldbg.bytecode import (
    CodeGraph, is_class_body, is_folded, local_order, nested_codes, parameters, suspends,
)  # fmt: skip
from neuraldbg.effects import Effects
from neuraldbg.region import Changes, CodeTable, Outcome, Positions, Region, explore
from neuraldbg.scopes import SourceFacts, span_of
from neuraldbg.steps import Event, Step, is_hidden
from neuraldbg.values import repr_is_distinct, surely_immutable


class IllegalStep(ValueError):
    """A step that cannot follow here."""


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
    """

    name: str
    presence: Presence
    may_keep: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """One kind of next stop.

    Attributes:
        event, function, depth: of the step.
        names: rules for its locals, in their order; empty at returns and exceptions.
        lines: legal lines, ascending.
        returns_none: the returned value is surely None.
    """

    event: Event
    function: str
    depth: int
    names: tuple[NameRule, ...]
    lines: tuple[int, ...]
    returns_none: bool = False


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


class Move(NamedTuple):
    """A branch and what it does to the state: the frames that stay, and for each line the activation on top of them."""

    branch: Branch
    keep: tuple[Activation, ...]
    targets: Mapping[int, Alternative]
    suspended: Suspended | None = None  # the generator that is resumed


class Machine:
    """The automaton of one file.

    Args:
        tree: the file's syntax tree.
        code: the file's code object, compiled from the same text.
        entry: ``<module>`` or the entry function's qualified name.
        call: the call expression of a function entry.
    """

    def __init__(self, tree: ast.Module, code: CodeType, entry: str, call: str | None) -> None:
        self.facts = SourceFacts(tree, call)
        self.codes = [c for c in nested_codes(code) if not is_folded(c)]
        folded = [c for c in nested_codes(code) if is_folded(c)]
        self.effects = Effects(self.facts, self.codes, folded)
        self.spans = tuple(span_of(node) for node in self.facts.comprehensions)
        self.def_lines = _definition_lines(tree)
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

    def table(self, code: int) -> CodeTable:
        """The analysed code object."""
        if code not in self._tables:
            graph = CodeGraph(self.codes[code], self.spans)
            bits = {name: 1 << i for i, name in enumerate(self._names(graph))}
            self._tables[code] = CodeTable(graph, self.effects.classify(graph, code), bits)
        return self._tables[code]

    def _names(self, graph: CodeGraph) -> tuple[str, ...]:
        code = graph.code
        if code.co_flags & 0x1:
            return local_order(code)
        stored = dict.fromkeys(n for ins in graph.instrs for n in ins.stores)
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
                    for ins in CodeGraph(other).instrs:
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
            found = self._rules[key] = tuple(self._make_rules(code, changes, dict(zip(locals_, fixed or (True,) * len(locals_)))))
        return found

    def _make_rules(self, code: int, changes: Changes, fixed: Mapping[str, bool]) -> Iterable[NameRule]:
        bits = self.table(code).bits
        stored, deleted = self.shared(code) if changes.dirty else (frozenset(), frozenset())
        own = self.codes[code]
        custom = is_class_body(own) and not self.plain_class(own)
        passing = self.table(code).graph.inlined_names if suspends(own) else set()
        order: Iterable[str] = bits if own.co_flags & 0x1 else dict.fromkeys((*fixed, *bits))
        for name in order:
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


class ControlState:
    """A place in a run; immutable and hashable. Two states are equal when the same steps are legal from there on."""

    __slots__ = ("_legal", "_moves", "machine", "may_end", "stack", "started", "suspended")

    def __init__(
        self,
        machine: Machine,
        stack: tuple[Activation, ...] = (),
        suspended: tuple[Suspended, ...] = (),
        may_end: bool = False,
        started: bool = False,
    ) -> None:
        self.machine, self.stack, self.suspended = machine, stack, suspended
        self.may_end, self.started = may_end, started
        self._legal: Legal | None = None
        self._moves: list[Move] = []

    def __hash__(self) -> int:
        return hash((tuple((a.alternatives, a.line) for a in self.stack), self.suspended, self.may_end, self.started))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ControlState):
            return NotImplemented
        mine = (self.stack, self.suspended, self.may_end, self.started)
        return self.machine is other.machine and mine == (other.stack, other.suspended, other.may_end, other.started)

    def __repr__(self) -> str:
        frames = " ".join(f"{self.machine.codes[a.alternatives[0].code].co_qualname}:{a.line}" for a in self.stack)
        return f"<ControlState {frames or 'outside'}>"

    def legal(self) -> Legal:
        """Every step that can come next; sound, not always tight."""
        if self._legal is None:
            may_end = self.may_end
            if not self.stack:
                self._between()
            else:
                may_end |= self._frame(len(self.stack) - 1, self.stack[-1].alternatives, False)
            self._legal = Legal(tuple(m.branch for m in self._moves), may_end)
        return self._legal

    def after(self, step: Step) -> ControlState:
        """The state once ``step`` has been made.

        Raises:
            IllegalStep: if no legal branch fits the step's event, function, depth, line and names.
        """
        self.legal()
        fitting = [m for m in self._moves if m.branch.event is step.event and self._fits(m.branch, step)]
        if not fitting:
            where = f"{step.event.value} in {step.function} at line {step.line}, depth {step.depth}"
            raise IllegalStep(f"{where}, locals {' '.join(step.locals)}, cannot follow {self!r}")
        if step.event is Event.RETURN:
            return self._after_return(step, fitting)
        first = fitting[0]
        alternatives = tuple(dict.fromkeys(m.targets[step.line] for m in fitting))
        keep = first.keep if len(fitting) == 1 else _merge_keeps([m.keep for m in fitting])
        suspended = self.suspended
        if first.suspended is not None and all(m.suspended is first.suspended for m in fitting):
            suspended = tuple(_decrement(self.suspended, first.suspended))
        last = self.stack[step.depth].locals if step.event is Event.EXCEPTION else step.locals
        stack = (*keep, Activation(alternatives, step.line, last))
        return ControlState(self.machine, stack, suspended, False, True)

    def _fits(self, branch: Branch, step: Step) -> bool:
        if branch.depth != step.depth or branch.function != step.function or step.line not in branch.lines:
            return False
        if step.event is Event.RETURN:
            return step.value == "None" or not branch.returns_none
        if step.event is Event.EXCEPTION:
            return True
        before = self.stack[step.depth].locals if step.event is Event.LINE else {}
        values = step.locals
        present = 0
        for rule in branch.names:
            value = values.get(rule.name)
            if value is None:
                if rule.presence is Presence.ALWAYS:
                    return False
                continue
            present += 1
            if not rule.may_change and value != before.get(rule.name):
                return False
        return present == len(values)

    def _after_return(self, step: Step, fitting: Sequence[Move]) -> ControlState:
        suspended = self.suspended
        finished = False
        activation = self.stack[step.depth]
        for alternative in activation.alternatives:
            outcome = self.machine.region(alternative).returns
            left = self.machine.suspend(alternative.code, activation, outcome) if outcome.positions else None
            if left is not None:
                suspended = tuple(_increment(suspended, left))
            table = self.machine.table(alternative.code)
            finished |= any(table.graph.instrs[p >> 1].op != "YIELD_VALUE" for p in outcome.positions)
        return ControlState(self.machine, self.stack[: step.depth], suspended, finished and step.depth == 0, True)

    def _between(self) -> None:
        """No live frame: before the start, or an entry generator or coroutine that is suspended."""
        machine = self.machine
        if not self.started:
            for code in machine.entry_codes:
                self._enter((), code)
            return
        if self.may_end and not any(s.code in machine.entry_codes for s in self.suspended):
            return
        entry_is_coroutine = any(machine.codes[c].co_flags & 0x80 for c in machine.entry_codes)
        for left in self.suspended:
            if entry_is_coroutine or left.code in machine.entry_codes:
                self._resume((), left)
        if entry_is_coroutine:
            for code in machine.effects.escaping:
                self._enter((), code)

    def _enter(self, keep: tuple[Activation, ...], code: int) -> None:
        machine = self.machine
        own = machine.codes[code]
        line = machine.call_line(own)
        branch = Branch(Event.CALL, own.co_qualname, len(keep), machine.entry_rules(code), (line,))
        start = Alternative(code, frozenset({2 * machine.table(code).graph.start}))
        self._moves.append(Move(branch, keep, {line: start}))

    def _resume(self, keep: tuple[Activation, ...], left: Suspended) -> None:
        function = self.machine.codes[left.code].co_qualname
        branch = Branch(Event.CALL, function, len(keep), left.names, (left.line,))
        self._moves.append(Move(branch, keep, {left.line: Alternative(left.code, left.positions)}, left))

    def _frame(self, depth: int, alternatives: Iterable[Alternative], propagating: bool) -> bool:
        """Adds the moves of the frame at ``depth``; true if the trace may end by an exception that leaves it."""
        machine = self.machine
        activation, below = self.stack[depth], self.stack[:depth]
        leaves = may_end = False
        raising: list[Alternative] = []
        for alternative in alternatives:
            code, _, _, raised = alternative
            region = machine.region(alternative)
            leaves |= region.leaves
            function = machine.codes[code].co_qualname
            self._line_moves(depth, code, region)
            for callee, outcome in region.calls.items():
                self._enter((*below, _under_way(activation, code, outcome)), callee)
            if region.visited.positions:
                keep = (*below, _under_way(activation, code, region.visited)) if self.suspended else ()
                for left in self.suspended:
                    self._resume(keep, left)
            if region.returns.positions:
                none = all(machine.table(code).graph.returns_none(p >> 1) for p in region.returns.positions)
                branch = Branch(Event.RETURN, function, depth, (), (activation.line,), none)
                self._moves.append(Move(branch, below, {}))
            if region.raises.positions:
                assert region.raises.changes is not None
                raising.append(Alternative(code, frozenset(region.raises.positions), region.raises.changes, True))
            if machine.effects.may_exit and region.calls is not None:
                may_end = True
        if propagating:
            raising.extend(a._replace(raised=True) for a in activation.alternatives)
        for alternative in _merge_raising(raising):
            function = machine.codes[alternative.code].co_qualname
            branch = Branch(Event.EXCEPTION, function, depth, (), (activation.line,))
            self._moves.append(Move(branch, below, {activation.line: alternative}))
        if leaves:
            may_end |= depth == 0 or self._caller(depth)
        return may_end

    def _caller(self, depth: int) -> bool:
        """The frame at ``depth`` is left by an exception: its caller sees it, unless something between them ends it."""
        callee = self.stack[depth].alternatives
        below = self.stack[depth - 1].alternatives
        suspends_ = any(suspends(self.machine.codes[a.code]) for a in callee)
        finaliser = any(self.machine.codes[a.code].co_name == "__del__" for a in callee)
        swallowing = [a for a in below if suspends_ or finaliser or self.machine.region(a).swallows]
        return self._frame(depth - 1, swallowing, True)

    def _line_moves(self, depth: int, code: int, region: Region) -> None:
        if not region.lines:
            return
        activation = self.stack[depth]
        joined: Changes | None = None
        for outcome in region.lines.values():
            assert outcome.changes is not None
            joined = outcome.changes if joined is None else joined.join(outcome.changes)
        assert joined is not None
        rules = self.machine.rules(code, joined, activation.locals)
        lines = tuple(sorted(region.lines))
        branch = Branch(Event.LINE, self.machine.codes[code].co_qualname, depth, rules, lines)
        targets = {n: Alternative(code, frozenset(o.positions)) for n, o in region.lines.items()}
        self._moves.append(Move(branch, self.stack[:depth], targets))


def _under_way(activation: Activation, code: int, outcome: Outcome) -> Activation:
    assert outcome.changes is not None
    return activation._replace(alternatives=(Alternative(code, frozenset(outcome.positions), outcome.changes),))


def _merge_raising(raising: Iterable[Alternative]) -> Iterable[Alternative]:
    merged: dict[int, Alternative] = {}
    for alternative in raising:
        old = merged.get(alternative.code)
        if old is not None:
            changes = old.changes.join(alternative.changes)
            alternative = Alternative(old.code, old.positions | alternative.positions, changes, True)
        merged[alternative.code] = alternative
    return merged.values()


def _merge_keeps(keeps: Sequence[tuple[Activation, ...]]) -> tuple[Activation, ...]:
    """Frames below an ambiguous call: the caller may be under way in any of the ways that lead there."""
    if len(set(map(id, keeps))) == 1 or not keeps[0]:
        return keeps[0]
    top = keeps[0][-1]
    alternatives = tuple(dict.fromkeys(a for keep in keeps for a in keep[-1].alternatives))
    return (*keeps[0][:-1], top._replace(alternatives=alternatives))


def _increment(suspended: Sequence[Suspended], left: Suspended) -> Iterable[Suspended]:
    found = False
    for old in suspended:
        if (old.code, old.line) == (left.code, left.line):
            found = True
            count = -1 if old.number < 0 else old.number + 1
            yield Suspended(old.code, old.line, old.positions | left.positions, _join_rules(old.names, left.names), count)
        else:
            yield old
    if not found:
        yield left


def _decrement(suspended: Sequence[Suspended], resumed: Suspended) -> Iterable[Suspended]:
    for old in suspended:
        if old is not resumed:
            yield old
        elif old.number != 1:
            yield old._replace(number=max(old.number - 1, -1))


def _join_rules(one: tuple[NameRule, ...], two: tuple[NameRule, ...]) -> tuple[NameRule, ...]:
    if one == two:
        return one
    sure = {r.name for r in one if r.presence is Presence.ALWAYS} & {r.name for r in two if r.presence is Presence.ALWAYS}
    order = dict.fromkeys([*(r.name for r in one), *(r.name for r in two)])
    return tuple(NameRule(n, Presence.ALWAYS if n in sure else Presence.MAYBE, False, True) for n in order)


def _definition_lines(tree: ast.Module) -> dict[tuple[str, int], int]:
    out = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
            out[node.name, min(d.lineno for d in node.decorator_list)] = node.lineno
    return out


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
