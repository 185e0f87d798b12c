"""The server's work between messages: which document is predicted when, and when the client is told to look again.

Everything here happens on the event loop's thread; what the model's process finds arrives by ``call_soon_threadsafe``.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from neuraldbg.lsp import wire
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.predictions import Began, Done, Failed, Planned, Unreadable, Update
from neuraldbg.lsp.process import ModelProcess
from neuraldbg.lsp.runs import Run

log = logging.getLogger(__name__)

REFRESH = 0.15  # seconds between two requests to look again: they are about everything
SOON = 0.02  # and before one, for what comes together
MOMENT = 0.3  # that a hover waits for what the model says
MOST_OF_A_TEXT = 3  # times that the model's process may end over one text before that text is left alone
MOST_IN_A_ROW = 8  # and over any, with no document predicted to its end in between


MOST_ASKED = 8  # steps that could have come instead: several can agree in the value that is looked at


@dataclass(frozen=True)
class Question:
    """What the model was asked last.

    Attributes:
        number: comes back with the answer.
        run, index: of the step in question.
        told: done when the answer is there.
    """

    number: int
    run: Run
    index: int
    told: asyncio.Future[None]


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
    """All open documents and the model's process that predicts them.

    Args:
        client: the editor.
        loader: of the model, in its process.
    """

    def __init__(self, client: Client, loader: wire.Loader) -> None:
        self.client = client
        self.loader = loader
        self.documents: dict[str, Document] = {}
        self.stopping = False
        self._model: ModelProcess | None = None
        self._off = ""  # why nothing is predicted any more
        self._deaths = 0  # of processes, since a document was predicted to its end
        self._turn: str | None = None  # the document that the model works for
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._refresh: asyncio.TimerHandle | None = None
        self._refreshed = 0.0
        self._lenses = False
        self._question: Question | None = None
        self._questions = itertools.count(1)
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
        self.refresh(after=REFRESH)

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
        if document.asked and self._model is not None:
            self._model.send(wire.Forget(document.uri))
        document.asked = False
        document.next_generation()
        self._drop_question(document)

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
        if self._off:
            document.busy, document.problem = False, self._off
            self.client.status(document)
            return
        request = document.request(first)
        self.client.working(document, "reading")
        self.client.status(document)
        document.asked = True
        self._send(wire.Predict(document.uri, document.generation, request))

    def _apply(self, uri: str, generation: int, update: Update) -> None:
        if isinstance(update, Done):
            self._deaths = 0
        document = self.documents.get(uri)
        if document is None or document.generation != generation:
            return
        document.apply(update)
        if isinstance(update, Done):
            document.deaths = 0
        if isinstance(update, Began):
            self.client.working(document, document.runs[update.program.entry].title)
        elif isinstance(update, Failed):
            self.tell_once(f"neuraldbg: {update.reason}; the command neuraldbg.restart tries again")
        if isinstance(update, (Unreadable, Failed, Done)):
            document.asked = False
            self.client.working(document, None)
            self.client.status(document)
        told_all = isinstance(update, (Unreadable, Failed, Done))
        nothing_new = isinstance(update, (Planned, Began))  # steps that are kept show what was there before
        self.refresh(lenses=told_all or isinstance(update, Planned), after=REFRESH if nothing_new else SOON)

    # Telling the client

    def tell_once(self, message: str) -> None:
        """Shows an error that would otherwise come again and again."""
        if message not in self._told:
            self._told.add(message)
            self.client.tell(message, error=True)

    def refresh(self, lenses: bool = False, after: float = SOON) -> None:
        """Tells the client to look again, after so many seconds, and not more often than it can bear."""
        if self.stopping:
            return
        self._lenses |= lenses
        at = max(self._refreshed + REFRESH, self.loop.time() + after)
        if self._refresh is not None:
            if self._refresh.when() <= at:
                return
            self._refresh.cancel()
        self._refresh = self.loop.call_at(at, self._refresh_now)

    def _refresh_now(self) -> None:
        self._refresh, self._refreshed = None, self.loop.time()
        lenses, self._lenses = self._lenses, False
        if not self.stopping:
            self.client.refresh(lenses)

    # What else could have come

    async def others(self, run: Run, index: int) -> bool:
        """Asks the model what a step of a run could have been instead; ``run.others`` has the answer once it is there.

        Returns:
            It is there, or the model cannot be asked; after a moment at most.
        """
        if index in run.others or self._model is None:
            return True
        asked = self._question
        if asked is None or asked.run is not run or asked.index != index:
            self._question = asked = Question(next(self._questions), run, index, self.loop.create_future())
            history = tuple(run.timeline.steps[:index])
            self._model.send(wire.Ask(asked.number, run.program, history, MOST_ASKED))
            await asyncio.wait({asked.told}, timeout=MOMENT)
        return index in run.others

    def _answer(self, answer: wire.Answer) -> None:
        asked = self._question
        if asked is not None and asked.number == answer.number:
            self._question = None
            asked.run.others[asked.index] = answer.others
            asked.told.set_result(None)

    def _drop_question(self, document: Document) -> None:
        """What was asked about a document is not wanted any more."""
        if self._question is not None and self._question.run in document.runs.values():
            self._question = None
            if self._model is not None:
                self._model.send(wire.Forget(wire.QUESTION))

    # The model's process

    def _send(self, message: wire.ToModel) -> None:
        """Sends to the process, which is started when there is something to send."""
        if self._model is None:
            loop = self.loop

            def soon(call: Callable[..., None], *arguments: object) -> None:
                try:
                    loop.call_soon_threadsafe(call, *arguments)
                except RuntimeError:
                    if not self.stopping:
                        raise  # the loop is closed only when the server ends

            self._model = ModelProcess(
                self.loader,
                lambda message: soon(self._came, message),
                lambda process, reason: soon(self._died, process, reason),
            )
        self._model.send(message)

    def _came(self, message: wire.FromModel) -> None:
        match message:
            case wire.Found():
                self._apply(message.key, message.number, message.update)
            case wire.Turn():
                self._turn = message.key
            case wire.Answer():
                self._answer(message)

    def _died(self, process: ModelProcess, reason: str) -> None:
        """The process has ended of itself: another one takes over what was under way."""
        if process is not self._model or self.stopping:
            return
        log.warning("the model's process ended: %s", reason)
        self._model = self._question = None
        self._deaths += 1
        guilty, self._turn = self.documents.get(self._turn or ""), None
        if guilty is not None and guilty.asked:
            guilty.deaths += 1
        interrupted = [document for document in self.documents.values() if document.asked]
        if self._deaths >= MOST_IN_A_ROW:
            self._off = f"the model's process ended {self._deaths} times in a row ({reason})"
            self.tell_once(f"neuraldbg: {self._off}: nothing is predicted until the command neuraldbg.restart")
        else:
            self._tell_of_death(reason)
        for document in interrupted:
            document.asked = False
            document.stop()
            self.client.working(document, None)
            if document.deaths < MOST_OF_A_TEXT:
                self.predict(document)
            else:
                document.problem = f"the model's process ended while it predicted this text ({reason})"
                self.client.status(document)
        self.refresh(lenses=True)

    def _tell_of_death(self, reason: str) -> None:
        if "death" not in self._told:
            self._told.add("death")
            self.client.tell(f"neuraldbg: the model's process ended ({reason}); it is started again")

    def restart(self) -> None:
        """Begins anew with a new process, and predicts everything again."""
        if self._model is not None:
            self._model.kill()
            self._model = self._question = None
        self._off, self._deaths, self._turn = "", 0, None
        self._told.clear()
        for document in self.documents.values():
            document.asked = False
            document.deaths = 0
            self.predict(document)

    def stop(self) -> None:
        """Ends all work; nothing is sent any more."""
        self.stopping = True
        for document in self.documents.values():
            self.halt(document)
        if self._refresh is not None:
            self._refresh.cancel()
        if self._model is not None:
            self._model.kill()
