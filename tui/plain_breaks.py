"""The commands of the line mode on breakpoints, and what is kept of them between runs."""

from __future__ import annotations

import re
from typing import Any, Final

from neuraldbg.breakpoints import RAISED, UNCAUGHT, Breakpoint, BreakpointKind, check
from neuraldbg.errors import UsageError
from neuraldbg.tui.breakpoint_text import describe
from neuraldbg.tui.keeping import Keeper
from neuraldbg.tui.plain_commands import Basics, Reply, needed, number_of

_BREAK: Final = re.compile(r"(?P<where>[^,]+?)(?:\s*,\s*|\s+if\s+)(?P<condition>.+)")


class Breaks(Basics):
    """Sets, changes, lists; writes them down where there is a place for it."""

    keeper: Keeper | None = None  # where kept ones are
    keeps = False  # changes are written down

    def do_break(self, rest: str) -> Reply:
        if rest:
            match = _BREAK.fullmatch(rest)
            where, condition = (match["where"].strip(), match["condition"]) if match else (rest, "")
            if where.isdecimal():
                wanted = Breakpoint(BreakpointKind.LINE, line=number_of(where, "a line"), condition=condition)
            else:
                wanted = Breakpoint(BreakpointKind.FUNCTION, function=where, condition=condition)
            return self._added(wanted)
        rows = [{"id": b.id, "text": describe(b), "enabled": b.enabled} for b in self.session.breakpoints.all]
        words = (f"{r['id']}: {r['text']}{'' if r['enabled'] else ', off'}" for r in rows)
        return Reply(tuple(words) or ("no breakpoints",), {"breakpoints": rows})

    def _added(self, wanted: Breakpoint) -> Reply:
        added = self.session.breakpoints.add(wanted)
        if added.problem:
            self.session.breakpoints.remove(added.id)
            raise UsageError(added.problem)
        self._keep()
        return Reply((f"breakpoint {added.id}: {describe(added)}",), {"id": added.id})

    def do_break_on_change(self, rest: str) -> Reply:
        name, _, function = needed(rest, "the name of a variable").partition(" in ")
        return self._added(Breakpoint(BreakpointKind.CHANGE, name=name.strip(), function=function.strip()))

    def do_break_on_exception(self, rest: str) -> Reply:
        types = rest.replace(",", " ").split()
        mode = types.pop(0) if types[:1] in ([RAISED], [UNCAUGHT]) else RAISED
        return self._added(Breakpoint(BreakpointKind.EXCEPTION, mode=mode, exceptions=tuple(types)))

    def _id(self, rest: str) -> int:
        id = number_of(rest, "the number of a breakpoint")
        if id not in {b.id for b in self.session.breakpoints.all}:
            raise UsageError(f"there is no breakpoint {id}")
        return id

    def _changed(self, rest: str, field: str) -> Reply:
        number, _, text = rest.partition(" ")
        id = self._id(number)
        found: Any = next(b for b in self.session.breakpoints.all if b.id == id)
        before = getattr(found, field)
        changed = self.session.breakpoints.change(id, **{field: text.strip()})
        if changed.problem:
            self.session.breakpoints.change(id, **{field: before})
            raise UsageError(changed.problem)
        self._keep()
        return Reply((f"breakpoint {id}: {describe(changed)}",), {"id": id})

    def do_condition(self, rest: str) -> Reply:
        return self._changed(rest, "condition")

    def do_hits(self, rest: str) -> Reply:
        return self._changed(rest, "hits")

    def do_log(self, rest: str) -> Reply:
        return self._changed(rest, "log")

    def do_delete(self, rest: str) -> Reply:
        id = self._id(rest)
        self.session.breakpoints.remove(id)
        self._keep()
        return Reply((f"breakpoint {id} removed",), {"id": id})

    def do_toggle(self, rest: str) -> Reply:
        id = self._id(rest)
        is_on = self.session.breakpoints.toggle(id)
        self._keep()
        return Reply((f"breakpoint {id} is {'on' if is_on else 'off'}",), {"id": id, "enabled": is_on})

    # Kept between runs

    def do_watch(self, rest: str) -> Reply:
        reply = super().do_watch(rest)
        self._keep()
        return reply

    def do_unwatch(self, rest: str) -> Reply:
        reply = super().do_unwatch(rest)
        self._keep()
        return reply

    def _keep(self) -> None:
        if self.keeps and self.keeper is not None:
            self.keeper.save(self.session.program.filename, self.session.breakpoints.all, self._watches)

    def do_recall(self, rest: str) -> Reply:
        if self.keeper is None:
            raise UsageError("nothing is kept here")
        session = self.session
        kept, watches = self.keeper.load(session.program.filename)
        there = {describe(b) for b in session.breakpoints.all}
        for wanted in kept:
            if describe(check(wanted, session.code.places)) not in there:
                session.breakpoints.add(wanted)
        self._watches += [w for w in watches if w not in self._watches]
        listed = self.do_break("")
        said = [f"watch {w}" for w in self._watches]
        return Reply((*listed.lines, *said), {**listed.data, "watches": self._watched()})
