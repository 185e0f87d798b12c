"""Checkpoints: round trips at micro size, every way a folder can be wrong, quantization on the CPU."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, CwmForCausalLM, LlamaConfig, LlamaForCausalLM

from neuraldbg.errors import ModelError
from neuraldbg.model import checkpoint
from neuraldbg.model.checkpoint import load_model, resolve, save_checkpoint
from neuraldbg.model.config import preset
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.tokenizer import builtin_texts, train_ranks

TEXT = "def f(x):\n    return x + 1\n"


@pytest.fixture(scope="module")
def tokenizer() -> CwmTokenizer:
    return CwmTokenizer(train_ranks([*builtin_texts()] * 5, 400))


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def model(request: pytest.FixtureRequest, tokenizer: CwmTokenizer) -> Any:
    torch.manual_seed(0)
    return CwmForCausalLM(preset("cwm-micro", tokenizer.vocab_size, tie_word_embeddings=request.param)).eval()


@pytest.fixture(scope="module")
def saved(model: Any, tokenizer: CwmTokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(model, tokenizer, tmp_path_factory.mktemp("saved") / "micro")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def logits(model: Any, tokenizer: CwmTokenizer) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(torch.tensor([tokenizer.encode(TEXT)])).logits.float()
    return found


def edit_config(folder: Path, **fields: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


# Saving and loading -------------------------------------------------------------------------------------------------


def test_what_was_saved_in_float32_comes_back_exactly(model: Any, tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    save_checkpoint(model, tokenizer, tmp_path, torch.float32)
    loaded, read = load_model(tmp_path, "cpu")
    assert loaded.dtype is torch.float32
    assert not loaded.training
    assert torch.equal(logits(loaded, read), logits(model, tokenizer))
    assert read.ranks == tokenizer.ranks


def test_bfloat16_is_the_default_and_leaves_the_model_in_memory_alone(
    model: Any, tokenizer: CwmTokenizer, saved: Path
) -> None:
    assert model.dtype is torch.float32
    loaded, _ = load_model(saved, "cpu")
    assert loaded.dtype is torch.bfloat16
    before = dict(model.named_parameters())
    for name, weight in loaded.named_parameters():
        assert torch.equal(weight, before[name].bfloat16())
    wide, _ = load_model(saved, "cpu", "float32")
    assert wide.dtype is torch.float32
    assert (logits(wide, tokenizer) - logits(model, tokenizer)).abs().max() < 0.02


def test_tied_weights_are_stored_once(model: Any, saved: Path) -> None:
    with safe_open(saved / "model.safetensors", "pt") as file:
        names = set(file.keys())
    assert ("lm_head.weight" in names) is not model.config.tie_word_embeddings


def test_the_folder_is_an_ordinary_one(saved: Path, model: Any, tokenizer: CwmTokenizer) -> None:
    assert {file.name for file in saved.iterdir()} == {
        *("config.json", "generation_config.json", "model.safetensors", "tokenizer.model"),
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    }
    load_auto: Any = AutoTokenizer.from_pretrained
    auto, plain = load_auto(str(saved)), AutoModelForCausalLM.from_pretrained(str(saved))
    assert type(plain).__name__ == "CwmForCausalLM"
    assert auto(TEXT)["input_ids"] == tokenizer.encode(TEXT)
    assert auto.model_max_length == model.config.max_position_embeddings
    assert plain.generation_config is not None
    assert plain.generation_config.eos_token_id == [tokenizer.end_of_text, tokenizer.eom_id, tokenizer.eot_id]


def test_large_weights_are_split_and_old_shards_removed(
    model: Any, tokenizer: CwmTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("kept")
    monkeypatch.setattr(checkpoint, "_SHARD_BYTES", 200_000)
    save_checkpoint(model, tokenizer, tmp_path, torch.float32)
    shards = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(shards) > 2
    assert all(shard.stat().st_size < 210_000 for shard in shards)
    assert torch.equal(logits(load_model(tmp_path, "cpu")[0], tokenizer), logits(model, tokenizer))
    shards[0].unlink()
    with pytest.raises(ModelError, match=rf"lacks 1 of {len(shards)} weight files, first {shards[0].name}"):
        load_model(tmp_path, "cpu")
    monkeypatch.undo()
    save_checkpoint(model, tokenizer, tmp_path)
    assert [file.name for file in tmp_path.glob("model*")] == ["model.safetensors"]
    assert (tmp_path / "README.md").read_text() == "kept"
    assert load_model(tmp_path, "cpu")[1].ranks == tokenizer.ranks


def test_no_shard_reaches_15_mib(tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    config = preset("cwm-micro", tokenizer.vocab_size, hidden_size=512, intermediate_size=4096)
    save_checkpoint(CwmForCausalLM(config), tokenizer, tmp_path)
    sizes = [file.stat().st_size for file in tmp_path.glob("model-*.safetensors")]
    assert len(sizes) == 2
    assert max(sizes) < 15 * 2**20


def test_a_save_that_fails_leaves_the_old_checkpoint(
    model: Any, tokenizer: CwmTokenizer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full_disk(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_fast", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(model, tokenizer, folder, torch.float32)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in folder.parent.iterdir()] == [folder.name]


def test_saving_with_another_tokenizer_is_refused(model: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the model has 656 tokens, the tokenizer 512"):
        save_checkpoint(model, CwmTokenizer({bytes([b]): b for b in range(256)}), tmp_path)


@pytest.mark.parametrize("quantize", ["nf4", "int8"])
def test_quantized_models_run_on_the_cpu_and_can_be_saved(
    saved: Path, tokenizer: CwmTokenizer, quantize: Any, tmp_path: Path
) -> None:
    plain = logits(load_model(saved, "cpu")[0], tokenizer)
    model, _ = load_model(saved, "cpu", quantize=quantize)
    kind = {"nf4": "Linear4bit", "int8": "Linear8bitLt"}[quantize]
    assert {type(m).__name__ for n, m in model.named_modules() if n.endswith("_proj")} == {kind}
    error = (logits(model, tokenizer) - plain).abs().mean() / plain.abs().mean()
    assert 0 < error < {"nf4": 0.3, "int8": 0.05}[quantize]
    save_checkpoint(model, tokenizer, tmp_path)
    assert torch.equal(logits(load_model(tmp_path, "cpu")[0], tokenizer), logits(model, tokenizer))
    with pytest.raises(ModelError, match="is quantized already"):
        load_model(tmp_path, "cpu", quantize=quantize)


def test_nf4_is_refused_for_widths_it_cannot_run(folder: Path) -> None:
    edit_config(folder, intermediate_size=160)
    refused(folder, "nf4 needs layer widths that are multiples of 64, not 160: use int8", quantize="nf4")


def test_llama_folders_load_too(tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    config = LlamaConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    save_checkpoint(LlamaForCausalLM(config), tokenizer, tmp_path)
    assert type(load_model(tmp_path, "cpu")[0]).__name__ == "LlamaForCausalLM"


# Folders that cannot be used ----------------------------------------------------------------------------------------


def refused(folder: Path | str, message: str, **options: Any) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        load_model(folder, **{"device": "cpu", **options})
    assert "\n" not in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    refused(tmp_path / "none", f"no model folder {tmp_path / 'none'}")


def test_a_folder_without_config(tmp_path: Path) -> None:
    refused(tmp_path, "has no config.json: it is not a model folder")


def test_a_config_that_is_no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{'model_type': cwm")
    refused(folder, "config.json cannot be read: Expecting property name")
    (folder / "config.json").write_text("[]")
    refused(folder, "holds a nameless model")


def test_another_architecture(folder: Path) -> None:
    edit_config(folder, model_type="gpt2")
    refused(folder, "holds a gpt2 model: neuraldbg runs cwm, llama, qwen2, qwen3")


@pytest.mark.parametrize("kept", [0, 5, 700, -1])
def test_truncated_weights(folder: Path, kept: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    refused(folder, "model.safetensors is cut short")


def test_weights_that_are_no_safetensors(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((20).to_bytes(8, "little") + b"x" * 40)
    refused(folder, "model.safetensors is not a safetensors file")


def test_pickled_weights_are_not_loaded(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    refused(folder, "has no model.safetensors: only safetensors weights are loaded")


def test_a_damaged_index(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"metadata": {}}')
    refused(folder, "model.safetensors.index.json is damaged")


def test_weights_of_a_smaller_model(folder: Path) -> None:
    edit_config(folder, num_hidden_layers=3, layer_types=["full_attention"] * 3)
    refused(folder, "lacks 9 tensors of the model, first model.layers.2")


def test_weights_of_another_shape(folder: Path) -> None:
    edit_config(folder, intermediate_size=96)
    refused(folder, "cannot be loaded")


def test_the_ranks_are_taken_from_tokenizer_json_where_tokenizer_model_is_missing(
    folder: Path, tokenizer: CwmTokenizer
) -> None:
    (folder / "tokenizer.model").unlink()
    assert load_model(folder, "cpu")[1].ranks == tokenizer.ranks
    (folder / "tokenizer.json").unlink()
    refused(folder, "has no tokenizer.model")


def test_a_tokenizer_of_another_size(folder: Path) -> None:
    CwmTokenizer({bytes([b]): b for b in range(256)}).save(folder)
    refused(folder, "tokenizer.model has 512 tokens, the model 656: it is another model's tokenizer")


def test_padded_embeddings_fit_only_with_the_same_layout(folder: Path, tokenizer: CwmTokenizer) -> None:
    config = json.loads((folder / "config.json").read_text()) | {"vocab_size": 704}
    assert checkpoint.load_tokenizer(folder, config).ranks == tokenizer.ranks
    with pytest.raises(ModelError, match="another model's tokenizer"):
        checkpoint.load_tokenizer(folder, config | {"bos_token_id": 300})
    with pytest.raises(ModelError, match="another model's tokenizer"):
        checkpoint.load_tokenizer(folder, config | {"vocab_size": 655})


def test_devices(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert checkpoint.check_device(None) == "cpu"
    refused(saved, "cuda was asked for, but torch sees 0 CUDA devices: use cpu", device="cuda")
    refused(saved, "mps was asked for, but this machine has none: use cpu", device="mps")
    refused(saved, "no device 'gpu': use cpu, cuda, cuda:1 or mps", device="gpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert checkpoint.check_device(None) == "cuda"
    assert checkpoint.check_device("cuda:0") == "cuda:0"
    refused(saved, "cuda:1 was asked for, but torch sees 1 CUDA devices: use cpu", device="cuda:1")


def test_unknown_options(saved: Path) -> None:
    refused(saved, "no dtype 'float8': use float32, bfloat16, float16", dtype="float8")
    refused(saved, "no quantization 'int3': use nf4 or int8", quantize="int3")


def test_quantizing_needs_bitsandbytes(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "find_spec", lambda name: None)
    refused(saved, "nf4 needs bitsandbytes: pip install bitsandbytes", quantize="nf4")


# Names --------------------------------------------------------------------------------------------------------------


def test_names_are_folders_or_hub_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    assert resolve("runs/a") == Path("runs/a")
    assert resolve(str(tmp_path)) == tmp_path
    assert resolve("facebook/cwm") == "facebook/cwm"
    for name in ("runs/b", "./runs/b", "nothing", "/nothing/at/all", "a/b/c", "../x", ""):
        with pytest.raises(ModelError, match="no model folder|is a file"):
            resolve(name)
    with pytest.raises(ModelError, match="file is a file: a model is a folder"):
        resolve("file")


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "weights").mkdir()
    assert resolve("~/weights") == tmp_path / "weights"


def test_the_embedded_model_lies_beside_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "__file__", str(tmp_path / "checkpoint.py"))
    for name in (None, "cwm-nano"):
        with pytest.raises(ModelError, match="the embedded model cwm-nano is not in this installation"):
            resolve(name)
    embedded = tmp_path / "weights" / "cwm-nano"
    embedded.mkdir(parents=True)
    (embedded / "config.json").write_text("{}")
    assert resolve(None) == resolve("cwm-nano") == embedded


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def offline(*_: Any, **__: Any) -> str:
        raise LocalEntryNotFoundError("cannot find the files\nand more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    refused("owner/model", "cannot get owner/model from the Hugging Face hub: cannot find the files")


def test_a_hub_repository_is_downloaded_without_pickles(
    folder: Path, tokenizer: CwmTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    asked: dict[str, Any] = {}

    def download(name: str, **options: Any) -> str:
        asked.update(options, name=name)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert load_model("owner/model", "cpu")[1].ranks == tokenizer.ranks
    assert asked["name"] == "owner/model"
    assert not [pattern for pattern in asked["allow_patterns"] if "bin" in pattern or "py" in pattern]
