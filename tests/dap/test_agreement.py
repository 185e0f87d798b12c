"""The recorder and debugpy must tell the same story of every script of the corpus, step by step.

A slice runs by default; NEURALDBG_CORPUS=all (``make corpus``) runs all of it.
"""

from __future__ import annotations

import os

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Event
from tests.corpus import CORPUS, ONE_LINE_LOOPS, SCRIPTS, disagreement, settrace_lines

SLICE = (
    "async_exception",
    "class_body_code",
    "comprehension_exception",
    "crlf_line_ends",
    "decorator_registry",
    "exception_group",
    "finally_with_exception_inside",
    "generator_throw",
    "match_patterns",
    "multi_line_call",
    "recursion_mutual",
    "sys_exit_zero",
    "with_statement_class",
)


def test_the_corpus_is_large_and_the_slice_is_of_it() -> None:
    assert len(SCRIPTS) >= 100
    assert set(SLICE) <= {path.stem for path in SCRIPTS}


@pytest.mark.parametrize("name", [p.stem for p in SCRIPTS] if os.environ.get("NEURALDBG_CORPUS") == "all" else SLICE)
def test_recorder_and_debugpy_agree(name: str) -> None:
    assert disagreement(CORPUS / f"{name}.py") is None


@pytest.mark.parametrize("name", sorted(ONE_LINE_LOOPS))
def test_loops_in_one_line_stop_as_under_settrace(name: str) -> None:
    program = Program.load(str(CORPUS / f"{name}.py"))
    told = [(s.function, s.line) for s in record(program).steps if s.event is Event.LINE]
    assert told == settrace_lines(program)
