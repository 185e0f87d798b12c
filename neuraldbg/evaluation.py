"""Evaluates a Python expression over predicted values, which are reprs, and runs no code of the program.

Literals, operators, comparisons, subscripts, slices, comprehensions, lambdas, f-strings and those builtins and methods
that change nothing (builtin_calls.py). What follows from the reprs is a value; what does not is ``unknown`` with the
reason; time and memory are bounded (bounded.py), and beyond them the outcome is ``too_large``. An expression never
changes a value and never raises out of here.

Not covered: attributes of the program's objects other than those their repr names, imports, assignments, ``await``.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from neuraldbg.bounded import BUDGET, Meter, Produced, Refused, render
from neuraldbg.builtin_calls import Function
from neuraldbg.expressions import Names, Walker
from neuraldbg.library_calls import Module
from neuraldbg.literals import Opaque, TooLarge, UnknownValue
from neuraldbg.parsing import parse

LONGEST: Final = 4_000  # characters of an expression


class Kind(StrEnum):
    """What came of it."""

    VALUE = "value"
    UNKNOWN = "unknown"  # the reprs do not tell
    ERROR = "error"  # Python would raise
    REFUSED = "refused"  # something that is not evaluated here, such as a call of the program's code
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of an expression.

    Attributes:
        kind: what came of it.
        text: repr of the value, None where there is none. Elements of sets are sorted where their order is not known.
        value: the value, meaningless unless ``kind`` is ``value``; an :class:`Opaque` where only its repr is known.
        type: name of its type; empty if that is not known.
        reason: one line, empty for a value.
        names: of the program, that were used.
        confidence: of the least confident of these; None if none was predicted.
        error: repr of the exception that Python would raise, for an error that is not one of syntax.
    """

    kind: Kind
    text: str | None = None
    value: Any = None
    type: str = ""
    reason: str = ""
    names: frozenset[str] = frozenset()
    confidence: float | None = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        """There is a value."""
        return self.kind is Kind.VALUE


def evaluate(
    expression: str,
    values: Mapping[str, str],
    confidence: Mapping[str, float] | None = None,
    shadowed: Iterable[str] = (),
    budget: int = BUDGET,
    imported: Mapping[str, str] | None = None,
) -> Evaluation:
    """The value of an expression.

    Args:
        expression: Python's, at most :data:`LONGEST` characters.
        values: name -> repr.
        confidence: name -> probability of its value, for those that were predicted.
        shadowed: names the program binds otherwise, which are not the builtins of that name.
        budget: see :class:`neuraldbg.bounded.Meter`.
        imported: name -> what it stands for, such as ``math`` or ``collections.Counter`` (library_calls.py).
    """
    if expression.strip() in values:  # shown as it is, whether or not its repr can be read
        name = expression.strip()
        found = _evaluate(expression, values, confidence, shadowed, budget, Walker.value, imported)
        text, used = values[name], frozenset({name})
        sure = None if confidence is None else confidence.get(name)
        return Evaluation(Kind.VALUE, text, found.value if found.ok else Opaque(text), found.type, "", used, sure)
    return _evaluate(expression, values, confidence, shadowed, budget, Walker.value, imported)


def test_condition(
    expression: str,
    values: Mapping[str, str],
    confidence: Mapping[str, float] | None = None,
    shadowed: Iterable[str] = (),
    budget: int = BUDGET,
) -> Evaluation:
    """Whether an expression is true: as :func:`evaluate`, but ``x and False`` is false even if ``x`` is unknown."""
    return _evaluate(expression, values, confidence, shadowed, budget, Walker.truth)


test_condition.__test__ = False  # type: ignore[attr-defined]  # pytest: this is no test


def interpolate(
    message: str, values: Mapping[str, str], confidence: Mapping[str, float] | None = None, shadowed: Iterable[str] = ()
) -> str:
    """A log point's message with its ``{expressions}`` evaluated; ``{{`` and ``}}`` are braces.

    Strings read without quotes, as ``print`` shows them. What has no value reads ``{expression: reason}``.
    """
    out: list[str] = []
    at = 0
    while at < len(message):
        char = message[at]
        if char in "{}" and message[at + 1 : at + 2] == char:
            out.append(char)
            at += 2
            continue
        end = _closing_brace(message, at) if char == "{" else -1
        if end < 0:
            out.append(char)
            at += 1
            continue
        expression = message[at + 1 : end]
        found = evaluate(expression, values, confidence, shadowed)
        shown = found.value if isinstance(found.value, str) else found.text
        out.append(str(shown) if found.ok else f"{{{expression}: {found.reason}}}")
        at = end + 1
    return "".join(out)


def _closing_brace(message: str, start: int) -> int:
    """Offset of the brace that ends the expression that begins at ``start``; the first one where none parses."""
    end = first = message.find("}", start)
    for _ in range(20):
        if end < 0:
            break
        if not isinstance(_parse(message[start + 1 : end]), str):
            return end
        end = message.find("}", end + 1)
    return first


@lru_cache(maxsize=512)
def _parse(expression: str) -> ast.expr | str:
    """The expression's tree, or why there is none."""
    if len(expression) > LONGEST:
        return "the expression is too long"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        return f"SyntaxError: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"SyntaxError: {error or 'too many nested parts'}"


def syntax_error(expression: str) -> str | None:
    """Why a text is no expression; None if it is one."""
    parsed = _parse(expression)
    return parsed if isinstance(parsed, str) else None


def _evaluate(
    expression: str,
    values: Mapping[str, str],
    confidence: Mapping[str, float] | None,
    shadowed: Iterable[str],
    budget: int,
    how: Callable[[Walker, ast.expr], Any],
    imported: Mapping[str, str] | None = None,
) -> Evaluation:
    node = _parse(expression)
    if isinstance(node, str):
        return Evaluation(Kind.ERROR, reason=node)
    meter = Meter(budget)
    names = Names(meter, values, frozenset(shadowed), imported or {})
    try:
        out = _finish(how(Walker(meter, names), node), meter)
    except UnknownValue as error:
        out = Evaluation(Kind.UNKNOWN, reason=str(error))
    except Refused as error:
        out = Evaluation(Kind.REFUSED, reason=str(error))
    except TooLarge as error:
        out = Evaluation(Kind.TOO_LARGE, reason=str(error))
    except (RecursionError, MemoryError):
        out = Evaluation(Kind.TOO_LARGE, reason="the expression is too deep")
    except Exception as error:  # whatever Python's own operators raise is the outcome
        text = str(error)
        reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
        out = Evaluation(Kind.ERROR, reason=reason, error=repr(error))
    known = [p for n in names.used if confidence is not None and (p := confidence.get(n)) is not None]
    return replace(out, names=frozenset(names.used), confidence=min(known, default=None))


def _finish(value: Any, meter: Meter) -> Evaluation:
    if isinstance(value, Function):
        if value.kind is not None:
            return Evaluation(Kind.VALUE, f"<class '{value.name}'>", Opaque(f"<class '{value.name}'>"), "type")
        raise Refused("a function is no value that can be shown")
    if isinstance(value, Produced):
        raise UnknownValue("nothing but its items is known of an iterator; write list(...)")
    if isinstance(value, Module):
        raise Refused("a module is no value that can be shown")
    if isinstance(value, Opaque):
        return Evaluation(Kind.VALUE, value.text, value)
    meter.charge(value)
    try:
        text = render(value)
    except ValueError as error:
        raise TooLarge("the number has too many digits") from error
    return Evaluation(Kind.VALUE, text, value, type(value).__name__)


__all__ = ["Evaluation", "Kind", "evaluate", "interpolate", "syntax_error", "test_condition"]
