"""The commands of the line mode that change what is predicted, and those that hold it against a real run."""

from __future__ import annotations

from neuraldbg.errors import UsageError
from neuraldbg.trees import labels_of
from neuraldbg.tui.plain_breaks import Breaks
from neuraldbg.tui.plain_commands import Reply, number_of
from neuraldbg.tui.verdicts import CrossCheck
from neuraldbg.tui.whatif_ways import odds_text, way_text, ways_of


class Changes(Breaks):
    """Each change makes a branch."""

    # What if

    def do_alternatives(self, rest: str) -> Reply:
        session, now = self.session, self.session.current
        if now is None:
            raise UsageError("there is no step yet")
        ways, sure = ways_of(session, self.stop.is_set)
        previous = session.previous_stop(session.cursor)
        before = session.known[previous] if previous is not None else None
        rows = [
            {
                "number": number,
                "probability": (way.probability or None) if sure else None,
                "text": way_text(way.step, now, before),
                "current": way.step == now,
            }
            for number, way in enumerate(ways, 1)
        ]
        words = []
        for number, way in enumerate(ways, 1):
            likely = f", {odds_text(way.probability)}" if sure else ""
            present = ", the present one" if way.step == now else ""
            words.append(f"{number}: {way_text(way.step, now, before)}{likely}{present}")
        return Reply(tuple(words) or ("nothing else could come here",), {"alternatives": rows})

    def do_choose(self, rest: str) -> Reply:
        session, now = self.session, self.session.current
        number = number_of(rest, "the number of a way; `alternatives` lists them")
        ways, _ = ways_of(session, self.stop.is_set)
        if now is None or not 1 <= number <= len(ways):
            raise UsageError(f"there are ways 1 to {len(ways)}; `alternatives` lists them")
        previous = session.previous_stop(session.cursor)
        before = session.known[previous] if previous is not None else None
        step = ways[number - 1].step
        if step == now:
            raise UsageError(f"way {number} is the present one")
        session.choose(step, way_text(step, now, before)[:60])
        return self._moved("on a branch of its own")

    def do_set(self, rest: str) -> Reply:
        path, sign, expression = (part.strip() for part in _assignment(rest))
        if not sign or not path or not expression:
            raise UsageError("write: set NAME = EXPRESSION, where NAME may be a part such as d['k'][0], or returns")
        if path == "returns":
            self.session.set_result(expression)
        else:
            name, *inside = labels_of(path)
            self.session.set_value(name, expression, inside)
        return self._moved(f"{path} is set; the prediction goes on from here, on a branch")

    def do_jump(self, rest: str) -> Reply:
        self.session.choose_line(number_of(rest, "a line number"))
        return self._moved("goes on from here, on a branch")

    def do_branches(self, rest: str) -> Reply:
        infos = self.session.branches()
        rows = [
            {"id": b.id, "parent": b.parent, "how": b.how, "fork": b.fork, "steps": b.steps, "current": b.current}
            for b in infos
        ]
        words = (
            f"{b.id}: {b.how or 'as predicted'}, {b.steps} steps" + (", the present one" if b.current else "")
            for b in infos
        )
        return Reply(tuple(words), {"branches": rows})

    def do_switch(self, rest: str) -> Reply:
        self.session.switch(number_of(rest, "the number of a branch; `branches` lists them"))
        return self._moved(f"back on branch {rest}")

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


def _assignment(text: str) -> tuple[str, str, str]:
    """Split at the first ``=`` outside of brackets and quotes."""
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "=" and not depth:
            return text[:at], "=", text[at + 1 :]
    return text, "", ""
