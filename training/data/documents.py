"""Traces to training documents: token ids, and a weight for every token the model must decide.

A document is what the predictor will see: the head of a prompt, a keyframe (or nothing, at the start of a trace), and
frames. The weight of a token is 0 where the grammar forces it, so the loss is spent on decisions alone. Documents are
packed into rows of constant shape.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuraldbg.control import ControlState, Legal
from neuraldbg.model.frames import FrameEncoder, advance_stack
from neuraldbg.model.grammar import FrameGrammar, Part, Vocabulary
from neuraldbg.model.predictor import line_texts
from neuraldbg.model.prompt import Prompt, make_prompt
from neuraldbg.model.scratchpad import Worked, agrees, narrow
from neuraldbg.program import Program
from neuraldbg.steps import Operation, Step
from neuraldbg.training.data.drills import drill

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class Document:
    """Token ids and, for each, the weight of its loss (0: forced or given)."""

    ids: list[int]
    weights: list[float]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Weights:
    """Loss weights by what a token decides."""

    move: float = 1.0
    local: float = 1.0
    value: float = 1.0
    operation: float = 1.0

    def of(self, part: Part) -> float:
        return {
            Part.MOVE: self.move,
            Part.LOCAL: self.local,
            Part.VALUE: self.value,
            Part.OPERATION: self.operation,
        }[part]


class TraceDocuments:
    """Makes documents of one trace; what a document does not show is not looked at.

    Args:
        vocabulary: of the tokenizer.
        program: that was traced.
        steps: its recorded steps.
        worked: what is worked out on the way to each step (see `scratchpad.py`); empty to do without.
        weights: of the loss.
        caller: render the entry call as text and let the model work out the arguments (see `make_prompt`).
        whole: the steps go to the end of the trace.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        program: Program,
        steps: Sequence[Step],
        weights: Weights,
        worked: Sequence[Worked | None] = (),
        caller: bool = False,
        whole: bool = True,
    ) -> None:
        self._vocabulary = vocabulary
        self._steps = steps
        self._weights = weights
        self._caller = caller
        self._whole = whole
        self._prompt = make_prompt(program, caller=caller)
        self._encoder = FrameEncoder(vocabulary.tokenizer, self._prompt)
        self._texts = line_texts(program, self._prompt)
        self._program = program
        self._states: list[ControlState] = []  # of control before each step, as far as they were needed
        self._given = worked or [None] * len(steps)
        self._worked: list[Worked | None] = []

    def _state(self, k: int) -> ControlState:
        """Control before step k.

        Raises:
            neuraldbg.control.IllegalStep: if a step before it is not legal under the program's control flow.
        """
        states = self._states or [self._program.start()]
        self._states = states
        while len(states) <= k:
            states.append(states[-1].after(self._steps[len(states) - 1]))
        return states[k]

    def worked(self, k: int) -> Worked | None:
        """What was worked out on the way to step k; None also where the step contradicts it: the walk is wrong there.

        Raises:
            neuraldbg.control.IllegalStep: as `document`.
        """
        while len(self._worked) <= k:
            at = len(self._worked)
            one = self._given[at]
            if one is not None:
                legal = narrow(self._state(at).legal(), one.conclusion, one.at)
                if not agrees(legal, self._steps[at], one.at.locals):
                    one = None
            self._worked.append(one)
        return self._worked[k]

    @property
    def head_length(self) -> int:
        return len(self._encoder.head)

    def starts(self) -> list[int]:
        """Indices of the steps a context may begin with, besides the first."""
        return list(range(1, len(self._steps)))

    def document(self, start: int, most: int, omits: Callable[[], bool] = lambda: False) -> Document:
        """The context that begins with the keyframe of step ``start`` (0: the first step), cut at ``most`` tokens.

        Args:
            start, most: as above.
            omits: asked at each step whether to leave out what was worked out; such a step has no loss, but those
                behind it learn to go on without.

        Raises:
            neuraldbg.control.IllegalStep: if a step of it, or before it, is not legal under the program's control flow.
        """
        ids = list(self._encoder.head)
        weights = [0.0] * len(ids)
        stack: list[Step] = []
        for k, step in enumerate(self._steps):
            base = advance_stack(stack, step)
            if k < start:
                continue
            if k == start and k:
                frame = self._encoder.keyframe(stack, step)
                ids += frame
                weights += [0.0] * len(frame)
            else:
                worked = self.worked(k)
                frame = self.frame(k, base)
                given = not k and not self._caller
                if worked is not None and omits():
                    worked, given = None, True
                if worked is not None:
                    for operation in worked.operations:
                        self._operation(operation, ids, weights)
                ids += frame
                weights += [0.0] * len(frame) if given else self._decisions(k, frame, worked)
            if len(ids) >= most:
                break
        else:
            if self._whole:
                legal = self._state(len(self._steps)).legal()
                ids.append(self._vocabulary.tokenizer.end_of_text)
                weights.append(self._weights.move if legal.branches else 0.0)
        return Document(ids[:most], weights[:most])

    def frame(self, k: int, base: Mapping[str, str] | None) -> list[int]:
        """Ids of step k's frame; ``base`` holds the locals that ``".."`` refers to."""
        return self._encoder.frame(self._steps[k], base)

    def legal(self, k: int, worked: Worked | None) -> Legal:
        """What may come where step k came, after what was worked out."""
        legal = self._state(k).legal()
        return legal if worked is None else narrow(legal, worked.conclusion, worked.at)

    def _operation(self, operation: Operation, ids: list[int], weights: list[float]) -> None:
        question = self._encoder.question(operation.text, operation.value is not None)
        ids += question
        weights += [0.0] * len(question)
        if operation.value is not None:
            value = self._encoder.answer(operation)
            ids += value
            weights += [self._weights.operation] * len(value)

    def _decisions(self, k: int, frame: Sequence[int], worked: Worked | None) -> list[float]:
        """Weight of each token of step k's frame.

        Raises:
            ValueError: if the frame does not fit what was worked out.
        """
        grammar = FrameGrammar(self._vocabulary, self.legal(k, worked), self._texts)
        weights: list[float] = []
        while not grammar.done:
            forced = grammar.forced()
            if forced and list(frame[len(weights) : len(weights) + len(forced)]) == forced:
                for token in forced:
                    grammar.push(token)
                weights += [0.0] * len(forced)
            else:
                weights.append(self._weights.of(grammar.part))
                grammar.push(frame[len(weights) - 1])
        assert len(weights) == len(frame)
        return weights


def drills(vocabulary: Vocabulary, rng: random.Random, most: int, weight: float, emphasis: str = "") -> Document:
    """Single operations, one after the other, in at most ``most`` tokens. See `templates` for ``emphasis``."""
    tokenizer = vocabulary.tokenizer
    encoder = FrameEncoder(tokenizer, Prompt("", {}, ""))
    ids, weights = [tokenizer.begin_of_text], [0.0]
    while True:
        operation = drill(rng, emphasis)
        question, value = encoder.question(operation.text, True), encoder.answer(operation)
        if len(ids) + len(question) + len(value) > most:
            return Document(ids, weights)
        ids += [*question, *value]
        weights += [*[0.0] * len(question), *[weight] * len(value)]


@dataclass(slots=True)
class Rows:
    """Packs documents into rows of constant shape.

    Attributes:
        length: tokens a row.
        decisions: loss positions a row; where there are more, the later ones are left out.
    """

    length: int
    decisions: int
    _documents: list[Document] = field(default_factory=list)
    _used: int = 0

    @property
    def room(self) -> int:
        """Tokens still free in the row."""
        return self.length - self._used

    def add(self, document: Document) -> None:
        """Adds a document of at most `room` tokens."""
        assert len(document) <= self.room
        self._documents.append(document)
        self._used += len(document)

    def take(self, pad: int) -> dict[str, npt.NDArray[np.generic]]:
        """The finished row; the next one begins empty.

        Returns:
            ids `[length]`, document `[length]` (number of the document a token belongs to, -1 for padding), position
            `[length]` (within its document), index `[decisions]` (whose logits decide), target `[decisions]`, weight
            `[decisions]`.
        """
        ids = np.full(self.length, pad, dtype=np.int64)
        number = np.full(self.length, -1, dtype=np.int64)
        position = np.zeros(self.length, dtype=np.int64)
        weight = np.zeros(self.length, dtype=np.float32)
        at = 0
        for n, document in enumerate(self._documents):
            end = at + len(document)
            ids[at:end] = document.ids
            number[at:end] = n
            position[at:end] = np.arange(end - at)
            weight[at:end] = document.weights
            at = end
        decided = np.nonzero(weight)[0][: self.decisions]
        row: dict[str, npt.NDArray[np.generic]] = {"ids": ids, "document": number, "position": position}
        index: Ints = np.zeros(self.decisions, dtype=np.int64)
        target: Ints = np.zeros(self.decisions, dtype=np.int64)
        loss: Floats = np.zeros(self.decisions, dtype=np.float32)
        index[: len(decided)] = decided - 1
        target[: len(decided)] = ids[decided]
        loss[: len(decided)] = weight[decided]
        self._documents, self._used = [], 0
        return {**row, "index": index, "target": target, "weight": loss}
