"""`neuraldbg bench`: how fast steps are predicted, against named peers, all measured in one run.

Ratios are what counts: the machine, and what else it does, are the same for both sides. The peers are transformers'
`generate` (same weights, same contexts, greedy, no grammar, stopped at the end of the frame) and, where an interpreter
with it is named, llama.cpp on a copy of the weights (benchmarks/llama.py). The weight-read limit is how often a second
one thread could read the model's weights, a byte each, and do nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from neuraldbg.errors import ModelError, UsageError
from neuraldbg.model.engine import LocalEngine, Network, Span
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.loading import Loaded, Runtime, load_network
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.program import Program
from neuraldbg.recorder import record
from neuraldbg.steps import Step

COUNT: Final = """\
def f(text):
    seen = {}
    for ch in text:
        seen[ch] = seen.get(ch, 0) + 1
    return seen
"""
FILTER: Final = """\
def f(xs, k):
    out = []
    for x in xs:
        if x > k:
            out.append(x * 2)
    return out
"""
FIBONACCI: Final = """\
def f(n):
    a, b = 0, 1
    while b < n:
        a, b = b, a + b
    return a
"""
PROGRAMS: Final = ((COUNT, "f('hello')"), (FILTER, "f([3, 1, 7], 2)"), (FIBONACCI, "f(20)"))
LONG: Final = """\
def f(n):
    total = 0
    for i in range(n):
        total = i + 2
    return total
"""
PROMPT, DECODED = 400, 200  # tokens
NEAR, FAR, WINDOW = 20, 1000, 60  # steps
_MEASURED: Final = """
import sys
from neuraldbg.cli import main
try:
    main()
finally:
    status = open("/proc/self/status").read()  # what getrusage says includes the process it was forked from
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        name: what was measured.
        value: as measured.
        unit: of it.
        note: what it is set against.
    """

    name: str
    value: float
    unit: str
    note: str = ""


def run(model: str | None = None, llama: str | None = None, quick: bool = False) -> list[Row]:
    """Measures.

    Args:
        model: as `load_network` takes it; on a CPU.
        llama: an interpreter that has llama-cpp-python and gguf; None leaves that peer out.
        quick: one program and fewer repetitions.

    Raises:
        ModelError: if there is no such model.
        UsageError: if the interpreter does not run benchmarks/llama.py.
    """
    loaded = load_network(model)
    rows, contexts = _steps(loaded, PROGRAMS[:1] if quick else PROGRAMS)
    rows += _peer_steps(model, loaded, contexts, rows[0].value)
    rows += _decoding(model, loaded, llama, 40 if quick else DECODED)
    rows += _batches(loaded, model, 2 if quick else 6)
    if not quick:
        rows.append(_constant_cost(loaded))
    return rows + _cold_start(model)


def _predict(source: PredictedSource, limit: int) -> tuple[list[Step], list[list[int]], int]:
    """Steps, the context of each, and how many tokens the model chose."""
    history: list[Step] = []
    contexts: list[list[int]] = []
    chosen = 0
    while len(history) < limit:
        context = source.context(history)
        step = source.next_step(history)
        if step is None:
            break
        if history:
            assert source.last is not None
            contexts.append(context)
            chosen += source.last.chosen
        history.append(step)
    return history, contexts, chosen


def _steps(loaded: Loaded, programs: Sequence[tuple[str, str]]) -> tuple[list[Row], list[list[int]]]:
    """Steps a second with the grammar, predicted one after the other."""
    vocabulary = Vocabulary(loaded.tokenizer)
    seconds, steps, tokens, chosen = 0.0, 0, 0, 0
    contexts: list[list[int]] = []
    engine = LocalEngine(loaded.network)
    for source_text, call in programs:
        program = Program.from_source(source_text, "<benchmark>", "f", call)
        source = PredictedSource(engine, vocabulary, program, scratchpad=loaded.scratchpad)
        start = time.perf_counter()
        history, asked, decided = _predict(source, 60)
        seconds += time.perf_counter() - start
        contexts += asked
        steps += len(asked)
        chosen += decided
        tokens += len(source.context(history)) - len(source.encoder.head)
    passes = engine.calls
    rows = [
        Row("steps, one at a time", steps / seconds, "steps/s", loaded.runtime),
        Row("tokens forced by the grammar", 100 * (1 - chosen / max(1, tokens)), "%", f"of {tokens}"),
        Row("tokens a pass, of those decided", chosen / max(1, passes), "tokens", "drafts that were right save passes"),
    ]
    return rows, contexts


def _peer_steps(model: str | None, loaded: Loaded, contexts: list[list[int]], ours: float) -> list[Row]:
    """transformers' generate from the same contexts, and ours as a multiple of it."""
    try:
        reference = load_network(model, runtime="transformers")
    except ImportError as error:
        raise ModelError(f"the peer needs torch and transformers: {error}") from error
    import torch

    torch.set_num_threads(1)
    network: Any = reference.network
    t = loaded.tokenizer
    start = time.perf_counter()
    for ids in contexts:
        prompt = torch.tensor([ids])
        network.model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=120,
            eos_token_id=[t.frame_sep, t.end_of_text],
            pad_token_id=t.pad,
        )
    theirs = len(contexts) / (time.perf_counter() - start)
    return [
        Row("steps of transformers.generate", theirs, "steps/s", "no grammar, same contexts"),
        Row("ratio to transformers.generate", ours / theirs, "x", "goal 15"),
    ]


def _decode_rate(network: Network, count: int, slots: int = 1) -> float:
    """Tokens a second where every pass reads one token in each of some slots, behind a prompt; the best of three."""
    ids = np.random.default_rng(0).integers(0, 2048, PROMPT + count).tolist()
    best = 0.0
    for slot in range(slots):
        network.forward([Span(slot, 0, ids[:PROMPT])])
    for _ in range(3):
        start = time.perf_counter()
        for at in range(PROMPT, PROMPT + count):
            network.forward([Span(slot, at, ids[at : at + 1]) for slot in range(slots)])
        best = max(best, slots * count / (time.perf_counter() - start))
    return best


def _decoding(model: str | None, loaded: Loaded, llama: str | None, count: int) -> list[Row]:
    ours = _decode_rate(loaded.network, count)
    rows = [Row("tokens, one at a time", ours, "tokens/s", f"{loaded.runtime}, behind {PROMPT}")]
    others: tuple[Runtime, ...] = ("numpy",) if loaded.runtime == "kernel" else ()
    for runtime in others:
        rate = _decode_rate(load_network(model, runtime=runtime).network, count)
        rows.append(Row(f"ratio to {runtime}", ours / rate, "x", f"{rate:.0f} tokens/s"))
    if loaded.runtime == "kernel":
        from neuraldbg.model.runtime.kernel_network import KernelNetwork, read_rate

        assert isinstance(loaded.network, KernelNetwork)
        weights = loaded.network.n_weights
        limit = read_rate(weights) / weights
        share = 100 * ours / limit
        rows.append(Row("share of the int8 weight-read limit", share, "%", f"of {limit:.0f} tokens/s, goal 30"))
    if llama is not None:
        rate = _llama(llama, count)
        rows.append(Row("ratio to llama.cpp q8_0", ours / rate, "x", f"{rate:.0f} tokens/s, goal 1"))
    return rows


def _llama(interpreter: str, count: int) -> float:
    script = Path(__file__).resolve().parent.parent / "benchmarks" / "llama.py"
    if not script.is_file():
        raise UsageError("llama.cpp is measured from a checkout only: benchmarks/llama.py is not here")
    command = [interpreter, str(script), "--prompt", str(PROMPT), "--count", str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout)["tokens_per_second"])
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise UsageError(f"{interpreter} cannot measure llama.cpp: {said.strip().splitlines()[-1]}") from error


def _batches(loaded: Loaded, model: str | None, repeats: int) -> list[Row]:
    """Several conversations in one pass, against one after the other."""
    cores = len(os.sched_getaffinity(0))
    rows: list[Row] = []
    for threads in sorted({1, cores}):
        network = load_network(model, slots=16, runtime=loaded.runtime, threads=threads).network
        alone = _decode_rate(network, 10 * repeats)
        together = _decode_rate(network, 10 * repeats, slots=16)
        name = "tokens, batch of 16" + (f", {threads} threads" if threads > 1 else "")
        rows.append(Row(name, together, "tokens/s", f"{together / alone:.1f} x batch of 1"))
    return rows


def _constant_cost(loaded: Loaded) -> Row:
    """A late step of a loop against an early one, given what really happened before it."""
    program = Program.from_source(LONG, "<benchmark>", "f", f"f({FAR})")
    truth = record(program).steps[: FAR + WINDOW]
    engine = LocalEngine(loaded.network)
    source = PredictedSource(engine, Vocabulary(loaded.tokenizer), program, scratchpad=loaded.scratchpad)
    history: list[Step] = []
    spent: list[float] = []
    for true in truth:
        start = time.perf_counter()
        step = source.next_step(history)
        spent.append(time.perf_counter() - start)
        history.append(step if step == true and step is not None else true)
    near, far = (sum(spent[at : at + WINDOW]) for at in (NEAR, FAR))
    return Row(f"step {FAR} against step {NEAR}", far / near, "x", f"means of {WINDOW} steps, goal 1.1")


def _cold_start(model: str | None) -> list[Row]:
    """A new process to its first step, and the memory of one that predicts a program."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(FIBONACCI, encoding="utf-8")
        command = [sys.executable, "-c", _MEASURED, "predict", f"{script}::f", "--call", "f(20)"]
        command += ["--model", model] if model else []
        children = [_child([*command, "--steps", "2"]) for _ in range(3)]
    return [
        Row("cold `neuraldbg predict` to its first step", min(s for s, _ in children), "s", "imports included, goal 1"),
        Row("memory of that process", max(m for _, m in children), "MiB", "goal 600"),
    ]


def _child(command: list[str]) -> tuple[float, float]:
    """Seconds from its start to its end, and MiB at its peak."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    return seconds, float(done.stderr.split()[-1])


def table(rows: Sequence[Row]) -> str:
    """For people."""
    width = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        digits = 2 if row.value < 10 else 1 if row.value < 100 else 0
        lines.append(f"{row.name:<{width}} {row.value:>10.{digits}f} {row.unit:<9} {row.note}".rstrip())
    return "\n".join(lines)
