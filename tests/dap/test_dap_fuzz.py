"""Any sequence of requests: each is answered once, by messages of the protocol, and the adapter lives."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuraldbg.dap.debugger import Debugger
from neuraldbg.dap.protocol import Message
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Trace
from tests.corpus import CORPUS
from tests.dap.support import Local, Steps, check_message

SCRIPT = CORPUS / "exception_nested.py"
COMMANDS = sorted(
    {h.command for h in (getattr(Debugger, n) for n in dir(Debugger)) if hasattr(h, "command")} - {"disconnect"}
)
MOVES = ("continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "pause", "stackTrace", "restart")
SOURCE = {"path": str(SCRIPT)}
_JUNK = st.sampled_from(
    [None, True, -1, 0, 1, 3, 10**20, 1.5, "", "n", "1", "a.b[0]", "\ud800", [], [1], {}, {"a": 1}, [{}]]
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "source": st.just(SOURCE),
    "breakpoints": st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "line": st.integers(-1, 20),
                "name": st.sampled_from(["parse", "nope"]),
                "dataId": st.sampled_from(['["parse", "text"]', "x", "[1]"]),
                "condition": st.sampled_from(["True", "n >", "x > 1"]),
                "hitCondition": st.sampled_from(["2", "% 0", "many"]),
                "logMessage": st.just("{text} {"),
            },
        ),
        max_size=3,
    ),
    "filters": st.lists(st.sampled_from(["raised", "uncaught", "psychic"]), max_size=2),
    "frameId": st.integers(-1, 30),
    "threadId": st.just(1),
    "variablesReference": st.integers(-1, 12),
    "expression": st.sampled_from(["text", "text + 1", "(", "x = 1", "parse('1')", "10**10**10"]),
    "context": st.sampled_from(["repl", "hover", "watch", "clipboard"]),
    "name": st.sampled_from(["text", "error", "nope", "0"]),
    "value": st.sampled_from(["1", "'a'", "(", "nope"]),
    "line": st.integers(-1, 25),
    "column": st.integers(-3, 9),
    "text": st.sampled_from(["te", "text[", "a.b", "🎉n"]),
    "targetId": st.integers(0, 4),
    "requestId": st.integers(0, 40),
    "startFrame": st.integers(-2, 5),
    "levels": st.integers(-2, 5),
    "start": st.integers(-2, 200),
    "count": st.integers(-2, 200),
    "program": st.just(str(SCRIPT)),
    "stopOnEntry": st.booleans(),
    "noDebug": st.sampled_from([False, False, True]),
    "linesStartAt1": st.booleans(),
}
ARGUMENTS = st.fixed_dictionaries({}, optional={k: v | _JUNK if k != "program" else v for k, v in _VALUES.items()})
REQUEST = st.tuples(st.sampled_from(COMMANDS) | st.sampled_from(MOVES) | st.just("nonsense"), ARGUMENTS | _JUNK)


class Slow(Steps):
    """Takes a moment for each step, so that requests come while it works."""

    def next_step(self, history: Any, cancelled: Any = None) -> Any:
        time.sleep(0.0005)
        return super().next_step(history, cancelled)


@cache
def truth() -> Trace:
    return record(Program.load(str(SCRIPT)))


def begin(client: Local) -> None:
    client.connection.send("initialize", {"adapterID": "x", "supportsProgressReporting": True})
    client.connection.send("launch", {"program": str(SCRIPT), "stopOnEntry": True})
    client.event("initialized")
    client.connection.send("configurationDone")
    client.event("stopped")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.lists(REQUEST, max_size=25))
def test_any_sequence_is_answered_one_to_one(proper: bool, requests: list[tuple[str, Any]]) -> None:
    answered: list[Message] = []
    with Local(lambda model: lambda program: Slow(truth())) as client:
        keep(client, answered)
        if proper:
            begin(client)
        for command, arguments in requests:
            send(client, command, arguments)
        last = send(client, "nonsense", {})
        deadline = time.monotonic() + 60
        while len(answered) < last and time.monotonic() < deadline:
            time.sleep(0.005)
        assert sorted(m["request_seq"] for m in answered) == list(range(1, last + 1))
        assert not [m for m in answered if "internal error" in str(m.get("message"))]
        send(client, "disconnect", {})
        client.thread.join(60)
        assert not client.thread.is_alive()


def keep(client: Local, answered: list[Message]) -> None:
    """Collects the responses as they come."""

    def raw(message: Message) -> None:
        check_message(message)
        if message["type"] == "response":
            answered.append(message)

    client.raw = raw  # type: ignore[method-assign]


def send(client: Local, command: str, arguments: Any) -> int:
    """Sends a request whose arguments need not be an object; returns its number."""
    connection = client.connection
    connection._sent = (
        (lambda message: message.update(arguments=arguments)) if not isinstance(arguments, dict) else None
    )
    return connection.send(command, arguments if isinstance(arguments, dict) else {})
