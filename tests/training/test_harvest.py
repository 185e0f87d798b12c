"""Functions are taken from files by their doctests, with what they need and without their docstrings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuraldbg.errors import InputError
from neuraldbg.training.data.harvest import candidates, keeps, main
from neuraldbg.training.data.library import Function, harvested, library

TEXT = '''
"""A module."""
import math
import os
from time import time

LIMIT = 3


class Box:
    """Holds."""

    def __init__(self, x):
        self.x = x


def area(r, digits=LIMIT):
    """Area of a circle.

    >>> area(1)
    3.142
    >>> area(2, digits=1)
    12.6
    >>> x = area(3)
    """
    return Box(round(math.pi * r * r, digits)).x


def here(x):
    """
    >>> here(1)
    """
    return os.getcwd() * x


def now(x):
    """
    >>> now(1)
    """
    return time()


def untold(x):
    return x


def wrapped(n):
    """
    >>> list(wrapped(3))
    [0, 1, 2]
    >>> wrapped(LIMIT)
    """
    yield from range(n)
'''


def test_functions_with_literal_doctests_and_harmless_imports_are_taken() -> None:
    found = {function.name: function for function in candidates(TEXT)}
    assert set(found) == {"area", "wrapped"}
    area = found["area"]
    assert area.calls == ("area(1)", "area(2, digits=1)")
    assert "import math" in area.source and "LIMIT = 3" in area.source and "class Box" in area.source
    assert "import os" not in area.source and "Area of" not in area.source and "Holds" not in area.source
    assert found["wrapped"].calls == ("wrapped(3)",)
    assert list(candidates("def f(:\n")) == []


def test_only_calls_that_end_and_repeat_are_kept() -> None:
    source = (
        "import itertools\n\n\ndef f(n, seen=[]):\n    seen.append(n)\n"
        "    for k in itertools.count():\n        if k == n:\n            return k\n"
    )
    kept = keeps(Function("f", source, ("f(3)", "f(-1)", "f(", "g(1)"), 0))
    assert kept is not None and kept.calls == ("f(3)",)  # f(-1) never ends, the others are no calls of f
    assert keeps(Function("f", "def f():\n    return object()\n", ("f(",), 0)) is None


def test_the_command_writes_what_the_library_reads(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text(TEXT)
    (tmp_path / "code" / "copy_of_a.py").write_text(TEXT)
    (tmp_path / "code" / "bad.py").write_bytes(b"\xff\xfe")
    output = tmp_path / "functions.jsonl"
    main([str(tmp_path / "code"), "--output", str(output)])
    assert len(output.read_text().splitlines()) == 2  # each once
    functions = harvested(output)
    assert [function.name for function in functions] == ["area", "wrapped"]
    assert functions[0].family == len(library())
    (tmp_path / "broken.jsonl").write_text(json.dumps({"name": "f"}) + "\n")
    for bad in (tmp_path / "none.jsonl", tmp_path / "broken.jsonl"):
        with pytest.raises(InputError, match=bad.name):
            harvested(bad)
