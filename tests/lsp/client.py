"""A client that speaks to a real server process, byte by byte where a test wants to."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # a machine under load; no test looks at how long it took
WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 10_000, "character": 0}}

CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "configuration": True,
        "inlayHint": {"refreshSupport": True},
        "codeLens": {"refreshSupport": True},
        "diagnostics": {"refreshSupport": True},
    },
    "textDocument": {
        "diagnostic": {"tagSupport": {"valueSet": [1, 2]}},
        "inlayHint": {},
        "hover": {},
        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
    },
    "notebookDocument": {"synchronization": {}},
    "window": {"workDoneProgress": True},
    "experimental": {"neuraldbgStatus": True},
}


def alive(pid: int) -> bool:
    """A process runs; one that only waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


class Client:
    """Starts ``python -m MODULE`` and talks to it.

    Args:
        module: to run, with its arguments.
        env: added to the environment.
        settings: what workspace/configuration is answered with.
        command: of another server, in place of the module.
        cwd: where it runs.
    """

    def __init__(
        self,
        *module: str,
        env: Mapping[str, str] | None = None,
        settings: Any = None,
        command: Sequence[str] = (),
        cwd: Path = ROOT,
    ) -> None:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        full = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **(env or {})}
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", *module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=full,
            cwd=cwd,
        )
        self.settings = settings
        self.silent = False  # leaves the server's requests unanswered
        self.seen: list[dict[str, Any]] = []
        self._came: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._ids = 0
        self.errors = bytearray()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    # Bytes

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        while True:
            length = 0
            while (line := out.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                self._came.put(None)
                return
            self._came.put(json.loads(out.read(length)))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors += line

    def raw(self, body: bytes) -> None:
        """Sends a body as it is, with its length."""
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    # Messages

    def send(self, message: Mapping[str, Any]) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Sends a request and returns its id."""
        self._ids += 1
        message = {"id": self._ids, "method": method}
        self.send(message if params is None else {**message, "params": params})
        return self._ids

    def answer(self, id: int) -> dict[str, Any]:
        """The whole response to a request."""
        return self.wait(lambda m: m.get("id") == id and "method" not in m)

    def request(self, method: str, params: Any = None) -> Any:
        """The result of a request; a test fails on an error."""
        response = self.answer(self.ask(method, params))
        assert "error" not in response, response
        return response["result"]

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Reads messages until one is wanted; answers the server's requests on the way."""
        while True:
            message = self._came.get(timeout=PATIENCE)
            assert message is not None, f"the server has gone: {self.errors.decode()}"
            self.seen.append(message)
            if "method" in message and "id" in message and not self.silent:
                self.send({"id": message["id"], "result": self._result(message)})
            if wanted(message):
                return message

    def _result(self, message: dict[str, Any]) -> Any:
        if message["method"] == "workspace/configuration":
            return [self.settings for _ in message["params"]["items"]]
        return None

    def said(self, method: str) -> list[Any]:
        """Parameters of all messages of a kind so far."""
        return [m.get("params") for m in self.seen if m.get("method") == method]

    # The protocol

    def initialize(self, capabilities: Any = None, **more: Any) -> Any:
        wanted = CAPABILITIES if capabilities is None else capabilities
        result = self.request("initialize", {"processId": None, "rootUri": None, "capabilities": wanted, **more})
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, *changes: Any, version: int = 2) -> None:
        """Changes are texts, or (first line, first column, last line, last column, text)."""
        events = [
            {"text": c}
            if isinstance(c, str)
            else {
                "range": {"start": {"line": c[0], "character": c[1]}, "end": {"line": c[2], "character": c[3]}},
                "text": c[4],
            }
            for c in changes
        ]
        self.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": events}
        )

    def ready(self, uri: str, state: str = "ready") -> Any:
        """Waits until a document is predicted (or is in another state)."""
        found = self.wait(
            lambda m: (
                m.get("method") == "neuraldbg/status" and m["params"]["uri"] == uri and m["params"]["state"] == state
            )
        )
        return found["params"]

    def hints(self, uri: str) -> dict[int, str]:
        """Line, 0 the first -> label."""
        found = self.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": WHOLE})
        return {h["position"]["line"]: h["label"] for h in found}

    def until(self, uri: str, hints: dict[int, str]) -> None:
        """Asks again until a document has these hints."""
        last, left = self.hints(uri), int(PATIENCE / 0.05)
        while last != hints and left:
            time.sleep(0.05)
            last, left = self.hints(uri), left - 1
        assert last == hints

    def command(self, name: str, *arguments: Any) -> Any:
        return self.request("workspace/executeCommand", {"command": f"neuraldbg.{name}", "arguments": list(arguments)})

    def diagnostics(self, uri: str) -> list[Any]:
        """Line and message of what the server reports when it is asked."""
        report = self.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        return [(d["range"]["start"]["line"], d["message"]) for d in report["items"]]

    def models(self) -> list[int]:
        """Processes that the server has started and that are alive."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [pid for task in tasks for pid in map(int, task.read_text().split()) if alive(pid)]

    def leave(self) -> int:
        """shutdown and exit; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Ends the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # what was still to be sent has no reader


def hover(client: Client, uri: str, line: int, character: int) -> str | None:
    """What a hover shows, Markdown."""
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    found = client.request("textDocument/hover", params)
    return None if found is None else str(found["contents"]["value"])
