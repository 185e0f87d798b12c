"""Where an activation can stop next: a walk over the instructions between two stops.

A *position* is ``2 * index`` for an instruction that is about to start and ``2 * index + 1`` for one that is under way
(it has called somebody who has returned or raised, or it is the yield of a suspended generator).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from neuraldbg.bytecode import CodeGraph, Edge, Fire, suspends
from neuraldbg.effects import Codes, Effect

Positions = frozenset[int]

# Pass on the exception that is being handled, which is no new exception.
_PASSES_ON = frozenset({"RERAISE", "CLEANUP_THROW", "END_ASYNC_FOR"})


class Changes(NamedTuple):
    """What has happened to an activation's names since its last stop, as bit masks over its names.

    Attributes:
        may: stored on some path.
        must: stored on every path, and not deleted since.
        deleted: deleted on some path, and not stored since.
        gone: deleted on every path, and not stored since.
        dirty: objects may have changed.
    """

    may: int = 0
    must: int = 0
    deleted: int = 0
    gone: int = 0
    dirty: bool = False

    def join(self, other: Changes) -> Changes:
        """Either of the two."""
        return Changes(
            self.may | other.may,
            self.must & other.must,
            self.deleted | other.deleted,
            self.gone & other.gone,
            self.dirty or other.dirty,
        )

    def then(self, stores: int, deletes: int, dirty: bool) -> Changes:
        """After an instruction that stores and deletes these names."""
        return Changes(
            self.may | stores,
            (self.must | stores) & ~deletes,
            (self.deleted & ~stores) | deletes,
            (self.gone & ~stores) | deletes,
            self.dirty or dirty,
        )


@dataclass(slots=True)
class Outcome:
    """Positions with which one kind of stop may be made, and the changes by then."""

    positions: set[int] = field(default_factory=set)
    changes: Changes | None = None

    def add(self, position: int, changes: Changes) -> None:
        self.positions.add(position)
        self.changes = changes if self.changes is None else self.changes.join(changes)


@dataclass(slots=True)
class Region:
    """All next stops of an activation.

    Attributes:
        lines: line -> where the line stop is made.
        calls: code index -> instructions under way that call it.
        returns: return and yield instructions.
        raises: instructions that raise.
        leaves: the activation may end by an exception without another stop.
        swallows: an exception of the callee may end inside one of the starting positions.
        visited: everything that may be under way before the next stop (where a finaliser may run).
    """

    lines: dict[int, Outcome] = field(default_factory=dict)
    calls: dict[int, Outcome] = field(default_factory=dict)
    returns: Outcome = field(default_factory=Outcome)
    raises: Outcome = field(default_factory=Outcome)
    leaves: bool = False
    swallows: bool = False
    visited: Outcome = field(default_factory=Outcome)


@dataclass(slots=True)
class CodeTable:
    """What the walk needs to know about one code object.

    Attributes:
        graph, effects: see there; one effect an instruction.
        bits: name -> its bit.
        everything: mask of all names (a star import may store any of them).
    """

    graph: CodeGraph
    effects: list[Effect]
    bits: dict[str, int]
    everything: int = 0
    masks: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.everything = sum(self.bits.values())
        self.masks = [(self._mask(i.stores), self._mask(i.deletes)) for i in self.graph.instrs]

    def _mask(self, names: Iterable[str]) -> int:
        return sum(self.bits.get(n, 0) for n in set(names))


def explore(table: CodeTable, starts: Positions, changes: Changes, raised: bool) -> Region:
    """Walks from ``starts`` to every next stop.

    Args:
        table: of the activation's code.
        starts: its positions.
        changes: since its last line or call stop.
        raised: an exception was raised at ``starts`` (its stop has been made); else they go on normally.
    """
    return _Walk(table).run(starts, changes, raised)


class _Walk:
    def __init__(self, table: CodeTable) -> None:
        self.table = table
        self.instrs = table.graph.instrs
        self.region = Region()
        self.seen: dict[int, Changes] = {}
        self.work: list[int] = []

    def run(self, starts: Positions, changes: Changes, raised: bool) -> Region:
        for start in starts:
            if raised:
                self._unwind(start >> 1, changes)
            else:
                self._reach(start, changes)
            self.region.swallows |= bool(start & 1) and self.table.effects[start >> 1].swallows
        while self.work:
            position = self.work.pop()
            self._visit(position, self.seen[position])
        return self.region

    def _reach(self, position: int, changes: Changes) -> None:
        old = self.seen.get(position)
        joined = changes if old is None else old.join(changes)
        if joined != old:
            self.seen[position] = joined
            self.work.append(position)

    def _follow(self, edge: Edge, changes: Changes) -> None:
        target, fire = edge
        if fire is not Fire.NEVER:
            line = self.instrs[target].line
            assert line is not None
            self.region.lines.setdefault(line, Outcome()).add(2 * target, changes)
        if fire is not Fire.MUST:
            self._reach(2 * target, changes)

    def _unwind(self, index: int, changes: Changes) -> None:
        handler = self.instrs[index].handler
        if handler is None:
            self.region.leaves = True
        else:
            self._follow(handler, changes)

    def _visit(self, position: int, changes: Changes) -> None:
        index, under_way = position >> 1, bool(position & 1)
        ins, effect, region = self.instrs[index], self.table.effects[index], self.region
        called: Codes = effect.again if under_way else effect.calls
        for code in called:
            region.calls.setdefault(code, Outcome()).add(2 * index + 1, changes._replace(dirty=True))
        if under_way or not effect.must_call:
            region.visited.add(2 * index + 1, changes._replace(dirty=True))
        if self._may_raise(index, under_way):
            region.raises.add(position, changes.then(0, 0, effect.impure))
            if ins.handler is not None and self.instrs[ins.handler[0]].op == "END_ASYNC_FOR":
                self._unwind(index, changes._replace(dirty=True))  # the end of a loop is no exception step
        if ins.op in _PASSES_ON or ins.op == "RAISE_VARARGS" and ins.arg == 0:
            self._unwind(index, changes)
        if self.table.graph.returns(index) and not (under_way and ins.op == "YIELD_VALUE"):
            region.returns.add(position, changes)
            return
        if effect.must_call and not under_way:
            return
        stores, deletes = self.table.masks[index]
        after = changes.then(stores, deletes, effect.impure)
        if ins.op == "IMPORT_STAR" or ins.op == "CALL_INTRINSIC_1" and ins.arg == 2:
            after = after._replace(may=after.may | self.table.everything)
        for edge in ins.next:
            self._follow(edge, after)

    def _may_raise(self, index: int, under_way: bool) -> bool:
        ins, graph = self.instrs[index], self.table.graph
        if ins.op == "YIELD_VALUE":
            return under_way  # throw() and close()
        if index == graph.start:
            return suspends(graph.code)
        return self.table.effects[index].raises
