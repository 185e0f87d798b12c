"""Why a predicted step is wrong: the first operation that was worked out wrongly, by kind, or else what was missed.

The program is run once more, in this process, with its operations recorded (data/instrument.py).
"""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Sequence
from typing import Final

from neuraldbg.compare import line_exact
from neuraldbg.program import Program
from neuraldbg.steps import Operation, Step
from neuraldbg.training.data.stream import trace_operations

CAUSES: Final = {
    "string method": "a method of a string",
    "container method": "a method of a list, dict, set or another object",
    "function": "a builtin, or a function of a module",
    "index": "one item by index or key",
    "slice": "a slice",
    "membership": "`in`, `not in`",
    "comparison": "`==`, `<` and their kin",
    "arithmetic": "an operator on numbers",
    "concatenation": "an operator on strings and containers",
    "format": "an f-string",
    "change": "what becomes of a container that the line changes",
    "loop": "the next item of a loop",
    "operation": "an operation of none of these kinds",
    "control": "the line, all operations right or none worked out",
    "state": "a local, all operations right or none worked out",
    "value": "a returned value or an exception, all operations right or none worked out",
    "context": "the model's context was too short to go on",
}


def operation_kind(text: str) -> str:
    """The cause of `CAUSES` that an operation, as the scratchpad writes it, belongs to."""
    if text.startswith("next "):
        return "loop"
    if text.startswith(("after ", "del ")):
        return "change"
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return _unparsed_kind(text)
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()))):
            return "string method"
        case ast.Call(func=ast.Name()) | ast.Call(func=ast.Attribute(value=ast.Name())):
            return "function"
        case ast.Call():
            return "container method"
        case ast.Subscript():
            if isinstance(node.slice, ast.Slice):
                return "slice"
            return "loop" if text.startswith("range(") else "index"
        case ast.Compare():
            return "membership" if isinstance(node.ops[0], ast.In | ast.NotIn) else "comparison"
        case ast.BinOp():
            numbers = (_is_number(node.left), _is_number(node.right))
            return "arithmetic" if all(numbers) else "concatenation"
        case ast.UnaryOp():
            return "arithmetic"
        case ast.JoinedStr():
            return "format"
    return "operation"


def _unparsed_kind(text: str) -> str:
    """Of a text that is no expression: a store, or one with a repr in it that cannot be read back."""
    try:
        statement = ast.parse(text).body[0]
    except (SyntaxError, ValueError, IndexError):
        return "operation"
    return "change" if isinstance(statement, ast.Assign | ast.AugAssign | ast.Delete) else "operation"


def _is_number(node: ast.expr) -> bool:
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex)


def true_operations(program: Program, truth: Sequence[Step]) -> list[tuple[Operation, ...]]:
    """The operations on the way to each step of a true trace; empty tuples where a second run takes other steps.

    Args:
        program: has been run to its end before, within limits; it runs in this process now.
        truth: its steps.
    """
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        steps, _, _ = trace_operations(program, len(truth) + 1)
    if [(s.event, s.line, s.depth) for s in steps] != [(s.event, s.line, s.depth) for s in truth]:
        return [()] * len(truth)
    return [step.operations for step in steps]


def cause(step: Step | None, true: Step, operations: Sequence[Operation]) -> str:
    """Why a predicted step is wrong; a key of `CAUSES`.

    Args:
        step: that is not exact; None where the model said the trace ends.
        true: the step that was to be predicted.
        operations: the true ones on the way to it, empty where they are not known.
    """
    for mine, its in zip(step.operations if step else (), operations, strict=False):
        if mine.text != its.text:
            break  # what was taken for the operands differs
        if (mine.value, mine.raised) != (its.value, its.raised):
            return operation_kind(mine.text)
    if step is None or not line_exact(step, true):
        return "control"
    return "value" if true.value is not None and step.value != true.value else "state"
