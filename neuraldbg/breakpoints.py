"""Breakpoints of a program: what they stop at, and the set of them, which another thread may change at any time.

Whether a step meets one is decided in hits.py. Kept between runs by :class:`BreakpointFile`.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from neuraldbg.errors import InputError, UsageError
from neuraldbg.evaluation import syntax_error

FILE_VERSION = 1
_HIT_CONDITION = re.compile(r"\s*(==?|>=?|<=?|%)?\s*(\d{1,12})\s*")


class BreakpointKind(StrEnum):
    """What a breakpoint stops at."""

    LINE = "line"  # the line is about to run, or the function whose def line it is is entered
    FUNCTION = "function"  # a function is entered
    EXCEPTION = "exception"  # an exception is raised, or leaves the program
    CHANGE = "change"  # a variable has changed


RAISED, UNCAUGHT = "raised", "uncaught"


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One breakpoint.

    Attributes:
        kind: what it stops at.
        id: given by the set.
        line: the line asked for.
        function: of a function breakpoint: its qualified name or the end of it; of a change: where the variable lives,
            empty for anywhere.
        name: of the variable whose change stops.
        mode: of an exception breakpoint, ``raised`` (where it is raised) or ``uncaught`` (where the trace ends by it).
        exceptions: names of the types that stop it, subclasses included; empty for all.
        condition: an expression that must be true; empty for none.
        hits: which of its meetings stop: ``3`` or ``== 3``, ``>= 3``, ``> 3``, ``<= 3``, ``< 3``, ``% 3`` (each third).
        log: a message that is logged instead of stopping.
        enabled: it stops at all.
        actual: the line it stops at: ``line`` or the next one with code; None where there is none.
        problem: why it cannot be met, in one line; empty if it can.
    """

    kind: BreakpointKind
    id: int = 0
    line: int = 0
    function: str = ""
    name: str = ""
    mode: str = RAISED
    exceptions: tuple[str, ...] = ()
    condition: str = ""
    hits: str = ""
    log: str = ""
    enabled: bool = True
    actual: int | None = None
    problem: str = ""

    @property
    def verified(self) -> bool:
        """It can be met."""
        return not self.problem


def accepts_count(hits: str, count: int) -> bool:
    """Whether meeting number ``count`` satisfies a hit condition that :func:`check` let pass."""
    match = _HIT_CONDITION.fullmatch(hits)
    if match is None:
        return True
    number = int(match[2])
    match match[1]:
        case ">=":
            return count >= number
        case ">":
            return count > number
        case "<=":
            return count <= number
        case "<":
            return count < number
        case "%":
            return number > 0 and count % number == 0
    return count == number


@dataclass(frozen=True)
class Places:
    """Where breakpoints can be in a program.

    Attributes:
        lines: that have code.
        functions: qualified names.
        names: of all variables, by function.
    """

    lines: frozenset[int]
    functions: frozenset[str]
    names: Mapping[str, frozenset[str]]


def check(wanted: Breakpoint, places: Places) -> Breakpoint:
    """The breakpoint with ``actual`` and ``problem`` filled in."""
    actual, problem = None, ""
    if wanted.kind is BreakpointKind.LINE:
        actual = min((line for line in places.lines if line >= wanted.line > 0), default=None)
        problem = "" if actual is not None else f"no code at or after line {wanted.line}"
    elif wanted.kind is BreakpointKind.FUNCTION:
        if not any(names_function(wanted.function, f) for f in places.functions):
            problem = f"no function {wanted.function}" if wanted.function else "a function name is missing"
    elif wanted.kind is BreakpointKind.CHANGE:
        found = [f for f in places.names if not wanted.function or names_function(wanted.function, f)]
        if not found:
            problem = f"no function {wanted.function}"
        elif not any(wanted.name in places.names[f] for f in found):
            problem = f"no variable {wanted.name}" + (f" in {wanted.function}" if wanted.function else "")
    elif wanted.mode not in (RAISED, UNCAUGHT):
        problem = f"an exception breakpoint is {RAISED} or {UNCAUGHT}, not {wanted.mode}"
    if wanted.condition and (error := syntax_error(wanted.condition)) is not None:
        problem = problem or f"condition {wanted.condition!r}: {error}"
    if wanted.hits.strip() and not _HIT_CONDITION.fullmatch(wanted.hits):
        problem = problem or f"hit condition {wanted.hits!r}: write 3, >= 3 or % 3"
    return replace(wanted, actual=actual, problem=problem)


def names_function(wanted: str, qualname: str) -> bool:
    """True if ``wanted`` is a qualified name or the end of it: ``push`` names ``Stack.push``."""
    return bool(wanted) and (qualname == wanted or qualname.endswith(f".{wanted}"))


class Breakpoints:
    """A set of breakpoints, in the order of their ids.

    Readers see one immutable state at a time (``all``); writers replace it under a lock.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._next = 1
        self.all: tuple[Breakpoint, ...] = ()

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, id: int) -> Breakpoint:
        for found in self.all:
            if found.id == id:
                return found
        raise KeyError(id)

    def add(self, wanted: Breakpoint) -> Breakpoint:
        """Adds one and returns it with its id, its line and what is wrong with it."""
        with self._lock:
            added = check(replace(wanted, id=self._next), self._places)
            self._next += 1
            self.all = (*self.all, added)
        return added

    def add_line(self, line: int, condition: str = "", hits: str = "", log: str = "") -> Breakpoint:
        """Adds a line breakpoint or log point."""
        return self.add(Breakpoint(BreakpointKind.LINE, line=line, condition=condition, hits=hits, log=log))

    def change(self, id: int, **changes: Any) -> Breakpoint:
        """Changes fields of one.

        Raises:
            KeyError: if there is none of this id.
        """
        with self._lock:
            changed = check(replace(self[id], **changes), self._places)
            self.all = tuple(changed if b.id == id else b for b in self.all)
        return changed

    def toggle(self, id: int) -> bool:
        """Switches one on or off; True if it is on now. Raises KeyError as :meth:`change`."""
        return self.change(id, enabled=not self[id].enabled).enabled

    def remove(self, id: int) -> None:
        """Removes one. Raises KeyError if there is none of this id."""
        with self._lock:
            found = self[id]
            self.all = tuple(b for b in self.all if b is not found)

    def replace_kind(self, kind: BreakpointKind, wanted: Iterable[Breakpoint]) -> list[Breakpoint]:
        """Replaces all of one kind, as a debug adapter's requests do; equal ones keep their ids."""
        with self._lock:
            old = {replace(b, id=0): b.id for b in self.all if b.kind is kind}
            out: list[Breakpoint] = []
            for new in wanted:
                checked = check(replace(new, kind=kind, id=0), self._places)
                id = old.pop(checked, 0)
                if not id:
                    id, self._next = self._next, self._next + 1
                out.append(replace(checked, id=id))
            self.all = tuple(sorted([*(b for b in self.all if b.kind is not kind), *out], key=lambda b: b.id))
        return out

    def clear(self) -> None:
        """Removes all."""
        with self._lock:
            self.all = ()

    def move_to(self, places: Places) -> None:
        """Verifies all against another program."""
        with self._lock:
            self._places = places
            self.all = tuple(check(b, places) for b in self.all)

    # Lines, for a gutter

    @property
    def lines(self) -> frozenset[int]:
        """Lines with an enabled line breakpoint, where it actually is."""
        kind = BreakpointKind.LINE
        return frozenset(b.actual for b in self.all if b.kind is kind and b.enabled and b.actual is not None)

    def toggle_line(self, line: int) -> bool:
        """Adds a breakpoint at a line, or removes those that are there; True if there is one now."""
        actual = min((n for n in self._places.lines if n >= line), default=None)
        found = [b for b in self.all if b.kind is BreakpointKind.LINE and actual is not None and b.actual == actual]
        for b in found:
            self.remove(b.id)
        return not found and self.add_line(line).verified

    def set_lines(self, lines: Iterable[int]) -> None:
        """Replaces all line breakpoints by plain ones."""
        wanted = [Breakpoint(BreakpointKind.LINE, line=line) for line in sorted(lines)]
        self.replace_kind(BreakpointKind.LINE, wanted)


class BreakpointFile:
    """A project's breakpoints, by file of the program.

    Args:
        path: of the JSON file; made when it is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self, script: str) -> list[Breakpoint]:
        """The breakpoints of a script, none if there are none.

        Raises:
            InputError: if the file is damaged; it is left as it is.
        """
        return [_from_json(row, self.path) for row in self._read().get(script, [])]

    def save(self, script: str, breakpoints: Iterable[Breakpoint]) -> None:
        """Replaces the breakpoints of one script and leaves those of others as they are.

        Raises:
            InputError: if the file is damaged; it is left as it is. UsageError: if it cannot be written.
        """
        scripts = self._read()
        scripts[script] = [_to_json(b) for b in breakpoints]
        text = json.dumps({"neuraldbg": FILE_VERSION, "kind": "breakpoints", "scripts": scripts}, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as out:
                    out.write(text + "\n")
                os.replace(name, self.path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError as error:
            raise UsageError(f"cannot keep breakpoints in {self.path}: {error.strerror or error}") from error

    def _read(self) -> dict[str, list[Any]]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            scripts = found["scripts"]
            if found["neuraldbg"] != FILE_VERSION or found["kind"] != "breakpoints":
                raise ValueError("another kind of file")
            if not isinstance(scripts, dict) or not all(isinstance(rows, list) for rows in scripts.values()):
                raise ValueError("scripts must map paths to lists")
            return scripts
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise _damaged(self.path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: cannot be read as breakpoints ({error}); repair or remove it")


def _to_json(breakpoint: Breakpoint) -> dict[str, Any]:
    """Only what the user said: no id, and not what follows from the program."""
    plain = Breakpoint(breakpoint.kind)
    row = {k: v for k, v in asdict(breakpoint).items() if v != getattr(plain, k) and k not in _DERIVED}
    return {"kind": breakpoint.kind.value, **row}


_DERIVED = frozenset({"id", "actual", "problem"})
_TYPES: Mapping[str, Any] = {f.name: type(f.default) for f in fields(Breakpoint) if f.name not in ("kind", *_DERIVED)}


def _from_json(row: Any, path: Path) -> Breakpoint:
    try:
        values: dict[str, Any] = {k: tuple(v) if _TYPES[k] is tuple else v for k, v in row.items() if k != "kind"}
        for key, value in values.items():
            if type(value) is not _TYPES[key] or (key == "exceptions" and not all(isinstance(v, str) for v in value)):
                raise TypeError(f"{key} has the wrong type")
        return Breakpoint(BreakpointKind(row["kind"]), **values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, error) from error
