"""A language server whose model is the recorder: what it "predicts" is what really happens.

It runs the test's own programs to make the steps, which no real server does. A few names in a program change that:
``unsure_*`` get a low probability and could have been ``'other'``; a call of ``wrong`` is predicted to return one more;
``model_dies`` ends the model's process, ``model_waits`` holds it until the work is cancelled, ``model_rests`` makes it
slow, and ``model_ponders`` makes it take its time over what else could have come.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from neuraldbg.lsp.serving import serve
from neuraldbg.lsp.wire import Loader
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.session import TraceSource
from neuraldbg.steps import Confidence, Event, Origin, Step, Trace


class Died(BaseException):
    """No ordinary error."""


def predicted(step: Step) -> Step:
    """The step as a model would give it."""
    names = {n: 0.3 if n.startswith("unsure") else 0.9 for n in step.locals}
    value = step.value
    if step.event is Event.RETURN and step.function == "wrong" and value is not None:
        value = str(int(value) + 1)
    return replace(step, value=value, confidence=Confidence(0.95, names, None if value is None else 0.9))


@dataclass(frozen=True)
class Way:
    """A step that could have come instead."""

    step: Step
    probability: float


class Source(TraceSource):
    """Replays a recording as a prediction; goes on from any history by its length."""

    origin = Origin.PREDICTED

    def __init__(self, program: Program) -> None:
        trace = record(program, Limits(steps=2000))
        trace.steps = [predicted(step) for step in trace.steps]
        super().__init__(trace)
        self.program = program

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        if "model_dies" in self.program.source and len(history) > 1:
            raise Died("the model is gone")
        while "model_waits" in self.program.source and len(history) > 1:
            if cancelled is not None and cancelled():
                return None
            time.sleep(0.01)
        if "model_rests" in self.program.source:
            time.sleep(0.05)
        return super().next_step(history, cancelled)

    chooses = True

    def alternatives(
        self, history: Sequence[Step], most: int, cancelled: Callable[[], bool] | None = None
    ) -> Sequence[Way]:
        """The step itself, and two others in which what is unsure is different."""
        while "model_ponders" in self.program.source and cancelled is not None and not cancelled():
            time.sleep(0.01)
        step = super().next_step(history)
        assert step is not None
        other = {n: "'other'" if n.startswith("unsure") else v for n, v in step.locals.items()}
        return [
            Way(step, 0.3),
            Way(replace(step, locals=other), 0.25),
            Way(replace(step, locals=other, line=step.line + 1), 0.1),
            Way(replace(step, event=Event.RETURN, locals={}, value="1"), 0.05),
        ][:most]


class Model:
    """A predictor."""

    def source(self, program: Program) -> Source:
        return Source(program)


def real_run(program: Program, cancelled: Callable[[], bool]) -> Trace:
    return record(program, Limits(steps=2000), cancelled=cancelled)


if __name__ == "__main__":
    sys.exit(serve(Loader("tests.lsp.standin", "Model"), real_run, int(sys.argv[1]) if len(sys.argv) > 1 else None))
