"""Random edits of texts and notebooks: the server's text is the client's, whatever was typed, and nothing goes wrong.

``NEURALDBG_FUZZ=80`` makes eighty times as many: 4,800 changes of a text, twice, and 4,800 of a notebook.
"""

from __future__ import annotations

import os
import random
import re
from typing import Any

import pytest

from tests.lsp.client import WHOLE, Client
from tests.lsp.conftest import Start

TIMES = int(os.environ.get("NEURALDBG_FUZZ", "1"))
URI = "file:///nowhere/fuzz.py"
SETTINGS = {"predict": {"debounce": 0, "maxSteps": 40}}

CODE = """\
def tally(words, least):
    # 数える 🙂
    counts = {}
    for word in words:
        if len(word) >= least:
            counts[word] = counts.get(word, 0) + 1
    return counts


résumé = tally(['a', '中🙂', 'bb'], 1)
while len(résumé) > 2:
\tname, _ = résumé.popitem()
"""
PIECES = [
    *("x = 1\n", "if x:\n", "    y = [x,\n", "for i in range(3):\n\ty = i\n", "def f(a):\n    return a\n", "f(2)\n"),
    *("(", ")", "[", "]", "{", "}", "'", '"""', ":", "=", ".", ",", " ", "    ", "\t", "#", "\\", "@", "0", "x", "é"),
    *("\n", "\r\n", "\r", "\n\n", "\f", "\v", "\x1c", "\u2028", "\x85", "\ufeff", "\x00"),
    *(
        "🙂",
        "中",
        "👩‍👩‍👧",
        "e\u0301",
        "\u202e",
        "raise ",
        "return ",
        "lambda ",
        "await ",
        "yield ",
        "class A:\n    b = 1\n",
    ),
    *("# neuraldbg: tally(['q'], 1)\n", ">>> f(1)\n", "del x\n", "import os\n", "x: int\n", "f'{x!r}'", "%time\n"),
]
_END = re.compile(r"\r\n|\r|\n")


class Mirror:
    """A text as a client keeps it: UTF-16 units, positions as the protocol defines them."""

    def __init__(self, text: str) -> None:
        self.text = text

    def lines(self) -> list[int]:
        """Length of every line in UTF-16 units, without its end."""
        return [len(line.encode("utf-16-le")) // 2 for line in _END.split(self.text)]

    def offset(self, line: int, character: int) -> int:
        """Where a position is in the text, in characters; past the end of a line is its end."""
        ends = [m.end() for m in _END.finditer(self.text)]
        starts = [0, *ends]
        if line >= len(starts):
            return len(self.text)
        end = _END.search(self.text, starts[line])
        own = self.text[starts[line] : end.start() if end else len(self.text)]
        return starts[line] + len(own.encode("utf-16-le")[: 2 * character].decode("utf-16-le"))

    def position(self, chance: random.Random) -> tuple[int, int]:
        """Any that does not split a character; now and then one past the end of its line or of the text."""
        line = chance.randrange(len(self.lines()) + (chance.random() < 0.02))
        start, end = self.offset(line, 0), self.offset(line, 10**6)
        here = chance.randint(start, end)
        column = len(self.text[start:here].encode("utf-16-le")) // 2
        return line, column + (50 if here == end and chance.random() < 0.1 else 0)

    def replace(self, text: str) -> tuple[int, int, int, int, str]:
        """Puts another text in the place of all."""
        last = len(self.lines())
        self.text = text
        return 0, 0, last, 0, text

    def edit(self, chance: random.Random) -> tuple[int, int, int, int, str]:
        """Changes the text at random; what a client sends of it."""
        first = last = self.position(chance)
        if chance.random() < 0.4:
            last = self.position(chance)
            if abs(last[0] - first[0]) > 2 and chance.random() < 0.9:
                last = first  # most deletions are small
        first, last = sorted((first, last))
        piece = chance.choice(PIECES) if chance.random() < 0.8 else ""
        if len(self.text) > 3 * len(CODE):
            return self.replace(CODE.replace("\n", chance.choice(["\n", "\r\n"])))
        start, end = self.offset(*first), self.offset(*last)
        self.text = self.text[:start] + piece + self.text[end:]
        return (*first, *last, piece)


def check(client: Client, uri: str, mirror: Mirror, chance: random.Random) -> int:
    """The server has the same text, and what it shows lies in it; how many hints there are."""
    own, program = client.request("test/text", {"uri": uri})
    assert own == mirror.text
    lines = mirror.lines()

    def inside(position: dict[str, int]) -> None:
        assert position["line"] < len(lines) and 0 <= position["character"] <= lines[position["line"]], position

    document = {"uri": uri}
    hints = client.request("textDocument/inlayHint", {"textDocument": document, "range": WHOLE})
    for hint in hints:
        inside(hint["position"])
        assert len(hint["label"].encode("utf-16-le")) // 2 <= 43
    for lens in client.request("textDocument/codeLens", {"textDocument": document}):
        inside(lens["range"]["start"]), inside(lens["range"]["end"])
    for item in client.request("textDocument/diagnostic", {"textDocument": document})["items"]:
        inside(item["range"]["start"]), inside(item["range"]["end"])
    line, character = mirror.position(chance)
    at = {"line": line, "character": character}
    found = client.request("textDocument/hover", {"textDocument": document, "position": at})
    if found is not None:
        inside(found["range"]["start"]), inside(found["range"]["end"])
    asked = {"textDocument": document, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
    client.request("textDocument/codeAction", asked)
    return len(hints)


def settle(client: Client, uri: str) -> None:
    """Waits until what is there has been predicted, or found to be no Python."""
    client.command("predict", uri)
    client.wait(lambda m: m.get("method") == "neuraldbg/status" and m["params"]["state"] != "predicting")


def nothing_went_wrong(client: Client) -> None:
    assert client.leave() == 0
    assert client.errors == b""
    assert client.said("window/showMessage") == []


@pytest.mark.parametrize("seed", range(2))
def test_random_edits(start: Start, seed: int) -> None:
    chance = random.Random(seed)
    client = start("tests.lsp.watched", settings=SETTINGS)
    client.initialize()
    mirror, hints = Mirror(CODE), 0
    client.open(URI, CODE)
    for number in range(60 * TIMES):
        edits = [mirror.edit(chance) for _ in range(chance.randint(1, 3))]
        client.change(URI, *edits, version=number + 2)
        if chance.random() < 0.2:
            hints += check(client, URI, mirror, chance)
        if chance.random() < 0.02:
            client.command(chance.choice(["clear", "predict", "cancel"]), URI)
        if chance.random() < 0.05:
            client.change(URI, mirror.replace(CODE), version=number + 2)
            settle(client, URI)
            hints += check(client, URI, mirror, chance)
    client.change(URI, "x = 1\ny = x + 1\ny\n", version=10**6)
    assert hints > 5 * TIMES, "there was something to see"
    client.command("predict", URI)
    client.until(URI, {0: "x = 1", 1: "y = 2"})
    nothing_went_wrong(client)


class Notebook:
    """A notebook as a client keeps it."""

    uri = "file:///nowhere/fuzz.ipynb"

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cells: list[str] = []
        self.texts: dict[str, Mirror] = {}
        self.made = 0
        empty = {"uri": self.uri, "notebookType": "jupyter-notebook", "version": 1, "cells": []}
        client.notify("notebookDocument/didOpen", {"notebookDocument": empty, "cellTextDocuments": []})

    def splice(self, at: int, delete: int, insert: list[str], chance: random.Random) -> None:
        """Takes cells out and puts new ones in."""
        opened, closed = [], [{"uri": cell} for cell in self.cells[at : at + delete] if cell not in insert]
        for cell in insert:
            if cell not in self.texts:
                self.texts[cell] = Mirror(chance.choice([CODE, *PIECES]))
                text = self.texts[cell].text
                opened.append({"uri": cell, "languageId": "python", "version": 1, "text": text})
        self.cells[at : at + delete] = insert
        for cell in closed:
            del self.texts[cell["uri"]]
        cells = [{"kind": 2, "document": cell} for cell in insert]
        array = {"start": at, "deleteCount": delete, "cells": cells}
        self.tell({"structure": {"array": array, "didOpen": opened, "didClose": closed}})

    def tell(self, change: dict[str, Any]) -> None:
        """Sends a change of the cells."""
        self.made += 1
        identity = {"uri": self.uri, "version": self.made + 1}
        params = {"notebookDocument": identity, "change": {"cells": change}}
        self.client.notify("notebookDocument/didChange", params)

    def change(self, chance: random.Random) -> None:
        """Adds, removes, moves or edits a cell."""
        what = chance.random()
        here = chance.randint(0, len(self.cells))
        if (what < 0.15 and len(self.cells) < 12) or not self.cells:
            self.splice(here, 0, [f"vscode-notebook-cell:/fuzz.ipynb#{self.made}"], chance)
        elif what < 0.25 and len(self.cells) > 3:
            self.splice(chance.randrange(len(self.cells)), 1, [], chance)
        elif what < 0.35 and len(self.cells) > 1:  # two neighbours change places
            at = chance.randrange(len(self.cells) - 1)
            self.splice(at, 2, self.cells[at : at + 2][::-1], chance)
        else:
            cell = chance.choice(self.cells)
            self.write(cell, *self.texts[cell].edit(chance))

    def write(self, cell: str, line: int, character: int, last: int, end: int, text: str) -> None:
        """Sends an edit of a cell."""
        between = {"start": {"line": line, "character": character}, "end": {"line": last, "character": end}}
        document = {"uri": cell, "version": self.made + 2}
        self.tell({"textContent": [{"document": document, "changes": [{"range": between, "text": text}]}]})


def test_random_notebooks(start: Start) -> None:
    chance = random.Random(7)
    client = start("tests.lsp.watched", settings=SETTINGS)
    client.initialize()
    notebook, hints = Notebook(client), 0
    for _ in range(60 * TIMES):
        notebook.change(chance)
        if chance.random() < 0.05:
            for number, cell in enumerate(notebook.cells):
                notebook.write(cell, *notebook.texts[cell].replace(f"%time\r\nx = {number}\r\ny = [x, '🙂']\r\ny"))
            settle(client, notebook.uri)
            for cell in notebook.cells:
                hints += check(client, cell, notebook.texts[cell], chance)
        if chance.random() < 0.3 and notebook.cells:
            cell = chance.choice(notebook.cells)
            hints += check(client, cell, notebook.texts[cell], chance)
    texts = [client.request("test/text", {"uri": cell}) for cell in notebook.cells]
    assert [own for own, _ in texts] == [notebook.texts[cell].text for cell in notebook.cells]
    assert hints > 5 * TIMES, "there was something to see"
    assert len({program for _, program in texts}) == 1, "all cells are one program"
    nothing_went_wrong(client)
