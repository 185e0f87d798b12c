"""The operations of a line, one after the other: what a small model writes down before it predicts the next frame.

`if len(words) % 2 == 0` is worked out as `len(['a', 'b', 'c'])` is 3, `3 % 2` is 1, `1 == 0` is False. Each operation
is written with the values of its operands in place and the model predicts what it gives; then control follows
from what is known. The walk over the syntax tree puts values in place of names, follows truth values, takes the items
of displayed sequences in their order and composes displays. It never applies an operator, a builtin or a method:
those are the model's to predict. Where something else comes into play (a class of the program, an object whose repr
does not show it), the walk ends early and the frame is predicted without it. A call of the program's own function
interrupts the walk; it goes on with the value of the return step.

The idea is that of scratchpads (Nye et al. 2021, "Show Your Work", arXiv 2112.00114). It knows no tokens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from neuraldbg.model.history import Past
from neuraldbg.model.scratchpad.calculating import calculate
from neuraldbg.model.scratchpad.comprehensions import MAX_OPERATIONS
from neuraldbg.model.scratchpad.definitions import concluded
from neuraldbg.model.scratchpad.facts import Facts, called, calls_of
from neuraldbg.model.scratchpad.handling import handled
from neuraldbg.model.scratchpad.narrowing import agrees, narrow
from neuraldbg.model.scratchpad.questions import UNKNOWN, Answer, Ask, Conclusion, Raised, Stop, Worked
from neuraldbg.model.scratchpad.statements import StatementWalker
from neuraldbg.program import Program
from neuraldbg.steps import Event, Operation, Step

__all__ = ["MAX_OPERATIONS", "UNKNOWN", "Answer", "Ask", "Conclusion", "Scratchpad", "Worked", "agrees", "narrow"]

MAX_TEXT: Final = 160  # characters of one operation
MAX_ALL: Final = 480  # characters of the operations of one line


class Scratchpad:
    """What is worked out at the lines of one program.

    Args:
        program: whose steps are predicted.
        calculates: operations on values that are written out are worked out exactly (calculating.py).
    """

    def __init__(self, program: Program, calculates: bool = False) -> None:
        self.facts = Facts(program, calculates)
        self._calculates = calculates
        self._shadowed = frozenset(self.facts.own) | (frozenset(self.facts.imported) - self.facts.modules.keys())
        # Where operations are only predicted, any line may change an object; else those that print themselves may.
        self._is_wild = bool(self.facts.classes) and (not calculates or "__repr__" in self.facts.own)
        self._past = Past(self.facts.suspending, self.facts.def_lines)

    def work_out(self, history: Sequence[Step], answer: Answer) -> Worked | None:
        """Walks the line that is about to run.

        Args:
            history: the steps so far; earlier ones carry their operations.
            answer: gives the operation for a question, or None where it cannot.

        Returns:
            None where the line has nothing to work out.
        """
        if history and history[-1].event is Event.EXCEPTION:
            passed = self._passed_on(history)
            known = handled(self.facts, history) if self._calculates else None
            if known is None:
                return passed
            known.passed = passed.conclusion.passed if passed is not None else None
            return Worked((), known, history[-1])
        start = _line_under_way(history)
        if self._calculates and start >= 0:
            known = handled(self.facts, history) or concluded(self.facts, history, history[start])
            if known is not None:
                return Worked((), known, history[start])
        node = self.facts.statement(history[start]) if start >= 0 else None
        if node is None:
            return self._spread(history, start) if self._calculates and start >= 0 else None
        conclusion = Conclusion(calls=self.facts.special, wild=self._is_wild)
        self._past.follow(history)
        walker = StatementWalker(self.facts, history[: start + 1], conclusion, self._past)
        operations: list[Operation] = []
        walk = walker.statement(node)
        earlier = _since(history, start)
        size = 0
        try:
            ask = next(walk)
            while True:
                if ask.kind == "silent":
                    found = self._calculated(ask, walker)
                    ask = walk.send(found or Operation(ask.text))
                    continue
                operation = next(earlier, None)
                if operation is None:
                    size += len(ask.text)
                    if len(operations) >= MAX_OPERATIONS or len(ask.text) > MAX_TEXT or size > MAX_ALL:
                        break
                    ask = replace(ask, given=self._calculated(ask, walker))
                    operation = answer(ask)
                    if operation is None:
                        break
                    operations.append(operation)
                    if ask.kind == "call":
                        conclusion.enters = ask.enters
                        break
                elif ask.kind == "call":
                    operation = next(earlier, None)
                    if operation is None:
                        break
                elif operation.text != ask.text:
                    break
                if operation.value == UNKNOWN:
                    break
                if operation.raised:
                    ask = walk.throw(Raised(operation.value))
                else:
                    ask = walk.send(operation)
        except Raised as error:
            conclusion.raised = str(error)
        except Stop:
            pass
        except StopIteration:
            conclusion.complete = True
        if not conclusion.complete:
            conclusion.values.clear()
            if history[-1].event is Event.RETURN and conclusion.raised is None:
                self._given_back(node, history[-1], conclusion)
            if not operations and not conclusion.complete:
                return None
        return Worked(tuple(operations), conclusion, history[start])

    def _spread(self, history: Sequence[Step], start: int) -> Worked | None:
        """A statement of several lines, where all of it can be worked out exactly.

        Args:
            history: the steps so far.
            start: index of the last stop in the statement.
        """
        node = self.facts.spread(history[start])
        if node is None:
            return None
        spread = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        conclusion = Conclusion(calls=self.facts.special, wild=self._is_wild, spread=spread)
        self._past.follow(history)
        walker = StatementWalker(self.facts, history[: start + 1], conclusion, self._past)
        walk = walker.statement(node)
        returned = _returned(history, start, spread)
        try:
            ask = next(walk)
            while True:
                if ask.kind == "call":
                    value = next(returned, None)
                    if value is None:
                        conclusion.enters = ask.enters
                        break
                    operation: Operation | None = Operation(ask.text, value)
                else:
                    operation = Operation(ask.text) if ask.kind == "note" else self._calculated(ask, walker)
                if operation is None:
                    return None
                ask = walk.throw(Raised(operation.value)) if operation.raised else walk.send(operation)
        except Raised as error:
            conclusion.raised = str(error)
        except Stop:
            return None
        except StopIteration:
            conclusion.complete = True
        return Worked((), conclusion, history[start])

    def _calculated(self, ask: Ask, walker: StatementWalker) -> Operation | None:
        """The operation, where it can be worked out exactly."""
        if not self._calculates or (ask.now is None and walker.is_stale(ask)):
            return None
        found = calculate(ask, walker.known(), self._shadowed, self.facts.modules)
        if found is not None and found.raised and "__repr__" in self.facts.own:
            return None  # what reads like a list may be an object of the program
        return found

    def _given_back(self, node: ast.stmt, last: Step, conclusion: Conclusion) -> None:
        """A line that only returns or stores what a call gives, where the rest of it could not be worked out."""
        callee = last.function.rpartition(".")[2]
        call = getattr(node, "value", None)
        if callee in self.facts.suspending or called(call) != callee or calls_of(node, callee) != 1:
            return
        match node:
            case ast.Return():
                conclusion.result = last.value
            case ast.Assign(targets=[ast.Name(name)]) if last.value is not None:
                conclusion.values[name] = last.value
                conclusion.stored.add(name)
            case _:
                return
        conclusion.complete = conclusion.wild = True

    def _passed_on(self, history: Sequence[Step]) -> Worked | None:
        """What a caller sees of an exception: the same one, if its line calls the function by name."""
        start = _caller(history)
        owner, _, callee = history[-1].function.rpartition(".")
        if callee == "__init__":
            callee = owner.rpartition(".")[2]
        node = self.facts.line(history[start]) if start >= 0 else None
        if node is None or callee in self.facts.suspending or not calls_of(node, callee):
            return None
        return Worked((), Conclusion(passed=history[-1].value), history[start])


def _line_under_way(history: Sequence[Step]) -> int:
    """Index of the stop at the line that the innermost frame is executing; -1 where that is not known."""
    if not history or history[-1].event is Event.LINE:
        return len(history) - 1
    last = history[-1]
    return _caller(history) if last.event is Event.RETURN else -1


def _caller(history: Sequence[Step]) -> int:
    """Index of the stop at the line that called the innermost function; -1 where that is not known."""
    depth = history[-1].depth
    for index in range(len(history) - 1, -1, -1):
        step = history[index]
        if step.depth < depth:
            return index if step.event is Event.LINE and step.depth == depth - 1 else -1
    return -1


def _returned(history: Sequence[Step], start: int, spread: range) -> Iterator[str]:
    """What the calls of a statement of several lines have returned so far, in order."""
    depth = history[start].depth
    first = start
    for index in range(start, -1, -1):
        step = history[index]
        if step.depth < depth or (step.depth == depth and (step.line not in spread or step.event is not Event.LINE)):
            break
        if step.depth == depth:
            first = index
    for step in history[first:]:
        if step.depth == depth + 1 and step.event is Event.RETURN and step.value is not None:
            yield step.value


def _since(history: Sequence[Step], start: int) -> Iterator[Operation]:
    """Operations of a line before the innermost frame went on, with what its calls returned in between."""
    depth = history[start].depth
    for index in range(start + 1, len(history)):
        step = history[index]
        if index == start + 1 or (history[index - 1].depth == depth + 1 and history[index - 1].event is Event.RETURN):
            yield from step.operations
        if step.depth == depth + 1 and step.event is Event.RETURN:
            yield Operation("", step.value)
