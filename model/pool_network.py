"""A `Network` for GPUs over transformers' own modules: a static pool of keys and values, CUDA graphs, batched passes.

    network = network_of(model)                      # a PoolNetwork on GPUs, the plain one elsewhere
    network = PoolNetwork(model, slots=16, context=16384)

Spans of one token each, of however many slots, are one pass; longer spans are read a slot at a time, in chunks. The
same code runs on a CPU, without graphs. Widths, numbers of rows and lengths are rounded up, so that few graphs do.

Stepping back costs nothing within ``rewind`` positions of the longest text since the slot's start; further back, where
the context exceeds the sliding window, the rings have been written over, and the slot's ids are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from transformers import AttentionInterface

from neuraldbg.errors import ModelError
from neuraldbg.model import memory
from neuraldbg.model.engine import Floats, Network, Span
from neuraldbg.model.kv_pool import KVPool, Place, PoolCache, Ring, full_mask, pool_attention, ring_mask

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

WIDEST_GRAPH: Final = 64  # tokens; wider passes are limited by arithmetic, not by launching kernels
MOST_GRAPHS: Final = 96
GPU_CONTEXT: Final = 32_768  # taken where the model and the memory allow it
_ATTENTION: Final = "neuraldbg_pool"

AttentionInterface.register(_ATTENTION, pool_attention)


@dataclass(slots=True)
class _Slot:
    ring: Ring
    ids: list[int]


@dataclass(slots=True)
class _Piece:
    """Part of a span that one pass reads; the outputs of its last ``wanted`` positions are kept."""

    span: int
    slot: int
    start: int
    ids: Sequence[int]
    wanted: int


class PoolNetwork:
    """A transformers causal language model over a static pool of keys and values.

    Args:
        model: in eval mode, of one of `checkpoint.ARCHITECTURES`.
        slots: sequences held at a time.
        context: most ids a slot may hold; None: see `fitting_context`.
        rewind: positions that a text longer than the window can step back for nothing.
        graphs: capture narrow passes as CUDA graphs; None: on one GPU, where every layer can be captured.

    It is not drafted for: a pass over several tokens rounds otherwise than a pass over one, and unpacks 4-bit weights.

    Attributes:
        again: tokens read again because a slot stepped back too far.
        passes: runs of the network so far.
        graph_error: why passes are not captured although they were meant to be.
    """

    draft = 0

    def __init__(
        self,
        model: PreTrainedModel,
        slots: int = 1,
        context: int | None = None,
        rewind: int = memory.REWIND,
        graphs: bool | None = None,
    ) -> None:
        self.model = model
        self.slots = slots
        self.vocab_size = int(model.config.vocab_size)
        self.context = context or fitting_context(model, slots, rewind)
        self.again = self.passes = 0
        self.graph_error: str | None = None
        self.pool = _pool(model, slots, self.context, rewind)
        self._device = self.pool.keys[0].device
        self._slots = [_Slot(self.pool.ring(), []) for _ in range(slots)]
        self._by_kind = model.config.model_type != "llama"  # its layers take one mask, the others' one a kind
        self._graphs: dict[tuple[int, int, int, int], _Graph] = {}
        self._captures = can_capture(model) if graphs is None else graphs
        self._memory: Any = None  # of the graphs, which never run at the same time

    @property
    def captured(self) -> int:
        """CUDA graphs held."""
        return len(self._graphs)

    @torch.inference_mode()
    def forward(self, spans: Sequence[Span]) -> Floats:
        """See `Network`."""
        outputs: list[list[Tensor]] = [[] for _ in spans]
        single: list[_Piece] = []
        long: list[_Piece] = []
        for number, span in enumerate(spans):
            pieces = self._pieces(number, span)
            (single if len(pieces) == 1 and len(pieces[0].ids) == 1 else long).extend(pieces)
        for batch in [*([piece] for piece in long), *([single] if single else [])]:
            hidden = self._read(batch)
            for row, piece in zip(hidden if len(batch) == 1 else _rows_of(hidden, batch), batch, strict=True):
                end = len(piece.ids)
                outputs[piece.span].append(row[end - piece.wanted : end].clone())
        picked = torch.cat([part for parts in outputs for part in parts])
        head: Any = self.model.get_output_embeddings  # has no annotations
        logits: Tensor = head()(picked)
        return logits.float().cpu().numpy()

    def _pieces(self, number: int, span: Span) -> list[_Piece]:
        """Cuts a span into chunks, behind the ids before it where they must be read again."""
        slot = self._slots[span.slot]
        start, ids = span.start, list(span.ids)
        if start > len(slot.ids):
            raise ValueError(f"slot {span.slot} holds {len(slot.ids)} ids, position {start} would leave a gap")
        end = start + len(ids)
        if end > self.context:
            raise ValueError(f"slot {span.slot} holds {self.context} ids at most, not {end}")
        if not slot.ring.reaches(start):
            self.again += start
            start, ids = 0, [*slot.ids[:start], *ids]
        step = min(memory.WIDEST, self.pool.chunk)
        first = end - span.last  # position whose output is wanted first
        chunks = [(at, min(at + step, end)) for at in range(start, end, step)]
        return [
            _Piece(number, span.slot, at, ids[at - start : to - start], max(0, to - max(at, first)))
            for at, to in chunks
        ]

    def _read(self, batch: Sequence[_Piece]) -> Tensor:
        """Reads one chunk, or one token each of several slots; the last hidden states `[rows, width, hidden]`."""
        first = min(piece.slot for piece in batch)
        rows = max(piece.slot for piece in batch) - first + 1
        if len(batch) > 1:
            first, rows = 0, min(self.slots, _power(first + rows))
        width = len(batch[0].ids)
        if width <= WIDEST_GRAPH:
            width = _power(width)
        end = max(piece.start + len(piece.ids) for piece in batch)
        length = min(_power(end, memory.BLOCK), self.pool.full_cells)
        plan = self._plan(batch, first, rows, width)
        for piece in batch:
            slot = self._slots[piece.slot]
            del slot.ids[piece.start :]  # should the pass fail, what it half wrote is not reused
            slot.ring.write(piece.start, piece.start + len(piece.ids))
        hidden = self._run(plan, first, rows, width, length)
        for piece in batch:
            self._slots[piece.slot].ids.extend(piece.ids)
        self.passes += 1
        return hidden

    def _plan(self, batch: Sequence[_Piece], first: int, rows: int, width: int) -> Tensor:
        """Ids, positions, cells of full layers and of rings, and the last position: `[5, rows, width]`.

        What fills up rows and columns is read at positions that exist, and written to the cells that nobody reads.
        """
        pool = self.pool
        unused = [[0] * width, [0] * width, [pool.full_cells - 1] * width, [pool.ring_cells - 1] * width, [0] * width]
        plan = torch.tensor(unused).unsqueeze(1).repeat(1, rows, 1)
        for piece in batch:
            n, last = len(piece.ids), piece.start + len(piece.ids) - 1
            positions = torch.arange(piece.start, last + 1)
            row = plan[:, piece.slot - first]
            row[1, n:] = row[4] = last
            row[0, :n], row[1, :n], row[2, :n] = torch.tensor(piece.ids), positions, positions
            row[3, :n] = positions % pool.ring_size
        return plan

    def _run(self, plan: Tensor, first: int, rows: int, width: int, length: int) -> Tensor:
        plan = plan.to(self._device)

        def run(plan: Tensor) -> Tensor:
            return self._forward(plan, slice(first, first + rows), length)

        if not self._captures or width > WIDEST_GRAPH:
            return run(plan)
        key = (first, rows, width, length)
        graph = self._graphs.get(key)
        if graph is None:
            try:
                graph = _Graph(run, plan, self._memory)
            except RuntimeError as error:
                self._captures, self.graph_error = False, str(error).splitlines()[0]
                return run(plan)
            self._memory = graph.memory
            while len(self._graphs) >= MOST_GRAPHS:
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = graph
        return graph.replay(plan)

    def _forward(self, plan: Tensor, rows: slice, length: int) -> Tensor:
        ids, positions, full, ring, last = plan.unbind(0)
        pool = self.pool
        ring_length = min(length, pool.ring_cells)
        mask: Any = full_mask(positions, length)
        if self._by_kind:
            mask = {"full_attention": mask}
            if any(pool.is_ring):
                seen = ring_mask(positions, last[:, 0], ring_length, pool.ring_size, pool.window)
                mask["sliding_attention"] = seen
        with _attention(self.model.config):
            output = self.model.base_model(
                input_ids=ids,
                position_ids=positions,
                attention_mask=mask,
                past_key_values=PoolCache(pool, Place(rows, full, ring, length, ring_length)),
                use_cache=True,
            )
        hidden: Tensor = output.last_hidden_state
        return hidden


class _Graph:
    """A captured pass: its input and output stay where they are.

    Args:
        run: the pass.
        plan: its input.
        memory: of earlier graphs, to be shared; None for the first.
    """

    def __init__(self, run: Callable[[Tensor], Tensor], plan: Tensor, memory: Any) -> None:
        self._plan = plan.clone()
        make_stream: Any = torch.cuda.Stream  # has no annotations
        side = make_stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries set themselves up in the first passes, which cannot be captured
            for _ in range(2):
                run(self._plan)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=memory):
            self._output = run(self._plan)
        self.memory = self._graph.pool()

    def replay(self, plan: Tensor) -> Tensor:
        """Runs it on another input; the output is valid until the next pass."""
        self._plan.copy_(plan)
        self._graph.replay()
        return self._output


def network_of(model: PreTrainedModel, slots: int = 1, context: int | None = None) -> Network:
    """The network for the devices that a model was loaded to."""
    if model.device.type == "cuda":
        return PoolNetwork(model, slots, context)
    from neuraldbg.model.transformers_network import TransformersNetwork

    return TransformersNetwork(model, slots, context)


def compile_parts(model: PreTrainedModel, backend: str = "inductor") -> None:
    """Compiles norms and unquantized MLPs, so that their element-wise work takes one kernel each instead of many.

    Only these: whole layers would be compiled once for every layer, for minutes.
    """
    for module in model.modules():
        name = type(module).__name__
        plain = all(type(child) is torch.nn.Linear for child in module.children() if hasattr(child, "weight"))
        if name.endswith("RMSNorm") or (name.endswith("MLP") and plain):
            module.compile(backend=backend, dynamic=True)


def can_capture(model: PreTrainedModel) -> bool:
    """Whether passes can be CUDA graphs: one GPU, and no 8-bit layers, which look for outliers on the host."""
    devices = {parameter.device for parameter in model.parameters()}
    kinds = {type(module).__name__ for module in model.modules()}
    return len(devices) == 1 and next(iter(devices)).type == "cuda" and "Linear8bitLt" not in kinds


def fitting_context(model: PreTrainedModel, slots: int = 1, rewind: int = memory.REWIND) -> int:
    """The model's own limit, at most `GPU_CONTEXT`, and on GPUs what fits beside the weights.

    Raises:
        ModelError: if fewer than 1024 tokens would fit.
    """
    shape = memory.shape_of(model.config.to_dict())
    most = min(shape.context, GPU_CONTEXT)
    devices = [layer_device for layer_device in _devices(model) if layer_device.type == "cuda"]
    if not devices:
        return most
    used = [[layer for layer, at in enumerate(_devices(model)) if at == device] for device in set(devices)]
    while True:
        kv = memory.kv_bytes(shape, most, _dtype(model).itemsize, rewind=rewind)
        work = memory.workspace_bytes(shape, most, None, _dtype(model).itemsize)
        room = [torch.cuda.mem_get_info(device)[0] for device in set(devices)]
        if all(slots * sum(kv[i] for i in own) + work <= free for own, free in zip(used, room, strict=True)):
            return most
        if most <= 1024:
            raise ModelError("no memory is left for 1024 tokens beside the model: quantize it (nf4), or use more GPUs")
        most = max(1024, most * 3 // 4 // memory.BLOCK * memory.BLOCK)


def _pool(model: PreTrainedModel, slots: int, context: int, rewind: int) -> KVPool:
    shape = memory.shape_of(model.config.to_dict())
    sizes = (shape.windows, slots, context, rewind, shape.kv_heads, shape.head_dim)
    try:
        return KVPool(*sizes, _dtype(model), _devices(model))
    except torch.OutOfMemoryError as error:
        hint = "take a smaller context or fewer slots, or quantize the model"
        raise ModelError(f"keys of {slots} x {context} tokens do not fit beside the model: {hint}") from error


def _devices(model: PreTrainedModel) -> list[torch.device]:
    """Of every layer."""
    layers: Any = model.base_model.layers
    return [next(layer.parameters()).device for layer in layers]


def _dtype(model: PreTrainedModel) -> torch.dtype:
    """Of the parts that are never quantized, and of keys and values."""
    norm: Any = model.base_model.norm
    dtype: torch.dtype = norm.weight.dtype
    return dtype


def _rows_of(hidden: Tensor, batch: Sequence[_Piece]) -> list[Tensor]:
    return [hidden[piece.slot] for piece in batch]


def _power(number: int, least: int = 1) -> int:
    """The least power of two, times ``least``, that is not below ``number``."""
    while least < number:
        least *= 2
    return least


@contextmanager
def _attention(config: Any) -> Iterator[None]:
    """The pool's attention for one pass; others may use the model in between."""
    was = config._attn_implementation
    config._attn_implementation = _ATTENTION
    try:
        yield
    finally:
        config._attn_implementation = was
