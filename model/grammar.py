"""The trace grammar as an automaton: which tokens may come next in a frame, and which are forced.

A frame is one of (see ../docs/grammar.md)

    <|call_sep|> | <|line_sep|>         LOCALS <|action_sep|> LINE <|frame_sep|>
    <|return_sep|> | <|exception_sep|>  <|action_sep|> LINE <|arg_sep|> VALUE <|frame_sep|>

`FrameGrammar` is built for one frame from what is legal there (`neuraldbg.control.Legal`) and from the text of the
legal lines, and walks it token by token. The automaton runs on bytes, because a token may hold the end of a value and
the comma behind it; lines and events are finite choices and run on the tokenizer's own tokens. It knows nothing of
weights. It does not look at values: any JSON string is a value.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import regex

from neuraldbg.control import Branch, Legal, NameRule
from neuraldbg.model.automaton import BODY, Automaton, States
from neuraldbg.model.tokenizer import SPLIT_PATTERN, CwmTokenizer
from neuraldbg.steps import Event

Mask = npt.NDArray[np.bool_]

_PIECES: Final = regex.compile(SPLIT_PATTERN)
_TRIE_TOKEN: Final = -1  # key under which a trie node keeps the token that ends there
_LOOKAHEAD: Final = 12  # bytes of the text after a value that key the mask cache


class Vocabulary:
    """Per-tokenizer tables for masks; build it once.

    Attributes:
        tokenizer: whose ids are used.
        size: number of ids.
        plain: bool mask of the ids whose bytes may stand anywhere in a JSON string.
        quote: bool mask of the ids that begin with a double quote.
    """

    def __init__(self, tokenizer: CwmTokenizer) -> None:
        self.tokenizer = tokenizer
        self.size = tokenizer.vocab_size
        self.bytes = [tokenizer.token_bytes(i) for i in range(self.size)]
        self.plain: Mask = np.zeros(self.size, dtype=np.bool_)
        self.quote: Mask = np.zeros(self.size, dtype=np.bool_)
        self.marked: list[int] = []  # ids that may stand in a JSON string only under conditions
        self.trie: dict[int, Any] = {}
        for token, text in enumerate(self.bytes):
            if not text:
                continue
            if all(0x20 <= b < 0x7F and b not in b'"\\' for b in text):
                self.plain[token] = True
            elif all(0x20 <= b < 0x7F for b in text):
                self.marked.append(token)
            self.quote[token] = text[0] == 0x22
            node = self.trie
            for byte in text:
                node = node.setdefault(byte, {})
            node[_TRIE_TOKEN] = token
        self.body_masks: dict[object, Mask] = {}

    def encode(self, text: str) -> tuple[int, ...]:
        """Canonical ids of ordinary text."""
        return tuple(self.tokenizer.encode(text))

    def stable_prefix(self, text: str) -> list[int]:
        """Canonical ids of all pieces of ``text`` but the last: what follows cannot change them."""
        return [i for piece in _PIECES.findall(text)[:-1] for i in self.tokenizer.encode(piece)]


@dataclass(frozen=True, slots=True)
class Frame:
    """A parsed frame, with ``".."`` still in place.

    Attributes:
        event: of the frame; None when the trace ended instead (``<|end_of_text|>``).
        branch: the legal branch it took; None at the end of the trace.
        locals: name -> repr or ``".."``.
        line: 1-based line of the user's file, 0 at the end of the trace.
        value: repr of the returned value or exception.
    """

    event: Event | None
    branch: Branch | None = None
    locals: Mapping[str, str] | None = None
    line: int = 0
    value: str | None = None


class Part(Enum):
    """Which part of the frame a token decides."""

    MOVE = auto()  # the event, the line, which names are there
    LOCAL = auto()  # the value of a name (the name is in `FrameGrammar.deciding`)
    VALUE = auto()  # the returned value or exception
    OPERATION = auto()  # what an operation gives (model/scratchpad.py)


class _Phase(Enum):
    EVENT = auto()
    LOCALS = auto()
    ACTION = auto()  # <|action_sep|> is due
    LINE = auto()
    VALUE = auto()
    OPERATION = auto()
    DONE = auto()


_TEXTS: Final = frozenset({_Phase.LOCALS, _Phase.VALUE, _Phase.OPERATION})


class FrameGrammar:
    """One frame, from its event to its ``<|frame_sep|>`` (or ``<|end_of_text|>``).

    Args:
        vocabulary: tables of the tokenizer.
        legal: what may come next.
        line_text: ``(branch, line)`` -> the LINE text, with its newline. Where two legal lines share a text the lowest
            line number wins, so callers should make texts distinct (model/prompt.py does).
    """

    def __init__(self, vocabulary: Vocabulary, legal: Legal, line_text: Mapping[tuple[Event, str, int], str]) -> None:
        self.vocabulary = vocabulary
        self._special = vocabulary.tokenizer
        self._line_text = line_text
        self._event_ids = {
            Event.CALL: self._special.call_sep,
            Event.LINE: self._special.line_sep,
            Event.RETURN: self._special.return_sep,
            Event.EXCEPTION: self._special.exception_sep,
        }
        self._branches = legal.branches
        self._may_end = legal.may_end
        self._phase = _Phase.EVENT
        self._event: Event | None = None
        self._automaton = Automaton()
        self._states: States = frozenset()
        self._alternatives: list[tuple[Branch, ...]] = []
        self._text = bytearray()
        self._locals: dict[str, str] = {}
        self._lines: dict[tuple[int, ...], tuple[Branch, int]] = {}
        self._line_at: tuple[int, ...] = ()
        self._line: tuple[Branch, int] | None = None
        self._value: str | None = None

    @classmethod
    def of_operation(cls, vocabulary: Vocabulary) -> FrameGrammar:
        """The value of an operation alone: a JSON string, ended by its closing quote."""
        grammar = cls(vocabulary, Legal((), False), {})
        grammar._automaton = Automaton.of_value(None)
        grammar._states = grammar._automaton.start
        grammar._phase = _Phase.OPERATION
        return grammar

    # -- what may come next ------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        return self._phase is _Phase.DONE

    @property
    def part(self) -> Part:
        """What the next token decides."""
        if self._phase is _Phase.VALUE:
            return Part.VALUE
        if self._phase is _Phase.OPERATION:
            return Part.OPERATION
        return Part.LOCAL if self.deciding is not None else Part.MOVE

    @property
    def deciding(self) -> str | None:
        """The name whose value the next token decides, else None."""
        if self._phase is not _Phase.LOCALS:
            return None
        literal = self._automaton.literal(self._states)  # the next token may begin before the choice
        return self._automaton.deciding(self._automaton.run(self._states, literal))

    def forced(self) -> list[int]:
        """The longest run of tokens from here that no choice can change; empty where the next token is open."""
        if self._phase is _Phase.EVENT:
            options = self._event_options()
            return options if len(options) == 1 else []
        if self._phase is _Phase.ACTION:
            return [self._special.action_sep]
        if self._phase is _Phase.LINE:
            return self._forced_line()
        if self._phase in _TEXTS:
            literal = self._automaton.literal(self._states)
            if literal:
                rest = self._automaton.run(self._states, literal)
                text = literal.decode("ascii")
                if self._closes(rest):
                    return [*self.vocabulary.encode(text), self._closing]
                return self.vocabulary.stable_prefix(text)
            if self._closes(self._states):
                return [self._closing]
        return []

    def allowed(self) -> Mask:
        """Bool mask over the vocabulary of the tokens that may come next (always at least one until `done`)."""
        mask: Mask = np.zeros(self.vocabulary.size, dtype=np.bool_)
        if self._phase is _Phase.EVENT:
            mask[self._event_options()] = True
        elif self._phase is _Phase.ACTION:
            mask[self._special.action_sep] = True
        elif self._phase is _Phase.LINE:
            mask[self._line_options()] = True
        elif self._phase in _TEXTS:
            if self._automaton.in_body(self._states):
                return self._body_mask()
            self._collect(self.vocabulary.trie, self._states, mask)
            if self._automaton.accepted(self._states):
                mask[self._closing] = True
        return mask

    def closing_only(self) -> Mask:
        """As `allowed`, but inside a string only tokens that close it, where there are any."""
        mask = self.allowed()
        closing = mask & self.vocabulary.quote
        return closing if self._automaton.in_body(self._states) and closing.any() else mask

    def tails(self) -> list[tuple[int, ...]]:
        """What is left of each legal line; empty where the next token belongs to no line."""
        if self._phase is not _Phase.LINE:
            return []
        at = len(self._line_at)
        return [ids[at:] for ids in self._lines if ids[:at] == self._line_at]

    @property
    def in_string(self) -> bool:
        """True where the next token may be any text of a value."""
        return self._phase in _TEXTS and self._automaton.in_body(self._states)

    @property
    def in_text(self) -> bool:
        """True in LOCALS and values, whose bytes any tokens may hold."""
        return self._phase in _TEXTS

    @property
    def undecided(self) -> list[Event]:
        """The events that may come; empty once one was taken."""
        if self._phase is not _Phase.EVENT:
            return []
        return list(dict.fromkeys(branch.event for branch in self._branches))

    # -- walking -----------------------------------------------------------------------------------------------------

    def push(self, token: int) -> None:
        """Takes the next token.

        Raises:
            ValueError: if the token is not allowed here.
        """
        if self._phase is _Phase.EVENT:
            self._push_event(token)
        elif self._phase is _Phase.ACTION and token == self._special.action_sep:
            self._enter_lines()
        elif self._phase is _Phase.LINE:
            self._push_line(token)
        elif self._phase in _TEXTS:
            self._push_text(token)
        else:
            raise ValueError(f"token {token} is not allowed in {self._phase.name}")

    def fork(self) -> FrameGrammar:
        """A copy that walks on its own."""
        other = copy.copy(self)
        other._text = bytearray(self._text)
        other._lines = dict(self._lines)
        return other

    @property
    def value(self) -> str:
        """The operation's value; only when `done`."""
        assert self._value is not None, "the value is not complete"
        return self._value

    def result(self) -> Frame:
        """The parsed frame; only when `done`."""
        assert self.done, "the frame is not complete"
        if self._line is None:
            return Frame(None)
        branch, line = self._line
        return Frame(self._event, branch, self._locals, line, self._value)

    # -- events ------------------------------------------------------------------------------------------------------

    def _event_options(self) -> list[int]:
        options = [self._event_ids[event] for event in dict.fromkeys(b.event for b in self._branches)]
        return [*options, self._special.end_of_text] if self._may_end else options

    def _push_event(self, token: int) -> None:
        if token not in self._event_options():
            raise ValueError(f"token {token} is no legal event here")
        if token == self._special.end_of_text:
            self._phase = _Phase.DONE
            return
        self._event = next(event for event, i in self._event_ids.items() if i == token)
        self._branches = tuple(b for b in self._branches if b.event is self._event)
        if self._event in (Event.RETURN, Event.EXCEPTION):
            self._phase = _Phase.ACTION
            return
        groups: dict[tuple[NameRule, ...], list[Branch]] = {}
        for branch in self._branches:
            groups.setdefault(branch.names, []).append(branch)
        self._alternatives = [tuple(group) for group in groups.values()]
        self._automaton = Automaton()
        for i, rules in enumerate(groups):
            self._automaton.add_locals(rules, i)
        self._states = self._automaton.start
        self._phase = _Phase.LOCALS

    # -- lines -------------------------------------------------------------------------------------------------------

    def _enter_lines(self) -> None:
        assert self._event is not None
        for branch in self._branches:
            for line in branch.lines:
                ids = self.vocabulary.encode(self._line_text[branch.event, branch.function, line])
                self._lines.setdefault(ids, (branch, line))
        self._phase = _Phase.LINE
        self._line_at = ()

    def _line_options(self) -> list[int]:
        at = len(self._line_at)
        after = self._special.arg_sep if self._event in (Event.RETURN, Event.EXCEPTION) else self._special.frame_sep
        following = {ids[at] if len(ids) > at else after for ids in self._lines if ids[:at] == self._line_at}
        return sorted(following)

    def _forced_line(self) -> list[int]:
        start, out = self._line_at, []
        while len(options := self._line_options()) == 1:
            out.append(options[0])
            if options[0] in (self._special.frame_sep, self._special.arg_sep):
                break
            self._line_at += (options[0],)
        self._line_at = start
        return out

    def _push_line(self, token: int) -> None:
        if token not in self._line_options():
            raise ValueError(f"token {token} leads to no legal line")
        if token not in (self._special.frame_sep, self._special.arg_sep):
            self._line_at += (token,)
            return
        self._line = self._lines[self._line_at]
        if self._event in (Event.CALL, Event.LINE):
            self._phase = _Phase.DONE
            return
        fixed = {"None" if b.returns_none else b.value for b in self._branches if self._line[1] in b.lines}
        self._automaton = Automaton.of_value(fixed.pop() if len(fixed) == 1 else None)
        self._states = self._automaton.start
        self._text.clear()
        self._phase = _Phase.VALUE

    # -- LOCALS and VALUE --------------------------------------------------------------------------------------------

    @property
    def _closing(self) -> int:
        return self._special.action_sep if self._phase is _Phase.LOCALS else self._special.frame_sep

    def _closes(self, states: States) -> bool:
        """True where nothing but the closing special token can follow."""
        return bool(states) and len(self._automaton.accepted(states)) == len(states)

    def _collect(self, trie: dict[int, Any], states: States, mask: Mask) -> None:
        for byte, child in trie.items():
            if byte == _TRIE_TOKEN:
                continue
            following = self._automaton.step(states, byte)
            if following:
                if _TRIE_TOKEN in child:
                    mask[child[_TRIE_TOKEN]] = True
                self._collect(child, following, mask)

    def _body_mask(self) -> Mask:
        """Mask inside a string: cached by the phase and by the text that may follow the closing quote."""
        key = tuple(
            sorted((at if edge == BODY else -1, self._ahead(node, edge, at)) for node, edge, at in self._states)
        )
        cached = self.vocabulary.body_masks.get(key)
        if cached is not None:
            return cached
        if self._states == {(node, BODY, 0) for node, _, _ in self._states}:
            mask = self.vocabulary.plain.copy()
            candidates: Iterable[int] = self.vocabulary.marked
        else:
            mask = np.zeros(self.vocabulary.size, dtype=np.bool_)
            candidates = range(self.vocabulary.size)
        for token in candidates:
            text = self.vocabulary.bytes[token]
            mask[token] = bool(text) and bool(self._automaton.run(self._states, text))
        self.vocabulary.body_masks[key] = mask
        return mask

    def _ahead(self, node: int, edge: int, at: int) -> tuple[bytes, ...]:
        """What may follow, far enough to tell apart any two places at which the same tokens are not allowed."""
        longest = max(_LOOKAHEAD, self._longest_marked)
        start = self._automaton.enter(self._automaton.body[node]) if edge == BODY else [(node, edge, at)]
        return tuple(sorted(self._paths(frozenset(start), longest)))

    @property
    def _longest_marked(self) -> int:
        return max((len(self.vocabulary.bytes[i]) for i in self.vocabulary.marked), default=0)

    def _paths(self, states: States, length: int) -> set[bytes]:
        """Literal texts from here, cut at a string body (marked by a NUL) or at ``length`` bytes."""
        out: set[bytes] = set()
        for node, edge, at in states:
            if edge == BODY:
                out.add(b"\0")
            elif node in self._automaton.accepting:
                out.add(b"\1")
            else:
                literal, target = self._automaton.edges[node][edge]
                head = literal[at:][:length]
                if len(literal) - at >= length:
                    out.add(head)
                else:
                    tails = self._paths(frozenset(self._automaton.enter(target)), length - len(head))
                    out |= {head + tail for tail in tails}
        return out

    def _push_text(self, token: int) -> None:
        if token == self._closing and self._automaton.accepted(self._states):
            text = self._text.decode("ascii")
            if self._phase is _Phase.LOCALS:
                self._locals = json.loads(text)
                taken = self._automaton.accepted(self._states)
                self._branches = tuple(b for i in taken for b in self._alternatives[i])
                self._enter_lines()
            else:
                self._value = json.loads(text)
                self._phase = _Phase.DONE
            return
        text_bytes = self.vocabulary.bytes[token]
        states = self._automaton.run(self._states, text_bytes) if text_bytes else frozenset()
        if not states:
            raise ValueError(f"token {token} ({text_bytes!r}) does not fit here")
        self._states = states
        self._text += text_bytes
        if self._phase is _Phase.OPERATION and self._closes(states):
            self._value = json.loads(self._text.decode("ascii"))
            self._phase = _Phase.DONE
