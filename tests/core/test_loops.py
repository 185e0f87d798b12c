"""Turns of loops on real traces, whose own counters say which turn it is; marks; lines that were not reached."""

from __future__ import annotations

import pytest

from neuraldbg.marks import Mark, MarkKind, cell_of, fold_marks, next_mark, step_of
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, StopReason, TraceSource

HEADS = {
    "for": ("for _ in range(5):", ""),
    "while": ("while turn < 5:", ""),
    "while true": ("while True:", "if turn == 5:\n            break"),
    "over lines": ("for _ in range(\n        5\n    ):", ""),
}
BODIES = {
    "counting first": "turn += 1\n        other = helper(turn)",
    "a loop first": "for inner in range(2):\n            other = inner\n        turn += 1",
    "a try first": (
        "try:\n            turn += 1\n            helper(None)\n        except TypeError:\n            continue"
    ),
    "text first": "'no code'\n        turn += 1\n        [other for other in range(3)]",
}
SOURCE = """\
def helper(x):
    for i in range(2):
        y = x + i
    return y


def main():
    turn = 0
    {head}
        {body}
        {tail}
    return turn
"""


def recorded(source: str, call: str | None) -> Session:
    program = Program.from_source(source, "demo.py", call=call)
    return Session(program, TraceSource(record(program)))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_turns_are_those_that_the_program_counts(head: tuple[str, str], body: str) -> None:
    if "continue" in body and head[1]:
        body = body.replace("continue", "pass")
    session = recorded(SOURCE.format(head=head[0], body=body, tail=head[1] or "pass"), "main()")
    session.run_to_line(9)
    assert session.iteration() == 0
    begins = []
    while session.next_iteration() is StopReason.ITERATION:
        assert session.current is not None
        assert session.current.function == "main"
        assert session.current.locals["turn"] == str(len(begins))
        begins.append(session.cursor)
        assert session.iteration() == len(begins)
    assert session.stop.reason is StopReason.LOOP_END
    assert len(begins) == 5
    assert session.loop() is None

    session.goto(begins[4])
    assert [session.previous_iteration() for _ in range(5)] == [StopReason.ITERATION] * 4 + [StopReason.LOOP_END]
    session.goto(begins[1])
    for number in (4, 1, 5, 2):
        assert session.run_to_iteration(number) is StopReason.ITERATION
        assert session.cursor == begins[number - 1]
    assert session.run_to_iteration(6) is StopReason.LOOP_END


def test_turns_are_those_of_the_frame_that_is_looked_at() -> None:
    session = recorded(SOURCE.format(head="for _ in range(3):", body="turn = helper(1)", tail="pass"), "main()")
    session.run_to_line(3)
    loop = session.loop()
    assert loop is not None and loop[0].function == "helper"
    session.run_to_line(4)
    loop = session.loop()
    assert loop is not None and loop[0].function == "main", "the nearest caller that is in a loop"
    assert session.next_iteration() is StopReason.ITERATION
    assert session.current is not None and session.current.function == "main"
    assert session.iteration() == 2
    session.restart()
    assert session.next_iteration() is StopReason.NO_LOOP
    with pytest.raises(IndexError, match="the first is 1"):
        session.run_to_iteration(0)


def test_breakpoints_stop_on_the_way_to_a_turn_and_a_return_leaves_the_loop() -> None:
    source = "def f():\n    for i in range(9):\n        if i == 3:\n            return i\n"
    session = recorded(source, "f()")
    session.run_to_line(3)
    assert session.run_to_iteration(8) is StopReason.LOOP_END
    assert session.current is not None and session.current.value == "3"
    session.restart()
    session.run_to_line(3)
    session.set_breakpoints([4])
    assert session.next_iteration() is StopReason.ITERATION
    assert session.run_to_iteration(8) is StopReason.BREAKPOINT


def test_lines_that_were_not_reached() -> None:
    source = (
        "LIMIT = 3\n\n\ndef f(n):\n    if n > LIMIT:\n        return 1\n    x = [i for i in range(n)]\n    return x\n"
        "\n\ndef g():\n    pass\n"
    )
    session = recorded(source, "f(2)")
    session.continue_()
    assert session.complete
    assert session.unreached() == {6, 12}, "the module's lines have run before the trace began"


def test_marks_of_a_trace_and_how_they_fold() -> None:
    source = "def f(x):\n    return 1 // x\n\n\ntry:\n    f(1)\n    f(0)\nexcept ZeroDivisionError:\n    pass\n"
    session = recorded(source, None)
    session.set_breakpoints([2])
    session.continue_()
    session.continue_()
    session.continue_()
    calls = [i for i, s in enumerate(session.known) if s.event == "call"]
    raised = [i for i, s in enumerate(session.known) if s.event == "exception"]
    met = [i for i, s in enumerate(session.known) if s.event == "line" and s.line == 2]
    marks = session.marks(divergences=[raised[0]])
    by_kind = {kind: [m.index for m in marks if m.kind is kind] for kind in MarkKind}
    assert by_kind == {
        MarkKind.CALL: calls,
        MarkKind.BREAKPOINT: met,
        MarkKind.EXCEPTION: raised,
        MarkKind.DIVERGENCE: raised[:1],
    }
    assert marks == sorted(marks)
    count = len(session.known)
    assert fold_marks(marks, count, 1) == [MarkKind.DIVERGENCE]
    wide = fold_marks(marks, count, count)
    assert [i for i, kind in enumerate(wide) if kind is MarkKind.EXCEPTION] == raised[1:]
    assert next_mark(marks, 0, [MarkKind.EXCEPTION], 1) == raised[0]
    assert next_mark(marks, raised[0], [MarkKind.EXCEPTION], -1) is None
    for width in (1, 3, 7, 80, 200):
        assert all(cell_of(step_of(c, count, width), count, width) >= c for c in range(min(width, count)))
    assert fold_marks([Mark(49_999, MarkKind.CALL)], 50_000, 80)[79] is MarkKind.CALL
    with pytest.raises(ValueError, match="0 cells"):
        fold_marks(marks, count, 0)
