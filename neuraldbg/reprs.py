"""The text of a value as a debugger shows it: repr, kept short, quick and harmless.

For builtin values the text is exactly ``repr(value)`` with memory addresses dropped. A text longer than the limit, a
repr that raises or one that takes too long becomes a marker (see :class:`Reprs`). The size of nested builtin
containers is estimated before ``repr`` is called, so a list of a million numbers costs microseconds, not its text.

Not covered: a ``__repr__`` of the program that changes the program's state does change it, as in any debugger; one
that builds a huge string itself is bounded only by time and by the process's memory limit.
"""

from __future__ import annotations

import signal
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from time import monotonic
from types import BuiltinFunctionType, CodeType, FunctionType, GeneratorType, ModuleType
from typing import Any

from neuraldbg.steps import normalise_repr

NUMBERS = frozenset({int, float, complex, bool, type(None)})
CONTAINERS = frozenset({list, dict, tuple, set, frozenset})
_TEXTS = frozenset({str, bytes, bytearray})
MANY, LONG = 500, 200  # elements in all, and characters of one, up to which a value is plain
_NESTED = 10  # containers in one another, likewise
_FACTOR = 10  # the length in a marker is exact up to this multiple of the limit
_DEEPEST = 40  # nesting followed by the estimate; what is deeper is left to repr and the timer

_LEAVES: tuple[type, ...] = (
    *(object, range, type(...), type(NotImplemented), ModuleType),
    *(FunctionType, BuiltinFunctionType, GeneratorType, CodeType),
)
_ITERABLES: tuple[type[Any], ...] = (
    *(list, tuple, set, frozenset, deque),
    *(type({}.keys()), type({}.values()), type({}.items())),
)
_QUIET = {cls.__repr__ for cls in _LEAVES}  # written in C, and never run code of the program
_SEQUENCES: dict[Any, tuple[Any, Any]] = {cls.__repr__: (cls.__len__, cls.__iter__) for cls in _ITERABLES}
_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_namespace: Callable[[type], Any] = type.__dict__["__dict__"].__get__
_name: Callable[[type], str] = type.__dict__["__name__"].__get__
_factory: Callable[[Any], object] = defaultdict.__dict__["default_factory"].__get__


class _TimedOut(BaseException):
    """Raised by the timer inside a slow repr; not an Exception, so that few programs swallow it."""


class _Nowhere:
    """Stands for stdout and stderr while a repr of the program runs: its prints are the debugger's doing."""

    encoding = "utf-8"
    errors = "strict"
    closed = False

    def write(self, text: str) -> int:
        return len(text)

    def writelines(self, lines: object) -> None:
        return None

    def flush(self) -> None:
        return None

    def isatty(self) -> bool:
        return False


def ints_are_short() -> bool:
    """True unless the program has lifted the interpreter's limit on the digits of an int."""
    return 0 < sys.get_int_max_str_digits() <= 10_000


def is_plain(value: Any, kind: type, left: int, depth: int = 0) -> int:
    """The quick way to know that repr is short and harmless.

    Args:
        value: a builtin container. kind: its class.
        left: how many elements it may have, nested ones included. depth: containers around it.

    Returns:
        How many elements are left, negative if there are too many or one that is neither a builtin nor short.
    """
    left -= len(value)
    if left < 0 or depth > _NESTED:
        return -1
    for item in value:
        inner = type(item)
        if inner is str:
            if len(item) >= LONG:
                return -1
        elif inner not in NUMBERS:
            if inner not in CONTAINERS:
                return -1
            left = is_plain(item, inner, left - 1, depth + 1)
            if left < 0:
                return left
    return is_plain(value.values(), list, left, depth) if kind is dict else left


class Reprs:
    """Makes texts of values.

    The markers, exact text:

    - ``<repr raised ValueError>``: ``repr`` raised, be it a BaseException; the class's name.
    - ``<repr timed out>``: no text after ``seconds``. Each time-out halves the patience (down to a 64th of it), which
      bounds what a program of slow reprs can cost. Needs the main thread; elsewhere a repr takes as long as it likes.
    - ``<repr of N characters>``: longer than ``limit``. N is the exact length up to ten times the limit, and exactly
      ten times the limit for anything longer.

    Args:
        limit: longest text shown, in characters, counted after memory addresses were dropped.
        seconds: patience with one repr that may run code of the program; 0 for no limit.
    """

    def __init__(self, limit: int = 10_000, seconds: float = 1.0) -> None:
        self.limit = limit
        self.cap = _FACTOR * limit
        self.patience = seconds
        self._least = seconds / 64
        self._kinds: dict[type, Any] = {}
        self._size = 0
        self._inside = False

    def text(self, value: Any) -> str:
        """The repr of ``value`` or a marker; never raises an Exception other than MemoryError."""
        kind = type(value)
        try:  # by far the most common case
            if kind is str:
                plain = len(value) < LONG
            else:
                plain = kind in CONTAINERS and ints_are_short() and is_plain(value, kind, MANY) >= 0
            if plain:
                text = repr(value)
                return text if len(text) <= self.limit and " at 0x" not in text else self._finish(text)
        except ValueError:  # an int of too many digits
            return "<repr raised ValueError>"
        except RuntimeError:  # changed by another thread while it was looked at
            return self._guarded(value)
        self._size = 0
        try:
            quiet = self._measure(value, kind, ())
        except (RuntimeError, AttributeError, TypeError):  # changed by another thread meanwhile, a half-made object
            quiet = False
        if self._size >= self.cap:
            return self._too_long(self.cap)
        if not quiet:
            return self._guarded(value)
        try:
            return self._finish(repr(value))
        except Exception as error:  # such as ValueError for an int of too many digits
            return f"<repr raised {_name(type(error))}>"

    def _finish(self, text: str) -> str:
        text = normalise_repr(text if type(text) is str else str.__str__(text))
        return text if len(text) <= self.limit else self._too_long(len(text))

    def _too_long(self, length: int) -> str:
        return f"<repr of {min(length, self.cap)} characters>"

    def _measure(self, value: Any, kind: type, path: tuple[int, ...]) -> bool:
        """Adds a lower bound of ``len(repr(value))`` to ``_size``; True if repr cannot run code of the program.

        Stops early once the size has reached the cap. ``path`` holds the ids of the containers around the value.
        """
        if kind in NUMBERS:
            self._size += 1 if kind is not int else self._digits(value)
            return True
        if kind in _TEXTS:
            self._size += len(value) + 2
            return True
        method = self._kinds.get(kind)
        if method is None:  # found without running code of a metaclass
            method = next(_namespace(k)["__repr__"] for k in _mro(kind) if "__repr__" in _namespace(k))
            self._kinds[kind] = method
        if method in _SEQUENCES:
            length, items = _SEQUENCES[method]
            count = length(value)
            if self._size + 3 * count >= self.cap:  # each has a character, a comma and a space
                self._size = self.cap
                return True
            self._size += 2 * max(1, count)
            if ints_are_short() and NUMBERS.issuperset(map(type, items(value))):
                self._size += count
                return True
            return self._measure_items(value, items(value), path)
        if method is dict.__repr__ or method is defaultdict.__repr__ or kind is OrderedDict:
            count = dict.__len__(value)
            if self._size + 6 * count >= self.cap:
                self._size = self.cap
                return True
            self._size += max(2, 4 * count)
            quiet = method is not defaultdict.__repr__ or self._quiet_factory(_factory(value))
            quiet &= self._measure_items(value, dict.keys(value), path)
            return self._measure_items(value, dict.values(value), path) & quiet
        self._size += 1
        return method in _QUIET or kind is type

    def _measure_items(self, container: object, items: Any, path: tuple[int, ...]) -> bool:
        if id(container) in path:  # repr writes [...] there
            return True
        if len(path) >= _DEEPEST:
            return False
        path = (*path, id(container))
        quiet = True
        for item in items:
            if self._size >= self.cap:
                break
            quiet &= self._measure(item, type(item), path)
        return quiet

    def _quiet_factory(self, factory: object) -> bool:
        return factory is None or type(factory) in (type, FunctionType, BuiltinFunctionType)

    def _digits(self, value: int) -> int:
        digits = value.bit_length() * 3 // 10  # log10(2) is a bit more than 0.3
        most = sys.get_int_max_str_digits()
        return digits if digits and (most == 0 or digits <= most) else 1  # above `most` repr raises at once

    def _guarded(self, value: object) -> str:
        """Repr that may run code of the program: timed, its prints dropped, whatever it raises caught."""
        try:
            handler = signal.signal(signal.SIGALRM, self._alarm) if self.patience else None
        except ValueError:  # not the main thread
            return self._caught(value)
        if not self.patience:
            return self._caught(value)
        start = monotonic()
        left, interval = signal.setitimer(signal.ITIMER_REAL, self.patience, 0.05)
        try:
            return self._caught(value)
        except _TimedOut:  # fired while the exception of the repr was being handled
            return self._timed_out()
        finally:
            self._inside = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
            if left:  # the program's own alarm, or one of ours outside
                signal.setitimer(signal.ITIMER_REAL, max(1e-6, left - (monotonic() - start)), interval)

    def _caught(self, value: object) -> str:
        out, err = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = _Nowhere()
        try:
            self._inside = True
            text = repr(value)
            self._inside = False
        except BaseException as error:
            self._inside = False
            kind = type(error)
            return self._timed_out() if kind is _TimedOut else f"<repr raised {_name(kind)}>"
        finally:
            sys.stdout, sys.stderr = out, err
        return self._finish(text)

    def _timed_out(self) -> str:
        self.patience = max(self._least, self.patience / 2)
        return "<repr timed out>"

    def _alarm(self, number: int, frame: object) -> None:
        if self._inside:
            raise _TimedOut
