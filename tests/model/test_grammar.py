"""The grammar accepts every true frame, forces canonical tokens, and lets nothing illegal through."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.control import Branch, Legal, NameRule, Presence
from neuraldbg.model.frames import FrameEncoder, advance_stack
from neuraldbg.model.grammar import Frame, FrameGrammar, Part, Vocabulary
from neuraldbg.model.predictor import line_texts
from neuraldbg.model.prompt import make_prompt
from neuraldbg.program import Program
from neuraldbg.steps import UNCHANGED, Event, Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import ALL

TEXT = {(Event.LINE, "f", n): f"    line {n}\n" for n in range(1, 9)} | {(Event.RETURN, "f", 4): "    return x\n"}


def rule(name: str, *, maybe: bool = False, keep: bool = True, change: bool = True) -> NameRule:
    return NameRule(name, Presence.MAYBE if maybe else Presence.ALWAYS, keep, change)


def line(*names: NameRule, lines: tuple[int, ...] = (2,)) -> Branch:
    return Branch(Event.LINE, "f", 0, names, lines)


def walk(vocabulary: Vocabulary, legal: Legal, ids: list[int]) -> FrameGrammar:
    grammar = FrameGrammar(vocabulary, legal, TEXT)
    for token in ids:
        assert grammar.allowed()[token], (token, vocabulary.bytes[token])
        grammar.push(token)
    return grammar


def ids_of(vocabulary: Vocabulary, values: dict[str, str], text: str = "    line 2\n") -> list[int]:
    t = vocabulary.tokenizer
    return [t.line_sep, *t.encode(json.dumps(values)), t.action_sep, *t.encode(text), t.frame_sep]


def finish(grammar: FrameGrammar, rng: random.Random) -> tuple[Frame, list[int]]:
    """Completes the frame with random legal tokens; values are closed after a while."""
    out: list[int] = []
    while not grammar.done:
        mask = grammar.allowed() if len(out) < 60 else grammar.closing_only()
        token = int(rng.choice(np.nonzero(mask)[0].tolist()))
        grammar.push(token)
        out.append(token)
    return grammar.result(), out


@pytest.mark.parametrize("program", ALL, ids=lambda p: p[1] + str(len(p[0])))
def test_true_frames_are_accepted_and_forced_runs_are_canonical(
    vocabulary: Vocabulary, program: tuple[str, str, str | None]
) -> None:
    source, entry, call = program
    parsed = Program.from_source(source, "<test>", entry, call)
    steps, _ = trace_program(parsed, 200)
    encoder = FrameEncoder(vocabulary.tokenizer, make_prompt(parsed))
    texts = line_texts(parsed, make_prompt(parsed))
    state, stack = parsed.start(), list[Step]()
    forced = 0
    for step in steps:
        frame = encoder.frame(step, advance_stack(stack, step))
        grammar = FrameGrammar(vocabulary, state.legal(), texts)
        at = 0
        while not grammar.done:
            run = grammar.forced()
            assert frame[at : at + len(run)] == run
            forced += len(run)
            for token in run or frame[at : at + 1]:
                assert run or grammar.allowed()[token]
                grammar.push(token)
            at += max(1, len(run))
        result = grammar.result()
        assert result.branch is not None
        assert (result.event, result.line, result.branch.function, result.branch.depth) == (
            step.event,
            step.line,
            step.function,
            step.depth,
        )
        assert result.value == step.value
        state = state.after(step)
    assert forced > len(steps) * 5


def test_repeated_lines_keep_their_numbers(vocabulary: Vocabulary) -> None:
    program = Program.from_source(*_named(ALL[1]))
    steps, _ = trace_program(program, 50)
    assert [s.line for s in steps] == [1, 2, 5, 6, 7, 8, 8]
    prompt = make_prompt(program)
    assert prompt.texts[3] != prompt.texts[5]  # one stop may lead to either
    assert "x = 1  # line 5" in prompt.source
    assert program.source.splitlines()[4].strip() == "x = 1"


def test_forced_means_only_one_way_on(vocabulary: Vocabulary) -> None:
    legal = Legal((line(rule("a", change=False), rule("b", change=False)),), False)
    grammar = FrameGrammar(vocabulary, legal, TEXT)
    ids: list[int] = []
    while not grammar.done:
        run = grammar.forced()
        assert run
        ids += run
        for token in run:
            grammar.push(token)
    assert ids == ids_of(vocabulary, {"a": UNCHANGED, "b": UNCHANGED})


def test_names_that_may_be_absent(vocabulary: Vocabulary) -> None:
    legal = Legal((line(rule("a", maybe=True), rule("b", maybe=True, keep=False)),), False)
    for values in ({}, {"a": "1"}, {"b": "[2]"}, {"a": UNCHANGED, "b": "3"}):
        grammar = walk(vocabulary, legal, ids_of(vocabulary, values))
        assert grammar.done
        assert grammar.result().locals == values
    with pytest.raises(ValueError, match="does not fit"):
        walk_raising(vocabulary, legal, ids_of(vocabulary, {"b": "1", "a": "1"}))
    with pytest.raises(ValueError, match="does not fit"):
        walk_raising(vocabulary, legal, ids_of(vocabulary, {"c": "1"}))


def walk_raising(vocabulary: Vocabulary, legal: Legal, ids: list[int]) -> None:
    grammar = FrameGrammar(vocabulary, legal, TEXT)
    for token in ids:
        grammar.push(token)


def test_events_and_lines_outside_the_legal_ones_are_refused(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    legal = Legal((line(lines=(2, 3)),), False)
    with pytest.raises(ValueError, match="no legal event"):
        walk_raising(vocabulary, legal, [t.return_sep])
    with pytest.raises(ValueError, match="no legal event"):
        walk_raising(vocabulary, legal, [t.end_of_text])
    with pytest.raises(ValueError, match="no legal line"):
        walk_raising(vocabulary, legal, ids_of(vocabulary, {}, "    line 4\n"))


def test_the_end_is_an_event(vocabulary: Vocabulary) -> None:
    legal = Legal((line(),), True)
    grammar = walk(vocabulary, legal, [vocabulary.tokenizer.end_of_text])
    assert grammar.done
    assert grammar.result() == Frame(None)


def test_a_return_that_is_surely_none_is_forced(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    legal = Legal((Branch(Event.RETURN, "f", 0, (), (4,), returns_none=True),), False)
    grammar = FrameGrammar(vocabulary, legal, TEXT)
    ids: list[int] = []
    while run := ([] if grammar.done else grammar.forced()):
        ids += run
        for token in run:
            grammar.push(token)
    assert grammar.result().value == "None"
    assert ids == [
        t.return_sep,
        t.action_sep,
        *t.encode(TEXT[Event.RETURN, "f", 4]),
        t.arg_sep,
        *t.encode('"None"'),
        t.frame_sep,
    ]


def test_parts_of_a_frame(vocabulary: Vocabulary) -> None:
    grammar = FrameGrammar(vocabulary, Legal((line(rule("a")),), True), TEXT)
    assert grammar.part is Part.MOVE
    grammar.push(vocabulary.tokenizer.line_sep)
    while run := grammar.forced():
        for token in run:
            grammar.push(token)
    assert (grammar.part, grammar.deciding) == (Part.LOCAL, "a")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), keep=st.booleans(), maybe=st.booleans())
def test_whatever_it_allows_parses(vocabulary: Vocabulary, seed: int, keep: bool, maybe: bool) -> None:
    names = (rule("a", keep=keep), rule("b_1", maybe=maybe), rule("c", change=False))
    legal = Legal((line(*names, lines=(2, 3, 5)), Branch(Event.RETURN, "f", 0, (), (4,))), False)
    frame, ids = finish(FrameGrammar(vocabulary, legal, TEXT), random.Random(seed))
    assert frame.event in (Event.LINE, Event.RETURN)
    if frame.event is Event.LINE:
        assert frame.locals is not None
        assert set(frame.locals) - {"b_1"} == {"a", "c"}
        assert frame.locals["c"] == UNCHANGED
        assert frame.line in (2, 3, 5)
    else:
        assert isinstance(frame.value, str)
    assert walk(vocabulary, legal, ids).done


@settings(max_examples=100, deadline=None)
@given(value=st.text(max_size=20))
def test_any_value_can_be_written(vocabulary: Vocabulary, value: str) -> None:
    legal = Legal((line(rule("a", keep=False), rule("b", change=False)),), False)
    grammar = walk(vocabulary, legal, ids_of(vocabulary, {"a": repr(value), "b": UNCHANGED}))
    assert grammar.result().locals == {"a": repr(value), "b": UNCHANGED}


def test_callees_are_told_apart_by_their_parameters(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    texts = {(Event.CALL, "g", 1): "def g(x):\n", (Event.CALL, "h", 3): "def h(y):\n"}
    legal = Legal(
        (
            Branch(Event.CALL, "g", 1, (rule("x", keep=False),), (1,)),
            Branch(Event.CALL, "h", 1, (rule("y", keep=False),), (3,)),
        ),
        False,
    )
    grammar = FrameGrammar(vocabulary, legal, texts)
    for token in [t.call_sep, *t.encode('{"y": "2"}'), t.action_sep]:
        grammar.push(token)
    assert grammar.forced() == [*t.encode("def h(y):\n"), t.frame_sep]


def _named(program: tuple[str, str, str | None]) -> tuple[str, str, str, str | None]:
    source, entry, call = program
    return source, "<test>", entry, call
