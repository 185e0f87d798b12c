"""The automaton accepts every real run, and rules out what cannot happen."""

# ruff: noqa: E501 (programs on one line)

from __future__ import annotations

import asyncio
import types
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuraldbg.bytecode import nested_codes
from neuraldbg.control import ControlState, IllegalStep, Legal, Presence
from neuraldbg.program import Program
from neuraldbg.steps import Event, Outcome, Step
from neuraldbg.tracing import trace_call

CALL, LINE, RETURN, EXCEPTION = Event.CALL, Event.LINE, Event.RETURN, Event.EXCEPTION


def run(program: Program, max_steps: int = 2000) -> tuple[list[Step], Outcome]:
    """Steps of a real run in this process."""
    code = program.code
    namespace: dict[str, object] = {"__name__": "__main__" if program.call is None else "script"}
    if program.call is None:
        steps, outcome, _ = trace_call(
            lambda: exec(code, namespace), code, code, program.source, program.visible, max_steps
        )
        return steps, outcome
    exec(code, namespace)
    entry = next(c for c in nested_codes(code) if c.co_qualname == program.entry)
    call = program.call

    def go() -> object:
        value = eval(call, namespace)
        if isinstance(value, types.CoroutineType):
            return asyncio.run(value)
        return list(value) if isinstance(value, types.GeneratorType) else value

    steps, outcome, _ = trace_call(go, code, entry, program.source, program.visible, max_steps)
    return steps, outcome


def follow(program: Program, steps: list[Step]) -> Iterator[tuple[Legal, Step]]:
    """Each step with what was legal before it; raises IllegalStep when the automaton refuses one."""
    state = program.start()
    for step in steps:
        yield state.legal(), step
        state = state.after(step)


def accept(source: str, entry: str = "<module>", call: str | None = None) -> ControlState:
    """The state after a whole run of the program, every step of which must be legal."""
    program = Program.from_source(source, "script.py", entry, call)
    steps, outcome = run(program)
    assert steps
    state = program.start()
    for step in steps:
        legal = state.legal()
        assert any(step.line in b.lines and b.event is step.event for b in legal.branches)
        after = state.after(step)
        assert hash(after) == hash(state.after(step)) and after == state.after(step)
        check_order(legal, step)
        state = after
    if outcome in (Outcome.RETURNED, Outcome.RAISED):
        assert state.legal().may_end
    return state


def check_order(legal: Legal, step: Step) -> None:
    """The names of the step come in the order of some branch's rules."""
    if step.event in (RETURN, EXCEPTION):
        return
    orders = [[r.name for r in b.names if r.name in step.locals] for b in legal.branches if b.event is step.event]
    assert list(step.locals) in orders


# -- programs made at random ----------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.sampled_from(
    ["a", "b", "c", "1", "'s'", "[]", "[a, 1]", "{a: b}", "a + b", "a[0]", "len(c)", "f(a)", "g(b)", "h(a)", "K(a)", "K(1).m(b)",
     "[q for q in (1, 2)]", "[f(q) for q in (a, 0)]", "{q: g(q) for q in 'xy'}", "sum(h(q) for q in (1, 2))", "list(gen(2))",
     "next(gen(a))", "sorted([3, 1], key=lambda v: -v)", "(d := a)", "a if b else f(1)", "a and g(c)", "not a", "a == b",
     "a < b < 3", "f'{a!r}{b}'", "(lambda z: z)(a)", "list(map(f, (1, 2)))", "make(a)()", "dict.fromkeys('ab', a)", "a.m",
     "K", "f", "[*gen(2), a]", "max((a, b), key=str)", "str(K(2))", "K(1) + K(2)", "bool(K(0))", "print(K(3))"]
)  # fmt: skip
CONDITIONS = st.sampled_from(
    ["a", "b == 1", "len(str(c)) < 4", "isinstance(a, int) and a > 0", "not d", "f(a)", "K(b)", "1", "0"]
)
PRELUDE = """\
def f(x, y=2):
    if x == 1:
        raise ValueError(x)
    return y
def g(x):
    try:
        return f(x) + 1
    except (ValueError, TypeError) as error:
        log.append(x)
        return 7
    finally:
        log.append(0)
def h(n):
    return n if not isinstance(n, int) or n < 1 else h(n - 1) + 1
def gen(n):
    i = 0
    try:
        while i < n:
            yield i
            i += 1
    finally:
        i = None
def make(n):
    def inner():
        nonlocal n
        n = [n]
        return n
    return inner
class K:
    total = 0
    def __init__(self, v):
        self.v = v
    def m(self, w):
        K.total += 1
        return self.p
    @property
    def p(self):
        return (self.v, w) if self.v == 'q' else self.v
    def __add__(self, other):
        return K(0)
    def __bool__(self):
        return bool(self.v)
    def __repr__(self):
        return f"K({self.v!r})"
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return error[0] is TypeError
log = []
"""


def indent(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def block(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.lists(children, min_size=1, max_size=3).map(
        lambda parts: indent([line for part in parts for line in part])
    )


def compound(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    body = block(children)
    orelse: st.SearchStrategy[list[str]] = st.one_of(st.just([]), body.map(lambda b: ["else:", *b]))
    handler = st.sampled_from(
        ["except ValueError:", "except (TypeError, KeyError) as d:", "except Exception as b:", "except:"]
    )
    return st.one_of(
        st.builds(lambda c, b, e: [f"if {c}:", *b, *e], CONDITIONS, body, orelse),
        st.builds(lambda c, d, b, e, o: [f"if {c}:", *b, f"elif {d}:", *e, *o], CONDITIONS, CONDITIONS, body, body, orelse),
        st.builds(lambda n, b, e: [f"for {n} in range(2):", *b, *e], NAMES, body, orelse),
        st.builds(lambda n, v, b, e: [f"for {n} in {v}:", *b, *e], NAMES, VALUES, body, orelse),
        st.builds(lambda b, e: ["k = 0", "while k < 2:", "    k += 1", *b, *e], body, orelse),
        st.builds(lambda b: ["while True:", *b, "    break"], body),
        st.builds(lambda b, h, x, e: ["try:", *b, h, *x, *e], body, handler, body, orelse),
        st.builds(lambda b, x: ["try:", *b, "finally:", *x], body, body),
        st.builds(lambda b, h, x, y: ["try:", *b, h, *x, "finally:", *y], body, handler, body, body),
        st.builds(lambda b: ["with K(1) as c:", *b], body),
        st.builds(lambda b: ["try:", *b, "except* ValueError as d:", "    a = d"], children.map(indent)),
        st.builds(lambda v, b, e: [f"match {v}:", "    case [a, *c]:", *indent(b), "    case int() | str():", *indent(e)], VALUES, body, body),
        st.builds(lambda b: ["def nested(p=a, *q, r=1):", *b, "    return p", "b = nested()"], body),
        st.builds(lambda b: ["class C:", *b], body),
    )  # fmt: skip


SIMPLE = st.one_of(
    st.builds(lambda n, v: [f"{n} = {v}"], NAMES, VALUES),
    st.builds(lambda n, v: [f"{n} += {v}"], NAMES, VALUES),
    st.builds(lambda v: [v], VALUES),
    st.builds(lambda n, v: [f"{n}, d = {v}, 1"], NAMES, VALUES),
    st.builds(lambda n, v: [f"log.append({v})", f"{n} = log[-1]"], NAMES, VALUES),
    st.builds(lambda v: ["c = [", f"    {v},", "    1,", "]"], VALUES),
    st.builds(lambda n: [f"del {n}"], NAMES),
    st.sampled_from([["pass"], ["raise KeyError(a)"], ["assert a, b"], ["while d: d = 0"], ["a = b = c"], ["b = [1]; b[0] = a"], ["import math"]]),
)  # fmt: skip
BODIES = st.lists(st.recursive(SIMPLE, compound, max_leaves=8), min_size=1, max_size=4).map(
    lambda b: [x for y in b for x in y]
)
RUNS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)


@RUNS
@given(BODIES)
def test_module_runs_are_legal(body: list[str]) -> None:
    accept(PRELUDE + "a, b, c, d = 0, 1, 'ab', [2]\n" + "\n".join(body) + "\n")


@RUNS
@given(BODIES, st.sampled_from(["0, 1, 'ab', [2]", "1, 2, 3, 4", "[1], (), None, True"]))
def test_function_runs_are_legal(body: list[str], arguments: str) -> None:
    source = PRELUDE + "def entry(a, b, c, d):\n" + "\n".join(indent(body)) + "\n    return a\n"
    accept(source, "entry", f"entry({arguments})")


@RUNS
@given(BODIES)
def test_generator_runs_are_legal(body: list[str]) -> None:
    source = PRELUDE + "def entry(a, b, c, d):\n    yield a\n" + "\n".join(indent(body)) + "\n    yield from gen(2)\n"
    accept(source, "entry", "entry(0, 1, 'ab', [2])")


@RUNS
@given(BODIES)
def test_plain_functions_without_prelude_are_legal(body: list[str]) -> None:
    source = "def entry(a, b, c, d):\n" + "\n".join(indent(body)) + "\n    return a\n"
    accept(source, "entry", "entry(0, 1, 'ab', [2])")


# -- programs written by others -----------------------------------------------------------------------------------------

LIBRARY = {
    "textwrap": "print(wrap('the quick brown fox jumps', 10)); print(dedent('  a\\n  b')); print(shorten('hello world', 8))",
    "heapq": "h = []\nfor x in [5, 3, 8]: heappush(h, x)\nprint(heappop(h), nlargest(2, [1, 5, 2]), list(merge([1, 3], [2])))",
    "bisect": "print(bisect_right([1, 2, 3], 2), bisect_left([1, 3], 3, key=lambda v: v))",
    "statistics": "print(median([3, 1]), stdev([1, 2, 4]))\ntry:\n    mean([])\nexcept StatisticsError as e:\n    print(e)",
    "string": "print(Template('$a b').substitute(a=1), Formatter().format('{0} {x!r:>5}', 1, x=2))",
    "fractions": "print(Fraction(1, 3) + Fraction('2/5'), Fraction(1, 2) < 1)\ntry:\n    Fraction(1, 0)\nexcept ZeroDivisionError as e: print(e)",
    "difflib": "print(''.join(ndiff(['a\\n', 'b\\n'], ['a\\n', 'c\\n'])), get_close_matches('appel', ['ape', 'apple']))",
    "graphlib": "print(list(TopologicalSorter({'D': {'B'}, 'B': {'A'}}).static_order()))",
    "contextlib": "@contextmanager\ndef cm(x):\n    try:\n        yield x\n    finally:\n        print('out')\n"
    "try:\n    with cm(2):\n        raise KeyError(1)\nexcept KeyError: pass\nwith suppress(ValueError):\n    int('x')\n",
    "functools": "@lru_cache(maxsize=3)\ndef fb(n):\n    return n if n < 2 else fb(n - 1) + fb(n - 2)\nprint(fb(5))\n",
    "html.parser": "class H(HTMLParser):\n    def handle_starttag(self, t, a): print(t, a)\nH().feed('<a href=\"x\">b</a>')",
    "dataclasses": "@dataclass\nclass D:\n    a: int\n    b: list = field(default_factory=lambda: [1])\nprint(MISSING)",
    "queue": "q = PriorityQueue(); q.put(3); q.put(1); print(q.get(), q.qsize())",
    "sched": "s = scheduler(lambda: 0, lambda d: None)\ns.enter(0, 1, lambda: print('hi'))\ns.run()",
    "shlex": "print(split('a \"b c\" d'), quote('a b'))",
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARY)
def test_library_modules_run_as_scripts_are_legal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    accept(Path(spec.origin).read_text(encoding="utf-8") + "\n" + LIBRARY[name] + "\n")


# -- what is ruled out, and what must not be ----------------------------------------------------------------------------


def moves(source: str, upto: int, entry: str = "<module>", call: str | None = None) -> list[tuple[str, str, int, int]]:
    """(event, function, depth, line) of everything legal after the first ``upto`` steps of a real run."""
    program = Program.from_source(source, "script.py", entry, call)
    steps, _ = run(program)
    state = program.start()
    for step in steps[:upto]:
        state = state.after(step)
    return [(b.event.value, b.function, b.depth, n) for b in state.legal().branches for n in b.lines]


def test_a_trace_starts_with_the_entry() -> None:
    assert moves("x = 1\n", 0) == [("call", "<module>", 0, 1)]
    assert moves("def f(a):\n    return a\n", 0, "f", "f(1)") == [("call", "f", 0, 1)]


def test_assignments_of_constants_have_one_successor() -> None:
    assert moves("x = 1\ny = 2\n", 2) == [("line", "<module>", 0, 2)]
    assert moves("x = 1\ny = 2\n", 3) == [("return", "<module>", 0, 2)]


def test_a_loop_over_range_goes_on_or_ends() -> None:
    source = "def f():\n    for i in range(2):\n        a = i\n    return 5\n"
    assert moves(source, 3, "f", "f()") == [("line", "f", 0, 2)]
    assert moves(source, 4, "f", "f()") == [("line", "f", 0, 3), ("line", "f", 0, 4)]


def test_a_direct_call_enters_its_function_or_raises() -> None:
    source = "def g(n):\n    return n\ndef f(n):\n    x = g(n)\n    return x\n"
    assert moves(source, 2, "f", "f(1)") == [("call", "g", 1, 1), ("exception", "f", 0, 4)]
    assert moves(source, 5, "f", "f(1)") == [("line", "f", 0, 5), ("exception", "f", 0, 4)]


def test_an_exception_of_a_direct_callee_reaches_its_caller() -> None:
    source = "def g():\n    raise KeyError\ndef f():\n    try:\n        g()\n    except KeyError:\n        return 1\n"
    assert moves(source, 5, "f", "f()") == [("exception", "g", 1, 2)]
    assert moves(source, 6, "f", "f()") == [("exception", "f", 0, 5)]
    assert moves(source, 7, "f", "f()") == [("line", "f", 0, 6)]


def test_a_function_that_nobody_mentions_is_never_called() -> None:
    source = "def f(xs):\n    return max(xs)\ndef other():\n    return 1\n"
    assert {m[1] for m in moves(source, 2, "f", "f([1])")} == {"f"}


def test_reprs_imply_calls_of_special_methods_only() -> None:
    source = "class A:\n    def __repr__(self):\n        return 'A()'\n    def m(self):\n        return 2\nprint(A())\nA().m()\n"
    accept(source)


def names_after(source: str, entry: str, call: str, upto: int) -> dict[str, tuple[Presence, bool, bool]]:
    program = Program.from_source(source, "script.py", entry, call)
    steps, _ = run(program)
    state = program.start()
    for step in steps[:upto]:
        state = state.after(step)
    (branch,) = [b for b in state.legal().branches if b.event is LINE]
    return {r.name: (r.presence, r.may_keep, r.may_change) for r in branch.names}


def test_names_that_a_line_cannot_touch_are_kept() -> None:
    source = "def f(n, xs, t):\n    y = n\n    xs.append(n)\n    n += 1\n    return y\n"
    always, maybe = Presence.ALWAYS, Presence.MAYBE
    kept = (always, True, False)
    assert names_after(source, "f", "f(1, [], (1, [2]))", 2) == {
        "n": kept,
        "xs": kept,
        "t": kept,
        "y": (always, False, True),
    }
    after_append = names_after(source, "f", "f(1, [], (1, [2]))", 3)
    assert after_append == {"n": kept, "xs": (always, True, True), "t": (always, True, True), "y": kept}
    assert maybe not in [p for p, _, _ in after_append.values()]


def test_conditional_stores_and_deletions_are_optional() -> None:
    source = "def f(n):\n    y = n and (z := 1)\n    del y\n    return n\n"
    assert names_after(source, "f", "f(1)", 2)["z"] == (Presence.MAYBE, False, True)
    assert "y" not in names_after(source, "f", "f(1)", 3)


def test_a_repr_that_imitates_a_number_is_not_trusted() -> None:
    source = "class A:\n    n = 0\n    def __repr__(self):\n        return str(A.n)\ndef f():\n    a = A()\n    A.n = 5\n    return a\n"
    accept(source, "f", "f()")
    honest = source.replace("str(A.n)", "f'<A {A.n}>'")
    accept(honest, "f", "f()")


@pytest.mark.parametrize(
    "source",
    [
        "xs = [1]\nfor x in map(xs.append, [2, 3]):\n    y = xs\n",
        "from collections import defaultdict\nd = defaultdict(list)\ne = d[1]\nf = 2\n",
        "import heapq\ng = heapq.merge([1], [2], key=lambda v: v)\nxs = [v for v in g if v]\n",
        "import itertools\nc = itertools.count()\nfor i in c:\n    if i > 2:\n        break\n",
        "g = (q for q in [1, 2])\nxs = [g]\nfor x in g:\n    pass\n",
        "xs = []\ng = (xs.append(q) for q in [1, 2])\nfor x in g:\n    pass\n",
        "def f():\n    global t\n    t = 1\n    u = 2\nf()\nprint(t)\n",
        "def outer():\n    n = 1\n    def inner():\n        nonlocal n\n        n += 1\n    inner()\n    return n\nouter()\n",
        "class A:\n    def __del__(self):\n        print('gone')\na = A()\na = 1\nb = 2\n",
        "class It:\n    def __iter__(self): return self\n    def __next__(self): raise StopIteration\nfor x in It():\n    pass\ny = 1\n",
        "f, g = lambda: 1, lambda: 2\nprint(f(), g())\n",
        "def f(): return 1\ndef f(): return 2\nf()\n",
        "def d(f): return f\n@d\n@d\ndef f(x): return x\nf(1)\n",
        "def g():\n    x = yield 1\n    print(x)\nq = g(); next(q)\ntry:\n    q.throw(KeyError)\nexcept KeyError:\n    pass\n",
        "def g():\n    try:\n        yield 1\n    finally:\n        print(2)\nfor x in g():\n    break\nq = g(); next(q); del q\nz = 3\n",
        "def g():\n    yield from h()\ndef h():\n    yield 1\n    return 2\nprint(list(g()))\n",
        "import sys\nx = 1\nsys.exit(3)\n",
        "x = 1\nexec('x = 2')\nglobals()['x'] = 3\ny = x\n",
        "class M(type):\n    def __prepare__(name, bases): return {'z': 1}\nclass A(metaclass=M):\n    y = 2\n",
        "import enum\nclass E(enum.Enum):\n    A = enum.auto()\n    def f(self): return 1\nE.A.f()\n",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    def __post_init__(self): self.y = 1\nP(1)\n",
        "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    x = 1\n",
        "def f():\n    try:\n        return 1\n    finally:\n        x = 2\nf()\n",
        "def f():\n    for i in range(3):\n        try:\n            continue\n        finally:\n            x = i\nf()\n",
        "try:\n    try:\n        1 / 0\n    except ValueError:\n        x = 1\n    finally:\n        y = 2\nexcept ZeroDivisionError as e:\n    raise e\n",
        "try:\n    raise ExceptionGroup('g', [ValueError(1), KeyError(2)])\nexcept* ValueError as e:\n    x = e\nexcept* KeyError:\n    y = 1\n",
        "class K:\n    def __init__(self, v): self.v = v\n    def __enter__(self): return 1\n    def __exit__(self, *e): return True\nwith K(1) as c:\n    d = c\nwith K(1):\n    1 / 0\n",
        "import contextlib\n@contextlib.contextmanager\ndef c():\n    yield 1\nwith c() as v, c() as w:\n    x = v\n",
        "x = [\n    a\n    for a in range(3)\n    if a\n]\ny = 1\n",
        "x = (1,\n     2)[0]\nprint(x,\n      x)\n",
        "for i in range(3): x = i\nwhile x: x -= 1\n",
        "def f(a, /, b, *c, d=1, **e):\n    return a\nf(1, 2, 3, d=4, z=5)\n",
        "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return [1]\na = A()\nb = a.p\nb = a.p\n",
        "print(sorted({3: 1, 2: 2}, key={3: 1, 2: 2}.get))\n",
        "class A:\n    def write(self, s): return len(s)\nprint(1, file=A())\n",
        "class A:\n    x = 1\n    y = [x for _ in range(2)]\n    def x(self): pass\n    del y\n",
        "try:\n    import nonexistent_module as m\nexcept ImportError:\n    m = None\n",
        "class A:\n    def __getattr__(self, n): return n\nx = A().foo\ny = hasattr(A(), 'q')\n",
        "class A(Exception):\n    def __init__(self, x): self.x = x\ntry:\n    raise A(1)\nexcept A as a:\n    b = a.x\n",
        "def f(x):\n    match x:\n        case {'k': v, **rest}: return v\n        case (a, b): return a\n        case _: return None\nf({'k': 1, 'z': 2}); f((1, 2)); f(3)\n",
    ],
)  # fmt: skip
def test_odd_programs_are_legal(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    accept(source)


def test_coroutines_are_legal() -> None:
    source = (
        "import asyncio\nasync def child(n):\n    await asyncio.sleep(0)\n    return n\n"
        "async def agen():\n    for i in range(2):\n        yield i\n"
        "async def main(n):\n    t = asyncio.create_task(child(1))\n    x = await child(n)\n    y = await t\n"
        "    async for i in agen():\n        x += i\n    z = [i async for i in agen() if i]\n    return x + y\n"
    )
    accept(source, "main", "main(2)")
    accept(source + "asyncio.run(main(3))\n")


def test_methods_as_entries_and_generators_left_half_way_are_legal() -> None:
    source = "def g():\n    yield 1\n    yield 2\nit = g()\nnext(it)\nclass S:\n    def m(self, k):\n        return next(it) + k\n"
    accept(source, "S.m", "S().m(1)")


def test_an_illegal_step_is_refused() -> None:
    program = Program.from_source("x = 1\ny = 2\n", "script.py")
    state = program.start().after(Step(CALL, 1, "<module>", 0, {}))
    for wrong in (
        Step(LINE, 2, "<module>", 0, {}),
        Step(LINE, 1, "<module>", 1, {}),
        Step(LINE, 1, "f", 0, {}),
        Step(RETURN, 1, "<module>", 0, {}, "None"),
        Step(LINE, 1, "<module>", 0, {"z": "1"}),
    ):
        with pytest.raises(IllegalStep):
            state.after(wrong)
    state = state.after(Step(LINE, 1, "<module>", 0, {})).after(Step(LINE, 2, "<module>", 0, {"x": "1"}))
    with pytest.raises(IllegalStep):
        state.after(Step(RETURN, 2, "<module>", 0, {"x": "1"}, "5"))
    assert state.after(Step(RETURN, 2, "<module>", 0, {"x": "1"}, "None")).legal() == Legal((), True)
