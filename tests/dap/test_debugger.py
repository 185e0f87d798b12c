"""The debug adapter as its client sees it; the prediction is a real run, so that what is right is known."""

from __future__ import annotations

import queue
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.dap.lines import LineSession
from neuraldbg.dap.protocol import RequestFailed
from neuraldbg.dap.settings import Model
from neuraldbg.errors import ModelError
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Confidence, Origin, Step, Trace
from tests.dap.support import Local, Steps, recorded, save_trace

PROGRAM = """\
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return len(self.items)


def total(numbers):
    result = 0
    for n in numbers:
        result += n
        print("n", n)
    return result


data = {"a": [1, 2, 3], "b": (4, "x")}
first = total(data["a"])
try:
    total(["no"])
except TypeError as error:
    print("caught", error)
raise ValueError("over")
"""

Write = Callable[..., Path]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write(tmp_path, PROGRAM)


def write(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def lines(script: Path, *wanted: int | dict[str, Any]) -> dict[str, Any]:
    rows = [{"line": w} if isinstance(w, int) else w for w in wanted]
    return {"setBreakpoints": {"source": {"path": str(script)}, "breakpoints": rows}}


def refused(client: Local, command: str, **arguments: Any) -> str:
    with pytest.raises(RequestFailed) as error:
        client.request(command, **arguments)
    return str(error.value)


# -- moving ----------------------------------------------------------------------------------------------------------


def test_steps_in_lines_and_back(script: Path) -> None:
    with Local() as client:
        assert client.launch(program=str(script), stopOnEntry=True)["reason"] == "entry"
        assert client.place() == ("<module>", 1)
        forwards = [client.place()]
        for _ in range(4):
            assert client.go("next")["reason"] == "step"
            forwards.append(client.place())
        assert [line for _, line in forwards] == [1, 10, 18, 19, 20]
        assert client.locals()["first"] == "6"
        backwards = [client.place()]
        for _ in range(4):
            assert client.go("stepBack")["reason"] == "step"
            backwards.append(client.place())
        assert backwards == forwards[::-1]
        assert client.go("stepBack")["reason"] == "start"
        assert client.place() == ("<module>", 1)


def test_steps_in_and_out_show_what_was_returned(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 19), program=str(script))
        client.go("stepIn")
        assert client.place() == ("total", 11)
        assert client.locals() == {"numbers": "[1, 2, 3]"}
        client.go("stepOut")
        assert client.place() == ("<module>", 19)
        assert client.locals()["(return) total"] == "6"
        client.go("stepBack")
        assert client.place() == ("total", 15)
        client.go("next")
        assert client.place() == ("<module>", 19 if LineSession.as_monitored else 20)
        assert client.locals()["(return) total"] == "6"


def test_stops_at_both_ends_and_goes_on(script: Path) -> None:
    with Local() as client:
        stop = client.launch({"setExceptionBreakpoints": {"filters": []}}, program=str(script))
        assert stop["reason"] == "end"
        assert client.go("continue")["reason"] == client.go("next")["reason"] == "end"
        assert client.go("reverseContinue")["reason"] == "start"
        assert client.place() == ("<module>", 1)
        assert client.go("continue")["reason"] == "end"
        assert not [e for e in client.events if e["event"] in ("terminated", "exited")]


def test_reverse_continue_meets_what_continue_met(script: Path) -> None:
    with Local() as client:
        met = [client.launch(lines(script, 13), program=str(script))]
        while met[-1]["reason"] == "breakpoint":
            met.append(client.go("continue"))
        there = len(met) - 1
        back = [client.go("reverseContinue") for _ in range(there + 1)]
        assert [stop["reason"] for stop in back] == ["breakpoint"] * there + ["start"]
        assert there == 4


def test_goto_known_steps_and_lines_still_to_come(script: Path) -> None:
    source = {"path": str(script)}
    with Local() as client:
        client.launch(program=str(script), stopOnEntry=True)
        (ahead,) = client.request("gotoTargets", source=source, line=13)["targets"]
        assert client.go("goto", targetId=ahead["id"])["reason"] == "goto"
        assert client.place() == ("total", 13) and client.locals()["n"] == "1"
        client.go("continue")
        targets = client.request("gotoTargets", source=source, line=13)["targets"]
        labels = [t["label"].partition(" (step ")[0] for t in targets]
        assert labels[:2] == [
            "visit 1 of 4: n=1, result=0, numbers=[1, 2, 3]",
            "visit 2 of 4: n=2, result=1, numbers=[1, 2, 3]",
        ]
        assert len(labels) == 4
        client.go("goto", targetId=targets[2]["id"])
        assert client.locals()["n"] == "3"
        assert "no target" in refused(client, "goto", threadId=1, targetId=99)


# -- breakpoints -----------------------------------------------------------------------------------------------------


def test_conditions_hits_and_log_points(script: Path) -> None:
    wanted = lines(
        script,
        {"line": 13, "condition": "n == 2"},
        {"line": 12, "hitCondition": "% 4"},
        {"line": 14, "logMessage": "n={n}"},
    )
    with Local() as client:
        client.launch(wanted, program=str(script))
        assert client.place() == ("total", 13) and client.locals()["n"] == "2"
        client.go("continue")
        assert client.place() == ("total", 12) and client.locals()["n"] == "3"
        assert client.outputs("console") == "n=1\nn=2\nn=3\n"
        assert client.outputs() == "n 1\nn 2\nn 3\n"


def test_an_untold_condition_stops_with_the_reason(script: Path) -> None:
    with Local() as client:
        stop = client.launch(lines(script, {"line": 13, "condition": "total(n)"}), program=str(script))
        assert stop["reason"] == "breakpoint"
        assert "total is the program's own" in stop["text"]


def test_breakpoints_tell_where_they_are_and_what_is_wrong(script: Path) -> None:
    with Local() as client:
        client.launch(program=str(script), stopOnEntry=True)
        rows = client.request(
            "setBreakpoints", **lines(script, 9, 999, {"line": 13, "condition": "n =="})["setBreakpoints"]
        )
        moved, missing, broken = rows["breakpoints"]
        assert (moved["verified"], moved["line"]) == (True, 10)
        assert not missing["verified"] and "no code" in missing["message"]
        assert not broken["verified"] and "SyntaxError" in broken["message"]
        other = client.request("setBreakpoints", source={"path": "/elsewhere.py"}, breakpoints=[{"line": 1}])
        assert not other["breakpoints"][0]["verified"]
        found = client.request("breakpointLocations", source={"path": str(script)}, line=8, endLine=12)
        assert [row["line"] for row in found["breakpoints"]] == [10, 11, 12]


def test_function_and_data_breakpoints(script: Path) -> None:
    with Local() as client:
        stop = client.launch({"setFunctionBreakpoints": {"breakpoints": [{"name": "total"}]}}, program=str(script))
        assert stop["reason"] == "function breakpoint" and client.place()[0] == "total"
        client.go("stepIn")
        client.go("stepIn")
        reference = client.scopes()[0]["variablesReference"]
        info = client.request("dataBreakpointInfo", variablesReference=reference, name="result")
        assert info["accessTypes"] == ["write"]
        client.request("setFunctionBreakpoints", breakpoints=[])
        rows = client.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])
        seen = []
        for _ in range(3):
            stop = client.go("continue")
            assert stop["reason"] == "data breakpoint" and stop["hitBreakpointIds"] == [rows["breakpoints"][0]["id"]]
            seen.append(client.locals()["result"])
        assert seen == ["1", "3", "6"]
        assert client.request("dataBreakpointInfo", name="nothing")["dataId"] is None


def test_exception_breakpoints_and_what_they_tell(script: Path) -> None:
    filters = {"filterOptions": [{"filterId": "raised", "condition": "TypeError"}, {"filterId": "uncaught"}]}
    with Local() as client:
        stop = client.launch({"setExceptionBreakpoints": {"filters": [], **filters}}, program=str(script))
        assert stop["reason"] == "exception" and stop["text"].startswith("TypeError: unsupported operand")
        assert client.place() == ("total", 13)
        info = client.request("exceptionInfo", threadId=1)
        assert (info["exceptionId"], info["breakMode"]) == ("TypeError", "always")
        assert info["details"]["stackTrace"].splitlines()[-1] == stop["text"]
        assert client.locals()["(exception)"].startswith("TypeError(")
        assert client.go("continue")["text"] == "ValueError: over"
        assert client.request("exceptionInfo", threadId=1)["breakMode"] == "unhandled"
        client.go("stepBack")
        assert "no exception" in refused(client, "exceptionInfo", threadId=1)


def test_an_uncaught_exception_is_shown_where_it_was_raised(tmp_path: Path) -> None:
    script = write(tmp_path, "def deep(n):\n    m = 1 // n\n\n\ndef middle():\n    deep(0)\n\n\nmiddle()\n")
    with Local() as client:
        stop = client.launch({"setExceptionBreakpoints": {"filters": ["uncaught"]}}, program=str(script))
        assert stop["reason"] == "exception"
        assert [(f["name"], f["line"]) for f in client.frames()] == [("deep", 2), ("middle", 6), ("<module>", 9)]


# -- values ----------------------------------------------------------------------------------------------------------


def test_values_are_trees_in_pages(tmp_path: Path) -> None:
    script = write(tmp_path, "a = list(range(250))\nb = {str(i): i for i in range(150)}\nc = {'k': [(1, 2)]}\nd = 0\n")
    for paging in (True, False):
        with Local() as client:
            client.launch(lines(script, 4), {"supportsVariablePaging": paging}, program=str(script))
            a, b, c = client.variables()
            assert a["indexedVariables"] == 250 and b["namedVariables"] == 150
            part = client.request(
                "variables", variablesReference=a["variablesReference"], filter="indexed", start=200, count=3
            )
            assert [(v["name"], v["value"], v["evaluateName"]) for v in part["variables"]] == [
                (str(i), str(i), f"a[{i}]") for i in (200, 201, 202)
            ]
            whole = client.request("variables", variablesReference=a["variablesReference"])["variables"]
            assert len(whole) == (250 if paging else 3)
            if not paging:
                last = client.request("variables", variablesReference=whole[2]["variablesReference"])["variables"]
                assert [v["value"] for v in last] == [str(i) for i in range(200, 250)]
            pages = client.request("variables", variablesReference=b["variablesReference"])["variables"]
            assert [page["name"] for page in pages] == ["[0..99]", "[100..149]"]
            inner = client.request("variables", variablesReference=c["variablesReference"])["variables"][0]
            assert (inner["name"], inner["value"], inner["type"]) == ("'k'", "[(1, 2)]", "list")
            client.go("next")
            assert "at this stop" in refused(client, "variables", variablesReference=c["variablesReference"])


def test_expressions_are_evaluated_or_refused_with_the_reason(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 13), program=str(script))
        inner, outer = (frame["id"] for frame in client.frames())
        assert client.request("evaluate", expression="n + 1", frameId=inner, context="watch")["result"] == "2"
        found = client.request("evaluate", expression="data['b']", frameId=outer, context="hover")
        assert (found["result"], found["type"], found["indexedVariables"]) == ("(4, 'x')", "tuple", 2)
        parts = client.request("variables", variablesReference=found["variablesReference"])["variables"]
        assert [part["evaluateName"] for part in parts] == ["(data['b'])[0]", "(data['b'])[1]"]
        assert "ZeroDivisionError" in refused(client, "evaluate", expression="n // 0", frameId=inner)
        assert "not known" in refused(client, "evaluate", expression="nothing", frameId=inner)
        assert "program's own" in refused(client, "evaluate", expression="total([1])", frameId=inner)
        assert "no frame" in refused(client, "evaluate", expression="n", frameId=4711)


def test_completions_count_in_utf16(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 13), program=str(script))
        text = "'🎉' + nu"
        found = client.request("completions", text=text, column=10, frameId=client.frames()[0]["id"])["targets"]
        assert found == [{"label": "numbers", "type": "variable", "start": 8, "length": 2}]
        keys = client.request("completions", text="data['", column=7, frameId=client.frames()[0]["id"])["targets"]
        assert [row["label"] for row in keys] == ["'a'", "'b'"]


def test_unsure_values_are_marked_everywhere(tmp_path: Path) -> None:
    script = write(tmp_path, "x = 3\nprint(x)\ny = 0\n")
    with Local(doubting) as client:
        client.launch(lines(script, {"line": 3, "condition": "x == 3"}), program=str(script))
        assert client.outputs() == "3 ?41%\n"
        assert client.frames()[0]["name"] == "<module> ?30%"
        (x,) = client.variables()
        assert (x["value"], x["type"]) == ("3 ?41%", "int, 41% sure")
        frame = client.frames()[0]["id"]
        assert client.request("evaluate", expression="x", frameId=frame, context="hover")["result"] == "3 ?41%"
        assert client.request("evaluate", expression="x", frameId=frame, context="clipboard")["result"] == "3"
        reference = client.scopes()[0]["variablesReference"]
        changed = client.request("setVariable", variablesReference=reference, name="x", value="3 ?41%")
        assert (changed["value"], changed["type"]) == ("3", "int, edited")


def doubting(model: Model) -> Any:
    """A prediction that is right, and holds its values for less likely than not."""

    def source(program: Program) -> Steps:
        trace = record(program)
        trace.steps = [_doubted(step) for step in trace.steps]
        return Steps(trace)

    return source


def _doubted(step: Step) -> Step:
    sure = Confidence(0.3, dict.fromkeys(step.locals, 0.41), None if step.value is None else 0.2)
    return Step(step.event, step.line, step.function, step.depth, step.locals, step.value, sure)


# -- what if ---------------------------------------------------------------------------------------------------------


def test_set_values_begin_a_branch(script: Path) -> None:
    asked: list[list[Step]] = []

    class Asked(Steps):
        def next_step(self, history: Any, cancelled: Any = None) -> Any:
            asked.append(list(history))
            return super().next_step(history, cancelled)

    with Local(lambda model: lambda program: Asked(record(program))) as client:
        client.launch(lines(script, 19), program=str(script))
        reference = client.scopes()[0]["variablesReference"]
        data = client.variables()[0]
        parts = client.request("variables", variablesReference=data["variablesReference"])["variables"]
        client.request(
            "setVariable", variablesReference=parts[0]["variablesReference"], name="1", value="len('four')*10"
        )
        assert client.locals()["data"] == "{'a': [1, 40, 3], 'b': (4, 'x')}"
        assert client.event("invalidated")["areas"] == ["variables"]
        frame = client.frames()[0]["id"]
        client.request("setExpression", expression="data['a'][-1]", value="-7", frameId=frame)
        result = client.request("evaluate", expression="data['b'] = 5", frameId=frame, context="repl")
        assert result["result"] == "5"
        assert client.locals()["data"] == "{'a': [1, 40, -7], 'b': 5}"
        client.go("next")
        assert asked[-1][-1].locals["data"] != asked[0][-1].locals.get("data") if asked[0] else True
        assert any("40" in step.locals.get("data", "") for step in asked[-1])
        assert "no value here" in refused(
            client,
            "setVariable",
            variablesReference=client.scopes()[0]["variablesReference"],
            name="data",
            value="total",
        )
        assert "at this stop" in refused(client, "setVariable", variablesReference=reference, name="data", value="1")


def test_values_of_callers_are_set_too(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 13), program=str(script))
        inner, outer = (frame["id"] for frame in client.frames())
        changed = client.request("setExpression", expression="data['a'][0]", value="numbers[2] * 5", frameId=inner)
        assert changed["value"] == "15", "the value is that of the frame it was written for, the variable the module's"
        assert client.locals(frame=1)["data"] == "{'a': [15, 2, 3], 'b': (4, 'x')}"
        scope = client.scopes(1)[0]["variablesReference"]
        client.request("setVariable", variablesReference=scope, name="data", value="7")
        assert client.locals(frame=1)["data"] == "7"
        assert client.place() == ("total", 13), "and the stop is where it was"
        assert client.request("evaluate", expression="data += 1", frameId=outer, context="repl")["result"] == "8"
        assert client.request("evaluate", expression="data", frameId=inner, context="repl")["result"] == "8"
        assert "no variable nothing" in refused(client, "setExpression", expression="nothing", value="1", frameId=inner)
        client.go("next")
        session = client.debugger.session
        assert session.known[session.stack()[-1].index].edited == {"data"}


def test_names_that_may_be_the_same_object_are_told(script: Path) -> None:
    path = write(script.parent, "def f(xs):\n    return len(xs)\n\n\nys = [1]\nf(ys)\n")
    with Local() as client:
        client.launch(lines(path, 2), program=str(path))
        frame = client.frames()[0]["id"]
        client.request("setExpression", expression="xs", value="[1]", frameId=frame)
        assert not client.outputs("console"), "another object is no change of the old one"
        client.request("setExpression", expression="xs[0]", value="9", frameId=frame)
        told = client.outputs("console")
        assert told == "ys of <module> read the same; if it is the same object, change it too.\n"


def test_what_a_call_returned_is_set(tmp_path: Path) -> None:
    script = write(tmp_path, "def f(x):\n    return x\n\n\nw = 0\ny = f(1) + f(2)\n")
    with Local() as client:
        client.launch(lines(script, {"line": 2, "condition": "x == 2"}), program=str(script))
        client.go("stepOut")
        assert client.place() == ("<module>", 6)
        rows = {v["name"]: v for v in client.variables()}
        assert (rows["(return 1) f"]["value"], rows["(return 2) f"]["value"]) == ("1", "2")
        assert "readOnly" in rows["(return 1) f"]["presentationHint"]["attributes"]
        reference = client.scopes()[0]["variablesReference"]
        changed = client.request("setVariable", variablesReference=reference, name="(return 2) f", value="4 * 5")
        assert changed["value"] == client.locals()["(return 2) f"] == "20"
        assert "cannot be changed" in refused(
            client, "setVariable", variablesReference=reference, name="(return 1) f", value="3"
        )
        client.request("setVariable", variablesReference=reference, name="w", value="'g'")
        assert client.locals()["w"] == "'g'"
        session = client.debugger.session
        assert session.current is not None and session.current.value == "20"


def test_a_recording_cannot_be_changed(script: Path, tmp_path: Path) -> None:
    trace = save_trace(Program.load(str(script)), tmp_path)
    with Local() as client:
        client.launch(lines(script, 13), trace=str(trace))
        assert client.request("threads")["threads"][0]["name"] == "recorded <module>"
        assert client.scopes()[0]["name"] == "Recorded locals"
        frame = client.frames()[0]["id"]
        assert "recorded trace" in refused(client, "setExpression", expression="n", value="1", frameId=frame)


# -- the real run beside it ------------------------------------------------------------------------------------------


def test_compare_stops_where_the_real_run_differs_and_its_step_can_be_adopted(tmp_path: Path) -> None:
    script = write(tmp_path, "x = 1\ny = x + 1\nz = y * 2\nw = z\n")
    truth = record(Program.load(str(script)))
    with Local(wrong_about("y", "7", 3)) as client:
        stop = client.launch(program=str(script), compare=True)
        assert stop["reason"] == "divergence" and stop["text"] == "y: predicted 7, really 2"
        assert client.place() == ("<module>", 3)
        assert "y: predicted 7, really 2" in client.outputs("important")
        names = [scope["name"] for scope in client.scopes()]
        assert names == ["Predicted locals", "Real locals"]
        assert client.locals(1) == {"x": "1", "y": "2"}
        client.request("neuraldbg/adopt")
        assert client.event("stopped")["reason"] == "goto"
        assert client.locals() == {"x": "1", "y": "2"}
        assert "agrees" in refused(client, "neuraldbg/adopt")
        assert client.go("continue")["reason"] == "end"
        assert len(truth.steps) == len(client.debugger.session.known)


def test_compare_with_debugpy(tmp_path: Path) -> None:
    script = write(tmp_path, "def f(a):\n    b = a + 1\n    return b\n\n\nc = f(1)\nd = c\n")
    with Local(wrong_about("b", "3", 5)) as client:
        stop = client.launch(program=str(script), compare="debugpy", timeout=60)
        assert stop["reason"] == "divergence" and stop["text"] == "b: predicted 3, really 2"
        assert client.place() == ("f", 3)
        assert client.locals(-1) == {"a": "1", "b": "2"}


def wrong_about(name: str, value: str, number: int) -> Any:
    """Predicts the real run, but for one value in one step."""

    def load(model: Model) -> Any:
        def source(program: Program) -> Steps:
            trace = record(program)
            step = trace.steps[number]
            assert name in step.locals
            locals_ = {**step.locals, name: value}
            trace.steps[number] = Step(step.event, step.line, step.function, step.depth, locals_)
            return Steps(trace)

        return source

    return load


def test_compare_says_nothing_where_all_is_right(script: Path) -> None:
    with Local() as client:
        assert client.launch(program=str(script), compare="recorder")["reason"] == "end"
        assert "really" not in client.outputs("important")


# -- the session's own life ------------------------------------------------------------------------------------------


def test_requests_are_answered_while_steps_are_made(script: Path) -> None:
    gate: queue.Queue[None] = queue.Queue()
    with Local(lambda model: lambda program: Steps(record(program), gate)) as client:
        client.request("initialize", adapterID="x", supportsProgressReporting=True)
        client.request("launch", program=str(script))
        client.request("configurationDone")
        assert "running" in refused_code(client, "stackTrace", threadId=1)
        assert client.request("threads")["threads"][0]["name"] == "predicted <module>"
        rows = client.request("setBreakpoints", **lines(script, 18)["setBreakpoints"])
        assert rows["breakpoints"][0]["verified"]
        for _ in range(1 + [step.line for step in record(Program.load(str(script))).steps].index(18)):
            gate.put(None)
        assert client.event("stopped")["reason"] == "breakpoint"
        client.request("continue", threadId=1)
        client.request("pause", threadId=1)
        assert client.event("stopped")["reason"] == "pause"
        seq = client.connection.send("continue", {"threadId": 1})
        client.connection.response(seq, time.monotonic() + 60)
        client.request("cancel", requestId=seq + 1000)
        client.request("cancel", requestId=seq)
        assert client.event("stopped")["reason"] == "pause"
        assert client.place() == ("<module>", 18)


def refused_code(client: Local, command: str, **arguments: Any) -> str:
    seq = client.connection.send(command, arguments)
    with pytest.raises(RequestFailed) as error:
        client.connection.response(seq, time.monotonic() + 60)
    assert "notStopped" in str(error.value)
    return "running"


def test_long_work_reports_progress_that_can_be_cancelled(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuraldbg.dap.worker._QUIET_SECONDS", 0.0)
    gate: queue.Queue[None] = queue.Queue()
    with Local(lambda model: lambda program: Steps(record(program), gate)) as client:
        client.request("initialize", adapterID="x", supportsProgressReporting=True)
        client.request("launch", program=str(script))
        client.request("configurationDone")
        for _ in range(3):
            gate.put(None)
        while (begun := client.event("progressStart"))["title"] != "Predicting":
            pass
        client.request("cancel", progressId=begun["progressId"])
        assert client.event("progressEnd")["progressId"] == begun["progressId"]
        assert client.event("stopped")["reason"] == "pause"


def test_a_budget_ends_a_run_that_would_not_end(tmp_path: Path) -> None:
    script = write(tmp_path, "n = 0\nwhile n < 400:\n    n += 1\n")
    with Local() as client:
        stop = client.launch(program=str(script), steps=100)
        assert (stop["reason"], stop["description"]) == ("pause", "100 more steps predicted")
        before = int(client.locals()["n"])
        assert client.go("continue")["reason"] == "pause"
        assert int(client.locals()["n"]) > before


def test_restart_reads_the_file_again_and_keeps_breakpoints(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 20), program=str(script))
        script.write_text("# moved\n" + PROGRAM.replace("[1, 2, 3]", "[1, 2]"), encoding="utf-8")
        client.request("restart")
        assert client.event("stopped")["reason"] == "breakpoint"
        assert client.place() == ("<module>", 20)
        assert client.locals()["data"] == "{'a': [1, 2], 'b': (4, 'x')}"
        script.write_text("def broken(:\n", encoding="utf-8")
        assert "line 1" in refused(client, "restart")
        client.event("stopped")
        assert client.locals()["data"] == "{'a': [1, 2], 'b': (4, 'x')}"
        client.go("stepBack")


def test_work_that_is_overtaken_is_answered_as_cancelled(script: Path) -> None:
    gate: queue.Queue[None] = queue.Queue()

    def predictors(model: Model) -> Any:
        def source(program: Program) -> Steps:
            gate.get(timeout=60)
            return Steps(record(program))

        return source

    def cancelled(seq: int) -> bool:
        with pytest.raises(RequestFailed) as error:
            client.connection.response(seq, time.monotonic() + 60)
        return str(error.value).endswith("cancelled")

    with Local(predictors) as client:
        gate.put(None)
        client.launch(program=str(script), stopOnEntry=True)
        first, second, third = (client.connection.send("restart") for _ in range(3))
        client.request("threads")
        gate.put(None)
        gate.put(None)
        assert cancelled(first) and cancelled(second)
        client.connection.response(third, time.monotonic() + 60)
        assert client.event("stopped")["reason"] == "entry"
        last = client.connection.send("restart")
        client.request("disconnect")
        assert cancelled(last)
        gate.put(None)


def test_terminate_ends_the_debuggee_once(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 19), program=str(script))
        client.request("terminate")
        client.event("terminated")
        assert "terminated" in refused(client, "next", threadId=1)
        client.request("terminate")
        client.request("disconnect")
        assert sum(e["event"] == "terminated" for e in client.events) == 1


def test_without_debugging_it_runs_to_the_end(script: Path) -> None:
    with Local() as client:
        client.launch(lines(script, 13), program=str(script), noDebug=True)
        assert [e["body"]["exitCode"] for e in client.events if e["event"] == "exited"] == [1]
        assert client.outputs().startswith("n 1\nn 2\nn 3\n")


def test_a_function_with_its_arguments(tmp_path: Path) -> None:
    script = write(tmp_path, PROGRAM.partition("data =")[0])
    for settings in (
        {"function": "total", "args": ["[5, 6]"]},
        {"call": "total([5, 6])"},
        {"entry": "total", "args": "[5, 6]"},
    ):
        with Local() as client:
            client.launch(lines(script, 15), program=script.name, cwd=str(script.parent), **settings)
            assert client.locals() == {"numbers": "[5, 6]", "result": "11", "n": "6"}


def test_a_trace_whose_file_is_gone_brings_its_own_text(script: Path, tmp_path: Path) -> None:
    trace = save_trace(Program.load(str(script)), tmp_path)
    script.unlink()
    with Local() as client:
        client.launch(trace=str(trace), stopOnEntry=True)
        source = client.frames()[0]["source"]
        assert "path" not in source
        assert client.request("source", source=source, sourceReference=source["sourceReference"])["content"] == PROGRAM
        rows = client.request("setBreakpoints", source=source, breakpoints=[{"line": 13}])["breakpoints"]
        assert rows[0]["verified"]
        assert client.request("loadedSources")["sources"] == [source]
        assert client.request("modules")["totalModules"] == 1


def test_clients_that_count_from_zero_and_write_uris(script: Path) -> None:
    habits = {"linesStartAt1": False, "columnsStartAt1": False, "pathFormat": "uri"}
    where = {"setBreakpoints": {"source": {"path": script.as_uri()}, "breakpoints": [{"line": 12}]}}
    with Local() as client:
        client.launch(where, habits, program=str(script))
        frame = client.frames()[0]
        assert (frame["line"], frame["column"], frame["source"]["path"]) == (12, 0, script.as_uri())
        assert client.locals()["n"] == "1"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "program"),
        ({"program": "/no/such.py"}, "no such file"),
        ({"program": 7}, "program must be a string"),
        ({"function": "nothing"}, "no function nothing"),
        ({"device": "cpu", "server": "b"}, "leave them out"),
        ({"quantize": "bits"}, "nf4"),
        ({"compare": "psychic"}, "compare must be"),
        ({"steps": 0}, "1 or more"),
        ({"function": "total"}, "needs arguments"),
        ({"args": [1]}, "list of strings"),
    ],
)
def test_wrong_settings_are_refused_and_can_be_put_right(script: Path, settings: dict[str, Any], reason: str) -> None:
    with Local() as client:
        client.request("initialize", adapterID="x")
        wrong = settings if not settings or "program" in settings else {"program": str(script), **settings}
        assert reason in refused(client, "launch", **wrong)
        client.request("launch", program=str(script))
        client.event("initialized")


def test_unknown_settings_are_named(script: Path) -> None:
    with Local() as client:
        client.launch(program=str(script), stopOnEntry=True, stopOnEntree=True, name="x", type="neuraldbg", __id=1)
        assert client.outputs("important").count("not known") == 1
        assert "'stopOnEntree'" in client.outputs("important")


def test_a_model_that_fails_is_told_and_the_session_lives(script: Path) -> None:
    class Failing(Steps):
        def next_step(self, history: Any, cancelled: Any = None) -> Any:
            if history and history[-1].function == "total":
                raise ModelError("the server is gone")
            return super().next_step(history, cancelled)

    with Local(lambda model: lambda program: Failing(record(program))) as client:
        stop = client.launch(program=str(script))
        assert stop["text"] == "the server is gone"
        assert client.place()[0] == "total"
        assert client.go("stepBack")["reason"] == "step"


def test_a_model_that_cannot_be_loaded_fails_the_launch(script: Path) -> None:
    def predictors(model: Model) -> Any:
        raise ModelError(f"no model {model.name}")

    with Local(predictors) as client:
        client.request("initialize", adapterID="x")
        assert "no model small" in refused(client, "launch", program=str(script), model="small")


def test_breakpoints_set_before_the_launch_hold(script: Path) -> None:
    with Local() as client:
        client.request("initialize", adapterID="x")
        early = client.request("setBreakpoints", **lines(script, 13)["setBreakpoints"])
        assert not early["breakpoints"][0]["verified"]
        client.request("launch", program=str(script))
        assert client.event("breakpoint")["breakpoint"]["verified"]
        client.request("configurationDone")
        assert client.event("stopped")["reason"] == "breakpoint"


def test_frames_come_in_pages(tmp_path: Path) -> None:
    script = write(tmp_path, "def down(n):\n    if n:\n        down(n - 1)\n    return n\n\n\ndown(5)\n")
    with Local() as client:
        client.launch(lines(script, 4), program=str(script))
        page = client.request("stackTrace", threadId=1, startFrame=2, levels=3)
        assert page["totalFrames"] == 7 and len(page["stackFrames"]) == 3
        assert client.locals(frame=2) == {"n": "2"}


def test_the_order_of_requests_is_kept(script: Path) -> None:
    with Local() as client:
        assert "initialize comes first" in refused(client, "launch", program=str(script))
        client.request("initialize", adapterID="x")
        assert "once" in refused(client, "initialize", adapterID="x")
        assert "launch" in refused(client, "stackTrace", threadId=1)
        assert "nothing to attach to" in refused(client, "attach")
        assert "not supported" in refused(client, "disassemble", memoryReference="0", instructionCount=1)
        client.request("launch", program=str(script))
        assert "configurationDone comes first" in refused(client, "next", threadId=1)
        assert "once" in refused(client, "launch", program=str(script))


def test_origins_are_not_mixed_up(script: Path) -> None:
    source = recorded(Model())(Program.load(str(script)))
    assert source.origin is Origin.PREDICTED and isinstance(source.trace, Trace)
