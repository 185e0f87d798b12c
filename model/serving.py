"""The process of `neuraldbg serve`: it binds the address, loads the model, runs the server and ends it gracefully."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from neuraldbg.errors import UsageError
from neuraldbg.model.batching import CHUNK, Scheduler
from neuraldbg.model.completions import Limits
from neuraldbg.model.guard import access_for
from neuraldbg.model.job import Served
from neuraldbg.model.metrics import Metrics
from neuraldbg.model.server import Service, make_app

if TYPE_CHECKING:
    from neuraldbg.model.engine import Network

GRACE_SECONDS: Final = 1.0  # what is running when the server is told to end may take so long
BATCH: Final = 16  # a CPU gains nothing by more
KEEP_ALIVE_SECONDS: Final = 120  # people think between two steps


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    Attributes:
        host, port: address to listen on; port 0 takes a free one.
        token_file: holds the token that clients must send.
        name: of the model, for clients; None is its own.
        slots: sequences whose context is kept.
        batch: sequences that run at a time, if there are as many slots.
        threads: of the processor that share a pass over several sequences.
        queue: sequences that may wait.
        max_tokens: most that a request may ask for; None leaves that to the context.
        chunk: tokens of prompts read in one pass.
        grammar: continue traces sent to /completions under the grammar.
        log: write a line for each request to stderr.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token_file: Path | None = None
    name: str | None = None
    slots: int = 16
    batch: int = BATCH
    threads: int = 1
    queue: int = 256
    max_tokens: int | None = None
    chunk: int = CHUNK
    grammar: bool = True
    log: bool = True


def load_served(
    model: str | None,
    device: str | None,
    quantize: str | None,
    slots: int,
    threads: int = 1,
    name: str | None = None,
) -> tuple[Network, Served]:
    """Loads a checkpoint as a network of ``slots`` slots, and what the server must know of it.

    Raises:
        ModelError: if there is no such model, or it is damaged, or the device is absent.
    """
    from neuraldbg.model.loading import load_network

    loaded = load_network(model, device, quantize, slots, threads=threads)
    folder = Path(loaded.name).expanduser()
    t = loaded.tokenizer
    served = Served(
        name=name or (folder.resolve().name if folder.is_dir() else loaded.name),
        tokenizer=t,
        ends=frozenset({t.end_of_text, t.eom_id, t.eot_id}),
        scratchpad=loaded.scratchpad,
    )
    return loaded.network, served


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address; nobody can connect before it listens.

    Raises:
        UsageError: if there is no such address, or the port is taken or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"--host {host}: {error.strerror or error}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        reason = "it is in use, pass another --port" if taken else error.strerror or str(error)
        raise UsageError(f"cannot listen on {host} port {port}: {reason}") from error
    return bound


def make_server(network: Network, served: Served, settings: Settings) -> GracefulServer:
    """A server that is ready to run.

    Raises:
        UsageError: if the address needs a token.
    """
    access = access_for(settings.host, settings.token_file)
    metrics = Metrics()
    batch = min(settings.batch, network.slots)
    scheduler = Scheduler(network, batch, settings.queue, settings.chunk, metrics.observe_pass)
    service = Service(served, scheduler, Limits(network.context, settings.max_tokens), metrics, settings.grammar)
    config = uvicorn.Config(
        make_app(service, access, settings.log),
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    return GracefulServer(config, service)


class GracefulServer(uvicorn.Server):
    """Lets what is running come to its end for a moment, then ends it with 503."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once the server is to end."""
        for server in self.servers:
            server.close()
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while self._busy() and not self.force_exit and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(self.service.close)
        await super().shutdown(sockets)

    def _busy(self) -> bool:
        return self.service.scheduler.running + self.service.scheduler.waiting > 0


def serve(model: str | None, device: str | None, quantize: str | None, settings: Settings) -> None:
    """Serves a model until the process is told to end: SIGTERM returns, Ctrl-C raises KeyboardInterrupt.

    Raises:
        UsageError: if the address cannot be had, or needs a token.
        ModelError: if the model cannot be loaded.
    """
    access_for(settings.host, settings.token_file)  # fail before the model is loaded
    bound = bind(settings.host, settings.port)
    try:
        network, served = load_served(model, device, quantize, settings.slots, settings.threads, settings.name)
        server = make_server(network, served, settings)
        port = bound.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        what = f"{served.name} on http://{host}:{port}, context {network.context}, {network.slots} slots"
        print(f"neuraldbg: serving {what}", file=sys.stderr, flush=True)
        # uvicorn raises the signal again when it is done; for a server SIGTERM is the usual end.
        previous = signal.signal(signal.SIGTERM, lambda *_: None)
        try:
            server.run(sockets=[bound])
        finally:
            signal.signal(signal.SIGTERM, previous)
    finally:
        bound.close()
