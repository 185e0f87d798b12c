"""A real server in a thread, for tests over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from neuraldbg.model.engine import Floats, Network, Span
from neuraldbg.model.job import Served
from neuraldbg.model.serving import GracefulServer, Settings, bind, make_server
from neuraldbg.model.tokenizer import CwmTokenizer


def served_by(tokenizer: CwmTokenizer, name: str = "tiny", scratchpad: bool = False) -> Served:
    ends = frozenset({tokenizer.end_of_text, tokenizer.eom_id, tokenizer.eot_id})
    return Served(name, tokenizer, ends, scratchpad)


class Running:
    """A server that listens, and a client of it."""

    def __init__(self, server: GracefulServer, port: int, thread: threading.Thread, **headers: str) -> None:
        self.server = server
        self.thread = thread
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.client = httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def post(self, body: Any, path: str = "/v1/completions", **options: Any) -> httpx.Response:
        return self.client.post(path, json=body, **options)

    def complete(self, prompt: Any, **options: Any) -> dict[str, Any]:
        """The reply to a request that must be answered."""
        response = self.post({"prompt": prompt, "temperature": 0, **options})
        assert response.status_code == 200, response.text
        reply: dict[str, Any] = response.json()
        return reply

    def error(self, response: httpx.Response, status: int) -> str:
        """The message of a refusal, in OpenAI's form."""
        assert response.status_code == status, response.text
        error = response.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        message: str = error["message"]
        assert message and "\n" not in message
        return message

    def metric(self, name: str) -> float:
        lines = self.client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition(" ")[0].split("{")[0] == name)

    def idle(self) -> bool:
        """Waits until nothing runs."""
        for _ in range(3000):
            if not (self.metric("neuraldbg_slots_in_use") or self.metric("neuraldbg_queue_length")):
                return True
            time.sleep(0.01)
        return False


class Slow:
    """A network that takes a while for each pass, or fails."""

    def __init__(self, network: Network, seconds: float = 0.0) -> None:
        self.network, self.seconds = network, seconds
        self.context, self.slots, self.vocab_size = network.context, network.slots, network.vocab_size
        self.draft = network.draft
        self.error: Exception | None = None

    def forward(self, spans: Sequence[Span]) -> Floats:
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return self.network.forward(spans)


@contextmanager
def run_server(network: Network, served: Served, settings: Settings | None = None, **headers: str) -> Iterator[Running]:
    """Serves until the block ends."""
    settings = settings or Settings(port=0)
    bound = bind(settings.host, 0)
    server = make_server(network, served, replace(settings, port=bound.getsockname()[1]))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    running = Running(server, bound.getsockname()[1], thread, **headers)
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield running
    finally:
        running.client.close()
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server did not end"
