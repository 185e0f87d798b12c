"""Expressions over reprs: equal to Python's own where there is a value, bounded in time and memory always."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.bounded import render
from neuraldbg.evaluation import Kind, evaluate, interpolate, syntax_error, test_condition
from neuraldbg.literals import Opaque, read_value

VALUES: dict[str, Any] = {
    "n": 7,
    "x": -2.5,
    "z": 1 + 2j,
    "flag": True,
    "none": None,
    "s": 'it\'s a "text"\n',
    "b": b"by\x00te",
    "xs": [3, 1, 2],
    "pairs": [("a", 1), ("b", 2)],
    "d": {"k": [1, {"in": (1, 2)}], 3: None},
    "t": (1,),
    "few": {5},
    "frozen": frozenset({1}),
    "counts": Counter("abca"),
    "queue": deque([1, 2, 3], maxlen=3),
    "ordered": OrderedDict([("p", 1)]),
    "r": range(2, 20, 3),
}
REPRS = {name: repr(value) for name, value in VALUES.items()}


def python(expression: str) -> tuple[str, str]:
    """What Python says: ("value", repr) or ("error", type of the exception)."""
    try:
        return "value", repr(eval(expression, dict(VALUES)))
    except Exception as error:
        return "error", type(error).__name__


def ours(expression: str) -> tuple[str, str]:
    found = evaluate(expression, REPRS)
    if found.kind is Kind.VALUE:
        assert found.text is not None
        return "value", found.text
    assert found.kind is Kind.ERROR, found
    return "error", found.reason.split(":")[0]


EXPRESSIONS = """
n + 1 | n // 2 * 3 % 5 ** 2 | -n | +x | ~n | not n | n / 0 | 1 << n | n >> 1 | n & 3 | n ^ 2 | x * n | z * z | z.imag
n < 8 <= 10 | n == 7.0 | n != 7 | n is None | none is None | none is not None | 1 < 'a' | flag is True | s.upper()
s[0] | s[::-1] | s[-100:3] | s[99] | 'tex' in s | len(s) | s.split() | s.replace('t', 'TT') | s.join(['a', 'b'])
s.center(30, '*') | 'abc'.zfill(7) | '%s-%05d' % ('a', n) | '%r %%' % s | '{} {:>5} {b!r}'.format(n, s[:2], b=xs)
s.encode() | f'{n}' | f'{n:05d} {s!r:>30} {x:.2f} {n=}' | f'{xs[0]:{n}}' | f'{{}}' | b.decode('latin-1') | b[0]
b.hex() | s.find('a') | xs[0] | xs[-1] | xs[5] | xs[1:] | xs + [4] | xs * 2 | 2 in xs | 9 not in xs | xs.index(2)
xs.index(9) | xs.count(1) | len(xs) | sorted(xs) | sorted(xs, reverse=True) | sorted(pairs, key=lambda p: -p[1])
sorted(xs, key=str) | min(xs) | max(xs, default=0) | max([], default=3) | max([]) | min(3, 1, 2)
max(d, key=lambda k: str(k)) | sum(xs) | sum([[1], [2]], []) | sum(['a']) | any(xs) | all(v > 1 for v in xs)
any(1 / (3 - v) > 5 for v in [1, 2]) | [v * 2 for v in xs if v > 1] | {v: i for i, v in enumerate(xs)}
[a + b for a, b in pairs for b in [1]] | [(a, b) for a in xs for b in range(a)] | {v % 1 for v in xs}
list(zip(xs, 'abc')) | dict(pairs) | dict(a=1) | list(enumerate(xs, 5)) | list(reversed(xs))
list(map(lambda v: v + 1, xs)) | list(filter(None, [0, 1])) | d['k'][1]['in'][0] | d[3] | d['nothing']
d.get('nothing', 4) | d.get('k') | list(d.items())[0] | 'k' in d | d | {**d, 'z': 1} | list(d) | d.keys()
list(d.values()) | len(d) | [*xs, *t] | (*xs, 1) | {*few} | t[0] | t + (2,) | t * 3 | few | frozen | few
few.union([5]) | few & {5} | few <= {5} | 5 in few | counts['a'] | counts['zz'] | counts.most_common(1)
counts.total() | queue[0] | queue | queue.maxlen | ordered | ordered['p'] | list(r) | r[1] | r[1:] | r.stop | 5 in r
len(r) | r | isinstance(n, int) | isinstance(n, (str, bool)) | isinstance(flag, int) | isinstance(counts, dict)
type(n) is int | type(n) in (str, int) | type(x).__name__ | str(n) | int('12') | int('x') | int('ff', 16)
float('1.5') | bool([]) | str(xs) | repr(s) | ascii('é') | abs(x) | round(x) | round(2.567, 2) | divmod(n, 3)
pow(2, 10) | pow(3, -1, 7) | chr(97) | ord('a') | ord('ab') | bin(n) | hex(255) | tuple(xs) | set() | list('abc')
range(3) | complex(1, 2) | bytes(3) | bytes([1, 2]) | format(n, '04') | n if flag else s | n and x | none or xs
0 or '' or [] | (lambda a, b: a * b)(3, 4) | (lambda a: a)(1, 2) | [[j for j in range(i)] for i in range(4)] | n()
n.real | n.nothing | s.nothing | xs['a'] | xs[None] | {[]: 1} | {1, []} | [1] < [2] | (1, 2) == (1, 2.0)
'a' < 'b' < 'c' | 0.1 + 0.2 | 1e308 * 10 | 2 ** -1 | (-8) ** 0.5 | 10 ** 20 | '' == b'' | None | ... | 'a' 'b' | 0x_ff
[] | {} | () | "\\N{DASH}" | xs[True] | sum([0.1] * 10) | sum(v for v in xs) | max(v for v in xs)
','.join(str(v) for v in xs) | len([1 for _ in range(1000)]) | not xs | [v for v in xs if v and not v % 2]
{k: v for k, v in pairs}['a'] | [x for x in [1, 2]] + [n] | sorted([3, 'a']) | list(zip(xs, strict=True)) | n
""".replace("\n", " | ")


@pytest.mark.parametrize("expression", sorted({e.strip() for e in EXPRESSIONS.split(" | ") if e.strip()}))
def test_it_says_what_python_says(expression: str) -> None:
    assert ours(expression) == python(expression)


# Random expressions over literals and the values above

NUMBERS = st.one_of(st.integers(-5, 5), st.floats(-3, 3), st.booleans()).map(repr)
NAMES = st.sampled_from(["n", "x", "s", "xs", "d", "t", "pairs", "flag", "none", "counts", "queue", "r", "b"])
TEXTS = st.text(max_size=4).map(repr)


def bigger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from("+ - * / // % & | ^ < <= == != > >= in and or".split())
    call = st.sampled_from("len sum sorted min max any all str int float repr list tuple abs bool round type".split())
    method = st.sampled_from(["upper()", "split()", "keys()", "index(1)", "count(2)", "get(1)", "get(1, 2)", "strip()"])
    return st.one_of(
        st.tuples(part, operators, part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(call, part).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(part, method).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(part, part).map(lambda p: f"({p[0]})[{p[1]}]"),
        st.tuples(part, part, part).map(lambda p: f"({p[0]})[{p[1]}:{p[2]}]"),
        st.lists(part, max_size=3).map(lambda p: "[" + ", ".join(p) + "]"),
        st.lists(part, max_size=3).map(lambda p: "(" + "".join(f"{i}, " for i in p) + ")"),
        st.lists(st.tuples(part, part), max_size=3).map(lambda p: "{" + ", ".join(f"{k}: {v}" for k, v in p) + "}"),
        st.tuples(part, part, part).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(part, part, part).map(lambda p: f"[({p[0]}) for v in {p[1]} if {p[2]}]"),
        st.tuples(part, part).map(lambda p: f"{{v: ({p[0]}) for v in {p[1]}}}"),
        st.tuples(part, part).map(lambda p: f"all(({p[0]}) for v in {p[1]})"),
        part.map(lambda p: f"(not {p})"),
        part.map(lambda p: f"(-{p})"),
        part.map(lambda p: f"f'{{({p})!r:>3}}'" if "'" not in p and "\\" not in p else p),
        st.tuples(part, part).map(lambda p: f"sorted({p[0]}, key=lambda v: {p[1]})"),
    )


LEAVES = st.one_of(NUMBERS, NAMES, TEXTS, st.just("None"))
expressions: st.SearchStrategy[str] = st.deferred(lambda: LEAVES | bigger(expressions))


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(deadline=None, max_examples=300)
@given(expressions)
def test_random_expressions_equal_python(expression: str) -> None:
    found, true = evaluate(expression, REPRS), python(expression)
    if found.kind is Kind.VALUE:
        assert ("value", found.text) == true
    elif found.kind is Kind.ERROR:
        assert ("error", found.reason.split(":")[0]) == true
    else:
        assert found.reason
        # what is left open is iterators, types as values, identity, and text nobody wants
        assert found.kind in (Kind.UNKNOWN, Kind.REFUSED, Kind.TOO_LARGE)
        assert any(word in expression for word in ("type", "keys")) or found.kind is Kind.TOO_LARGE, found


HOSTILE = """
10**10**10 | 'a' * 10**9 | [0] * 10**9 | 1 << 10**9 | [i for i in range(10**12)] | sum(range(10**12))
list(range(10**9)) | f'{1:10000000000}' | '%1000000000d' % 1 | '%.1000000000f' % 1.0 | '{:1000000000}'.format(1)
'{:{}}'.format(1, 10**9) | 'a'.ljust(10**10) | 'a'.zfill(10**10) | '\\t'.expandtabs(10**10)
('a' * 10**6).replace('a', 'b' * 10**6) | '%*d' % (10**9, 1) | ('a' * 10**5).join(['b'] * 10**5) | bytes(10**10)
round(5, -10**9) | pow(3, 10**4000, 10**4001) | 2 ** 10 ** 8 | 1.5 in range(10**12)
[[[[[[[[0] * 99] * 99] * 99] * 99] * 99] * 99] * 99] | sorted(range(10**9)) | any(False for _ in range(10**12))
max(range(10**12)) | {i * (2**61 - 1) for i in range(10**5)} | {i * (2**61 - 1): 0 for i in range(10**5)}
(lambda f: f(f))(lambda f: f(f)) | [[i for i in range(10**4)] for _ in range(10**4)] | set().union(range(10**10))
range(10**12).count(1.5) | range(10**12).index('a') | ''.join(str(i) for i in range(10**9))
('a' * 10**6).rfind('b' * 10**5) | list(zip(range(10**12), range(10**12))) | 10**4000 * 10**4000 | str(10**4500)
'x' + 'a' * 10**6 * 10**6 | [0] * -10**20 + [1] * 10**20 | dict(zip(range(10**9), range(10**9))) | 7 ** 7 ** 7 ** 7
(lambda s: (lambda s: (lambda s: s * 1000)(s * 1000))(s * 1000))('abc')
all(any(range(1)) or True for i in range(10**12)) | f'{1:{10**9}}' | [x for x in [1] * 10**5 for y in [1] * 10**5]
'a' * 10**18 * 0 | ('%s' * 1300) % tuple(['a' * 1000] * 1300) * 10**4 | 'ß' * 2**60
""".replace("\n", " | ")


@pytest.mark.parametrize("expression", sorted({e.strip() for e in HOSTILE.split(" | ") if e.strip()}))
def test_what_would_take_too_much_is_an_outcome(expression: str) -> None:
    found = evaluate(expression, {})
    assert found.kind in (Kind.TOO_LARGE, Kind.REFUSED, Kind.ERROR), found
    assert found.text is None
    assert found.reason


def test_deep_and_long_expressions_are_outcomes() -> None:
    for expression in (
        "(" * 3000,
        "(" * 90 + "1" + ")" * 90,
        "1" + "+1" * 1500,
        "-" * 3900 + "1",
        "[" * 500 + "]" * 500,
    ):
        assert evaluate(expression, {}).kind in (Kind.TOO_LARGE, Kind.ERROR, Kind.VALUE)
    assert evaluate("1" * 5000, {}).reason == "the expression is too long"
    assert evaluate("1 +", {}).reason.startswith("SyntaxError")
    assert evaluate("\0", {}).kind is Kind.ERROR
    assert evaluate("'" + chr(0xD800) + "'", {}).kind in (Kind.ERROR, Kind.VALUE)
    assert syntax_error("a b") is not None
    assert syntax_error("a.b") is None


SNIPPETS = st.sampled_from(
    "n s xs d 10**9 10**99 ** * << % 'a' range( list( sum( ) [ ] ( for in if else lambda : , .join( .replace( "
    ".format( f'{ }' ! = .ljust( 1 0 - == {1:2} sorted( map( str( {} .items() _ i not and or is None 'é' .zfill( "
    "pow( round(".split()
)


@settings(deadline=None, max_examples=600)
@given(st.lists(SNIPPETS, max_size=14).map(" ".join) | st.text(max_size=30))
def test_any_text_has_an_outcome(text: str) -> None:
    found = evaluate(text, REPRS, budget=20_000)
    assert found.kind is Kind.VALUE or found.reason
    assert (found.text is not None) == (found.kind is Kind.VALUE)
    interpolate(text + "{" + text + "}", REPRS)


# What the reprs do not tell

OPEN = {
    "obj": "<Foo object>",
    "point": "Point(x=1, y=[2, <Foo object>])",
    "mixed": "[1, <Foo object>, 'a']",
    "cut": "<repr of 20000 characters>",
    "several": "{'a', 'b'}",
    "colour": "<Color.RED: 1>",
    "deep": "[" * 200 + "]" * 200,
}


@pytest.mark.parametrize(
    ("expression", "kind", "text"),
    [
        ("obj", Kind.VALUE, "<Foo object>"),
        ("deep", Kind.VALUE, OPEN["deep"]),
        ("obj + 1", Kind.UNKNOWN, None),
        ("obj == obj", Kind.UNKNOWN, None),
        ("obj is None", Kind.UNKNOWN, None),
        ("obj.x", Kind.UNKNOWN, None),
        ("len(cut)", Kind.UNKNOWN, None),
        ("str(obj)", Kind.UNKNOWN, None),
        ("repr(obj)", Kind.VALUE, "'<Foo object>'"),
        ("f'{obj}'", Kind.UNKNOWN, None),
        ("isinstance(colour, int)", Kind.UNKNOWN, None),
        ("point.x + 1", Kind.VALUE, "2"),
        ("point.y[1]", Kind.VALUE, "<Foo object>"),
        ("point.z", Kind.UNKNOWN, None),
        ("mixed[0]", Kind.VALUE, "1"),
        ("mixed", Kind.VALUE, "[1, <Foo object>, 'a']"),
        ("len(mixed)", Kind.VALUE, "3"),
        ("1 in mixed", Kind.VALUE, "True"),
        ("'a' in mixed", Kind.UNKNOWN, None),
        ("[m for m in mixed if m]", Kind.UNKNOWN, None),
        ("obj()", Kind.REFUSED, None),
        ("print(1)", Kind.REFUSED, None),
        ("open('x')", Kind.REFUSED, None),
        ("__import__('os')", Kind.REFUSED, None),
        ("().__class__", Kind.REFUSED, None),
        ("[].append(1)", Kind.REFUSED, None),
        ("'{0.__class__}'.format(1)", Kind.REFUSED, None),
        ("(y := 1)", Kind.REFUSED, None),
        ("lambda: 1", Kind.REFUSED, None),
        ("nothing", Kind.UNKNOWN, None),
        ("helper(1)", Kind.UNKNOWN, None),
        ("'a' in several", Kind.VALUE, "True"),
        ("sorted(several)", Kind.VALUE, "['a', 'b']"),
        ("several | {'c'}", Kind.VALUE, "{'a', 'b', 'c'}"),
        ("list(several)", Kind.UNKNOWN, None),
        ("[c for c in several]", Kind.UNKNOWN, None),
        ("str(several)", Kind.UNKNOWN, None),
        ("f'{several}'", Kind.UNKNOWN, None),
        ("','.join(several)", Kind.UNKNOWN, None),
        ("any(c == 'a' for c in several)", Kind.VALUE, "True"),
        ("{c + c for c in several} == {'aa', 'bb'}", Kind.VALUE, "True"),
        ("[1] is [1]", Kind.UNKNOWN, None),
        ("zip([1], [2])", Kind.UNKNOWN, None),
        ("sum((1, 2))", Kind.UNKNOWN, None),
        ("len", Kind.REFUSED, None),
        ("int", Kind.VALUE, "<class 'int'>"),
    ],
)
def test_what_is_not_known_is_said(expression: str, kind: Kind, text: str | None) -> None:
    found = evaluate(expression, OPEN, shadowed={"sum", "helper"})
    assert (found.kind, found.text) == (kind, text), found
    assert bool(found.reason) == (kind is not Kind.VALUE)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("obj and False", False),
        ("False and obj", False),
        ("obj or True", True),
        ("not (obj and 0)", True),
        ("obj and nothing or 1", True),
        ("obj and True", None),
        ("obj or 0", None),
        ("not obj", None),
        ("xs", True),
    ],
)
def test_a_condition_can_be_told_from_one_side(expression: str, value: bool | None) -> None:
    found = test_condition(expression, {**OPEN, "xs": "[0]"})
    assert (found.value if found.ok else None) is value
    assert found.ok == (value is not None)


def test_confidence_is_that_of_the_least_confident_name() -> None:
    sure = {"a": 0.9, "b": 0.4}
    assert evaluate("a + 1", {"a": "1", "b": "2"}, sure).confidence == 0.9
    found = evaluate("a + b", {"a": "1", "b": "2"}, sure)
    assert (found.confidence, found.names) == (0.4, {"a", "b"})
    assert evaluate("a if True else b", {"a": "1", "b": "2"}, sure).confidence == 0.9
    assert evaluate("1 + 1", {"a": "1"}, sure).confidence is None
    assert evaluate("b", {"b": "<Foo>"}, sure).confidence == 0.4
    assert evaluate("b.x", {"b": "<Foo>"}, sure).confidence == 0.4


def test_messages_of_log_points() -> None:
    values = {"x": "3", "s": "'text'", "d": "{'k': '}'}", "obj": "<Foo>"}
    assert interpolate("x={x}, {s} {d['k']} {{x}} {x", values) == "x=3, text } {x} {x"
    assert interpolate("{ {1: 2}[1] } {obj}", values) == "2 <Foo>"
    assert interpolate("{y} {x/0}", values) == "{y: y is not known here} {x/0: ZeroDivisionError: division by zero}"


# Reading reprs

values = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary()),
        *(st.just(...), st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 4))),
        st.binary().map(bytearray),
    ),
    lambda v: st.one_of(
        *(st.lists(v), st.lists(v).map(tuple), st.dictionaries(st.text(max_size=3) | st.integers(), v)),
        *(st.sets(st.integers()), st.frozensets(st.text())),
        st.lists(v, max_size=4).map(lambda i: deque(i, maxlen=4)),
        st.dictionaries(st.text(max_size=3), st.integers()).map(Counter),
        st.dictionaries(st.text(max_size=3), v).map(OrderedDict),
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(values)
def test_reading_a_repr_gives_the_value(value: Any) -> None:
    read = read_value(repr(value))
    assert type(read) is type(value)
    assert read == value or render(read) == render(value)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="()[]{}<>,:='\"ab1 .-\\\n") | st.text(), values)
def test_any_text_reads_as_something(text: str, value: Any) -> None:
    for mixed in (text, repr(value)[: len(text)], repr(value) + text, f"[{text}]", f"P(x={text})"):
        read = read_value(mixed)
        assert isinstance(read, Opaque) or repr(read)
