"""Counting what a model knows of single operations, and the weights that follow."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from neuraldbg.model.checkpoint import resolve, save_checkpoint
from neuraldbg.model.config import preset
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.data.drills import drill, templates
from neuraldbg.training.drilling import FLOOR, SLOPE, Tally, factors, main, table, tally


@pytest.fixture(scope="module")
def tokenizer() -> CwmTokenizer:
    return CwmTokenizer.load(Path(resolve(None)))


@pytest.fixture(scope="module")
def micro(tokenizer: CwmTokenizer) -> PreTrainedModel:
    """A small model with random weights."""
    torch.manual_seed(0)
    model: PreTrainedModel = AutoModelForCausalLM.from_config(preset("cwm-micro", vocab_size=tokenizer.vocab_size))
    return model.eval()


def test_a_model_is_right_where_greedy_decoding_gives_the_value(
    micro: PreTrainedModel, tokenizer: CwmTokenizer
) -> None:
    tallies, mean = tally(micro, tokenizer, 150)
    assert sum(one.drawn for one in tallies.values()) == 150
    assert mean == sum(one.right for one in tallies.values()) / 150
    assert all(bool(one.missed) == (one.right < one.drawn) for one in tallies.values())
    assert next(iter(table(tallies, mean, 5))).endswith("150 operations right")

    class Knows(torch.nn.Module):
        """Gives the next token of what it reads."""

        def __init__(self) -> None:
            super().__init__()
            self.anchor = torch.nn.Parameter(torch.zeros(1))

        def forward(self, input_ids: torch.Tensor) -> object:
            following = input_ids.roll(-1, 1)
            return type("Output", (), {"logits": torch.nn.functional.one_hot(following, 2304).float()})

    tallies, mean = tally(Knows(), tokenizer, 150)
    assert mean == 1.0
    assert not any(one.missed for one in tallies.values())


def test_hard_operations_gain_weight() -> None:
    texts, cumulative = templates()
    counted = {texts[0]: Tally(0, 200), texts[1]: Tally(200, 200)}
    weights = factors(counted, 0.8)
    assert set(weights) == set(texts)
    assert FLOOR <= weights[texts[1]] < weights[texts[2]] < weights[texts[0]] <= FLOOR + SLOPE
    assert weights[texts[2]] == pytest.approx(FLOOR + SLOPE * 0.2)
    assert len(cumulative) == len(texts)


def test_a_file_of_factors_shifts_what_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "emphasis.json"
    file.write_text(json.dumps(dict.fromkeys(templates()[0], 0.0) | {"len({S})": 1.0}), encoding="utf-8")
    rng = random.Random(0)
    assert all(drill(rng, str(file)).text.startswith("len(") for _ in range(20))


def test_the_command_prints_and_writes(
    micro: PreTrainedModel, tokenizer: CwmTokenizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_checkpoint(micro, tokenizer, tmp_path / "model")
    file = tmp_path / "new" / "emphasis.json"
    assert main([str(tmp_path / "model"), "--count", "64", "--rows", "3", "--write", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("% of 64 operations right")
    assert len(lines) == 4
    assert set(json.loads(file.read_text(encoding="utf-8"))) == set(templates()[0])
