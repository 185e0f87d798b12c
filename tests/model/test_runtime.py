"""The torch-free networks against transformers, token by token, slot by slot, and for every instruction set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import resolve, save_checkpoint
from neuraldbg.model.config import preset
from neuraldbg.model.engine import LocalEngine, Network, Span
from neuraldbg.model.loading import load_network
from neuraldbg.model.runtime.kernel_network import KernelNetwork, fits, load_kernel, pack
from neuraldbg.model.runtime.numpy_network import NumpyNetwork
from neuraldbg.model.runtime.weights import Unsupported, Weights, read_shape, read_weights, widen
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.model.transformers_network import TransformersNetwork

Make = Callable[[Weights, int], Network]

needs_kernel = pytest.mark.skipif(load_kernel() is None, reason="the compiled kernel was not built here")
LEVELS = range(load_kernel().neuraldbg_level() + 1) if load_kernel() is not None else ()
NETWORKS: list[object] = [pytest.param(NumpyNetwork, id="numpy")]
NETWORKS += [
    pytest.param(lambda w, slots, level=level: KernelNetwork(w, slots, instructions=level), id=f"kernel-{level}")
    for level in LEVELS
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tokenizer: CwmTokenizer) -> Path:
    """A small random model with grouped heads, full layers, and sliding ones whose window is shorter than a prompt."""
    torch.manual_seed(3)
    config = preset(
        "cwm-micro", vocab_size=tokenizer.vocab_size, hidden_size=96, intermediate_size=160, num_hidden_layers=5,
        num_attention_heads=6, num_key_value_heads=2, head_dim=32, max_position_embeddings=200, sliding_window=24,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    for name, parameter in model.named_parameters():
        parameter.data.mul_(3) if parameter.ndim == 2 else parameter.data.uniform_(0.5, 1.5)
        assert parameter.requires_grad, name
    return save_checkpoint(model, tokenizer, tmp_path_factory.mktemp("model") / "small")


@pytest.fixture(scope="module")
def weights(folder: Path) -> Weights:
    return read_weights(folder, json.loads((folder / "config.json").read_text()))


@pytest.fixture(scope="module")
def model(folder: Path) -> PreTrainedModel:
    loaded: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return loaded


def some_ids(n: int, seed: int = 0) -> list[int]:
    found: list[int] = np.random.default_rng(seed).integers(0, 2304, n).tolist()
    return found


def true_logits(model: PreTrainedModel, ids: list[int]) -> np.ndarray:
    with torch.inference_mode():
        found: np.ndarray = model(torch.tensor([ids])).logits[0].float().numpy()
    return found


@pytest.mark.parametrize("make", NETWORKS)
def test_equals_transformers(make: Make, weights: Weights, model: PreTrainedModel) -> None:
    ids = some_ids(130)
    expected = true_logits(model, ids)
    network = make(weights, 2)
    got = network.forward([Span(1, 0, ids, 130)])
    assert got.shape == (130, 2304)
    np.testing.assert_allclose(got, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("make", NETWORKS)
def test_spans_of_several_slots_in_one_pass(make: Make, weights: Weights, model: PreTrainedModel) -> None:
    a, b, c = some_ids(61, 1), some_ids(40, 2), some_ids(17, 3)
    network = make(weights, 3)
    network.forward([Span(2, 0, a[:50]), Span(0, 0, b[:39])])
    got = network.forward([Span(2, 50, a[50:], 4), Span(1, 0, c), Span(0, 39, b[39:])])
    expected = np.concatenate([true_logits(model, a)[-4:], true_logits(model, c)[-1:], true_logits(model, b)[-1:]])
    np.testing.assert_allclose(got, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("make", NETWORKS)
def test_rewinding_forgets(make: Make, weights: Weights, model: PreTrainedModel) -> None:
    ids, other = some_ids(90, 4), some_ids(90, 5)
    network = make(weights, 1)
    network.forward([Span(0, 0, other)])
    network.forward([Span(0, 0, ids[:45])])
    got = network.forward([Span(0, 45, ids[45:60])])
    np.testing.assert_allclose(got[0], true_logits(model, ids[:60])[-1], atol=1e-3)


@needs_kernel
@pytest.mark.parametrize("level", LEVELS)
def test_logits_do_not_depend_on_what_is_read_beside_them(level: int, weights: Weights) -> None:
    ids = some_ids(120, 6)
    alone = KernelNetwork(weights, 1, instructions=level)
    for at in range(120):
        last = alone.forward([Span(0, at, ids[at : at + 1])])
    together = KernelNetwork(weights, 3, instructions=level)
    together.forward([Span(1, 0, ids[:57]), Span(2, 0, some_ids(31, 7))])
    got = together.forward([Span(2, 31, some_ids(9, 8)), Span(1, 57, ids[57:]), Span(0, 0, [5])])
    assert (got[1] == last[0]).all()


@needs_kernel
def test_threads_share_the_spans_of_a_pass(weights: Weights) -> None:
    spans = [
        Span(slot, 0, some_ids(n, slot), last) for slot, (n, last) in enumerate([(5, 1), (40, 3), (1, 1), (17, 2)])
    ]
    expected = KernelNetwork(weights, 4).forward(spans)
    for threads in (2, 3, 8):
        assert (KernelNetwork(weights, 4, threads=threads).forward(spans) == expected).all()


def test_packing_keeps_every_weight() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2**16, (88, 6)).astype(np.uint16)  # two groups of four blocks of 8 rows, three blocks more
    packed = pack(values, 8)
    groups, blocks = packed[: 64 * 3].reshape(2, 3, 32), packed[64 * 3 :].reshape(3, 3, 8)
    assert groups[1, 2, 21] == values[53, 4] | np.uint32(values[53, 5]) << 16
    assert blocks[1, 0, 6] == values[78, 0] | np.uint32(values[78, 1]) << 16
    assert sorted(packed.view(np.uint16)) == sorted(values.ravel())
    assert widen(np.array([0x3FC0, 0xC000], np.uint16)).tolist() == [1.5, -2.0]


@needs_kernel
def test_ids_positions_and_slots_are_checked(weights: Weights) -> None:
    network = KernelNetwork(weights, 1)
    for span in (Span(0, 0, [2304]), Span(0, 0, [-1]), Span(0, 200, [1]), Span(1, 0, [1])):
        with pytest.raises(ValueError, match="does not have"):
            network.forward([span])


def test_what_is_left_to_transformers(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    for change in (
        {"model_type": "qwen3"}, {"hidden_act": "gelu"}, {"mlp_bias": True}, {"quantization_config": {"bits": 4}},
        {"rope_parameters": {"rope_type": "llama3", "factor": 16.0, "rope_theta": 1e6}},
    ):  # fmt: skip
        with pytest.raises(Unsupported):
            read_shape({**config, **change})
    loaded = load_network(str(folder), runtime="transformers")
    assert isinstance(loaded.network, TransformersNetwork)
    with pytest.raises(ModelError, match="cannot run without transformers"):
        load_network(str(folder), quantize="int8", runtime="numpy")


def test_numpy_takes_over_where_there_is_no_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuraldbg.model.runtime.kernel_network.load_kernel", lambda: None)
    loaded = load_network(str(folder), slots=2)
    assert isinstance(loaded.network, NumpyNetwork)
    assert (loaded.runtime, loaded.network.slots) == ("numpy", 2)
    with pytest.raises(ModelError, match="was not built"):
        load_network(str(folder), runtime="kernel")


def test_widths_that_the_kernel_cannot_take(weights: Weights, tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    assert fits(weights.shape)
    config = preset("cwm-micro", vocab_size=tokenizer.vocab_size)  # its heads are 16 wide
    narrow = save_checkpoint(AutoModelForCausalLM.from_config(config), tokenizer, tmp_path / "narrow")
    assert isinstance(load_network(str(narrow)).network, NumpyNetwork)


@needs_kernel
def test_the_embedded_model_runs_in_the_kernel_when_it_is_there() -> None:
    loaded = load_network()
    assert loaded.runtime == "kernel"
    assert loaded.scratchpad
    assert loaded.network.vocab_size == loaded.tokenizer.vocab_size
    assert Path(resolve(None)).is_dir()


@pytest.mark.parametrize("make", NETWORKS)
def test_drafts_change_nothing(make: Make, weights: Weights) -> None:
    ids = some_ids(60, 9)
    plain, drafted = LocalEngine(make(weights, 1)), LocalEngine(make(weights, 1))
    rng = np.random.default_rng(2)
    for end in range(20, 60):
        right = int(rng.integers(0, 5))
        draft = [*ids[end : end + right], 7, 8]
        np.testing.assert_allclose(plain.logits(ids[:end]), drafted.logits(ids[:end], draft), atol=1e-3)
    assert drafted.calls < plain.calls
