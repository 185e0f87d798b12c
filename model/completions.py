"""What clients ask of `neuraldbg serve`: OpenAI's completions with vLLM's extensions, and the form of Meta's fgserve.

Only JSON comes in here (replies.py makes what goes out), no connection and no network is touched. A field that is not
known, or that asks for something this server does not do, is refused with a reason: none is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from neuraldbg.model.generation import Ending
from neuraldbg.model.sampling import Sampling
from neuraldbg.model.tokenizer import CwmTokenizer

MAX_SEQUENCES: Final = 128  # prompts times n in one request
MAX_LOGPROBS: Final = 20
MAX_STOPS: Final = 16
MAX_STOP_CHARS: Final = 256
FGSERVE_TOKENS: Final = 8192  # max_tokens, temperature and top_p where a client of fgserve names none
FGSERVE_TEMPERATURE: Final = 0.6
FGSERVE_TOP_P: Final = 0.95

# Parameters of OpenAI or vLLM that are not supported -> the values that ask for nothing.
_NEUTRAL: Final[Mapping[str, tuple[Any, ...]]] = {
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "repetition_penalty": (1,),
    "length_penalty": (1,),
    "logit_bias": ({},),
    "min_p": (0,),
    "suffix": ("",),
    "use_beam_search": (False,),
    "prompt_logprobs": (),
    "spaces_between_special_tokens": (True,),
    "stream_options": (),  # only beside stream, where it is read
    "user": (),
}


class RequestError(Exception):
    """A request that is refused.

    Args:
        message: what is wrong and what to do, for the client's user.
        status: of HTTP.
        param: the field it is about.
        code: a word that programs can tell it by.
        headers: of the reply.
    """

    def __init__(
        self,
        message: str,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def to_json(self) -> dict[str, Any]:
        """OpenAI's form of an error."""
        kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused with 413.

    Attributes:
        context: ids that the model can read.
        max_tokens: most that one request may ask for; None leaves that to the context.
        body: bytes of a request.
    """

    context: int
    max_tokens: int | None = None
    body: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A parsed request.

    Attributes:
        model: asked for; None is whatever runs.
        prompts: texts or ids.
        n: sequences a prompt.
        sampling, ending: of each.
        special: special tokens written in text prompts are special tokens.
        begin: text prompts get a begin_of_text where they have none.
        echo: the reply's text begins with the prompt's.
        stream, usage: send pieces as they come; and the counts behind them.
        with_ids: vLLM's return_token_ids.
        ids_for_tokens: log-probabilities name tokens by id.
    """

    prompts: tuple[str | tuple[int, ...], ...]
    sampling: Sampling
    ending: Ending
    model: str | None = None
    n: int = 1
    special: bool = True
    begin: bool = True
    echo: bool = False
    stream: bool = False
    usage: bool = False
    with_ids: bool = False
    ids_for_tokens: bool = False


class _Fields:
    """A JSON object whose fields are taken one by one; what is left at the end is refused."""

    def __init__(self, body: object) -> None:
        if not isinstance(body, dict):
            raise RequestError("the request must be a JSON object")
        self._left: dict[str, Any] = {name: value for name, value in body.items() if value is not None}

    def take(self, name: str, default: Any = None) -> Any:
        return self._left.pop(name, default)

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise RequestError(f"{name} must be a number from {low:g} to {high:g}", param=name)
        return float(value)

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        value = self.take(name, default)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high):
            raise RequestError(f"{name} must be a whole number from {low} to {high}", param=name)
        return None if value is None else int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise RequestError(f"{name} must be true or false", param=name)
        return value

    def text(self, name: str) -> str | None:
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise RequestError(f"{name} must be a string", param=name)
        return value

    def ids(self, name: str, vocab_size: int) -> tuple[int, ...] | None:
        value = self.take(name)
        return None if value is None else _token_ids(value, name, vocab_size)

    def close(self) -> None:
        for name, value in self._left.items():
            if name not in _NEUTRAL:
                raise RequestError(f"unknown parameter {name}", param=name, code="unknown_parameter")
            if name != "user" and value not in _NEUTRAL[name]:
                raise RequestError(f"{name} is not supported: leave it out", param=name, code="unsupported_parameter")


def parse_completion(body: object, tokenizer: CwmTokenizer, ends: Iterable[int], limits: Limits) -> Asked:
    """Reads a request to /v1/completions.

    Args:
        body: parsed JSON.
        tokenizer: of the model.
        ends: ids that end a text.
        limits: of the server.

    Raises:
        RequestError: with the reason.
    """
    fields = _Fields(body)
    prompts = _prompts(fields.take("prompt"), tokenizer.vocab_size)
    n = fields.integer("n", 1, 1, MAX_SEQUENCES) or 1
    if fields.integer("best_of", n, 1, MAX_SEQUENCES) != n:
        raise RequestError("best_of is not supported: leave it out", param="best_of", code="unsupported_parameter")
    _check_count(len(prompts) * n)
    max_tokens = _max_tokens(fields, 16, limits)
    logprobs = fields.integer("logprobs", None, 0, MAX_LOGPROBS)
    sampling = Sampling(
        temperature=fields.number("temperature", 1.0, 0.0, 10.0),
        top_p=_top_p(fields, 1.0),
        top_k=max(0, fields.integer("top_k", 0, -1, tokenizer.vocab_size) or 0),
        seed=fields.integer("seed", None, -(2**63), 2**63 - 1),
        allowed=fields.ids("allowed_token_ids", tokenizer.vocab_size),
        logprobs=logprobs,
    )
    stops = _stops(fields.take("stop"))
    ending = Ending(
        max_tokens=max_tokens,
        min_tokens=fields.integer("min_tokens", 0, 0, max_tokens) or 0,
        ends=frozenset() if fields.flag("ignore_eos") else frozenset(ends),
        stop_ids=frozenset(fields.ids("stop_token_ids", tokenizer.vocab_size) or ()),
        include_stop=fields.flag("include_stop_str_in_output"),
        skip_special=fields.flag("skip_special_tokens", True),
    )
    ending = _with_stops(ending, stops, tokenizer)
    stream = fields.flag("stream")
    asked = Asked(
        prompts=prompts,
        sampling=sampling,
        ending=ending,
        model=fields.text("model"),
        n=n,
        begin=fields.flag("add_special_tokens", True),
        echo=fields.flag("echo"),
        stream=stream,
        usage=_wants_usage(fields, stream),
        with_ids=fields.flag("return_token_ids"),
        ids_for_tokens=fields.flag("return_tokens_as_token_ids"),
    )
    fields.close()
    if asked.echo and logprobs is not None:
        raise RequestError(
            "log-probabilities of the prompt are not supported: leave echo or logprobs out", param="echo"
        )
    allowed = sampling.allowed
    if ending.min_tokens and allowed is not None and not set(allowed) - ending.ends - ending.stop_ids:
        raise RequestError("allowed_token_ids leaves no token that may come before min_tokens", param="min_tokens")
    return asked


def parse_fgserve(body: object, tokenizer: CwmTokenizer, ends: Iterable[int], limits: Limits) -> Asked:
    """Reads a request to /completions, in the form of Meta's fgserve; arguments as for `parse_completion`.

    As there, text prompts cannot hold special tokens, and tokens are returned with the one that ended them. A
    temperature of 0 is greedy, where fgserve divides by it.

    Raises:
        RequestError: with the reason.
    """
    fields = _Fields(body)
    prompt = fields.take("prompt")
    prompts = _prompts(prompt, tokenizer.vocab_size)
    if len(prompts) != 1 or (isinstance(prompt, list) and prompt and isinstance(prompt[0], str | list)):
        raise RequestError("prompt must be one text or one list of token ids", param="prompt")
    n = fields.integer("n", 1, 1, MAX_SEQUENCES) or 1
    default = FGSERVE_TOKENS if limits.max_tokens is None else min(FGSERVE_TOKENS, limits.max_tokens)
    max_tokens = _max_tokens(fields, default, limits)
    sampling = Sampling(
        temperature=fields.number("temperature", FGSERVE_TEMPERATURE, 0.0, 10.0), top_p=_top_p(fields, FGSERVE_TOP_P)
    )
    ending = Ending(max_tokens=max_tokens, ends=frozenset(ends), include_stop=True, skip_special=False)
    fields.integer("min_tokens", 0, 0, max_tokens)  # fgserve has no use for it either
    fields.text("model")
    stop = fields.text("stop")
    fields.close()
    ending = _with_stops(ending, _stops(stop), tokenizer)
    return Asked(prompts=prompts, sampling=sampling, ending=ending, n=n, special=False)


def encode(prompt: str | tuple[int, ...], asked: Asked, tokenizer: CwmTokenizer, limits: Limits) -> list[int]:
    """Ids of a prompt; may take a while for a long text.

    Raises:
        RequestError: if it leaves no room in the context.
    """
    if isinstance(prompt, str):
        longest = max(map(len, (*tokenizer.ranks, "<|reserved_special_token_255|>")))
        if len(prompt) > limits.context * longest:
            raise _too_long(f"more than {limits.context}", limits)
        ids = tokenizer.encode_with_special(prompt) if asked.special else tokenizer.encode(prompt)
        if asked.begin and ids[:1] != [tokenizer.begin_of_text]:
            ids.insert(0, tokenizer.begin_of_text)
    else:
        ids = list(prompt)
    if not ids:
        raise RequestError("the prompt is empty", param="prompt")
    if len(ids) >= limits.context:
        raise _too_long(str(len(ids)), limits)
    return ids


def _too_long(tokens: str, limits: Limits) -> RequestError:
    text = f"the prompt takes {tokens} tokens, this model reads {limits.context} with what it generates: shorten it"
    return RequestError(text, 413, "prompt", "context_length_exceeded")


def _prompts(value: object, vocab_size: int) -> tuple[str | tuple[int, ...], ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not value:
        raise RequestError("prompt must be a text, a list of token ids, or a list of those", param="prompt")
    if all(isinstance(item, str) for item in value):
        _check_count(len(value))
        return tuple(value)
    if all(isinstance(item, list) for item in value):
        _check_count(len(value))
        return tuple(_token_ids(item, "prompt", vocab_size) for item in value)
    return (_token_ids(value, "prompt", vocab_size),)


def _check_count(count: int) -> None:
    if count > MAX_SEQUENCES:
        text = f"{count} sequences in one request, at most {MAX_SEQUENCES} are taken: send several"
        raise RequestError(text, 413, "n", "too_many_sequences")


def _token_ids(value: object, name: str, vocab_size: int) -> tuple[int, ...]:
    if not isinstance(value, list) or not value or any(type(item) is not int for item in value):
        raise RequestError(f"{name} must hold token ids, at least one", param=name)
    if not (0 <= min(value) and max(value) < vocab_size):
        raise RequestError(f"{name}: token ids are 0 to {vocab_size - 1}", param=name)
    return tuple(value)


def _max_tokens(fields: _Fields, default: int, limits: Limits) -> int:
    asked = fields.integer("max_tokens", default, 1, 2**31) or default
    if limits.max_tokens is not None and asked > limits.max_tokens:
        text = f"max_tokens is {asked}, this server gives at most {limits.max_tokens}: ask for fewer"
        raise RequestError(text, 413, "max_tokens", "max_tokens_exceeded")
    return asked


def _top_p(fields: _Fields, default: float) -> float:
    top_p = fields.number("top_p", default, 0.0, 1.0)
    if top_p == 0.0:
        raise RequestError("top_p must be above 0: for the most likely token, set temperature to 0", param="top_p")
    return top_p


def _stops(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise RequestError("stop must be a text or a list of texts, none of them empty", param="stop")
    if len(stops) > MAX_STOPS or any(len(stop) > MAX_STOP_CHARS for stop in stops):
        raise RequestError(f"stop takes {MAX_STOPS} texts of {MAX_STOP_CHARS} characters at most", param="stop")
    return tuple(stops)


def _with_stops(ending: Ending, stops: Sequence[str], tokenizer: CwmTokenizer) -> Ending:
    """The name of a special token stops at that token, whether or not special tokens are shown."""
    named = {stop: ids[0] for stop in stops if _is_special(ids := tokenizer.encode_with_special(stop), tokenizer)}
    texts = tuple(stop for stop in stops if stop not in named)
    return replace(ending, stops=texts, stop_ids=ending.stop_ids | set(named.values()))


def _is_special(ids: Sequence[int], tokenizer: CwmTokenizer) -> bool:
    return len(ids) == 1 and tokenizer.is_special(ids[0])


def _wants_usage(fields: _Fields, stream: bool) -> bool:
    if not stream:
        return False
    options = _Fields(fields.take("stream_options", {}))
    usage = options.flag("include_usage")
    options.close()
    return usage
