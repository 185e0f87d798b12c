"""The builtin functions that an expression may call: those that change nothing and whose cost is bounded."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from neuraldbg.bounded import (
    MOST_BITS,
    Meter,
    Produced,
    Refused,
    binary,
    check_ordered,
    compare,
    format_value,
    known,
)
from neuraldbg.literals import EXCEPTIONS, Opaque, TooLarge, UnknownValue, make_dict, make_set


class Function:
    """Something that can be called: a builtin, a bound method, a lambda.

    Attributes:
        name: shown in messages.
        call: gets the positional and the keyword arguments.
        kind: of a type such as ``int``, the type itself.
    """

    __slots__ = ("call", "kind", "name")

    def __init__(self, name: str, call: Callable[[list[Any], dict[str, Any]], Any], kind: type | None = None) -> None:
        self.name, self.call, self.kind = name, call, kind


def items_of(meter: Meter, value: Any, ordered: bool = True) -> Iterator[Any]:
    """The items that iterating over a value gives, each paid for.

    Raises:
        UnknownValue: if ``ordered`` and the order cannot be told.
        TypeError: if the value cannot be iterated over.
    """
    if isinstance(value, Produced):
        if ordered and value.unordered:
            raise UnknownValue("the order of a set is not known")
        return meter.walk(value.items)
    if isinstance(value, Function):
        raise TypeError(f"{value.name} is not iterable")
    known(value)
    if ordered and unordered(value):
        raise UnknownValue("the order of a set is not known")
    return meter.walk(value)


def unordered(value: Any) -> bool:
    """True for sets of several elements and what iterates over one; Counters, as their reprs are sorted by count."""
    if isinstance(value, Produced):
        return value.unordered
    return isinstance(value, (set, frozenset, Counter)) and len(value) > 1


# -- functions -------------------------------------------------------------------------------------------------------


def _sum(meter: Meter, values: Any, start: Any = 0) -> Any:
    items = list(items_of(meter, values, ordered=False))
    if all(isinstance(i, (int, float, complex)) for i in (*items, start)):
        return sum(items, start)
    if isinstance(start, (str, bytes, bytearray)):
        raise TypeError("sum() can't sum strings")
    for item in items:
        start = binary(meter, "Add", start, item)
    return start


def _sorted(meter: Meter, values: Any, *, key: Any = None, reverse: Any = False) -> list[Any]:
    items = list(items_of(meter, values, ordered=False))
    keys = _keys(items, key)
    if key is not None and unordered(values) and len(set(map(repr, keys))) < len(keys):
        raise UnknownValue("the order of a set is not known")
    meter.spend(meter.weigh(keys) * len(keys).bit_length())
    known(*keys)
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse))
    return [items[i] for i in order]


def _keys(items: list[Any], key: Any) -> list[Any]:
    if key is None:
        return items
    if not isinstance(key, Function):
        raise TypeError("the key is not callable")
    return [key.call([item], {}) for item in items]


_MISSING = object()


def _extreme(name: str) -> Callable[..., Any]:
    better = "Gt" if name == "max" else "Lt"

    def extreme(meter: Meter, *values: Any, key: Any = None, default: Any = _MISSING) -> Any:
        if not values:
            raise TypeError(f"{name} expected at least 1 argument, got 0")
        if len(values) > 1 and default is not _MISSING:
            raise TypeError(f"Cannot specify a default for {name}() with multiple positional arguments")
        items = list(items_of(meter, values[0], ordered=False)) if len(values) == 1 else list(values)
        if not items:
            if default is _MISSING:
                (max if name == "max" else min)(())  # raises, in the words of this Python
            return default
        keys = _keys(items, key)
        best = 0
        for i in range(1, len(keys)):
            if compare(meter, better, keys[i], keys[best]):
                best = i
        return items[best]

    return extreme


def _any(meter: Meter, values: Any) -> bool:
    return any(truth(item) for item in items_of(meter, values, ordered=False))


def _all(meter: Meter, values: Any) -> bool:
    return all(truth(item) for item in items_of(meter, values, ordered=False))


def truth(value: Any) -> bool:
    """``bool(value)``."""
    if isinstance(value, (Function, Produced)):
        return True
    return bool(value)


def _length(meter: Meter, value: Any) -> int:
    if isinstance(value, Produced):
        raise TypeError("an iterator has no len()")
    return len(value)


def _isinstance(meter: Meter, value: Any, kinds: Any) -> bool:
    known(value)
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    found = False
    for kind in wanted:
        if isinstance(kind, tuple):
            found |= _isinstance(meter, value, kind)
        elif isinstance(kind, Function) and kind.kind is not None:
            found |= isinstance(value, kind.kind)
        elif kind is None or not isinstance(kind, Function):
            raise TypeError("isinstance() arg 2 must be a type or a tuple of types")
        else:
            raise Refused(f"isinstance with {kind.name} is not evaluated")
    return found


def _text(function: Callable[[Any], str]) -> Callable[..., str]:
    def text(meter: Meter, value: Any = "") -> str:
        if isinstance(value, Opaque):
            if function is repr:
                return value.text
            known(value)
        meter.charge(value)
        check_ordered(value)
        return function(value)

    return text


def _list(meter: Meter, values: Any = ()) -> list[Any]:
    return list(items_of(meter, values))


def _tuple(meter: Meter, values: Any = ()) -> tuple[Any, ...]:
    return tuple(items_of(meter, values))


def _set(meter: Meter, values: Any = ()) -> set[Any]:
    return make_set(list(items_of(meter, values, ordered=False)))


def _frozenset(meter: Meter, values: Any = ()) -> frozenset[Any]:
    return frozenset(_set(meter, values))


def _dict(meter: Meter, values: Any = (), **named: Any) -> dict[Any, Any]:
    if isinstance(values, dict):
        if unordered(values):
            raise UnknownValue("the order of a Counter is not known")
        return {**values, **named}
    pairs = [tuple(items_of(meter, pair)) for pair in items_of(meter, values)]
    if any(len(pair) != 2 for pair in pairs):
        return dict(pairs, **named)  # raises, in Python's words
    return {**make_dict((pair[0], pair[1]) for pair in pairs), **named}


def _bytes(meter: Meter, values: Any = b"", *rest: Any) -> bytes:
    if rest:
        raise Refused("bytes() with an encoding is not evaluated")
    if isinstance(values, int):
        if values > MOST_BITS:
            raise TooLarge("the bytes are too long")
        return bytes(values)
    if isinstance(values, str):
        raise TypeError("string argument without an encoding")
    return bytes(values if isinstance(values, (bytes, bytearray)) else list(items_of(meter, values)))


def _zip(meter: Meter, *values: Any, strict: Any = False) -> Produced:
    parts = [items_of(meter, value, ordered=len(values) > 1) for value in values]
    return Produced(iter(zip(*parts, strict=bool(strict))), any(map(unordered, values)))


def _enumerate(meter: Meter, values: Any, start: Any = 0) -> Produced:
    return Produced(iter(enumerate(items_of(meter, values), start)))


def _reversed(meter: Meter, values: Any) -> Produced:
    if isinstance(values, (Produced, set, frozenset)):
        raise TypeError("the argument is not reversible")
    known(values)
    return Produced(meter.walk(reversed(values)))


def _map(meter: Meter, function: Any, *values: Any) -> Produced:
    if not values:
        raise TypeError("map() must have at least two arguments.")
    if not isinstance(function, Function):
        raise TypeError("the function is not callable")
    parts = [items_of(meter, value, ordered=len(values) > 1) for value in values]
    return Produced((function.call(list(each), {}) for each in zip(*parts, strict=False)), any(map(unordered, values)))


def _filter(meter: Meter, function: Any, values: Any) -> Produced:
    if function is not None and not isinstance(function, Function):
        raise TypeError("the function is not callable")
    items = items_of(meter, values, ordered=False)
    kept = (i for i in items if truth(i if function is None else function.call([i], {})))
    return Produced(kept, unordered(values))


def _round(meter: Meter, number: Any, ndigits: Any = None) -> Any:
    known(number)
    if isinstance(ndigits, int) and abs(ndigits) > 5_000:
        raise TooLarge("too many digits to round to")
    return round(number, ndigits)


def _pow(meter: Meter, base: Any, exponent: Any, modulus: Any = None) -> Any:
    if modulus is None:
        return binary(meter, "Pow", base, exponent)
    known(base, exponent, modulus)
    if any(isinstance(v, int) and v.bit_length() > 1_000 for v in (base, exponent, modulus)):
        raise TooLarge("the numbers have too many digits")
    return pow(base, exponent, modulus)


def _divmod(meter: Meter, a: Any, b: Any) -> Any:
    binary(meter, "FloorDiv", a, b)
    return divmod(a, b)


def _format(meter: Meter, value: Any, spec: Any = "") -> str:
    if not isinstance(spec, str):
        raise TypeError("format() argument 2 must be str")
    return format_value(meter, value, spec)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    def plain(meter: Meter, *arguments: Any, **named: Any) -> Any:
        known(*arguments, *named.values())
        for argument in arguments:
            meter.charge(argument)
        return function(*arguments, **named)

    return plain


def _type(meter: Meter, value: Any) -> Function:
    known(value)
    return type_function(meter, type(value))


def _raising(kind: type[BaseException]) -> Callable[..., Any]:
    def make(meter: Meter, *values: Any) -> Any:
        known(*values)
        return kind(*values)

    return make


_TYPES: dict[type, Callable[..., Any]] = {
    int: _plain(int),
    float: _plain(float),
    complex: _plain(complex),
    bool: lambda meter, value=False: truth(value),
    str: _text(str),
    bytes: _bytes,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _frozenset,
    dict: _dict,
    range: _plain(range),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{kind.__name__: call for kind, call in _TYPES.items()},
    "sum": _sum,
    "sorted": _sorted,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "any": _any,
    "all": _all,
    "len": _length,
    "isinstance": _isinstance,
    "repr": _text(repr),
    "ascii": _text(ascii),
    "type": _type,
    "zip": _zip,
    "enumerate": _enumerate,
    "reversed": _reversed,
    "map": _map,
    "filter": _filter,
    "round": _round,
    "pow": _pow,
    "divmod": _divmod,
    "format": _format,
    **{kind.__name__: _raising(kind) for kind in EXCEPTIONS},
    **{name: _plain(getattr(builtins, name)) for name in ("abs", "chr", "ord", "bin", "oct", "hex")},
}

NAMES = frozenset(_FUNCTIONS)  # of the builtins that are evaluated


def builtin(meter: Meter, name: str) -> Function | None:
    """The builtin function or type of this name, None if it is none that is evaluated."""
    function = _FUNCTIONS.get(name)
    if function is None:
        return None
    kind = getattr(builtins, name)
    return Function(name, lambda args, named: function(meter, *args, **named), kind if kind in _TYPES else None)


def type_function(meter: Meter, kind: type) -> Function:
    """A type as a value."""
    known_ = builtin(meter, kind.__name__)
    if known_ is not None and known_.kind is kind:
        return known_

    def refuse(args: list[Any], named: dict[str, Any]) -> Any:
        raise Refused(f"{kind.__name__}() is not evaluated")

    return Function(kind.__name__, refuse, kind)
