"""One frame under its grammar: what is forced is appended, what is open is chosen by a model.

A frame is decoded greedily, or as the caller chooses: runs of forced tokens are appended without asking the model and
read in one pass with the next question (jump-forward); where several tokens are legal, the model's most likely legal
one is taken, and its probability among the legal ones becomes confidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np

from neuraldbg.model.drafting import guess
from neuraldbg.model.engine import Engine, Floats
from neuraldbg.model.grammar import Frame, FrameGrammar
from neuraldbg.model.odds import Odds

MAX_VALUE_TOKENS: Final = 384  # a value still open after so many tokens, or a fifth of the context, is closed
CLOSING_TOKENS: Final = 128  # so near the end of the context every open value is closed


@dataclass(slots=True)
class Decoded:
    """A decoded frame and what it took.

    Attributes:
        frame: the parsed frame.
        ids: its tokens.
        chosen: how many of them the model decided.
        move, value: probability of the event, line and names, and of the value; NaN where it is not known.
        locals: name -> probability of its value, or NaN.
    """

    frame: Frame
    ids: list[int]
    chosen: int
    move: float
    value: float | None
    locals: Mapping[str, float]


Choose = Callable[[list[int], Floats], int]  # of the ids so far and the logits, -inf where a token is not legal


def most_likely(ids: list[int], logits: Floats) -> int:
    """Greedy decoding."""
    return int(logits.argmax())


def log_probability(logits: Floats, token: int) -> float:
    """Of a token under logits `[vocabulary]`, -inf where a token is not legal."""
    top = logits.max()
    return float(logits[token] - top - np.log(np.exp(logits - top).sum(dtype=np.float64)))


class Stopped(Exception):
    """The caller's ``cancelled`` said so in the middle of a frame."""


def decode_frame(
    engine: Engine,
    context: Sequence[int],
    grammar: FrameGrammar,
    cancelled: Callable[[], bool] | None = None,
    max_value_tokens: int = MAX_VALUE_TOKENS,
    choose: Choose = most_likely,
) -> Decoded:
    """Decodes one frame under its grammar.

    Args:
        engine: reads ids, gives logits.
        context: ids before the frame.
        grammar: of the frame, untouched.
        cancelled: asked before every model call.
        max_value_tokens: a value still open after so many tokens is closed.
        choose: picks the token where several are legal.

    Raises:
        Stopped: if ``cancelled`` returned true.
        ModelError: if the frame outgrows the engine's context.
    """
    return framed(LocalDecoder(engine, max_value_tokens, choose), context, grammar, cancelled)


@runtime_checkable
class FrameDecoder(Protocol):
    """Where the open tokens of a frame come from, if not from an engine token by token (model/remote.py)."""

    @property
    def context(self) -> int:
        """Most ids it can read."""
        ...

    def decode(self, ids: list[int], grammar: FrameGrammar, odds: Odds, cancelled: Callable[[], bool] | None) -> int:
        """Appends to ``ids`` until the grammar is done; how many tokens the model chose.

        Raises:
            Stopped: if ``cancelled`` returned true.
            ModelError: if the frame cannot be decoded.
        """
        ...


class Undecided(Exception):
    """Several tokens are legal."""


class Forced:
    """Decodes frames of which nothing is left to decide."""

    context = 0

    def decode(self, ids: list[int], grammar: FrameGrammar, odds: Odds, cancelled: Callable[[], bool] | None) -> int:
        while not grammar.done:
            forced = grammar.forced()
            if not forced:
                raise Undecided
            for token in forced:
                grammar.push(token)
            ids += forced
        return 0


@dataclass(frozen=True, slots=True)
class LocalDecoder:
    """Chooses token by token, with an engine."""

    engine: Engine
    max_value_tokens: int
    choose: Choose

    @property
    def context(self) -> int:
        return self.engine.context

    def decode(self, ids: list[int], grammar: FrameGrammar, odds: Odds, cancelled: Callable[[], bool] | None) -> int:
        return _decode(self.engine, ids, grammar, odds, cancelled, self.max_value_tokens, self.choose)


def framed(
    decoder: FrameDecoder, context: Sequence[int], grammar: FrameGrammar, cancelled: Callable[[], bool] | None
) -> Decoded:
    """One frame behind a context; raises as :func:`decode_frame`."""
    ids = list(context)
    odds = Odds()
    chosen = decoder.decode(ids, grammar, odds, cancelled)
    frame = grammar.result()
    value = math.exp(odds.value) if frame.value is not None else None
    probabilities = {name: math.exp(logp) for name, logp in odds.locals.items()}
    return Decoded(frame, ids[len(context) :], chosen, math.exp(odds.move), value, probabilities)


def _decode(
    engine: Engine,
    ids: list[int],
    grammar: FrameGrammar,
    odds: Odds,
    cancelled: Callable[[], bool] | None,
    max_value_tokens: int,
    choose: Choose,
) -> int:
    """Appends to ``ids`` until the grammar is done; how many tokens the model chose."""
    chosen = run = 0
    while not grammar.done:
        forced = grammar.forced()
        for token in forced:
            grammar.push(token)
        ids += forced
        if forced:
            run = 0
            continue
        if cancelled is not None and cancelled():
            raise Stopped
        close = run >= max_value_tokens or len(ids) > engine.context - CLOSING_TOKENS
        mask = grammar.closing_only() if close else grammar.allowed()
        draft = guess(ids, engine.draft) if engine.draft else ()
        logits = np.where(mask, engine.logits(ids, draft), np.float32(-np.inf))
        token = choose(ids, logits)
        odds.add(grammar.part, grammar.deciding, log_probability(logits, token))
        grammar.push(token)
        ids.append(token)
        chosen, run = chosen + 1, run + 1
    return chosen
