"""The stepper in a real terminal: tmux shows what a user would see, keys go in as bytes."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

SCRIPT = """\
def double(n):
    m = n * 2
    return m


word = "[bold]漢字 🎉"
total = 0
for i in [3, 4]:
    total += double(i)
"""

RUNNER = """\
import sys
from pathlib import Path
from neuraldbg.program import Program
from neuraldbg.session import TraceSource
from neuraldbg.steps import read_trace
from neuraldbg.tui.app import run_stepper

trace = read_trace(Path(sys.argv[1]))
program = Program.load(trace.script)
code = run_stepper(program, lambda: TraceSource(trace), lambda cancelled: read_trace(Path(sys.argv[2])))
print("left with", code)
"""


# Predicts by running, so that a changed text has other steps; EDITOR is named on the command line.
EDITING = """\
import sys
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Origin
from neuraldbg.tui.app import Makers, run_stepper

class Oracle:
    origin = Origin.PREDICTED

    def __init__(self, program):
        self.steps = record(program).steps

    def next_step(self, history, cancelled=None):
        return self.steps[len(history)] if len(history) < len(self.steps) else None

program = Program.load("script.py")
code = run_stepper(program, lambda: Oracle(program), makers=Makers(predict=Oracle))
print("left with", code)
"""
ASKING_EDITOR = """\
#!/bin/sh
echo EDITING "$1"
read answer
sed -i "s/n \\* 2/n * $answer/" "$2"
"""


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, command: list[str], cwd: Path, width: int, height: int) -> None:
        self._name = f"neuraldbg-{uuid.uuid4().hex[:8]}"
        size = ["-x", str(width), "-y", str(height)]
        start = ["new-session", "-d", *size, "-c", str(cwd), *command]
        self._tmux("-f", "/dev/null", *start, ";", "set-option", "-g", "remain-on-exit", "on")

    def _tmux(self, *args: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", self._name, *args], capture_output=True, encoding="utf-8", timeout=60, check=True
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", key)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def until(self, *words: str, absent: str = "\0") -> str:
        """The screen, as soon as it has all these words."""
        for _ in range(600):
            screen = self.screen()
            if all(word in screen for word in words) and absent not in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{words} never came:\n{self.screen()}")

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, timeout=60, check=False)


def wants_shell(request: pytest.FixtureRequest) -> bool:
    return getattr(request, "param", "") == "shell"


@pytest.fixture
def terminal(request: pytest.FixtureRequest, tmp_path: Path, root: Path) -> Iterator[Terminal]:
    """The stepper over a recorded trace whose real run has another value for one local."""
    from neuraldbg.program import Program
    from neuraldbg.recorder import record
    from neuraldbg.steps import write_trace

    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "runner.py").write_text(RUNNER, encoding="utf-8")
    trace = record(Program.load(str(tmp_path / "script.py")))
    for name, text in (("shown", "8"), ("real", "9")):
        with (tmp_path / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            write_trace(trace, out)
        path = tmp_path / f"{name}.jsonl"
        path.write_text(path.read_text(encoding="utf-8").replace('"m": "8"', f'"m": "{text}"'), encoding="utf-8")
    command = ["env", f"PYTHONPATH={root}", "TERM=xterm-256color", "LC_ALL=C.UTF-8", sys.executable, "runner.py"]
    (tmp_path / "run.sh").write_text(f"{shlex.join(command)} shown.jsonl real.jsonl\n", encoding="utf-8")
    shell = ["bash", "--norc", "--noprofile", "-i"]
    made = Terminal([*command, "shown.jsonl", "real.jsonl"] if not wants_shell(request) else shell, tmp_path, 80, 24)
    yield made
    made.close()


def test_a_session_in_a_terminal(terminal: Terminal) -> None:
    terminal.until("recorded run", "step 0", "<module> is entered")
    terminal.keys("s", "s", "s")
    screen = terminal.until("step 3", "line 7 of <module> is next")
    assert "'[bold]漢字 🎉'" in screen
    terminal.keys("Down", "Down", "b")
    terminal.until("breakpoint set at line 9", "● 9")
    terminal.keys("c")
    terminal.until("stopped at a breakpoint", "●▶9")
    terminal.keys("n", "n", "s", "s", "s")
    terminal.until("line 3 of double is next", "double :3", "<module> :9")
    terminal.keys("BSpace")
    terminal.until("line 2 of double is next")
    terminal.keys("C", "C", "C")
    terminal.until("this is the first step")
    terminal.keys("?")
    terminal.until("step into: the next step")
    terminal.keys("Escape")
    terminal.until("step 0", absent="step into: the next step")
    terminal.keys("c", "c", "c")
    terminal.until("the trace is over")
    terminal.keys("x")
    terminal.until("EXECUTE")
    terminal.keys("y")
    terminal.until("✗ differs first at step", "real ✓ 9")
    terminal.keys("q")
    terminal.until("left with 1")


@pytest.mark.parametrize("terminal", ["shell"], indirect=True)
def test_suspending_and_coming_back_draws_everything_anew(terminal: Terminal) -> None:
    terminal.keys(". ./run.sh", "Enter")
    terminal.until("recorded run", "step 0", "<module> is entered")
    terminal.keys("s", "s", "s")
    terminal.until("step 3", "def double(n):", "q quit")
    terminal.keys("C-z")
    terminal.until("Stopped", absent="q quit")
    terminal.keys("fg", "Enter")
    terminal.until("step 3", "def double(n):", "locals of <module>", "q quit")
    terminal.keys("s")
    terminal.until("step 4")
    terminal.keys("q")
    terminal.until("left with 0")


def editing(tmp_path: Path, root: Path, editor: str) -> Terminal:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "editing.py").write_text(EDITING, encoding="utf-8")
    (tmp_path / "vi").write_text(ASKING_EDITOR, encoding="utf-8")
    (tmp_path / "vi").chmod(0o755)
    variables = [f"PYTHONPATH={root}", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "VISUAL=", f"EDITOR={editor}"]
    return Terminal(["env", *variables, sys.executable, "editing.py"], tmp_path, 80, 24)


def test_an_editor_has_the_terminal_for_itself_and_the_prediction_goes_on(tmp_path: Path, root: Path) -> None:
    terminal = editing(tmp_path, root, str(tmp_path / "vi"))
    try:
        terminal.until("step 0")
        terminal.keys("c")
        terminal.until("the trace is over after")
        terminal.keys("C-e")
        terminal.until("EDITING +", absent="q quit")
        terminal.keys("5", "Enter")
        terminal.until("the source has changed", "m = n * 5", "q quit", absent="EDITING")
        terminal.keys("c")
        terminal.until("the trace is over after", "returns None")
        terminal.keys("q")
        terminal.until("left with 0")
    finally:
        terminal.close()


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_vim_is_such_an_editor(tmp_path: Path, root: Path) -> None:
    terminal = editing(tmp_path, root, "vim -u NONE")
    try:
        terminal.until("step 0")
        terminal.keys("C-e")
        terminal.until("script.py", "def double", absent="q quit")
        terminal.keys(":%s/n . 2/n * 7/", "Enter", ":wq", "Enter")
        terminal.until("the source has changed", "m = n * 7", "q quit")
        terminal.keys("q")
        terminal.until("left with 0")
    finally:
        terminal.close()
