"""What completion servers understand: three dialects, found out by asking, and one form for their replies.

    vllm     OpenAI's /v1/completions with token ids both ways (vLLM, `neuraldbg serve`)
    openai   OpenAI's /v1/completions with text both ways (transformers serve, llama.cpp, ...)
    fgserve  Meta's /completions: token ids both ways, no probabilities, no temperature 0

The fields of each are those of its server's documentation. Nothing here knows the grammar of traces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from neuraldbg.errors import ModelError, ServerError, UsageError
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.http_client import Answer, Cancelled, HttpClient, shown
from neuraldbg.model.odds import UNKNOWN
from neuraldbg.model.reading import Piece, pieces_of

ALTERNATIVES: Final = 5  # tokens in the place of each, with their probabilities; vLLM allows 20, OpenAI 5
MAX_MASK: Final = 4096  # ids that one request lists as allowed
ABSENT: Final = (404, 405, 410, 501)
_NOT_UNDERSTOOD: Final = (400, 422)
_TOKEN_ID: Final = "token_id:"
# Every token of its layout that matters, in a text that any tokenizer cuts into the same few words.
_PROBE: Final = (
    "<|begin_of_text|><|trace_context_start|>def f(x):\n    return x\n<|frame_sep|><|call_sep|>{}<|action_sep|>"
)


class Kind(StrEnum):
    """A dialect."""

    VLLM = "vllm"
    OPENAI = "openai"
    FGSERVE = "fgserve"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server's completions may be.

    Attributes:
        origin: scheme, host and port.
        openai: URL of OpenAI's completions; empty if the user named fgserve's.
        models: URL of the list of models, or empty.
        fgserve: URL of Meta's completions; empty if the user named OpenAI's.
    """

    origin: str
    openai: str
    models: str
    fgserve: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Takes a server's base (``http://host:8000``), its ``/v1``, or the whole URL of its completions.

        Raises:
            UsageError: if it is no such URL.
        """
        example = "give one such as http://127.0.0.1:8000"
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise UsageError(f"--server {shown(url)} is no URL ({error}): {example}") from error
        if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in parts.netloc):
            raise UsageError(f"--server {shown(url)} is no http:// or https:// URL: {example}")
        if parts.username is not None or parts.password is not None:
            raise UsageError("--server takes no key or password in the URL: put the key into NEURALDBG_API_KEY")
        if parts.query or parts.fragment:
            raise UsageError(f"--server {shown(url)}: leave out what follows the path")
        name = f"[{host}]" if ":" in host else host
        origin = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
        path = parts.path.rstrip("/")
        if path.endswith("/v1/completions"):
            path = path.removesuffix("/completions")
        elif path.endswith("/completions"):
            return cls(origin, "", "", origin + path)
        if path.endswith("/v1"):
            return cls(origin, f"{origin}{path}/completions", f"{origin}{path}/models", "")
        base = origin + path
        return cls(origin, f"{base}/v1/completions", f"{base}/v1/models", f"{base}/completions")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote.

    Attributes:
        pieces: in order.
        stripped: special tokens are missing.
        text: of the reply, for messages.
    """

    pieces: Sequence[Piece]
    stripped: bool
    text: str


class Completions:
    """One model behind one server, in its dialect.

    Args:
        http: the server.
        url: of its completions.
        kind: its dialect.
        model: how the server calls the model; None leaves it to the server.
        vocabulary: of the model.
    """

    def __init__(self, http: HttpClient, url: str, kind: Kind, model: str | None, vocabulary: Vocabulary) -> None:
        self.http, self.url, self.kind, self.model = http, url, kind, model
        self.extended = kind is Kind.VLLM  # the server takes fields that OpenAI's does not have
        self.adds_begin = False  # the server puts <|begin_of_text|> before a text by itself
        self._vocabulary = vocabulary
        self._tokenizer = vocabulary.tokenizer

    @property
    def masks(self) -> bool:
        """The server can be told which tokens are allowed."""
        return self.kind is Kind.VLLM

    def complete(
        self,
        ids: Sequence[int],
        most: int,
        allowed: Sequence[int] | None = None,
        cancelled: Cancelled | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """The model's continuation of a prompt, up to the end of a frame.

        Args:
            ids: the prompt.
            most: tokens of the continuation.
            allowed: of these tokens only; where `masks`.
            cancelled: see `HttpClient.post`.
            seconds: for the answer, retries included; None takes the client's own limit.

        Raises:
            Cancelling: if ``cancelled`` returned true.
            ServerError: if there is no answer, or one that no completion server gives.
            ModelError: if a text cannot hold the prompt.
        """
        body = self.body(ids, most, allowed)
        answer = self.http.post(self.url, body, cancelled, seconds=seconds)
        return self.reply(answer)

    def body(self, ids: Sequence[int], most: int, allowed: Sequence[int] | None = None) -> dict[str, Any]:
        """The request, in the server's dialect."""
        t = self._tokenizer
        body: dict[str, Any] = {"prompt": list(ids), "max_tokens": most}
        if self.model is not None:
            body["model"] = self.model
        if self.kind is Kind.FGSERVE:
            return body | {"temperature": 0.01, "top_p": 1.0, "stop": "<|frame_sep|>"}
        body |= {"temperature": 0, "logprobs": ALTERNATIVES}
        if self.kind is Kind.OPENAI:
            body |= {"prompt": self._text(ids), "stop": ["<|frame_sep|>"]}
        if self.extended:
            body |= {"skip_special_tokens": False, "include_stop_str_in_output": True, "add_special_tokens": False}
        if self.kind is Kind.VLLM:
            body |= {"stop_token_ids": [t.frame_sep, t.end_of_text], "return_token_ids": True}
            body["return_tokens_as_token_ids"] = True
            if allowed is not None:
                body["allowed_token_ids"] = list(allowed)
        return body

    def _text(self, ids: Sequence[int]) -> str:
        """The prompt with special tokens by their names.

        Raises:
            ModelError: if the program holds such a name, which the server would take for the token.
        """
        t = self._tokenizer
        text = t.decode(ids)
        if t.encode_with_special(text).count(t.frame_sep) != list(ids).count(t.frame_sep):
            raise ModelError(
                "the program holds the text of a special token such as <|frame_sep|>: this server takes text only and "
                "cannot tell them apart; use one that takes token ids"
            )
        return text.removeprefix("<|begin_of_text|>") if self.adds_begin else text

    # -- replies -----------------------------------------------------------------------------------------------------

    def reply(self, answer: Answer) -> Reply:
        """Reads an answer.

        Raises:
            ServerError: if it is none of this dialect.
        """
        choice = self._choice(answer.body)
        logprobs = choice.get("logprobs")
        table = logprobs if isinstance(logprobs, dict) else {}
        if self.kind is Kind.OPENAI:
            text = choice.get("text")
            if not isinstance(text, str):
                raise self._foreign("choices[0].text")
            pieces = self._spelled(text, table)
            return Reply(pieces, not any(piece.special for piece in pieces), text)
        field = "token_ids" if self.kind is Kind.VLLM else "tokens"
        ids = choice.get(field)
        if ids is None or not _is_ids(ids):
            raise self._foreign(f"choices[0].{field}")
        unknown = next((i for i in ids if not 0 <= i < self._vocabulary.size), None)
        if unknown is not None:
            raise ServerError(
                f"{self.http.origin} answered with token {unknown}, the tokenizer has {self._vocabulary.size}: "
                "give the served model's own with --model FOLDER"
            )
        sure = _numbers(table.get("token_logprobs"), len(ids))
        others = self._others(table.get("top_logprobs"), len(ids))
        pieces = [Piece(i, self._vocabulary.bytes[i], sure[k], others[k]) for k, i in enumerate(ids)]
        return Reply(pieces, False, self._tokenizer.decode(ids))

    def _choice(self, body: Any) -> Mapping[str, Any]:
        choices = body.get("choices") if isinstance(body, dict) else None
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            return choices[0]
        raise self._foreign("choices[0]")

    def _foreign(self, what: str) -> ServerError:
        return ServerError(f"{self.http.origin} answered without {what}: no {self.kind.value} server does; try again")

    def _spelled(self, text: str, table: Mapping[str, Any]) -> list[Piece]:
        """Pieces of a text; the server's own tokens where it tells them and they make up the text."""
        tokens = table.get("tokens")
        if not (isinstance(tokens, list) and all(isinstance(t, str) for t in tokens)):
            return pieces_of(self._vocabulary, text)
        plain = "".join(t for t in tokens if not self._is_special(t))  # the text may lack the special ones
        if text not in ("".join(tokens), plain):
            return pieces_of(self._vocabulary, text)
        sure = _numbers(table.get("token_logprobs"), len(tokens))
        others = self._others(table.get("top_logprobs"), len(tokens))
        pieces = []
        for k, token in enumerate(tokens):
            number, special = self._token(token), self._is_special(token)
            data = b"" if special else token.encode("utf-8", "replace")
            if data or special:
                pieces.append(Piece(number, data, sure[k], others[k]))
        return pieces

    def _token(self, text: str) -> int | None:
        """Id of a token that a server writes as text, or as ``token_id:5``."""
        if text.startswith(_TOKEN_ID) and text[len(_TOKEN_ID) :].isdecimal():
            number = int(text[len(_TOKEN_ID) :])
            return number if number < self._vocabulary.size else None
        if text.startswith("<|") and text.endswith("|>"):
            ids = self._tokenizer.encode_with_special(text)
            return ids[0] if len(ids) == 1 else None
        return self._tokenizer.ranks.get(text.encode("utf-8", "replace"))

    def _is_special(self, text: str) -> bool:
        number = self._token(text)
        return number is not None and self._tokenizer.is_special(number)

    def _others(self, table: Any, count: int) -> list[tuple[tuple[int, float], ...]]:
        if not isinstance(table, list) or len(table) != count:
            return [()] * count
        out = []
        for row in table:
            known = row.items() if isinstance(row, dict) else ()
            numbered = ((self._token(text), logp) for text, logp in known)
            out.append(tuple((i, float(p)) for i, p in numbered if i is not None and _is_number(p)))
        return out


def find_dialect(http: HttpClient, address: Address, model: str | None, vocabulary: Vocabulary) -> Completions:
    """Asks a server for one token in each dialect until it understands, and checks that it reads our tokens as we do.

    Raises:
        ServerError: if it understands none, or its vocabulary is another one.
    """
    refused = ""
    if address.openai:
        found = Completions(http, address.openai, Kind.VLLM, model, vocabulary)
        body = found.body([], 1) | {"prompt": _PROBE}  # as text: the answer shows how the server reads it
        answer = http.post(found.url, body, accept=(*ABSENT, *_NOT_UNDERSTOOD), first=True)
        if answer.status == 200:
            if "token_ids" not in found._choice(answer.body):
                found.kind = Kind.OPENAI
            return _checked(found, answer)
        refused = answer.reason
        if answer.status in _NOT_UNDERSTOOD:
            found = Completions(http, address.openai, Kind.OPENAI, model, vocabulary)
            answer = http.post(found.url, found.body([], 1) | {"prompt": _PROBE}, first=True)
            return _checked(found, answer)
    if address.fgserve:
        found = Completions(http, address.fgserve, Kind.FGSERVE, model, vocabulary)
        ids = vocabulary.tokenizer.encode_with_special(_PROBE)
        answer = http.post(found.url, found.body(ids, 1), accept=ABSENT, first=True)
        if answer.status == 200:
            found.reply(answer)
            return found
        refused = refused or answer.reason
    raise _nothing_at(address, refused)


def check_completions(http: HttpClient, address: Address) -> None:
    """Asks whether there are completions at all, for a server of which nothing else is known.

    Raises:
        ServerError: if there are none.
    """
    reason = ""
    for url in filter(None, (address.openai, address.fgserve)):
        answer = http.post(url, {}, accept=(*ABSENT, *_NOT_UNDERSTOOD, 415, 500), first=True)
        if answer.status not in ABSENT:
            return
        reason = reason or answer.reason
    raise _nothing_at(address, reason)


def _nothing_at(address: Address, reason: str) -> ServerError:
    tried = " or ".join(urlsplit(url).path for url in (address.openai, address.fgserve) if url)
    return ServerError(f"{address.origin} has no {tried}{f' ({reason})' if reason else ''}: is the URL right?")


def _checked(found: Completions, answer: Answer) -> Completions:
    """Holds what the server made of the probe against our own reading of it.

    Raises:
        ServerError: if they differ.
    """
    found.reply(answer)
    ours = found._tokenizer.encode_with_special(_PROBE)
    choice = found._choice(answer.body)
    theirs = choice.get("prompt_token_ids") or answer.body.get("prompt_token_ids")
    usage = answer.body.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    found.adds_begin = count == len(ours) + 1 and found.kind is Kind.OPENAI
    wrong = (
        theirs not in (ours, ours[:1] + ours)
        if _is_ids(theirs)
        else count is not None
        and count
        not in (
            len(ours),
            len(ours) + 1,
        )
    )
    if wrong:
        raise ServerError(
            f"the model at {found.http.origin} has another vocabulary (it reads a text of {len(ours)} tokens as "
            f"{len(theirs) if _is_ids(theirs) else count}): give the served model's own with --model FOLDER"
        )
    return found


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(i, int) and not isinstance(i, bool) for i in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= 0.001


def _numbers(values: Any, count: int) -> list[float]:
    """Log-probabilities, NaN where there are none."""
    if not isinstance(values, list) or len(values) != count:
        return [UNKNOWN] * count
    return [min(0.0, float(v)) if _is_number(v) else UNKNOWN for v in values]
