"""The tokenizer: CWM's layout and literal ids, agreement with transformers' fast tokenizer, damaged files."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuraldbg.errors import ModelError
from neuraldbg.model.tokenizer import (
    FILE_NAME,
    SPECIAL_OFFSETS,
    CwmTokenizer,
    merges_of,
    read_ranks,
    save_fast,
    special_names,
    to_fast,
    write_ranks,
)
from neuraldbg.training.tokenizer import builtin_texts, train_ranks

BYTES = {bytes([byte]): byte for byte in range(256)}


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> CwmTokenizer:
    """Llama 3's ranks, which CWM uses, out of the wheel of ``llama-models``."""
    folder = tmp_path_factory.mktemp("llama")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "llama-models"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    wheels = list(folder.glob("llama_models-*.whl"))
    if not wheels:
        pytest.skip(f"Llama 3's ranks cannot be had: pip download llama-models failed ({done.stderr.strip()[-200:]})")
    with zipfile.ZipFile(wheels[0]) as wheel:
        (folder / FILE_NAME).write_bytes(wheel.read("llama_models/llama3/tokenizer.model"))
    return CwmTokenizer.load(folder)


@pytest.fixture(scope="module")
def small() -> CwmTokenizer:
    """Few ranks, with whole words that no merge reaches."""
    return CwmTokenizer(train_ranks([*builtin_texts()] * 5, 700))


def encode_fast(fast: Any, text: str) -> list[int]:
    ids: list[int] = fast(text, split_special_tokens=True)["input_ids"]
    return ids


# Layout -------------------------------------------------------------------------------------------------------------


def test_slots_follow_the_ranks_at_cwms_offsets(small: CwmTokenizer) -> None:
    assert (small.n_ranks, small.vocab_size) == (700, 956)
    assert [small.begin_of_text, small.end_of_text, small.pad] == [700, 701, 704]
    assert [small.start_header_id, small.end_header_id, small.eom_id, small.eot_id] == [706, 707, 708, 709]
    assert [small.frame_sep, small.action_sep, small.return_sep, small.call_sep] == [800, 801, 802, 803]
    assert [small.line_sep, small.exception_sep, small.arg_sep, small.trace_context_start] == [804, 805, 806, 807]
    assert [small.reasoning_thinking_start, small.reasoning_thinking_end] == [820, 821]
    assert small.reserved(108) == 808
    assert small.special_name(808) == "<|reserved_special_token_108|>"


def test_every_special_has_a_name_of_its_own_and_is_one_token(small: CwmTokenizer) -> None:
    names = special_names()
    assert len(set(names)) == 256
    for offset, name in enumerate(names):
        assert small.encode_with_special(name) == [700 + offset]
        assert small.special_name(700 + offset) == name
        assert small.token_bytes(700 + offset) == b""
        assert small.decode([700 + offset]) == name


def test_a_golden_trace_has_the_ids_cwm_prescribes(llama: CwmTokenizer) -> None:
    trace = (
        "<|begin_of_text|><|trace_context_start|>"
        "def f(x):  # << START_OF_TRACE\n    y = x + 1\n    return y\n<|frame_sep|>"
        '<|call_sep|>{"x": "41"}<|action_sep|>def f(x):  # << START_OF_TRACE\n<|frame_sep|>'
        '<|line_sep|>{"x": ".."}<|action_sep|>    y = x + 1\n<|frame_sep|>'
        '<|line_sep|>{"x": "..", "y": "42"}<|action_sep|>    return y\n<|frame_sep|>'
        '<|return_sep|><|action_sep|>    return y\n<|arg_sep|>"42"<|frame_sep|>'
        "<|end_of_text|>"
    )
    head = [755, 282, 2120, 1680, 220, 674, 1134, 21673, 14568, 25220, 198]
    assert llama.encode_with_special(trace) == [
        *(128000, 128107, *head, 262, 379, 284, 865, 489, 220, 16, 198, 262, 471, 379, 198, 128100),
        *(128103, 5018, 87, 794, 330, 3174, 9388, 128101, *head, 128100),
        *(128104, 5018, 87, 794, 33313, 9388, 128101, 262, 379, 284, 865, 489, 220, 16, 198, 128100),
        *(128104, 5018, 87, 794, 33313, 498, 330, 88, 794, 330, 2983, 9388, 128101, 262, 471, 379, 198, 128100),
        *(128102, 128101, 262, 471, 379, 198, 128106, 1, 2983, 1, 128100),
        128001,
    ]
    assert llama.decode(llama.encode_with_special(trace)) == trace
    assert llama.vocab_size == 128_256
    assert (llama.exception_sep, llama.eom_id, llama.eot_id) == (128_105, 128_008, 128_009)


# Encoding -----------------------------------------------------------------------------------------------------------


@given(st.sampled_from(special_names()), st.text(max_size=5), st.text(max_size=80))
def test_special_strings_in_ordinary_text_are_spelled_out(
    small: CwmTokenizer, name: str, before: str, after: str
) -> None:
    text = before + name + after
    ids = small.encode(text)
    assert max(ids) < small.n_ranks
    assert small.decode(ids) == text


@given(st.text())
def test_decoding_gives_the_text_back(small: CwmTokenizer, text: str) -> None:
    ids = small.encode(text)
    assert small.decode(ids) == text
    assert small.decode_bytes(ids) == text.encode()
    assert b"".join(map(small.token_bytes, ids)) == text.encode()


def test_what_encode_returns_may_be_changed(small: CwmTokenizer) -> None:
    first = small.encode("    return x")
    first.append(0)
    assert small.encode("    return x") == first[:-1]


def test_decoding_shows_half_a_character_and_names_specials(small: CwmTokenizer) -> None:
    ids = [*small.encode("é")[:1], small.frame_sep]
    assert small.decode(ids) == "\ufffd<|frame_sep|>"
    assert small.decode_bytes(ids) == b"\xc3"


@pytest.mark.parametrize("token_id", [-1, 956, 10**9])
def test_ids_outside_the_vocabulary_are_refused(small: CwmTokenizer, token_id: int) -> None:
    with pytest.raises(ValueError, match="not special"):
        small.token_bytes(token_id)
    with pytest.raises(ValueError, match="not special"):
        small.decode([token_id])


def test_an_ordinary_token_has_no_special_name(small: CwmTokenizer) -> None:
    assert not small.is_special(699)
    with pytest.raises(ValueError, match="token 699 is not special: those are 700 to 955"):
        small.special_name(699)
    with pytest.raises(ValueError, match="no special slot 256"):
        small.reserved(256)


# The same as a fast tokenizer ---------------------------------------------------------------------------------------

_ASSIGNED = st.characters(exclude_categories=["Cs", "Cn", "Co"])
_CODE = st.sampled_from(
    [*"abxyZ_019 \n\t\r\"'(){}[]:,.+-*/=<>\\#@", "  ", "\n\n", "\r\n", "'s", "'LL", "return", " for", "range", "éß"]
    + [chr(c) for c in range(0x3001) if chr(c).isspace() or unicodedata.category(chr(c)) in ("Nl", "No")]
)
TEXTS = st.lists(st.one_of(_CODE, _CODE, _ASSIGNED), max_size=40).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_small_ranks_agree_with_the_fast_tokenizer(small: CwmTokenizer, text: str) -> None:
    fast = _fast_of(small)
    assert encode_fast(fast, text) == small.encode(text)
    assert fast.decode(small.encode(text)) == text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_llama_ranks_agree_with_the_fast_tokenizer(llama: CwmTokenizer, text: str) -> None:
    assert encode_fast(_fast_of(llama), text) == llama.encode(text)


_FAST: dict[int, Any] = {}  # a fast tokenizer of 128k ranks takes seconds to make


def _fast_of(tokenizer: CwmTokenizer) -> Any:
    if id(tokenizer) not in _FAST:
        _FAST[id(tokenizer)] = to_fast(tokenizer)
    return _FAST[id(tokenizer)]


def test_runs_of_blanks_and_signs_agree_with_the_fast_tokenizer(llama: CwmTokenizer, small: CwmTokenizer) -> None:
    for tokenizer in (llama, small):
        fast = _fast_of(tokenizer)
        for sign in " \n\t-=.'_":
            for length in (*range(1, 40), 100):
                assert encode_fast(fast, sign * length) == tokenizer.encode(sign * length)


def test_autotokenizer_loads_the_saved_folder(small: CwmTokenizer, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    files = save_fast(small, tmp_path / "new" / "folder", model_max_length=2048)
    assert {file.name for file in files} == {
        *("tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
    }
    load: Any = AutoTokenizer.from_pretrained
    auto = load(str(tmp_path / "new" / "folder"))
    text = "<|line_sep|>{}<|action_sep|>    x = len(y)\n<|frame_sep|>"
    assert auto(text)["input_ids"] == small.encode_with_special(text)
    assert auto(text, split_special_tokens=True)["input_ids"] == small.encode(text)
    assert auto.decode(small.encode_with_special(text)) == text
    assert (auto.bos_token_id, auto.eos_token_id, auto.pad_token_id) == (700, 701, 704)
    assert (len(auto), auto.model_max_length) == (956, 2048)


def test_ranks_come_back_from_tokenizer_json(small: CwmTokenizer, tmp_path: Path) -> None:
    save_fast(small, tmp_path)
    assert CwmTokenizer.from_json(tmp_path / "tokenizer.json").ranks == small.ranks


def test_merges_hold_every_split_of_a_token_in_order_of_ranks() -> None:
    ranks = BYTES | {b"ab": 256, b"bc": 257, b"abc": 258, b"xyz": 259}
    assert merges_of(ranks) == [(b"a", b"b"), (b"b", b"c"), (b"a", b"bc"), (b"ab", b"c")]


# Files --------------------------------------------------------------------------------------------------------------


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    write_ranks(BYTES | {b"ab": 256}, file)
    assert CwmTokenizer.load(file).encode("ab") == [256]
    write_ranks(BYTES | {b"ba": 256}, file)
    assert CwmTokenizer.load(tmp_path).encode("aba") == [ord("a"), 256]


def test_save_writes_what_load_reads(small: CwmTokenizer, tmp_path: Path) -> None:
    small.save(tmp_path)
    assert read_ranks(tmp_path / FILE_NAME) == small.ranks
    first = (tmp_path / FILE_NAME).read_bytes().splitlines()[0]
    assert first == base64.b64encode(b"\0") + b" 0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a ranks file at all\n", "line 1: not a tiktoken ranks file"),
        (b"AA== 0\n!!!! 1\n", "line 2: not a tiktoken ranks file"),
        (b"AA== zero\n", "line 1: not a tiktoken ranks file"),
        (b"AA== 1\n", "ranks must be 0 to 0, each once"),
        (b"AA== 0\nAQ== 1\n", "254 of the 256 single bytes are missing, first 0x02"),
    ],
)
def test_damaged_files_are_refused_with_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        CwmTokenizer.load(tmp_path)
    assert "\n" not in str(caught.value)
    assert FILE_NAME in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        CwmTokenizer.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a byte-level BPE tokenizer"),
        ('{"model": {"vocab": {"漢": 0}}, "added_tokens": []}', "not a byte-level BPE tokenizer"),
        ('{"model": {"vocab": {"a": 0}}, "added_tokens": []}', "255 of the 256 single bytes are missing"),
    ],
)
def test_a_foreign_tokenizer_json_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=re.escape(message)):
        CwmTokenizer.from_json(tmp_path / "tokenizer.json")


def test_a_tokenizer_json_with_other_specials_is_refused(small: CwmTokenizer, tmp_path: Path) -> None:
    save_fast(small, tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_text(file.read_text(encoding="utf-8").replace("<|frame_sep|>", "<|frame|>"), encoding="utf-8")
    with pytest.raises(ModelError, match=re.escape("<|frame_sep|> is not at CWM's place, 100 after the ranks")):
        CwmTokenizer.from_json(file)


def test_the_module_loads_neither_tiktoken_nor_transformers() -> None:
    code = (
        "import sys, neuraldbg.model.tokenizer as t; print(*sorted(sys.modules.keys() & {'tiktoken', 'transformers'}))"
    )
    code += "; t.CwmTokenizer({bytes([b]): b for b in range(256)}); print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n") == ["", "False", ""]


def test_the_offsets_are_those_of_the_family() -> None:
    free = set(range(108, 120))
    assert not free & set(SPECIAL_OFFSETS.values())
    assert {special_names()[offset] for offset in free} == {f"<|reserved_special_token_{offset}|>" for offset in free}
