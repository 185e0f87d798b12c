"""Entry calls whose arguments are literals are known without running anything; all others are left alone."""

from __future__ import annotations

import pytest

from neuraldbg.arguments import entry_step, literal_arguments
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step

SOURCE = """K = 1


def f(a, b=[1], *rest, c='x', **more):
    t = a
    return t


def computed(a, b=K):
    return a


def decorate(g):
    return g


@decorate
def decorated(a):
    return a


class A:
    def method(self, a):
        return a
"""


def program(call: str, entry: str = "f") -> Program:
    return Program.from_source(SOURCE, "<test>", entry, call)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f(1)", {"a": "1", "b": "[1]", "rest": "()", "c": "'x'", "more": "{}"}),
        ("f(-1, (2, 'é'), 3, 4)", {"a": "-1", "b": "(2, 'é')", "rest": "(3, 4)", "c": "'x'", "more": "{}"}),
        (
            "f(b={'k': None}, a=1.50, z=b'')",
            {"a": "1.5", "b": "{'k': None}", "rest": "()", "c": "'x'", "more": "{'z': b''}"},
        ),
    ],
)
def test_literals_are_bound_like_a_call_binds_them(call: str, expected: dict[str, str]) -> None:
    assert literal_arguments(program(call)) == expected


@pytest.mark.parametrize("call", ["f(1 + 1)", "f(K)", "f(*[1])", "f(**{'a': 1})", "f({1, 2})", "f([{'a', 'b'}])"])
def test_what_is_no_literal_is_left_to_the_model(call: str) -> None:
    assert literal_arguments(program(call)) is None


def test_defaults_decorators_and_methods_are_left_to_the_model() -> None:
    assert literal_arguments(program("computed(1)", "computed")) is None
    assert literal_arguments(program("computed(1, 2)", "computed")) == {"a": "1", "b": "2"}
    assert literal_arguments(program("decorated(1)", "decorated")) is None
    assert entry_step(program("A().method(1)", "A.method")) is None


def test_the_entry_step() -> None:
    expected = {"a": "1", "b": "2", "rest": "()", "c": "'x'", "more": "{}"}
    step = entry_step(program("f(1, 2)"))
    assert step == Step(Event.CALL, 4, "f", 0, expected)
    assert step is not None
    assert list(step.locals) == ["a", "b", "c", "rest", "more"]  # the frame's own order
    module = entry_step(Program.from_source("x = 1\n", "<test>"))
    assert module == Step(Event.CALL, 1, "<module>", 0, {})
