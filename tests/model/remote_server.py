"""Small completion servers for the tests: a model that writes freely, in each dialect, over real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from neuraldbg.model.engine import Engine
from neuraldbg.model.tokenizer import CwmTokenizer

Written = list[tuple[int, float, dict[int, float]]]  # token, log-probability, the likeliest ones


class FreeModel:
    """Greedy decoding without any grammar."""

    def __init__(self, engine: Engine, tokenizer: CwmTokenizer) -> None:
        self.engine, self.tokenizer = engine, tokenizer
        self._lock = threading.Lock()

    def write(
        self, ids: Sequence[int], most: int, stop: Sequence[int], allowed: Sequence[int] | None = None
    ) -> Written:
        prompt, out = list(ids), Written()
        with self._lock:
            while len(out) < most and len(prompt) < self.engine.context:
                logits = self.engine.logits(prompt).astype(np.float64)
                logps = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
                best = max(allowed, key=lambda i: logps[i]) if allowed is not None else int(logps.argmax())
                top = {int(i): float(logps[i]) for i in np.argsort(-logps)[:5]}
                out.append((best, float(logps[best]), top))
                prompt.append(best)
                if best in stop:
                    break
        return out


Write = Callable[[Sequence[int], int, Sequence[int], Sequence[int] | None], Written]


@dataclass
class Service:
    """What a server does.

    Attributes:
        write: continues ids.
        tokenizer: of the model.
        kind: "vllm", "openai" or "fgserve".
        name: of the model.
        facts: more of the model's row in /v1/models.
        logprobs: it gives them.
        special: an "openai" server leaves special tokens in its text.
        strict: it refuses fields that it does not know.
        adds_begin: it puts <|begin_of_text|> before a text.
        bodies: of the requests for completions so far.
        headers: of all requests so far.
        before: called with the body; an answer (status, JSON) of its own takes the place of the model's.
    """

    write: Write
    tokenizer: CwmTokenizer
    kind: str = "vllm"
    name: str = "cwm-nano"
    facts: dict[str, Any] = field(default_factory=dict)
    logprobs: bool = True
    special: bool = False
    strict: bool = False
    adds_begin: bool = False
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    before: Callable[[dict[str, Any]], tuple[int, Any] | None] = lambda body: None

    def models(self) -> tuple[int, Any]:
        if self.kind == "fgserve":
            return 404, {"error": "not found"}
        return 200, {"object": "list", "data": [{"id": self.name, "object": "model", **self.facts}]}

    def complete(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path != ("/completions" if self.kind == "fgserve" else "/v1/completions"):
            return 404, {"error": "not found"}
        self.bodies.append(body)
        if "prompt" not in body:
            return 400, {"error": {"message": "no prompt"}}
        own = self.before(body)
        if own is not None:
            return own
        if self.kind == "fgserve":
            return self._fgserve(body)
        known = {"prompt", "max_tokens", "model", "temperature", "logprobs", "stop"}
        if self.strict and (more := set(body) - known):
            return 422, {"detail": f"Unexpected fields in the request: {more}"}
        return self._openai(body)

    def _fgserve(self, body: dict[str, Any]) -> tuple[int, Any]:
        assert body["temperature"] > 0, "fgserve divides by it"
        written = self.write(body["prompt"], body["max_tokens"], [self.tokenizer.frame_sep], None)
        ids = [token for token, _, _ in written]
        choice = {"index": 0, "text": self.tokenizer.decode(ids), "tokens": ids, "logprobs": None}
        return 200, {"choices": [choice | {"finish_reason": "length"}], "model": body.get("model")}

    def _openai(self, body: dict[str, Any]) -> tuple[int, Any]:
        t = self.tokenizer
        prompt = body["prompt"]
        if isinstance(prompt, str):
            prompt = [t.begin_of_text] * self.adds_begin + t.encode_with_special(prompt)
        elif self.kind == "openai":
            return 400, {"error": {"message": "prompt must be a string"}}
        stop = body.get("stop_token_ids") or [t.frame_sep]
        written = self.write(prompt, body["max_tokens"], stop, body.get("allowed_token_ids"))
        stopped = bool(written) and written[-1][0] in stop
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop" if stopped else "length", "logprobs": None}
        if self.kind == "openai" and stopped:
            written = written[:-1]
        ids = [token for token, _, _ in written]
        choice["text"] = t.decode(ids) if self.special else t.decode_bytes(ids).decode("utf-8", "replace")
        if self.kind == "vllm":
            choice["token_ids"] = ids
        if self.logprobs:
            choice["logprobs"] = {
                "tokens": [self._name(token) for token in ids],
                "token_logprobs": [logp for _, logp, _ in written],
                "top_logprobs": [{self._name(i): p for i, p in top.items()} for _, _, top in written],
            }
        usage = {"prompt_tokens": len(prompt), "completion_tokens": len(ids)}
        return 200, {"object": "text_completion", "choices": [choice], "usage": usage}

    def _name(self, token: int) -> str:
        return f"token_id:{token}" if self.kind == "vllm" else self.tokenizer.decode([token])


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The base URL of a server that runs while the block does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            service.headers.append(dict(self.headers))
            self.answer(*(service.models() if self.path == "/v1/models" else (404, {"error": "not found"})))

        def do_POST(self) -> None:
            service.headers.append(dict(self.headers))
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(*service.complete(self.path, body))

        def answer(self, status: int, value: Any) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with running(Handler) as url:
        yield url


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The base URL of a server with this handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
