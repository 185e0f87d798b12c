"""Which calls of a document are predicted, and the work of predicting them, a step at a time.

The calls: those the user chose; those that comments, doctests and tests make; the file itself where it does more than
define things; then calls of functions that none of these reaches. ``work`` runs in the model's process (child.py) and
tells what it finds by ``post``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from neuraldbg.entries import Entry, Where, find_entries
from neuraldbg.errors import InputError, NeuraldbgError
from neuraldbg.lsp.lines import only_defines
from neuraldbg.lsp.settings import Settings
from neuraldbg.lsp.worker import Lazy, Ticket
from neuraldbg.program import MODULE, Program
from neuraldbg.rebase import kept_steps
from neuraldbg.steps import Step

if TYPE_CHECKING:
    from neuraldbg.session import StepSource

_OWN = (Where.COMMENT, Where.DOCTEST, Where.TEST)  # calls that are predicted whatever the file itself calls


class State(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    COMPLETE = "complete"
    CUT = "cut"  # by predict.maxSteps
    STOPPED = "stopped"  # cancelled by the user
    FAILED = "failed"


class Predictor(Protocol):
    """What is asked of a model: `neuraldbg.model.predictor.Predictor`, or a stand-in."""

    def source(self, program: Program) -> StepSource:
        """Predicted steps of a program."""
        ...


@dataclass(frozen=True)
class Earlier:
    """A run of an earlier text, to keep what an edit leaves of it."""

    program: Program
    steps: Sequence[Step]
    complete: bool


@dataclass(frozen=True)
class Request:
    """What is to be predicted.

    Attributes:
        source: the text.
        filename: path, or a name where there is no file.
        on_disk: there is one: tests beside it are looked into.
        choices: function -> the call that the user chose.
        settings: of the document.
        earlier: function -> its run of the text before.
        first: the function that the user asked for, predicted before the others.
    """

    source: str
    filename: str
    on_disk: bool
    settings: Settings
    choices: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    first: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """The text is no Python at the moment."""

    reason: str


@dataclass(frozen=True)
class Planned:
    """The text was read.

    Attributes:
        program: the file.
        entries: calls found in it, of each function the most telling first.
        functions: whose runs will come, in order.
    """

    program: Program
    entries: Sequence[Entry]
    functions: Sequence[str]


@dataclass(frozen=True)
class Began:
    """A run begins with steps that are kept from the text before."""

    program: Program
    steps: Sequence[Step]


@dataclass(frozen=True)
class Stepped:
    """More steps of the run of a function."""

    function: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Ended:
    """A run has come to its end."""

    function: str
    state: State
    problem: str = ""


@dataclass(frozen=True)
class Failed:
    """There is no model."""

    reason: str


@dataclass(frozen=True)
class Done:
    """Nothing more will come."""


Update = Unreadable | Planned | Began | Stepped | Ended | Failed | Done
Post = Callable[[Update], None]


def work(request: Request, predictor: Lazy[Predictor], ticket: Ticket, post: Post) -> Iterator[None]:
    """Predicts the calls of a document; yields after every step, so that others have their turn."""
    try:
        file = Program.from_source(request.source, request.filename)
    except InputError as error:
        if "no statements" in str(error):
            post(Planned(_nothing(request.filename), (), ()))
            return post(Done())
        return post(Unreadable(str(error)))
    yield
    entries = find_entries(file, None if request.on_disk else [])
    yield
    calls = plan(file, entries, request)
    post(Planned(file, entries, [function for function, _ in calls]))
    reached: set[str] = set()
    for function, entry in calls:
        spare = entry is not None and entry.where not in _OWN and function not in request.choices
        if spare and function in reached and function != request.first:
            continue
        call = request.choices.get(function) or (None if entry is None else entry.call)
        yield from _predict(request, file, function, call, predictor, ticket, post, reached)
    post(Done())


def _nothing(filename: str) -> Program:
    return Program.from_source("pass\n", filename)


def plan(file: Program, entries: Sequence[Entry], request: Request) -> list[tuple[str, Entry | None]]:
    """Functions to predict in order, each with the entry it was found by; ``<module>`` stands for the file."""
    settings = request.settings.predict
    telling: dict[str, Entry] = {}
    for entry in entries:
        if entry.call is not None:
            telling.setdefault(entry.function, entry)
    known = file.functions().keys()
    out: dict[str, Entry | None] = {f: telling.get(f) for f in request.choices if f in known}
    functions = list(telling.values()) if settings.functions else []
    out.update({e.function: e for e in functions if e.where in _OWN and e.function not in out})
    if (settings.module and not only_defines(file.tree)) or request.first == MODULE:
        out.setdefault(MODULE, None)
    out.update({e.function: e for e in functions if e.function not in out})
    order = sorted(out, key=lambda f: f != request.first)
    return [(f, out[f]) for f in order[: settings.maxFunctions + (request.first is not None)]]


def _predict(
    request: Request,
    file: Program,
    function: str,
    call: str | None,
    predictor: Lazy[Predictor],
    ticket: Ticket,
    post: Post,
    reached: set[str],
) -> Iterator[None]:
    try:
        program = file if call is None else file.calling(call, function)
    except InputError as error:
        return post(Ended(function, State.FAILED, str(error)))
    earlier = request.earlier.get(function)
    steps: list[Step] = [] if earlier is None else kept_steps(earlier.program, program, earlier.steps)
    steps = steps[: request.settings.predict.maxSteps]
    post(Began(program, tuple(steps)))
    reached.update(s.function for s in steps)
    if earlier is not None and earlier.complete and len(steps) == len(earlier.steps):
        return post(Ended(function, State.COMPLETE))
    try:
        source = predictor().source(program)
        while len(steps) < request.settings.predict.maxSteps:
            step = source.next_step(steps, ticket.cancelled)
            if ticket.cancelled():
                return
            if step is None:
                return post(Ended(function, State.COMPLETE))
            steps.append(step)
            reached.add(step.function)
            post(Stepped(function, (step,)))
            yield
        reached -= _unfinished(steps)
        post(Ended(function, State.CUT))
    except NeuraldbgError as error:
        if not predictor.loaded:
            return post(Failed(str(error)))
        reached -= _unfinished(steps)
        post(Ended(function, State.FAILED, str(error)))


def _unfinished(steps: Sequence[Step]) -> set[str]:
    """Functions that are still running after the last step: their own calls may show more of them."""
    out: set[str] = set()
    depth = steps[-1].depth + 1 if steps else 0
    for step in reversed(steps):
        if step.depth < depth:
            out.add(step.function)
            depth = step.depth
    return out
