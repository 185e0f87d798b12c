"""Breakpoints in words."""

from __future__ import annotations

from neuraldbg.breakpoints import Breakpoint, BreakpointKind
from neuraldbg.tui.text import visible


def describe(breakpoint: Breakpoint) -> str:
    """``line 3 if n > 2, hits >= 3, logs "n={n}"``, in one visible line."""
    match breakpoint.kind:
        case BreakpointKind.LINE:
            text = f"line {breakpoint.actual or breakpoint.line}"
        case BreakpointKind.FUNCTION:
            text = f"function {breakpoint.function}"
        case BreakpointKind.EXCEPTION:
            text = f"{breakpoint.mode} {', '.join(breakpoint.exceptions) or 'exceptions'}"
        case BreakpointKind.CHANGE:
            text = f"{breakpoint.name} changes" + (f" in {breakpoint.function}" if breakpoint.function else "")
    if breakpoint.condition:
        text += f" if {breakpoint.condition}"
    if breakpoint.hits:
        text += f", hits {breakpoint.hits}"
    if breakpoint.log:
        text += f", logs “{breakpoint.log}”"
    return visible(text[:400])
