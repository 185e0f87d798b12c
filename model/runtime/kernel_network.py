"""The faster network: one pass in C (_kernel.c), bfloat16 weights as they are stored, float32 everything else.

The extension is built where a C compiler is at hand (`setup` marks it optional) and chooses its instruction set when it
runs; `load_kernel` is None elsewhere, and numpy takes its place. ctypes lets other threads run meanwhile.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import mmap
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neuraldbg.errors import ModelError
from neuraldbg.model.engine import Span
from neuraldbg.model.runtime.weights import Bfloats, Floats, Shape, Weights

LANES: Final = (4, 8, 16)  # floats in a vector of each instruction set
WIDEST: Final = 16
WORTH_THREADS: Final = 8  # tokens in a pass; for fewer one thread is enough
GROUPED: Final = 4  # vectors of weights that lie side by side (ALONE in _kernel.c)


class _LayerStruct(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("norm1", "norm2", "qkv", "out", "gate_up", "down")),
        ("window", ctypes.c_int32),
    ]


class _ModelStruct(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int32)
            for name in ("hidden", "heads", "kv_heads", "head_dim", "mlp", "vocab", "n_layers", "context", "slots")
        ),
        ("eps", ctypes.c_float),
        *(
            (name, ctypes.c_void_p)
            for name in ("embedding", "head", "norm", "cosine", "sine", "layers", "keys", "values")
        ),
    ]


@cache
def load_kernel() -> Any:
    """The compiled library, None where it was not built."""
    try:
        module = importlib.import_module("neuraldbg.model.runtime._kernel")
    except ImportError:
        return None
    library = ctypes.CDLL(str(module.__file__))
    pointer = ctypes.c_void_p
    library.neuraldbg_forward.argtypes = [pointer, ctypes.c_int, ctypes.c_int, *[pointer] * 5]
    library.neuraldbg_total.argtypes = [pointer, ctypes.c_long, ctypes.c_int]
    library.neuraldbg_total.restype = ctypes.c_float
    return library


def level() -> str:
    """Which of the kernel's instruction sets this processor runs."""
    return ("baseline", "avx2", "avx512")[load_kernel().neuraldbg_level()]


def read_rate(n_bytes: int) -> float:
    """Bytes a second at which one thread reads ``n_bytes`` of memory again and again, the best of some passes."""
    values = np.zeros(-(-n_bytes // 256) * 64, np.float32)
    library = load_kernel()
    level = library.neuraldbg_level()
    best = float("inf")
    for _ in range(40):
        start = time.perf_counter()
        library.neuraldbg_total(values.ctypes.data, values.size, level)
        best = min(best, time.perf_counter() - start)
    return float(values.nbytes / best)


def fits(shape: Shape) -> bool:
    """Whether the kernel's vectors divide the widths."""
    widths = (shape.hidden, shape.mlp, shape.vocab, shape.query_width)
    return not any(width % WIDEST for width in widths) and shape.head_dim % (2 * WIDEST) == 0


class KernelNetwork:
    """A small dense network (a `neuraldbg.model.engine.Network`).

    Args:
        weights: as read; `fits` their shape.
        slots: sequences held at a time.
        context: most ids a slot can hold; None takes the network's own limit.
        instructions: 0 baseline, 1 AVX2, 2 AVX-512; None: the best that there is.
        threads: that share the spans of a pass; a single span takes one.
        lazy: memory for a slot is taken when it is used.
    """

    draft = 3  # four tokens take a sixth longer than one: the weights are read once

    def __init__(
        self,
        weights: Weights,
        slots: int = 1,
        context: int | None = None,
        instructions: int | None = None,
        threads: int = 1,
        lazy: bool = False,
    ) -> None:
        shape = weights.shape
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, "neuraldbg-kernel")
        self._library = load_kernel()
        self._level = self._library.neuraldbg_level() if instructions is None else instructions
        self.context, self.slots, self.vocab_size = min(context or shape.context, shape.context), slots, shape.vocab
        self._kept: list[npt.NDArray[Any]] = []  # what C points to
        self.n_weights = weights.head.size + sum(
            m.size for layer in weights.layers for m in (layer.qkv, layer.out, layer.gate_up, layer.down)
        )  # read for every token
        cosine, sine = shape.rotary()
        padded = -(-self.context // WIDEST) * WIDEST
        pool = (len(weights.layers), slots, shape.kv_heads, padded, shape.head_dim)

        def packed(matrix: Bfloats) -> int:
            return self._keep(pack(matrix, LANES[self._level]))

        # Written now, so that memory does not grow later, unless that is wanted.
        pools = [_untouched(pool) if lazy else np.full(pool, 0, np.float32) for _ in range(2)]
        layers = (_LayerStruct * len(weights.layers))()
        for struct, layer, window in zip(layers, weights.layers, shape.windows, strict=True):
            struct.norm1, struct.norm2 = self._keep(layer.norm1), self._keep(layer.norm2)
            struct.qkv, struct.out = packed(layer.qkv), packed(layer.out)
            struct.gate_up, struct.down = packed(layer.gate_up), packed(layer.down)
            struct.window = window
        self._layers = layers
        self._model = _ModelStruct(
            hidden=shape.hidden, heads=shape.heads, kv_heads=shape.kv_heads, head_dim=shape.head_dim, mlp=shape.mlp,
            vocab=shape.vocab, n_layers=len(layers), context=self.context, slots=slots, eps=shape.eps,
            embedding=self._keep(weights.embedding), head=packed(weights.head), norm=self._keep(weights.norm),
            cosine=self._keep(cosine[: self.context]), sine=self._keep(sine[: self.context]),
            layers=ctypes.addressof(layers),
            keys=self._keep(pools[0]), values=self._keep(pools[1]),
        )  # fmt: skip

    def _keep(self, array: npt.NDArray[Any]) -> int:
        array = np.ascontiguousarray(array)
        self._kept.append(array)
        return int(array.ctypes.data)

    def forward(self, spans: Sequence[Span]) -> Floats:
        """See `Network`. Several threads may call it at once for different slots.

        Raises:
            ModelError: if there is no memory left.
        """
        lengths = [len(span.ids) for span in spans]
        ids = np.concatenate([np.asarray(span.ids, np.int32) for span in spans])
        positions = np.concatenate([np.arange(s.start, s.start + len(s.ids), dtype=np.int32) for s in spans])
        slots = np.repeat(np.array([span.slot for span in spans], np.int32), lengths)
        if (
            ids.min() < 0
            or ids.max() >= self.vocab_size
            or positions.max() >= self.context
            or slots.max() >= self.slots
        ):
            raise ValueError("an id, a position or a slot that the network does not have")
        rows = np.full(len(ids), -1, np.int32)
        end = n_rows = 0
        for span, length in zip(spans, lengths, strict=True):
            end += length
            rows[end - span.last : end] = np.arange(n_rows, n_rows + span.last)
            n_rows += span.last
        logits = np.empty((n_rows, self.vocab_size), np.float32)
        cuts = _cuts(lengths, self.threads)

        def run(first: int, end: int) -> int:
            arrays = (array[first:end] for array in (ids, slots, positions, rows))
            failed: int = self._library.neuraldbg_forward(
                ctypes.addressof(self._model), self._level, end - first,
                *(array.ctypes.data for array in arrays), logits.ctypes.data,
            )  # fmt: skip
            return failed

        if any(self._pool.map(run, cuts[:-1], cuts[1:]) if len(cuts) > 2 else [run(0, len(ids))]):
            raise ModelError("no memory is left for the model's activations")
        return logits


def _untouched(shape: tuple[int, ...]) -> Floats:
    """Zeros that take memory in small pages, when they are written; numpy asks for pages of several slots."""
    memory = mmap.mmap(-1, 4 * math.prod(shape))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.float32).reshape(shape)


def _cuts(lengths: Sequence[int], threads: int) -> list[int]:
    """Where to cut the tokens of some spans for some threads: between spans, about equal shares."""
    total = sum(lengths)
    cuts, end = [0], 0
    for length in lengths[:-1] if threads > 1 and total >= WORTH_THREADS else ():
        end += length
        if end * threads >= total * len(cuts) and len(cuts) < threads:
            cuts.append(end)
    return [*cuts, total]


def pack(weights: Bfloats, lanes: int) -> npt.NDArray[np.uint32]:
    """Pairs of neighbours along ``in`` of `[out, in]`, the earlier in the lower half.

    Rows of ``out`` lie in groups of ``GROUPED`` blocks, `[in / 2][GROUPED * lanes]` each; those that fill no group in
    blocks of their own, `[in / 2][lanes]`. A pass over a matrix reads it from its start to its end.
    """
    out, inner = weights.shape
    pairs = np.ascontiguousarray(weights).view(np.uint32)
    whole = out // (GROUPED * lanes) * (GROUPED * lanes)
    parts = [pairs[:whole].reshape(-1, GROUPED * lanes, inner // 2), pairs[whole:].reshape(-1, lanes, inner // 2)]
    return np.concatenate([part.swapaxes(1, 2).ravel() for part in parts])
