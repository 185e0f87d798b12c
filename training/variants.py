"""The variants that training/ablations.py trains, each a small change of one base.

They differ in vocabulary, form of a frame, history, shape of the network, weights of the loss, mix, order, averaging,
and in what the network sees of its own mistakes.

A variant is a frozen record; what only an ablation needs (frames with every local whole, values spelled, masks, a
loss behind the network's own decisions) lives here and not in the product. `VARIANTS` is in the order in which they
are worth their time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import torch
from torch.utils.data import Dataset
from transformers import PreTrainedModel

from neuraldbg.control import Legal
from neuraldbg.machine import NameRule
from neuraldbg.model.scratchpad import Worked
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.steps import Event, base_locals
from neuraldbg.training.data.documents import TraceDocuments, Weights
from neuraldbg.training.data.stream import RowDataset, StreamConfig
from neuraldbg.training.loop import Loss, decision_logits, decision_loss, own_document
from neuraldbg.training.probe import Batch, Mask, behind_own_decisions
from neuraldbg.training.tokenizer import Protect

# The network of most variants: 0.65M parameters, of which 0.2M are embeddings.
PROXY: Final[Mapping[str, Any]] = {
    "hidden_size": 96, "num_hidden_layers": 4, "num_attention_heads": 3, "num_key_value_heads": 1,
    "intermediate_size": 288, "head_dim": 32,
}  # fmt: skip
TRAINED: Final = "model/weights/cwm-nano"  # what the variants on drift go on from


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """How ranks are trained; see training/tokenizer.py."""

    ranks: int = 2048
    protect: Protect = "words"
    numbers: bool = False

    @property
    def name(self) -> str:
        return f"{self.protect}-{self.ranks}{'-numbers' if self.numbers else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One run.

    Attributes:
        name, about: what it is called, and what is other than in the base.
        vocabulary: of its tokenizer; None: that of the shipped model.
        data: fields of `StreamConfig`.
        later: fields that change at a share (0-1) of the run, the last ones.
        shape: fields of `CwmConfig`.
        settings: fields of `Settings`.
        documents: how frames are written.
        frames: earlier frames that a token may attend to besides the last one; None for all.
        loss: of the training.
        average: evaluates, besides the last weights, the mean of those of the last part of the run.
        seed: of weights and rows.
        budget: share of the others' tokens that it is trained on.
    """

    name: str
    about: str
    vocabulary: Vocabulary | None = Vocabulary()
    data: Mapping[str, Any] = field(default_factory=dict)
    later: tuple[float, Mapping[str, Any]] | None = None
    shape: Mapping[str, Any] = field(default_factory=lambda: PROXY)
    settings: Mapping[str, Any] = field(default_factory=dict)
    documents: type[TraceDocuments] = TraceDocuments
    frames: int | None = None
    loss: Callable[[int], Loss] | None = None
    average: bool = False
    seed: int = 0
    budget: float = 1.0

    def attends(self, frame_sep: int) -> Mask:
        """What a token may attend to."""
        return own_document if self.frames is None else partial(last_frames, frame_sep=frame_sep, count=self.frames)

    def loss_of(self, frame_sep: int) -> Loss:
        """The loss that it is trained by."""
        if self.loss is not None:
            return self.loss(frame_sep)
        mask = self.attends(frame_sep)
        return lambda model, batch: decision_loss(model, batch, mask(batch))

    def data_of(self, base: StreamConfig) -> StreamConfig:
        """What its rows are made of."""
        return replace(base, **{"seed": self.seed, **self.data})

    def rows(self, tokenizer: str, base: StreamConfig, total: int) -> Dataset[Any]:
        """The rows to train on.

        Args:
            tokenizer: folder or file.
            base: what the rows of the base are made of.
            total: rows of the run.
        """
        config = self.data_of(base)
        first = RowDataset(tokenizer, config, documents=self.documents)
        if self.later is None:
            return first
        share, changed = self.later
        return Stages(first, RowDataset(tokenizer, replace(config, **changed)), int(share * total))


class Stages(Dataset[Any]):
    """Rows of one dataset up to a number, of another from there."""

    def __init__(self, first: Dataset[Any], second: Dataset[Any], border: int) -> None:
        self._parts = (first, second)
        self._border = border

    def __getitem__(self, number: int) -> Any:
        return self._parts[number >= self._border][number]


# How a frame is written --------------------------------------------------------------------------------------------


class WholeLocals(TraceDocuments):
    """Every local is written whole in every frame, unchanged ones too (which the grammar then forces)."""

    def frame(self, k: int, base: Mapping[str, str] | None) -> list[int]:
        return super().frame(k, None)

    def legal(self, k: int, worked: Worked | None) -> Legal:
        known = list(base_locals(self._steps))[k] or {}
        found = super().legal(k, worked)
        branches = tuple(
            replace(branch, names=tuple(_whole(rule, known) for rule in branch.names)) for branch in found.branches
        )
        return replace(found, branches=branches)


def _whole(rule: NameRule, known: Mapping[str, str]) -> NameRule:
    """The rule where an unchanged value is written out."""
    if not rule.may_keep:
        return rule
    value = None if rule.may_change else known.get(rule.name)
    return replace(rule, may_keep=False, may_change=True, value=value)


class SpelledValues(TraceDocuments):
    """Strings inside values are written letter by letter, as operations have them."""

    def frame(self, k: int, base: Mapping[str, str] | None) -> list[int]:
        ids, tokenizer = super().frame(k, base), self._vocabulary.tokenizer
        event = self._steps[k].event
        shown = event in (Event.CALL, Event.LINE)
        begin, end = (1, ids.index(tokenizer.action_sep)) if shown else (ids.index(tokenizer.arg_sep) + 1, len(ids) - 1)
        self._tokens = ids
        self._written = [*([i] for i in ids[:begin]), *spelled(tokenizer, ids[begin:end]), *([i] for i in ids[end:])]
        return [i for written in self._written for i in written]

    def _decisions(self, k: int, frame: Sequence[int], worked: Worked | None) -> list[float]:
        """A letter is decided where the token that it is taken from is."""
        weights = super()._decisions(k, self._tokens, worked)
        return [w for w, written in zip(weights, self._written, strict=True) for _ in written]


def spelled(tokenizer: CwmTokenizer, ids: Sequence[int]) -> list[list[int]]:
    """How each token of JSON texts is written: those with letters in the Python strings of values as single bytes."""
    out: list[list[int]] = []
    quote, inside = "", False  # of a Python string, and whether a JSON string is open
    for token in ids:
        text = tokenizer.token_bytes(token).decode("latin-1")
        letters = inside and quote and any(letter.isalpha() for letter in text)
        out.append(list(tokenizer.token_bytes(token)) if letters else [token])
        at = 0
        while at < len(text):
            mark = text[at : at + 2] if text[at] == "\\" else text[at]
            if mark == '"':
                inside, quote = not inside, ""
            elif inside and mark in ("'", '\\"') and quote in ("", mark):
                quote = "" if quote else mark
            at += len(mark)
    return out


# What a token attends to, and losses -------------------------------------------------------------------------------


def frame_numbers(batch: Batch, frame_sep: int) -> torch.Tensor:
    """For each token, `[B, T]`: 0 in the head of its document, then the number of its frame, from 1."""
    ended = (batch["ids"] == frame_sep).cumsum(1) - (batch["ids"] == frame_sep).long()
    first = torch.where(batch["position"] == 0, ended, torch.zeros_like(ended)).cummax(1).values
    return ended - first


def last_frames(batch: Batch, frame_sep: int, count: int) -> torch.Tensor:
    """A mask, `[B, T, T]`: the head, the frame before, and so many frames before that."""
    number = frame_numbers(batch, frame_sep)
    near = number[:, None, :] >= number[:, :, None] - 1 - count
    return own_document(batch) & (near | (number == 0)[:, None, :])


def dropped_history(frame_sep: int, share: float = 0.15) -> Loss:
    """The loss where a share of the earlier frames, the one before excepted, cannot be seen."""

    def loss(model: PreTrainedModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        number = frame_numbers(batch, frame_sep)
        drawn = torch.rand(number.shape[0], int(number.max()) + 1) < share
        dropped = drawn.gather(1, number) & (number > 0)
        near = number[:, None, :] >= number[:, :, None] - 1
        mask = own_document(batch) & (near | ~dropped[:, None, :])
        return decision_loss(model, batch, mask)

    return loss


def own_mistakes(frame_sep: int, share: float = 0.5) -> Loss:
    """The loss behind the network's own decisions, in a share of the places, with the true targets.

    Scheduled sampling (Bengio et al. 2015, arXiv 1506.03099) in two passes (Mihaylova and Martins 2019, arXiv
    1906.07651).
    """

    def loss(model: PreTrainedModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            logits = decision_logits(model, batch)
        keep = torch.rand(batch["weight"].shape) >= share
        return decision_loss(model, behind_own_decisions(batch, logits, keep))

    return loss


# The table ----------------------------------------------------------------------------------------------------------


def _words(ranks: int, about: str) -> Variant:
    return Variant(name=f"vocabulary-{ranks}", about=about, vocabulary=Vocabulary(ranks=ranks))


def _drift(name: str, about: str, loss: Callable[[int], Loss] | None = None) -> Variant:
    settings = {"init": TRAINED, "lr": 5e-4, "lr_matrix": 5e-4, "decay": 0.6}
    return Variant(name=name, about=about, vocabulary=None, shape={}, settings=settings, loss=loss, budget=0.33)


VARIANTS: Final[tuple[Variant, ...]] = (
    Variant(name="base", about="2,048 ranks of whole words, differences, all history, mix of the product"),
    Variant(name="whole-locals", about="every local whole in every frame", documents=WholeLocals),
    Variant(name="base-1", about="another seed", seed=1),
    _words(256, "bytes alone"),
    _words(4096, "twice the ranks"),
    Variant(name="no-scratchpad", about="no operations, no drills", data={"scratchpad": False}),
    Variant(name="drills-0", about="no rows of single operations", data={"drill_share": 0.0}),
    Variant(name="drills-70", about="70% such rows", data={"drill_share": 0.7}),
    Variant(name="history-0", about="whole locals, the last frame alone", documents=WholeLocals, frames=0),
    Variant(name="history-2", about="whole locals, two earlier frames", documents=WholeLocals, frames=2),
    Variant(name="own-mistakes", about="half of the decisions before are its own", loss=own_mistakes),
    Variant(name="weight-values", about="locals and values weigh 4", data={"weights": Weights(local=4, value=4)}),
    Variant(name="merged-digits", about="numbers of up to three digits", vocabulary=Vocabulary(numbers=True)),
    Variant(name="spelled-values", about="strings of values by letters", documents=SpelledValues),
    Variant(name="wide", about="2 layers of 128", shape={
        **PROXY, "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 384,
    }),
    Variant(name="deep", about="8 layers of 72", shape={
        **PROXY, "hidden_size": 72, "num_hidden_layers": 8, "intermediate_size": 216, "head_dim": 24,
    }),
    _words(1024, "a part of the ranks"),
    Variant(name="merged-letters", about="letters merge as in any BPE", vocabulary=Vocabulary(protect="digits")),
    Variant(name="weight-operations", about="operations weigh 0.25", data={"weights": Weights(operation=0.25)}),
    Variant(name="dropped-history", about="15% of the earlier frames hidden", loss=dropped_history),
    Variant(name="keyframes-0", about="no document begins with a keyframe", data={"keyframe_share": 0.0}),
    Variant(name="drills-first", about="67% drills, from 60% on none", data={"drill_share": 0.667},
            later=(0.6, {"drill_share": 0.0})),
    Variant(name="no-decay", about="constant rate", settings={"decay": 0.0}, average=True),
    Variant(name="written-0", about="generated programs alone", data={"written_share": 0.0}),
    Variant(name="written-80", about="80% written functions", data={"written_share": 0.8}),
    Variant(name="base-2", about="another seed", seed=2),
    Variant(name="weight-moves", about="moves weigh 4", data={"weights": Weights(move=4)}),
    Variant(name="drills-last", about="no drills, from 40% on 67%", data={"drill_share": 0.0},
            later=(0.4, {"drill_share": 0.667})),
    Variant(name="history-8", about="whole locals, eight earlier frames", documents=WholeLocals, frames=8),
    Variant(name="keyframes-100", about="every long one does", data={"keyframe_share": 1.0}),
    Variant(name="omitted-0", about="operations never left out", data={"omitted": 0.0}),
    Variant(name="omitted-50", about="half of them in half of the documents", data={"omitted": 0.5}),
    _drift("trained", "cwm-nano trained further"),
    _drift("trained-dropped", "15% of the earlier frames hidden", dropped_history),
    _drift("trained-own", "half of the decisions before are its own", own_mistakes),
)  # fmt: skip
