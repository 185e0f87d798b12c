"""Prompts that hold a trace in CWM's grammar, continued under that grammar: for clients that trust the reply.

Meta's demo debugger sends the source and all frames so far, perhaps with the event it wants next (a return right behind
a call steps over it), and reads the reply without a check. Here the prompt is read back into a program and its steps,
the next step is predicted as for our own front ends, and written in the bytes the client expects: lines as they stand
in its source, without operations. A prompt that is no such trace gives None, and is then continued as any text is.
"""

from __future__ import annotations

import ast
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from neuraldbg.control import Branch, ControlState, IllegalStep, Legal
from neuraldbg.errors import NeuraldbgError
from neuraldbg.model.decoding import Choose
from neuraldbg.model.engine import Engine
from neuraldbg.model.frames import live_stack
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.predictor import PredictedSource, to_step
from neuraldbg.model.prompt import MARK
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.parsing import parse
from neuraldbg.program import Program
from neuraldbg.steps import UNCHANGED, Event, Step

_READINGS: Final = 8  # lines of equal text give a history several readings; so many are kept
_KEPT_PROGRAMS: Final = 32
_KEPT_FRAMES: Final = 20_000
_STEPS_INSIDE: Final = 300  # of a call that is stepped over


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it stands in a prompt, ``".."`` in place."""

    event: Event
    line: str
    locals: Mapping[str, str]
    value: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A prompt that holds a trace.

    Attributes:
        source: its text, with the START_OF_TRACE mark.
        frames: so far.
        wanted: the event that the next frame must have; None leaves it open.
    """

    source: str
    frames: tuple[Shown, ...]
    wanted: Event | None


def read_trace_prompt(ids: Sequence[int], tokenizer: CwmTokenizer) -> Trace | None:
    """The trace in a prompt, None if there is none."""
    t = tokenizer
    if list(ids[:2]) != [t.begin_of_text, t.trace_context_start]:
        return None
    parts = _split(ids[2:], t.frame_sep)
    if len(parts) < 2 or len(parts[-1]) > 1:
        return None
    events = {t.call_sep: Event.CALL, t.line_sep: Event.LINE}
    events |= {t.return_sep: Event.RETURN, t.exception_sep: Event.EXCEPTION}
    wanted = events.get(parts[-1][0]) if parts[-1] else None
    frames = [_read_frame(part, events, t) for part in parts[1:-1]]
    if (parts[-1] and wanted is None) or None in frames or any(map(t.is_special, parts[0])):
        return None
    return Trace(t.decode(parts[0]), tuple(frame for frame in frames if frame is not None), wanted)


def _split(ids: Sequence[int], separator: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    for i in ids:
        if i == separator:
            parts.append([])
        else:
            parts[-1].append(i)
    return parts


def _read_frame(ids: list[int], events: Mapping[int, Event], t: CwmTokenizer) -> Shown | None:
    event = events.get(ids[0]) if ids else None
    if event is None or t.action_sep not in ids:
        return None
    shown, _, rest = _cut(ids[1:], t.action_sep)
    line, has_value, value = _cut(rest, t.arg_sep)
    if any(map(t.is_special, (*shown, *line, *value))):
        return None
    try:
        names = json.loads(t.decode(shown)) if shown else {}
        text = json.loads(t.decode(value)) if has_value else None
    except ValueError:
        return None
    if not isinstance(names, dict) or not all(isinstance(v, str) for v in names.values()):
        return None
    return Shown(event, t.decode(line), names, None if text is None else str(text))


def _cut(ids: list[int], separator: int) -> tuple[list[int], bool, list[int]]:
    if separator not in ids:
        return ids, False, []
    at = ids.index(separator)
    return ids[:at], True, ids[at + 1 :]


@lru_cache(_KEPT_PROGRAMS)
def _marked_program(source: str) -> Program | None:
    """The program whose entry carries the mark; its arguments are whatever the frames say."""
    lines = source.split("\n")
    marked = [i for i, line in enumerate(lines, 1) if line.rstrip().endswith(MARK.strip())]
    if len(marked) != 1:
        return None
    at = marked[0] - 1
    lines[at] = lines[at].rstrip().removesuffix(MARK.strip()).rstrip()
    source = "\n".join(lines)
    try:
        functions = [node for node in parse(source).body if isinstance(node, ast.FunctionDef)]
        entry = next((node for node in functions if node.lineno == marked[0]), None)
        return None if entry is None else Program.from_source(source, "<prompt>", entry.name, _placeholder(entry))
    except (NeuraldbgError, SyntaxError, ValueError, RecursionError):
        return None


def _placeholder(entry: ast.FunctionDef) -> str:
    """A call that binds; an Ellipsis stands for each argument."""
    arguments = entry.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    named = [a.arg for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None]
    return f"{entry.name}({', '.join([*['...'] * positional, *(f'{name}=...' for name in named)])})"


class FollowedSource(PredictedSource):
    """Steps behind a client's frames, which may step over calls.

    Args:
        engine, vocabulary, program, scratchpad, choose: see `PredictedSource`.
        wanted: the event that the next step must have.
    """

    def __init__(
        self,
        engine: Engine,
        vocabulary: Vocabulary,
        program: Program,
        scratchpad: bool,
        choose: Choose,
        wanted: Event | None = None,
    ) -> None:
        super().__init__(engine, vocabulary, program, scratchpad=scratchpad, choose=choose)
        self._wanted = wanted

    def state(self, history: Sequence[Step]) -> ControlState:
        """Where control stands, with calls stepped over."""
        same = 0
        for known, step in zip(self._known, history, strict=False):
            if known is not step and known != step:
                break
            same += 1
        del self._known[same:], self._states[same + 1 :]
        for step in history[same:]:
            self._states.append(_after(self._states[-1], step))
            self._known.append(step)
        return self._states[-1]

    def legal(self, history: Sequence[Step]) -> Legal:
        """What may come next, of the wanted event where there is one."""
        legal = self.state(history).legal()
        if self._wanted is None:
            return legal
        return Legal(tuple(b for b in legal.branches if b.event is self._wanted), False)

    def steps_behind(self, history: Sequence[Step]) -> tuple[Step, ...]:
        """The next step, behind those inside of a call that is stepped over; none at the end of the trace.

        Raises:
            IllegalStep: if the wanted event cannot come here.
            ModelError: if the live frames do not fit the model's context.
        """
        state = self.state(history)
        legal = self.legal(history)
        if self._wanted is Event.RETURN and history and history[-1].event is Event.CALL and not legal.branches:
            inside = self._over(history)
            if inside:
                return inside
            legal = Legal((_return_of(state),), False)
        elif self._wanted is not None and not legal.branches:
            raise IllegalStep(f"no {self._wanted.value} can come here")
        elif history:
            return _whole(self.next_step(history))
        decoded = self.decode(self.context(history), self.grammar(legal))
        return _whole(to_step(decoded, self._context.stack))

    def _over(self, history: Sequence[Step]) -> tuple[Step, ...]:
        """The steps inside the call just entered, to its return, for a model that works lines out.

        Such a model was not trained to jump. None for other models, and where an exception leaves the call or it takes
        too many steps: then the return is predicted at once.
        """
        if self._scratchpad is None:
            return ()
        wanted, self._wanted = self._wanted, None
        steps = list(history)
        try:
            for _ in range(_STEPS_INSIDE):
                step = self.next_step(steps)
                if step is None or step.depth < history[-1].depth:
                    return ()
                steps.append(step)
                if step.event is Event.RETURN and step.depth == history[-1].depth:
                    return tuple(steps[len(history) :])
        finally:
            self._wanted = wanted
        return ()


def _whole(step: Step | None) -> tuple[Step, ...]:
    return () if step is None else (step,)


def _return_of(state: ControlState) -> Branch:
    """Any return of the function that was just called."""
    code = state.stack[-1].alternatives[0].code
    graph = state.machine.table(code).graph
    lines = {i.line for i in graph.instrs if graph.returns(i.index) and i.line is not None}
    function = state.machine.codes[code].co_qualname
    return Branch(Event.RETURN, function, len(state.stack) - 1, (), tuple(sorted(lines)))


def _after(state: ControlState, step: Step) -> ControlState:
    """The state behind a step, which may be a return right behind its call.

    Raises:
        IllegalStep: if it cannot come there.
    """
    try:
        return state.after(step)
    except IllegalStep:
        if step.event is not Event.RETURN or not state.stack or step.depth != len(state.stack) - 1:
            raise
        at_call = state.stack[-1].line == state.machine.call_line(
            state.machine.codes[state.stack[-1].alternatives[0].code]
        )
        if not at_call:
            raise
        return ControlState(state.machine, state.stack[:-1], state.suspended, step.depth == 0, True)


@dataclass(slots=True)
class _Reading:
    """One way to understand the frames so far."""

    state: ControlState
    steps: list[Step]

    def then(self, steps: Sequence[Step]) -> _Reading | None:
        """With more steps; None if they cannot follow."""
        state = self.state
        try:
            for step in steps:
                state = _after(state, step)
        except IllegalStep:
            return None
        return _Reading(state, [*self.steps, *steps])


def _possible(program: Program, state: ControlState, steps: Sequence[Step], shown: Shown) -> Iterator[Step]:
    branches = state.legal().branches
    if shown.event is Event.RETURN and steps and steps[-1].event is Event.CALL:
        branches = (*branches, _return_of(state))
    stack = live_stack(steps)
    for branch in branches:
        if branch.event is not shown.event:
            continue
        known = stack[branch.depth].locals if branch.depth < len(stack) and branch.event is not Event.CALL else {}
        values = {name: known.get(name, value) if value == UNCHANGED else value for name, value in shown.locals.items()}
        if branch.event in (Event.RETURN, Event.EXCEPTION):
            values = dict(known)
        for line in branch.lines:
            if program.lines[line - 1].rstrip() == _unmarked(shown.line):
                yield Step(branch.event, line, branch.function, branch.depth, values, shown.value)


def _unmarked(line: str) -> str:
    return line.rstrip().removesuffix(MARK.strip()).rstrip()


class Follower:
    """Continues traces, and remembers what it predicted on the way.

    A client sends frames only: the operations behind them, and the steps inside of a call that was stepped over, are
    remembered here, so that the model reads the same history as in a session of our own.

    Args:
        vocabulary: of the model's tokenizer.
        scratchpad: whether the model works lines out first.
    """

    def __init__(self, vocabulary: Vocabulary, scratchpad: bool) -> None:
        self._vocabulary = vocabulary
        self._scratchpad = scratchpad
        self._memory: OrderedDict[bytes, tuple[Step, ...]] = OrderedDict()  # frames so far -> steps to the last one
        self._lock = threading.Lock()

    def answer(self, trace: Trace, engine: Engine, choose: Choose) -> list[int] | None:
        """Ids of the next frame behind a trace, or end_of_text; None if no program can be followed there.

        Raises:
            ModelError: if the program or its live frames do not fit the model's context.
        """
        program = _marked_program(trace.source)
        history = None if program is None else self._history(program, trace)
        if program is None or history is None:
            return None
        t = self._vocabulary.tokenizer
        try:
            source = FollowedSource(engine, self._vocabulary, program, self._scratchpad, choose, trace.wanted)
            steps = source.steps_behind(history)
        except IllegalStep:
            return None
        if not steps:
            return [t.end_of_text]
        shown = _shown(program, history, steps[-1])
        with self._lock:
            self._memory[_keys(trace.source, (*trace.frames, shown))[-1]] = steps
            while len(self._memory) > _KEPT_FRAMES:
                self._memory.popitem(last=False)
        return _frame(t, shown, trace.wanted is None)

    def _history(self, program: Program, trace: Trace) -> list[Step] | None:
        """The steps that frames tell of; None if they cannot be steps of the program.

        Lines are told by their text alone: where several fit, all readings are followed until one is left.
        """
        readings = [_Reading(program.start(), [])]
        for shown, key in zip(trace.frames, _keys(trace.source, trace.frames), strict=True):
            with self._lock:
                known = self._memory.get(key)
                if known is not None:
                    self._memory.move_to_end(key)
            following: list[_Reading | None] = []
            if known is not None:
                following = [reading.then(known) for reading in readings]
            if not any(following):
                following = [
                    reading.then((step,))
                    for reading in readings
                    for step in _possible(program, reading.state, reading.steps, shown)
                ]
            readings = [reading for reading in following if reading is not None][:_READINGS]
            if not readings:
                return None
        return readings[0].steps


def _keys(source: str, frames: Sequence[Shown]) -> list[bytes]:
    """A key for each frame together with all that stands before it."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass"))
    keys = []
    for frame in frames:
        digest.update(repr((frame.event, frame.line.rstrip(), frame.locals, frame.value)).encode("utf-8", "replace"))
        keys.append(digest.digest())
    return keys


def _shown(program: Program, history: Sequence[Step], step: Step) -> Shown:
    """A step as CWM writes it, its line as in the source."""
    shown: Mapping[str, str] = {}
    if step.event in (Event.CALL, Event.LINE):
        stack = live_stack(history)
        known = stack[step.depth].locals if step.event is Event.LINE and step.depth < len(stack) else {}
        if history and history[-1].event is Event.RETURN:
            known = {}  # Meta's client looks for what ".." stands for no further back than to a return
        shown = {name: UNCHANGED if known.get(name) == value else value for name, value in step.locals.items()}
    return Shown(step.event, program.lines[step.line - 1] + "\n", shown, step.value)


def _frame(t: CwmTokenizer, shown: Shown, with_event: bool) -> list[int]:
    """Ids of a frame, the event left out where the prompt has it."""
    events = {Event.CALL: t.call_sep, Event.LINE: t.line_sep, Event.RETURN: t.return_sep}
    ids = [events.get(shown.event, t.exception_sep)] if with_event else []
    if shown.event in (Event.CALL, Event.LINE):
        ids += t.encode(json.dumps(dict(shown.locals)))
    ids += [t.action_sep, *t.encode(shown.line)]
    if shown.event in (Event.RETURN, Event.EXCEPTION):
        ids += [t.arg_sep, *t.encode(json.dumps(shown.value))]
    return [*ids, t.frame_sep]
