"""What is known of an entry call without running anything: arguments that are literals.

``function(1, [2])`` enters ``function`` with locals that can be read off the text. A call whose arguments, or whose
defaults, are no literals is left to the model. Nothing here imports or executes the user's code.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from typing import Any

from neuraldbg.parsing import parse
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step

_UNKNOWN = object()
_MAX_REPR = 10_000  # longer values are left to the caller, as the recorder marks them


def entry_step(program: Program) -> Step | None:
    """The first step where it is known: module level, or a call of a top-level function with literal arguments."""
    state = program.start().legal()
    calls = [branch for branch in state.branches if branch.event is Event.CALL]
    if len(calls) != 1 or len(calls[0].lines) != 1:
        return None
    branch = calls[0]
    values: Mapping[str, str] | None = {} if program.call is None else literal_arguments(program)
    if values is None or set(values) != {rule.name for rule in branch.names}:
        return None
    ordered = {rule.name: values[rule.name] for rule in branch.names}
    return Step(Event.CALL, branch.lines[0], branch.function, branch.depth, ordered)


def literal_arguments(program: Program) -> dict[str, str] | None:
    """Parameter name -> repr for an entry call, or None if any value is no literal or the call does not bind."""
    function = _undecorated(program)
    if function is None or program.call is None:
        return None
    call = parse(program.call, mode="eval").body
    if not isinstance(call, ast.Call) or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    if any(k.arg is None for k in call.keywords):
        return None
    try:
        positional = [_value(a) for a in call.args]
        named = {k.arg or "": _value(k.value) for k in call.keywords}
        bound = _signature(function.args).bind(*positional, **named)
    except (ValueError, TypeError):
        return None
    bound.apply_defaults()
    if any(value is _UNKNOWN for value in bound.arguments.values()):
        return None
    reprs = {name: repr(value) for name, value in bound.arguments.items()}
    return reprs if all(len(text) <= _MAX_REPR for text in reprs.values()) else None


def _undecorated(program: Program) -> ast.FunctionDef | None:
    for node in parse(program.source).body:
        if isinstance(node, ast.FunctionDef) and node.name == program.entry:
            return None if node.decorator_list else node
    return None


def _value(node: ast.expr) -> Any:
    """The literal's value.

    Raises:
        ValueError: if it is no literal, or a set whose order of iteration is not known from the text.
    """
    if any(isinstance(n, ast.Set) and len(n.elts) > 1 for n in ast.walk(node)):
        raise ValueError("the order of a set is not known")
    return ast.literal_eval(node)


def _default(node: ast.expr) -> Any:
    try:
        return _value(node)
    except ValueError:
        return _UNKNOWN  # matters only where the call does not give the argument


def _signature(arguments: ast.arguments) -> inspect.Signature:
    kinds = inspect.Parameter
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)

    def parameter(arg: ast.arg, kind: Any, default: ast.expr | None = None) -> inspect.Parameter:
        return kinds(arg.arg, kind, default=kinds.empty if default is None else _default(default))

    out = [
        parameter(arg, kinds.POSITIONAL_ONLY if i < len(arguments.posonlyargs) else kinds.POSITIONAL_OR_KEYWORD, d)
        for i, (arg, d) in enumerate(zip(plain, defaults, strict=True))
    ]
    if arguments.vararg is not None:
        out.append(parameter(arguments.vararg, kinds.VAR_POSITIONAL))
    out += [
        parameter(arg, kinds.KEYWORD_ONLY, d)
        for arg, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg is not None:
        out.append(parameter(arguments.kwarg, kinds.VAR_KEYWORD))
    return inspect.Signature(out)
