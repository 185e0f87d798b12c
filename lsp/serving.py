"""Serves one client over stdio or TCP, to its end."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from threading import Event
from typing import BinaryIO

from pygls.exceptions import JsonRpcException
from pygls.io_ import run_async

from neuraldbg.errors import UsageError
from neuraldbg.lsp.commands import RealRun
from neuraldbg.lsp.server import Server, create
from neuraldbg.lsp.wire import Loader


def serve(loader: Loader, real_run: RealRun, port: int | None = None) -> int:
    """Serves until the client leaves.

    Args:
        loader: of the model, in a process of its own, once something is to be predicted.
        real_run: runs a program; only for a cross-check.
        port: on the loopback interface; 0 for any, which is printed on stderr; None for stdio.

    Returns:
        The exit code: 0 after ``shutdown`` or if the client never began, else 1.

    Raises:
        UsageError: if the port cannot be had.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="neuraldbg: %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it writes a traceback for every bad message
    server = create(loader, real_run)
    try:
        if port is None:
            server.start_io(sys.stdin.buffer, _own_stdout())
        else:
            asyncio.run(_serve_tcp(server, port))
    except SystemExit:
        pass  # pygls leaves so on ``exit``; the code is ours to say
    finally:
        server.stop()
    return 0 if server.protocol.in_order else 1


def _own_stdout() -> BinaryIO:
    """Stdout for the protocol alone: whatever else is printed in this process goes to stderr."""
    sys.stdout.flush()
    mine = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(mine, "wb")


async def _serve_tcp(server: Server, port: int) -> None:
    done = asyncio.Event()
    first: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if first:
            writer.close()  # one client at a time, and one for the life of the process
            return
        first.append(writer)
        server.protocol.set_writer(writer)
        try:
            await run_async(Event(), reader, server.protocol, error_handler=_report(server))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone, which is the end
        finally:
            done.set()

    try:
        listening = await asyncio.start_server(connected, "127.0.0.1", port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on port {port}: {error}; choose another, or 0 for any free one") from error
    print(f"neuraldbg: listening on 127.0.0.1:{listening.sockets[0].getsockname()[1]}", file=sys.stderr, flush=True)
    async with listening:
        await done.wait()


def _report(server: Server) -> Callable[[Exception, type[JsonRpcException]], None]:
    return lambda error, source: server.report_server_error(error, source)
