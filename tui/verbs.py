"""The session's verbs by name, and how they end in words: shared by the screen and the line mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from neuraldbg.session import Cancelled, Session, StopReason
from neuraldbg.tui.text import visible, worked_out

Verb = Callable[[Session, Cancelled], StopReason]

VERBS: Final[dict[str, Verb]] = {
    "step_into": Session.step_into,
    "step_over": Session.step_over,
    "step_out": Session.step_out,
    "continue_": Session.continue_,
    "next_iteration": Session.next_iteration,
    "back": lambda session, cancelled: session.back(),
    "back_over": lambda session, cancelled: session.back_over(),
    "back_out": lambda session, cancelled: session.back_out(),
    "reverse_continue": lambda session, cancelled: session.reverse_continue(),
    "previous_iteration": lambda session, cancelled: session.previous_iteration(),
    "restart": lambda session, cancelled: session.restart(),
}


def steps_text(count: int) -> str:
    """``1 step``, ``2,000 steps``."""
    return f"{count:,} step{'' if count == 1 else 's'}"


def reason_text(session: Session, dropped: str = "", logs: bool = True) -> str:
    """How the last verb ended, in one visible line.

    Args:
        dropped: what a cancellation dropped, in words.
        logs: with the last thing that a log point said.
    """
    count, stop = len(session.known), session.stop
    text = ""
    match stop.reason:
        case StopReason.STEP:
            text = worked_out(session.current) if session.current is not None else ""
        case StopReason.BREAKPOINT:
            text = _breakpoint_text(session)
        case StopReason.LINE:
            text = "reached the line"
        case StopReason.CHANGE:
            text = "the value changed"
        case StopReason.ITERATION:
            text = f"turn {session.iteration():,} of the loop"
        case StopReason.LOOP_END:
            text = "the loop is left"
        case StopReason.NO_LOOP:
            text = "no frame here is in a loop"
        case StopReason.START:
            text = "this is the first step" if count else "there is no step yet"
        case StopReason.END:
            text = f"the end: the trace is over after {steps_text(count)}" if count else "the trace is empty"
        case StopReason.BUDGET:
            text = "no stop in 10,000 new steps; the same command goes on"
        case StopReason.CANCELLED:
            text = f"cancelled{dropped}; {steps_text(count)} kept"
    if logs and stop.logs:
        said = stop.logs[-1]
        more = f" (and {len(stop.logs) - 1:,} before)" if len(stop.logs) > 1 else ""
        text = f"log: {visible(said.text[:200])}{more}" + (f" · {text}" if text else "")
    return text


def _breakpoint_text(session: Session) -> str:
    stop = session.stop
    if stop.failures:
        reason = visible(stop.failures[0].reason[:200])
        return f"stopped at a breakpoint whose condition cannot be told: {reason}"
    unsure = [hit for hit in stop.hits if hit.confidence is not None and hit.confidence < 0.5]
    counted = next((hit for hit in stop.hits if hit.count > 1), None)
    text = "stopped at a breakpoint"
    if counted is not None:
        text += f", met {counted.count:,} times"
    return text + (" (its condition is unsure)" if unsure else "")
