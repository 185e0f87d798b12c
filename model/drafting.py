"""Guesses of what comes next: the ids that followed the last time that the latest ids stood here.

Values are mostly copied: out of the frame before, out of the question that is being answered. A guess costs little
where a pass over several tokens costs little more than one over one, and never changes what is decoded: the model's
own choice decides, the guess only has it ready. Prompt lookup decoding (Saxena 2023), with the longest match first.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 6  # ids that must agree, at first
SHORTEST: Final = 2


def guess(ids: Sequence[int], count: int) -> list[int]:
    """Up to ``count`` ids that may follow ``ids``; none where nothing like their end stood before."""
    width = array("I").itemsize
    text = array("I", ids).tobytes()
    for length in range(min(LONGEST, len(ids) - 1), SHORTEST - 1, -1):
        at = _last(text, text[-length * width :], width)
        if at >= 0:
            start = at + length
            return list(ids[start : start + count])
    return []


def _last(text: bytes, tail: bytes, width: int) -> int:
    """Index of the id where ``tail`` stood last before the end; -1 where it did not."""
    end = len(text) - width
    while (at := text.rfind(tail, 0, end)) >= 0:
        if at % width == 0:
            return at // width
        end = at + len(tail) - 1
    return -1
