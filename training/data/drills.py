"""Single operations on literal values, evaluated: the densest form in which a model can read what Python's operators,
builtins and methods give.

A template (a line of drills.txt, behind its weight) is an operation with holes. ``{S}`` is a value of a kind of
values.py (a string, ``{LI}`` a list of ints, ...), ``{Y}`` bytes. Lower-case holes are drawn with the first value in
view: ``{c}`` a character of it or another, ``{w}`` a part of it or a word, ``{e}`` an element or another, ``{k}`` a key
or another, ``{i}`` an index, mostly inside, ``{n}`` any small int, ``{p}`` a positive one, ``{year}``, ``{month}`` and
``{day}`` those of a date, ``{v}`` a value of any simple kind, ``{like}`` a value of the same kind, often nearly equal.
An ``@`` in front asks what becomes of the container that is changed. The weight follows how common an operation is in
everyday code.
"""

from __future__ import annotations

import bisect
import datetime
import functools
import heapq
import itertools
import json
import math
import random
import re
import string
import warnings
from collections import Counter, OrderedDict, deque
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from neuraldbg.reprs import Reprs
from neuraldbg.steps import Operation
from neuraldbg.training.data.inputs import edited
from neuraldbg.training.data.values import edge, value, word

MAX_TEXT: Final = 130
MAX_VALUE: Final = 130

_SIMPLE: Final = ("I", "S", "F", "B", "O", "LI", "LS", "DSI", "TI", "C")
_DATES: Final = {"year": (1990, 2030), "month": (1, 12), "day": (1, 28)}
_HOLE: Final = re.compile(r"\{([A-Za-z]+(?:\.[a-z]*)?)\}")
_SPACE: Final = {
    "math": math, "re": re, "string": string, "Counter": Counter, "OrderedDict": OrderedDict, "deque": deque,
    "bisect": bisect, "datetime": datetime, "functools": functools, "heapq": heapq, "itertools": itertools,
    "json": json, "print": lambda *items: None,
}  # fmt: skip
_REPRS: Final = Reprs()


@lru_cache(maxsize=4)
def templates(emphasis: str = "") -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Operations with holes, and cumulative weights.

    Args:
        emphasis: file of factors of the weights, by template (see training/drilling.py); without it, none.
    """
    factors = json.loads(Path(emphasis).read_text(encoding="utf-8")) if emphasis else {}
    rows = (Path(__file__).parent / "drills.txt").read_text(encoding="utf-8").splitlines()
    split = [row.split(" ", 1) for row in rows]
    weights = itertools.accumulate(float(weight) * factors.get(text, 1.0) for weight, text in split)
    return tuple(text for _, text in split), tuple(weights)


def drill(rng: random.Random, emphasis: str = "") -> Operation:
    """One operation and what it gives, or raises. See `templates` for ``emphasis``."""
    texts, cumulative = templates(emphasis)
    while True:
        operation = filled(rng, rng.choices(texts, cum_weights=cumulative)[0])
        if operation is not None:
            return operation


def filled(rng: random.Random, template: str) -> Operation | None:
    """The template with values in its holes, and what it gives; None where that is too long or no operation."""
    text, whole = _fill(rng, template.removeprefix("@"))
    if len(text) > MAX_TEXT:
        return None
    calls = template[0] == "@" and template.endswith(")")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `5 is None`
            result = _effect(text, whole) if template[0] == "@" else eval(text, dict(_SPACE))
    except SyntaxError:
        return None
    except Exception as error:
        if calls:
            return None  # the call itself is worked out first, and that raises
        return Operation(text, _REPRS.text(error), raised=True)
    if calls:
        text = f"after {text}"
    shown = _REPRS.text(result)
    if len(shown) <= MAX_VALUE and " at 0x" not in shown and not shown.startswith("<") or "<class" in shown:
        return Operation(text, shown)
    return None


def _effect(statement: str, container: Any) -> Any:
    """``container`` after a statement that changes it, which begins with its repr, or with ``del`` and its repr."""
    before, _, after = statement.partition(repr(container))
    space = {**_SPACE, "whole": container}
    exec(f"{before}whole{after}", space)
    return space["whole"]


def _fill(rng: random.Random, template: str) -> tuple[str, Any]:
    """The template with values in its holes, and the first value."""
    first = next((m[1] for m in _HOLE.finditer(template) if m[1][0].isupper()), "I")
    longest = rng.choices((8, 16, 30, 50, 80), (4, 4, 2, 1, 0.6))[0]
    whole = _value(rng, first, longest)
    used = False

    def put(match: re.Match[str]) -> str:
        nonlocal used
        hole = match[1]
        if hole[0].isupper():
            item = _value(rng, hole, longest) if used or hole != first else whole
            used = used or hole == first
            text = repr(item)
            return f"({text})" if text.startswith("-") and template[match.end() : match.end() + 1] == "." else text
        return _related(rng, hole, whole)

    if template.startswith("f'"):  # as the scratchpad writes it
        return f"f{_HOLE.sub(put, template[2:-1])!r}", whole
    filled = _HOLE.sub(put, template)
    return re.sub(r"(?<![\w.])(\d+)\.bit_length", r"(\1).bit_length", filled), whole


def _value(rng: random.Random, hole: str, longest: int) -> Any:
    """A value whose repr is mostly at most so long: short ones are what programs hold, and the most to a token."""
    kind = _kind(hole)
    if kind == "Y":
        return value(rng, rng.choice(("S.word", "S.few", "S.digits"))).encode("ascii", "ignore")
    if kind == "I" and rng.random() < 0.75:
        return rng.choice((rng.randint(0, 10), rng.randint(0, 20), rng.randint(-10, 99)))
    for _ in range(6):
        item = (edge if rng.random() < 0.08 else value)(rng, kind)
        if len(repr(item)) <= longest:
            break
    return item


def _kind(hole: str) -> str:
    return {"LX": "LM", "I.": "I"}.get(hole, hole)


def _related(rng: random.Random, hole: str, whole: Any) -> str:
    if hole == "n":
        return str(rng.choice((0, 1, 2, 3, rng.randint(0, 9), rng.randint(0, 20), -1, rng.randint(-9, 30))))
    if hole == "p":
        return str(rng.choice((1, 2, 3, rng.randint(1, 9), rng.randint(2, 20))))
    if hole == "i":
        size = len(whole) if hasattr(whole, "__len__") else 3
        return str(rng.randint(-size - 1, size + 1) if rng.random() < 0.25 else rng.randint(0, max(0, size - 1)))
    if hole == "c":
        inside = isinstance(whole, str) and bool(whole) and rng.random() < 0.6
        return repr(rng.choice(whole) if inside else value(rng, "C"))
    if hole == "w":
        if isinstance(whole, str | bytes) and whole and rng.random() < 0.6:
            start = rng.choice((0, rng.randrange(len(whole)), max(0, len(whole) - 3)))
            return repr(whole[start : start + rng.randint(1, 4)])
        return repr(_value(rng, "Y", 8) if isinstance(whole, bytes) else word(rng))
    if hole in ("e", "k"):
        parts = list(whole) if hasattr(whole, "__iter__") else []
        if parts and rng.random() < 0.6:
            return repr(rng.choice(parts))
        other = edited(rng, rng.choice(parts)) if parts and rng.random() < 0.5 else None
        return repr(other if other is not None else value(rng, "I" if parts and isinstance(parts[0], int) else "S"))
    if hole == "like":
        draw = rng.random()
        if draw < 0.3:
            return repr(whole)
        if isinstance(whole, int) and draw < 0.6:
            return repr(whole + rng.choice((-1, 1, 2, -2, 10)))
        return repr(edited(rng, whole))
    if hole == "v":
        return repr(value(rng, rng.choice(_SIMPLE)))
    if hole in _DATES:
        return str(rng.randint(*_DATES[hole]))
    if hole == "code":
        return str(rng.choice((rng.randint(97, 122), rng.randint(65, 90), rng.randint(32, 126))))
    if hole == "lower":
        return repr(rng.choice(string.ascii_lowercase))
    assert hole == "alpha", hole
    return str(rng.randint(0, 25))
