"""Requests that look at a stop: frames, variables, expressions, the exception, the source."""

from __future__ import annotations

from typing import Any

from neuraldbg.breakpoints import UNCAUGHT, BreakpointKind
from neuraldbg.dap.completing import complete
from neuraldbg.dap.editing import Editing, assignment
from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.dap.state import THREAD, request
from neuraldbg.hits import exception_name
from neuraldbg.printed import exception_text, traceback_text
from neuraldbg.steps import Event


class Looking(Editing):
    """Shows the session where it stands."""

    @request("threads", "initialized")
    def _threads(self, arguments: Arguments) -> dict[str, Any]:
        if not self.launched:
            return {"threads": []}
        return {"threads": [{"id": THREAD, "name": f"{self.views.word} {self.session.program.entry}"}]}

    @request("stackTrace")
    def _stack_trace(self, arguments: Arguments) -> dict[str, Any]:
        frames = self.views.frames(self.source, self.line_out, self.first_column)
        start, levels = max(arguments.number("startFrame", 0), 0), arguments.number("levels", 0)
        return {"stackFrames": frames[start : start + levels if levels > 0 else None], "totalFrames": len(frames)}

    @request("scopes")
    def _scopes(self, arguments: Arguments) -> dict[str, Any]:
        return {"scopes": self.views.scopes(arguments.number("frameId"))}

    @request("variables")
    def _variables(self, arguments: Arguments) -> dict[str, Any]:
        start, count = max(arguments.number("start", 0), 0), max(arguments.number("count", 0), 0)
        reference, filter = arguments.number("variablesReference"), arguments.text("filter", "")
        return {"variables": self.views.variables(reference, filter, start, count)}

    @request("evaluate")
    def _evaluate(self, arguments: Arguments) -> dict[str, Any]:
        expression, context = arguments.text("expression"), arguments.text("context", "")
        index = self.frame(arguments)
        if context == "repl" and (assigned := assignment(expression)) is not None:
            return self.assign(*assigned, index)
        found = self.session.evaluate(expression, index)
        if not found.ok:
            raise BadRequest(found.reason)
        row = self.views.result(found, expression.strip())
        result = row.pop("value")
        assert found.text is not None
        return {"result": found.text if context == "clipboard" else result, **row}

    @request("completions")
    def _completions(self, arguments: Arguments) -> dict[str, Any]:
        column = arguments.number("column") - self.first_column
        line = self.line_in(arguments.number("line", self.line_out(1)))
        lines = arguments.text("text").split("\n")
        if not 1 <= line <= len(lines):
            raise BadRequest(f"there is no line {line} in the text")
        index = self.frame(arguments)
        return {"targets": complete(self.session, index, lines[line - 1], column, self.first_column)}

    @request("exceptionInfo")
    def _exception_info(self, arguments: Arguments) -> dict[str, Any]:
        session, step = self.session, self.session.current
        if step is None or step.event is not Event.EXCEPTION:
            raise BadRequest("no exception is raised here")
        name, text = exception_name(step.value), exception_text(step.value)
        message = text.partition(": ")[2]
        sure = step.confidence.value if step.confidence is not None else None
        uncaught = any(b.kind is BreakpointKind.EXCEPTION and b.mode == UNCAUGHT for b in session.breakpoints)
        leaves = session.complete and session.known[-1].event is Event.EXCEPTION
        same = leaves and session.known[-1].value == step.value
        description = text if sure is None else f"{text} ({self.views.word}, {min(int(sure * 100), 99)}% sure)"
        return {
            "exceptionId": name or "Exception",
            "description": description,
            "breakMode": "unhandled" if uncaught and same else "always",
            "details": {
                "message": message,
                "typeName": name or "Exception",
                "stackTrace": traceback_text(session.program, session.timeline, session.cursor),
            },
        }

    @request("source", "launched")
    def _source(self, arguments: Arguments) -> dict[str, Any]:
        source = arguments.object("source")
        if not source.values:
            source = Arguments({"sourceReference": arguments.number("sourceReference")})
        if not self.is_program(source):
            raise BadRequest("only the program's own text is known")
        return {"content": self.session.program.source, "mimeType": "text/x-python"}

    @request("loadedSources", "launched")
    def _loaded_sources(self, arguments: Arguments) -> dict[str, Any]:
        return {"sources": [self.source]}

    @request("modules", "launched")
    def _modules(self, arguments: Arguments) -> dict[str, Any]:
        path = self.session.program.filename
        return {"modules": [{"id": 1, "name": "__main__", "path": path, "isUserCode": True}], "totalModules": 1}
