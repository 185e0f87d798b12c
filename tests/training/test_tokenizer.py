"""Training ranks: what may merge, equality with tiktoken, determinism."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.errors import InputError
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.steps import Event, Origin, Step, Trace, write_trace
from neuraldbg.training import tokenizer as training

SOURCE = '''
def total_of(items, start=0):
    """Adds the numbers up."""
    total = start  # a comment on numbers
    for index, item in enumerate(items):
        total += item * 10 + index
    return total, "numbers 12"
'''
TEXTS = [SOURCE, *training.builtin_texts(), '{"items": "[1, 22, 333]", "total": ".."}'] * 12


def pieces_of(tokenizer: CwmTokenizer, text: str) -> list[str]:
    return [tokenizer.decode([i]) for i in tokenizer.encode(text)]


@pytest.fixture(scope="module", params=["digits", "words", "bare"])
def trained(request: pytest.FixtureRequest) -> tuple[str, CwmTokenizer]:
    return request.param, CwmTokenizer(training.train_ranks(TEXTS, 600, protect=request.param))


def test_the_bytes_come_first_and_digits_stand_alone(trained: tuple[str, CwmTokenizer]) -> None:
    _, tokenizer = trained
    assert tokenizer.n_ranks == 600
    assert all(tokenizer.ranks[bytes([byte])] == byte for byte in range(256))
    learnt = [token for token in tokenizer.ranks if len(token) > 1]
    assert not [token for token in learnt if any(48 <= byte <= 57 for byte in token)]
    assert pieces_of(tokenizer, "12345") == list("12345")
    assert pieces_of(tokenizer, "x12 = -34")[-2:] == ["3", "4"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*"abet =():'\"[]{},.\n", "return", " items", "total", "é", "   "]), max_size=30))
def test_tiktoken_encodes_as_training_did(trained: tuple[str, CwmTokenizer], parts: list[str]) -> None:
    _, tokenizer = trained
    ranks = tokenizer.ranks
    expected: list[int] = []
    for piece in training.split("".join(parts)):
        whole = ranks.get(piece.encode())
        greedy = training.rank_greedy(piece.encode(), ranks)
        expected += [whole] if whole is not None else [ranks[token] for token in greedy]
    assert tokenizer.encode("".join(parts)) == expected


def test_every_joined_token_is_what_tiktoken_makes_of_its_bytes() -> None:
    tokenizer = CwmTokenizer(training.train_ranks(TEXTS, 600, protect="digits"))
    for token, rank in tokenizer.ranks.items():
        assert training.rank_greedy(token, tokenizer.ranks) == [token], token
        assert tokenizer.token_bytes(rank) == token


def test_unknown_words_are_spelled_letter_by_letter() -> None:
    tokenizer = CwmTokenizer(training.train_ranks(TEXTS, 600, protect="words"))
    assert pieces_of(tokenizer, " return total") == [" return", " total"]
    assert pieces_of(tokenizer, "x.append(items)") == ["x", ".append", "(items", ")"]
    for word in ("returned", "totals", "ireturn", "banana", "xappend"):
        assert pieces_of(tokenizer, word) == list(word)
        assert pieces_of(tokenizer, " " + word) == list(" " + word)


@settings(max_examples=100, deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyzABC", min_size=1, max_size=12))
def test_a_word_is_one_token_or_its_letters(trained: tuple[str, CwmTokenizer], word: str) -> None:
    kind, tokenizer = trained
    for text in (word, " " + word, "." + word):
        found = pieces_of(tokenizer, text)
        assert "".join(found) == text
        if kind != "digits":
            assert found in ([text], list(text))


def test_bare_words_are_spelled_unless_they_are_keywords() -> None:
    texts = [SOURCE + "items\ntotal\n"] * 30
    words = CwmTokenizer(training.train_ranks(texts, 285, protect="words"))
    bare = CwmTokenizer(training.train_ranks(texts, 285, protect="bare"))
    assert pieces_of(words, "total") == ["total"]
    assert pieces_of(bare, "total") == list("total")
    for tokenizer in (words, bare):
        assert pieces_of(tokenizer, " total") == [" total"]
        assert pieces_of(tokenizer, "def") == ["def"]


def test_only_the_named_words_become_tokens() -> None:
    tokenizer = CwmTokenizer(training.train_ranks(TEXTS, 500, only=training.builtin_words()))
    assert pieces_of(tokenizer, " total") == list(" total")
    assert pieces_of(tokenizer, " return enumerate") == [" return", " enumerate"]


def test_tokens_are_no_longer_than_asked() -> None:
    ranks = training.train_ranks(
        ["=" * 40 + "\n" + " " * 40 + "x return_value_of enumerate"] * 20, 265, max_merge_len=4
    )
    signs = [token for token in ranks if set(token) <= set(b"=\n")]
    assert max(map(len, signs)) == 4
    assert max(len(token) for token in ranks if token.isspace()) == 8  # runs of blanks: twice as long
    short = training.train_ranks(TEXTS, 400, max_word_len=6)
    assert max(len(token) for token in short if token.isalpha()) == 6


def test_one_text_makes_no_word() -> None:
    rare = ["zebrafish zebrafish " * 500]
    common = [" walrus() "] * 30
    ranks = training.train_ranks(rare + common, 258, min_count=12)
    assert b" walrus" in ranks
    assert b" zebrafish" not in ranks


def test_too_little_text_is_refused() -> None:
    with pytest.raises(ValueError, match="the texts give only 256 ranks of 300"):
        training.train_ranks(["a 1 b 2"], 300)
    with pytest.raises(ValueError, match="at least 256"):
        training.train_ranks(["x"], 100)


def test_training_twice_gives_the_same_ranks() -> None:
    names = ["items", "total", "index", "x", "y"]
    texts = [*TEXTS, *training.frame_texts(names, random.Random(3), 50)]
    again = [*TEXTS, *training.frame_texts(names, random.Random(3), 50)]
    assert texts == again
    assert list(training.train_ranks(texts, 500).items()) == list(training.train_ranks(again, 500).items())


def test_code_only_keeps_the_shape_of_strings_and_comments() -> None:
    expected = '''
def total_of(items, start=0):
    """   ."""
    total = start  #    
    for index, item in enumerate(items):
        total += item * 10 + index
    return total, " "
'''  # noqa: W291
    assert training.code_only(SOURCE) == expected


def test_functions_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE + "\n\ndef long():\n" + "    x = 1\n" * 40, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (:", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "b.py").write_text(SOURCE, encoding="utf-8")
    [[(body, names)]] = list(training.python_functions(tmp_path))
    assert body.startswith("def total_of(items, start=0):\n    total = start  #")
    assert names == ["items", "start", "total", "index", "item"]


def test_frame_texts_are_json_of_locals_and_a_value() -> None:
    *frames, value = training.frame_texts(["x", "items"], random.Random(0), 30)
    decoded = [json.loads(text) for text in frames]
    assert {name for locals_ in decoded for name in locals_} == {"x", "items"}
    assert any(locals_.get("x") == ".." for locals_ in decoded)
    assert isinstance(json.loads(value), str)


def test_traces_give_source_locals_and_values(tmp_path: Path) -> None:
    trace = Trace("f.py", "def f(x):\n    return x\n", "f", Origin.RECORDED)
    trace.steps = [
        Step(Event.CALL, 1, "f", 0, {"x": "'a'"}),
        Step(Event.LINE, 2, "f", 0, {"x": "'a'"}),
        Step(Event.RETURN, 2, "f", 0, {"x": "'a'"}, "'a'"),
    ]
    file = tmp_path / "t.jsonl"
    with file.open("w", encoding="utf-8") as out:
        write_trace(trace, out)
    texts = [trace.source, '{"x": "\'a\'"}', '{"x": ".."}', "\"'a'\""]
    assert list(training.trace_texts(file)) == texts
    with pytest.raises(InputError):
        list(training.trace_texts(tmp_path / "none.jsonl"))


def test_generated_programs_carry_the_entry_mark() -> None:
    texts = list(training.generated_texts(3, seed=1))
    assert texts == list(training.generated_texts(3, seed=1))
    for text in texts:
        assert text.endswith("# << START_OF_TRACE")
        compile(text, "generated", "exec")


def test_the_command_writes_a_ranks_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "tokenizer.model"
    training.main([str(out), "--ranks", "400", "--words", "builtins"])
    tokenizer = CwmTokenizer.load(out)
    assert tokenizer.n_ranks == 400
    assert pieces_of(tokenizer, '{"x": ".."}')[-1] == ' ".."}'
    assert "400 ranks" in capsys.readouterr().out
