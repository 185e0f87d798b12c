"""Where a program may stop next, and which names may have changed by then: the automaton behind every prediction.

:class:`ControlState` is a place in a run. The automaton accepts every real run (an over-approximation); it does not
follow values. Not covered: other threads, signals, Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from neuraldbg.bytecode import suspends
from neuraldbg.machine import (
    Activation,
    Alternative,
    Branch,
    Legal,
    Machine,
    NameRule,
    Presence,
    Suspended,
)
from neuraldbg.region import Changes, Outcome, Region
from neuraldbg.steps import Event, Step

__all__ = ["Branch", "ControlState", "IllegalStep", "Legal", "Machine", "NameRule", "Presence"]


class IllegalStep(ValueError):
    """A step that cannot follow here."""


class Move(NamedTuple):
    """A branch and what it does to the state: the frames that stay, and for each line the activation on top of them."""

    branch: Branch
    keep: tuple[Activation, ...]
    targets: Mapping[int, Alternative]
    suspended: Suspended | None = None  # the generator that is resumed


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
            if not rule.may_change and value != before.get(rule.name) and rule.name not in step.edited:
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
            yield Suspended(
                old.code, old.line, old.positions | left.positions, _join_rules(old.names, left.names), count
            )
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
    sure = {r.name for r in one if r.presence is Presence.ALWAYS} & {
        r.name for r in two if r.presence is Presence.ALWAYS
    }
    order = dict.fromkeys([*(r.name for r in one), *(r.name for r in two)])
    return tuple(NameRule(n, Presence.ALWAYS if n in sure else Presence.MAYBE, False, True) for n in order)
