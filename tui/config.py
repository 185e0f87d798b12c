"""What the stepper keeps outside of a session: the user's configuration, and a place for breakpoints and watches."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuraldbg.errors import InputError
from neuraldbg.tui.bindings import key_map


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration file, or what stands for it where there is none.

    Attributes:
        map: name of the key map.
        keys: id of a command -> the user's own keys for it.
        theme: ``dark``, ``light``, ``ansi`` or a theme of Textual; empty: by the terminal.
        inline: values behind the source lines.
    """

    map: str = "pdb"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    theme: str = ""
    inline: bool = True

    def key_map(self) -> dict[str, tuple[str, ...]]:
        """The keys of every command."""
        return key_map(self.map, self.keys)


def _home(variable: str, default: str) -> Path:
    text = os.environ.get(variable, "")
    return (Path(text) if text and Path(text).is_absolute() else Path.home() / default) / "neuraldbg"


def config_path() -> Path:
    """``$XDG_CONFIG_HOME/neuraldbg/config.toml``."""
    return _home("XDG_CONFIG_HOME", ".config") / "config.toml"


def state_path(name: str) -> Path:
    """A file under ``$XDG_STATE_HOME/neuraldbg``."""
    return _home("XDG_STATE_HOME", ".local/state") / name


def read_config(path: Path | None = None) -> Config:
    """The configuration.

    Raises:
        InputError: if the file cannot be read or says something that is not understood.
    """
    path = path or config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    try:
        return _config(tomllib.loads(text))
    except ValueError as error:  # TOMLDecodeError is one
        raise InputError(f"{path}: {error}; docs/keys.md shows what it can say") from error


def _config(found: dict[str, Any]) -> Config:
    known: dict[str, type] = {"theme": str, "inline": bool, "keys": dict}
    for name, value in found.items():
        if name not in known:
            raise ValueError(f"no setting {name!r}")
        if type(value) is not known[name]:
            raise ValueError(f"{name} must be a {known[name].__name__}")
    keys: dict[str, tuple[str, ...]] = {}
    map = "pdb"
    for name, value in found.get("keys", {}).items():
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise ValueError(f"keys.{name} must be a key or a list of keys")
        if name == "map":
            map = values[0] if values else map
        else:
            keys[name] = tuple(values)
    try:
        key_map(map, keys)
    except Exception as error:
        raise ValueError(str(error)) from error
    return Config(map, keys, found.get("theme", ""), found.get("inline", True))
