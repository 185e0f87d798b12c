"""Rows to measure with: held-out programs of the mix, and listed functions of packages."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from neuraldbg.errors import InputError
from neuraldbg.training.data.harvest import candidates
from neuraldbg.training.data.library import library
from neuraldbg.training.data.stream import skeleton
from neuraldbg.training.evaluate import read_rows
from neuraldbg.training.heldout import (
    Listed,
    choose,
    digest,
    main,
    own_rows,
    package_rows,
    read_list,
    row,
    wheels,
)  # fmt: skip

FILE = '''
def halves(items):
    """
    >>> halves([])
    []
    >>> halves([4, 6])
    [2, 3]
    """
    out = []
    for item in items:
        out.append(item // 2)
    return out
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds a wheel with one function."""
    with zipfile.ZipFile(tmp_path / "some_pack-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pack/halves.py", FILE)
    return tmp_path


def test_own_rows_are_of_held_out_skeletons_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert main(["own", "--count", "8", "--seed", "3", "--output", str(path)]) == 0
    rows = read_rows(path)
    assert len({r["id"] for r in rows}) == 8
    assert rows == list(own_rows(8, 3, library()))
    generated = list(own_rows(8, 3))
    assert all(skeleton(r["code"]) % 50 == 0 for r in generated)


def test_a_row_holds_what_the_program_gives() -> None:
    source = "def f(a):\n    b = a + 1\n    return b\n"
    assert row("x", source, "f", "f(1)") == {"id": "x", "code": source, "entry": "f", "input": "1", "output": "2"}
    raises = row("x", source, "f", "f('')")
    assert raises is not None
    assert raises["output"].startswith("raises TypeError(")
    assert row("x", "def f():\n    while True:\n        pass\n", "f", "f()", 50) is None


def test_a_list_of_functions_names_what_is_found_in_wheels(folder: Path, tmp_path: Path) -> None:
    (listed,) = choose(folder, 5)
    assert (listed.package, listed.version, listed.path, listed.name) == (
        "some-pack",
        "1.0",
        "pack/halves.py",
        "halves",
    )
    (made,) = package_rows([listed], folder)
    assert (made["entry"], made["output"]) == ("halves", "[2, 3]" if listed.call else "[]")
    assert '"""' not in made["code"]
    (source,) = (f.source for f in candidates(FILE))
    assert choose(folder, 5, [source]) == []


def test_another_version_or_a_missing_wheel_is_noticed(folder: Path) -> None:
    listed = Listed("some-pack", "1.0", "pack/halves.py", "halves", 0, "00000000")
    with pytest.raises(InputError, match="has another halves"):
        list(package_rows([listed], folder))
    with pytest.raises(InputError, match="no wheel"):
        list(package_rows([Listed("none", "1.0", "a.py", "f", 0, "00000000")], folder))


def test_the_list_has_two_hundred_functions_of_many_packages(tmp_path: Path) -> None:
    listed = read_list()
    assert len({(one.package, one.path, one.name) for one in listed}) == 200
    assert len({one.package for one in listed}) >= 20
    trained = {digest(function.source) for function in library()}
    assert not trained & {one.digest for one in listed}
    path = tmp_path / "list.txt"
    path.write_text("# fine\na 1 b c x d\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_list(path)


def test_wheels_are_named_as_the_package_index_does(folder: Path) -> None:
    assert set(wheels(folder)) == {("some-pack", "1.0")}


def test_a_wrong_wheel_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.jsonl"
    assert main(["packages", "--wheels", str(tmp_path), "--output", str(out)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not out.exists()
