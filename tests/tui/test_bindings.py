"""One table of keys: no key twice, every action real, hints and help complete."""

from __future__ import annotations

import re

import pytest

from neuraldbg.session import Session
from neuraldbg.tui.app import VERBS, Stepper
from neuraldbg.tui.bindings import KEYS, help_lines, hints, key_map, key_name


def test_no_key_has_two_meanings() -> None:
    keys = [key for k in KEYS for key in k.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.action)
def test_every_action_exists(key: object) -> None:
    action = key.action  # type: ignore[attr-defined]
    name, argument = re.fullmatch(r"(\w+)(?:\((.*)\))?", action).groups()  # type: ignore[union-attr]
    assert callable(getattr(Stepper, f"action_{name}"))
    if name == "verb":
        assert hasattr(Session, argument.strip("'"))
        assert argument.strip("'") in VERBS


def test_the_help_screen_has_every_key_and_fits_eighty_columns() -> None:
    text = "\n".join(help_lines(key_map()))
    for key in KEYS:
        assert key.help in text
        assert all(key_name(k) in text for k in key.keys)
    assert max(map(len, help_lines(key_map()))) <= 67


@pytest.mark.parametrize("width", [20, 78, 118, 198])
def test_hints_fit_and_always_say_how_to_get_help_and_out(width: int) -> None:
    text = hints(width, key_map())
    assert len(text) <= width
    assert "? help" in text
    assert "q quit" in text
    assert ("x check" in text) == (width >= 78)
