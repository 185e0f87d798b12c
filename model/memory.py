"""How much memory a model takes, before it is loaded: weights, keys and values, workspace. Arithmetic alone.

    need = estimate(shape_of(config), context=16_384, quantize="nf4")
    need.total, split(need, gpus=2)

Sizes follow from ``config.json``; nothing here imports torch. `neuraldbg doctor` prints them, `benchmarks/memory.py`
and `benchmarks/gpu.py` hold them against what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neuraldbg.errors import ModelError

BLOCK: Final = 256  # tensors of keys are multiples of so many cells long, and so is what attention reads of them
REWIND: Final = 1024  # positions that a text longer than the window can step back without being read again
WIDEST: Final = 1024  # tokens of one pass
GPU_RESERVE: Final = 3 << 28  # bytes a GPU; assumed for the CUDA context and the libraries' own workspaces
CPU_RESERVE: Final = 5 << 27  # bytes; Python with torch and transformers imported
_NF4_BLOCK, _NF4_NESTED = 64, 256  # weights a scale, scales a second scale (bitsandbytes' double quantization)
_NF4_TABLES: Final = 4 * (16 + 256 + 1)  # both code books and the offset, float32
_LOGIT_ROWS: Final = 64  # logits asked for at once


@dataclass(frozen=True)
class Shape:
    """What of a configuration decides about memory.

    Attributes:
        vocab, hidden, mlp, heads, kv_heads, head_dim, context: as in the configuration.
        windows: of every layer, None for full attention.
        tied: input and output embeddings are one matrix.
        qkv_bias, o_bias, mlp_bias: which linear layers have biases.
        qk_norm: queries and keys are normalised.
    """

    vocab: int
    hidden: int
    mlp: int
    heads: int
    kv_heads: int
    head_dim: int
    context: int
    windows: tuple[int | None, ...]
    tied: bool
    qkv_bias: bool = False
    o_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False


def shape_of(config: Mapping[str, Any]) -> Shape:
    """Reads a configuration of one of `checkpoint.ARCHITECTURES`, as transformers' classes do.

    Raises:
        ModelError: if a field is missing or no number.
    """
    kind = config.get("model_type")
    try:
        hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        qwen2 = kind == "qwen2"
        bias = bool(config.get("attention_bias")) and kind in ("llama", "qwen3")
        return Shape(
            vocab=int(config["vocab_size"]),
            hidden=hidden,
            mlp=int(config["intermediate_size"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=int(config.get("head_dim") or (128 if kind == "qwen3" else hidden // heads)),
            context=int(config["max_position_embeddings"]),
            windows=layer_windows(config),
            tied=bool(config.get("tie_word_embeddings", False)),
            qkv_bias=qwen2 or bias,
            o_bias=bias,
            mlp_bias=bool(config.get("mlp_bias")),
            qk_norm=kind == "qwen3",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"config.json lacks a size of the model: {error}") from error


def layer_windows(config: Mapping[str, Any]) -> tuple[int | None, ...]:
    """The sliding window of every layer, None for full attention."""
    layers, window = int(config["num_hidden_layers"]), config.get("sliding_window")
    kinds = config.get("layer_types")
    if window is None or config.get("model_type") == "llama" or config.get("use_sliding_window") is False:
        return (None,) * layers
    if kinds is None:
        first = int(config.get("max_window_layers", 0))
        cwm = config.get("model_type") == "cwm"
        slides = [index % 4 != 0 if cwm else index >= first for index in range(layers)]
    else:
        slides = [kind == "sliding_attention" for kind in kinds]
    return tuple(int(window) if slide else None for slide in slides)


def tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor of the model; a tied output matrix is not listed."""
    s, queries, keys = shape, shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    linears = [
        *(("self_attn.q_proj", queries, s.hidden, s.qkv_bias), ("self_attn.k_proj", keys, s.hidden, s.qkv_bias)),
        *(("self_attn.v_proj", keys, s.hidden, s.qkv_bias), ("self_attn.o_proj", s.hidden, queries, s.o_bias)),
        *(("mlp.gate_proj", s.mlp, s.hidden, s.mlp_bias), ("mlp.up_proj", s.mlp, s.hidden, s.mlp_bias)),
        ("mlp.down_proj", s.hidden, s.mlp, s.mlp_bias),
    ]
    yield "model.embed_tokens.weight", (s.vocab, s.hidden)
    for layer in range(len(s.windows)):
        for name, rows, columns, bias in linears:
            yield f"model.layers.{layer}.{name}.weight", (rows, columns)
            if bias:
                yield f"model.layers.{layer}.{name}.bias", (rows,)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield f"model.layers.{layer}.{norm}.weight", (s.hidden,)
        if s.qk_norm:
            yield f"model.layers.{layer}.self_attn.q_norm.weight", (s.head_dim,)
            yield f"model.layers.{layer}.self_attn.k_norm.weight", (s.head_dim,)
    yield "model.norm.weight", (s.hidden,)
    if not s.tied:
        yield "lm_head.weight", (s.vocab, s.hidden)


def tensor_bytes(name: str, shape: Sequence[int], quantize: str | None, itemsize: int) -> int:
    """Bytes of one tensor once loaded.

    bitsandbytes quantizes linear layers except the output matrix. NF4 is 4 bits a weight, an 8-bit scale for every 64
    of them and a 32-bit one for every 256 scales (Dettmers et al., QLoRA, 2023); int8 a byte a weight and a 32-bit
    scale a row (Dettmers et al., LLM.int8(), 2022).
    """
    count = math.prod(shape)
    if quantize is None or not name.endswith("_proj.weight"):
        return count * itemsize
    if quantize == "int8":
        return count + 4 * shape[0]
    scales = -(-count // _NF4_BLOCK)
    return -(-count // 2) + scales + 4 * -(-scales // _NF4_NESTED) + _NF4_TABLES


def cells(positions: int) -> int:
    """Length of a tensor for so many positions: one cell more, for what is not to be kept, in whole blocks."""
    return -(-(positions + 1) // BLOCK) * BLOCK


def kv_bytes(shape: Shape, context: int, itemsize: int = 2, pool: bool = True, rewind: int = REWIND) -> list[int]:
    """Bytes of the keys and values of one sequence, layer by layer.

    Args:
        shape: of the model.
        context: tokens.
        itemsize: bytes a number.
        pool: static tensors, sliding layers only as long as their window and ``rewind``; else every key is kept.
        rewind: see `REWIND`.
    """
    token = 2 * shape.kv_heads * shape.head_dim * itemsize
    if not pool:
        return [token * context] * len(shape.windows)
    kept = [context if window is None else min(context, window + rewind) for window in shape.windows]
    return [token * cells(positions) for positions in kept]


def workspace_bytes(shape: Shape, context: int, quantize: str | None, itemsize: int, gpu: bool = True) -> int:
    """Most bytes that a pass over a chunk of the prompt needs beside weights, keys and values.

    The larger of the MLP (its three inner products) and attention, with the residual stream, the masks, the logits and,
    where weights are quantized, what bitsandbytes makes on the way: the largest matrix unpacked (NF4), or products in
    32 bits (int8), of which it makes several on a CPU.
    """
    width = min(WIDEST, context)
    stream = width * shape.hidden * (2 * itemsize + 4)
    queries = width * shape.heads * shape.head_dim
    mlp = 3 * width * shape.mlp * itemsize
    attention = 4 * queries * itemsize + width * context * (1 + itemsize)
    masks = 2 * width * context
    logits = _LOGIT_ROWS * shape.vocab * (itemsize + 4)
    largest = shape.hidden * max(shape.mlp, shape.heads * shape.head_dim)
    unpacked = {"nf4": 2 * largest, "int8": width * shape.mlp * (4 if gpu else 16)}.get(quantize or "", 0)
    return stream + max(mlp + unpacked, attention) + masks + logits


@dataclass(frozen=True)
class Need:
    """Bytes that a model needs on one device.

    Attributes:
        weights: of the input embedding, every layer, the final norm with the output matrix.
        kv: keys and values of every layer.
        workspace: for one pass.
    """

    weights: tuple[int, ...]
    kv: tuple[int, ...]
    workspace: int

    @property
    def total(self) -> int:
        """Weights, keys, values and workspace."""
        return sum(self.weights) + sum(self.kv) + self.workspace


def estimate(
    shape: Shape,
    context: int,
    quantize: str | None = None,
    itemsize: int = 2,
    slots: int = 1,
    gpu: bool = True,
    pool: bool | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Need:
    """What a model will need.

    Args:
        shape: of the model.
        context: tokens a sequence.
        quantize: "nf4", "int8" or None.
        itemsize: bytes of a number that is not quantized, in weights, keys and activations.
        slots: sequences at a time.
        gpu: else a CPU.
        pool: see `kv_bytes`; None: on a GPU.
        sizes: name -> bytes of tensors as they are stored, where they are quantized already.
    """
    groups = [0] * (len(shape.windows) + 2)
    known = sizes.items() if sizes else ((n, tensor_bytes(n, dims, quantize, itemsize)) for n, dims in tensors(shape))
    for name, size in known:
        groups[_group(name, len(shape.windows))] += size
    kv = tuple(slots * size for size in kv_bytes(shape, context, itemsize, gpu if pool is None else pool))
    return Need(tuple(groups), kv, workspace_bytes(shape, context, quantize, itemsize, gpu))


def _group(name: str, layers: int) -> int:
    if name.startswith("model.layers."):
        return 1 + int(name.split(".")[2])
    return 0 if name.startswith("model.embed_tokens") else layers + 1


def split(need: Need, gpus: int) -> list[int]:
    """Bytes a GPU when the layers are spread evenly over several, in order, each with its keys and a workspace."""
    parts = [need.weights[0], *map(sum, zip(need.weights[1:-1], need.kv, strict=True)), need.weights[-1]]
    total, shares, done = sum(parts), [need.workspace] * gpus, 0
    for part in parts:
        shares[min(gpus - 1, int((done + part / 2) * gpus / total))] += part
        done += part
    return shares


@dataclass(frozen=True)
class Placed:
    """What a device, or one of several that share a model, would hold.

    Attributes:
        where: a name.
        bytes: needed there, what the libraries take included.
        free: bytes.
        fits: here; where several share a model, on all of them.
    """

    where: str
    bytes: int
    free: int
    fits: bool


def places(on_gpu: Need, on_cpu: Need, gpus: Sequence[int], cpu: int) -> list[Placed]:
    """Every way to hold a model: on each GPU, on all of them together, on the CPU.

    Args:
        on_gpu, on_cpu: what it needs there.
        gpus, cpu: free bytes.
    """
    whole = on_gpu.total + GPU_RESERVE
    found = [Placed(f"GPU {index}", whole, free, whole <= free) for index, free in enumerate(gpus)]
    if len(gpus) > 1:
        shares = [share + GPU_RESERVE for share in split(on_gpu, len(gpus))]
        fits = all(share <= free for share, free in zip(shares, gpus, strict=True))
        found += [
            Placed(f"{index + 1} of {len(gpus)} GPUs", share, free, fits)
            for index, (share, free) in enumerate(zip(shares, gpus, strict=True))
        ]
    need = on_cpu.total + CPU_RESERVE
    return [*found, Placed("CPU", need, cpu, need <= cpu)]


def most_context(shape: Shape, room: int, **options: Any) -> int:
    """The most tokens of context that fit into ``room`` bytes, in whole blocks; ``options`` are those of `estimate`."""
    low, high = 0, shape.context // BLOCK
    while low < high:
        middle = (low + high + 1) // 2
        if estimate(shape, middle * BLOCK, **options).total <= room:
            low = middle
        else:
            high = middle - 1
    return low * BLOCK if shape.context >= BLOCK else 0
