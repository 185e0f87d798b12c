"""Entry points, what the user is told about bad input, and the names that are shown."""

# ruff: noqa: E501 (programs on one line)

from __future__ import annotations

from pathlib import Path

import pytest

from neuraldbg.bytecode import nested_codes
from neuraldbg.errors import ExitCode, InputError
from neuraldbg.program import Program

SOURCE = """\
import math
from os import path as p


def add(a, b=1, *rest, key=None, **more):
    return a + b


@staticmethod
def decorated(x):
    return x


class Stack:
    \"\"\"A stack.\"\"\"

    size = 0

    def push(self, item):
        __private = item
        return [q for q in range(item)]


def numbers(n):
    yield n


async def wait():
    return 1


f = lambda x: x
"""


def write(folder: Path, text: str | bytes, name: str = "script.py") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def test_a_script_is_its_own_entry(tmp_path: Path) -> None:
    program = Program.load(write(tmp_path, SOURCE), args=["-v", "3"])
    assert (program.entry, program.call, program.args) == ("<module>", None, ("-v", "3"))
    assert program.lines[0] == "import math" and len(program.lines) == SOURCE.count("\n")


@pytest.mark.parametrize(
    ("spec", "call", "entry", "expression"),
    [
        ("::add", "add(1, 2)", "add", "add(1, 2)"),
        ("", "add(1)", "add", "add(1)"),
        ("", "Stack().push(1)", "Stack.push", "Stack().push(1)"),
        ("::Stack.push", "Stack().push(1)", "Stack.push", "Stack().push(1)"),
        ("::wait", None, "wait", "wait()"),
        ("::decorated", "decorated(2)", "decorated", "decorated(2)"),
        ("::add", "add(*[1, 2], **{})", "add", "add(*[1, 2], **{})"),
        ("::numbers", " numbers(4) ", "numbers", "numbers(4)"),
    ],
)
def test_function_entries(tmp_path: Path, spec: str, call: str | None, entry: str, expression: str) -> None:
    program = Program.load(write(tmp_path, SOURCE) + spec, call)
    assert (program.entry, program.call) == (entry, expression)
    (branch,) = program.start().legal().branches
    assert branch.function == entry and branch.lines == (program.functions()[entry].line,)


@pytest.mark.parametrize(
    ("spec", "call", "message"),
    [
        ("::ad", "ad(1)", "no function ad; did you mean add?"),
        ("::missing", None, "no function missing; it has add, decorated, Stack.push, numbers, wait"),
        ("::Stack", None, "Stack is a class; name one of its methods"),
        ("::add", None, "add needs arguments; add --call, such as --call 'add(a)'"),
        ("::Stack.push", None, "--call 'Stack().push(item)'"),
        ("::add", "add(1", "does not parse"),
        ("::add", "add", "is not a call"),
        ("::add", "add()", "add() needs a"),
        ("::numbers", "numbers(1, 2)", "takes 1 positional arguments, 2 are given"),
        ("::numbers", "numbers(1, k=2)", "has no parameter k"),
        ("", "missing(1)", "no function missing"),
        ("", "(lambda: 1)()", "does not name a function"),
        ("", "Stack()", "no function Stack.__init__"),
    ],
)
def test_what_is_said_about_bad_entries(tmp_path: Path, spec: str, call: str | None, message: str) -> None:
    with pytest.raises(InputError) as info:
        Program.load(write(tmp_path, SOURCE) + spec, call)
    assert message in str(info.value) and "\n" not in str(info.value)
    assert info.value.exit_code is ExitCode.BAD_INPUT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x = (1\n", "line 1: '(' was never closed"),
        (b"x = 1\ny = \xff\n", "line 2 is not UTF-8"),
        (b"# -*- coding: latin-1 -*-\n", "is declared as latin-1; save it as UTF-8"),
        (b"x = 1\ny = '\0'\n", "line 2 has a null byte"),
        (b"", "has no statements"),
        (b"# nothing\n", "has no statements"),
        (b"return 1\n", "line 1: 'return' outside function"),
        (b"(" * 500 + b")" * 500, "script.py"),
        (b"x = " + b"-" * 100_000 + b"1", "cannot be compiled"),
    ],
)
def test_what_is_said_about_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError) as info:
        Program.load(write(tmp_path, content))
    assert message in str(info.value) and "\n" not in str(info.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Program.load(str(tmp_path / "absent.py"))
    with pytest.raises(InputError, match="is a directory"):
        Program.load(str(tmp_path))
    with pytest.raises(InputError, match="script arguments go with a whole script"):
        Program.load(write(tmp_path, SOURCE) + "::add", "add(1)", ["x"])


def test_line_ends_and_byte_order_marks(tmp_path: Path) -> None:
    program = Program.load(write(tmp_path, b"\xef\xbb\xbfx = 1\r\ny = '\x0c'\rz = 2"))
    assert program.lines == ("x = 1", "y = '\x0c'", "z = 2")


def test_a_file_whose_name_holds_colons(tmp_path: Path) -> None:
    assert Program.load(write(tmp_path, SOURCE, "a::b.py")).entry == "<module>"
    assert Program.load(write(tmp_path, SOURCE, "a::b.py") + "::wait").entry == "wait"


def test_functions() -> None:
    functions = Program.from_source(SOURCE).functions()
    assert list(functions) == ["add", "decorated", "Stack.push", "numbers", "wait", "<lambda>"]
    assert functions["add"].parameters == ("a", "b", "key", "rest", "more")
    decorated = functions["decorated"]
    assert (decorated.first_line, decorated.line, decorated.last_line) == (9, 10, 11)
    assert functions["numbers"].is_generator and functions["wait"].is_coroutine
    assert not functions["add"].is_generator and functions["<lambda>"].line == 32


def test_names_shown() -> None:
    source = (
        SOURCE
        + "for i in []: pass\nadd = add\nwith open('x') as h: pass\ndel i\ntry: import json\nexcept ImportError: json = 1\n"
    )
    program = Program.from_source(
        source + "def g():\n    global made\n    made = 1\n[w := 1 for _ in ()]\n__all__ = []\n"
    )
    codes = {code.co_qualname: code for code in nested_codes(program.code)}
    assert set(program.visible(codes["<module>"])) == {"f", "i", "add", "h", "json", "made", "w"}
    assert set(program.visible(codes["Stack"])) == {"size", "push"}
    assert set(program.visible(codes["add"])) == {"a", "b", "key", "rest", "more"}
    push = set(program.visible(codes["Stack.push"]))
    assert {"self", "item", "_Stack__private"} <= push and ".0" not in push


def test_a_program_is_a_value() -> None:
    one, two = Program.from_source(SOURCE, "a.py"), Program.from_source(SOURCE, "a.py")
    assert one == two and hash(one) == hash(two) and one.functions().keys() == two.functions().keys()
    assert one != Program.from_source(SOURCE, "a.py", "add", "add(1)")


def test_nothing_of_the_file_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = Program.from_source(f"open({str(mark)!r}, 'w')\ndef f():\n    pass\n", entry="f")
    program.start().legal()
    assert not mark.exists()


def test_a_file_that_has_been_read_takes_another_entry() -> None:
    file = Program.from_source(SOURCE, "a.py")
    made = file.calling("Stack().push(2)")
    assert made == Program.from_source(SOURCE, "a.py", call="Stack().push(2)") and made.entry == "Stack.push"
    assert made.tree is file.tree and made.code is file.code and list(made.functions()) == list(file.functions())
    assert file.calling("numbers(2)", "numbers").calling("add(1)").entry == "add"
    with pytest.raises(InputError, match="no function nowhere"):
        file.calling("nowhere()")
