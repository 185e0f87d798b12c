"""Program + steps so far -> the next Step, through the grammar and an engine.

Where the model has learnt to, it first works out the operations of the line, one by one (scratchpad/); where that is
wanted, what they give is calculated. Then the frame is decoded (decoding.py). It neither loads weights nor runs the
user's program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from neuraldbg.arguments import entry_step
from neuraldbg.control import ControlState, Legal
from neuraldbg.errors import ModelError
from neuraldbg.model.decoding import (
    MAX_VALUE_TOKENS,
    Choose,
    Decoded,
    Forced,
    FrameDecoder,
    LocalDecoder,
    Stopped,
    Undecided,
    framed,
    most_likely,
)
from neuraldbg.model.engine import Engine
from neuraldbg.model.frames import Context, FrameEncoder, Stacks, read_operation
from neuraldbg.model.grammar import FrameGrammar, Vocabulary
from neuraldbg.model.history import same_steps
from neuraldbg.model.odds import Odds
from neuraldbg.model.odds import known as _known
from neuraldbg.model.prompt import Prompt, make_prompt, relevant_lines
from neuraldbg.model.scratchpad import Ask, Conclusion, Scratchpad, Worked, narrow
from neuraldbg.program import Program
from neuraldbg.steps import UNCHANGED, Confidence, Event, Operation, Origin, Step

if TYPE_CHECKING:
    from neuraldbg.model.alternatives import Alternative

FRAME_TOKENS: Final = 512  # room kept behind a context for the frame being decoded
OPERATION_TOKENS: Final = 128  # and, for a model that works lines out, for their operations
LAST_TOKENS: Final = 192  # nothing more is worked out so near the end of the context


class PredictedSource:
    """Predicted steps of one program (a `neuraldbg.session.StepSource`).

    Args:
        engine: shared or own; its cache follows whoever asks. Or what decodes whole frames by other means.
        vocabulary: of the engine's tokenizer.
        program: what to predict.
        max_value_tokens: see `decode_frame`.
        scratchpad: work out the operations of a line first; for models that were trained so.
        choose: picks the token where several are legal.
        calculates: what operations on known values give is worked out exactly (scratchpad/calculating.py).

    Raises:
        ModelError: if the program's text alone does not fit the engine's context.
    """

    origin = Origin.PREDICTED

    def __init__(
        self,
        engine: Engine | FrameDecoder,
        vocabulary: Vocabulary,
        program: Program,
        max_value_tokens: int = MAX_VALUE_TOKENS,
        scratchpad: bool = False,
        choose: Choose = most_likely,
        calculates: bool = False,
    ) -> None:
        self.program = program
        most = min(max_value_tokens, engine.context // 5)
        self._decoder = engine if isinstance(engine, FrameDecoder) else LocalDecoder(engine, most, choose)
        self._vocabulary = vocabulary
        self._first = entry_step(program)
        self._prompt = fitting_prompt(program, vocabulary, engine.context, caller=self._first is None)
        kept = min(FRAME_TOKENS, engine.context // 4)
        if scratchpad:
            kept += min(OPERATION_TOKENS, engine.context // 8)
        room = engine.context - (kept // 2 if calculates else kept)  # less is left to decode
        self.encoder = FrameEncoder(vocabulary.tokenizer, self._prompt)
        self._context = Context(self.encoder, room, scratchpad)
        self._asks = scratchpad
        self._scratchpad = Scratchpad(program, calculates) if scratchpad or calculates else None
        self._texts = line_texts(program, self._prompt)
        self._stacks = Stacks()
        self._states: list[ControlState] = [program.start()]
        self._known: list[Step] = []
        self.last: Decoded | None = None

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        """The step after ``history``; None when the trace is over or ``cancelled`` said so.

        Raises:
            ModelError: if the live frames do not fit the model's context.
            neuraldbg.control.IllegalStep: if ``history`` is no history of this program.
        """
        if not history and self._first is not None:
            return replace(self._first, confidence=Confidence())
        legal = self.legal(history)
        if not legal.branches:
            return None
        try:
            worked, odds, chosen = self._work_out(history, cancelled)
            if worked is not None:
                legal = narrow(legal, worked.conclusion, worked.at)
            decoded = self._decoded(legal, worked, history, cancelled)
        except Stopped:
            return None
        decoded.chosen += chosen
        if worked is not None:
            apply_odds(decoded, worked.conclusion, odds)
        self.last = decoded
        step = to_step(decoded, self._stacks.after(history))
        return step if worked is None or step is None else replace(step, operations=worked.operations)

    def _decoded(
        self, legal: Legal, worked: Worked | None, history: Sequence[Step], cancelled: Callable[[], bool] | None
    ) -> Decoded:
        """The next frame; what came before is only read where something is left to decide."""
        try:
            return framed(Forced(), (), self.grammar(legal), cancelled)
        except Undecided:
            context = self.context(history)
            if worked is not None and self._asks:
                context += self.encoder.operations(worked.operations)
            return self.decode(context, self.grammar(legal), cancelled)

    def decode(
        self, context: Sequence[int], grammar: FrameGrammar, cancelled: Callable[[], bool] | None = None
    ) -> Decoded:
        """One frame; see `decode_frame`."""
        return framed(self._decoder, context, grammar, cancelled)

    def _work_out(
        self, history: Sequence[Step], cancelled: Callable[[], bool] | None
    ) -> tuple[Worked | None, float, int]:
        """The operations of the line that is about to run, their joint log-probability, and how many tokens of them
        the model chose."""
        if self._scratchpad is None:
            return None, 0.0, 0
        odds, chosen = Odds(), 0
        ids: list[int] = []  # of the context and what has been worked out; empty until the model is asked
        done: list[Operation] = []

        def answer(ask: Ask) -> Operation | None:
            nonlocal chosen
            operation = Operation(ask.text) if ask.kind in ("note", "call") else ask.given
            if operation is None:
                if not self._asks:
                    return None
                if not ids:
                    ids.extend(self.context(history))
                    ids.extend(self.encoder.operations(done))
                ids.extend(self.encoder.question(ask.text, True))
                if len(ids) > self._decoder.context - LAST_TOKENS:
                    return None
                grammar = FrameGrammar.of_operation(self._vocabulary)
                chosen += self._decoder.decode(ids, grammar, odds, cancelled)
                operation = read_operation(ask.text, grammar.value)
            elif ids:
                ids.extend(self.encoder.operations([operation]))
                if len(ids) > self._decoder.context - LAST_TOKENS and not operation.calculated:
                    return None
            done.append(operation)
            return operation

        worked = self._scratchpad.work_out(history, answer)
        return worked, odds.value, chosen

    def choosing(self, choose: Choose) -> PredictedSource:
        """The same source with another choice among legal tokens; what has been read is shared."""
        other = copy(self)
        if isinstance(self._decoder, LocalDecoder):
            other._decoder = replace(self._decoder, choose=choose)
        return other

    @property
    def chooses(self) -> bool:
        """Tokens are chosen here, one by one, so that other choices can be tried."""
        return isinstance(self._decoder, LocalDecoder)

    def alternatives(
        self, history: Sequence[Step], most: int, cancelled: Callable[[], bool] | None = None
    ) -> list[Alternative]:
        """The likeliest steps after ``history``; see `neuraldbg.model.alternatives`.

        Raises:
            ModelError: if the model decodes whole frames elsewhere.
        """
        from neuraldbg.model.alternatives import find_alternatives

        if not self.chooses:
            raise ModelError("a served model does not tell other ways; use a model of this machine")
        return find_alternatives(self, history, most, cancelled)

    def context(self, history: Sequence[Step]) -> list[int]:
        """Token ids of the prompt after ``history``.

        Raises:
            ModelError: if the live frames do not fit.
        """
        try:
            return self._context.ids(history)
        except ValueError as error:
            raise ModelError(f"{error}; use a model with a longer context") from error

    def grammar(self, legal: Legal) -> FrameGrammar:
        """The grammar of a frame of this program."""
        return FrameGrammar(self._vocabulary, legal, self._texts)

    def state(self, history: Sequence[Step]) -> ControlState:
        """Where control stands after ``history``; cheap where it extends or shortens an earlier one."""
        same = same_steps(self._known, history)
        del self._known[same:], self._states[same + 1 :]
        for step in history[same:]:
            self._states.append(self._states[-1].after(step))
            self._known.append(step)
        return self._states[-1]

    def legal(self, history: Sequence[Step]) -> Legal:
        """What may come after ``history``."""
        return self.state(history).legal()


def apply_odds(decoded: Decoded, conclusion: Conclusion, logp: float) -> None:
    """What follows from a walk is as likely as all of its operations together."""
    probability = math.exp(logp)
    decoded.locals = {**decoded.locals, **dict.fromkeys(conclusion.values, probability)}
    if conclusion.inside is not None or conclusion.checks is not None or conclusion.raised is not None:
        decoded.move *= probability
    if decoded.frame.value is not None and (conclusion.result is not None or conclusion.raised is not None):
        decoded.value = probability


def to_step(decoded: Decoded, stack: Sequence[Step]) -> Step | None:
    """A decoded frame as a step, with ``".."`` resolved by the live activations; None for the end of the trace."""
    frame = decoded.frame
    if frame.event is None or frame.branch is None:
        return None
    depth = frame.branch.depth
    before = stack[depth].locals if depth < len(stack) and frame.event is not Event.CALL else {}
    if frame.event in (Event.CALL, Event.LINE):
        shown = frame.locals or {}
        values = {n: before.get(n, v) if v == UNCHANGED else v for n, v in shown.items()}
    else:
        values = dict(before)
    sure = {name: _known(probability) for name, probability in decoded.locals.items()}
    confidence = Confidence(_known(decoded.move), sure, _known(decoded.value))
    return Step(frame.event, frame.line, frame.branch.function, depth, values, frame.value, confidence)


def fitting_prompt(program: Program, vocabulary: Vocabulary, context: int, caller: bool = False) -> Prompt:
    """The whole file as SOURCE where it takes at most half of the context, else what the entry can reach.

    Raises:
        ModelError: if even that is too long.
    """
    prompt = make_prompt(program, caller=caller)
    if len(vocabulary.tokenizer.encode(prompt.source)) <= context // 2:
        return prompt
    prompt = make_prompt(program, relevant_lines(program), caller)
    needed = len(vocabulary.tokenizer.encode(prompt.source))
    if needed > context * 5 // 8:
        raise ModelError(
            f"{program.filename}: the code that {program.entry} reaches takes {needed} tokens, this model reads "
            f"{context * 5 // 8}; name a smaller entry (script.py::function) or use a larger model"
        )
    return prompt


def line_texts(program: Program, prompt: Prompt) -> Mapping[tuple[Event, str, int], str]:
    """LINE texts as `FrameGrammar` wants them, made on demand."""
    return _LineTexts(prompt)


class _LineTexts(dict[tuple[Event, str, int], str]):
    def __init__(self, prompt: Prompt) -> None:
        super().__init__()
        self._prompt = prompt

    def __missing__(self, key: tuple[Event, str, int]) -> str:
        text = self[key] = self._prompt.line_text(*key)
        return text


class Predictor:
    """A loaded model that predicts programs.

    Args:
        engine: the network, or what decodes frames in its place.
        vocabulary: of its tokenizer.
        name: shown to the user.
        scratchpad: whether it works out the operations of a line first (model/scratchpad/).
        calculates: whether operations on known values are worked out exactly instead.
    """

    def __init__(
        self,
        engine: Engine | FrameDecoder,
        vocabulary: Vocabulary,
        name: str,
        scratchpad: bool = False,
        calculates: bool = False,
    ) -> None:
        self.engine = engine
        self.vocabulary = vocabulary
        self.name = name
        self.scratchpad = scratchpad
        self.calculates = calculates

    def source(self, program: Program) -> PredictedSource:
        """Predicted steps of a program.

        Raises:
            ModelError: if the program does not fit the model's context.
        """
        return PredictedSource(
            self.engine, self.vocabulary, program, scratchpad=self.scratchpad, calculates=self.calculates
        )


def load_predictor(
    model: str | None = None,
    device: str | None = None,
    quantize: str | None = None,
    server: str | None = None,
    calculates: bool = False,
) -> Predictor:
    """Loads a checkpoint: None for the embedded one, else a folder or a hub id; or asks the server at a URL.

    Args:
        model: see `checkpoint.resolve`.
        device: None: the GPUs there are, or the CPU; the embedded model runs on the CPU.
        quantize: "nf4" or "int8"; None: as stored.
        server: its URL; ``model`` is then the name that it serves, or a folder with its tokenizer.
        calculates: work out exactly what operations on known values give, and leave the rest to the model.

    Raises:
        ModelError: if there is no such model, it is damaged or cannot be quantized, or the device is absent.
    """
    if server is not None:
        from neuraldbg.model.remote import load_remote

        predictor = load_remote(server, model)
        predictor.calculates = calculates
        return predictor
    from neuraldbg.model.engine import LocalEngine
    from neuraldbg.model.loading import load_network

    loaded = load_network(model, device, quantize)
    engine = LocalEngine(loaded.network)
    return Predictor(engine, Vocabulary(loaded.tokenizer), loaded.name, loaded.scratchpad, calculates)
