"""Requests that move: stepping and running both ways, goto, pause; and what the client is told where that ends."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

from neuraldbg.breakpoints import UNCAUGHT, BreakpointKind
from neuraldbg.dap.callees import Callee, callees_on
from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.dap.protocol import Message
from neuraldbg.dap.state import THREAD, State, request
from neuraldbg.dap.views import doubt
from neuraldbg.dap.worker import Cancelled, Finish, Job
from neuraldbg.errors import NeuraldbgError
from neuraldbg.printed import exception_text, raised_at
from neuraldbg.session import Stop, StopReason
from neuraldbg.steps import Event

Verb = Callable[[Cancelled], StopReason]

_UNEXPECTED = ("goto", "restartFrame", "neuraldbg/adopt")  # do not imply, in the protocol, that execution continues
_MOST_VISITS = 20  # targets of a goto
_MOST_NAMES = 3  # values that tell them apart
_LONGEST = 60  # characters of a value in a line of text
_REASONS = {
    BreakpointKind.LINE: "breakpoint",
    BreakpointKind.FUNCTION: "function breakpoint",
    BreakpointKind.EXCEPTION: "exception",
    BreakpointKind.CHANGE: "data breakpoint",
}


class Motion(State):
    """Moves the cursor, on the worker's thread."""

    _targets: dict[int, tuple[int | None, int]]  # number of the step, None: run on; line
    _callees: dict[int, Callee]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._targets, self._callees = {}, {}

    # Forwards

    @request("continue")
    def _continue(self, arguments: Arguments) -> dict[str, Any]:
        budget = self._budget()
        self.go("Predicting", lambda cancelled: self.session.continue_(cancelled, budget))
        return {"allThreadsContinued": True}

    @request("next")
    def _next(self, arguments: Arguments) -> None:
        self.go("Stepping", lambda cancelled: self.session.next_line(cancelled, self._budget()))

    @request("stepIn")
    def _step_in(self, arguments: Arguments) -> None:
        if "targetId" not in arguments:
            return self.go("Stepping", lambda cancelled: self.session.line_into(cancelled, self._budget()))
        target = arguments.number("targetId")
        if target not in self._callees:
            raise BadRequest(f"there is no target {target}; ask for stepInTargets first")
        names = self._callees[target].functions
        return self.go("Stepping", lambda cancelled: self.session.line_into_call(names, cancelled, self._budget()))

    @request("stepInTargets")
    def _step_in_targets(self, arguments: Arguments) -> dict[str, Any]:
        index, session = self.frame(arguments), self.session
        inner = index == session.shown()[0].index
        found = callees_on(session.program, session.timeline.steps[index].line) if inner else ()
        self._callees = dict(enumerate(found, 1))
        return {"targets": [{"id": id, "label": callee.text} for id, callee in self._callees.items()]}

    @request("stepOut")
    def _step_out(self, arguments: Arguments) -> None:
        self.go("Stepping", lambda cancelled: self.session.line_out(cancelled, self._budget()))

    @request("pause", "launched")
    def _pause(self, arguments: Arguments) -> None:
        if not self.configured:
            raise BadRequest("nothing runs yet")
        if not self.worker.cancel():
            self.after.append(lambda: self.tell_stop("pause"))

    # Backwards

    @request("stepBack")
    def _step_back(self, arguments: Arguments) -> None:
        self.go("Stepping back", lambda cancelled: self.session.line_back())

    @request("reverseContinue")
    def _reverse_continue(self, arguments: Arguments) -> None:
        self.go("Going back", lambda cancelled: self.session.continue_back())

    # To a place

    @request("restartFrame")
    def _restart_frame(self, arguments: Arguments) -> None:
        index = self.session.first_stop(self.frame(arguments))

        def verb(cancelled: Cancelled) -> StopReason:
            self.session.goto(index)
            return StopReason.STEP

        self.go("Going back", verb, "restart")

    @request("gotoTargets")
    def _goto_targets(self, arguments: Arguments) -> dict[str, Any]:
        if not self.is_program(arguments.object("source")):
            raise BadRequest("only lines of the predicted program can be gone to")
        wanted = self.line_in(arguments.number("line"))
        line = min((n for n in self.session.breakable if n >= wanted), default=None)
        self._targets = {}
        if line is None:
            return {"targets": []}
        steps, cursor = self.session.timeline.steps, self.session.cursor
        visits = [i for i, step in enumerate(steps) if step.event is Event.LINE and step.line == line]
        near = sorted(sorted(visits, key=lambda i: abs(i - cursor))[:_MOST_VISITS])
        number = {index: n for n, index in enumerate(visits, 1)}
        told = self._telling(near)
        rows: list[tuple[str, int | None]] = [
            (f"visit {number[i]} of {len(visits)}{told[i]} (step {i})", i) for i in near if i != cursor
        ]
        if not self.session.complete:
            rows.append((f"run on to line {self.line_out(line)}", None))
        self._targets = {id: (index, line) for id, (_, index) in enumerate(rows, 1)}
        shown = self.line_out(line)
        return {"targets": [{"id": id, "label": label, "line": shown} for id, (label, _) in enumerate(rows, 1)]}

    def _telling(self, visits: list[int]) -> dict[int, str]:
        """Of each visit, values of names that are not the same in all of them."""
        steps = self.session.timeline.steps
        names = dict.fromkeys(name for i in visits for name in steps[i].locals)
        counts = {name: len({steps[i].locals.get(name) for i in visits}) for name in names}
        differ = sorted((n for n in names if counts[n] > 1), key=lambda n: -counts[n])
        shown = {i: [f"{n}={_shown(steps[i].locals[n])}" for n in differ if n in steps[i].locals] for i in visits}
        return {i: f": {', '.join(rows[:_MOST_NAMES])}" if rows else "" for i, rows in shown.items()}

    @request("goto")
    def _goto(self, arguments: Arguments) -> None:
        id = arguments.number("targetId")
        if id not in self._targets:
            raise BadRequest(f"there is no target {id}; ask for gotoTargets first")
        (index, line), budget = self._targets[id], self._budget()

        def verb(cancelled: Cancelled) -> StopReason:
            if index is None:
                self.session.goto(len(self.session.timeline) - 1)
                return self.session.line_again(line, cancelled, budget)
            self.session.goto(index)
            return StopReason.LINE

        self.go("Going to a line", verb)

    # How all of them go

    def _budget(self) -> int:
        assert self.launch is not None
        return self.launch.steps

    def go(self, title: str, verb: Verb, asked: str = "step") -> None:
        """Runs a verb once the request has been answered, and tells where it stopped."""
        job = self.job(self.current, title, verb, asked)
        if self.current.get("command") in _UNEXPECTED:
            self.after.append(self.tell_continued)
        self.after.append(lambda: self.worker.start(job))

    def job(self, message: Message, title: str, verb: Verb, asked: str = "step") -> Job:
        """A job that moves, for a request."""
        seq = message.get("seq")
        return Job(seq if isinstance(seq, int) else 0, title, self._work(verb, asked), self.tell_failure)

    def _work(self, verb: Verb, asked: str) -> Callable[[Cancelled], Finish]:
        def work(cancelled: Cancelled) -> Finish:
            session, speech = self.session, self.speech
            speech.begin()

            def seen() -> None:
                speech.follow()
                self.worker.report(f"{len(session.timeline):,} steps")

            session.seen, session.differed = seen, False
            try:
                reason = verb(cancelled)
            finally:
                session.seen = None
            stop = session.stop
            return lambda: self._tell(reason, stop, asked)

        return work

    def tell_continued(self) -> None:
        """The stop is over; a client that did not expect this would take the next stop for that of another thread."""
        self.peer.event("continued", {"threadId": THREAD, "allThreadsContinued": True})

    def tell_failure(self, error: Exception) -> None:
        """The source could not go on: says why, and stops where the steps end."""
        if not isinstance(error, NeuraldbgError):
            traceback.print_exception(error, file=sys.stderr)
        text = str(error) if isinstance(error, NeuraldbgError) else f"{type(error).__name__}: {error}"
        self.peer.output(f"neuraldbg: error: {text}\n", "stderr")
        self.tell_stop("pause", "The next step could not be made", text)

    def _tell(self, reason: StopReason, stop: Stop, asked: str) -> None:
        session = self.session
        if self.launch is not None and self.launch.no_debug:
            return self._tell_end(reason)
        kinds = {hit.id: self._kind(hit.id) for hit in stop.hits}
        ids = list(kinds)
        if session.differed or (reason is StopReason.END and self._misses_real_steps()):
            self._tell_divergence()
        elif BreakpointKind.EXCEPTION in kinds.values():
            self._tell_exception(ids)
        elif stop.hits:
            kind = next(kind for kind in (*_REASONS, None) if kind in kinds.values())
            word = _REASONS[kind] if kind is not None else "breakpoint"
            sure = min((hit.confidence for hit in stop.hits if hit.confidence is not None), default=None)
            text = self._change(ids) if kind is BreakpointKind.CHANGE else ""
            self.tell_stop(word, f"Paused on {word}{doubt(sure)}", text, ids)
        elif stop.failures:
            ids = [failure.id for failure in stop.failures]
            self.tell_stop("breakpoint", "A condition could not be told", stop.failures[0].reason, ids)
        elif reason is StopReason.END:
            self.tell_stop("end", f"End of the {self._what()}", "Step back or go back from here, or stop.")
        elif reason is StopReason.START:
            self.tell_stop("start", f"Beginning of the {self._what()}")
        elif reason is StopReason.BUDGET:
            self.tell_stop("pause", f"{self._budget():,} more steps predicted", "Continue goes on.")
        elif reason is StopReason.CANCELLED:
            self.tell_stop("pause")
        else:
            self.tell_stop("goto" if reason is StopReason.LINE else asked)

    def _what(self) -> str:
        return "prediction" if self.views.word == "predicted" else "trace"

    def _kind(self, id: int) -> BreakpointKind | None:
        """What kind of breakpoint was met; None if it has been removed meanwhile."""
        return next((b.kind for b in self.session.breakpoints if b.id == id), None)

    def _change(self, ids: list[int]) -> str:
        """What the variables of data breakpoints were and are."""
        session, rows = self.session, []
        for name in dict.fromkeys(
            b.name for b in session.breakpoints if b.id in ids and b.kind is BreakpointKind.CHANGE
        ):
            now, before = (
                session.timeline.steps[session.cursor].locals.get(name),
                session.timeline.previous[session.cursor],
            )
            old = session.timeline.steps[before].locals.get(name) if before >= 0 else None
            rows.append(f"{name}: {_shown(old)} → {_shown(now)}")
        return "; ".join(rows)

    def _tell_exception(self, ids: list[int]) -> None:
        session = self.session
        uncaught = [b.id for b in session.breakpoints if b.id in ids and b.mode == UNCAUGHT]
        if uncaught:  # what matters is where it was raised
            session.goto(raised_at(session.timeline, session.cursor))
        step = session.current
        text = exception_text(step.value) if step is not None else ""
        sure = step.confidence.value if step is not None and step.confidence is not None else None
        self.tell_stop("exception", f"{self.views.word.capitalize()} exception", text + doubt(sure), ids)

    def _misses_real_steps(self) -> bool:
        return self.truth is not None and self.truth.ends_early(self.session.timeline.steps)

    def _tell_divergence(self) -> None:
        session, truth = self.session, self.truth
        assert truth is not None
        steps = session.timeline.steps
        text = truth.told(steps, session.cursor if session.differed else len(steps))
        line = session.timeline.steps[session.cursor].line
        where = {"source": self.source, "line": self.line_out(line)}
        self.peer.output(f"The real run differs from step {session.cursor} on. {text}\n", "important", **where)
        self.tell_stop("divergence", "The real run differs here", text)

    def _tell_end(self, reason: StopReason) -> None:
        if reason is StopReason.BUDGET:
            self.peer.output(f"Ended after {self._budget():,} steps; the launch setting steps allows more.\n", "stderr")
        self.end(int(bool(self.session.timeline.steps) and self.session.timeline.steps[-1].event is Event.EXCEPTION))

    def end(self, code: int = 0) -> None:
        """Tells, once, that the debuggee is gone."""
        if not self.ended:
            self.ended = True
            self.peer.event("exited", {"exitCode": code})
            self.peer.event("terminated", {})

    def tell_stop(self, reason: str, description: str = "", text: str = "", ids: list[int] | None = None) -> None:
        """Sends the ``stopped`` event; references to variables of earlier stops no longer hold."""
        if self.ended:
            return
        self.views.reset()
        self._targets, self._callees = {}, {}
        body: dict[str, Any] = {"reason": reason, "threadId": THREAD, "allThreadsStopped": True}
        if description:
            body["description"] = description
        if text:
            body["text"] = text
        if ids:
            body["hitBreakpointIds"] = ids
        self.peer.event("stopped", body)


def _shown(value: str | None) -> str:
    if value is None:
        return "nothing"
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
