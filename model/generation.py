"""One sequence being generated: it takes logits, chooses tokens, spells them as text and knows when it is finished.

`Generation` is a task of the scheduler (batching.py), whose thread pushes logits into it; whoever asked for it reads
its pieces from another thread. It knows neither HTTP nor slots.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from neuraldbg.model.engine import Floats
from neuraldbg.model.sampling import Choice, Sampler, Sampling
from neuraldbg.model.tokenizer import CwmTokenizer

Finish = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Ending:
    """When a generation ends and how its text looks.

    Attributes:
        max_tokens: at most so many.
        min_tokens: tokens that end it may not be chosen, and strings do not end it, before there are so many.
        ends: tokens that end it without being named as the reason (end of text).
        stop_ids: tokens that end it.
        stops: strings that end it where they stand in the text.
        include_stop: the text keeps what ended it.
        skip_special: special tokens do not show in the text.
    """

    max_tokens: int
    min_tokens: int = 0
    ends: frozenset[int] = frozenset()
    stop_ids: frozenset[int] = frozenset()
    stops: tuple[str, ...] = ()
    include_stop: bool = False
    skip_special: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """What one more token brought.

    Attributes:
        choice: the token.
        text: that can be shown now; text that may turn out to begin a stop string is held back.
        offset: characters of the generated text before this token.
        finish: why the generation ended with it; None if it goes on.
        reason: the stop string or token that ended it.
    """

    choice: Choice
    text: str
    offset: int
    finish: Finish | None = None
    reason: int | str | None = None


class TextStream:
    """Spells tokens as text, one by one, and finds stop strings.

    Args:
        tokenizer: of the tokens.
        skip_special: special tokens give no text.
        stops: strings to look for, none of them empty.
        include_stop: text up to the end of the stop string, not to its begin.
    """

    def __init__(
        self, tokenizer: CwmTokenizer, skip_special: bool, stops: Sequence[str] = (), include_stop: bool = False
    ) -> None:
        self._tokenizer = tokenizer
        self._skip_special = skip_special
        self._stops = tuple(stops)
        self._include_stop = include_stop
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.length = 0  # characters spelled so far, those held back included

    def push(self, token: int, look: bool = True) -> tuple[str, str | None]:
        """Text that is certain now, and the stop string that was found, which ends the text.

        Args:
            token: the next one.
            look: whether stop strings count already.
        """
        new = self._spell(token)
        self.length += len(new)
        self._held += new
        if not self._stops:
            return self._take(len(self._held)), None
        if look:
            found = [(self._held.find(stop), stop) for stop in self._stops if stop in self._held]
            if found:
                at, stop = min(found)
                return self._take(at + len(stop) if self._include_stop else at), stop
        return self._take(len(self._held) - self._may_begin_a_stop()), None

    def flush(self) -> str:
        """The rest of the text."""
        self._held += self._decoder.decode(b"", final=True)
        return self._take(len(self._held))

    def _spell(self, token: int) -> str:
        if not self._tokenizer.is_special(token):
            return self._decoder.decode(self._tokenizer.token_bytes(token))
        if self._skip_special:
            return ""
        return self._decoder.decode(b"", final=True) + self._tokenizer.special_name(token)

    def _take(self, n: int) -> str:
        text, self._held = self._held[:n], self._held[n:]
        return text

    def _may_begin_a_stop(self) -> int:
        longest = min(max(map(len, self._stops)) - 1, len(self._held))
        for n in range(longest, 0, -1):
            tail = self._held[-n:]
            if any(stop.startswith(tail) for stop in self._stops):
                return n
        return 0


@dataclass(eq=False, slots=True)
class Generation:
    """A prompt and what is generated behind it.

    Attributes:
        ids: the prompt's, then the generated ones.
        tokenizer: of the ids.
        sampling, ending: how to choose and when to stop.
        context: most ids there may be.
        wake: called from the scheduler's thread when there is something to read.
        each: wake at every token, else once, at the end.
        stream: tells apart the sequences of one request, for seeds.
        reused: ids of the prompt that were not read again.
        pieces: not yet taken by the reader.
        error: why it failed.
    """

    ids: list[int]
    tokenizer: CwmTokenizer
    sampling: Sampling
    ending: Ending
    context: int
    wake: Callable[[], None]
    each: bool = False
    stream: int = 0
    reused: int = 0
    pieces: deque[Piece] = field(default_factory=deque)
    error: Exception | None = None
    done: bool = False
    cancelled: bool = False
    idle: bool = False
    last: int = 1
    n_prompt: int = field(init=False)
    _sampler: Sampler = field(init=False)
    _text: TextStream = field(init=False)

    def __post_init__(self) -> None:
        self.n_prompt = len(self.ids)
        self._sampler = Sampler(self.sampling, self.tokenizer.vocab_size, self.stream)
        end = self.ending
        self._text = TextStream(self.tokenizer, end.skip_special, end.stops, end.include_stop)

    @property
    def generated(self) -> int:
        """Tokens generated so far."""
        return len(self.ids) - self.n_prompt

    def push(self, logits: Floats) -> None:
        """Chooses the next token from logits `[1, vocabulary]` behind ``ids``."""
        end = self.ending
        early = self.generated < end.min_tokens
        choice = self._sampler.choose(logits[0], tuple(end.ends | end.stop_ids) if early else ())
        piece = self._piece(choice)
        self.ids.append(choice.token)
        self.pieces.append(piece)
        self.done = piece.finish is not None
        if self.done or self.each:
            self.wake()

    def _piece(self, choice: Choice) -> Piece:
        end, token, offset = self.ending, choice.token, self._text.length
        if token in end.ends or token in end.stop_ids:
            kept = self._text.push(token, look=False)[0] if end.include_stop else ""
            reason = token if token in end.stop_ids else None
            return Piece(choice, kept + self._text.flush(), offset, "stop", reason)
        count = self.generated + 1
        text, stop = self._text.push(token, look=count >= end.min_tokens)
        if stop is not None:
            return Piece(choice, text, offset, "stop", stop)
        if count >= end.max_tokens or self.n_prompt + count >= self.context:
            return Piece(choice, text + self._text.flush(), offset, "length")
        return Piece(choice, text, offset)

    def fail(self, error: Exception) -> None:
        """Ends it without a result."""
        self.error = error
        self.done = True
        self.wake()
