"""How operations are tokenized: characters of strings and digits of numbers one by one, everything else as usual.

A tokenizer's words hide their letters and its numbers their digits, which is what most operations are about; a model
that reads `'lemon'[1]` as `l e m o n` has the answer before its eyes. Frames keep the tokenizer's own tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from neuraldbg.model.tokenizer import CwmTokenizer

_PIECES: Final = re.compile(r"\d|\D+")
_MARKS: Final = re.compile(r"""\\.|['"]""", re.DOTALL)


def spell(tokenizer: CwmTokenizer, text: str) -> list[int]:
    """Ids of the text of an operation."""
    return _ids(tokenizer, _parts(text))


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
    return _ids(tokenizer, parts)


def _ids(tokenizer: CwmTokenizer, parts: Iterable[tuple[str, bool]]) -> list[int]:
    ids: list[int] = []
    for part, inside in parts:
        for piece in part if inside else _PIECES.findall(part):
            ids += tokenizer.encode(piece)
    return ids


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the text, and whether they are inside a string literal; quotes count as outside.

    Works on Python text and on its JSON form, where a double quote is written ``\\"``.
    """
    quote, start = "", 0
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark == quote:
            if match.start() > start:
                yield text[start : match.start()], True
            quote, start = "", match.start()
        elif not quote and mark in ("'", '"', '\\"'):
            quote = mark
            yield text[start : match.end()], False
            start = match.end()
    if len(text) > start:
        yield text[start:], bool(quote)
