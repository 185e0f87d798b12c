"""Starts `python -m debugpy.adapter` on its standard streams, launches a program under it, and cleans both up.

The order is the one debugpy keeps: initialize, launch (answered last), the ``initialized`` event, breakpoints,
configurationDone. The adapter leads a session of its own, so that whatever the program started can be found and killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neuraldbg.dap.protocol import Connection, Message
from neuraldbg.errors import RunError

HANDSHAKE_SECONDS = 60.0
_GOODBYE_SECONDS = 2.0


class Adapter:
    """A debugpy adapter and the program it launches; leaving the ``with`` block ends every process of both.

    ``output`` holds what the program wrote, by stream.

    Arguments:
        max_output: characters kept of the program's standard output and of its standard error.
        command: how to start the adapter; tests start others.
        sent: called with each message before it is sent.

    Raises:
        RunError: if the adapter cannot be started.
    """

    def __init__(
        self,
        max_output: int,
        command: Sequence[str] | None = None,
        sent: Callable[[Message], object] | None = None,
    ) -> None:
        self.output: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._room = {"stdout": max_output, "stderr": max_output}
        arguments = list(command or (sys.executable, "-P", "-m", "debugpy.adapter"))
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise RunError(f"cannot start debugpy's adapter ({arguments[0]}): {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self.connection = Connection(self._process.stdout, self._process.stdin, self._observe, sent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _observe(self, event: Message) -> None:
        body = event.get("body") or {}
        if event.get("event") == "output":
            category = body.get("category", "console")
            if category in self.output and self._room[category] > 0:
                text = str(body.get("output", ""))[: self._room[category]]
                self._room[category] -= len(text)
                self.output[category].append(text)

    def launch(
        self,
        program: Path,
        *,
        cwd: Path,
        env: Mapping[str, str | None],
        shown: Sequence[Path],
        breakpoints: Mapping[Path, Sequence[int]],
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Launches ``program`` and returns when debugpy lets it run.

        Arguments:
            cwd: its working directory.
            env: changes to its environment; None removes a name.
            shown: the files to stop in; all others are stepped over.
            breakpoints: file -> lines; for the first stop.
            more: launch settings of another adapter.

        Raises:
            RunError: if debugpy refuses, does not answer in time or ends.
        """
        deadline = time.monotonic() + HANDSHAKE_SECONDS
        connection = self.connection
        connection.request(
            "initialize",
            {
                "clientID": "neuraldbg",
                "adapterID": "debugpy",
                "pathFormat": "path",
                "linesStartAt1": True,
                "columnsStartAt1": True,
            },
            deadline,
        )
        launch = connection.send(
            "launch",
            {
                "name": "neuraldbg",
                "type": "debugpy",
                "request": "launch",
                "program": str(program),
                "cwd": str(cwd),
                "env": dict(env),
                "python": [sys.executable],
                "console": "internalConsole",
                "redirectOutput": True,
                "subProcess": False,
                "justMyCode": True,
                "breakOnSystemExitZero": True,
                "stopAllThreadsOnSuspend": False,  # or a stop of one thread makes the others forget their step
                "rules": [{"path": str(p), "include": True} for p in shown] + [{"path": "**", "include": False}],
                **(more or {}),
            },
        )
        connection.event({"initialized"}, deadline)
        for path, lines in breakpoints.items():
            self.break_at(path, lines, deadline)
        self.break_on_exceptions(False, deadline)
        connection.request("configurationDone", None, deadline)
        connection.response(launch, deadline)

    def break_at(self, path: Path, lines: Sequence[int], deadline: float) -> None:
        """Replaces the breakpoints of a file."""
        arguments: dict[str, Any] = {"source": {"path": str(path)}, "breakpoints": [{"line": n} for n in lines]}
        self.connection.request("setBreakpoints", arguments, deadline)

    def break_on_exceptions(self, wanted: bool, deadline: float) -> None:
        """Stops at each exception raised in, or propagating into, a frame of a shown file; or no longer does."""
        self.connection.request("setExceptionBreakpoints", {"filters": ["raised"] if wanted else []}, deadline)

    def close(self) -> None:
        """Asks the adapter to end, then kills what is left of its session; may be called twice."""
        try:
            if self._process.poll() is None:
                with contextlib.suppress(RunError):  # it may be ended just because it no longer answers
                    goodbye = {"terminateDebuggee": True}
                    self.connection.request("disconnect", goodbye, time.monotonic() + _GOODBYE_SECONDS)
        finally:
            _kill_session(self._process.pid)
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                _close(stream)


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:  # what was still buffered for a dead adapter
        return


def _kill_session(session: int) -> None:
    """Kills every process of a session until none is left; a process may start another while we look."""
    for _ in range(20):
        members = _session_members(session)
        if not members:
            return
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(0.01)


def _session_members(session: int) -> list[int]:
    """Living processes of the session; after the name, ``stat`` has state, ppid, pgrp and session, see proc(5)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if fields[0] not in "ZX" and int(fields[3]) == session:
            found.append(int(stat.parent.name))
    return found
