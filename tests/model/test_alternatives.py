"""Other ways: the likeliest first, with the probability of all that was chosen, each once, and quickly cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from neuraldbg.program import Program
from neuraldbg.session import Session
from neuraldbg.steps import Event, Step

SOURCE = """\
def parse(text):
    try:
        return int(text)
    except ValueError:
        return None


parse("4x")
"""


@pytest.fixture(scope="module")
def session() -> Session:
    from neuraldbg.model.predictor import load_predictor

    program = Program.from_source(SOURCE, "demo.py")
    session = Session(program, load_predictor().source(program))
    while session.current is None or session.current.function != "parse" or session.current.line != 3:
        session.step_into()
    session.step_into()
    return session


def key(step: Step) -> tuple[Any, ...]:
    return step.event, step.line, step.function, tuple(step.locals.items()), step.value


def test_the_first_is_the_prediction_and_all_are_legal_and_differ(session: Session) -> None:
    source: Any = session.source
    history = session.known[: session.cursor]
    found = source.alternatives(history, 6)
    assert any(key(a.step) == key(session.known[session.cursor]) for a in found)
    assert len({key(a.step) for a in found}) == len(found) > 1
    odds = [a.probability for a in found]
    assert odds == sorted(odds, reverse=True)
    assert all(0 < p <= 1 for p in odds)
    assert sum(odds) <= 1 + 1e-6, "ways exclude each other"
    for a in found:
        source.state(history).after(a.step)


def test_another_branch_is_among_them_whatever_the_prediction_is(session: Session) -> None:
    source: Any = session.source
    events = {a.step.event for a in source.alternatives(session.known[: session.cursor], 6)}
    assert {Event.RETURN, Event.EXCEPTION} <= events


def test_the_prediction_itself_is_left_as_it_was(session: Session) -> None:
    source: Any = session.source
    history = session.known[: session.cursor]
    before = source.next_step(history)
    found = source.alternatives(history, 4)
    after = source.next_step(history)
    assert key(before) == key(after)
    same = next(a for a in found if key(a.step) == key(before))
    assert same.probability == pytest.approx(before.confidence.lowest, rel=0.05)


def test_cancelling_ends_the_search(session: Session) -> None:
    source: Any = session.source
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    source.alternatives(session.known[: session.cursor], 6, cancelled)
    assert len(asked) < 20
