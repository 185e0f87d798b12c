"""URLs, request bodies and replies of each dialect, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from neuraldbg.errors import ModelError, ServerError, UsageError
from neuraldbg.model.dialects import Address, Completions, Kind, find_dialect
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.http_client import Answer, HttpClient, Patience

HOST = "http://host:8000"


@pytest.mark.parametrize(
    ("url", "openai", "fgserve"),
    [
        ("http://host:8000", "/v1/completions", "/completions"),
        ("http://host:8000/", "/v1/completions", "/completions"),
        (" http://host:8000/v1/ ", "/v1/completions", None),
        ("http://host:8000/v1/completions", "/v1/completions", None),
        ("http://host:8000/completions", None, "/completions"),
        ("http://host:8000/deep/er", "/deep/er/v1/completions", "/deep/er/completions"),
    ],
)
def test_addresses(url: str, openai: str | None, fgserve: str | None) -> None:
    address = Address.parse(url)
    assert address.openai == (HOST + openai if openai else "")
    assert address.fgserve == (HOST + fgserve if fgserve else "")
    assert address.origin == HOST
    assert bool(address.models) == bool(openai)
    assert Address.parse("https://[::1]:80/v1").openai == "https://[::1]:80/v1/completions"


@pytest.mark.parametrize(
    "url",
    ["", "host:8000", "localhost", "ftp://host", "http://", "http://host:port", "http://a b", "http://h/?key=1", "///"],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(UsageError, match="--server"):
        Address.parse(url)


def test_a_key_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="NEURALDBG_API_KEY") as caught:
        Address.parse("http://user:hunter2@host:8000")
    assert "hunter2" not in str(caught.value)


def client(handle: Callable[[httpx.Request], httpx.Response]) -> HttpClient:
    async def answer(request: httpx.Request) -> httpx.Response:
        return handle(request)

    return HttpClient(HOST, None, Patience(attempts=1), httpx.MockTransport(answer))


def completions(kind: Kind, vocabulary: Vocabulary) -> Completions:
    http = client(lambda request: httpx.Response(500))
    return Completions(http, f"{HOST}/v1/completions", kind, "m", vocabulary)


def test_bodies(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    ids = [t.begin_of_text, *t.encode("x = 1\n"), t.frame_sep]
    vllm = completions(Kind.VLLM, vocabulary).body(ids, 7, [1, 2])
    assert vllm["prompt"] == ids
    assert vllm["max_tokens"] == 7
    assert vllm["temperature"] == 0
    assert vllm["allowed_token_ids"] == [1, 2]
    assert vllm["skip_special_tokens"] is False
    assert t.frame_sep in vllm["stop_token_ids"]
    openai = completions(Kind.OPENAI, vocabulary)
    body = openai.body(ids, 7)
    assert body["prompt"] == "<|begin_of_text|>x = 1\n<|frame_sep|>"
    assert set(body) == {"model", "prompt", "max_tokens", "temperature", "logprobs", "stop"}, "OpenAI's own fields only"
    openai.adds_begin = True
    assert openai.body(ids, 7)["prompt"] == "x = 1\n<|frame_sep|>"
    fgserve = completions(Kind.FGSERVE, vocabulary).body(ids, 7)
    assert fgserve["prompt"] == ids
    assert fgserve["temperature"] > 0


def test_a_program_that_spells_a_special_token_cannot_go_as_text(vocabulary: Vocabulary) -> None:
    ids = vocabulary.tokenizer.encode("s = '<|frame_sep|>'\n")
    assert completions(Kind.VLLM, vocabulary).body(ids, 1)["prompt"] == ids
    with pytest.raises(ModelError, match="takes text only"):
        completions(Kind.OPENAI, vocabulary).body(ids, 1)


def test_replies_with_ids(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    a, b = t.encode("a")[0], t.frame_sep
    found = completions(Kind.VLLM, vocabulary)
    logprobs = {
        "token_logprobs": [-0.5, -0.25],
        "top_logprobs": [{f"token_id:{a}": -0.5, "token_id:999999": -1.0, "b": -2.0}, {"<|line_sep|>": -3.0}],
    }
    reply = found.reply(Answer(200, {"choices": [{"token_ids": [a, b], "logprobs": logprobs}]}))
    assert [(p.token, p.data, p.logp) for p in reply.pieces] == [(a, b"a", -0.5), (b, b"", -0.25)]
    assert reply.pieces[0].others == ((a, -0.5), (t.encode("b")[0], -2.0))
    assert reply.pieces[1].others == ((t.line_sep, -3.0),)
    assert not reply.stripped
    silent = found.reply(Answer(200, {"choices": [{"token_ids": [a], "logprobs": None}]}))
    assert math.isnan(silent.pieces[0].logp)
    short = found.reply(Answer(200, {"choices": [{"token_ids": [a], "logprobs": {"token_logprobs": [-1, -2]}}]}))
    assert math.isnan(short.pieces[0].logp), "a list of another length belongs to something else"


def test_replies_with_text(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    found = completions(Kind.OPENAI, vocabulary)
    reply = found.reply(Answer(200, {"choices": [{"text": "<|line_sep|>{}"}]}))
    assert [p.token for p in reply.pieces] == [t.line_sep, *t.encode("{}")]
    assert not reply.stripped
    assert found.reply(Answer(200, {"choices": [{"text": "{}"}]})).stripped
    logprobs = {"tokens": ["{", "}"], "token_logprobs": [-0.5, -0.25], "top_logprobs": None}
    told = found.reply(Answer(200, {"choices": [{"text": "{}", "logprobs": logprobs}]}))
    assert [(p.data, p.logp) for p in told.pieces] == [(b"{", -0.5), (b"}", -0.25)]
    logprobs["tokens"] = ["<|line_sep|>", "{}"]
    named = found.reply(Answer(200, {"choices": [{"text": "{}", "logprobs": logprobs}]}))
    assert [p.token for p in named.pieces][:1] == [t.line_sep], "the tokens tell what the text lacks"
    assert not named.stripped
    other = found.reply(Answer(200, {"choices": [{"text": "{}x", "logprobs": logprobs}]}))
    assert all(math.isnan(p.logp) for p in other.pieces), "tokens that do not make up the text"


GARBAGE: list[Any] = [
    None,
    [],
    "text",
    {},
    {"choices": None},
    {"choices": []},
    {"choices": ["x"]},
    {"choices": [{}]},
    {"choices": [{"text": 5, "token_ids": "x", "tokens": {}}]},
    {"choices": [{"text": None, "token_ids": [1.5], "tokens": [True]}]},
    {"choices": [{"text": None, "token_ids": [-1], "tokens": [10**9]}]},
]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("body", GARBAGE, ids=json.dumps)
def test_answers_that_are_none(kind: Kind, body: Any, vocabulary: Vocabulary) -> None:
    with pytest.raises(ServerError, match=HOST):
        completions(kind, vocabulary).reply(Answer(200, body))


def test_odd_probabilities_are_no_probabilities(vocabulary: Vocabulary) -> None:
    found = completions(Kind.VLLM, vocabulary)
    for odd in ("x", None, 3.0, True, math.nan, [], {"a": 1}):
        table = {"token_logprobs": [odd], "top_logprobs": [{"a": odd}, 5][:1]}
        reply = found.reply(Answer(200, {"choices": [{"token_ids": [1], "logprobs": table}]}))
        assert math.isnan(reply.pieces[0].logp), odd
        assert reply.pieces[0].others == ()


def probe(vocabulary: Vocabulary, answer: Callable[[str, dict[str, Any]], tuple[int, Any]]) -> Completions:
    def handle(request: httpx.Request) -> httpx.Response:
        status, body = answer(request.url.path, json.loads(request.content))
        stream = httpx.ByteStream(json.dumps(body).encode())  # else it counts as read already
        return httpx.Response(status, headers={"Content-Type": "application/json"}, stream=stream)

    return find_dialect(client(handle), Address.parse(HOST), None, vocabulary)


def test_another_vocabulary_is_found_out(vocabulary: Vocabulary) -> None:
    def usage(count: int) -> Callable[[str, dict[str, Any]], tuple[int, Any]]:
        return lambda path, body: (200, {"choices": [{"text": "", "token_ids": []}], "usage": {"prompt_tokens": count}})

    with pytest.raises(ServerError, match=r"another vocabulary .* as 99\): give the served model's own"):
        probe(vocabulary, usage(99))

    def ids(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"choices": [{"text": "", "token_ids": [], "prompt_token_ids": [1, 2, 3]}]}

    with pytest.raises(ServerError, match="another vocabulary"):
        probe(vocabulary, ids)


def test_a_server_without_completions(vocabulary: Vocabulary) -> None:
    with pytest.raises(ServerError, match=r"has no /v1/completions or /completions \(nothing here\): is the URL right"):
        probe(vocabulary, lambda path, body: (404, {"detail": "nothing here"}))
    with pytest.raises(ServerError, match="400: no such model"):
        probe(vocabulary, lambda path, body: (400, {"error": {"message": "no such model"}}))
