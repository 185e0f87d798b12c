"""The arithmetic of memory: against the networks themselves, the known figures of the 32B, and a measuring process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, CwmConfig, LlamaConfig, Qwen2Config, Qwen3Config

from neuraldbg import doctor
from neuraldbg.errors import ExitCode, ModelError
from neuraldbg.model import memory
from neuraldbg.model.config import preset
from tests.conftest import ROOT

GIB, MIB, KIB = 2**30, 2**20, 2**10
UPSTREAM = memory.shape_of(CwmConfig().to_dict())
SMALL: dict[str, Any] = {
    "vocab_size": 500,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
CONFIGS = [
    *(preset(name) for name in ("cwm-micro", "cwm-nano", "cwm-small", "cwm-1b")),
    CwmConfig(),
    LlamaConfig(**SMALL),
    LlamaConfig(**SMALL, attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    Qwen2Config(**SMALL),
    Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=16, max_window_layers=2),
    Qwen3Config(**SMALL),
    Qwen3Config(**SMALL, head_dim=24, attention_bias=True, tie_word_embeddings=True),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.model_type}-{c.hidden_size}")
def test_the_tensors_are_those_of_the_network(config: Any) -> None:
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config)
    assert dict(memory.tensors(memory.shape_of(config.to_dict()))) == {
        name: tuple(parameter.shape) for name, parameter in model.named_parameters()
    }


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.model_type}-{c.hidden_size}")
def test_the_windows_are_those_of_the_configuration(config: Any) -> None:
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    wanted = tuple(config.sliding_window if kind == "sliding_attention" else None for kind in kinds)
    assert memory.layer_windows(config.to_dict()) == wanted
    plain = {key: value for key, value in config.to_dict().items() if key != "layer_types"}  # a file may leave it out
    assert memory.layer_windows(plain) == wanted


@pytest.mark.parametrize(
    ("quantize", "gib"), [(None, 60.7), ("int8", 31.8), ("nf4", 17.8)], ids=["bfloat16", "int8", "nf4"]
)
def test_the_weights_of_the_32b(quantize: str | None, gib: float) -> None:
    assert sum(memory.estimate(UPSTREAM, 1024, quantize).weights) / GIB == pytest.approx(gib, abs=0.06)


def test_the_keys_of_the_32b() -> None:
    def kv(context: int) -> int:
        return sum(memory.kv_bytes(UPSTREAM, context))

    assert (kv(8 * KIB - 1) - kv(4 * KIB - 1)) / 4 == 256 * MIB
    assert (kv(64 * KIB - 1) - kv(32 * KIB - 1)) / 32 == 64 * MIB
    assert sum(memory.kv_bytes(UPSTREAM, 1000, pool=False)) == 1000 * 256 * KIB


def test_what_fits_into_the_usual_cards() -> None:
    def most(gb: int, quantize: str | None) -> int:
        return memory.most_context(UPSTREAM, gb * 10**9 - memory.GPU_RESERVE, quantize=quantize)

    assert 18_000 < most(24, "nf4") < 30_000
    assert 47_000 < most(48, "int8") <= 131_072
    assert most(80, None) > 100_000
    assert most(24, "int8") == most(48, None) == 0
    context, room = most(24, "nf4"), 24 * 10**9 - memory.GPU_RESERVE
    assert memory.estimate(UPSTREAM, context, "nf4").total <= room
    assert memory.estimate(UPSTREAM, context + 256, "nf4").total > room  # not the very next block


def test_layers_are_spread_over_several_gpus() -> None:
    need = memory.estimate(UPSTREAM, 16_384)
    for gpus in (1, 2, 3, 8):
        shares = memory.split(need, gpus)
        assert sum(shares) == need.total + (gpus - 1) * need.workspace
        assert max(shares) - min(shares) < 3 * max(need.weights)
    free = [40 * GIB, 40 * GIB]
    alone = memory.places(need, need, free, 16 * GIB)
    assert [(p.where, p.fits) for p in alone] == [
        *(("GPU 0", False), ("GPU 1", False), ("1 of 2 GPUs", True), ("2 of 2 GPUs", True), ("CPU", False))
    ]
    assert not any(place.fits for place in memory.places(need, need, [40 * GIB, 20 * GIB], 0))


@pytest.mark.parametrize("quantize", ["int8", "nf4"])
def test_quantized_tensors_have_the_estimated_bytes(quantize: str) -> None:
    bnb = pytest.importorskip("bitsandbytes")
    linear = torch.nn.Linear(192, 320, bias=False, dtype=torch.bfloat16)
    if quantize == "nf4":
        made = bnb.nn.Linear4bit(192, 320, bias=False, compress_statistics=True, quant_type="nf4")
        made.weight = bnb.nn.Params4bit(linear.weight.data, False, compress_statistics=True, quant_type="nf4")
    else:
        made = bnb.nn.Linear8bitLt(192, 320, bias=False, has_fp16_weights=False)
        made.weight = bnb.nn.Int8Params(linear.weight.data, False, False)
    weight = made.to("cpu").weight
    if quantize == "nf4":
        state = weight.quant_state
        parts = [weight, state.absmax, state.code, state.offset, state.state2.absmax, state.state2.code]
    else:
        parts = [weight.CB, weight.SCB]
    assert sum(part.nbytes for part in parts) == memory.tensor_bytes("q_proj.weight", (320, 192), quantize, 2)


def test_the_estimate_is_within_a_tenth_of_what_a_process_takes() -> None:
    command = [sys.executable, "benchmarks/memory.py", "--sizes", "cwm-small", "--forms", "float32", "nf4"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = {line.split()[1]: [float(number) for number in line.split()[2:]] for line in printed[2:]}
    assert set(rows) == {"float32", "nf4"}
    for weights, real_weights, kv, real_kv, total, peak, _, loading in rows.values():
        assert weights == pytest.approx(real_weights, rel=0.03)
        assert kv == real_kv
        assert total == pytest.approx(peak, rel=0.1)
        assert loading > 0.9 * real_weights
    assert rows["nf4"][5] < rows["float32"][5] / 3


def test_a_configuration_without_sizes_is_refused() -> None:
    with pytest.raises(ModelError, match="lacks a size of the model: 'hidden_size'"):
        memory.shape_of({"model_type": "cwm"})


# The doctor ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache of the hub, which cannot be reached."""
    import huggingface_hub.constants
    import huggingface_hub.file_download

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.file_download, "HF_HUB_CACHE", str(tmp_path), raising=False)

    def reached(*_: Any, **__: Any) -> None:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", reached)
    return tmp_path


def gpus(monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
    class Properties:
        name = "Card"
        total_memory = 48 * GIB

    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(free))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: Properties)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (free[index], 48 * GIB))
    monkeypatch.setattr(doctor, "_free_bytes", lambda: 8 * GIB)


def test_the_doctor_answers_for_the_32b_without_a_download(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, 23 * GIB, 30 * GIB)
    findings = doctor.examine("facebook/cwm", "nf4", 16_384)
    assert findings.exit_code is ExitCode.OK
    assert "defaults are assumed" in findings.facts["model"]["sizes"]
    found = findings.facts["memory"]
    assert found["weights_bytes"] / GIB == pytest.approx(17.8, abs=0.06)
    assert found["kv_bytes"] == sum(memory.kv_bytes(UPSTREAM, 16_384))
    assert {place["where"]: place["fits"] for place in found["places"]} == {
        "GPU 0": True,
        "GPU 1": True,
        "1 of 2 GPUs": True,
        "2 of 2 GPUs": True,
        "CPU": False,
    }
    text = "\n".join(doctor.lines(findings))
    assert "GPU 1         fits: 21.8 GiB of 30.0 GiB free" in text
    assert "weights       17.8 GiB" in text
    assert list(offline.iterdir()) == []


def test_the_doctor_says_what_would_help(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, 23 * GIB)
    findings = doctor.examine("facebook/cwm")
    assert findings.exit_code is ExitCode.MODEL
    assert findings.problems[-1].text.startswith("facebook/cwm fits on no device of this machine: quantize it (nf4)")
    assert doctor.examine("cwm-8b", "int8").exit_code is ExitCode.OK
    assert doctor.examine("cwm-8b").facts["memory"]["places"][0]["fits"]
    unknown = doctor.examine("some/model")
    assert unknown.exit_code is ExitCode.MODEL
    assert "has not been downloaded, so its size is unknown" in unknown.problems[0].text


def test_the_doctor_reads_a_downloaded_configuration(offline: Path) -> None:
    snapshot = offline / "models--facebook--cwm" / "snapshots" / "a1"
    snapshot.mkdir(parents=True)
    (offline / "models--facebook--cwm" / "refs").mkdir()
    (offline / "models--facebook--cwm" / "refs" / "main").write_text("a1")
    config = preset("cwm-micro").to_dict()
    (snapshot / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3, "layer_types": None}))
    findings = doctor.examine("facebook/cwm", None, 300)
    assert findings.problems[0].text.startswith(f"the model at {snapshot} is damaged: no *.safetensors file")
    (snapshot / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    found = doctor.examine("facebook/cwm", None, 300)
    assert found.exit_code is ExitCode.OK
    shape = memory.shape_of(config | {"num_hidden_layers": 3, "layer_types": None})
    assert found.facts["memory"]["weights_bytes"] == sum(memory.estimate(shape, 300).weights)


def test_a_quantized_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    from neuraldbg.model.checkpoint import load_model, resolve, save_checkpoint

    model, tokenizer = load_model(resolve(None), "cpu", quantize="nf4")
    folder = save_checkpoint(model, tokenizer, tmp_path / "nf4")
    found = doctor.examine(folder).facts["memory"]
    plain = doctor.examine(resolve(None), "nf4").facts["memory"]
    assert found["quantize"] == "nf4"
    assert found["weights_bytes"] == pytest.approx(plain["weights_bytes"], rel=0.03)
    twice = doctor.examine(folder, "int8")
    assert twice.exit_code is ExitCode.MODEL
    assert "is quantized already: leave int8 out" in twice.problems[0].text
