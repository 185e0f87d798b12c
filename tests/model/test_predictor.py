"""Greedy decoding under the grammar: equal to an unoptimised reference, legal, cached and cancellable."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from transformers import PreTrainedModel

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import load_model, resolve
from neuraldbg.model.decoding import decode_frame
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import FrameGrammar, Vocabulary
from neuraldbg.model.pool_network import network_of
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.stream import trace_program
from tests.model.conftest import TEST_DEVICE, random_model
from tests.model.programs import ALL, CLASS, LOOP, RAISES

VALUE = 12  # tokens: the endless values of random weights are closed early


def program_of(case: tuple[str, str, str | None]) -> Program:
    source, entry, call = case
    return Program.from_source(source, "<test>", entry, call)


def reference(
    model: PreTrainedModel, vocabulary: Vocabulary, source: PredictedSource, history: Sequence[Step]
) -> list[int]:
    """The frame's ids by transformers' own `generate`, without a cache, masked token by token."""
    context = source._context.ids(history)
    legal = source.legal(history)

    def allowed(_: int, ids: torch.Tensor) -> list[int]:
        grammar, run = FrameGrammar(vocabulary, legal, source._texts), 0
        for token in ids.tolist()[len(context) :]:
            run = 0 if grammar.forced() else run + 1
            grammar.push(token)
        if grammar.done:
            return [vocabulary.tokenizer.pad]
        mask = grammar.closing_only() if run >= VALUE else grammar.allowed()
        return grammar.forced()[:1] or mask.nonzero()[0].tolist()

    output = model.generate(
        torch.tensor([context], device=model.device),
        attention_mask=torch.ones(1, len(context), dtype=torch.long, device=model.device),
        prefix_allowed_tokens_fn=allowed,
        do_sample=False,
        use_cache=False,
        max_new_tokens=400,
        eos_token_id=vocabulary.tokenizer.pad,
        pad_token_id=vocabulary.tokenizer.pad,
    )[0].tolist()[len(context) :]
    return output[: output.index(vocabulary.tokenizer.pad)]


def compare_with_reference(
    model: PreTrainedModel, vocabulary: Vocabulary, case: tuple[str, str, str | None], most: int
) -> int:
    program = program_of(case)
    source = PredictedSource(LocalEngine(network_of(model)), vocabulary, program, VALUE)
    truth, _ = trace_program(program, most)
    for k in range(1, len(truth)):
        source.next_step(truth[:k])
        if source.last is not None:
            assert source.last.ids == reference(model, vocabulary, source, truth[:k])
    return len(truth)


@pytest.mark.parametrize("seed", [0, 1])
def test_greedy_equals_the_reference_on_random_weights(vocabulary: Vocabulary, seed: int) -> None:
    model = random_model(vocabulary.tokenizer, seed, context=512)
    for case in (LOOP, RAISES):
        compare_with_reference(model, vocabulary, case, 6)


def test_greedy_equals_the_reference_on_the_embedded_weights(vocabulary: Vocabulary) -> None:
    model, _ = load_model(resolve(None), TEST_DEVICE, torch.float32)
    steps = sum(compare_with_reference(model, vocabulary, case, 7) for case in (LOOP, RAISES, CLASS))
    assert steps > 20


@pytest.mark.parametrize("case", ALL, ids=lambda p: p[1] + str(len(p[0])))
def test_every_predicted_step_is_legal_even_from_random_weights(
    micro: PreTrainedModel, vocabulary: Vocabulary, case: tuple[str, str, str | None]
) -> None:
    program = program_of(case)
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, program, VALUE)
    history: list[Step] = []
    while len(history) < 12 and (step := source.next_step(history)) is not None:
        history.append(step)
    state = program.start()
    for step in history:
        state = state.after(step)
    assert len(history) > 1
    assert all(1 <= s.line <= len(program.lines) for s in history)


def test_the_first_step_is_known_where_arguments_are_literals(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, program_of(LOOP), VALUE)
    assert source.next_step([]) == Step(Event.CALL, 1, "f", 0, {"n": "3"})
    assert source.last is None
    expression = Program.from_source(LOOP[0], "<test>", "f", "f(1 + 2)")
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, expression, VALUE)
    assert "return f(1 + 2)\n" in source._prompt.source
    first = source.next_step([])
    assert first is not None
    assert source.last is not None
    assert source.last.chosen > 0


def test_nothing_is_read_twice(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    program = program_of(LOOP)
    truth, _ = trace_program(program, 50)
    engine = LocalEngine(network_of(micro))
    source = PredictedSource(engine, vocabulary, program, VALUE)
    for k in range(1, len(truth)):
        source.next_step(truth[:k])
    whole = len(source._context.ids(truth))
    assert engine.read < 1.6 * whole  # each token once, and the wrong frames of a random model
    before = engine.read
    source.next_step(truth[:-3])  # back, and again
    assert engine.read - before < 60


def test_an_edited_file_is_read_from_the_first_changed_token(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    text, entry, call = LOOP
    engine = LocalEngine(network_of(micro))
    PredictedSource(engine, vocabulary, program_of(LOOP), VALUE).next_step([])
    lines = text.splitlines(keepends=True)
    edited = program_of(("".join([*lines[:-1], "    # the result\n", lines[-1]]), entry, call))
    source = PredictedSource(engine, vocabulary, edited, VALUE)
    truth, _ = trace_program(edited, 50)
    first = source.context(truth[:1])
    old = PredictedSource(engine, vocabulary, program_of(LOOP), VALUE).context(truth[:1])
    engine.logits(old)
    before = engine.read
    engine.logits(first)
    same = next(i for i, (a, b) in enumerate(zip(old, first, strict=False)) if a != b)
    assert same > len(first) // 3
    assert engine.read - before == len(first) - same


def test_confidence_is_a_probability_for_what_was_decided(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, program_of(LOOP), VALUE)
    truth, _ = trace_program(program_of(LOOP), 50)
    seen = set[str]()
    for k in range(1, len(truth)):
        step = source.next_step(truth[:k])
        assert step is not None
        assert step.confidence is not None
        assert 0 < step.confidence.move <= 1
        assert all(0 <= p <= 1 for p in step.confidence.locals.values())
        seen |= set(step.confidence.locals)
        assert "n" not in step.confidence.locals  # never stored, so never decided
    assert seen <= {"total", "i"}


def test_cancelling_stops_before_the_next_model_call(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    engine = LocalEngine(network_of(micro))
    source = PredictedSource(engine, vocabulary, program_of(LOOP))
    truth, _ = trace_program(program_of(LOOP), 50)
    assert source.next_step(truth[:4], lambda: True) is None
    assert engine.read == 0
    assert source.next_step(truth[:4], lambda: False) is not None


def test_a_program_too_long_for_the_context(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    lines = "".join(f"    a = a + {n}\n" for n in range(300))
    program = Program.from_source(f"def f(a):\n{lines}    return a\n", "long.py", "f", "f(1)")
    with pytest.raises(ModelError, match=r"long\.py: .* use a larger model"):
        PredictedSource(LocalEngine(network_of(micro)), vocabulary, program)


def test_code_the_entry_cannot_reach_is_left_out_of_a_long_prompt(
    micro: PreTrainedModel, vocabulary: Vocabulary
) -> None:
    noise = "".join(f"def noise_{n}(a):\n    b = a * {n}\n    return b\n\n\n" for n in range(60))
    text = noise + "K = 2\n\n\ndef g(a):\n    return a + K\n\n\ndef f(a):\n    return g(a)\n"
    program = Program.from_source(text, "<test>", "f", "f(1)")
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, program)
    assert "noise" not in source._prompt.source
    assert "K = 2\n" in source._prompt.source
    truth, _ = trace_program(program, 20)
    assert truth[1].line == len(program.lines)
    assert source.next_step(truth[:2]) is not None


def test_decode_frame_refuses_what_the_engine_cannot_hold(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    program = program_of(LOOP)
    source = PredictedSource(LocalEngine(network_of(micro)), vocabulary, program)
    truth, _ = trace_program(program, 50)
    grammar = FrameGrammar(vocabulary, source.legal(truth[:3]), source._texts)
    with pytest.raises(ModelError, match="do not fit the model's context"):
        decode_frame(LocalEngine(network_of(micro), context=20), source._context.ids(truth[:3]), grammar)
