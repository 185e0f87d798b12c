"""What an editor sees, through a real server process whose model is the recorder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neuraldbg.steps import parse_trace
from tests.lsp.client import Client, hover
from tests.lsp.conftest import SETTINGS, Start

DEMO = (Path(__file__).resolve().parents[2] / "examples" / "demo.py").read_text(encoding="utf-8")

DOCTESTED = '''\
def double(n):
    """Twice.

    >>> double(4)
    8
    """
    m = n * 2
    return m


def plain(a: int, b: str = "x", *, c):
    return a
'''


FADED = """\
def f(x):
    if x:
        y = [
            x
        ]
    return x


f(0)
"""


def shown(client: Client, uri: str, text: str, **more: Any) -> dict[int, str]:
    """Opens a text and waits until it is predicted; its hints by line, 0 the first."""
    client.open(uri, text, **more)
    client.ready(uri)
    return client.hints(uri)


def lenses(client: Client, uri: str) -> list[tuple[int, str]]:
    found = client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return [(lens["range"]["start"]["line"], lens["command"]["title"]) for lens in found]


def actions(client: Client, uri: str, line: int) -> list[Any]:
    at = {"line": line, "character": 0}
    params = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
    return list(client.request("textDocument/codeAction", params))


def test_hints_of_the_demo(client: Client) -> None:
    assert shown(client, "file:///nowhere/demo.py", DEMO) == {
        4: "taken 1 of 2",
        5: "!! ValueError(7)",
        6: "-> 2",
        10: "halves = []",
        11: "n = 4, 7",
        13: "halves = [2], !! ValueError(7)",
        15: "halves = [2, None]",
        16: "-> [2, None]",
        19: "result = [2, None]",
    }


def test_only_lines_that_are_asked_for_have_hints_and_the_tooltip_comes_later(client: Client) -> None:
    uri = "file:///nowhere/range.py"
    shown(client, uri, DEMO)
    some = {"start": {"line": 10, "character": 0}, "end": {"line": 11, "character": 0}}
    found = client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": some})
    assert [h["position"] for h in found] == [{"line": 10, "character": 15}, {"line": 11, "character": 21}]
    assert all("tooltip" not in h for h in found)
    tip = client.request("inlayHint/resolve", found[1])["tooltip"]["value"]
    assert "| 1 | `4` | 90% |" in tip and "| 2 | `7` | 90% |" in tip and "predicted, not run" in tip


def test_an_edit_predicts_again_and_keeps_what_is_before_it(client: Client) -> None:
    uri = "file:///nowhere/edit.py"
    assert shown(client, uri, "x = 1\ny = x + 1\nz = y\n") == {0: "x = 1", 1: "y = 2", 2: "z = 2"}
    client.change(uri, (1, 8, 1, 9, "41"))
    client.ready(uri)
    assert client.hints(uri) == {0: "x = 1", 1: "y = 42", 2: "z = 42"}


def test_half_typed_code_keeps_what_still_fits(client: Client) -> None:
    uri = "file:///nowhere/half.py"
    shown(client, uri, "x = 1\ny = x + 1\nz = y\n")
    client.change(uri, (0, 0, 0, 0, "# above\n"), (2, 4, 2, 9, "(x +"))
    problem = client.ready(uri, "problem")
    assert "line 3" in problem["message"]
    assert client.hints(uri) == {1: "x = 1", 3: "z = 2"}
    client.change(uri, (2, 8, 2, 8, " 2)"))
    client.ready(uri)
    assert client.hints(uri) == {1: "x = 1", 2: "y = 3", 3: "z = 3"}


def test_a_function_is_predicted_by_its_known_call_and_another_is_remembered(client: Client) -> None:
    uri = "file:///nowhere/doctested.py"
    assert shown(client, uri, DOCTESTED) == {6: "m = 8", 7: "-> 8"}
    assert (0, "predicted double(4)") in lenses(client, uri)
    client.command("predict", uri, "double", "double('ab')")
    client.ready(uri)
    assert client.hints(uri) == {6: "m = 'abab'", 7: "-> 'abab'"}
    client.change(uri, (6, 12, 6, 13, "3"))
    client.ready(uri)
    assert client.hints(uri) == {6: "m = 'ababab'", 7: "-> 'ababab'"}
    titles = [title for line, title in lenses(client, uri) if line == 0]
    assert titles == ["predicted double('ab')", "predict double(4)", "cross-check"]


def test_a_call_that_cannot_be_made_is_said(client: Client) -> None:
    uri = "file:///nowhere/bad_call.py"
    shown(client, uri, DOCTESTED)
    for arguments, wanted in (
        (("double", "dubble(1)"), "neuraldbg: 'dubble(1)': no function dubble; did you mean double?"),
        (("double", "double(1, 2)"), "neuraldbg: double() takes 1 positional arguments, 2 are given"),
        (("nowhere",), "neuraldbg: there is no function nowhere"),
        (("plain",), "neuraldbg: no call of plain is known: give one, or write it in a comment (# neuraldbg: CALL)"),
    ):
        assert client.command("predict", uri, *arguments) is None
        assert client.said("window/showMessage")[-1]["message"] == wanted


def test_turns_of_a_loop(client: Client) -> None:
    uri = "file:///nowhere/turns.py"
    shown(client, uri, "t = 0\nfor i in (5, 6, 7):\n    t += i\nt\n")
    assert (1, "all 3 turns") in lenses(client, uri)
    seen = []
    for _ in range(4):
        client.command("iteration", uri, 2, 1)
        seen.append((client.hints(uri)[1], client.hints(uri)[2]))
    assert seen == [("i = 5", "t = 5"), ("i = 6", "t = 11"), ("i = 7", "t = 18"), ("i = 5, 6, 7", "t = 5, 11, 18")]
    client.command("iteration", uri, 2, -1)
    assert client.hints(uri)[1] == "i = 7" and (1, "turn 3 of 3") in lenses(client, uri)
    client.change(uri, (0, 0, 0, 0, "\n"))
    client.ready(uri)
    assert client.hints(uri)[2] == "i = 7", "the loop has moved, its turn with it"


def test_diagnostics_of_an_exception_that_nothing_catches(client: Client) -> None:
    uri = "file:///nowhere/raises.py"
    shown(client, uri, "def f(x):\n    if x:\n        return 1\n    raise KeyError(x)\n\n\nf(0)\n")
    assert client.diagnostics(uri) == [
        (2, "not reached by raises.py, as predicted"),
        (3, "raises.py is predicted to raise KeyError: 0"),
    ]
    report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert [d["severity"] for d in report["items"]] == [4, 3] and report["items"][0]["tags"] == [1]
    again = client.request(
        "textDocument/diagnostic", {"textDocument": {"uri": uri}, "previousResultId": report["resultId"]}
    )
    assert again["kind"] == "unchanged"


def test_what_is_not_reached_is_faded_and_nothing_more(client: Client) -> None:
    """A hint with a tag: editors fade it and do not list it as a problem. Asked for here, sent in the next test."""
    uri = "file:///nowhere/fade.py"
    shown(client, uri, FADED)
    report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert report["items"] == [
        {
            "range": {"start": {"line": 2, "character": 8}, "end": {"line": 4, "character": 9}},
            "severity": 4,
            "code": "unreached",
            "source": "neuraldbg",
            "message": "not reached by fade.py, as predicted",
            "tags": [1],
        }
    ]
    client.change(uri, (3, 12, 3, 12, "é = "))
    assert client.diagnostics(uri) == [], "it says something else now"


def test_what_is_sent_is_faded_where_the_client_can(start: Start) -> None:
    for tags, wanted in (({"tagSupport": {"valueSet": [1]}}, [[1]]), ({}, [])):
        client = start(settings=SETTINGS)
        client.initialize({"textDocument": {"publishDiagnostics": tags}, "experimental": {"neuraldbgStatus": True}})
        uri = "file:///nowhere/push.py"
        client.open(uri, FADED + "raise KeyError(1)\n")
        sent = client.wait(
            lambda m: m.get("method") == "textDocument/publishDiagnostics" and bool(m["params"]["diagnostics"])
        )["params"]["diagnostics"]
        assert [d["tags"] for d in sent if "tags" in d] == wanted
        assert [d["message"] for d in sent if "tags" not in d] == ["push.py is predicted to raise KeyError: 1"]


def test_nothing_unsure_is_diagnosed(client: Client) -> None:
    uri = "file:///nowhere/unsure.py"
    text = "def f(x):\n    if x:\n        return 1\n    raise KeyError(x)\n\n\nunsure_a = 0\nf(unsure_a)\n"
    assert shown(client, uri, text)[3] == "!! KeyError(0)?"
    assert client.diagnostics(uri) == []


def test_a_cross_check_shows_where_the_prediction_was_wrong_and_the_truth_can_be_adopted(client: Client) -> None:
    uri = "file:///nowhere/check.py"
    text = "def wrong(n):\n    return n * 2\n\n\na = wrong(4)\nb = 1\n"
    assert shown(client, uri, text)[1] == "-> 9"
    client.command("crossCheck", uri)
    told = client.wait(lambda m: m.get("method") == "window/showMessage")["params"]["message"]
    assert told == "neuraldbg: check.py: 5 of 8 steps are right before the first difference"
    assert client.diagnostics(uri) == [(1, "predicted to return 9, really 8")]
    assert "Show the real values of check.py" in [a["title"] for a in actions(client, uri, 4)]
    client.command("adopt", uri)
    assert client.hints(uri)[1] == "-> 8" and client.diagnostics(uri) == []
    client.change(uri, (5, 4, 5, 5, "2"))
    client.ready(uri)
    assert client.hints(uri)[1] == "-> 8", "what the edit does not touch stays true"


def test_actions_write_a_call_to_fill_in(client: Client) -> None:
    uri = "file:///nowhere/action.py"
    shown(client, uri, DOCTESTED)
    action = next(a for a in actions(client, uri, 11) if a["title"].startswith("Predict plain"))
    assert action["edit"]["changes"][uri][0]["newText"] == "# neuraldbg: plain(1, c=1)\n"
    edit = action["edit"]["changes"][uri][0]
    client.change(uri, (edit["range"]["start"]["line"], 0, edit["range"]["start"]["line"], 0, edit["newText"]))
    client.ready(uri)
    assert client.hints(uri)[12] == "-> 1"


def test_no_light_bulb_without_a_difference(client: Client) -> None:
    uri = "file:///nowhere/bulb.py"
    shown(client, uri, "def wrong(n):\n    return n * 2\n\n\na = wrong(4)\n")

    def offered(trigger: int, diagnostics: list[Any]) -> list[str]:
        at = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
        context = {"diagnostics": diagnostics, "triggerKind": trigger}
        params = {"textDocument": {"uri": uri}, "range": at, "context": context}
        return [a["title"] for a in client.request("textDocument/codeAction", params)]

    assert offered(1, []) and not offered(2, [])
    client.command("crossCheck", uri)
    client.wait(lambda m: m.get("method") == "window/showMessage")
    report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
    assert "Show the real values of bulb.py" in offered(2, report["items"])


def test_clear_and_predict_again(client: Client) -> None:
    uri = "file:///nowhere/clear.py"
    shown(client, uri, "x = 1\ny = 2\n")
    client.command("clear", uri)
    assert client.hints(uri) == {} and client.diagnostics(uri) == []
    client.command("predict", uri)
    client.ready(uri)
    assert client.hints(uri) == {0: "x = 1", 1: "y = 2"}


def test_export_and_the_stepper(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "out.py"
    file.write_text(DOCTESTED)
    uri = file.as_uri()
    shown(client, uri, DOCTESTED)
    text = client.command("export", uri, "double", str(tmp_path / "out.jsonl"))
    assert (tmp_path / "out.jsonl").read_text() == text
    trace = parse_trace(text.splitlines(), "out")
    assert trace.call == "double(4)" and [s.line for s in trace.steps][:2] == [1, 7]
    assert json.loads(text.splitlines()[0])["outcome"] == "returned"
    assert client.command("stepper", uri, "double") == ["neuraldbg", "step", f"{file}::double", "--call", "double(4)"]


def test_inline_values_are_names_of_this_function_up_to_here(client: Client) -> None:
    uri = "file:///nowhere/inline.py"
    shown(client, uri, DEMO)
    lines = {"start": {"line": 10, "character": 0}, "end": {"line": 13, "character": 0}}
    stopped = {"start": {"line": 12, "character": 0}, "end": {"line": 12, "character": 0}}
    params = {
        "textDocument": {"uri": uri},
        "range": lines,
        "context": {"frameId": 1, "stoppedLocation": stopped},
    }
    found = client.request("textDocument/inlineValue", params)
    names = [(v["range"]["start"]["line"], v["variableName"]) for v in found]
    assert names == [(10, "halves"), (11, "n"), (11, "numbers")]


def test_text_in_every_script_crlf_and_tabs(client: Client) -> None:
    uri = "file:///nowhere/%E4%B8%AD.py"
    text = "名 = '🙂🙂'\r\nif 名:\r\n\tb = 名 + '中'  \r\nc = 1\r\n"
    assert shown(client, uri, text) == {0: "名 = '🙂🙂'", 1: "taken", 2: "b = '🙂🙂中'", 3: "c = 1"}
    found = client.request(
        "textDocument/inlayHint",
        {
            "textDocument": {"uri": uri},
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}},
        },
    )
    assert [h["position"]["character"] for h in found] == [10, 5, 12, 5]
    client.change(uri, (0, 5, 0, 9, "xy"))  # both emoji, four units
    client.ready(uri)
    assert client.hints(uri)[0] == "名 = 'xy'"


def test_documents_that_are_no_files(client: Client) -> None:
    assert shown(client, "untitled:Untitled-1", "x = [1]\nx.append(2)\nx\n") == {0: "x = [1]", 1: "x = [1, 2]"}


def test_other_languages_are_left_alone(client: Client) -> None:
    client.open("file:///nowhere/a.txt", "x = 1\n", "plaintext")
    assert client.hints("file:///nowhere/a.txt") == {}


def test_an_empty_file_and_a_comment_are_no_problem(client: Client) -> None:
    assert shown(client, "file:///nowhere/empty.py", "") == {}
    assert shown(client, "file:///nowhere/comment.py", "# nothing\n") == {}


def test_a_notebook_is_one_program(client: Client) -> None:
    cells = ["vscode-notebook-cell:/n.ipynb#a", "vscode-notebook-cell:/n.ipynb#b"]
    notebook = {
        "uri": "file:///nowhere/n.ipynb",
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": 2, "document": cell} for cell in cells],
    }
    texts = ["%time\nx = 20", "y = x + 1\ny"]
    documents = [
        {"uri": cell, "languageId": "python", "version": 1, "text": text}
        for cell, text in zip(cells, texts, strict=True)
    ]
    client.notify("notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": documents})
    client.ready("file:///nowhere/n.ipynb")
    assert client.hints(cells[0]) == {1: "x = 20"} and client.hints(cells[1]) == {0: "y = 21"}
    change = {
        "cells": {
            "textContent": [
                {
                    "document": {"uri": cells[0], "version": 2},
                    "changes": [
                        {
                            "range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 5}},
                            "text": "3",
                        }
                    ],
                }
            ]
        }
    }
    identity = {"uri": "file:///nowhere/n.ipynb", "version": 2}
    client.notify("notebookDocument/didChange", {"notebookDocument": identity, "change": change})
    client.ready("file:///nowhere/n.ipynb")
    assert client.hints(cells[1]) == {0: "y = 31"}
    assert hover(client, cells[1], 0, 4) is not None
