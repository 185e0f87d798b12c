"""Reads a small Llama-like checkpoint without torch: its shape from config.json, its tensors from safetensors.

What the networks here cannot run (quantized weights, other architectures, scaled rotary positions, biases) is said so
by `Unsupported`; transformers runs those (model/transformers_network.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuraldbg.model.checkpoint import check_weights

ARCHITECTURES: Final = ("cwm", "llama")
MAX_BYTES: Final = 2**30  # of weights: larger models want a GPU, or transformers' memory mapping
_DTYPES: Final[Mapping[str, Any]] = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}

Bfloats = npt.NDArray[np.uint16]  # the upper halves of float32s
Floats = npt.NDArray[np.float32]


class Unsupported(Exception):
    """This checkpoint is for transformers."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network.

    Attributes:
        windows: of each layer, how many positions it sees; 0: all.
        context: most positions.
    """

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    windows: tuple[int, ...]
    context: int
    eps: float
    rope_theta: float

    @property
    def query_width(self) -> int:
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        return self.kv_heads * self.head_dim

    def rotary(self) -> tuple[Floats, Floats]:
        """Cosines and sines `[context, head_dim / 2]` (Su et al. 2021, RoFormer)."""
        powers = np.arange(0, self.head_dim, 2, dtype=np.float32) / self.head_dim
        frequencies = (1.0 / np.float32(self.rope_theta) ** powers).astype(np.float32)
        angles = np.arange(self.context, dtype=np.float32)[:, None] * frequencies
        return np.cos(angles), np.sin(angles)


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """Of one layer: products `[out, in]` in bfloat16 (queries, keys, values joined; gate, up too), norms in float32."""

    norm1: Floats
    norm2: Floats
    qkv: Bfloats
    out: Bfloats
    gate_up: Bfloats
    down: Bfloats


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a network; `embedding` and `head` are `[vocab, hidden]`, the same array where they are tied."""

    shape: Shape
    embedding: Bfloats
    head: Bfloats
    norm: Floats
    layers: tuple[LayerWeights, ...]


def widen(values: Bfloats) -> Floats:
    """Bfloat16 as float32."""
    return (values.astype(np.uint32) << 16).view(np.float32)


def read_shape(config: Mapping[str, Any]) -> Shape:
    """The shape that a config.json describes.

    Raises:
        Unsupported: if it is a network of another kind.
    """
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    kinds = config.get("layer_types") or ["full_attention"] * layers
    window = int(config.get("sliding_window") or 0)
    wrong = (
        (config.get("model_type") not in ARCHITECTURES, "another architecture"),
        (bool(config.get("quantization_config")), "quantized weights"),
        (config.get("hidden_act") != "silu", "another activation"),
        (bool(config.get("mlp_bias") or config.get("attention_bias")), "biases"),
        (rope.get("rope_type", "default") != "default", "scaled rotary positions"),
        (not set(kinds) <= {"full_attention", "sliding_attention"}, "another attention"),
    )
    for found, what in wrong:
        if found:
            raise Unsupported(what)
    return Shape(
        hidden=config["hidden_size"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim") or config["hidden_size"] // heads,
        mlp=config["intermediate_size"],
        vocab=config["vocab_size"],
        windows=tuple(window if kind == "sliding_attention" else 0 for kind in kinds),
        context=config["max_position_embeddings"],
        eps=config.get("rms_norm_eps", 1e-6),
        rope_theta=float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0),
    )


def read_weights(folder: Path, config: Mapping[str, Any]) -> Weights:
    """The weights of a checkpoint folder.

    Raises:
        Unsupported: if the networks here cannot run it.
        ModelError: if a file is missing or damaged.
    """
    shape = read_shape(config)
    if check_weights(folder) > MAX_BYTES:
        raise Unsupported("more than a GiB of weights")
    tensors = {name: tensor for path in sorted(folder.glob("*.safetensors")) for name, tensor in _read(path).items()}

    def floats(name: str) -> Floats:
        tensor = _take(tensors, name)
        return widen(tensor) if tensor.dtype == np.uint16 else tensor.astype(np.float32)

    def halves(*names: str) -> Bfloats:
        parts = [_take(tensors, name) for name in names]
        if any(part.dtype != np.uint16 for part in parts):
            raise Unsupported("weights that are not bfloat16")
        return np.concatenate(parts) if len(parts) > 1 else np.ascontiguousarray(parts[0])

    layers = tuple(_layer(f"model.layers.{i}.", floats, halves) for i in range(len(shape.windows)))
    embedding = halves("model.embed_tokens.weight")
    head = embedding if config.get("tie_word_embeddings") else halves("lm_head.weight")
    return Weights(shape, embedding, head, floats("model.norm.weight"), layers)


def _layer(prefix: str, floats: Any, halves: Any) -> LayerWeights:
    attention, mlp = prefix + "self_attn.", prefix + "mlp."
    return LayerWeights(
        norm1=floats(prefix + "input_layernorm.weight"),
        norm2=floats(prefix + "post_attention_layernorm.weight"),
        qkv=halves(*(f"{attention}{name}_proj.weight" for name in "qkv")),
        out=halves(attention + "o_proj.weight"),
        gate_up=halves(mlp + "gate_proj.weight", mlp + "up_proj.weight"),
        down=halves(mlp + "down_proj.weight"),
    )


def _take(tensors: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    if name not in tensors:
        raise Unsupported(f"no tensor {name}")
    return tensors[name]


def _read(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Tensors of a safetensors file: 8 bytes of header length, the header (JSON), then the data."""
    data = np.fromfile(path, dtype=np.uint8)
    start = 8 + int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8:start].tobytes())
    header.pop("__metadata__", None)
    out: dict[str, npt.NDArray[Any]] = {}
    for name, entry in header.items():
        if entry["dtype"] not in _DTYPES:
            raise Unsupported(f"tensors of type {entry['dtype']}")
        first, last = (start + offset for offset in entry["data_offsets"])
        flat = data[first:last].view(_DTYPES[entry["dtype"]])
        assert flat.size == math.prod(entry["shape"])
        out[name] = flat.reshape(entry["shape"])
    return out
