"""Lines and columns as clients count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from neuraldbg.lsp.text import SourceDocument, Text, column, line_map, split_lines, units

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
texts = st.text(st.sampled_from("ab\t =é中🙂\x0c\x0b\u2028\x85\r\n"), max_size=40)


@given(texts)
def test_lines_end_as_the_protocol_says(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert [line.rstrip("\r\n") for line in lines] == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[
        : len(lines)
    ]


@given(st.text(max_size=20), st.sampled_from(ENCODINGS))
def test_columns_come_back(text: str, encoding: str) -> None:
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    for index in range(len(text) + 1):
        count = len(text[:index].encode(codec, "surrogatepass")) // size
        assert units(text[:index], encoding) == count
        assert column(text, count, encoding) == index
    assert column(text, 10_000, encoding) == len(text)


@given(texts, st.tuples(*[st.integers(0, 6)] * 4), st.sampled_from(["", "x", "🙂\n", "\r\n中"]))
def test_an_edit_changes_what_the_client_means(text: str, where: tuple[int, int, int, int], new: str) -> None:
    (a, b), (c, d) = sorted([where[:2], where[2:]])

    def offset(line: int, character: int) -> int:
        """By the specification's words: past the end of a line is its end, past the last line the end of the text."""
        lines = split_lines(text)
        if line >= len(lines):
            return len(text)
        found, count = "", 0
        for c in lines[line].rstrip("\r\n"):
            if count >= character:
                break
            found, count = found + c, count + (2 if c > "\uffff" else 1)
        return sum(map(len, lines[:line])) + len(found)

    document = SourceDocument("file:///a.py", text)
    change = types.Range(types.Position(a, b), types.Position(c, d))
    document.apply_change(types.TextDocumentContentChangePartial(change, new))
    assert document.source == text[: offset(a, b)] + new + text[max(offset(a, b), offset(c, d)) :]


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_lines_are_matched_in_order_and_say_the_same(old: list[str], new: list[str]) -> None:
    found = line_map(old, new)
    assert all(old[a - 1] == new[b - 1] for a, b in found.items())
    moved = [found[a] for a in sorted(found)]
    assert moved == sorted(set(moved))
    if old == new:
        assert len(found) == len(old)


def test_a_line_inserted_moves_the_others() -> None:
    assert line_map(["a", "b", "c"], ["a", "x", "b", "c"]) == {1: 1, 2: 3, 3: 4}


def test_cells_are_one_program_and_magics_are_blanked() -> None:
    cells = [
        ("vscode-notebook-cell:n#1", "%matplotlib inline\nx = 1"),
        ("vscode-notebook-cell:n#2", "%%bash\nls"),
        ("vscode-notebook-cell:n#3", "if x:\n    !ls\n    y = x % 2\ny?\n"),
    ]
    text = Text.of(cells, notebook=True)
    compile(text.source, "n", "exec")
    third = text.part(cells[2][0])
    assert (
        third is not None and text.lines[third.first - 1] == "if x:" and text.lines[third.first + 1] == "    y = x % 2"
    )
    assert "ls" not in text.source


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 11), ("utf-16", 9), ("utf-32", 8)])
def test_the_end_of_a_line_leaves_out_blanks(encoding: str, end: int) -> None:
    text = Text.of([("file:///a.py", "x = '🙂a'  \t\r\ny = 1")], encoding)
    position = text.end_of(text.parts[0], 1)
    assert (position.line, position.character) == (0, end)
