"""A small random model with the embedded tokenizer, and recorded programs to predict."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from neuraldbg.model.checkpoint import resolve
from neuraldbg.model.config import preset
from neuraldbg.model.frames import Context, FrameEncoder
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.prompt import make_prompt
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import LOOP, RAISES_ONCE

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


@pytest.fixture(scope="session")
def by_heart(tokenizer: CwmTokenizer) -> PreTrainedModel:
    """A tiny model that knows the traces of two programs by heart and writes their frames freely, as CWM does.

    The embedded model has learnt the decisions of a frame only, so no server could have it write a whole one.
    """
    model = random_model(tokenizer, context=1024)
    rows, masks = [], []
    for source, entry, call in (LOOP, RAISES_ONCE):
        program = Program.from_source(source, "<test>", entry, call)
        encoder = FrameEncoder(tokenizer, make_prompt(program))
        rows.append(Context(encoder, 1000).ids(trace_program(program, 60)[0]))
        masks.append(len(encoder.head))
    width = max(map(len, rows))
    ids = torch.tensor([row + [tokenizer.pad] * (width - len(row)) for row in rows])
    wanted = ids.masked_fill(ids == tokenizer.pad, -100)
    for row, head in zip(wanted, masks, strict=True):
        row[:head] = -100
    wanted = wanted[:, 1:]
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.data.div_(3)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3, weight_decay=0.0)
    model.train()
    for _ in range(600):
        logits = model(input_ids=ids).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100)
        if bool(((logits.argmax(-1) == wanted) | (wanted == -100)).all()) and loss.item() < 0.02:
            return model.eval()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    raise AssertionError("the traces were not learnt")
