"""A real run under debugpy as a Trace: the referee for the recorder.

    trace = debug(Program.load("script.py"), Limits())

debugpy is driven as an editor drives it: the Debug Adapter Protocol over the standard streams of
``python -m debugpy.adapter``, ``stepIn`` from stop to stop, ``stackTrace`` for what debugpy shows, and one ``evaluate``
(context ``clipboard``) that brings all locals whole, rendered by the recorder's rules (:mod:`neuraldbg.dap.probe`). The
program launched is a runner of four lines that executes the user's file or evaluates the call.

The steps obey the recorder's rules as far as debugpy can see:

- **Calls** are not shown: debugpy first stops at the first line of a function. A resumed generator or coroutine is
  likewise seen at its next line only.
- **Returns and yields** are not shown, nor their values. Where a function returns, debugpy stops once more on its
  caller's line, which has been shown; those stops are dropped. They are told from a line that runs again by the
  frame that really runs, which is the callee's still.
- **Exceptions** are shown in each frame that they are raised in or pass through, except StopIteration,
  StopAsyncIteration and GeneratorExit (those very classes), which debugpy takes for control flow.
- **stepIn from a coroutine** passes over other coroutines. So in a file that has any, every line has a breakpoint.
- **Other threads** run without stops; only the main thread is shown.

:func:`neuraldbg.compare.as_debugpy_sees` takes the same away from a recorded or predicted trace. Not covered: programs
that look at the debugger (``sys.gettrace``, names of threads, the recursion limit, the stack below the file) may run
differently, as under any debugger.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import CodeType
from typing import Any

from neuraldbg._tracer import nested_codes
from neuraldbg.dap import probe
from neuraldbg.dap.adapter import Adapter
from neuraldbg.dap.protocol import Deadline, Message, RequestFailed
from neuraldbg.program import Program
from neuraldbg.recorder import HASH_SEED, Limits
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace

_ROOT = Path(__file__).resolve().parents[2]  # holds the package
_SECONDS_PER_STEP = 0.1  # what a step under a debugger may cost on top of the program's own time
_ANSWER_SECONDS = 30.0  # for a request that runs none of the user's code
_POLL_SECONDS = 0.2
_ENVIRONMENT = {
    "PYTHONHASHSEED": HASH_SEED,
    "PYTHONDONTWRITEBYTECODE": "1",
    **dict.fromkeys(("PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONSTARTUP")),  # None: not set
}

_SITECUSTOMIZE = '''\
"""Loads neuraldbg's probe into the debugged program, then the user's own sitecustomize, as if this were not here."""
import importlib
import os
import sys

own = sys.modules.pop("sitecustomize")
sys.path.remove({folder!r})
os.environ.pop("PYTHONPATH")
os.environ.update({environment!r})
sys.path.insert(0, {root!r})
importlib.import_module({probe!r}).install({config!r})
sys.path.remove({root!r})
try:
    importlib.import_module("sitecustomize")
except ModuleNotFoundError as error:
    if error.name != "sitecustomize":
        raise
finally:
    sys.modules.setdefault("sitecustomize", own)
'''

_RUNNER = f"""\
import sys
probe = sys.modules[{probe.__name__!r}]
probe.load()
probe.run()
"""
_RUNNER_STOP = 4  # the line of the run
# Python 3.13.0 says this when a thread that debugpy asked about ends while the interpreter shuts down.
_DEBUGGERS_STDERR = re.compile(
    r"Exception ignored in: <function _DeleteDummyThreadOnDel\.__del__ at 0x[0-9a-f]+>\n"
    r"Traceback \(most recent call last\):\n(?:  .*\n)+"
    r"TypeError: 'NoneType' object does not support the context manager protocol\n"
)
_FRAMES_BELOW = 1  # those debugpy shows below the user's file: the runner's
_ASYNC = 0x80 | 0x200  # code flags: coroutine, asynchronous generator


def programs_stderr(text: str) -> str:
    """What the program wrote, without what is only there because a debugger watched it."""
    return _DEBUGGERS_STDERR.sub("", text)


def debug(
    program: Program,
    limits: Limits | None = None,
    stdin: str | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
    command: Sequence[str] | None = None,
    sent: Callable[[Message], object] | None = None,
) -> Trace:
    """Runs a program under debugpy and returns what its stops showed.

    Arguments:
        program: what to run. Its file need not exist, then it runs in an empty folder.
        limits: as for the recorder; the time limit is extended by 0.1 s a step, the debugger's own cost.
        stdin: text of the standard input; None for an empty one.
        cancelled: asked several times a second; True ends the run with outcome STOPPED.
        command: how to start the adapter, for tests.
        sent: called with each message before it is sent, for tests.

    Raises:
        RunError: if the adapter cannot be started, refuses a request, answers nonsense or ends early.
    """
    with tempfile.TemporaryDirectory(prefix="neuraldbg-") as folder:
        run = _Run(program, limits or Limits(), Path(folder).resolve(), cancelled or (lambda: False))
        run.prepare(stdin or "")
        with Adapter(run.limits.output_chars, command, sent) as adapter:
            run.drive(adapter)
        return run.trace


class _Over(Exception):
    """The program is to be ended here, with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class _Run:
    """One run: prepares its folder, steps through it, gathers the trace."""

    def __init__(self, program: Program, limits: Limits, folder: Path, cancelled: Callable[[], bool]) -> None:
        self.program, self.limits, self.folder, self.cancelled = program, limits, folder, cancelled
        self.at_module = program.call is None
        self.script = self._script()
        self.status = folder / "status"
        self.trace = Trace(
            script=program.filename,
            source=program.source,
            entry=program.entry,
            origin=Origin.DEBUGPY,
            call=program.call,
            args=program.args,
        )
        self._started: float = 0.0
        self._thread = 0
        self._entered = self.at_module
        self._anchor = 0  # debugpy's number of the outermost frame; the expression may be evaluated in any
        self._threads = False  # the program has started some
        self._notes: list[str] = []
        self._last: dict[int, Step] = {}  # live frame -> its last line stop

    def _script(self) -> Path:
        """The user's file, or a copy of the program's text where there is no such file."""
        path = Path(self.program.filename).absolute()
        if path.is_file():
            return path
        path = self.folder / "empty" / "script.py"
        path.parent.mkdir()
        path.write_bytes(self.program.source.encode("utf-8", "surrogatepass"))
        return path

    def prepare(self, stdin: str) -> None:
        """Writes what the debugged process reads: its input, the probe's configuration, our sitecustomize."""
        (self.folder / "stdin").write_bytes(stdin.encode("utf-8", "surrogateescape"))
        config = {
            "script": str(self.script),
            "source": self.program.source,
            "stem": Path(self.program.filename).stem,
            "entry": None if self.at_module else probe.code_key(self.program.functions()[self.program.entry].code),
            "call": self.program.call,
            "args": list(self.program.args),
            "stdin": str(self.folder / "stdin"),
            "status": str(self.status),
            "visible": _visible_names(self.program),
            "limits": asdict(self.limits),
        }
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (self.folder / "runner.py").write_text(_RUNNER, encoding="utf-8")
        text = _SITECUSTOMIZE.format(
            folder=str(self.folder),
            environment={k: v for k, v in os.environ.items() if k == "PYTHONPATH"},
            root=str(_ROOT),
            probe=probe.__name__,
            config=str(self.folder / "config.json"),
        )
        (self.folder / "sitecustomize.py").write_text(text, encoding="utf-8")

    def drive(self, adapter: Adapter) -> None:
        """Launches the program and steps through it until it ends or must be ended."""
        runner = self.folder / "runner.py"
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        adapter.launch(
            runner,
            cwd=self.script.parent,
            env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(paths)},
            shown=[self.script, runner],
            breakpoints={runner: [_RUNNER_STOP]},
        )
        self._started = time.monotonic()
        try:
            command = self._go_to_entry(adapter, runner)
            while command is not None:
                adapter.connection.send(command, {"threadId": self._thread}, wanted=False)
                command = self._stop(adapter)
            self.trace.outcome = self._outcome()
        except _Over as over:
            self.trace.outcome = over.outcome
        self.trace.stdout = "".join(adapter.output["stdout"])
        self.trace.stderr = programs_stderr("".join(adapter.output["stderr"]))
        if not self._entered:
            self._notes.append("the entry was never called")
        if self._threads:
            self._notes.append("traced the main thread only")
        self.trace.note = "; ".join(self._notes)

    def _go_to_entry(self, adapter: Adapter, runner: Path) -> str | None:
        """At the runner's line, prepares the first stop; the command that leads there, None if all is over already.

        The entry function is found by breakpoints on all of its lines, since it may be called from anywhere.
        """
        if self._wait(adapter) is None:
            return None
        self._look(adapter)
        self._started = time.monotonic()
        deadline = time.monotonic() + _ANSWER_SECONDS
        adapter.break_at(runner, [], deadline)
        adapter.break_on_exceptions(True, deadline)
        if self._entered:
            adapter.break_at(self.script, self._breakpoints(), deadline)
            return "stepIn"
        code = self.program.functions()[self.program.entry].code
        adapter.break_at(self.script, _lines(code), deadline)
        return "continue"

    def _breakpoints(self) -> list[int]:
        """All lines of a file with coroutines: debugpy's stepIn from a coroutine passes over other coroutines."""
        codes = list(nested_codes(self.program.code))
        if not any(code.co_flags & _ASYNC for code in codes):
            return []
        return sorted({line for code in codes for line in _lines(code)})

    def _stop(self, adapter: Adapter) -> str | None:
        """Waits for a stop and records what it shows; the command to go on with, None when there is no more."""
        event = self._wait(adapter)
        if event is None:
            return None
        raised = event.get("reason") == "exception"
        seen = self._look(adapter)
        if seen is None or seen["finished"]:
            self._finish(adapter)
            return None
        if not seen["top"]:
            return "stepIn" if self._entered else "continue"
        if not self._entered:
            self._entered = True
            adapter.break_at(self.script, self._breakpoints(), time.monotonic() + _ANSWER_SECONDS)
        if seen["inside"] and (raised or (seen["shown"] and not seen["inlined"])):
            self._record(seen, raised)
        return "stepIn"

    def _finish(self, adapter: Adapter) -> None:
        """The entry function is over: lets the program end by itself, so that its output is complete."""
        with suppress(RequestFailed):  # the process has ended already
            adapter.break_on_exceptions(False, time.monotonic() + _ANSWER_SECONDS)
        try:
            event: Message | None = {}
            while event is not None:
                adapter.connection.send("continue", {"threadId": self._thread}, wanted=False)
                event = self._wait(adapter)
        except _Over:
            self._notes.append("the process had to be killed after its program had ended")

    def _record(self, seen: Message, raised: bool) -> None:
        live, locals_ = seen["live"], dict(seen["locals"])
        self._last = {frame: self._last[frame] for frame in live if frame in self._last}
        if raised:
            last = self._last.get(seen["top"])
            line, locals_ = (seen["line"], locals_) if last is None else (last.line, dict(last.locals))
            value = seen.get("exception")
            step = Step(Event.EXCEPTION, line, seen["function"], len(live) - 1, locals_, value)
        else:
            step = Step(Event.LINE, seen["line"], seen["function"], len(live) - 1, locals_)
            self._last[seen["top"]] = step
        if len(self.trace.steps) >= self.limits.steps:
            raise _Over(Outcome.STEP_LIMIT)
        self.trace.steps.append(step)

    def _look(self, adapter: Adapter) -> Message | None:
        """The probe's account of the stop, with ``shown``: the frame debugpy shows is the one that runs.

        At a stop at a return it is not: debugpy shows the caller, so one frame less than there is on the stack.
        None when the frame that the run began in has been left, or the process has ended while it was stopped.
        """
        connection, deadline = adapter.connection, self._deadline()
        try:
            stack = connection.send("stackTrace", {"threadId": self._thread, "startFrame": 0, "levels": 1})
            answer = connection.send("evaluate", _evaluation(self._anchor)) if self._anchor else None
            body = connection.response(stack, deadline)
            if answer is None:
                self._anchor = int(body["stackFrames"][0]["id"])
                answer = connection.send("evaluate", _evaluation(self._anchor))
            seen: Message = json.loads(connection.response(answer, deadline)["result"])
        except RequestFailed:
            return None
        except Deadline:
            raise _Over(Outcome.TIME_LIMIT) from None
        self._threads |= seen.get("threads", False)
        seen["shown"] = body["totalFrames"] - _FRAMES_BELOW == seen["frames"]
        return seen

    def _wait(self, adapter: Adapter) -> Message | None:
        """The body of the next `stopped` event of the main thread; None when the program has ended."""
        while True:
            try:
                until = min(self._deadline(), time.monotonic() + _POLL_SECONDS)
                event = adapter.connection.event({"stopped", "terminated"}, until)
            except Deadline:
                if self.cancelled():
                    raise _Over(Outcome.STOPPED) from None
                if time.monotonic() >= self._deadline():
                    raise _Over(Outcome.TIME_LIMIT) from None
                continue
            if event["event"] == "terminated":
                return None
            body: Message = event["body"]
            self._thread = self._thread or body["threadId"]  # the first to stop is the main thread
            if body["threadId"] == self._thread:
                return body
            # Started behind threading's back, see probe._leave_threads_alone; `continue` would resume all threads.
            adapter.connection.send("stepOut", {"threadId": body["threadId"]}, wanted=False)

    def _deadline(self) -> float:
        """The time limit, by the clock of ``time.monotonic``; each step extends it."""
        return self._started + self.limits.seconds + _SECONDS_PER_STEP * len(self.trace.steps)

    def _outcome(self) -> Outcome:
        """How the entry ended: as its last step tells, or as the probe noted when the program ended."""
        last = self.trace.steps[-1] if self.trace.steps else None
        if not self.at_module and last is not None and (last.event, last.depth) == (Event.EXCEPTION, 0):
            return Outcome.EXITED if (last.value or "").startswith("SystemExit(") else Outcome.RAISED
        try:
            noted = json.loads(self.status.read_text(encoding="utf-8"))
        except FileNotFoundError:  # no exit handler ran: os._exit, or the process was killed
            return Outcome.EXITED
        self._threads |= noted["threads"]
        return Outcome(noted["outcome"])


def _evaluation(frame: int) -> dict[str, Any]:
    return {"expression": probe.EXPRESSION, "frameId": frame, "context": "clipboard"}


def _lines(code: CodeType) -> list[int]:
    return sorted({line for _, _, line in code.co_lines() if line})


def _visible_names(program: Program) -> dict[str, list[str]]:
    """The names shown for the module and each class body, by the key that the probe looks them up with."""
    spaces = filter(probe.is_namespace, nested_codes(program.code))
    return {probe.code_key(code): list(program.visible(code)) for code in spaces}
