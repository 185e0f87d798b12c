"""A reply of a model that writes freely, held against the grammar of the frame that was asked for.

A reply is a run of pieces: tokens, or bits of text where a server gives no tokens. `Reading` takes as much of it as is
legal. Where a piece is not legal it looks for the most likely legal one among the alternatives that came with it;
else it takes those bytes of the piece that are legal. What the grammar forces afterwards is added by `force`, and
whoever asked may ask again from there. Servers that drop special tokens from their text are followed too: the grammar
says where they were, and only the event has to be inferred. It sends nothing and knows no servers.
"""

from __future__ import annotations

import builtins
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from neuraldbg.model.grammar import FrameGrammar, Part, Vocabulary
from neuraldbg.model.odds import UNKNOWN, Odds
from neuraldbg.steps import Event

_QUOTE: Final = b'"'
_RAISED: Final = re.compile(r"(?:\w+\.)*([A-Za-z_]\w*)\(.*\)", re.DOTALL)
_RAISED_ENDINGS: Final = ("Error", "Exception", "Warning", "Interrupt", "Exit", "Iteration")


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a reply, or a bit of its text.

    Attributes:
        token: its id; None where the text is no single token.
        data: its bytes; none for a special token.
        logp: its log-probability, NaN where the server did not say.
        others: ids and log-probabilities of the likeliest tokens in its place.
    """

    token: int | None
    data: bytes
    logp: float = UNKNOWN
    others: tuple[tuple[int, float], ...] = ()

    @property
    def special(self) -> bool:
        return not self.data


def pieces_of(vocabulary: Vocabulary, text: str) -> list[Piece]:
    """The pieces of a text; special strings in it are special tokens."""
    ids = vocabulary.tokenizer.encode_with_special(text)
    return [Piece(token, vocabulary.bytes[token]) for token in ids]


class _Stream:
    """Pieces that are taken whole or byte by byte."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.at = self.offset = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.pieces)

    @property
    def head(self) -> Piece:
        return self.pieces[self.at]

    @property
    def whole(self) -> bool:
        """Nothing of the head was taken yet."""
        return self.offset == 0

    def skip(self, count: int) -> float:
        """Takes so many bytes, or one special token (0); the log-probability of the pieces they are of."""
        logp = 0.0
        while not self.ended:
            piece = self.head
            logp += piece.logp
            taken = min(count, len(piece.data) - self.offset)
            count -= taken
            self.offset += taken
            if self.offset < len(piece.data):
                break
            self.at, self.offset = self.at + 1, 0
            if count == 0:
                break
        return logp

    def ahead(self) -> tuple[bytes, bool]:
        """The bytes up to the next special token, and whether there is one."""
        out = bytearray()
        for index in range(self.at, len(self.pieces)):
            piece = self.pieces[index]
            if piece.special:
                return bytes(out), True
            out += piece.data[self.offset if index == self.at else 0 :]
        return bytes(out), False

    def rest(self) -> Sequence[Piece]:
        """The pieces that are left, the head without what was taken of it."""
        if self.ended or self.whole:
            return self.pieces[self.at :]
        return [Piece(None, self.head.data[self.offset :], self.head.logp), *self.pieces[self.at + 1 :]]


class Reading:
    """A frame that is put together from replies.

    Args:
        vocabulary: of the tokenizer.
        grammar: of the frame; walked.
        ids: what stands before the frame; its tokens are appended.
        odds: gets the log-probabilities of what the model decided.
        stripped: the replies lack their special tokens.
        max_value_tokens: a value still open after so many tokens is closed.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        grammar: FrameGrammar,
        ids: list[int],
        odds: Odds,
        stripped: bool = False,
        max_value_tokens: int = 1 << 30,
    ) -> None:
        self.grammar, self.ids, self.odds = grammar, ids, odds
        self.chosen = 0
        self.refused = ""  # the text that was not legal, where reading ended because of one
        self._vocabulary = vocabulary
        self._tokenizer = vocabulary.tokenizer
        self.stripped = stripped
        self._most = max_value_tokens
        self._run = 0

    def force(self) -> None:
        """Adds whatever has only one continuation."""
        while not self.grammar.done and (forced := self.grammar.forced()):
            for token in forced:
                self._push(token)
            self._run = 0

    def read(self, pieces: Sequence[Piece]) -> None:
        """Takes the legal part of a reply that goes on from ``ids``."""
        stream = _Stream(pieces)
        self.refused = ""
        while not self.grammar.done:
            forced = self.grammar.forced()
            if forced:
                agreed = self._follow(stream, forced)
            elif stream.ended:
                return
            elif self.grammar.tails():
                agreed = self._line(stream)
            elif self.grammar.undecided and not stream.head.special and self.stripped:
                agreed = self._infer(stream)
            else:
                agreed = self._open(stream)
            if not agreed:
                self.refused = self._text(stream.rest())
                return

    def _text(self, pieces: Sequence[Piece]) -> str:
        shown = (p.data or self._tokenizer.special_name(p.token or 0).encode() for p in pieces)
        return b"".join(shown).decode("utf-8", errors="replace")

    # -- one piece of the frame --------------------------------------------------------------------------------------

    def _push(self, token: int) -> None:
        self.grammar.push(token)
        self.ids.append(token)

    def _legal(self, token: int) -> bool:
        try:
            self._push(token)
        except ValueError:
            return False
        return True

    def _decide(self, logp: float) -> None:
        self.odds.add(self.grammar.part, self.grammar.deciding, logp)

    def _follow(self, stream: _Stream, forced: Sequence[int]) -> bool:
        """Adds forced tokens; whether the reply has them too, as far as it goes."""
        agreed = True
        for token in forced:
            self._push(token)
            text = self._vocabulary.bytes[token]
            if not text and agreed and not stream.ended:
                if stream.head.special:
                    agreed = stream.head.token == token
                    stream.skip(0)
                else:
                    agreed = self.stripped
            for byte in text:
                if not agreed or stream.ended:
                    break
                agreed = not stream.head.special and stream.head.data[stream.offset] == byte
                if agreed:
                    stream.skip(1)
        self._run = 0
        return agreed

    def _open(self, stream: _Stream) -> bool:
        """An event, or the next token of a value."""
        piece, part, name = stream.head, self.grammar.part, self.grammar.deciding
        if stream.whole and piece.token is not None and self._legal(piece.token):
            self.odds.add(part, name, piece.logp)
            stream.skip(len(piece.data))
        elif stream.whole and self._alternative(piece):
            return False  # what follows in the reply was said of another token
        elif not self._bytes(stream, part, name):
            return False
        return self._count()

    def _count(self) -> bool:
        """One more token was chosen; a value that does not end is closed, and the reply is then of no more use."""
        self.chosen, self._run = self.chosen + 1, self._run + 1
        if self._run < self._most or self.grammar.done or not self.grammar.in_string:
            return True
        part, name = self.grammar.part, self.grammar.deciding
        if self._legal(self._tokenizer.ranks[_QUOTE]):
            self.odds.add(part, name, -math.inf)
        return False

    def _alternative(self, piece: Piece) -> bool:
        """The likeliest legal token in the place of one that is not."""
        mask = self.grammar.allowed()
        legal = [(logp, token) for token, logp in piece.others if 0 <= token < len(mask) and mask[token]]
        if not legal:
            return False
        logp, token = max(legal)
        self._decide(logp)
        self._push(token)
        self.chosen, self._run = self.chosen + 1, self._run + 1
        return True

    def _bytes(self, stream: _Stream, part: Part, name: str | None) -> bool:
        """The legal bytes of a piece; whether there was any."""
        piece, begun = stream.head, False
        if piece.special or not self.grammar.in_text:
            return False
        for byte in piece.data[stream.offset :]:
            if byte < 0x80:
                if not self._legal(self._tokenizer.ranks[bytes([byte])]):
                    break
                stream.skip(1)
            elif not self._escape(stream):
                break
            if not begun:
                self.odds.add(part, name, piece.logp)
            begun = True
            if self.grammar.done or stream.ended or stream.head is not piece or self.grammar.forced():
                break
        return begun

    def _escape(self, stream: _Stream) -> bool:
        """A character that JSON may hold but CWM's JSON writes as an escape."""
        text = stream.ahead()[0][:4]
        for length in range(2, len(text) + 1):
            try:
                escape = json.dumps(text[:length].decode())[1:-1]
            except UnicodeDecodeError:
                continue
            if not all(self._legal(self._tokenizer.ranks[c.encode()]) for c in escape):
                return False
            stream.skip(length)
            return True
        return False

    def _line(self, stream: _Stream) -> bool:
        """One of the legal lines, or what they have in common with the reply."""
        lines = {ids: b"".join(self._vocabulary.bytes[i] for i in ids) for ids in self.grammar.tails()}
        ahead, closed = stream.ahead()
        whole = [ids for ids, text in lines.items() if ahead.startswith(text)]
        if whole:
            ids = max(whole, key=lambda ids: len(lines[ids]))
            self._take(stream, ids, len(lines[ids]))
            return True
        alike = {ids: _common(ahead, text) for ids, text in lines.items()}
        best = max(alike.values())
        similar = [ids for ids in lines if alike[ids] == best]
        shared = _shared(similar)
        if len(similar) > 1:  # only what the reply really says
            while len(b"".join(self._vocabulary.bytes[i] for i in shared)) > best:
                shared = shared[:-1]
        cut_off = not closed and best == len(ahead)
        if best == 0 and len(lines) > 1:
            shared = ()
        if shared:
            length = len(b"".join(self._vocabulary.bytes[i] for i in shared))
            self._take(stream, shared, min(length, best))
        if cut_off:
            stream.skip(len(ahead))
            return True
        if not stream.ended and stream.whole:
            self._alternative(stream.head)
        return False

    def _take(self, stream: _Stream, ids: Sequence[int], length: int) -> None:
        self._decide(stream.skip(length) if length else 0.0)
        for token in ids:
            self._push(token)
        self.chosen += 1

    # -- replies without their special tokens ------------------------------------------------------------------------

    def _infer(self, stream: _Stream) -> bool:
        """The event under which most of the reply is legal."""
        events = {
            Event.CALL: self._tokenizer.call_sep,
            Event.LINE: self._tokenizer.line_sep,
            Event.RETURN: self._tokenizer.return_sep,
            Event.EXCEPTION: self._tokenizer.exception_sep,
        }
        best: tuple[tuple[bool, bool, int], Event] | None = None
        for event in self.grammar.undecided:
            trial = Reading(self._vocabulary, self.grammar.fork(), [], Odds(), stripped=True)
            trial._push(events[event])
            trial.read(stream.rest())
            trial.force()
            done = trial.grammar.done and not trial.refused
            raised = done and looks_raised(trial.grammar.result().value)
            rank = (done, raised == (event is Event.EXCEPTION), trial.chosen)
            if (trial.chosen or done) and (best is None or rank > best[0]):
                best = rank, event
        if best is None:
            return False
        self._decide(UNKNOWN)
        self._push(events[best[1]])
        self.chosen += 1
        return True


def looks_raised(value: str | None) -> bool:
    """Whether a repr is rather that of an exception: the name of a built-in one, or one that ends as such names do."""
    found = _RAISED.fullmatch(value or "")
    if found is None:
        return False
    known = getattr(builtins, found[1], None)
    return (isinstance(known, type) and issubclass(known, BaseException)) or found[1].endswith(_RAISED_ENDINGS)


def _common(a: bytes, b: bytes) -> int:
    """Length of the common beginning."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _shared(lines: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The tokens that all lines begin with."""
    first = min(lines)
    last = max(lines)
    count = next((n for n, (x, y) in enumerate(zip(first, last, strict=False)) if x != y), min(len(first), len(last)))
    return first[:count]
