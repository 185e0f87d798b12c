"""Breakpoints of every kind on real traces, forwards and backwards, and how they are kept."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.breakpoints import UNCAUGHT, Breakpoint, BreakpointFile, BreakpointKind, accepts_count
from neuraldbg.errors import InputError, UsageError
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, StopReason, TraceSource
from neuraldbg.steps import Event, Step, Trace

SOURCE = '''\
class Broken(ValueError):
    """No code here."""


class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        if item == 3:
            raise Broken(item)
        self.items.append(item)


def fill(n):
    stack = Stack()
    total = 0
    for i in range(n):
        try:
            stack.push(i)
        except ValueError:
            total -= 1

        total += i
    return total


def numbers():
    yield 1
    yield 2


fill(6)
list(numbers())
{}["nothing"]
'''
PROGRAM = Program.from_source(SOURCE, "demo.py")
TRACE: Trace = record(PROGRAM)


def session() -> Session:
    return Session(PROGRAM, TraceSource(TRACE))


def forwards(s: Session) -> list[int]:
    stops = []
    while s.continue_() is StopReason.BREAKPOINT:
        assert s.stop.hits or s.stop.failures
        stops.append(s.cursor)
    assert s.stop.reason is StopReason.END
    return stops


def backwards(s: Session) -> list[int]:
    stops = []
    while s.reverse_continue() is StopReason.BREAKPOINT:
        stops.append(s.cursor)
    return stops[::-1]


def steps_at(line: int, event: Event = Event.LINE) -> list[int]:
    return [i for i, s in enumerate(TRACE.steps) if s.line == line and s.event is event]


def local(index: int, name: str) -> str | None:
    return TRACE.steps[index].locals.get(name)


LINE, FUNCTION, EXCEPTION, CHANGE = BreakpointKind


def test_a_line_without_code_moves_to_the_next_one_that_has() -> None:
    s = session()
    moved = s.breakpoints.add_line(23)
    assert (moved.line, moved.actual, moved.verified) == (23, 24, True)
    assert s.breakpoints.lines == {24}
    assert forwards(s) == steps_at(24)
    beyond = s.breakpoints.add_line(99)
    assert (beyond.verified, beyond.problem) == (False, "no code at or after line 99")
    assert not s.breakpoints.add_line(0).verified
    assert s.breakpoints.toggle_line(23) is False
    assert s.breakpoints.lines == frozenset()


def test_conditions_over_predicted_values() -> None:
    s = session()
    s.breakpoints.add_line(24, condition="i % 2 == 0 and total > 0")
    wanted = [i for i in steps_at(24) if local(i, "i") in "024" and int(local(i, "total") or 0) > 0]
    assert wanted
    assert forwards(s) == wanted
    assert s.stop.hits == ()
    assert backwards(s) == wanted


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("nothing > 1", "nothing is not known here"),
        ("stack.items", "only the repr is known of <__main__.Stack object>"),
        ("i / 0", "ZeroDivisionError: division by zero"),
        ("fill(2)", "fill is the program's own, which is not run"),
    ],
)
def test_a_condition_that_cannot_be_told_stops_and_says_why(condition: str, reason: str) -> None:
    s = session()
    added = s.breakpoints.add_line(24, condition=condition)
    assert s.continue_() is StopReason.BREAKPOINT
    assert s.cursor == steps_at(24)[0]
    assert s.stop.hits == ()
    (failure,) = s.stop.failures
    assert (failure.id, failure.index, failure.reason) == (added.id, s.cursor, f"condition {condition!r}: {reason}")


def test_a_condition_that_does_not_parse_is_never_met() -> None:
    s = session()
    assert "SyntaxError" in s.breakpoints.add_line(24, condition="i ==").problem
    assert "hit condition" in s.breakpoints.add_line(24, hits="often").problem
    assert forwards(s) == []


@pytest.mark.parametrize(
    ("hits", "wanted"), [("2", [1]), ("== 2", [1]), (">= 4", [3, 4, 5]), ("> 4", [4, 5]), ("<2", [0]), ("%3", [2, 5])]
)
def test_hit_counts(hits: str, wanted: list[int]) -> None:
    s = session()
    added = s.breakpoints.add_line(24, hits=hits)
    lines = steps_at(24)
    assert forwards(s) == [lines[k] for k in wanted]
    assert backwards(s) == [lines[k] for k in wanted]
    s.goto(lines[wanted[0]])
    assert [(h.id, h.count) for h in s.stop.hits] == [(added.id, wanted[0] + 1)]
    assert s.stop.breakpoints == (added.id,)


def test_hits_count_only_where_the_condition_holds() -> None:
    s = session()
    s.breakpoints.add_line(24, condition="i > 1", hits="2")
    assert forwards(s) == [steps_at(24)[3]]
    assert not accepts_count("% 0", 3)


def test_log_points_log_on_the_way_and_stop_nothing() -> None:
    s = session()
    added = s.breakpoints.add_line(24, log="turn {i}: {total} {stack.items}", hits="<= 2")
    assert forwards(s) == []
    unknown = "{stack.items: only the repr is known of <__main__.Stack object>}"
    assert [(line.id, line.index, line.text) for line in s.stop.logs] == [
        (added.id, steps_at(24)[0], f"turn 0: 0 {unknown}"),
        (added.id, steps_at(24)[1], f"turn 1: 0 {unknown}"),
    ]
    assert backwards(s) == []
    assert s.stop.logs == (), "what is undone is not logged again"


def test_functions_by_the_end_of_their_name_but_not_resumed_generators() -> None:
    s = session()
    assert s.breakpoints.add(Breakpoint(FUNCTION, function="push")).verified
    assert s.breakpoints.add(Breakpoint(FUNCTION, function="numbers")).verified
    calls = [i for i, t in enumerate(TRACE.steps) if t.event is Event.CALL]
    wanted = [i for i in calls if TRACE.steps[i].function == "Stack.push" or TRACE.steps[i].line == 28]
    assert len(wanted) == 7
    assert forwards(s) == wanted
    assert s.breakpoints.add(Breakpoint(FUNCTION, function="ush")).problem == "no function ush"


def test_exceptions_where_they_are_raised_by_type_and_uncaught() -> None:
    raised = [i for i, t in enumerate(TRACE.steps) if t.event is Event.EXCEPTION]
    first = raised[0]
    assert TRACE.steps[first].function == "Stack.push"
    assert TRACE.steps[raised[1]].function == "fill", "the same one, come up"
    for exceptions, wanted in {
        (): [first, raised[-1]],
        ("ValueError",): [first],
        ("__main__.Broken",): [first],
        ("LookupError",): [raised[-1]],
        ("OSError",): [],
    }.items():
        s = session()
        s.breakpoints.add(Breakpoint(EXCEPTION, exceptions=exceptions))
        assert forwards(s) == wanted
        assert backwards(s) == [i for i in wanted if i < len(TRACE.steps) - 1]
    s = session()
    s.breakpoints.add(Breakpoint(EXCEPTION, mode=UNCAUGHT))
    assert forwards(s) == [raised[-1]]
    assert s.cursor == len(TRACE.steps) - 1
    assert s.continue_() is StopReason.END


def test_changes_of_a_variable() -> None:
    s = session()
    added = s.breakpoints.add(Breakpoint(CHANGE, name="total", function="fill"))
    assert added.verified
    wanted, before = [], None
    for i, t in enumerate(TRACE.steps):
        if t.function == "fill" and t.locals.get("total") != before:
            before = t.locals.get("total")
            wanted.append(i)
    assert forwards(s) == wanted
    assert backwards(s) == wanted
    s.breakpoints.change(added.id, condition="total < 0")
    assert forwards(s) == [] and backwards(s) == [i for i in wanted if (local(i, "total") or "").startswith("-")]
    assert s.breakpoints.add(Breakpoint(CHANGE, name="nope", function="fill")).problem == "no variable nope in fill"
    assert s.breakpoints.add(Breakpoint(CHANGE, name="x", function="nope")).problem == "no function nope"


kinds = st.one_of(
    st.builds(
        Breakpoint,
        st.just(LINE),
        line=st.integers(1, 33),
        condition=st.sampled_from(["", "i > 2", "total < 3", "nothing", "i % 2", "1 / i"]),
        hits=st.sampled_from(["", "2", ">= 2", "% 2"]),
        log=st.sampled_from(["", "", "", "{i}"]),
        enabled=st.booleans() | st.just(True),
    ),
    st.builds(Breakpoint, st.just(FUNCTION), function=st.sampled_from(["push", "fill", "numbers", "nope"])),
    st.builds(Breakpoint, st.just(EXCEPTION), exceptions=st.sampled_from([(), ("Broken",), ("KeyError",)])),
    st.builds(
        Breakpoint, st.just(CHANGE), name=st.sampled_from(["i", "total", "stack"]), hits=st.sampled_from(["", "2"])
    ),
)


@settings(deadline=None, max_examples=120)
@given(st.lists(kinds, max_size=4), st.lists(st.integers(0, len(TRACE.steps) - 1), max_size=3))
def test_what_stops_forwards_stops_backwards_wherever_the_cursor_was(
    wanted: list[Breakpoint], jumps: list[int]
) -> None:
    s = session()
    for b in wanted:
        s.breakpoints.add(b)
    stops = forwards(s)
    assert backwards(s) == [i for i in stops if i < len(TRACE.steps) - 1]
    for index in jumps:
        s.goto(index)
        assert bool(s.stop.hits or s.stop.failures) == (index in stops)
        s.continue_()
        assert s.cursor == next((i for i in stops if i > index), len(TRACE.steps) - 1)
        s.goto(index)
        s.reverse_continue()
        assert s.cursor == next((i for i in reversed(stops) if i < index), 0)
    marked = [m.index for m in s.marks() if m.kind.name == "BREAKPOINT"]
    assert marked == stops


def test_the_set_is_listed_changed_and_keeps_ids() -> None:
    s = session()
    one, two = s.breakpoints.add_line(16), s.breakpoints.add_line(24)
    assert [b.id for b in s.breakpoints] == [one.id, two.id] == [1, 2]
    assert s.breakpoints.toggle(two.id) is False
    assert s.breakpoints.lines == {16}
    s.breakpoints.remove(one.id)
    with pytest.raises(KeyError):
        s.breakpoints.remove(one.id)
    with pytest.raises(KeyError):
        s.breakpoints.toggle(7)
    kept = s.breakpoints.replace_kind(LINE, [Breakpoint(LINE, line=24, enabled=False), Breakpoint(LINE, line=24)])
    assert [b.id for b in kept] == [2, 3]
    s.breakpoints.add(Breakpoint(FUNCTION, function="fill"))
    assert s.breakpoints.replace_kind(LINE, []) == []
    assert [b.kind for b in s.breakpoints] == [FUNCTION]
    s.breakpoints.clear()
    assert len(s.breakpoints) == 0


def test_another_thread_may_change_them_while_a_verb_runs() -> None:
    s, started, done = session(), threading.Event(), threading.Event()

    class Slow(TraceSource):
        def next_step(self, history: object, cancelled: object = None) -> Step | None:
            if len(history) == 5:  # type: ignore[arg-type]
                started.set()
                assert done.wait(20)
            return super().next_step(history)  # type: ignore[arg-type]

    s.source = Slow(TRACE)
    thread = threading.Thread(target=s.continue_)
    thread.start()
    assert started.wait(20)
    for line in range(1, 30):
        s.breakpoints.toggle_line(line)
    s.breakpoints.set_lines([24])
    done.set()
    thread.join(20)
    assert s.stop.reason is StopReason.BREAKPOINT
    assert s.cursor == steps_at(24)[0]


# Kept between runs


def test_they_are_kept_by_script(tmp_path: Path) -> None:
    file = BreakpointFile(tmp_path / "deep" / "breakpoints.json")
    assert file.load("demo.py") == []
    wanted = [
        Breakpoint(LINE, line=3, condition="i > 2", hits="% 2", enabled=False),
        Breakpoint(EXCEPTION, exceptions=("KeyError", "OSError"), mode=UNCAUGHT),
        Breakpoint(CHANGE, name="total", function="fill", log="{total}"),
    ]
    s = session()
    for b in wanted:
        s.breakpoints.add(b)
    file.save("demo.py", s.breakpoints)
    file.save("other.py", [])
    assert file.load("demo.py") == wanted
    assert [p.name for p in file.path.parent.iterdir()] == ["breakpoints.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\xff",
        '{"neuraldbg": 2, "kind": "breakpoints", "scripts": {}}',
        '{"neuraldbg": 1, "kind": "breakpoints", "scripts": {"demo.py": 3}}',
        '{"neuraldbg": 1, "kind": "breakpoints", "scripts": {"demo.py": [{"kind": "line", "line": "3"}]}}',
        '{"neuraldbg": 1, "kind": "breakpoints", "scripts": {"demo.py": [{"kind": "line", "colour": 3}]}}',
        '{"neuraldbg": 1, "kind": "breakpoints", "scripts": {"demo.py": [{"kind": "exception", "exceptions": [1]}]}}',
        '{"neuraldbg": 1, "kind": "breakpoints", "scripts": {"demo.py": [null]}}',
    ],
)
def test_a_damaged_file_is_one_clear_error_and_is_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "breakpoints.json"
    path.write_text(text, encoding="latin-1")
    file = BreakpointFile(path)
    with pytest.raises(InputError, match="repair or remove it") as error:
        file.load("demo.py")
    assert "\n" not in str(error.value)
    if not text.endswith("]}}"):
        with pytest.raises(InputError):
            file.save("demo.py", [])
    assert path.read_text(encoding="latin-1") == text


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises((UsageError, InputError), match="breakpoints"):
        BreakpointFile(blocked / "breakpoints.json").save("demo.py", [])


def test_the_file_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    file = BreakpointFile(tmp_path / "b.json")
    file.save("demo.py", [Breakpoint(LINE, line=3, id=4, actual=5)])
    found = json.loads(file.path.read_text())
    assert found["scripts"] == {"demo.py": [{"kind": "line", "line": 3}]}
