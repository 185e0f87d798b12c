"""A real run beside the prediction: where the two part, and what really happened there.

The run is made in the background, once, by the recorder or debugpy, after the user asked for it. Steps are held
against it one by one as they come; what debugpy cannot show takes no part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from neuraldbg.compare import Difference, differences, is_seen_by_debugpy, place
from neuraldbg.errors import NeuraldbgError
from neuraldbg.hits import MODULE
from neuraldbg.session import Cancelled
from neuraldbg.steps import Event, Origin, Outcome, Step, Trace

_CUT_SHORT = frozenset({Outcome.STEP_LIMIT, Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT, Outcome.STOPPED})
_POLL_SECONDS = 0.05


class Truth:
    """A real run in the making.

    Args:
        run: makes it; gets a function that says whether it is still wanted.
        tell: called in the background with a line for the user, such as why it cannot be made.
    """

    def __init__(self, run: Callable[[Callable[[], bool]], Trace], tell: Callable[[str], object]) -> None:
        self._run, self._tell = run, tell
        self._done = threading.Event()
        self._unwanted = threading.Event()
        self.trace: Trace | None = None
        self._right = 0  # steps that were looked at and do not differ
        self.first: int | None = None
        threading.Thread(target=self._make, name="dap-real-run", daemon=True).start()

    def _make(self) -> None:
        try:
            self.trace = self._run(self._unwanted.is_set)
            if self.trace.note:
                self._tell(f"The real run: {self.trace.note}.")
        except NeuraldbgError as error:
            self._tell(f"The real run could not be made: {error}")
        except Exception as error:  # the prediction goes on without it
            self._tell(f"The real run could not be made: {type(error).__name__}: {error}")
        finally:
            self._done.set()

    def close(self) -> None:
        """The run is no longer wanted."""
        self._unwanted.set()

    def differs(self, steps: Sequence[Step], index: int, cancelled: Cancelled | None) -> bool:
        """Whether step ``index`` is the first that differs; waits for the real run."""
        while not self._done.wait(_POLL_SECONDS):
            if cancelled is not None and cancelled():
                return False
        while self.trace is not None and self.first is None and self._right <= index:
            if self.differences(steps, self._right):
                self.first = self._right
            else:
                self._right += 1
        return self.first == index

    def ends_early(self, steps: Sequence[Step]) -> bool:
        """The real run goes on where the prediction ends."""
        if self.trace is None or self.first is not None or self._right < len(steps):
            return False
        return self.partner(steps, len(steps)) is not None

    def partner(self, steps: Sequence[Step], index: int) -> int | None:
        """Number of the real step that step ``index`` is held against, as long as all before it agree."""
        if self.trace is None or (self.first is not None and index > self.first):
            return None
        at = index
        if self.trace.origin is Origin.DEBUGPY:
            if index < len(steps) and not is_seen_by_debugpy(steps[index]):
                return None
            at = sum(is_seen_by_debugpy(step) for step in steps[:index])
        return at if at < len(self.trace.steps) else None

    def differences(self, steps: Sequence[Step], index: int) -> tuple[Difference, ...]:
        """What differs at step ``index``; nothing where the real run does not say."""
        trace = self.trace
        if trace is None or (trace.origin is Origin.DEBUGPY and not is_seen_by_debugpy(steps[index])):
            return ()
        at = self.partner(steps, index)
        if at is None and trace.outcome in _CUT_SHORT:
            return ()
        return differences(steps[index], None if at is None else trace.steps[at], None, trace.outcome)

    def told(self, steps: Sequence[Step], index: int) -> str:
        """What was predicted and what really happened at step ``index``, for the user."""
        at = self.partner(steps, index)
        predicted = steps[index] if index < len(steps) else None
        real = None if self.trace is None or at is None else self.trace.steps[at]
        if predicted is None or real is None or place(predicted) != place(real):
            return f"predicted: {_happens(predicted)}; really: {_happens(real)}"
        rows = self.differences(steps, index)
        return "; ".join(
            f"{d.name or d.what}: predicted {d.left or 'nothing'}, really {d.right or 'nothing'}" for d in rows
        )

    def forget(self, index: int) -> None:
        """Steps from ``index`` on are others now: they are looked at again."""
        self._right = min(self._right, index)
        if self.first is not None and self.first >= index:
            self.first = None


def _happens(step: Step | None) -> str:
    if step is None:
        return "the end"
    where = "" if step.function == MODULE else f" of {step.function}"
    match step.event:
        case Event.CALL:
            return f"a call of {step.function}"
        case Event.RETURN:
            return f"{step.function} returns {step.value}" if where else "the module ends"
        case Event.EXCEPTION:
            return f"{step.value} at line {step.line}{where}"
    return f"line {step.line}{where}"
