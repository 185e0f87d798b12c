"""Questions about what a program does, with the answers of its recorded run, in CWM's chat format.

The program is in the user's message, the answer in the assistant's; special tokens are made of roles and marks alone,
so a program that writes them as text cannot forge a message.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.documents import Document

_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its true answer."""

    text: str
    answer: str


def ask(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    """A question about a whole trace; None where the drawn kind of question has no object there."""
    return rng.choice(_KINDS)(program, steps, rng)


def chat(tokenizer: CwmTokenizer, program: Program, question: Question) -> Document:
    """The question as a chat of two messages; the answer and its end have a loss."""
    call = f"`{program.call}` is called." if program.call is not None else "The script runs."
    asked = f"```python\n{program.source.rstrip()}\n```\n{call} {question.text}"
    given = [tokenizer.begin_of_text, *message(tokenizer, "user", asked), *_header(tokenizer, "assistant")]
    answer = [*tokenizer.encode(question.answer), tokenizer.eot_id]
    return Document([*given, *answer], [0.0] * len(given) + [1.0] * len(answer))


def message(tokenizer: CwmTokenizer, role: str, text: str) -> list[int]:
    """Ids of a message: ``<|start_header_id|>ROLE<|end_header_id|>``, an empty line, the text, ``<|eot_id|>``."""
    return [*_header(tokenizer, role), *tokenizer.encode(text), tokenizer.eot_id]


def _header(tokenizer: CwmTokenizer, role: str) -> list[int]:
    return [
        tokenizer.start_header_id, *tokenizer.encode(role), tokenizer.end_header_id, *tokenizer.encode("\n\n"),
    ]  # fmt: skip


def _lines(steps: Sequence[Step]) -> list[int]:
    return [k for k, step in enumerate(steps) if step.event is Event.LINE]


def _times(steps: Sequence[Step], at: int) -> int:
    """How often the line of a stop has been reached, this time included."""
    place = (steps[at].function, steps[at].line)
    return sum((s.function, s.line) == place and s.event is Event.LINE for s in steps[: at + 1])


def _moment(steps: Sequence[Step], at: int, rng: random.Random) -> str | None:
    number = _times(steps, at)
    if number > len(_ORDINALS):
        return None
    form = rng.choice(("when line {} is about to run for the {} time", "just before line {} runs for the {} time"))
    return form.format(steps[at].line, _ORDINALS[number - 1])


def _local(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    at = rng.choice(_lines(steps) or [0])
    moment, names = _moment(steps, at, rng), sorted(steps[at].locals)
    if moment is None or not names:
        return None
    name = rng.choice(names)
    form = rng.choice(("What is the value of `{}` {}?", "What does `{}` hold {}?"))
    return Question(form.format(name, moment), f"`{steps[at].locals[name]}`")


def _next(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    at = rng.choice(_lines(steps) or [0])
    if at + 1 >= len(steps):
        return None
    moment = _moment(steps, at, rng)
    if moment is None:
        return None
    return Question(f"What happens next {moment}?", _happens(steps[at], steps[at + 1]))


def _happens(now: Step, then: Step) -> str:
    match then.event:
        case Event.CALL:
            arguments = ", ".join(f"`{n} = {v}`" for n, v in then.locals.items())
            return f"`{then.function}` is entered" + (f" with {arguments}." if arguments else ".")
        case Event.RETURN:
            return f"`{then.function}` returns `{then.value}`."
        case Event.EXCEPTION:
            return f"`{then.value}` is raised."
    changed = [n for n, v in then.locals.items() if now.locals.get(n) != v] if then.depth == now.depth else []
    values = ", ".join(f"`{n} = {then.locals[n]}`" for n in changed)
    return f"Line {then.line} is reached" + (f" with {values}." if values else ".")


def _outcome(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    last = steps[-1]
    text = rng.choice(("What does it return?", "What comes of it?", "What is the result?"))
    if last.event is Event.RETURN:
        return Question(text, f"`{last.value}`")
    return Question(text, f"It raises `{last.value}`.") if last.event is Event.EXCEPTION else None


def _raises(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    text = rng.choice(("Does it raise an exception?", "Does an exception leave it?"))
    last = steps[-1]
    if last.event is Event.EXCEPTION:
        return Question(text, f"Yes: `{last.value}` at line {last.line}.")
    return Question(text, f"No: it returns `{last.value}`.") if last.event is Event.RETURN else None


def _count(program: Program, steps: Sequence[Step], rng: random.Random) -> Question | None:
    reached = [step.line for step in steps if step.event is Event.LINE]
    if not reached:
        return None
    span = [n for n in range(min(reached), max(reached) + 1) if program.lines[n - 1].strip()]
    line = rng.choice(span if rng.random() < 0.3 else reached)
    return Question(f"How often does line {line} run?", _often(reached.count(line)))


def _often(count: int) -> str:
    return ("Never.", "Once.", "Twice.")[count] if count < 3 else f"{count} times."


_KINDS: Final[Sequence[Callable[[Program, Sequence[Step], random.Random], Question | None]]] = (
    _local, _local, _next, _next, _outcome, _raises, _count,
)  # fmt: skip
