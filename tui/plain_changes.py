"""The commands of the line mode that set breakpoints, change what is predicted, and hold it against a real run."""

from __future__ import annotations

import re
from typing import Final

from neuraldbg.breakpoints import Breakpoint, BreakpointKind
from neuraldbg.errors import UsageError
from neuraldbg.tui.breakpoint_text import describe
from neuraldbg.tui.plain_commands import Basics, Reply, needed, number_of
from neuraldbg.tui.verdicts import CrossCheck
from neuraldbg.tui.whatif_ways import odds_text, way_text, ways_of

_BREAK: Final = re.compile(r"(?P<where>[^,]+?)(?:\s*,\s*|\s+if\s+)(?P<condition>.+)")


class Commands(Basics):
    """All commands of the line mode."""

    # Breakpoints

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
        return Reply((f"breakpoint {added.id}: {describe(added)}",), {"id": added.id})

    def do_break_on_change(self, rest: str) -> Reply:
        return self._added(Breakpoint(BreakpointKind.CHANGE, name=needed(rest, "the name of a variable")))

    def do_break_on_exception(self, rest: str) -> Reply:
        types = tuple(rest.replace(",", " ").split())
        return self._added(Breakpoint(BreakpointKind.EXCEPTION, exceptions=types))

    def _id(self, rest: str) -> int:
        id = number_of(rest, "the number of a breakpoint")
        if id not in {b.id for b in self.session.breakpoints.all}:
            raise UsageError(f"there is no breakpoint {id}")
        return id

    def do_delete(self, rest: str) -> Reply:
        self.session.breakpoints.remove(self._id(rest))
        return Reply((f"breakpoint {rest} removed",))

    def do_toggle(self, rest: str) -> Reply:
        is_on = self.session.breakpoints.toggle(self._id(rest))
        return Reply((f"breakpoint {rest} is {'on' if is_on else 'off'}",))

    # What if

    def do_alternatives(self, rest: str) -> Reply:
        session, now = self.session, self.session.current
        if now is None:
            raise UsageError("there is no step yet")
        ways, sure = ways_of(session, self.stop.is_set)
        previous = session.previous_stop(session.cursor)
        before = session.known[previous] if previous is not None else None
        if rest:
            number = number_of(rest, "the number of a way")
            if not 1 <= number <= len(ways):
                raise UsageError(f"there are ways 1 to {len(ways)}")
            step = ways[number - 1].step
            session.choose(step, way_text(step, now, before)[:60])
            return self._moved("on a branch of its own")
        rows = [{"probability": w.probability if sure else None, "step": way_text(w.step, now, before)} for w in ways]
        words = []
        for number, way in enumerate(ways, 1):
            likely = f", {odds_text(way.probability)}" if sure else ""
            present = ", the present one" if way.step == now else ""
            words.append(f"{number}: {way_text(way.step, now, before)}{likely}{present}")
        return Reply(tuple(words) or ("nothing else could come here",), {"alternatives": rows})

    def do_set(self, rest: str) -> Reply:
        name, sign, expression = rest.partition("=")
        if not sign or not name.strip() or not expression.strip():
            raise UsageError("write: set NAME = EXPRESSION")
        self.session.set_value(name.strip(), expression.strip())
        return self._moved(f"{name.strip()} is set; the prediction goes on from here, on a branch")

    def do_jump(self, rest: str) -> Reply:
        self.session.choose_line(number_of(rest, "a line number"))
        return self._moved("goes on from here, on a branch")

    def do_branches(self, rest: str) -> Reply:
        if rest:
            self.session.switch(number_of(rest, "the number of a branch"))
            return self._moved(f"back on branch {rest}")
        infos = self.session.branches()
        rows = [{"id": b.id, "how": b.how, "fork": b.fork, "steps": b.steps, "current": b.current} for b in infos]
        words = (
            f"{b.id}: {b.how or 'as predicted'}, {b.steps} steps" + (", the present one" if b.current else "")
            for b in infos
        )
        return Reply(tuple(words), {"branches": rows})

    # The real run

    def do_check(self, rest: str) -> Reply:
        if self._check is None:
            raise UsageError("this trace has no real run to be checked against")
        if rest != "yes":
            raise UsageError("this EXECUTES the program for real, with your rights; write: check yes")
        session = self.session
        self.cross_check = CrossCheck(session.program, self._check(session.program, self.stop.is_set))
        self.cross_check.update(session.source.origin, session.known, session.complete)
        return self.do_scores("")

    def _checked(self) -> CrossCheck:
        if self.cross_check is None:
            raise UsageError("nothing to compare with yet; check yes runs the program for real")
        return self.cross_check

    def do_scores(self, rest: str) -> Reply:
        check = self._checked()
        assert check.comparison is not None
        return Reply(tuple(line for line in check.scores() if line), {"comparison": check.comparison.to_json()})

    def _to_difference(self, direction: int) -> Reply:
        index = self._checked().divergence(self.session.cursor, direction)
        if index is None:
            raise UsageError(f"no differing step {'after' if direction > 0 else 'before'} this one")
        self.session.goto(index)
        return self._moved()

    def do_next_difference(self, rest: str) -> Reply:
        return self._to_difference(1)

    def do_previous_difference(self, rest: str) -> Reply:
        return self._to_difference(-1)

    def do_adopt(self, rest: str) -> Reply:
        at = self._checked().partner_index(self.session.cursor)
        if at is None:
            raise UsageError("the real run has no step to put here")
        self.session.adopt(self._checked().real, at)
        return self._moved("the real step is taken from here on")
