"""What if: branches, edited values, other ways, the real step, another source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from neuraldbg.errors import InputError, UsageError
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, StopReason, TraceSource
from neuraldbg.steps import Confidence, Event, Origin, Step, Trace, step_from_json, step_to_json

SOURCE = """\
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""
PROGRAM = Program.from_source(SOURCE, "demo.py", call="f(3)")
REAL = record(PROGRAM)


class Simulator:
    """Works out the next step of SOURCE from the last one alone, as a model would, and says how sure it is."""

    origin = Origin.PREDICTED

    def __init__(self, slip: int | None = None) -> None:
        self.slip = slip  # the number of a step whose total comes out wrong

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        if not history:
            return Step(Event.CALL, 1, "f", 0, {"n": "3"})
        last = history[-1]
        values = dict(last.locals)

        def line(number: int) -> Step:
            return Step(Event.LINE, number, "f", 0, values, None, Confidence(0.9, sure))

        sure: dict[str, float] = {}
        if last.event is Event.RETURN:
            return None
        if last.event is Event.CALL:
            return line(2)
        if last.line == 2:
            values["total"], sure["total"] = "0", 0.8
            return line(3)
        if last.line == 3:
            following = int(values.get("i", "-1")) + 1
            if following >= int(values["n"]):
                return line(5)
            values["i"], sure["i"] = str(following), 0.7
            return line(4)
        if last.line == 4:
            wrong = len(history) == self.slip
            values["total"], sure["total"] = str(int(values["total"]) + int(values["i"]) + 100 * wrong), 0.6
            return line(3)
        return Step(Event.RETURN, 5, "f", 0, values, values["total"], Confidence(1.0, {}, 0.9))


def predicted(slip: int | None = None) -> Session:
    s = Session(PROGRAM, Simulator(slip))
    s.continue_()
    return s


def legal(s: Session) -> bool:
    s._state(s.known)
    return True


def result(s: Session) -> str | None:
    s.continue_()
    assert s.complete
    return s.known[-1].value


def test_the_simulator_is_right() -> None:
    assert list(predicted().known) == REAL.steps


@pytest.mark.parametrize(
    ("at", "name", "value", "wanted"),
    [(4, "total", "50", "53"), (4, "n", "2", "1"), (3, "i", "1", "2"), (0, "n", "4", "6")],
)
def test_an_edited_value_is_predicted_on_from(at: int, name: str, value: str, wanted: str) -> None:
    s = predicted()
    before = list(s.known)
    s.goto(at if name != "i" else 4)
    at = s.cursor
    s.edit(name, value)
    assert s.current is not None
    assert (s.cursor, len(s.known), s.complete) == (at, at + 1, False)
    assert s.current.locals == {**before[at].locals, name: value}
    assert s.current.edited == {name}
    assert name not in s.timeline.sure[at], "what the user said is sure"
    assert list(s.known[:at]) == before[:at]
    assert result(s) == wanted
    assert legal(s), "control goes on, also where the line before could not have changed the name"
    assert s.visits()[4] == sum(t.line == 4 for t in s.known)
    s.switch(0)
    assert list(s.known) == before
    assert (s.cursor, s.complete) == (at, True)


def test_branches_are_listed_and_returned_to() -> None:
    s = predicted()
    s.goto(4)
    s.edit("total", "50")
    s.step_into()
    s.edit("total", "60")
    s.goto(2)
    first, second, third = s.branches()
    assert (first.id, first.parent, first.how, first.steps, first.complete) == (0, None, "", len(REAL.steps), True)
    assert (second.parent, second.fork, second.how, second.steps, second.complete) == (0, 4, "total = 50", 6, False)
    assert (third.parent, third.fork, third.how, third.current) == (1, 5, "total = 60", True)
    s.switch(1)
    assert (s.cursor, s.branch) == (5, 1)
    s.switch(2)
    assert s.cursor == 2
    with pytest.raises(IndexError, match="no branch 3"):
        s.switch(3)


def test_expressions_give_values_and_parts_of_values() -> None:
    s = predicted()
    s.goto(4)
    found = s.set_value("total", "total * 2 + n")
    assert (found.text, found.confidence) == ("3", 0.6)
    assert s.current is not None and s.current.locals["total"] == "3"
    s.set_value("total", "[1, {'a': 2}]")
    s.set_value("total", "n + 1", ["1", "'a'"])
    assert s.current is not None and s.current.locals["total"] == "[1, {'a': 4}]"
    s.set_value("total", "Point(x=1)")
    assert s.current is not None and s.current.locals["total"] == "Point(x=1)"
    with pytest.raises(InputError, match="nothing is not known here"):
        s.set_value("total", "nothing")
    with pytest.raises(KeyError):
        s.set_value("nothing", "1")
    with pytest.raises(KeyError):
        s.set_value("total", "1", ["9"])


def test_what_cannot_be_edited_is_said() -> None:
    s = Session(PROGRAM, Simulator())
    with pytest.raises(UsageError, match="no step yet"):
        s.edit("n", "1")
    s.continue_()
    with pytest.raises(UsageError, match="about to run"):
        s.edit("n", "1")
    s.set_result("7")
    assert s.current is not None and s.current.value == "7"
    s.back()
    with pytest.raises(UsageError, match="nothing is returned"):
        s.set_result("7")
    with pytest.raises(KeyError):
        s.edit("nothing", "1")
    replay = Session(PROGRAM, TraceSource(REAL))
    replay.continue_()
    replay.back()
    assert not replay.predicts
    with pytest.raises(UsageError, match="recorded trace"):
        replay.edit("n", "1")
    assert len(replay.branches()) == 1


def test_another_way_is_chosen_if_control_can_take_it() -> None:
    s = predicted()
    s.goto(5)
    assert {line for b in s.alternatives() if b.event is Event.LINE for line in b.lines} == {4, 5}
    with pytest.raises(UsageError, match="cannot come here"):
        s.choose_line(2)
    assert len(s.branches()) == 1, "nothing is left behind by what failed"
    s.choose_line(5)
    assert result(s) == "0"
    assert s.branches()[1].how == "goes to line 5"
    s.restart()
    with pytest.raises(UsageError, match="no line"):
        s.choose_line(2)


def test_the_truth_is_adopted_at_a_divergence() -> None:
    s = predicted(slip=6)
    assert list(s.known[:6]) == REAL.steps[:6]
    assert s.known[6] != REAL.steps[6]
    s.goto(6)
    s.adopt(REAL, 6)
    assert list(s.known) == REAL.steps[:7]
    s.source.slip = None  # type: ignore[attr-defined]
    assert result(s) == "3"
    assert list(s.known) == REAL.steps
    with pytest.raises(IndexError):
        s.adopt(REAL, 99)
    s.switch(0)
    s.goto(2)
    s.adopt(REAL, 5)  # the ways differ before: the real steps are taken from the start
    assert list(s.known) == REAL.steps[:6]
    assert s.branches()[-1].fork == 0


def test_edits_are_kept_in_traces() -> None:
    s = predicted()
    s.goto(4)
    s.edit("n", "2")
    assert s.current is not None
    row = step_to_json(s.current)
    assert row["edited"] == ["n"]
    assert step_from_json(row).edited == {"n"}
    assert "edited" not in step_to_json(s.known[0])


# Another source


def edited(old: str, new: str, call: str | None = "f(3)") -> tuple[list[Step], list[Step], Session]:
    """The real steps of both texts, and a session of the old one that goes on under the new one."""
    before, after = (Program.from_source(text, "demo.py", call=call) for text in (old, new))
    steps, wanted = record(before).steps, record(after).steps

    class Model(TraceSource):
        replays = False

    s = Session(before, Model(Trace("demo.py", old, before.entry, Origin.PREDICTED, steps)))
    s.continue_()
    s.change_source(after, Model(Trace("demo.py", new, after.entry, Origin.PREDICTED, wanted)))
    return steps, wanted, s


MODULE = """\
LIMIT = 2


def g(x):
    y = x + 1

    return min(y, LIMIT)


def f(n):
    total = 0
    for i in range(n):
        total += g(
            i
        )
    else:
        total -= 1
    return total


def unused():
    return 0
"""


@pytest.mark.parametrize(
    ("old", "new", "cut_at"),
    [
        ("LIMIT = 2", "# a comment\n\nLIMIT = 2  # and more", None),
        ("    return 0", "    return 1", None),
        ("def unused():\n    return 0\n", "", None),
        ("    y = x + 1", "    y = x + 1\n", None),
        ("    total = 0", "    total   =  (0)", None),
        ("    return total", "    return total + 1", ("line", "f", 18)),
        ("        total -= 1", "        total -= 1\n        total -= 1", ("line", "f", 18)),
        ("    y = x + 1", "    y = x + 2", ("line", "g", 5)),
        ("    total = 0", "    total = 0\n    extra = 1", ("line", "f", 12)),
        ("            i\n", "            i + 1\n", ("line", "f", 13)),
        ("LIMIT = 2", "LIMIT = 1", ("line", "g", 7)),
        ("def f(n):", "def f(n, m=2):", ("call", "f", 10)),
        ("def g(x):", "@print\ndef g(x):", ("line", "f", 13)),
        ("LIMIT = 2", "LIMIT = 2\nprint()", ("call", "f", 10)),
    ],
)
def test_steps_before_the_first_touched_one_are_kept(old: str, new: str, cut_at: tuple[str, str, int] | None) -> None:
    assert old in MODULE
    text = MODULE.replace(old, new)
    before = Program.from_source(MODULE, "demo.py", call="f(3)")
    steps = record(before).steps
    after = Program.from_source(text, "demo.py", call="f(3)")

    class Model(TraceSource):
        replays = False

    s = Session(before, Model(Trace("demo.py", MODULE, "f", Origin.PREDICTED, steps)))
    s.continue_()
    kept = s.change_source(after, Model(Trace("demo.py", text, "f", Origin.PREDICTED, [])))
    wanted = len(steps)
    if cut_at is not None:
        wanted = next(i for i, t in enumerate(steps) if (t.event, t.function, t.line) == cut_at)
    assert kept == len(s.known) == wanted
    assert s.complete == (cut_at is None)
    assert [t.locals for t in s.known] == [t.locals for t in steps[:wanted]]
    for step, original in zip(s.known, steps, strict=False):
        assert after.lines[step.line - 1].split("#")[0].split() or step.line
        assert step.function == original.function


def test_the_new_text_goes_on_where_the_old_one_was_left() -> None:
    old = "def f(n):\n    a = n + 1\n    b = a * 2\n    return b\n"
    steps, wanted, s = edited(old, "# head\n" + old.replace("a * 2", "a * 3"))
    assert len(s.known) == 2
    assert [t.line for t in s.known] == [2, 3]
    assert s.cursor == 1
    assert s.program.lines[0] == "# head"
    s.continue_()
    assert list(s.known) == wanted
    s.switch(0)
    assert list(s.known) == steps
    assert s.program.lines[0] == "def f(n):"


def test_a_script_whose_level_changes_is_cut_where_it_changes() -> None:
    old = "x = 1\ny = 2\n\n\ndef f():\n    return x\n\n\nz = f()\n"
    steps, _, s = edited(old, old.replace("y = 2", "y = 3"), None)
    assert len(s.known) == next(i for i, t in enumerate(steps) if t.line == 2)
    steps, wanted, s = edited(old, old.replace("y = 2", "y = 2\nw = 1"), None)
    assert [t.line for t in s.known][-1] == 2
    s.continue_()
    assert list(s.known) == wanted


def test_breakpoints_follow_the_program_of_the_branch() -> None:
    s = predicted()
    added = s.breakpoints.add_line(6)
    assert not added.verified
    s.change_source(Program.from_source(SOURCE + "\n\nx = 1\n", "demo.py", call="f(3)"), Simulator())
    assert s.breakpoints[added.id].actual == 8
    s.switch(0)
    assert not s.breakpoints[added.id].verified
    assert s.reverse_continue() is StopReason.START
