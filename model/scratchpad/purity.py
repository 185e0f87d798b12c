"""Which functions of a program surely change nothing that was there before they were called."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.syntax import walk

if TYPE_CHECKING:
    from neuraldbg.model.scratchpad.facts import Facts

# Builtins that change none of their arguments and keep none of them.
_CALM: Final = frozenset(
    "abs all any ascii bin bool bytes chr complex dict divmod enumerate float format frozenset hash hex int isinstance "
    "issubclass len list max min oct ord pow print range repr reversed round set slice sorted str sum tuple type zip "
    "ArithmeticError AttributeError Exception IndexError KeyError LookupError NotImplementedError OverflowError "
    "RuntimeError TypeError ValueError ZeroDivisionError".split()
)


class Purity:
    """What is known of the functions of one program.

    Args:
        facts: of the program.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._pure: dict[str, bool] = {}

    def is_pure(self, name: str) -> bool:
        """Whether a function of the file surely changes no object that was there before, and no variable outside."""
        if name not in self._pure:
            self._pure[name] = True  # while it is looked at: recursion alone changes nothing
            function = self._facts.functions.get(name)
            self._pure[name] = function is not None and self._changes_nothing(function)
        return self._pure[name]

    def is_pure_method(self, function: ast.FunctionDef) -> bool:
        """The same of a method, which may bind attributes of its own instance."""
        places = [*function.args.posonlyargs, *function.args.args]
        return self._changes_nothing(function, places[0].arg if places else "")

    def _changes_nothing(self, function: ast.FunctionDef, instance: str = "") -> bool:
        parts = list(walk(function))
        parts = [part for part in parts if not _is_bound_attribute(part, instance)]
        handed = {part.arg for part in parts if isinstance(part, ast.arg)}  # names that may stand for older objects
        for part in parts:
            if isinstance(part, ast.Assign | ast.For | ast.NamedExpr) and not isinstance(
                getattr(part, "value", None), ast.Constant | ast.List | ast.BinOp | ast.Call
            ):
                handed |= {name.id for name in walk(part) if isinstance(name, ast.Name)}
        return all(self._is_calm(part, handed) for part in parts)

    def _is_calm(self, part: ast.AST, handed: set[str]) -> bool:
        match part:
            case (
                ast.Global() | ast.Nonlocal() | ast.Delete() | ast.Yield() | ast.YieldFrom() | ast.Await() | ast.With()
            ):
                return False
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                return False
            case ast.ClassDef() | ast.Lambda() | ast.With():
                return False
            case ast.AugAssign(target=ast.Name(id=changed)):
                return changed not in handed
            case ast.Call(func=ast.Name(id=name)):
                if name in self._facts.functions:
                    return self.is_pure(name)
                return name in _CALM and name not in self._facts.own and name not in self._facts.imported
            case ast.Call(func=ast.Attribute(value=value, attr=attribute)):
                if isinstance(value, ast.Name) and value.id in self._facts.imported:
                    return self._facts.modules.get(value.id) == "math"
                return attribute not in CHANGING and attribute not in self._facts.own
            case ast.Call():
                return False
        return True


def _is_bound_attribute(node: ast.AST, name: str) -> bool:
    """Whether it binds an attribute of what a name stands for."""
    match node:
        case ast.Attribute(value=ast.Name(id=found), ctx=ast.Store()):
            return found == name
    return False
