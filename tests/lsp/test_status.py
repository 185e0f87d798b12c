"""What clients with a status bar and lists to choose from are told: `neuraldbg/status`, `neuraldbg.overview`."""

from __future__ import annotations

from typing import Any

from neuraldbg.program import MODULE
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import Start
from tests.lsp.test_features import DOCTESTED

URI = "file:///nowhere/status.py"


def test_a_document_is_loading_then_predicting_then_ready(start: Start) -> None:
    client = start()
    client.initialize()
    client.open(URI, "a = 1\nb = a + 1\n")
    client.ready(URI)
    told = client.said("neuraldbg/status")
    assert told[0] == {"uri": URI, "state": "predicting", "message": "", "loading": True}
    assert told[-1] == {"uri": URI, "state": "ready", "message": "", "loading": False}


def test_once_the_model_has_predicted_it_is_not_loading_any_more(start: Start) -> None:
    client = start(settings={"predict": {"debounce": 0}})
    client.initialize()
    client.open(URI, "model_waits = 1\nb = 2\n")  # the stand-in holds the second step back
    found = client.wait(
        lambda m: (
            m.get("method") == "neuraldbg/status"
            and m["params"]["state"] == "predicting"
            and not m["params"]["loading"]
        )
    )
    assert found["params"]["uri"] == URI


def test_switched_off_is_told(start: Start) -> None:
    client = start(settings={"enable": True})
    client.initialize()
    client.open(URI, "a = 1\n")
    client.ready(URI)
    client.settings = {"enable": False}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.ready(URI, "off")
    client.open("file:///nowhere/other.py", "a = 1\n")
    client.ready("file:///nowhere/other.py", "off")


def test_nothing_is_told_unasked(start: Start) -> None:
    client = start()
    client.initialize({**CAPABILITIES, "experimental": {}})
    client.open(URI, "a = 1\n")
    client.until(URI, {0: "a = 1"})
    assert client.said("neuraldbg/status") == []


def overview(client: Client, uri: str, text: str, row: int = 0) -> dict[str, Any]:
    client.open(uri, text)
    client.ready(uri)
    found = client.command("overview", uri, row)
    assert isinstance(found, dict)
    return found


def test_overview_of_calls_and_runs(client: Client) -> None:
    uri = "file:///nowhere/overview.py"
    found = overview(client, uri, DOCTESTED, 6)
    assert found["here"] == "double"
    known = {f["function"]: f for f in found["functions"]}
    assert list(known) == [MODULE, "double", "plain"]
    run = known["double"]["run"]
    assert known["double"]["calls"] == ["double(4)"] and known["double"]["line"] == 0
    assert run["call"] == run["title"] == "double(4)" and run["state"] == "complete" and run["agrees"] is None
    assert known["plain"] == {"function": "plain", "line": 10, "call": "plain(1, c=1)", "calls": [], "run": None}
    client.command("predict", uri, "double", "double(9)")
    client.ready(uri)
    again = client.command("overview", uri, 0)["functions"][1]
    assert again["call"] == "double(9)" and again["calls"] == ["double(9)", "double(4)"]


def test_overview_says_how_a_cross_check_went(client: Client) -> None:
    uri = "file:///nowhere/checked.py"
    text = "def wrong(n):\n    return n\n\n\n# neuraldbg: wrong(3)\ndef right(n):\n    return n\n\n\nright(3)\n"
    functions = overview(client, uri, text)["functions"]
    assert {f["function"] for f in functions if f["run"]} == {MODULE, "wrong"}
    for function in (MODULE, "wrong"):
        client.command("crossCheck", uri, function)
        client.wait(lambda m: m.get("method") == "window/showMessage")
    runs = {f["function"]: f["run"] for f in client.command("overview", uri)["functions"]}
    assert runs[MODULE]["agrees"] is True and runs["wrong"]["agrees"] is False


def test_overview_of_what_is_no_program(client: Client) -> None:
    client.open("file:///nowhere/broken.py", "def (:\n")
    client.ready("file:///nowhere/broken.py", "problem")
    assert client.command("overview", "file:///nowhere/broken.py") == {"here": MODULE, "functions": []}
