"""Real runs in a child process: what comes back, and that nothing a program does takes the record away."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuraldbg._stepfile import StepWriter, read_steps
from neuraldbg.errors import RunError
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Event, Outcome, Step, Trace

SHORT = Limits(seconds=1)
LONG = Limits(seconds=60)


def run(source: str, limits: Limits = LONG, stdin: str | None = None, call: str | None = None) -> Trace:
    """Records a text; a last line makes a stop at which a script's final values can be seen."""
    text = textwrap.dedent(source) + ("" if call else "\npass\n")
    entry = call.partition("(")[0] if call else "<module>"
    return record(Program.from_source(text, entry=entry, call=call), limits, stdin)


def last(trace: Trace) -> Step:
    return trace.steps[-1]


def test_a_script_with_its_folder_and_arguments(tmp_path: Path) -> None:
    script = tmp_path / "prog.py"
    script.write_text(
        "import os, sys\nx = sys.argv[1:]\nprint(os.getcwd(), __file__, __name__)\nprint(x, file=sys.stderr)\n"
    )
    trace = record(Program.load(str(script), args=["a", "b"]))
    assert trace.outcome is Outcome.RETURNED
    assert trace.stdout == f"{tmp_path} {script} __main__\n"
    assert trace.stderr == "['a', 'b']\n"
    assert [(s.event, s.line) for s in trace.steps] == [
        (Event.CALL, 1), (Event.LINE, 1), (Event.LINE, 2), (Event.LINE, 3), (Event.LINE, 4), (Event.RETURN, 4),
    ]  # fmt: skip
    assert last(trace).locals == {"x": "['a', 'b']"}
    assert trace.args == ("a", "b")
    assert trace.note == ""


def test_the_programs_own_modules_win_over_ours(tmp_path: Path) -> None:
    names = ["model", "lsp", "tui", "training", "json", "signal", "steps", "tracing", "dataclasses"]
    for name in names:
        (tmp_path / f"{name}.py").write_text(f"me = {name!r}\n")
    script = tmp_path / "prog.py"
    script.write_text(f"import {', '.join(names)}\nwho = [m.me for m in ({', '.join(names)})]\npass\n")
    trace = record(Program.load(str(script)))
    assert (trace.outcome, trace.stderr) == (Outcome.RETURNED, "")
    assert last(trace).locals["who"] == repr(names)


def test_nothing_of_ours_can_be_seen() -> None:
    trace = run(
        """
        import sys
        ours = [n for n in sys.modules if n.startswith("neuraldbg")]
        path = [p for p in sys.path if p.endswith(("neuraldbg", "/main"))]
        hook = sys.gettrace(), sys.getrecursionlimit()
        main = sys.modules["__main__"].__dict__ is globals()
        """
    )
    values = last(trace).locals
    assert [values[n] for n in ("ours", "path", "hook", "main")] == ["[]", "[]", "(None, 1000)", "True"]


def test_function_entries() -> None:
    source = """
        print("module")
        def f(x):
            return x * 2
        class Stack:
            def push(self, x):
                self.x = x
        def g():
            yield f(1)
        async def a():
            return f(2)
    """
    trace = run(source, call="f(4)")
    assert (trace.outcome, trace.stdout) == (Outcome.RETURNED, "module\n")
    assert [(s.event, s.depth, s.value) for s in trace.steps] == [
        (Event.CALL, 0, None), (Event.LINE, 0, None), (Event.RETURN, 0, "8"),
    ]  # fmt: skip
    assert [s.value for s in run(source, call="g()").steps if s.event is Event.RETURN] == ["2", "2", "None"]
    assert [s.value for s in run(source, call="a()").steps if s.event is Event.RETURN] == ["4", "4"]


def test_module_that_fails_before_the_entry() -> None:
    trace = run("def f(): pass\n1 / 0\n", call="f()")
    assert (trace.outcome, trace.steps) == (Outcome.RAISED, [])
    assert trace.note == "the module raised ZeroDivisionError before the entry was called"
    assert trace.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_uncaught_exceptions_look_like_a_plain_run(tmp_path: Path) -> None:
    script = tmp_path / "prog.py"
    script.write_text("def f(n):\n    return f(n + 1)\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    f(0)\n")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    trace = record(Program.load(str(script)))
    assert trace.outcome is Outcome.RAISED
    assert trace.stderr == plain.stderr


@pytest.mark.parametrize(
    ("end", "note"),
    [
        ("sys.exit(3)", ""),
        ("raise SystemExit('bye')", ""),
        ("os._exit(4)", "os._exit or exec), exit status 4"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("ctypes.string_at(0)", "killed by SIGSEGV"),
        ("os.execv(sys.executable, [sys.executable, '-c', 'pass'])", "exit status 0"),
    ],
)
def test_exits_of_all_kinds_keep_the_steps(end: str, note: str) -> None:
    trace = run(f"import ctypes, os, signal, sys\nx = 1\n{end}\n")
    assert trace.outcome is Outcome.EXITED
    assert note in trace.note and bool(note) == bool(trace.note)
    lines = [s.line for s in trace.steps if s.event is Event.LINE]
    assert lines == [1, 2, 3]


@pytest.mark.parametrize(
    "block", ["time.sleep(1000)", "10 ** 10 ** 8", "while 1: pass", "threading.Lock().__enter__() or 1"]
)
def test_time_limit(block: str) -> None:
    trace = run(f"import threading, time\nx = 1\n{block}\n", Limits(seconds=1, steps=10**9))
    if "Lock" in block:
        assert trace.outcome is Outcome.RETURNED
    else:
        assert trace.outcome is Outcome.TIME_LIMIT
    assert [s.line for s in trace.steps[:4]] == [1, 1, 2, 3]


def test_step_limit_ends_a_program_that_catches_everything() -> None:
    trace = run("while True:\n    try:\n        x = 1\n    except BaseException:\n        pass\n", Limits(steps=100))
    assert (trace.outcome, len(trace.steps)) == (Outcome.STEP_LIMIT, 100)
    trace = run("x = 1\n", Limits(steps=4))
    assert (trace.outcome, len(trace.steps)) == (Outcome.RETURNED, 4)


def test_memory_limit() -> None:
    trace = run("x = []\nwhile True:\n    x.append(bytearray(1 << 24))\n", Limits(memory_mb=200))
    assert trace.outcome is Outcome.MEMORY_LIMIT
    assert {s.line for s in trace.steps} >= {1, 2, 3}
    trace = run("try:\n    x = bytearray(1 << 31)\nexcept MemoryError:\n    y = 1\n", Limits(memory_mb=200))
    assert trace.outcome is Outcome.RETURNED
    assert last(trace).locals == {"y": "1"}


def test_memory_that_runs_out_bit_by_bit() -> None:
    trace = run(
        """
        x = None
        while True:
            x = (x, [0] * 5000)
        """,
        Limits(memory_mb=40, steps=10**9, seconds=60),
    )
    assert trace.outcome is Outcome.MEMORY_LIMIT
    assert len(trace.steps) > 100


def test_stdin() -> None:
    trace = run("a = input()\nb = input()\n", stdin="one\ntwo\n")
    assert last(trace).locals == {"a": "'one'", "b": "'two'"}
    trace = run("a = input()\n")
    assert trace.outcome is Outcome.RAISED
    assert last(trace).value == "EOFError('EOF when reading a line')"


def test_output_that_is_binary_or_endless() -> None:
    trace = run("import os\nos.write(1, bytes(range(256)))\nos.write(2, b'\\xff')\n")
    assert trace.stdout == bytes(range(256)).decode("utf-8", "replace")
    assert trace.stderr == "\ufffd"
    trace = run("while True: print('x' * 1000)\n", Limits(steps=2000, output_chars=1234, seconds=60))
    assert (trace.outcome, len(trace.stdout)) == (Outcome.STEP_LIMIT, 1234)
    assert trace.note == "stdout cut after 1234 characters"


@pytest.mark.parametrize(
    "act",
    [
        "os.close(1); os.close(2)",
        "os.closerange(0, 1000)",
        "sys.stdout = io.StringIO()",
        "sys.stdout = None",
        "os.chdir('/')",
        "sys.modules.clear()",
        "sys.path.clear()",
        "os.environ.clear()",
        "shutil.rmtree(os.getcwd())",
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)",
        "gc.disable(); gc.collect()",
        "os.write(1, b'[1,2,3]\\n{}\\n')",
    ],
)
def test_programs_that_pull_the_rug(act: str) -> None:
    trace = run(f"import gc, io, os, shutil, signal, sys\nx = 1\n{act}\ny = 2\nz = 3\n")
    assert trace.outcome is Outcome.RETURNED
    assert last(trace).locals == {"x": "1", "y": "2", "z": "3"}


def test_trace_functions_of_the_program_have_no_effect() -> None:
    trace = run("import sys\nsys.settrace(print)\nf = sys.gettrace() is print\nsys.settrace(None)\nx = 1\n")
    assert last(trace).locals == {"f": "True", "x": "1"}
    assert trace.note == "the program called sys.settrace, which has no effect while it is recorded"
    assert trace.stdout == ""
    assert "sys.setprofile" in run("import sys\nsys.setprofile(lambda *a: None)\nx = 1\nsys.setprofile(None)\n").note


def test_threads() -> None:
    trace = run("import threading\ndef f(): pass\nt = threading.Thread(target=f)\nt.start()\nt.join()\n")
    assert trace.note == "traced the main thread only"
    assert {s.function for s in trace.steps} == {"<module>"}


def test_a_thread_that_never_ends_is_killed_and_the_outcome_kept() -> None:
    trace = run("import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\nx = 1\n", SHORT)
    assert trace.outcome is Outcome.RETURNED
    assert "had to be killed" in trace.note


def test_forked_processes_write_no_steps_and_are_killed(tmp_path: Path) -> None:
    trace = run(
        f"""
        import os, time
        pid = os.fork()
        if pid == 0:
            a = 1
            os.setpgid(0, 0)
            open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
            time.sleep(1000)
        while not os.path.exists({str(tmp_path / "pid")!r}):
            time.sleep(0.01)
        b = 2
        """,
        Limits(seconds=60, steps=10**6),
    )
    assert trace.outcome is Outcome.RETURNED
    assert "a" not in {name for step in trace.steps for name in step.locals}
    pid = int((tmp_path / "pid").read_text() or 0)
    for _ in range(1000):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.01)
    else:
        pytest.fail("the forked process is alive")


def test_forked_process_that_runs_to_its_end() -> None:
    trace = run("import os\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\nx = 1\nprint(x)\n")
    assert (trace.outcome, trace.stdout) == (Outcome.RETURNED, "1\n1\n")
    assert sum(s.event is Event.RETURN for s in trace.steps) == 1


def test_multiprocessing() -> None:
    trace = run(
        """
        import multiprocessing
        def f(x):
            return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                r = pool.map(f, [1, 2, 3])
        """
    )
    assert last(trace).locals["r"] == "[1, 4, 9]"
    assert "f" not in {s.function for s in trace.steps}


def test_recursion() -> None:
    trace = run(
        "import sys\ndef f(n):\n    return f(n + 1)\ntry:\n    f(1)\nexcept RecursionError as e:\n    t = str(e)\n"
    )
    assert trace.outcome is Outcome.RETURNED
    assert max(s.depth for s in trace.steps) == 999
    trace = run("import sys\nsys.setrecursionlimit(3000)\ndef f(n):\n    return n and f(n - 1)\nx = f(2500)\n")
    assert (trace.outcome, last(trace).locals) == (Outcome.RETURNED, {"x": "0"})
    trace = run(
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1)\nf(1)\n",
        Limits(steps=20_000, seconds=60),
    )
    assert (trace.outcome, len(trace.steps)) == (Outcome.STEP_LIMIT, 20_000)


def test_recursion_through_c() -> None:
    trace = run(
        """
        class A:
            def __getattr__(self, name):
                return getattr(self, name + "x")
        try:
            A().a
        except RecursionError:
            x = 1
        """
    )
    assert (trace.outcome, last(trace).locals["x"]) == (Outcome.RETURNED, "1")
    assert trace.note == ""


def test_values_that_are_slow_huge_or_hostile() -> None:
    trace = run(
        """
        import time
        class Slow:
            def __repr__(self):
                time.sleep(1000)
        class Bad:
            def __repr__(self):
                raise KeyboardInterrupt
        a = Slow()
        b = Bad()
        c = [0] * 10**7
        d = "x" * 20_000
        e = "\\ud800 \\x00 \\n"
        f = type("F", (), {"__repr__": lambda self: "\\ud800\\n"})()
        end = 1
        """,
        Limits(seconds=60, repr_seconds=0.05),
    )
    values = last(trace).locals
    assert trace.outcome is Outcome.RETURNED
    assert {k: values[k] for k in "abcd"} == {
        "a": "<repr timed out>",
        "b": "<repr raised KeyboardInterrupt>",
        "c": "<repr of 100000 characters>",
        "d": "<repr of 20002 characters>",
    }
    assert values["e"] == repr("\ud800 \x00 \n")
    assert values["f"] == "\ud800\n"


def test_hashes_are_the_same_in_every_run() -> None:
    source = "x = {'a', 'b', 'c', 'd', 'e'}\ny = hash('a')\n"
    assert run(source).steps == run(source).steps


def test_no_bytecode_is_written_beside_the_script(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1\n")
    (tmp_path / "prog.py").write_text("import helper\n")
    record(Program.load(str(tmp_path / "prog.py")))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["helper.py", "prog.py"]


def test_pythonpath_reaches_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere.py").write_text("x = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    trace = run("import elsewhere, os\nv = os.environ['PYTHONPATH']\n")
    assert (trace.outcome, last(trace).locals["v"]) == (Outcome.RETURNED, repr(str(tmp_path)))


def test_interpreters_that_cannot_be_used(tmp_path: Path) -> None:
    program = Program.from_source("x = 1\n")
    with pytest.raises(RunError, match="cannot be started: No such file"):
        record(program, python=str(tmp_path / "none"))
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho out of order >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RunError, match="cannot record <source>: out of order"):
        record(program, python=str(broken))


def read(path: Path) -> tuple[list[Step], Outcome | None, str]:
    with path.open("rb") as file:
        return read_steps(file)


_texts = st.text(st.characters(), max_size=5)
_locals = st.dictionaries(st.sampled_from(["a", "b", "c", "é"]), _texts, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(Event)), st.integers(0, 3), _locals, st.none() | _texts), max_size=12))
def test_steps_survive_the_file(tmp_path: Path, moves: list[tuple[Event, int, dict[str, str], str | None]]) -> None:
    path = tmp_path / f"steps-{os.urandom(6).hex()}"
    path.touch()
    writer = StepWriter(str(path))
    steps: list[Step] = []
    live: list[dict[str, str]] = []
    for event, depth, values, value in moves:
        depth = min(depth, len(live))
        if event is Event.CALL or depth == len(live):
            event, live = Event.CALL, [*live[:depth], values]
        else:
            values = values if event is Event.LINE else live[depth]
            live = [*live[:depth], values]
        steps.append(Step(event, 7, "f", depth, values, value))
        writer.add(event, 7, "f", depth, values, value)
    assert read(path) == (steps, None, "")
    writer.finish(Outcome.RAISED, "note")
    back, outcome, note = read(path)
    assert [list(s.locals.items()) for s in back] == [list(s.locals.items()) for s in steps]
    assert (back, outcome, note) == (steps, Outcome.RAISED, "note")
    path.unlink()


def test_files_larger_than_a_window_and_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "steps"
    path.touch()
    writer = StepWriter(str(path))
    for number in range(300):
        writer.add(Event.CALL, number, "f", 0, {"a": str(number) + "x" * 40_000}, None)
    steps, _, _ = read(path)
    assert [s.line for s in steps] == list(range(300))
    assert steps[299].locals["a"].startswith("299x")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"[0,5,") + 10] + b"\xff\x00garbage\n" + data[-100:])
    assert [s.line for s in read(path)[0]] == list(range(5))
