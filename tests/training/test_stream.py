"""Rows of training data: what is in them, what is left out of the loss, and that they need no state."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.training.data.documents import Document, Rows, TraceDocuments, Weights
from neuraldbg.training.data.library import library
from neuraldbg.training.data.programs import Generated
from neuraldbg.training.data.stream import (
    RowDataset,
    StreamConfig,
    draw,
    is_validation,
    loader,
    skeleton,
    trace_program,
)

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER = str(ROOT / "model" / "weights" / "cwm-nano")
SOURCE = "def f(n, k):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(CwmTokenizer.load(TOKENIZER))


@pytest.fixture(scope="module")
def dataset() -> RowDataset:
    return RowDataset(TOKENIZER, StreamConfig(length=384, decisions=100))


def documents(vocabulary: Vocabulary, caller: bool = False) -> TraceDocuments:
    program = Program.from_source(SOURCE, "<test>", "f", "f(3, 'z')")
    steps, _ = trace_program(program, 100)
    return TraceDocuments(vocabulary, program, steps, Weights(move=1, local=2, value=3), caller=caller)


def decided(vocabulary: Vocabulary, document: Document) -> list[str]:
    pairs = zip(document.ids, document.weights, strict=True)
    return [vocabulary.tokenizer.decode([i]) for i, weight in pairs if weight]


def test_only_decisions_carry_a_loss(vocabulary: Vocabulary) -> None:
    document = documents(vocabulary).document(0, 1000)
    text = vocabulary.tokenizer.decode(document.ids)
    assert text.startswith("<|begin_of_text|><|trace_context_start|>def f(n, k):  # << START_OF_TRACE\n")
    assert text.endswith('<|arg_sep|>"3"<|frame_sep|><|end_of_text|>')
    words = decided(vocabulary, document)
    assert "z" not in "".join(words)  # an argument: given, and never stored
    assert "total" not in "".join(words)  # names are forced, and so is each line's text once it is chosen
    assert '"3' in words[-2] + words[-1] or words[-2:] == ['"', "3"] or "3" in "".join(words[-3:])
    assert len(words) < len(document) / 3
    assert set(document.weights) == {0.0, 1, 2, 3}


def test_a_keyframe_is_given_and_what_follows_is_decided(vocabulary: Vocabulary) -> None:
    traces = documents(vocabulary)
    document = traces.document(4, 1000)
    text = vocabulary.tokenizer.decode(document.ids)
    head = text.index("<|frame_sep|>")
    assert text[head:].startswith(
        '<|frame_sep|><|line_sep|>{"n": "3", "k": "\'z\'", "total": "0", "i": "0"}<|action_sep|>'
    )
    assert traces.starts() == list(range(1, 11))


def test_a_caller_makes_the_arguments_a_decision(vocabulary: Vocabulary) -> None:
    document = documents(vocabulary, caller=True).document(0, 1000)
    assert "    return f(3, 'z')\n" in vocabulary.tokenizer.decode(document.ids)
    assert "z" in "".join(decided(vocabulary, document))


def test_documents_are_cut_at_their_most(vocabulary: Vocabulary) -> None:
    for most in (120, 121, 150):
        document = documents(vocabulary).document(0, most)
        assert len(document) == len(document.weights) == most


def test_rows_have_one_shape_and_hold_their_documents(dataset: RowDataset) -> None:
    for number in range(4):
        row = dataset[number]
        assert row["ids"].shape == row["document"].shape == row["position"].shape == (384,)
        assert row["index"].shape == row["target"].shape == row["weight"].shape == (100,)
        used = row["weight"] > 0
        index = row["index"][used]
        assert np.array_equal(row["ids"][index + 1], row["target"][used])
        assert (row["document"][index] == row["document"][index + 1]).all()  # decided from the same document
        starts = np.nonzero(row["ids"] == dataset.vocabulary.tokenizer.begin_of_text)[0]
        assert (row["position"][starts] == 0).all()


def test_a_row_is_a_function_of_its_number(dataset: RowDataset) -> None:
    again = RowDataset(TOKENIZER, StreamConfig(length=384, decisions=100))
    assert all(np.array_equal(dataset[3][key], again[3][key]) for key in ("ids", "index", "weight"))
    assert not np.array_equal(dataset[3]["ids"], dataset[4]["ids"])
    batches = iter(loader(dataset, 2, 2, 0))
    assert next(batches)["ids"][1].tolist() == dataset[3]["ids"].tolist()


def test_training_and_validation_share_no_skeleton() -> None:
    assert skeleton("x = 1\ny = [x]") == skeleton("abc = 22\nz = [q]")
    assert skeleton("x = 1") != skeleton("x += 1")
    held = [is_validation(Generated(f"x = {'-' * n}1", "<module>", None, ())) for n in range(400)]
    assert 0 < sum(held) < 40


def test_variants_of_one_function_share_a_side() -> None:
    rng = random.Random(2)
    training = {draw(rng, False, library(), 1.0).family for _ in range(300)}
    validation = {draw(rng, True, library(), 1.0).family for _ in range(30)}
    assert len(training) > 100 and len(validation) > 5
    assert not training & validation


def test_rows_refuse_what_does_not_fit() -> None:
    rows = Rows(10, 4)
    rows.add(Document([1, 2, 3], [0, 1, 0]))
    assert rows.room == 7
    with pytest.raises(AssertionError):
        rows.add(Document([1] * 8, [0] * 8))
    row = rows.take(0)
    assert row["index"].tolist() == [0, 0, 0, 0]
    assert row["weight"].tolist() == [1, 0, 0, 0]
    assert rows.room == 10
