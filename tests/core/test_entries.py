"""Entry calls found in the text of a file, its doctests, tests and comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuraldbg.entries import Where, find_entries, test_files
from neuraldbg.program import Program
from neuraldbg.recorder import record

SOURCE = '''\
import sys

LIMIT = 3


class Stack:
    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        """
        >>> Stack([1]).push(2)
        """
        self.items.append(item)


def add(a, b=1):  # neuraldbg: add(10, [1])
    """Adds.

    >>> x = 4
    >>> print(add(x, 2))
    6
    >>> add(nothing)
    >>> add(1, 2, 3)
    """
    return a + b


def main():
    return add(1)


def test_add():
    value = 5
    assert add(value) == 6
    assert add(value + 1, LIMIT) == 9
    for i in range(3):
        assert add(i) == i + 1


# neuraldbg: not a call
# neuraldbg: sys.exit()

total = add(7, LIMIT)

if __name__ == "__main__":
    text, argument = "a", len(sys.argv)
    name = "n"
    print(add(name, "b"), add(text, "c"), add(argument))
    main()
'''

TESTS = """\
import pytest
import demo as d
from demo import Stack, add as plus

BASE = 100


class TestAll:
    def test_plus(self):
        self.assertEqual(plus(2, b=3), 5)
        assert d.add(8) == 9 and d.Stack([3]).push(1) is None
        items = [1]
        items.append(2)
        plus(items, [])
        plus(BASE)

    @pytest.mark.parametrize("a, b", [(1, "x"), (2, "y"), (3, make())])
    @pytest.mark.parametrize("c", [5])
    def test_rows(self, a, b, c):
        assert plus(a, c) == b
        plus(b)


def helper():
    plus(9999)
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    path = tmp_path / "demo.py"
    path.write_text(SOURCE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_demo.py").write_text(TESTS)
    (tmp_path / "demo_test.py").write_text("def test_broken(:\n")
    (tmp_path / "test_other.py").write_text(TESTS.replace("plus(2", "plus(77"))
    return Program.load(str(path))


def test_every_place_is_looked_into(program: Program) -> None:
    found = find_entries(program)
    by_place = {where: [(e.call, e.function) for e in found if e.where is where] for where in Where}
    assert by_place == {
        Where.COMMENT: [("add(10, [1])", "add")],
        Where.MAIN: [("add('n', 'b')", "add"), ("main()", "main")],
        Where.DOCTEST: [("add(4, 2)", "add"), ("Stack([1]).push(2)", "Stack.push"), ("Stack([1])", "Stack.__init__")],
        Where.TEST: [
            ("add(5)", "add"),
            ("add(5 + 1, LIMIT)", "add"),
            ("add(2, b=3)", "add"),
            ("add(8)", "add"),
            ("Stack([3]).push(1)", "Stack.push"),
            ("Stack([3])", "Stack.__init__"),
            ("add(100)", "add"),
            ("add(1, 5)", "add"),
            ("add('x')", "add"),
            ("add(2, 5)", "add"),
            ("add('y')", "add"),
            ("add(3, 5)", "add"),
        ],
        Where.MODULE: [("add(7, LIMIT)", "add")],
        Where.PLAIN: [("test_add()", "test_add")],
        Where.SCRIPT: [(None, "<module>")],
    }
    lines = SOURCE.split("\n")
    for entry in found:
        if entry.call is not None:
            assert lines[entry.line_of_function - 1].strip().startswith("def ")
    comment = found[0]
    assert (comment.file, comment.line) == (program.filename, lines.index(lines[16]) + 1)
    doctest = next(e for e in found if e.where is Where.DOCTEST)
    assert lines[doctest.line - 1].strip() == ">>> print(add(x, 2))"


def test_every_entry_can_be_made(program: Program) -> None:
    for entry in find_entries(program):
        made = Program.load(program.filename, call=entry.call)
        assert made.entry == entry.function
        if entry.call is not None and entry.function != "<module>":
            assert record(made).steps[0].function == entry.function, entry


def test_test_files_are_those_beside_the_file(program: Program, tmp_path: Path) -> None:
    assert test_files(tmp_path / "demo.py") == [tmp_path / "demo_test.py", tmp_path / "tests" / "test_demo.py"]
    none = find_entries(program, tests=[])
    assert all(e.file == program.filename for e in none)
    assert find_entries(program, tests=[tmp_path / "missing.py"]) == none


def test_nothing_is_run_and_odd_files_have_few_entries(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    source = f"open({str(marker)!r}, 'w')\n\ndef f(x):\n    return x\n\nf(open({str(marker)!r}, 'w'))\n"
    program = Program.from_source(source, str(tmp_path / "odd.py"))
    assert [e.where for e in find_entries(program)] == [Where.MODULE, Where.SCRIPT]
    assert not marker.exists()
    assert [e.call for e in find_entries(Program.from_source("x = 1\n", "x.py"))] == [None]
