"""Histories of variables, what was printed and tracebacks, against real runs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from neuraldbg.printed import Prints, exception_text, traceback_text
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.session import Session, TraceSource
from neuraldbg.steps import Confidence, Event, Origin, Step, Trace
from neuraldbg.timeline import Timeline
from neuraldbg.variables import history, numbers, returned, sparkline

CORPUS = Path(__file__).parents[1] / "corpus"


def recorded(program: Program) -> tuple[Session, Trace]:
    trace = record(program)
    s = Session(program, TraceSource(trace))
    s.continue_()
    return s, trace


SOURCE = """\
def fall(n):
    left = n
    if n:
        left = fall(n - 1)
        del left
    return n


for i in range(2):
    fall(i)
"""


def test_the_history_of_a_variable_by_activation() -> None:
    s, trace = recorded(Program.from_source(SOURCE, "demo.py"))
    values = history(s.timeline, "n", "fall")
    calls = [i for i, t in enumerate(trace.steps) if t.event is Event.CALL and t.function == "fall"]
    assert [(v.index, v.text, v.activation) for v in values] == [(i, trace.steps[i].locals["n"], i) for i in calls]
    assert numbers(values) == [0.0, 1.0, 0.0]
    for value in values:
        assert trace.steps[value.last].event is Event.RETURN
    left = history(s.timeline, "left", activation=calls[1] + 2)
    assert [v.text for v in left] == ["1", "0", None]
    assert [v.text for v in history(s.timeline, "i")] == ["0", "1"]
    assert history(s.timeline, "nothing") == []
    assert [text for _, text in returned(s.timeline, "fall")] == ["0", "0", "1"]


def test_a_history_carries_confidence_from_where_a_value_was_predicted() -> None:
    sure = Confidence(1.0, {"x": 0.3})
    steps = [
        Step(Event.CALL, 1, "f", 0, {}),
        Step(Event.LINE, 2, "f", 0, {"x": "1"}, None, sure),
        Step(Event.LINE, 3, "f", 0, {"x": "1"}, None, Confidence()),
        Step(Event.LINE, 4, "f", 0, {"x": "2"}, None, Confidence()),
    ]
    line = Timeline(steps)
    assert [(v.index, v.last, v.confidence) for v in history(line, "x")] == [(1, 2, 0.3), (3, 3, None)]
    assert [dict(s) for s in line.sure] == [{}, {"x": 0.3}, {"x": 0.3}, {}]


@pytest.mark.parametrize(
    ("series", "width", "line"),
    [
        ([0.0, 7.0], 10, "▁█"),
        ([1.0, None, 3.0], 3, "▁ █"),
        ([5.0, 5.0], 2, "▅▅"),
        ([-math.inf, 0.0, 1.0, math.inf, math.nan], 5, "▁▁██ "),
        ([-1e308, 1e308], 2, "▁█"),
        ([], 5, ""),
        ([None], 5, " "),
        ([float(i) for i in range(100)], 4, "▁▃▆█"),
    ],
)
def test_sparklines(series: Sequence[float | None], width: int, line: str) -> None:
    assert sparkline(series, width) == line


def test_what_is_no_number_is_none() -> None:
    texts = ["1", "-2.5", "True", "inf", "'1'", "[1]", "<Foo>", "(1+2j)", "1" * 500, "10"]
    line = Timeline([Step(Event.LINE, 1, "f", 0, {"x": text}) for text in texts])
    assert numbers(history(line, "x")) == [1.0, -2.5, 1.0, math.inf, None, None, None, None, None, 10.0]


# What was printed

FOLLOWED = (
    "async_queue bubble_sort closure_counter comprehension_calls_function crlf_line_ends decorator_registry "
    "dict_methods eval_and_exec event_scheduler exception_custom_hierarchy exception_try_except_else_finally "
    "exception_uncaught fibonacci_recursive finally_with_exception_inside fizzbuzz generator_basic "
    "global_statement huffman_codes inventory_system list_methods match_patterns merge_sort multi_line_call "
    "multi_line_strings numeric_types recursion_mutual repeated_lines s_expression_parser "
    "state_machine_traffic_light string_formatting thread_pool tower_of_hanoi try_return_finally "
    "unicode_normalisation utf8_byte_order_mark while_loop_else word_counts"
).split()


@pytest.mark.parametrize("name", FOLLOWED)
def test_prints_of_real_programs_are_followed_to_the_character(name: str) -> None:
    s, trace = recorded(Program.load(str(CORPUS / f"{name}.py")))
    printed = Prints(s.code).upto(s.timeline, s.cursor)
    assert printed and all(p.known for p in printed)
    assert "".join(p.text for p in printed if not p.stderr) == trace.stdout
    assert [p.index for p in printed] == [p.index for p in Prints(s.code).upto(s.timeline, len(s.known) - 1)]


@pytest.mark.parametrize("name", ["input_prompt", "observer_pattern", "shadowed_builtins", "with_stringio"])
def test_other_ways_to_write_are_warned_of(name: str) -> None:
    assert Prints(Session(Program.load(str(CORPUS / f"{name}.py")), TraceSource(trace_of([]))).code).others


def trace_of(steps: list[Step]) -> Trace:
    return Trace("demo.py", "", "<module>", Origin.RECORDED, steps)


def prints(source: str) -> list[tuple[str, bool]]:
    s, _ = recorded(Program.from_source(source, "demo.py"))
    return [(p.text, p.known) for p in Prints(s.code).upto(s.timeline, s.cursor)]


def test_what_is_not_known_is_shown_as_such() -> None:
    head = "import os\n\nclass A:\n    pass\n\n\na = A()\nxs = [1, 'b']\ns = {'p', 'q'}\n"
    assert prints(head + "print('a', a, xs[0], sep='-')\n") == [("a-⟨a⟩-1\n", False)]
    assert prints(head + "print(s)\n") == [("⟨s⟩\n", False)]
    assert prints(head + "print(*xs, end='')\n") == [("1 b", True)]
    assert prints(head + "print(*s)\n") == [("⟨s⟩\n", False)]
    assert prints(head + "print(os.sep, file=None)\n") == [("⟨os.sep⟩\n", False)]
    assert prints(head + "if xs: print('x')\n") == [("⟨print('x')⟩\n", False)]
    assert prints(head + "print()\nprint(1, sep=None, end=None)\nprint(nope)\n") == [("\n", True), ("1\n", True)]


def test_results_of_the_programs_own_functions_are_known() -> None:
    head = "def f(x):\n    print('in', x)\n    return x + 1\n\n\n"
    assert prints(head + "print(f(1), f(f(2)))\n") == [
        ("in 1\n", True),
        ("in 2\n", True),
        ("in 3\n", True),
        ("2 4\n", True),
    ]
    assert prints(head + "print([f(i) for i in (1, 2)])\n")[-1] == ("⟨[f(i) for i in (1, 2)]⟩\n", False)
    assert prints(head + "print(f(1) if f(0) else f(2))\n")[-1][1] is False


def test_only_what_came_before_the_cursor_was_printed() -> None:
    s, _ = recorded(Program.from_source("print(1)\nprint(2)\n", "demo.py"))
    texts = [[p.text for p in Prints(s.code).upto(s.timeline, i)] for i in range(len(s.known))]
    assert texts == [[], [], ["1\n"], ["1\n", "2\n"]]


# Tracebacks

RAISING = {
    "plain": "def f(x):\n    return 1 // x\n\n\ndef g():\n    f(0)\n\n\ng()\n",
    "class": "class A:\n    def m(self):\n        raise KeyError('k')\n\n\nA().m()\n",
    "no message": "def f():\n    raise ValueError\n\n\nf()\n",
    "message over lines": "raise ValueError('a\\nb')\n",
    "several arguments": "raise ValueError(1, 'b')\n",
    "reraised": "def f():\n    try:\n        [][0]\n    except IndexError:\n        raise\n\n\nf()\n",
}


@pytest.mark.parametrize("source", RAISING.values(), ids=RAISING)
def test_tracebacks_read_as_pythons(source: str, tmp_path: Path) -> None:
    path = tmp_path / "demo.py"
    path.write_text(source)
    program = Program.load(str(path))
    s, trace = recorded(program)
    real = re.sub(r"\n +[~^]+(?=\n)", "", trace.stderr).strip()
    assert traceback_text(program, s.timeline, s.cursor) == real
    raised = s.timeline.exceptions[0]
    assert traceback_text(program, s.timeline, raised).split("\n")[-1] == real.split("\n")[-1] or "\n" in repr(real)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ValueError()", "ValueError"),
        ("KeyError('k')", "KeyError: 'k'"),
        ("Odd(<Foo object>)", "Odd: <Foo object>"),
        ("<repr raised ValueError>", "<repr raised ValueError>"),
        (None, "Exception"),
    ],
)
def test_the_last_line_of_a_traceback(value: str | None, text: str) -> None:
    assert exception_text(value) == text
