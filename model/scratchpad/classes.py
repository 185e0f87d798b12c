"""Which classes of a file make and find their instances in the usual way, and whether its functions share objects."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Container, Iterable
from typing import Final

from neuraldbg.syntax import walk

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_UNUSUAL: Final = frozenset(
    {"__new__", "__getattr__", "__getattribute__", "__init_subclass__", "__class_getitem__", "__slots__", "__setattr__"}
)


def plain_classes(definitions: Iterable[Definition]) -> dict[str, ast.ClassDef]:
    classes: dict[str, list[ast.ClassDef]] = {}
    for node in definitions:
        if isinstance(node, ast.ClassDef):
            classes.setdefault(node.name, []).append(node)
    found = {
        name: only[0]
        for name, only in classes.items()
        if len(only) == 1 and only[0].col_offset == 0 and not only[0].decorator_list and not only[0].keywords
        if len(only[0].bases) <= 1 and not any(bound_names(child) & _UNUSUAL for child in only[0].body)
    }
    while True:
        odd = [name for name, node in found.items() if not all(_is_base(base, found) for base in node.bases)]
        if not odd:
            return found
        for name in odd:
            del found[name]


def _is_base(node: ast.expr, classes: Container[str]) -> bool:
    exception = getattr(builtins, node.id, None) if isinstance(node, ast.Name) else None
    if isinstance(exception, type) and issubclass(exception, BaseException):
        return True
    return isinstance(node, ast.Name) and (node.id in classes or node.id == "object")


def bound_names(node: ast.stmt) -> set[str]:
    """Names that a statement of a class's body binds."""
    if isinstance(node, Definition):
        return {node.name}
    return {part.id for part in walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def has_shared(tree: ast.Module) -> bool:
    """Whether the module holds objects that could change, other than functions and classes."""
    for node in tree.body:
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                if node.value is not None and not isinstance(node.value, ast.Constant):
                    return True
            case ast.Expr() | ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case ast.ClassDef():
                if any(isinstance(n, ast.Assign) and not isinstance(n.value, ast.Constant) for n in node.body):
                    return True
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), orelse=[]):
                pass
            case _:
                return True
    return False
