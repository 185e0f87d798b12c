"""Fixtures: server processes, with the recorder in the model's place or with the embedded model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.lsp.client import Client

Start = Callable[..., Client]
SETTINGS = {"trusted": True, "predict": {"debounce": 0}}


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers and ends those that are left."""
    clients: list[Client] = []

    def begin(*module: str, **more: object) -> Client:
        client = Client(*(module or ("tests.lsp.standin",)), **more)  # type: ignore[arg-type]
        clients.append(client)
        return client

    yield begin
    for client in clients:
        client.kill()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A server for a module's tests, in a trusted workspace, without a wait after edits."""
    found = Client("tests.lsp.standin", settings=dict(SETTINGS))
    found.initialize()
    yield found
    found.kill()
