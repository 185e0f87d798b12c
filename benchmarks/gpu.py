"""`python benchmarks/gpu.py`: a model of the 32B's shape with random weights, quantized, timed, measured; then tests.

    python benchmarks/gpu.py                                            # all 64 layers, NF4: 24 GB of GPU memory
    python benchmarks/gpu.py --quantize none                            # bfloat16: 80 GB
    python benchmarks/gpu.py --layers 16                                # some of the layers, on a smaller GPU
    python benchmarks/gpu.py --preset cwm-micro --device cpu --context 512

The model is built on the device, a layer at a time, each quantized before the next, so that neither the host nor the
device ever holds it whole. Printed are milliseconds a token and a step (40 forced tokens in one pass, then 12 decoded
ones), the share of the weight-read limit (bytes of weights that a token reads, over the bandwidth of a copy on the same
device), the memory against `neuraldbg doctor`'s estimate, and the result of the networks' tests on the device. Without
bitsandbytes it measures bfloat16, and says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from neuraldbg.model.engine import Network

FORCED, DECODED = 40, 12  # tokens of a typical frame: read in one pass, chosen one by one
TESTS = ("tests/model/test_pool_network.py", "tests/model/test_predictor.py")


def build(config: Any, device: str, quantize: str | None) -> PreTrainedModel:
    """A model with random weights on ``device``, in bfloat16 or with bitsandbytes' linear layers."""
    import torch
    from transformers import CwmForCausalLM

    with torch.device("meta"):
        model: Any = CwmForCausalLM(config).bfloat16()
    body = model.model
    for part in (body.embed_tokens, *body.layers, body.norm):
        if quantize is not None:
            _quantize(part, device, quantize)
        _fill(part, device)
    if config.tie_word_embeddings:
        model.lm_head.weight = body.embed_tokens.weight
    _fill(model.lm_head, device)
    body.rotary_emb = type(body.rotary_emb)(config=config).to(device)
    built: PreTrainedModel = model.eval()
    return built


def _quantize(part: torch.nn.Module, device: str, quantize: str) -> None:
    """Replaces the linear layers by quantized ones with random weights."""
    from neuraldbg.model.checkpoint import quiet_bitsandbytes

    quiet_bitsandbytes()
    import bitsandbytes as bnb
    import torch

    for parent in list(part.modules()):
        for name, linear in list(parent.named_children()):
            if not isinstance(linear, torch.nn.Linear):
                continue
            weight = torch.empty(linear.weight.shape, dtype=torch.bfloat16, device=device).normal_(std=0.02)
            made: Any
            if quantize == "nf4":
                made = bnb.nn.Linear4bit(
                    *(linear.in_features, linear.out_features, False, torch.bfloat16),
                    quant_type="nf4",
                    compress_statistics=True,
                    device="meta",
                )
                made.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4", compress_statistics=True)
            else:
                made = bnb.nn.Linear8bitLt(
                    linear.in_features, linear.out_features, False, has_fp16_weights=False, threshold=6.0, device="meta"
                )
                made.weight = bnb.nn.Int8Params(weight.cpu(), requires_grad=False, has_fp16_weights=False)
            setattr(parent, name, made.to(device))


def _fill(part: torch.nn.Module, device: str) -> None:
    """Gives random values to what is still without memory, and ones to the norms."""
    import torch

    for module in part.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None and parameter.is_meta:
                fresh = torch.empty(parameter.shape, dtype=parameter.dtype, device=device)
                values = fresh.normal_(std=0.02) if fresh.ndim == 2 else fresh.fill_(1)
                module._parameters[name] = torch.nn.Parameter(values, requires_grad=False)


def copy_bandwidth(device: str) -> float:
    """Bytes read and written a second by a copy on the device, the best of five."""
    import torch

    n_bytes = 1 << (30 if device != "cpu" else 27)
    source = torch.ones(n_bytes // 4, device=device)
    target = torch.empty_like(source)

    def copy() -> None:
        target.copy_(source)
        if device != "cpu":
            torch.cuda.synchronize(device)

    copy()
    return 2 * n_bytes / min(seconds(copy) for _ in range(5))


def seconds(work: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(network: Network, prompt: int, repeat: int) -> dict[str, float]:
    """Milliseconds of a prompt's token, of a decoded token, of a step and of a step back, behind ``prompt`` tokens."""
    from neuraldbg.model.engine import LocalEngine, Span

    ids = [(7 * k) % 1000 % network.vocab_size for k in range(prompt)]
    reading = seconds(lambda: network.forward([Span(0, 0, ids)]))

    def token() -> None:
        network.forward([Span(0, prompt, [5])])

    engine = LocalEngine(network)

    def step(number: int) -> None:
        text = [*ids, *[number % 100] * FORCED]
        engine.logits(text)
        for k in range(DECODED):
            text.append(k)
            engine.logits(text)

    for k in range(3):  # graphs are captured and caches filled
        token()
        step(k)
    tokens = [seconds(token) for _ in range(repeat)]
    steps = [seconds(lambda k=k: step(k + 3)) for k in range(max(2, repeat // 8))]  # type: ignore[misc]
    back = [seconds(lambda: engine.logits(ids)) for _ in range(3)]
    return {
        "prompt token": 1e3 * reading / prompt,
        "token": 1e3 * sorted(tokens)[len(tokens) // 2],
        "step": 1e3 * sorted(steps)[len(steps) // 2],
        "step back": 1e3 * min(back),
    }


def batch(network: Network, repeat: int) -> float:
    """Milliseconds of a pass that decodes a token in every slot."""
    from neuraldbg.model.engine import Span

    for slot in range(network.slots):
        network.forward([Span(slot, 0, [1] * (20 + slot))])

    def decode() -> None:
        network.forward([Span(slot, 20 + slot, [2]) for slot in range(network.slots)])

    decode()
    return 1e3 * min(seconds(decode) for _ in range(repeat))


def peak_bytes(device: str) -> int | None:
    """Most GPU memory that tensors took; None on a CPU (benchmarks/memory.py measures there)."""
    import torch

    return None if device == "cpu" else torch.cuda.max_memory_allocated(device)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Builds and measures; the figures by name."""
    import torch

    from neuraldbg.model.config import preset
    from neuraldbg.model.memory import estimate, shape_of
    from neuraldbg.model.pool_network import PoolNetwork, compile_parts
    from neuraldbg.model.transformers_network import TransformersNetwork

    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    quantize = None if options.quantize == "none" else options.quantize
    if quantize is not None and find_spec("bitsandbytes") is None:
        print(f"bitsandbytes is not installed: {quantize} cannot be measured, bfloat16 is", flush=True)
        quantize = None
    layers = {"num_hidden_layers": options.layers, "layer_types": None} if options.layers else {}
    config = preset(options.preset, **layers)
    shape = shape_of(config.to_dict())
    context = min(options.context, shape.context)
    need = estimate(shape, context, quantize)
    name = torch.cuda.get_device_name(device) if device != "cpu" else "CPU"
    print(f"{options.preset}, {len(shape.windows)} layers, {quantize or 'bfloat16'}, {context} tokens, on {name}")
    print(f"torch {torch.__version__}; estimate {need.total / 2**30:.2f} GiB", flush=True)
    bandwidth = copy_bandwidth(device)
    model = build(config, device, quantize)
    if options.compile:
        compile_parts(model)
    prompt = min(options.prompt, context - FORCED - DECODED - 1)
    network = PoolNetwork(model, context=context)
    pooled = measure(network, prompt, options.repeat)
    peak = peak_bytes(device)
    tokens = need.weights[-1] + sum(need.weights[1:-1]) + (need.weights[0] if shape.tied else 0)
    found: dict[str, Any] = {
        "device": name,
        "quantize": quantize or "none",
        "layers": len(shape.windows),
        "milliseconds": {"pool": pooled},
        "graphs": network.graph_error or f"{network.captured} captured",
        "copy bandwidth": bandwidth,
        "weight-read limit": 1e3 * tokens / bandwidth,
        "estimate": need.total,
        "peak": peak,
    }
    del network
    found["milliseconds"]["transformers"] = measure(TransformersNetwork(model, context=context), prompt, options.repeat)
    shared = PoolNetwork(model, slots=options.slots, context=min(context, 1024))
    found["batch"] = (options.slots, batch(shared, options.repeat))
    return found


def show(found: dict[str, Any]) -> None:
    """Prints the figures."""
    rows = found["milliseconds"]
    print(f"{'milliseconds a':24}" + "".join(f"{name:>14}" for name in rows["pool"]))
    for name, title in (("pool", "neuraldbg's pool"), ("transformers", "transformers' cache")):
        print(f"{title:24}" + "".join(f"{value:14.3f}" for value in rows[name].values()))
    limit, token = found["weight-read limit"], rows["pool"]["token"]
    print(f"copy bandwidth {found['copy bandwidth'] / 1e9:.0f} GB/s, so the weights of a token take {limit:.3f} ms")
    print(f"share of the weight-read limit: {limit / token:.0%}; CUDA graphs: {found['graphs']}")
    slots, together = found["batch"]
    gain = slots * token / together
    print(f"{slots} slots in one pass: {together:.3f} ms, {gain:.1f} times the tokens a second of one")
    if found["peak"] is not None:
        peak, need = found["peak"], found["estimate"]
        print(f"memory: {peak / 2**30:.2f} GiB at most, estimated {need / 2**30:.2f} ({need / peak:.2f} of it)")


def engine_tests(device: str) -> int:
    """Runs the tests of the networks on the device; pytest's exit status."""
    if find_spec("pytest") is None:
        print("pytest is not installed: the engine tests are left out")
        return 0
    command = [sys.executable, "-m", "pytest", "-q", *TESTS]
    environment = {**os.environ, "NEURALDBG_TEST_DEVICE": device}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> None:
    """Runs everything that is asked for; the exit status is that of the tests."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="cwm-32b", help="a size of model/config.py")
    parser.add_argument("--layers", type=int, help="the first so many layers only")
    parser.add_argument("--quantize", choices=["nf4", "int8", "none"], default="nf4")
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: the GPU if there is one")
    parser.add_argument("--context", type=int, default=16_384)
    parser.add_argument("--prompt", type=int, default=2048, help="tokens before those that are timed")
    parser.add_argument("--slots", type=int, default=8, help="of the batched pass")
    parser.add_argument("--repeat", type=int, default=32)
    parser.add_argument("--compile", action="store_true", help="torch.compile for norms and unquantized MLPs")
    parser.add_argument("--no-tests", action="store_true", help="leave the engine tests out")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    found = run(options)
    show(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if not options.no_tests:
        sys.exit(engine_tests("cpu" if found["device"] == "CPU" else options.device or "cuda"))


if __name__ == "__main__":
    main()
