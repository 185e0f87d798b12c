"""Collects real functions with their doctests from source trees, as programs to trace.

    python -m neuraldbg.training.data.harvest FOLDER... --output functions.jsonl

A top-level function is taken when it has doctest calls with literal arguments, needs only its own file (other
definitions, constants) and harmless standard modules, and runs for real within limits, twice with the same result. Its
docstring is left out, so that the answer is not in the prompt. The records are read by `library.harvested`. It executes
what it finds, in a child process with limits: point it at code you trust, never at a benchmark.
"""

from __future__ import annotations

import argparse
import ast
import doctest
import json
import multiprocessing
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from neuraldbg.errors import InputError
from neuraldbg.program import Program
from neuraldbg.steps import Outcome, Step
from neuraldbg.training.command import reported
from neuraldbg.training.data.library import Function, import_of, names_in, needed

SAFE_MODULES = frozenset(
    "__future__ abc base64 binascii bisect calendar cmath collections copy dataclasses datetime decimal enum fractions"
    " functools heapq itertools json math numbers operator re statistics string textwrap types typing".split()
)
MAX_LINES, MIN_STEPS, MAX_STEPS, MAX_CALLS = 45, 3, 400, 6
MEMORY, SECONDS = 4 << 30, 2  # bytes of a process, seconds of a call
_parser = doctest.DocTestParser()


def candidates(text: str) -> Iterator[Function]:
    """Functions of a file that have doctest calls; they have not been run."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    definitions: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for name in (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
                definitions[name] = node
    for name, node in definitions.items():
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            calls = _calls(node)
            source = _program(name, definitions, imports) if calls else None
            if source and source.count("\n") <= MAX_LINES:
                yield Function(name, source, tuple(calls[:MAX_CALLS]), 0)


def _calls(node: ast.FunctionDef) -> list[str]:
    """The function's doctest examples that are one call of it with literal arguments."""
    calls: list[str] = []
    try:
        examples = _parser.get_examples(ast.get_docstring(node) or "")
    except ValueError:
        return []
    for example in examples:
        try:
            tree = ast.parse(example.source.strip(), mode="eval").body
            inner = next(
                n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", None) == node.name
            )
            for argument in [*inner.args, *(k.value for k in inner.keywords)]:
                ast.literal_eval(argument)
        except (SyntaxError, ValueError, StopIteration, TypeError, RecursionError):
            continue
        call = ast.unparse(inner)
        if call not in calls and len(call) < 200:
            calls.append(call)
    return calls


def _program(name: str, definitions: dict[str, ast.stmt], imports: Sequence[ast.Import | ast.ImportFrom]) -> str | None:
    """A file of what ``name`` needs; None where it needs a module that is not harmless."""
    wanted = needed(name, definitions)
    nodes = list({id(node): node for key, node in definitions.items() if key in wanted}.values())
    used = set().union(*map(names_in, nodes))
    head = []
    for statement in imports:
        line = import_of(statement, used)
        if line:
            modules = (
                [statement.module or ""] if isinstance(statement, ast.ImportFrom) else [a.name for a in statement.names]
            )
            if not {module.partition(".")[0] for module in modules} <= SAFE_MODULES:
                return None
            head.append(line)
        elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            head.append(ast.unparse(statement))
    if used & {"open", "input", "exec", "eval", "__import__", "breakpoint", "globals", "print"}:
        return None
    parts = [ast.unparse(_without_docstrings(node)) for node in nodes]
    return "\n\n\n".join((["\n".join(head)] if head else []) + parts) + "\n"


def _without_docstrings(node: ast.stmt) -> ast.stmt:
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(child) is not None:
            child.body = child.body[1:] or [ast.Pass()]
    return node


def keeps(function: Function) -> Function | None:
    """The function with the calls that run within the limits, repeatably; None without any."""
    calls = []
    for call in function.calls:
        try:
            program = Program.from_source(function.source, "<harvested>", function.name, call)
        except InputError:
            continue
        runs = [_run(program), _run(program)]
        if runs[0] is not None and runs[0] == runs[1]:
            calls.append(call)
    return Function(function.name, function.source, tuple(calls), 0) if calls else None


def _run(program: Program) -> list[Step] | None:
    """The steps of a run; None where it does not end within the limits or is too short."""
    from neuraldbg.training.data.stream import trace_program

    signal.alarm(SECONDS)
    try:
        steps, outcome = trace_program(program, MAX_STEPS)
    except (MemoryError, TimeoutError, RecursionError):
        return None
    finally:
        signal.alarm(0)
    if outcome not in (Outcome.RETURNED, Outcome.RAISED) or len(steps) < MIN_STEPS:
        return None
    return None if (steps[-1].value or "").startswith(("TimeoutError", "MemoryError", "RecursionError")) else steps


def limit() -> None:
    """Limits the memory of this process, and lets an alarm raise TimeoutError."""

    def stop(signum: int, frame: object) -> None:
        raise TimeoutError

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, stop)


def _of_file(path: Path) -> list[Function]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [kept for function in candidates(text) if (kept := keeps(function))]


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args(argv)
    paths = sorted(path for folder in options.folders for path in folder.rglob("*.py"))
    sources: set[str] = set()
    with (
        multiprocessing.get_context("spawn").Pool(options.jobs, limit, maxtasksperchild=50) as pool,
        open(options.output, "w", encoding="utf-8") as file,
    ):
        for found in pool.imap(_of_file, paths):
            for function in found:
                if function.source not in sources:
                    sources.add(function.source)
                    file.write(json.dumps(asdict(function)) + "\n")
    print(f"{len(sources)} functions of {len(paths)} files", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(reported(main))
