"""What runs inside the debugged process: it describes one stop as JSON, whole, in one expression.

debugpy cuts long values (strings at 65,536 characters, containers at 60 items) and wants a request per scope. So the
client evaluates one expression, :data:`EXPRESSION`, and this module, loaded into the debugged process by a
``sitecustomize`` of ours, answers with every visible local rendered by the recorder's rules. It also sets TCP_NODELAY
on debugpy's connection (pydevd writes header and body apart, which Nagle's algorithm delays by some 40 ms each), gives
the program its standard input, runs it (debugpy's own runner would hide how it ended), and notes how it ended.

It leaves nothing of ours on ``sys.path`` or in the environment.
"""

from __future__ import annotations

import atexit
import builtins
import json
import linecache
import os
import resource
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType, ModuleType
from typing import Any

from neuraldbg._tracer import inlined_comprehensions, is_folded, nested_codes, outcome_of
from neuraldbg.reprs import Reprs
from neuraldbg.steps import Outcome, is_hidden
from neuraldbg.tracing import drive

EXPRESSION = f"__import__('sys').modules[{__name__!r}].snapshot()"

_OPTIMIZED = 0x1  # code flag: a function, not a module or class body
_SUSPENDS = 0x20 | 0x80 | 0x200  # code flags: generator, coroutine, asynchronous generator

_config: dict[str, Any] = {}
_reprs: Reprs
_debugger = ""  # the folder of pydevd, debugpy's core
_code: CodeType
_module: ModuleType
_entry: CodeType | None = None  # None where the entry is the module
_entry_frame: FrameType | None = None
_outcome = Outcome.EXITED  # until something else is known: os._exit and the like
_finished = False
_threads = False  # the program has started a thread
_inlined: dict[CodeType, tuple[tuple[int, int], ...]] = {}


class _Verbatim:
    """An object whose repr is the given text: debugpy sends it unquoted and, for the clipboard, uncut."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def install(config_path: str) -> None:
    """Prepares the debugged process; called once, from ``sitecustomize``.

    Arguments:
        config_path: JSON, as :mod:`neuraldbg.dap.client` writes it.
    """
    global _config, _reprs
    with open(config_path, encoding="utf-8") as file:
        _config = json.load(file)
    limits = _config["limits"]
    _reprs = Reprs(limits["max_repr"], limits["repr_seconds"])
    descriptor = os.open(_config["stdin"], os.O_RDONLY)
    os.dup2(descriptor, 0)
    os.close(descriptor)
    atexit.register(_write_status)
    _disable_nagle_once()


def _disable_nagle_once() -> None:
    import socket  # debugpy imports it anyway

    plain = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        del socket.socket.connect
        plain(self, address)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    socket.socket.connect = connect  # type: ignore[assignment,method-assign]


def _write_status() -> None:
    with open(_config["status"], "w", encoding="utf-8") as file:
        json.dump({"outcome": _outcome, "threads": _threads}, file)


def snapshot() -> _Verbatim:
    """The stop of this thread as JSON.

    ``frames`` counts the frames of the user's file on the stack, ``live`` has the ids of those that are traced,
    innermost first, down to the entry's. ``inside`` is False where none of them runs, but a comprehension's frame or,
    as debugpy also stops where a library's function returns, that function's; ``inlined`` is True in a comprehension
    that shares the frame around it.
    """
    running = _running_frame(sys._getframe(1))
    frames, count = _live_frames(running)
    if not frames or threading.current_thread() is not threading.main_thread():
        return _Verbatim(json.dumps({"top": 0, "frames": count, "finished": _entry_is_over([])}))
    top, live = frames[0], [f for f in frames if not is_folded(f.f_code)]
    found: dict[str, Any] = {
        "top": id(top),
        "frames": count,
        "inside": running is top and not is_folded(top.f_code),
        "inlined": _is_inlined(top),
        "finished": _entry_is_over(live),
        "line": top.f_lineno,
        "threads": _threads,
        "function": top.f_code.co_qualname,
        "live": [id(f) for f in live],
    }
    if found["inside"]:
        names = top.f_locals
        found["locals"] = {name: _reprs.text(names[name]) for name in _visible(top.f_code, names)}
        raised = _raised(sys._getframe(1), names)
        if raised is not None:
            found["exception"] = _reprs.text(raised)
    return _Verbatim(json.dumps(found))


def _running_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the program: below those of the debugger and of the expression it evaluates."""
    while frame is not None and frame.f_code.co_filename.startswith((_debugger, "<string>")):
        frame = frame.f_back
    return frame


def _raised(frame: FrameType | None, names: Any) -> object:
    """The exception that debugpy stops at, None elsewhere.

    pydevd puts it among the locals; inside an inlined comprehension of 3.12 they are a copy and it is lost, so there
    it is taken from the call that waits.
    """
    found = names.get("__exception__")
    while found is None and frame is not None and frame.f_code.co_filename.startswith((_debugger, "<string>")):
        if frame.f_code.co_name == "do_wait_suspend" and frame.f_locals.get("event") == "exception":
            found = frame.f_locals.get("arg")
        frame = frame.f_back
    return found[1] if isinstance(found, tuple) and len(found) == 3 else None


def _live_frames(frame: FrameType | None) -> tuple[list[FrameType], int]:
    """Frames of the user's file, innermost first, down to the entry's frame; and how many there are on the stack."""
    global _entry_frame
    frames = []
    while frame is not None:
        if frame.f_code.co_filename == _config["script"]:
            frames.append(frame)
        frame = frame.f_back
    if _entry is None:
        return frames, len(frames)
    if _entry_frame is None:  # not entered before: the outermost activation of the entry function is the entry's
        _entry_frame = next((f for f in reversed(frames) if f.f_code is _entry), None)
        if _entry_frame is None:
            return [], len(frames)
    below = frames.index(_entry_frame) + 1 if _entry_frame in frames else len(frames)
    return frames[:below], len(frames)


def _entry_is_over(live: list[FrameType]) -> bool:
    if _finished or _entry is None or _entry_frame is None or _entry.co_flags & _SUSPENDS:
        return _finished
    return _entry_frame not in live


def _is_inlined(frame: FrameType) -> bool:
    """True inside a comprehension that has no frame of its own (3.12 and later)."""
    if frame.f_code not in _inlined:
        _inlined[frame.f_code] = inlined_comprehensions(frame.f_code)
    return any(first <= frame.f_lasti < end for first, end in _inlined[frame.f_code])


def _visible(code: CodeType, names: Any) -> list[str]:
    if not is_namespace(code):
        return [n for n in names if not is_hidden(n)]
    bound = set(names)
    return [n for n in _config["visible"].get(code_key(code), ()) if n in bound]


def is_namespace(code: CodeType) -> bool:
    """True for the code of a module or a class body."""
    return not code.co_flags & _OPTIMIZED


def code_key(code: CodeType) -> str:
    """Names a code object of the file in the configuration."""
    return f"{code.co_firstlineno}:{code.co_qualname}"


def load() -> None:
    """Makes the user's module; for a function entry, executes its body too and finds the entry function's code.

    Leaves as a plain run of the file would if the body raises.
    """
    global _entry, _module, _code, _debugger
    _debugger = os.path.dirname(os.path.dirname(sys.modules["_pydevd_bundle.pydevd_vars"].__file__ or "")) + os.sep
    script, at_module = _config["script"], _config["call"] is None
    name = "__main__" if at_module else _config["stem"]
    _module = sys.modules[name] = ModuleType(name)
    _module.__dict__.update(__builtins__=builtins, __annotations__={}, __file__=script, __cached__=None)
    sys.argv = [script, *_config["args"]]
    sys.path[0] = os.path.dirname(script)
    _code = compile(_config["source"], script, "exec", dont_inherit=True, optimize=0)
    linecache.cache[script] = (len(_config["source"]), None, _config["source"].splitlines(True), script)
    _limit_memory()
    _leave_threads_alone()
    if not at_module:
        _leave_as_python_does(lambda: exec(_code, _module.__dict__))
        _entry = next(code for code in nested_codes(_code) if code_key(code) == _config["entry"])


def _leave_threads_alone() -> None:
    """Lets the program's threads run untraced: debugpy cannot resume one without all, main thread included."""
    plain = threading.Thread.start

    def start(self: threading.Thread) -> None:
        global _threads
        if not getattr(self, "is_pydev_daemon_thread", False):
            _threads = True
            # pydevd's own switches: the first is obeyed under sys.settrace, the second under sys.monitoring.
            vars(self).update(pydev_do_not_trace=True, is_pydev_daemon_thread=True)
        plain(self)

    threading.Thread.start = start  # type: ignore[method-assign]


def _limit_memory() -> None:
    megabytes = _config["limits"]["memory_mb"]
    if megabytes:
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (megabytes << 20),) * 2)


def run() -> None:
    """Executes the file, or evaluates the call: a generator is iterated to its end, a coroutine run by asyncio."""
    global _finished, _outcome
    try:
        _leave_as_python_does(_call if _entry is not None else lambda: exec(_code, _module.__dict__))
        _outcome = Outcome.RETURNED
    finally:
        _finished = True


def _call() -> None:
    assert _entry is not None
    drive(eval(compile(_config["call"], "<call>", "eval", dont_inherit=True), _module.__dict__), _entry)


def _leave_as_python_does(function: Callable[[], object]) -> None:
    """Calls; an exception is noted and ends the process, with a traceback that starts in the user's file."""
    global _outcome
    try:
        function()
    except SystemExit:
        _outcome = Outcome.EXITED
        raise
    except BaseException as error:
        _outcome = outcome_of(type(error))
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_frame.f_code.co_filename != _config["script"]:
            traceback = traceback.tb_next
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        raise SystemExit(1) from None
