"""The in-process tracer: the same steps from sys.settrace (3.11) and sys.monitoring (3.12 and later)."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import CodeType

import pytest

from neuraldbg._tracer import inlined_comprehensions, nested_codes
from neuraldbg.program import Program
from neuraldbg.steps import Event, Outcome, Step
from neuraldbg.tracing import drive, trace_call


def run(
    source: str, entry: str = "<module>", call: str | None = None, max_steps: int = 500
) -> tuple[list[Step], Outcome, object]:
    program = Program.from_source(source, entry=entry, call=call)
    namespace: dict[str, object] = {"__name__": "__main__" if call is None else "program"}
    if call is None:
        return trace_call(
            lambda: exec(program.code, namespace), program.code, program.code, source, program.visible, max_steps
        )
    exec(program.code, namespace)
    code = program.functions()[program.entry].code
    return trace_call(
        lambda: drive(eval(call, namespace), code), program.code, code, source, program.visible, max_steps
    )


def brief(steps: list[Step], function: str | None = None) -> str:
    """One word a step: event's initial, line, then ``=value``; functions other than the module's are named."""
    words = []
    for step in steps:
        if function in (None, step.function):
            name = "" if function or step.function == "<module>" else f"{step.function}@{step.depth}:"
            words.append(f"{name}{step.event[0]}{step.line}" + (f"={step.value}" if step.value is not None else ""))
    return " ".join(words)


def test_a_script() -> None:
    steps, outcome, value = run("def add(a, b):\n    c = a + b\n    return c\n\nx = add(1, 2)\n")
    assert steps == [
        Step(Event.CALL, 1, "<module>", 0, {}),
        Step(Event.LINE, 1, "<module>", 0, {}),
        Step(Event.LINE, 5, "<module>", 0, {}),
        Step(Event.CALL, 1, "add", 1, {"a": "1", "b": "2"}),
        Step(Event.LINE, 2, "add", 1, {"a": "1", "b": "2"}),
        Step(Event.LINE, 3, "add", 1, {"a": "1", "b": "2", "c": "3"}),
        Step(Event.RETURN, 3, "add", 1, {"a": "1", "b": "2", "c": "3"}, "3"),
        Step(Event.RETURN, 5, "<module>", 0, {}, "None"),
    ]
    assert outcome is Outcome.RETURNED
    assert value is None


PROGRAMS = {
    "loop on one line": ("n = 3\nwhile n: n -= 1\n", "c1 l1 l2 l2 l2 r2=None"),
    "generator": (
        "def g(n):\n    x = yield n\n    return x\n"
        "i = g(1)\nnext(i)\ntry:\n    i.send(5)\nexcept StopIteration as e:\n    v = e.value\n",
        "c1 l1 l4 l5 g@1:c1 g@1:l2 g@1:r2=1 l6 l7 g@1:c2 g@1:l3 g@1:r3=5 e7=StopIteration(5) l8 l9 r9=None",
    ),
    "end of a for": (
        "class I:\n    def __iter__(self): return self\n    def __next__(self): raise StopIteration\n"
        "for i in I(): pass\n",
        "c1 l1 I@1:c1 I@1:l1 I@1:l2 I@1:l3 I@1:r3=None l4 I.__iter__@1:c2 I.__iter__@1:l2 "
        "I.__iter__@1:r2=<__main__.I object> "
        "I.__next__@1:c3 I.__next__@1:l3 I.__next__@1:e3=StopIteration() r4=None",
    ),
    "finally and re-raise": (
        "def f():\n    try:\n        1 / 0\n    finally:\n        x = 1\n"
        "try:\n    f()\nexcept ZeroDivisionError:\n    pass\n",
        "c1 l1 l6 l7 f@1:c1 f@1:l2 f@1:l3 f@1:e3=ZeroDivisionError('division by zero') f@1:l5 "
        "e7=ZeroDivisionError('division by zero') l8 l9 r9=None",
    ),
    "bare raise": (
        "def f():\n    try:\n        raise KeyError(1)\n    except KeyError:\n        raise\n"
        "try:\n    f()\nexcept KeyError:\n    pass\n",
        "c1 l1 l6 l7 f@1:c1 f@1:l2 f@1:l3 f@1:e3=KeyError(1) f@1:l4 f@1:l5 e7=KeyError(1) l8 l9 r9=None",
    ),
    "unmatched except": (
        "def f():\n    try:\n        raise KeyError(1)\n    except ValueError:\n        pass\n"
        "try:\n    f()\nexcept KeyError:\n    pass\n",
        "c1 l1 l6 l7 f@1:c1 f@1:l2 f@1:l3 f@1:e3=KeyError(1) f@1:l4 e7=KeyError(1) l8 l9 r9=None",
    ),
    "with that swallows": (
        "import contextlib\ndef f():\n    with contextlib.suppress(KeyError): raise KeyError(1)\nf()\n",
        "c1 l1 l2 l4 f@1:c2 f@1:l3 f@1:e3=KeyError(1) f@1:r3=None r4=None",
    ),
    "decorators": (
        "def d(f):\n    return f\n@d\ndef f(): return 1\nf()\n",
        "c1 l1 l3 l4 l3 d@1:c1 d@1:l2 d@1:r2=<function f> l4 l5 f@1:c4 f@1:l4 f@1:r4=1 r5=None",
    ),
    "recursion": (
        "def f(n):\n    return n and f(n - 1)\nf(1)\n",
        "c1 l1 l3 f@1:c1 f@1:l2 f@2:c1 f@2:l2 f@2:r2=0 f@1:r2=0 r3=None",
    ),
    "function called in a comprehension": (
        "def f(x): return x\na = [f(i) for i in (1, 2) if i]\n",
        "c1 l1 l2 f@1:c1 f@1:l1 f@1:r1=1 f@1:c1 f@1:l1 f@1:r1=2 r2=None",
    ),
    "generator expression": (
        "def f(x): return x\na = sum(f(i) for i in (1, 2))\n",
        "c1 l1 l2 f@1:c1 f@1:l1 f@1:r1=1 f@1:c1 f@1:l1 f@1:r1=2 r2=None",
    ),
    "called by the library": (
        "def key(x): return -x\na = sorted([1, 2], key=key)\nb = max(map(lambda v: v, a))\n",
        "c1 l1 l2 key@1:c1 key@1:l1 key@1:r1=-1 key@1:c1 key@1:l1 key@1:r1=-2 l3 "
        "<lambda>@1:c3 <lambda>@1:l3 <lambda>@1:r3=2 <lambda>@1:c3 <lambda>@1:l3 <lambda>@1:r3=1 r3=None",
    ),
    "class body": (
        "class A:\n    x = 1\n    def m(self): pass\n",
        "c1 l1 A@1:c1 A@1:l1 A@1:l2 A@1:l3 A@1:r3=None r1=None",
    ),
    "exception out of a comprehension": (
        "try:\n    a = [1 // i for i in (1, 0)]\nexcept ZeroDivisionError:\n    b = 1\n",
        "c1 l1 l2 e2=ZeroDivisionError('integer division or modulo by zero') l3 l4 r4=None",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_steps_on_every_version(name: str) -> None:
    source, expected = PROGRAMS[name]
    steps, outcome, _ = run(source)
    assert brief(steps) == expected
    assert outcome is Outcome.RETURNED


def test_throw_and_a_yield_that_runs_again() -> None:
    source = """\
def g():
    n = 0
    while n < 9:
        try:
            yield
        except KeyError:
            n += 1
i = g()
next(i)
i.throw(KeyError)
try:
    i.throw(ValueError)
except ValueError:
    pass
"""
    steps, _, _ = run(source)
    assert brief(steps, "g") == ("c1 l2 l3 l4 l5 r5=None c5 e5=KeyError() l6 l7 l3 l4 l5 r5=None c5 e5=ValueError() l6")


def test_exception_thrown_into_a_yield_passes_a_finally() -> None:
    source = (
        "def g():\n    try:\n        yield\n    finally:\n        x = 1\n"
        "i = g()\nnext(i)\ntry:\n    i.throw(KeyError(1))\nexcept KeyError:\n    pass\n"
    )
    steps, _, _ = run(source)
    assert brief(steps, "g") == "c1 l2 l3 r3=None c3 e3=KeyError(1) l5"


def test_await_suspends_and_resumes() -> None:
    source = (
        "import asyncio\nasync def inner(x):\n    await asyncio.sleep(0)\n    return x + 1\n"
        "async def main():\n    y = await inner(1)\n    return y\nz = asyncio.run(main())\n"
    )
    steps, outcome, _ = run(source)
    assert outcome is Outcome.RETURNED
    assert brief(steps, "inner") == "c2 l3 r3=None c3 l4 r4=2"
    assert brief(steps, "main") == "c5 l6 r6=None c6 l7 r7=2"
    assert {step.depth for step in steps if step.function == "inner"} == {2}


def test_asynchronous_generators_show_what_they_yield() -> None:
    source = "async def g(n):\n    for i in range(n):\n        yield i\n"
    steps, outcome, _ = run(source, "g", "g(2)")
    assert brief(steps, "g") == "c1 l2 l3 r3=0 c3 l2 l3 r3=1 c3 l2 r2=None"
    assert outcome is Outcome.RETURNED


def test_multi_line_comprehension_stays_on_its_line() -> None:
    steps, _, _ = run("a = [\n    i + 1\n    for i in range(3)\n    if i\n]\nb = 1\n")
    lines = [s.line for s in steps if s.event is Event.LINE]
    assert [line for line in lines if line in (2, 4)] == []
    assert lines[-2:] == [1, 6]


def test_inlined_ranges_do_not_reach_past_the_comprehension() -> None:
    code = compile("def f(n):\n    a = [i for i in n]\n    b = {j: 1 for j in a}\n    return b\n", "x", "exec")
    (function,) = (c for c in nested_codes(code) if c.co_name == "f")
    ranges = inlined_comprehensions(function)
    if sys.version_info < (3, 12):
        assert ranges == ()
    else:
        lines = {at: line for start, end, line in function.co_lines() for at in range(start, end, 2)}
        assert [{lines[at] for at in range(*r, 2)} - {None} for r in ranges[:2]] == [{2}, {3}]


# -- locals ------------------------------------------------------------------------------------------------------------


def test_locals_of_functions_come_in_the_order_of_the_frame() -> None:
    source = "def f(c):\n    if c:\n        early = 0\n    late = 1\n    early = 2\n    return late\n"
    steps, _, _ = run(source, "f", "f(0)")
    assert [list(step.locals) for step in steps[-2:]] == [["c", "early", "late"]] * 2


def test_cells_free_variables_and_hidden_names() -> None:
    source = "def f(a):\n    __x__ = 1\n    def g():\n        return a\n    return g()\n"
    steps, _, _ = run(source, "f", "f(3)")
    inner = next(step for step in steps if step.function == "f.<locals>.g")
    assert dict(inner.locals) == {"a": "3"}
    assert {name for step in steps for name in step.locals} == {"a", "g"}


def test_module_level_shows_no_definitions_but_aliases_of_them() -> None:
    steps, _, _ = run("import os\ndef f(): pass\nclass A: pass\ng = f\nx = 1\n")
    assert dict(steps[-1].locals) == {"g": "<function f>"}
    steps, _, _ = run("b = 1\na = 2\ndel b\nb = 3\nc = 4\n")
    assert list(steps[-1].locals.items()) == [("b", "3"), ("a", "2")]  # as first stored, not as inserted


def test_values_of_returns_and_exceptions_keep_the_locals_of_the_last_stop() -> None:
    steps, _, _ = run("def f(a):\n    a = a.append(1) or 5; return a\nf([])\n")
    line, returned = [s for s in steps if s.function == "f"][-2:]
    assert dict(line.locals) == dict(returned.locals) == {"a": "[]"}


def test_metaclass_namespace_that_is_no_dict() -> None:
    source = (
        "import collections\nclass M(type):\n    @classmethod\n    def __prepare__(cls, name, bases):\n"
        "        return collections.OrderedDict()\nclass A(metaclass=M):\n    x = 1\n    y = 2\n"
    )
    steps, _, _ = run(source)
    assert dict([s for s in steps if s.function == "A"][-1].locals) == {"x": "1"}


# -- entries -----------------------------------------------------------------------------------------------------------


def test_entry_is_the_first_activation_only() -> None:
    source = (
        "class S:\n    def __init__(self):\n        self.a = []\n    def push(self, x):\n        self.a.append(x)\n"
    )
    steps, outcome, _ = run(source, "S.push", "print(S().push(1), S().push(2))")
    assert {step.function for step in steps} == {"S.push"}
    assert brief(steps) == "S.push@0:c4 S.push@0:l5 S.push@0:r5=None"
    assert outcome is Outcome.RETURNED


def test_entry_that_is_a_generator_runs_to_its_end() -> None:
    source = "def h(x):\n    return x\ndef g():\n    yield h(1)\n    yield 2\n"
    steps, outcome, _ = run(source, "g", "g()")
    assert brief(steps) == ("g@0:c3 g@0:l4 h@1:c1 h@1:l2 h@1:r2=1 g@0:r4=1 g@0:c4 g@0:l5 g@0:r5=2 g@0:c5 g@0:r5=None")
    assert outcome is Outcome.RETURNED


def test_entry_that_is_a_coroutine() -> None:
    source = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x\n"
    steps, outcome, value = run(source, "f", "f(4)")
    assert brief(steps) == "f@0:c2 f@0:l3 f@0:r3=None f@0:c3 f@0:l4 f@0:r4=4"
    assert (outcome, value) == (Outcome.RETURNED, 4)


def test_entry_that_raises() -> None:
    steps, outcome, value = run("def f():\n    return {}[1]\n", "f", "f()")
    assert brief(steps) == "f@0:c1 f@0:l2 f@0:e2=KeyError(1)"
    assert outcome is Outcome.RAISED
    assert isinstance(value, KeyError)


def test_what_happens_after_the_entry_does_not_change_its_outcome() -> None:
    steps, outcome, value = run("def f():\n    return 1\n", "f", "len(f())")
    assert brief(steps) == "f@0:c1 f@0:l2 f@0:r2=1"
    assert outcome is Outcome.RETURNED
    assert isinstance(value, TypeError)


def test_exit_is_an_exception_that_leaves_the_frames() -> None:
    steps, outcome, _ = run("import sys\ndef f():\n    sys.exit(3)\nf()\n")
    assert brief(steps) == "c1 l1 l2 l4 f@1:c2 f@1:l3 f@1:e3=SystemExit(3) e4=SystemExit(3)"
    assert outcome is Outcome.EXITED


# -- limits ------------------------------------------------------------------------------------------------------------


def test_step_limit() -> None:
    steps, outcome, _ = run("i = 0\nwhile True:\n    i += 1\n", max_steps=20)
    assert (len(steps), outcome) == (20, Outcome.STEP_LIMIT)
    steps, outcome, _ = run("i = 0\n", max_steps=3)
    assert (len(steps), outcome) == (3, Outcome.RETURNED)


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    try:\n        n += 1\n    except:\n        pass\n",
        "while True:\n    try:\n        f(n)\n    except BaseException:\n        n += 1\n",
        "def g():\n    try:\n        while True: f(n)\n    finally:\n        f(2)\ng()\n",
    ],
)
def test_step_limit_in_a_program_that_catches_everything(body: str) -> None:
    steps, outcome, _ = run(f"n = 0\ndef f(x):\n    return x\n{body}", max_steps=50)
    assert (len(steps), outcome) == (50, Outcome.STEP_LIMIT)


def test_tracing_leaves_no_trace() -> None:
    limit, hooks = sys.getrecursionlimit(), (sys.gettrace(), sys.getprofile())
    run("def f(n): return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError:\n    pass\n", max_steps=100)
    assert sys.getrecursionlimit() == limit
    assert (sys.gettrace(), sys.getprofile()) == hooks
    assert sys.setrecursionlimit.__module__ == "sys"
    asyncio.run(asyncio.sleep(0))  # no interruption is left behind


def test_recursion_error_comes_where_a_plain_run_has_it() -> None:
    source = (
        "import sys\nsys.setrecursionlimit(60)\ndeepest = 0\n"
        "def f(n):\n    global deepest\n    deepest = n\n    f(n + 1)\n"
        "try:\n    f(1)\nexcept RecursionError as e:\n    text = str(e)\n    trail = 0\n    t = e.__traceback__\n"
        "    while t:\n        trail += 1\n        t = t.tb_next\nlimit = sys.getrecursionlimit()\n"
    )
    steps, outcome, _ = run(source, max_steps=2000)
    assert outcome is Outcome.RETURNED
    last = steps[-1].locals
    assert last["deepest"] == "59"  # the module's frame is the first of 60
    assert last["trail"] == "60"
    assert "maximum recursion depth exceeded" in last["text"]
    assert sum(s.event is Event.EXCEPTION for s in steps) == 60


def test_deep_recursion_is_traced_to_the_default_limit() -> None:
    source = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nx = f(900)\n"
    steps, outcome, _ = run(source, max_steps=10_000)
    assert outcome is Outcome.RETURNED
    assert max(s.depth for s in steps) == 901


def test_handler_of_a_signal_that_raises_does_not_end_tracing() -> None:
    source = (
        "import signal\ndef handler(number, frame):\n    raise TimeoutError\nsignal.signal(signal.SIGUSR1, handler)\n"
        "def f():\n    try:\n        signal.raise_signal(signal.SIGUSR1)\n    except TimeoutError:\n"
        "        x = 1\n    return 2\ny = f()\n"
    )
    before = signal.getsignal(signal.SIGUSR1)
    try:
        steps, outcome, _ = run(source)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert outcome is Outcome.RETURNED
    assert brief(steps, "f").endswith("l8 l9 l10 r10=2")


def test_other_threads_are_not_traced() -> None:
    source = (
        "import threading\ndef f():\n    for i in range(50):\n        x = i\n"
        "t = threading.Thread(target=f)\nt.start()\nfor i in range(20):\n    y = i\nt.join()\n"
    )
    steps, outcome, _ = run(source)
    assert outcome is Outcome.RETURNED
    assert {step.function for step in steps} == {"<module>"}


def test_a_suspended_generator_is_still_freed() -> None:
    source = (
        "import weakref\nclass A: pass\ndef g(a):\n    yield\ndef f():\n    i = g(A())\n    next(i)\n"
        "    r = weakref.ref(i.gi_frame.f_locals['a'])\n    return r\nr = f()\ngone = r() is None\nend = 1\n"
    )
    steps, _, _ = run(source)
    assert steps[-1].locals["gone"] == "True"


def test_a_local_of_many_digits() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        steps, _, _ = run("def f(n):\n    return 1\n", "f", "f(10 ** 12_000)")
        assert steps[0].locals["n"] == "<repr of 12001 characters>"
    finally:
        sys.set_int_max_str_digits(before)


def test_reprs_of_the_program_are_not_traced() -> None:
    steps, _, _ = run("class A:\n    def __repr__(self):\n        return 'A!'\na = A()\nb = 1\n")
    assert steps[-1].locals == {"a": "A!"}
    assert "A.__repr__" not in {step.function for step in steps}


def codes(source: str) -> list[CodeType]:
    return list(nested_codes(compile(source, "x", "exec")))


def test_nested_codes_are_all_found() -> None:
    assert [c.co_name for c in codes("class A:\n    def f(self):\n        return lambda: 1\n")] == [
        "<module>", "A", "f", "<lambda>",
    ]  # fmt: skip
