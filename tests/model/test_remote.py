"""Models behind servers of each dialect: the same steps as here, legal ones everywhere, and clear failures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedModel

from neuraldbg.errors import ModelError, ServerError
from neuraldbg.model.checkpoint import save_checkpoint
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.http_client import Patience
from neuraldbg.model.loading import load_network
from neuraldbg.model.predictor import PredictedSource, Predictor
from neuraldbg.model.remote import RemoteDecoder, load_remote
from neuraldbg.model.transformers_network import TransformersNetwork
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import GENERATOR, LOOP, RAISES, RAISES_ONCE
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


@pytest.mark.parametrize("case", [LOOP, RAISES_ONCE], ids=["loop", "raises"])
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


@pytest.mark.parametrize("case", [LOOP, RAISES_ONCE], ids=["loop", "raises"])
def test_the_embedded_model_gives_the_same_steps_and_operations_behind_a_server(
    case: tuple[str, str, str], vocabulary: Vocabulary
) -> None:
    program = program_of(case)
    nano = load_network().network
    here = predict(PredictedSource(LocalEngine(nano), vocabulary, program, scratchpad=True), most=16)
    free = FreeModel(LocalEngine(load_network().network), vocabulary.tokenizer)
    facts = {"context": 1024, "scratchpad": True}
    with serving(Service(free.write, vocabulary.tokenizer, facts=facts)) as url:
        predictor = load_remote(url)
        there = predict(predictor.source(program), most=16)
    assert predictor.scratchpad
    assert predictor.name == "cwm-nano"
    assert there == here
    assert [step.operations for step in there] == [step.operations for step in here]


@pytest.mark.parametrize("case", [LOOP, RAISES, GENERATOR], ids=["loop", "raises", "generator"])
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


def only(tokens: Callable[[dict[str, Any]], list[int]]) -> Callable[..., Any]:
    """A model that answers the same whatever was asked."""

    def write(
        ids: list[int], most: int, stop: object, allowed: object = None
    ) -> list[tuple[int, float, dict[int, float]]]:
        return [(i, -0.1, {i: -0.1}) for i in tokens({"ids": ids})[:most]]

    return write


def fixed(vocabulary: Vocabulary, text: str, **options: Any) -> Service:
    t = vocabulary.tokenizer
    return Service(only(lambda body: t.encode_with_special(text)), t, facts={"max_model_len": 1024}, **options)


@pytest.fixture
def stand_in(folder: str) -> str:
    """A model folder whose configuration says that its model writes frames."""
    return folder


AT = 4  # `total += i` is about to run


@pytest.mark.parametrize(
    ("wrote", "requests", "words"),
    [
        ("<|call_sep|>{}", 3, "it wrote '<|call_sep|>{}' where a line or exception step was due (asked 3 times)"),
        ("", 3, "it wrote nothing where a line or exception step was due"),
        ("<|frame_sep|>", 3, "where a line or exception step was due"),
        ('<|line_sep|>{"n": "..", "total": "\n\x1b[31m', 3, "the rest of a value was due"),
    ],
)
def test_what_cannot_be_repaired_is_shown_as_what_it_is(
    wrote: str, requests: int, words: str, vocabulary: Vocabulary, stand_in: str
) -> None:
    program = program_of(LOOP)
    truth = trace_program(program, 60)[0]
    service = fixed(vocabulary, wrote, logprobs=False)
    with serving(service) as url:
        source = load_remote(url, stand_in).source(program)
        before = len(service.bodies)
        with pytest.raises(ModelError) as caught:
            source.next_step(truth[:AT])
        assert len(service.bodies) == before + requests
        assert words in str(caught.value)
        assert str(caught.value).isprintable()
        assert not isinstance(caught.value, ServerError), "the model's fault: counted as a wrong step by eval"


def test_broken_json_and_a_wrong_line_are_repaired_by_asking_again(vocabulary: Vocabulary, stand_in: str) -> None:
    program = program_of(LOOP)
    truth = trace_program(program, 60)[0]
    replies = [
        '<|line_sep|>{"n": "..", "total": "\n',  # broken JSON: only what comes before is kept
        '0"}<|action_sep|>    return total\n<|frame_sep|>',  # a line that cannot follow
    ]
    t = vocabulary.tokenizer

    def before(body: dict[str, Any]) -> tuple[int, Any] | None:
        if body["max_tokens"] == 1:
            return None  # the probe
        ids = t.encode_with_special(replies.pop(0))
        return 200, {"choices": [{"text": "", "token_ids": ids, "logprobs": None}]}

    service = fixed(vocabulary, "", before=before)
    with serving(service) as url:
        source = load_remote(url, stand_in).source(program)
        step = source.next_step(truth[:AT])
        assert step is not None
        assert (step.line, step.locals["total"]) == (3, "0")
        assert replies == []
        prompt = service.bodies[-1]["prompt"]
        assert t.decode(prompt).endswith('<|line_sep|>{"n": "..", "total": "'), "the legal beginning went out again"
        assert source.next_step(truth[:1]) == truth[1]


def test_an_illegal_event_is_chosen_anew_from_the_legal_ones(
    vocabulary: Vocabulary, by_heart: PreTrainedModel, folder: str
) -> None:
    """Without alternatives in the reply the second request lists the legal tokens."""
    program = program_of(LOOP)
    truth = trace_program(program, 60)[0]
    t = vocabulary.tokenizer
    told: list[dict[str, Any]] = []

    def before(body: dict[str, Any]) -> tuple[int, Any] | None:
        told.append(body)
        wrong = 200, {"choices": [{"text": "", "token_ids": [t.call_sep], "logprobs": None}]}
        return wrong if len(told) == 2 else None

    service = service_of(by_heart, vocabulary, name="by-heart", before=before)
    with serving(service) as url:
        step = load_remote(url, folder).source(program).next_step(truth[:AT])
    assert step == truth[AT]
    assert [body.get("allowed_token_ids") for body in told] == [None, None, [t.line_sep, t.exception_sep], None]


def test_a_step_that_failed_can_be_tried_again(vocabulary: Vocabulary, by_heart: PreTrainedModel, folder: str) -> None:
    program = program_of(LOOP)
    truth = trace_program(program, 60)[0]
    broken = threading.Event()
    service = service_of(
        by_heart,
        vocabulary,
        name="by-heart",
        before=lambda body: (503, {"error": "restarting"}) if broken.is_set() else None,
    )
    with serving(service) as url:
        predictor = load_remote(url, folder, Patience(attempts=2, pause=0.01))
        source = predictor.source(program)
        steps = truth[:AT]
        broken.set()
        for _ in range(2):
            with pytest.raises(ServerError, match="503: restarting"):
                source.next_step(steps)
        broken.clear()
        assert source.next_step(steps) == truth[AT]


def test_cancelling_interrupts_a_request_and_the_source_goes_on(
    vocabulary: Vocabulary, by_heart: PreTrainedModel, folder: str
) -> None:
    program = program_of(LOOP)
    truth = trace_program(program, 60)[0]
    waiting, go_on = threading.Event(), threading.Event()

    def before(body: dict[str, Any]) -> None:
        if body["max_tokens"] > 1 and not go_on.is_set():
            waiting.set()
            go_on.wait(60)

    service = service_of(by_heart, vocabulary, name="by-heart", before=before)
    with serving(service) as url:
        source = load_remote(url, folder).source(program)
        assert source.next_step(truth[:AT], waiting.is_set) is None
        assert waiting.is_set()
        assert not go_on.is_set(), "the server had not answered"
        go_on.set()
        assert source.next_step(truth[:AT], lambda: False) == truth[AT]


def test_which_model_and_whose_tokenizer(vocabulary: Vocabulary, folder: str, tmp_path: Path) -> None:
    def load(rows: list[dict[str, Any]], model: str | None = None) -> Predictor:
        service = fixed(vocabulary, "x")
        service.models = lambda: (200, {"data": rows})  # type: ignore[method-assign]
        with serving(service) as url:
            return load_remote(url, model)

    assert load([{"id": "me/cwm-nano", "max_model_len": 700}]).engine.context == 700
    assert load([{"id": "cwm-nano"}]).engine.context == 1024, "from the configuration of its folder"
    assert load([{"id": "served", "root": folder}]).name == "served"
    assert load([{"id": "a"}, {"id": "cwm-nano"}], "cwm-nano").name == "cwm-nano"
    assert load([{"id": "huge", "max_model_len": 10**9}], folder).engine.context < 10**6
    with pytest.raises(ModelError, match="serves 2 models: choose one with --model: a, b"):
        load([{"id": "a"}, {"id": "b"}])
    with pytest.raises(ModelError, match="tokenizer of other is not here .*--model"):
        load([{"id": "other"}])
    with pytest.raises(ModelError, match="does not tell its model: give"):
        load([])
    odd: list[Any] = [None, 5, {"id": 5}, {"object": "model"}]
    assert load(odd, "cwm-nano").name == "cwm-nano"
