"""What the handlers of all requests share: the client and its habits, the launched program, the worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from neuraldbg.dap.lines import LineSession
from neuraldbg.dap.peer import Arguments, BadRequest, Peer
from neuraldbg.dap.protocol import Message
from neuraldbg.dap.settings import Launch, Predictors
from neuraldbg.dap.speech import Speech
from neuraldbg.dap.truth import Truth
from neuraldbg.dap.views import Views
from neuraldbg.dap.worker import Worker
from neuraldbg.program import Program
from neuraldbg.steps import Step

THREAD = 1
SOURCE = 1  # reference of the program's text, where no file holds it

Handler = Callable[[Any, Arguments], "Mapping[str, Any] | None"]


class Deferred(Exception):
    """The request is answered later."""


def request(command: str, needs: str = "stopped") -> Callable[[Handler], Handler]:
    """Marks the method that answers a request.

    Args:
        command: the request's.
        needs: ``nothing``, ``initialized``, ``launched`` or ``stopped``.
    """

    def mark(handler: Handler) -> Handler:
        handler.command, handler.needs = command, needs  # type: ignore[attr-defined]
        return handler

    return mark


class State:
    """One debug session.

    Args:
        peer: the client.
        predictors: loads models.
    """

    def __init__(self, peer: Peer, predictors: Predictors) -> None:
        self.peer, self.predictors = peer, predictors
        self.lock = threading.Lock()  # around the moment when the program becomes known
        self.worker = Worker(peer)
        self.client = Arguments({})
        self.initialized = self.configured = self.ended = False
        self.launch: Launch | None = None
        self.current: Message = {}  # the request that is being answered
        self.after: list[Callable[[], object]] = []  # what is done once it has been
        self.truth: Truth | None = None
        self._session: LineSession | None = None
        self._views: Views | None = None
        self._speech: Speech | None = None

    # The program

    @property
    def session(self) -> LineSession:
        """Of the launched program."""
        assert self._session is not None
        return self._session

    @property
    def views(self) -> Views:
        """What is shown of it."""
        assert self._views is not None
        return self._views

    @property
    def speech(self) -> Speech:
        """Its output."""
        assert self._speech is not None
        return self._speech

    @property
    def launched(self) -> bool:
        """There is a program."""
        return self._session is not None

    def adopt_session(self, session: LineSession) -> None:
        """Takes the session of a new launch."""
        with self.lock:
            self._session = session
        types = self.client.flag("supportsVariableType")
        self._views = Views(session, self.real_step, self.client.flag("supportsVariablePaging"), types)
        self._speech = Speech(session, self.peer, self.source, self.line_out)

    def real_step(self, index: int) -> Step | None:
        """The real step that step ``index`` is held against; None where that is not known."""
        at = None if self.truth is None else self.truth.partner(self.session.timeline.steps, index)
        return None if self.truth is None or self.truth.trace is None or at is None else self.truth.trace.steps[at]

    # The client's habits

    def line_out(self, line: int) -> int:
        """A line number as the client counts."""
        return line if self.client.flag("linesStartAt1", True) else line - 1

    def line_in(self, line: int) -> int:
        """A line number of the client."""
        return line if self.client.flag("linesStartAt1", True) else line + 1

    @property
    def first_column(self) -> int:
        """What the client calls the first column."""
        return int(self.client.flag("columnsStartAt1", True))

    @property
    def source(self) -> dict[str, Any]:
        """The program's file, or its text where the file is missing or says something else by now."""
        program = self.session.program
        name = os.path.basename(program.filename)
        if not _holds(program):
            return {"name": name, "sourceReference": SOURCE, "origin": "the text of the trace"}
        path = program.filename
        return {"name": name, "path": Path(path).as_uri() if self.client.text("pathFormat", "path") == "uri" else path}

    def is_program(self, source: Arguments) -> bool:
        """The client's source is the program's."""
        if source.number("sourceReference", 0) == SOURCE:
            return True
        path = source.text("path", "")
        if path.startswith("file:"):
            path = url2pathname(urlparse(path).path)
        mine = self.session.program.filename
        try:
            return os.path.realpath(path) == os.path.realpath(mine)
        except (OSError, ValueError):
            return False

    def frame(self, arguments: Arguments) -> int:
        """Number of the step of the frame that a request names, the innermost where it names none.

        Raises:
            BadRequest: if there is no such frame.
        """
        if "frameId" in arguments:
            return self.views.index(arguments.number("frameId"))
        frames = self.session.shown()
        if not frames:
            raise BadRequest("there is no frame yet; step first")
        return frames[0].index


def _holds(program: Program) -> bool:
    try:
        text = Path(program.filename).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return False
    return text.replace("\r\n", "\n").replace("\r", "\n") == program.source
