"""Frames are CWM's text byte for byte; contexts stay within their budget and depend only on the history."""

from __future__ import annotations

import random

import pytest

from neuraldbg.model.frames import Context, FrameEncoder, advance_stack, live_stack
from neuraldbg.model.prompt import make_prompt
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import ALL, LOOP, MODULE, RAISES, RECURSION


def traced(program: tuple[str, str, str | None], most: int = 400) -> tuple[Program, list[Step]]:
    source, entry, call = program
    parsed = Program.from_source(source, "<test>", entry, call)
    return parsed, trace_program(parsed, most)[0]


def text(tokenizer: CwmTokenizer, program: Program, steps: list[Step]) -> str:
    encoder = FrameEncoder(tokenizer, make_prompt(program))
    return tokenizer.decode(Context(encoder, 100_000).ids(steps))


def test_the_text_is_the_published_grammar(tokenizer: CwmTokenizer) -> None:
    program, steps = traced(("def f(a):\n    b = a + 1\n    return b\n", "f", "f('x') "))
    program, steps = traced(("def f(a):\n    b = a + '\"'\n    return b", "f", "f('x')"))
    assert text(tokenizer, program, steps) == (
        "<|begin_of_text|><|trace_context_start|>def f(a):  # << START_OF_TRACE\n"
        "    b = a + '\"'\n    return b\n<|frame_sep|>"
        '<|call_sep|>{"a": "\'x\'"}<|action_sep|>def f(a):\n<|frame_sep|>'
        '<|line_sep|>{"a": ".."}<|action_sep|>    b = a + \'"\'\n<|frame_sep|>'
        '<|line_sep|>{"a": "..", "b": "\'x\\"\'"}<|action_sep|>    return b\n<|frame_sep|>'
        '<|return_sep|><|action_sep|>    return b\n<|arg_sep|>"\'x\\"\'"<|frame_sep|>'
    )


def test_module_level_is_wrapped_and_strings_keep_their_lines(tokenizer: CwmTokenizer) -> None:
    program, steps = traced(MODULE)
    source = make_prompt(program).source
    assert source.startswith('def main():  # << START_OF_TRACE\n    text = """two\nlines"""\n')
    assert "\n    def size(t):\n        return len(t)\n" in source
    assert (steps[0].function, steps[0].line) == ("<module>", 1)
    assert (
        '<|call_sep|>{}<|action_sep|>def main():\n<|frame_sep|><|line_sep|>{}<|action_sep|>    text = """two\n'
        in text(tokenizer, program, steps)
    )


def test_unchanged_is_found_past_calls_returns_and_exceptions() -> None:
    _, steps = traced(RAISES)
    stack: list[Step] = []
    for step in steps:
        base = advance_stack(stack, step)
        if step.event is Event.CALL:
            assert base is None
        else:
            assert base is not None
            assert set(base) <= set(step.locals)
    assert live_stack(steps) == []
    inside = [s for s in steps if s.function == "half" and s.event is Event.LINE][0]
    assert [s.function for s in live_stack(steps[: steps.index(inside) + 1])] == ["f", "half"]


@pytest.mark.parametrize("program", ALL, ids=lambda p: p[1] + str(len(p[0])))
@pytest.mark.parametrize("budget", [200, 300, 10_000])
def test_contexts_fit_their_budget_and_depend_only_on_the_history(
    tokenizer: CwmTokenizer, program: tuple[str, str, str | None], budget: int
) -> None:
    parsed, steps = traced(program)
    encoder = FrameEncoder(tokenizer, make_prompt(parsed))
    budget += len(encoder.head)
    fresh = [Context(encoder, budget).ids(steps[:k]) for k in range(len(steps) + 1)]
    walked = Context(encoder, budget)
    rng = random.Random(0)
    k = 0
    for _ in range(200):
        k = max(0, min(len(steps), k + rng.choice([-3, -1, 1, 1, 2, 7])))
        assert walked.ids(steps[:k]) == fresh[k]
        assert len(fresh[k]) <= budget
        assert fresh[k][: len(encoder.head)] == encoder.head


def test_a_long_loop_costs_no_more_per_step_than_a_short_one(tokenizer: CwmTokenizer) -> None:
    parsed, steps = traced((LOOP[0], "f", "f(2000)"), 3000)
    encoder = FrameEncoder(tokenizer, make_prompt(parsed))
    context = Context(encoder, len(encoder.head) + 300)
    sizes = [len(context.ids(steps[:k])) for k in range(0, 3000, 7)]
    assert max(sizes) <= len(encoder.head) + 300
    assert len(steps) == 3000


def test_a_deep_stack_keeps_its_inner_frames_and_finds_the_outer_ones_again(tokenizer: CwmTokenizer) -> None:
    parsed, steps = traced((RECURSION[0], "f", "f(40)"))
    encoder = FrameEncoder(tokenizer, make_prompt(parsed))
    context = Context(encoder, len(encoder.head) + 160)
    deepest = max(s.depth for s in steps)
    for k, step in enumerate(steps):
        ids = context.ids(steps[: k + 1])
        if step.event is Event.RETURN and step.depth:
            caller = live_stack(steps[: k + 1])[-1]
            assert f'{{"n": "{caller.locals["n"]}"}}' in tokenizer.decode(ids)
    assert deepest == 39


def test_what_can_never_fit_is_said(tokenizer: CwmTokenizer) -> None:
    parsed, steps = traced(("def f(a):\n    return a\n", "f", f"f('{'xyz ' * 100}')"))
    encoder = FrameEncoder(tokenizer, make_prompt(parsed))
    with pytest.raises(ValueError, match="more than the context's"):
        Context(encoder, len(encoder.head) + 50).ids(steps[:2])
