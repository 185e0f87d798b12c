"""Operations are spelled out: no text is lost, and what is inside strings and numbers lies open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.model.checkpoint import resolve
from neuraldbg.model.scratchpad.spelling import spell, spell_json
from neuraldbg.model.tokenizer import CwmTokenizer

TOKENIZER = CwmTokenizer.load(resolve(None))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def tokens(ids: list[int]) -> list[str]:
    return [TOKENIZER.decode([i]) for i in ids]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_is_lost(text: str) -> None:
    assert TOKENIZER.decode(spell(TOKENIZER, text)) == text


@given(VALUES)
def test_a_value_is_a_json_string(value: Any) -> None:
    assert json.loads(TOKENIZER.decode(spell_json(TOKENIZER, repr(value)))) == repr(value)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.integers())
def test_characters_and_digits_stand_alone(text: str, number: int) -> None:
    for ids in (spell(TOKENIZER, f"[{text!r}, {number}]"), spell_json(TOKENIZER, f"[{text!r}, {number}]")):
        for token in tokens(ids):
            assert sum(c.isalnum() for c in token) <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("len('ab')", ["len", "('", "a", "b", "')"]),
        ("12 + 305", ["1", "2", " +", " ", "3", "0", "5"]),
        ("{'a': 1}.items()", ["{", "'", "a", "':", " ", "1", "}", ".", "items", "()"]),
        ('"it\'s"[1]', ['"', "i", "t", "'", "s", '"[', "1", "]"]),
        ("'a\\'b'", ["'", "a", "\\", "'", "b", "'"]),
    ],
)
def test_words_outside_of_strings_are_tokens_as_usual(text: str, expected: list[str]) -> None:
    assert tokens(spell(TOKENIZER, text)) == expected
