"""What may come next once a line is worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from neuraldbg.control import Branch, Legal, NameRule, Presence
from neuraldbg.model.scratchpad.callbacks import Entered
from neuraldbg.model.scratchpad.questions import Conclusion
from neuraldbg.steps import Event, Step

DEEP: Final = 900  # frames: a call from there may end in a RecursionError instead
_DERIVED: Final = ("dict_keys(", "dict_values(", "dict_items(", "count(", "repeat(", "odict_")


def narrow(legal: Legal, conclusion: Conclusion, step: Step) -> Legal:
    """What may come next, once the line that is about to run is worked out.

    Args:
        legal: by control flow alone.
        conclusion: of the walk.
        step: the stop at that line.
    """
    if conclusion.spread:
        return _spread(legal, conclusion, step)
    if conclusion.raised is not None:
        raising = [b for b in legal.branches if b.event is Event.EXCEPTION and b.depth == step.depth]
        return Legal(tuple(replace(b, value=conclusion.raised) for b in raising), False) if raising else legal
    if conclusion.passed is not None:
        depth = step.depth - conclusion.complete  # of the caller
        passing = (b.event is Event.EXCEPTION and b.depth == depth for b in legal.branches)
        shown = (replace(b, value=conclusion.passed) if p else b for b, p in zip(legal.branches, passing, strict=True))
        legal = Legal(tuple(shown), legal.may_end)
        if not conclusion.complete:
            return legal
    if conclusion.enters is not None and step.depth < DEEP:
        return _entered(legal, conclusion.enters)
    if not conclusion.complete:
        return legal
    branches = []
    unreached = None
    if conclusion.leaves is not None:
        unreached = Event.LINE if conclusion.leaves else Event.RETURN
        reached = Event.RETURN if conclusion.leaves else Event.LINE
        if not any(branch.event is reached and branch.depth == step.depth for branch in legal.branches):
            unreached = None  # a finally stands before the return, or the function ends here either way
    for branch in legal.branches:
        if branch.event is unreached and branch.depth == step.depth:
            continue
        if (conclusion.calls and branch.event in (Event.CALL, Event.EXCEPTION)) or (
            conclusion.raises and branch.event is Event.EXCEPTION
        ):
            branches.append(branch)
            continue
        if branch.event is Event.EXCEPTION and not (conclusion.checks is False and branch.depth == step.depth):
            continue
        if branch.event is Event.CALL or (conclusion.checks is False and branch.event is not Event.EXCEPTION):
            continue
        narrowed = _narrow_branch(branch, conclusion, step)
        if narrowed is not None:
            branches.append(narrowed)
    return Legal(tuple(branches), legal.may_end) if branches else legal


def _spread(legal: Legal, conclusion: Conclusion, step: Step) -> Legal:
    """Within a statement of several lines nothing is assigned before it is left."""
    inner, outer = [], []
    for branch in legal.branches:
        if branch.event is Event.LINE and branch.depth == step.depth:
            within = tuple(line for line in branch.lines if line in conclusion.spread)
            if within:
                names = tuple(replace(rule, may_change=False) if rule.may_keep else rule for rule in branch.names)
                inner.append(replace(branch, lines=within, names=names))
            beyond = tuple(line for line in branch.lines if line not in conclusion.spread)
            if beyond:
                outer.append(replace(branch, lines=beyond))
        elif branch.event is not Event.LINE or branch.depth != step.depth:
            outer.append(branch)
    if conclusion.raised is not None:
        raising = [b for b in outer if b.event is Event.EXCEPTION and b.depth == step.depth]
        left = [*inner, *(replace(b, value=conclusion.raised) for b in raising)]
        return Legal(tuple(left), False) if left else legal
    if conclusion.enters is not None and step.depth < DEEP:
        calls = _entered(Legal(tuple(b for b in outer if b.event is Event.CALL), False), conclusion.enters).branches
        return Legal((*inner, *calls), False) if inner or calls else legal
    if not conclusion.complete:
        return legal
    found = narrow(Legal(tuple(outer), legal.may_end), replace(conclusion, spread=range(0)), step) if outer else None
    leaving = [b for b in found.branches if b.event in (Event.LINE, Event.RETURN)] if found is not None else []
    return Legal((*inner, *leaving), legal.may_end and not inner) if inner or leaving else legal


def _entered(legal: Legal, enters: Entered) -> Legal:
    """The call alone, with the arguments that are known."""
    values = enters.values
    entering = tuple(
        replace(
            branch,
            lines=(enters.line,),
            names=tuple(
                replace(r, presence=Presence.ALWAYS, value=values[r.name]) if r.name in values else r
                for r in branch.names
                if not enters.bare
            ),
        )
        for branch in legal.branches
        if branch.event is Event.CALL and branch.function.rpartition(".")[2] == enters.name
        if enters.line in branch.lines
    )
    return Legal(entering, False) if entering else legal


def agrees(legal: Legal, step: Step, before: Mapping[str, str]) -> bool:
    """Whether some branch allows the step.

    Args:
        legal: as narrowed.
        step: that comes next.
        before: locals at the last stop of the same activation.
    """
    for branch in legal.branches:
        if branch.event is not step.event or branch.depth != step.depth or step.line not in branch.lines:
            continue
        if branch.value is not None and branch.value != step.value:
            continue
        if step.event is not Event.LINE or all(_allows(rule, step.locals, before) for rule in branch.names):
            return True
    return False


def _allows(rule: NameRule, after: Mapping[str, str], before: Mapping[str, str]) -> bool:
    value = after.get(rule.name)
    if value is None:
        return rule.presence is not Presence.ALWAYS
    if value == before.get(rule.name) and rule.may_keep:
        return True
    return rule.may_change and rule.value in (None, value)


def _narrow_branch(branch: Branch, conclusion: Conclusion, step: Step) -> Branch | None:
    if branch.depth != step.depth:
        return branch
    if branch.event is Event.RETURN:
        if conclusion.inside is not None and conclusion.inside[1]:
            return None
        return branch if conclusion.result is None else replace(branch, value=conclusion.result)
    if branch.event is not Event.LINE:
        return branch
    lines = branch.lines
    if conclusion.inside is not None:
        block, enters = conclusion.inside
        lines = tuple(line for line in lines if (line in block) is enters)
        if not lines:
            return None
    names = tuple(
        narrowed for rule in branch.names if (narrowed := _narrow_name(rule, conclusion, step.locals)) is not None
    )
    return replace(branch, lines=lines, names=names)


def _narrow_name(rule: NameRule, conclusion: Conclusion, before: Mapping[str, str]) -> NameRule | None:
    value = conclusion.values.get(rule.name)
    if value is None:
        if conclusion.wild or rule.name in conclusion.stored:
            return rule
        if not rule.may_keep:
            return rule if rule.presence is Presence.ALWAYS else None
        return rule if _may_be_touched(before[rule.name], conclusion.touched) else replace(rule, may_change=False)
    if before.get(rule.name) == value:
        return replace(rule, presence=Presence.ALWAYS, may_change=False) if rule.may_keep else rule
    if not rule.may_change:
        return rule
    return replace(rule, presence=Presence.ALWAYS, may_keep=False, value=value)


def _may_be_touched(shown: str, touched: Sequence[str]) -> bool:
    """Whether an object with this repr may be, hold or be part of one of the objects that change.

    A repr that is derived from an object without holding its text (views of dictionaries, counters) may always change.
    """
    if shown.startswith(_DERIVED):
        return True
    return any(other in shown or shown in other for other in touched)
