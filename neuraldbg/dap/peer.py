"""The adapter's end of a connection: requests in, responses and events out.

A thread of its own reads, so that a client that vanishes is noticed whatever else goes on. Any thread may send.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

from neuraldbg.dap.protocol import BodyError, Message, ProtocolError, read_message, write_message
from neuraldbg.errors import UsageError

MOST_BYTES = 64 << 20  # of a request
# Made by the client itself, or shown where they failed: a message box for each hover would be too much.
QUIET = frozenset(
    "breakpointLocations cancel completions dataBreakpointInfo evaluate exceptionInfo loadedSources modules scopes "
    "source stackTrace threads variables".split()
)


class BadRequest(UsageError):
    """A request that cannot be answered as it stands; the message is one line."""


class NotStopped(BadRequest):
    """A request that needs a stopped program."""


class Arguments:
    """The arguments of a request, read with their types.

    Args:
        values: the JSON object.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A string. Raises BadRequest if it is none, or missing where there is no default; as the others do."""
        return str(self._get(name, str, "a string", default))

    def number(self, name: str, default: int | None = None) -> int:
        """An integer."""
        return int(self._get(name, int, "a whole number", default))

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self._get(name, bool, "true or false", default))

    def texts(self, name: str) -> list[str]:
        """A list of strings, empty where it is missing."""
        found = self._get(name, list, "a list of strings", [])
        if not all(isinstance(item, str) for item in found):
            raise BadRequest(f"{name} must be a list of strings")
        return list(found)

    def object(self, name: str) -> Arguments:
        """An object, empty where it is missing."""
        return Arguments(self._get(name, dict, "an object", {}))

    def objects(self, name: str) -> list[Arguments]:
        """A list of objects, empty where it is missing."""
        found = self._get(name, list, "a list of objects", [])
        if not all(isinstance(item, dict) for item in found):
            raise BadRequest(f"{name} must be a list of objects")
        return [Arguments(item) for item in found]

    def _get(self, name: str, kind: type, what: str, default: Any) -> Any:
        value = self.values.get(name)
        if value is None:
            value = default
        if value is None:
            raise BadRequest(f"{name} is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadRequest(f"{name} must be {what}")
        return value


class Peer:
    """One client.

    Args:
        reader, writer: its output and input.
        sent: called with each message before it goes out; tests validate messages there.

    Attributes:
        problem: why reading ended before the client did; empty if it has not.
    """

    def __init__(self, reader: IO[bytes], writer: IO[bytes], sent: Callable[[Message], object] | None = None) -> None:
        self._writer = writer
        self._sent = sent
        self._seq = 0
        self._lock = threading.Lock()
        self._inbox: queue.SimpleQueue[Message | BodyError | None] = queue.SimpleQueue()
        self.gone = threading.Event()
        self.problem = ""
        threading.Thread(target=self._read, args=(reader,), name="dap-server-reader", daemon=True).start()

    def _read(self, reader: IO[bytes]) -> None:
        try:
            while True:
                try:
                    message = read_message(reader, MOST_BYTES)
                except BodyError as error:
                    self._inbox.put(error)
                    continue
                if message is None:
                    break
                self._inbox.put(message)
        except ProtocolError as error:
            self.problem = str(error)
        except (OSError, ValueError, MemoryError) as error:  # ValueError: the stream was closed under us
            self.problem = "" if isinstance(error, ValueError) else f"the connection broke: {error}"
        self.gone.set()
        self._inbox.put(None)

    def messages(self) -> Iterator[Message | BodyError]:
        """What the client sends, until it is gone."""
        while (message := self._inbox.get()) is not None:
            yield message

    def respond(self, request: Message, body: Mapping[str, Any] | None = None) -> None:
        """Answers a request."""
        self._send(_response(request, True), body)

    def refuse(self, request: Message, reason: str, code: str = "") -> None:
        """Answers that a request failed.

        Args:
            request: the request.
            reason: one line for the user.
            code: one of the protocol's own words, such as ``cancelled`` and ``notStopped``, for the client.
        """
        shown = not code and request.get("command") not in QUIET
        error: dict[str, Any] = {"id": 1, "format": reason, "showUser": shown}
        if "{" in reason or "}" in reason:  # braces would name variables of the message
            error |= {"format": "{reason}", "variables": {"reason": reason}}
        self._send({**_response(request, False), "message": code or reason}, {"error": error})

    def event(self, name: str, body: Mapping[str, Any] | None = None) -> None:
        """Sends an event."""
        self._send({"type": "event", "event": name}, body)

    def output(self, text: str, category: str = "console", **more: Any) -> None:
        """Sends text for the client's console; ``category`` is console, important, stdout or stderr."""
        if text:
            self.event("output", {"category": category, "output": text, **more})

    def _send(self, message: Message, body: Mapping[str, Any] | None) -> None:
        if body is not None:
            message["body"] = dict(body)
        with self._lock:
            self._seq += 1
            message["seq"] = self._seq
            if self._sent is not None:
                self._sent(message)
            with suppress(OSError, ValueError):  # the client is gone, which the reading side finds out too
                write_message(self._writer, message)


def _response(request: Message, success: bool) -> Message:
    seq, command = request.get("seq"), request.get("command")
    return {
        "type": "response",
        "request_seq": seq if isinstance(seq, int) else 0,
        "success": success,
        "command": command if isinstance(command, str) else "",
    }
