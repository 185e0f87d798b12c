"""The value behind a repr: a builtin value as it is, anything else as an :class:`Opaque` one of which nothing is known.

Runs no code of the program: the text is read, never evaluated. Not covered: a class of the program whose repr reads as
that of a builtin value is taken for that value.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from neuraldbg.parsing import parse
from neuraldbg.reprscan import skip_item

MOST_NODES: Final = 200_000  # values in one another, all counted
DEEPEST: Final = 60
MOST_DIGITS: Final = 4_300  # as the interpreter's own limit for reading integers
MOST_ALIKE: Final = 200  # different elements of one hash, which make a set or dict slow

_NUMBER = re.compile(r"-?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(j?)(?![\w.])")
_COMPLEX = re.compile(r"\((-?(?:inf|nan|[\d.]+(?:e[+-]?\d+)?))([+-](?:inf|nan|[\d.]+(?:e[+-]?\d+)?))j\)")
_ESCAPE = r"\\(?:[\\'\"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U00[01][0-9a-f]{5})"
_TEXT = re.compile(rf"b?(?:'(?:[^'\\\0\r\n]++|{_ESCAPE})*+'|\"(?:[^\"\\\0\r\n]++|{_ESCAPE})*+\")")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_RECORD = re.compile(r"([A-Za-z_]\w*)=")
_CONSTANTS = {"None": None, "True": True, "False": False, "Ellipsis": ..., "NotImplemented": NotImplemented}


class UnknownValue(Exception):
    """What was asked cannot be told from the reprs."""


class TooLarge(Exception):
    """Working it out would take too much time or memory."""


class Opaque:
    """A value of which only the repr is known; anything asked of it is unknown.

    Attributes:
        text: the repr.
        fields: of a repr such as ``Point(x=1, y=2)``: name -> value.
    """

    __slots__ = ("fields", "text")

    def __init__(self, text: str, fields: dict[str, Any] | None = None) -> None:
        self.text = text
        self.fields = fields or {}

    def __repr__(self) -> str:
        return self.text

    def _unknown(self, *_: object) -> NoReturn:
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        raise UnknownValue(f"only the repr is known of {shown}")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __str__ = __format__ = __len__ = _unknown
    __iter__ = __contains__ = __getitem__ = __index__ = __int__ = __float__ = __abs__ = __neg__ = _unknown

    def __hash__(self) -> int:
        self._unknown()


def read_value(text: str) -> Any:
    """The value whose repr this is; :class:`Opaque` where it cannot be told.

    Raises:
        TooLarge: if the value has too many parts or lies too deep.
    """
    reader = _Reader(text)
    try:
        value, end = reader.value(0, 0)
    except (UnknownValue, ValueError, TypeError, OverflowError, SyntaxError):
        return Opaque(text)
    return value if end == len(text) else Opaque(text)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.left = MOST_NODES

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at ``at`` and the offset behind it.

        Raises:
            ValueError: if there is no value.
        """
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise TooLarge("the value has too many parts")
        text = self.text
        if number := _NUMBER.match(text, at):
            if len(number[0]) > MOST_DIGITS:
                raise TooLarge("the number has too many digits")
            return _number(number[0], bool(number[1])), number.end()
        if string := _TEXT.match(text, at):
            return ast.literal_eval(parse(string[0], mode="eval")), string.end()
        opening = text[at : at + 1]
        if opening == "(" and (pair := _COMPLEX.match(text, at)):
            return complex(float(pair[1]), float(pair[2])), pair.end()
        if opening in ("(", "[", "{"):
            return self._display(at, depth, opening)
        if name := _NAME.match(text, at):
            if name[0] in _CONSTANTS:
                return _CONSTANTS[name[0]], name.end()
            if text[name.end() : name.end() + 1] == "(":
                return self._call(at, name[0], name.end(), depth)
        return self._opaque(at)

    def _opaque(self, at: int) -> tuple[Opaque, int]:
        end = skip_item(self.text, at, ",)]}")
        if end == at:
            raise ValueError("a value is missing")
        return Opaque(self.text[at:end].rstrip()), end

    def _display(self, at: int, depth: int, opening: str) -> tuple[Any, int]:
        closing = {"(": ")", "[": "]", "{": "}"}[opening]
        items, values, commas, end = self._items(at + 1, closing, depth)
        if opening == "[":
            return items, end
        if opening == "(":
            if len(items) == 1 and not commas:
                raise ValueError("not a repr")
            return tuple(items), end
        return (make_dict(zip(items, values, strict=True)) if values or not items else make_set(items)), end

    def _items(self, at: int, closing: str, depth: int) -> tuple[list[Any], list[Any], int, int]:
        """Items up to a closing bracket; of a dict also the values. Then the number of commas and the end."""
        items: list[Any] = []
        values: list[Any] = []
        commas = 0
        while not self.text.startswith(closing, at):
            item, at = self.value(at, depth + 1)
            items.append(item)
            if self.text.startswith(": ", at):
                value, at = self.value(at + 2, depth + 1)
                values.append(value)
            if self.text.startswith(", ", at):
                at, commas = at + 2, commas + 1
            elif self.text.startswith(",)", at):
                at, commas = at + 1, commas + 1
            elif not self.text.startswith(closing, at):
                raise ValueError("not a repr")
        if values and len(values) != len(items):
            raise ValueError("not a repr")
        return items, values, commas, at + 1

    def _call(self, at: int, name: str, opening: int, depth: int) -> tuple[Any, int]:
        """``name(...)``: a value of a known type, or an opaque one, with its fields where they are named."""
        arguments: list[Any] = []
        fields: dict[str, Any] = {}
        position = opening + 1
        while not self.text.startswith(")", position):
            keyword = _RECORD.match(self.text, position)
            value, position = self.value(keyword.end() if keyword else position, depth + 1)
            if keyword:
                fields[keyword[1]] = value
            else:
                arguments.append(value)
            if self.text.startswith(", ", position):
                position += 2
            elif not self.text.startswith(")", position):
                return self._opaque(at)
        position += 1
        make = _TYPES.get(name)
        if make is not None and (not fields or name == "deque"):
            try:
                return make(*arguments, **fields), position
            except (TypeError, ValueError, KeyError, UnknownValue):
                pass  # then it is opaque
        return Opaque(self.text[at:position], fields), position


def _number(text: str, imaginary: bool) -> Any:
    if imaginary:
        return complex(text)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def check_hashes(items: Iterable[Any]) -> None:
    """Lets no set or dict be made whose elements collide so often that it would be slow.

    Raises:
        TooLarge: if they do.
        TypeError, UnknownValue: if an element has no hash.
    """
    alike: dict[int, list[Any]] = {}
    for item in items:
        found = alike.setdefault(hash(item), [item, 0])
        if found[0] is not item and found[0] != item:
            found[1] += 1
            if found[1] > MOST_ALIKE:
                raise TooLarge("too many elements with one hash")


def make_set(items: list[Any]) -> set[Any]:
    """A set of a bounded cost."""
    check_hashes(items)
    return set(items)


def make_dict(items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict of a bounded cost."""
    pairs = list(items)
    check_hashes(key for key, _ in pairs)
    return dict(pairs)


def _frozenset(items: object = frozenset()) -> frozenset[Any]:
    return frozenset(_expect(items, set, frozenset))


def _set() -> set[Any]:
    return set()


def _counter(items: object = None) -> Counter[Any]:
    return Counter(_expect({} if items is None else items, dict))


def _ordered(items: object = None) -> OrderedDict[Any, Any]:
    pairs = _expect({} if items is None else items, dict, list)
    return OrderedDict(pairs if isinstance(pairs, dict) else make_dict(pairs))


def _deque(items: object = (), maxlen: int | None = None) -> deque[Any]:
    return deque(_expect(items, list, tuple), maxlen)


def _defaultdict(factory: Any, items: object = None) -> defaultdict[Any, Any]:
    if isinstance(factory, Opaque):
        factory = _FACTORIES[factory.text]
    elif factory is not None:
        raise TypeError("not the repr of a defaultdict")
    return defaultdict(factory, _expect({} if items is None else items, dict))


def _keys(items: list[Any]) -> Any:
    return make_dict((item, None) for item in _expect(items, list)).keys()


def _values(items: list[Any]) -> Any:
    return dict(enumerate(_expect(items, list))).values()


def _pairs(items: list[Any]) -> Any:
    return make_dict(_expect(items, list)).items()


def _bytearray(items: object) -> bytearray:
    return bytearray(_expect(items, bytes))


def _range(*bounds: int) -> range:
    if not all(type(b) is int for b in bounds):
        raise TypeError("not a range")
    return range(*bounds)


def _expect(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise TypeError("not the repr of such a value")
    return value


# Exceptions that only keep their arguments.
EXCEPTIONS: Final = (
    ArithmeticError, AssertionError, AttributeError, Exception, IndexError, KeyError, LookupError, NameError,
    NotImplementedError, OverflowError, RuntimeError, StopIteration, TypeError, ValueError, ZeroDivisionError,
)  # fmt: skip
REPRS: Final = frozenset(
    {"Counter", "OrderedDict", "deque", "defaultdict", "dict_keys", "dict_values", "dict_items"}
)  # names of what is written as a call
_FACTORIES: Final = {repr(kind): kind for kind in (int, float, str, bool, list, dict, set, tuple)}
_TYPES: dict[str, Callable[..., Any]] = {
    "set": _set,
    "frozenset": _frozenset,
    "Counter": _counter,
    "OrderedDict": _ordered,
    "defaultdict": _defaultdict,
    "dict_keys": _keys,
    "dict_values": _values,
    "dict_items": _pairs,
    "deque": _deque,
    "bytearray": _bytearray,
    "range": _range,
    **{kind.__name__: kind for kind in EXCEPTIONS},
}
