"""`python benchmarks/sessions.py`: memory of `neuraldbg dap --port` with one session after the other, none closed.

Each steps with the embedded model. The ratio is against as many adapters of their own, one a session.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from neuraldbg.dap.protocol import Connection

SOURCE = "total = 0\nfor n in range(20):\n    total += n\n"
STEPS = 20
_WAIT = 120.0


def begin(reader: IO[bytes], writer: IO[bytes], script: Path) -> Connection:
    """A session that has predicted some steps."""
    connection, deadline = Connection(reader, writer), time.monotonic() + _WAIT
    connection.request("initialize", {"adapterID": "neuraldbg"}, deadline)
    connection.request("launch", {"program": str(script), "stopOnEntry": True}, deadline)
    connection.event({"initialized"}, deadline)
    connection.request("configurationDone", {}, deadline)
    for _ in range(STEPS):
        connection.event({"stopped"}, deadline)
        connection.send("stepIn", {"threadId": 1}, wanted=False)
    connection.event({"stopped"}, deadline)
    return connection


def resident(pid: int) -> float:
    """MiB of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    """Measures and prints a line for each session."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=4, help="how many")
    count = parser.parse_args().sessions
    command = [sys.executable, "-m", "neuraldbg", "dap", "--no-calculate"]  # every step takes the model
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "loop.py"
        script.write_text(SOURCE)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as alone:
            assert alone.stdin is not None and alone.stdout is not None
            begin(alone.stdout, alone.stdin, script)
            own = resident(alone.pid)
            alone.kill()
        with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE) as server:
            assert server.stderr is not None
            port = int(server.stderr.readline().rpartition(b":")[2])
            kept = []
            print(f"one session on its own streams: {own:.0f} MiB")
            for number in range(1, count + 1):
                client = socket.create_connection(("127.0.0.1", port))
                kept.append((client, begin(client.makefile("rb"), client.makefile("wb"), script)))
                used = resident(server.pid)
                print(f"{number} sessions on a port: {used:.0f} MiB, {used / (number * own):.2f} of as many adapters")
            server.kill()


if __name__ == "__main__":
    main()
