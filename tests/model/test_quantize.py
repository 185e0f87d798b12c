"""Quantized models: what the embedded one loses, what is saved and read back, other architectures, wrong options."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

from neuraldbg.errors import ExitCode, ModelError
from neuraldbg.model.checkpoint import check_device, load_model, resolve, save_checkpoint
from neuraldbg.model.engine import Floats, Span
from neuraldbg.model.predictor import load_predictor
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.steps import parse_trace
from neuraldbg.training.data.stream import trace_program
from neuraldbg.training.evaluate import read_rows
from tests.conftest import ROOT

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@cache
def programs() -> list[Program]:
    rows = read_rows(ROOT / "examples" / "rows.jsonl")
    return [Program.from_source(r["code"], f"<{r['id']}>", r["entry"], f"{r['entry']}({r['input']})") for r in rows]


@cache
def behaviour(quantize: str | None) -> tuple[list[Floats], list[Any]]:
    """Log-probabilities over the true traces, and the steps that are predicted given the true history."""
    predictor = load_predictor(None, "cpu", quantize)
    logits, steps = [], []
    for program in programs():
        truth, _ = trace_program(program, 50)
        source = predictor.source(program)
        network = predictor.engine.network  # type: ignore[attr-defined]
        ids = source._context.ids(truth)
        logits.append(network.forward([Span(0, 0, ids, len(ids))]))
        predictor.engine._ids = []  # type: ignore[attr-defined]
        for k in range(1, len(truth)):
            step = source.next_step(truth[:k])
            steps.append(step and replace(step, confidence=None, operations=()))
    return [torch.tensor(rows).log_softmax(-1).numpy() for rows in logits], steps


def divergence(quantize: str) -> float:
    """Mean Kullback-Leibler divergence of the next token, from the unquantized model, in nats."""
    pairs = zip(behaviour(None)[0], behaviour(quantize)[0], strict=True)
    return float(np.mean(np.concatenate([(np.exp(a) * (a - b)).sum(-1) for a, b in pairs])))


@pytest.mark.parametrize(("quantize", "most", "equal"), [("int8", 3e-3, 0.95), ("nf4", 6e-2, 0.9)])
def test_the_embedded_model_loses_little(quantize: str, most: float, equal: float) -> None:
    assert most / 50 < divergence(quantize) < most
    pairs = list(zip(behaviour(None)[1], behaviour(quantize)[1], strict=True))
    assert len(pairs) > 20
    assert sum(a == b for a, b in pairs) / len(pairs) >= equal
    assert divergence("int8") < divergence("nf4") / 5


@pytest.mark.parametrize("quantize", ["int8", "nf4"])
def test_the_embedded_model_is_saved_and_read_back_bit_for_bit(quantize: str, tmp_path: Path) -> None:
    model, tokenizer = load_model(resolve(None), "cpu", quantize=quantize)
    ids = torch.tensor([programs_ids(tokenizer)])
    save_checkpoint(model, tokenizer, tmp_path / "copy")
    with torch.inference_mode():
        before = model(ids).logits
    again, _ = load_model(tmp_path / "copy", "cpu")
    with torch.inference_mode():
        assert torch.equal(again(ids).logits, before)
    size = sum(file.stat().st_size for file in (tmp_path / "copy").glob("*.safetensors"))
    assert size < {"int8": 0.63, "nf4": 0.40}[quantize] * (resolve_folder() / "model.safetensors").stat().st_size


def resolve_folder() -> Path:
    folder = resolve(None)
    assert isinstance(folder, Path)
    return folder


def programs_ids(tokenizer: CwmTokenizer) -> list[int]:
    return [tokenizer.begin_of_text, *tokenizer.encode(programs()[2].source)]


# Other architectures ------------------------------------------------------------------------------------------------

SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 320,
}
OTHERS = {"llama": LlamaConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config}


@pytest.fixture(scope="module", params=[*OTHERS])
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random weights of another architecture and the embedded model's tokenizer."""
    torch.manual_seed(1)
    tokenizer = CwmTokenizer.load(resolve_folder())
    model: Any = AutoModelForCausalLM.from_config(OTHERS[request.param](vocab_size=tokenizer.vocab_size, **SMALL))
    return save_checkpoint(model, tokenizer, tmp_path_factory.mktemp("other") / request.param)


SCRIPT = "def f(n):\n    if n > 2:\n        n = n - 1\n    return n\n"


def test_another_architecture_predicts_from_the_command_line(other: Path, cli: Run, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (other / "tokenizer.model").unlink(missing_ok=True)  # then the ranks come from tokenizer.json
    command = ["predict", "script.py", "--call", "f(3)", "--json", "--steps", "4", "--model", str(other)]
    quantize = {"llama": "nf4", "qwen2": "int8", "qwen3": "none"}[other.name]
    for extra in ([], ["--quantize", quantize, "--device", "cpu"]):
        result = cli(*command, *extra, env={"CUDA_VISIBLE_DEVICES": ""})
        assert result.returncode in (ExitCode.OK, ExitCode.LIMIT), result.stderr
        steps = parse_trace(result.stdout.splitlines(), "stdout").steps
        assert [step.line for step in steps[:2]] == [1, 2]
        assert steps[0].locals == {"n": "3"}
        assert "Warning" not in result.stderr
        assert "kernels" not in result.stderr


def test_another_vocabulary_is_refused_in_one_line(other: Path, cli: Run, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    config = other / "config.json"
    text = config.read_text()
    try:
        config.write_text(text.replace('"vocab_size": 2304', '"vocab_size": 2300'))
        result = cli("predict", "script.py", "--call", "f(3)", "--model", other)
    finally:
        config.write_text(text)
    assert result.returncode == ExitCode.MODEL
    assert "has 2304 tokens, the model 2300: it is another model's tokenizer" in result.stderr
    assert result.stderr.count("\n") == 1


# Options ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["predict", "step", "compare", "eval", "doctor"])
def test_an_unknown_quantization_is_one_line(command: str, cli: Run) -> None:
    target = [] if command == "doctor" else ["absent.py"]
    result = cli(command, *target, "--quantize", "int3")
    assert result.returncode == ExitCode.USAGE
    assert result.stderr == "neuraldbg: error: no quantization 'int3': use nf4, int8 or none\n"


def test_eval_hands_the_quantization_to_its_processes(cli: Run, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    model, tokenizer = load_model(resolve(None), "cpu")
    save_checkpoint(model, tokenizer, folder)
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"intermediate_size": 768', '"intermediate_size": 160'))
    rows = ROOT / "examples" / "rows.jsonl"
    refused = cli("eval", rows, "--model", folder, "--quantize", "nf4")
    assert refused.returncode == ExitCode.MODEL
    assert refused.stderr == ("neuraldbg: error: nf4 needs layer widths that are multiples of 64, not 160: use int8\n")
    assert cli("eval", rows, "--quantize", "int8", "--jobs", "2", "--limit", "2").returncode == ExitCode.OK


def test_several_gpus_share_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a device the layers are spread by accelerate; with one they are not; what does not fit is refused."""
    from neuraldbg.model import checkpoint

    asked: list[Any] = []

    class Loaded:
        hf_device_map = {"model.embed_tokens": 0, "model.layers.0": 1, "lm_head": "cpu"}

    def load(_: str, **options: Any) -> tuple[Any, dict[str, list[str]]]:
        asked.append(options["device_map"])
        return Loaded(), {"missing_keys": []}

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", load)
    assert check_device(None) == "cuda"
    for quantize, hint in ((None, r"quantize it \(nf4\) or pass a smaller model"), ("nf4", "pass a smaller model")):
        with pytest.raises(ModelError, match=f"does not fit on 2 GPUs: {hint}"):
            checkpoint.load_model(resolve_folder(), None, None, quantize)
    with pytest.raises(AttributeError):  # `Loaded` has no eval(): it got through
        checkpoint.load_model(resolve_folder(), "cuda:1")
    assert asked == ["auto", "auto", {"": "cuda:1"}]
