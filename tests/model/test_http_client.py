"""The HTTP client against servers that misbehave, over real sockets: one clear line each, and the session goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
import pytest

from neuraldbg.errors import ServerError, UsageError
from neuraldbg.model import http_client
from neuraldbg.model.http_client import Answer, Cancelling, HttpClient, Patience, environment_key, is_loopback, shown

QUICK = Patience(connect=2.0, total=5.0, attempts=3, pause=0.01, longest_pause=0.02, reply_bytes=1 << 20)
SECRET = "sk-very-secret"


def reply(body: bytes, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


GOOD = reply(b'{"fine": true}')


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b'{"text": "' + b"x" * 65536)


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


Behaviour = bytes | Callable[[socket.socket], None]


class Scripted:
    """A server that answers each request by the next entry of a script, and by the last one from then on."""

    def __init__(self, script: Sequence[Behaviour]) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self.left = threading.Event()  # a client closed its connection
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (request := self._request(connection)) is not None:
                self.requests.append(request)
                behaviour = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if isinstance(behaviour, bytes):
                    connection.sendall(behaviour)
                    if b"Content-Length" not in behaviour or b"Connection: close" in behaviour:
                        break
                else:
                    behaviour(connection)
                    break
        except OSError:
            pass  # the client left, which some tests are about
        finally:
            self.left.set()
            connection.close()

    @staticmethod
    def _request(connection: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (chunk := connection.recv(65536)):
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return data

    def close(self) -> None:
        self._listener.close()


@contextmanager
def scripted(*script: Behaviour) -> Iterator[tuple[Scripted, HttpClient]]:
    server = Scripted(script)
    client = HttpClient(server.url, SECRET, QUICK)
    try:
        yield server, client
    finally:
        client.close()
        server.close()


def ask(server: Scripted, client: HttpClient, **options: object) -> Answer:
    return client.post(f"{server.url}/v1/completions", {"prompt": [1]}, **options)  # type: ignore[arg-type]


FAILURES: dict[str, tuple[list[Behaviour], str]] = {
    "closes half way through the body": (
        [reply(b'{"choices": [1]}', more="Connection: close\r\n")[:-6]],
        "broke off the connection",
    ),
    "closes after part of the head": ([b"HTTP/1.1 200 OK\r\nContent-"], "broke off the connection"),
    "closes without a word": ([b""], "broke off the connection"),
    "speaks no HTTP": ([b"\x00\x01\x02 garbage \xff\r\n\r\n"], "broke off the connection"),
    "broken JSON": ([reply(b'{"choices": [,]}')], "broken JSON"),
    "deeply nested JSON": ([reply(b"[" * 100_000)], "broken JSON"),
    "JSON that is no UTF-8": ([reply(b'{"a": "\xff"}')], "broken JSON"),
    "endless text": ([endless], "more than 1 MiB"),
    "a web page": ([reply(b"<html>hello</html>", kind="text/html")], "text/html instead of JSON"),
    "an event stream": ([reply(b"data: {}\n\n", kind="text/event-stream")], "text/event-stream instead of JSON"),
    "a redirect": ([reply(b"", "307 Temporary Redirect", more="Location: http://127.0.0.1:9/x\r\n")], "redirects to"),
    "an unknown model": ([reply(b'{"error": {"message": "no model \\u001b[31mx"}}', "404 Not Found")], "404: no model"),
    "a bad request": ([reply(b'{"detail": [{"msg": "prompt too long"}]}', "422 Unprocessable")], "prompt too long"),
    "a page as an error": ([reply(b"<!doctype html><p>x", "400 Bad Request", "text/html")], "answered 400"),
    "a wrong key": (
        [reply(f'{{"error": "bad key {SECRET}"}}'.encode(), "401 Unauthorized")],
        "the key was not accepted",
    ),
    "always too busy": ([reply(b'{"error": "queue is full"}', "429 Too Many Requests")], "429: queue is full"),
    "always failing": ([reply(b"oops", "503 Service Unavailable", "text/plain")], "answered 503: oops"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_one_clear_line_and_the_next_request_works(name: str) -> None:
    script, words = FAILURES[name]
    with scripted(*script) as (server, client):
        with pytest.raises(ServerError) as caught:
            ask(server, client)
        message = str(caught.value)
        assert words in message
        assert message.isprintable()
        assert len(message) < 400
        assert SECRET not in message
        assert server.url in message
        server.script[:] = [GOOD]
        assert ask(server, client).body == {"fine": True}


def test_a_server_that_recovers_is_asked_again_and_the_connection_is_kept() -> None:
    busy = reply(b"{}", "429 Too Many Requests")
    with scripted(busy, reply(b"{}", "500 Internal Server Error"), GOOD) as (server, client):
        assert ask(server, client).body == {"fine": True}
        assert ask(server, client).body == {"fine": True}
        assert len(server.requests) == 4
        assert server.connections == 1
        assert all(f"Authorization: Bearer {SECRET}".encode() in request for request in server.requests)


def test_a_connection_that_broke_is_made_anew() -> None:
    with scripted(b"", GOOD) as (server, client):
        assert ask(server, client).body == {"fine": True}
        assert server.connections == 2


def test_refusals_are_not_repeated() -> None:
    with scripted(reply(b"{}", "400 Bad Request")) as (server, client):
        with pytest.raises(ServerError, match="400"):
            ask(server, client)
        assert len(server.requests) == 1
        assert ask(server, client, accept=(400,)).status == 400


@pytest.mark.parametrize(
    ("header", "least"),
    [("7", 7.0), ("Wed, 21 Oct 2099 07:28:00 GMT", 1e6), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None)],
)
def test_retry_after_in_both_forms(header: str, least: float | None) -> None:
    wait = http_client._retry_after(header)
    assert wait is None if least is None else wait is not None and wait >= least


def test_retry_after_is_waited_for_or_the_error_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    busy = reply(b"{}", "429 Too Many Requests", more="Retry-After: 3\r\n")
    with scripted(busy, GOOD) as (server, client):
        monkeypatch.setattr(http_client.asyncio, "sleep", sleep)
        assert ask(server, client).body == {"fine": True}
        assert pauses == [3.0]
    with scripted(reply(b"{}", "429 Too Many Requests", more="Retry-After: 600\r\n"), GOOD) as (server, client):
        with pytest.raises(ServerError, match="429"):
            ask(server, client)
        assert len(server.requests) == 1
        assert pauses == [3.0], "ten minutes are longer than the answer may take"


def test_pauses_grow_and_differ() -> None:
    client = HttpClient("http://x", None, Patience(pause=1.0, longest_pause=8.0))
    for attempt, middle in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 8.0)):
        pauses = {client._pause(attempt) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0.5 * middle <= pause <= 1.5 * middle for pause in pauses)


def test_a_server_that_never_answers_is_given_up() -> None:
    with scripted(silent) as (server, client):
        with pytest.raises(ServerError, match=r"no answer within .* NEURALDBG_SERVER_TIMEOUT"):
            ask(server, client, seconds=0.3)
        assert server.left.wait(10), "the connection is closed"
        assert len(server.requests) == 1


def test_cancelling_closes_a_connection_that_waits() -> None:
    with scripted(silent) as (server, client):
        asked = threading.Event()
        with pytest.raises(Cancelling):
            ask(server, client, cancelled=lambda: bool(server.requests) and not asked.set())
        assert server.left.wait(10)
        server.script[:] = [GOOD]
        assert ask(server, client, cancelled=lambda: False).body == {"fine": True}
        with pytest.raises(Cancelling):
            ask(server, client, cancelled=lambda: True)
        assert len(server.requests) == 2


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = HttpClient(f"http://127.0.0.1:{port}", None, QUICK)
    with pytest.raises(ServerError, match=r"cannot reach http://127\.0\.0\.1:\d+ .*is it running"):
        client.post(f"http://127.0.0.1:{port}/v1/completions", {}, first=True)
    assert client.requests == 1
    with pytest.raises(ServerError, match="cannot reach"):
        client.post(f"http://127.0.0.1:{port}/v1/completions", {})
    assert client.requests == 1 + QUICK.attempts
    client.close()


def test_a_redirect_is_not_followed_so_the_key_goes_nowhere_else() -> None:
    with scripted(GOOD) as (other, _):
        there = reply(b"", "308 Permanent Redirect", more=f"Location: {other.url}/v1/completions\r\n")
        with scripted(there) as (server, client), pytest.raises(ServerError, match=other.url):
            ask(server, client)
        assert other.requests == []


def test_the_key_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in http_client.KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert environment_key() is None
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert environment_key() == "other"
    monkeypatch.setenv("NEURALDBG_API_KEY", f" {SECRET}\n")
    assert environment_key() == SECRET
    monkeypatch.setenv("NEURALDBG_API_KEY", "two\nlines")
    with pytest.raises(UsageError, match="NEURALDBG_API_KEY") as caught:
        environment_key()
    assert "lines" not in str(caught.value)


def test_the_time_for_an_answer_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(http_client.TIMEOUT_VARIABLE, raising=False)
    assert Patience.from_environment() == Patience()
    monkeypatch.setenv(http_client.TIMEOUT_VARIABLE, "7.5")
    assert Patience.from_environment().total == 7.5
    for wrong in ("soon", "0", "-1", "inf", "nan"):
        monkeypatch.setenv(http_client.TIMEOUT_VARIABLE, wrong)
        with pytest.raises(UsageError, match="no number of seconds"):
            Patience.from_environment()


def test_what_a_stranger_says_is_shown_on_one_short_line() -> None:
    assert shown("a\x1b[31m\r\n  b\x00c") == "a [31m b c"
    assert len(shown("x" * 10_000)) == http_client.MAX_REASON
    assert is_loopback("127.0.0.1")
    assert is_loopback("localhost")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("localhost.example.com")
    assert not is_loopback("127.example.com")


def test_the_key_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with scripted(GOOD) as (server, client):
        ask(server, client)
    assert SECRET not in caplog.text
    assert SECRET not in repr(client)
    assert SECRET not in repr(client._client)


def test_time_outs_of_a_part_are_errors_too() -> None:
    async def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    client = HttpClient("http://x", None, QUICK, httpx.MockTransport(handle))
    with pytest.raises(ServerError, match="slow"):
        client.post("http://x/v1/completions", {})
    client.close()
