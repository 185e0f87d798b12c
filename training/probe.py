"""Which steps and values a network gets right on a fixed set of held-out traces, whatever its tokens are.

Networks with other vocabularies or other forms of a frame have other tokens, so tokens are no common measure. Here a
*decision* is what the network decides as one thing: the move of a step (event, line, which names are there), the value
of one local, a returned value, what one operation gives. It is right where every token of it is the most likely one;
a step is right where all of its decisions are, which is what greedy decoding gives under the true history. Every step
is read in one pass. It measures no calibration and runs no trace freely: evaluate.py does.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from neuraldbg.control import IllegalStep
from neuraldbg.model.frames import live_stack
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.steps import Event
from neuraldbg.training.data.documents import Document, Rows, TraceDocuments, Weights, drills
from neuraldbg.training.data.library import Function
from neuraldbg.training.data.stream import Traced, traced
from neuraldbg.training.loop import decision_logits, own_document

Batch = dict[str, torch.Tensor]
Mask = Callable[[Batch], torch.Tensor]  # of a batch, `[B, T, T]`
Row = dict[str, npt.NDArray[np.generic]]

KINDS: Final = ("move", "local", "value", "operation")
_LABELS: Final = Weights(move=1, local=2, value=3, operation=4)  # a weight tells what a token decides
_MAX_STEPS: Final = 60


@dataclass(slots=True)
class Case:
    """A held-out trace and where its document begins.

    Attributes:
        run: the trace.
        start: index of the step whose keyframe comes first, 0 for the first step.
        near, far: frames from there that are measured: in every vocabulary, in all but that of the bytes alone.
    """

    run: Traced
    start: int
    near: int = _MAX_STEPS
    far: int = _MAX_STEPS

    @property
    def given(self) -> int:
        """Frames at the beginning that are not decided: the entry call, or the keyframe."""
        stack = live_stack(self.run.steps[: self.start + 1])
        return len(stack) + (self.run.steps[self.start].event not in (Event.CALL, Event.LINE))


@dataclass(slots=True)
class Tally:
    """What a network decided.

    Attributes:
        steps: (case, frame) -> all of its decisions are right, and their log-likelihood in nats; a step without any
            counts as right.
        kinds: kind of decision -> right or not, one a decision.
        drills: single operations right or not.
    """

    steps: dict[tuple[int, int], tuple[bool, float]] = field(default_factory=dict)
    kinds: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    drills: list[bool] = field(default_factory=list)

    def scores(self, cases: Sequence[Case]) -> dict[str, float]:
        """Shares in percent, nats a step, and how many steps and decisions stand behind them."""
        near = {key: found for key, found in self.steps.items() if key[1] < cases[key[0]].near}
        first = {key: found for key, found in self.steps.items() if not cases[key[0]].start}
        written = {key: found for key, found in self.steps.items() if cases[key[0]].run.written}
        out: dict[str, float] = {"steps": len(self.steps), "step": _share(self.steps.values())}
        out["nats"] = float(np.mean([-nats for _, nats in self.steps.values()])) if self.steps else 0.0
        out |= {"near_steps": len(near), "near": _share(near.values())}
        out["near_nats"] = float(np.mean([-nats for _, nats in near.values()])) if near else 0.0
        out |= {"written": _share(written.values()), "from_start": _share(first.values())}
        later = [found for key, found in self.steps.items() if cases[key[0]].start]
        out["from_keyframe"] = _share(later)
        out |= {kind: 100 * float(np.mean(self.kinds[kind])) if self.kinds[kind] else 0.0 for kind in KINDS}
        out["drill"] = 100 * float(np.mean(self.drills)) if self.drills else 0.0
        return out


def _share(found: Iterable[tuple[bool, float]]) -> float:
    right = [one for one, _ in found]
    return 100 * float(np.mean(right)) if right else 0.0


def draw_cases(count: int, seed: int, functions: Sequence[Function]) -> list[Case]:
    """Traces of held-out skeletons, half of them from a keyframe.

    Args:
        count: of them.
        seed: of the draw.
        functions: those that people wrote, as in training.
    """
    rng = random.Random(f"probe/{seed}")
    out: list[Case] = []
    for run in traced(rng, True, _MAX_STEPS, functions):
        if len(out) == count:
            break
        start = rng.randrange(1, len(run.steps) - 1) if rng.random() < 0.5 and len(run.steps) > 3 else 0
        out.append(Case(run, start))
    return out


Make = Callable[[Case], Document | None]


def documents_of(
    vocabulary: Vocabulary, length: int, kind: type[TraceDocuments] = TraceDocuments, scratchpad: bool = True
) -> Make:
    """Makes the documents of cases, cut at ``length`` tokens; None where the program has none."""

    def make(case: Case) -> Document | None:
        worked = case.run.worked if scratchpad else ()
        trace = kind(vocabulary, case.run.program, case.run.steps, _LABELS, worked, whole=case.run.whole)
        try:
            return trace.document(case.start, length)
        except IllegalStep:
            return None

    return make


def limit_cases(cases: Iterable[Case], frame_sep: Sequence[int], makes: Sequence[Make]) -> list[Case]:
    """The cases with `near` set by all the ways to make their document and `far` by all but the first.

    Args:
        cases: are changed; those of which not one decided frame fits are left out.
        frame_sep: the id of that token for each of ``makes``.
        makes: of `documents_of`.
    """
    out = []
    for case in cases:
        made = [make(case) for make in makes]
        whole = [document for document in made if document is not None]
        if len(whole) < len(made):
            continue
        ends = [document.ids.count(sep) - 1 for document, sep in zip(whole, frame_sep, strict=True)]
        case.near, case.far = min(ends), min(ends[1:])
        if case.far > case.given:
            out.append(case)
    return out


def packed(documents: Iterable[tuple[int, Document]], length: int, pad: int) -> Iterator[tuple[list[int], Row]]:
    """Rows that hold numbered documents: the numbers in their order, and the row."""
    rows, numbers = Rows(length, length), list[int]()
    for number, document in documents:
        if len(document) > rows.room:
            yield numbers, rows.take(pad)
            numbers = []
        rows.add(document)
        numbers.append(number)
    if numbers:
        yield numbers, rows.take(pad)


@torch.no_grad()
def measure(
    model: PreTrainedModel,
    vocabulary: Vocabulary,
    cases: Sequence[Case],
    documents: Sequence[Document | None],
    length: int,
    mask: Mask = own_document,
) -> tuple[Tally, Tally]:
    """What the network decides in the cases: behind the true decisions, and behind its own.

    Its own are those that it takes given the true history, all at once.

    Args:
        model: the network.
        vocabulary: of its tokenizer.
        cases: as `limit_cases` left them.
        documents: of the cases, see `documents_of`.
        length: tokens a row.
        mask: what a token may attend to.
    """
    tallies = Tally(), Tally()
    pad, frame_sep = vocabulary.tokenizer.pad, vocabulary.tokenizer.frame_sep
    made = [(number, document) for number, document in enumerate(documents) if document is not None]
    ends = {number: document.ids.count(frame_sep) - 1 for number, document in made}  # of the frames that are whole
    for number, end in ends.items():
        for tally in tallies:
            shown = range(cases[number].given, min(cases[number].far, end))
            tally.steps |= {(number, frame): (True, 0.0) for frame in shown}
    for numbers, row in packed(made, length, pad):
        groups = list(_groups(row, frame_sep))
        for tally, (right, nats) in zip(tallies, _decided(model, row, mask), strict=True):
            for (document, frame, _), positions, label in groups:
                number = numbers[document]
                if (number, frame) not in tally.steps:
                    continue
                good = bool(right[positions].all())
                tally.kinds[KINDS[label - 1]].append(good)
                before, sum_before = tally.steps[number, frame]
                tally.steps[number, frame] = (before and good, sum_before + float(nats[positions].sum()))
    return tallies


@torch.no_grad()
def measure_drills(model: PreTrainedModel, vocabulary: Vocabulary, rows: int, length: int, seed: int) -> list[bool]:
    """Whether single operations are right, in so many rows of them."""
    out: list[bool] = []
    for number in range(rows):
        document = drills(vocabulary, random.Random(f"probe/{seed}/{number}"), length, 4)
        _, row = next(packed([(0, document)], length, vocabulary.tokenizer.pad))
        right = _decided(model, row, own_document)[0][0]
        out += [bool(right[positions].all()) for _, positions, _ in _groups(row, -1)]
    return out


Decided = tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]


def _decided(model: PreTrainedModel, row: Row, mask: Mask) -> tuple[Decided, Decided]:
    """For each decision slot of a row, whether the first choice is right and the log-probability of the target: behind
    the true decisions, and behind its own."""
    batch = {name: torch.from_numpy(value)[None] for name, value in row.items()}
    logits = decision_logits(model, batch, mask(batch))
    again = behind_own_decisions(batch, logits)
    target = batch["target"][0]
    out = []
    for found in (logits[0], decision_logits(model, again, mask(again))[0]):
        nats = torch.log_softmax(found, -1).gather(1, target[:, None])[:, 0]
        out.append(((found.argmax(-1) == target).numpy(), nats.numpy()))
    return out[0], out[1]


def behind_own_decisions(batch: Batch, logits_BDV: torch.Tensor, keep: torch.Tensor | None = None) -> Batch:
    """The batch with the network's first choices in place of the decided tokens; the targets stay.

    Args:
        batch: rows of `Rows.take`, stacked.
        logits_BDV: of its decisions.
        keep: bool `[B, D]`, decisions that stay as they are.
    """
    choice = logits_BDV.argmax(-1)
    replaced = batch["weight"] > 0
    if keep is not None:
        replaced = replaced & ~keep
    ids = batch["ids"].clone()
    rows, slots = replaced.nonzero(as_tuple=True)
    ids[rows, batch["index"][rows, slots] + 1] = choice[rows, slots]
    return {**batch, "ids": ids}


def _groups(row: Row, frame_sep: int) -> Iterator[tuple[tuple[int, int, int], npt.NDArray[np.int64], int]]:
    """Decisions of a row: (document, frame, number), the slots of their tokens, and the label of their kind.

    The first frame is 0; an operation belongs to the frame behind it. All moves of a frame are one decision.
    """
    slots = np.nonzero(row["weight"])[0]
    positions = row["index"][slots].astype(np.int64) + 1
    document, labels = row["document"][positions], row["weight"][slots].astype(int)
    ends = np.cumsum(row["ids"] == frame_sep)
    heads = {int(d): int(ends[np.argmax(row["document"] == d)]) + 1 for d in np.unique(document)}
    found: dict[tuple[int, int, int], list[int]] = {}
    kinds: dict[tuple[int, int, int], int] = {}
    number, last, before = 0, -2, 0
    for slot, position, of, label in zip(slots, positions, document, labels, strict=True):
        frame = int(ends[position - 1]) - heads[int(of)]
        if label != before or position != last + 1:
            number += 1
        last, before = position, label
        key = (int(of), frame, 0 if label == 1 else number)
        found.setdefault(key, []).append(int(slot))
        kinds[key] = int(label)
    for key, members in found.items():
        yield key, np.array(members), kinds[key]
