"""`python benchmarks/decode.py`: predicted steps a second against transformers' own `generate`, in one run.

The peer is `generate` with a cache, the same weights and the same prompts, greedy, without a grammar, stopped at the
frame's end. Both predict every step of a few programs, one thread, each from the same context; ours works out the
operations of the line first, which the peer does not. The figure that matters is the ratio of steps a second; tokens
show where it comes from: those that are forced cost no decoding step.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import torch  # noqa: E402

from neuraldbg.model.checkpoint import load_model, resolve  # noqa: E402
from neuraldbg.model.engine import LocalEngine  # noqa: E402
from neuraldbg.model.grammar import Vocabulary  # noqa: E402
from neuraldbg.model.predictor import PredictedSource  # noqa: E402
from neuraldbg.model.transformers_network import TransformersNetwork  # noqa: E402
from neuraldbg.program import Program  # noqa: E402
from neuraldbg.recorder import record  # noqa: E402

COUNT = """\
def f(text):
    seen = {}
    for ch in text:
        seen[ch] = seen.get(ch, 0) + 1
    return seen
"""
FILTER = """\
def f(xs, k):
    out = []
    for x in xs:
        if x > k:
            out.append(x * 2)
    return out
"""
FIBONACCI = """\
def f(n):
    a, b = 0, 1
    while b < n:
        a, b = b, a + b
    return a
"""
PROGRAMS = [(COUNT, "f('hello')"), (FILTER, "f([3, 1, 7], 2)"), (FIBONACCI, "f(20)")]


def peer(model: Any, vocabulary: Vocabulary, ids: list[int]) -> int:
    """Generates one frame without a grammar; the number of its tokens."""
    t = vocabulary.tokenizer
    prompt = torch.tensor([ids])
    output = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=False,
        max_new_tokens=120,
        eos_token_id=[t.frame_sep, t.end_of_text],
        pad_token_id=t.pad,
    )
    return int(output.shape[1]) - len(ids)


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    model, tokenizer = load_model(resolve(None), dtype=torch.float32)
    vocabulary = Vocabulary(tokenizer)
    steps = tokens = chosen = peer_tokens = 0
    ours = theirs = 0.0
    for source_text, call in PROGRAMS:
        program = Program.from_source(source_text, "<benchmark>", "f", call)
        truth = record(program).steps
        engine = LocalEngine(TransformersNetwork(model))
        source = PredictedSource(engine, vocabulary, program, scratchpad=True)
        history = truth[:1]
        for true in truth[1:]:
            context = source.context(history)
            start = time.perf_counter()
            step = source.next_step(history)
            middle = time.perf_counter()
            peer_tokens += peer(model, vocabulary, context)
            theirs += time.perf_counter() - middle
            ours += middle - start
            assert step is not None
            assert source.last is not None
            operations = step.operations if step == true else ()
            history.append(replace(true, operations=operations))
            steps, chosen = steps + 1, chosen + source.last.chosen
            tokens += len(source.last.ids) + len(source.encoder.operations(step.operations))
    print(f"{'':24}{'steps/s':>10}{'tokens/s':>10}")
    print(f"{'neuraldbg':24}{steps / ours:10.1f}{tokens / ours:10.0f}")
    print(f"{'transformers.generate':24}{steps / theirs:10.1f}{peer_tokens / theirs:10.0f}")
    print(f"ratio of steps/s: {theirs / ours:.1f}")
    print(f"{steps} steps, {tokens} tokens: {chosen} chosen by the model, {tokens - chosen} forced")


if __name__ == "__main__":
    main()
