"""Frames, scopes and variables of a stop as the protocol's objects, with how sure each value is.

A frame's id is the number of the step that shows it, plus one. References to variables hold for one stop: they say
where a value stands, so that what is shown after an edit is the edited value. Unsure values carry ``?41%``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neuraldbg.dap.lines import LineSession
from neuraldbg.dap.peer import BadRequest
from neuraldbg.evaluation import Evaluation, evaluate
from neuraldbg.hits import MODULE
from neuraldbg.session import Frame
from neuraldbg.steps import UNSURE_BELOW, Event, Step
from neuraldbg.trees import Child, Tree, TreeKind, pages

PAGE = 100
LONGEST = 10_000  # characters of a value in a list of variables; the clipboard gets all of them
MOST_RETURNS = 5  # returned values that are shown among the locals
FARTHEST = 5_000  # steps that are searched for them
_DOUBT = re.compile(r" \?\d{1,2}%\Z")
_TYPE = re.compile(r"<?([A-Za-z_][\w.]*)(?:\(| object)")  # of Decimal('1.5'), ValueError(7), <Foo object>
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """The locals of the step with number ``index``, or of the real step that it is held against."""

    index: int
    real: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A value.

    Attributes:
        index: of the step whose local it is, or is part of; -1 for the value of an expression.
        root: the local's name, or the expression.
        path: the numbers of the parts that lead to it.
        text: repr of the whole, where it is no local.
        within: of its children, those that are shown.
    """

    index: int
    root: str
    path: tuple[int, ...] = ()
    text: str | None = None
    within: range | None = None


def doubt(probability: float | None) -> str:
    """``?41%`` behind a space where a prediction is less likely than not, else nothing."""
    return "" if probability is None or probability >= UNSURE_BELOW else f" ?{min(int(probability * 100), 99)}%"


def without_doubt(text: str) -> str:
    """A value as the user edits it, without the mark."""
    return _DOUBT.sub("", text)


def type_of(text: str) -> str:
    """Name of the type of a repr; empty where it is not known."""
    tree = Tree(text)
    if tree.kind is not TreeKind.LEAF:
        return tree.type_name
    found = evaluate("_", {"_": text}).type if len(text) < LONGEST else ""
    named = _TYPE.match(text)
    return found or (named[1].rpartition(".")[2] if named else "")


class Views:
    """What is shown of one session.

    Args:
        session: whose steps they are.
        real: gives the real step that a step is held against, None where there is none.
        paging: the client asks for long lists in parts.
        types: the client shows types.
    """

    def __init__(
        self, session: LineSession, real: Callable[[int], Step | None], paging: bool = False, types: bool = True
    ) -> None:
        self.session, self._real = session, real
        self._paging, self._types = paging, types
        self._places: dict[int, Scope | Place] = {}
        self._references: dict[Scope | Place, int] = {}
        self._next = 1

    def reset(self) -> None:
        """A new stop: references of earlier ones no longer hold."""
        self._places.clear()
        self._references.clear()

    @property
    def word(self) -> str:
        """``predicted``, or what else the steps are."""
        return self.session.source.origin.value

    # Frames

    def frames(self, source: Mapping[str, Any], line: Callable[[int], int], column: int) -> list[dict[str, Any]]:
        """All frames, innermost first."""
        return [
            {
                "id": frame.index + 1,
                "name": frame.function + self._move_doubt(frame),
                "source": dict(source),
                "line": line(frame.line),
                "column": column,
            }
            for frame in self.session.shown()
        ]

    def _move_doubt(self, frame: Frame) -> str:
        return "" if frame.confidence is None else doubt(frame.confidence.move)

    def index(self, frame_id: int) -> int:
        """Number of the step of a frame.

        Raises:
            BadRequest: if there is no such frame at this stop.
        """
        if not any(frame.index == frame_id - 1 for frame in self.session.stack()):
            raise BadRequest(f"there is no frame {frame_id} at this stop")
        return frame_id - 1

    def scopes(self, frame_id: int) -> list[dict[str, Any]]:
        """Locals, the module's variables, and those of the real run where it is known."""
        index = self.index(frame_id)
        step = self.session.timeline.steps[index]
        found = [(f"{self.word.capitalize()} locals", Scope(index), "locals")]
        if step.function != MODULE:
            module = [f for f in self.session.stack() if f.function == MODULE and f.index != index and f.locals]
            found += [(f"{self.word.capitalize()} globals", Scope(f.index), "") for f in module]
        if self._real(index) is not None:
            found.append(("Real locals", Scope(index, True), ""))
        out = []
        for name, scope, hint in found:
            row = {"name": name, "variablesReference": self.refer(scope), "expensive": False}
            out.append({**row, "presentationHint": hint} if hint else row)
        return out

    def refer(self, place: Scope | Place) -> int:
        """The reference of a scope or a value, the same one for the same place."""
        if place not in self._references:
            self._references[place] = self._next
            self._places[self._next] = place
            self._next += 1
        return self._references[place]

    def place(self, reference: int) -> Scope | Place:
        """What a reference stands for.

        Raises:
            BadRequest: if it is none of this stop.
        """
        if reference not in self._places:
            raise BadRequest(f"there are no variables {reference} at this stop")
        return self._places[reference]

    # Variables

    def variables(self, reference: int, filter: str = "", start: int = 0, count: int = 0) -> list[dict[str, Any]]:
        """The variables of a scope or the parts of a value; of those, ``count`` from ``start`` on, 0 for all."""
        place = self.place(reference)
        stop = start + count if count else None
        if isinstance(place, Scope):
            return [] if filter == "indexed" else list(self._scope(place))[start:stop]
        tree = self.tree(place)
        indexed = tree.kind in (TreeKind.LIST, TreeKind.TUPLE)
        if (filter == "indexed" and not indexed) or (filter == "named" and indexed):
            return []
        whole = place.within or range(tree.count)
        if not count and not start and len(whole) > PAGE and (not indexed or not self._paging):
            return [self._page(replace(place, within=page)) for page in pages(tree.count, PAGE)]
        shown = whole[start:stop]
        parts = tree.children(shown.start, shown.stop)
        return [self._part(place, number, part) for number, part in zip(shown, parts, strict=True)]

    def _page(self, place: Place) -> dict[str, Any]:
        assert place.within is not None
        name = f"[{place.within.start}..{place.within.stop - 1}]"
        return {
            "name": name,
            "value": f"{len(place.within)} items",
            "variablesReference": self.refer(place),
            "presentationHint": {"kind": "virtual"},
        }

    def _part(self, place: Place, number: int, part: Child) -> dict[str, Any]:
        inner = replace(place, path=(*place.path, number), within=None)
        row = self.describe(part.text, inner, self._sure(place), part.path)
        return {"name": part.label or f"{{{number}}}", **row}

    def _scope(self, scope: Scope) -> Iterator[dict[str, Any]]:
        session = self.session
        if scope.real:
            real = self._real(scope.index)
            assert real is not None
            for name, text in real.locals.items():
                yield {"name": name, **self.describe(text, Place(-1, name, text=text), None, None)}
            if real.event is Event.EXCEPTION:
                yield self._told("(exception)", real)
            elif real.event is Event.RETURN and real.function != MODULE:
                yield self._told(f"(return) {real.function}", real)
            return
        yield from self._outcome(scope.index)
        step = session.timeline.steps[scope.index]
        for name, text in step.locals.items():
            sure = session.timeline.sure[scope.index].get(name)
            row = self.describe(text, Place(scope.index, name), sure, name, name in step.edited)
            yield {"name": name, **row}

    def _outcome(self, index: int) -> Iterator[dict[str, Any]]:
        """What the calls of the line before have returned, and the exception that is raised here."""
        step = self.session.current
        if step is not None and index == self.session.shown()[0].index and step.event is Event.EXCEPTION:
            yield self._told("(exception)", step)
        for name, returned in self._returns(index).items():
            yield self._told(name, returned, fixed=returned is not step)

    def _returns(self, index: int) -> dict[str, Step]:
        """The last returns on the line of a frame, and of its own function, by the names that they are shown under."""
        session, steps = self.session, self.session.timeline.steps
        at = session.cursor
        if index != session.shown()[0].index:
            return {}
        start = index if session.returns_to_caller() else session.timeline.previous[index]
        inside = range(max(start, at - FARTHEST, -1) + 1, at + 1) if start >= 0 else ()
        depth = steps[index].depth + 1
        found = [steps[i] for i in inside if steps[i].depth == depth and self._returns_value(steps[i])]
        if index == at and self._returns_value(steps[at]):
            found.append(steps[at])
        names = [step.function for step in found]
        return {_result_name(names, n): found[n] for n in range(max(len(found) - MOST_RETURNS, 0), len(found))}

    def _returns_value(self, step: Step) -> bool:
        """A return of a function that is called for its value: not of a class's body, nor of ``__init__``."""
        called = step.function in self.session.program.functions() and not step.function.endswith(".__init__")
        return step.event is Event.RETURN and called

    def _told(self, name: str, step: Step, fixed: bool = True) -> dict[str, Any]:
        text = step.value or "None"
        sure = None if step.confidence is None else step.confidence.value
        row = self.describe(text, Place(-1, name, text=text), sure, None)
        hint = {"kind": "virtual", **({"attributes": ["readOnly"]} if fixed else {})}
        return {"name": name, **row, "presentationHint": hint}

    def _sure(self, place: Place) -> float | None:
        return None if place.index < 0 else self.session.timeline.sure[place.index].get(place.root)

    def describe(
        self, text: str, place: Place, sure: float | None, name: str | None = None, edited: bool = False
    ) -> dict[str, Any]:
        """The fields that variables and results have in common: value, type, reference and numbers of parts."""
        tree = Tree(text)
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
        row: dict[str, Any] = {"value": shown + doubt(sure), "variablesReference": 0}
        if self._types:
            row["type"] = self._type(text, sure, edited)
        if tree.count:
            row["variablesReference"] = self.refer(place)
            indexed = tree.kind in (TreeKind.LIST, TreeKind.TUPLE)
            row["indexedVariables" if indexed else "namedVariables"] = tree.count
        if name is not None:
            row["evaluateName"] = name
        return row

    def _type(self, text: str, sure: float | None, edited: bool = False) -> str:
        notes = [type_of(text), "edited" if edited else "" if sure is None else f"{min(int(sure * 100), 99)}% sure"]
        return ", ".join(note for note in notes if note)

    def result(self, found: Evaluation, expression: str) -> dict[str, Any]:
        """The fields of :meth:`describe` for what an expression gave."""
        assert found.text is not None
        path = expression if _NAME.match(expression) else f"({expression})"
        return self.describe(found.text, Place(-1, path, text=found.text), found.confidence, None)

    def tree(self, place: Place) -> Tree:
        """The value at a place, as it is now."""
        return self._walk(place)[0]

    def _walk(self, place: Place) -> tuple[Tree, list[str]]:
        """The tree at a place and the labels that lead there."""
        text = self.session.timeline.steps[place.index].locals.get(place.root) if place.index >= 0 else place.text
        tree, labels = Tree(text or "", place.root or None), list[str]()
        for number in place.path:
            parts = tree.children(number, number + 1)
            if not parts:
                raise BadRequest("the value has changed and no longer has this part")
            labels.append(parts[0].label)
            tree = parts[0].tree()
        return tree, labels

    def target(self, reference: int, name: str) -> tuple[int, str, list[str]]:
        """Where a variable that the client calls ``name`` stands: number of the step, the local, labels of the part.

        Raises:
            BadRequest: if it can be given no value.
        """
        place = self.place(reference)
        if isinstance(place, Scope):
            if place.real or name not in self.session.timeline.steps[place.index].locals:
                raise BadRequest(f"{name} cannot be changed")
            return place.index, name, []
        if place.index < 0:
            raise BadRequest("only variables and their parts can be changed, not the value of an expression")
        tree, labels = self._walk(place)
        if tree.kind is TreeKind.SET or tree.child(name) is None:
            raise BadRequest(f"the part {name} of {place.root} cannot be changed; change {place.root} as a whole")
        return place.index, place.root, [*labels, name]

    def is_result(self, reference: int, name: str) -> bool:
        """A variable is what the call that has just ended returned."""
        place, step = self.place(reference), self.session.current
        if not isinstance(place, Scope) or place.real or step is None or step.event is not Event.RETURN:
            return False
        return self._returns(place.index).get(name) is step

    def local(self, reference: int, name: str) -> tuple[int, str]:
        """The local that a variable is or is part of, and the number of its step. Raises BadRequest."""
        place = self.place(reference)
        if isinstance(place, Scope) and not place.real:
            if name in self.session.timeline.steps[place.index].locals:
                return place.index, name
        elif isinstance(place, Place) and place.index >= 0:
            return place.index, place.root
        raise BadRequest(f"{name} is no variable of the program")


def _result_name(functions: Sequence[str], number: int) -> str:
    """``(return) f``, or ``(return 2) f`` for the second of several of one function."""
    function = functions[number]
    which = f" {functions[: number + 1].count(function)}" if functions.count(function) > 1 else ""
    return f"(return{which}) {function}"
