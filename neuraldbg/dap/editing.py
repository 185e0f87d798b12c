"""Requests that change what is predicted: other values, the real step. Each makes a branch of the session."""

from __future__ import annotations

import ast
from typing import Any

from neuraldbg.dap.motion import Motion
from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.dap.state import THREAD, request
from neuraldbg.dap.views import Place, without_doubt
from neuraldbg.errors import UsageError
from neuraldbg.literals import Opaque, TooLarge, read_value
from neuraldbg.parsing import parse
from neuraldbg.session import StopReason
from neuraldbg.trees import Tree, TreeKind


class Editing(Motion):
    """Sets values; the steps after them are predicted anew."""

    @request("setVariable")
    def _set_variable(self, arguments: Arguments) -> dict[str, Any]:
        reference, name = arguments.number("variablesReference"), arguments.text("name")
        index, root, labels = self.views.target(reference, name)
        return self._set(index, root, labels, arguments.text("value"))

    @request("setExpression")
    def _set_expression(self, arguments: Arguments) -> dict[str, Any]:
        return self.assign(arguments.text("expression"), arguments.text("value"), self.frame(arguments), "value")

    def assign(self, target: str, value: str, index: int, key: str = "result") -> dict[str, Any]:
        """Gives a variable or a part of it, named by an expression, another value.

        Raises:
            BadRequest, NeuraldbgError: if that cannot be done; the message says why.
        """
        root, labels = self._resolve(target, index)
        row = self._set(index, root, labels, value)
        return {key: row.pop("value"), **row}

    def _set(self, index: int, root: str, labels: list[str], value: str) -> dict[str, Any]:
        session = self.session
        if index != session.cursor:
            raise BadRequest("only values of the innermost frame can be changed, where a line is about to run")
        try:
            found = session.set_value(root, without_doubt(value), labels)
        except KeyError as error:
            raise BadRequest(f"there is no {error.args[0]} here") from error
        assert found.text is not None
        if self.truth is not None:
            self.truth.close()
            self.truth = None
            session.differs = None
            self.peer.output("The real run is no longer compared: a value has been changed.\n")
        self._targets = {}
        path = self._path(root, labels)
        row = self.views.describe(found.text, Place(session.cursor, root, path), None, None, True)
        if self.client.flag("supportsInvalidatedEvent"):
            areas = {"areas": ["variables"], "threadId": THREAD}
            self.after.append(lambda: self.peer.event("invalidated", areas))
        return row

    def _path(self, root: str, labels: list[str]) -> tuple[int, ...]:
        tree, path = Tree(self.session.timeline.steps[self.session.cursor].locals[root]), list[int]()
        for label in labels:
            children = tree.children()
            path.append(next(i for i, child in enumerate(children) if child.label == label))
            tree = children[path[-1]].tree()
        return tuple(path)

    def _resolve(self, expression: str, index: int) -> tuple[str, list[str]]:
        """The local and the labels of the part that an expression such as ``d['k'][0].x`` names."""
        try:
            node: ast.expr = parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadRequest(f"{expression!r} does not parse") from error
        links: list[ast.Subscript | ast.Attribute] = []
        while isinstance(node, (ast.Subscript, ast.Attribute)):
            links.append(node)
            node = node.value
        if not isinstance(node, ast.Name):
            raise BadRequest("a value can be given to a variable or to a part of one, such as x or d['k'][0]")
        here = self.session.timeline.steps[index].locals
        if node.id not in here:
            raise BadRequest(f"there is no variable {node.id} in this frame")
        tree, labels = Tree(here[node.id]), list[str]()
        for link in reversed(links):
            label = link.attr if isinstance(link, ast.Attribute) else self._label(tree, link.slice, index)
            child = tree.child(label)
            if child is None or tree.kind is TreeKind.SET:
                raise BadRequest(f"{node.id} has no part {ast.unparse(link)} that is known")
            labels.append(label)
            tree = child.tree()
        return node.id, labels

    def _label(self, tree: Tree, item: ast.expr, index: int) -> str:
        found = self.session.evaluate(ast.unparse(item), index)
        if not found.ok or isinstance(found.value, Opaque):
            raise BadRequest(f"{ast.unparse(item)}: {found.reason or 'its value is not known'}")
        if tree.kind is not TreeKind.DICT:
            number = found.value
            return str(number + tree.count if isinstance(number, int) and number < 0 else number)
        for child in tree.children():
            try:
                key = read_value(child.label)
            except TooLarge:
                continue
            if not isinstance(key, Opaque) and key == found.value:
                return child.label
        return found.text or ""

    @request("neuraldbg/adopt")
    def _adopt(self, arguments: Arguments) -> dict[str, Any]:
        """Takes the real step for the predicted one, where the two differ."""
        session, truth = self.session, self.truth
        if truth is None or truth.trace is None:
            raise UsageError("there is no real run; launch with compare: true")
        at = truth.partner(session.timeline.steps, session.cursor)
        if at is None:
            raise BadRequest("the real run does not say what happens here")
        if not truth.differences(session.timeline.steps, session.cursor):
            raise BadRequest("the prediction agrees with the real run here")
        session.adopt(truth.trace, at)
        truth.forget(session.cursor)
        self.go("Adopting", lambda cancelled: StopReason.STEP, "goto")
        return {"step": session.cursor}


def assignment(text: str) -> tuple[str, str] | None:
    """Target and value of ``target = value``; None if the text is no such statement."""
    try:
        body = parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Assign) or len(body[0].targets) != 1:
        return None
    return ast.unparse(body[0].targets[0]), ast.unparse(body[0].value)
