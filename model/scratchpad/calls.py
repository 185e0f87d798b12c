"""The walk over calls: of builtins and methods, of the program's functions, of builtins that call those back."""

from __future__ import annotations

import ast
import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Final

from neuraldbg.model.scratchpad.binding import bind, changeable_defaults
from neuraldbg.model.scratchpad.callbacks import Callback, Entered, arguments_of, arranged, callback
from neuraldbg.model.scratchpad.changing import CHANGING
from neuraldbg.model.scratchpad.comprehensions import CONSUMERS, ComprehensionWalker
from neuraldbg.model.scratchpad.displays import is_opaque
from neuraldbg.model.scratchpad.facts import called, changed_root
from neuraldbg.model.scratchpad.questions import Ask, Stop, Value, Walk
from neuraldbg.model.scratchpad.walker import BUILTINS, receiver, written
from neuraldbg.program import MODULE
from neuraldbg.steps import Event, Operation
from neuraldbg.values import surely_immutable

_LAZY: Final = frozenset({"enumerate", "zip", "reversed", "map", "filter"})
_INSTANCE: Final = re.compile(r"<(.+)\.(\w+) object>")
_NOT_WALKED: Final = frozenset({"super", "locals", "globals", "vars", "eval", "exec", "input", "open", "iter", "next"})


class CallWalker(ComprehensionWalker):
    """Walks calls and what they are made on."""

    def _index(self, node: ast.expr) -> Generator[Ask, Operation, str]:
        if not isinstance(node, ast.Slice):
            value = yield from self.expr(node)
            return value.text[1:-1] if isinstance(node, ast.Tuple) and node.elts else value.text
        parts = []
        for part in (node.lower, node.upper, node.step):
            value = (yield from self.expr(part)) if part is not None else Value("")
            parts.append(value.text)
        return ":".join(parts if node.step is not None else parts[:2])

    def _base(self, node: ast.expr) -> Walk:
        """As `expr`, but an item of a local container is written by its place, so that the whole stays in view."""
        if isinstance(node, ast.Subscript) and changed_root(node) is not None:
            base = yield from self._base(node.value)
            index = yield from self._index(node.slice)
            self._open(base)
            if base.repr is not None and base.repr.startswith("defaultdict("):
                self._touch(base)
            value = yield from self._value(f"{receiver(base.text)}[{index}]", node)
            return Value(f"{base.text}[{index}]", value.repr)
        return (yield from self.expr(node))

    def _call(self, node: ast.Call) -> Walk:
        func = node.func
        found = self._callback(node)
        if found is not None:
            return (yield from self._called_back(found))
        own = False
        instance: str | None = None
        changes: str | None = None
        if isinstance(func, ast.Attribute):
            changes = changed_root(func.value) if func.attr in CHANGING else None
            base = yield from self._base(func.value) if changes is not None else self.expr(func.value)
            own = func.attr in self._facts.own or base.text in self._facts.own
            name = f"{receiver(base.text)}.{func.attr}"
            instance = self._instance_of(base) if own else None
            if instance is None:
                self._open(base)
            short = func.attr
        elif isinstance(func, ast.Name):
            short = name = func.id
            own = name in self._locals or name in self._env or name in self._facts.own
            if not own and name not in self._facts.imported and (name not in BUILTINS or name in _NOT_WALKED):
                raise Stop
        else:
            raise Stop
        arguments = yield from self._arguments(node, short)
        text = f"{name}({', '.join(a.text for a in arguments)})"
        if own and (instance is not None or self._is_made(short)):
            return (yield from self._of_class(node, text, arguments, short, instance))
        if own:
            if short in self._facts.classes or short in self._facts.suspending:
                yield Ask(text, "note")
                raise Stop
            answer = yield Ask(text, "call", enters=self._entered(node, arguments))
            self._has_run(node, short, arguments)
            return Value(answer.value or "", answer.value)
        self._open(*arguments)
        if text.partition("(")[0] in _LAZY and name not in self._facts.imported:
            return Value(text)  # its repr would not tell what it gives
        if isinstance(func, ast.Attribute) and func.attr in CHANGING:
            self._changing.append(node)
            self._touch(base)
        if name.partition(".")[0] in self._facts.imported:
            for argument in arguments:
                self._touch(argument)
        now = self._now(func, base, arguments) if isinstance(func, ast.Attribute) else None
        value = yield from self._value(text, node, now=now)
        named = changes is None or base.text == changes or base.text.startswith(f"{changes}[")
        if changes is not None and not surely_immutable(base.repr or "None"):
            kind = "silent" if named else "effect"
            answer = yield Ask(f"after {text}", kind, node, now=f"after {now}" if now is not None else None)
            if named and answer.value is None:
                self._forget()
            else:
                self._change(changes, answer.value)
        elif isinstance(func, ast.Attribute) and func.attr in CHANGING:
            self._forget()
        return value

    def _has_run(self, node: ast.Call, short: str, arguments: Sequence[Value]) -> None:
        """The program's own code has run; it may have changed what it could reach."""
        if self._facts.calculates and isinstance(node.func, ast.Name) and self._facts.purity.is_pure(short):
            return
        apart = self._is_apart(short, arguments)
        if not apart:
            self._called = True
            self._changing.append(node)
        if not (self._facts.calculates and apart and not self._facts.shared and self._history[-1].function != MODULE):
            self._conclusion.wild = True

    def _is_made(self, name: str) -> bool:
        """Whether a call by this name makes an instance of a plain class whose repr is known."""
        return self._facts.calculates and bool(self._facts.module) and name in self._facts.plain_classes

    def _instance_of(self, value: Value) -> str | None:
        """Name of the plain class whose instance a value is."""
        if not self._facts.calculates or value.repr is None:
            return None
        match = _INSTANCE.fullmatch(value.repr)
        return match[2] if match and match[1] == self._facts.module and match[2] in self._facts.plain_classes else None

    def _of_class(
        self, node: ast.Call, text: str, arguments: Sequence[Value], short: str, instance: str | None
    ) -> Walk:
        """A call of a class, or of a method of an instance."""
        function = self._facts.method(instance or short, short if instance else "__init__")
        made = f"<{self._facts.module}.{instance or short} object>"
        if function is None and instance is None and not arguments and not self._facts.own & {"__repr__", "__init__"}:
            return Value(made, made)
        if function is None or "__repr__" in self._facts.own or any(isinstance(a, ast.Starred) for a in node.args):
            yield Ask(text, "note")
            raise Stop
        named = {str(k.arg): a for k, a in zip(node.keywords, arguments[len(node.args) :], strict=True)}
        if "None" in named:
            raise Stop
        own = Value(made, made)
        values = bind(function, [own, *arguments[: len(node.args)]], named)
        enters = Entered(function.name, function.lineno, values) if values is not None else None
        answer = yield Ask(text, "call", enters=enters)
        if not self._facts.purity.is_pure_method(function):
            self._called = self._conclusion.wild = True
            self._changing.append(node)
        return own if instance is None else Value(answer.value or "", answer.value)

    def _now(self, func: ast.Attribute, base: Value, arguments: Sequence[Value]) -> str | None:
        """The call of a method of a local that its own arguments have changed."""
        if not isinstance(func.value, ast.Name) or func.value.id in self._env:
            return None
        current = self._locals.get(func.value.id)
        if current is None or base.repr is None or current == base.repr:
            return None
        return f"{receiver(current)}.{func.attr}({', '.join(a.text for a in arguments)})"

    def _callback(self, node: ast.Call) -> Callback | None:
        """What a builtin calls back, if its name and that of the function stand for what they seem to here."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if any(name in names for names in (self._locals, self._env, self._facts.own, self._facts.imported)):
            return None
        found = callback(node, self._facts)
        if found is None or isinstance(found.key, ast.Name) and not self._is_function(found.key.id):
            return None
        if found.function != "sort":
            return found
        assert isinstance(found.items, ast.Name)
        return found if (self._name(found.items.id).repr or "").startswith("[") else None

    def _is_function(self, name: str) -> bool:
        """Whether a name stands for the program's function of that name, not for another object."""
        bound = self._env.get(name, self._locals.get(name))
        return bound is None or bound.endswith((f" {name}>", f".{name}>"))

    def _entered(self, node: ast.Call, arguments: Sequence[Value]) -> Entered | None:
        """The call of one of the program's functions by name."""
        names = arguments_of(node, self._facts)
        if names is None or not isinstance(node.func, ast.Name):
            return None
        name = node.func.id
        if not self._is_function(name):
            return None
        steady = [not self._conclusion.touched or surely_immutable(a.repr or "[]") for a in arguments]
        function = self._facts.functions[name]
        if not self._facts.calculates:
            known = {n: a.repr for n, a, s in zip(names, arguments, steady, strict=True) if a.repr is not None and s}
            return Entered(name, function.lineno, known)
        shown = [a if s else Value(a.text) for a, s in zip(arguments, steady, strict=True)]
        count = len(node.args)
        named = {str(k.arg): a for k, a in zip(node.keywords, shown[count:], strict=True)}
        bound = bind(function, shown[:count], named)
        if bound is None:
            return None
        given = {*names, *bound}
        for parameter, text in changeable_defaults(function).items():
            if parameter not in given and (now := self._kept(function, parameter, text)) is not None:
                bound[parameter] = now
        return Entered(name, function.lineno, bound)

    def _kept(self, function: ast.FunctionDef, parameter: str, text: str) -> str | None:
        """What the one object that a default stands for has become; None where that cannot be told.

        Args:
            function: that is called.
            parameter: takes its default.
            text: repr of the default when the function was defined.
        """
        for part in ast.walk(function):
            if isinstance(part, ast.Name) and part.id == parameter and not isinstance(part.ctx, ast.Load):
                return None  # then it may stand for another object
            if isinstance(part, ast.Return) and any(called(inner) in CHANGING for inner in ast.walk(part)):
                return None  # no step shows what that leaves
        name = self._facts.qualified(function)
        for step in self._past.steps:
            if step.function == name:
                value = step.locals.get(parameter)
                if value is None or (step.event is Event.CALL and value != text):
                    return None  # an earlier call gave another object
                text = value
        return text

    def _is_apart(self, name: str, arguments: Sequence[Value]) -> bool:
        """Whether a function gets no object that could change, and no variable of a function around it."""
        function = self._facts.functions.get(name)
        unchanging = all(a.repr is not None and surely_immutable(a.repr) for a in arguments)
        return function is not None and function.col_offset == 0 and unchanging

    def _called_back(self, found: Callback) -> Walk:
        """A builtin that calls the program's own function for each item."""
        values, keys = yield from self._calls(found)
        shown = f"[{', '.join(keys)}]"
        if found.function in ("min", "max") and keys:
            answer = yield Ask(f"{found.function}({shown})", "plain")
            if answer.value not in keys:
                raise Stop
            best = values[keys.index(answer.value)]
            return Value(best, best)
        if found.function not in ("sorted", "sort"):
            raise Stop  # consumed later, or there is nothing to choose from
        answer = yield Ask(f"sorted({shown}{', reverse=True' if found.reverse else ''})", "plain")
        ordered = arranged(values, keys, answer.value or "")
        if ordered is None:
            raise Stop
        text = written(True, ordered)
        if found.function == "sorted":
            return Value(text, text)
        assert isinstance(found.items, ast.Name)
        self._touch(self._name(found.items.id))
        self._change(found.items.id, text)
        return Value("None", "None")

    def _calls(self, found: Callback) -> Generator[Ask, Operation, tuple[Sequence[str], list[str]]]:
        """The items that a function is called back for, and what it gave for each."""
        values = yield from self._iterable(found.items)
        if isinstance(values, range):
            raise Stop
        keys = []
        for value in values:
            if is_opaque(value):
                raise Stop
            enters = found.entered(value)
            if isinstance(found.key, ast.Lambda) and self._facts.calculates:  # it sees the variables around it
                used = {part.id for part in ast.walk(found.key.body) if isinstance(part, ast.Name)}
                around = {name: text for name, text in self._locals.items() if name in used}
                enters = replace(enters, values={**around, **enters.values})
            answer = yield Ask(found.text(value), "call", enters=enters)
            if not found.pure:
                self._called = self._conclusion.wild = True
            if answer.value is None:
                raise Stop
            keys.append(answer.value)
        return values, keys

    def _mapped(self, found: Callback) -> Walk:
        """What map or filter gives to a function that consumes it at once."""
        values, keys = yield from self._calls(found)
        if found.function == "filter":
            keys = [value for value, key in zip(values, keys, strict=True) if self._truth(Value(key, key))]
        text = written(True, keys)
        return Value(text, text)

    def _arguments(self, node: ast.Call, function: str) -> Generator[Ask, Operation, list[Value]]:
        out: list[Value] = []
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp):
                out.append((yield from self._consumed(argument, function)))
            elif (lazy := self._lazy_callback(argument, function)) is not None:
                out.append((yield from self._mapped(lazy)))
            elif isinstance(argument, ast.Starred):
                value = yield from self.expr(argument.value)
                out.append(Value(f"*{value.text}", value.repr))
            else:
                out.append((yield from self.expr(argument)))
        for keyword in node.keywords:
            value = yield from self.expr(keyword.value)
            text = f"{keyword.arg}={value.text}" if keyword.arg else f"**{value.text}"
            out.append(Value(text, value.repr))
            if value.text in self._facts.own:
                raise Stop
        return out

    def _lazy_callback(self, argument: ast.expr, function: str) -> Callback | None:
        """A map or filter that is consumed at once by the function it is passed to."""
        if not isinstance(argument, ast.Call) or function not in CONSUMERS:
            return None
        found = self._callback(argument)
        return found if found is not None and found.function in ("map", "filter") else None
