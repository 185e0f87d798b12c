"""What the stepper's tests share: a small program and its steps, sources of steps, reading the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot

from neuraldbg.program import Program
from neuraldbg.session import StepSource, TraceSource
from neuraldbg.steps import Confidence, Event, Origin, Outcome, Step, Trace
from neuraldbg.tui.app import Stepper

SOURCE = """\
def double(n):
    m = n * 2
    return m


total = 0
for i in [3, 4]:
    total += double(i)
"""


def _steps() -> list[Step]:
    steps: list[Step] = []

    def add(event: Event, line: int, function: str, depth: int, value: str | None = None, **names: object) -> None:
        steps.append(Step(event, line, function, depth, {k: str(v) for k, v in names.items()}, value))

    add(Event.CALL, 1, "<module>", 0)  # 0
    add(Event.LINE, 1, "<module>", 0)  # 1
    add(Event.LINE, 6, "<module>", 0)  # 2
    add(Event.LINE, 7, "<module>", 0, total=0)  # 3
    total = 0
    for i in (3, 4):  # 4-8, 10-14
        add(Event.LINE, 8, "<module>", 0, total=total, i=i)
        add(Event.CALL, 1, "double", 1, n=i)
        add(Event.LINE, 2, "double", 1, n=i)
        add(Event.LINE, 3, "double", 1, n=i, m=2 * i)
        add(Event.RETURN, 3, "double", 1, str(2 * i), n=i, m=2 * i)
        total += 2 * i
        add(Event.LINE, 7, "<module>", 0, total=total, i=i)  # 9, 15
    add(Event.RETURN, 7, "<module>", 0, "None", total=total, i=4)  # 16
    return steps


def trace_of(steps: Sequence[Step], origin: Origin = Origin.RECORDED, source: str = SOURCE) -> Trace:
    return Trace("demo.py", source, "<module>", origin, list(steps), Outcome.RETURNED)


class Gated:
    """A predicting source that gives a step only when the test lets it, or when it is cancelled."""

    origin = Origin.PREDICTED

    def __init__(self, steps: Sequence[Step], free: int = 0) -> None:
        self.steps = steps
        self.asked = 0
        self._permits = threading.Semaphore(free)

    def let(self, count: int) -> None:
        self._permits.release(count)

    def next_step(self, history: Sequence[Step], cancelled: Callable[[], bool] | None = None) -> Step | None:
        self.asked += 1
        while not self._permits.acquire(timeout=0.005):
            if cancelled is not None and cancelled():
                return None
        if len(history) >= len(self.steps):
            return None
        step = self.steps[len(history)]
        return step if step.confidence else replace(step, confidence=Confidence())


@dataclass
class Bench:
    """Makes apps and reads them."""

    source: str = SOURCE

    @property
    def steps(self) -> list[Step]:
        return _steps()

    @staticmethod
    def trace(steps: Sequence[Step], origin: Origin = Origin.RECORDED) -> Trace:
        return trace_of(steps, origin)

    @staticmethod
    def source_of(trace: Trace) -> StepSource:
        return TraceSource(trace)

    @staticmethod
    def gated(steps: Sequence[Step], free: int = 0) -> Gated:
        return Gated(steps, free)

    def app(
        self,
        source: StepSource | Sequence[Step] | Callable[[], StepSource] | None = None,
        text: str = SOURCE,
        **options: Any,
    ) -> Stepper:
        """A stepper over these steps, this source, or what this function makes."""
        given = _steps() if source is None else source
        if isinstance(given, list):
            given = TraceSource(trace_of(given, source=text))
        made: Any = given
        open_source = made if callable(made) else lambda: made
        return Stepper(Program.from_source(text, "demo.py"), open_source, **options)

    @staticmethod
    def read(app: Stepper) -> str:
        """The screen that is on top, as the user reads it."""
        screen = app.screen
        return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips(screen.size))

    @staticmethod
    async def until(pilot: Pilot[int], true: Callable[[], Any]) -> None:
        """Waits until the app is where the test wants it; fails if it never gets there."""
        for _ in range(2000):
            await pilot.pause()
            if true():
                await pilot.pause()
                return
            await pilot.pause(0.005)
        raise AssertionError(f"never true on this screen:\n{Bench.read(pilot.app)}")  # type: ignore[arg-type]

    async def idle(self, pilot: Pilot[int]) -> None:
        """Waits until nothing runs and nothing waits, and the first step is there."""
        app: Any = pilot.app
        await self.until(
            pilot,
            lambda: (
                app._steps_lane.running is None and app._check_lane.running is None and (app.session or app._load_error)
            ),
        )

    async def press(self, pilot: Pilot[int], *keys: str) -> None:
        """Presses keys one after another, each when the last one's work is done."""
        for key in keys:
            await pilot.press(key)
            await self.idle(pilot)

    @staticmethod
    def line(app: Stepper, id: str) -> str:
        """The text of one of the single lines."""
        return app.query_one(f"#{id}").text()  # type: ignore[attr-defined, no-any-return]

    @staticmethod
    def pane(app: Stepper, id: str) -> list[str]:
        """The rows of one of the panes, trailing blanks cut."""
        return app.query_one(f"#{id}").text().split("\n")  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def bench() -> Bench:
    return Bench()
