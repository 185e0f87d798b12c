"""Statements that change a container in place, and unpacking assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuraldbg.training.data.statements import Composer

#: type -> rows (weight by repetition) of lines; {x} the container, {i} {s} int and str expressions, {o} another of its
#: type, {p} a small literal, {q} an index literal. A line that starts with "!" needs a container that is not empty.
_ROWS: dict[str, tuple[str, ...]] = {
    "LI": (
        "{x}.append({i})", "{x}.append({i})", "{x}.extend({o})", "{x}.insert({q}, {i})", "{x}.insert(0, {i})",
        "!{x}.pop()", "!{x}.pop(0)", "{x}.reverse()", "{x}.sort()", "{x}.sort(reverse=True)",
        "{x}.sort(key=lambda v: -v)", "{x}.sort(key=lambda v: v % {p})", "{x}.clear()", "!del {x}[0]", "!del {x}[-1]",
        "del {x}[:{p}]", "del {x}[{p}:]", "!{x}[0] = {i}", "!{x}[-1] = {i}", "!{x}[0] += {i}",
        "{x}[1:2] = [{i}, {i}]", "{x}[:0] = [{i}]", "{x}[{p}:] = []", "{x} += [{i}]",
        "{x}[::2] = [0] * len({x}[::2])", "!{x}[0], {x}[-1] = {x}[-1], {x}[0]", "{x}[:] = {o}",
        "if {i} in {x}:\n    {x}.remove({i})", "if {x}:\n    {x}.pop()", "if len({x}) > {p}:\n    {x}[{p}] = {i}",
        "!{x}.remove({x}[0])", "!{x}.append({x}.pop(0))", "while len({x}) > {p}:\n    {x}.pop()",
        "!{x}.insert(len({x}) // 2, {i})",
    ),
    "LS": (
        "{x}.append({s})", "{x}.append({s})", "{x}.extend({o})", "{x}.insert({q}, {s})", "!{x}.pop()", "!{x}.pop(0)",
        "{x}.reverse()", "{x}.sort()", "{x}.sort(key=len)", "{x}.sort(key=lambda v: (len(v), v))",
        "{x}.sort(reverse=True)", "!del {x}[0]", "{x} += [{s}]", "!{x}[0] = {s}", "!{x}[-1] = {x}[-1].upper()",
        "{x}[1:] = [v.strip() for v in {x}[1:]]", "if {s} in {x}:\n    {x}.remove({s})", "!{x}[0] += {s}",
        "{x}.extend({s})", "{x}[:0] = [{s}]", "del {x}[{p}:]", "while '' in {x}:\n    {x}.remove('')",
        "!{x}[0], {x}[-1] = {x}[-1], {x}[0]",
    ),
    "DSI": (
        "{x}[{s}] = {i}", "{x}[{s}] = {i}", "{x}[{s}] = {x}.get({s}, 0) + {p}", "{x}.update({{{s}: {i}}})",
        "{x}.setdefault({s}, {i})", "{x}.pop({s}, None)", "if {s} in {x}:\n    del {x}[{s}]", "!{x}.popitem()",
        "{x}.update({o})", "{x}.clear()", "{x} |= {{{s}: {i}}}", "if {s} not in {x}:\n    {x}[{s}] = {i}",
        "for k in {x}:\n    {x}[k] += {p}", "for k in list({x}):\n    if {x}[k] > {p}:\n        del {x}[k]",
        "for k in sorted({x}):\n    {x}[k] *= 2", "{x}.update(a={i}, b={p})", "{x}[{s}] = {x}.pop({s}, 0) + {p}",
        "{x}['total'] = sum({x}.values())",
    ),
    "DSS": (
        "{x}[{s}] = {s}", "{x}.setdefault({s}, {s})", "{x}.pop({s}, '')", "{x}.update({{{s}: {s}}})",
        "for k, v in {x}.items():\n    {x}[k] = v.upper()",
    ),
    "DSL": (
        "{x}.setdefault({s}, []).append({i})", "{x}[{s}] = [{i}]", "for k in {x}:\n    {x}[k].append({i})",
        "for v in {x}.values():\n    v.sort()", "{x}.pop({s}, None)",
    ),
    "DIS": (
        "{x}[{i}] = {s}", "{x}.pop({i}, None)", "{x}.setdefault({i}, {s})",
    ),
    "EI": (
        "{x}.add({i})", "{x}.discard({i})", "{x}.update([{i}, {i}])", "{x} |= {{{i}}}", "{x} -= {{{i}, {p}}}",
        "{x} &= {o}", "if {i} in {x}:\n    {x}.remove({i})",
    ),
    "ES": (
        "{x}.add({s})", "{x}.discard({s})",
    ),
    "LL": (
        "{x}.append([{i}])", "!{x}[0].append({i})", "{x}.reverse()", "{x}.sort(key=len)",
        "for r in {x}:\n    r.append({i})", "for r in {x}:\n    r.reverse()",
    ),
}  # fmt: skip


def mutate(c: Composer) -> bool:
    """A method call, item assignment or ``del`` on a container in view."""
    name = c.changeable(*_ROWS)
    if name is None:
        return False
    kind = c.scope.types[name]
    row = c.pick(_ROWS[kind])
    if row[0] == "!":
        if name not in c.scope.solid:
            return False
        row = row[1:]
    solid = name in c.scope.solid
    c.scope.drop(name)  # its own value takes no part, so that nothing grows without bound
    parts = {
        "x": name,
        "i": c.expr.make("I", 1),
        "s": c.expr.make("S", 1) if c.chance(0.5) else c.expr.leaf("S"),
        "o": c.expr.make(kind, 1) if "{o}" in row else "",
        "p": c.pick(("1", "2", "3", "4")),
        "q": c.pick(("0", "1", "-1", "2", "5")),
    }
    shrinks = (
        "pop" in row
        or "del " in row
        or "clear" in row
        or "remove" in row
        or "= []" in row
        or "[:] =" in row
        or "&=" in row
        or "-=" in row
    )
    c.scope.add(name, kind, solid and not shrinks or ".append" in row or ".insert" in row)
    for line in row.format(**parts).split("\n"):
        c.emit(line)
    if c.chance(0.7):
        c.last = name
    return True


def unpack(c: Composer) -> bool:
    """An unpacking assignment: a swap, several values, a starred rest, ``divmod``, ``partition``."""
    draw = c.rng.random()
    ints = c.scope.names("I")
    if draw < 0.25 and len(ints) >= 2 and not set(ints[-2:]) & c.frozen:
        c.emit(f"{ints[-2]}, {ints[-1]} = {ints[-1]}, {c.pick((ints[-2], f'{ints[-2]} + {ints[-1]}'))}")
        c.last = ints[-1]
        return True
    if draw < 0.5:
        for kind, item in (("LI", "I"), ("LS", "S")):
            solid = c.scope.solids(kind)
            if solid:
                first, rest = c.names.fresh("first"), c.names.fresh("rest")
                form = c.pick((f"{first}, *{rest}", f"*{rest}, {first}", f"{first}, *{rest}"))
                c.emit(f"{form} = {c.pick(solid)}")
                c.bind(first, item)
                c.bind(rest, kind)
                return True
    if draw < 0.75 and c.scope.names("S"):
        a, b, s = c.names.fresh("head"), c.names.fresh("tail"), c.names.fresh("c")
        method = c.pick(("partition", "rpartition"))
        c.emit(f"{a}, {c.pick((s, '_', s))}, {b} = {c.pick(c.scope.names('S'))}.{method}({c.expr.leaf('C')})")
        c.bind(a, "S")
        c.bind(b, "S")
        return True
    if ints:
        a, b = c.names.fresh("q"), c.names.fresh("r")
        value = c.pick(ints)
        c.emit(
            f"{a}, {b} = "
            + c.pick(
                (
                    f"divmod({value}, {c.pick(('2', '3', '10', '7'))})",
                    f"{value} // 2, {value} % 2",
                    f"{c.expr.make('I', 1)}, {value}",
                )
            )
        )
        c.bind(a, "I")
        c.bind(b, "I")
        return True
    return False
