"""`python benchmarks/debugpy.py`: steps a second of our debugpy client against the naive loop, in one run.

Naive is what a first client does: the adapter over TCP; for a step `stepIn`, `stackTrace`, `scopes` and `variables`.
Ours is :mod:`neuraldbg.dap.client`: the adapter on its standard streams, TCP_NODELAY in the debugged process, and one
`evaluate` for all values, sent together with `stackTrace`. Both start-ups are left out. The figure that matters is the
ratio; steps a second depend on the machine.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: it has a module called debugpy

from neuraldbg.dap.client import debug  # noqa: E402
from neuraldbg.dap.protocol import Connection, Message  # noqa: E402
from neuraldbg.program import Program  # noqa: E402
from neuraldbg.recorder import Limits  # noqa: E402

OURS, NAIVE = 600, 40  # steps measured
PROGRAM = """\
def area(width, height):
    size = width * height
    return size


total, seen = 0, []
for n in range(100_000):
    total += area(n, n + 1)
    seen = [*seen[-5:], total]
"""
_WAIT = 120.0


def main() -> None:
    """Measures both and prints one table."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "loop.py"
        script.write_text(PROGRAM)
        ours = OURS / _ours(script)
        naive = NAIVE / _naive(script)
    print(f"{'client':<42}{'steps/s':>10}")
    print(f"{'naive: TCP, four requests a step':<42}{naive:>10.1f}")
    print(f"{'neuraldbg.dap.client':<42}{ours:>10.1f}")
    print(f"{'ratio':<42}{ours / naive:>9.1f}x")


def _ours(script: Path) -> float:
    """Seconds for OURS steps, from the first `stepIn` on; the returns debugpy also stops at are not counted."""
    started = 0.0

    def sent(message: Message) -> None:
        nonlocal started
        if message["command"] == "stepIn" and not started:
            started = time.perf_counter()

    ended = 0.0

    def note_end(message: Message) -> None:
        nonlocal ended
        sent(message)
        if message["command"] == "disconnect":
            ended = time.perf_counter()

    trace = debug(Program.load(str(script)), Limits(seconds=600, steps=OURS), sent=note_end)
    assert len(trace.steps) == OURS
    return ended - started


def _naive(script: Path) -> float:
    """Seconds for NAIVE steps; like ours, a stop whose place was shown before (a return) is not counted."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    adapter = subprocess.Popen([sys.executable, "-P", "-m", "debugpy.adapter", "--port", str(port)])
    try:
        with _connect(port) as stream:
            connection = Connection(stream.makefile("rb"), stream.makefile("wb"))
            try:
                return _step_naively(connection, script)
            finally:
                connection.request("disconnect", {"terminateDebuggee": True}, time.monotonic() + _WAIT)
    finally:
        adapter.terminate()
        adapter.wait()


def _connect(port: int) -> socket.socket:
    deadline = time.monotonic() + _WAIT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _step_naively(connection: Connection, script: Path) -> float:
    deadline = time.monotonic() + 5 * _WAIT
    connection.request("initialize", {"adapterID": "debugpy", "clientID": "naive"}, deadline)
    launch = connection.send(
        "launch",
        {
            "request": "launch",
            "program": str(script),
            "python": [sys.executable],
            "console": "internalConsole",
            "subProcess": False,
            "justMyCode": True,
            "stopOnEntry": True,
        },
    )
    connection.event({"initialized"}, deadline)
    connection.request("configurationDone", None, deadline)
    connection.response(launch, deadline)
    thread = connection.event({"stopped"}, deadline)["body"]["threadId"]
    depth = counted = 0
    started = time.perf_counter()
    while counted < NAIVE:
        connection.request("stepIn", {"threadId": thread}, deadline)
        connection.event({"stopped"}, deadline)
        frames = connection.request("stackTrace", {"threadId": thread}, deadline)["stackFrames"]
        for scope in connection.request("scopes", {"frameId": frames[0]["id"]}, deadline)["scopes"]:
            connection.request("variables", {"variablesReference": scope["variablesReference"]}, deadline)
        counted += len(frames) >= depth
        depth = len(frames)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
