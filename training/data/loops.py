"""Random loops: headers over the variables in view, accumulators, and the steps inside.

Accumulators are made before the loop and kept out of the scope while its body is written; the steps name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuraldbg.training.data.statements import Composer

Bindings = list[tuple[str, str]]
Accs = list[tuple[str, str]]

_ELEMENT = {"S": "C", "LI": "I", "LS": "S", "LL": "LI", "TI": "I", "TS": "S", "LF": "F", "C": "C"}
_LOOP_ROLE = {"C": "ch", "I": "x", "S": "w", "LI": "row", "F": "flt"}
_INITIAL = {
    "I": "0",
    "S": "''",
    "LI": "[]",
    "LS": "[]",
    "DSI": "{}",
    "DSL": "{}",
    "ES": "set()",
    "EI": "set()",
    "B": "False",
    "I1": "1",
}
_ACC_ROLE = {
    "I": "acc",
    "S": "sb",
    "LI": "out",
    "LS": "out",
    "DSI": "counts",
    "DSL": "groups",
    "ES": "seen",
    "EI": "seen",
    "B": "flag",
}
_ACC_KINDS = {
    "C": ("S", "S", "S", "I", "I", "LS", "DSI", "DSI", "LI", "ES", "B", "DSL"),
    "S": ("LS", "LS", "LS", "S", "S", "I", "DSI", "DSI", "LI", "ES", "DSL", "B"),
    "I": ("I", "I", "I", "LI", "LI", "LI", "LI", "S", "EI", "B", "DSI"),
    "F": ("I", "LI", "S"),
    "LI": ("I", "I", "LI", "LI", "S"),
}


def for_loop(c: Composer) -> bool:
    """A ``for`` statement with its accumulators before it, perhaps an ``else`` after."""
    name = c.focus(("S", "LI", "LS", "DSI", "LL", "LT", "TI", "DSL", "LF"))
    if name is None and not c.chance(0.5):
        return False
    depth = c.indent
    header, bound = _header(c, name)
    accs = _accumulators(c, bound)
    frozen = {name} - c.frozen if name else set()
    c.frozen |= frozen
    c.emit(f"for {header}:")
    c.indent += 1
    for var, kind in bound:
        c.scope.add(var, kind)
    _steps(c, bound, accs, 1 + c.chance(0.35))
    c.indent -= 1
    for var in [v for v, _ in bound]:
        c.scope.drop(var)
    c.frozen -= frozen
    if c.chance(0.05) and any("break" in line for line in c.lines[-4:]):
        c.emit("else:")
        c.emit("    " + _plain(c, accs[0]))
    assert c.indent == depth
    for acc, kind in accs:
        c.bind(acc, kind)
    return True


def _header(c: Composer, name: str | None) -> tuple[str, Bindings]:
    if name is None or c.chance(0.08):
        i = c.names.fresh("i")
        small = c.scope.solids("I")
        stop = c.pick(small) if small and c.chance(0.7) else c.pick(("3", "4", "5", "6"))
        spans = (
            f"range({stop})",
            f"range({stop})",
            f"range(1, {stop} + 1)",
            f"range({stop}, 0, -1)",
            f"range(0, 10, {c.pick(('2', '3', '4'))})",
        )
        return f"{i} in {c.pick(spans)}", [(i, "I")]
    kind = c.scope.types[name]
    if kind in ("DSI", "DSL"):
        k, v = c.names.fresh("k"), c.names.fresh("v")
        value = "I" if kind == "DSI" else "LI"
        if kind == "DSI" and c.chance(0.25):
            return f"{k} in {c.pick((name, f'sorted({name})', f'{name}.keys()'))}", [(k, "S")]
        if c.chance(0.1):
            return f"{v} in {name}.values()", [(v, value)]
        return f"{k}, {v} in {c.pick((f'{name}.items()', f'{name}.items()', f'sorted({name}.items())'))}", [
            (k, "S"),
            (v, value),
        ]
    if kind == "LT":
        k, v = c.names.fresh("k"), c.names.fresh("v")
        return f"{k}, {v} in {name}", [(k, "S"), (v, "I")]
    element = _ELEMENT[kind]
    var = c.names.fresh(_LOOP_ROLE[element])
    draw = c.rng.random()
    if draw < 0.16:
        i = c.names.fresh("i")
        tail = c.pick(("", "", "", ", 1"))
        return f"{i}, {var} in enumerate({name}{tail})", [(i, "I"), (var, element)]
    if draw < 0.32 and kind in ("S", "LI", "LS"):
        i = c.names.fresh("i")
        spans = (
            f"range(len({name}))",
            f"range(len({name}))",
            f"range(0, len({name}), 2)",
            f"range(len({name}) - 1, -1, -1)",
            f"range(1, len({name}))",
        )
        c.names.used.discard(var)
        return f"{i} in {c.pick(spans)}", [(i, "I"), (f"{name}[{i}]", element)]
    if draw < 0.4 and kind in ("LI", "LS", "S"):
        others = [n for n in c.scope.types if n != name and c.scope.types[n] in ("LI", "LS", "S")]
        other = c.pick(others) if others else f"{name}[1:]"
        other_kind = _ELEMENT[c.scope.types[other]] if others else element
        second = c.names.fresh(_LOOP_ROLE[other_kind])
        return f"{var}, {second} in zip({name}, {other})", [(var, element), (second, other_kind)]
    if kind == "S" and draw < 0.5:
        c.names.used.discard(var)
        var = c.names.fresh("w")
        return f"{var} in {name}.split({c.pick(('', '', c.expr.constant('C')))})", [(var, "S")]
    forms = (
        f"{name}[::-1]",
        f"reversed({name})",
        f"sorted({name})",
        f"{name}[1:]",
        f"{name}[:-1]",
        f"set({name})" if kind == "LI" else f"sorted({name})",
    )
    return f"{var} in {c.pick(forms) if draw > 0.88 else name}", [(var, element)]


def _accumulators(c: Composer, bound: Bindings) -> Accs:
    accs: Accs = []
    for _ in range(1 + c.chance(0.18)):
        kind = c.pick(_ACC_KINDS[bound[-1][1]])
        acc = c.names.fresh(_ACC_ROLE[kind])
        start = _INITIAL[kind]
        if kind == "I" and c.chance(0.12):
            start = c.pick(("1", "10", "-1", "100"))
        elif kind in ("DSI", "DSL") and c.chance(0.15):
            start = f"defaultdict({'int' if kind == 'DSI' else 'list'})"
        elif kind == "S" and c.chance(0.06):
            start = c.expr.constant("S")
        c.emit(f"{acc} = {start}")
        accs.append((acc, kind))
    return accs


def _steps(c: Composer, bound: Bindings, accs: Accs, count: int) -> None:
    """The body of a loop."""
    start = len(c.lines)
    for k in range(count):
        _step(c, bound, accs[k % len(accs)], 2)
    if len(accs) > count:
        _step(c, bound, accs[-1], 1)
    assert len(c.lines) > start


def _loop_var(c: Composer, bound: Bindings) -> tuple[str, str]:
    return bound[-1] if c.chance(0.65) else bound[int(c.rng.random() * len(bound))]


def _step(c: Composer, bound: Bindings, acc: tuple[str, str], depth: int) -> None:
    """One thing that a loop does: update the accumulator, perhaps under a condition, or leave the round."""
    draw = c.rng.random()
    name, kind = _loop_var(c, bound)
    if acc[1] == "B":
        _flag_step(c, name, acc[0])
    elif draw < 0.36 or depth <= 0:
        _update(c, bound, acc)
    elif draw < 0.74:
        c.emit(f"if {c.condition(name, 1)}:")
        _nested(c, bound, acc, depth)
        if c.chance(0.16):
            c.emit(f"elif {c.condition(name, 1)}:")
            _nested(c, bound, acc, depth)
        if c.chance(0.32):
            c.emit("else:")
            _nested(c, bound, acc, depth)
    elif draw < 0.84:
        c.emit(f"if {c.condition(name, 1)}:")
        c.emit("    " + c.pick(("continue", "continue", "break", "break", f"return {acc[0]}")))
        _update(c, bound, acc)
    elif draw < 0.92:
        _local(c, bound, acc, name, kind)
    elif kind in ("S", "LI") and depth > 1:
        _inner_loop(c, name, kind, acc)
    else:
        _update(c, bound, acc)


def _nested(c: Composer, bound: Bindings, acc: tuple[str, str], depth: int) -> None:
    c.indent += 1
    if depth > 1 and c.chance(0.15):
        _step(c, bound, acc, depth - 2)
    else:
        _update(c, bound, acc)
    c.indent -= 1


def _flag_step(c: Composer, name: str, flag: str) -> None:
    c.emit(f"if {c.condition(name, 1)}:")
    c.emit(f"    {flag} = {c.pick(('True', 'True', f'not {flag}'))}")
    if c.chance(0.6):
        c.emit("    break")


def _local(c: Composer, bound: Bindings, acc: tuple[str, str], name: str, kind: str) -> None:
    """A value computed from the loop variable, then used."""
    made = c.pick(
        {"C": ("S", "I"), "S": ("S", "S", "I", "LS"), "I": ("I", "I", "S"), "LI": ("I", "LI")}.get(kind, ("I",))
    )
    target = c.names.fresh(c.pick(("tmp", {"S": "part", "I": "cur"}.get(made, "tmp"))))
    c.emit(f"{target} = {c.expr.use(made, name, 1)}")
    c.scope.add(target, made)
    _step(c, [*bound, (target, made)], acc, 1)
    c.scope.drop(target)


def _inner_loop(c: Composer, name: str, kind: str, acc: tuple[str, str]) -> None:
    element = _ELEMENT[kind]
    var = c.names.fresh("ch2" if element == "C" else "y")
    c.emit(f"for {var} in {name}:")
    c.indent += 1
    c.scope.add(var, element)
    _step(c, [(var, element)], acc, 0)
    c.scope.drop(var)
    c.indent -= 1


def _update(c: Composer, bound: Bindings, acc: tuple[str, str]) -> None:
    """The accumulator takes in the loop variable."""
    name, kind = _loop_var(c, bound)
    target, made = acc
    if made in ("I", "S"):
        c.emit(_scalar_update(c, name, kind, target, made))
    elif made in ("LI", "LS"):
        item = name if kind == made[1] or (kind == "C" and made == "LS") else ""
        item = item if item and c.chance(0.5) else c.expr.use(made[1], name, 1)
        c.emit(
            c.pick(
                (
                    *(f"{target}.append({item})",) * 8,
                    f"{target}.insert(0, {item})",
                    f"{target} += [{item}]",
                    f"{target} = {target} + [{item}]",
                    f"{target}.extend([{item}, {item}])",
                )
            )
        )
    elif made in ("EI", "ES"):
        item = (
            c.expr.use(made[1], name, 1)
            if c.chance(0.5) or kind not in ("S", "C", "I") or (kind == "I") != (made == "EI")
            else name
        )
        c.emit(f"{target}.add({item})")
    elif made == "B":
        c.emit(f"{target} = {c.condition(name, 1)}")
    else:
        _dict_update(c, bound, name, kind, target, made)


def _scalar_update(c: Composer, name: str, kind: str, target: str, made: str) -> str:
    same = kind == made or (kind == "C" and made == "S")
    item = name if same and c.chance(0.45) else c.expr.use(made, name, 1)
    draw = c.rng.random()
    if made == "S":
        if draw < 0.75:
            return f"{target} += {item}"
        if draw < 0.85:
            return f"{target} = {_operand(item)} + {target}"
        return (
            f"{target} = {target} + {_operand(item)}"
            if draw < 0.95
            else f"{target} = {target}.replace({_operand(item)}, '') + {_operand(item)}"
        )
    if draw < 0.2:
        return f"{target} += 1"
    if draw < 0.7:
        return f"{target} += {item}"
    if draw < 0.8:
        return f"{target} -= {item}"
    if draw < 0.86:
        return f"{target} = {c.pick(('max', 'min'))}({target}, {item})"
    if draw < 0.9:
        return f"{target} = {target} * {c.pick(('2', '3', '10'))} + {_operand(item)}"
    if draw < 0.93:
        return f"{target} = {item}"
    return f"{target} = ({target} + {_operand(item)}) % {c.pick(('7', '10', '97', '1000'))}"


def _operand(text: str) -> str:
    """The text in brackets if an operator stands outside its brackets."""
    return (
        f"({text})"
        if " " in text and not text.endswith((")", "]", "'")) or " if " in text or " + " in text or " or " in text
        else text
    )


def _dict_update(c: Composer, bound: Bindings, name: str, kind: str, target: str, made: str) -> None:
    others = [n for n, _ in bound if n != name]
    key = name if kind in ("C", "S") and c.chance(0.7) else c.expr.use("S", name, 1)
    default = any(f"{target} = defaultdict" in line for line in c.lines[-12:])
    amount = (
        c.pick((others[0], "1"))
        if others and dict(bound)[others[0]] == "I"
        else c.pick(("1", "1", c.expr.use("I", name, 1)))
    )
    if made == "DSL":
        if default or c.chance(0.2):
            c.emit(
                f"{target}[{key}].append({amount})" if default else f"{target}.setdefault({key}, []).append({amount})"
            )
        elif c.chance(0.5):
            c.emit(f"if {key} not in {target}:")
            c.emit(f"    {target}[{key}] = []")
            c.emit(f"{target}[{key}].append({amount})")
        else:
            c.emit(f"{target}.setdefault({key}, []).append({amount})")
        return
    draw = c.rng.random()
    if default:
        c.emit(f"{target}[{key}] += {amount}")
    elif draw < 0.4:
        c.emit(f"{target}[{key}] = {target}.get({key}, 0) + {_operand(amount)}")
    elif draw < 0.65:
        c.emit(f"if {key} in {target}:")
        c.emit(f"    {target}[{key}] += {amount}")
        c.emit("else:")
        c.emit(f"    {target}[{key}] = {amount}")
    elif draw < 0.8:
        c.emit(f"if {key} not in {target}:")
        c.emit(f"    {target}[{key}] = {c.pick(('0', amount))}")
        c.emit(f"{target}[{key}] += {amount}")
    else:
        c.emit(f"{target}[{key}] = {amount}")


def _plain(c: Composer, acc: tuple[str, str]) -> str:
    name, kind = acc
    return {"I": f"{name} += 1", "S": f"{name} += '!'", "B": f"{name} = False"}.get(kind, f"return {name}")


def while_loop(c: Composer) -> bool:
    """A ``while`` statement of one of the usual shapes."""
    shapes = [s for s, kinds in _WHILE.items() if any(c.changeable(k) for k in kinds)]
    if not shapes:
        return False
    shape = c.pick(shapes)
    name = c.changeable(*_WHILE[shape])
    assert name is not None
    kind = c.scope.types[name]
    element = _ELEMENT.get(kind, "I")
    var = {"digits": "r", "halve": "r"}.get(shape)
    bound = [(c.names.fresh(var or _LOOP_ROLE[element]), element)]
    accs = _accumulators(c, bound)
    item = bound[0][0]
    head, take, step = _while_parts(c, shape, name, item)
    c.emit(f"while {head}:")
    c.indent += 1
    c.emit(take)
    c.scope.drop(name)
    c.scope.add(item, element)
    if step and c.chance(0.3) and shape != "chop":
        c.emit(step)
        step = ""
    _update(c, bound, accs[0]) if c.chance(0.5) else _conditional(c, bound, accs[0])
    for acc in accs[1:]:
        _update(c, bound, acc)
    if step:
        c.emit(step)
    c.indent -= 1
    c.scope.drop(item)
    c.scope.add(name, kind)
    for made, made_kind in accs:
        c.bind(made, made_kind)
    return True


def _while_parts(c: Composer, shape: str, name: str, item: str) -> tuple[str, str, str]:
    """The condition, the line that takes the next item, the line that moves on; writes what precedes the loop."""
    if shape == "pop":
        return c.pick((name, f"len({name}) > {c.pick('012')}")), f"{item} = {name}.pop({c.pick(('', '0'))})", ""
    if shape == "chop":
        return name, f"{item} = {name}[0]", f"{name} = {name}[{c.pick('12')}:]"
    if shape in ("index", "back"):
        index = c.names.fresh("i")
        forward = shape == "index"
        c.emit(f"{index} = 0" if forward else f"{index} = len({name}) - 1")
        head = f"{index} < len({name})" if forward else f"{index} >= 0"
        return head, f"{item} = {name}[{index}]", f"{index} {'+' if forward else '-'}= {c.pick(('1', '1', '1', '2'))}"
    base = c.pick(("10", "10", "2", "3")) if shape == "digits" else "2"
    return f"{name} > 0", f"{item} = {name} % {base}", f"{name} //= {base}"


def _conditional(c: Composer, bound: Bindings, acc: tuple[str, str]) -> None:
    c.emit(f"if {c.condition(bound[0][0], 1)}:")
    c.emit("    break") if c.chance(0.12) else _nested(c, bound, acc, 1)
    if c.chance(0.3) and not c.lines[-1].endswith("break"):
        c.emit("else:")
        _nested(c, bound, acc, 1)
    elif c.lines[-1].endswith("break"):
        _update(c, bound, acc)


_WHILE = {
    "index": ("LI", "LS", "S"),
    "back": ("LI", "S"),
    "pop": ("LI", "LS"),
    "chop": ("S",),
    "digits": ("I",),
    "halve": ("I",),
}
