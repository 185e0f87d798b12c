"""Choosing tokens and spelling them: distributions, nuclei, stop strings, halves of characters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.errors import ModelError
from neuraldbg.model.generation import Ending, Generation, TextStream
from neuraldbg.model.sampling import Sampler, Sampling
from neuraldbg.model.tokenizer import CwmTokenizer

LOGITS = np.log(np.array([0.5, 0.25, 0.15, 0.06, 0.04, 100.0], dtype=np.float32))  # the last one is padding


def drawn(n: int = 4000, **options: float) -> np.ndarray:
    sampler = Sampler(Sampling(seed=1, **options), 5)  # type: ignore[arg-type]
    return np.bincount([sampler.choose(LOGITS).token for _ in range(n)], minlength=5) / n


def test_greedy_and_nearly_greedy() -> None:
    assert drawn(3, temperature=0).tolist() == [1, 0, 0, 0, 0]
    assert drawn(500, temperature=0.01).tolist() == [1, 0, 0, 0, 0]
    assert drawn(50, temperature=1e-300).tolist() == [1, 0, 0, 0, 0]
    # Nearly greedy is not greedy: of two almost equal ones both are drawn.
    sampler = Sampler(Sampling(temperature=0.01, seed=0), 2)
    tokens = {sampler.choose(np.array([1.0, 0.999], dtype=np.float32)).token for _ in range(100)}
    assert tokens == {0, 1}


def test_temperature_top_p_and_top_k() -> None:
    np.testing.assert_allclose(drawn(temperature=1.0), [0.5, 0.25, 0.15, 0.06, 0.04], atol=0.03)
    flat = np.sqrt([0.5, 0.25, 0.15, 0.06, 0.04])
    np.testing.assert_allclose(drawn(temperature=2.0), flat / flat.sum(), atol=0.03)
    np.testing.assert_allclose(drawn(temperature=1.0, top_p=0.7), [2 / 3, 1 / 3, 0, 0, 0], atol=0.03)
    np.testing.assert_allclose(drawn(temperature=1.0, top_p=0.76), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0, 0], atol=0.03)
    assert drawn(50, temperature=1.0, top_p=1e-9).tolist() == [1, 0, 0, 0, 0]
    np.testing.assert_allclose(drawn(temperature=1.0, top_k=2), [2 / 3, 1 / 3, 0, 0, 0], atol=0.03)
    assert drawn(50, temperature=5.0, top_k=1).tolist() == [1, 0, 0, 0, 0]


@given(
    st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=40),
    st.floats(0.01, 1.0),
    st.floats(0.05, 3.0),
)
def test_the_nucleus_is_the_smallest_that_reaches_top_p(logits: list[float], top_p: float, temperature: float) -> None:
    scores = np.array(logits, dtype=np.float32)
    sampler = Sampler(Sampling(temperature=temperature, top_p=top_p, seed=4), len(logits))
    p = np.exp((scores.astype(np.float64) - scores.max()) / temperature)
    p /= p.sum()
    for _ in range(5):
        token = sampler.choose(scores).token
        assert p[p > p[token]].sum() < top_p + 1e-9


def test_logprobs_are_over_what_may_be_chosen() -> None:
    choice = Sampler(Sampling(temperature=3.0, seed=2, logprobs=3, allowed=(1, 2)), 5).choose(LOGITS)
    assert [token for token, _ in choice.top] == [1, 2]
    assert dict(choice.top)[1] == pytest.approx(np.log(0.25 / 0.4), abs=1e-5)
    assert choice.logprob == dict(choice.top)[choice.token]
    barred = Sampler(Sampling(temperature=0, logprobs=1), 5).choose(LOGITS, barred=(0,))
    assert (barred.token, barred.logprob) == (1, pytest.approx(np.log(0.5), abs=1e-5))
    assert Sampler(Sampling(temperature=0), 5).choose(LOGITS).logprob is None


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ModelError, match="not numbers"):
        Sampler(Sampling(), 5).choose(np.full(6, np.nan, dtype=np.float32))


texts = st.text(st.sampled_from("ab é\U0001f40d\n<|frame_sep|>"), max_size=20)


@given(
    text=texts,
    stops=st.lists(st.text(st.sampled_from("ab \n"), min_size=1, max_size=3), max_size=3),
    keep=st.booleans(),
)
def test_text_is_cut_at_the_first_stop(tokenizer: CwmTokenizer, text: str, stops: list[str], keep: bool) -> None:
    stream = TextStream(tokenizer, True, stops, keep)
    shown, found = "", None
    for token in tokenizer.encode(text):
        new, found = stream.push(token)
        shown += new
        assert not any(stop in shown for stop in stops) or found is not None
        if found is not None:
            break
    else:
        shown += stream.flush()
    places = [(text.find(stop), stop) for stop in stops if stop in text]
    if not places:
        assert (shown, found) == (text, None)
        return
    assert found is not None
    cut = shown[: -len(found)] if keep else shown
    assert text.startswith(cut + found)
    assert min(at for at, _ in places) >= len(cut) - max(map(len, stops))
    assert not any(stop in cut for stop in stops)


@given(texts)
def test_special_tokens_show_where_wanted(tokenizer: CwmTokenizer, text: str) -> None:
    ids = [tokenizer.frame_sep, *tokenizer.encode(text), tokenizer.frame_sep]
    for skip, expected in ((True, text), (False, f"<|frame_sep|>{text}<|frame_sep|>")):
        stream = TextStream(tokenizer, skip)
        assert "".join(stream.push(i)[0] for i in ids) + stream.flush() == expected
        assert stream.length == len(expected)


def test_half_a_character_is_shown_as_such(tokenizer: CwmTokenizer) -> None:
    half = [tokenizer.ranks[bytes([b])] for b in "é".encode()]
    stream = TextStream(tokenizer, False)
    assert [stream.push(half[0])[0], stream.push(half[1])[0]] == ["", "é"]
    assert stream.push(half[0])[0] == ""
    assert stream.push(tokenizer.frame_sep)[0] == "�<|frame_sep|>"
    stream.push(half[0])
    assert stream.flush() == "�"


def generate(tokenizer: CwmTokenizer, tokens: list[int], context: int = 100, **ending: object) -> Generation:
    """A generation that is pushed towards ``tokens``, as far as it goes."""
    woken: list[int] = []
    generation = Generation(
        [tokenizer.begin_of_text],
        tokenizer,
        Sampling(temperature=0),
        Ending(**{"max_tokens": 50, **ending}),  # type: ignore[arg-type]
        context,
        lambda: woken.append(1),
    )
    for token in tokens:
        if generation.done:
            break
        logits = np.zeros((1, tokenizer.vocab_size), dtype=np.float32)
        logits[0, token] = 1
        generation.push(logits)
    assert len(woken) == generation.done
    return generation


def test_what_ends_a_generation(tokenizer: CwmTokenizer) -> None:
    a, b, c = (tokenizer.encode(letter)[0] for letter in "abc")
    end = tokenizer.end_of_text

    def last(generation: Generation) -> tuple[str, str | None, int | str | None]:
        piece = generation.pieces[-1]
        return "".join(p.text for p in generation.pieces), piece.finish, piece.reason

    assert last(generate(tokenizer, [a, b, c], max_tokens=2)) == ("ab", "length", None)
    assert last(generate(tokenizer, [a, b, c], context=3)) == ("ab", "length", None)
    assert last(generate(tokenizer, [a, end], ends=frozenset([end]))) == ("a", "stop", None)
    assert last(generate(tokenizer, [a, b, c], stop_ids=frozenset([b]))) == ("a", "stop", b)
    assert last(generate(tokenizer, [a, b, c], stop_ids=frozenset([b]), include_stop=True)) == ("ab", "stop", b)
    assert last(generate(tokenizer, [a, b, c, a], stops=("bc",))) == ("a", "stop", "bc")
    assert last(generate(tokenizer, [a, b, c, a], stops=("bc",), include_stop=True)) == ("abc", "stop", "bc")
    assert last(generate(tokenizer, [a, b, a, b], stops=("b",), min_tokens=3))[0] == "aba"
    barred = generate(tokenizer, [end, end, end], ends=frozenset([end]), min_tokens=2)
    assert barred.ids[1] != end and barred.ids[2] != end and barred.ids[3] == end
