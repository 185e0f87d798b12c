"""One loaded model for many conversations: nobody reads what another wrote, whatever the threads do."""

from __future__ import annotations

import gc
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from neuraldbg.errors import ModelError
from neuraldbg.model import sharing
from neuraldbg.model.engine import Floats, Span
from neuraldbg.model.sharing import Models, SharedEngine, Slots
from neuraldbg.program import Program


class Remembering:
    """A network whose logits tell which ids its slot holds: the sum of them, and how many."""

    context, vocab_size, draft = 64, 2, 0

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.held: list[list[int]] = [[] for _ in range(slots)]
        self.inside = self.most = self.read = 0

    def forward(self, spans: Sequence[Span]) -> Floats:
        self.inside += 1
        self.most = max(self.most, self.inside)
        (span,) = spans
        held = self.held[span.slot]
        assert span.start <= len(held)
        del held[span.start :]
        for one in span.ids:  # slowly, so that others come in between
            held.append(one)
            threading.Event().wait(0.0001)
        self.read += len(span.ids)
        self.inside -= 1
        return np.array([[sum(held), len(held)]], np.float32)


def talk(engine: SharedEngine, seed: int) -> None:
    """A conversation that goes forwards and back."""
    chance = random.Random(seed)
    ids: list[int] = []
    for _ in range(15):
        del ids[chance.randrange(len(ids) + 1) :]
        ids += [chance.randrange(1000) for _ in range(chance.randrange(1, 6))]
        assert engine.logits(ids).tolist() == [sum(ids), len(ids)]


@pytest.mark.parametrize(("slots", "together"), [(8, True), (3, True), (3, False), (1, True)])
def test_conversations_keep_apart(slots: int, together: bool) -> None:
    network = Remembering(slots)
    lent = Slots(network, together)
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(talk, SharedEngine(lent), seed) for seed in range(6)]:
            done.result(timeout=60)
    assert together or network.most == 1


def test_a_conversation_keeps_its_slot_while_there_are_enough() -> None:
    network = Remembering(2)
    lent = Slots(network, True)
    first, second = SharedEngine(lent), SharedEngine(lent)
    for n in range(1, 4):
        first.logits([*range(n)])
        second.logits([*range(10, 10 + n)])
    assert network.read == 6, "nothing is read twice"
    third = SharedEngine(lent)
    third.logits([7])
    assert network.held == [[7], [10, 11, 12]], "the one that was quiet longest has given its slot up"
    first.logits([0, 1, 2])
    assert network.held == [[7], [0, 1, 2]]
    del third
    gc.collect()
    second.logits([10, 11, 12])
    assert network.held[1] == [0, 1, 2], "a slot that nobody holds comes first"


class Loading:
    """Counts what is loaded; the first to come waits for the others."""

    def __init__(self) -> None:
        self.loaded: list[tuple[str | None, ...]] = []

    def __call__(self, *wanted: str | None) -> Any:
        self.loaded.append(wanted)
        threading.Event().wait(0.05)
        if wanted[0] == "broken":
            raise ModelError("no such model")
        return sharing._load(*wanted)  # type: ignore[arg-type]


def test_each_model_is_loaded_once() -> None:
    loading = Loading()
    models = Models(loading)
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: models.predictor(), range(4))]
    assert loading.loaded == [(None, None, None)]
    assert len({id(p.engine) for p in found}) == 4
    assert len({id(p.vocabulary) for p in found}) == 1
    models.predictor(None, "cpu")
    assert len(loading.loaded) == 2, "what another asks for may be another model"
    for _ in range(2):
        with pytest.raises(ModelError):
            models.predictor("broken")
    assert len(loading.loaded) == 4, "what failed is tried again"
    del found
    gc.collect()
    models.predictor(None, "cpu")
    assert len(loading.loaded) == 4, "the last one stays, since a session is often begun again"
    models.predictor()
    assert len(loading.loaded) == 5, "a model that nobody uses is forgotten"


def test_shared_and_own_networks_predict_the_same() -> None:
    text = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
    programs = [Program.from_source(text, f"{n}.py", call=f"f({n})") for n in range(2, 6)]
    models = Models()

    def steps(program: Program, predictor: Any) -> list[Any]:
        source, known = predictor.source(program), []
        while len(known) < 14 and (step := source.next_step(known)) is not None:
            known.append(step)
        return known

    with ThreadPoolExecutor(4) as pool:
        together = [*pool.map(lambda p: steps(p, models.predictor()), programs)]
    assert together == [steps(program, Models().predictor()) for program in programs]
