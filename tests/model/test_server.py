"""`neuraldbg serve` over HTTP: what is answered, and what is refused with which reason."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel

from neuraldbg.errors import UsageError
from neuraldbg.model.guard import TOKEN_VARIABLE, access_for, is_loopback
from neuraldbg.model.serving import Settings, bind
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.model.transformers_network import TransformersNetwork
from tests.model.serving import Running, run_server, served_by


@pytest.fixture(scope="module")
def server(micro: PreTrainedModel, tokenizer: CwmTokenizer) -> Iterator[Running]:
    with run_server(TransformersNetwork(micro, 4), served_by(tokenizer), Settings(queue=8, max_tokens=2000)) as running:
        yield running


@torch.inference_mode()
def greedy(model: PreTrainedModel, ids: list[int], n: int) -> list[int]:
    """transformers' own greedy choice, without a cache."""
    ids = list(ids)
    for _ in range(n):
        ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[-n:]


def test_greedy_tokens_and_logprobs_are_those_of_transformers(
    server: Running, micro: PreTrainedModel, tokenizer: CwmTokenizer
) -> None:
    prompt = [tokenizer.begin_of_text, *tokenizer.encode("def f(x):\n    return x + 1\n")]
    reply = server.complete(
        prompt, max_tokens=8, return_token_ids=True, logprobs=5, return_tokens_as_token_ids=True, ignore_eos=True
    )
    (choice,) = reply["choices"]
    assert choice["token_ids"] == greedy(micro, prompt, 8)
    assert choice["prompt_token_ids"] == prompt
    assert choice["finish_reason"] == "length"
    assert reply["usage"]["prompt_tokens"] == len(prompt)
    assert reply["usage"]["completion_tokens"] == 8
    with torch.inference_mode():
        logits = micro(input_ids=torch.tensor([prompt + choice["token_ids"][:-1]])).logits[0, len(prompt) - 1 :]
    logs = logits.double().log_softmax(-1)
    told = choice["logprobs"]
    for i, token in enumerate(choice["token_ids"]):
        assert told["tokens"][i] == f"token_id:{token}"
        assert told["token_logprobs"][i] == pytest.approx(float(logs[i, token]), abs=1e-4)
        best = logs[i].topk(5)
        expected = {f"token_id:{t}": pytest.approx(float(p), abs=1e-4) for p, t in zip(*best, strict=True)}
        assert told["top_logprobs"][i] == expected


def test_text_prompts_special_tokens_and_lists(server: Running, tokenizer: CwmTokenizer) -> None:
    text = "<|begin_of_text|><|trace_context_start|>x = 1\n<|frame_sep|>"
    t = tokenizer
    ids = [t.begin_of_text, t.trace_context_start, *t.encode("x = 1\n"), t.frame_sep]
    options: dict[str, Any] = {"max_tokens": 4, "return_token_ids": True}
    reply = server.complete([text, text], **options)
    assert [choice["index"] for choice in reply["choices"]] == [0, 1]
    assert [choice["prompt_token_ids"] for choice in reply["choices"]] == [ids, ids]
    assert server.complete([ids, ids], **options)["choices"] == reply["choices"]
    # A begin_of_text is added where there is none, unless that is not wanted.
    assert server.complete("x = 1\n", **options)["choices"][0]["prompt_token_ids"] == [ids[0], *ids[2:-1]]
    (bare,) = server.complete("x = 1\n", add_special_tokens=False, **options)["choices"]
    assert bare["prompt_token_ids"] == ids[2:-1]


def test_n_sequences_differ_and_a_seed_repeats_them(server: Running) -> None:
    asked = {"prompt": "x = ", "n": 3, "temperature": 1.5, "max_tokens": 12, "seed": 7, "return_token_ids": True}
    first, second = (server.post(asked).json()["choices"] for _ in range(2))
    assert first == second
    assert len({tuple(choice["token_ids"]) for choice in first}) == 3
    assert [choice["index"] for choice in first] == [0, 1, 2]


def test_allowed_tokens_score_events(server: Running, tokenizer: CwmTokenizer) -> None:
    t = tokenizer
    events = [t.call_sep, t.line_sep, t.return_sep, t.exception_sep]
    reply = server.complete("x = 1\n", max_tokens=1, allowed_token_ids=events, logprobs=4, skip_special_tokens=False)
    told = reply["choices"][0]["logprobs"]
    assert set(told["top_logprobs"][0]) == {t.special_name(i) for i in events}
    total = sum(torch.tensor(list(told["top_logprobs"][0].values())).exp())
    assert float(total) == pytest.approx(1)
    assert reply["choices"][0]["text"] == told["tokens"][0]


def test_stops_by_token_by_name_and_by_text(server: Running, tokenizer: CwmTokenizer) -> None:
    prompt = [tokenizer.begin_of_text, *tokenizer.encode("while True:\n")]
    options: dict[str, Any] = {"max_tokens": 12, "return_token_ids": True, "skip_special_tokens": False}
    options |= {"ignore_eos": True, "temperature": 1.5, "seed": 5}
    (all_of_it,) = server.complete(prompt, **options)["choices"]
    ids, whole = all_of_it["token_ids"], all_of_it["text"]
    stop = next(i for i in ids if ids.index(i) >= 2)
    (choice,) = server.complete(prompt, stop_token_ids=[stop], **options)["choices"]
    assert choice["token_ids"] == ids[: ids.index(stop) + 1]
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", stop)
    assert choice["text"] == tokenizer.decode(ids[: ids.index(stop)])
    (choice,) = server.complete(prompt, stop_token_ids=[stop], include_stop_str_in_output=True, **options)["choices"]
    assert choice["text"] == tokenizer.decode(ids[: ids.index(stop) + 1])
    (choice,) = server.complete(prompt, stop_token_ids=[stop], min_tokens=9, **options)["choices"]
    assert len(choice["token_ids"]) >= 9
    text = whole[3:5]
    (choice,) = server.complete(prompt, stop=[text], **options)["choices"]
    assert choice["text"] == whole[: whole.index(text)]
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", text)
    # The name of a special token stops at it, shown or not.
    name = tokenizer.special_name(tokenizer.frame_sep)
    only = {"allowed_token_ids": [tokenizer.frame_sep], "max_tokens": 5, "stop": name, "return_token_ids": True}
    (choice,) = server.complete(prompt, **only)["choices"]
    assert choice["token_ids"] == [tokenizer.frame_sep]
    assert choice["text"] == ""


def test_the_context_ends_a_text(server: Running, tokenizer: CwmTokenizer) -> None:
    reply = server.complete([tokenizer.begin_of_text] * 1020, max_tokens=2000, ignore_eos=True, return_token_ids=True)
    assert len(reply["choices"][0]["token_ids"]) == 4
    assert reply["choices"][0]["finish_reason"] == "length"


def test_echo(server: Running, tokenizer: CwmTokenizer) -> None:
    alone = server.complete("x = 1\n", max_tokens=3)["choices"][0]["text"]
    assert server.complete("x = 1\n", max_tokens=3, echo=True)["choices"][0]["text"] == "x = 1\n" + alone
    ids = [tokenizer.begin_of_text, *tokenizer.encode("x = 1\n")]
    assert server.complete(ids, max_tokens=3, echo=True)["choices"][0]["text"] == "x = 1\n" + alone
    message = server.error(server.post({"prompt": "x", "echo": True, "logprobs": 1}), 400)
    assert "log-probabilities of the prompt" in message


def events_of(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_a_stream_adds_up_to_the_reply(server: Running) -> None:
    asked = {"n": 2, "seed": 3, "temperature": 1.2, "max_tokens": 20, "logprobs": 2, "return_token_ids": True}
    asked |= {"prompt": ["for ", "def f"], "stop": [" x", "\n\n"], "skip_special_tokens": False, "echo": False}
    whole = server.post(asked).json()
    response = server.post({**asked, "stream": True, "stream_options": {"include_usage": True}})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["completion_tokens"] == whole["usage"]["completion_tokens"]
    assert all(event["usage"] is None for event in events[:-1])
    for choice in whole["choices"]:
        parts = [c for event in events for c in event["choices"] if c["index"] == choice["index"]]
        assert "".join(part["text"] for part in parts) == choice["text"]
        assert [i for part in parts for i in part["token_ids"]] == choice["token_ids"]
        assert parts[-1]["finish_reason"] == choice["finish_reason"]
        assert parts[-1]["stop_reason"] == choice["stop_reason"]
        told, wanted = [part["logprobs"] for part in parts], choice["logprobs"]
        for key in ("tokens", "text_offset"):
            assert [v for part in told for v in part[key]] == wanted[key]
        flat = [v for part in told for v in part["token_logprobs"]]
        assert flat == pytest.approx(wanted["token_logprobs"], abs=1e-4)
        assert [set(v) for part in told for v in part["top_logprobs"]] == [set(v) for v in wanted["top_logprobs"]]


def test_models_health_and_metrics(server: Running) -> None:
    (model,) = server.client.get("/v1/models").json()["data"]
    assert model["id"] == "tiny" and model["object"] == "model" and model["owned_by"] == "neuraldbg"
    assert model["max_model_len"] == 1024 and model["scratchpad"] is False and isinstance(model["created"], int)
    assert server.client.get("/v1/models/tiny").json() == model
    server.error(server.client.get("/v1/models/other"), 404)
    assert server.client.get("/health").json() == {"status": "ok"}
    before = {name: server.metric(f"neuraldbg_{name}_total") for name in ("generated_tokens", "prompt_tokens")}
    server.complete([5] * 20, max_tokens=7, ignore_eos=True)
    assert server.metric("neuraldbg_generated_tokens_total") == before["generated_tokens"] + 7
    assert server.metric("neuraldbg_prompt_tokens_total") == before["prompt_tokens"] + 20
    assert server.metric("neuraldbg_slots") == 4
    text = server.client.get("/metrics").text
    for name in ("requests_total", "queue_length", "slots_in_use", "batch_size_bucket", "pass_seconds_sum"):
        assert f"neuraldbg_{name}" in text
    assert "process_resident_memory_bytes" in text


def test_a_step_on_reuses_the_prefix(server: Running) -> None:
    prompt = list(range(300, 400))
    server.complete(prompt, max_tokens=1)
    reply = server.complete([*prompt, 5, 6], max_tokens=1)
    assert reply["usage"]["prompt_tokens_details"]["cached_tokens"] == 100


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "prompt must be"),
    ({"prompt": []}, 400, "prompt must be"),
    ({"prompt": 5}, 400, "prompt must be"),
    ({"prompt": ["a", 1]}, 400, "token ids"),
    ({"prompt": [True, 1]}, 400, "token ids"),
    ({"prompt": [99999999]}, 400, "token ids are 0 to"),
    ({"prompt": [-1]}, 400, "token ids are 0 to"),
    ({"prompt": [[]]}, 400, "at least one"),
    ({"prompt": "x", "model": "gpt-4"}, 404, "this server runs tiny"),
    ({"prompt": "x", "model": 5}, 400, "model must be a string"),
    ({"prompt": "x", "max_tokens": 0}, 400, "max_tokens must be a whole number from 1"),
    ({"prompt": "x", "max_tokens": 1.5}, 400, "max_tokens"),
    ({"prompt": "x", "max_tokens": 2001}, 413, "at most 2000"),
    ({"prompt": "x", "temperature": -1}, 400, "temperature must be a number from 0 to 10"),
    ({"prompt": "x", "temperature": "hot"}, 400, "temperature"),
    ({"prompt": "x", "top_p": 0}, 400, "top_p must be above 0"),
    ({"prompt": "x", "logprobs": 21}, 400, "logprobs"),
    ({"prompt": "x", "stop": [""]}, 400, "none of them empty"),
    ({"prompt": "x", "stop": ["a"] * 17}, 400, "16 texts"),
    ({"prompt": "x", "stream": 1}, 400, "stream must be true or false"),
    ({"prompt": "x", "allowed_token_ids": []}, 400, "at least one"),
    ({"prompt": "x", "allowed_token_ids": [1], "stop_token_ids": [1], "min_tokens": 2}, 400, "leaves no token"),
    ({"prompt": "x", "best_of": 3}, 400, "best_of is not supported"),
    ({"prompt": "x", "suffix": "y"}, 400, "suffix is not supported"),
    ({"prompt": "x", "logit_bias": {"5": 1}}, 400, "logit_bias is not supported"),
    ({"prompt": "x", "presence_penalty": 1.0}, 400, "presence_penalty is not supported"),
    ({"prompt": "x", "prompt_logprobs": 1}, 400, "prompt_logprobs is not supported"),
    ({"prompt": "x", "stream_options": {"include_usage": True}}, 400, "stream_options is not supported"),
    ({"prompt": "x", "stream": True, "stream_options": {"what": 1}}, 400, "unknown parameter what"),
    ({"prompt": "x", "tempreature": 1}, 400, "unknown parameter tempreature"),
    ({"prompt": [1] * 1024}, 413, "1024 tokens, this model reads 1024"),
    ({"prompt": "word " * 2000}, 413, "shorten it"),
    ({"prompt": "w" * 1_000_000}, 413, "more than 1024"),
    ({"prompt": ["x"] * 129}, 413, "at most 128"),
    ({"prompt": ["x"] * 65, "n": 2}, 413, "130 sequences"),
    ({"prompt": ["x"] * 100}, 429, "try again later"),
]


@pytest.mark.parametrize(("body", "status", "reason"), REFUSED, ids=[reason for _, _, reason in REFUSED])
def test_refusals_say_why(server: Running, body: dict[str, Any], status: int, reason: str) -> None:
    response = server.post(body)
    assert reason in server.error(response, status)
    assert ("retry-after" in response.headers) == (status == 429)


def test_neutral_values_of_what_is_not_supported_are_taken(server: Running) -> None:
    neutral = {"presence_penalty": 0, "frequency_penalty": 0.0, "best_of": 1, "suffix": None, "logit_bias": {}}
    server.complete("x", max_tokens=1, user="me", model="tiny", **neutral)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'"text"', b"[1]"])
def test_what_is_no_json_object_is_refused(server: Running, data: bytes) -> None:
    for path in ("/v1/completions", "/completions"):
        response = server.client.post(path, content=data, headers={"content-type": "application/json"})
        server.error(response, 400)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("model", "max_tokens", "n", "stop", "logprobs", "stream", "seed", "top_k", "allowed_token_ids", "temperature")


@settings(max_examples=60)
@given(prompt=json_values, fields=st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3))
def test_any_json_is_answered_or_refused(server: Running, prompt: Any, fields: dict[str, Any]) -> None:
    body = json.dumps({"max_tokens": 1, **fields, "prompt": prompt})  # with Infinity, which is no JSON but often sent
    headers = {"content-type": "application/json"}
    response = server.client.post("/v1/completions", content=body, headers=headers)
    assert response.status_code in (200, 400, 404, 413, 429), response.text


def test_other_paths_methods_and_types(server: Running) -> None:
    server.error(server.client.get("/"), 404)
    server.error(server.client.get("/v1/completions"), 405)
    server.error(server.client.post("/v1/models"), 405)
    response = server.client.post("/v1/completions", content=b'{"prompt": "x"}', headers={"content-type": "text/plain"})
    assert "application/json" in server.error(response, 415)


def test_a_large_body_is_refused_before_it_is_read(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Type: application/json\r\n"
        connection.sendall((head + f"Content-Length: {10**12}\r\n\r\n").encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")

    def endless() -> Iterator[bytes]:
        for _ in range(9 * 16):
            yield b" " * (1 << 16)

    try:
        response = server.client.post("/completions", content=endless(), headers={"content-type": "application/json"})
    except httpx.TransportError:
        return  # the server had hung up already
    assert "larger than" in server.error(response, 413)


def test_browsers_and_foreign_names_are_refused(server: Running) -> None:
    def ask(**headers: str) -> httpx.Response:
        return server.post({"prompt": "x", "max_tokens": 1}, headers=headers)

    assert ask().status_code == 200
    assert ask(origin=server.url).status_code == 200
    assert ask(host=f"localhost:{server.port}").status_code == 200
    assert "origin" in server.error(ask(origin="http://evil.example"), 403)
    assert "origin" in server.error(ask(origin="http://localhost:1"), 403)
    server.error(ask(origin="null"), 403)
    assert "evil.example" in server.error(ask(host="evil.example"), 403)
    server.error(ask(host="127.0.0.1.evil.example"), 403)
    server.error(ask(host="[:"), 403)
    assert "access-control-allow-origin" not in ask(origin=server.url).headers


def test_request_ids_and_the_log(server: Running, capfd: pytest.CaptureFixture[str]) -> None:
    headers = {"x-request-id": "mine-1", "authorization": "Bearer topsecret"}
    response = server.post({"prompt": "very private", "max_tokens": 2}, headers=headers)
    assert response.headers["x-request-id"] == "mine-1"
    strange = server.client.get("/v1/models/%0aforged?key=topsecret", headers={"x-request-id": "a b\tc" * 50})
    assert len(strange.headers["x-request-id"]) == 32
    log = capfd.readouterr().err
    assert "POST /v1/completions 200" in log and "id=mine-1" in log and "out=2" in log
    assert "private" not in log and "topsecret" not in log
    assert all(line.count(" id=") == 1 for line in log.splitlines())


def test_fgserve_form(server: Running, micro: PreTrainedModel, tokenizer: CwmTokenizer) -> None:
    prompt = [tokenizer.begin_of_text, *tokenizer.encode("if x:\n")]
    asked = {"prompt": prompt, "max_tokens": 6, "temperature": 0, "top_p": 0.95, "stop": "<|frame_sep|>"}
    reply = server.post(asked, "/completions").json()
    (choice,) = reply["choices"]
    assert choice["tokens"] == greedy(micro, prompt, 6)
    assert choice["text"] == tokenizer.decode(choice["tokens"])
    assert reply["usage"]["prompt_tokens"] == len(prompt)
    # As the demo sends it: more tokens than the context has room for.
    several = server.post({**asked, "prompt": prompt * 170, "max_tokens": 2000, "n": 2}, "/completions").json()
    assert all(0 < len(choice["tokens"]) <= 1024 - 170 * len(prompt) for choice in several["choices"])
    assert len(several["choices"]) == 2
    text = server.post({**asked, "prompt": "<|frame_sep|>"}, "/completions").json()
    assert text["usage"]["prompt_tokens"] == 1 + len(tokenizer.encode("<|frame_sep|>"))
    assert "unknown parameter logprobs" in server.error(server.post({**asked, "logprobs": 1}, "/completions"), 400)
    assert "one text" in server.error(server.post({**asked, "prompt": [prompt]}, "/completions"), 400)
    server.error(server.post({**asked, "prompt": [1] * 1024}, "/completions"), 413)


def test_a_token_is_demanded(micro: PreTrainedModel, tokenizer: CwmTokenizer, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    settings = Settings(token_file=secret)
    with run_server(
        TransformersNetwork(micro, 1), served_by(tokenizer), settings, authorization="Bearer s3cret"
    ) as own:
        assert own.client.get("/v1/models", headers={"host": "gpu.example"}).status_code == 200
        assert own.complete("x", max_tokens=1)["choices"]
        for wrong in ("Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "Bearer", "", "Bearer \xe9"):
            headers = {"authorization": wrong.encode("latin-1")}
            response = own.client.get("/v1/models", headers=headers)
            assert "demands a token" in own.error(response, 401)
            assert response.headers["www-authenticate"] == "Bearer"
            own.error(own.client.get("/metrics", headers=headers), 401)
            assert own.client.get("/health", headers=headers).status_code == 200


def test_addresses_that_need_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1"):
        assert is_loopback(host) and access_for(host, None).token is None
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "example.org", "localhost.example.org"):
        with pytest.raises(UsageError, match="give a token"):
            access_for(host, None)
    monkeypatch.setenv(TOKEN_VARIABLE, "from-env")
    assert access_for("0.0.0.0", None).token == "from-env"
    for text in ("", "  \n", "two words"):
        (tmp_path / "token").write_text(text)
        with pytest.raises(UsageError, match="must hold one token"):
            access_for("127.0.0.1", tmp_path / "token")
    with pytest.raises(UsageError, match="cannot read"):
        access_for("127.0.0.1", tmp_path / "absent")


def test_addresses_that_cannot_be_had() -> None:
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(UsageError, match="in use, pass another --port"):
            bind("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UsageError, match="192.0.2.1"):
        bind("192.0.2.1", 0)
