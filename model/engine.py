"""Token ids in, logits out: the transformer with its KV cache. It knows nothing of Python programs or of grammars.

The engine keeps the keys and values of the ids it has read. `logits` compares what is asked with what is cached, drops
what differs and reads only the rest in one pass, so that a step forward appends, a step back crops, and nothing is read
twice. At least one token is always read, because logits are not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from transformers import DynamicCache

from neuraldbg.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Engine(Protocol):
    """What the predictor needs of a model."""

    context: int  # most ids it can read

    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Float32 logits `[vocabulary]` for the token after ``ids``."""
        ...


class LocalEngine:
    """A transformers causal language model on a local device, batch 1.

    Args:
        model: in eval mode, on its device.
        context: most ids a prompt may hold; None takes the model's own limit.
    """

    def __init__(self, model: PreTrainedModel, context: int | None = None) -> None:
        self._model = model
        self.context = context or int(model.config.max_position_embeddings)
        self._ids: list[int] = []
        self._cache = DynamicCache()  # without a config every layer keeps all keys, so it can be cropped anywhere
        self.read = 0  # tokens fed through the network so far, for benchmarks

    @torch.inference_mode()
    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Float32 logits `[vocabulary]` after the last of ``ids``.

        Raises:
            ModelError: if ``ids`` is longer than the model's context.
        """
        wanted = list(ids)
        if not wanted:
            raise ValueError("at least one token id is needed")
        if len(wanted) > self.context:
            raise ModelError(f"{len(wanted)} tokens do not fit the model's context of {self.context}")
        keep = min(_common_prefix(self._ids, wanted), len(wanted) - 1)
        if keep < len(self._ids):
            self._cache.crop(keep - len(self._ids))  # negative: so many tokens off the end, in every version
        fresh = torch.tensor([wanted[keep:]], device=self._model.device)
        try:
            output = self._model(input_ids=fresh, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        except BaseException:
            self._ids, self._cache = [], DynamicCache()  # half-written keys must not be reused
            raise
        self._ids = wanted
        self.read += len(wanted) - keep
        logits: torch.Tensor = output.logits[0, -1].float().cpu()
        return logits


def _common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    n = min(len(a), len(b))
    if a[:n] == b[:n]:
        return n
    low, high = 0, n  # invariant: a[:low] == b[:low], a[:high] != b[:high]
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low
