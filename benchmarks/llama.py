"""`PYTHON benchmarks/llama.py`: tokens decoded a second by llama.cpp with the embedded weights in q8_0, a reference.

Needs an interpreter with `pip install llama-cpp-python gguf`; `neuraldbg bench --llama PYTHON` runs it beside ours.
The weights are mapped to the llama architecture with full attention in all layers, without a vocabulary, into a file
that is deleted afterwards. One thread, batch 1. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np
from gguf.quants import quantize

WEIGHTS = Path(__file__).resolve().parent.parent / "model" / "weights" / "cwm-nano"
NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


def tensors(folder: Path) -> dict[str, np.ndarray]:
    """Name -> float32, from bfloat16 safetensors."""
    out: dict[str, np.ndarray] = {}
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:start])
        header.pop("__metadata__", None)
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            halves = np.frombuffer(data[start + first : start + last], np.uint16).astype(np.uint32)
            out[name] = (halves << 16).view(np.float32).reshape(entry["shape"])
    return out


def interleaved(matrix: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries or keys from halves (as transformers rotates them) to pairs (as llama.cpp does)."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def export(folder: Path, path: Path) -> None:
    """Writes the checkpoint as GGUF, products in q8_0."""
    config = json.loads((folder / "config.json").read_text())
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")
    for name, tensor in tensors(folder).items():
        if name == "model.norm.weight":
            to = "output_norm.weight"
        elif name == "model.embed_tokens.weight":
            to = "token_embd.weight"
        else:
            _, _, layer, rest = name.split(".", 3)
            to = f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"
        if ".attn_q." in to or ".attn_k." in to:
            tensor = interleaved(tensor, heads if ".attn_q." in to else kv_heads)
        if tensor.ndim == 1:
            writer.add_tensor(to, tensor.copy())
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(to, quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def rate(path: Path, ids: list[int], prompt: int, count: int) -> float:
    """Tokens decoded a second behind a prompt."""
    quiet = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 1024, 1, 1
    context = llama_cpp.llama_init_from_model(model, params)

    def decode(some: list[int]) -> None:
        array: Any = (ctypes.c_int32 * len(some))(*some)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(some))):
            raise SystemExit("llama.cpp could not decode")

    best = 0.0
    for _ in range(3):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        decode(ids[:prompt])
        start = time.perf_counter()
        for token in ids[prompt : prompt + count]:
            decode([token])
        best = max(best, count / (time.perf_counter() - start))
    return best


def main() -> None:
    """Exports, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompt", type=int, default=400, help="tokens before the first one that is timed")
    parser.add_argument("--count", type=int, default=200, help="tokens timed")
    options = parser.parse_args()
    ids = np.random.default_rng(0).integers(0, 2048, options.prompt + options.count).tolist()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cwm-nano-q8_0.gguf"
        export(WEIGHTS, path)
        found = rate(path, ids, options.prompt, options.count)
    print(json.dumps({"tokens_per_second": found, "version": llama_cpp.__version__}))


if __name__ == "__main__":
    main()
