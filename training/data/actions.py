"""Jumps of a debugger as training documents: from one stop of a trace to another, forwards or backwards.

Behind the frame of a stop stands a token for the action (slots 109 to 114, which CWM leaves free), for ``run to`` the
text of the line, and then the frame of the stop it leads to, every local written whole (docs/grammar.md, Actions). A
document of an inverse action holds nothing of what came before the stop: the model has to infer it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum

from neuraldbg.model.frames import FrameEncoder, advance_stack
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.prompt import make_prompt
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.documents import Document


class Action(Enum):
    """What is asked for at a stop; the value is the token's name without ``action_``.

    OVER: the next stop that is not inside a call that the line makes.
    OUT: how the running function ends: its return, or the exception that leaves it.
    RUN_TO: the next stop at a line, in any activation.
    BACK: the stop before.
    BACK_OVER: the stop before, in the same function or one that called it.
    ENTRY: the call that entered the running function, with its arguments.
    """

    OVER = "over"
    OUT = "out"
    RUN_TO = "run_to"
    BACK = "back"
    BACK_OVER = "back_over"
    ENTRY = "entry"


INVERSE = frozenset({Action.BACK, Action.BACK_OVER, Action.ENTRY})


def target(steps: Sequence[Step], at: int, action: Action, line: int = 0) -> int | None:
    """Index of the step that an action leads to.

    Args:
        steps: of a whole trace.
        at: index of the stop it is asked for at, a call or a line.
        action: what is asked for.
        line: of ``RUN_TO``.

    Returns:
        None where it leads nowhere: behind the end, before the beginning, to a line that does not run again.
    """
    depth = steps[at].depth
    match action:
        case Action.OVER:
            return next((k for k in range(at + 1, len(steps)) if _is_stop(steps[k], depth)), None)
        case Action.OUT:
            return _end(steps, at)
        case Action.RUN_TO:
            arrivals = (k for k in range(at + 1, len(steps)) if (steps[k].event, steps[k].line) == (Event.LINE, line))
            return next(arrivals, None)
        case Action.BACK:
            return at - 1 if at else None
        case Action.BACK_OVER:
            return next((k for k in range(at - 1, -1, -1) if _is_stop(steps[k], depth)), None)
        case Action.ENTRY:
            if steps[at].event is Event.CALL:
                return None
            entered = (k for k in range(at, -1, -1) if (steps[k].event, steps[k].depth) == (Event.CALL, depth))
            return next(entered, None)


def _is_stop(step: Step, depth: int) -> bool:
    return step.depth < depth or (step.depth == depth and step.event is not Event.CALL)


def _end(steps: Sequence[Step], at: int) -> int | None:
    depth = steps[at].depth
    for k in range(at + 1, len(steps)):
        step = steps[k]
        if step.depth != depth:
            continue
        after = steps[k + 1] if k + 1 < len(steps) else None
        left = after is None or after.depth < depth
        if step.event is Event.RETURN or (step.event is Event.EXCEPTION and left):
            return k
    return None


def action_document(
    vocabulary: Vocabulary, program: Program, steps: Sequence[Step], rng: random.Random, most: int
) -> Document | None:
    """A stop of a whole trace, an action and where it leads; only the latter has a loss.

    Args:
        vocabulary: of the tokenizer.
        program: that was traced.
        steps: all of them.
        rng: chooses the stop and the action.
        most: tokens of the document.

    Returns:
        None where the drawn action leads nowhere or the document is too long.
    """
    tokenizer = vocabulary.tokenizer
    stops = [k for k, step in enumerate(steps) if step.event in (Event.CALL, Event.LINE)]
    at, action = rng.choice(stops), rng.choice(list(Action))
    line = 0
    if action is Action.RUN_TO:
        later = sorted({step.line for step in steps[at + 1 :] if step.event is Event.LINE})
        if not later:
            return None
        line = rng.choice(later)
    to = target(steps, at, action, line)
    if to is None:
        return None
    prompt = make_prompt(program)
    encoder = FrameEncoder(tokenizer, prompt)
    stack: list[Step] = []
    for step in steps[: at + 1]:
        advance_stack(stack, step)
    ids = [*encoder.head, *encoder.keyframe(stack, steps[at]), getattr(tokenizer, f"action_{action.value}")]
    if action is Action.RUN_TO:
        ids += tokenizer.encode(prompt.texts[line])
    ids.append(tokenizer.arg_sep)
    frame = encoder.frame(steps[to], None)
    if len(ids) + len(frame) > most:
        return None
    return Document([*ids, *frame], [0.0] * len(ids) + [1.0] * len(frame))
