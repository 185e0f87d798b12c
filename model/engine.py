"""Token ids in, logits out: prefix reuse over a network's KV cache. It knows nothing of Python programs or of grammars.

A `Network` reads spans of ids into slots of its KV cache, several in one pass. An `Engine` follows one conversation in
one slot: it compares what is asked with what the slot holds, drops what differs and reads only the rest, so that a
step forward appends, a step back crops, and nothing is read twice. Drafted ids (model/drafting.py) are read along with
what is asked, and their logits kept for the questions that follow if the draft was right. Which weights run, and on
what, is the network's matter; nothing here imports torch.
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
        draft: how many ids more cost little in a pass that reads one.
    """

    context: int
    slots: int
    vocab_size: int
    draft: int

    def forward(self, spans: Sequence[Span]) -> Floats:
        """Reads every span, no two of the same slot, in one pass.

        Returns:
            Logits `[sum of last, vocab_size]`, span by span.
        """
        ...


class Engine(Protocol):
    """What the predictor needs of a model that it decodes with, token by token."""

    context: int  # most ids it can read
    draft: int  # how many drafted ids are welcome

    def logits(self, ids: Sequence[int], draft: Sequence[int] = ()) -> Floats:
        """Logits `[vocabulary]` after ``ids``; ``draft`` is what may follow."""
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
        self.draft = network.draft
        self._ids: list[int] = []
        self._rows = np.empty((0, 0), np.float32)  # logits after each of the last ids
        self.read = 0  # tokens fed through the network so far, for benchmarks
        self.calls = 0  # forward passes so far, for benchmarks

    def logits(self, ids: Sequence[int], draft: Sequence[int] = ()) -> Floats:
        """Logits `[vocabulary]` after ``ids``.

        Args:
            ids: at least one.
            draft: ids that may follow; if they do, their logits are there already.

        Raises:
            ModelError: if ``ids`` is longer than the context.
        """
        wanted = list(ids)
        if not wanted:
            raise ValueError("at least one token id is needed")
        if len(wanted) > self.context:
            raise ModelError(f"{len(wanted)} tokens do not fit the model's context of {self.context}")
        same = common_prefix(self._ids, wanted)
        known = len(wanted) - (len(self._ids) - len(self._rows)) - 1
        if same == len(wanted) and known >= 0:
            return self._row(known)
        keep = min(same, len(wanted) - 1)
        fresh = [*wanted[keep:], *draft[: self.context - len(wanted)]]
        last = len(fresh) - (len(wanted) - keep) + 1
        self._ids, self._rows = wanted[:keep], self._rows[:0]  # should the pass fail, what it half wrote is not reused
        self._rows = self.network.forward([Span(self.slot, keep, fresh, last)])
        self._ids += fresh
        self.read += len(fresh)
        self.calls += 1
        return self._row(0)

    def _row(self, index: int) -> Floats:
        row: Floats = self._rows[index]
        return row


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of what two sequences begin with."""
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
