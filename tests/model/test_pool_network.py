"""The network over a static pool: equal to transformers' caches, whatever is appended, dropped or batched."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedModel, Qwen2Config, Qwen3Config

from neuraldbg.model import memory, pool_network
from neuraldbg.model.config import preset
from neuraldbg.model.engine import LocalEngine, Span
from neuraldbg.model.kv_pool import Ring, ring_mask
from neuraldbg.model.pool_network import PoolNetwork, compile_parts, fitting_context, network_of
from neuraldbg.model.transformers_network import TransformersNetwork
from tests.conftest import ROOT
from tests.model.conftest import TEST_DEVICE

VOCAB = 600
CONTEXT = 96


def build(config: Any) -> PreTrainedModel:
    torch.manual_seed(3)
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.data.mul_(3)
    return model.eval().to(TEST_DEVICE)


def cwm(window: int) -> PreTrainedModel:
    return build(
        preset(
            "cwm-micro",
            VOCAB,
            num_hidden_layers=5,
            max_position_embeddings=CONTEXT,
            sliding_window=window,
            layer_types=None,
        )
    )


SMALL: dict[str, Any] = {
    "vocab_size": VOCAB,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
}


@pytest.fixture(scope="module")
def sliding() -> PreTrainedModel:
    return cwm(window=12)


def ids(n: int, seed: int = 0) -> list[int]:
    chooser = random.Random(seed)
    return [chooser.randrange(VOCAB) for _ in range(n)]


def close(found: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> None:
    assert found.shape == wanted.shape
    assert np.abs(wanted).max() > 1
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def whole(model: PreTrainedModel, text: Sequence[int], last: int) -> np.ndarray[Any, Any]:
    with torch.inference_mode():
        logits = model(torch.tensor([list(text)], device=model.device)).logits[0, -last:]
    found: np.ndarray[Any, Any] = logits.float().cpu().numpy()
    return found


@pytest.mark.parametrize(
    "config",
    [
        LlamaConfig(**SMALL),
        Qwen2Config(**SMALL),
        Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=12, max_window_layers=1),
        Qwen3Config(**SMALL, head_dim=32),
    ],
    ids=["llama", "qwen2", "qwen2-sliding", "qwen3"],
)
def test_other_architectures(config: Any) -> None:
    model = build(config)
    network = PoolNetwork(model, rewind=20)
    text = ids(70)
    close(network.forward([Span(0, 0, text[:33], 5)]), whole(model, text[:33], 5))
    for k in range(33, 70):
        close(network.forward([Span(0, k, text[k : k + 1])]), whole(model, text[: k + 1], 1))


def test_a_model_with_windows_as_long_as_its_context() -> None:
    model = cwm(CONTEXT)
    network = PoolNetwork(model)
    text = ids(CONTEXT)
    close(network.forward([Span(0, 0, text, CONTEXT)]), whole(model, text, CONTEXT))
    close(network.forward([Span(0, 2, [5, 6])]), whole(model, [*text[:2], 5, 6], 1))
    assert network.again == 0


@pytest.mark.parametrize("rewind", [0, 1, 7, 40, 1000])
def test_every_chunk_and_step_equals_the_whole_text(sliding: PreTrainedModel, rewind: int) -> None:
    text = ids(90, rewind)
    network = PoolNetwork(sliding, rewind=rewind)
    wanted = whole(sliding, text, 90)
    close(network.forward([Span(0, 0, text[:50], 50)]), wanted[:50])
    for k in (50, 51, 52):
        close(network.forward([Span(0, k, text[k : k + 1])]), wanted[k : k + 1])
    close(network.forward([Span(0, 53, text[53:90], 3)]), wanted[87:90])
    assert network.again == 0


@settings(max_examples=25)
@given(data=st.data())
def test_any_conversation_equals_the_reference(sliding: PreTrainedModel, data: st.DataObject) -> None:
    """Slots are appended to, stepped back and edited, together and alone; both networks say the same."""
    slots = data.draw(st.integers(1, 4), "slots")
    network = PoolNetwork(sliding, slots, rewind=data.draw(st.integers(0, 30), "rewind"))
    reference = TransformersNetwork(sliding, slots)
    held = [0] * slots
    for _ in range(data.draw(st.integers(1, 8), "passes")):
        spans = []
        for slot in data.draw(st.lists(st.integers(0, slots - 1), min_size=1, unique=True), "who"):
            start = data.draw(st.integers(0, min(held[slot], CONTEXT - 1)), "start")
            n = data.draw(st.one_of(st.just(1), st.integers(1, CONTEXT - start)), "n")
            fresh = ids(n, data.draw(st.integers(0, 99), "seed"))
            spans.append(Span(slot, start, fresh, data.draw(st.integers(1, n), "last")))
            held[slot] = start + n
        close(network.forward(spans), reference.forward(spans))


def test_single_tokens_of_all_slots_are_one_pass(sliding: PreTrainedModel) -> None:
    network = PoolNetwork(sliding, slots=5, rewind=8)
    texts = [ids(10 + 15 * k, k) for k in range(5)]
    for slot, text in enumerate(texts):
        network.forward([Span(slot, 0, text)])
    before = network.passes
    found = network.forward([Span(slot, len(texts[slot]), [slot + 7]) for slot in (4, 0, 2)])
    assert network.passes == before + 1
    for row, slot in zip(found, (4, 0, 2), strict=True):
        close(row[None], whole(sliding, [*texts[slot], slot + 7], 1))
    mixed = network.forward([Span(1, 25, [9]), Span(3, 55, ids(20), 2), Span(0, 11, [3])])
    assert network.passes == before + 1 + 4  # the long span in chunks of nine, then the two tokens together
    close(mixed[:1], whole(sliding, [*texts[1], 9], 1))
    close(mixed[1:3], whole(sliding, [*texts[3], *ids(20)], 2))
    close(mixed[3:], whole(sliding, [*texts[0], 7, 3], 1))


def test_stepping_back_is_free_within_rewind_and_right_beyond(sliding: PreTrainedModel) -> None:
    network = PoolNetwork(sliding, rewind=20)
    text = ids(80)
    network.forward([Span(0, 0, text)])
    close(network.forward([Span(0, 60, [1, 2])]), whole(sliding, [*text[:60], 1, 2], 1))
    assert network.again == 0
    close(network.forward([Span(0, 59, [3])]), whole(sliding, [*text[:59], 3], 1))
    assert network.again == 0
    close(network.forward([Span(0, 58, [4])]), whole(sliding, [*text[:58], 4], 1))  # the rings begin at 48
    assert network.again == 58
    close(network.forward([Span(0, 40, [5])]), whole(sliding, [*text[:40], 5], 1))
    assert network.again == 58


def test_an_engine_reuses_the_prefix(sliding: PreTrainedModel) -> None:
    engine = LocalEngine(PoolNetwork(sliding, slots=2, rewind=30), slot=1)
    text = ids(70)
    close(engine.logits(text)[None], whole(sliding, text, 1))
    close(engine.logits([*text[:50], 1, 2, 3])[None], whole(sliding, [*text[:50], 1, 2, 3], 1))
    assert engine.read == 73
    close(engine.logits([*text[:50], 1, 2], [3, 4])[None], whole(sliding, [*text[:50], 1, 2], 1))
    assert engine.read == 76  # the draft was read along
    close(engine.logits([*text[:50], 1, 2, 3])[None], whole(sliding, [*text[:50], 1, 2, 3], 1))
    assert engine.read == 76


def test_what_cannot_be_read(sliding: PreTrainedModel) -> None:
    network = PoolNetwork(sliding, slots=2, context=32)
    network.forward([Span(0, 0, [1, 2])])
    with pytest.raises(ValueError, match="slot 0 holds 2 ids, position 3 would leave a gap"):
        network.forward([Span(0, 3, [1])])
    with pytest.raises(ValueError, match="slot 1 holds 32 ids at most, not 33"):
        network.forward([Span(1, 0, ids(33))])


def test_a_failed_pass_forgets_what_it_half_wrote(sliding: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    network = PoolNetwork(sliding)
    text = ids(40)
    network.forward([Span(0, 0, text)])

    def fails(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(network, "_forward", fails)
        with pytest.raises(KeyboardInterrupt):
            network.forward([Span(0, 30, [1] * 4)])
    with pytest.raises(ValueError, match="slot 0 holds 30 ids"):
        network.forward([Span(0, 31, [1])])
    close(network.forward([Span(0, 30, [8])]), whole(sliding, [*text[:30], 8], 1))


def test_the_model_can_be_used_beside_it(sliding: PreTrainedModel) -> None:
    network = PoolNetwork(sliding)
    before = sliding.config._attn_implementation
    network.forward([Span(0, 0, [1])])
    assert sliding.config._attn_implementation == before


def test_half_precision_stays_near_float32() -> None:
    model = cwm(12)
    text = ids(80)
    wanted = whole(model, text, 80)
    half = PoolNetwork(model.bfloat16(), rewind=10)
    found = np.concatenate(
        [
            half.forward([Span(0, 0, text[:60], 60)]),
            *(half.forward([Span(0, k, text[k : k + 1])]) for k in range(60, 80)),
        ]
    )
    assert 0 < np.abs(found - wanted).max() < 0.05 * np.abs(wanted).max()


def test_sliding_layers_keep_only_their_window() -> None:
    config = preset(
        "cwm-micro", VOCAB, max_position_embeddings=8192, sliding_window=500, num_hidden_layers=4, layer_types=None
    )
    model = build(config)
    network = PoolNetwork(model, slots=2, context=8000, rewind=200)
    assert [keys.shape[2] for keys in network.pool.keys] == [8192, 768, 768, 768]
    shape = memory.shape_of(config.to_dict())
    assert network.pool.n_bytes == 2 * sum(memory.kv_bytes(shape, 8000, itemsize=4, rewind=200))
    assert fitting_context(model) == 8192
    other = TransformersNetwork if TEST_DEVICE == "cpu" else PoolNetwork
    assert type(network_of(model, context=100)) is other


# The ring's arithmetic, against a dictionary -----------------------------------------------------------------------


@given(
    window=st.integers(1, 9),
    rewind=st.integers(0, 9),
    moves=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), max_size=30),
)
def test_a_ring_never_shows_a_wrong_position(window: int, rewind: int, moves: list[tuple[float, int]]) -> None:
    size = window + rewind
    ring, cells, end = Ring(size, window), dict[int, tuple[int, int]](), 0
    version: dict[int, int] = {}
    for number, (back, n) in enumerate(moves):
        n = min(n, size - window + 1)
        start = round(back * end)
        if not ring.reaches(start):
            continue
        for position in range(start, start + n):
            cells[position % size] = (position, number)
            version[position] = number
        end = start + n
        ring.write(start, end)
        queries = torch.arange(start, end)[None]
        seen = ring_mask(queries, torch.tensor([end - 1]), size + 2, size, window)[0, 0]
        for row, query in enumerate(range(start, end)):
            found = sorted(cells[c] for c in seen[row].nonzero()[:, 0].tolist())
            assert found == [(p, version[p]) for p in range(max(0, query - window + 1), query + 1)]
    assert ring.reaches(end) or not moves


def test_the_plain_network_reads_long_texts_in_chunks(
    sliding: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ids(90)
    wanted = whole(sliding, text, 90)
    monkeypatch.setattr("neuraldbg.model.transformers_network.WIDEST", 17)
    for last in (1, 5, 6, 40, 90):  # 90 = 5 * 17 + 5
        close(TransformersNetwork(sliding).forward([Span(0, 0, text, last)]), wanted[-last:])


# Graphs, without a GPU ----------------------------------------------------------------------------------------------


class _Replayed:
    """Stands for a CUDA graph: replaying is running the pass on the input that it owns."""

    made = 0

    def __init__(self, run: Any, plan: torch.Tensor, memory: Any) -> None:
        type(self).made += 1
        self._run, self._plan, self.memory = run, plan.clone(), memory

    def replay(self, plan: torch.Tensor) -> torch.Tensor:
        self._plan.copy_(plan)
        found: torch.Tensor = self._run(self._plan)
        return found


def test_few_graphs_serve_every_pass(sliding: PreTrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_network, "_Graph", _Replayed)
    network = PoolNetwork(sliding, slots=3, rewind=20, graphs=True)
    text = ids(90)
    wanted = whole(sliding, text, 90)
    for slot in (0, 2):
        network.forward([Span(slot, 0, text[:40])])
    for k in range(40, 90):
        found = network.forward([Span(2, k, text[k : k + 1]), Span(0, k, text[k : k + 1])])
        close(found[:1], wanted[k : k + 1])
        close(found[1:], wanted[k : k + 1])
    assert network.captured == _Replayed.made == 3  # chunks of 32, a slot each, and tokens of both slots together
    monkeypatch.setattr(pool_network, "MOST_GRAPHS", 2)
    for n in (1, 2, 4, 8):
        network.forward([Span(1, 0, text[:n])])
    assert network.captured == 2  # the oldest go


def test_a_pass_that_cannot_be_captured_runs_all_the_same(
    sliding: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing\nand more")

    monkeypatch.setattr(pool_network, "_Graph", fails)
    network = PoolNetwork(sliding, graphs=True)
    text = ids(20)
    close(network.forward([Span(0, 0, text, 20)]), whole(sliding, text, 20))
    assert network.graph_error == "operation not permitted when stream is capturing"


def test_compiled_parts_say_the_same() -> None:
    model = cwm(12)
    text = ids(60)
    wanted = whole(model, text, 60)
    compile_parts(model, backend="eager")
    assert sum(module._compiled_call_impl is not None for module in model.modules()) == 3 * 5 + 1
    network = PoolNetwork(model, rewind=20)
    close(network.forward([Span(0, 0, text[:50], 50)]), wanted[:50])
    for k in range(50, 60):
        close(network.forward([Span(0, k, text[k : k + 1])]), wanted[k : k + 1])


def test_the_benchmark_of_a_gpu_runs_on_a_cpu(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/gpu.py", "--preset", "cwm-micro", "--device", "cpu", "--context", "512"]
    options = ["--prompt", "100", "--repeat", "3", "--no-tests", "--json", str(tmp_path / "figures.json")]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["quantize"] == "nf4"
    assert set(figures["milliseconds"]) == {"pool", "transformers"}
    assert all(value > 0 for row in figures["milliseconds"].values() for value in row.values())
    assert "share of the weight-read limit" in done.stdout
    assert done.stderr == ""
