"""Random values of the kinds that generated programs take as arguments and constants.

A kind is a type code with an optional flavour: ``S`` any string, ``S.digits`` a string of digits, ``LI`` a list of
ints, ``LI.sorted`` a sorted one. A ``+`` at the end forbids empty values (and zero). Type codes: I int, F float,
B bool, S str, C one character, L? list, T? tuple, E? set, D?? dict, M a rectangular matrix, O None. Values are plain
Python objects; :func:`literal` writes them down.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

Rng = random.Random

WORDS = (
    "apple banana cherry date egg fig grape hat ink jam kite lemon mango nut olive pear queen rose sun tree under van"
    " water box yarn zoo cat dog bird fish cow red blue green black white north south east west one two three four five"
    " six alpha beta gamma delta code data list byte node tree map key value word line file test hello world python"
    " summer winter table chair paper river stone cloud light night happy quick brown lazy jumps over the a an of to in"
    " is it on at by no yes level radar noon civic abc xyz foo bar baz qux open close left right up down first last"
    " Anna Bob Carl Dora Eve Frank Paris Tokyo Lima Oslo Monday June USA NASA iPhone eBay balloon committee Mississippi"
).split()
_UNICODE = ("café", "naïve", "ß", "über", "日本", "Ωmega", "piñata", "héllo", "Привет", "smile☺", "€5", "ñandú")
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_PUNCT = "!,.;:?-_/#@*&()[]{}'\"+=<>%$^~|\\"
_KEYS = ("name", "age", "id", "price", "qty", "city", "x", "y", "size", "color", "total", "score", "type", "level")


def _pick(rng: Rng, pool: Sequence[Any]) -> Any:
    return pool[int(rng.random() * len(pool))]


def _below(rng: Rng, n: int) -> int:
    return int(rng.random() * n)


def _length(rng: Rng, typical: int = 5) -> int:
    """A length from 1, mostly around ``typical``, now and then longer."""
    draw = rng.random()
    if draw < 0.1:
        return 1 + _below(rng, 2)
    return 2 + _below(rng, typical) if draw < 0.92 else 5 + _below(rng, 2 * typical)


def _chars(rng: Rng, alphabet: str, typical: int = 6) -> str:
    return "".join([_pick(rng, alphabet) for _ in range(_length(rng, typical))])


# --- strings ------------------------------------------------------------------------------------------------------


def word(rng: Rng) -> str:
    """A dictionary word, sometimes capitalised or random letters."""
    draw = rng.random()
    if draw < 0.6:
        return str(_pick(rng, WORDS))
    if draw < 0.85:
        return _chars(rng, _LOWER, 5)
    text = str(_pick(rng, WORDS))
    return text.capitalize() if draw < 0.95 else text.upper()


def sentence(rng: Rng) -> str:
    """Words with blanks between, sometimes punctuated."""
    words = [word(rng) for _ in range(_length(rng, 4))]
    draw = rng.random()
    if draw < 0.25:
        words[_below(rng, len(words))] += _pick(rng, ",.!?;:")
    text = " ".join(words)
    if draw < 0.12:
        text = text[0].upper() + text[1:] + _pick(rng, ".!?")
    elif draw > 0.95:
        text = "  ".join(words)
    return text


def _mixed_case(rng: Rng) -> str:
    return "".join([c.upper() if rng.random() < 0.45 else c for c in _chars(rng, _LOWER, 7)])


def _alnum(rng: Rng) -> str:
    return _chars(rng, "abcxyz0123456789", 6)


def _noisy(rng: Rng) -> str:
    return _chars(rng, _LOWER[: 6 + _below(rng, 20)] + "ABC 0129" + _PUNCT, 7)


def _spaced(rng: Rng) -> str:
    pads = ("", " ", "  ", "\t", "\n", "   ", " \n")
    return f"{_pick(rng, pads)}{sentence(rng)}{_pick(rng, pads)}"


def _few_letters(rng: Rng) -> str:
    start = _below(rng, 22)
    return _chars(rng, _LOWER[start : start + 2 + _below(rng, 3)], 7)


def _runs(rng: Rng) -> str:
    return "".join([_pick(rng, _LOWER[:8]) * (1 + _below(rng, 4)) for _ in range(1 + _below(rng, 5))])


def _digits(rng: Rng) -> str:
    return _chars(rng, "0123456789", 5)


def _csv(rng: Rng) -> str:
    sep = _pick(rng, (",", ",", ", ", ";", "|", ":"))
    if rng.random() < 0.4:
        return str(sep.join([str(integer(rng)) for _ in range(_length(rng, 4))]))
    return str(sep.join([word(rng) for _ in range(_length(rng, 4))]))


def _number_list(rng: Rng) -> str:
    return str(_pick(rng, (",", " ", ","))).join([str(small(rng)) for _ in range(_length(rng, 4))])


def _pairs_text(rng: Rng) -> str:
    sep = _pick(rng, ("=", "=", ":"))
    glue = _pick(rng, (";", "&", ",", ";"))
    return str(glue.join([f"{word(rng)}{sep}{_pick(rng, (word(rng), small(rng)))}" for _ in range(_length(rng, 3))]))


def _path(rng: Rng) -> str:
    parts = [_pick(rng, WORDS).lower() for _ in range(1 + _below(rng, 4))]
    ext = _pick(rng, ("", ".txt", ".py", ".csv", ".tar.gz", ".md"))
    return str(_pick(rng, ("/", "", "", "./", "~/"))) + "/".join(parts) + str(ext)


def _email(rng: Rng) -> str:
    user = word(rng).lower() + _pick(rng, ("", ".", "_", "1")) + word(rng)
    return f"{user}@{_pick(rng, WORDS).lower()}.{_pick(rng, ('com', 'org', 'io'))}"


def _code_name(rng: Rng) -> str:
    words = [str(_pick(rng, WORDS)).lower() for _ in range(2 + _below(rng, 2))]
    draw = rng.random()
    if draw < 0.4:
        return "_".join(words)
    if draw < 0.6:
        return "-".join(words)
    return words[0] + "".join(w.capitalize() for w in words[1:])


def _brackets(rng: Rng) -> str:
    if rng.random() < 0.45:
        return _chars(rng, _pick(rng, ("()", "()[]", "()[]{}", "()ab")), 7)
    text = ""
    for _ in range(1 + _below(rng, 4)):
        pair = _pick(rng, ("()", "()", "[]", "{}"))
        text = pair[0] + text + pair[1] if rng.random() < 0.6 else text + pair
    return text


def _lines(rng: Rng) -> str:
    return "\n".join([sentence(rng) if rng.random() < 0.9 else "" for _ in range(1 + _below(rng, 4))])


def _palindromic(rng: Rng) -> str:
    half = _chars(rng, _LOWER, 3)
    return half + half[::-1][_below(rng, 2) :]


def _expression(rng: Rng) -> str:
    return "".join([f"{small(rng)}{_pick(rng, '+-*')}" for _ in range(1 + _below(rng, 3))]) + str(1 + _below(rng, 20))


_STRINGS: dict[str, Callable[[Rng], str]] = {
    "word": word, "sentence": sentence, "case": _mixed_case, "alnum": _alnum, "noisy": _noisy, "spaced": _spaced,
    "few": _few_letters, "runs": _runs, "digits": _digits, "csv": _csv, "numbers": _number_list, "kv": _pairs_text,
    "path": _path, "email": _email, "ident": _code_name, "brackets": _brackets, "lines": _lines,
    "pal": _palindromic, "expr": _expression, "letters": lambda rng: _chars(rng, _LOWER, 6),
    "binary": lambda rng: _chars(rng, "01", 5), "hex": lambda rng: _chars(rng, "0123456789abcdef", 3),
    "tabs": lambda rng: "\t".join([word(rng) for _ in range(1 + _below(rng, 3))]),
    "upper": lambda rng: word(rng).upper(),
}  # fmt: skip
_ANY_STRING = (
    ["word"] * 7 + ["sentence"] * 6 + ["letters"] * 4 + ["case"] * 3 + ["alnum"] * 4 + ["noisy"] * 4 + ["spaced"] * 2
    + ["few"] * 3 + ["runs"] * 2 + ["digits"] * 3 + ["csv"] * 2 + ["numbers", "kv", "path", "email", "ident", "ident"]
    + ["brackets", "lines", "pal", "pal", "expr", "tabs"]
)  # fmt: skip


def string(rng: Rng) -> str:
    """A string of any flavour; one in fifty is not ASCII."""
    if rng.random() < 0.02:
        return _pick(rng, _UNICODE) + (_pick(rng, ("", " " + word(rng), "!")))  # type: ignore[no-any-return]
    return _STRINGS[_pick(rng, _ANY_STRING)](rng)


def char(rng: Rng) -> str:
    """One character, mostly a lower-case letter or a separator."""
    draw = rng.random()
    if draw < 0.6:
        return str(_pick(rng, _LOWER))
    if draw < 0.85:
        return str(_pick(rng, " ,-_.;:/|#*!"))
    return str(_pick(rng, _LOWER.upper() + "0123456789"))


# --- numbers ------------------------------------------------------------------------------------------------------


def small(rng: Rng) -> int:
    """An int from 0 to 20."""
    return _below(rng, 10) if rng.random() < 0.7 else _below(rng, 21)


def integer(rng: Rng) -> int:
    """Any int: mostly small, a fifth negative, now and then up to six digits."""
    draw = rng.random()
    if draw < 0.55:
        return _below(rng, 13)
    if draw < 0.75:
        return -1 - _below(rng, 12)
    if draw < 0.9:
        return 10 + _below(rng, 90)
    if draw < 0.97:
        return 100 + _below(rng, 1900)
    return _below(rng, 999_999)


def floating(rng: Rng) -> float:
    """A float with at most two decimals."""
    value: float = _below(rng, 200) / _pick(rng, (2, 4, 5, 10, 10, 100))
    return -value if rng.random() < 0.2 else value


_INTS: dict[str, Callable[[Rng], int]] = {
    "": integer,
    "pos": lambda rng: 1 + _below(rng, 12) if rng.random() < 0.85 else 1 + _below(rng, 100),
    "tiny": lambda rng: 1 + _below(rng, 5),
    "nat": small,
    "big": lambda rng: _below(rng, 10 ** (1 + _below(rng, 6))),
    "wide": lambda rng: 10 + _below(rng, 10 ** (2 + _below(rng, 3))),
    "base": lambda rng: 2 + _below(rng, 9),
    "code": lambda rng: 65 + _below(rng, 58),
}


# --- containers ---------------------------------------------------------------------------------------------------


def _ints(rng: Rng, flavour: str) -> list[int]:
    size = _length(rng, 5)
    if flavour in _INTS and flavour:
        return [_INTS[flavour](rng) for _ in range(size)]
    if flavour == "dup":
        pool = [_below(rng, 8) for _ in range(2 + _below(rng, 3))]
        return [_pick(rng, pool) for _ in range(size + 2)]
    if flavour == "perm":
        values = list(range(size))
        rng.shuffle(values)
        return values
    if flavour == "bits":
        return [_below(rng, 2) for _ in range(size)]
    draw = rng.random()
    if draw < 0.45:
        values = [small(rng) for _ in range(size)]
    elif draw < 0.8:
        values = [integer(rng) for _ in range(size)]
    elif draw < 0.9:
        return list(range(1, size + 1))
    else:
        values = [_below(rng, 4) for _ in range(size + 1)]
    return sorted(values) if flavour == "sorted" else values


def _strings(rng: Rng, flavour: str) -> list[str]:
    size = _length(rng, 4)
    if flavour == "dup":
        pool = [word(rng) for _ in range(2 + _below(rng, 2))]
        return [_pick(rng, pool) for _ in range(size + 1)]
    if flavour:
        return [_STRINGS[flavour](rng) if flavour != "chars" else char(rng) for _ in range(size)]
    draw = rng.random()
    if draw < 0.6:
        return [word(rng) for _ in range(size)]
    if draw < 0.75:
        return [char(rng) for _ in range(size)]
    if draw < 0.85:
        return [_digits(rng) if rng.random() < 0.6 else word(rng) for _ in range(size)]
    return [string(rng)[:12] for _ in range(min(size, 4))]


def _mixed(rng: Rng) -> list[Any]:
    makers = (integer, word, integer, word, floating, lambda r: None, lambda r: r.random() < 0.5, lambda r: [small(r)])
    return [_pick(rng, makers)(rng) for _ in range(_length(rng, 5))]


def _matrix(rng: Rng, flavour: str) -> list[list[int]]:
    height = 1 + _below(rng, 3)
    width = height if flavour == "square" else 1 + _below(rng, 4)
    top = 2 if flavour == "bits" else 10
    return [[_below(rng, top) for _ in range(width)] for _ in range(height)]


def _dict(rng: Rng, keys: Callable[[Rng], Any], values: Callable[[Rng], Any]) -> dict[Any, Any]:
    return {keys(rng): values(rng) for _ in range(_length(rng, 4))}


def _key(rng: Rng) -> str:
    draw = rng.random()
    return str(_pick(rng, _LOWER[:6])) if draw < 0.35 else str(_pick(rng, _KEYS)) if draw < 0.6 else word(rng)


def _short_ints(rng: Rng) -> list[int]:
    return [small(rng) for _ in range(_below(rng, 4))]


def _record(rng: Rng) -> dict[str, Any]:
    return {"name": word(rng), "age": 1 + _below(rng, 80), "city": _pick(rng, ("Oslo", "Rome", "Lima", "Paris"))}


_CONTAINERS: dict[str, Callable[[Rng, str], Any]] = {
    "LI": _ints,
    "LS": _strings,
    "LL": lambda rng, flavour: [_short_ints(rng) for _ in range(1 + _below(rng, 4))],
    "LLS": lambda rng, flavour: [[word(rng) for _ in range(1 + _below(rng, 3))] for _ in range(1 + _below(rng, 3))],
    "M": _matrix,
    "LF": lambda rng, flavour: [floating(rng) for _ in range(_length(rng, 4))],
    "LB": lambda rng, flavour: [rng.random() < 0.5 for _ in range(_length(rng, 4))],
    "LT": lambda rng, flavour: [(_key(rng), small(rng)) for _ in range(_length(rng, 4))],
    "LP": lambda rng, flavour: [(small(rng), small(rng)) for _ in range(_length(rng, 3))],
    "LM": lambda rng, flavour: _mixed(rng),
    "LD": lambda rng, flavour: [_record(rng) for _ in range(1 + _below(rng, 3))],
    "DSI": lambda rng, flavour: _dict(rng, _key, small if rng.random() < 0.7 else integer),
    "DIS": lambda rng, flavour: _dict(rng, small, word),
    "DII": lambda rng, flavour: _dict(rng, small, small),
    "DSS": lambda rng, flavour: _dict(rng, _key, word),
    "DSL": lambda rng, flavour: _dict(rng, _key, _short_ints),
    "DSD": lambda rng, flavour: _dict(rng, word, lambda r: {_pick(r, _KEYS): small(r) for _ in range(2)}),
    "DSM": lambda rng, flavour: _dict(rng, _key, lambda r: _pick(r, (small(r), word(r), None, r.random() < 0.5))),
    "TI": lambda rng, flavour: tuple(_ints(rng, flavour)),
    "TS": lambda rng, flavour: tuple(_strings(rng, flavour)),
    "TSI": lambda rng, flavour: (word(rng), small(rng)),
    "T2": lambda rng, flavour: (small(rng), small(rng)),
    "T3": lambda rng, flavour: (small(rng), small(rng), small(rng)),
    "EI": lambda rng, flavour: set(_ints(rng, flavour)),
    "ES": lambda rng, flavour: {char(rng) for _ in range(1 + _below(rng, 3))},
}  # fmt: skip

_SCALARS: dict[str, Callable[[Rng], Any]] = {
    "F": floating,
    "B": lambda rng: rng.random() < 0.5,
    "C": char,
    "O": lambda rng: None,
    "OI": lambda rng: None if rng.random() < 0.4 else small(rng),
    "OS": lambda rng: None if rng.random() < 0.4 else word(rng),
    "A": lambda rng: _pick(rng, (integer, word, floating, _mixed, lambda r: None, lambda r: True, _short_ints))(rng),
}


def value(rng: Rng, kind: str) -> Any:
    """A random value of ``kind``, an ordinary one.

    Raises:
        KeyError: if there is no such kind.
    """
    code, _, flavour = kind.rstrip("+").partition(".")
    if code == "S":
        return _STRINGS[flavour](rng) if flavour else string(rng)
    if code == "I":
        made = _INTS[flavour](rng)
        return made or 1 if kind[-1] == "+" else made
    if code in _SCALARS:
        return _SCALARS[code](rng)
    return _CONTAINERS[code](rng, flavour)


def edge(rng: Rng, kind: str) -> Any:
    """An edge case of ``kind``: empty, one element, zero, negative, large; ordinary where the kind forbids it."""
    code, _, flavour = kind.rstrip("+").partition(".")
    solid = kind[-1] == "+"
    if code == "S":
        made = value(rng, kind)
        return (made[:1] if solid or rng.random() < 0.4 else "") if made else made
    if code == "I":
        if flavour or solid:
            return 1 if solid or flavour in ("pos", "tiny") else 2 if flavour == "base" else value(rng, kind)
        return _pick(rng, (0, 0, 1, -1, -_below(rng, 50), 100 + _below(rng, 5000)))
    if code in _SCALARS:
        return 0.0 if code == "F" else value(rng, kind)
    made = value(rng, kind)
    if code in ("TSI", "T2", "T3", "M") or not made:
        return made
    if isinstance(made, dict):
        return {k: made[k] for k in list(made)[: 1 if solid or rng.random() < 0.4 else 0]}
    if isinstance(made, set):
        return set(list(made)[:1]) if code == "EI" else made
    return made[: 1 if solid or rng.random() < 0.4 else 0]


def related(rng: Rng, other: Any, how: str) -> Any:
    """A value that belongs to ``other``: ``elem`` an element, ``key``, ``index`` a valid one, ``part`` a substring."""
    if how == "index":
        return _below(rng, len(other)) if other else 0
    if how == "part":
        start = _below(rng, max(len(other), 1))
        return other[start : start + 1 + _below(rng, 3)] or word(rng)
    if how == "prefix":
        return other[: 1 + _below(rng, 3)] or word(rng)
    if how == "suffix":
        return other[-1 - _below(rng, 3) :] or word(rng)
    pool = list(other)
    if not pool:
        return None
    if isinstance(other, set):
        pool.sort()
    return _pick(rng, pool)


def literal(rng: Rng, item: Any) -> str:
    """Python text of a value; a string is now and then written with double quotes, a set is sorted."""
    if type(item) is set and item:
        return "{" + ", ".join(sorted(map(repr, item))) + "}"
    text = repr(item)
    if type(item) is str and text[0] == "'" and '"' not in text and rng.random() < 0.12:
        return f'"{text[1:-1]}"'
    return text


HINTS = {
    "I": "int", "F": "float", "B": "bool", "S": "str", "C": "str", "LI": "list[int]", "LS": "list[str]",
    "LL": "list[list[int]]", "LLS": "list[list[str]]", "M": "list[list[int]]", "LF": "list[float]", "LB": "list[bool]",
    "LT": "list[tuple[str, int]]", "LP": "list[tuple[int, int]]", "LM": "list", "LD": "list[dict]",
    "DSI": "dict[str, int]", "DIS": "dict[int, str]", "DII": "dict[int, int]", "DSS": "dict[str, str]",
    "DSL": "dict[str, list[int]]", "DSD": "dict[str, dict]", "DSM": "dict", "TI": "tuple[int, ...]",
    "TS": "tuple[str, ...]", "TSI": "tuple[str, int]", "T2": "tuple[int, int]", "T3": "tuple[int, int, int]",
    "EI": "set[int]", "ES": "set[str]", "OI": "int | None", "OS": "str | None",
}  # fmt: skip


def hint(kind: str) -> str | None:
    """The annotation for a kind, None if it has none."""
    return HINTS.get(kind.rstrip("+").partition(".")[0])
