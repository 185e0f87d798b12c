"""Framing of DAP messages, and a connection to peers that misbehave."""

from __future__ import annotations

import io
import os
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.dap.protocol import (
    Connection,
    Deadline,
    ProtocolError,
    RequestFailed,
    read_message,
    write_message,
)
from neuraldbg.errors import RunError

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), _JSON, max_size=4), max_size=4))
def test_messages_survive_the_wire(messages: list[dict[str, Any]]) -> None:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    stream.seek(0)
    assert [read_message(stream) for _ in messages] == messages
    assert read_message(stream) is None


def test_length_counts_bytes_and_lone_surrogates_pass() -> None:
    stream = io.BytesIO()
    write_message(stream, {"text": "東京 \ud800"})
    header, _, body = stream.getvalue().partition(b"\r\n\r\n")
    assert header == b"Content-Length: %d" % len(body)
    stream.seek(0)
    assert read_message(stream) == {"text": "東京 \ud800"}


def test_other_headers_are_skipped() -> None:
    assert read_message(io.BytesIO(b"X-Y: z\r\ncontent-length: 2\r\n\r\n{}")) == {}


@pytest.mark.parametrize("data", [b"", b"Content-Length: 5\r\n", b"Content-Length: 5\r\n\r\n{}"])
def test_a_stream_that_ends_gives_none(data: bytes) -> None:
    assert read_message(io.BytesIO(data)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n{}",
        b"hello\n",
        b"Content-Length: two\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 2\r\n\r\n{]",
        b"Content-Length: 2\r\n\r\n\xff\xfe",
        b"x" * 5000,
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_message(io.BytesIO(data))


class Peer:
    """The adapter's end of a connection, played by the test."""

    def __init__(self) -> None:
        from_peer, to_client = os.pipe()
        self._to_client = os.fdopen(to_client, "wb")
        self.received = io.BytesIO()
        self.events: list[dict[str, Any]] = []
        self.connection = Connection(os.fdopen(from_peer, "rb"), self.received, self.events.append)

    def says(self, message: dict[str, Any]) -> None:
        write_message(self._to_client, message)

    def says_bytes(self, data: bytes) -> None:
        self._to_client.write(data)
        self._to_client.flush()

    def hangs_up(self) -> None:
        self._to_client.close()


@pytest.fixture
def peer() -> Peer:
    return Peer()


def soon() -> float:
    return time.monotonic() + 30


def test_responses_are_matched_by_number_in_any_order(peer: Peer) -> None:
    first, second = peer.connection.send("threads"), peer.connection.send("evaluate", {"expression": "1"})
    peer.says({"type": "response", "request_seq": second, "success": True, "body": {"n": 2}})
    peer.says({"type": "response", "request_seq": first, "success": True, "body": {"n": 1}})
    assert peer.connection.response(first, soon()) == {"n": 1}
    assert peer.connection.response(second, soon()) == {"n": 2}


def test_events_are_observed_and_handed_out_by_name(peer: Peer) -> None:
    for name in ("output", "stopped", "terminated"):
        peer.says({"type": "event", "event": name})
    assert peer.connection.event({"stopped"}, soon())["event"] == "stopped"
    assert peer.connection.event({"stopped", "terminated"}, soon())["event"] == "terminated"
    assert [event["event"] for event in peer.events] == ["output", "stopped", "terminated"]


def test_an_unwanted_response_is_dropped(peer: Peer) -> None:
    unwanted = peer.connection.send("stepIn", {"threadId": 1}, wanted=False)
    wanted = peer.connection.send("threads")
    for seq in (unwanted, wanted):
        peer.says({"type": "response", "request_seq": seq, "success": True})
    assert peer.connection.response(wanted, soon()) == {}
    with pytest.raises(Deadline):
        peer.connection.response(unwanted, time.monotonic())


def test_a_refused_request_carries_the_adapters_words(peer: Peer) -> None:
    seq = peer.connection.send("launch")
    peer.says({"type": "response", "request_seq": seq, "success": False, "command": "launch", "message": "no python"})
    with pytest.raises(RequestFailed, match="no python"):
        peer.connection.response(seq, soon())


def test_silence_ends_at_the_deadline(peer: Peer) -> None:
    with pytest.raises(Deadline):
        peer.connection.event({"stopped"}, time.monotonic() + 0.01)


def test_a_hang_up_is_an_error_every_time(peer: Peer) -> None:
    peer.hangs_up()
    for _ in range(2):
        with pytest.raises(RunError, match="ended unexpectedly"):
            peer.connection.event({"stopped"}, soon())


def test_nonsense_is_an_error(peer: Peer) -> None:
    peer.says_bytes(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(RunError, match="no DAP message"):
        peer.connection.event({"stopped"}, soon())
