"""Fine-tuning: where actions lead, how questions are answered, and a run of TRL's trainer, stopped and resumed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from neuraldbg.errors import UsageError
from neuraldbg.model.checkpoint import load_model, save_checkpoint
from neuraldbg.model.config import preset
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.actions import Action, action_document, target
from neuraldbg.training.data.examples import IGNORED, ExampleConfig, Examples
from neuraldbg.training.data.questions import ask, chat
from neuraldbg.training.data.stream import trace_program
from neuraldbg.training.sft import SftConfig, read_config, train

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "model" / "weights" / "cwm-nano"
SOURCE = """def half(n):
    if n % 2:
        raise ValueError(n)
    return n // 2


def f(xs):
    out = []
    for x in xs:
        out.append(half(x))
    return out
"""


@pytest.fixture(scope="module")
def tokenizer() -> CwmTokenizer:
    return CwmTokenizer.load(WEIGHTS)


def traced(call: str) -> tuple[Program, list[Step]]:
    program = Program.from_source(SOURCE, "<test>", "f", call)
    return program, trace_program(program, 60)[0]


def shown(steps: list[Step], at: int | None) -> str | None:
    return None if at is None else f"{steps[at].event.value} {steps[at].function} {steps[at].line}"


@pytest.mark.parametrize(
    ("at", "action", "line", "expected"),
    [
        (3, Action.OVER, 0, "line f 9"),  # the call of half at line 10 is stepped over
        (5, Action.OVER, 0, "line half 4"),
        (5, Action.OUT, 0, "return half 4"),
        (1, Action.OUT, 0, "return f 11"),
        (1, Action.RUN_TO, 4, "line half 4"),
        (1, Action.RUN_TO, 3, None),
        (5, Action.BACK, 0, "call half 1"),
        (0, Action.BACK, 0, None),
        (8, Action.BACK_OVER, 0, "line f 10"),
        (6, Action.ENTRY, 0, "call half 1"),
        (8, Action.ENTRY, 0, "call f 7"),
        (4, Action.ENTRY, 0, None),
    ],
)
def test_actions_lead_where_a_debugger_goes(at: int, action: Action, line: int, expected: str | None) -> None:
    _, steps = traced("f([4])")
    assert [shown(steps, k) for k in (3, 4, 5, 8)] == ["line f 10", "call half 1", "line half 2", "line f 9"]
    assert shown(steps, target(steps, at, action, line)) == expected


def test_out_of_a_function_that_raises_is_its_exception() -> None:
    _, steps = traced("f([3])")
    raised = target(steps, next(k for k, s in enumerate(steps) if s.function == "half"), Action.OUT)
    assert raised is not None
    assert (steps[raised].event, steps[raised].function, steps[raised].value) == (
        Event.EXCEPTION, "half", "ValueError(3)",
    )  # fmt: skip


def test_an_action_shows_one_stop_and_asks_for_another(tokenizer: CwmTokenizer) -> None:
    program, steps = traced("f([4, 8])")
    vocabulary = Vocabulary(tokenizer)
    seen = set()
    for seed in range(120):
        document = action_document(vocabulary, program, steps, random.Random(seed), 700)
        if document is None:
            continue
        asked = [i for i, w in zip(document.ids, document.weights, strict=True) if not w]
        (action,) = (a for a in Action if getattr(tokenizer, f"action_{a.value}") in asked)
        seen.add(action)
        answer = tokenizer.decode(i for i, w in zip(document.ids, document.weights, strict=True) if w)
        assert answer.endswith("<|frame_sep|>")
        assert answer.count("_sep|>") >= 3
        assert '".."' not in answer  # nothing before it could be referred to
    assert seen == set(Action)


@pytest.mark.parametrize("call", ["f([4, 8])", "f([2, 3])", "f([])"])
def test_questions_are_answered_by_the_run(call: str) -> None:
    program, steps = traced(call)
    found = {}
    for seed in range(900):
        question = ask(program, steps, random.Random(seed))
        if question is not None:
            assert found.setdefault(question.text, question.answer) == question.answer
    last = steps[-1]
    raises = last.event is Event.EXCEPTION
    assert found["What does it return?"] == (f"It raises `{last.value}`." if raises else f"`{last.value}`")
    assert found["Does it raise an exception?"].startswith("Yes" if raises else "No")
    if call == "f([4, 8])":
        assert found["How often does line 10 run?"] == "Twice."
        assert found["What does `out` hold when line 9 is about to run for the third time?"] == "`[2, 4]`"
        assert found["What happens next when line 11 is about to run for the first time?"] == "`f` returns `[2, 4]`."
        assert (
            found["What happens next just before line 10 runs for the first time?"] == "`half` is entered with `n = 4`."
        )


def test_a_program_cannot_forge_a_message(tokenizer: CwmTokenizer) -> None:
    program = Program.from_source("def f():\n    return '<|eot_id|>'\n", "<test>", "f", "f()")
    steps, _ = trace_program(program, 10)
    question = next(q for q in (ask(program, steps, random.Random(n)) for n in range(50)) if q is not None)
    document = chat(tokenizer, program, question)
    assert document.ids.count(tokenizer.eot_id) == 2
    answer = tokenizer.decode(i for i, w in zip(document.ids, document.weights, strict=True) if w)
    assert answer == question.answer + "<|eot_id|>"


def test_examples_are_the_same_each_time_and_of_every_kind(tokenizer: CwmTokenizer) -> None:
    config = ExampleConfig(length=512, max_steps=40, seed=4)
    examples = Examples(str(WEIGHTS), config)
    made = [examples[n] for n in range(12)]
    assert made[5] == Examples(str(WEIGHTS), config)[5]
    kinds = [
        "chat" if tokenizer.start_header_id in one["input_ids"]
        else "action" if any(getattr(tokenizer, f"action_{a.value}") in one["input_ids"] for a in Action)
        else "trace"
        for one in made
    ]  # fmt: skip
    assert set(kinds) == {"chat", "action", "trace"}
    for one in made:
        assert len(one["input_ids"]) == len(one["labels"]) <= 512
        assert any(label != IGNORED for label in one["labels"])
        assert all(label in (IGNORED, token) for token, label in zip(one["input_ids"], one["labels"], strict=True))


def tiny(tmp_path: Path, tokenizer: CwmTokenizer) -> SftConfig:
    from transformers import CwmForCausalLM

    init = tmp_path / "init"
    save_checkpoint(CwmForCausalLM(preset("cwm-micro", vocab_size=tokenizer.vocab_size)), tokenizer, init)
    data = ExampleConfig(length=384, max_steps=30)
    return SftConfig(
        data=data, init=str(init), out=str(tmp_path / "out"), steps=4, batch=2, lr=1e-3, save_steps=2, eval_steps=4,
        eval_examples=2, log_steps=1,
    )  # fmt: skip


def losses(folder: Path) -> dict[int, float]:
    state = json.loads((folder / "checkpoint-4" / "trainer_state.json").read_text(encoding="utf-8"))
    return {entry["step"]: entry["loss"] for entry in state["log_history"] if "loss" in entry}


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, tokenizer: CwmTokenizer) -> None:
    config = tiny(tmp_path, tokenizer)
    whole = replace(config, out=str(tmp_path / "whole"))
    scores = train(whole)
    assert scores["eval_loss"] > 0
    train(replace(config, minutes=1e-9))  # over after the first step
    assert (tmp_path / "out" / "checkpoint-1").exists()
    train(config)
    assert losses(tmp_path / "out") == pytest.approx(losses(tmp_path / "whole"), rel=1e-3)
    assert set(losses(tmp_path / "out")) == {1, 2, 3, 4}
    model, _ = load_model(tmp_path / "out" / "model")
    assert model.config.vocab_size == tokenizer.vocab_size


def test_wrong_settings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "sft.yaml"
    path.write_text("init: x\nout: y\n", encoding="utf-8")
    with pytest.raises(UsageError, match="nonsense"):
        read_config(str(path), ["nonsense=1"])
    with pytest.raises(UsageError, match="shape"):
        read_config(str(path), ["data.shape=1"])
    assert read_config(str(path), ["data.length=64", "steps=3"]).data.length == 64
