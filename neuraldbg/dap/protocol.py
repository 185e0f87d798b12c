"""Message framing of the Debug Adapter Protocol, and a client's end of a connection.

A message is a ``Content-Length`` header, an empty line and that many bytes of UTF-8 JSON (Debug Adapter Protocol,
"Base Protocol"). :func:`read_message` and :func:`write_message` know only that; :class:`Connection` numbers
requests, matches responses to them and hands out events, with a deadline on every wait.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import IO, Any

from neuraldbg.errors import RunError

Message = dict[str, Any]

_MAX_HEADER = 4096
MAX_BODY = 1 << 28  # bytes; a length beyond it is a damaged header rather than a message


class ProtocolError(ValueError):
    """Bytes that are not a DAP message; where the next one begins is not known."""


class BodyError(ProtocolError):
    """A body that is no message; the next one begins behind it."""


def write_message(stream: IO[bytes], message: Mapping[str, Any]) -> None:
    """Writes one message in one piece and flushes it."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()


def read_message(stream: IO[bytes], most: int = MAX_BODY) -> Message | None:
    """Reads one message of at most ``most`` bytes; None at the end of the stream, also where a message is cut short.

    Raises:
        BodyError: if the body is not the protocol's. ProtocolError: if the header is not.
    """
    length = -1
    while True:
        line = stream.readline(_MAX_HEADER)
        if not line:
            return None
        if not line.endswith(b"\n"):
            raise ProtocolError(f"header line too long or cut short: {line[:60]!r}")
        if line in (b"\r\n", b"\n"):
            break
        name, colon, value = line.partition(b":")
        if not colon:
            raise ProtocolError(f"not a header: {line[:60]!r}")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit() or len(value) > 20:
                raise ProtocolError(f"bad Content-Length: {value[:60]!r}")
            length = int(value)
    if length < 0:
        raise ProtocolError("no Content-Length header")
    if length > most:
        raise ProtocolError(f"a message of {length} bytes; at most {most} are read")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BodyError(f"body is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise BodyError("body is not a JSON object")
    return message


class RequestFailed(RunError):
    """The adapter answered a request with ``success: false``."""


class Deadline(RunError):
    """Nothing came before the deadline."""


class Connection:
    """A client's end: requests out, responses and events in.

    A thread of its own reads ``reader``, so that a wait can end at its deadline. Not safe for use by several threads.

    Arguments:
        reader, writer: the adapter's output and input.
        observe: called with each event as it is taken in, before it is handed out.
        sent: called with each message before it goes out; tests validate messages there.
    """

    def __init__(
        self,
        reader: IO[bytes],
        writer: IO[bytes],
        observe: Callable[[Message], object] | None = None,
        sent: Callable[[Message], object] | None = None,
    ) -> None:
        self._writer = writer
        self._observe = observe
        self._sent = sent
        self._seq = 0
        self._inbox: queue.SimpleQueue[Message | Exception | None] = queue.SimpleQueue()
        self._responses: dict[int, Message] = {}
        self._unwanted: set[int] = set()
        self._events: deque[Message] = deque()
        self._closed: str | None = None
        threading.Thread(target=self._read, args=(reader,), name="dap-reader", daemon=True).start()

    def _read(self, reader: IO[bytes]) -> None:
        try:
            while (message := read_message(reader)) is not None:
                self._inbox.put(message)
            self._inbox.put(None)
        except (OSError, ValueError) as error:  # ValueError: not DAP, or the stream was closed under us
            self._inbox.put(error)

    def send(self, command: str, arguments: Mapping[str, Any] | None = None, *, wanted: bool = True) -> int:
        """Sends a request and returns its number, without waiting; the response is dropped if it is not ``wanted``.

        Raises:
            RunError: if the adapter no longer reads.
        """
        self._seq += 1
        message: Message = {"seq": self._seq, "type": "request", "command": command}
        if arguments is not None:
            message["arguments"] = dict(arguments)
        if self._sent is not None:
            self._sent(message)
        if not wanted:
            self._unwanted.add(self._seq)
        try:
            write_message(self._writer, message)
        except (OSError, ValueError) as error:
            raise RunError(f"debugpy's adapter is gone, it does not take {command!r}: {error}") from error
        return self._seq

    def response(self, seq: int, deadline: float) -> Message:
        """The body of the response to request ``seq``; ``deadline`` is on the clock of ``time.monotonic``.

        Raises:
            RequestFailed: if the adapter refuses the request; the message is the adapter's.
            Deadline: if nothing came in time.
            RunError: if the adapter ended.
        """
        while seq not in self._responses:
            self._receive(deadline)
        message = self._responses.pop(seq)
        if not message.get("success"):
            raise RequestFailed(f"debugpy refused {message.get('command')!r}: {message.get('message')}")
        body = message.get("body")
        return body if isinstance(body, dict) else {}

    def request(self, command: str, arguments: Mapping[str, Any] | None, deadline: float) -> Message:
        """Sends a request and waits for its response; see :meth:`response` for what it raises."""
        return self.response(self.send(command, arguments), deadline)

    def event(self, names: Collection[str], deadline: float) -> Message:
        """The next event called one of ``names``; events of other names that come first are dropped.

        Raises:
            Deadline, RunError: as :meth:`response`.
        """
        while True:
            while self._events:
                event = self._events.popleft()
                if event.get("event") in names:
                    return event
            self._receive(deadline)

    def _receive(self, deadline: float) -> None:
        if self._closed is not None:
            raise RunError(self._closed)
        try:
            message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise Deadline("debugpy did not answer in time") from None
        if message is None:
            self._closed = "debugpy's adapter ended unexpectedly"
        elif isinstance(message, Exception):
            self._closed = f"debugpy's adapter sent what is no DAP message: {message}"
        elif message.get("type") == "response":
            self._take(int(message["request_seq"]), message)
        elif message.get("type") == "event":
            if self._observe is not None:
                self._observe(message)
            self._events.append(message)
        if self._closed is not None:
            raise RunError(self._closed)

    def _take(self, seq: int, message: Message) -> None:
        if seq in self._unwanted:
            self._unwanted.remove(seq)
        else:
            self._responses[seq] = message
