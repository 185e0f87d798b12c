"""What a hover shows: the values of a name or an attribute over the steps, what else the last one could have been, and
the calls of a function with what they gave.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lsprotocol import types

from neuraldbg.evaluation import evaluate
from neuraldbg.hits import values_at
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.hints import code, percent, run_notes, shorten
from neuraldbg.lsp.runs import Run
from neuraldbg.lsp.text import Part
from neuraldbg.program import MODULE
from neuraldbg.steps import Event, Origin
from neuraldbg.variables import Value, history, numbers, sparkline

MOST_ROWS = 15
MOST_OTHERS = 3  # values that could have come instead
SURE = 0.99  # likelier values have no others that are worth a word
LEAST = 0.01  # less likely others are not shown
_LONGEST = 120  # characters of a value

T = TypeVar("T")
_ALIGNED = {"step": "--:", "line": "--:"}  # numbers to the right
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Subject:
    """What the mouse is over.

    Attributes:
        name: as it is shown.
        run: that knows it.
        where: its place in the text.
        values: of a name, over the steps; empty for a function.
        function: qualified name; None for a name.
        computed: the values are evaluated from those of other names, so the model has no say about others.
    """

    name: str
    run: Run
    where: types.Range
    values: Sequence[Value] = ()
    function: str | None = None
    computed: bool = False

    @property
    def question(self) -> int | None:
        """Number of the step of which the model could tell what else it could have been; None if it is not worth it."""
        if not self.values or self.computed or self.run.origin is not Origin.PREDICTED:
            return None
        last = self.values[-1]
        unsure = last.text is not None and last.confidence is not None and last.confidence < SURE
        return last.index if unsure else None


def subject(document: Document, part: Part, position: types.Position) -> Subject | None:
    """What is at a position; None where there is nothing to show."""
    word = document.text.word_at(part, position)
    if word is None or not document.settings.hover or document.cleared or not document.settings.enable:
        return None
    line, start, end = word
    name = document.text.lines[line - 1][start:end]
    if not name.isidentifier() or keyword.iskeyword(name) or not _is_name(document, line, start):
        return None
    where = document.text.span(part, line, start, end)
    around = document.scope_at(line)
    if document.text.lines[line - 1][:start].rstrip().endswith("."):
        return _attribute(document, line, end, around, where) or _function(document, name, where, method=True)
    if _bound_inside(document, line, start, name):
        return None
    run = document.run_of(around)
    if run is not None:
        values = history(run.timeline, name, around) or history(run.timeline, name, MODULE)
        if values:
            return Subject(name, run, where, values)
    return _function(document, name, where, method=False)


def _is_name(document: Document, line: int, start: int) -> bool:
    """False in strings and comments; a text that is half typed is taken at its word."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(document.text.source).readline):
            if token.start == (line, start):
                return token.type == tokenize.NAME
            if token.start < (line, start) < token.end:
                return token.type == tokenize.STRING and _in_braces(document, token, line, start)
            if token.start > (line, start):
                break
    except (tokenize.TokenError, SyntaxError):
        return True
    return False


def _in_braces(document: Document, token: tokenize.TokenInfo, line: int, start: int) -> bool:
    """A place in an f-string, before Python 3.12 one token, stands in a replacement field and not in its format."""
    if "f" not in token.string[: token.string.find(token.string[-1])].lower():
        return False
    first = token.start[1] if token.start[0] == line else 0
    before = document.text.lines[line - 1][first:start].replace("{{", "")
    field = before.rpartition("{")[2] if "{" in before else "}"
    return "}" not in field and ":" not in field and "!" not in field


def _nodes(document: Document, line: int) -> list[ast.AST]:
    """Nodes of the last readable text that reach a line of the present one."""
    if document.program is None:
        return []
    found = []
    for node in document.program.nodes:
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if first is not None and last is not None:
            here, there = document.place(first), document.place(last)
            if here is not None and there is not None and here <= line <= there:
                found.append(node)
    return found


def _column(document: Document, line: int, offset: int) -> int:
    """The character at a byte offset, which is how trees count."""
    return len(document.text.lines[line - 1].encode()[:offset].decode("utf-8", "replace"))


def _bound_inside(document: Document, line: int, start: int, name: str) -> bool:
    """The name there is a comprehension's or a lambda's own, of which no step tells."""
    for node in _nodes(document, line):
        if isinstance(node, _COMPREHENSIONS):
            bound = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.Lambda):
            bound = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        else:
            continue
        if name in bound and _holds(document, node, line, start):
            return True
    return False


def _holds(document: Document, node: ast.expr, line: int, start: int) -> bool:
    first, last = document.place(node.lineno), document.place(node.end_lineno or node.lineno)
    after = first != line or _column(document, line, node.col_offset) <= start
    before = last != line or start < _column(document, line, node.end_col_offset or 0)
    return after and before


def _attribute(document: Document, line: int, end: int, around: str, where: types.Range) -> Subject | None:
    """What an attribute was, as far as the predicted values tell it, whenever its line was about to run."""
    run = document.run_of(around)
    found = (
        node
        for node in _nodes(document, line)
        if isinstance(node, ast.Attribute)
        and document.place(node.end_lineno or 0) == line
        and _column(document, line, node.end_col_offset or 0) == end
    )
    node = next(found, None)
    if run is None or node is None:
        return None
    text, lines = ast.unparse(node), document.line_map(run)
    values: list[Value] = []
    for index, step in enumerate(run.timeline.steps):
        if step.event is not Event.LINE or step.function != around or lines.get(step.line) != line:
            continue
        known, sure = values_at(run.timeline, index)
        told = evaluate(text, known, sure)
        if told.ok and told.text is not None and (not values or values[-1].text != told.text):
            values.append(Value(index, index, told.text, -1, around, told.confidence))
    return Subject(text, run, where, values, computed=True) if values else None


def _function(document: Document, name: str, where: types.Range, method: bool) -> Subject | None:
    """A function of the file that some run enters."""
    if document.program is None:
        return None
    known = [f for f in document.program.functions() if f.rpartition(".")[2] == name and ("." in f) >= method]
    for function in known:
        run = document.run_of(function)
        if run is not None and function in run.reaches:
            return Subject(name, run, where, function=function)
    return None


# -- Markdown --------------------------------------------------------------------------------------------------------


def render(document: Document, found: Subject, waiting: bool = False) -> types.Hover:
    """The hover.

    Args:
        document: where it is.
        found: what it is about.
        waiting: the model has been asked for other values and has not answered yet.
    """
    run = found.run
    told = "from a real run" if run.origin != Origin.PREDICTED else "predicted"
    if found.function is not None:
        parts = [f"{code(found.name)} in {code(run.title)}, {told}", _calls(document, run, found.function)]
    else:
        head = f"{code(found.name)} in {code(run.title)}, {told}"
        series = numbers(found.values)
        if len(series) > 3 and sum(n is not None for n in series) > 3:
            head += f"  {sparkline(series, 24)}"
        parts = [head, _values(document, found), *_others(found, waiting)]
    if "%? |" in parts[1]:
        parts.append("*? is unsure, or rests on something unsure.*")
    parts += run_notes(run, document.stale(run))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(parts)), found.where)


def _values(document: Document, found: Subject) -> str:
    run, lines = found.run, document.line_map(found.run)

    def row(value: Value) -> list[str]:
        before = -1 if found.computed else run.timeline.previous[value.index]
        step = run.timeline.steps[before if before >= 0 else value.index]  # the line that made it
        text = "*not bound*" if value.text is None else code(shorten(value.text, _LONGEST))
        mark = "?" * (not found.computed and run.doubts.of_local(value.index, found.name))
        return [str(value.index), str(lines.get(step.line, "gone")), text, percent(value.confidence) + mark]

    return _table(run, ["step", "line", "value"], found.values, row)


def _calls(document: Document, run: Run, function: str) -> str:
    """What a function was called with and what it gave."""
    steps = run.timeline.steps
    parameters = next((f.parameters for f in run.program.functions().values() if f.qualname == function), ())
    begun = [i for i in run.timeline.calls if steps[i].function == function and run.timeline.previous[i] < 0]
    ends = {begin: _end(run, begin) for begin in begun}

    def row(begin: int) -> list[str]:
        given = ", ".join(f"{n}={steps[begin].locals[n]}" for n in parameters if n in steps[begin].locals)
        call = code(shorten(f"{function.rpartition('.')[2]}({given})", _LONGEST))
        end = ends[begin]
        if end is None:
            return [str(begin), call, "*not known yet*", ""]
        step = steps[end]
        verb = "raises " if step.event is Event.EXCEPTION else ""
        sure = percent(step.confidence.value if step.confidence else None) + "?" * run.doubts.of_value(end)
        return [str(begin), call, verb + code(shorten(step.value or "None", _LONGEST)), sure]

    return _table(run, ["step", "call", "gives"], begun, row)


def _end(run: Run, begin: int) -> int | None:
    """Number of the step at which the activation that begins at a step is left; None if the run does not show it."""
    steps, depth = run.timeline.steps, run.timeline.steps[begin].depth
    last = begin
    for index in range(begin + 1, len(steps)):
        if steps[index].depth < depth:
            break
        if steps[index].depth == depth:
            if steps[index].event is Event.CALL and run.timeline.previous[index] < 0:
                break
            last = index
    return last if steps[last].event in (Event.RETURN, Event.EXCEPTION) else None


def _table(run: Run, heads: list[str], rows: Sequence[T], row: Callable[[T], list[str]]) -> str:
    """Rows of cells, the last of which is how sure a prediction is; the middle ones go where there are too many."""
    predicted = run.origin is Origin.PREDICTED
    width = len(heads) + predicted
    cut = len(rows) > MOST_ROWS
    first, last = (rows[: MOST_ROWS - 4], rows[-4:]) if cut else (rows, ())
    cells = [[*heads, "sure"], [*(_ALIGNED.get(head, ":--") for head in heads), "--:"], *map(row, first)]
    if cut:
        cells.append(["…", *[""] * (len(heads) - 2), f"{len(rows) - len(first) - len(last)} more", ""])
        cells += map(row, last)
    return "\n".join(f"| {' | '.join(line[:width])} |" for line in cells)


def _others(found: Subject, waiting: bool) -> list[str]:
    index = found.question
    if index is None:
        return []
    if index not in found.run.others:
        return ["*What else it could be is being asked: hover again.*"] if waiting else []
    odds: dict[str, float] = {}
    for step, probability in found.run.others[index]:
        value = step.locals.get(found.name)
        if value is not None and value != found.values[-1].text:
            odds[value] = odds.get(value, 0.0) + probability
    likely = sorted(((p, value) for value, p in odds.items() if p >= LEAST), reverse=True)[:MOST_OTHERS]
    if not likely:
        return []
    texts = ", ".join(f"{code(shorten(value, _LONGEST))} {percent(p)}" for p, value in likely)
    return [f"The last one could also be {texts}."]
