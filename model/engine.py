"""Token ids in, logits out: prefix reuse over a network's KV cache. It knows nothing of Python programs or of grammars.

A `Network` reads spans of ids into slots of its KV cache, several in one pass. An `Engine` follows one conversation in
one slot: it compares what is asked with what the slot holds, drops what differs and reads only the rest, so that a
step forward appends, a step back crops, and nothing is read twice. At least one token is always read, because logits
are not kept. Which weights run, and on what, is the network's matter; nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neuraldbg.errors import ModelError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Ids to be read into a slot.

    Attributes:
        slot: of the KV cache.
        start: position of the first id; what the slot held from there on is forgotten.
        ids: at least one.
        last: logits are wanted after each of the last so many ids.
    """

    slot: int
    start: int
    ids: Sequence[int]
    last: int = 1


class Network(Protocol):
    """A transformer with a KV cache of several slots.

    Attributes:
        context: most ids a slot can hold.
        slots: how many sequences it can hold.
        vocab_size: of its logits.
    """

    context: int
    slots: int
    vocab_size: int

    def forward(self, spans: Sequence[Span]) -> Floats:
        """Reads every span, no two of the same slot, in one pass.

        Returns:
            Logits `[sum of last, vocab_size]`, span by span.
        """
        ...


class Engine(Protocol):
    """What the predictor needs of a model that it decodes with, token by token."""

    context: int  # most ids it can read

    def logits(self, ids: Sequence[int], last: int = 1) -> Floats:
        """Logits `[last, vocabulary]` after each of the last so many of ``ids``."""
        ...


class LocalEngine:
    """One conversation with a network, in one slot of its cache.

    Args:
        network: shared or own.
        context: most ids a prompt may hold; None takes the network's own limit.
        slot: that nobody else writes to.
    """

    def __init__(self, network: Network, context: int | None = None, slot: int = 0) -> None:
        self.network = network
        self.context = context or network.context
        self.slot = slot
        self._ids: list[int] = []
        self.read = 0  # tokens fed through the network so far, for benchmarks
        self.calls = 0  # forward passes so far, for benchmarks

    def logits(self, ids: Sequence[int], last: int = 1) -> Floats:
        """Logits `[last, vocabulary]` after each of the last so many of ``ids``.

        Raises:
            ModelError: if ``ids`` is longer than the context.
        """
        wanted = list(ids)
        if not 0 < last <= len(wanted):
            raise ValueError("at least one token id is needed, and as many as logits are wanted of")
        if len(wanted) > self.context:
            raise ModelError(f"{len(wanted)} tokens do not fit the model's context of {self.context}")
        keep = min(_common_prefix(self._ids, wanted), len(wanted) - last)
        self._ids = wanted[:keep]  # should the pass fail, what it half wrote is not reused
        logits = self.network.forward([Span(self.slot, keep, wanted[keep:], last)])
        self._ids = wanted
        self.read += len(wanted) - keep
        self.calls += 1
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
