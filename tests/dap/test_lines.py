"""Stepping in lines: what goes forwards comes back."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.dap.lines import LineSession
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import StopReason, TraceSource
from neuraldbg.steps import Event, Trace
from tests.corpus import CORPUS

NAMES = (
    "generator_send",
    "recursion_mutual",
    "exception_nested",
    "generator_pipeline",
    "class_operators",
    "quick_sort",
)
FORWARD = ("next_line", "line_into", "line_out", "continue_")
BACK = ("line_back", "continue_back")


@cache
def load(name: str) -> tuple[Program, Trace]:
    program = Program.load(str(CORPUS / f"{name}.py"))
    return program, record(program)


def begin(name: str) -> LineSession:
    program, trace = load(name)
    session = LineSession(program, TraceSource(trace))
    assert session.first_line() is StopReason.STEP
    return session


@given(st.sampled_from(NAMES), st.lists(st.sampled_from((*FORWARD, *BACK)), max_size=30))
def test_a_stop_is_always_in_a_live_frame(name: str, verbs: list[str]) -> None:
    session = begin(name)
    session.set_breakpoints(sorted(session.breakable)[::4])
    for verb in verbs:
        before = session.cursor
        reason = getattr(session, verb)()
        assert session.shown()
        assert session.shown()[0].depth == session._depth()
        if reason not in (StopReason.START, StopReason.END):
            assert session.cursor > before if verb in FORWARD else session.cursor < before


@given(st.sampled_from(NAMES), st.integers(0, 60))
def test_back_undoes_next_within_a_frame(name: str, count: int) -> None:
    session = begin(name)
    for _ in range(count):
        session.line_into()
    before, frame = session.cursor, session.stack()[0]
    if session.known[before].event is not Event.LINE or session.next_line() is not StopReason.STEP:
        return
    after = session.stack()[0]
    if (after.function, after.depth) != (frame.function, frame.depth) or session.timeline.previous[
        session.cursor
    ] != before:
        return  # it has left the frame, or been suspended
    assert session.line_back() is StopReason.STEP
    assert session.cursor == before


@given(st.sampled_from(NAMES))
def test_back_from_a_yield_stays_in_the_generator(name: str) -> None:
    """Each line that next reaches over a yield leads back to the line that yielded."""
    session = begin(name)
    while session.line_into() is not StopReason.END:
        before = session.cursor
        step = session.known[before]
        if step.event is not Event.LINE or step.line not in session._waits():
            continue
        if session.next_line() is StopReason.STEP and session.known[session.cursor].function == step.function:
            resumed = session.timeline.previous[session.cursor]
            if resumed >= 0 and session.known[resumed].event is Event.CALL:
                session.line_back()
                assert session.known[session.cursor].function == step.function
                assert session.known[session.cursor].line == step.line
        session.goto(before)
