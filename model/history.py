"""A growing history at a constant cost a step: what stays the same of it, and where the stops of an activation are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import compress, count
from operator import is_not

from neuraldbg.steps import Event, Step


def same_steps(known: Sequence[Step], history: Sequence[Step], operations: bool = False) -> int:
    """How many steps at the start of both agree.

    Args:
        known: earlier steps.
        history: steps now; mostly the same objects, which costs next to nothing.
        operations: whether those have to agree as well.
    """
    shorter = min(len(known), len(history))
    at = 0
    while True:
        at = next(compress(count(at), map(is_not, known[at:shorter], history[at:shorter])), shorter)
        if at == shorter or known[at] != history[at] or (operations and known[at].operations != history[at].operations):
            return at
        at += 1


class Past:
    """Where the line stops before a line stop are, in the same activation.

    Args:
        suspending: bare names of the functions whose activations pause (generators, coroutines). Their stops lie
            apart; those of two activations of one function cannot be told from each other.
        first_lines: qualified name of a function -> line of its ``def``.

    Attributes:
        steps: those taken.
        arrivals: (stop at a loop, line of the loop) -> what the walk over loops knows of it (scratchpad/statements.py).
    """

    def __init__(self, suspending: Set[str], first_lines: Mapping[str, int]) -> None:
        self._suspending = suspending
        self._first_lines = first_lines
        self._forget()

    def _forget(self) -> None:
        self.steps: list[Step] = []
        self._previous: list[int] = []  # of each step: the line stop before it in its activation, -1 where none is
        self._begun: list[int] = []  # of each step: how often its function had begun
        self._by_depth: list[int] = []  # last line stop of each live depth
        self._by_function: dict[str, int] = {}
        self._calls: dict[str, int] = {}
        self.arrivals: dict[tuple[int, int], tuple[int, int, int]] = {}

    def follow(self, history: Sequence[Step]) -> None:
        """Takes the steps so far."""
        same = same_steps(self.steps, history)
        if same < len(self.steps):
            self._forget()
            same = 0
        for step in history[same:]:
            self._append(step)

    def _append(self, step: Step) -> None:
        index = len(self.steps)
        depths, starts = self._by_depth, step.event is Event.CALL
        del depths[step.depth + (not starts) :]
        depths += [-1] * (step.depth + 1 - len(depths))
        if starts and step.line == self._first_lines.get(step.function):
            self._calls[step.function] = self._calls.get(step.function, 0) + 1
        suspends = step.function.rpartition(".")[2] in self._suspending
        self._previous.append(self._by_function.get(step.function, -1) if suspends else depths[step.depth])
        self._begun.append(self._calls.get(step.function, 0))
        if step.event is Event.LINE:
            depths[step.depth] = self._by_function[step.function] = index
        self.steps.append(step)

    def certain(self, index: int) -> bool:
        """Whether the stops before step ``index`` belong to its activation for sure."""
        step = self.steps[index]
        return step.function.rpartition(".")[2] not in self._suspending or self._begun[index] <= 1

    def before(self, index: int) -> Iterator[int]:
        """Line stops of the activation of step ``index`` before it, the latest first."""
        while (index := self._previous[index]) >= 0:
            yield index
