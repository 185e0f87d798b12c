"""A server that survives its client, its documents and its model. No test looks at the clock: order is what counts."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_lsp import client_capabilities

from tests.lsp.client import CAPABILITIES
from tests.lsp.conftest import SETTINGS, Start

URI = "file:///nowhere/a.py"
WAITS = "model_waits = 1\nx = 2\ny = 3\n"


def test_requests_before_initialize_and_after_shutdown_are_answered(start: Start) -> None:
    client = start()
    early = client.answer(client.ask("textDocument/inlayHint", {"textDocument": {"uri": URI}}))
    assert early["error"]["code"] in (-32002, -32602)
    hover = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
    assert client.answer(client.ask("textDocument/hover", hover))["error"]["code"] == -32002
    client.open(URI, "x = 1\n")  # ignored
    client.initialize()
    assert client.answer(client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}))["error"]
    assert client.hints(URI) == {}
    client.request("shutdown")
    assert client.answer(client.ask("textDocument/hover", hover))["error"]["code"] == -32600
    client.notify("exit")
    assert client.process.wait(60) == 0


def test_exit_without_shutdown_and_a_client_that_goes_away(start: Start) -> None:
    first, second = start(), start()
    first.initialize()
    first.notify("exit")
    assert first.process.wait(60) == 1
    second.initialize()
    assert second.process.stdin is not None
    second.process.stdin.close()
    assert second.process.wait(60) == 1


MALFORMED = [
    b"{",
    b"",
    b"[]",
    b"5",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"jsonrpc": "1.0", "id": 1, "method": "initialize"}',
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "id": [1], "method": "shutdown"}',
    b'{"jsonrpc": "2.0", "id": null, "method": "x"}',
    b'{"jsonrpc": "2.0", "id": 9, "result": 1}',
    b'{"jsonrpc": "2.0", "id": 9, "error": 1}',
    b'{"jsonrpc": "2.0", "method": 5, "params": {}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": 1}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": '
    b'{"textDocument": {"uri": "file:///none.py", "version": 1}, "contentChanges": [{"text": "x"}]}}',
    b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "none"}}',
]


def test_malformed_messages_leave_the_server_as_it_was(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, "x = 1\ny = 2\n")
    client.ready(URI)
    for body in MALFORMED:
        if body:
            client.raw(body)
    client.write(b"Content-Length: none\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    bad = {"id": "bad", "method": "textDocument/hover", "params": {"position": "here"}}
    client.send(bad)
    assert client.wait(lambda m: m.get("id") == "bad")["error"]["code"] == -32602
    assert client.answer(client.ask("no/such", {}))["error"]["code"] == -32601
    for arguments in ([], [3], [URI, 5], [URI, "f", "f(", 3], [URI, "nowhere", None]):
        client.answer(client.ask("workspace/executeCommand", {"command": "neuraldbg.predict", "arguments": arguments}))
        client.answer(
            client.ask("workspace/executeCommand", {"command": "neuraldbg.iteration", "arguments": arguments})
        )
    client.command("predict", URI)
    client.ready(URI)
    assert client.hints(URI) == {0: "x = 1", 1: "y = 2"}
    assert client.leave() == 0


def test_many_edits_and_cancels_end_in_the_last_text(start: Start) -> None:
    client = start(settings={"trusted": True, "predict": {"debounce": 20}})
    client.initialize()
    client.open(URI, "x = 1\n")
    client.open("file:///nowhere/other.py", "z = 5\nz\n")
    for number in range(10_000 if "NEURALDBG_FUZZ" in os.environ else 1000):
        client.change(URI, (0, 0, 5, 0, f"x = {number}\n" + "y = (" * (number % 2)), version=number + 2)
        client.notify("$/cancelRequest", {"id": client.ask("textDocument/inlayHint", hint_params())})
    client.change(URI, "x = 77\nx\n", version=20_000)
    client.until(URI, {0: "x = 77"})
    client.until("file:///nowhere/other.py", {0: "z = 5"})
    assert client.leave() == 0


def hint_params() -> dict[str, Any]:
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    return {"textDocument": {"uri": URI}, "range": whole}


def test_shutdown_in_the_middle_of_work(start: Start) -> None:
    """The model never answers: only a server that does not wait for it can end."""
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, WAITS)
    client.ready(URI, "predicting")
    while len((client.command("export", URI) or "").splitlines()) < 3:  # until the model is at it
        time.sleep(0.02)
    assert client.leave() == 0


def test_a_document_that_waits_does_not_keep_the_others_from_answers(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, WAITS)
    client.ready(URI, "predicting")
    assert client.hints("file:///nowhere/none.py") == {}
    client.command("cancel", URI)
    client.change(URI, "x = 3\nx\n")
    client.until(URI, {0: "x = 3"})


def test_work_can_be_cancelled_by_its_progress(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, WAITS)
    begun = client.wait(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "begin")
    client.notify("window/workDoneProgress/cancel", {"token": begun["params"]["token"]})
    client.wait(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end")
    client.change(URI, "x = 3\nx\n")
    client.until(URI, {0: "x = 3"})


def test_a_model_that_dies_is_started_again_and_that_is_said_once(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, "model_dies = 1\n")
    client.ready(URI, "problem")
    client.change(URI, "model_dies = 2\n")
    client.ready(URI, "problem")
    client.change(URI, "x = 3\nx\n")
    client.until(URI, {0: "x = 3"})
    told = [m["message"] for m in client.said("window/showMessage")]
    assert len(told) == 1 and "started again" in told[0]


@pytest.mark.parametrize("trust", [{}, {"trusted": False}])
def test_an_untrusted_workspace_runs_nothing(start: Start, tmp_path: Path, trust: dict[str, bool]) -> None:
    ran = tmp_path / "ran"
    # A lens or an action cannot be the only lock: the command itself refuses.
    client = start("neuraldbg", "lsp", settings=trust or None)
    client.initialize(initializationOptions=trust)
    text = f"x = 1\nopen({str(ran)!r}, 'w')\n"
    client.open(URI, text)
    client.ready(URI)
    client.command("crossCheck", URI)
    told = client.said("window/showMessage")[-1]["message"]
    assert "not trusted" in told and not ran.exists()
    found = client.request("textDocument/codeLens", {"textDocument": {"uri": URI}})
    assert found and not any(lens["command"]["command"].endswith("crossCheck") for lens in found)
    assert client.leave() == 0
    assert not ran.exists()


def test_the_off_switch_works_at_once_and_back(start: Start) -> None:
    client = start(settings=SETTINGS)
    client.initialize()
    client.open(URI, "x = 1\nif x:\n    y = 2\nz = 3\n")
    client.ready(URI)
    assert len(client.hints(URI)) == 4
    for settings, left in (
        ({"hints": {"assignments": False}}, {1: "taken"}),
        ({"hints": {"enable": False}}, {}),
        ({"enable": False}, {}),
    ):
        client.settings = settings
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait(lambda m: m.get("method") == "workspace/inlayHint/refresh")
        while client.hints(URI) != left:
            client.wait(lambda m: m.get("method") == "workspace/inlayHint/refresh")
    client.settings = None
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.ready(URI)
    assert len(client.hints(URI)) == 4


def test_wrong_settings_are_said_once(start: Start) -> None:
    client = start(settings={"hints": {"colour": "red"}})
    client.initialize()
    for uri in (URI, "file:///nowhere/b.py"):
        client.open(uri, "x = 1\nx\n")
        client.ready(uri)
    told = [m["message"] for m in client.said("window/showMessage")]
    assert len(told) == 1 and "no setting hints.colour" in told[0]


@pytest.mark.parametrize("editor", ["visual-studio-code", "neovim", "emacs"])
def test_with_the_capabilities_of_real_editors(start: Start, editor: str) -> None:
    from lsprotocol.converters import get_converter

    found = get_converter().unstructure(client_capabilities(editor))
    found["experimental"] = {"neuraldbgStatus": True}
    client = start(settings=SETTINGS)
    client.initialize(found)
    client.open(URI, "raise KeyError(1)\n")
    client.ready(URI)
    assert client.hints(URI) == {0: "!! KeyError(1)"}
    if not found["workspace"].get("diagnostics", {}).get("refreshSupport"):
        pushed = client.wait(
            lambda m: m.get("method") == "textDocument/publishDiagnostics" and bool(m["params"]["diagnostics"])
        )
        assert "KeyError: 1" in pushed["params"]["diagnostics"][0]["message"]
    assert client.leave() == 0


def test_diagnostics_are_sent_to_a_client_that_cannot_be_told_to_ask_again(start: Start) -> None:
    client = start(settings=SETTINGS)
    wanted = {"textDocument": {"diagnostic": {}}, "workspace": {"configuration": True}}  # as Neovim 0.11
    client.initialize({**wanted, "experimental": {"neuraldbgStatus": True}})
    client.open(URI, "raise KeyError(1)\n")
    pushed = client.wait(
        lambda m: m.get("method") == "textDocument/publishDiagnostics" and bool(m["params"]["diagnostics"])
    )
    assert "KeyError: 1" in pushed["params"]["diagnostics"][0]["message"]
    assert client.diagnostics(URI) == [], "nothing twice"


def test_a_client_that_can_do_nothing_and_answers_nothing(start: Start) -> None:
    client = start()
    client.silent = True
    client.initialize({"experimental": {"neuraldbgStatus": True}, "workspace": {"configuration": False}})
    client.open(URI, "x = 1\nx\n")
    client.ready(URI)
    assert client.hints(URI) == {0: "x = 1"}
    assert client.leave() == 0


def test_settings_of_several_roots(start: Start, tmp_path: Path) -> None:
    for name, loops in (("a", "true"), ("b", "false")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f"[tool.neuraldbg.hints]\nloops = {loops}\n")
        (tmp_path / name / "f.py").write_text("for i in (1, 2):\n    x = i\nx\n")
    client = start()
    folders = [{"uri": (tmp_path / n).as_uri(), "name": n} for n in "ab"]
    client.initialize(workspaceFolders=folders)
    found = {}
    for name in "ab":
        uri = (tmp_path / name / "f.py").as_uri()
        client.open(uri, (tmp_path / name / "f.py").read_text())
        client.ready(uri)
        found[name] = client.hints(uri)
    assert found == {"a": {0: "i = 1, 2", 1: "x = 1, 2"}, "b": {1: "x = 1, 2"}}


def test_tcp_serves_one_client(start: Start) -> None:
    process = start("tests.lsp.standin", "0")
    while b"listening on" not in process.errors:
        time.sleep(0.02)
    port = int(process.errors.decode().rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        out = connection.makefile("rb")
        params = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES}
        for id, method, given in ((1, "initialize", params), (2, "shutdown", None), (None, "exit", None)):
            message = {"jsonrpc": "2.0", "method": method, "params": given}
            body = json.dumps(message if id is None else {**message, "id": id}).encode()
            connection.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            if id is not None:
                length = int(out.readline().split(b":")[1])
                while out.readline() != b"\r\n":
                    continue
                assert json.loads(out.read(length))["id"] == id
    assert process.process.wait(60) == 0


def test_the_embedded_model_shows_hints_and_loads_no_torch(start: Start, root: Path) -> None:
    client = start("neuraldbg", "lsp")
    client.initialize()
    uri = (root / "examples" / "demo.py").as_uri()
    client.open(uri, (root / "examples" / "demo.py").read_text(encoding="utf-8"))
    client.ready(uri)
    assert client.hints(uri)[10] == "halves = []"
    maps = Path(f"/proc/{client.process.pid}/maps")
    assert "libtorch" not in maps.read_text()
    assert client.leave() == 0
