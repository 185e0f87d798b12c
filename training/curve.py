"""How the scores of training/LEADERBOARD.md grew with tokens: power laws fitted to their errors.

``python -m neuraldbg.training.curve [training/LEADERBOARD.md] [--tokens 1e9]`` fits ``error = a * tokens ** -b`` to the
best checkpoint at each number of tokens, by least squares of the logarithms, and prints what that says of more tokens.
The checkpoints differ in more than their tokens (operations, the walk): it describes the project's way and is no law.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Sequence
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Final

import numpy as np

from neuraldbg.errors import InputError
from neuraldbg.training.command import reported

SCORES: Final = ("line", "state", "step", "output")
_UNITS: Final = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9}


def read_table(text: str) -> list[dict[str, str]]:
    """The rows of the first Markdown table of a text, by the names of its columns.

    Raises:
        InputError: if there is none, or a row has another number of cells.
    """
    behind = dropwhile(lambda line: not line.startswith("|"), text.splitlines())
    lines = list(takewhile(lambda line: line.startswith("|"), behind))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if len(cells) < 3:
        raise InputError("no table with a row in it")
    if any(len(row) != len(cells[0]) for row in cells):
        raise InputError("rows of the table differ in length")
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def number(text: str) -> float:
    """``70.9M`` as a number.

    Raises:
        InputError: if it is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?)([KMB]?)", text)
    if match is None:
        raise InputError(f"{text!r} is no number of tokens such as 70.9M")
    return float(match[1]) * _UNITS[match[2]]


def fit(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The a and b of ``error = a * tokens ** -b`` nearest to the points (tokens, error), errors above zero.

    Raises:
        InputError: if there are fewer than two numbers of tokens.
    """
    if len({tokens for tokens, _ in points}) < 2:
        raise InputError("a curve needs checkpoints of at least two numbers of tokens")
    slope, offset = np.polyfit([math.log(t) for t, _ in points], [math.log(e) for _, e in points], 1)
    return math.exp(offset), -float(slope)


def best_points(rows: Sequence[dict[str, str]], score: str) -> list[tuple[float, float]]:
    """Tokens and error (percent) of the best row at each number of tokens, fewest tokens first.

    Raises:
        InputError: if a cell is no number, or a score leaves no error to fit.
    """
    errors: dict[float, float] = {}
    for row in rows:
        try:
            tokens, error = number(row["tokens"]), 100 - float(row[score])
        except ValueError as wrong:
            raise InputError(f"{row[score]!r} in column {score!r} is no score in percent") from wrong
        if not 0 < error < 100:
            raise InputError(f"{row[score]!r} in column {score!r} is no score between 0 and 100 percent")
        errors[tokens] = min(error, errors.get(tokens, 100.0))
    return sorted(errors.items())


def read_curves(path: Path) -> dict[str, list[tuple[float, float]]]:
    """The points of each score of a file's first table.

    Raises:
        InputError: if the file cannot be read, or its table lacks a column or holds something else than numbers.
    """
    try:
        rows = read_table(path.read_text(encoding="utf-8"))
        return {score: best_points(rows, score) for score in SCORES}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    except KeyError as error:
        raise InputError(f"{path}: the table has no column {error.args[0]!r}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def main(argv: list[str] | None = None) -> None:
    """Command line.

    Raises:
        InputError: if the table cannot be used.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", default="training/LEADERBOARD.md")
    parser.add_argument("--tokens", type=float, nargs="+", default=[2e8, 1e9, 1e10], help="to extrapolate to")
    options = parser.parse_args(argv)
    for score, points in read_curves(Path(options.table)).items():
        a, b = fit(points)
        seen = "  ".join(f"{t / 1e6:.1f}M {100 - e:.1f} ({100 - a * t**-b:.1f})" for t, e in points)
        ahead = "  ".join(f"{t:.0e} {100 - a * t**-b:.1f}" for t in options.tokens)
        print(f"{score:7} error = {a:.3g} * tokens^-{b:.3f}   measured (fitted): {seen}   ahead: {ahead}")


if __name__ == "__main__":
    sys.exit(reported(main))
