"""`neuraldbg serve` and its clients: the official openai client, clients that leave, many at once, and the end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from transformers import PreTrainedModel

from neuraldbg.errors import ExitCode
from neuraldbg.model.serving import Settings
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.model.transformers_network import TransformersNetwork
from tests.model.serving import Running, Slow, run_server, served_by


@pytest.fixture(scope="module")
def server(micro: PreTrainedModel, tokenizer: CwmTokenizer) -> Iterator[Running]:
    with run_server(TransformersNetwork(micro, 3), served_by(tokenizer), Settings(queue=64)) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_openai_completions(client: openai.OpenAI, tokenizer: CwmTokenizer) -> None:
    ids = [tokenizer.begin_of_text, *tokenizer.encode("x = 1\n")]
    by_ids = client.completions.create(model="tiny", prompt=ids, max_tokens=5, temperature=0, logprobs=2)
    by_text = client.completions.create(model="tiny", prompt="x = 1\n", max_tokens=5, temperature=0, logprobs=2)
    assert by_ids.choices[0].text == by_text.choices[0].text
    assert by_ids.object == "text_completion"
    assert by_ids.usage is not None and by_ids.usage.prompt_tokens == len(ids)
    told = by_ids.choices[0].logprobs
    assert told is not None and told.tokens is not None and len(told.tokens) == 5
    extra = {"skip_special_tokens": False, "return_token_ids": True, "stop_token_ids": [5]}
    more = client.completions.create(model="tiny", prompt=[ids, ids], max_tokens=3, extra_body=extra)
    assert len(more.choices) == 2
    assert more.choices[1].model_extra is not None and more.choices[1].model_extra["token_ids"]


def test_openai_streams(client: openai.OpenAI) -> None:
    options = {"model": "tiny", "prompt": "def f(", "max_tokens": 30, "temperature": 1.3, "seed": 11}
    whole = client.completions.create(**options)
    chunks = list(client.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
    assert chunks[-1].usage is not None and whole.usage is not None
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_openai_models_and_errors(client: openai.OpenAI, server: Running) -> None:
    assert [model.id for model in client.models.list()] == ["tiny"]
    assert client.models.retrieve("tiny").owned_by == "neuraldbg"
    with pytest.raises(openai.NotFoundError, match="this server runs tiny") as info:
        client.completions.create(model="gpt-4", prompt="x")
    assert info.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="presence_penalty is not supported"):
        client.completions.create(model="tiny", prompt="x", presence_penalty=1)
    with pytest.raises(openai.APIStatusError, match="this model reads 1024") as too_long:
        client.completions.create(model="tiny", prompt=[1] * 2000)
    assert too_long.value.status_code == 413
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "x"}])
    with pytest.raises(openai.RateLimitError, match="try again later"):
        client.completions.create(model="tiny", prompt=["x"] * 128)


def test_openai_async_clients_all_at_once(server: Running) -> None:
    async def run() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            asked = [
                client.completions.create(model="tiny", prompt=f"x = {i % 8}\n", max_tokens=6, temperature=0)
                for i in range(40)
            ]
            return [reply.choices[0].text for reply in await asyncio.gather(*asked)]

    texts = asyncio.run(run())
    assert texts == texts[:8] * 5


def half_read(server: Running, stream: bool) -> None:
    """Asks for a long text and leaves in the middle of it."""
    body = {"prompt": "x", "max_tokens": 900, "ignore_eos": True, "stream": stream}
    if stream:
        with server.client.stream("POST", "/v1/completions", json=body) as response:
            next(response.iter_lines())
        return
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        data = b'{"prompt": "x", "max_tokens": 900, "ignore_eos": true}'
        head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        deadline = time.monotonic() + 60
        while not server.metric("neuraldbg_slots_in_use"):
            assert time.monotonic() < deadline


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_frees_its_place(micro: PreTrainedModel, tokenizer: CwmTokenizer, stream: bool) -> None:
    with run_server(Slow(TransformersNetwork(micro, 1), 0.01), served_by(tokenizer)) as server:
        half_read(server, stream)
        assert server.idle()
        assert server.metric("neuraldbg_abandoned_requests_total") == 1
        assert server.metric("neuraldbg_generated_tokens_total") < 900
        assert server.complete("y", max_tokens=2)["choices"]


def test_a_network_that_fails(
    micro: PreTrainedModel, tokenizer: CwmTokenizer, capfd: pytest.CaptureFixture[str]
) -> None:
    network = Slow(TransformersNetwork(micro, 2))
    with run_server(network, served_by(tokenizer)) as server:
        network.error = RuntimeError("out of memory\nand so on")
        message = server.error(server.post({"prompt": "x"}), 500)
        assert message == "the model failed: out of memory"
        lines = server.post({"prompt": "x", "stream": True}).text.strip().split("\n\n")
        assert "the model failed" in lines[0] and lines[-1] == "data: [DONE]"
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            with pytest.raises(openai.APIError, match="out of memory"):
                list(client.completions.create(model="tiny", prompt="x", stream=True))
        network.error = None
        assert server.complete("x", max_tokens=2)["choices"]
    assert "neuraldbg: the model failed: out of memory" in capfd.readouterr().err


def test_the_end_comes_with_a_reason(micro: PreTrainedModel, tokenizer: CwmTokenizer) -> None:
    replies: list[httpx.Response] = []
    with run_server(Slow(TransformersNetwork(micro, 1), 0.05), served_by(tokenizer)) as server:
        asked = {"prompt": "x", "max_tokens": 900, "ignore_eos": True}
        threads = [
            threading.Thread(
                target=lambda: replies.append(httpx.post(f"{server.url}/v1/completions", json=asked, timeout=60))
            )
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        while server.metric("neuraldbg_slots_in_use") + server.metric("neuraldbg_queue_length") < 3:
            time.sleep(0.01)
    for thread in threads:
        thread.join(60)
    assert [server.error(reply, 503) for reply in replies] == ["the server is stopping"] * 3


def test_many_sessions_share_the_slots_fairly(micro: PreTrainedModel, tokenizer: CwmTokenizer) -> None:
    counts = [0] * 12
    stop = threading.Event()
    with run_server(TransformersNetwork(micro, 4), served_by(tokenizer), Settings(queue=64, log=False)) as server:

        def session(number: int) -> None:
            with httpx.Client(base_url=server.url, timeout=60) as client:
                history = [tokenizer.begin_of_text, *tokenizer.encode(f"x = {number}\n")]
                while not stop.is_set():
                    body = {"prompt": history, "max_tokens": 4, "temperature": 0, "return_token_ids": True}
                    reply = client.post("/v1/completions", json=body)
                    assert reply.status_code == 200, reply.text
                    history += reply.json()["choices"][0]["token_ids"]
                    history = history[:8] if len(history) > 500 else history
                    counts[number] += 1

        threads = [threading.Thread(target=session, args=(i,)) for i in range(len(counts))]
        for thread in threads:
            thread.start()
        while sum(counts) < 240 and all(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join(60)
    assert sum(counts) >= 240
    assert max(counts) <= 2 * min(counts), counts


def started(*arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """A server in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "neuraldbg", "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"serving cwm-nano on (http://\S+), context 1024, 2 slots", line)
    assert found, line
    return process, found[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, int(ExitCode.INTERRUPTED))])
def test_the_command_serves_until_it_is_told_to_end(number: signal.Signals, code: int) -> None:
    process, url = started("--slots", "2", "--name", "cwm-nano")
    try:
        with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=5) as client:
            (model,) = client.models.list()
            assert model.model_extra is not None and model.model_extra["scratchpad"] is True
            reply = client.completions.create(model="cwm-nano", prompt="x = 1\n", max_tokens=4)
            assert reply.usage is not None and 1 <= reply.usage.completion_tokens <= 4
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert out == ""
    assert "POST /v1/completions 200" in err and "Traceback" not in err


def test_the_command_with_a_token(tmp_path: Path) -> None:
    process, url = started("--slots", "2", "--host", "0.0.0.0", "--quiet", NEURALDBG_SERVE_TOKEN="abc")
    try:
        url = url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/v1/models", timeout=60).status_code == 401
        assert httpx.get(f"{url}/v1/models", headers={"Authorization": "Bearer abc"}, timeout=60).status_code == 200
        process.terminate()
        assert process.communicate(timeout=60) == ("", "")
    finally:
        process.kill()


def test_what_the_command_refuses(cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    def refused(code: ExitCode, *arguments: str) -> str:
        result = cli("serve", *arguments, env={"NEURALDBG_SERVE_TOKEN": ""})
        assert (result.returncode, result.stdout) == (int(code), "")
        (line,) = result.stderr.splitlines()
        assert line.startswith("neuraldbg: error: ")
        return str(line)

    assert "give a token" in refused(ExitCode.USAGE, "--host", "0.0.0.0", "--port", "0")
    assert "no model folder" in refused(ExitCode.MODEL, "--model", "absent", "--port", "0")
    assert "no quantization 'q4'" in refused(ExitCode.USAGE, "--quantize", "q4")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "in use" in refused(ExitCode.USAGE, "--port", str(taken.getsockname()[1]))
