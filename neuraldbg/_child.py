"""What runs in the recorder's child process: ``python -P _child.py job.json``. See :mod:`neuraldbg.recorder`.

Everything of ours is imported before the program's folder is on ``sys.path``, and what the program has modules of its
own for leaves ``sys.modules`` before the program starts: it may have a ``json.py`` or ``model.py``.
"""

from __future__ import annotations

import os
import sys

_AT_STARTUP = frozenset(sys.modules)
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, _ROOT)

import contextlib  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
from collections.abc import Callable  # noqa: E402
from types import CodeType, ModuleType, TracebackType  # noqa: E402
from typing import Any  # noqa: E402

from neuraldbg._stepfile import StepWriter, is_out_of_memory  # noqa: E402
from neuraldbg._tracer import Tracer, nested_codes, outcome_of  # noqa: E402
from neuraldbg.reprs import Reprs  # noqa: E402
from neuraldbg.steps import Event, Outcome  # noqa: E402
from neuraldbg.tracing import drive, run_traced  # noqa: E402

sys.path.remove(_ROOT)

_SUSPENDS_ASYNC = 0x80 | 0x200
_exit = os._exit
_BACKSTOP_SECONDS = 60  # of processor time beyond the limit, should the recorder itself be killed


class _Recording:
    """The trace on its way out, and what is worth a note."""

    def __init__(self, path: str) -> None:
        self.writer = StepWriter(path)
        self.notes: list[str] = []
        self.tracer: Tracer | None = None
        self._ballast = bytearray(1 << 20)  # so that there is memory left to say that there is none

    def add(
        self, event: Event, line: int, function: str, depth: int, locals: dict[str, str], value: str | None
    ) -> None:
        try:
            self.writer.add(event, line, function, depth, locals, value)
        except OSError as error:
            if not is_out_of_memory(error):
                self.note(f"steps cannot be stored: {error.strerror}")
            self.end_now(Outcome.MEMORY_LIMIT if is_out_of_memory(error) else Outcome.STOPPED)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def finish(self, outcome: Outcome) -> None:
        self.writer.finish(outcome, "; ".join(self.notes))

    def end_now(self, outcome: Outcome) -> None:
        """A limit is reached: the process ends, and with it the program, whatever it catches."""
        self._ballast.clear()
        self.finish(outcome)
        _exit(0)

    def forked(self) -> None:
        """In a process that the program has forked, which is not traced."""
        self.writer.closed = True
        if self.tracer is not None:
            self.tracer.abandon()


def _main(job_path: str) -> None:
    with open(job_path, encoding="utf-8") as file:
        job = json.load(file)
    source, filename, limits = job["source"], job["filename"], job["limits"]
    code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
    entry = code
    if job["entry"] is not None:
        name, line = job["entry"]
        entry = next(c for c in nested_codes(code) if c.co_qualname == name and c.co_firstlineno == line)
    if entry.co_flags & _SUSPENDS_ASYNC:
        import asyncio  # noqa: F401  # ours to run it with; the program may have a module of this name
    visible = {(name, line): tuple(names) for name, line, names in job["visible"]}
    recording = _Recording(job["steps"])
    tracer = recording.tracer = Tracer(
        code,
        entry,
        source,
        recording.add,
        lambda c: visible[c.co_qualname, c.co_firstlineno],
        limits["steps"],
        Reprs(limits["max_repr"], limits["repr_seconds"]),
        recording.end_now,
    )
    _watch_threads(recording)
    _watch_hooks(recording)
    os.register_at_fork(after_in_child=recording.forked)
    module = _prepare(job)
    _limit(limits["memory_mb"], limits["seconds"])
    os.write(job["announce"], b"!")
    os.close(job["announce"])
    _run(recording, tracer, module, code, job["call"])


def _run(recording: _Recording, tracer: Tracer, module: ModuleType, code: CodeType, call: str | None) -> None:
    """Runs the program and leaves as the interpreter would."""
    namespace = module.__dict__
    error: object = None
    if call is not None:
        expression = compile(call, "<call>", "eval", dont_inherit=True, optimize=0)
        try:
            exec(code, namespace)
        except BaseException as left:
            recording.note(f"the module raised {type(left).__name__} before the entry was called")
            recording.finish(outcome_of(type(left)))
            error = left
        else:
            error = run_traced(tracer, lambda: drive(eval(expression, namespace), tracer.entry))
    else:
        error = run_traced(tracer, lambda: exec(code, namespace))
    if tracer.root is None and not recording.notes and call is not None:
        recording.note("the entry was never called")
    if tracer.lost:
        recording.note("tracing was cut short by the recursion limit")
    recording.finish(tracer.outcome)
    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, BaseException):
        error.__traceback__ = _without_ours(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1)


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that a plain run would have."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(os.path.join(_ROOT, "neuraldbg")):
        traceback = traceback.tb_next
    return traceback


def _prepare(job: dict[str, Any]) -> ModuleType:
    """Makes this process look like ``python script.py`` to the program."""
    sys.dont_write_bytecode = True
    path = job["path"]
    extra: list[str] = []
    if job["pythonpath"]:
        os.environ["PYTHONPATH"] = job["pythonpath"]
        extra = [os.path.abspath(part) for part in job["pythonpath"].split(os.pathsep)]
    sys.path[:0] = [job["folder"], *extra]
    _forget_modules([job["folder"], *extra])
    sys.argv[:] = [job["filename"], *job["args"]]
    name = "__main__"
    if job["call"] is not None:
        sys.modules["__main__"] = ModuleType("__main__")
        name = os.path.splitext(os.path.basename(job["filename"]))[0]
    module = ModuleType(name)
    module.__dict__.update(__builtins__=sys.modules["builtins"], __annotations__={})
    if path is not None:
        loader = sys.modules["_frozen_importlib_external"].SourceFileLoader
        module.__dict__.update(__file__=path, __cached__=None, __loader__=loader(name, path))
    if name == "__main__":
        sys.modules[name] = module
    else:
        sys.modules.setdefault(name, module)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # so that a kill loses no whole line
    return module


def _forget_modules(folders: list[str]) -> None:
    """Takes our modules out of ``sys.modules``, and those of the standard library that the program's own hide."""
    own: set[str] = {"neuraldbg"}
    for folder in folders:
        with contextlib.suppress(OSError):
            own.update(name.partition(".")[0] for name in os.listdir(folder))
    for name in set(sys.modules) - _AT_STARTUP:
        if name.partition(".")[0] in own:
            del sys.modules[name]


def _limit(memory_mb: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    processor = int(16 * seconds) + _BACKSTOP_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 5))
    if memory_mb:
        try:
            with open("/proc/self/statm", encoding="ascii") as file:
                used = int(file.read().split()[0]) * resource.getpagesize()
        except OSError:  # not Linux
            used = 256 << 20
        size = used + (memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _watch_threads(recording: _Recording) -> None:
    import _thread

    def watched(start: Callable[..., Any]) -> Callable[..., Any]:
        def start_thread(*args: Any, **options: Any) -> Any:
            recording.note("traced the main thread only")
            return start(*args, **options)

        return start_thread

    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        start = getattr(_thread, name, None)
        if start is not None:
            setattr(_thread, name, watched(start))
            threading = sys.modules.get("threading")
            if threading is not None and hasattr(threading, f"_{name}"):
                setattr(threading, f"_{name}", getattr(_thread, name))


def _watch_hooks(recording: _Recording) -> None:
    """A trace function of the program's own would end the recording on 3.11, so it has no effect on any version."""
    setprofile = sys.setprofile
    hook: Any = None

    def settrace(function: Any, /) -> None:
        nonlocal hook
        hook = function
        recording.note("the program called sys.settrace, which has no effect while it is recorded")

    def watched_setprofile(function: Any, /) -> None:
        recording.note("the program called sys.setprofile; what its function runs is not recorded")
        setprofile(function)

    sys.settrace = settrace
    sys.gettrace = lambda: hook
    sys.setprofile = watched_setprofile


if __name__ == "__main__":
    _main(sys.argv[1])
