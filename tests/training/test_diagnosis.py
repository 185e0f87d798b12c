"""Causes of wrong steps: the first wrong operation by kind, or what was missed without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Operation
from neuraldbg.training.diagnosis import CAUSES, cause, operation_kind, true_operations

SOURCE = "def f(s):\n    n = s.count('a')\n    if n > 1:\n        return n * 2\n    return 0\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'ab'.upper()", "string method"),
        ("[1, 2].index(2)", "container method"),
        ("{'a': 1}.get('a')", "container method"),
        ("math.gcd(4, 6)", "function"),
        ("len('abc')", "function"),
        ("'abc'[1]", "index"),
        ("[1, 2, 3][-1]", "index"),
        ("{'a': 1}['a']", "index"),
        ("'abc'[1:]", "slice"),
        ("'a' in 'abc'", "membership"),
        ("1 not in [2]", "membership"),
        ("'a' == 'b'", "comparison"),
        ("1 < 2", "comparison"),
        ("3 * -4", "arithmetic"),
        ("-(3)", "arithmetic"),
        ("'a' + 'b'", "concatenation"),
        ("[0] * 3", "concatenation"),
        ("f'{1:>3}'", "format"),
        ("after [1].append(2)", "change"),
        ("del {1: 2}[1]", "change"),
        ("[1, 2][0] = 5", "change"),
        ("next 'a'", "loop"),
        ("range(0, 3)[1]", "loop"),
        ("defaultdict(<class 'list'>, {})['a']", "operation"),
        ("(", "operation"),
    ],
)
def test_kinds_of_operations(text: str, kind: str) -> None:
    assert operation_kind(text) == kind
    assert kind in CAUSES


def test_causes_of_a_wrong_step() -> None:
    program = Program.from_source(SOURCE, "<test>", "f", "f('aba')")
    truth = record(program).steps
    operations = true_operations(program, truth)
    assert [[o.text for o in some] for some in operations] == [
        [], [], ["'aba'.count('a')"], ["2 > 1", "True"], ["2 * 2"],
    ]  # fmt: skip
    step = replace(truth[2], locals={"s": "'aba'", "n": "3"}, operations=(Operation("'aba'.count('a')", "3"),))
    assert cause(step, truth[2], operations[2]) == "string method"
    assert cause(replace(step, operations=()), truth[2], operations[2]) == "state"
    assert cause(replace(truth[3], line=5, operations=operations[3]), truth[3], operations[3]) == "control"
    assert cause(None, truth[3], operations[3]) == "control"
    assert cause(replace(truth[4], value="5", operations=()), truth[4], ()) == "value"
    other = (Operation("3 * 2", "6"),)
    assert cause(replace(truth[4], value="6", operations=other), truth[4], operations[4]) == "value"


def test_a_second_run_that_differs_tells_nothing() -> None:
    program = Program.from_source(SOURCE, "<test>", "f", "f('aba')")
    truth = record(program).steps
    assert true_operations(program, truth[:-1]) == [()] * (len(truth) - 1)
