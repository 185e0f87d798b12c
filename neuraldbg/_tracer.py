"""Turns what happens to frames into steps, wherever the events come from (see ``_backends``)."""

from __future__ import annotations

import ast
import gc
import re
import sys
from collections.abc import Callable, Collection, Iterator
from opcode import opmap
from types import CodeType, FrameType, TracebackType
from typing import Any

from neuraldbg.reprs import CONTAINERS, LONG, MANY, NUMBERS, Reprs, ints_are_short, is_plain
from neuraldbg.steps import Event, Outcome, is_hidden

Sink = Callable[[Event, int, str, int, dict[str, str], "str | None"], object]
Visible = Callable[[CodeType], Collection[str]]

_OPTIMIZED = 0x1
_CALL, _LINE, _RETURN, _EXCEPTION = Event.CALL, Event.LINE, Event.RETURN, Event.EXCEPTION
_ITERATES = frozenset({opmap["FOR_ITER"], opmap["SEND"]})
_RESUME = opmap["RESUME"]


class CodeInfo:
    """What the tracer knows about one code object.

    Attributes:
        line: of the ``def``, ``class`` or ``lambda`` keyword; 1 for the module.
        names: those shown, in order, for a function; None for a namespace (module or class body).
        shown: those shown for a namespace, in order; empty for a function.
        ops: the bytecode, caches included; indexed by ``f_lasti``.
        start: offset at which a call of it begins.
        inlined: offset ranges of comprehensions that run in this frame (3.12 and later).
    """

    __slots__ = ("_lines", "code", "inlined", "line", "name", "names", "ops", "shown", "start")

    def __init__(self, code: CodeType, line: int, visible: Visible) -> None:
        self.code = code
        self.line = max(1, line)
        self.name = code.co_qualname
        self.ops = code.co_code
        self.start = 2 * self.ops[::2].index(_RESUME)
        self.inlined = inlined_comprehensions(code)
        self._lines: dict[int, int | None] | None = None
        self.names: tuple[str, ...] | None = None
        self.shown: tuple[str, ...] = ()
        if code.co_flags & _OPTIMIZED:
            order = dict.fromkeys((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
            self.names = tuple(name for name in order if not is_hidden(name))
        else:
            self.shown = tuple(name for name in visible(code) if not is_hidden(name))

    def line_at(self, offset: int) -> int | None:
        """Line of the instruction at this offset."""
        if self._lines is None:
            self._lines = {at: line for start, end, line in self.code.co_lines() for at in range(start, end, 2)}
        return self._lines.get(offset)


class Activation:
    """One call of a traced function, or one life of a generator.

    Attributes:
        depth: number of live traced frames below it; it changes when a generator is resumed elsewhere.
        real: number of Python frames from the script's on, as the recursion limit counts them.
        line, locals: of the last call or line stop.
        fresh: no line of it has run yet.
        raised, raised_line: offset and line where an exception was last seen; -1 once that line runs again.
        error: class of the exception last seen.
    """

    __slots__ = ("depth", "error", "frame", "fresh", "info", "line", "locals", "raised", "raised_line", "real")

    def __init__(self, info: CodeInfo) -> None:
        self.info = info
        self.depth = self.real = 0
        self.fresh = True
        self.line = info.line
        self.locals: dict[str, str] = {}
        self.frame: FrameType | None = None
        self.raised = self.raised_line = -1
        self.error: type[BaseException] | None = None

    def __call__(self, *event: object) -> None:
        """Never called for events; makes the object fit for ``frame.f_trace``, where generators keep it."""


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """The code object and all below it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from nested_codes(const)


def is_folded(code: CodeType) -> bool:
    """True for frames that belong to the line they stand in: comprehensions, generator expressions, type parameters."""
    return code.co_name.startswith("<") and code.co_name not in ("<module>", "<lambda>")


def inlined_comprehensions(code: CodeType) -> tuple[tuple[int, int], ...]:
    """Offset ranges [first, end) of the comprehensions that run in the code's own frame (PEP 709).

    A range starts after the instruction that saves the iteration variable: the line event there is the one of the
    call that Python 3.11 makes. At ``end`` the line around it goes on. Further ranges are what cleans up after it.
    """
    clear = opmap.get("LOAD_FAST_AND_CLEAR")
    ops = code.co_code[::2]
    if clear is None or clear not in ops:
        return ()
    spans = list(code.co_positions())
    ranges: list[tuple[int, int]] = []
    whole = set()
    for index, op in enumerate(ops):
        if op != clear or (ranges and 2 * index < ranges[-1][1]):
            continue
        first, last, left, right = spans[index]
        assert first is not None and last is not None and left is not None and right is not None
        end = index
        while end < len(spans) and (spans[end][0] is None or _inside(spans[end], (first, left), (last, right))):
            end += 1
        ranges.append((2 * index + 2, 2 * end))
        whole.add(spans[index])
    restore = {opmap["STORE_FAST"], opmap["SWAP"], opmap["RERAISE"]}
    ranges += [
        (2 * index, 2 * index + 2)
        for index, op in enumerate(ops)
        if op in restore and spans[index] in whole and not any(first <= 2 * index < end for first, end in ranges)
    ]
    return tuple(ranges)


def _inside(span: tuple[int | None, ...], start: tuple[int, int], end: tuple[int, int]) -> bool:
    first, last, left, right = (-1 if part is None else part for part in span)
    return start <= (first, left) and (last, right) <= end


def definition_lines(source: str) -> dict[tuple[int, str], int]:
    """(line of the first decorator, name) -> line of the ``def`` or ``class`` keyword, for what is decorated."""
    if not re.search(r"^\s*@", source, re.MULTILINE):
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds) and node.decorator_list)
    return {(node.decorator_list[0].lineno, node.name): node.lineno for node in found}


class Tracer:
    """Turns events of one file's code into steps.

    Args:
        module: the file's compiled code; only it and what it contains is traced.
        entry: the code object whose first activation is the trace.
        source: the file's text.
        sink: receives event, line, function, depth, locals and value of every step.
        visible: for the code of a module or a class body, the names to show.
        max_steps: how many steps are recorded before ``on_limit``.
        reprs: makes the texts.
        on_limit: called with STEP_LIMIT or MEMORY_LIMIT; if it returns, the program is stopped by an exception.

    Attributes:
        outcome: how the entry ended; STOPPED until it does.
        done: the entry has ended. over: what was called to start it has, too. stopping: a limit ended the recording.
        lost: steps are missing, because the interpreter could not call the tracer.
        recursion_limit: the one that the program knows.
    """

    def __init__(
        self,
        module: CodeType,
        entry: CodeType,
        source: str,
        sink: Sink,
        visible: Visible,
        max_steps: int = 10_000,
        reprs: Reprs | None = None,
        on_limit: Callable[[Outcome], object] | None = None,
    ) -> None:
        lines = definition_lines(source)
        self.infos = {
            id(code): CodeInfo(code, lines.get((code.co_firstlineno, code.co_name), code.co_firstlineno), visible)
            for code in nested_codes(module)
            if not is_folded(code)
        }
        self.entry = entry
        self.sink = sink
        self.left = max_steps
        self.reprs = reprs or Reprs()
        self.on_limit = on_limit
        self.outcome = Outcome.STOPPED
        self.stack: list[Activation] = []
        self.root: Activation | None = None
        self.done = False
        self.stopping = False
        self.over = False
        self.lost = False
        self.recursion_limit = sys.getrecursionlimit()
        self._text = self.reprs.text
        self._most = self.reprs.limit

    # -- what the backends report ------------------------------------------------------------------------------------

    def enter(self, info: CodeInfo, frame: FrameType) -> Activation | None:
        """A frame starts or goes on. None if it is not part of the trace.

        Raises:
            RecursionError: if a plain run would have refused the frame.
        """
        stack = self.stack
        known = frame.f_trace
        known = getattr(known, "__self__", known)
        act = known if isinstance(known, Activation) else None
        if not stack:
            if self.done or (act is not self.root if self.root else info.code is not self.entry):
                return None
            real = 1 if info.names is None else 2
        else:
            top = stack[-1]
            real = top.real + 1
            back = frame.f_back
            while back is not top.frame and back is not None:
                real += 1
                back = back.f_back
            if real > self.recursion_limit:
                raise RecursionError("maximum recursion depth exceeded")
        if act is None:
            act = Activation(info)
            if frame.f_lasti > info.start:  # a generator that was started out of sight
                act.line = frame.f_lineno
                act.fresh = False
        if self.root is None:
            self.root = act
        act.frame = frame
        act.depth = len(stack)
        act.real = real
        stack.append(act)
        self.stop(act, frame, _CALL, act.line)
        return act

    def stop(self, act: Activation, frame: FrameType, event: Event, line: int) -> None:
        """A call or line step."""
        values: Any = frame.f_locals
        names = act.info.names
        act.line = line
        act.locals = self._namespace(act.info.shown, values) if names is None else self._variables(names, values)
        if self.left > 0:
            self.left -= 1
            self.sink(event, line, act.info.name, act.depth, act.locals, None)
        else:
            self.limit(Outcome.STEP_LIMIT)

    def _variables(self, names: tuple[str, ...], values: Any) -> dict[str, str]:
        """Texts of a function's variables. The short cuts give what ``Reprs.text`` does; most of the time goes here."""
        text, most = self._text, self._most
        ints = ints_are_short()
        shown: dict[str, str] = {}
        try:
            for name in names:
                if name in values:
                    value = values[name]
                    kind = type(value)
                    if kind is int or kind in NUMBERS:
                        short = repr(value) if ints or kind is not int else text(value)
                    elif kind is str:
                        short = repr(value) if len(value) < LONG else text(value)
                    elif kind in CONTAINERS and ints and is_plain(value, kind, MANY) >= 0:
                        short = repr(value)
                    else:
                        shown[name] = text(value)
                        continue
                    shown[name] = short if len(short) <= most and " at 0x" not in short else text(value)
        except (ValueError, RuntimeError):  # an int of too many digits; changed by another thread meanwhile
            return {name: text(values[name]) for name in names if name in values}
        return shown

    def _namespace(self, wanted: tuple[str, ...], values: Any) -> dict[str, str]:
        """Texts of the names of a module or class body."""
        if isinstance(values, dict):
            return {
                name: self._text(dict.__getitem__(values, name)) for name in wanted if dict.__contains__(values, name)
            }
        bound = set(values)  # what a metaclass's __prepare__ returned
        return {name: self._text(values[name]) for name in wanted if name in bound}

    def emit(self, event: Event, act: Activation, value: str | None) -> None:
        """Hands one step to the sink, unless the limit is reached."""
        if self.left <= 0:
            self.limit(Outcome.STEP_LIMIT)
        else:
            self.left -= 1
            self.sink(event, act.line, act.info.name, act.depth, act.locals, value)

    def raised(self, act: Activation, frame: FrameType, error: BaseException, traceback: TracebackType | None) -> None:
        """An exception was raised in, or has arrived in, the frame of ``act``."""
        last = frame.f_lasti
        if isinstance(error, StopIteration) and act.info.ops[last] in _ITERATES:
            return  # the end of a loop
        if isinstance(error, StopAsyncIteration) and any(first <= last < end for first, end in act.info.inlined):
            return  # of an inlined comprehension
        act.raised, act.raised_line, act.error = last, frame.f_lineno, type(error)
        if isinstance(error, RecursionError):
            _hide_refused(traceback)
        if not self.stopping:
            self.emit(_EXCEPTION, act, self._text(error))

    def leave(self, act: Activation, returned: bool, suspended: bool, value: object) -> None:
        """The frame of ``act`` returns, yields, or is left by an exception (``returned`` is False then)."""
        stack = self.stack
        while stack and stack.pop() is not act:
            pass
        act.frame = None  # or a suspended generator would never be freed
        if returned and not self.stopping:
            if suspended and type(value).__name__ == "async_generator_wrapped_value":
                (value,) = gc.get_referents(value)
            self.emit(_RETURN, act, self._text(value))
        if act is self.root and not suspended:
            self.done = True
            if not self.stopping:
                self.outcome = Outcome.RETURNED if returned else outcome_of(act.error or BaseException)

    def abandon(self) -> None:
        """The rest of this process is not traced."""
        self.done = self.over = True
        self.stack.clear()

    def limit(self, outcome: Outcome) -> None:
        """Ends the recording; the program is stopped at the next chance."""
        if not self.stopping:
            self.stopping = True
            self.left = 0
            self.outcome = outcome
            if self.on_limit is not None:
                self.on_limit(outcome)


def _hide_refused(traceback: TracebackType | None) -> None:
    """Cuts a refused frame, and the tracer's own that refused it, off a traceback: a plain run has neither."""
    chain: list[TracebackType] = []
    while traceback is not None and traceback.tb_frame.f_globals is not globals():
        chain.append(traceback)
        traceback = traceback.tb_next
    if traceback is not None and len(chain) > 2:
        chain[-3].tb_next = None  # what follows is the refused frame, the backend's and Tracer.enter's


def outcome_of(error: type[BaseException] | None) -> Outcome:
    """How a run ends that this exception leaves."""
    if error is None:
        return Outcome.RETURNED
    if issubclass(error, SystemExit):
        return Outcome.EXITED
    return Outcome.MEMORY_LIMIT if issubclass(error, MemoryError) else Outcome.RAISED
