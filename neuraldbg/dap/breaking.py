"""Requests about breakpoints. They are answered while steps are made, too: the next step obeys them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from neuraldbg.breakpoints import RAISED, UNCAUGHT, Breakpoint, BreakpointKind
from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.dap.state import State, request
from neuraldbg.hits import MODULE

FILTERS = [
    {
        "filter": RAISED,
        "label": "Predicted Exceptions",
        "description": "Stops where an exception is raised, whether or not it is caught.",
        "default": False,
        "supportsCondition": True,
        "conditionDescription": "names of exceptions, such as KeyError, OSError; or an expression over __exception__",
    },
    {
        "filter": UNCAUGHT,
        "label": "Predicted Uncaught Exceptions",
        "description": "Stops where the program ends by an exception.",
        "default": True,
        "supportsCondition": True,
        "conditionDescription": "names of exceptions, such as KeyError, OSError",
    },
]
_NAMES = re.compile(r"\s*[A-Za-z_][\w.]*(\s*,\s*[A-Za-z_][\w.]*)*\s*\Z")
_EARLY = "the program is not known yet"


class Breaking(State):
    """Sets breakpoints of all kinds; what is set before the launch is kept until the program is known."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._early: dict[str, tuple[Any, Arguments]] = {}

    def set_early(self) -> None:
        """The program is known now: what was asked for before is set, and the client is told."""
        with self.lock:
            early, self._early = self._early, {}
        for handler, arguments in early.values():
            for row in (handler(arguments) or {}).get("breakpoints", ()):
                self.peer.event("breakpoint", {"reason": "new", "breakpoint": row})

    def _is_early(self, handler: Any, arguments: Arguments, key: str = "") -> bool:
        with self.lock:
            if not self.launched:
                self._early[f"{handler.__name__} {key}"] = (handler, arguments)
            return not self.launched

    @request("setBreakpoints", "initialized")
    def _set_breakpoints(self, arguments: Arguments) -> dict[str, Any]:
        source, wanted = arguments.object("source"), arguments.objects("breakpoints")
        if "breakpoints" not in arguments and isinstance(arguments.values.get("lines"), list):
            wanted = [Arguments({"line": line}) for line in arguments.values["lines"]]
        rows = [self._line(one) for one in wanted]
        if self._is_early(self._set_breakpoints, arguments, str(source.values.get("path"))):
            return _refused(len(rows), _EARLY)
        if not self.is_program(source):
            return _refused(len(rows), "only lines of the predicted program stop")
        return self._replace(BreakpointKind.LINE, rows)

    def _line(self, one: Arguments) -> Breakpoint:
        return Breakpoint(
            BreakpointKind.LINE,
            line=max(self.line_in(one.number("line")), 1),
            condition=one.text("condition", ""),
            hits=one.text("hitCondition", ""),
            log=one.text("logMessage", ""),
        )

    @request("setFunctionBreakpoints", "initialized")
    def _set_function_breakpoints(self, arguments: Arguments) -> dict[str, Any]:
        rows = [
            Breakpoint(
                BreakpointKind.FUNCTION,
                function=one.text("name"),
                condition=one.text("condition", ""),
                hits=one.text("hitCondition", ""),
            )
            for one in arguments.objects("breakpoints")
        ]
        if self._is_early(self._set_function_breakpoints, arguments):
            return _refused(len(rows), _EARLY)
        return self._replace(BreakpointKind.FUNCTION, rows)

    @request("setExceptionBreakpoints", "initialized")
    def _set_exception_breakpoints(self, arguments: Arguments) -> dict[str, Any]:
        options = [(o.text("filterId"), o.text("condition", "")) for o in arguments.objects("filterOptions")]
        options += [(mode, "") for mode in arguments.texts("filters")]
        rows = [_exception(mode, condition) for mode, condition in options]
        if self._is_early(self._set_exception_breakpoints, arguments):
            return _refused(len(rows), _EARLY)
        return self._replace(BreakpointKind.EXCEPTION, rows)

    @request("dataBreakpointInfo")
    def _data_breakpoint_info(self, arguments: Arguments) -> dict[str, Any]:
        name = arguments.text("name")
        try:
            if "variablesReference" in arguments:
                index, root = self.views.local(arguments.number("variablesReference"), name)
            else:
                index, root = self.frame(arguments), _root(name)
        except BadRequest as error:
            return {"dataId": None, "description": str(error)}
        names, function = self.session.code.names, self.session.timeline.steps[index].function
        if root not in names.get(function, ()):
            if root not in names.get(MODULE, ()):
                return {"dataId": None, "description": f"{root} is no variable of {function}"}
            function = MODULE
        part = "" if root == name else f" (all of {root}, {name} is part of it)"
        return {
            "dataId": json.dumps([function, root]),
            "description": f"{root} of {function}{part}",
            "accessTypes": ["write"],
            "canPersist": True,
        }

    @request("setDataBreakpoints", "initialized")
    def _set_data_breakpoints(self, arguments: Arguments) -> dict[str, Any]:
        rows = []
        for one in arguments.objects("breakpoints"):
            function, name = _data(one.text("dataId"))
            if one.text("accessType", "write") == "read":
                raise BadRequest("reads cannot be seen in a prediction; break on change instead")
            rows.append(
                Breakpoint(
                    BreakpointKind.CHANGE,
                    name=name,
                    function=function,
                    condition=one.text("condition", ""),
                    hits=one.text("hitCondition", ""),
                )
            )
        if self._is_early(self._set_data_breakpoints, arguments):
            return _refused(len(rows), _EARLY)
        return self._replace(BreakpointKind.CHANGE, rows)

    @request("breakpointLocations", "launched")
    def _breakpoint_locations(self, arguments: Arguments) -> dict[str, Any]:
        if not self.is_program(arguments.object("source")):
            return {"breakpoints": []}
        first = self.line_in(arguments.number("line"))
        last = self.line_in(arguments.number("endLine", arguments.number("line")))
        lines = sorted(n for n in self.session.breakable if first <= n <= last)
        return {"breakpoints": [{"line": self.line_out(n)} for n in lines]}

    def _replace(self, kind: BreakpointKind, rows: Sequence[Breakpoint]) -> dict[str, Any]:
        return {"breakpoints": [self.described(b) for b in self.session.breakpoints.replace_kind(kind, rows)]}

    def described(self, b: Breakpoint) -> dict[str, Any]:
        """A breakpoint as the protocol's object."""
        row: dict[str, Any] = {"id": b.id, "verified": b.verified}
        if b.problem:
            row["message"] = b.problem
        if b.kind is BreakpointKind.LINE:
            row |= {"line": self.line_out(b.actual or b.line), "source": self.source}
        return row

    def move_breakpoints(self) -> None:
        """The program's text is another one: tells where its breakpoints are now."""
        for b in self.session.breakpoints:
            self.peer.event("breakpoint", {"reason": "changed", "breakpoint": self.described(b)})


def _exception(mode: str, condition: str) -> Breakpoint:
    names = tuple(part.strip() for part in condition.split(",")) if _NAMES.match(condition) else ()
    return Breakpoint(BreakpointKind.EXCEPTION, mode=mode, exceptions=names, condition="" if names else condition)


def _root(expression: str) -> str:
    """The variable that an expression such as ``d['k'].x`` is about; the text itself where that is not plain."""
    found = re.match(r"\s*([A-Za-z_]\w*)\s*($|[.\[])", expression)
    return found[1] if found else expression.strip()


def _data(data_id: str) -> tuple[str, str]:
    try:
        function, name = json.loads(data_id)
        if isinstance(function, str) and isinstance(name, str):
            return function, name
    except (ValueError, TypeError):
        pass
    raise BadRequest(f"{data_id!r} is no dataId of this adapter; ask for dataBreakpointInfo")


def _refused(count: int, message: str) -> dict[str, Any]:
    return {"breakpoints": [{"verified": False, "message": message} for _ in range(count)]}
