"""Progress of work that takes long, with a button to stop it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from neuraldbg.lsp.documents import Document

if TYPE_CHECKING:
    from neuraldbg.lsp.server import Server

log = logging.getLogger(__name__)

DELAY = 1.0  # seconds; what is done sooner is not worth a notice


class Reports:
    """Progress of the documents of one client."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tokens: dict[str, str] = {}  # document -> token that the client knows
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._texts: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def report(self, document: Document, text: str | None) -> None:
        """Says what is done for a document; None when it is over."""
        uri = document.uri
        if text is None:
            self._texts.pop(uri, None)
            waiting = self._waiting.pop(uri, None)
            if waiting is not None:
                waiting.cancel()
            token = self._tokens.pop(uri, None)
            if token is not None and not self._server.service.stopping:
                self._server.work_done_progress.end(token, types.WorkDoneProgressEnd())
            return
        self._texts[uri] = text
        if uri in self._tokens:
            value = types.WorkDoneProgressReport(message=text, cancellable=True)
            self._server.work_done_progress.report(self._tokens[uri], value)
        elif uri not in self._waiting and self._possible:
            loop = self._server.service.loop
            start = self._begin
            self._waiting[uri] = loop.call_later(DELAY, lambda: self._server.start(start(document)))

    @property
    def _possible(self) -> bool:
        window = self._server.client_capabilities.window
        return window is not None and bool(window.work_done_progress)

    async def _begin(self, document: Document) -> None:
        uri, token = document.uri, f"neuraldbg-{next(self._numbers)}"
        try:
            await self._server.work_done_progress.create_async(token)
        except JsonRpcException as error:
            log.warning("the client shows no progress: %s", error)
            return
        self._waiting.pop(uri, None)
        if uri not in self._texts or self._server.service.stopping:
            return  # over meanwhile
        self._tokens[uri] = token
        begin = types.WorkDoneProgressBegin("Predicting", cancellable=True, message=self._texts[uri])
        self._server.work_done_progress.begin(token, begin)

    def document_of(self, token: str | int) -> Document | None:
        """The document whose work a token stands for."""
        uri = next((u for u, t in self._tokens.items() if t == token), None)
        return None if uri is None else self._server.service.documents.get(uri)
