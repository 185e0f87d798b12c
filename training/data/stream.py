"""Programs to packed training rows, each row a pure function of a seed and its number.

So the stream needs no state: any worker makes any row, and a run resumes at the row where it stopped. Programs come
from our own generator (`programs.generate`) and from the hand-written functions (`library.variant`), and are traced in
this process.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from neuraldbg.bytecode import CO_OPTIMIZED, nested_codes
from neuraldbg.control import IllegalStep
from neuraldbg.errors import InputError
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.scratchpad import Worked
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.reprs import Reprs
from neuraldbg.steps import Outcome, Step
from neuraldbg.syntax import walk
from neuraldbg.tracing import drive, trace_call
from neuraldbg.training.data.documents import Rows, TraceDocuments, Weights, drills
from neuraldbg.training.data.guard import Guard
from neuraldbg.training.data.instrument import RECORD, Recorder, Walked, compiled
from neuraldbg.training.data.library import Function, harvested, library, variant
from neuraldbg.training.data.programs import Generated, generate

VALIDATION_SHARE = 50  # one skeleton in so many is never trained on
RAISED_KEPT = 0.4  # share of the variants that raise which stay: changed code raises more often than written code


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramConfig:
    """Which programs are drawn.

    Attributes:
        seed: of everything.
        max_steps: traces are cut there.
        written_share: of programs that are variants of hand-written or harvested functions.
        harvested: file of harvest.py, empty for none.
    """

    seed: int = 0
    max_steps: int = 120
    written_share: float = 0.3
    harvested: str = ""

    def functions(self) -> tuple[Function, ...]:
        """Those that variants are made of."""
        written = library() if self.written_share else ()
        return written + (harvested(Path(self.harvested)) if self.harvested else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig(ProgramConfig):
    """What the rows are made of.

    Attributes:
        length: tokens a row.
        decisions: loss positions a row.
        keyframe_share: of documents that begin with a keyframe, where the trace is long enough.
        caller_share: of documents in which the model reads the entry call as text.
        scratchpad: the operations of a line are worked out before the next frame (model/scratchpad.py).
        drill_share: of rows that hold single operations only (drills.py), which also fill what is left of other rows.
        emphasis: file of training/drilling.py that gives hard operations more weight, empty for none.
        shards: folder of shards.py to read the rows from; empty to make them while training.
        omitted: share of the steps, in half of the documents, that stand there without what was worked out.
        weights: of the loss, by what a token decides.
    """

    length: int = 1024
    decisions: int = 320
    keyframe_share: float = 0.5
    caller_share: float = 0.1
    scratchpad: bool = True
    drill_share: float = 0.4
    emphasis: str = ""
    shards: str = ""
    omitted: float = 0.1
    weights: Weights = field(default_factory=Weights)


def skeleton(source: str) -> int:
    """A hash of the program's shape: its syntax tree without names and constants."""
    tree = ast.parse(source)
    shape = " ".join(type(node).__name__ for node in walk(tree))
    return int.from_bytes(hashlib.blake2b(shape.encode(), digest_size=8).digest(), "big")


def is_validation(generated: Generated) -> bool:
    """True for programs whose skeleton, or family of variants, is held out."""
    number = skeleton(generated.source) if generated.family is None else generated.family
    return number % VALIDATION_SHARE == 0


def draw(
    rng: random.Random, validation: bool, functions: Sequence[Function] = (), written_share: float = 0.3
) -> Generated:
    """A program of the training or of the validation side of the split.

    Args:
        rng: the only source of randomness.
        validation: the side.
        functions: to make variants of; without any, every program is generated.
        written_share: of programs that are such variants.
    """
    while True:
        if functions and rng.random() < written_share:
            made = variant(rng, rng.choice(functions))
            generated = Generated(made.source, made.name, made.calls[0], made.calls, made.family)
        else:
            generated = generate(rng)
        if is_validation(generated) == validation:
            return generated


@dataclass(slots=True)
class Traced:
    """A program and what it did.

    Attributes:
        program: that ran.
        steps: of it, with their operations; made when they are asked for.
        worked: what is worked out on the way to each step; made when it is asked for.
        whole: the steps go to the end of the trace.
        written: the program is a variant of a function that people wrote.
    """

    program: Program
    steps: Sequence[Step]
    worked: Sequence[Worked | None]
    whole: bool
    written: bool


def trace_program(program: Program, max_steps: int) -> tuple[list[Step], Outcome]:
    """Runs one of our own programs in this process and records it.

    Returns:
        Its steps, none where it fails before the entry is reached, and how the trace ended.
    """
    steps: list[Step] = []
    return steps, _run(program, program.code, steps, {}, max_steps, Reprs())


def trace_operations(program: Program, max_steps: int) -> tuple[list[Step], list[Worked | None], Outcome]:
    """As `trace_program`; the steps have their operations, and beside each stands what was worked out on the way."""
    walked, outcome = _walked(program, max_steps)
    return list(walked.steps), list(walked.worked), outcome


def _walked(program: Program, max_steps: int) -> tuple[Walked, Outcome]:
    steps: list[Step] = []
    reprs = Reprs()
    recorder = Recorder(steps, reprs)
    outcome = _run(program, compiled(program), steps, {RECORD: recorder}, max_steps, reprs)
    return Walked(program, steps, recorder.log), outcome


def _run(
    program: Program, code: CodeType, steps: list[Step], names: Mapping[str, object], max_steps: int, reprs: Reprs
) -> Outcome:
    """Runs ``code``, the program's or its instrumented form, with some names defined; appends to ``steps``."""
    source, visible = program.source, program.visible
    if program.call is None:
        space: dict[str, object] = {"__name__": "__main__", **names}
        return trace_call(lambda: exec(code, space), code, code, source, visible, max_steps, reprs, steps)[1]
    module = sys.modules["generated"] = ModuleType("generated")  # dataclasses look their module up there
    space = module.__dict__
    space.update(names)
    try:
        exec(code, space)
    except Exception:  # a variant whose definitions fail, as by a changed default value
        return Outcome.RAISED
    call = compile(program.call, "<call>", "eval")
    entry = [c for c in nested_codes(code) if c.co_qualname == program.entry and c.co_flags & CO_OPTIMIZED][-1]
    run = trace_call(lambda: drive(eval(call, space), entry), code, entry, source, visible, max_steps, reprs, steps)
    return run[1]


def traced(
    rng: random.Random,
    validation: bool,
    max_steps: int,
    functions: Sequence[Function] = (),
    written_share: float = 0.3,
) -> Iterator[Traced]:
    """Endless programs with their steps."""
    while True:
        generated = draw(rng, validation, functions, written_share)
        calls = generated.calls or (generated.call,)
        call = rng.choice(calls) if generated.call else None
        try:
            program = Program.from_source(generated.source, "<generated>", generated.entry, call)
            with contextlib.redirect_stdout(io.StringIO()):
                walked, outcome = _walked(program, max_steps)
        except InputError:
            continue  # a call that its function does not take
        if generated.family is not None and outcome is Outcome.RAISED and rng.random() > RAISED_KEPT:
            continue
        if len(walked.steps) > 2:
            whole = outcome in (Outcome.RETURNED, Outcome.RAISED)
            yield Traced(program, walked.steps, walked.worked, whole, generated.family is not None)


class RowDataset(Dataset[Any]):
    """Rows by number, made in a process of their own (`Guard`). See `Rows.take` for what a row holds.

    Args:
        tokenizer_path: folder or file of the tokenizer.
        config: what rows are made of.
        validation: rows of the held-out skeletons instead of the training ones.
        documents: makes the documents of a trace.
    """

    def __init__(
        self,
        tokenizer_path: str,
        config: StreamConfig,
        validation: bool = False,
        documents: type[TraceDocuments] = TraceDocuments,
    ) -> None:
        self._path = tokenizer_path
        self._config = config
        self._validation = validation
        self._documents = documents
        self._vocabulary: Vocabulary | None = None
        self._guard: Guard[dict[str, npt.NDArray[np.generic]]] | None = None
        self._functions = config.functions()

    @property
    def vocabulary(self) -> Vocabulary:
        """Built in each worker on first use."""
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(CwmTokenizer.load(self._path))
        return self._vocabulary

    def __getitem__(self, number: int) -> dict[str, npt.NDArray[np.generic]]:
        if not hasattr(os, "fork"):  # Windows
            return self.row(number)
        if self._guard is None:
            self._guard = Guard(self.row)
        return self._guard(number)

    def row(self, number: int, attempt: int = 0) -> dict[str, npt.NDArray[np.generic]]:
        """Makes a row in this process; another ``attempt`` is another row."""
        config = self._config
        again = f"/{attempt}" if attempt else ""
        rng = random.Random(f"{config.seed}/{number}/{self._validation}{again}")
        rows = Rows(config.length, config.decisions)
        pad = self.vocabulary.tokenizer.pad
        if config.scratchpad and rng.random() < config.drill_share:
            rows.add(drills(self.vocabulary, rng, rows.room, config.weights.operation, config.emphasis))
            return rows.take(pad)
        misfits = 0
        for run in traced(rng, self._validation, config.max_steps, self._functions, config.written_share):
            caller = run.program.call is not None and rng.random() < config.caller_share
            worked = run.worked if config.scratchpad else ()
            trace = self._documents(
                self.vocabulary, run.program, run.steps, config.weights, worked, caller=caller, whole=run.whole
            )
            if trace.head_length > rows.room * 3 // 4:
                misfits += 1
                if misfits > 3 or rows.room < 128:
                    break
                continue
            starts = trace.starts()
            keyframe = len(starts) > 3 and rng.random() < config.keyframe_share
            start = rng.choice(starts[:-1]) if keyframe else 0
            omits = _drawn(rng, config.omitted if rng.random() < 0.5 else 0.0)
            with contextlib.suppress(IllegalStep):
                rows.add(trace.document(start, rows.room, omits))
        if config.scratchpad and config.drill_share and rows.room > 48:
            rows.add(drills(self.vocabulary, rng, rows.room, config.weights.operation, config.emphasis))
        return rows.take(pad)


def _drawn(rng: random.Random, share: float) -> Callable[[], bool]:
    return lambda: rng.random() < share


class _From(Sampler[int]):
    def __init__(self, first: int) -> None:
        self._first = first

    def __iter__(self) -> Iterator[int]:
        number = self._first
        while True:
            yield number
            number += 1


def loader(dataset: Dataset[Any], batch: int, first: int, workers: int) -> DataLoader[dict[str, torch.Tensor]]:
    """Batches of rows ``first, first + 1, ...`` without end."""
    return DataLoader(
        dataset,
        batch_size=batch,
        sampler=_From(first),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=torch.cuda.is_available(),
    )
