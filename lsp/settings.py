"""Settings: one set of names for editors (section ``neuraldbg``) and ``[tool.neuraldbg]`` of pyproject.toml.

What the editor says goes over pyproject.toml, that over the defaults. Whether a workspace is trusted is never read from
a file in it. docs/lsp.md lists the names; they are the fields below.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from neuraldbg.steps import UNSURE_BELOW


@dataclass(frozen=True, slots=True)
class Hints:
    """Inlay hints by kind.

    Attributes:
        enable: show any.
        maxLength: longest label of a line, in UTF-16 units; VS Code cuts at 43.
    """

    enable: bool = True
    assignments: bool = True
    loops: bool = True
    branches: bool = True
    returns: bool = True
    exceptions: bool = True
    maxLength: int = 43


@dataclass(frozen=True, slots=True)
class Predict:
    """What is predicted, and how much of it.

    Attributes:
        module: the file from its first line, where it does more than define things.
        functions: those with a known call.
        maxFunctions: of one file.
        maxSteps: of one call.
        debounce: milliseconds of rest after an edit.
    """

    module: bool = True
    functions: bool = True
    maxFunctions: int = 20
    maxSteps: int = 300
    debounce: int = 300


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a document.

    Attributes:
        enable: predict at all.
        unsureBelow: predictions less likely than this are marked ``?``.
        dimUnreached: fade lines that the predicted run does not reach.
        trusted: the workspace's programs may be run when the user asks; only the editor can say so.
    """

    enable: bool = True
    hints: Hints = field(default_factory=Hints)
    predict: Predict = field(default_factory=Predict)
    hover: bool = True
    codeLens: bool = True
    diagnostics: bool = True
    dimUnreached: bool = True
    unsureBelow: float = UNSURE_BELOW
    trusted: bool = False


LIMITS: Mapping[str, tuple[float, float]] = {
    "hints.maxLength": (8, 1_000),
    "predict.maxFunctions": (0, 1_000),
    "predict.maxSteps": (1, 100_000),
    "predict.debounce": (0, 60_000),
    "unsureBelow": (0, 1),
}


def merge(base: Settings, given: object, problems: list[str], where: str, trust: bool = True) -> Settings:
    """``base`` with what is given; what cannot be used is left out and said in ``problems``.

    Args:
        base: settings to start with.
        given: a mapping of names to values, nested or with dots; null values leave the base as it is.
        where: named in problems.
        trust: the source may say that the workspace is trusted.
    """
    if given is None:
        return base
    if not isinstance(given, Mapping):
        problems.append(f"{where}: settings must be an object, not {type(given).__name__}")
        return base
    for name, value in _flat(given, ""):
        if name == "trusted" and not trust:
            problems.append(f"{where}: trusted can only be set in the editor")
        elif value is not None:
            problem = _problem(base, name, value)
            if problem:
                problems.append(f"{where}: {problem}")
            else:
                base = _with(base, name, value)
    return base


def _flat(given: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def names(kind: Any = Settings, prefix: str = "") -> dict[str, Any]:
    """Every setting's name and default."""
    out: dict[str, Any] = {}
    for item in fields(kind):
        default = getattr(kind(), item.name)
        if is_dataclass(default):
            out.update(names(type(default), f"{prefix}{item.name}."))
        else:
            out[f"{prefix}{item.name}"] = default
    return out


def _problem(base: Settings, name: str, value: object) -> str | None:
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        return f"no setting {name}; " + (f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}")
    default = known[name]
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"{name} must be true or false, not {value!r}"
    low, high = LIMITS[name]
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not low <= value <= high:
        return f"{name} must be a {'whole ' if whole else ''}number from {low} to {high}, not {value!r}"
    return None


def _with(base: Settings, name: str, value: Any) -> Settings:
    group, dot, inner = name.partition(".")
    if not dot:
        return replace(base, **{name: value})
    return replace(base, **{group: replace(getattr(base, group), **{inner: value})})


def project_settings(path: Path | None, problems: list[str]) -> Settings:
    """Defaults with ``[tool.neuraldbg]`` of the nearest pyproject.toml above a file.

    Args:
        path: of the file; None for a document that has none.
        problems: gets a line for each thing that cannot be used.
    """
    if path is None:
        return Settings()
    for folder in path.parents:
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            section = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("neuraldbg")
        except (OSError, ValueError, AttributeError) as error:
            problems.append(f"{file}: {error}")
            return Settings()
        return merge(Settings(), section, problems, str(file), trust=False)
    return Settings()
