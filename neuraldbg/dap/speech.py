"""What the program prints and what log points say, told as the steps go by, each print once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from neuraldbg.dap.lines import LineSession
from neuraldbg.dap.peer import Peer
from neuraldbg.dap.views import doubt
from neuraldbg.printed import Prints
from neuraldbg.timeline import Timeline

OTHERS = "The program also writes in ways that are not followed; its predicted output is not complete.\n"


class Speech:
    """Follows one session.

    Args:
        session: whose steps go by.
        peer: the client.
        source: of the program, as the protocol's object.
        line: turns line numbers into the client's.
    """

    def __init__(self, session: LineSession, peer: Peer, source: Mapping[str, Any], line: Callable[[int], int]) -> None:
        self._session, self._peer, self._source, self._line = session, peer, source, line
        self._prints = Prints(session.code)
        self._timeline: Timeline | None = None
        self._printed = 0
        self._logged = -1

    def begin(self) -> None:
        """A verb begins: log points speak of what comes after the cursor."""
        self._logged = self._session.cursor

    def follow(self) -> None:
        """Says what is new since the last time, up to the cursor."""
        session = self._session
        if session.cursor < 0:
            return
        if session.timeline is not self._timeline:  # another branch: what its past prints has been told
            self._timeline = session.timeline
            self._printed = min(self._printed, len(self._prints.upto(session.timeline, session.cursor)))
        for index in range(self._logged + 1, session.cursor + 1):
            for log in session.met(index).logs if len(session.breakpoints) else ():
                self._tell(log.text + "\n", "console", session.timeline.steps[index].line)
        self._logged = max(self._logged, session.cursor)
        printed = self._prints.upto(session.timeline, session.cursor)
        for one in printed[self._printed :]:
            text = one.text
            if mark := doubt(one.confidence):
                text = f"{text[:-1]}{mark}\n" if text.endswith("\n") else text + mark
            line = session.timeline.steps[one.index].line
            self._tell(text, "stderr" if one.stderr else "stdout", line)
        self._printed = max(self._printed, len(printed))

    def warn(self) -> None:
        """Says once that the output is not complete, where it is not."""
        if self._prints.others:
            self._peer.output(OTHERS)

    def _tell(self, text: str, category: str, line: int) -> None:
        self._peer.output(text, category, source=dict(self._source), line=self._line(line))
