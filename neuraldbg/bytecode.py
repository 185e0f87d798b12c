"""A code object as a graph: where control can go, where a line event fires, which names an instruction stores.

The format of the exception table is described in CPython's Objects/exception_handling_notes.txt; the rules for line
events in Python/ceval.c (3.11) and Python/instrumentation.c (3.12 and later).
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from types import CodeType

from neuraldbg.scopes import Span
from neuraldbg.steps import is_hidden

CO_OPTIMIZED, CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x1, 0x20, 0x80, 0x200
_SUSPENDS = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_STOPS_AT_TARGETS = sys.version_info[:2] == (3, 12)  # a jump target may fire although the line is the same
_INLINED = sys.version_info >= (3, 12)  # comprehensions run in the frame around them (PEP 709)

_RETURNS = frozenset({"RETURN_VALUE", "RETURN_CONST"})
_NO_FALL_THROUGH = _RETURNS | {
    "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "INTERPRETER_EXIT",
}  # fmt: skip
_NEVER_STARTS_LINE = (
    frozenset({"RESUME", "END_FOR", "END_SEND", "END_ASYNC_FOR"}) if _INLINED else frozenset({"RESUME"})
)
_JUMPS = frozenset(dis.opname[op] for op in (*dis.hasjrel, *dis.hasjabs))


class Fire(IntEnum):
    """Whether going from one instruction to another stops at a line."""

    NEVER = 0
    MAY = 1
    MUST = 2


Edge = tuple[int, Fire]


@dataclass(slots=True)
class Instr:
    """One instruction. Indices are positions in :attr:`CodeGraph.instrs`."""

    index: int
    op: str
    arg: int
    value: object
    offset: int
    line: int | None
    span: Span | None
    next: tuple[Edge, ...] = ()
    handler: Edge | None = None
    stores: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()


def suspends(code: CodeType) -> bool:
    """True for the code of generators, coroutines and asynchronous generators."""
    return bool(code.co_flags & _SUSPENDS)


def is_folded(code: CodeType) -> bool:
    """True for frames that belong to the line they stand in: comprehensions, generator expressions, type parameters."""
    name = code.co_name
    return name.startswith("<") and name not in ("<module>", "<lambda>")


def is_class_body(code: CodeType) -> bool:
    """True for the code of a class statement."""
    return not code.co_flags & CO_OPTIMIZED and code.co_name != "<module>"


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """The code object and all below it, outermost first, in the order of the source."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from nested_codes(const)


def parameters(code: CodeType) -> tuple[str, ...]:
    """Names of all parameters, in the order of the frame's locals."""
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
    return code.co_varnames[:count]


def local_order(code: CodeType) -> tuple[str, ...]:
    """A function's names in the order of its frame: parameters and locals, then cells, then free variables."""
    return tuple(
        n for n in dict.fromkeys((*code.co_varnames, *code.co_cellvars, *code.co_freevars)) if not is_hidden(n)
    )


def exception_table(code: CodeType) -> list[tuple[int, int, int]]:
    """Entries (first offset, offset past the last, handler's offset), in the table's order."""
    data = iter(code.co_exceptiontable)

    def number(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(data)
            value = value << 6 | byte & 63
        return value

    entries = []
    for byte in data:
        start, length, target = number(byte) * 2, number(next(data)) * 2, number(next(data)) * 2
        number(next(data))  # stack depth and lasti flag
        entries.append((start, start + length, target))
    return entries


class CodeGraph:
    """The instruction graph of one code object.

    Args:
        code: what to analyse.
        comprehensions: spans of the file's comprehensions (inlined ones restore their variables).

    Attributes:
        instrs: all instructions, without caches.
        start: index of the RESUME at which a call stops.
        inlined_names: variables of inlined comprehensions, there only while one runs.
        bound: index -> names that are surely bound when the instruction starts.

    Edges and `bound` are there once `link` was called.
    """

    bound: list[frozenset[str]]

    def __init__(self, code: CodeType, comprehensions: tuple[Span, ...] = ()) -> None:
        self.code = code
        self.instrs = [
            Instr(i, ins.opname, ins.arg or 0, ins.argval, ins.offset, _line(ins), _span(ins))
            for i, ins in enumerate(dis.get_instructions(code))
        ]
        self._at = {ins.offset: ins.index for ins in self.instrs}
        self.start = next(i.index for i in self.instrs if i.op == "RESUME")
        self._comprehensions = comprehensions if _INLINED else ()
        self._inlined = self._inlined_ranges()
        self._find_stores(self._comprehensions)
        self._linked = False

    def link(self) -> None:
        """Finds the edges, and what is bound where; only the first call does anything."""
        if not self._linked:
            self._find_edges()
            self.bound = self._definitely_bound()
            self._linked = True

    def _find_stores(self, comprehensions: tuple[Span, ...]) -> None:
        own = (
            ("FAST", "DEREF")
            if self.code.co_flags & CO_OPTIMIZED
            else ("NAME",)
            if is_class_body(self.code)
            else ("NAME", "GLOBAL")
        )
        cleared = self.inlined_names = {n for i in self.instrs if i.op == "LOAD_FAST_AND_CLEAR" for n in _names(i)}
        for ins in self.instrs:
            kind, _, where = ins.op.partition("_")
            if kind not in ("STORE", "DELETE") or where.split("_")[0] not in own:
                continue
            names = _names(ins)[:1] if ins.op == "STORE_FAST_LOAD_FAST" else _names(ins)
            if cleared and (ins.span is None or any(_within(ins.span, c) for c in comprehensions)):
                names = tuple(n for n in names if n not in cleared)
            if kind == "STORE":
                ins.stores = names
            else:
                ins.deletes = names

    def _inlined_ranges(self) -> dict[int, tuple[int, int]]:
        """Index -> (index of the instruction that opens it, first index past it), inside an inlined comprehension."""
        out: dict[int, tuple[int, int]] = {}
        for ins in self.instrs:
            if ins.op != "LOAD_FAST_AND_CLEAR" or ins.index in out or ins.span is None:
                continue
            end = ins.index
            while end < len(self.instrs):
                span = self.instrs[end].span
                if span is not None and not _within(span, ins.span):
                    break
                end += 1
            out.update((i, (ins.index, end)) for i in range(ins.index + 1, end))
        return out

    def _find_edges(self) -> None:
        targets = self._targets = {
            self._at[ins.value] for ins in self.instrs if ins.op in _JUMPS and isinstance(ins.value, int)
        }
        for start, end, handler in exception_table(self.code):
            targets.add(self._at[handler])
            for ins in self.instrs:
                if start <= ins.offset < end:
                    ins.handler = (self._at[handler], Fire.NEVER)
        self._starts_line = [
            i.index in targets or i.index == 0 or self.instrs[i.index - 1].line != i.line
            or self.instrs[i.index - 1].op in _NO_FALL_THROUGH
            for i in self.instrs
        ]  # fmt: skip
        for ins in self.instrs:
            after: list[int] = []
            if ins.op not in _NO_FALL_THROUGH and ins.index + 1 < len(self.instrs):
                after.append(ins.index + 1)
            if ins.op in _JUMPS and isinstance(ins.value, int):
                target = self._at[ins.value]
                if ins.op == "FOR_ITER" and self.instrs[target].op == "END_FOR":
                    target += 1
                after.append(target)
            ins.next = tuple((t, self._fires(ins, self.instrs[t])) for t in dict.fromkeys(after))
            if ins.handler is not None:
                target = ins.handler[0]
                ins.handler = (target, self._fires(ins, self.instrs[target]))

    def _fires(self, source: Instr, target: Instr) -> Fire:
        if target.line is None or target.op in _NEVER_STARTS_LINE:
            return Fire.NEVER
        if target.index in self._inlined:  # part of the line it stands in
            return Fire.NEVER
        if source.index in self._inlined:
            opening, end = self._inlined[source.index]
            if target.index == end:
                return Fire.NEVER if target.line == self.instrs[opening].line else Fire.MUST
        if source.index == self.start:
            return Fire.MUST
        if (
            source.line is None
            and target.span is not None
            and any(_within(target.span, c) for c in self._comprehensions)
        ):
            return Fire.MAY  # restores variables when an exception leaves a comprehension
        if source.line != target.line:
            return Fire.MUST if not _INLINED or self._starts_line[target.index] else Fire.MAY
        if _STOPS_AT_TARGETS and target.index in self._targets:
            return Fire.MAY
        backward = target.index <= source.index and source.op != "JUMP_BACKWARD_NO_INTERRUPT"
        return Fire.MAY if backward or (_INLINED and source.op == "RESUME") else Fire.NEVER

    def _definitely_bound(self) -> list[frozenset[str]]:
        """Forward must-analysis of assigned names (the compiler's own pass for LOAD_FAST_CHECK does the same)."""
        everything = frozenset((*self.code.co_varnames, *self.code.co_cellvars))
        state = [everything] * len(self.instrs)
        state[0] = frozenset(parameters(self.code))
        seen = {0}
        work = [0]
        while work:
            ins = self.instrs[work.pop()]
            before = state[ins.index]
            after = before.union(ins.stores).difference(ins.deletes)
            out = [(target, after) for target, _ in ins.next]
            if ins.handler is not None:
                out.append((ins.handler[0], before & after))
            for target, names in out:
                joined = state[target] & names
                if target not in seen or joined != state[target]:
                    seen.add(target)
                    state[target] = joined
                    work.append(target)
        return state

    def returns_none(self, index: int) -> bool:
        """True when the return instruction surely returns None."""
        ins = self.instrs[index]
        if ins.op == "RETURN_CONST":
            return ins.value is None
        before = self.instrs[index - 1]
        jumped_to = any(index == t for i in self.instrs for t, _ in i.next if i.index != index - 1)
        return ins.op == "RETURN_VALUE" and before.op == "LOAD_CONST" and before.value is None and not jumped_to

    def returns(self, index: int) -> bool:
        """True for a return or a yield."""
        return self.instrs[index].op in _RETURNS or self.instrs[index].op == "YIELD_VALUE"

    def yields(self) -> tuple[int, ...]:
        """Indices of all YIELD_VALUE instructions."""
        return tuple(i.index for i in self.instrs if i.op == "YIELD_VALUE")


def _line(ins: dis.Instruction) -> int | None:
    return ins.positions.lineno if ins.positions else None


def _span(ins: dis.Instruction) -> Span | None:
    p = ins.positions
    if p is None or p.lineno is None or p.end_lineno is None or p.col_offset is None or p.end_col_offset is None:
        return None
    return (p.lineno, p.end_lineno, p.col_offset, p.end_col_offset)


def _names(ins: Instr) -> tuple[str, ...]:
    if isinstance(ins.value, tuple):
        return tuple(str(n) for n in ins.value)
    return (str(ins.value),)


def _within(inner: Span, outer: Span) -> bool:
    return (outer[0], outer[2]) <= (inner[0], inner[2]) and (inner[1], inner[3]) <= (outer[1], outer[3])
