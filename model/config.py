"""Sizes of the CWM family as presets of transformers' own ``CwmConfig``; there is no second copy of the network.

The small ones use one attention window as long as the context and plain rotary positions; ``cwm-32b`` is upstream's
default, field by field. Special token ids follow from the vocabulary size, since their slots are its last 256.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from neuraldbg.errors import ModelError
from neuraldbg.model.tokenizer import N_RESERVED, SPECIAL_OFFSETS

if TYPE_CHECKING:
    from transformers import CwmConfig

CWM_VOCAB_SIZE: Final = 128_256  # Llama 3's ranks and the 256 slots
FULL_ATTENTION_EVERY: Final = 4


@dataclass(frozen=True)
class Size:
    """Shape of one preset.

    Attributes:
        hidden, mlp: widths of the residual stream and of the SwiGLU layer.
        layers: every fourth has full attention, starting with layer 0, the others a sliding window.
        heads, kv_heads: query heads and key-value heads, each ``head_dim`` wide.
        context, window: in tokens.
        rope_theta: base of the rotary positions, without scaling.
        tied: input and output embeddings are one matrix.
        vocab_size: used where the caller names none.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    mlp: int
    head_dim: int = 64
    context: int = 2048
    window: int = 2048
    rope_theta: float = 10_000.0
    tied: bool = True
    vocab_size: int = 2048 + N_RESERVED


SIZES: Final[Mapping[str, Size]] = {
    "cwm-micro": Size(hidden=64, layers=2, heads=4, kv_heads=2, mlp=192, head_dim=16, context=512, window=512),
    "cwm-nano": Size(hidden=256, layers=6, heads=4, kv_heads=2, mlp=768),
    "cwm-mini": Size(hidden=384, layers=8, heads=6, kv_heads=2, mlp=1152),
    "cwm-small": Size(hidden=640, layers=10, heads=10, kv_heads=2, mlp=1792),
    "cwm-1b": Size(2048, 24, 16, 8, 7168, 128, 32_768, 8192, 1e6, False, CWM_VOCAB_SIZE),
    "cwm-8b": Size(4096, 32, 32, 8, 14_336, 128, 131_072, 8192, 1e6, False, CWM_VOCAB_SIZE),
}
PRESETS: Final = (*SIZES, "cwm-32b")


def preset(name: str, vocab_size: int | None = None, **overrides: Any) -> CwmConfig:
    """A configuration by name.

    Args:
        name: one of ``PRESETS``.
        vocab_size: ranks + 256; default: that of the preset. bos, eos and pad ids are derived from it.
        overrides: fields of ``CwmConfig`` that replace the preset's. A new ``num_hidden_layers`` keeps the pattern of
            layers; a new ``max_position_embeddings`` of a preset whose window is its context moves the window with it.

    Raises:
        ModelError: if there is no such preset, or vocab_size leaves no rank for the 256 bytes.
    """
    from transformers import CwmConfig

    if name not in PRESETS:
        raise ModelError(f"no model size {name!r}; there are {', '.join(PRESETS)}")
    size = SIZES.get(name)
    vocab_size = vocab_size or (size.vocab_size if size else CWM_VOCAB_SIZE)
    if vocab_size < 256 + N_RESERVED:
        raise ModelError(f"vocab_size {vocab_size} is too small: 256 bytes and {N_RESERVED} special tokens are needed")
    fields = {} if size is None and vocab_size == CWM_VOCAB_SIZE else _special_ids(vocab_size)
    if size is not None:
        context = overrides.get("max_position_embeddings", size.context)
        fields |= {
            "hidden_size": size.hidden,
            "intermediate_size": size.mlp,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.kv_heads,
            "head_dim": size.head_dim,
            "max_position_embeddings": context,
            "sliding_window": context if size.window == size.context else size.window,
            "rope_parameters": {"rope_type": "default", "rope_theta": size.rope_theta},
            "tie_word_embeddings": size.tied,
            "num_hidden_layers": size.layers,
        }
    return CwmConfig(**{"vocab_size": vocab_size, **fields, **overrides})


def _special_ids(vocab_size: int) -> dict[str, Any]:
    n_ranks = vocab_size - N_RESERVED
    return {
        "bos_token_id": n_ranks + SPECIAL_OFFSETS["begin_of_text"],
        "eos_token_id": [n_ranks + SPECIAL_OFFSETS[name] for name in ("end_of_text", "eom_id", "eot_id")],
        "pad_token_id": n_ranks + SPECIAL_OFFSETS["pad"],
    }


def parameter_count(config: CwmConfig) -> int:
    """Number of parameters, tied ones once; nothing is allocated (the model is built on the meta device)."""
    import torch
    from transformers import CwmForCausalLM

    with torch.device("meta"):
        model = CwmForCausalLM(config)
    return sum(parameter.numel() for parameter in model.parameters())
