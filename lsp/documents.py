"""What the server knows of each open document: its text, its runs, and what it shows on which line.

Only the event loop's thread touches a document. What the model's process finds comes as updates (predictions.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neuraldbg.entries import Entry
from neuraldbg.loops import Loop
from neuraldbg.lsp.facts import TURN, Fact
from neuraldbg.lsp.hints import LineHint, line_hints
from neuraldbg.lsp.lines import scope_lines
from neuraldbg.lsp.predictions import (
    Began,
    Done,
    Earlier,
    Ended,
    Failed,
    Planned,
    Request,
    State,
    Stepped,
    Unreadable,
    Update,
)
from neuraldbg.lsp.runs import Reading, Run
from neuraldbg.lsp.settings import Settings
from neuraldbg.lsp.text import Text, line_map
from neuraldbg.program import MODULE, Program
from neuraldbg.steps import Origin

_generations = itertools.count(1)


@dataclass(frozen=True)
class Shown:
    """A hint on a line of the present text.

    Attributes:
        line: of the present text; ``hint.line`` is that of the run's.
        stale: the text has changed since, and the run is being predicted again.
    """

    line: int
    hint: LineHint
    run: Run
    stale: bool


class Document:
    """A text document or a notebook.

    Args:
        uri: its own; a notebook's cells have others.
        text: as the client has it.
        path: of the file; None if there is none.
        settings: of this document.

    Attributes:
        program: the last text that was Python; None before there was one.
        entries: calls found in it.
        choices: function -> the call that the user chose for it.
        focus: function and first line of a loop -> the turn that is shown; all turns where there is none.
        runs: function -> its latest run.
        generation: of the text and of what is asked for; updates of an earlier one are ignored.
        cleared: the user wants nothing shown until something is asked for.
        busy: work is under way or waiting.
        asked: the model's process has been asked, and has not told all.
    """

    def __init__(self, uri: str, text: Text, path: Path | None, settings: Settings) -> None:
        self.uri = uri
        self.text = text
        self.path = path
        self.settings = settings
        self.version: int | None = None
        self.program: Program | None = None
        self.entries: Sequence[Entry] = ()
        self.choices: dict[str, str] = {}
        self.focus: dict[tuple[str, int], int] = {}
        self.runs: dict[str, Run] = {}
        self.generation = 0
        self.revision = 0  # of everything that is shown
        self.cleared = False
        self.busy = False
        self.asked = False
        self.problem = ""
        self.deaths = 0  # of the model's process, since this document was last predicted to its end
        self._before: dict[str, Run] = {}  # runs that are being predicted again
        self._begun: set[str] = set()
        self._shown: tuple[int, list[Shown]] | None = None
        self._scopes: tuple[int, Mapping[int, str]] | None = None
        self._mapped = text
        self._maps: dict[str, Mapping[int, int]] = {}

    @property
    def filename(self) -> str:
        """Path, or the name of a document that is not saved."""
        return str(self.path) if self.path is not None else self.uri.rpartition("/")[2].rpartition(":")[2] or "untitled"

    def change(self, text: Text) -> None:
        """Takes a new text; what still fits stays shown."""
        self.focus = {
            (f, moved): n
            for (f, line), n in self.focus.items()
            if (moved := line_map(self.text.lines, text.lines).get(line)) is not None
        }
        self.text = text
        self.deaths = max(self.deaths - 1, 0)  # a text that was left alone gets one more try
        self.touch()

    def next_generation(self) -> None:
        """What comes for an earlier request is stale; no other document, closed ones included, has the number."""
        self.generation = next(_generations)

    def touch(self) -> None:
        """What is shown may have changed."""
        self.revision += 1

    def request(self, first: str | None = None) -> Request:
        """What to predict now; updates for it carry the new generation."""
        self.next_generation()
        self._begun = set()
        self.busy = True
        # A run that was stopped on the way is worth less than the finished one before it.
        source = {f: r for f, r in {**self.runs, **self._before}.items() if len(r.timeline)}
        earlier = {f: Earlier(r.program, tuple(r.timeline.steps), r.state is State.COMPLETE) for f, r in source.items()}
        return Request(
            self.text.source, self.filename, self.path is not None, self.settings, dict(self.choices), earlier, first
        )

    def apply(self, update: Update) -> None:
        """Takes in what the worker found."""
        match update:
            case Unreadable():
                self.problem, self.busy = update.reason, False
            case Failed():
                self.problem, self.busy = update.reason, False
            case Planned():
                self.problem = ""
                self.program, self.entries = update.program, update.entries
                for gone in [f for f in self.runs if f not in update.functions]:
                    del self.runs[gone]
                    self._before.pop(gone, None)
            case Began():
                self._begin(update)
            case Stepped():
                self.runs[update.function].extend(update.steps)
            case Ended():
                self._before.pop(update.function, None)
                run = self.runs.get(update.function)
                if run is not None:
                    run.state, run.problem = update.state, update.problem
            case Done():
                self.busy = False
                for gone in [f for f in self.runs if f not in self._begun]:
                    del self.runs[gone]
                self._before.clear()
        self.touch()

    def _begin(self, update: Began) -> None:
        function = update.program.entry
        old = self._before.get(function) or self.runs.get(function)
        run = Run(Reading(update.program), update.steps, self.settings.unsureBelow)
        if old is not None and old.call == run.call:
            self._before[function] = old
            whole = old.state is State.COMPLETE and len(update.steps) == len(old.timeline)
            run.origin = old.origin if whole else Origin.PREDICTED
            run.comparison = old.comparison if whole and old.program.source == run.program.source else None
        else:
            self._before.pop(function, None)
        self.runs[function] = run
        self._begun.add(function)

    def stop(self) -> None:
        """Work was cancelled by the user: what is there stays."""
        self.busy = False
        for run in self.runs.values():
            if run.state is State.RUNNING:
                run.state = State.STOPPED
        self.touch()

    def clear(self) -> None:
        """Forgets all predictions."""
        self.runs.clear()
        self._before.clear()
        self.focus.clear()
        self.cleared = True
        self.busy = False
        self.touch()

    # What is shown

    def run_of(self, function: str) -> Run | None:
        """The run that shows a function: its own, else the first that reaches it."""
        own = self.runs.get(function)
        if own is not None and len(own.timeline) > 1:
            return own
        runs = sorted(self.runs.values(), key=lambda r: r.function != MODULE)
        return next((run for run in runs if function in run.reaches), own)

    def stale(self, run: Run) -> bool:
        """The text has changed since the run was predicted, and it will be predicted again."""
        return self.busy and run.program.source != self.text.source

    def shown(self) -> Sequence[Shown]:
        """Hints of all lines, by line."""
        if self._shown is None or self._shown[0] != self.revision:
            self._shown = self.revision, self._show()
        return self._shown[1]

    def at(self, line: int) -> Shown | None:
        """The hint of a line of the present text."""
        return next((s for s in self.shown() if s.line == line), None)

    def _show(self) -> list[Shown]:
        if not self.settings.enable or self.cleared:
            return []
        out: dict[int, Shown] = {}
        functions = {f for run in [*self.runs.values(), *self._before.values()] for f in run.reaches}
        for function in functions:
            run = self.run_of(function)
            before = self._before.get(run.function if run is not None else function)
            for source, stale in ((run, False), (before, True)):
                if source is not None:
                    for shown in self._hints(source, function, stale):
                        out.setdefault(shown.line, shown)
        return [out[line] for line in sorted(out)]

    def _hints(self, run: Run, function: str, stale: bool) -> list[Shown]:
        lines = self.line_map(run)
        facts = [f for f in run.facts if f.function == function and f.line in lines and self._in_focus(run, f)]
        return [Shown(lines[h.line], h, run, stale) for h in line_hints(facts, self.settings.hints)]

    def _in_focus(self, run: Run, fact: Fact) -> bool:
        for loop, number in self.focused(run):
            if fact.text == TURN and fact.line == loop.first:
                return False  # how many there are says nothing of one
            turns = run.turns(loop)
            if turns and not run.in_turn(fact, loop, turns, min(number, len(turns))):
                return False
        return True

    def focused(self, run: Run) -> list[tuple[Loop, int]]:
        """Loops of a run of which one turn is shown."""
        if not self.focus:
            return []
        lines = self.line_map(run)
        found = ((loop, self.focus.get((loop.function, lines.get(loop.first, 0)))) for loop in run.reading.code.loops)
        return [(loop, number) for loop, number in found if number is not None]

    def line_map(self, run: Run) -> Mapping[int, int]:
        """Line of a run's text -> line of the present one, where they say the same."""
        return self._line_map(run.program)

    def _line_map(self, program: Program) -> Mapping[int, int]:
        if self._mapped is not self.text:
            self._mapped, self._maps = self.text, {}
        if program.source not in self._maps:
            self._maps[program.source] = line_map(program.source.split("\n"), self.text.lines)
        return self._maps[program.source]

    def function_at(self, line: int) -> str:
        """Qualified name of the function around a line of the present text; class bodies run with what is around."""
        scope = self.scope_at(line)
        known = {} if self.program is None else self.program.functions()
        while scope != MODULE and scope not in known:
            scope = scope.rpartition(".")[0].removesuffix(".<locals>") or MODULE
        return scope

    def scope_at(self, line: int) -> str:
        """Qualified name of the function or class body around a line of the present text."""
        if self.program is None:
            return MODULE
        if self._scopes is None or self._scopes[0] != self.revision:
            names = scope_lines(self.program)
            present = ((self.place(line), name) for line, name in names.items())
            self._scopes = self.revision, {n: name for n, name in present if n is not None}
        return self._scopes[1].get(line, MODULE)

    def place(self, line: int) -> int | None:
        """Line of the last readable text -> line of the present one."""
        assert self.program is not None
        return self._line_map(self.program).get(line)

    def line_of_function(self, function: str) -> int | None:
        """Where it is defined in the last readable text."""
        found = self.program.functions().get(function) if self.program is not None else None
        return None if found is None else found.line
