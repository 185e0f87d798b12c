"""`python benchmarks/memory.py`: the estimate of `neuraldbg doctor` against measured memory, on this machine's CPU.

Models with random weights are saved to a temporary folder and loaded in a child process, which reads a prompt as long
as the context. Measured are the bytes of the tensors that are loaded, and the most memory that the process takes while
it loads and while it runs, over what it took before; a row is one size in one form. The doctor estimates the memory for
running: on a CPU, loading a quantized model passes through more for a moment.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

FORMS = {"float32": ("float32", None), "bfloat16": (None, None), "int8": (None, "int8"), "nf4": (None, "nf4")}
SIZES: dict[str, dict[str, int]] = {
    "cwm-mini": {},
    "cwm-small": {},
    "350m": {"hidden_size": 1280, "intermediate_size": 3584, "num_hidden_layers": 16, "num_attention_heads": 20},
}
MIB = 1 << 20


def _own_memory() -> int:
    """Resident bytes that are this process's own: pages of files, which the kernel may drop, are not."""
    text = Path("/proc/self/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0]) * 1024


class Peak:
    """The highest `_own_memory` while it is open, looked at every few milliseconds."""

    def __enter__(self) -> Peak:
        self.before = self.highest = _own_memory()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.003):
            self.highest = max(self.highest, _own_memory())

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.highest = max(self.highest, _own_memory())


def _mapped_bytes(tensors: Mapping[int, int]) -> int:
    """Bytes of the tensors (address -> bytes) that lie in mapped files instead of in own memory."""
    ranges = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(".safetensors"):
            low, high = line.split()[0].split("-")
            ranges.append((int(low, 16), int(high, 16)))
    return sum(size for at, size in tensors.items() if any(low <= at < high for low, high in ranges))


def _tensors(model: Any) -> dict[int, int]:
    """Address -> bytes of the weights in memory, scales and tables of quantized ones included, tied ones once."""
    import torch

    found: dict[int, int] = {}

    def add(value: Any) -> None:
        if isinstance(value, torch.Tensor):
            found[value.data_ptr()] = value.nbytes
        elif type(value).__name__ == "QuantState":
            for part in vars(value).values():
                add(part)

    for module in model.modules():
        for holder in [*module._parameters.values(), *vars(module).get("_buffers", {}).values()]:
            if holder is not None:
                add(holder)
                for part in vars(holder).values():
                    add(part)
        add(getattr(getattr(module, "state", None), "CB", None))
        add(getattr(getattr(module, "state", None), "SCB", None))
    return found


def measure(folder: Path, dtype: str | None, quantize: str | None, context: int) -> dict[str, int]:
    """Loads and runs a model in this process; tensor bytes and the growth of resident memory."""
    import torch

    from neuraldbg.model.checkpoint import load_model
    from neuraldbg.model.engine import Span
    from neuraldbg.model.pool_network import PoolNetwork

    torch.set_num_threads(1)
    gc.collect()
    ids = [k % 300 for k in range(context)]
    start = _own_memory()
    with Peak() as loading:
        model, _ = load_model(folder, "cpu", dtype, quantize)
    gc.collect()
    with Peak() as running:
        network = PoolNetwork(model, context=context)
        network.forward([Span(0, 0, ids[: context - 8], 32)])
        for at in range(context - 8, context):
            network.forward([Span(0, at, ids[at : at + 1])])
    weights = _tensors(model)
    mapped = _mapped_bytes(weights)
    return {
        "weights": sum(weights.values()),
        "kv": network.pool.n_bytes,
        "loading": loading.highest - start + mapped,
        "running": running.highest - start + mapped,
    }


def in_child(folder: Path, dtype: str | None, quantize: str | None, context: int) -> dict[str, int]:
    """`measure` in a process that has the libraries and a small model behind it."""
    command = [sys.executable, __file__, "--child", str(folder), str(dtype), str(quantize), str(context)]
    # What is freed goes back at once: the C library would keep holes between what is still in use.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def _child(arguments: Sequence[str]) -> None:
    folder, dtype, quantize, context = arguments

    def name(text: str) -> str | None:
        return None if text == "None" else text

    from neuraldbg.model.checkpoint import resolve

    embedded = resolve(None)
    assert isinstance(embedded, Path)
    measure(embedded, name(dtype), name(quantize), 512)  # the libraries set themselves up
    print(json.dumps(measure(Path(folder), name(dtype), name(quantize), int(context))))


def save_random(name: str, folder: Path) -> Path:
    """A checkpoint of a size with random weights and the embedded model's tokenizer."""
    import torch
    from transformers import CwmForCausalLM

    from neuraldbg.model.checkpoint import load_tokenizer, read_config, resolve, save_checkpoint
    from neuraldbg.model.config import SIZES as PRESETS
    from neuraldbg.model.config import preset

    embedded = resolve(None)
    assert isinstance(embedded, Path)
    tokenizer = load_tokenizer(embedded, read_config(embedded))
    base = name if name in PRESETS else "cwm-small"
    config = preset(base, tokenizer.vocab_size, **SIZES.get(name, {}))
    with torch.device("meta"):
        model = CwmForCausalLM(config).bfloat16()
    model = model.to_empty(device="cpu")
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    model.tie_weights()
    return save_checkpoint(model, tokenizer, folder)


def estimated(folder: Path, dtype: str | None, quantize: str | None, context: int) -> Any:
    """The doctor's figures for the same."""
    from neuraldbg.model.memory import estimate, shape_of

    config = json.loads((folder / "config.json").read_text())
    return estimate(shape_of(config), context, quantize, 4 if dtype == "float32" else 2, gpu=False, pool=True)


def main() -> None:
    """Prints the table."""
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=[*SIZES], metavar="NAME", help=", ".join(SIZES))
    parser.add_argument("--forms", nargs="+", default=[*FORMS], choices=[*FORMS])
    parser.add_argument("--context", type=int, default=2048)
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print(f"{'MiB':22}{'weights':>18}{'keys, values':>18}{'all, running':>18}{'':8}{'loading':>10}")
    print(f"{'':22}" + 3 * f"{'estimate':>10}{'real':>8}" + f"{'ratio':>8}{'real':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes:
            folder = save_random(size, Path(scratch) / size)
            for form in options.forms:
                dtype, quantize = FORMS[form]
                real = in_child(folder, dtype, quantize, options.context)
                need = estimated(folder, dtype, quantize, options.context)
                pairs = ((sum(need.weights), "weights"), (sum(need.kv), "kv"), (need.total, "running"))
                columns = "".join(f"{value / MIB:10.1f}{real[name] / MIB:8.1f}" for value, name in pairs)
                ratio = need.total / real["running"]
                print(f"{size:12}{form:10}{columns}{ratio:8.2f}{real['loading'] / MIB:10.1f}", flush=True)


if __name__ == "__main__":
    main()
