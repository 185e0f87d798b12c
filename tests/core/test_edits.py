"""Values of frames that wait for a call are changed too; the prediction goes on with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from neuraldbg.edits import same_objects
from neuraldbg.errors import UsageError
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session
from neuraldbg.steps import Event, Origin, Step

SOURCE = """\
def inner(a):
    b = a + 1
    return b


def outer(n, items):
    y = inner(n)
    z = y + n
    return z
"""
PROGRAM = Program.from_source(SOURCE, "demo.py", call="outer(1, [1, 2])")


class Simulator:
    """Works out the next step of SOURCE from the live frames, as a model would."""

    origin = Origin.PREDICTED

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        if not history:
            return Step(Event.CALL, 6, "outer", 0, {"n": "1", "items": "[1, 2]"})
        last = history[-1]
        values = dict(last.locals)
        caller = next((dict(s.locals) for s in reversed(history) if s.function == "outer"), {})
        match last.event, last.function, last.line:
            case Event.CALL, "outer", _:
                return Step(Event.LINE, 7, "outer", 0, values)
            case Event.LINE, "outer", 7:
                return Step(Event.CALL, 1, "inner", 1, {"a": values["n"]})
            case Event.CALL, "inner", _:
                return Step(Event.LINE, 2, "inner", 1, values)
            case Event.LINE, "inner", 2:
                return Step(Event.LINE, 3, "inner", 1, {**values, "b": str(int(values["a"]) + 1)})
            case Event.LINE, "inner", 3:
                return Step(Event.RETURN, 3, "inner", 1, values, values["b"])
            case Event.RETURN, "inner", _:
                return Step(Event.LINE, 8, "outer", 0, {**caller, "y": last.value or ""})
            case Event.LINE, "outer", 8:
                return Step(Event.LINE, 9, "outer", 0, {**values, "z": str(int(values["y"]) + int(values["n"]))})
            case Event.LINE, "outer", 9:
                return Step(Event.RETURN, 9, "outer", 0, values, values["z"])
        return None


def predicted(at: int) -> Session:
    session = Session(PROGRAM, Simulator())
    session.continue_()
    session.goto(at)
    return session


def frame(session: Session, function: str) -> int:
    return next(f.index for f in session.stack() if f.function == function)


def result(session: Session) -> str | None:
    session.continue_()
    assert session.complete
    session._state(session.known)  # control can go this way
    return session.known[-1].value


def test_the_simulator_is_right() -> None:
    assert list(predicted(0).known) == record(PROGRAM).steps


@pytest.mark.parametrize("at", [2, 3, 4, 5])
def test_a_caller_goes_on_with_the_new_value(at: int) -> None:
    session = predicted(at)
    before = list(session.known)
    index = frame(session, "outer")
    assert index == 1
    session.edit("n", "10", index)
    assert (session.cursor, len(session.known), session.complete) == (at, at + 1, False)
    assert session.known[1].locals["n"] == "10"
    assert session.known[1].edited == {"n"}
    assert [s.locals for s in session.known[2:]] == [s.locals for s in before[2 : at + 1]], "what has happened stays"
    assert session.branches()[1].fork == 1
    assert session.branches()[1].how == "n = 10 in outer"
    assert result(session) == "12", "inner got the old n, the rest of outer the new one"


def test_expressions_are_those_of_the_frame() -> None:
    session = predicted(3)
    index = frame(session, "outer")
    assert session.set_value("items", "n + 4", ["0"], index).text == "5"
    assert session.known[index].locals["items"] == "[5, 2]"
    with pytest.raises(KeyError):
        session.set_value("a", "1", (), index)


def test_a_frame_that_is_over_cannot_be_changed() -> None:
    session = predicted(5)
    with pytest.raises(UsageError, match="inner is just returning"):
        session.edit("b", "3")
    session.goto(6)
    with pytest.raises(UsageError, match="not waiting"):
        session.edit("b", "3", 4)
    session.goto(8)
    with pytest.raises(UsageError, match="just returning"):
        session.edit("n", "3")
    assert len(session.branches()) == 1


def test_objects_that_may_be_shared_are_named() -> None:
    program = Program.from_source(
        "def f(xs):\n    ys = xs\n    n = 1\n    return g(ys)\n\n\ndef g(zs):\n    return 0\n", "demo.py", call="f([1])"
    )
    session = Session(program, Predicting(record(program).steps))
    session.continue_()
    session.goto(next(i for i, s in enumerate(session.known) if s.function == "g" and s.event is Event.LINE))
    found = same_objects(session.timeline, session.cursor, session.cursor, "zs")
    assert found == [("f", "xs"), ("f", "ys")]
    assert same_objects(session.timeline, session.cursor, frame(session, "f"), "n") == []


class Predicting:
    """Known steps that pass for predicted ones."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        return self._steps[len(history)] if len(history) < len(self._steps) else None


CLOSURES = """\
def make(count):
    def add(n):
        nonlocal count
        count += n
        return count

    def twice():
        count_ = add(1)
        return add(count_)

    other = 5
    return twice()


x = make(0)
"""


@pytest.mark.parametrize("function", ["make", "make.<locals>.add"])
def test_a_variable_that_functions_share_changes_in_all_of_them(function: str) -> None:
    program = Program.from_source(CLOSURES, "demo.py")
    session = Session(program, Predicting(record(program).steps))
    session.continue_()
    session.goto(next(i for i, s in enumerate(session.known) if s.line == 5 and s.event is Event.LINE))
    session.edit("count", "70", frame(session, function))
    values = {f.function: f.locals.get("count") for f in session.stack()}
    assert values == {"make.<locals>.add": "70", "make.<locals>.twice": None, "make": "70", "<module>": None}
    session._state(session.known)


def test_a_name_of_another_activation_is_another_variable() -> None:
    program = Program.from_source("def f(n):\n    if n:\n        f(n - 1)\n    return n\n", "demo.py", call="f(2)")
    session = Session(program, Predicting(record(program).steps))
    session.continue_()
    session.goto(next(i for i, s in enumerate(session.known) if s.depth == 2 and s.event is Event.LINE))
    session.edit("n", "9", session.stack()[1].index)
    assert [f.locals["n"] for f in session.stack()] == ["0", "9", "2"]


def test_what_an_exception_passes_is_changed_for_its_handler() -> None:
    text = "def f(n):\n    try:\n        n[0]\n    except TypeError:\n        return n\n    return 0\n"
    program = Program.from_source(text, "demo.py", call="f(2)")
    session = Session(program, Predicting(record(program).steps))
    session.continue_()
    session.goto(next(i for i, s in enumerate(session.known) if s.event is Event.EXCEPTION))
    session.edit("n", "9")
    assert [s.locals["n"] for s in session.known] == ["2", "2", "9", "9"]
    handler = Step(Event.LINE, 4, "f", 0, {"n": "9"})
    session._state([*session.known, handler])
