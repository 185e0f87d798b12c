"""Looks at training data as the model sees it.

    neuraldbg train data --sample 5 [--seed 1] [--length 1024]
    neuraldbg train data --coverage 400 [--seed 1]
    neuraldbg train data --speed 200 [--config training/configs/nano.yaml]
    neuraldbg train data --write FOLDER --rows 100000 [--config training/configs/nano.yaml] [--jobs 2]

Prints documents: the special tokens by name, and in brackets every token the model has to decide; then some single
operations, and for the sample the tokens, the decisions and how many documents begin with a keyframe. With --coverage
it prints instead which constructs and operations so many programs hold, in a thousand programs or operations; with
--speed how many tokens one core makes in a second of processor time, in rows of single operations, of traces, and as
the configuration mixes them; with --write it makes rows and puts them into shards (data/shards.py).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from neuraldbg.model.checkpoint import resolve
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.training.command import reported
from neuraldbg.training.coverage import measure, table
from neuraldbg.training.data.documents import Document, TraceDocuments, Weights, drills
from neuraldbg.training.data.library import library
from neuraldbg.training.data.shards import write_shards
from neuraldbg.training.data.stream import RowDataset, StreamConfig, traced
from neuraldbg.training.hashes import pin_hashes


def shown(document: Document, tokenizer: CwmTokenizer) -> str:
    """The document's text with its decisions in brackets."""
    parts = []
    for token, weight in zip(document.ids, document.weights, strict=True):
        text = tokenizer.decode([token])
        parts.append(f"[{text}]" if weight else text)
    return "".join(parts)


def _config(options: argparse.Namespace) -> StreamConfig:
    from neuraldbg.training.midtrain import read_config

    return read_config(options.config, []).data if options.config else StreamConfig()


def speed(tokenizer: str, config: StreamConfig, rows: int) -> tuple[int, float]:
    """Makes rows in this process.

    Returns:
        Their tokens, padding not counted, and seconds of processor time. What is made once, on first use, is left out.
    """
    dataset = RowDataset(tokenizer, config)
    dataset.row(rows)
    start, tokens = time.process_time(), 0
    for number in range(rows):
        tokens += int(np.greater_equal(dataset.row(number)["document"].astype(int), 0).sum())
    return tokens, time.process_time() - start


def _speed(options: argparse.Namespace) -> None:
    tokenizer = str(options.tokenizer or resolve(None))
    config = replace(_config(options), seed=options.seed)
    kinds = {"operations": 1.0, "traces": 0.0, f"{config.drill_share:.0%} operations": config.drill_share}
    for name, share in kinds.items():
        tokens, seconds = speed(tokenizer, replace(config, drill_share=share), options.speed)
        print(
            f"{name:16} {options.speed} rows, {tokens} tokens, {seconds:.2f} s: {tokens / seconds:.0f} tokens/s a core"
        )


def _write(options: argparse.Namespace) -> None:
    tokenizer, config = str(options.tokenizer or resolve(None)), _config(options)

    def progress(done: int, shards: int) -> None:
        print(f"{done} of {shards} shards", file=sys.stderr, flush=True)

    write_shards(options.write, tokenizer, replace(config, seed=options.seed), options.rows, options.jobs, progress)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="neuraldbg train data", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=5, metavar="N", help="documents to print")
    parser.add_argument("--coverage", type=int, metavar="N", help="programs to count constructs and operations in")
    parser.add_argument("--speed", type=int, metavar="N", help="rows to make and to time")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="put rows into shards there")
    parser.add_argument("--rows", type=int, default=1024, metavar="N", help="rows to write, at least")
    parser.add_argument(
        "--config", metavar="FILE.yaml", help="configuration of midtrain.py that says what rows are made of"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--length", type=int, default=1024, help="most tokens of a document")
    parser.add_argument("--tokenizer", type=Path, help="folder or file; default: the embedded model's")
    options = parser.parse_args(argv)
    if options.write:
        _write(options)
        return
    if options.speed:
        _speed(options)
        return
    if options.coverage:
        print(table(measure(options.coverage, options.seed, library())), end="")
        return
    tokenizer = CwmTokenizer.load(options.tokenizer or Path(resolve(None)))
    vocabulary, rng = Vocabulary(tokenizer), random.Random(options.seed)
    tokens = decisions = keyframes = 0
    for _, run in zip(range(options.sample), traced(rng, False, 200, library()), strict=False):
        traces = TraceDocuments(vocabulary, run.program, run.steps, Weights(), run.worked, whole=run.whole)
        start = rng.choice([0, *traces.starts()])
        document = traces.document(start, options.length)
        print(shown(document, tokenizer), end="\n\n")
        tokens += len(document)
        decisions += sum(1 for weight in document.weights if weight)
        keyframes += start > 0
    print(shown(drills(vocabulary, rng, min(options.length, 256), 1.0), tokenizer), end="\n\n")
    print(
        f"{options.sample} documents, {keyframes} from a keyframe; {tokens} tokens, {decisions} decided by the model, "
        f"{tokens - decisions} given or forced"
    )


if __name__ == "__main__":
    pin_hashes()
    sys.exit(reported(main))
