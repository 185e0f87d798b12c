"""What a walk asks and what follows from it: the types that the parts of the scratchpad share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final

from neuraldbg.model.scratchpad.callbacks import Entered
from neuraldbg.steps import Operation, Step

UNKNOWN: Final = "?"  # the answer where the value cannot be told by a repr, or not yet; it ends the walk


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of the walk.

    Attributes:
        text: the operation with its operands in place.
        kind: "value": what it gives; "items": a list of what iterating over it gives; "next": an item of a range by
            its number; "plain": what it gives, an operation on values as they are written that stands nowhere in the
            program; "effect": what it makes of the container it changes; "silent": the same where the container is too
            long to be written, and no model is asked; "note": nothing, it is only written down; "call": nothing yet,
            the program's own code runs now and its return step tells.
        node: the expression it stands for, where there is one.
        after: for "value": the value after an augmented assignment.
        enters: for "call": what comes next, where that is known.
        given: the answer, where it needs no model.
        now: the text with the operands as they are when it runs, where that differs, as in ``x.append(x.pop())``.
    """

    text: str
    kind: str = "value"
    node: ast.AST | None = None
    after: bool = False
    enters: Entered | None = None
    given: Operation | None = None
    now: str | None = None


@dataclass(slots=True)
class Conclusion:
    """What follows from a walk for the next step.

    Attributes:
        complete: the walk reached the end of the line.
        values: name -> repr that it is assigned.
        inside: the lines of the block that the line guards, and whether control enters it.
        leaves: the line returns if a test of it holds, and whether it does.
        result: repr of what is returned.
        raised: repr of the exception.
        enters: the call that comes next.
        passed: repr of the exception that this line's frame sees, if the function that it called does not catch it.
        checks: the line is an assert, and this is whether it holds.
        calls: the program's own special methods may still be called.
        stored: names that the line binds.
        touched: reprs, as they were, of objects that the line changes in place.
        wild: it may change any object.
        spread: the lines of a statement of several lines; the next stop may be at another of them.
        raises: what is not worked out may still raise, as where a dictionary changes that is iterated over.
    """

    complete: bool = False
    calls: bool = False
    raises: bool = False
    wild: bool = False
    stored: set[str] = field(default_factory=set)
    touched: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    inside: tuple[range, bool] | None = None
    leaves: bool | None = None
    result: str | None = None
    raised: str | None = None
    enters: Entered | None = None
    passed: str | None = None
    checks: bool | None = None
    spread: range = range(0)


@dataclass(slots=True)
class Worked:
    """What was worked out between two steps.

    Attributes:
        operations: in order.
        conclusion: what follows from them and from earlier ones of the same line.
        at: the stop at that line.
    """

    operations: tuple[Operation, ...]
    conclusion: Conclusion
    at: Step


@dataclass(frozen=True, slots=True)
class Value:
    """An operand: how it is written, and its repr where that is known."""

    text: str
    repr: str | None = None


class Stop(Exception):
    """The walk cannot go on."""


class Raised(Exception):
    """An operation raises; the argument is the exception's repr."""


Answer = Callable[[Ask], Operation | None]
Walk = Generator[Ask, Operation, Value]
