"""Names of the standard library that an expression may use: `math`, texts of `string`, some of `collections`."""

from __future__ import annotations

import math
import string
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from neuraldbg.bounded import MOST_BITS, Meter, Refused, known
from neuraldbg.builtin_calls import Function, items_of
from neuraldbg.literals import TooLarge, UnknownValue, check_hashes

MOST_FACTOR: Final = 1_000  # of a factorial and its kin

_PLAIN = frozenset(
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh degrees dist erf erfc exp exp2 expm1 fabs "
    "floor fmod frexp gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf "
    "nextafter pow radians remainder sin sinh sqrt tan tanh trunc ulp".split()
)
_GROWING = frozenset({"comb", "factorial", "perm"})
_OVER_ITEMS = frozenset({"fsum", "prod"})
_TEXTS = frozenset(
    "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation whitespace".split()
)
_MODULES: Final = frozenset({"math", "string", "collections"})


class Module:
    """A module as a value; only what is listed here may be used of it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def library(meter: Meter, qualified: str) -> Any:
    """A module, or something of one, such as ``math.gcd``.

    Raises:
        UnknownValue: if it is none of those that are evaluated.
    """
    module, _, name = qualified.rpartition(".")
    if not module and name in _MODULES:
        return Module(name)
    if module == "math" and hasattr(math, name):
        return _of_math(meter, name)
    if module == "string" and name in _TEXTS:
        return getattr(string, name)
    if module == "collections" and name in _MAKERS:
        kind, make = _MAKERS[name]
        return Function(name, lambda args, named: meter.charge(make(meter, *args, **named)), kind)
    raise UnknownValue(f"{qualified} is not evaluated")


def _of_math(meter: Meter, name: str) -> Any:
    function = getattr(math, name)
    if isinstance(function, float):
        return function

    def call(args: list[Any], named: dict[str, Any]) -> Any:
        if name in _OVER_ITEMS:
            args = [list(items_of(meter, args[0], ordered=False)), *args[1:]] if args else args
        known(*args, *named.values())
        meter.spend(sum(meter.weigh(a) for a in (*args, *named.values())))
        if name in _GROWING and any(isinstance(a, int) and a > MOST_FACTOR for a in args):
            raise TooLarge("the number has too many digits")
        if name in ("lcm", "prod", "ldexp"):
            _check_size(args)
        return meter.charge(function(*args, **named))

    if name in _PLAIN or name in _GROWING or name in _OVER_ITEMS:
        return Function(f"math.{name}", call)
    raise Refused(f"math.{name} is not evaluated")


def _check_size(args: Iterable[Any]) -> None:
    bits = 0
    for argument in args:
        bits += sum(v.bit_length() for v in (argument if isinstance(argument, list) else [argument]) if type(v) is int)
    if bits > MOST_BITS:
        raise TooLarge("the number has too many digits")


def _counter(meter: Meter, values: Any = (), **named: int) -> Counter[Any]:
    if isinstance(values, dict):
        known(*values.values())
        return Counter(values, **named)
    items = list(items_of(meter, values, ordered=False))
    check_hashes(items)
    return Counter(items, **named)


def _deque(meter: Meter, values: Any = (), maxlen: int | None = None) -> deque[Any]:
    return deque(items_of(meter, values), maxlen)


def _ordered(meter: Meter, values: Any = (), **named: Any) -> OrderedDict[Any, Any]:
    pairs = values if isinstance(values, dict) else list(items_of(meter, values))
    check_hashes(key for key, _ in (pairs.items() if isinstance(pairs, dict) else pairs))
    return OrderedDict(pairs, **named)


def _defaultdict(meter: Meter, factory: Any = None, values: Any = (), **named: Any) -> defaultdict[Any, Any]:
    kind = factory.kind if isinstance(factory, Function) else factory
    if kind is not None and kind not in (int, float, str, bool, list, dict, set, tuple):
        raise UnknownValue("only builtin types are known as factories")
    return defaultdict(kind, _ordered(meter, values), **named)


_MAKERS: Mapping[str, tuple[type, Callable[..., Any]]] = {
    "Counter": (Counter, _counter),
    "deque": (deque, _deque),
    "OrderedDict": (OrderedDict, _ordered),
    "defaultdict": (defaultdict, _defaultdict),
}
