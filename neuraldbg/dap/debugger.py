"""A debug session over predicted steps: answers every request once, and from launch to disconnect keeps the state.

    Debugger(Peer(reader, writer), predictors).serve()

The program and its model are loaded by a launch; requests for breakpoints, then ``configurationDone``, then it moves.
At either end of the steps it stops and goes on answering: only the client ends a session.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

from neuraldbg.dap.breaking import FILTERS, Breaking
from neuraldbg.dap.lines import LineSession
from neuraldbg.dap.looking import Looking
from neuraldbg.dap.peer import Arguments, BadRequest, NotStopped, Peer
from neuraldbg.dap.protocol import BodyError, Message
from neuraldbg.dap.settings import Launch, Model, Predictors, load, read_launch
from neuraldbg.dap.state import THREAD, Deferred, request
from neuraldbg.dap.truth import Truth
from neuraldbg.dap.worker import Cancelled, Finish, Job
from neuraldbg.errors import NeuraldbgError, RunError
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Trace
from neuraldbg.timeline import StepSource

CAPABILITIES: dict[str, Any] = {
    **dict.fromkeys(
        (
            "supportsConfigurationDoneRequest",
            "supportsFunctionBreakpoints",
            "supportsConditionalBreakpoints",
            "supportsHitConditionalBreakpoints",
            "supportsEvaluateForHovers",
            "supportsStepBack",
            "supportsSetVariable",
            "supportsSetExpression",
            "supportsGotoTargetsRequest",
            "supportsCompletionsRequest",
            "supportsModulesRequest",
            "supportsRestartRequest",
            "supportsRestartFrame",
            "supportsStepInTargetsRequest",
            "supportsExceptionInfoRequest",
            "supportsExceptionFilterOptions",
            "supportsDelayedStackTraceLoading",
            "supportsLoadedSourcesRequest",
            "supportsLogPoints",
            "supportsTerminateRequest",
            "supportsDataBreakpoints",
            "supportsCancelRequest",
            "supportsBreakpointLocationsRequest",
            "supportsClipboardContext",
        ),
        True,
    ),
    "exceptionBreakpointFilters": FILTERS,
    "completionTriggerCharacters": [".", "["],
}


class Debugger(Looking, Breaking):
    """One session with one client.

    Args:
        peer: the client.
        predictors: loads models.
    """

    def __init__(self, peer: Peer, predictors: Predictors) -> None:
        super().__init__(peer, predictors)
        found = (getattr(type(self), name) for name in dir(type(self)))
        self._handlers = {handler.command: handler for handler in found if hasattr(handler, "command")}
        self._models: dict[Model, Callable[[Program], StepSource]] = {}
        self._over = False

    def serve(self) -> None:
        """Answers until the client disconnects or is gone."""
        try:
            for message in self.peer.messages():
                self.handle(message)
                if self._over:
                    return
            if self.peer.problem:
                self.peer.output(f"neuraldbg: error: {self.peer.problem}\n", "important")
                self.end(1)
        finally:
            self.worker.close()
            if self.truth is not None:
                self.truth.close()

    def handle(self, message: Message | BodyError) -> None:
        """Answers one message; never raises."""
        if isinstance(message, BodyError):
            return self.peer.output(f"neuraldbg: error: {message}\n", "important")
        if message.get("type") != "request":
            return None
        self.current, self.after = message, []
        try:
            body = self._answer(message)
        except Deferred:
            pass
        except NotStopped as error:
            return self.peer.refuse(message, str(error), "notStopped")
        except NeuraldbgError as error:
            return self.peer.refuse(message, " ".join(str(error).split("\n")))
        except Exception as error:  # a bug of ours must not end the session
            traceback.print_exc(file=sys.stderr)
            return self.peer.refuse(message, f"internal error: {type(error).__name__}: {error}")
        else:
            self.peer.respond(message, body)
        for action in self.after:
            action()
        return None

    def _answer(self, message: Message) -> Any:
        command, arguments = message.get("command"), message.get("arguments")
        handler = self._handlers.get(command) if isinstance(command, str) else None
        if handler is None:
            raise BadRequest(f"{command!r} is not supported")
        if not isinstance(arguments, dict | None):
            raise BadRequest("arguments must be an object")
        if handler.needs != "nothing" and not self.initialized:
            raise BadRequest("initialize comes first")
        if handler.needs in ("launched", "stopped") and not self.launched:
            raise BadRequest("launch a program first")
        if handler.needs == "stopped":
            if self.worker.busy:
                raise NotStopped("the program is running; pause it first")
            if not self.configured:
                raise BadRequest("configurationDone comes first")
            if self.ended:
                raise BadRequest("the session has been terminated; restart it")
        return handler(self, Arguments(arguments or {}))

    # From beginning to end

    @request("initialize", "nothing")
    def _initialize(self, arguments: Arguments) -> dict[str, Any]:
        if self.initialized:
            raise BadRequest("initialize comes once")
        for name in arguments.values:
            if name.startswith("supports") or name.endswith("StartAt1"):
                arguments.flag(name)
        arguments.text("pathFormat", "path")
        self.client, self.initialized = arguments, True
        self.worker.shows_progress = arguments.flag("supportsProgressReporting")
        return CAPABILITIES

    @request("launch", "initialized")
    def _launch(self, arguments: Arguments) -> None:
        if self.launch is not None:
            raise BadRequest("launch comes once; use restart")
        self.launch = launch = read_launch(arguments)

        def loaded() -> None:
            self.set_early()
            self.peer.event("initialized")

        self._load(launch, loaded, lambda reason: None)

    @request("attach", "initialized")
    def _attach(self, arguments: Arguments) -> None:
        raise BadRequest("there is nothing to attach to, since nothing runs; use launch")

    @request("configurationDone", "launched")
    def _configuration_done(self, arguments: Arguments) -> None:
        if self.configured:
            raise BadRequest("configurationDone comes once")
        self.configured = True
        job = self._first(self.current)
        self.after += [self._announce, lambda: self.worker.start(job)]

    def _announce(self) -> None:
        name = self.session.program.filename
        self.peer.event("process", {"name": name, "isLocalProcess": True, "startMethod": "launch"})
        self.peer.event("thread", {"reason": "started", "threadId": THREAD})
        self.speech.warn()

    @request("restart", "launched")
    def _restart(self, arguments: Arguments) -> None:
        if not self.configured:
            raise BadRequest("configurationDone comes first")
        given = arguments.object("arguments")
        launch = read_launch(given) if given.values else self.launch
        assert launch is not None
        message = self.current

        def loaded() -> None:
            self.move_breakpoints()
            self.tell_continued()
            self.worker.start(self._first(message))

        self._load(launch, loaded, lambda reason: self.tell_stop("pause", "Not restarted", reason))

    @request("terminate", "initialized")
    def _terminate(self, arguments: Arguments) -> None:
        self.worker.cancel()
        self.after.append(self.end)

    @request("disconnect", "nothing")
    def _disconnect(self, arguments: Arguments) -> None:
        self._over = True
        self.worker.close()

    @request("cancel", "initialized")
    def _cancel(self, arguments: Arguments) -> None:
        if "requestId" in arguments:
            self.worker.cancel(seq=arguments.number("requestId"))
        elif "progressId" in arguments:
            self.worker.cancel(progress=arguments.text("progressId"))
        else:
            raise BadRequest("say what to cancel: requestId or progressId")

    # Loading

    def _load(self, launch: Launch, loaded: Callable[[], object], failed: Callable[[str], object]) -> None:
        """Loads on the worker, then answers the request, then calls ``loaded`` or ``failed``."""
        message = self.current

        def work(cancelled: Cancelled) -> Finish:
            self.worker.report("loading")
            program, source, _ = load(launch, self._predictor)
            session = LineSession(program, source)
            if cancelled():
                return lambda: refuse("cancelled", "cancelled")
            return lambda: finish(session)

        def finish(session: LineSession) -> None:
            self._take(session, launch)  # before the client may ask for more
            self.peer.respond(message)
            for name in launch.unknown:
                self.peer.output(f"The launch setting {name!r} is not known to neuraldbg (docs/dap.md).\n", "important")
            loaded()

        def refuse(reason: str, code: str = "") -> None:
            if not self.launched:
                self.launch = None  # another launch may follow
            self.peer.refuse(message, reason, code)
            failed(reason)

        def dropped() -> None:
            self.peer.refuse(message, "cancelled", "cancelled")  # what comes instead tells where it stops

        def give_up(error: Exception) -> None:
            if not isinstance(error, NeuraldbgError):
                traceback.print_exception(error, file=sys.stderr)
            text = str(error) if isinstance(error, NeuraldbgError) else f"{type(error).__name__}: {error}"
            refuse(" ".join(text.split("\n")))

        seq = message.get("seq")
        self.worker.start(Job(seq if isinstance(seq, int) else 0, "Loading", work, give_up, dropped))
        raise Deferred

    def _predictor(self, model: Model) -> Callable[[Program], StepSource]:
        if model not in self._models:
            self._models[model] = self.predictors(model)
        return self._models[model]

    def _take(self, session: LineSession, launch: Launch) -> None:
        if self.truth is not None:
            self.truth.close()
            self.truth = None
        if launch.compare:
            self.truth = truth = Truth(lambda unwanted: _real_run(session.program, launch, unwanted), self._tell_truth)
            session.differs = lambda index, cancelled: truth.differs(session.timeline.steps, index, cancelled)
        if self.launched:
            session.breakpoints = self.session.breakpoints
            session.breakpoints.move_to(session.code.places)
        self.launch, self.ended = launch, False
        self.adopt_session(session)

    def _tell_truth(self, line: str) -> None:
        self.peer.output(line + "\n", "important")

    def _first(self, message: Message) -> Job:
        """Runs to the first stop."""
        session, launch = self.session, self.launch
        assert launch is not None
        if launch.no_debug:
            session.breakpoints.clear()
        if launch.stop_on_entry and not launch.no_debug:
            return self.job(message, "Predicting", session.first_line, "entry")
        return self.job(message, "Predicting", lambda cancelled: session.continue_(cancelled, launch.steps))


def _real_run(program: Program, launch: Launch, unwanted: Cancelled) -> Trace:
    limits = Limits(steps=max(launch.steps, Limits.steps), seconds=launch.seconds)
    if unwanted():
        raise RunError("it is no longer wanted")
    if launch.compare == "debugpy":
        from neuraldbg.dap.client import debug

        return debug(program, limits, cancelled=unwanted)
    return record(program, limits)
