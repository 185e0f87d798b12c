"""Program templates with typed holes: how people usually write a thing, in as many variations as the holes allow.

A template is a header line with the parameters of the entry function, ``name=KIND`` each (kinds of values.py;
``name=KIND@other:how`` is mostly related to the earlier argument ``other``: elem, key, index, part, prefix, suffix),
then Python text:

``$xs``         a variable: the role picks the pool in naming.py; digits make it another of that pool. ``$f`` is the
                entry function, ``$g`` ``$h`` helpers, ``$Cls`` a class
``«a¦b¦c»``     one of these, each again a template text
``«#1..9»``     an int
``«=KIND»``     a literal of a kind
``«?B $x:I»``   an expression of type B that uses one of the variables given with their types (``«?I+ $x:I»`` fit for an
                operand)
``%30 line``    the line is there in 30% of the programs

An empty header makes a module-level script. Function annotations come from the header.
"""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from neuraldbg.training.data.expressions import Expressions, Scope
from neuraldbg.training.data.naming import Names
from neuraldbg.training.data.values import literal, value

_TOKEN = re.compile(r"\$([A-Za-z]+\d*)|«|»|¦|^( *)%(\d+) ", re.MULTILINE)
_SPECIAL = re.compile(r"[=?][A-Z]|#-?\d")
_LEVELS = {"": 0, "+": 9, "*": 10, ".": 14, "~": 6}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the entry function: its role, its kind and, if any, the argument it is related to and how."""

    role: str
    kind: str
    other: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class _Var:
    role: str


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[tuple[_Node, ...], ...]


@dataclass(frozen=True, slots=True)
class _Maybe:
    percent: int
    nodes: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Int:
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Literal:
    kind: str


@dataclass(frozen=True, slots=True)
class _Expr:
    kind: str
    level: int
    variables: tuple[tuple[str, str], ...]


_Node = str | _Var | _Choice | _Maybe | _Int | _Literal | _Expr


class Template:
    """A parsed template.

    Args:
        text: header line and body.

    Raises:
        ValueError: if brackets do not match or a hole cannot be read.
    """

    def __init__(self, text: str) -> None:
        header, _, body = text.removeprefix("\n").partition("\n")
        self.parameters = tuple(_parameter(field) for field in header.split())
        self.text = body.strip("\n") + "\n"
        self._nodes: tuple[_Node, ...] | None = None

    @property
    def weight(self) -> float:
        """How often to draw it: more often the more there is to choose in one place."""
        return min(4.0, 0.8 + 0.2 * _widest(self.nodes))

    @property
    def nodes(self) -> tuple[_Node, ...]:
        """The parse, made when first needed."""
        if self._nodes is None:
            nodes, end = _parse(self.text, 0, top=True)
            if end != len(self.text):
                raise ValueError(f"unmatched » in template at {self.text[max(end - 20, 0) : end + 20]!r}")
            self._nodes = nodes
        return self._nodes

    def render(self, rng: random.Random, names: Names) -> str:
        """The template's program text with all holes filled; names of roles are kept in ``names.roles``."""
        for parameter in self.parameters:
            names.role(parameter.role)
        out: list[str] = []
        _render(self.nodes, out, rng, names)
        return "".join(out)


class Pool:
    """Templates to draw from by weight."""

    def __init__(self, *groups: list[Template]) -> None:
        self.templates = [template for group in groups for template in group]
        self._weights: list[float] = []

    def __len__(self) -> int:
        return len(self.templates)

    def __iter__(self) -> Iterator[Template]:
        return iter(self.templates)

    def draw(self, rng: random.Random) -> Template:
        """A random template."""
        if not self._weights:
            self._weights = list(accumulate(template.weight for template in self.templates))
        return self.templates[bisect(self._weights, rng.random() * self._weights[-1])]


def _widest(nodes: tuple[_Node, ...]) -> int:
    """The largest number of options in one choice."""
    choices = [node for node in nodes if isinstance(node, _Choice)]
    return max((max(len(c.options), *map(_widest, c.options)) for c in choices), default=1)


def _parameter(field: str) -> Parameter:
    role, _, kind = field.partition("=")
    kind, _, relation = kind.partition("@")
    other, _, how = relation.partition(":")
    if not kind or (other and not how):
        raise ValueError(f"cannot read parameter {field!r}")
    return Parameter(role, kind, other, how)


def _parse(text: str, start: int, top: bool = False) -> tuple[tuple[_Node, ...], int]:
    """Nodes from ``start`` up to an unmatched ``¦`` or ``»`` (or the end)."""
    nodes: list[_Node] = []
    position = start
    while True:
        match = _TOKEN.search(text, position)
        if match is None:
            nodes.append(text[position:])
            return tuple(n for n in nodes if n != ""), len(text)
        nodes.append(text[position : match.start()])
        token = match[0]
        if match[1]:
            nodes.append(_Var(match[1]))
            position = match.end()
        elif match[3]:
            if not top:
                raise ValueError(f"optional line inside a choice: {text[match.start() : match.end() + 20]!r}")
            stop = text.index("\n", match.end()) + 1
            inner, _ = _parse(text[match.end() : stop], 0)
            nodes.append(_Maybe(int(match[3]), (match[2], *inner)))
            position = stop
        elif token == "«":
            node, position = _hole(text, match.end())
            nodes.append(node)
        else:
            return tuple(n for n in nodes if n != ""), match.start()


def _hole(text: str, start: int) -> tuple[_Node, int]:
    """The node of the hole whose contents begin at ``start``, and the position after it."""
    mark = text[start]
    if _SPECIAL.match(text, start):
        end = text.index("»", start)
        inner = text[start + 1 : end]
        if mark == "#":
            low, _, high = inner.partition("..")
            return _Int(int(low), int(high)), end + 1
        if mark == "=":
            return _Literal(inner), end + 1
        kind, *fields = inner.split()
        bare = kind.rstrip("+*.~")
        variables = tuple((f.partition(":")[0].lstrip("$"), f.partition(":")[2]) for f in fields)
        if not all(k for _, k in variables) or not variables:
            raise ValueError(f"cannot read hole {inner!r}")
        return _Expr(bare, _LEVELS[kind[len(bare) :]], variables), end + 1
    options: list[tuple[_Node, ...]] = []
    position = start
    while True:
        nodes, position = _parse(text, position)
        options.append(nodes)
        if position >= len(text):
            raise ValueError(f"unmatched « in template at {text[start : start + 30]!r}")
        position += 1
        if text[position - 1] == "»":
            return _Choice(tuple(options)), position


def _render(nodes: tuple[_Node, ...], out: list[str], rng: random.Random, names: Names) -> None:
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, _Var):
            out.append(names.role(node.role))
        elif isinstance(node, _Choice):
            _render(node.options[int(rng.random() * len(node.options))], out, rng, names)
        elif isinstance(node, _Int):
            out.append(str(node.low + int(rng.random() * (node.high - node.low + 1))))
        elif isinstance(node, _Literal):
            out.append(literal(rng, value(rng, node.kind)))
        elif isinstance(node, _Maybe):
            if rng.random() * 100 < node.percent:
                _render(node.nodes, out, rng, names)
        else:
            out.append(_expression(node, rng, names))


def _expression(node: _Expr, rng: random.Random, names: Names) -> str:
    scope = Scope()
    for role, kind in node.variables:
        name = names.role(role)
        scope.add(name, kind.rstrip("+"), kind[-1] == "+")
    focus = names.role(node.variables[int(rng.random() * len(node.variables))][0])
    depth = 2 if rng.random() < 0.2 else 1
    return Expressions(rng, names, scope).use(node.kind, focus, depth, node.level)


def parse_all(text: str) -> list[Template]:
    """Templates separated by lines of ``---``."""
    return [Template(part) for part in re.split(r"^---$", text, flags=re.MULTILINE)]
