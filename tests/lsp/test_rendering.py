"""Steps -> facts -> labels, without a server: what is shown, how short, and what is never shown as a fact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuraldbg.lsp.facts import Kind
from neuraldbg.lsp.hints import code, label, line_hints, shorten, tooltip
from neuraldbg.lsp.lines import only_defines
from neuraldbg.lsp.runs import Reading, Run, State
from neuraldbg.lsp.settings import Hints
from neuraldbg.lsp.text import units
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Confidence, Event, Step

LOOP = """\
def total(numbers):
    t = 0
    for n in numbers:
        if n > 2:
            t += n
        else:
            t -= 1
    while t > 10:
        t = t - 4
    return t


def unused(x):
    return x


answer = total([1, 2, 3, 4, 9])
print(answer)
last = answer + 1
"""


def run_of(source: str, call: str | None = None, sure: dict[int, Confidence] | None = None) -> Run:
    """A run of what really happens, with some steps' confidence as given."""
    program = Program.from_source(source, "demo.py", call=call)
    steps: list[Step] = record(program, Limits(steps=500)).steps
    run = Run(Reading(program), [replace(s, confidence=(sure or {}).get(i)) for i, s in enumerate(steps)])
    run.state = State.COMPLETE
    return run


def labels(run: Run, settings: Hints | None = None) -> dict[int, str]:
    return {h.line: h.label for h in line_hints(run.facts, settings or Hints())}


def test_every_kind_of_hint() -> None:
    assert labels(run_of(LOOP)) == {
        2: "t = 0",
        3: "n = 1, 2, … 9",
        4: "taken 3 of 5",
        5: "t = 1, 5, 14",
        7: "t = -1, -2",
        8: "1 turn",
        9: "t = 10",
        10: "-> 10",
        17: "answer = 10",
        19: "last = 11",
    }


@pytest.mark.parametrize(
    ("kind", "gone"), [("assignments", {2, 5, 7, 9, 17, 19}), ("loops", {3, 8}), ("branches", {4}), ("returns", {10})]
)
def test_each_kind_has_its_switch(kind: str, gone: set[int]) -> None:
    run = run_of(LOOP)
    assert labels(run).keys() - labels(run, replace(Hints(), **{kind: False})).keys() == gone


def test_the_off_switch() -> None:
    assert labels(run_of(LOOP), Hints(enable=False)) == {}


def test_exceptions_and_branches_on_one_line() -> None:
    source = "def f(x):\n    if x: return 1\n    raise KeyError('k')\n\n\nf(1)\nf(0)\n"
    assert labels(run_of(source)) == {2: "taken, -> 1", 3: "!! KeyError('k')", 7: "!! KeyError('k')"}


def test_imports_and_definitions_are_no_news() -> None:
    assert labels(run_of("import os\nfrom sys import path\n\n\nclass A:\n    pass\n\n\ndef f():\n    pass\n")) == {}


def test_comprehensions_bind_names_of_their_own() -> None:
    assert labels(run_of("a = [x * 2 for x in (1, 2)]\nb = a\nc = 0\n")) == {
        1: "a = [2, 4]",
        2: "b = [2, 4]",
        3: "c = 0",
    }


def test_generators_show_what_they_yield() -> None:
    found = labels(run_of("def g():\n    yield 1\n    yield 2\n\n\na = list(g())\nb = a\nb\n"))
    assert found[2] == "-> 1" and found[3] == "-> 2" and found[6] == "a = [1, 2]"


@pytest.mark.parametrize("most", [8, 20, 43, 100])
def test_labels_fit(most: int) -> None:
    source = "a, b, c = '🙂' * 60, list(range(100)), {'key': 'v' * 200}\nfor i in range(7):\n    d = e = 'x' * i * 30\n"
    source += "f = 1\n"
    found = line_hints(run_of(source).facts, Hints(maxLength=most))
    assert len(found) >= 3
    assert all(units(hint.label) <= most for hint in found)


def test_what_was_unsure_keeps_its_mark_when_it_is_cut() -> None:
    run = run_of("a = 'x' * 100\nb = 1\n", sure={2: Confidence(1.0, {"a": 0.2})})
    for most in (8, 12, 43):
        assert label([f for f in run.facts if f.line == 1], most).endswith("?")


DOUBT = "def f(a):\n    b = a + 1\n    return b\n\n\nx = 1\ny = 2\nz = f(x)\nif z > 1:\n    w = 3\nv = 4\nu = 5\n"


def doubted(name: str, probability: float = 0.2) -> dict[int, str]:
    """Labels where the first value of a name is unsure and everything else is certain."""
    plain = run_of(DOUBT)
    first = next(i for i, s in enumerate(plain.timeline.steps) if name in s.locals)
    return labels(run_of(DOUBT, sure={first: Confidence(1.0, {name: probability})}))


def test_what_rests_on_something_unsure_is_no_fact() -> None:
    assert doubted("x") == {
        2: "b = 2?",
        3: "-> 2?",
        6: "x = 1?",
        7: "y = 2",  # does not read it
        8: "z = 2?",  # what it called returned it
        9: "taken?",  # and control rests on it from here on
        10: "w = 3?",
        11: "v = 4?",
        12: "u = 5?",
    }
    assert doubted("y")[7] == "y = 2?" and doubted("y")[8] == "z = 2"
    assert not any("?" in text for text in doubted("x", 0.9).values())


def test_what_follows_an_unsure_exception_is_unsure() -> None:
    """It may not be raised at all, so no line is said to be out of reach."""
    text = "def f(x):\n    y = x\n    z = 1 // y\n    return z\n"
    program = Program.from_source(text, "a.py", call="f(0)")
    steps: list[Step] = record(program, Limits(steps=500)).steps
    for sure in (0.9, 0.2):
        first = Confidence(1.0, {"x": sure}, None)
        later = [replace(s, confidence=Confidence(1.0, {}, None if s.value is None else 1.0)) for s in steps[1:]]
        run = Run(Reading(program), [replace(steps[0], confidence=first), *later])
        run.state = State.COMPLETE
        assert run.sure_to_the_end is (sure == 0.9)


def test_an_unsure_move_makes_all_that_follows_unsure() -> None:
    plain = run_of(LOOP)
    at = next(i for i, s in enumerate(plain.timeline.steps) if s.line == 8)
    found = labels(run_of(LOOP, sure={at: Confidence(0.3)}))
    assert found[2] == "t = 0" and found[9] == "t = 10?" and found[10] == "-> 10?"


def test_turns_of_a_loop_can_be_shown_alone() -> None:
    run = run_of(LOOP, "total([1, 3, 5])")
    loop = run.reading.code.loops[0]
    turns = run.turns(loop)
    shown = [
        {h.line: h.label for h in line_hints([f for f in run.facts if run.in_turn(f, loop, turns, n)], Hints())}
        for n in (1, 2, 3)
    ]
    assert [s[3] for s in shown] == ["n = 1", "n = 3", "n = 5"]
    assert [s.get(5) for s in shown] == [None, "t = 2", "t = 7"]
    assert shown[0][7] == "t = -1" and 7 not in shown[1]
    assert all(s[2] == "t = 0" for s in shown), "what is outside stays"


def test_lines_not_reached() -> None:
    run = run_of("def f(x):\n    if x:\n        y = 1\n    else:\n        y = 2\n    return y\n", "f(1)")
    assert run.unreached("f") == [range(5, 6)] and run.unreached("g") == []
    assert run.sure_to_the_end


def test_what_is_not_reached_ends_where_its_statements_end() -> None:
    text = """\
def f(x):
    try:
        if x:
            return [
                x,
            ]
    except ValueError:
        x = (
            0
        )
        global z
        # a comment
        z = 1
    while not x:
        print()
    match x:
        case 5:
            y = 6
    return y


if f(1):
    f(2)
else:
    f(0)
    f(
    )
"""
    run = run_of(text, "f(1)")
    assert [(r[0], r[-1]) for r in run.unreached("f")] == [(8, 13), (14, 19)]
    module = run_of(text)
    assert [(r[0], r[-1]) for r in module.unreached("<module>")] == [(25, 27)]


def test_the_tooltip_has_the_whole_value_in_a_fence_it_cannot_leave() -> None:
    run = run_of("s = '```' + '`' * 40 + 'x' * 100\nt = 1\n")
    hint = line_hints(run.facts, Hints())[0]
    text = tooltip(hint, "f('|')", "predicted")
    value = repr("```" + "`" * 40 + "x" * 100)
    assert value in text and text.count("`" * 44) == 2
    assert code("a|b`c") == "``a\\|b`c``"


def test_a_value_of_several_lines_stays_on_one() -> None:
    assert shorten("<a\nb>", 20) == "<a·b>"
    assert len(shorten("x" * 50, 10)) == 10


@pytest.mark.parametrize(
    ("source", "only"),
    [
        ('"""Doc."""\nimport os\n\n\ndef f():\n    pass\n', True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\nx: int\n", True),
        ("x = 1\n", False),
        ('if __name__ == "__main__":\n    print()\n', False),
    ],
)
def test_files_that_only_define(source: str, only: bool) -> None:
    assert only_defines(Program.from_source(source).tree) is only


def test_facts_name_the_step_that_shows_them() -> None:
    run = run_of(LOOP, "total([3])")
    for fact in run.facts:
        step = run.timeline.steps[fact.index]
        if fact.kind is Kind.ASSIGNMENT and step.event is Event.LINE:
            assert fact.name is not None and step.locals[fact.name] == fact.text
