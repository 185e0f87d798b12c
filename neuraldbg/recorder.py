"""Runs a program for real, in a child process with limits, and records its steps.

    trace = record(Program.load("script.py"), Limits(seconds=5))

The child is its own session; it and all it started are killed when the record is complete. Steps done until then are
always kept. It sees a fixed hash seed, the script's folder as its working directory, no standard input unless some is
given, and none of our modules. Needs a POSIX system.

Not covered: processes that leave the session (daemons), and what C extensions do without running Python code.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from neuraldbg._stepfile import read_steps
from neuraldbg.bytecode import nested_codes
from neuraldbg.errors import RunError
from neuraldbg.program import MODULE, Program
from neuraldbg.steps import Origin, Outcome, Trace

_CHILD = Path(__file__).with_name("_child.py")
_STARTUP_SECONDS = 60  # for the child to come to the program's first line; a broken installation takes longer
_POLL_SECONDS = 0.05
HASH_SEED = "0"  # of every real run: the order of a set's repr follows it
# Of the interpreter's own variables, those that change what a program does or prints.
_DROPPED = (
    "PYTHONPATH", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONVERBOSE", "PYTHONPROFILEIMPORTTIME", "PYTHONTRACEMALLOC",
    "PYTHONSAFEPATH", "PYTHONSTARTUP", "PYTHONDEBUG",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What a run may cost; whichever is reached first ends the recording.

    Attributes:
        seconds: wall-clock time from the program's first line on.
        memory_mb: address space, in MiB, beyond what the interpreter needs; 0 for no limit.
        steps: recorded at most.
        max_repr: longest value shown, in characters.
        output_chars: of stdout, and of stderr, kept.
        repr_seconds: patience with one repr.
    """

    seconds: float = 10
    memory_mb: int = 1024
    steps: int = 10_000
    max_repr: int = 10_000
    output_chars: int = 100_000
    repr_seconds: float = 1.0


def record(
    program: Program,
    limits: Limits = Limits(),
    stdin: str | None = None,
    python: str = sys.executable,
    cancelled: Callable[[], bool] | None = None,
) -> Trace:
    """Runs the program and returns what it did.

    Args:
        program: what to run. Its file need not exist, then it runs in an empty folder.
        limits: see :class:`Limits`.
        stdin: text for standard input; None for none, so that ``input()`` raises EOFError.
        python: the interpreter, 3.11 or later; it needs none of our dependencies.
        cancelled: asked while the program runs; once it says so, the run is killed and its outcome is ``stopped``.

    Raises:
        RunError: if the child process cannot be started.
    """
    trace = Trace(
        script=program.filename,
        source=program.source,
        entry=program.entry,
        origin=Origin.RECORDED,
        call=program.call,
        args=program.args,
    )
    with _folder() as folder, _folder() as empty:
        steps = folder / "steps"
        with steps.open("x+b") as file:  # held open: the program may delete what it finds
            run = _Run(program, limits, stdin, python, folder, empty)
            run.wait(cancelled)
            trace.steps, outcome, note = read_steps(file)
    trace.stdout, trace.stderr = run.outputs[0].text(), run.outputs[1].text()
    if run.stopped:
        trace.outcome = Outcome.STOPPED
        return trace
    if not run.ready:
        last = trace.stderr.strip().rpartition("\n")[2]
        raise RunError(f"{python} cannot record {program.filename}: {last or 'it ended before the program started'}")
    notes = [note, *(output.note() for output in run.outputs)]
    trace.outcome, why = _outcome(outcome, run)
    trace.note = "; ".join(part for part in (why, *notes) if part)
    return trace


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="neuraldbg-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _outcome(outcome: Outcome | None, run: _Run) -> tuple[Outcome, str]:
    """How the run ended, and why if the child did not say."""
    if outcome is not None:
        return outcome, "the process had to be killed after its program had ended" if run.timed_out else ""
    if run.timed_out:
        return Outcome.TIME_LIMIT, ""
    if run.status >= 0:
        return Outcome.EXITED, f"the process left without unwinding (os._exit or exec), exit status {run.status}"
    if -run.status == signal.SIGXCPU:
        return Outcome.TIME_LIMIT, "killed by SIGXCPU"
    return Outcome.EXITED, f"killed by {signal.Signals(-run.status).name}"


class _Output:
    """The beginning of what a program wrote to one of its pipes."""

    def __init__(self, name: str, pipe: IO[bytes], limit: int) -> None:
        self.name = name
        self.pipe = pipe
        self.limit = limit
        self._kept = bytearray()
        self._room = 4 * limit + 4  # bytes that can matter
        os.set_blocking(pipe.fileno(), False)

    def read(self) -> bool:
        """Takes what is there; False once there will be no more."""
        data = os.read(self.pipe.fileno(), 1 << 16)
        self._kept += data[: max(0, self._room - len(self._kept))]
        return bool(data)

    def drain(self) -> None:
        """Takes what is left after the process has ended; others may still hold the pipe open."""
        with suppress(BlockingIOError):
            while len(self._kept) < self._room and self.read():
                continue
        self.pipe.close()

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")[: self.limit]

    def note(self) -> str:
        full = len(self._kept) > self.limit and len(self._kept.decode("utf-8", "replace")) > self.limit
        return f"{self.name} cut after {self.limit} characters" if full else ""


class _Run:
    """One child process, from its start to its end.

    Attributes:
        outputs: stdout and stderr.
        ready: the program was started. timed_out: it was killed for the time it took. stopped: because somebody asked.
        status: as of :class:`subprocess.Popen`.
    """

    def __init__(
        self, program: Program, limits: Limits, stdin: str | None, python: str, folder: Path, empty: Path
    ) -> None:
        self.limits = limits
        self.ready = self.timed_out = self.stopped = False
        self.status = 0
        script = Path(program.filename).absolute()
        path = str(script) if script.is_file() else None
        cwd = script.parent if path else empty
        job = folder / "job.json"
        self._signal, announce = os.pipe()
        job.write_text(
            json.dumps(_job(program, limits, path, str(cwd), str(folder / "steps"), announce)), encoding="utf-8"
        )
        text = folder / "stdin"
        text.write_bytes((stdin or "").encode("utf-8", "surrogateescape"))
        try:
            with text.open("rb") as source:
                self.process = subprocess.Popen(
                    [python, "-P", str(_CHILD), str(job)],
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=cwd,
                    env=_environment(os.environ),
                    start_new_session=True,
                    pass_fds=(announce,),
                )
        except OSError as error:
            os.close(self._signal)
            raise RunError(f"{python} cannot be started: {error.strerror or error}") from error
        finally:
            os.close(announce)
        assert self.process.stdout is not None and self.process.stderr is not None
        self.outputs = (
            _Output("stdout", self.process.stdout, limits.output_chars),
            _Output("stderr", self.process.stderr, limits.output_chars),
        )

    def wait(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Until the program has ended or its time is up; afterwards nothing of it is left running."""
        with selectors.DefaultSelector() as selector, self._cleanup():
            for output in self.outputs:
                selector.register(output.pipe, selectors.EVENT_READ, output.read)
            selector.register(self._signal, selectors.EVENT_READ, self._read_signal)
            deadline = time.monotonic() + _STARTUP_SECONDS
            started = False
            while not self._has_exited():
                self.stopped = cancelled is not None and cancelled()
                if self.stopped:
                    return
                left = deadline - time.monotonic()
                if left <= 0:
                    self.timed_out = True
                    return
                for key, _ in selector.select(min(left, _POLL_SECONDS)):
                    if not key.data():
                        selector.unregister(key.fileobj)
                if self.ready and not started:
                    started = True
                    deadline = time.monotonic() + self.limits.seconds

    def _read_signal(self) -> bool:
        self.ready = self.ready or bool(os.read(self._signal, 1))
        return not self.ready

    def _has_exited(self) -> bool:
        """Without reaping it: its process id must stay its own until its session is killed."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    @contextmanager
    def _cleanup(self) -> Iterator[None]:
        try:
            yield
        finally:
            _kill_session(self.process.pid)
            self.status = self.process.wait()
            self._signal_left()
            for output in self.outputs:
                output.drain()

    def _signal_left(self) -> None:
        os.set_blocking(self._signal, False)
        with suppress(BlockingIOError):
            self._read_signal()
        os.close(self._signal)


def _kill_session(leader: int) -> None:
    """Kills the process, its group, and (on Linux) the other groups of its session."""
    targets = [leader]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended meanwhile
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == leader:
                targets.append(int(status.parent.name))
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
    for target in targets:
        with suppress(ProcessLookupError):
            os.kill(target, signal.SIGKILL)


def _environment(base: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in base.items() if name not in _DROPPED}
    return {**kept, "PYTHONHASHSEED": HASH_SEED, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}


def _job(program: Program, limits: Limits, path: str | None, cwd: str, steps: str, announce: int) -> dict[str, Any]:
    """What the child needs to know."""
    entry = None if program.entry == MODULE else program.functions()[program.entry].code
    return {
        "source": program.source,
        "filename": path or program.filename,
        "path": path,
        "folder": cwd,
        "entry": None if entry is None else [entry.co_qualname, entry.co_firstlineno],
        "call": program.call,
        "args": list(program.args),
        "visible": [
            [code.co_qualname, code.co_firstlineno, list(program.visible(code))]
            for code in nested_codes(program.code)
            if not code.co_flags & 1
        ],
        "limits": asdict(limits),
        "steps": steps,
        "announce": announce,
        "pythonpath": os.environ.get("PYTHONPATH"),
    }
