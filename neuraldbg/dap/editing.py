"""Requests that change what is predicted: other values, the real step. Each makes a branch of the session."""

from __future__ import annotations

import ast
from typing import Any

from neuraldbg.dap.motion import Motion
from neuraldbg.dap.peer import Arguments, BadRequest
from neuraldbg.dap.state import THREAD, request
from neuraldbg.dap.views import Place, without_doubt
from neuraldbg.edits import same_objects
from neuraldbg.errors import UsageError
from neuraldbg.hits import MODULE
from neuraldbg.literals import Opaque, TooLarge, read_value
from neuraldbg.parsing import parse
from neuraldbg.session import StopReason
from neuraldbg.trees import Tree, TreeKind


class Editing(Motion):
    """Sets values; the steps after them are predicted anew."""

    @request("setVariable")
    def _set_variable(self, arguments: Arguments) -> dict[str, Any]:
        reference, name, value = arguments.number("variablesReference"), arguments.text("name"), arguments.text("value")
        if self.views.is_result(reference, name):
            return self._set_result(value)
        index, root, labels = self.views.target(reference, name)
        return self._set(index, root, labels, value)

    @request("setExpression")
    def _set_expression(self, arguments: Arguments) -> dict[str, Any]:
        return self.assign(arguments.text("expression"), arguments.text("value"), self.frame(arguments), "value")

    def assign(self, target: str, value: str, index: int, key: str = "result") -> dict[str, Any]:
        """Gives a variable or a part of it, named by an expression in a frame, another value.

        Raises:
            BadRequest, NeuraldbgError: if that cannot be done; the message says why.
        """
        at, root, labels = self._resolve(target, index)
        row = self._set(at, root, labels, value, index)
        return {key: row.pop("value"), **row}

    def _set(self, index: int, root: str, labels: list[str], value: str, frame: int | None = None) -> dict[str, Any]:
        """Changes a local of the frame at step ``index``; names in ``value`` are those of ``frame``."""
        session = self.session
        before, text = session.timeline, without_doubt(value)
        if frame is not None and frame != index:
            found = session.evaluate(text, frame)
            text = found.text if found.ok and found.text is not None else text
        try:
            found = session.set_value(root, text, labels, index)
        except KeyError as error:
            raise BadRequest(f"there is no {error.args[0]} here") from error
        assert found.text is not None
        others = same_objects(before, session.cursor, index, root) if labels else ()
        for function, name in others:
            where = "" if function == before.steps[index].function else f" of {function}"
            self.peer.output(f"{name}{where} read the same; if it is the same object, change it too.\n")
        self._changed()
        return self.views.describe(found.text, Place(index, root, self._path(index, root, labels)), None, None, True)

    def _set_result(self, value: str) -> dict[str, Any]:
        """Changes what the call that has just ended returned."""
        session = self.session
        found = session.evaluate(without_doubt(value), session.shown()[0].index)
        if not found.ok or found.text is None:
            raise BadRequest(f"{value!r} has no value here: {found.reason}")
        session.set_result(found.text)
        self._changed()
        return self.views.describe(found.text, Place(-1, "", text=found.text), None, None, True)

    def _changed(self) -> None:
        """The past is another now: what depended on it is told or forgotten."""
        if self.truth is not None:
            self.truth.close()
            self.truth = None
            self.session.differs = None
            self.peer.output("The real run is no longer compared: a value has been changed.\n")
        self._targets = {}
        if self.client.flag("supportsInvalidatedEvent"):
            areas = {"areas": ["variables"], "threadId": THREAD}
            self.after.append(lambda: self.peer.event("invalidated", areas))

    def _path(self, index: int, root: str, labels: list[str]) -> tuple[int, ...]:
        tree, path = Tree(self.session.timeline.steps[index].locals[root]), list[int]()
        for label in labels:
            children = tree.children()
            path.append(next(i for i, child in enumerate(children) if child.label == label))
            tree = children[path[-1]].tree()
        return tuple(path)

    def _resolve(self, expression: str, index: int) -> tuple[int, str, list[str]]:
        """What an expression such as ``d['k'][0].x`` names: the step that shows the variable, its name, labels of the
        part."""
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
        at = self._owner(node.id, index)
        tree, labels = Tree(self.session.timeline.steps[at].locals[node.id]), list[str]()
        for link in reversed(links):
            label = link.attr if isinstance(link, ast.Attribute) else self._label(tree, link.slice, index)
            child = tree.child(label)
            if child is None or tree.kind is TreeKind.SET:
                raise BadRequest(f"{node.id} has no part {ast.unparse(link)} that is known")
            labels.append(label)
            tree = child.tree()
        return at, node.id, labels

    def _owner(self, name: str, index: int) -> int:
        """Number of the step that shows a variable as a frame sees it: its own or the module's."""
        session = self.session
        steps = session.timeline.steps
        own = session.code.names.get(steps[index].function, frozenset())
        module = [frame.index for frame in session.stack() if frame.function == MODULE and name not in own]
        for at in (index, *module):
            if name in steps[at].locals:
                return at
        raise BadRequest(f"there is no variable {name} in this frame")

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
    """Target and value of ``target = value`` or ``target += value``; None if the text is no such statement."""
    try:
        body = parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    match body:
        case [ast.Assign(targets=[target], value=value)]:
            return ast.unparse(target), ast.unparse(value)
        case [ast.AugAssign(target=target, op=op, value=value)]:
            now = parse(ast.unparse(target), mode="eval").body
            return ast.unparse(target), ast.unparse(ast.BinOp(now, op, value))
    return None
