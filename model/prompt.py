"""The SOURCE part of a prompt, and the LINE text of every line of it.

The user's file is never changed: the START_OF_TRACE mark, the function that wraps module level, and the comments that
tell repeated lines apart exist only here, with every line mapped back to the user's file. It does not tokenize.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from neuraldbg.bytecode import nested_codes
from neuraldbg.parsing import parse
from neuraldbg.program import Program
from neuraldbg.steps import Event

MARK: Final = "  # << START_OF_TRACE"
WRAPPER: Final = "main"
_INDENT: Final = "    "
MODULE: Final = "<module>"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads before the first frame.

    Attributes:
        source: the text of SOURCE.
        texts: 1-based line of the user's file -> its LINE text in the prompt, with its newline.
        wrapper: LINE text of the call of module level, empty for function entries.
        preamble: LINE texts of a caller that exists only in the prompt, entered and then at its only line, for
            entry calls whose arguments the model has to work out; empty otherwise.
    """

    source: str
    texts: Mapping[int, str]
    wrapper: str
    preamble: tuple[str, ...] = ()

    def line_text(self, event: Event, function: str, line: int) -> str:
        """LINE of a frame."""
        return self.wrapper if event is Event.CALL and function == MODULE else self.texts[line]


def make_prompt(program: Program, keep: Iterable[int] | None = None, caller: bool = False) -> Prompt:
    """Renders a program.

    Args:
        program: what is to be predicted.
        keep: 1-based lines that stay in SOURCE; None keeps all (see :func:`relevant_lines`).
        caller: for a function entry, mark a caller that returns the entry call instead of the function itself, so
            that the model reads the call's text.
    """
    texts = dict(enumerate(program.lines, 1))
    texts |= _tell_apart(program, texts)
    at_module = program.entry == MODULE
    if at_module:
        inside = _inside_strings(program.source)
        texts = {i: t if i in inside or not t else _INDENT + t for i, t in texts.items()}
    shown = sorted(texts) if keep is None else sorted(set(keep) & texts.keys())
    entry_line = 0 if at_module else program.functions()[program.entry].line
    marked = 0 if caller else entry_line
    body = [texts[i] + (MARK if i == marked and not texts[i].endswith("\\") else "") for i in shown]
    if caller and program.call is not None:
        preamble = (f"def {_wrapper_name(program)}():", f"{_INDENT}return {_one_line(program.call)}")
        body += ["", "", preamble[0] + MARK, preamble[1]]
        return Prompt(
            "\n".join(body) + "\n", {i: t + "\n" for i, t in texts.items()}, "", tuple(t + "\n" for t in preamble)
        )
    wrapper = f"def {_wrapper_name(program)}():" if at_module else ""
    head = [wrapper + MARK] if at_module else []
    return Prompt(
        "\n".join([*head, *body]) + "\n",
        {i: t + "\n" for i, t in texts.items()},
        wrapper + "\n" if at_module else "",
    )


def relevant_lines(program: Program) -> frozenset[int]:
    """Lines of the top-level statements that the entry can reach by name; everything else may be left out of a prompt.

    Names are followed as text (a name or an attribute anywhere in a kept statement keeps every top-level statement
    that binds it), which keeps too much rather than too little. Module level keeps all its own statements.
    """
    tree = parse(program.source)
    bound = [(node, _bound_names(node)) for node in tree.body]
    if program.entry == MODULE:
        roots = [
            node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
    else:
        top = program.entry.partition(".")[0]
        roots = [node for node, names in bound if top in names]
    kept: dict[int, ast.stmt] = {}
    while roots:
        node = roots.pop()
        if id(node) in kept:
            continue
        kept[id(node)] = node
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        used |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        roots += [other for other, names in bound if names & used]
    return frozenset(
        line for node in kept.values() for line in range(_first_line(node), (node.end_lineno or node.lineno) + 1)
    )


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _bound_names(node: ast.stmt) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


def _one_line(call: str) -> str:
    return ast.unparse(parse(call, mode="eval"))


def _wrapper_name(program: Program) -> str:
    taken = {name.partition(".")[0] for name in program.functions()}
    name = WRAPPER
    while name in taken:
        name += "_"
    return name


def _inside_strings(source: str) -> set[int]:
    """Lines that begin inside a string: indenting them would change its value."""
    inside: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif name == "FSTRING_START":
            opened.append(token.start[0])
        elif name == "FSTRING_END":
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
    return inside


def _tell_apart(program: Program, texts: Mapping[int, str]) -> dict[int, str]:
    """New texts for lines that some stop could not tell apart: equal text, and both may come next."""
    filled = [text for text in texts.values() if text]
    if len(set(filled)) == len(filled):
        return {}
    rivals: set[int] = set()
    for group in _rivals(program):
        by_text: dict[str, list[int]] = {}
        for line in group:
            by_text.setdefault(texts[line], []).append(line)
        rivals.update(line for lines in by_text.values() if len(lines) > 1 for line in lines)
    if not rivals:
        return {}
    inside = _inside_strings(program.source)
    return {i: f"{texts[i]}  # line {i}" for i in rivals if not texts[i].endswith("\\") and i + 1 not in inside}


def _rivals(program: Program) -> Iterator[set[int]]:
    """Sets of lines that may follow one stop: those that a line can lead to, and the lines where calls stop."""
    yield {info.line for info in program.functions().values()}
    for code in nested_codes(program.code):
        graph = program.machine.graph(code)
        for line in {i.line for i in graph.instrs if i.line is not None}:
            todo = [i for i in graph.instrs if i.line == line]
            seen, following = {i.index for i in todo}, set[int]()
            while todo:
                instr = todo.pop()
                edges = (*instr.next, instr.handler) if instr.handler else instr.next
                for target in (graph.instrs[index] for index, _ in edges):
                    if target.line not in (None, line):
                        following.add(target.line or 0)
                    elif target.index not in seen:
                        seen.add(target.index)
                        todo.append(target)
            yield following
