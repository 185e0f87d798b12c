"""Who may talk to `neuraldbg serve`: a token where one is set, no web page of another site, no foreign Host name.

A server on loopback can be reached by every page that the user's browser shows: by a POST across sites, which carries
an Origin, or by a host name of the attacker's that resolves to 127.0.0.1 (DNS rebinding), which the Host header gives
away. Every request gets an id and one line in the log, which never holds a prompt or a key.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from neuraldbg.errors import UsageError
from neuraldbg.model.completions import RequestError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_VARIABLE: Final = "NEURALDBG_SERVE_TOKEN"
OPEN_PATHS: Final = frozenset({"/health"})  # answered without a token: nothing is to be learnt there
NOTE: Final = "neuraldbg.note"  # where a handler leaves what the log may say, in the scope
STATUS: Final = "neuraldbg.status"  # and the status to log, where the one that was sent does not tell
REQUEST_ID: Final = "neuraldbg.request_id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask.

    Attributes:
        token: that every request must carry; None only where the server listens on loopback.
    """

    token: str | None = None

    def check(self, path: str, headers: dict[str, str]) -> None:
        """Raises:
        RequestError: if a request with these headers (names in lower case) is refused.
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if self.token is None and not is_loopback(_host_name(host)):
            text = f"the Host header names {host[:100]!r}, this server answers localhost and 127.0.0.1 only"
            raise RequestError(text, 403, code="foreign_host")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise RequestError("requests from web pages of another origin are refused", 403, code="foreign_origin")
        if self.token is not None and path not in OPEN_PATHS:
            kind, _, given = headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer" or not _equal(given.strip(), self.token):
                text = "this server demands a token: send Authorization: Bearer TOKEN"
                raise RequestError(text, 401, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})


def _equal(given: str, wanted: str) -> bool:
    """Takes the same time wherever the two differ, and however long they are."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (given, wanted)]
    return hmac.compare_digest(*digests)


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is certainly this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def access_for(host: str, token_file: Path | None) -> Access:
    """The access rules for an address, with the token from a file or from NEURALDBG_SERVE_TOKEN.

    Raises:
        UsageError: if there is no token and the address is not loopback, or the file holds none.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip() or None
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the token from {token_file}: {error}") from error
        if not token or len(token.split()) != 1:
            raise UsageError(f"{token_file} must hold one token, without blanks in it")
    if token is None and not is_loopback(host):
        raise UsageError(
            f"--host {host} can be reached from other machines: give a token, by --token-file or {TOKEN_VARIABLE}"
        )
    return Access(token)


class Guard:
    """ASGI middleware: checks access, gives every request an id, logs and counts it.

    Args:
        app: what answers.
        access: who may ask.
        refuse: makes the reply to a refused request.
        answered: told path, status and seconds of every request.
        log: whether to write a line for each to stderr.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        refuse: Callable[[RequestError], ASGIApp],
        answered: Callable[[str, int, float], None],
        log: bool = True,
    ) -> None:
        self.app = app
        self._access = access
        self._refuse = refuse
        self._answered = answered
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = headers.get("x-request-id", "")
        scope[REQUEST_ID] = request_id = asked if _ID.fullmatch(asked) else uuid.uuid4().hex
        start = time.perf_counter()
        status = 499  # nothing was sent: the client had gone

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            try:
                self._access.check(scope["path"], headers)
            except RequestError as error:
                await self._refuse(error)(scope, receive, send_marked)
            else:
                await self.app(scope, receive, send_marked)
        finally:
            seconds = time.perf_counter() - start
            status = scope.get(STATUS, status)
            self._answered(scope["path"], status, seconds)
            if self._log:
                _log_line(scope, status, seconds)


def _log_line(scope: Scope, status: int, seconds: float) -> None:
    client = (scope.get("client") or ("-",))[0]
    when = time.strftime("%Y-%m-%dT%H:%M:%S")
    what = f"{quote(scope['method'])} {quote(scope['path'])[:200]} {status} {1000 * seconds:.0f} ms"
    note = f" {scope[NOTE]}" if NOTE in scope else ""
    print(f"{when} {client} {what} id={scope[REQUEST_ID]}{note}", file=sys.stderr, flush=True)
