"""The default network of the embedded model: float32 products by numpy, on every platform that has a wheel of it.

Every span is read with one product a layer, all spans together; keys and values stay in one pool.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neuraldbg.model.engine import Span
from neuraldbg.model.runtime.weights import Floats, LayerWeights, Weights, widen


class NumpyNetwork:
    """A small dense network (a `neuraldbg.model.engine.Network`).

    Args:
        weights: as read.
        slots: sequences held at a time.
        context: most ids a slot can hold; None takes the network's own limit.
    """

    draft = 0  # a product with a few rows costs numpy several times one with a single row

    def __init__(self, weights: Weights, slots: int = 1, context: int | None = None) -> None:
        shape = self._shape = weights.shape
        self.context, self.slots, self.vocab_size = min(context or shape.context, shape.context), slots, shape.vocab
        self._embedding = widen(weights.embedding)
        self._head = self._embedding if weights.head is weights.embedding else widen(weights.head)
        self._norm = weights.norm
        self._layers = [_Layer(layer) for layer in weights.layers]
        self._cosine, self._sine = shape.rotary()
        pool = (len(weights.layers), slots, shape.kv_heads, self.context, shape.head_dim)
        self._keys, self._values = np.zeros(pool, np.float32), np.zeros(pool, np.float32)

    def forward(self, spans: Sequence[Span]) -> Floats:
        """See `Network`."""
        x_TD: Floats = self._embedding[np.concatenate([np.asarray(span.ids) for span in spans])]
        positions = np.concatenate([np.arange(span.start, span.start + len(span.ids)) for span in spans])
        rotation = self._cosine[positions][:, None, :], self._sine[positions][:, None, :]
        for i, layer in enumerate(self._layers):
            x_TD += self._attention(i, layer, x_TD, rotation, spans)
            gate_TM, up_TM = np.split(_norm(x_TD, layer.norm2, self._shape.eps) @ layer.gate_up, 2, axis=1)
            x_TD += (gate_TM / (1 + np.exp(-gate_TM)) * up_TM) @ layer.down
        ends = np.cumsum([len(span.ids) for span in spans])
        wanted = np.concatenate([np.arange(end - span.last, end) for span, end in zip(spans, ends, strict=True)])
        logits: Floats = _norm(x_TD[wanted], self._norm, self._shape.eps) @ self._head.T
        return logits

    def _attention(
        self, index: int, layer: _Layer, x_TD: Floats, rotation: tuple[Floats, Floats], spans: Sequence[Span]
    ) -> Floats:
        shape = self._shape
        qkv = _norm(x_TD, layer.norm1, shape.eps) @ layer.qkv
        heads_THd = qkv.reshape(len(qkv), -1, shape.head_dim)
        turned_THd = _rotate(heads_THd[:, : shape.heads + shape.kv_heads], *rotation)
        mixed = np.empty((len(qkv), shape.query_width), np.float32)
        window, at = shape.windows[index], 0
        for span in spans:
            rows, end = slice(at, at + len(span.ids)), span.start + len(span.ids)
            keys, values = self._keys[index, span.slot], self._values[index, span.slot]
            keys[:, span.start : end] = turned_THd[rows, shape.heads :].swapaxes(0, 1)
            values[:, span.start : end] = heads_THd[rows, shape.heads + shape.kv_heads :].swapaxes(0, 1)
            mixed[rows] = _attend(turned_THd[rows, : shape.heads], keys[:, :end], values[:, :end], window)
            at = rows.stop
        return mixed @ layer.out


class _Layer:
    """Weights of a layer as float32, `[in, out]` in memory order `[out, in]`."""

    def __init__(self, layer: LayerWeights) -> None:
        self.norm1, self.norm2 = layer.norm1, layer.norm2
        self.qkv, self.out = widen(layer.qkv).T, widen(layer.out).T
        self.gate_up, self.down = widen(layer.gate_up).T, widen(layer.down).T


def _norm(x: Floats, weight: Floats, eps: float) -> Floats:
    normed: Floats = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(eps))
    normed *= weight
    return normed


def _rotate(x_THd: Floats, cosine: Floats, sine: Floats) -> Floats:
    half = x_THd.shape[-1] // 2
    a, b = x_THd[..., :half], x_THd[..., half:]
    turned = np.empty_like(x_THd)
    turned[..., :half] = a * cosine - b * sine
    turned[..., half:] = b * cosine + a * sine
    return turned


def _attend(q_THd: Floats, keys_hLd: Floats, values_hLd: Floats, window: int) -> Floats:
    """Causal attention of the last T of L positions; `[T, heads * dim]`."""
    tokens, heads, dim = q_THd.shape
    kv_heads, length, _ = keys_hLd.shape
    q_hgTd = q_THd.reshape(tokens, kv_heads, heads // kv_heads, dim).transpose(1, 2, 0, 3)
    scores = q_hgTd @ keys_hLd[:, None].swapaxes(-1, -2) * np.float32(1 / math.sqrt(dim))
    if tokens > 1 or 0 < window < length:
        behind = np.arange(length - tokens, length)[:, None] - np.arange(length)
        seen = (behind >= 0) & (behind < window) if window else behind >= 0
        scores = np.where(seen, scores, np.float32(-np.inf))
    scores -= scores.max(-1, keepdims=True)
    shares = np.exp(scores)
    shares /= shares.sum(-1, keepdims=True)
    mixed = shares @ values_hLd[:, None]
    joined: Floats = mixed.transpose(2, 0, 1, 3).reshape(tokens, heads * dim)
    return joined
