"""Examples for fine-tuning, by number: a debugger's jumps, questions about programs, and ordinary traces."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from neuraldbg.control import IllegalStep
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.data.actions import action_document
from neuraldbg.training.data.documents import Document, TraceDocuments, Weights
from neuraldbg.training.data.guard import Guard
from neuraldbg.training.data.questions import ask, chat
from neuraldbg.training.data.stream import ProgramConfig, traced

IGNORED: Final = -100  # the label of a token without a loss


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleConfig(ProgramConfig):
    """What examples are made of.

    Attributes:
        length: tokens of the longest.
        actions, questions: shares of the examples; the rest are ordinary traces.
    """

    length: int = 768
    actions: float = 0.4
    questions: float = 0.4
    max_steps: int = 80
    written_share: float = 0.6


class Examples:
    """Examples by number; a given number always gives the same one.

    Args:
        model: folder or hub id, for its tokenizer.
        config: what they are made of.
        held_out: of the held-out skeletons instead of the training ones.
    """

    def __init__(self, model: str, config: ExampleConfig, held_out: bool = False) -> None:
        self._model = model
        self._vocabulary = Vocabulary(CwmTokenizer.load(model))
        self._config = config
        self._held_out = held_out
        self._functions = config.functions()
        self._guard = Guard(self._example)

    def __reduce__(self) -> tuple[type[Examples], tuple[str, ExampleConfig, bool]]:
        return Examples, (self._model, self._config, self._held_out)

    def __getitem__(self, number: int) -> dict[str, list[int]]:
        return self._guard(number)

    def endless(self) -> Iterator[dict[str, list[int]]]:
        """All examples from the first on."""
        number = 0
        while True:
            yield self[number]
            number += 1

    def _example(self, number: int, attempt: int) -> dict[str, list[int]]:
        config = self._config
        rng = random.Random(f"sft {config.seed}/{number}/{attempt}/{self._held_out}")
        kind = rng.random()
        for run in traced(rng, self._held_out, config.max_steps, self._functions, config.written_share):
            document: Document | None
            if not run.whole:
                continue
            if kind < config.actions:
                document = action_document(self._vocabulary, run.program, run.steps, rng, config.length)
            elif kind < config.actions + config.questions:
                question = ask(run.program, run.steps, rng)
                document = None if question is None else chat(self._vocabulary.tokenizer, run.program, question)
            else:
                trace = TraceDocuments(self._vocabulary, run.program, run.steps, Weights(), run.worked)
                try:
                    document = trace.document(0, config.length) if trace.head_length < config.length // 2 else None
                except IllegalStep:
                    continue
            if document is not None and len(document) <= config.length:
                pairs = zip(document.ids, document.weights, strict=True)
                return {"input_ids": document.ids, "labels": [i if w else IGNORED for i, w in pairs]}
        raise AssertionError("the programs never end")
