"""Other arguments for a function, made from the ones its author gave: same types, near values, edge cases.

What an argument means is not known, so a new value stays close to an old one: edited, shortened, recombined, or drawn
afresh from the kind (values.py) it looks like.
"""

from __future__ import annotations

import ast
import random
from typing import Any

from neuraldbg.training.data.values import edge, literal, value

Rng = random.Random

KEEP, EDGE, FRESH = 0.2, 0.12, 0.25  # shares of arguments that stay, become an edge case, are drawn afresh


def kind_of(item: Any) -> str | None:
    """The kind (see values.py) a value looks like, None where no kind fits."""
    if isinstance(item, bool):
        return "B"
    if isinstance(item, int):
        return "I.nat" if 0 <= item <= 20 else "I" if abs(item) < 2000 else "I.big"
    if isinstance(item, float):
        return "F"
    if isinstance(item, str):
        return _string_kind(item)
    if isinstance(item, list | tuple | set) and item:
        inner = set(map(_code, item))
        code = {list: "L", tuple: "T", set: "E"}[type(item)] + (inner.pop() if len(inner) == 1 else "?")
        return code if code in ("LI", "LS", "LF", "LB", "TI", "TS", "EI") else None
    if isinstance(item, dict) and item:
        keys, values = set(map(_code, item)), set(map(_code, item.values()))
        code = f"D{keys.pop()}{values.pop()}" if len(keys) == len(values) == 1 else ""
        return code if code in ("DSI", "DSS", "DIS", "DII") else None
    return None


def _code(item: Any) -> str:
    return "B" if isinstance(item, bool) else {int: "I", float: "F", str: "S"}.get(type(item), "?")


def _string_kind(text: str) -> str | None:
    if len(text) == 1:
        return "C"
    if text.isdigit():
        return "S.digits"
    if "\n" in text:
        return "S.lines"
    if " " in text:
        return "S.sentence"
    if text.isalpha():
        return "S.word" if text.islower() else "S.case"
    if "," in text or ";" in text or "|" in text:
        return "S.csv"
    return None if any(mark in text for mark in "=:/@.-") else "S.alnum"


def vary(rng: Rng, item: Any) -> Any:
    """A value like ``item``, of the same type.

    Args:
        rng: the only source of randomness.
        item: None, a bool, number, str, bytes, or a list, tuple, set or dict of such; anything else is returned as is.
    """
    draw = rng.random()
    if draw < KEEP:
        return item
    kind = kind_of(item)
    if kind and draw < KEEP + EDGE:
        return edge(rng, kind)
    if kind and draw < KEEP + EDGE + FRESH:
        return value(rng, kind)
    return edited(rng, item)


def edited(rng: Rng, item: Any) -> Any:
    """``item`` with one to three small changes."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        item = _edit(rng, item)
    return item


def _edit(rng: Rng, item: Any) -> Any:
    if isinstance(item, bool):
        return not item if rng.random() < 0.5 else item
    if isinstance(item, int):
        near = (item + 1, item - 1, item + 2, item * 2, -item, 0, item // 2, item + 10, item - 3)
        return rng.choice(near) if abs(item) < 1000 or rng.random() < 0.3 else int(_edit_digits(rng, str(item)))
    if isinstance(item, float):
        return rng.choice((item + 1, item * 2, -item, round(item + 0.5, 2), round(item / 2, 2), 0.0, round(item, 1)))
    if isinstance(item, str):
        return _edit_text(rng, item)
    if isinstance(item, bytes):
        return bytes(_edit_sequence(rng, list(item), lambda b: rng.randrange(32, 127)))
    if isinstance(item, list | tuple):
        if item and isinstance(item, tuple):  # its length often has a meaning
            k = rng.randrange(len(item))
            return (*item[:k], vary(rng, item[k]), *item[k + 1 :])
        return type(item)(_edit_sequence(rng, list(item), lambda x: vary(rng, x)))
    if isinstance(item, set):
        return set(_edit_sequence(rng, sorted(item, key=repr), lambda x: vary(rng, x)))
    if isinstance(item, dict):
        return _edit_dict(rng, item)
    return item


def _edit_digits(rng: Rng, digits: str) -> str:
    k = rng.randrange(len(digits) - 1, len(digits))
    return digits[:k] + str(rng.randrange(10)) + digits[k + 1 :]


def _edit_sequence(rng: Rng, items: list[Any], new: Any) -> list[Any]:
    """A list with an element changed, added, removed, repeated or moved."""
    if not items:
        return items
    k, move = rng.randrange(len(items)), rng.random()
    if move < 0.35:
        items[k] = new(items[k])
    elif move < 0.5 and len(items) < 12:
        items.insert(k, new(items[k]))
    elif move < 0.65:
        del items[k]
    elif move < 0.75 and len(items) < 12:
        items.insert(rng.randrange(len(items) + 1), items[k])
    elif move < 0.85:
        items.reverse()
    elif move < 0.93:
        rng.shuffle(items)
    else:
        items = items[: k + 1]
    return items


def _edit_dict(rng: Rng, item: dict[Any, Any]) -> dict[Any, Any]:
    if not item:
        return item
    pairs = list(item.items())
    k, move = rng.randrange(len(pairs)), rng.random()
    key, held = pairs[k]
    if move < 0.6:
        pairs[k] = (key, vary(rng, held))
    elif move < 0.75:
        del pairs[k]
    elif move < 0.88:
        pairs.append((_edit(rng, key), vary(rng, held)))
    else:
        rng.shuffle(pairs)
    return dict(pairs)


def _similar(rng: Rng, char: str) -> str:
    """A character of the same class."""
    for test, pool in (
        (str.isdigit, "0123456789"),
        (str.islower, "abcdefghijklmnopqrstuvwxyz"),
        (str.isupper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ):
        if test(char):
            return rng.choice(pool)
    return char


def _edit_text(rng: Rng, text: str) -> str:
    if not text:
        return text
    k, move = rng.randrange(len(text)), rng.random()
    sep = next((s for s in (", ", ",", ";", "\n", " ", "&", "|", "/", "-") if s in text), "")
    if sep and move < 0.45:
        return sep.join(_edit_sequence(rng, text.split(sep), lambda part: _edit_text(rng, part)))
    if move < 0.6:
        return "".join(_similar(rng, c) if rng.random() < 0.3 else c for c in text)
    if move < 0.7:
        return text[:k] + text[k + 1 :]
    if move < 0.78:
        return text[:k] + text[k] + text[k:]
    if move < 0.84:
        return text[: k + 1] if k else text
    if move < 0.89:
        return text[k:]
    if move < 0.92 and len(text) < 20:
        return text + text
    return rng.choice((text.upper(), text.lower(), text.title(), text[::-1], " " + text, text + " "))


def vary_call(rng: Rng, call: str) -> str:
    """A call with other arguments; arguments that are no literals stay.

    Args:
        rng: the only source of randomness.
        call: ``name(argument, ..., keyword=argument)``.
    """
    tree = ast.parse(call, mode="eval").body
    if not isinstance(tree, ast.Call):
        return call
    positional = [_vary_node(rng, node) for node in tree.args]
    keywords = [f"{k.arg}={_vary_node(rng, k.value)}" if k.arg else ast.unparse(k) for k in tree.keywords]
    return f"{ast.unparse(tree.func)}({', '.join(positional + keywords)})"


def _vary_node(rng: Rng, node: ast.expr) -> str:
    try:
        item = ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
    return literal(rng, vary(rng, item)) if rng.random() < 0.7 else ast.unparse(node)
