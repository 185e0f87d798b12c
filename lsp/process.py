"""The server's end of the model's process: starts it, sends to it, hears from it, ends it.

Nothing here waits on the caller's thread: one thread starts the process and writes, one reads. The process has pipes
of its own for stdin and stdout, the server's are never open in it; it ends when its stdin is closed, which the kernel
does even where the server is killed.
"""

from __future__ import annotations

import logging
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neuraldbg
from neuraldbg.lsp import wire

log = logging.getLogger(__name__)

# Where neuraldbg lies is searched last, and the working directory not at all: it holds the user's files.
_ROOT = str(Path(neuraldbg.__file__).resolve().parent.parent)
_BOOT = f"import sys; sys.path.append({_ROOT!r}); from neuraldbg.lsp.child import main; main()"
_PATIENCE = 5.0  # seconds that a process may take to end once it has closed its stdout


class ModelProcess:
    """One life of the model's process; it is started at once, and never again.

    Args:
        loader: how it loads its model.
        came: called in another thread with every message.
        ended: called in another thread with the reason, once, unless `kill` came first.
    """

    def __init__(
        self,
        loader: wire.Loader,
        came: Callable[[wire.FromModel], None],
        ended: Callable[[ModelProcess, str], None],
    ) -> None:
        self._came, self._ended = came, ended
        self._queue: queue.SimpleQueue[wire.ToModel | None] = queue.SimpleQueue()
        self._queue.put(loader)
        self._lock = threading.Lock()
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._reason = ""
        self._writer = threading.Thread(target=self._write, name="neuraldbg-to-model", daemon=True)
        self._writer.start()

    @property
    def pid(self) -> int | None:
        """Of the process, once there is one."""
        return None if self._process is None else self._process.pid

    def send(self, message: wire.ToModel) -> None:
        """Sends a message as soon as the process takes it; one that has ended takes nothing."""
        self._queue.put(message)

    def kill(self) -> None:
        """Ends the process, whatever it is at; it has nothing to save."""
        with self._lock:
            self._over = True
            if self._process is not None:
                self._process.kill()
        self._queue.put(None)

    def _write(self) -> None:
        try:
            process = self._start()
        except OSError as error:
            return self._end(f"it cannot be started: {error.strerror or error}")
        if process is None:
            return
        reader = threading.Thread(target=self._read, args=(process,), name="neuraldbg-from-model", daemon=True)
        reader.start()
        assert process.stdin is not None
        try:
            while (message := self._queue.get()) is not None:
                wire.send(process.stdin, message)  # type: ignore[arg-type]
        except OSError:
            return  # it has ended, which the reader tells
        finally:
            _close(process.stdin)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if not self._over:
                command = [sys.executable, "-P", *_flags(), "-c", _BOOT]
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            return self._process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as source:
            try:
                while (message := wire.receive(source)) is not None:  # type: ignore[arg-type]
                    if isinstance(message, wire.Dying):
                        self._reason = message.reason
                    else:
                        self._came(message)
            except Exception as error:
                # A message that cannot be taken in leaves the two ends in different states: begin anew.
                log.exception("what the model's process says cannot be read")
                self._reason = f"{type(error).__name__}: {error}"
        self._end(self._reason or _how_it_ended(process))

    def _end(self, reason: str) -> None:
        with self._lock:
            over, self._over = self._over, True
            if self._process is not None:
                self._process.kill()
                self._process.wait()
        self._queue.put(None)
        if not over:
            self._ended(self, reason)


def _flags() -> list[str]:
    """What this interpreter was told to leave aside, the other one leaves aside too."""
    told = sys.flags
    kept = (("-I", told.isolated), ("-E", told.ignore_environment), ("-s", told.no_user_site))
    return [flag for flag, on in kept if on]


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    try:
        status = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return "it fell silent"
    if status >= 0:
        return f"it ended with status {status}"
    try:
        return f"it was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"it was killed by signal {-status}"


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        return  # what was still to be written has no reader
