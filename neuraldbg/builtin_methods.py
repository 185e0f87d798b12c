"""The methods and attributes of builtin values that an expression may use: those that change nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from neuraldbg.bounded import Meter, Produced, Refused, check_text_method, format_template, known
from neuraldbg.builtin_calls import Function, items_of
from neuraldbg.library_calls import Module, library
from neuraldbg.literals import Opaque, make_dict, make_set

_TEXT = (
    "capitalize center count endswith expandtabs find index isalnum isalpha isascii isdigit islower isspace istitle "
    "isupper join ljust lower lstrip partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper zfill"
)
_SETS = "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"
_METHODS: Mapping[type, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        str: _TEXT + " casefold encode format isdecimal isidentifier isnumeric isprintable translate",
        bytes: _TEXT + " decode hex",
        bytearray: "decode hex count find index startswith endswith lower upper",
        int: "bit_length bit_count conjugate is_integer",
        bool: "bit_length bit_count conjugate",
        float: "is_integer as_integer_ratio hex conjugate",
        complex: "conjugate",
        list: "copy count index",
        tuple: "count index",
        deque: "copy count index",
        dict: "copy get items keys values",
        Counter: "copy get items keys values most_common total elements",
        set: _SETS,
        frozenset: _SETS,
        range: "count index",
    }.items()
}
_FIELDS: Mapping[type, frozenset[str]] = {
    int: frozenset({"real", "imag", "numerator", "denominator"}),
    bool: frozenset({"real", "imag", "numerator", "denominator"}),
    float: frozenset({"real", "imag"}),
    complex: frozenset({"real", "imag"}),
    range: frozenset({"start", "stop", "step"}),
    deque: frozenset({"maxlen"}),
}
_TAKES_ITEMS = frozenset(
    "join difference intersection isdisjoint issubset issuperset symmetric_difference union".split()
)


def attribute(meter: Meter, value: Any, name: str) -> Any:
    """``value.name``: a field of a repr such as ``Point(x=1)``, a harmless attribute, or a method to call.

    Raises:
        Refused: if it exists but is not evaluated. AttributeError: if it does not.
    """
    if isinstance(value, Module):
        return library(meter, f"{value.name}.{name}")
    if isinstance(value, Opaque):
        if name in value.fields:
            return value.fields[name]
        known(value)
    if isinstance(value, Function):
        if name in ("__name__", "__qualname__") and value.kind is not None:
            return value.name
        if value.kind is not None and name in _METHODS.get(value.kind, ()):
            return _unbound(meter, value.kind, name)
        if (value.kind, name) in _OF_TYPES:
            make = _OF_TYPES[value.kind, name]
            return Function(f"{value.name}.{name}", lambda args, named: meter.charge(make(meter, *args, **named)))
        raise Refused(f".{name} of {value.name} is not evaluated")
    known(value)
    kind = type(value)
    if name in _FIELDS.get(kind, ()):
        return getattr(value, name)
    methods = _METHODS.get(kind, _METHODS[dict] if isinstance(value, dict) else frozenset())
    if name in methods and hasattr(value, name):
        return Function(f".{name}", lambda args, named: _call_method(meter, value, name, args, named))
    if hasattr(value, name):
        raise Refused(f".{name} is not evaluated: it could change the value, or is no plain data")
    raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")


def _unbound(meter: Meter, kind: type, name: str) -> Function:
    """``str.lower`` and the like."""

    def call(args: list[Any], named: dict[str, Any]) -> Any:
        if not args or type(args[0]) is not kind:
            raise Refused(f"{kind.__name__}.{name} is evaluated for {kind.__name__} only")
        return _call_method(meter, args[0], name, args[1:], named)

    return Function(f"{kind.__name__}.{name}", call)


def _maketrans(meter: Meter, *args: Any) -> dict[int, Any]:
    known(*args)
    return str.maketrans(*args)


def _fromkeys(meter: Meter, keys: Any, value: Any = None) -> dict[Any, Any]:
    return make_dict((key, value) for key in items_of(meter, keys))


_OF_TYPES: Mapping[tuple[type | None, str], Callable[..., Any]] = {
    (str, "maketrans"): _maketrans,
    (dict, "fromkeys"): _fromkeys,
}


def _call_method(meter: Meter, value: Any, name: str, args: list[Any], named: dict[str, Any]) -> Any:
    if name in _TAKES_ITEMS:
        ordered = name == "join"
        args = [a if isinstance(a, (str, bytes)) else list(items_of(meter, a, ordered)) for a in args]
    known(*args, *named.values())
    meter.spend(meter.weigh(value) + sum(meter.weigh(a) for a in (*args, *named.values())))
    if name == "format":
        return format_template(meter, value, args, named)
    if isinstance(value, (str, bytes, bytearray)):
        check_text_method(meter, value, name, [*args, *named.values()])
    if isinstance(value, range) and args and not isinstance(args[0], int):
        meter.spend(len(value))
    if name == "elements" and isinstance(value, Counter):
        meter.spend(sum(max(n, 0) for n in value.values() if isinstance(n, int)))
        return Produced(chain(value.elements()))
    if isinstance(value, (set, frozenset)):
        args = [_as_set(a) for a in args]
    return meter.charge(getattr(value, name)(*args, **named))


def _as_set(items: Iterable[Any]) -> set[Any]:
    return make_set(list(items))
