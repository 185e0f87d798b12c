"""What a model is trained on is, token for token, what it reads and writes when it predicts."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from neuraldbg.arguments import entry_step
from neuraldbg.control import IllegalStep
from neuraldbg.model.checkpoint import resolve
from neuraldbg.model.engine import Floats
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.model.scratchpad import Worked
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.data.documents import TraceDocuments, Weights, drills
from neuraldbg.training.data.library import library
from neuraldbg.training.data.stream import trace_operations, traced


class Oracle:
    """An engine that knows one document by heart and fails where it is asked for anything else."""

    context = 10**6
    draft = 3

    def __init__(self, ids: Sequence[int], size: int) -> None:
        self.ids = list(ids)
        self.size = size
        self.asked: set[int] = set()

    def logits(self, ids: Sequence[int], draft: Sequence[int] = ()) -> Floats:
        n = len(ids)
        assert list(ids) == self.ids[:n], "the predictor reads what the document does not hold"
        self.asked.add(n)
        out = np.zeros(self.size, np.float32)
        out[self.ids[n]] = 1
        return out


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(CwmTokenizer.load(resolve(None)))


def check(vocabulary: Vocabulary, program: Program, steps: list[Step], worked: list[Worked | None]) -> bool:
    """Predicts a program with an oracle for its training document. False where the entry call is not given."""
    if entry_step(program) is None:
        return False
    document = TraceDocuments(vocabulary, program, steps, Weights(), worked).document(0, 10**6)
    oracle = Oracle(document.ids, vocabulary.size)
    source = PredictedSource(oracle, vocabulary, program, 10**6, scratchpad=bool(worked))
    history = [steps[0]]
    for step in steps[1:]:
        predicted = source.next_step(history)
        assert predicted == step
        assert predicted.operations == (step.operations if worked else ())
        history.append(predicted)
    decided = {n for n, weight in enumerate(document.weights) if weight and n < len(document.ids) - 1}
    assert oracle.asked <= decided | {len(document.ids) - 1}  # every question is a position with a loss
    assert decided <= oracle.asked
    return True


@pytest.mark.parametrize("seed", range(3))
def test_predictor_and_documents_agree(vocabulary: Vocabulary, seed: int) -> None:
    checked = 0
    functions = library()
    for _, run in zip(range(25), traced(random.Random(f"parity {seed}"), False, 60, functions, 0.5), strict=False):
        try:
            checked += check(vocabulary, run.program, run.steps, run.worked if seed else [])
        except IllegalStep:
            continue
    assert checked > 15


def test_recursion_goes_on_with_what_calls_returned(vocabulary: Vocabulary) -> None:
    source = "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1) + len(str(f(n - 2)))\n"
    program = Program.from_source(source, "<test>", "f", "f(4)")
    steps, worked, _ = trace_operations(program, 200)
    assert check(vocabulary, program, steps, worked)


def test_steps_without_their_operations_carry_no_loss(vocabulary: Vocabulary) -> None:
    source = "def f(n):\n    a = n + 1\n    b = a * 2\n    return b\n"
    program = Program.from_source(source, "<test>", "f", "f(4)")
    steps, worked, _ = trace_operations(program, 200)
    documents = TraceDocuments(vocabulary, program, steps, Weights(), worked)
    assert [documents.worked(k) for k in range(len(steps))] == worked  # the walk fits what happened
    omitted = documents.document(0, 1000, lambda: True)
    assert not any(omitted.weights)
    assert vocabulary.tokenizer.operation_sep not in omitted.ids
    assert vocabulary.tokenizer.operation_sep in documents.document(0, 1000).ids


def test_drills_fill_a_document_with_operations(vocabulary: Vocabulary) -> None:
    document = drills(vocabulary, random.Random(0), 300, 2.0)
    assert 200 < len(document) <= 300
    assert document.ids[0] == vocabulary.tokenizer.begin_of_text
    assert set(document.weights) == {0.0, 2.0}
    assert sum(map(bool, document.weights)) > len(document) / 5
