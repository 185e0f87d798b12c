"""Completions in the debug console: names of the frame, builtins that can be evaluated, fields and keys of values."""

from __future__ import annotations

import re
from typing import Any

from neuraldbg.builtin_calls import NAMES
from neuraldbg.dap.lines import LineSession
from neuraldbg.hits import values_at
from neuraldbg.trees import Tree, TreeKind

MOST = 200
_WORD = re.compile(r"[^\W\d]\w*\Z")
_FIELD = re.compile(r"(?P<base>[^\W\d][\w.]*(?:\[[^\[\]]*\])*)\.(?P<word>\w*)\Z")
_KEY = re.compile(r"(?P<base>[^\W\d][\w.]*)\[(?P<word>['\"]?[^\[\]'\"]*)\Z")
_WORDS = ("and", "else", "False", "for", "if", "in", "is", "lambda", "None", "not", "or", "True")


def complete(session: LineSession, index: int, text: str, column: int, first: int) -> list[dict[str, Any]]:
    """What can stand somewhere in a line.

    Args:
        session: whose values are meant.
        index: number of the step that has them.
        text: the line.
        column: where, in UTF-16 units from 0.
        first: what the client calls the first column.
    """
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * max(column, 0)].decode("utf-16-le", "replace")
    values, _ = values_at(session.timeline, index)
    if match := _FIELD.search(before):
        found = session.evaluate(match["base"], index)
        tree = Tree(found.text or "")
        labels = [c.label for c in tree.children(0, MOST)] if tree.kind is TreeKind.RECORD else []
        return _items([(label, "property") for label in labels], match["word"], column + first)
    if match := _KEY.search(before):
        found = session.evaluate(match["base"], index)
        tree = Tree(found.text or "")
        labels = [c.label for c in tree.children(0, MOST)] if tree.kind is TreeKind.DICT else []
        if keys := _items([(label, "value") for label in labels if label], match["word"], column + first):
            return keys
    word = match[0] if (match := _WORD.search(before)) else ""
    rows = [(name, "variable") for name in values]
    rows += [(name, "function") for name in sorted(NAMES) if name not in values]
    return _items([*rows, *((name, "keyword") for name in _WORDS)], word, column + first)


def _items(rows: list[tuple[str, str]], word: str, column: int) -> list[dict[str, Any]]:
    size = len(word.encode("utf-16-le", "surrogatepass")) // 2
    begun = [(name, kind) for name, kind in rows if name.startswith(word)]
    return [{"label": name, "type": kind, "start": column - size, "length": size} for name, kind in begun[:MOST]]
