"""The verbs against a naive walk over the list of steps, and the position queries by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.program import Program
from neuraldbg.session import Session, StopReason, TraceSource
from neuraldbg.steps import Event, Origin, Step, Trace

SOURCE = """\
def f(n):
    if n:
        return f(n - 1)
    return g(n)


def g(x):
    y = x
    return y


total = 0
for i in range(2):
    total += f(i)
"""
PROGRAM = Program.from_source(SOURCE, "demo.py")


def call(line: int, function: str, depth: int, **locals_: str) -> Step:
    return Step(Event.CALL, line, function, depth, locals_)


def line(line: int, function: str, depth: int, **locals_: str) -> Step:
    return Step(Event.LINE, line, function, depth, locals_)


def returns(line: int, function: str, depth: int, value: str, **locals_: str) -> Step:
    return Step(Event.RETURN, line, function, depth, locals_, value)


def raises(line: int, function: str, depth: int, value: str, **locals_: str) -> Step:
    return Step(Event.EXCEPTION, line, function, depth, locals_, value)


def trace(steps: Sequence[Step]) -> Trace:
    return Trace("demo.py", SOURCE, "<module>", Origin.RECORDED, list(steps))


def session_of(steps: Sequence[Step]) -> Session:
    return Session(PROGRAM, TraceSource(trace(steps)))


# By hand: total = 0; f(0) -> g(0) -> 0; total += 0
STEPS = [
    call(1, "<module>", 0),  # 0
    line(1, "<module>", 0),  # 1
    line(12, "<module>", 0),  # 2
    line(14, "<module>", 0, total="0", i="0"),  # 3
    call(1, "f", 1, n="0"),  # 4
    line(2, "f", 1, n="0"),  # 5
    line(4, "f", 1, n="0"),  # 6
    call(7, "g", 2, x="0"),  # 7
    line(8, "g", 2, x="0"),  # 8
    line(9, "g", 2, x="0", y="0"),  # 9
    returns(9, "g", 2, "0", x="0", y="0"),  # 10
    returns(4, "f", 1, "0", n="0"),  # 11
    line(13, "<module>", 0, total="0", i="0"),  # 12
    line(14, "<module>", 0, total="0", i="1"),  # 13
    returns(14, "<module>", 0, "None", total="0", i="1"),  # 14
]


def at(index: int) -> Session:
    session = session_of(STEPS)
    for _ in range(index + 1):
        assert session.step_into() is StopReason.STEP
    assert session.cursor == index
    return session


@pytest.mark.parametrize(
    ("start", "verb", "stop"),
    [
        (3, Session.step_into, 4),
        (3, Session.step_over, 12),  # over f and g
        (4, Session.step_over, 5),  # from a call: into its body
        (6, Session.step_over, 11),
        (10, Session.step_over, 11),  # from a return: the caller
        (4, Session.step_out, 11),
        (8, Session.step_out, 10),
        (10, Session.step_out, 11),
        (11, Session.step_out, 12),
        (3, Session.step_out, 14),
    ],
)
def test_forward_verbs_stop_where_pdb_does(start: int, verb: Callable[[Session], StopReason], stop: int) -> None:
    session = at(start)
    assert verb(session) is StopReason.STEP
    assert session.cursor == stop


@pytest.mark.parametrize(
    ("start", "verb", "stop"),
    [
        (4, Session.back, 3),
        (12, Session.back_over, 3),  # skips f and g
        (11, Session.back_over, 6),
        (5, Session.back_over, 4),
        (4, Session.back_over, 3),
    ],
)
def test_backward_verbs(start: int, verb: Callable[[Session], StopReason], stop: int) -> None:
    session = at(start)
    assert verb(session) is StopReason.STEP
    assert session.cursor == stop


def test_both_ends_stop_without_an_error() -> None:
    session = session_of(STEPS)
    assert session.current is None
    assert session.stack() == ()
    assert [session.back(), session.back_over(), session.reverse_continue()] == [StopReason.START] * 3
    assert session.cursor == -1
    assert session.continue_() is StopReason.END
    assert session.at_end
    for verb in (session.step_into, session.step_over, session.step_out, session.continue_):
        assert verb() is StopReason.END
        assert session.cursor == len(STEPS) - 1
    assert session.run_to_line(14) is StopReason.END
    assert session.reverse_continue() is StopReason.START
    assert session.cursor == 0
    assert session.back() is StopReason.START
    assert not session.at_end


def test_an_empty_trace() -> None:
    session = session_of([])
    assert session.step_over() is StopReason.END
    assert (session.current, session.restart(), session.at_end) == (None, StopReason.START, True)


def test_a_breakpoint_stops_lines_and_function_entries_but_not_resumed_generators() -> None:
    program = Program.from_source("def gen():\n    yield 1\n    yield 2\n\n\nlist(gen())\n")
    steps = [
        call(1, "<module>", 0),
        line(1, "<module>", 0),
        line(6, "<module>", 0),
        call(1, "gen", 1),
        line(2, "gen", 1),
        returns(2, "gen", 1, "1"),
        call(2, "gen", 1),  # resumed
        line(3, "gen", 1),
        returns(3, "gen", 1, "2"),
    ]
    session = Session(program, TraceSource(trace(steps)))
    session.set_breakpoints([1, 2])
    stops = []
    while session.continue_() is StopReason.BREAKPOINT:
        stops.append(session.cursor)
    assert stops == [1, 3, 4]


def test_breakpoints_stop_step_over_and_are_met_backwards_too() -> None:
    session = at(3)
    assert session.toggle_breakpoint(9)
    assert session.step_over() is StopReason.BREAKPOINT
    assert session.cursor == 9
    assert session.step_over() is StopReason.STEP
    session.continue_()
    assert session.reverse_continue() is StopReason.BREAKPOINT
    assert session.cursor == 9
    assert not session.toggle_breakpoint(9)
    assert session.reverse_continue() is StopReason.START


def test_run_to_line_stops_in_any_frame_or_at_a_breakpoint_before() -> None:
    session = at(2)
    assert session.run_to_line(8) is StopReason.LINE
    assert session.cursor == 8
    session.restart()
    session.set_breakpoints([4])
    assert session.run_to_line(8) is StopReason.BREAKPOINT
    assert session.cursor == 6


def test_running_to_a_change_and_back_to_it() -> None:
    session = at(3)
    assert session.run_to_change("i") is StopReason.CHANGE
    assert (session.cursor, session.previous_value("i")) == (13, "0")
    assert session.back_to_change("i") is StopReason.CHANGE
    assert session.cursor == 3


def test_step_out_of_a_frame_whose_exception_c_code_swallowed() -> None:
    # hasattr(x, "p") calls a property twice, and the first time it raises AttributeError
    steps = [
        call(1, "<module>", 0),
        line(14, "<module>", 0),
        call(7, "g", 1),
        line(8, "g", 1),
        raises(8, "g", 1, "AttributeError()"),
        call(7, "g", 1),
        line(8, "g", 1),
        returns(8, "g", 1, "1"),
        line(13, "<module>", 0),
    ]
    session = session_of(steps)
    session.continue_()
    session.goto(3)
    assert session.step_out() is StopReason.STEP
    assert session.cursor == 8


def test_the_stack_shows_each_frame_as_it_was_last_seen() -> None:
    frames = at(9).stack()
    assert [(f.function, f.line, f.depth, f.index) for f in frames] == [
        ("g", 9, 2, 9),
        ("f", 4, 1, 6),
        ("<module>", 14, 0, 3),
    ]
    assert dict(frames[0].locals) == {"x": "0", "y": "0"}
    assert frames[0].changed == {"y"}
    assert frames[1].changed == frozenset()
    assert frames[2].changed == {"total", "i"}


def test_changed_names_are_followed_past_calls() -> None:
    session = at(13)
    assert session.changed(13) == {"i"}
    assert session.changed(12) == frozenset()
    assert session.changed(4) == frozenset(), "a frame's first stop has nothing to differ from"
    assert session.previous_stop(12) == 3
    assert session.previous_stop(4) is None
    assert session.previous_value("i", 12) is None
    assert session.previous_value("nothing") is None


def test_visits_count_the_lines_up_to_the_cursor() -> None:
    session = at(14)
    assert {k: v for k, v in session.visits().items() if v} == {1: 1, 12: 1, 14: 2, 2: 1, 4: 1, 8: 1, 9: 1, 13: 1}
    session.goto(8)
    assert session.visits()[14] == 1
    assert session.visits()[9] == 0
    with pytest.raises(IndexError, match="15"):
        session.goto(15)


class Counting:
    """A source that says what it was asked, and fails the test if asked twice for a step."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step], stop_at: int | None = None) -> None:
        self.steps, self.asked, self.stop_at = steps, 0, stop_at

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        assert len(history) == self.asked
        if self.asked == self.stop_at:
            return None
        self.asked += 1
        return self.steps[self.asked - 1] if self.asked <= len(self.steps) else None


def test_known_steps_are_never_asked_for_again() -> None:
    source = Counting(STEPS)
    session = Session(PROGRAM, source)
    session.continue_()
    assert source.asked == len(STEPS) + 1
    session.restart()
    session.continue_()
    session.reverse_continue()
    session.step_into()
    assert source.asked == len(STEPS) + 1


def test_the_budget_counts_new_steps_and_the_verb_can_go_on() -> None:
    session = Session(PROGRAM, Counting(STEPS))
    assert session.continue_(budget=4) is StopReason.BUDGET
    assert session.cursor == 3
    session.restart()
    assert session.continue_(budget=4) is StopReason.BUDGET
    assert session.cursor == 7
    assert session.continue_(budget=100) is StopReason.END


def test_cancelling_between_steps_keeps_what_is_known() -> None:
    session = Session(PROGRAM, Counting(STEPS))
    assert session.continue_(cancelled=lambda: len(session.known) >= 5) is StopReason.CANCELLED
    assert (session.cursor, len(session.known), session.complete) == (4, 5, False)
    assert session.continue_() is StopReason.END


def test_a_source_that_gives_up_because_it_was_cancelled_has_not_ended_the_trace() -> None:
    source = Counting(STEPS, stop_at=3)
    session = Session(PROGRAM, source)
    answers = iter([False] * 4 + [True] * 10)
    assert session.continue_(cancelled=lambda: next(answers)) is StopReason.CANCELLED
    assert not session.complete
    source.stop_at = None
    assert session.continue_() is StopReason.END
    assert len(session.known) == len(STEPS)


def test_an_error_of_the_source_leaves_the_session_as_it_was() -> None:
    class Failing(Counting):
        def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
            if len(history) == 4:
                raise ValueError("no")
            return super().next_step(history, cancelled)

    session = Session(PROGRAM, Failing(STEPS))
    with pytest.raises(ValueError, match="no"):
        session.continue_()
    assert (session.cursor, session.complete) == (3, False)
    assert session.back() is StopReason.STEP


# Properties: random call trees, and any sequence of verbs against a walk over the plain list


@st.composite
def call_trees(draw: st.DrawFn) -> list[Step]:
    """Steps of a random run: nested calls, returns, exceptions caught somewhere above or by C code."""
    steps: list[Step] = []
    values = st.sampled_from(["0", "1"])

    def frame(depth: int, function: str) -> bool:
        """Adds one activation; true if an exception left it."""
        steps.append(call({"<module>": 1, "f": 1, "g": 7}[function], function, depth, n=draw(values)))
        last = steps[-1]
        for _ in range(draw(st.integers(0, 4))):
            last = line(draw(st.integers(1, 14)), function, depth, n=draw(values), m=draw(values))
            steps.append(last)
            if depth < 4 and len(steps) < 60 and draw(st.booleans()) and frame(depth + 1, draw(st.sampled_from("fg"))):
                if draw(st.booleans()):
                    continue  # swallowed below this frame
                steps.append(raises(last.line, function, depth, "E()", **last.locals))
                if draw(st.booleans()):
                    return True
        if depth and draw(st.integers(0, 4)) == 0:
            steps.append(raises(last.line, function, depth, "E()", **last.locals))
            return True
        steps.append(returns(last.line, function, depth, "None", **last.locals))
        return False

    frame(0, "<module>")
    return steps


MOVED = {5: 7, 6: 7, 10: 12, 11: 12}  # lines without code, and where a breakpoint there goes


def changes(steps: list[Step], i: int, j: int) -> bool:
    """True if ``m`` at step ``j`` is not what it was at the activation's stop before; ``j`` is of ``i``'s function."""
    if steps[j].function != steps[i].function or steps[j].event is Event.CALL:
        return False
    earlier = next(k for k in range(j - 1, -1, -1) if steps[k].depth <= steps[j].depth)
    assert steps[earlier].depth == steps[j].depth, "a frame begins with its call"
    return steps[earlier].locals.get("m") != steps[j].locals.get("m")


def naive(steps: list[Step], i: int, verb: str, arg: int, breaks: set[int]) -> int:
    """Where a verb leads from step ``i``, told by looking at slices of the whole list."""

    def hit(j: int) -> bool:
        s = steps[j]
        entry = s.event is Event.CALL and s.line == {"f": 1, "g": 7}.get(s.function)
        return s.line in breaks and (s.event is Event.LINE or entry)

    after, before = range(i + 1, len(steps)), range(i - 1, -1, -1)
    depth = steps[i].depth

    def nearest(candidates: range, wanted: Callable[[int], bool], otherwise: int) -> int:
        return next((j for j in candidates if wanted(j) or (verb not in ("into", "back") and hit(j))), otherwise)

    last = len(steps) - 1
    if verb == "into":
        return min(i + 1, last)
    if verb == "over":
        return nearest(after, lambda j: steps[j].depth <= depth, last)
    if verb == "out":
        # the activation's own steps: up to its return, or to the first sign that it is gone
        own = next((j for j in after if steps[j].depth < depth), len(steps))
        own = next((j for j in after if j < own and steps[j].depth == depth and steps[j].event is Event.CALL), own)
        ends = [j for j in after if j < own and steps[j].depth == depth and steps[j].event is Event.RETURN]
        target = ends[0] if ends and steps[i].event is not Event.RETURN else -1
        return nearest(after, lambda j: j == target or steps[j].depth < depth, last)
    if verb == "continue":
        return nearest(after, lambda j: False, last)
    if verb == "line":
        return nearest(after, lambda j: steps[j].event is Event.LINE and steps[j].line == arg, last)
    if verb == "back":
        return max(i - 1, 0)
    if verb == "back_line":
        return nearest(before, lambda j: steps[j].event is Event.LINE and steps[j].line == arg, 0)
    if verb == "back_out":
        return nearest(before, lambda j: steps[j].depth < depth, 0)
    if verb == "event":
        return min(3 * arg, last)
    if verb in ("change", "back_change"):
        return nearest(after if verb == "change" else before, lambda j: changes(steps, i, j), last * (verb == "change"))
    if verb == "back_over":
        return nearest(before, lambda j: steps[j].depth <= depth, 0)
    if verb == "reverse":
        return nearest(before, lambda j: False, 0)
    assert verb == "restart"
    return 0


ACTIONS: dict[str, Callable[[Session, int], object]] = {
    "into": lambda s, a: s.step_into(),
    "over": lambda s, a: s.step_over(),
    "out": lambda s, a: s.step_out(),
    "continue": lambda s, a: s.continue_(),
    "line": lambda s, a: s.run_to_line(a),
    "back": lambda s, a: s.back(),
    "back_over": lambda s, a: s.back_over(),
    "reverse": lambda s, a: s.reverse_continue(),
    "restart": lambda s, a: s.restart(),
    "back_line": lambda s, a: s.back_to_line(a),
    "back_out": lambda s, a: s.back_out(),
    "event": lambda s, a: s.run_to_step(3 * a),
    "change": lambda s, a: s.run_to_change("m"),
    "back_change": lambda s, a: s.back_to_change("m"),
    "break": lambda s, a: s.toggle_breakpoint(a),
}
verbs = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(1, 14)), max_size=25)


@settings(deadline=None, max_examples=200)
@given(call_trees(), verbs)
def test_any_verbs_equal_the_naive_walk(steps: list[Step], sequence: list[tuple[str, int]]) -> None:
    session, breaks, i = session_of(steps), set[int](), 0
    session.step_into()
    for verb, arg in sequence:
        ACTIONS[verb](session, arg)
        if verb == "break":
            breaks ^= {MOVED.get(arg, arg)}
        else:
            i = naive(steps, i, verb, arg, breaks)
        assert session.cursor == i
        assert session.current == steps[i]
        assert session.stop.index == i or verb == "break"
        assert list(session.known) == steps[: len(session.known)]
        counted = {n: c for n, c in session.visits().items() if c}
        lines = [s.line for s in steps[: i + 1] if s.event is Event.LINE]
        assert counted == {n: lines.count(n) for n in lines}


@settings(deadline=None, max_examples=100)
@given(call_trees())
def test_back_undoes_every_step_and_back_over_undoes_over_in_one_frame(steps: list[Step]) -> None:
    session = session_of(steps)
    session.continue_()
    for i, (a, b) in enumerate(pairwise(steps)):
        session.goto(i)
        session.step_into()
        session.back()
        assert session.cursor == i
        session.step_over()
        j = session.cursor
        if steps[j].depth == a.depth:
            session.back_over()
            assert session.cursor == i
        assert b == steps[i + 1]


@settings(deadline=None, max_examples=100)
@given(call_trees())
def test_the_stack_is_the_calls_that_are_still_open(steps: list[Step]) -> None:
    session = session_of(steps)
    session.continue_()
    for i, step in enumerate(steps):
        session.goto(i)
        frames = session.stack()
        assert [f.depth for f in frames] == list(range(step.depth, -1, -1))
        for frame in frames:
            # nothing between a frame's last stop and here is at its depth or below
            assert all(s.depth > frame.depth for s in steps[frame.index + 1 : i + 1])
            assert frame.locals == steps[frame.index].locals
