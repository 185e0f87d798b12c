"""Settings: one set of names, what is wrong is said and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuraldbg.lsp.settings import Settings, merge, names, project_settings


def test_nested_and_dotted_names_mean_the_same() -> None:
    problems: list[str] = []
    nested = merge(Settings(), {"hints": {"loops": False, "maxLength": 20}, "unsureBelow": 0.7}, problems, "x")
    dotted = merge(Settings(), {"hints.loops": False, "hints.maxLength": 20, "unsureBelow": 0.7}, problems, "x")
    assert nested == dotted and not nested.hints.loops and nested.hints.maxLength == 20 and not problems


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hints": {"lops": False}}, "no setting hints.lops"),
        ({"enable": 1}, "enable must be true or false"),
        ({"predict": {"maxSteps": 0}}, "predict.maxSteps must be a whole number from 1"),
        ({"predict": {"maxSteps": True}}, "predict.maxSteps must be"),
        ({"predict": {"maxSteps": 2.5}}, "predict.maxSteps must be"),
        ({"unsureBelow": "much"}, "unsureBelow must be a number"),
        ({"hints": 3}, "no setting hints"),
        ([], "must be an object"),
    ],
)
def test_what_is_wrong_is_said_and_left_out(given: object, said: str) -> None:
    problems: list[str] = []
    assert merge(Settings(), given, problems, "here") == Settings()
    assert len(problems) == 1 and said in problems[0] and problems[0].startswith("here: ")


def test_null_leaves_a_setting_as_it_is() -> None:
    problems: list[str] = []
    base = merge(Settings(), {"enable": False}, problems, "x")
    assert merge(base, {"enable": None, "hints": {"loops": None}}, problems, "x") == base and not problems
    assert merge(base, None, problems, "x") == base


def test_the_nearest_pyproject_counts_and_cannot_grant_trust(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.neuraldbg]\nenable = false\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text(
        "[tool.neuraldbg]\ntrusted = true\n[tool.neuraldbg.hints]\nloops = false\n"
    )
    problems: list[str] = []
    settings = project_settings(inner / "x.py", problems)
    assert settings.enable and not settings.trusted and not settings.hints.loops
    assert len(problems) == 1 and "trusted can only be set in the editor" in problems[0]


@pytest.mark.parametrize("text", ["[tool.neuraldbg\n", "tool = 3\n", "\xff"])
def test_a_damaged_pyproject_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    problems: list[str] = []
    assert project_settings(tmp_path / "x.py", problems) == Settings()
    assert len(problems) == 1 and "pyproject.toml" in problems[0]


def test_every_setting_is_documented(root: Path) -> None:
    text = (root / "docs" / "lsp.md").read_text(encoding="utf-8")
    for name, default in names().items():
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert f"| `{name}` | `{shown}` |" in text, name
