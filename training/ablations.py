"""Trains a small network once for every variant of training/variants.py and compares what each gets right.

    python -m neuraldbg.training.ablations --tokens 700000 --out runs/ablations.csv [--only NAME ...] [--minutes M]
    python -m neuraldbg.training.ablations --out runs/ablations.csv --show

Every variant starts from the same seed and reads the same number of tokens; the variants called base differ by their
seed alone and tell how far apart two runs are that do not differ otherwise. Measured are decisions and steps of
held-out traces (probe.py), all of which fit every vocabulary's rows for the columns that begin with ``near``. Rows are
added to the CSV as runs end, and variants that are in it are not trained again. It is one process on one thread, best
run with ``nice``. The networks are small and see little: it tells what learns faster, not what ends better.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from torch.utils.data import Dataset

from neuraldbg.errors import InputError, UsageError
from neuraldbg.model.grammar import Vocabulary as Tables
from neuraldbg.model.tokenizer import CwmTokenizer, write_ranks
from neuraldbg.training.command import reported
from neuraldbg.training.data.documents import Document
from neuraldbg.training.data.library import library
from neuraldbg.training.data.stream import StreamConfig
from neuraldbg.training.hashes import pin_hashes
from neuraldbg.training.loop import Run, Settings
from neuraldbg.training.probe import Case, documents_of, draw_cases, limit_cases, measure, measure_drills
from neuraldbg.training.tokenizer import default_texts, train_ranks
from neuraldbg.training.variants import TRAINED, VARIANTS, SpelledValues, Variant, Vocabulary, WholeLocals

BASE: Final = StreamConfig(length=512, decisions=224, drill_share=0.4)
BATCH: Final = 4
AVERAGED: Final = 0.3  # share of a run whose weights are averaged
SCORES: Final = (
    "step", "nats", "near", "near_nats", "own_step", "written", "from_start", "from_keyframe", "move", "local", "value",
    "operation", "drill",
)  # fmt: skip
COLUMNS: Final = (
    "variant", "about", "tokens", "parameters", "tokens_a_second", "steps", "near_steps", *SCORES,
)  # fmt: skip
_SHOWN: Final = ("step", "nats", "near", "near_nats", "own_step", "move", "local", "value", "operation", "drill")


class AveragingRun(Run):
    """A run that keeps the mean of its weights over its last part."""

    averaged: dict[str, torch.Tensor] | None = None
    _count = 0

    def save(self) -> None:
        """Writes nothing: without the mean, a run that was stopped begins anew."""

    def train_step(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        result = super().train_step(batch)
        if self.progress() >= 1 - AVERAGED:
            weights = {name: value.detach() for name, value in self.model.state_dict().items()}
            self._count += 1
            if self.averaged is None:
                self.averaged = {name: value.clone() for name, value in weights.items()}
            for name, mean in self.averaged.items():
                mean += (weights[name] - mean) / self._count
        return result


class Laboratory:
    """What all variants share: the folder, the tokenizers and the held-out cases.

    Args:
        folder: of the runs.
        tokens, minutes: of one run, whichever ends first (0: no such limit).
        cases: held-out traces to measure.
    """

    def __init__(self, folder: Path, tokens: float, minutes: float, cases: int) -> None:
        self.folder = folder
        self.tokens = tokens
        self.minutes = minutes
        self._count = cases
        self._cases: list[Case] | None = None
        self._made: dict[object, list[Document | None]] = {}

    def tokenizer(self, vocabulary: Vocabulary | None) -> str:
        """Path of a tokenizer, which is trained on first use."""
        if vocabulary is None:
            return TRAINED
        path = self.folder / "tokenizers" / f"{vocabulary.name}.model"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            ranks = train_ranks(_texts(), vocabulary.ranks, protect=vocabulary.protect, numbers=vocabulary.numbers)
            write_ranks(ranks, path.with_suffix(".tmp"))
            os.replace(path.with_suffix(".tmp"), path)
        return str(path)

    def tables(self, vocabulary: Vocabulary | None) -> Tables:
        """Of a tokenizer."""
        return Tables(CwmTokenizer.load(self.tokenizer(vocabulary)))

    @property
    def cases(self) -> list[Case]:
        """The held-out cases, of which every way to write them shows the same frames."""
        if self._cases is None:
            bytes_alone, base, part = (self.tables(Vocabulary(ranks=ranks)) for ranks in (256, 2048, 1024))
            makes = [
                documents_of(bytes_alone, BASE.length),
                documents_of(base, BASE.length, WholeLocals),
                documents_of(base, BASE.length, SpelledValues),
                documents_of(part, BASE.length),
            ]
            ends = [tables.tokenizer.frame_sep for tables in (bytes_alone, base, base, part)]
            self._cases = limit_cases(draw_cases(self._count, 0, library()), ends, makes)
        return self._cases

    def train(self, variant: Variant) -> Run:
        """The finished run of a variant; one that was stopped goes on from its checkpoint.

        Raises:
            UsageError: if the variant needs a number of tokens and there is none.
        """
        tokenizer = self.tokenizer(variant.vocabulary)
        steps = int(self.tokens * variant.budget // (BATCH * BASE.length)) if self.tokens else 0
        values = {"lr": 6e-3, "lr_matrix": 1.2e-2, "warmup": 0.05, "overrides": self._shape(variant)}
        config = Settings(
            data=variant.data_of(BASE), out=str(self.folder / variant.name), tokenizer=tokenizer, batch=BATCH,
            steps=steps or 1_000_000, minutes=self.minutes * variant.budget, precision="fp32", threads=1, workers=0,
            seed=variant.seed, log_every=25, validate_every=1_000_000, tensorboard=False,
            **{**values, **variant.settings},
        )  # fmt: skip

        if variant.later is not None and not steps:
            raise UsageError(f"{variant.name} changes its rows at a share of its tokens: give --tokens")

        def rows(held_out: bool) -> Dataset[Any]:
            return variant.rows(tokenizer, BASE, steps * BATCH)

        frame_sep = CwmTokenizer.load(tokenizer).frame_sep
        run = (AveragingRun if variant.average else Run)(config, rows, variant.loss_of(frame_sep))
        run.train()
        return run

    def _shape(self, variant: Variant) -> dict[str, Any]:
        return {**variant.shape, "max_position_embeddings": BASE.length} if variant.shape else {}

    def measure(self, variant: Variant, run: Run) -> dict[str, float]:
        """Scores of the network of a run, as it is now."""
        tables = self.tables(variant.vocabulary)
        mask = variant.attends(tables.tokenizer.frame_sep)
        scratchpad = bool(variant.data.get("scratchpad", True))
        documents = self._documents(variant, tables, scratchpad)
        tally, own = measure(run.model, tables, self.cases, documents, BASE.length, mask)
        tally.drills = measure_drills(run.model, tables, 16, BASE.length, 0) if scratchpad else []
        return {**tally.scores(self.cases), "own_step": own.scores(self.cases)["step"]}

    def _documents(self, variant: Variant, tables: Tables, scratchpad: bool) -> list[Document | None]:
        """Of the cases; variants that write them in the same way share them."""
        key = (variant.vocabulary, variant.documents, scratchpad)
        if key not in self._made:
            make = documents_of(tables, BASE.length, variant.documents, scratchpad)
            self._made[key] = [make(case) for case in self.cases]
        return self._made[key]

    def row(self, variant: Variant) -> list[dict[str, Any]]:
        """Trains and measures: one row of the table, two where weights are averaged."""
        run = self.train(variant)
        rate = run.step * BATCH * BASE.length / max(run.seconds, 1e-9)
        about = {
            "tokens": run.step * BATCH * BASE.length, "tokens_a_second": rate,
            "parameters": sum(p.numel() for p in run.model.parameters()),
        }  # fmt: skip
        out = [{"variant": variant.name, "about": variant.about, **about, **self.measure(variant, run)}]
        if isinstance(run, AveragingRun) and run.averaged is not None:
            run.model.load_state_dict(run.averaged)
            named = {"variant": f"{variant.name}-averaged", "about": f"{variant.about}, mean of the last weights"}
            out.append({**named, **about, **self.measure(variant, run)})
        return out


@lru_cache(maxsize=1)
def _texts() -> list[str]:
    return list(default_texts())


def read_results(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file of this module; none where there is no file.

    Raises:
        InputError: if it is another file.
    """
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{path} is no table of ablations: name another file with --out")
        return list(reader)


def write_results(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the table, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".tmp"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{row[k]:.4f}" if isinstance(row[k], float) else row[k] for k in COLUMNS})
    os.replace(path.with_suffix(".tmp"), path)


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """The results as text, with the mean and the spread of the bases, which differ by their seed alone."""
    lines = [f"{'variant':24}" + "".join(f"{name:>10}" for name in _SHOWN) + "  tokens/s"]
    for row in rows:
        values = "".join(f"{float(row[name]):10.2f}" for name in _SHOWN)
        lines.append(f"{row['variant']:24}{values}{float(row['tokens_a_second']):10.0f}  {row['about']}")
    bases = [row for row in rows if row["variant"].partition("-")[0] == "base"]
    if len(bases) > 1:
        columns = {name: [float(row[name]) for row in bases] for name in _SHOWN}
        means = "".join(f"{sum(values) / len(values):10.2f}" for values in columns.values())
        spreads = "".join(f"{max(values) - min(values):10.2f}" for values in columns.values())
        lines += [f"{'mean of the bases':24}{means}", f"{'their range':24}{spreads}"]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """The command.

    Raises:
        UsageError: if a variant does not exist, or neither tokens nor minutes limit a run.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=", ".join(v.name for v in VARIANTS))
    parser.add_argument("--tokens", type=float, default=0.0, help="of one run")
    parser.add_argument("--minutes", type=float, default=0.0, help="of one run")
    parser.add_argument("--cases", type=int, default=400, help="held-out traces to measure")
    parser.add_argument("--show", action="store_true", help="print the table of what is done and train nothing")
    options = parser.parse_args(argv)
    known = {variant.name: variant for variant in VARIANTS}
    unknown = [name for name in options.only if name not in known]
    if unknown:
        raise UsageError(f"no variant {unknown[0]}; there are {', '.join(known)}")
    rows: list[Mapping[str, Any]] = [*read_results(options.out)]
    if not options.show:
        if not (options.tokens or options.minutes):
            raise UsageError("give --tokens or --minutes: how long one variant is trained")
        torch.set_num_threads(1)
        laboratory = Laboratory(options.out.with_suffix(""), options.tokens, options.minutes, options.cases)
        for variant in [known[name] for name in options.only] or VARIANTS:
            if any(row["variant"] == variant.name for row in rows):
                continue
            started = time.monotonic()
            rows += laboratory.row(variant)
            write_results(options.out, rows)
            print(f"{variant.name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(table(read_results(options.out)))


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
