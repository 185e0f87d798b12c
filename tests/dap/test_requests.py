"""Requests that editors make beside stepping, and what the user reads in the answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.dap.callees import callees_on
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Event, Step
from tests.dap.support import SECONDS, Local, Steps

CALLS = """\
def double(x):
    return 2 * x


class Box:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


def add(a, b):
    total = a + b
    return total


later = lambda: double(0)
y = add(double(1), Box(double(2)).get())
y = 0
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "calls.py"
    path.write_text(CALLS, encoding="utf-8")
    return path


def at(script: Path, *lines: int) -> dict[str, Any]:
    breakpoints = [{"line": line} for line in lines]
    return {"setBreakpoints": {"source": {"path": str(script)}, "breakpoints": breakpoints}}


def response(client: Local, command: str, **arguments: Any) -> dict[str, Any]:
    """The whole response, also where it is a refusal."""
    found: list[dict[str, Any]] = []
    raw = client.raw

    def seen(message: dict[str, Any]) -> None:
        found.append(message)
        raw(message)

    client.raw = seen  # type: ignore[method-assign]
    seq = client.connection.send(command, arguments, wanted=False)
    client.request("threads")
    client.raw = raw  # type: ignore[method-assign]
    return next(m for m in found if m.get("request_seq") == seq)


# -- step into a target ---------------------------------------------------------------------------------------------


def test_calls_on_a_line_are_told_in_their_order(script: Path) -> None:
    program = Program.load(str(script))
    assert [(c.text, sorted(c.functions)) for c in callees_on(program, 19)] == [
        ("double(1)", ["double"]),
        ("double(2)", ["double"]),
        ("Box(double(2))", ["Box.__init__"]),
        ("Box(double(2)).get()", ["Box.get"]),
        ("add(double(1), Box(double(2)).get())", ["add"]),
    ]
    assert callees_on(program, 18) == (), "what a lambda calls is called another time"
    assert callees_on(program, 14) == callees_on(program, 99) == ()


@pytest.mark.parametrize(
    ("label", "place"),
    [("add(double(1), Box(double(2)).get())", ("add", 14)), ("Box(double(2)).get()", ("Box.get", 10))],
)
def test_step_into_a_target_passes_the_other_calls(script: Path, label: str, place: tuple[str, int]) -> None:
    with Local() as client:
        client.launch(at(script, 19), program=str(script))
        frame = client.frames()[0]["id"]
        targets = client.request("stepInTargets", frameId=frame)["targets"]
        target = next(t["id"] for t in targets if t["label"] == label)
        assert client.go("stepIn", targetId=target)["reason"] == "step"
        assert client.place() == place
        assert "stepInTargets first" in response(client, "stepIn", threadId=1, targetId=target)["message"]


def test_a_target_that_is_not_called_any_more_is_passed(script: Path) -> None:
    with Local() as client:
        client.launch(at(script, 19), program=str(script))
        client.go("stepIn")
        client.go("stepOut")
        assert client.locals()["(return) double"] == "2"
        frame = client.frames()[0]["id"]
        first = client.request("stepInTargets", frameId=frame)["targets"][0]["id"]
        client.go("stepIn", targetId=first)
        assert client.place() == ("double", 2) and client.locals()["x"] == "2", "the next one of this name"
        outer = client.frames()[1]["id"]
        assert client.request("stepInTargets", frameId=outer)["targets"] == []


# -- restart of a frame, of the program -----------------------------------------------------------------------------


def test_a_frame_is_restarted_by_going_back(script: Path) -> None:
    with Local() as client:
        client.launch(at(script, 15), program=str(script))
        assert client.locals() == {"a": "2", "b": "4", "total": "6"}
        client.request("restartFrame", frameId=client.frames()[0]["id"])
        assert client.event("stopped")["reason"] == "restart"
        assert client.place() == ("add", 14) and client.locals() == {"a": "2", "b": "4"}
        client.request("restartFrame", frameId=client.frames()[1]["id"])
        client.event("stopped")
        assert client.place() == ("<module>", 1)


def test_moves_that_no_client_expects_are_told(script: Path) -> None:
    with Local() as client:
        client.launch(at(script, 15), program=str(script))
        target = client.request("gotoTargets", source={"path": str(script)}, line=2)["targets"][0]["id"]
        for command in ("goto", "restartFrame", "restart"):
            named = {"goto": {"threadId": 1, "targetId": target}, "restartFrame": {"frameId": client.frames()[0]["id"]}}
            arguments: dict[str, Any] = named.get(command, {})
            before = len(client.events)
            client.request(command, **arguments)
            client.event("stopped")
            names = [e["event"] for e in client.events[before:]]
            assert names.index("continued") < names.index("stopped"), command


# -- what is shown in a message box ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "arguments", "shown"),
    [
        ("evaluate", {"expression": "add", "context": "hover"}, False),
        ("evaluate", {"expression": "nothing", "context": "watch"}, False),
        ("variables", {"variablesReference": 999}, False),
        ("completions", {"text": "x", "column": 1, "line": 7}, False),
        ("setExpression", {"expression": "nothing", "value": "1"}, True),
        ("goto", {"threadId": 1, "targetId": 99}, True),
    ],
)
def test_only_what_the_user_asked_for_is_told_in_a_message_box(
    script: Path, command: str, arguments: dict[str, Any], shown: bool
) -> None:
    with Local() as client:
        client.launch(at(script, 15), program=str(script))
        refused = response(client, command, **arguments)
        assert not refused["success"]
        assert refused["body"]["error"]["showUser"] is shown


# -- data breakpoints -----------------------------------------------------------------------------------------------


def test_a_data_breakpoint_tells_the_change(tmp_path: Path) -> None:
    script = tmp_path / "data.py"
    script.write_text("total = {}\ndef f(k):\n    n = k\n    total[k] = n\nf(1)\nf(2)\nz = 0\n", encoding="utf-8")
    with Local() as client:
        client.launch(at(script, 4), program=str(script))
        for name in ("total", "total[k].x"):
            info = client.request("dataBreakpointInfo", name=name, frameId=client.frames()[0]["id"])
            assert info["dataId"] == '["<module>", "total"]', "a function's frame sees the module's variables"
        client.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"], "accessType": "write"}])
        client.request("setBreakpoints", source={"path": str(script)}, breakpoints=[])
        texts = [client.go("continue")["text"] for _ in range(2)]
        assert texts == ["total: {} → {1: 1}", "total: {1: 1} → {1: 1, 2: 2}"]


# -- values ---------------------------------------------------------------------------------------------------------


def test_returns_of_classes_and_constructors_are_no_values(script: Path) -> None:
    with Local() as client:
        client.launch(at(script, 20), program=str(script))
        returns = {"(return 1) double", "(return 2) double", "(return) Box.get", "(return) add"}
        assert set(client.locals()) == returns | {"later", "y"}
        client.request("setBreakpoints", source={"path": str(script)})
        client.go("reverseContinue")
        while client.place() != ("<module>", 13):
            client.go("next")
        assert client.locals() == {}, "the class has been made, and returned nothing"


def test_globals_are_no_scope_where_there_are_none(tmp_path: Path) -> None:
    script = tmp_path / "empty.py"
    script.write_text("def f():\n    n = 1\n    return n\n\n\nf()\nx = 1\nf()\n", encoding="utf-8")
    with Local() as client:
        client.launch(at(script, 3), program=str(script))
        assert [s["name"] for s in client.scopes()] == ["Predicted locals"]
        client.go("continue")
        assert [s["name"] for s in client.scopes()] == ["Predicted locals", "Predicted globals"]


# -- a real run beside it -------------------------------------------------------------------------------------------


def test_a_divergence_is_told_in_words_and_what_is_adopted_is_sure(tmp_path: Path) -> None:
    script = tmp_path / "way.py"
    script.write_text("x = 1\nif x:\n    y = 1\nelse:\n    y = 2\nz = y\n", encoding="utf-8")

    class Wrong(Steps):
        def next_step(self, history: Any, cancelled: Any = None) -> Any:
            step = super().next_step(history, cancelled)
            if step is None:
                return None
            from neuraldbg.steps import Confidence

            sure = Confidence(0.9, dict.fromkeys(step.locals, 0.3))
            line = 5 if len(history) == 3 and history[-1].line == 2 else step.line
            return Step(step.event, line, step.function, step.depth, step.locals, step.value, sure)

    with Local(lambda model: lambda program: Wrong(record(program))) as client:
        stop = client.launch(program=str(script), compare=True)
        assert stop["reason"] == "divergence"
        assert stop["text"] == "predicted: line 5; really: line 3"
        assert client.variables()[0]["value"] == "1 ?30%"
        client.request("neuraldbg/adopt")
        client.event("stopped")
        assert client.place() == ("<module>", 3)
        assert [(v["value"], v["type"]) for v in client.variables()] == [("1", "int")]
        session = client.debugger.session
        assert session.current is not None and session.current.event is Event.LINE
        deadline = time.monotonic() + SECONDS
        assert client.go("continue")["reason"] == "end" and time.monotonic() < deadline
