"""Names of the methods that change the container they are called on."""

from __future__ import annotations

from typing import Final

CHANGING: Final = frozenset({
    "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "popitem", "add",
    "discard", "appendleft", "popleft", "extendleft", "rotate", "subtract", "difference_update", "intersection_update",
    "symmetric_difference_update", "move_to_end",
})  # fmt: skip
