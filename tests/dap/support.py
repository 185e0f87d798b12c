"""A client for the adapter's tests: every message that comes is held against the protocol's schema."""

from __future__ import annotations

import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import debugpy
import jsonschema

from neuraldbg.dap.debugger import Debugger
from neuraldbg.dap.peer import Peer
from neuraldbg.dap.protocol import Connection, Message
from neuraldbg.dap.settings import Model, Predictors
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Trace, write_trace
from neuraldbg.timeline import StepSource

SECONDS = 120.0
_SCHEMA = "_vendored/pydevd/_pydevd_bundle/_debug_adapter/debugProtocol.json"


@cache
def _definitions() -> dict[str, Any]:
    text = (Path(debugpy.__file__).parent / _SCHEMA).read_text(encoding="utf-8")
    definitions: dict[str, Any] = json.loads(text)["definitions"]
    # Of later versions of the protocol: not in this copy, and all that is used of them.
    definitions["InvalidatedEvent"] = definitions.get("InvalidatedEvent") or definitions["Event"]
    return definitions


@cache
def _validator(name: str) -> Any:
    assert name in _definitions(), f"the protocol has no {name}"
    return jsonschema.Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": _definitions()})


def check_message(message: Message) -> None:
    """Fails where the adapter sent something that the protocol does not know."""
    if message["type"] == "event":
        name = message["event"]
        _validator(name[0].upper() + name[1:] + "Event").validate(message)
    elif not message["success"]:
        _validator("ErrorResponse").validate(message)
    elif "/" in message["command"]:  # our own
        _validator("Response").validate(message)
    else:
        name = message["command"]
        _validator(name[0].upper() + name[1:] + "Response").validate(message)


class Client:
    """The client's end of a session; remembers everything that came.

    Args:
        connection: to the adapter; must call ``observe`` with events.
    """

    def __init__(self, reader: Any, writer: Any) -> None:
        self.events: list[Message] = []
        self.invalid: list[str] = []
        self.connection = Connection(_Checked(reader, self), writer, self.events.append)
        self.source: dict[str, Any] = {}

    def raw(self, message: Message) -> None:
        """Called with each message that comes, on the reading thread."""
        try:
            check_message(message)
        except Exception as error:
            self.invalid.append(f"{message}: {error}")

    def request(self, command: str, **arguments: Any) -> Message:
        """The body of the response; raises RequestFailed."""
        body = self.connection.request(command, arguments, time.monotonic() + SECONDS)
        assert not self.invalid
        return body

    def event(self, *names: str) -> Message:
        """The body of the next event of these names."""
        body = self.connection.event(set(names), time.monotonic() + SECONDS).get("body")
        return body or {}

    def launch(
        self,
        configure: Mapping[str, Mapping[str, Any]] | None = None,
        client: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Message:
        """Initialises, launches, configures and returns the first stop.

        Args:
            configure: requests between ``initialized`` and ``configurationDone``.
            client: of the initialize request.
            settings: of the launch.
        """
        habits = {"adapterID": "neuraldbg", "supportsVariableType": True, "supportsInvalidatedEvent": True}
        self.request("initialize", **{**habits, **(client or {})})
        launch = self.connection.send("launch", settings)
        deadline = time.monotonic() + SECONDS
        self.connection.response(launch, deadline)
        self.event("initialized")
        for command, arguments in (configure or {}).items():
            self.request(command, **arguments)
        self.request("configurationDone")
        return self.event("stopped", "terminated")

    def go(self, command: str, **arguments: Any) -> Message:
        """A request that moves; the stop that follows."""
        self.request(command, threadId=1, **arguments)
        return self.event("stopped", "terminated")

    def frames(self) -> list[Message]:
        """The frames of the stop."""
        found: list[Message] = self.request("stackTrace", threadId=1)["stackFrames"]
        return found

    def place(self) -> tuple[str, int]:
        """Function and line of the innermost frame."""
        frame = self.frames()[0]
        return frame["name"], frame["line"]

    def locals(self, scope: int = 0, frame: int = 0) -> dict[str, str]:
        """Names and values of a scope."""
        return {row["name"]: row["value"] for row in self.variables(scope, frame)}

    def variables(self, scope: int = 0, frame: int = 0) -> list[Message]:
        """The variables of a scope."""
        reference = self.scopes(frame)[scope]["variablesReference"]
        found: list[Message] = self.request("variables", variablesReference=reference)["variables"]
        return found

    def scopes(self, frame: int = 0) -> list[Message]:
        """The scopes of a frame."""
        found: list[Message] = self.request("scopes", frameId=self.frames()[frame]["id"])["scopes"]
        return found

    def outputs(self, category: str = "stdout") -> str:
        """All output of a category so far."""
        bodies = [e["body"] for e in self.events if e["event"] == "output"]
        return "".join(b["output"] for b in bodies if b.get("category") == category)


class _Checked:
    """A stream that shows each message to the client before it is read; the framing is the protocol's own."""

    def __init__(self, stream: Any, client: Client) -> None:
        self._stream, self._client = stream, client

    def readline(self, most: int) -> bytes:
        return bytes(self._stream.readline(most))

    def read(self, size: int) -> bytes:
        body = bytes(self._stream.read(size))
        if len(body) == size:
            self._client.raw(json.loads(body))
        return body


class Local(Client):
    """An adapter on a thread of this process, at the other end of two pipes."""

    def __init__(self, predictors: Predictors | None = None) -> None:
        there, out = os.pipe()
        back, here = os.pipe()
        self._ends = [os.fdopen(out, "wb"), os.fdopen(back, "rb")]
        peer = Peer(os.fdopen(there, "rb"), os.fdopen(here, "wb"))
        self.debugger = Debugger(peer, predictors or recorded)
        self.thread = threading.Thread(target=self.debugger.serve, daemon=True)
        self.thread.start()
        super().__init__(self._ends[1], self._ends[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ends[0].close()
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        assert not self.invalid


class Steps:
    """A source that predicts by knowing: it follows a real run as long as the history does, and can be slowed down.

    Args:
        trace: the real run.
        gate: taken before each step where one is given.
    """

    def __init__(self, trace: Trace, gate: queue.Queue[None] | None = None) -> None:
        self.trace, self.gate = trace, gate

    @property
    def origin(self) -> Any:
        """Predicted, since a changed past is no reason to stop."""
        from neuraldbg.steps import Origin

        return Origin.PREDICTED

    def next_step(self, history: Any, cancelled: Any = None) -> Any:
        """The real run's step of the same number."""
        while self.gate is not None:
            if cancelled is not None and cancelled():
                return None
            try:
                self.gate.get(timeout=0.02)
                break
            except queue.Empty:
                continue
        return self.trace.steps[len(history)] if len(history) < len(self.trace.steps) else None


def recorded(model: Model) -> Any:
    """Predictors whose prediction is the real run."""

    def source(program: Program) -> StepSource:
        return Steps(record(program))

    return source


def save_trace(program: Program, folder: Path) -> Path:
    """A recorded run as a file."""
    path = folder / "trace.jsonl"
    text = io.StringIO()
    write_trace(record(program), text)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def start_process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """``neuraldbg dap`` as a process."""
    command = [sys.executable, "-m", "neuraldbg", "dap", *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, **{**pipes, **options})
