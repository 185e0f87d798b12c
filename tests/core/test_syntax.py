"""The quick walk over syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from neuraldbg.syntax import walk

FILES = sorted((Path(__file__).resolve().parents[1] / "corpus").glob("*.py"))


@pytest.mark.parametrize("path", FILES[:40], ids=lambda path: path.stem)
def test_it_gives_what_ast_walk_gives(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(map(id, walk(tree))) == list(map(id, ast.walk(tree)))
