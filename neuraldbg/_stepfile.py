"""How steps travel from the traced process to the recorder: a file of JSON lines, written through shared memory.

The traced process keeps no descriptor that the program could close or print to, and every finished line survives
whatever kills the process. A line is one of

- ``[event, line, function, depth, names, locals, value]``: a step. ``locals`` maps names to texts; only those that
  differ from the last stop of the same activation where ``names`` (all names, in order) is a list, or where it is
  null, which means the names of that stop. ``names`` is 0 if ``locals`` is whole.
- ``{"outcome": ..., "note": ...}``: the end.

Zero bytes follow the last line.
"""

from __future__ import annotations

import errno
import json
import os
from json.encoder import encode_basestring_ascii as quote
from mmap import ALLOCATIONGRANULARITY, mmap
from typing import Any, BinaryIO

from neuraldbg.steps import Event, Outcome, Step

_WINDOW = 4 << 20  # bytes mapped at a time
_RESERVE = 4096  # kept free at the end of a window for the last line
_CODES = {event: number for number, event in enumerate(Event)}
_EVENTS = tuple(Event)
_CALL, _LINE = Event.CALL, Event.LINE


_NO_NAMES: frozenset[str] = frozenset()


class _Twin:
    """Has the layout of a :class:`Step` but is not frozen, so that it is filled in a third of the time."""

    __slots__ = Step.__slots__

    def __init__(
        self, event: Event, line: int, function: str, depth: int, locals: dict[str, str], value: str | None
    ) -> None:
        self.event = event
        self.line = line
        self.function = function
        self.depth = depth
        self.locals = locals
        self.value = value
        self.confidence = None
        self.operations = ()
        self.edited = _NO_NAMES


def quick_step(event: Event, line: int, function: str, depth: int, locals: dict[str, str], value: str | None) -> Step:
    """A :class:`Step`, made faster than by its own ``__init__``."""
    step: Any = _Twin(event, line, function, depth, locals, value)
    step.__class__ = Step
    return step  # type: ignore[no-any-return]


class StepWriter:
    """Appends steps to the file.

    Args:
        path: an existing, empty file; its absolute path.

    Raises:
        OSError: as do the methods, if there is no room left on the disk or in the address space.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.closed = False
        self._start = 0
        self._at = 0
        self._end = 0
        self._map: Any = None
        self._stack: list[dict[str, str]] = []
        self._advance(0)

    def add(
        self, event: Event, line: int, function: str, depth: int, locals: dict[str, str], value: str | None
    ) -> None:
        """One step."""
        if self.closed:
            return
        stack = self._stack
        if event is _CALL or depth >= len(stack):
            del stack[depth:]
            stack.append(locals)
            names = "0"
            changed = [f"{quote(name)}:{quote(text)}" for name, text in locals.items()]
        else:
            before = stack[depth]
            names = "null"
            changed = []
            if locals is not before:
                if [*locals] != [*before]:
                    names = f"[{','.join(map(quote, locals))}]"
                changed = [f"{quote(k)}:{quote(v)}" for k, v in locals.items() if before.get(k) != v]
            del stack[depth + 1 :]
            stack[depth] = locals
        last = "null" if value is None else quote(value)
        row = f"[{_CODES[event]},{line},{quote(function)},{depth},{names},{{{','.join(changed)}}},{last}]\n".encode()
        at = self._at
        end = at + len(row)
        if end > self._end:
            self._advance(len(row))
            at = self._at
            end = at + len(row)
        self._map[at:end] = row
        self._at = end

    def finish(self, outcome: Outcome, note: str) -> None:
        """The last line; nothing is written after it."""
        if not self.closed:
            self.closed = True
            row = json.dumps({"outcome": outcome.value, "note": note[:500]}).encode() + b"\n"
            self._map[self._at : self._at + len(row)] = row

    def _advance(self, needed: int) -> None:
        """Maps the next part of the file."""
        offset = self._start + self._at
        start = offset - offset % ALLOCATIONGRANULARITY
        size = max(_WINDOW, needed + ALLOCATIONGRANULARITY + _RESERVE)
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            if hasattr(os, "posix_fallocate"):  # or writing to a full disk would kill the process
                os.posix_fallocate(descriptor, start, size)
            else:
                os.ftruncate(descriptor, start + size)
            window = mmap(descriptor, size, offset=start)
        finally:
            os.close(descriptor)
        self._map = window
        self._start, self._at, self._end = start, offset - start, size - _RESERVE


def is_out_of_memory(error: OSError) -> bool:
    """True if the address space was exhausted, and not the disk."""
    return error.errno == errno.ENOMEM


def read_steps(file: BinaryIO) -> tuple[list[Step], Outcome | None, str]:
    """Steps, outcome and note; the outcome is None if the process did not come to its last line.

    A line that the process was killed in is dropped, and so is what a crashing program may have scribbled after it.
    """
    steps: list[Step] = []
    stack: list[dict[str, str]] = []
    shared: dict[str, str] = {}
    for raw in file:
        try:
            row = json.loads(raw)
            if isinstance(row, dict):
                return steps, Outcome(row["outcome"]), str(row["note"])
            code, line, function, depth, names, changed, value = row
            if names == 0:
                locals = changed
                del stack[depth:]
                stack.append(locals)
            else:
                before = stack[depth]
                del stack[depth + 1 :]
                if names is None:
                    locals = {**before, **changed} if changed else before
                else:
                    locals = {name: changed[name] if name in changed else before[name] for name in names}
                stack[depth] = locals
            name = shared.setdefault(function, function)
            steps.append(quick_step(_EVENTS[code], line, name, depth, locals, value))
        except (ValueError, KeyError, IndexError, TypeError):
            break
    return steps, None, ""
