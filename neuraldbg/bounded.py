"""Operators and formatting on builtin values whose time and memory are bounded before they are applied.

A :class:`Meter` holds what one evaluation may still spend. Every value that is made is weighed, so that none in play is
larger than the budget; operations that can make much from little (``*``, ``**``, ``<<``, formatting) are checked first.
"""

from __future__ import annotations

import operator
import re
import string
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from neuraldbg.literals import DEEPEST, Opaque, TooLarge, UnknownValue

BUDGET: Final = 400_000
MOST_TEXT: Final = 2_000_000  # characters of one string
MOST_BITS: Final = 14_000  # of an integer: as many digits as the interpreter prints
MOST_WIDTH: Final = 10_000  # asked for in a format

_CHARS_A_UNIT = 8
_VIEWS: tuple[Any, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_CONTAINERS: tuple[Any, ...] = (list, tuple, set, frozenset, dict, deque, *_VIEWS)
_SEQUENCES = (str, bytes, bytearray, list, tuple, deque)
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?")
_DIGITS = re.compile(r"\d+")


class Refused(Exception):
    """What is asked is not evaluated here, such as a call of the program's own code."""


class Produced:
    """An iterator such as ``zip`` gives, or a generator expression.

    Attributes:
        unordered: its order is that of a set, which reprs do not tell.
    """

    __slots__ = ("items", "unordered")

    def __init__(self, items: Iterator[Any], unordered: bool = False) -> None:
        self.items, self.unordered = items, unordered


class Meter:
    """What may still be spent.

    Args:
        budget: in units of about one visited value or eight characters.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget

    def spend(self, units: int) -> None:
        """Takes from the budget.

        Raises:
            TooLarge: if nothing is left.
        """
        self.left -= units
        if self.left < 0:
            raise TooLarge("this takes too long to work out")

    def weigh(self, value: Any) -> int:
        """How much work a value is to visit, shared parts counted each time.

        Raises:
            TooLarge: if that is more than is left, or the value lies too deep.
        """
        total, waiting = 0, [(value, 0)]
        while waiting:
            item, depth = waiting.pop()
            total += 1
            if isinstance(item, (str, bytes, bytearray)):
                if len(item) > MOST_TEXT:
                    raise TooLarge("the text is too long")
                total += len(item) // _CHARS_A_UNIT
            elif isinstance(item, int):
                if item.bit_length() > MOST_BITS:
                    raise TooLarge("the number has too many digits")
                total += item.bit_length() // 64
            elif isinstance(item, _CONTAINERS):
                if depth > DEEPEST or total + len(item) > self.left:
                    raise TooLarge("the value is too large")
                if isinstance(item, dict):
                    waiting += [(v, depth + 1) for v in item.values()]
                waiting += [(v, depth + 1) for v in item]
            if total > self.left:
                raise TooLarge("the value is too large")
        return total

    def charge(self, value: Any) -> Any:
        """Spends a value's weight and gives it back."""
        self.spend(self.weigh(value))
        return value

    def walk(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items, each paid for."""
        for item in items:
            self.spend(1)
            yield item


# -- order -----------------------------------------------------------------------------------------------------------


def has_unordered(value: Any) -> bool:
    """True if the value has a set of two or more elements in it, whose order cannot be told."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (set, frozenset)):
            if len(item) > 1:
                return True
            waiting += item
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, _CONTAINERS):
            waiting += item
    return False


def check_ordered(value: Any) -> None:
    """Lets a value pass whose text follows from what is known of it.

    Raises:
        UnknownValue: if it does not.
    """
    if isinstance(value, Produced):
        raise UnknownValue("an iterator has no known text")
    if isinstance(value, _CONTAINERS) and has_unordered(value):
        raise UnknownValue("the order of a set is not known")


def render(value: Any) -> str:
    """The repr of a value, with the elements of sets in the order of their texts."""
    if not has_unordered(value):
        return repr(value)
    if isinstance(value, dict) and type(value) is dict:
        return "{" + ", ".join(f"{render(k)}: {render(v)}" for k, v in value.items()) + "}"
    if type(value) in (set, frozenset):
        try:
            items = [repr(item) for item in sorted(value)]
        except (TypeError, UnknownValue):
            items = sorted(map(render, value))
        inside = "{" + ", ".join(items) + "}"
        return inside if type(value) is set else f"frozenset({inside})"
    if type(value) is list:
        return "[" + ", ".join(map(render, value)) + "]"
    if type(value) is tuple:
        return "(" + ", ".join(map(render, value)) + (",)" if len(value) == 1 else ")")
    return repr(value)


# -- operators -------------------------------------------------------------------------------------------------------


def _check_product(meter: Meter, a: Any, b: Any) -> None:
    if isinstance(a, int) and isinstance(b, int):
        if a.bit_length() + b.bit_length() > MOST_BITS + 64:
            raise TooLarge("the number has too many digits")
        return
    for sequence, count in ((a, b), (b, a)):
        if isinstance(sequence, _SEQUENCES) and isinstance(count, int) and count > 0:
            if isinstance(sequence, (str, bytes, bytearray)):
                _check_length(len(sequence) * count)
            elif meter.weigh(sequence) * count > meter.left:
                raise TooLarge("the value is too large")


def _check_power(meter: Meter, a: Any, b: Any) -> None:
    if isinstance(a, int) and isinstance(b, int) and b > 0 and abs(a) > 1 and a.bit_length() * b > MOST_BITS + 64:
        raise TooLarge("the number has too many digits")


def _check_shift(meter: Meter, a: Any, b: Any) -> None:
    if isinstance(a, int) and isinstance(b, int) and a and b > 0 and a.bit_length() + b > MOST_BITS:
        raise TooLarge("the number has too many digits")


def _check_modulo(meter: Meter, a: Any, b: Any) -> None:
    if isinstance(a, (str, bytes, bytearray)):
        text = a if isinstance(a, str) else a.decode("latin-1")
        for width, precision in _PERCENT.findall(text):
            if "*" in (width, precision):
                raise Refused("a * in a format is not evaluated")
            _check_width(width)
            _check_width(precision)
        check_ordered(b)


def _check_width(text: str) -> None:
    if text and (len(text) > 6 or int(text) > MOST_WIDTH):
        raise TooLarge("the format is too wide")


def _check_length(length: int) -> None:
    if length > MOST_TEXT:
        raise TooLarge("the text is too long")


_Check = Callable[[Meter, Any, Any], None]
_OPERATORS: dict[str, tuple[Callable[[Any, Any], Any], _Check | None]] = {
    "Add": (operator.add, None),
    "Sub": (operator.sub, None),
    "Mult": (operator.mul, _check_product),
    "Div": (operator.truediv, None),
    "FloorDiv": (operator.floordiv, None),
    "Mod": (operator.mod, _check_modulo),
    "Pow": (operator.pow, _check_power),
    "LShift": (operator.lshift, _check_shift),
    "RShift": (operator.rshift, None),
    "BitOr": (operator.or_, None),
    "BitXor": (operator.xor, None),
    "BitAnd": (operator.and_, None),
    "MatMult": (operator.matmul, None),
}
_UNARY: dict[str, Callable[[Any], Any]] = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


def binary(meter: Meter, name: str, a: Any, b: Any) -> Any:
    """``a <operator> b``; ``name`` as in ``ast``."""
    apply, check = _OPERATORS[name]
    known(a, b)
    if check is not None:
        check(meter, a, b)
    cost = meter.weigh(a) + meter.weigh(b)
    if name in ("Mult", "Div", "FloorDiv", "Mod", "Pow") and isinstance(a, int) and isinstance(b, int):
        cost += (a.bit_length() // 64) * (b.bit_length() // 64) // 16
    meter.spend(cost)
    return meter.charge(apply(a, b))


def unary(meter: Meter, name: str, value: Any) -> Any:
    """``-value``, ``+value`` or ``~value``."""
    known(value)
    meter.spend(meter.weigh(value))
    return meter.charge(_UNARY[name](value))


def compare(meter: Meter, name: str, a: Any, b: Any) -> bool:
    """``a <comparison> b``; ``name`` as in ``ast``."""
    if name in ("Is", "IsNot"):
        singletons = (None, True, False, ..., NotImplemented)
        either = isinstance(a, type) or isinstance(b, type) or any(a is s or b is s for s in singletons)
        if isinstance(a, Opaque) or isinstance(b, Opaque) or not either:
            raise UnknownValue("whether two values are the same object cannot be told from their reprs")
        return (a is b) == (name == "Is")
    if name in ("In", "NotIn"):
        return contains(meter, a, b) == (name == "In")
    known(a, b)
    meter.spend(meter.weigh(a) + meter.weigh(b))
    return bool(_COMPARE[name](a, b))


def contains(meter: Meter, item: Any, container: Any) -> bool:
    """``item in container``."""
    if isinstance(container, Produced):
        return any(found is item or found == item for found in meter.walk(container.items))
    known(container)
    if isinstance(container, range) and not isinstance(item, int):
        meter.spend(len(container))
    meter.spend(meter.weigh(item) + meter.weigh(container))
    return bool(item in container)


def known(*values: Any) -> None:
    """Raises UnknownValue, or Refused, where a value is none that operators may be applied to."""
    for value in values:
        if isinstance(value, Opaque):
            value._unknown()
        if isinstance(value, Produced):
            raise UnknownValue("nothing but its items is known of an iterator")


# -- text ------------------------------------------------------------------------------------------------------------


def format_value(meter: Meter, value: Any, spec: str) -> str:
    """``format(value, spec)``."""
    for digits in _DIGITS.findall(spec):
        _check_width(digits)
    known(value)
    meter.spend(meter.weigh(value))
    check_ordered(value)
    return str(meter.charge(format(value, spec)))


def format_template(meter: Meter, template: str, arguments: list[Any], named: dict[str, Any]) -> str:
    """``template.format(*arguments, **named)`` without attributes, items and nested fields."""
    size = 0
    for text, name, spec, _ in string.Formatter().parse(template):
        size += len(text)
        if name is None:
            continue
        if not re.fullmatch(r"\w*", name) or (spec and "{" in spec):
            raise Refused("attributes, items and nested fields in str.format are not evaluated")
        for digits in _DIGITS.findall(spec or ""):
            _check_width(digits)
        size += MOST_WIDTH // 100
    for value in (*arguments, *named.values()):
        if isinstance(value, Opaque):
            known(value)
        meter.charge(value)
        check_ordered(value)
    fields = template.count("{")
    largest = max((meter.weigh(v) for v in (*arguments, *named.values())), default=0)
    _check_length(fields * largest * _CHARS_A_UNIT)
    meter.spend(size + fields * largest)
    return str(meter.charge(template.format(*arguments, **named)))


def check_text_method(meter: Meter, text: Any, name: str, arguments: list[Any]) -> None:
    """Refuses a method of str or bytes that would make too much or take too long.

    Raises:
        TooLarge: then.
    """
    first = arguments[0] if arguments else None
    if name in ("center", "ljust", "rjust", "zfill") and isinstance(first, int):
        _check_length(first)
    elif name == "expandtabs":
        size = first if isinstance(first, int) else 8
        tab: Any = "\t" if isinstance(text, str) else b"\t"
        _check_length(len(text) + text.count(tab) * max(size, 0))
    elif name == "replace" and len(arguments) > 1 and all(isinstance(a, type(text)) for a in arguments[:2]):
        found = text.count(arguments[0])
        _check_length(len(text) + found * len(arguments[1]))
    elif name == "translate" and isinstance(first, dict):
        longest = max((len(v) for v in first.values() if isinstance(v, str)), default=1)
        _check_length(len(text) * max(longest, 1))
    elif name == "join" and isinstance(first, list):
        _check_length(sum(len(i) for i in first if isinstance(i, (str, bytes))) + len(text) * len(first))
    elif name in ("rfind", "rindex", "rsplit", "rpartition", "strip", "lstrip", "rstrip", "encode", "decode"):
        if name in ("encode", "decode"):
            encoding = str(first or "utf-8").lower().replace("_", "-")
            if encoding not in ("utf-8", "utf8", "ascii", "latin-1", "latin1", "utf-16", "utf-32"):
                raise Refused(f"the encoding {encoding!r} is not evaluated")
        elif isinstance(first, (str, bytes, bytearray)):
            meter.spend(len(text) * len(first) // 64)
