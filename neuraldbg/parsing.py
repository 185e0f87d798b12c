"""`ast.parse` for programs with threads.

CPython 3.11 counts the depth of trees in a state that all threads share: two that parse at once can end in a
SystemError ("AST constructor recursion depth mismatch", https://github.com/python/cpython/issues/106905). Servers
predict in several threads, so all parsing goes through one lock.
"""

from __future__ import annotations

import ast
import threading
from typing import Literal, overload

_LOCK = threading.Lock()


@overload
def parse(source: str, filename: str = ..., mode: Literal["exec"] = ...) -> ast.Module: ...


@overload
def parse(source: str, filename: str = ..., *, mode: Literal["eval"]) -> ast.Expression: ...


def parse(source: str, filename: str = "<unknown>", mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """The tree of a text; raises what `ast.parse` raises."""
    with _LOCK:
        return ast.parse(source, filename, mode)
