"""A real Neovim in a pseudo-terminal: keys go in, what it draws and knows comes out."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
ROWS, COLUMNS = 40, 120
PATIENCE = 60.0  # a machine under load; no test looks at how long it took
OLDEST = (0, 11)


def find() -> Path | None:
    """``$NVIM_BINARY``, else Neovim beside this Python, else on PATH; None if there is none of 0.11 or newer."""
    beside = Path(sys.executable).with_name("nvim")
    for candidate in (os.environ.get("NVIM_BINARY"), str(beside), shutil.which("nvim")):
        if candidate and os.access(candidate, os.X_OK):
            said = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=60, check=False)
            version = re.match(r"NVIM v(\d+)\.(\d+)", said.stdout)
            if version and tuple(map(int, version.groups())) >= OLDEST:
                return Path(candidate)
    return None


def documented() -> str:
    """The configuration that docs/lsp.md gives."""
    page = (ROOT / "docs" / "lsp.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```lua\n(.*?)```", page, re.DOTALL))


class Neovim:
    """One editor with its own home folder, driven by keys and by expressions.

    Args:
        binary: of Neovim.
        home: an empty folder for its configuration and state.
        file: to open.
        config: Lua, read at start.
    """

    def __init__(self, binary: Path, home: Path, file: Path, config: str) -> None:
        self.binary, self.home = binary, home
        self.socket = home / "nvim.sock"
        init = home / "init.lua"
        init.write_text(config, encoding="utf-8")
        bins = Path(sys.executable).parent
        env = {
            **os.environ,
            "PATH": f"{bins}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "OMP_NUM_THREADS": "1",
            "TERM": "xterm-256color",
            "HOME": str(home),
            **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
        }
        for name in ("NVIM", "NVIM_APPNAME", "VIMRUNTIME", "VIM"):
            env.pop(name, None)
        self._terminal, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [binary, "--clean", "-n", "-u", init, "--listen", self.socket, file],
            stdin=other,
            stdout=other,
            stderr=other,
            env=env,
            cwd=file.parent,
            start_new_session=True,
        )
        os.close(other)
        threading.Thread(target=self._drain, daemon=True).start()
        self.until(self.socket.exists, "Neovim listens")

    def _drain(self) -> None:
        """Reads what it writes to the terminal, as a terminal would, so that it is never held up."""
        try:
            while os.read(self._terminal, 65536):
                pass
        except OSError:
            return  # it ended

    # Keys in

    def type(self, keys: str) -> None:
        """Presses keys; ``\\x1b`` is Escape."""
        os.write(self._terminal, keys.encode())

    def command(self, text: str) -> None:
        """An Ex command, typed."""
        self.type(f"\x1b:{text}\r")

    # What it draws and knows

    def lua(self, body: str) -> Any:
        """What a Lua function body returns, asked of the running editor."""
        wrapped = f"vim.json.encode({{value = (function() {body} end)()}})"
        quoted = wrapped.replace("'", "''")
        done = subprocess.run(
            [self.binary, "--clean", "--headless", "--server", self.socket, "--remote-expr", f"luaeval('{quoted}')"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Neovim could not evaluate {body!r}: {done.stderr or done.stdout}")
        found = json.loads(done.stdout)  # an empty table is a list in JSON
        return found.get("value") if isinstance(found, dict) else None

    def screen(self) -> list[str]:
        """The rows that it draws."""
        return self.lua(  # type: ignore[no-any-return]
            """
            vim.cmd.redraw()
            local rows = {}
            for r = 1, vim.o.lines do
                local cells = {}
                for c = 1, vim.o.columns do cells[c] = vim.fn.screenstring(r, c) end
                rows[r] = table.concat(cells)
            end
            return rows
            """
        )

    def line(self, text: str) -> str:
        """The row that begins with a line of source, without the margin and what pads it; empty if there is none."""
        return next((row.strip() for row in self.screen() if row.strip().startswith(text)), "")

    def shows(self, *texts: str) -> bool:
        """Every one of the texts is on the screen."""
        seen = "\n".join(self.screen())
        return all(text in seen for text in texts)

    def until(self, met: Callable[[], T], what: str) -> T:
        """What ``met`` returns once that is true; fails with the screen after ``PATIENCE`` seconds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            if found := met():
                return found
            if self.process.poll() is not None:
                raise AssertionError(f"Neovim ended with {self.process.returncode} before: {what}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen: {what}\n{self.report()}")
            time.sleep(0.05)

    def report(self) -> str:
        """The screen and the end of the client's log, for a test that failed."""
        log = self.home / "state" / "nvim" / "lsp.log"
        written = log.read_text(encoding="utf-8", errors="replace")[-4000:] if log.exists() else ""
        try:
            rows = self.screen() if self.socket.exists() else []
        except (RuntimeError, subprocess.SubprocessError) as error:
            rows = [str(error)]
        return "\n".join(["--- screen", *(r.rstrip() for r in rows), "--- lsp.log", written])

    def close(self) -> None:
        """Leaves without saving; ends it if it does not."""
        if self.process.poll() is None:
            self.command("qall!")
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._terminal)
