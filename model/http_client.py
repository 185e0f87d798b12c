"""JSON over HTTP for one server: time-outs, retries, bounded replies, prompt cancelling, and a key that stays secret.

Requests run on an event loop of their own thread, so that a caller who no longer wants an answer closes the connection
at once (which also frees the server). Every failure is a one-line `ServerError`. It knows nothing of models.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic, time
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from neuraldbg.errors import ModelError, ServerError, UsageError

KEY_VARIABLES: Final = ("NEURALDBG_API_KEY", "OPENAI_API_KEY")
TIMEOUT_VARIABLE: Final = "NEURALDBG_SERVER_TIMEOUT"
MAX_REASON: Final = 200  # characters of a server's own words that are shown
_POLL: Final = 0.05  # seconds between two looks at `cancelled`
_RETRIED: Final = (408, 425, 429, 500, 502, 503, 504)

Cancelled = Callable[[], bool]


class Cancelling(Exception):
    """The caller's ``cancelled`` said so while a request was under way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a server is tried.

    Attributes:
        connect: seconds for a connection.
        total: seconds for one answer, its retries included.
        attempts: requests at most for one answer.
        pause: seconds before the first retry; doubled for every further one, times 0.5 to 1.5.
        longest_pause: seconds.
        reply_bytes: a longer reply is cut off and is an error.
    """

    connect: float = 5.0
    total: float = 120.0
    attempts: int = 4
    pause: float = 0.5
    longest_pause: float = 8.0
    reply_bytes: int = 16 << 20

    @classmethod
    def from_environment(cls) -> Patience:
        """The default, with ``NEURALDBG_SERVER_TIMEOUT`` seconds for an answer where that is set.

        Raises:
            UsageError: if it is no positive number.
        """
        text = os.environ.get(TIMEOUT_VARIABLE)
        if not text:
            return cls()
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise UsageError(f"{TIMEOUT_VARIABLE}={shown(text)} is no number of seconds")
        return cls(total=seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Attributes:
        status: 200, or one of those that the caller accepts.
        body: parsed JSON; None where the status is not 200 and the body is none.
        reason: for other statuses, the server's words, shortened.
    """

    status: int
    body: Any
    reason: str = ""


def environment_key() -> str | None:
    """The API key of ``NEURALDBG_API_KEY``, else of ``OPENAI_API_KEY``.

    Raises:
        UsageError: if it cannot be sent in a header.
    """
    for name in KEY_VARIABLES:
        key = os.environ.get(name, "").strip()
        if key:
            if not key.isascii() or not key.isprintable() or " " in key:
                raise UsageError(f"the key in {name} has characters that no API key has: set it again")
            return key
    return None


def is_loopback(host: str) -> bool:
    """Whether what is sent to ``host`` stays on this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def shown(text: str, most: int = MAX_REASON) -> str:
    """A stranger's text on one line: no control characters, shortened."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 3] + "..."


class HttpClient:
    """Requests to one server over a connection that is kept.

    Args:
        origin: scheme, host and port; appears in messages.
        key: sent as a bearer token, to this origin alone.
        patience: limits.
        transport: instead of the network, for tests.
    """

    def __init__(
        self,
        origin: str,
        key: str | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.origin = origin
        self.requests = 0  # so far, retries included
        self.patience = patience or Patience()
        self._key = key
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def get(self, url: str, accept: tuple[int, ...] = ()) -> Answer:
        """As `post`, without a body and without retries where nobody listens."""
        return self._wait(self._answer("GET", url, None, accept, first=True), None)

    def post(
        self,
        url: str,
        body: Mapping[str, Any],
        cancelled: Cancelled | None = None,
        accept: tuple[int, ...] = (),
        first: bool = False,
        seconds: float | None = None,
    ) -> Answer:
        """Sends JSON and waits for JSON.

        Args:
            url: whole.
            body: JSON.
            cancelled: asked every 50 ms; the connection is closed when it returns true.
            accept: statuses beside 200 that are the caller's to judge.
            first: a server that does not listen is reported at once instead of tried again.
            seconds: for the answer, retries included; None takes ``patience.total``.

        Raises:
            Cancelling: if ``cancelled`` returned true.
            ServerError: for everything else that can go wrong.
        """
        return self._wait(self._answer("POST", url, body, accept, first, seconds), cancelled)

    def close(self) -> None:
        """Closes the connection and ends the thread."""
        with self._lock:
            loop, self._loop, self._client = self._loop, None, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    # -- on the caller's thread --------------------------------------------------------------------------------------

    def _wait(self, work: Any, cancelled: Cancelled | None) -> Answer:
        if cancelled is not None and cancelled():
            work.close()
            raise Cancelling
        future: Future[Answer] = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            while True:
                try:
                    return future.result(_POLL if cancelled is not None else None)
                except NotYet:
                    if future.done():
                        return future.result()
                if cancelled is not None and cancelled():
                    raise Cancelling
        finally:
            future.cancel()  # closes the connection where the answer is still due, as on Ctrl-C

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._run, args=(self._loop,), name="http", daemon=True).start()
            return self._loop

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(_end_tasks())
            loop.close()

    # -- on the loop -------------------------------------------------------------------------------------------------

    def _session(self) -> httpx.AsyncClient:
        if self._client is None:
            headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "neuraldbg"}
            if self._key is not None:
                headers["Authorization"] = f"Bearer {self._key}"
            self._client = httpx.AsyncClient(
                headers=headers,
                timeout=httpx.Timeout(self.patience.total, connect=self.patience.connect),
                follow_redirects=False,  # the key and the program must not go anywhere else
                trust_env=not is_loopback(urlsplit(self.origin).hostname or ""),
                transport=self._transport,
            )
        return self._client

    async def _answer(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        accept: tuple[int, ...],
        first: bool,
        seconds: float | None = None,
    ) -> Answer:
        end = monotonic() + (self.patience.total if seconds is None else seconds)
        for attempt in range(1, self.patience.attempts + 1):
            try:
                async with asyncio.timeout(end - monotonic()):
                    answer, wait = await self._once(method, url, body)
                problem = None if answer.status == 200 or answer.status in accept else self._refusal(answer)
                if problem is None:
                    return answer
                if answer.status not in _RETRIED:
                    raise problem
            except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout) as error:
                if end - monotonic() > 0.5:  # a time-out of a part only
                    raise ServerError(f"{self.origin} broke off: {_kind(error)}; try again") from error
                raise ServerError(
                    f"{self.origin} gave no answer within {self.patience.total:g} seconds: try again, "
                    f"or give it longer with {TIMEOUT_VARIABLE}"
                ) from error
            except httpx.TransportError as error:
                problem, wait = self._failure(error), None
                if first and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
                    raise problem from error
            pause = self._pause(attempt) if wait is None else wait
            if attempt == self.patience.attempts or monotonic() + pause >= end:
                raise problem
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, attempt: int) -> float:
        """Exponential back-off with jitter."""
        pause = min(self.patience.pause * 2.0 ** (attempt - 1), self.patience.longest_pause)
        return pause * random.uniform(0.5, 1.5)

    async def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[Answer, float | None]:
        """One request; the answer, and how long the server asks to wait before the next one."""
        self.requests += 1
        async with self._session().stream(method, url, json=body) as response:
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self.patience.reply_bytes:
                    raise ServerError(f"{self.origin} sent more than {self.patience.reply_bytes >> 20} MiB: cut off")
        wait = _retry_after(response.headers.get("Retry-After"))
        if response.is_redirect:
            target = shown(response.headers.get("Location", ""))
            raise ServerError(f"{self.origin} redirects to {target or 'nowhere'}: if you trust it, give that URL")
        if response.status_code != 200:
            return Answer(response.status_code, None, self._reason(bytes(content))), wait
        return Answer(200, self._json(response, bytes(content))), wait

    def _json(self, response: httpx.Response, content: bytes) -> Any:
        kind = shown(response.headers.get("Content-Type", "").partition(";")[0], 60)
        if "json" not in kind.lower():
            raise ServerError(f"{self.origin} answered with {kind or 'no content type'} instead of JSON: wrong URL?")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ServerError(f"{self.origin} sent broken JSON ({len(content)} bytes): try again") from error

    # -- in words ----------------------------------------------------------------------------------------------------

    def hide(self, text: str) -> str:
        """Without the key, should a server send it back."""
        return text.replace(self._key, "***") if self._key else text

    def _reason(self, content: bytes) -> str:
        """The server's own words, from the usual forms of an error."""
        text = content[:65536].decode("utf-8", errors="replace")
        try:
            found = json.loads(text)
            for name in ("error", "detail", "message"):
                while isinstance(found, dict) and name in found:
                    found = found[name]
            text = found if isinstance(found, str) else json.dumps(found)
        except (ValueError, RecursionError):
            if "<html" in text.lower() or "<!doctype" in text.lower():
                text = ""  # a page for people says nothing in a line
        return shown(self.hide(text))

    def _refusal(self, answer: Answer) -> ModelError:
        said = f": {answer.reason}" if answer.reason else ""
        if answer.status in (401, 403):
            missing = "set NEURALDBG_API_KEY" if self._key is None else "the key was not accepted"
            return ServerError(f"{self.origin} refuses ({answer.status}){said}; {missing}")
        return ServerError(f"{self.origin} answered {answer.status}{said}")

    def _failure(self, error: httpx.TransportError) -> ModelError:
        if isinstance(error, httpx.ConnectTimeout):
            return ServerError(f"cannot reach {self.origin} within {self.patience.connect:g} seconds: is it running?")
        if isinstance(error, httpx.ConnectError):
            return ServerError(f"cannot reach {self.origin} ({_kind(error)}): is it running?")
        return ServerError(f"{self.origin} broke off the connection ({_kind(error)}): try again")


def _kind(error: Exception) -> str:
    return shown(str(error) or type(error).__name__, 120)


def _retry_after(value: str | None) -> float | None:
    """Seconds, from seconds or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        return (
            max(0.0, float(value))
            if value.strip().isdigit()
            else max(0.0, parsedate_to_datetime(value).timestamp() - time())
        )
    except (ValueError, OverflowError):
        return None


async def _end_tasks() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
