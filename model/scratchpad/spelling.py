"""How operations are tokenized: characters of strings and digits of numbers one by one, everything else as usual.

A tokenizer's words hide their letters and its numbers their digits, which is what most operations are about; a model
that reads `'lemon'[1]` as `l e m o n` has the answer before its eyes. Frames keep the tokenizer's own tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from neuraldbg.model.tokenizer import CwmTokenizer

_PIECES: Final = re.compile(r"\d|\D+")


def spell(tokenizer: CwmTokenizer, text: str) -> list[int]:
    """Ids of the text of an operation."""
    return [i for part, inside in _parts(text) for i in _ids(tokenizer, part, inside)]


def spell_json(tokenizer: CwmTokenizer, value: str) -> list[int]:
    """Ids of a value written as a JSON string."""
    body = json.dumps(value)[1:-1]
    parts = list(_parts(body))
    if not parts or parts[0][1]:
        parts.insert(0, ("", False))
    if parts[-1][1]:
        parts.append(("", False))
    parts[0] = ('"' + parts[0][0], False)
    parts[-1] = (parts[-1][0] + '"', False)
    return [i for part, inside in parts for i in _ids(tokenizer, part, inside)]


def _ids(tokenizer: CwmTokenizer, part: str, inside: bool) -> Iterator[int]:
    for piece in part if inside else _PIECES.findall(part):
        yield from tokenizer.encode(piece)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the text, and whether they are inside a string literal; quotes count as outside.

    Works on Python text and on its JSON form, where a double quote is written ``\\"``.
    """
    quote, start, at = "", 0, 0
    while at < len(text):
        escaped = text[at] == "\\"
        mark = text[at : at + 2] if escaped else text[at]
        if mark == quote:
            if at > start:
                yield text[start:at], True
            quote, start = "", at
        elif not quote and mark in ("'", '"', '\\"'):
            quote = mark
            yield text[start : at + len(mark)], False
            start = at + len(mark)
        at += len(mark)
    if at > start:
        yield text[start:], bool(quote)
