"""A model behind a server: `neuraldbg predict ... --server URL`.

A model that writes frames freely, as Meta's CWM does, is asked once a frame: the prompt and the forced beginning of the
frame go out, the reply is held against the grammar (reading.py), and where it is not legal the legal beginning goes out
again, at most twice. A model that has learnt the decisions of a frame only, as the embedded one has (its configuration
or its server says ``"scratchpad": true``), is asked for every decision, from the legal tokens.
It loads no weights and runs no program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import EMBEDDED, load_tokenizer, resolve
from neuraldbg.model.decoding import MAX_VALUE_TOKENS, Stopped
from neuraldbg.model.dialects import ABSENT, MAX_MASK, Address, Completions, check_completions, find_dialect
from neuraldbg.model.grammar import FrameGrammar, Vocabulary
from neuraldbg.model.http_client import Cancelling, HttpClient, Patience, environment_key, is_loopback, shown
from neuraldbg.model.odds import Odds
from neuraldbg.model.predictor import Predictor
from neuraldbg.model.reading import Reading
from neuraldbg.model.tokenizer import CwmTokenizer

ASKED_AGAIN: Final = 2  # times at most for one frame
FRAME_TOKENS: Final = 2048  # of one reply
FIRST_RUN: Final = 8  # tokens of a value that are asked for at once where a model decides only; doubled every time
MAX_RUN: Final = 64
MAX_CONTEXT: Final = 32_768  # tokens of a prompt: every step sends it
DEFAULT_CONTEXT: Final = 8192  # where neither server nor configuration says


class RemoteDecoder:
    """Decodes frames by asking a server (a `neuraldbg.model.decoding.FrameDecoder`).

    Args:
        completions: the model.
        vocabulary: of the model.
        context: tokens that it reads.
        decisions: it has learnt the decisions of a frame only.
        max_value_tokens: a value still open after so many tokens is closed.
    """

    def __init__(
        self,
        completions: Completions,
        vocabulary: Vocabulary,
        context: int,
        decisions: bool = False,
        max_value_tokens: int = MAX_VALUE_TOKENS,
    ) -> None:
        self.context = context
        self.asked = 0  # requests so far
        self._completions = completions
        self._vocabulary = vocabulary
        self._decisions = decisions
        self._max_value_tokens = min(max_value_tokens, context // 5)

    def decode(self, ids: list[int], grammar: FrameGrammar, odds: Odds, cancelled: Callable[[], bool] | None) -> int:
        """See `FrameDecoder`."""
        end = monotonic() + self._completions.http.patience.total
        reading = Reading(self._vocabulary, grammar, ids, odds, max_value_tokens=self._max_value_tokens)
        replies: list[str] = []
        fruitless, run = 0, FIRST_RUN
        while True:
            reading.force()
            if grammar.done:
                return reading.chosen
            if (fruitless if self._decisions else len(replies)) > ASKED_AGAIN:
                raise self._not_legal(grammar, replies)
            known, listed = len(ids), self._listed(grammar, fruitless)
            room = self.context - known
            if room < 1:
                raise ModelError(f"{known} tokens do not fit the model's context of {self.context}")
            most = 1 if listed is not None else min(room, run if self._decisions else FRAME_TOKENS)
            seconds = max(0.1, end - monotonic())
            try:
                reply = self._completions.complete(ids, most, listed, cancelled, seconds)
            except Cancelling as stopped:
                raise Stopped from stopped
            self.asked += 1
            replies.append(reply.text)
            reading.stripped = reply.stripped
            reading.read(reply.pieces)
            run = FIRST_RUN if listed is not None else min(2 * run, MAX_RUN)
            fruitless = 0 if len(ids) > known else fruitless + 1

    def _listed(self, grammar: FrameGrammar, fruitless: int) -> list[int] | None:
        """The tokens to choose from, where the next one is to be chosen alone."""
        if not self._completions.masks or not (self._decisions or fruitless):
            return None
        if grammar.in_string and not fruitless:
            return None
        mask = grammar.allowed()
        allowed: list[int] = mask.nonzero()[0].tolist()
        return allowed if len(allowed) <= MAX_MASK else None

    def _not_legal(self, grammar: FrameGrammar, replies: Sequence[str]) -> ModelError:
        name = self._completions.model or self._completions.http.origin
        wrote = shown(self._completions.http.hide(next((r for r in replies if r), "")), 80)
        events = " or ".join(event.value for event in grammar.undecided)
        where = f"a {events} step" if events else "one of the legal lines" if grammar.tails() else "the rest of a value"
        what = f"it wrote {wrote!r}" if wrote else "it wrote nothing"
        return ModelError(
            f"{name} does not keep to the trace format: {what} where {where} was due (asked {len(replies)} times); "
            "step again, or use a model trained on CWM's traces"
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a model before its server is asked to complete anything."""

    name: str | None
    vocabulary: Vocabulary
    context: int
    decisions: bool


def warnings_for(url: str) -> list[str]:
    """What the user should know before anything is sent to a server.

    Raises:
        UsageError: if ``url`` is none.
    """
    parts = urlsplit(Address.parse(url).origin)
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return []
    if environment_key() is None:
        return []
    return [f"the API key is sent to {parts.hostname} unencrypted: use https://, or a tunnel to it"]


def load_remote(url: str, model: str | None = None, patience: Patience | None = None) -> Predictor:
    """Finds out what a server serves and how to talk to it.

    Args:
        url: base of the server, its /v1, or the URL of its completions.
        model: the served model's name, or the folder or hub id of a checkpoint with its tokenizer; None takes the only
            model of the server.
        patience: time-outs.

    Raises:
        UsageError: if ``url`` is no URL.
        ModelError: if the server cannot be reached, serves no such model, or another vocabulary.
    """
    address = Address.parse(url)
    http = HttpClient(address.origin, environment_key(), patience or Patience.from_environment())
    try:
        served = _served(http, address)
        if model is None and not served:
            check_completions(http, address)
        known = _identify(model, served, address.origin)
        completions = find_dialect(http, address, known.name, known.vocabulary)
        if known.decisions and not completions.masks:
            raise ModelError(
                f"{known.name or EMBEDDED} has learnt to choose from legal tokens, not to write frames: {http.origin} "
                "would have to take allowed_token_ids, as `neuraldbg serve` and vLLM do"
            )
    except BaseException:
        http.close()
        raise
    decoder = RemoteDecoder(completions, known.vocabulary, known.context, known.decisions)
    return Predictor(decoder, known.vocabulary, known.name or address.origin, known.decisions)


def _served(http: HttpClient, address: Address) -> list[Mapping[str, Any]]:
    """The server's list of models; empty where it has none."""
    if not address.models:
        return []
    answer = http.get(address.models, accept=(*ABSENT, 500))  # `transformers serve` fails so without a cache
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    rows = data if isinstance(data, list) else []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


def _identify(model: str | None, served: Sequence[Mapping[str, Any]], origin: str) -> _Known:
    """The served model, with the tokenizer to talk to it.

    Raises:
        ModelError: if there is none or more than one that fits, or its tokenizer is not known.
    """
    rows = {str(row["id"]): row for row in served}
    listed = shown(", ".join(rows))
    if model in rows:
        name: str | None = model
    elif len(rows) == 1:
        name = next(iter(rows))
    elif model is None and rows:
        raise ModelError(f"{origin} serves {len(rows)} models: choose one with --model: {listed}")
    else:
        name = None if model is None or Path(model).is_dir() else model  # a path here says nothing there
    row = rows.get(name or "", {})
    folder = _folder_of([n for n in (model, name, row.get("root")) if isinstance(n, str)], origin)
    config = _config(folder)
    length = next((row[key] for key in ("max_model_len", "context") if isinstance(row.get(key), int)), 0)
    context = length if length > 0 else int(config.get("max_position_embeddings") or DEFAULT_CONTEXT)
    decisions = bool(row.get("scratchpad", config.get("scratchpad", False)))
    return _Known(name, Vocabulary(_tokenizer(folder, config)), min(context, MAX_CONTEXT), decisions)


def _folder_of(names: Sequence[str], origin: str) -> Path:
    """A folder with the tokenizer of one of these.

    Raises:
        ModelError: if none of them is one, or a hub id of one.
    """
    problem = ""
    for name in dict.fromkeys(names):
        if name.rstrip("/").rpartition("/")[2] == EMBEDDED and not Path(name).is_dir():
            return Path(resolve(EMBEDDED))
        try:
            found = resolve(name)
            return found if isinstance(found, Path) else _download(found)
        except ModelError as error:
            problem = problem or shown(str(error))
    unknown = f"the tokenizer of {shown(names[0])} is not here ({problem})" if names else "it does not tell its model"
    raise ModelError(f"{origin}: {unknown}: give the model's folder or hub id with --model")


def _download(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["config.json", "tokenizer.model", "original/tokenizer.model", "tokenizer.json"]
    try:
        return Path(snapshot_download(hub_id, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = shown(str(error)) or type(error).__name__
        raise ModelError(f"cannot get the tokenizer of {hub_id}: {reason}") from error


def _config(folder: Path) -> dict[str, Any]:
    from neuraldbg.model.checkpoint import read_config

    return read_config(folder) if (folder / "config.json").is_file() else {}


def _tokenizer(folder: Path, config: dict[str, Any]) -> CwmTokenizer:
    return load_tokenizer(folder, config) if config else CwmTokenizer.load(folder)
