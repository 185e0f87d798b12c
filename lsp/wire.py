"""Messages between the server and the model's process: pickles, one after the other, on two pipes of their own.

Both ends are ours and neither reads anything else. A program goes as its text and is read again at the other end, which
is quicker than to send its tree.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, BinaryIO

from neuraldbg.lsp.predictions import Request, Update
from neuraldbg.program import Program
from neuraldbg.steps import Step


@dataclass(frozen=True)
class Loader:
    """How the model's process loads its model.

    Attributes:
        module, name: of a function that gives a predictor.
        arguments: of that function.
    """

    module: str
    name: str
    arguments: tuple[Any, ...] = ()

    def __call__(self) -> Any:
        return getattr(import_module(self.module), self.name)(*self.arguments)


@dataclass(frozen=True)
class Predict:
    """Predict a document from now on; what was asked of it before is stale.

    Attributes:
        key: of the document.
        number: of the request; what is found comes back with it.
        request: what to predict.
    """

    key: str
    number: int
    request: Request


QUESTION = "\0"  # stands where a document's key does, for what was asked last; no document has it


@dataclass(frozen=True)
class Forget:
    """Nothing is wanted of a document any more."""

    key: str


@dataclass(frozen=True)
class Ask:
    """What else a step could have been; the latest question is the only one.

    Attributes:
        number: comes back with the answer.
        program: of the run.
        history: its steps before that one.
        most: alternatives at most.
    """

    number: int
    program: Program
    history: Sequence[Step]
    most: int


@dataclass(frozen=True)
class Found:
    """Something of a document.

    Attributes:
        key: of the document.
        number: of the request.
        update: what is new.
    """

    key: str
    number: int
    update: Update


@dataclass(frozen=True)
class Turn:
    """The model works for this document from now on."""

    key: str


@dataclass(frozen=True)
class Answer:
    """To a question.

    Attributes:
        number: of the question.
        others: steps with their probabilities, likeliest first.
    """

    number: int
    others: Sequence[tuple[Step, float]]


@dataclass(frozen=True)
class Dying:
    """The process cannot go on."""

    reason: str


ToModel = Loader | Predict | Forget | Ask
FromModel = Found | Turn | Answer | Dying


@lru_cache(maxsize=64)
def _program(source: str, filename: str, entry: str, call: str | None, args: tuple[str, ...]) -> Program:
    program = Program(source, filename, entry, call, args)
    if entry != "<module>" or args:
        file = _program(source, filename, "<module>", None, ())
        program.__dict__.update(tree=file.tree, nodes=file.nodes, code=file.code)
    return program


def _reduced(program: Program) -> tuple[Any, ...]:
    return _program, (program.source, program.filename, program.entry, program.call, program.args)


class _Pickler(pickle.Pickler):
    dispatch_table = {Program: _reduced}


def send(out: BinaryIO, message: ToModel | FromModel) -> None:
    """Writes a message.

    Raises:
        OSError: if nobody reads.
    """
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(message)
    out.flush()


def receive(source: BinaryIO) -> Any:
    """Reads a message; None when there are no more, or the rest of one is missing."""
    try:
        return pickle.load(source)
    except (EOFError, pickle.UnpicklingError):
        return None
