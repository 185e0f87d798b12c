"""The model's process: started when it is needed, begun anew when it is killed, gone when the server is."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.lsp import wire
from neuraldbg.lsp.child import Child
from neuraldbg.lsp.predictions import Began, Done, Earlier, Ended, Planned, Request, Stepped
from neuraldbg.lsp.process import ModelProcess
from neuraldbg.lsp.settings import Predict, Settings
from neuraldbg.program import Program
from tests.lsp.client import PATIENCE, Client, alive
from tests.lsp.conftest import SETTINGS, Start
from tests.lsp.standin import Model

URI = "file:///nowhere/a.py"
SLOW = "model_rests = 1\n" + "".join(f"x{n} = {n}\n" for n in range(30))
LOADER = wire.Loader("tests.lsp.standin", "Model")


def wait_for(what: Any) -> Any:
    """What a function gives, as soon as it gives something."""
    for _ in range(int(PATIENCE / 0.02)):
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


def begun(start: Start, text: str) -> Client:
    """A server whose model is at work."""
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, text)
    client.ready(URI, "predicting")
    wait_for(lambda: len((client.command("export", URI) or "").splitlines()) > 2)
    return client


def told(client: Client) -> list[str]:
    """What was said of the process."""
    return [m["message"] for m in client.said("window/showMessage") if "process" in m["message"]]


def test_there_is_no_process_before_a_python_file_needs_one(start: Start) -> None:
    client = start(settings={**SETTINGS, "enable": False})
    client.initialize()
    client.open("file:///nowhere/a.txt", "x = 1\n", "plaintext")
    client.open(URI, "x = 1\n")
    assert client.hints(URI) == {} and client.models() == []
    client.settings = SETTINGS
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.ready(URI)
    assert len(client.models()) == 1
    client.open("file:///nowhere/b.py", "x = 1\n")
    client.ready("file:///nowhere/b.py")
    assert len(client.models()) == 1, "one for all documents"


def test_killed_twice_in_the_middle_it_is_started_again_and_that_is_said_once(start: Start) -> None:
    client = begun(start, SLOW)
    seen = []
    for _ in range(2):
        (pid,) = wait_for(client.models)
        seen.append(pid)
        steps = len(client.command("export", URI).splitlines())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda pid=pid: [p for p in client.models() if p != pid])
        wait_for(lambda steps=steps: len(client.command("export", URI).splitlines()) > steps)
    client.ready(URI)
    assert client.hints(URI) == dict(enumerate(SLOW.splitlines()))
    assert told(client) == ["neuraldbg: the model's process ended (it was killed by SIGKILL); it is started again"]
    assert len({*seen, *client.models()}) == 3
    assert client.leave() == 0


def test_others_are_predicted_again_when_one_document_kills_the_process(start: Start) -> None:
    client = begun(start, SLOW)
    other = "file:///nowhere/other.py"
    client.open(other, "model_dies = 1\n")
    problem = client.ready(other, "problem")["message"]
    assert "while it predicted this text (Died: the model is gone)" in problem
    client.ready(URI)
    assert client.hints(URI)[30] == "x29 = 29"
    assert client.hints(other) == {}


def test_a_process_that_dies_and_dies_is_given_up_until_it_is_restarted(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, "model_dies = 0\n")
    client.ready(URI, "problem")
    for number in range(1, 7):
        client.change(URI, f"model_dies = {number}\n")
        client.ready(URI, "problem")
    assert len(told(client)) == 2 and told(client)[1].endswith(
        "ended 8 times in a row (Died: the model is gone): nothing is predicted until the command neuraldbg.restart"
    )
    assert client.models() == []
    client.change(URI, "x = 3\nx\n")
    assert "8 times in a row" in client.ready(URI, "problem")["message"]
    assert client.hints(URI) == {} and client.models() == []
    client.command("restart")
    client.ready(URI)
    assert client.hints(URI) == {0: "x = 3"} and len(told(client)) == 2


def test_it_dies_with_a_server_that_is_killed(start: Start) -> None:
    client = begun(start, "model_waits = 1\nx = 2\n")
    (pid,) = client.models()
    client.process.kill()
    wait_for(lambda: not alive(pid))


def test_it_is_gone_after_shutdown_in_the_middle_of_work(start: Start) -> None:
    client = begun(start, "model_waits = 1\nx = 2\n")
    (pid,) = client.models()
    assert client.leave() == 0
    assert not alive(pid)


def test_the_servers_streams_are_not_open_in_it(start: Start) -> None:
    client = begun(start, "model_waits = 1\nx = 2\n")
    (pid,) = client.models()
    assert client.process.stdin is not None and client.process.stdout is not None
    protocol = {os.fstat(stream.fileno()).st_ino for stream in (client.process.stdin, client.process.stdout)}
    assert protocol <= {fd.stat().st_ino for fd in Path(f"/proc/{client.process.pid}/fd").iterdir()}
    assert protocol.isdisjoint(fd.stat().st_ino for fd in Path(f"/proc/{pid}/fd").iterdir())


def test_the_working_directory_is_not_searched_for_modules(start: Start, tmp_path: Path) -> None:
    """There lie the user's files: none of them is imported, whatever its name."""
    for name in ("numpy", "json", "typing", "regex"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    client = Client(command=[sys.executable, "-P", "-m", "neuraldbg", "lsp"], settings=SETTINGS, cwd=tmp_path)
    try:
        client.initialize()
        client.open(URI, "x = 1\nx\n")
        client.ready(URI)
        assert client.hints(URI) == {0: "x = 1"} and not (tmp_path / "ran").exists()
    finally:
        client.kill()


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    ModelProcess(LOADER, lambda message: None, lambda process, reason: ended.put(reason))
    assert ended.get(timeout=PATIENCE) == "it cannot be started: No such file or directory"


def test_messages_come_back_as_they_were_sent_programs_as_their_text() -> None:
    read, write = os.pipe()
    program = Program.from_source("def f(n):\n    return n\n", "a.py", "f", "f(1)")
    step = Model().source(program).next_step([])
    assert step is not None
    message = wire.Ask(3, program, (step,), 4)
    with os.fdopen(read, "rb") as source:
        with os.fdopen(write, "wb") as out:
            wire.send(out, message)
            wire.send(out, message)
            out.write(b"\x80\x05\x95")  # its writer was killed
        first, second = wire.receive(source), wire.receive(source)
        assert first == message and first.program is second.program, "read once"
        assert first.history[0].confidence == step.confidence
        assert first.program.tree is wire._program(program.source, "a.py", "<module>", None, ()).tree
        assert wire.receive(source) is None


class Ends:
    """A child in this process, and what it says."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self.said = os.fdopen(read, "rb")
        self.child = Child(Model, os.fdopen(write, "wb"))

    def predict(self, number: int, text: str, earlier: dict[str, Earlier], most_steps: int = 300) -> list[Any]:
        """All updates of a document."""
        settings = Settings(predict=Predict(maxSteps=most_steps))
        request = Request(text, "a.py", False, settings, earlier=earlier)
        self.child.handle(wire.Predict(URI, number, request))
        found = [message for message in self.to_the_end() if isinstance(message, wire.Found)]
        assert {(message.key, message.number) for message in found} == {(URI, number)}
        return [message.update for message in found]

    def to_the_end(self) -> list[Any]:
        """What it says until a document is done."""
        said = [wire.receive(self.said)]
        while not (isinstance(said[-1], wire.Found) and isinstance(said[-1].update, Done)):
            said.append(wire.receive(self.said))
        return said


def test_an_edit_is_predicted_from_the_first_step_it_touches() -> None:
    ends = Ends()
    old, new = "a = 1\nb = a\nc = b\nd = c\n", "a = 1\nb = a\nc = b + 1\nd = c\n"
    first = ends.predict(1, old, {})
    assert [type(u) for u in first] == [Planned, Began, *[Stepped] * 6, Ended, Done]
    steps = [step for u in first if isinstance(u, Stepped) for step in u.steps]
    second = ends.predict(2, new, {"<module>": Earlier(first[1].program, steps, True)})
    (kept,) = (u for u in second if isinstance(u, Began))
    assert len(kept.steps) == 3, "the call and two lines: the third line's step is the first that sees the edit"
    assert [type(u) for u in second] == [Planned, Began, *[Stepped] * 3, Ended, Done]


def test_a_function_that_a_run_leaves_unfinished_is_predicted_by_its_own_call() -> None:
    text = "def f(n):\n    a = n\n    return a\n\n\ndef g():\n    return f(2)\n\n\nf(1)\ng()\n"
    ends = Ends()
    for most, wanted in ((300, ["<module>"]), (11, ["<module>", "g"]), (13, ["<module>", "f", "g"])):
        began = [u.program.entry for u in ends.predict(most, text, {}, most) if isinstance(u, Began)]
        assert began == wanted


def test_a_question_is_answered_in_the_middle_of_a_prediction() -> None:
    ends = Ends()
    ends.child.handle(wire.Predict(URI, 1, Request(SLOW, "a.py", False, Settings())))
    program = Program.from_source("x = 1\ny = 2\n", "b.py")
    ends.child.handle(wire.Ask(9, program, (), 4))
    answers = [message for message in ends.to_the_end() if isinstance(message, wire.Answer)]
    assert [(a.number, [p for _, p in a.others]) for a in answers] == [(9, [0.3, 0.25, 0.1, 0.05])]
