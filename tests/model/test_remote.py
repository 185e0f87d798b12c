"""Models behind servers of each dialect: the same steps as here, legal ones everywhere, and clear failures."""

from __future__ import annotations

import pytest
from transformers import PreTrainedModel

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import load_model, resolve, save_checkpoint
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.predictor import PredictedSource, Predictor
from neuraldbg.model.remote import RemoteDecoder, load_remote
from neuraldbg.model.transformers_network import TransformersNetwork
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import ALL, CLASS, LOOP, RAISES
from tests.model.remote_server import FreeModel, Service, serving


def program_of(case: tuple[str, str, str | None]) -> Program:
    return Program.from_source(case[0], "<test>", case[1], case[2])


def predict(source: PredictedSource, most: int = 60) -> list[Step]:
    steps: list[Step] = []
    while len(steps) < most and (step := source.next_step(steps)) is not None:
        steps.append(step)
    return steps


def service_of(model: PreTrainedModel, vocabulary: Vocabulary, **options: object) -> Service:
    free = FreeModel(LocalEngine(TransformersNetwork(model)), vocabulary.tokenizer)
    return Service(free.write, vocabulary.tokenizer, **{"facts": {"max_model_len": 1024}, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(by_heart: PreTrainedModel, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint folder of the model that writes frames: where the client takes the tokenizer from."""
    return str(save_checkpoint(by_heart, vocabulary.tokenizer, tmp_path_factory.mktemp("models") / "by-heart"))


def asked(predictor: Predictor) -> int:
    assert isinstance(predictor.engine, RemoteDecoder)
    return predictor.engine.asked


DIALECTS = {
    "vllm": {"kind": "vllm"},
    "vllm without probabilities": {"kind": "vllm", "logprobs": False},
    "openai with special tokens": {"kind": "openai", "special": True},
    "openai without special tokens": {"kind": "openai"},
    "openai, strict, without probabilities": {"kind": "openai", "strict": True, "logprobs": False},
    "openai, adds begin_of_text": {"kind": "openai", "special": True, "adds_begin": True},
    "fgserve": {"kind": "fgserve"},
}


@pytest.mark.parametrize("case", [LOOP, RAISES], ids=["loop", "raises"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_model_that_writes_frames_gives_the_same_steps_in_every_dialect(
    dialect: str, case: tuple[str, str, str], by_heart: PreTrainedModel, vocabulary: Vocabulary, folder: str
) -> None:
    program = program_of(case)
    truth = trace_program(program, 60)[0]
    here = predict(PredictedSource(LocalEngine(TransformersNetwork(by_heart)), vocabulary, program))
    assert here == truth, "the model was to know the trace by heart"
    service = service_of(by_heart, vocabulary, name="by-heart", **DIALECTS[dialect])
    with serving(service) as url:
        predictor = load_remote(url, folder)
        assert not predictor.scratchpad
        steps = predict(predictor.source(program))
        probes = len(service.bodies)
        assert steps == truth
        assert len(truth) // 2 < asked(predictor) < len(truth), "one request a step at most"
        assert predictor.source(program).next_step(steps[:1]) == truth[1]
    assert len(service.bodies) == probes, "a step of which everything is forced takes no request"
    told = DIALECTS[dialect].get("logprobs", True) and service.kind != "fgserve"
    doubts = [p for step in steps for p in step.confidence.locals.values()]  # type: ignore[union-attr]
    assert doubts
    assert all((p is not None and 0.5 < p <= 1) if told else p is None for p in doubts)


@pytest.fixture(scope="module")
def nano() -> PreTrainedModel:
    return load_model(resolve(None), dtype="float32")[0]


@pytest.mark.parametrize("case", [LOOP, RAISES, CLASS], ids=["loop", "raises", "class"])
def test_the_embedded_model_gives_the_same_steps_and_operations_behind_a_server(
    case: tuple[str, str, str], nano: PreTrainedModel, vocabulary: Vocabulary
) -> None:
    program = program_of(case)
    here = predict(
        PredictedSource(LocalEngine(TransformersNetwork(nano)), vocabulary, program, scratchpad=True), most=16
    )
    with serving(service_of(nano, vocabulary, facts={"context": 1024, "scratchpad": True})) as url:
        predictor = load_remote(url)
        there = predict(predictor.source(program), most=16)
    assert predictor.scratchpad
    assert predictor.name == "cwm-nano"
    assert there == here
    assert [step.operations for step in there] == [step.operations for step in here]


@pytest.mark.parametrize("case", ALL, ids=lambda p: p[1] + str(len(p[0])))
def test_random_weights_give_legal_steps_or_say_that_they_cannot(
    case: tuple[str, str, str | None], micro: PreTrainedModel, vocabulary: Vocabulary, folder: str
) -> None:
    program = program_of(case)
    with serving(service_of(micro, vocabulary, facts={"max_model_len": 512, "scratchpad": True})) as url:
        source = load_remote(url).source(program)
        state, history = program.start(), list[Step]()
        while len(history) < 5 and (step := source.next_step(history)) is not None:
            state = state.after(step)  # raises if the step is not legal
            history.append(step)
        assert len(history) > 1
        predictor = load_remote(url, folder)
        predictor.engine._decisions = False  # type: ignore[union-attr]
        source = PredictedSource(predictor.engine, vocabulary, program)
        try:
            step = source.next_step(history)
        except ModelError as error:
            assert "does not keep to the trace format: it wrote" in str(error)
            assert str(error).isprintable()
        else:
            assert step is None or state.after(step)
