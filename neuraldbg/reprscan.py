"""Finds the parts of a repr: where the items of a bracket begin and end. Takes any text, never raises."""

from __future__ import annotations

import re
from dataclasses import dataclass

STRING = r"'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\""
_TOKEN = re.compile(rf"{STRING}|[\]\[(){{}}<>,:=]|\s++|[^\]\[(){{}}<>,:='\"\s]++|.", re.DOTALL)
_CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a bracket, as offsets into the text.

    Attributes:
        start, end: of the item, without the space around it.
        mark: of its first top-level ``:`` or ``=``, -1 if there is none.
    """

    start: int
    end: int
    mark: int = -1


@dataclass(frozen=True, slots=True)
class Bracket:
    """The inside of a bracket.

    Attributes:
        items: in order.
        end: offset behind the closing bracket; the text's length where there is none.
        closed: the closing bracket is there.
    """

    items: tuple[Item, ...]
    end: int
    closed: bool


def read_bracket(text: str, start: int) -> Bracket:
    """The items of the bracket whose opening character is at ``start``."""
    scan = _Scan(text)
    scan.run(start + 1, _CLOSERS[text[start]], ",")
    return Bracket(tuple(scan.items), scan.end, scan.closed)


def skip_item(text: str, start: int, stops: str) -> int:
    """Offset of the first of the characters ``stops`` outside of strings and brackets from ``start`` on."""
    scan = _Scan(text)
    scan.run(start, "", "", stops)
    return scan.end


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.items: list[Item] = []
        self.end, self.closed = len(text), False

    def run(self, start: int, closer: str, comma: str, stops: str = "") -> None:
        waiting: list[str] = []  # closing brackets of what is open inside the item
        first = last = mark = -1
        fresh = True  # a value may begin here
        for match in _TOKEN.finditer(self.text, start):
            token, at = match[0], match.start()
            if token.isspace():
                continue
            if not waiting:
                if token == closer or (stops and token in stops):
                    self.end, self.closed = match.end() if closer else at, True
                    break
                if token == comma:
                    self._add(first, last, mark)
                    first = mark = -1
                    fresh = True
                    continue
                if token in (":", "=") and mark < 0:
                    mark = at
            if token in _CLOSERS and (token != "<" or fresh or (waiting and waiting[-1] == ">")):
                waiting.append(_CLOSERS[token])
            elif token in waiting and (token != ">" or waiting[-1] == ">"):
                while waiting.pop() != token:
                    pass
            fresh = token in ("(", "[", "{", "<", ",", ":", "=")
            if first < 0:
                first = at
            last = match.end()
        if first >= 0:
            self._add(first, last, mark)

    def _add(self, first: int, last: int, mark: int) -> None:
        if first >= 0:
            self.items.append(Item(first, last, mark))
