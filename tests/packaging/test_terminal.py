"""`neuraldbg step` in a terminal (a pseudo-terminal here) opens the stepper on a recording, and leaves it by a key."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PATIENCE = 120.0  # seconds without any output before the test gives up


class Terminal:
    """A child process on a pseudo-terminal of 120 x 40."""

    def __init__(self, *args: str, cwd: Path) -> None:
        import fcntl
        import termios

        self.end, child_end = pty.openpty()
        fcntl.ioctl(child_end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neuraldbg", *args],
            stdin=child_end,
            stdout=child_end,
            stderr=child_end,
            cwd=cwd,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        os.close(child_end)
        self.seen = b""

    def read(self) -> bool:
        """Reads what there is; False when the child has closed its end."""
        ready, _, _ = select.select([self.end], [], [], PATIENCE)
        assert ready, f"nothing came for {PATIENCE} s after {self.seen[-2000:]!r}"
        try:
            data = os.read(self.end, 1 << 16)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.seen += data
        return bool(data)

    def read_until(self, text: str) -> None:
        while text.encode() not in self.seen:
            assert self.read(), f"it ended without {text!r}: {self.seen[-2000:]!r}"

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.end)


@pytest.fixture
def recording(cli: Run, root: Path, tmp_path: Path) -> Iterator[Path]:
    result = cli("record", root / "examples" / "demo.py", "-o", tmp_path / "demo.jsonl")
    assert result.returncode == 0, result.stderr
    yield tmp_path / "demo.jsonl"


def test_step_opens_the_stepper(recording: Path) -> None:
    terminal = Terminal("step", recording.name, cwd=recording.parent)
    try:
        terminal.read_until("halve_all")
        terminal.read_until("recorded run")
        os.write(terminal.end, b"q")
        while terminal.read():
            pass
        assert terminal.process.wait(timeout=PATIENCE) == 0
        assert b"Traceback" not in terminal.seen
    finally:
        terminal.close()
