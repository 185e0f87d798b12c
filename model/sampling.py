"""Logits -> the next token: greedy, or drawn with temperature, top-k and top-p, from the tokens that are allowed.

Log-probabilities are those of the model over the tokens that may be chosen; temperature, top-k and top-p change what is
drawn, not what is reported. It knows neither text nor when a generation ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuraldbg.errors import ModelError
from neuraldbg.model.engine import Floats

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        temperature: logits are divided by it; 0 takes the most likely token.
        top_p: drawn from the fewest most likely tokens whose probabilities reach this sum.
        top_k: drawn from so many most likely tokens; 0 means all.
        seed: of the draws; None is a different one each time.
        allowed: the only tokens that may be chosen; None means all.
        logprobs: how many most likely tokens to report beside the chosen one; None reports nothing.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    allowed: tuple[int, ...] | None = None
    logprobs: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen token.

    Attributes:
        token: its id.
        logprob: its log-probability; None unless it was asked for.
        top: the most likely tokens and their log-probabilities, most likely first.
    """

    token: int
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


class Sampler:
    """Draws the tokens of one sequence.

    Args:
        sampling: how.
        vocab_size: of the tokenizer; logits beyond it are padding and never chosen.
        stream: tells apart the sequences that are drawn with one seed.
    """

    def __init__(self, sampling: Sampling, vocab_size: int, stream: int = 0) -> None:
        self.sampling = sampling
        self._vocab_size = vocab_size
        self._allowed = None if sampling.allowed is None else np.array(sampling.allowed)
        seed = None if sampling.seed is None else (stream, sampling.seed % 2**64)
        self._random = None if sampling.temperature == 0 else np.random.default_rng(seed)

    def choose(self, logits: Floats, barred: Sequence[int] = ()) -> Choice:
        """Chooses a token.

        Args:
            logits: `[vocabulary]`.
            barred: tokens that may not be chosen now.

        Raises:
            ModelError: if the network gave no number for any token that may be chosen.
        """
        scores = logits[: self._vocab_size].astype(np.float64)
        if self._allowed is not None:
            masked = np.full_like(scores, -np.inf)
            masked[self._allowed] = scores[self._allowed]
            scores = masked
        if barred:
            scores[list(barred)] = -np.inf
        best = int(scores.argmax())
        if not np.isfinite(scores[best]):
            raise ModelError("the network's logits are not numbers: the weights are damaged")
        token = best if self._random is None else self._draw(scores)
        return self._report(scores, token)

    def _draw(self, scores: Doubles) -> int:
        assert self._random is not None
        with np.errstate(over="ignore"):  # a very low temperature leaves 0 and -inf
            p = np.exp((scores - scores.max()) / self.sampling.temperature)
        if 0 < self.sampling.top_k < np.count_nonzero(p):
            p[np.argpartition(p, -self.sampling.top_k)[: -self.sampling.top_k]] = 0.0
        p /= p.sum()
        if self.sampling.top_p < 1.0:
            # Tokens less likely than this weigh less than 1 - top_p together, so only the others need sorting.
            kept = np.flatnonzero(p >= min((1.0 - self.sampling.top_p) / len(p), p.max()))
            kept = kept[np.argsort(-p[kept], kind="stable")]
            n = int(np.searchsorted(np.cumsum(p[kept]), self.sampling.top_p)) + 1
            nucleus = np.zeros_like(p)
            nucleus[kept[:n]] = p[kept[:n]]
            p = nucleus
        cumulative = np.cumsum(p)
        drawn = np.searchsorted(cumulative, self._random.random() * cumulative[-1], side="right")
        return int(min(drawn, np.flatnonzero(p)[-1]))  # rounding may lead past the last one

    def _report(self, scores: Doubles, token: int) -> Choice:
        n = self.sampling.logprobs
        if n is None:
            return Choice(token)
        top = scores.max()
        logs = scores - (top + np.log(np.exp(scores - top).sum()))
        n = min(n, int(np.isfinite(scores).sum()))
        likely = np.argpartition(logs, -n)[-n:] if n else np.array([], dtype=np.intp)
        likely = likely[np.argsort(-logs[likely], kind="stable")]
        return Choice(token, float(logs[token]), tuple((int(i), float(logs[i])) for i in likely))
