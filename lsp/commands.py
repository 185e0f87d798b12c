"""What the user can ask for: commands, and the code actions and lenses that lead to them.

Every command takes the document's URI first. ``cross_check`` is the only one that runs the user's program.
"""

from __future__ import annotations

import ast
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types

from neuraldbg.compare import compare
from neuraldbg.errors import InputError, NeuraldbgError, UsageError
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.predictions import State
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.service import Service
from neuraldbg.lsp.text import Part
from neuraldbg.program import MODULE, Program
from neuraldbg.steps import Outcome, Trace, write_trace

RealRun = Callable[[Program, Callable[[], bool]], Trace]

NAMES = ("predict", "iteration", "crossCheck", "adopt", "clear", "cancel", "export", "stepper", "restart", "overview")


@dataclass
class Check:
    """A real run under way."""

    thread: threading.Thread
    stop: threading.Event


class Commands:
    """Carries out commands on the documents of a service.

    Args:
        service: with the documents.
        real_run: runs a program in a child process with limits.
    """

    def __init__(self, service: Service, real_run: RealRun) -> None:
        self.service = service
        self._real_run = real_run
        self._checks: dict[tuple[str, str], Check] = {}
        self._real: dict[tuple[str, str], Trace] = {}

    # Predicting

    def predict(self, document: Document, function: str | None = None, call: str | None = None) -> None:
        """Predicts a call of a function, which is remembered; the whole document if none is named.

        Raises:
            UsageError: if the document has no such function or the call cannot be made.
        """
        if call is not None:
            try:
                made = Program.from_source(document.text.source, document.filename, call=call)
            except InputError as error:
                reason = str(error).removeprefix(f"{document.filename}: ")
                raise UsageError(reason.replace("--call: ", "").replace("--call ", "")) from error  # no option here
            if function not in (None, made.entry):
                raise UsageError(f"{call} calls {made.entry}, not {function}")
            function = made.entry
            document.choices[function] = call
        elif function not in (None, MODULE) and function not in document.choices and document.program is not None:
            if function not in document.program.functions():
                raise UsageError(f"there is no function {function}")
            if not any(entry.function == function and entry.call for entry in document.entries):
                hint = "give one, or write it in a comment (# neuraldbg: CALL)"
                raise UsageError(f"no call of {function} is known: {hint}")
        document.deaths = 0
        self.service.predict(document, function)

    def iteration(self, document: Document, line: int, by: int) -> None:
        """Shows the next or previous turn of the loop at a line of the program, or all turns for ``by`` 0.

        Raises:
            UsageError: if there is no predicted loop.
        """
        function = document.function_at(line)
        run = document.run_of(function)
        lines = document.line_map(run) if run is not None else {}
        loops = [] if run is None else [x for x in run.reading.code.loops if lines.get(x.first) == line]
        if run is None or not loops:
            raise UsageError(f"there is no predicted loop at line {line}")
        turns = len(run.turns(loops[0]))
        now = document.focus.get((function, line), 0 if by > 0 else turns + 1)
        if by == 0 or not 1 <= now + by <= turns:
            document.focus.pop((function, line), None)  # past either end all turns are shown again
        else:
            document.focus[function, line] = now + by
        document.touch()
        self.service.refresh(lenses=True)

    # Against the truth

    def cross_check(self, document: Document, function: str = MODULE) -> None:
        """RUNS the program and compares.

        Raises:
            UsageError: if the workspace is not trusted, or there is nothing to compare with.
        """
        if not document.settings.trusted:
            raise UsageError(
                "a cross-check runs your program, and this workspace is not trusted: trust it, or set neuraldbg.trusted"
            )
        run = self._run_of(document, function)
        if run.program.source != Program.from_source(document.text.source, document.filename).source:
            raise UsageError("the text has changed since this was predicted: wait for the prediction")
        key = document.uri, function
        if key in self._checks:
            raise UsageError(f"a cross-check of {run.title} is running")
        stop, loop = threading.Event(), self.service.loop

        def work() -> None:
            outcome: Trace | NeuraldbgError
            try:
                outcome = self._real_run(run.program, stop.is_set)
            except NeuraldbgError as error:
                outcome = error
            if not stop.is_set():
                loop.call_soon_threadsafe(self._checked, key, run, outcome)

        thread = threading.Thread(target=work, name="neuraldbg-check", daemon=True)
        self._checks[key] = Check(thread, stop)
        thread.start()

    def _checked(self, key: tuple[str, str], run: Run, outcome: Trace | NeuraldbgError) -> None:
        self._checks.pop(key, None)
        document = self.service.documents.get(key[0])
        if document is None:
            return
        if isinstance(outcome, NeuraldbgError):
            self.service.client.tell(f"neuraldbg: {outcome}", error=True)
            return
        now = document.runs.get(key[1])
        if now is None or now.program != run.program:
            return self.service.client.tell(f"neuraldbg: {run.title} has changed meanwhile; cross-check again")
        now.comparison = compare(now.trace(), outcome)
        self._real[key] = outcome
        self.service.client.tell(f"neuraldbg: {summary(now)}")
        document.touch()
        self.service.refresh(lenses=True)

    def adopt(self, document: Document, function: str = MODULE) -> None:
        """Shows the real steps of the last cross-check in place of the predicted ones.

        Raises:
            UsageError: if there is none of this text.
        """
        run, real = self._run_of(document, function), self._real.get((document.uri, function))
        if real is None or run.comparison is None or real.source != run.program.source:
            raise UsageError(f"cross-check {run.title} first")
        true = Run(run.reading, real.steps, document.settings.unsureBelow)
        true.origin, true.comparison = real.origin, None
        true.state = State.COMPLETE if real.outcome in (Outcome.RETURNED, Outcome.RAISED) else State.CUT
        document.runs[function] = true
        document.touch()
        self.service.refresh(lenses=True)

    # The rest

    def clear(self, document: Document) -> None:
        """Takes everything away until something is asked for."""
        self.service.halt(document)
        document.clear()
        self.service.client.working(document, None)
        self.service.refresh(lenses=True)

    def export(self, document: Document, function: str = MODULE, path: str | None = None) -> str:
        """The run as JSON Lines (docs/schema.md), also written to ``path`` if there is one.

        Raises:
            UsageError: if it cannot be written.
        """
        out = io.StringIO()
        write_trace(self._run_of(document, function).trace(), out)
        if path is not None:
            try:
                Path(path).write_text(out.getvalue(), encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
        return out.getvalue()

    def stepper(self, document: Document, function: str = MODULE) -> list[str]:
        """The command line that opens a run in the stepper.

        Raises:
            UsageError: if the document is no saved file.
        """
        if document.path is None:
            raise UsageError("save the file first: the stepper reads it from the disk")
        run = self._run_of(document, function)
        where = str(document.path) if run.call is None else f"{document.path}::{function}"
        return ["neuraldbg", "step", where, *([] if run.call is None else ["--call", run.call])]

    def stop(self) -> None:
        """Kills real runs; waits a moment, so that none outlives the server."""
        for check in self._checks.values():
            check.stop.set()
        for check in self._checks.values():
            check.thread.join(0.5)

    def _run_of(self, document: Document, function: str) -> Run:
        run = document.runs.get(function)
        if run is None:
            what = "this file" if function == MODULE else function
            raise UsageError(f"nothing is predicted for {what} yet")
        return run


def summary(run: Run) -> str:
    """What a cross-check found, one line."""
    comparison = run.comparison
    assert comparison is not None
    if comparison.agree:
        return f"{run.title}: the real run agrees with all {comparison.compared} steps"
    return f"{run.title}: {comparison.survived} of {comparison.compared} steps are right before the first difference"


# -- code actions ----------------------------------------------------------------------------------------------------


def code_actions(document: Document, part: Part, wanted: types.Range) -> list[types.CodeAction]:
    """What can be done at a place."""
    if document.program is None or not document.settings.enable:
        return []
    line = part.first + wanted.start.line
    function = document.function_at(line)
    actions = [_write_call(document, part, function)] if function != MODULE else []
    for entry in document.entries:
        run = document.runs.get(entry.function)
        if entry.function == function and entry.call is not None and (run is None or run.call != entry.call):
            actions.append(_action(f"Predict {entry.call}", part, "predict", function, entry.call))
    run = document.run_of(function)  # its own, else one that goes through it
    if run is not None:
        check = _action(f"Cross-check {run.title} by a real run", part, "crossCheck", run.function)
        if not document.settings.trusted:
            check.disabled = types.CodeActionDisabled("the workspace is not trusted: neuraldbg.trusted")
        actions.append(check)
        if run.comparison is not None and not run.comparison.agree:
            actions.append(_action(f"Show the real values of {run.title}", part, "adopt", run.function))
    if document.runs:
        actions.append(_action("Clear predictions", part, "clear"))
    return [action for action in actions if action is not None]


def _action(title: str, part: Part, command: str, *arguments: Any) -> types.CodeAction:
    made = types.Command(title, f"neuraldbg.{command}", arguments=[part.uri, *arguments])
    return types.CodeAction(title, kind=types.CodeActionKind.Empty, command=made)


def _write_call(document: Document, part: Part, function: str) -> types.CodeAction | None:
    """Writes a comment with a call above a function, for the user to fill in: it is predicted as soon as it can be."""
    assert document.program is not None
    node = _definition(document.program.tree, function)
    if node is None or "." in function:
        return None
    line = document.place(min([node.lineno, *(d.lineno for d in node.decorator_list)]))
    if line is None or not 0 <= line - part.first < len(part.lines):
        return None
    row = line - part.first
    indent = part.lines[row][: len(part.lines[row]) - len(part.lines[row].lstrip())]
    text = f"{indent}# neuraldbg: {function}({', '.join(_arguments(node))})\n"
    at = types.Position(row, 0)
    edit = types.WorkspaceEdit(changes={part.uri: [types.TextEdit(types.Range(at, at), text)]})
    return types.CodeAction(
        f"Predict {function} with arguments: write a call", kind=types.CodeActionKind.RefactorRewrite, edit=edit
    )


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_EXAMPLES = {"int": "1", "float": "1.0", "str": "'text'", "bool": "True", "bytes": "b'text'"}
_EXAMPLES |= {"list": "[1, 2]", "dict": "{}", "set": "set()", "tuple": "(1, 2)"}


def _definition(tree: ast.Module, name: str) -> _Function | None:
    return next((n for n in ast.walk(tree) if isinstance(n, _Function) and n.name == name), None)


def _arguments(node: _Function) -> list[str]:
    """An example value for every argument that must be given, by its annotation."""
    plain = [*node.args.posonlyargs, *node.args.args]
    given = [_example(a) for a in plain[: len(plain) - len(node.args.defaults)]]
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [*given, *(f"{a.arg}={_example(a)}" for a, default in named if default is None)]


def example_call(tree: ast.Module, function: str) -> str | None:
    """A call of a function of the file with example values; None if it is no plain function."""
    node = next((n for n in tree.body if isinstance(n, _Function) and n.name == function), None)
    return None if node is None else f"{function}({', '.join(_arguments(node))})"


def _example(argument: ast.arg) -> str:
    note = "" if argument.annotation is None else ast.unparse(argument.annotation)
    return _EXAMPLES.get(note.partition("[")[0].lower(), "1")
