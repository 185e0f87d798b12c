"""How well a model knows each single operation, and a file that gives the hard ones more weight in training.

``python -m neuraldbg.training.drilling MODEL --count 10000 --write runs/emphasis.json`` draws operations as training
does, from a seed of its own, and prints the share that the model gives right, worst first. The factor of a template is
``FLOOR + SLOPE`` times the share of its operations that the model gets wrong, smoothed towards the mean of all.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import torch

from neuraldbg.model.checkpoint import load_model
from neuraldbg.model.frames import FrameEncoder
from neuraldbg.model.prompt import Prompt
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.command import reported
from neuraldbg.training.data.drills import filled, templates
from neuraldbg.training.hashes import pin_hashes

FLOOR: Final = 0.35
SLOPE: Final = 2.5
PRIOR: Final = 6.0  # operations of mean difficulty that are added to what was counted
BATCH: Final = 64


@dataclass(slots=True)
class Tally:
    """Of one template.

    Attributes:
        right: operations whose whole value is the most probable one.
        drawn: of all.
        missed: one that was not right, as it would be written and as it was given.
    """

    right: int = 0
    drawn: int = 0
    missed: str = ""


@dataclass(frozen=True, slots=True)
class _Drawn:
    template: str
    question: list[int]
    value: list[int]
    text: str


def _draw(tokenizer: CwmTokenizer, rng: random.Random) -> Iterator[_Drawn]:
    encoder = FrameEncoder(tokenizer, Prompt("", {}, ""))
    texts, cumulative = templates()
    while True:
        template = rng.choices(texts, cum_weights=cumulative)[0]
        operation = filled(rng, template)
        if operation is not None:
            question = [tokenizer.begin_of_text, *encoder.question(operation.text, True)]
            sign = "!" if operation.raised else ""
            yield _Drawn(template, question, encoder.answer(operation), f"{operation.text} -> {sign}{operation.value}")


def tally(
    model: torch.nn.Module, tokenizer: CwmTokenizer, count: int, seed: str = "drilling"
) -> tuple[dict[str, Tally], float]:
    """Counts, by template, the operations that the model gives right; and the share of all that are.

    An operation is right where each token of its value is the most probable one behind the true ones before it: that is
    where greedy decoding gives the value.
    """
    device = next(model.parameters()).device
    tallies: dict[str, Tally] = {}
    drawn = islice(_draw(tokenizer, random.Random(seed)), count)
    while batch := list(islice(drawn, BATCH)):
        width = max(len(row.question) + len(row.value) for row in batch)
        ids = torch.full((len(batch), width), tokenizer.pad, device=device)
        for i, row in enumerate(batch):
            ids[i, : len(row.question) + len(row.value)] = torch.tensor([*row.question, *row.value], device=device)
        with torch.inference_mode():
            best = model(input_ids=ids).logits.argmax(-1).tolist()
        for i, row in enumerate(batch):
            given = best[i][len(row.question) - 1 :][: len(row.value)]
            one = tallies.setdefault(row.template, Tally())
            one.drawn += 1
            one.right += given == row.value
            if given != row.value:
                one.missed = f"{row.text}   ~ {tokenizer.decode(given)}"
    return tallies, sum(one.right for one in tallies.values()) / max(1, count)


def factors(tallies: dict[str, Tally], mean: float) -> dict[str, float]:
    """By how much the weight of each template is multiplied."""
    every = dict.fromkeys(templates()[0], Tally()) | tallies
    wrong = {t: 1 - (one.right + PRIOR * mean) / (one.drawn + PRIOR) for t, one in every.items()}
    return {t: round(FLOOR + SLOPE * share, 3) for t, share in wrong.items()}


def table(tallies: dict[str, Tally], mean: float, rows: int) -> Iterable[str]:
    """Lines: the templates that cost most, worst first."""
    yield f"{100 * mean:.1f}% of {sum(one.drawn for one in tallies.values())} operations right"
    worst = sorted(tallies.items(), key=lambda item: item[1].right - item[1].drawn)
    for template, one in worst[:rows]:
        yield f"{one.right:4}/{one.drawn:<4} {template:32} {one.missed}"


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m neuraldbg.training.drilling", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of a model")
    parser.add_argument("--count", type=int, default=10_000, help="operations to draw")
    parser.add_argument("--rows", type=int, default=40, help="templates to print")
    parser.add_argument("--write", type=Path, help="file for the factors")
    options = parser.parse_args(argv)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, tokenizer = load_model(options.model, device=device, dtype=torch.float32)
    tallies, mean = tally(model, tokenizer, options.count)
    print("\n".join(table(tallies, mean, options.rows)))
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(json.dumps(factors(tallies, mean), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
