"""The server's work between messages: which document is predicted when, and when the client is told to look again.

Everything here happens on the event loop's thread; the worker's updates arrive by ``call_soon_threadsafe``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.predictions import Began, Done, Failed, Planned, Predictor, Unreadable, Update, work
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.worker import Lazy, Ticket, Worker

log = logging.getLogger(__name__)

REFRESH = 0.15  # seconds between two requests to look again: they are about everything


class Client(Protocol):
    """What the service tells the editor."""

    def refresh(self, lenses: bool) -> None:
        """Hints have changed, and perhaps lenses and diagnostics."""
        ...

    def tell(self, message: str, error: bool = False) -> None:
        """Shows a message."""
        ...

    def working(self, document: Document, text: str | None) -> None:
        """Work on a document goes on, or ends if there is no text."""
        ...

    def status(self, document: Document) -> None:
        """A document is busy, or not any more."""
        ...


class Service:
    """All open documents and the worker that predicts them.

    Args:
        client: the editor.
        load: loads the model, called once in the worker's thread.
    """

    def __init__(self, client: Client, load: Callable[[], Predictor]) -> None:
        self.client = client
        self.predictor: Lazy[Predictor] = Lazy(load)
        self.worker = Worker(self._died)
        self.documents: dict[str, Document] = {}
        self.stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._refresh: asyncio.TimerHandle | None = None
        self._lenses = False
        self._told: set[str] = set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """That serves the client."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    # Documents

    def open(self, document: Document) -> None:
        """Begins with a document at once."""
        self.close(document.uri)
        self.documents[document.uri] = document
        self.predict(document)

    def changed(self, document: Document) -> None:
        """The text has changed: what runs is stale, what comes next waits for a rest."""
        self.halt(document)
        if not document.cleared:
            self._later(document, document.settings.predict.debounce / 1000)
        self.refresh()

    def close(self, uri: str) -> None:
        """Forgets a document."""
        document = self.documents.pop(uri, None)
        if document is not None:
            self.halt(document)
            self.client.working(document, None)

    def halt(self, document: Document) -> None:
        """Stops work on a document, keeps what is there."""
        waiting = self._waiting.pop(document.uri, None)
        if waiting is not None:
            waiting.cancel()
        if document.ticket is not None:
            document.ticket.cancel()
        self.worker.cancel(document.uri)
        document.generation += 1

    def cancel(self, document: Document) -> None:
        """The user stops the work."""
        self.halt(document)
        document.stop()
        self.client.working(document, None)
        self.client.status(document)
        self.refresh(lenses=True)

    def _later(self, document: Document, seconds: float) -> None:
        def start() -> None:
            self._waiting.pop(document.uri, None)
            self.predict(document)

        self._waiting[document.uri] = self.loop.call_later(seconds, start)

    def predict(self, document: Document, first: str | None = None) -> None:
        """Asks the worker for all runs of a document, that of ``first`` before the others."""
        self.halt(document)
        if self.stopping or not document.settings.enable:
            document.busy = False
            self.refresh(lenses=True)
            return
        document.cleared = False
        request = document.request(first)
        generation, uri, loop = document.generation, document.uri, self.loop

        def start(ticket: Ticket):  # type: ignore[no-untyped-def]
            def post(update: Update) -> None:
                if not ticket.cancelled():
                    self._hand_over(loop, uri, generation, update)

            return work(request, self.predictor, ticket, post)

        self.client.working(document, "reading")
        self.client.status(document)
        document.ticket = self.worker.submit(uri, start)

    def _hand_over(self, loop: asyncio.AbstractEventLoop, uri: str, generation: int, update: Update) -> None:
        try:
            loop.call_soon_threadsafe(self._apply, uri, generation, update)
        except RuntimeError:
            if not self.stopping:
                raise  # the loop is closed only when the server ends

    def _apply(self, uri: str, generation: int, update: Update) -> None:
        document = self.documents.get(uri)
        if document is None or document.generation != generation:
            return
        document.apply(update)
        if isinstance(update, Began):
            self.client.working(document, Run(update.reading).title)
        elif isinstance(update, Failed):
            self.tell_once(update.reason)
        if isinstance(update, (Unreadable, Failed, Done)):
            self.client.working(document, None)
            self.client.status(document)
        self.refresh(lenses=isinstance(update, (Planned, Unreadable, Failed, Done)))

    # Telling the client

    def tell_once(self, message: str) -> None:
        """Shows an error that would otherwise come again and again."""
        if message not in self._told:
            self._told.add(message)
            self.client.tell(message, error=True)

    def refresh(self, lenses: bool = False) -> None:
        """Tells the client to look again, not more often than it can bear."""
        self._lenses |= lenses
        if self._refresh is None and not self.stopping:
            self._refresh = self.loop.call_later(REFRESH, self._refresh_now)

    def _refresh_now(self) -> None:
        self._refresh = None
        lenses, self._lenses = self._lenses, False
        if not self.stopping:
            self.client.refresh(lenses)

    # The model

    def _died(self, error: BaseException) -> None:
        log.error("the predicting thread died", exc_info=error)
        self.predictor.reset()
        loop = self._loop
        if loop is not None and not self.stopping:
            try:
                loop.call_soon_threadsafe(self._again, f"{type(error).__name__}: {error}")
            except RuntimeError:
                log.error("the server had ended meanwhile")

    def _again(self, reason: str) -> None:
        """A new thread with a new model takes over; documents that kill it twice are left alone."""
        self.tell_once(f"neuraldbg: the model stopped ({reason}) and is started again")
        for document in self.documents.values():
            if document.busy:
                document.stop()
                self.client.working(document, None)
                if document.deaths < 1:
                    document.deaths += 1
                    self.predict(document)
                else:
                    document.problem = "the model stopped while it predicted this text"
                    self.client.status(document)
        self.refresh(lenses=True)

    def restart(self) -> None:
        """Loads the model anew and predicts everything again."""
        for document in self.documents.values():
            self.halt(document)
        self.predictor.reset()
        self._told.clear()
        for document in self.documents.values():
            document.deaths = 0
            self.predict(document)

    def stop(self) -> None:
        """Ends all work; nothing is sent any more."""
        self.stopping = True
        for document in self.documents.values():
            self.halt(document)
        if self._refresh is not None:
            self._refresh.cancel()
        self.worker.stop()
