"""Reinforcement learning: what is drawn, what it is worth, and that a stopped run goes on as it would have."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuraldbg.errors import UsageError
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.loading import load_network
from neuraldbg.model.predictor import PredictedSource, Predictor
from neuraldbg.model.transformers_network import TransformersNetwork
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.data.stream import trace_operations
from neuraldbg.training.rl import PolicyRun, RolloutConfig, Rollouts, clipped_objective, policy_loss, read_config
from neuraldbg.training.rollouts import Sampler, roll

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(ROOT / "training" / "configs" / "rl.yaml")
SMALL = RolloutConfig(length=384, decisions=64, group=3, refresh=1, tries=40, to_end=0.4, max_steps=12)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    loaded = load_network(runtime="transformers")
    return Predictor(LocalEngine(loaded.network), Vocabulary(loaded.tokenizer), loaded.name, loaded.scratchpad)


@pytest.fixture(scope="module")
def recorded() -> tuple[Program, list[Step]]:
    program = Program.from_source("def f(a):\n    b = a + 1\n    return b\n", "<test>", "f", "f(2)")
    return program, trace_operations(program, 20)[0]


def continued(predictor: Predictor, program: Program, sampler: Sampler) -> PredictedSource:
    return PredictedSource(predictor.engine, predictor.vocabulary, program, scratchpad=True, choose=sampler)


@pytest.mark.parametrize("to_end", [False, True])
def test_the_most_likely_rollout_is_what_the_predictor_says(
    predictor: Predictor, recorded: tuple[Program, list[Step]], to_end: bool
) -> None:
    program, steps = recorded
    sampler = Sampler(0, greedy=True)
    rollout = roll(continued(predictor, program, sampler), sampler, steps, 2, to_end)
    assert rollout is not None
    assert rollout.reward == 1.0  # 2 + 1, at the end of which `return b` gives 3
    assert all(rollout.ids[c.at] == c.token and c.token in c.allowed for c in rollout.choices)
    other = [replace(s, value="4" if s is steps[-1] else s.value, locals={**s.locals, "b": "4"}) for s in steps]
    wrong = roll(continued(predictor, program, sampler), sampler, [*steps[:2], *other[2:]], 2, to_end)
    assert wrong is not None
    assert wrong.reward == 0.0


def test_draws_follow_the_probabilities() -> None:
    logits = np.array([math.log(0.7), -math.inf, math.log(0.3)], np.float32)
    sampler = Sampler(5)
    drawn = [sampler([0], logits) for _ in range(500)]
    assert 1 not in drawn
    assert 0.62 < drawn.count(0) / 500 < 0.78
    assert sampler.choices[0].allowed.tolist() == [0, 2]
    assert Sampler(5, greedy=True)([0], logits) == 0


def test_rows_carry_the_probabilities_they_were_drawn_with(predictor: Predictor) -> None:
    engine = predictor.engine
    assert isinstance(engine, LocalEngine)
    assert isinstance(engine.network, TransformersNetwork)
    rows = Rollouts(engine.network.model, predictor.vocabulary, SMALL, 6)
    made = [{k: torch.from_numpy(v) for k, v in rows[n].items()} for n in range(6)]
    batch = {k: torch.stack([row[k] for row in made]) for k in made[0]}
    used = batch["weight"] != 0
    assert used.any()
    for group in (batch["weight"][:3], batch["weight"][3:]):
        advantages = group[:, 0]
        assert advantages.sum() == pytest.approx(0, abs=1e-5)
    same, reward = policy_loss(engine.network.model, batch)
    assert 0 < float(reward) < 1
    # Nothing was trained since, so every ratio is one.
    assert float(same.detach()) == pytest.approx(-float(batch["weight"].sum()) / 6, abs=1e-3)
    again = Rollouts(engine.network.model, predictor.vocabulary, SMALL, 6)
    assert all((again[0][k] == rows[0][k]).all() for k in rows[0])


def test_the_objective_is_clipped_further_up_than_down() -> None:
    old, logp = torch.zeros(4), torch.tensor([math.log(1.5), math.log(1.5), math.log(0.5), math.log(0.5)])
    advantage = torch.tensor([1.0, -1.0, 1.0, -1.0])
    assert clipped_objective(logp, old, advantage).tolist() == pytest.approx([1.25, -1.5, 0.5, -0.8])


def settings(out: Path, steps: int) -> list[str]:
    return [
        f"out={out}", f"tokenizer={ROOT}/model/weights/cwm-nano", f"init={ROOT}/model/weights/cwm-nano", "minutes=0",
        f"steps={steps}", "batch=3", "decay=0", "validate_every=1000", "save_minutes=0", "tensorboard=false",
        *(f"data.{key}={getattr(SMALL, key)}" for key in ("length", "decisions", "group", "max_steps")),
        "data.tries=8", "data.refresh=2", "data.seed=3",
    ]  # fmt: skip


def log(out: Path) -> list[tuple[str, str]]:
    with open(out / "log.csv", encoding="utf-8") as file:
        return [(row["step"], row["loss"]) for row in csv.DictReader(file)]


def test_a_run_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    PolicyRun(read_config(CONFIG, settings(tmp_path / "whole", 4))).train()
    config = read_config(CONFIG, settings(tmp_path / "cut", 4))
    cut = PolicyRun(replace(config, session_minutes=1e-9))  # over at once, but not in the middle of a drawing
    cut.train()
    assert cut.step == 0
    PolicyRun(replace(config, steps=2)).train()
    PolicyRun(config).train()
    assert [step for step, _ in log(tmp_path / "cut")] == ["1", "2", "3", "4"]
    whole, resumed = ([float(loss) for _, loss in log(tmp_path / name)] for name in ("whole", "cut"))
    assert any(whole)
    assert resumed == pytest.approx(whole, rel=1e-3, abs=1e-4)
    assert (tmp_path / "cut" / "model" / "config.json").exists()


def test_settings_that_make_no_whole_groups_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"multiple of data\.group"):
        read_config(CONFIG, ["batch=5", "data.refresh=1"])
    with pytest.raises(UsageError, match="init"):
        read_config(CONFIG, ["init=null"])
