"""A pool of keys and values with fixed addresses, shared by several sequences, for transformers' attention modules.

One slot holds one sequence. Layers with full attention keep a cell for every position of the context. Layers with a
sliding window keep a ring of cells, position p in cell p % ring: the window and, behind it, room to step back. A pass
reads and writes whole tensors at places that it is given in tensors, never in Python numbers, so it can be captured
as a CUDA graph. The arithmetic of the ring (Ring) is plain integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch

from neuraldbg.model.memory import BLOCK, cells

if TYPE_CHECKING:
    from torch import Tensor

_FEW_ROWS: Final = 64  # queries of one key head; up to so many, attention is plain products


@dataclass(slots=True)
class Ring:
    """What a slot's rings still hold.

    Attributes:
        size: positions that they hold.
        window: positions that a query sees, itself included.
        low: first position whose cell has not been written over.
    """

    size: int
    window: int
    low: int = 0

    def reaches(self, start: int) -> bool:
        """Whether reading can go on at ``start``; if not, the sequence must be read again from its first id."""
        return self.low <= max(0, start - self.window + 1)

    def write(self, start: int, end: int) -> None:
        """Positions ``start`` to ``end`` are written."""
        self.low = max(0 if start == 0 else self.low, end - self.size)


@dataclass(frozen=True)
class Place:
    """Where one pass reads and writes.

    Attributes:
        rows: range of slots of the pass.
        full, ring: cells of the fresh keys `[rows, width]`.
        full_length, ring_length: cells that attention reads.
    """

    rows: slice
    full: Tensor
    ring: Tensor
    full_length: int
    ring_length: int


class KVPool:
    """Keys and values `[slots, kv_heads, cells, head_dim]` of every layer.

    Attributes:
        chunk: most positions of a slot that one pass may write.

    Args:
        windows: of every layer, None for full attention.
        slots: sequences.
        context: most positions of a sequence.
        rewind: positions that a sequence longer than the window can step back without being read again.
        kv_heads, head_dim: of the model.
        dtype, devices: of the tensors; one device a layer.
    """

    def __init__(
        self,
        windows: Sequence[int | None],
        slots: int,
        context: int,
        rewind: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype,
        devices: Sequence[torch.device],
    ) -> None:
        self.window = min([context, *(w for w in windows if w is not None)])
        self.ring_size = min(context, self.window + rewind)
        # A pass writes before it reads, and its first query must still see its whole window.
        self.chunk = context if self.ring_size == context else self.ring_size - self.window + 1
        self.is_ring = [window is not None for window in windows]
        self.full_cells, self.ring_cells = cells(context), cells(self.ring_size)
        lengths = [self.ring_cells if ring else self.full_cells for ring in self.is_ring]
        self.keys, self.values = (
            # zeros: what is masked still takes part in products, where NaN would spread
            [
                torch.zeros(slots, kv_heads, length, head_dim, dtype=dtype, device=device)
                for length, device in zip(lengths, devices, strict=True)
            ]
            for _ in range(2)
        )

    @property
    def n_bytes(self) -> int:
        """Bytes of all tensors."""
        return sum(tensor.nbytes for tensor in (*self.keys, *self.values))

    def ring(self) -> Ring:
        """The state of an empty slot."""
        return Ring(self.ring_size, self.window)


class PoolCache:
    """What transformers' attention modules call as ``past_key_values`` in one pass."""

    is_compileable = False

    def __init__(self, pool: KVPool, place: Place) -> None:
        self._pool = pool
        self._place = place
        self._cells: dict[tuple[torch.device, bool], Tensor] = {}

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Writes fresh keys and values `[rows, kv_heads, width, head_dim]`; returns all that attention may read."""
        place, ring = self._place, self._pool.is_ring[layer]
        where = self._cells.get((keys.device, ring))
        if where is None:
            where = self._cells[keys.device, ring] = (place.ring if ring else place.full).to(keys.device)
        index = where[:, None, :, None].expand_as(keys)
        length = place.ring_length if ring else place.full_length
        read = []
        for pool, fresh in ((self._pool.keys[layer], keys), (self._pool.values[layer], values)):
            rows = pool[place.rows]
            rows.scatter_(2, index, fresh)
            read.append(rows[:, :, :length])
        return read[0], read[1]


def full_mask(positions: Tensor, length: int) -> Tensor:
    """Which cells of a full layer the queries at ``positions`` `[rows, width]` see: `[rows, 1, width, length]`."""
    cell = torch.arange(length, device=positions.device)
    return (cell <= positions[:, :, None])[:, None]


def ring_mask(positions: Tensor, last: Tensor, length: int, size: int, window: int) -> Tensor:
    """The same for ring layers.

    Args:
        positions: of the queries `[rows, width]`.
        last: highest position written by this pass `[rows]`; cell c holds the highest position up to it that is
            congruent to c, or what a longer sequence left there, which lies outside of every window (`Ring.reaches`).
        length, size, window: cells that are read; positions a ring holds; positions a query sees.
    """
    cell = torch.arange(length, device=positions.device)
    held = last[:, None] - (last[:, None] - cell).remainder(size)
    held = torch.where(cell < size, held, -1)[:, None]
    query = positions[:, :, None]
    return ((held >= 0) & (held <= query) & (held > query - window))[:, None]


def pool_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:
    """Grouped-query attention over views of a pool, without a copy of keys for every query head.

    Args:
        module: transformers' attention module.
        query: `[rows, heads, width, head_dim]`.
        key, value: `[rows, kv_heads, length, head_dim]`, length a multiple of `BLOCK`.
        attention_mask: true where a query sees a key, `[rows, 1, width, length]`.
        scaling: of the scores.
    """
    rows, heads, width, dim = query.shape
    kv_heads, length = key.shape[1:3]
    group = heads // kv_heads
    if group * width <= _FEW_ROWS:
        packed = query.reshape(rows, kv_heads, group * width, dim)
        seen = attention_mask.expand(rows, group, width, length).reshape(rows, 1, group * width, length)
        out = _few(packed, key, value, seen, scaling)
    else:
        out = torch.nn.functional.scaled_dot_product_attention(
            query.reshape(rows * kv_heads, group, width, dim),
            key.flatten(0, 1)[:, None].expand(-1, group, -1, -1),
            value.flatten(0, 1)[:, None].expand(-1, group, -1, -1),
            attn_mask=attention_mask.expand(-1, kv_heads, -1, -1).flatten(0, 1)[:, None],
            scale=scaling,
        )
    return out.reshape(rows, heads, width, dim).transpose(1, 2), None


def _few(query: Tensor, key: Tensor, value: Tensor, seen: Tensor, scaling: float) -> Tensor:
    """Attention of few queries over many keys: the sum over keys is split in blocks, so that a GPU reads them at once.

    The idea is that of Flash-Decoding (Dao, Haziza, Massa, Sizov, 2023).
    """
    rows, kv_heads, n, dim = query.shape
    scores = wide_product()(query, key.transpose(2, 3)) * scaling
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1).to(value.dtype)
    by_block = weights.view(rows, kv_heads, n, -1, BLOCK).transpose(2, 3)
    out: Tensor = by_block @ value.view(rows, kv_heads, -1, BLOCK, dim)
    return out.sum(2, dtype=torch.float32).to(query.dtype)


_wide: list[Callable[[Tensor, Tensor], Tensor]] = []


def wide_product() -> Callable[[Tensor, Tensor], Tensor]:
    """Batched product `[a, b, m, k] x [a, b, k, n]` in float32.

    Half-precision scores of a few tens lose two digits; cuBLAS gives float32 results of bfloat16 factors at no cost.
    """
    if not _wide:
        _wide.append(_wide_on_gpu if torch.cuda.is_available() and _has_wide_bmm() else _wide_anywhere)
    return _wide[0]


def _has_wide_bmm() -> bool:
    one = torch.ones(1, 8, 8, dtype=torch.bfloat16, device="cuda")
    try:
        return torch.bmm(one, one, out_dtype=torch.float32).dtype is torch.float32
    except (RuntimeError, TypeError):  # an older torch
        return False


def _wide_on_gpu(a: Tensor, b: Tensor) -> Tensor:
    if not a.is_cuda or a.dtype is torch.float32:
        return _wide_anywhere(a, b)
    product: Tensor = torch.bmm(a.flatten(0, 1), b.flatten(0, 1), out_dtype=torch.float32)
    return product.view(*a.shape[:2], *product.shape[1:])


def _wide_anywhere(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b).float()
