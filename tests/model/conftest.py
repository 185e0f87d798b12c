"""A small random model with the embedded tokenizer, and recorded programs to predict."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from neuraldbg.model.checkpoint import resolve
from neuraldbg.model.config import preset
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer

TEST_DEVICE = os.environ.get("NEURALDBG_TEST_DEVICE", "cpu")  # benchmarks/gpu.py runs the tests of networks on a GPU


@pytest.fixture(scope="session")
def tokenizer() -> CwmTokenizer:
    return CwmTokenizer.load(Path(resolve(None)))


@pytest.fixture(scope="session")
def vocabulary(tokenizer: CwmTokenizer) -> Vocabulary:
    return Vocabulary(tokenizer)


def random_model(tokenizer: CwmTokenizer, seed: int = 0, context: int = 1024) -> PreTrainedModel:
    """cwm-micro with random weights, spread enough that its choices are not ties."""
    torch.manual_seed(seed)
    config = preset("cwm-micro", vocab_size=tokenizer.vocab_size, max_position_embeddings=context)
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.data.mul_(3)
    return model.eval().to(TEST_DEVICE)


@pytest.fixture(scope="session")
def micro(tokenizer: CwmTokenizer) -> PreTrainedModel:
    return random_model(tokenizer)
