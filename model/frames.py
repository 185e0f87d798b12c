"""Steps to token ids: the head of a prompt, frames, keyframes, and where a context starts when a trace outgrows it.

The text of a frame is CWM's, byte for byte (docs/grammar.md); unchanged values are ``".."`` relative to the same
activation's previous stop. The operations worked out on the way to a step (scratchpad/) stand before its frame. A
*keyframe* is one frame for each live activation, outermost first, with every local written whole: a context may begin
with one at any step. It knows nothing of weights or of legality.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from neuraldbg.model.history import same_steps
from neuraldbg.model.prompt import Prompt
from neuraldbg.model.scratchpad.spelling import spell, spell_json
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.steps import UNCHANGED, Event, Operation, Step

MOST_WRITTEN: Final = 200  # characters of the value of an operation that was calculated


def live_stack(history: Sequence[Step]) -> list[Step]:
    """The last call or line stop of each live activation, outermost first, after the last step of ``history``.

    An activation left by an exception is counted as live until a later step shows that it is gone.
    """
    stack: list[Step] = []
    for step in history:
        advance_stack(stack, step)
    return stack


def advance_stack(stack: list[Step], step: Step) -> Mapping[str, str] | None:
    """Moves the stack of :func:`live_stack` over one step.

    Returns:
        The locals that ``".."`` in this step's frame refers to, None where all are written whole.
    """
    base: Mapping[str, str] | None = None
    if step.event is not Event.CALL and step.depth < len(stack):
        base = stack[step.depth].locals
    if step.event in (Event.CALL, Event.LINE):
        del stack[step.depth :]
        stack.append(step)
    else:
        del stack[step.depth + (step.event is Event.EXCEPTION) :]
    return base


class Stacks:
    """The live activations after a history, kept for the next one, which mostly extends or shortens it."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._stacks: list[tuple[Step, ...]] = [()]

    def after(self, history: Sequence[Step]) -> tuple[Step, ...]:
        """See :func:`live_stack`."""
        same = same_steps(self._steps, history)
        del self._steps[same:], self._stacks[same + 1 :]
        for step in history[same:]:
            stack = list(self._stacks[-1])
            advance_stack(stack, step)
            self._steps.append(step)
            self._stacks.append(tuple(stack))
        return self._stacks[-1]


class FrameEncoder:
    """Encodes the steps of one program.

    Args:
        tokenizer: of the model.
        prompt: of the program.
    """

    def __init__(self, tokenizer: CwmTokenizer, prompt: Prompt) -> None:
        self.tokenizer = tokenizer
        self.prompt = prompt
        self._event_ids = {
            Event.CALL: tokenizer.call_sep,
            Event.LINE: tokenizer.line_sep,
            Event.RETURN: tokenizer.return_sep,
            Event.EXCEPTION: tokenizer.exception_sep,
        }
        source = tokenizer.encode(prompt.source)
        self.head = [tokenizer.begin_of_text, tokenizer.trace_context_start, *source, tokenizer.frame_sep]
        for event, text in zip((Event.CALL, Event.LINE), prompt.preamble, strict=False):
            line = tokenizer.encode(text)
            self.head += [
                self._event_ids[event],
                *tokenizer.encode("{}"),
                tokenizer.action_sep,
                *line,
                tokenizer.frame_sep,
            ]

    def question(self, text: str, valued: bool) -> list[int]:
        """Ids of an operation up to its value, or of a note, which has none."""
        t = self.tokenizer
        ids = [t.operation_sep, *spell(t, text)]
        return [*ids, t.arg_sep] if valued else ids

    def answer(self, operation: Operation) -> list[int]:
        """Ids of the value of an operation: a JSON string, with ``!`` before an exception."""
        return spell_json(self.tokenizer, ("!" if operation.raised else "") + (operation.value or ""))

    def operations(self, operations: Sequence[Operation]) -> list[int]:
        """Ids of the operations that lead to a frame; they stand before it. Long values that needed no model stand
        in the frame alone."""
        ids: list[int] = []
        for operation in operations:
            if operation.calculated and len(operation.value or "") > MOST_WRITTEN:
                continue
            ids += self.question(operation.text, operation.value is not None)
            if operation.value is not None:
                ids += self.answer(operation)
        return ids

    def frame(self, step: Step, base: Mapping[str, str] | None) -> list[int]:
        """Ids of a frame, ``<|frame_sep|>`` included.

        Args:
            step: the stop.
            base: locals that ``".."`` refers to; None writes every local whole.
        """
        t = self.tokenizer
        ids = [self._event_ids[step.event]]
        if step.event in (Event.CALL, Event.LINE):
            known = base or {}
            shown = {n: UNCHANGED if known.get(n) == v else v for n, v in step.locals.items()}
            ids += t.encode(json.dumps(shown))
        ids.append(t.action_sep)
        ids += t.encode(self.prompt.line_text(step.event, step.function, step.line))
        if step.event in (Event.RETURN, Event.EXCEPTION):
            ids.append(t.arg_sep)
            ids += t.encode(json.dumps(step.value))
        ids.append(t.frame_sep)
        return ids

    def keyframe(self, stack: Sequence[Step], step: Step) -> list[int]:
        """Ids of the live activations, outermost first, each as one frame with its locals whole.

        Args:
            stack: live activations after ``step`` (see :func:`live_stack`), all or the inner ones.
            step: the last step; a return or an exception, which the stack does not show, follows as a frame.
        """
        shown = stack if step.event in (Event.CALL, Event.LINE) else (*stack, step)
        return [i for frame in shown for i in self.frame(frame, None)]


def read_operation(text: str, value: str) -> Operation:
    """The operation whose value was written so."""
    return Operation(text, value[1:], raised=True) if value.startswith("!") else Operation(text, value)


class Context:
    """Token ids of a history within a budget, extended a step at a time.

    Where a frame would take the context past the budget, the context starts anew: head, the keyframe of an earlier
    step, and the frames since, in at most half of what the budget leaves beside the head. Of a stack too
    deep for that, only the inner activations are written; when control returns below them the context starts anew
    again. The result depends only on the history, so stepping back and forth gives the same ids.

    Args:
        encoder: of the program.
        budget: most tokens a context may hold.
        operations: the model reads the operations that led to a step.
    """

    def __init__(self, encoder: FrameEncoder, budget: int, operations: bool = True) -> None:
        self._encoder = encoder
        self._operations = operations
        self._budget = budget
        self._room = len(encoder.head) + (budget - len(encoder.head)) // 2
        self._steps: list[Step] = []
        self._contexts: list[list[int]] = [list(encoder.head)]
        self._ends: list[_End] = []

    def ids(self, history: Sequence[Step]) -> list[int]:
        """The context for ``history``; cheap where it extends or shortens an earlier one.

        Raises:
            ValueError: if the live frames alone are larger than the budget.
        """
        same = same_steps(self._steps, history, operations=True)
        del self._steps[same:], self._ends[same:]
        for step in history[same:]:
            self._append(step)
        end = self._end()
        return self._contexts[end.context][: end.length]

    @property
    def stack(self) -> tuple[Step, ...]:
        """The live activations (see :func:`live_stack`) after the history that was asked for last."""
        return self._end().stack

    def _end(self) -> _End:
        return self._ends[-1] if self._ends else _End(0, len(self._encoder.head), (), 0)

    def _append(self, step: Step) -> None:
        end = self._end()
        stack = list(end.stack)
        frame = self._frame(step, advance_stack(stack, step))
        context, floor, length = end.context, end.floor, end.length + len(frame)
        del self._contexts[context + 1 :]
        if length <= self._budget and _lowest_needed(stack, step) >= floor:
            ids = self._contexts[context]
            del ids[end.length :]
            ids += frame
        else:
            ids, floor = self._restart([*self._steps, step])
            context, length = context + 1, len(ids)
            self._contexts.append(ids)
        self._steps.append(step)
        self._ends.append(_End(context, length, tuple(stack), floor))

    def _frame(self, step: Step, base: Mapping[str, str] | None) -> list[int]:
        frame = self._encoder.frame(step, base)
        return self._encoder.operations(step.operations) + frame if self._operations else frame

    def _restart(self, steps: Sequence[Step]) -> tuple[list[int], int]:
        """The longest context from a keyframe that fits the room, and the depth of its outermost activation."""
        best: tuple[list[int], int] | None = None
        tail: list[int] = []
        for k in range(len(steps) - 1, -1, -1):
            step = steps[k]
            stack, base = self._stack_at(steps, k)
            ids = self._encoder.head + self._encoder.keyframe(stack, step) + tail
            if len(ids) > self._room:
                break
            best = (ids, 0)
            tail = self._frame(step, base) + tail
        return best or self._inner(steps)

    def _inner(self, steps: Sequence[Step]) -> tuple[list[int], int]:
        """The keyframe of the last step with the inner activations only."""
        last = len(steps) - 1
        stack = self._stack_at(steps, last)[0]
        needed = _lowest_needed(stack, steps[last])
        ids: list[int] = []
        for floor in range(needed + 1):
            ids = self._encoder.head + self._encoder.keyframe(stack[floor:], steps[last])
            if len(ids) <= (self._budget if floor == needed else self._room):
                return ids, floor
        raise ValueError(f"the live frames need {len(ids)} tokens, more than the context's {self._budget}")

    def _stack_at(self, steps: Sequence[Step], k: int) -> tuple[list[Step], Mapping[str, str] | None]:
        """The live stack after step k, and what ``".."`` refers to in its frame."""
        stack = list(self._ends[k - 1].stack) if k else []
        return stack, advance_stack(stack, steps[k])


def _lowest_needed(stack: Sequence[Step], last: Step) -> int:
    """Depth of the outermost activation that the frame after ``last`` can belong to."""
    return max(0, len(stack) - 1 - (last.event is Event.EXCEPTION))


@dataclass(frozen=True, slots=True)
class _End:
    """Where the context stands behind one step: which context, how much of it, the live stack, its outermost depth."""

    context: int
    length: int
    stack: tuple[Step, ...]
    floor: int
