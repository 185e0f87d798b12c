"""Real programs under a real debugpy: what a trace shows, how runs end, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import debugpy
import jsonschema
import pytest

from neuraldbg.compare import as_debugpy_sees, compare
from neuraldbg.dap import adapter
from neuraldbg.dap.client import debug, programs_stderr
from neuraldbg.errors import RunError
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Event, Origin, Outcome, Trace

PATIENT = Limits(seconds=120)
WriteScript = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path) -> WriteScript:
    def write(text: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def lines_of(trace: Trace) -> list[int]:
    return [step.line for step in trace.steps if step.event is Event.LINE]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def assert_gone(pid: int) -> None:
    for _ in range(200):
        if not is_alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} is still alive")


# -- what a trace shows ----------------------------------------------------------------------------------------------

TOUR = """\
    import sys

    def half(n):
        if n % 2:
            raise ValueError(n)
        return n // 2

    def evens(limit):
        for n in range(limit):
            yield n

    total = 0
    for n in evens(2):
        try:
            total += half(n)
        except ValueError as error:
            print("odd", error, file=sys.stderr)
    words = sorted(["bb", "a"], key=lambda w: len(w))
    print(total, input(), sys.argv[1:])
"""


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, Trace, list[dict[str, Any]]]:
    """One program under debugpy and under the recorder, and all messages that were sent."""
    path = tmp_path_factory.mktemp("tour") / "tour.py"
    path.write_text(textwrap.dedent(TOUR))
    program = Program.load(str(path), args=["-x", "y z"])
    sent: list[dict[str, Any]] = []
    seen = debug(program, PATIENT, "from stdin\n", sent=sent.append)
    return seen, record(program, PATIENT, "from stdin\n"), sent


def test_the_trace_says_what_it_is(tour: tuple[Trace, Trace, list[dict[str, Any]]]) -> None:
    seen, real, _ = tour
    assert (seen.origin, seen.outcome, seen.entry) == (Origin.DEBUGPY, Outcome.RETURNED, "<module>")
    assert (seen.script, seen.source, seen.args) == (real.script, real.source, ("-x", "y z"))


def test_steps_are_those_of_the_recorder(tour: tuple[Trace, Trace, list[dict[str, Any]]]) -> None:
    seen, real, _ = tour
    assert seen.steps == as_debugpy_sees(real)
    assert compare(seen, real).agree
    assert {step.event for step in seen.steps} == {Event.LINE, Event.EXCEPTION}


def test_input_arguments_and_output_are_the_programs(tour: tuple[Trace, Trace, list[dict[str, Any]]]) -> None:
    seen, real, _ = tour
    assert seen.stdout == real.stdout == "0 from stdin ['-x', 'y z']\n"
    assert seen.stderr == real.stderr == "odd 1\n"


def test_an_exception_is_shown_in_every_frame_it_passes(tour: tuple[Trace, Trace, list[dict[str, Any]]]) -> None:
    seen, _, _ = tour
    raised = [(s.function, s.depth, s.line, s.value) for s in seen.steps if s.event is Event.EXCEPTION]
    assert raised == [("half", 1, 5, "ValueError(1)"), ("<module>", 0, 15, "ValueError(1)")]


@cache
def schema() -> dict[str, Any]:
    folder = Path(debugpy.__file__).parent / "_vendored/pydevd/_pydevd_bundle/_debug_adapter"
    loaded: dict[str, Any] = json.loads((folder / "debugProtocol.json").read_text(encoding="utf-8"))
    return loaded


def test_every_message_sent_is_valid_dap(tour: tuple[Trace, Trace, list[dict[str, Any]]]) -> None:
    _, _, sent = tour
    commands = {message["command"] for message in sent}
    assert {"initialize", "launch", "setBreakpoints", "stepIn", "stackTrace", "evaluate", "disconnect"} <= commands
    for message in sent:
        name = message["command"][0].upper() + message["command"][1:] + "Request"
        jsonschema.validate(message, {"$ref": f"#/definitions/{name}", "definitions": schema()["definitions"]})
    assert [message["seq"] for message in sent] == list(range(1, len(sent) + 1))


def test_the_schema_refuses_a_wrong_message() -> None:
    wrong = {"seq": 1, "type": "request", "command": "stepIn", "arguments": {"threadId": "main"}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, {"$ref": "#/definitions/StepInRequest", "definitions": schema()["definitions"]})


def test_values_come_whole_and_marked_as_the_recorder_marks_them(script: WriteScript) -> None:
    path = script("""\
        class Odd:
            def __repr__(self):
                raise KeyError("no")

        class Slow:
            def __repr__(self):
                while True:
                    pass

        text = "x" * 100_000
        many = list(range(1000))
        deep = 0
        for _ in range(8):
            deep = {"k": [deep] * 2}
        odd = Odd()
        slow = Slow()
        huge = "y" * 300_000
        done = 1
    """)
    limits = Limits(seconds=120, max_repr=200_000, repr_seconds=0.2)
    program = Program.load(str(path))
    seen = debug(program, limits)
    last = seen.steps[-1].locals
    assert last["text"] == repr("x" * 100_000)
    assert last["many"] == repr(list(range(1000)))
    assert last["deep"].count("{") == 2**8 - 1
    assert last["odd"] == "<repr raised KeyError>"
    assert last["slow"] == "<repr timed out>"
    assert last["huge"] == "<repr of 300002 characters>"
    assert seen.steps == as_debugpy_sees(record(program, limits))


# -- entries ---------------------------------------------------------------------------------------------------------

ENTRIES = """\
    import asyncio

    class Stack:
        def __init__(self):
            self.items = []
        def push(self, item):
            self.items.append(item)
            return size(self.items)

    def size(items):
        return len(items)

    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    def pairs(n):
        for i in range(n):
            got = yield i, size([i])

    async def wait(n):
        for i in range(n):
            await asyncio.sleep(0)
        return n

    def fails(key):
        try:
            return {}[key]
        finally:
            key = None

    def leaves():
        raise SystemExit(3)

    def outer(n):
        return size([n])

    fib(3)
    print("module body")
"""


@pytest.mark.parametrize(
    ("entry", "call", "outcome"),
    [
        ("Stack.push", "Stack().push(1)", Outcome.RETURNED),
        ("fib", "fib(3)", Outcome.RETURNED),
        ("pairs", "pairs(2)", Outcome.RETURNED),
        ("wait", "wait(2)", Outcome.RETURNED),
        ("fails", "fails('k')", Outcome.RAISED),
        ("leaves", "leaves()", Outcome.EXITED),
        ("size", "outer(4)", Outcome.RETURNED),
    ],
)
def test_function_entries_agree_with_the_recorder(script: WriteScript, entry: str, call: str, outcome: Outcome) -> None:
    program = Program.load(f"{script(ENTRIES)}::{entry}", call)
    seen, real = debug(program, PATIENT), record(program, PATIENT)
    assert seen.steps and seen.steps == as_debugpy_sees(real)
    assert (seen.steps[0].function, seen.steps[0].depth) == (entry, 0)
    assert seen.outcome is real.outcome is outcome
    assert seen.stdout == "module body\n"
    assert (seen.entry, seen.call) == (entry, call)


def test_a_module_body_that_fails_leaves_an_empty_trace(script: WriteScript) -> None:
    path = script("def f():\n    return 1\n\n1 / 0\n")
    seen = debug(Program.load(f"{path}::f"), PATIENT)
    assert seen.steps == []
    assert seen.outcome is Outcome.RAISED
    assert seen.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert "debugpy" not in seen.stderr and "neuraldbg" not in seen.stderr


def test_a_program_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen = debug(Program.from_source("x = 1\ny = x + 1\nprint(y)\n"), PATIENT)
    assert lines_of(seen) == [1, 2, 3]
    assert seen.steps[-1].locals == {"x": "1", "y": "2"}
    assert list(tmp_path.iterdir()) == []


# -- how runs end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("import sys\nsys.exit()\n", Outcome.EXITED),
        ("import sys\ntry:\n    sys.exit(4)\nfinally:\n    x = 1\n", Outcome.EXITED),
        ("import os\nos._exit(0)\n", Outcome.EXITED),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", Outcome.EXITED),
        ("try:\n    raise SystemExit\nexcept SystemExit:\n    pass\n", Outcome.RETURNED),
        ("x = 1\nraise KeyError(x)\n", Outcome.RAISED),
    ],
)
def test_outcomes(script: WriteScript, text: str, outcome: Outcome) -> None:
    program = Program.load(str(script(text)))
    seen, real = debug(program, PATIENT), record(program, PATIENT)
    assert seen.outcome is real.outcome is outcome
    assert seen.steps == as_debugpy_sees(real)


def test_a_program_that_steps_for_ever_meets_the_step_limit(script: WriteScript) -> None:
    seen = debug(Program.load(str(script("n = 0\nwhile True:\n    n += 1\n"))), Limits(seconds=120, steps=30))
    assert seen.outcome is Outcome.STEP_LIMIT
    assert len(seen.steps) == 30


def test_a_program_that_hangs_meets_the_time_limit_and_leaves_nothing(script: WriteScript, tmp_path: Path) -> None:
    path = script("""\
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open("pids", "w") as file:
            print(os.getpid(), child.pid, file=file)
        time.sleep(600)
    """)
    seen = debug(Program.load(str(path)), Limits(seconds=5))
    assert seen.outcome is Outcome.TIME_LIMIT
    assert lines_of(seen)[-1] == 5
    for pid in (tmp_path / "pids").read_text().split():
        assert_gone(int(pid))


def test_a_run_can_be_cancelled(script: WriteScript) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    path = script("import time\ntime.sleep(600)\n")
    assert debug(Program.load(str(path)), PATIENT, cancelled=cancelled).outcome is Outcome.STOPPED


def test_memory_is_limited(script: WriteScript) -> None:
    seen = debug(Program.load(str(script("x = 1\ny = bytearray(1 << 33)\n"))), Limits(seconds=120, memory_mb=512))
    assert seen.outcome is Outcome.MEMORY_LIMIT
    assert seen.steps[-1].value == "MemoryError()"


# -- adapters that misbehave -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("pass", "ended unexpectedly|does not take"),
        ("print('hello', flush=True); import time; time.sleep(600)", "no DAP message"),
        ("import time; time.sleep(600)", "did not answer in time"),
    ],
)
def test_an_adapter_that_is_none_is_an_error(
    script: WriteScript, monkeypatch: pytest.MonkeyPatch, behaviour: str, message: str
) -> None:
    if message == "did not answer in time":
        monkeypatch.setattr(adapter, "HANDSHAKE_SECONDS", 1.0)
    with pytest.raises(RunError, match=message):
        debug(Program.load(str(script("x = 1\n"))), PATIENT, command=[sys.executable, "-c", behaviour])


def test_an_adapter_that_cannot_be_started_is_an_error(script: WriteScript) -> None:
    with pytest.raises(RunError, match="cannot start"):
        debug(Program.load(str(script("x = 1\n"))), PATIENT, command=["/no/such/adapter"])


def test_an_adapter_that_dies_takes_the_program_with_it(script: WriteScript, tmp_path: Path) -> None:
    path = script("""\
        import os, signal, time
        with open(f"/proc/{os.getppid()}/stat") as file:
            adapter = int(file.read().rpartition(")")[2].split()[1])
        with open("pid", "w") as file:
            print(os.getpid(), file=file)
        os.kill(adapter, signal.SIGKILL)
        time.sleep(600)
    """)
    with pytest.raises(RunError, match="adapter"):
        debug(Program.load(str(path)), PATIENT)
    assert_gone(int((tmp_path / "pid").read_text()))


# -- the debugged process --------------------------------------------------------------------------------------------


def test_the_users_sitecustomize_runs_and_the_environment_is_theirs(
    script: WriteScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.from_sitecustomize = 'theirs'\n")
    monkeypatch.setenv("PYTHONPATH", str(own))
    path = script("""\
        import os, sys
        path, own = os.environ["PYTHONPATH"], sys.modules["sitecustomize"].__file__
        ours = [p for p in sys.path if os.path.basename(p).startswith("neuraldbg-")]
        print(from_sitecustomize, path, own, ours)
    """)
    seen = debug(Program.load(str(path)), PATIENT)
    assert seen.stdout == f"theirs {own} {own / 'sitecustomize.py'} []\n"


def test_the_debuggers_connection_does_not_wait_for_acknowledgements(script: WriteScript) -> None:
    path = script("""\
        import os, socket, stat
        options = []
        for fd in map(int, os.listdir("/proc/self/fd")):
            if os.path.exists(f"/proc/self/fd/{fd}") and stat.S_ISSOCK(os.stat(fd).st_mode):
                with socket.socket(fileno=os.dup(fd)) as copy:
                    options.append(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
        print(options, "connect" in vars(socket.socket))
    """)
    assert debug(Program.load(str(path)), PATIENT).stdout == "[True] False\n"


def test_a_users_folder_may_hold_modules_with_our_names(
    script: WriteScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("debugpy", "neuraldbg", "runner"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported by mistake')\n")
    seen = debug(Program.load(str(script("x = 1\nprint(x)\n"))), PATIENT)
    assert (seen.stdout, seen.outcome, os.listdir(tmp_path).count("__pycache__")) == ("1\n", Outcome.RETURNED, 0)


def test_what_the_debugger_causes_at_shutdown_is_not_the_programs() -> None:
    noise = (
        "Exception ignored in: <function _DeleteDummyThreadOnDel.__del__ at 0x7f51537d5760>\n"
        "Traceback (most recent call last):\n"
        '  File "/usr/lib/python3.13/threading.py", line 1383, in __del__\n'
        "TypeError: 'NoneType' object does not support the context manager protocol\n"
    )
    own = "Exception ignored in: <function Own.__del__ at 0x7f51537d5760>\nTypeError: x\n"
    assert programs_stderr(f"a\n{noise}b\n") == "a\nb\n"
    assert programs_stderr(own) == own
