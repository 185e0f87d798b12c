"""What follows from an exception that has been raised: which handler takes it, and that nothing else has changed."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from typing import Final

from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.model.scratchpad.facts import Facts, block_of, called
from neuraldbg.model.scratchpad.questions import Conclusion
from neuraldbg.steps import Event, Step
from neuraldbg.syntax import walk

_CLASS: Final = re.compile(r"(?:\w+\.)*(\w+)\(")


def handled(facts: Facts, history: Sequence[Step]) -> Conclusion | None:
    """What follows behind an exception, or at the line of an ``except``.

    Args:
        facts: of the program.
        history: the steps so far.

    Returns:
        None where nothing does.
    """
    last = history[-1]
    if last.event is Event.EXCEPTION:
        return Conclusion(complete=True, raises=True) if _changed_nothing(facts, last) else None
    if last.event is not Event.LINE:
        return None
    handler = facts.handlers.get((last.function, last.line))
    raised = _raised(facts, history) if handler is not None else None
    if handler is None or raised is None:
        return None
    takes = handler.type is None or _takes(handler.type, raised, facts)
    if takes is None:
        return None
    found = Conclusion(complete=True, raises=not takes, inside=(block_of(handler.body), takes))
    if takes and handler.name is not None:
        found.values[handler.name] = raised
        found.stored.add(handler.name)
    return found


def _changed_nothing(facts: Facts, step: Step) -> bool:
    """Whether what ran at the line of an exception only made values."""
    node = facts.line(step)
    if node is None or isinstance(node, ast.Delete | ast.AugAssign | ast.With | ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.Assign) and not all(isinstance(target, ast.Name) for target in node.targets):
        return False
    for part in walk(node.test if isinstance(node, ast.If | ast.While) else node):
        if isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
        name = called(part)
        if name is not None and (name in CHANGING or (name in facts.own and not facts.purity.is_pure(name))):
            return False
    return True


def _raised(facts: Facts, history: Sequence[Step]) -> str | None:
    """The repr of the exception that an ``except`` looks at."""
    depth = history[-1].depth
    for step in reversed(history[:-1]):
        if step.depth != depth:
            return None
        if step.event is Event.EXCEPTION:
            return step.value
        if (step.function, step.line) not in facts.handlers:
            return None
    return None


def _takes(node: ast.expr, raised: str, facts: Facts) -> bool | None:
    """Whether ``except node`` takes an exception; None where the text does not tell."""
    if isinstance(node, ast.Tuple):
        found = [_takes(part, raised, facts) for part in node.elts]
        return True if True in found else (None if None in found else False)
    match = _CLASS.match(raised)
    wanted = _kinds(node.id, facts) if isinstance(node, ast.Name) else None
    kinds = _kinds(match[1], facts) if match else None
    if wanted is None or kinds is None:
        return None
    return wanted[0] in kinds


def _kinds(name: str, facts: Facts) -> list[str] | None:
    """Names of an exception's class and its bases; None where one is not known."""
    out: list[str] = []
    while name in facts.plain_classes:
        node = facts.plain_classes[name]
        out.append(name)
        if not node.bases or not isinstance(node.bases[0], ast.Name):
            return None
        name = node.bases[0].id
    kind = getattr(builtins, name, None)
    if name in facts.own or not isinstance(kind, type) or not issubclass(kind, BaseException):
        return None
    return [*out, *(base.__name__ for base in kind.__mro__)]
