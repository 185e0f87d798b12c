"""Serves debug sessions: one on the standard streams, or one for each connection to a port of the loopback address.

On the standard streams, stdout belongs to the protocol: whatever else writes there is sent to stderr.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from neuraldbg.dap.debugger import Debugger
from neuraldbg.dap.peer import Peer
from neuraldbg.dap.settings import Predictors
from neuraldbg.errors import ExitCode, UsageError

_GONE_SECONDS = 5.0
HOST = "127.0.0.1"


def serve_stdio(predictors: Predictors) -> ExitCode:
    """One session on stdin and stdout; returns how it ended."""
    sys.stdout.flush()
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return _session(reader, writer, predictors, lambda: os._exit(int(ExitCode.OK)))


def serve_port(port: int, predictors: Predictors, listening: Callable[[int], object] | None = None) -> None:
    """Sessions on a port, until interrupted.

    Args:
        port: 0 for any free one.
        predictors: gives each session its predictor; called by several threads at once.
        listening: called with the port once clients can connect.

    Raises:
        UsageError: if the port cannot be listened on.
    """
    try:
        server = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {HOST}, port {port}: {error}") from error
    with server:
        actual = server.getsockname()[1]
        print(f"neuraldbg: debug adapter listens on {HOST}:{actual}", file=sys.stderr, flush=True)
        if listening is not None:
            listening(actual)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, predictors), name="dap-session", daemon=True).start()


def _serve(connection: socket.socket, predictors: Predictors) -> None:
    with connection, connection.makefile("rb") as reader, connection.makefile("wb") as writer:
        try:
            _session(reader, writer, predictors, lambda: connection.shutdown(socket.SHUT_RDWR))
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client has closed it
                return


def _session(reader: IO[bytes], writer: IO[bytes], predictors: Predictors, abandon: Callable[[], object]) -> ExitCode:
    """Serves; a client that is gone and has left its end open, unread, blocks a write for ever: then ``abandon``."""
    peer, over = Peer(reader, writer), threading.Event()

    def watch() -> None:
        peer.gone.wait()
        if not over.wait(_GONE_SECONDS):
            with suppress(OSError):
                abandon()

    threading.Thread(target=watch, name="dap-watch", daemon=True).start()
    try:
        Debugger(peer, predictors).serve()
    finally:
        over.set()
    if peer.problem:
        print(f"neuraldbg: error: {peer.problem}", file=sys.stderr)
        return ExitCode.BAD_INPUT
    return ExitCode.OK
