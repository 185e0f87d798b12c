"""`python benchmarks/agreement.py ROWS.jsonl [...]`: is what the fast networks predict what a reference predicts?

The reference is transformers' own forward pass in float32, without drafts. Each row's program is predicted step by step
by the default network; the reference predicts every step from the same history. Prints how many steps differ in event,
line, locals or value, and the largest difference of a confidence. Rows are those of `neuraldbg eval`; nothing is run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import torch  # noqa: E402

from neuraldbg.errors import NeuraldbgError  # noqa: E402
from neuraldbg.model.engine import LocalEngine  # noqa: E402
from neuraldbg.model.grammar import Vocabulary  # noqa: E402
from neuraldbg.model.loading import Runtime, load_network  # noqa: E402
from neuraldbg.model.predictor import PredictedSource  # noqa: E402
from neuraldbg.program import Program  # noqa: E402
from neuraldbg.steps import Step  # noqa: E402
from neuraldbg.training.evaluate import read_rows  # noqa: E402


def sources(program: Program, runtimes: tuple[Runtime | None, ...]) -> list[PredictedSource]:
    """One source a runtime; networks are loaded once."""
    out = []
    for runtime in runtimes:
        if runtime not in _loaded:
            found = load_network(runtime=runtime)
            _loaded[runtime] = (LocalEngine(found.network), Vocabulary(found.tokenizer), found.scratchpad)
        engine, vocabulary, scratchpad = _loaded[runtime]
        out.append(PredictedSource(engine, vocabulary, program, scratchpad=scratchpad))
    return out


_loaded: dict[Runtime | None, tuple[LocalEngine, Vocabulary, bool]] = {}


def main() -> None:
    """Compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=300, help="traces")
    parser.add_argument("--steps", type=int, default=40, help="of each trace")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = [row for path in options.rows for row in read_rows(path)][: options.limit]
    steps = different = traces = cut = 0
    for row in rows:
        try:
            program = Program.from_source(row["code"], row["id"], row["entry"], f"{row['entry']}({row['input']})")
            fast, slow = sources(program, (None, "transformers"))
            history: list[Step] = []
            while len(history) < options.steps and (step := fast.next_step(history)) is not None:
                expected = slow.next_step(history)
                steps += 1
                different += step != expected
                history.append(step)
        except NeuraldbgError:  # a program or a trace that outgrows the context: its steps so far count
            cut += 1
        traces += 1
        if sys.stderr.isatty():
            print(f"\r{traces}/{len(rows)} traces", end="", file=sys.stderr)
    share = 100 * different / max(1, steps)
    print(f"{different} of {steps} steps in {traces} traces ({cut} cut short) differ: {share:.2f} % (at most 0.5)")


if __name__ == "__main__":
    main()
