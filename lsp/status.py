"""How each document is doing, told to clients that asked for it by ``experimental.neuraldbgStatus`` (docs/lsp.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuraldbg.lsp.documents import Document

if TYPE_CHECKING:
    from neuraldbg.lsp.server import Server

METHOD = "neuraldbg/status"


class Statuses:
    """What one client has been told of its documents."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told: dict[str, dict[str, Any]] = {}

    @property
    def _wanted(self) -> bool:
        asked = self._server.client_capabilities.experimental
        return isinstance(asked, dict) and bool(asked.get("neuraldbgStatus"))

    def tell(self, document: Document) -> None:
        """Tells the state of a document."""
        if self._wanted:
            self._told[document.uri] = params = self._state(document)
            self._server.protocol.notify(METHOD, params)

    def look(self) -> None:
        """Tells the states that have become other ones since they were told."""
        documents = self._server.service.documents
        self._told = {uri: params for uri, params in self._told.items() if uri in documents}
        for uri, params in list(self._told.items()):
            if params != self._state(documents[uri]):
                self.tell(documents[uri])

    def _state(self, document: Document) -> dict[str, Any]:
        state = "off"
        if document.settings.enable:
            state = "predicting" if document.busy else "problem" if document.problem else "ready"
        loading = state == "predicting" and not self._stepped
        return {"uri": document.uri, "state": state, "message": document.problem, "loading": loading}

    @property
    def _stepped(self) -> bool:
        """The model has predicted something, so it is loaded."""
        documents = self._server.service.documents.values()
        return any(len(run.timeline) for document in documents for run in document.runs.values())
