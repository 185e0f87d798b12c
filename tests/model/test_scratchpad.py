"""Working out a line: the operations in their order, what follows from them, and that nothing follows wrongly."""

from __future__ import annotations

import ast
import random
from dataclasses import replace

import pytest

from neuraldbg.control import Legal
from neuraldbg.machine import Branch
from neuraldbg.model.scratchpad import MAX_OPERATIONS, UNKNOWN, Ask, Scratchpad, Worked, agrees, narrow
from neuraldbg.program import Program
from neuraldbg.steps import Event, Operation, Step
from neuraldbg.training.data.library import library
from neuraldbg.training.data.stream import trace_operations, trace_program, traced

Case = tuple[str, str]


def run(body: str, call: str = "f()", before: str = "") -> tuple[Program, list[Step], list[Worked | None]]:
    """Steps of ``def f`` with this head and body."""
    program = Program.from_source(before + body, "<test>", "f", call)
    steps, worked, _ = trace_operations(program, 400)
    return program, steps, worked


def texts(steps: list[Step]) -> list[str]:
    """Every operation as it is read: text, arrow, value."""
    return [
        o.text if o.value is None else f"{o.text} -> {'!' if o.raised else ''}{o.value}"
        for step in steps
        for o in step.operations
    ]


def evaluated(ask: Ask) -> str:
    """What the operation gives, of a question that can be evaluated as it is written."""
    return repr(eval(ask.text)) if ask.kind != "effect" else UNKNOWN


def left_by(legal: Legal, worked: Worked | None) -> tuple[Branch, ...]:
    """The branches that what was worked out leaves."""
    assert worked is not None
    return narrow(legal, worked.conclusion, worked.at).branches


@pytest.mark.parametrize(
    ("body", "call", "expected"),
    [
        ("def f(a, b):\n    return a + len(b) * 2\n", "f(1, 'xy')", ["len('xy') -> 2", "2 * 2 -> 4", "1 + 4 -> 5"]),
        (
            "def f(xs):\n    if len(xs) % 2 == 0:\n        return 1\n    return 2\n",
            "f([1, 2, 3])",
            ["len([1, 2, 3]) -> 3", "3 % 2 -> 1", "1 == 0 -> False", "False"],
        ),
        ("def f(a, b):\n    return a and b and a + b\n", "f(0, 2)", []),
        ("def f(a, b):\n    return a or b.upper()\n", "f('', 'x')", ["'x'.upper() -> 'X'"]),
        ("def f(a):\n    return not a or -a\n", "f(3)", ["-(3) -> -3"]),
        ("def f(a):\n    return 1 if a > 2 else a[0]\n", "f(3)", ["3 > 2 -> True"]),
        (
            "def f(s):\n    n = 0\n    for c in s:\n        n += 1\n",
            "f('ab')",
            ["next 'a'", "0 + 1 -> 1", "next 'b'", "1 + 1 -> 2", "next is none"],
        ),
        (
            "def f(n):\n    for i in range(n):\n        pass\n",
            "f(1)",
            ["range(1) -> range(0, 1)", "range(0, 1)[0] -> 0", "range(0, 1)[1] -> StopIteration()"],
        ),
        (
            "def f(s):\n    for i, c in enumerate(s):\n        pass\n",
            "f('a')",
            ["list(enumerate('a')) -> [(0, 'a')]", "next (0, 'a')", "next is none"],
        ),
        ("def f(a):\n    return {**a, 'x': 2, **{'y': 3}}['y']\n", "f({'y': 1})", ["{'y': 3, 'x': 2}['y'] -> 3"]),
        (
            "def f(n):\n    for i in range(n, -2, -1):\n        pass\n",
            "f(0)",
            [
                *("range(0, -2, -1) -> range(0, -2, -1)", "0 > -2 -> True"),
                *("0 - 1 -> -1", "-1 > -2 -> True", "-1 - 1 -> -2", "-2 > -2 -> False"),
            ],
        ),
        (
            "def f(s):\n    for s in range(0, 3, 2):\n        s = s * 2\n",
            "f('')",
            ["range(0, 3, 2) -> range(0, 3, 2)", "0 < 3 -> True", "0 * 2 -> 0"]
            + ["0 + 2 -> 2", "2 < 3 -> True", "2 * 2 -> 4", "2 + 2 -> 4", "4 < 3 -> False"],
        ),
        ("def f(a, b):\n    return [*a, b, *'x'] + []\n", "f((1,), 3)", ["[1, 3, 'x'] + [] -> [1, 3, 'x']"]),
        (
            "def f(a):\n    if a > 2: a = a + 1\n    if a: return a * 2\n",
            "f(3)",
            ["3 > 2 -> True", "True", "3 + 1 -> 4", "True", "4 * 2 -> 8"],
        ),
        ("def f(a):\n    if a > 2: a = a + 1\n    if a: return a * 2\n", "f(0)", ["0 > 2 -> False", "False", "False"]),
        ("def f(xs):\n    return sorted(xs, key=lambda x: -x)\n", "f([1, 2])", [
            "lambda(1)", "-(1) -> -1", "lambda(2)", "-(2) -> -2", "sorted([-1, -2]) -> [-2, -1]",
        ]),
        ("def f(xs):\n    xs.sort(key=lambda x: x % 2, reverse=True)\n    return xs[0]\n", "f([2, 5, 3])", [
            "lambda(2)", "2 % 2 -> 0", "lambda(5)", "5 % 2 -> 1", "lambda(3)", "3 % 2 -> 1",
            "sorted([0, 1, 1], reverse=True) -> [1, 1, 0]", "[5, 3, 2][0] -> 5",
        ]),
        ("def g(x):\n    return x * 2\n\n\ndef f(d):\n    d['a'] += g(3)\n", "f({'a': 1})", [
            "{'a': 1}['a'] -> 1", "g(3)", "3 * 2 -> 6", "1 + 6 -> 7", "{'a': 1}['a'] = 7 -> {'a': 7}",
        ]),
        ("def g(x):\n    return 1\n\n\ndef f(xs, g):\n    return sorted(xs, key=g)\n", "f([2, 1], str)", [
            "sorted([2, 1], key=<class 'str'>) -> [1, 2]",
        ]),
        ("def f(xs):\n    return max(xs, key=g)\n\n\ndef g(x):\n    return x % 3\n", "f([3, 5])", [
            "g(3)", "3 % 3 -> 0", "g(5)", "5 % 3 -> 2", "max([0, 2]) -> 2",
        ]),
        ("def f(xs):\n    y = list(filter(lambda x: x > 1, xs))\n    sum(map(lambda x: x + 1, xs))\n", "f([1, 2])", [
            "lambda(1)", "1 > 1 -> False", "lambda(2)", "2 > 1 -> True", "list([2]) -> [2]",
            "lambda(1)", "1 + 1 -> 2", "lambda(2)", "2 + 1 -> 3", "sum([2, 3]) -> 5",
        ]),
        ("def f(xs):\n    return [x * 2 for x in xs if x]\n", "f([1, 0, 3])", ["1 * 2 -> 2", "3 * 2 -> 6"]),
        ("def f(xs):\n    return any(x > 1 for x in xs)\n", "f([2, 3])", ["2 > 1 -> True", "any([True]) -> True"]),
        (
            "def f(d, k):\n    d[k] += 1\n",
            "f({'a': 1}, 'a')",
            ["{'a': 1}['a'] -> 1", "1 + 1 -> 2", "{'a': 1}['a'] = 2 -> {'a': 2}"],
        ),
        (
            "def f(g):\n    g[0][1] = 5\n",
            "f([[1, 2]])",
            ["[[1, 2]][0] -> [1, 2]", "[[1, 2]][0][1] = 5 -> [[1, 5]]"],
        ),
        (
            "def f(xs):\n    out = []\n    out.append(len(xs))\n    out.append(g(xs))\n\n\ndef g(x):\n    return x\n",
            "f('a')",
            [
                "len('a') -> 1",
                "[].append(1) -> None",
                "after [].append(1) -> [1]",
                "g('a')",
                "[1].append('a') -> None",
                "after [1].append('a') -> [1, 'a']",
            ],
        ),
        (
            "def f(xs):\n    x = xs.pop()\n    return x\n",
            "f([1, 2])",
            ["[1, 2].pop() -> 2", "after [1, 2].pop() -> [1]"],
        ),
        (
            "def f(xs):\n    xs[0], xs[1] = xs[1], xs[0]\n",
            "f([1, 2])",
            ["[1, 2][1] -> 2", "[1, 2][0] -> 1", "[1, 2][0] = 2", "[1, 2][1] = 1"],
        ),
        (
            "from collections import defaultdict\n\n\ndef f(d, k):\n    d = defaultdict(list)\n    d[k].append(1)\n",
            "f({}, 'a')",
            [
                "defaultdict(list) -> defaultdict(<class 'list'>, {})",
                "defaultdict(<class 'list'>, {})['a'] -> []",
                "defaultdict(<class 'list'>, {})['a'].append(1) -> None",
                "after defaultdict(<class 'list'>, {})['a'].append(1) -> defaultdict(<class 'list'>, {'a': [1]})",
            ],
        ),
        ("def f(d, k):\n    del d[k]\n", "f({1: 2}, 1)", ["del {1: 2}[1] -> {}"]),
        ("def f(a, b):\n    a, b = b, a % b\n    return a\n", "f(7, 3)", ["7 % 3 -> 1"]),
        ("def f(s):\n    return s[1:-1][::-1]\n", "f('abcd')", ["'abcd'[1:-1] -> 'bc'", "'bc'[::-1] -> 'cb'"]),
        ("def f(x):\n    return f'{x:>3}|{x!r}'\n", "f('a')", ["f\"{'a':>3}|{'a'!r}\" -> \"  a|'a'\""]),
        (
            "def f(x):\n    return int(x)\n",
            "f('z')",
            ["int('z') -> !ValueError(\"invalid literal for int() with base 10: 'z'\")"],
        ),
        (
            "def f(x):\n    raise ValueError(f'bad {x}')\n",
            "f(1)",
            ["f'bad {1}' -> 'bad 1'", "ValueError('bad 1') -> ValueError('bad 1')"],
        ),
        ("def f(x):\n    assert x > 1\n    return x\n", "f(2)", ["2 > 1 -> True", "True"]),
        ("def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n", "f(2)", [
            "2 < 2 -> False", "2 - 1 -> 1", "f(1)", "1 < 2 -> True", "2 * 1 -> 2",
        ]),
        ("def f(x):\n    return K + x\n\n\nK = 4\n", "f(2)", ["4 + 2 -> 6"]),
        ("def f(a):\n    return (n := len(a)) + n\n", "f('xyz')", ["len('xyz') -> 3", "3 + 3 -> 6"]),
    ],
)  # fmt: skip
def test_operations_of_a_line(body: str, call: str, expected: list[str]) -> None:
    assert texts(run(body, call)[1]) == expected


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ("class A:\n    pass\n\n\ndef f():\n    return A()\n", "f()"),
        ("def g():\n    yield 1\n\n\ndef f():\n    return list(g())\n", "f()"),
        ("def f(x):\n    return (x\n        + 1)\n", "f(1)"),
        ("def f(x):\n    y = x + 1; return y\n", "f(1)"),
        ("def f(x):\n    yield x + 1\n", "f(1)"),
        ("def f(xs):\n    return min(xs, key=lambda x: 1, reverse=True)\n", "f([2, 1])"),
    ],
)
def test_a_line_that_cannot_be_worked_out_is_left_to_the_model(body: str, call: str) -> None:
    _, steps, worked = run(body, call)
    assert worked
    assert {o.value for step in steps for o in step.operations} <= {None, UNKNOWN}


def test_a_loop_over_a_list_that_grows_takes_the_new_items() -> None:
    body = "def f(xs):\n    for x in xs:\n        if x < 2:\n            xs.append(x + 1)\n"
    assert [t for t in texts(run(body, "f([0])")[1]) if "next" in t] == ["next 0", "next 1", "next 2", "next is none"]


def test_an_enumerated_list_that_grows_is_asked_for_again() -> None:
    body = "def f(xs):\n    for i, x in enumerate(xs):\n        if x < 1:\n            xs.append(x + 1)\n"
    program = Program.from_source(body, "<test>", "f", "f([0])")
    steps, _ = trace_program(program, 20)
    pad, history = Scratchpad(program), steps[:1]
    for step in steps[1:]:
        worked = pad.work_out(history, lambda ask: Operation(ask.text, None if ask.kind == "note" else evaluated(ask)))
        history.append(step if worked is None else replace(step, operations=worked.operations))
    assert [t for t in texts(history) if t.startswith(("list", "next"))] == [
        *("list(enumerate([0])) -> [(0, 0)]", "next (0, 0)"),
        *("list(enumerate([0, 1])) -> [(0, 0), (1, 1)]", "next (1, 1)"),
        *("list(enumerate([0, 1])) -> [(0, 0), (1, 1)]", "next is none"),
    ]


def test_a_loop_that_is_entered_again_after_a_break_starts_anew() -> None:
    body = (
        "def f(xs):\n    n = 0\n    while n < 2:\n        n += 1\n        for x in xs:\n            if x:\n"
        "                break\n"
    )
    assert [t for t in texts(run(body, "f([0, 1, 2])")[1]) if "next" in t] == ["next 0", "next 1"] * 2


def test_endless_comprehensions_are_one_operation() -> None:
    _, steps, worked = run("def f(xs):\n    return [x * x + 1 for x in xs]\n", "f(list(range(30)))")
    assert len(steps[-1].operations) == 1
    assert steps[-1].operations[0].text == "[x * x + 1 for x in xs]"
    assert worked[-1] is not None
    assert worked[-1].conclusion.complete


def test_at_most_so_many_operations() -> None:
    body = "def f(x):\n    return " + " + ".join(["x"] * 60) + "\n"
    _, steps, worked = run(body, "f(1)")
    assert len(steps[-1].operations) == MAX_OPERATIONS
    assert worked[-1] is not None
    assert not worked[-1].conclusion.complete


def test_what_is_worked_out_fixes_the_next_step() -> None:
    program, steps, worked = run("def f(a):\n    b = a * 2\n    if b > 3:\n        return b\n    return 0\n", "f(2)")
    states = [program.start()]
    for step in steps:
        states.append(states[-1].after(step))
    (line,) = left_by(states[2].legal(), worked[2])
    assert line.event is Event.LINE
    assert {r.name: r.value for r in line.names if r.value is not None} == {"b": "4"}
    (line,) = left_by(states[3].legal(), worked[3])
    assert line.lines == (4,)
    (left,) = left_by(states[4].legal(), worked[4])
    assert (left.event, left.value) == (Event.RETURN, "4")


def test_a_raising_operation_leaves_the_exception_alone() -> None:
    program, steps, worked = run("def f(a):\n    return a[5]\n", "f([])")
    state = program.start()
    for step in steps[:2]:
        state = state.after(step)
    (branch,) = left_by(state.legal(), worked[2])
    assert (branch.event, branch.value) == (Event.EXCEPTION, "IndexError('list index out of range')")


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ("def g(a):\n    raise ValueError(a)\n\n\ndef f(a):\n    return g(a) + 1\n", "f(7)"),
        (
            "class A:\n    def __init__(self, a):\n        self.a = 1 // a\n\n\n"
            "def f(a):\n    try:\n        return A(a)\n    except ZeroDivisionError:\n        return None\n",
            "f(0)",
        ),
    ],
)
def test_a_caller_sees_the_exception_of_the_function_that_it_calls(body: str, call: str) -> None:
    program, steps, worked = run(body, call)
    state, seen = program.start(), []
    for step, one in zip(steps, worked, strict=True):
        if one is not None and one.conclusion.passed is not None:
            seen += [b.value for b in left_by(state.legal(), one) if b.event is Event.EXCEPTION]
        state = state.after(step)
    raised = [step for step in steps if step.event is Event.EXCEPTION]
    assert len(raised) == 2
    assert seen == [raised[0].value] == [raised[1].value]


@pytest.mark.parametrize(
    ("line", "left"), [("return g(lambda: x)", "5"), ("y = g(lambda: x)", "5"), ("y = g(lambda: x) + 1", None)]
)
def test_a_line_that_hands_on_what_a_call_gives(line: str, left: str | None) -> None:
    source = f"def g(a):\n    return a()\n\n\ndef f(x):\n    y = 0\n    {line}\n    return y\n"
    program, steps, worked = run(source, "f(5)")
    state = program.start()
    for at, step in enumerate(steps):
        if at and steps[at - 1].event is Event.RETURN and steps[at - 1].function == "g":
            one = worked[at]
            if left is None:
                assert one is None or not one.conclusion.complete
            else:
                (branch,) = left_by(state.legal(), one)
                assert left in (branch.value, *(rule.value for rule in branch.names))
            return
        state = state.after(step)
    raise AssertionError("g never returned")


@pytest.mark.parametrize(
    "body",
    [
        "def g(a):\n    raise ValueError(a)\n\n\ndef f(xs):\n    return sorted(xs, key=g)\n",
        "def g(a):\n    yield 1 // a\n\n\ndef f(xs):\n    return list(g(xs[0]))\n",
    ],
)
def test_nothing_is_said_of_an_exception_that_comes_through_other_code(body: str) -> None:
    _, _, worked = run(body, "f([0])")
    assert all(one is None or one.conclusion.passed is None for one in worked)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_follows_that_does_not_happen(seed: int) -> None:
    """On generated and hand-written programs every recorded step is among those that are left."""
    functions = library()
    wrong: list[str] = []
    checked = 0
    for _, run_ in zip(range(60), traced(random.Random(f"pad {seed}"), False, 80, functions, 0.5), strict=False):
        state = run_.program.start()
        for step, worked in zip(run_.steps, run_.worked, strict=True):
            if worked is not None:
                checked += 1
                if not agrees(narrow(state.legal(), worked.conclusion, worked.at), step, worked.at.locals):
                    wrong.append(f"{step}\nafter {worked}\nin\n{run_.program.source}")
            state = state.after(step)
    assert not wrong, "\n".join(wrong)
    assert checked > 300


def test_recording_operations_does_not_change_the_run() -> None:
    functions = library()
    different = []
    for _, run_ in zip(range(80), traced(random.Random(3), False, 80, functions, 0.5), strict=False):
        plain, _ = trace_program(run_.program, 80)
        if plain != list(run_.steps):
            different.append(run_.program.source)
    assert len(different) <= 1, different[:2]  # an iterator that is asked for its items ahead of time has moved on


def test_a_statement_is_that_of_the_running_function() -> None:
    program = Program.from_source("def f(xs):\n    return list(map(lambda x: x + 1, xs))\n", "<test>", "f", "f([1])")
    steps, _ = trace_program(program, 20)
    facts = Scratchpad(program).facts
    inside = [s for s in steps if s.function.endswith("<lambda>") and s.event is Event.LINE]
    assert inside
    bodies = [facts.statement(s) for s in inside]
    assert [ast.unparse(body) for body in bodies if body is not None] == ["return x + 1"] * len(inside)


@pytest.mark.parametrize(
    ("call", "may_change"), [("f([1], [2])", False), ("f([1], [1])", True), ("f([1], [[1]])", True)]
)
def test_objects_that_are_not_touched_stay(call: str, may_change: bool) -> None:
    program, steps, worked = run("def f(a, b):\n    a.append(3)\n    n = len(a)\n    return n\n", call)
    state = program.start()
    for step in steps[:2]:
        state = state.after(step)
    (line,) = left_by(state.legal(), worked[2])
    assert {r.name: (r.value, r.may_change) for r in line.names} == {"a": ("[1, 3]", True), "b": (None, may_change)}
    state = state.after(steps[2])
    (line,) = left_by(state.legal(), worked[3])
    assert {r.name: r.may_change for r in line.names} == {"a": False, "b": False, "n": True}


def test_a_history_without_operations_is_asked_for_them_anew() -> None:
    body = "def f(s):\n    for c in s.upper():\n        s = c\n"
    program, steps, _ = run(body, "f('ab')")
    bare = [replace(step, operations=()) for step in steps[:4]]
    asked: list[str] = []

    def answer(ask: Ask) -> Operation:
        asked.append(ask.text)
        return Operation(ask.text, "'AB'" if "upper" in ask.text else None)

    worked = Scratchpad(program).work_out(bare, answer)
    assert bare[-1].line == 2
    assert asked == ["'ab'.upper()", "next 'B'"]
    assert worked is not None
    assert worked.conclusion.values == {"c": "'B'"}


def test_what_only_type_checkers_take_for_true_is_false() -> None:
    text = "from typing import TYPE_CHECKING as T\nif T:\n    import a\nb = 2\n"
    program = Program.from_source(text, "a.py")
    steps = [Step(e, n, "<module>", 0, {}) for e, n in ((Event.CALL, 1), (Event.LINE, 1), (Event.LINE, 2))]
    worked = Scratchpad(program).work_out(steps, lambda ask: Operation(ask.text))
    assert worked is not None and [o.value for o in worked.operations] == [None], "nothing is asked"
    state = program.start()
    for step in steps:
        state = state.after(step)
    assert {n for branch in left_by(state.legal(), worked) for n in branch.lines} == {4}
