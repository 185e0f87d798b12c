"""What `neuraldbg serve` answers: OpenAI's completions with vLLM's extensions, and the form of Meta's fgserve."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuraldbg.model.completions import Asked
from neuraldbg.model.generation import Piece
from neuraldbg.model.tokenizer import CwmTokenizer


@dataclass(frozen=True, slots=True)
class Reply:
    """What is common to all parts of one reply."""

    id: str
    model: str
    created: int  # seconds since 1970
    asked: Asked
    tokenizer: CwmTokenizer

    def frame(self, choices: list[dict[str, Any]], usage: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A whole reply, or one event of a stream."""
        body: dict[str, Any] = {
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }
        if usage is not None or not self.asked.stream or self.asked.usage:
            body["usage"] = usage
        return body

    def choice(self, index: int, pieces: Sequence[Piece], echo: str = "", before: int = 0) -> dict[str, Any]:
        """Pieces of one sequence.

        Args:
            index: of the sequence.
            pieces: in order.
            echo: text of the prompt, where it is to be shown here.
            before: characters of the prompt shown in this reply.
        """
        choice: dict[str, Any] = {
            "index": index,
            "text": echo + "".join(piece.text for piece in pieces),
            "logprobs": self._logprobs(pieces, before) if self.asked.sampling.logprobs is not None else None,
            "finish_reason": pieces[-1].finish if pieces else None,
            "stop_reason": pieces[-1].reason if pieces else None,
        }
        if self.asked.with_ids:
            choice["token_ids"] = [piece.choice.token for piece in pieces]
        return choice

    def _logprobs(self, pieces: Sequence[Piece], before: int) -> dict[str, Any]:
        choices = [piece.choice for piece in pieces]
        return {
            "tokens": [self._name(choice.token) for choice in choices],
            "token_logprobs": [choice.logprob for choice in choices],
            "top_logprobs": [
                {self._name(token): logprob for token, logprob in (*choice.top, (choice.token, choice.logprob))}
                for choice in choices
            ],
            "text_offset": [before + piece.offset for piece in pieces],
        }

    def _name(self, token: int) -> str:
        """A token's text; bytes that are no text on their own as OpenAI writes them, so that no two names are equal."""
        if self.asked.ids_for_tokens:
            return f"token_id:{token}"
        if self.tokenizer.is_special(token):
            return self.tokenizer.special_name(token)
        data = self.tokenizer.token_bytes(token)
        try:
            return data.decode()
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in data)


def count_usage(prompt_tokens: int, completion_tokens: int, reused: int) -> dict[str, Any]:
    """OpenAI's counts; ``reused`` prompt tokens were in the cache already."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": reused},
    }


def fgserve_reply(
    request_id: str, model: str, sequences: Sequence[tuple[str, list[int], str]], usage: Mapping[str, Any]
) -> dict[str, Any]:
    """A reply as fgserve gives it, with the true reason to finish.

    Args:
        request_id: of the reply.
        model: its name.
        sequences: text, ids and reason to finish of each.
        usage: counts.
    """
    choices = [
        {"index": index, "text": text, "tokens": tokens, "logprobs": None, "finish_reason": finish}
        for index, (text, tokens, finish) in enumerate(sequences)
    ]
    return {
        "id": request_id,
        "choices": choices,
        "created": int(time.time()),
        "model": model,
        "object": "text_completion",
        "usage": usage,
        "system_fingerprint": None,
    }
