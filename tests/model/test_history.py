"""The growing history: what stays the same, and the stops of an activation, against the plain definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuraldbg.model.history import Past, same_steps
from neuraldbg.program import Program
from neuraldbg.steps import Event, Operation, Step
from neuraldbg.training.data.stream import trace_program

NESTED = """\
def inner(k):
    for j in range(k):
        k += j
    return k

def gen(n):
    for i in range(n):
        yield i

def f(n):
    total = 0
    for i in range(n):
        total += inner(i)
        if i == 2:
            total += inner(1)
    for g in gen(2):
        total += g
    return total
"""


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return list(trace_program(Program.from_source(NESTED, "<test>", "f", "f(4)"), 200)[0])


def plain(steps: list[Step], index: int, suspending: bool) -> list[int]:
    """Line stops of the activation before a line stop, the latest first, by going back over all steps."""
    last, out = steps[index], []
    for k in range(index - 1, -1, -1):
        step = steps[k]
        if suspending:
            if step.function == last.function and step.event is Event.LINE:
                out.append(k)
        elif step.depth < last.depth or (step.depth == last.depth and step.event is Event.CALL):
            break
        elif step.depth == last.depth and step.event is Event.LINE:
            out.append(k)
    return out


def test_stops_of_an_activation(steps: list[Step]) -> None:
    past = Past({"gen"}, {"f": 10, "inner": 1, "gen": 6})
    for n in range(len(steps) + 1):
        past.follow(steps[:n])
    lines = [i for i, step in enumerate(steps) if step.event is Event.LINE]
    assert len(lines) > 40
    for index in lines:
        assert list(past.before(index)) == plain(steps, index, steps[index].function == "gen")
        assert past.certain(index)
    past.follow(steps[:9])
    assert past.steps == steps[:9]
    assert list(past.before(8)) == plain(steps, 8, False)


def test_two_activations_of_a_generator_are_not_told_apart() -> None:
    head = "def gen():\n    for i in range(1):\n        yield i\n"
    source = head + "def f():\n    a = list(gen())\n    return list(gen())\n"
    steps = list(trace_program(Program.from_source(source, "<test>", "f", "f()"), 80)[0])
    past = Past({"gen"}, {"f": 4, "gen": 1})
    past.follow(steps)
    stops = [i for i, step in enumerate(steps) if step.function == "gen" and step.event is Event.LINE]
    assert past.certain(stops[0])
    assert not past.certain(stops[-1])


def test_where_two_histories_part(steps: list[Step]) -> None:
    copies = [replace(step) for step in steps]
    assert same_steps(steps, steps) == len(steps)
    assert same_steps(steps, copies[:20]) == 20
    copies[7] = replace(copies[7], line=copies[7].line + 1)
    assert same_steps(steps, copies) == 7
    worked = [*steps[:4], replace(steps[4], operations=(Operation("1 + 1", "2"),)), *steps[5:]]
    assert same_steps(steps, worked) == len(steps)
    assert same_steps(steps, worked, operations=True) == 4
    assert same_steps([], steps) == 0
