"""Where a tracer's events come from: ``sys.settrace`` (Python 3.11) or ``sys.monitoring`` (3.12 and later).

Both report to a :class:`neuraldbg._tracer.Tracer` and are used by :func:`neuraldbg.tracing.run_traced` alone. Their
differences end here: settrace tells a return from an unwinding only by the instruction, and forgets
its function when that raises; monitoring fires no line event for a loop on one line, knows of all threads, and runs
comprehensions in the frame around them.
"""

from __future__ import annotations

import _thread
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from opcode import opmap
from types import CodeType, FrameType, MethodType
from typing import Any

from neuraldbg._tracer import Activation, Tracer
from neuraldbg.steps import Event, Outcome

_settrace, _gettrace, _setprofile, _getprofile = sys.settrace, sys.gettrace, sys.setprofile, sys.getprofile
_RETURN_VALUE, _YIELD_VALUE = opmap["RETURN_VALUE"], opmap["YIELD_VALUE"]
# CPython 3.11 raises SystemError when there is no memory for a Python frame.
_EXHAUSTED = (MemoryError, SystemError)
_GENERATOR = 0x20 | 0x80 | 0x200


class Stopped(BaseException):
    """Raised into the program when a limit ends its trace in process; not an Exception, so that few swallow it."""


class _Settrace:
    """Events from ``sys.settrace``."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.infos = tracer.infos
        self.before: Any = None
        self.happened = self.local()

    def start(self) -> None:
        self.before = _gettrace()
        _settrace(self.entered)

    def end(self) -> None:
        if not self.tracer.done and _gettrace() != self.entered:
            self.tracer.lost = True
        _settrace(self.before)

    def entered(self, frame: FrameType, event: str, arg: object) -> Any:
        """The global trace function: a frame of any file starts or goes on."""
        tracer = self.tracer
        if tracer.over:
            return None
        if tracer.stopping:
            _interrupt(Stopped)
        info = self.infos.get(id(frame.f_code))
        if info is None or event != "call":
            return None
        try:
            act = tracer.enter(info, frame)
        except _EXHAUSTED:
            tracer.limit(Outcome.MEMORY_LIMIT)
            return None
        except BaseException:
            self.rearm(None)
            raise
        return None if act is None else MethodType(self.happened, act)

    def local(self) -> Callable[[Activation, FrameType, str, Any], None]:
        """The local trace function of traced frames; a closure, as it runs at every step."""
        tracer, stop, line_event = self.tracer, self.tracer.stop, Event.LINE

        def happened(act: Activation, frame: FrameType, event: str, arg: Any) -> None:
            try:
                if tracer.stopping:
                    _interrupt(Stopped)
                elif event == "line":
                    line = frame.f_lineno
                    if act.raised_line == line:
                        act.raised = act.raised_line = -1
                    stop(act, frame, line_event, line)
                    return
                if event == "return":
                    self.left(act, frame, arg)
                elif event == "exception":
                    tracer.raised(act, frame, arg[1], arg[2])
            except _EXHAUSTED:
                tracer.limit(Outcome.MEMORY_LIMIT)
            except BaseException:
                self.rearm(frame)
                raise

        return happened

    def left(self, act: Activation, frame: FrameType, value: object) -> None:
        """A return, a yield, or an exception leaving: settrace calls all of them return, the last with None.

        A yield that an exception is thrown into has that instruction as its last one too, until it runs again.
        """
        last = frame.f_lasti
        op = act.info.ops[last]
        suspended = op == _YIELD_VALUE
        returned = value is not None or op == _RETURN_VALUE or (suspended and act.raised != last)
        self.tracer.leave(act, returned, returned and suspended, value)
        if self.tracer.done:
            _settrace(None)

    def rearm(self, frame: FrameType | None) -> None:
        """Before an exception leaves a trace function, which ends tracing: has it start again at the next call or
        return. ``frame`` also loses its local trace function."""
        before = _getprofile()
        local = None if frame is None else frame.f_trace

        def again(current: FrameType, event: str, arg: Any) -> None:
            _setprofile(before)
            _settrace(self.entered)
            if frame is not None:
                frame.f_trace = local
            stack = self.tracer.stack
            if event == "return" and stack and stack[-1].frame is current:
                self.happened(stack[-1], current, event, arg)

        _setprofile(again)


def _interrupt(error: type[BaseException]) -> None:
    """Has this thread raise ``error`` at its next jump back or call.

    Raising from a trace function would end tracing, and with it the hold on a program that catches everything.
    """
    import ctypes

    thread = ctypes.c_ulong(_thread.get_ident())
    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(error))


def settle() -> None:
    """Lets an interruption that is on its way arrive: a call is where it does."""


if sys.version_info >= (3, 12):
    _monitoring = sys.monitoring
    _events = _monitoring.events
    _LOCAL = _events.PY_START | _events.PY_RESUME | _events.PY_RETURN | _events.PY_YIELD | _events.LINE | _events.JUMP
    _GLOBAL = _events.PY_THROW | _events.PY_UNWIND | _events.RAISE

    class _Monitoring:
        """Events from ``sys.monitoring``."""

        def __init__(self, tracer: Tracer) -> None:
            self.tracer = tracer
            self.thread = _thread.get_ident()
            self.tool = next(tool for tool in (3, 4, 5, 2, 1, 0) if _monitoring.get_tool(tool) is None)

        def start(self) -> None:
            tool = self.tool
            _monitoring.use_tool_id(tool, "neuraldbg")
            for name, callback in self.callbacks().items():
                _monitoring.register_callback(tool, getattr(_events, name), callback)
            for info in self.tracer.infos.values():
                _monitoring.set_local_events(tool, info.code, _LOCAL)
            _monitoring.set_events(tool, _GLOBAL)

        def end(self) -> None:
            _monitoring.set_events(self.tool, 0)
            for info in self.tracer.infos.values():
                _monitoring.set_local_events(self.tool, info.code, 0)
            for name in self.callbacks():
                _monitoring.register_callback(self.tool, getattr(_events, name), None)
            _monitoring.free_tool_id(self.tool)

        def callbacks(self) -> dict[str, Callable[..., object]]:
            return {
                "PY_START": self.entered,
                "PY_RESUME": self.entered,
                "PY_THROW": self.entered,
                "PY_RETURN": self.returned,
                "PY_YIELD": self.yielded,
                "PY_UNWIND": self.unwound,
                "RAISE": self.raised,
                "LINE": self.line,
                "JUMP": self.jumped,
            }

        def live(self, frame: FrameType) -> Activation | None:
            """The activation of the running frame; None for frames that are not traced, such as other threads'."""
            stack = self.tracer.stack
            if stack and stack[-1].frame is frame:
                return stack[-1]
            return None

        def entered(self, code: CodeType, *event: object) -> None:
            info = self.tracer.infos.get(id(code))
            if info is None or _thread.get_ident() != self.thread:
                return
            if self.tracer.stopping:
                raise Stopped
            frame = sys._getframe(1)
            try:
                act = self.tracer.enter(info, frame)
            except _EXHAUSTED:
                self.tracer.limit(Outcome.MEMORY_LIMIT)
                return
            if act is not None and code.co_flags & _GENERATOR:
                frame.f_trace = act

        def line(self, code: CodeType, line: int) -> None:
            """A line starts. 3.12 also says so when a call within it has returned, and for inlined comprehensions."""
            frame = sys._getframe(1)
            stack = self.tracer.stack
            if not stack or (act := stack[-1]).frame is not frame:
                return
            if self.tracer.stopping:
                raise Stopped
            if line == act.line and not act.fresh:
                return
            if act.info.inlined:
                last = frame.f_lasti
                if any(first <= last < end for first, end in act.info.inlined):
                    return
            self.stop(act, frame, line)

        def stop(self, act: Activation, frame: FrameType, line: int) -> None:
            act.fresh = False
            try:
                self.tracer.stop(act, frame, Event.LINE, line)
            except _EXHAUSTED:
                self.tracer.limit(Outcome.MEMORY_LIMIT)

        def jumped(self, code: CodeType, source: int, target: int) -> object:
            """A loop on one line: 3.11 has a line event whenever it jumps back."""
            info = self.tracer.infos[id(code)]
            if target > source or any(first <= target < end for first, end in info.inlined):
                return _monitoring.DISABLE
            frame = sys._getframe(1)
            line = frame.f_lineno
            if info.line_at(target) != line:
                return _monitoring.DISABLE  # the target has a line event of its own
            act = self.live(frame)
            if act is not None and act.line == line:
                if self.tracer.stopping:
                    raise Stopped
                self.stop(act, frame, line)
            return None

        def returned(self, code: CodeType, offset: int, value: object) -> None:
            if (act := self.live(sys._getframe(1))) is not None:
                self.leave(act, True, False, value)

        def yielded(self, code: CodeType, offset: int, value: object) -> None:
            if (act := self.live(sys._getframe(1))) is not None:
                self.leave(act, True, True, value)

        def unwound(self, code: CodeType, offset: int, error: BaseException) -> None:
            if (act := self.live(sys._getframe(1))) is not None:
                act.error = type(error)
                self.leave(act, False, False, None)

        def leave(self, act: Activation, returned: bool, suspended: bool, value: object) -> None:
            try:
                self.tracer.leave(act, returned, suspended, value)
            except _EXHAUSTED:
                self.tracer.limit(Outcome.MEMORY_LIMIT)

        def raised(self, code: CodeType, offset: int, error: BaseException) -> None:
            if id(code) not in self.tracer.infos:
                return
            frame = sys._getframe(1)
            if (act := self.live(frame)) is not None:
                try:
                    self.tracer.raised(act, frame, error, error.__traceback__)
                except _EXHAUSTED:
                    self.tracer.limit(Outcome.MEMORY_LIMIT)

    _Backend: type[Any] = _Monitoring
else:
    _Backend = _Settrace


@contextmanager
def events(tracer: Tracer) -> Iterator[None]:
    """While the block runs, the tracer is told what the interpreter does."""
    backend = _Backend(tracer)
    backend.start()
    try:
        yield
    finally:
        backend.end()
