"""Any Hugging Face causal language model as a `Network`: on a GPU, quantized, or as the reference on a CPU.

Each slot has a cache of its own; the spans of one pass are read one after the other, long ones in chunks, which bound
the memory they take. The embedded model has faster networks of its own (model/runtime/), and a GPU has pool_network.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from transformers import DynamicCache

from neuraldbg.model.engine import Floats, Span
from neuraldbg.model.memory import WIDEST

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class TransformersNetwork:
    """A transformers causal language model on its device.

    Args:
        model: in eval mode.
        slots: sequences held at a time.
        context: most ids a slot may hold; None takes the model's own limit.

    It is not drafted for: on most devices a pass over several tokens rounds otherwise than a pass over one.
    """

    draft = 0

    def __init__(self, model: PreTrainedModel, slots: int = 1, context: int | None = None) -> None:
        self.model = model
        self.context = context or int(model.config.max_position_embeddings)
        self.slots = slots
        self.vocab_size = int(model.config.vocab_size)
        # Without a config every layer keeps all keys, so it can be cropped anywhere.
        self._caches = [DynamicCache() for _ in range(slots)]

    @torch.inference_mode()
    def forward(self, spans: Sequence[Span]) -> Floats:
        """See `Network`."""
        return torch.cat([self._read(span) for span in spans]).numpy()

    def _read(self, span: Span) -> torch.Tensor:
        cache = self._caches[span.slot]
        held = cache.get_seq_length()
        if span.start > held:
            raise ValueError(f"slot {span.slot} holds {held} ids, position {span.start} would leave a gap")
        if span.start < held:
            cache.crop(span.start - held)  # negative: so many tokens off the end, in every version
        fresh = torch.tensor([list(span.ids)], device=self.model.device)
        end = len(span.ids)
        logits = []
        try:
            for at in range(0, end, WIDEST):
                to = min(at + WIDEST, end)
                wanted = max(0, to - max(at, end - span.last))
                chunk = fresh[:, at:to]
                output = self.model(
                    input_ids=chunk, past_key_values=cache, use_cache=True, logits_to_keep=max(1, wanted)
                )
                if wanted:
                    logits.append(output.logits[0])
        except BaseException:
            self._caches[span.slot] = DynamicCache()  # half-written keys must not be reused
            raise
        return torch.cat(logits).float().cpu()
