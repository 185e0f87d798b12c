"""What follows at lines that define something: the steps around functions, classes and annotations need no guess."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from typing import Final

from neuraldbg.model.scratchpad.callbacks import Entered
from neuraldbg.model.scratchpad.classes import Definition
from neuraldbg.model.scratchpad.facts import Facts
from neuraldbg.model.scratchpad.questions import Conclusion
from neuraldbg.steps import Event, Step

# Decorators of the standard library that return at once and call nothing of the program.
_HARMLESS: Final = frozenset({
    "dataclasses.dataclass", "functools.lru_cache", "functools.cache", "functools.wraps", "functools.total_ordering",
    "functools.cached_property", "abc.abstractmethod", "contextlib.contextmanager", "enum.unique", "typing.final",
    "typing.overload", "typing.runtime_checkable", "dataclasses", "functools", "abc", "contextlib", "enum", "typing",
})  # fmt: skip
_OF_BUILTINS: Final = frozenset({"property", "staticmethod", "classmethod"})
_KNOWN: Final = frozenset(dir(builtins))


def concluded(facts: Facts, history: Sequence[Step], at: Step | None = None) -> Conclusion | None:
    """What follows from the line that is about to run, if it defines something.

    Args:
        facts: of the program.
        history: the steps so far; the last one is the stop at the line, or the return of a class's body.
        at: the stop of the frame that goes on then.

    Returns:
        None where it defines nothing, or where more than a definition may run.
    """
    step = history[-1]
    if step.event is Event.RETURN and at is not None:
        left = facts.definitions.get((at.function, at.line))
        made = isinstance(left, ast.ClassDef) and facts.qualified(left) == step.function
        return Conclusion(complete=True, stored={left.name}) if left is not None and made else None
    if step.event is not Event.LINE:
        return None
    key = (step.function, step.line)
    if key in facts.class_heads:
        return Conclusion(complete=True)
    decorated = facts.decorated.get(key)
    if decorated is not None:
        return Conclusion(complete=True) if _all_harmless(decorated, facts) else None
    node = facts.definitions.get(key)
    if isinstance(node, ast.ClassDef):
        return _class(node, facts, history)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _function(node, facts, step)
    annotated = facts.line(step)
    if isinstance(annotated, ast.AnnAssign) and annotated.value is None and _is_plain(annotated.annotation, facts):
        return Conclusion(complete=True)
    return None


def _class(node: ast.ClassDef, facts: Facts, history: Sequence[Step]) -> Conclusion | None:
    """Before its body has run, the class is entered; a decorated one is stopped at once more behind it."""
    if node.keywords or "__init_subclass__" in facts.own or not all(_is_plain(base, facts) for base in node.bases):
        return None
    if not _all_harmless(node, facts):
        return None
    step = history[-1]
    if len(history) > 2 and node.decorator_list:
        left, body = history[-3], history[-2]
        if left.event is Event.RETURN and left.depth == step.depth + 1 and body.line != step.line:
            return Conclusion(complete=True, stored={node.name})
    return Conclusion(enters=Entered(node.name, node.lineno, {}, bare=True))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, facts: Facts, step: Step) -> Conclusion | None:
    every = node.args
    evaluated = [*every.defaults, *(d for d in every.kw_defaults if d is not None)]
    arguments = (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg)
    evaluated += [a.annotation for a in arguments if a is not None and a.annotation is not None]
    if node.returns is not None:
        evaluated.append(node.returns)
    if not all(_is_plain(part, facts) for part in evaluated) or not _all_harmless(node, facts):
        return None
    found = Conclusion(complete=True, stored={node.name})
    if not node.decorator_list:
        found.values[node.name] = f"<function {facts.qualified(node)}>"
    return found


def _all_harmless(node: Definition, facts: Facts) -> bool:
    return all(_is_harmless(decorator, facts) for decorator in node.decorator_list)


def _is_harmless(node: ast.expr, facts: Facts) -> bool:
    arguments: list[ast.expr] = []
    if isinstance(node, ast.Call):
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        node = node.func
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.attr in ("setter", "getter", "deleter") and node.value.id not in facts.modules:
            return True
        name = f"{facts.modules.get(node.value.id, '')}.{node.attr}"
    elif isinstance(node, ast.Name):
        if node.id in _OF_BUILTINS and node.id not in facts.own and node.id not in facts.imported:
            return True
        name = facts.modules.get(node.id, "")
    else:
        return False
    return name in _HARMLESS and all(_is_plain(argument, facts) for argument in arguments)


def _is_plain(node: ast.expr, facts: Facts) -> bool:
    """Whether evaluating it runs nothing of the program and, most likely, raises nothing."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            if part.id not in _KNOWN and part.id not in facts.own and part.id not in facts.imported:
                return False
        elif not isinstance(
            part,
            ast.Constant | ast.Attribute | ast.Subscript | ast.Tuple | ast.List | ast.Dict | ast.BinOp | ast.BitOr
            | ast.UnaryOp | ast.USub | ast.expr_context,
        ):  # fmt: skip
            return False
        if isinstance(part, ast.BinOp) and not isinstance(part.op, ast.BitOr):
            return False
    return True
