"""From a model's name to a network that runs: on a small checkpoint and a CPU without torch, else by transformers.

loaded = load_network()          # the embedded model
engine = LocalEngine(loaded.network)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import EMBEDDED, check_device, load_model, load_tokenizer, read_config, resolve
from neuraldbg.model.engine import Network
from neuraldbg.model.tokenizer import CwmTokenizer

if TYPE_CHECKING:
    from neuraldbg.model.runtime.weights import Weights

Runtime = Literal["kernel", "numpy", "transformers"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run.

    Attributes:
        name: shown to the user.
        scratchpad: whether it was trained to work out the operations of a line first (model/scratchpad/).
        runtime: what runs it.
    """

    name: str
    network: Network
    tokenizer: CwmTokenizer
    scratchpad: bool
    runtime: Runtime


def load_network(
    model: str | None = None,
    device: str | None = None,
    quantize: str | None = None,
    slots: int = 1,
    runtime: Runtime | None = None,
    threads: int = 1,
    lazy: bool = False,
) -> Loaded:
    """Loads a checkpoint.

    Args:
        model: None for the embedded one, else a folder or a hub id.
        device: None is the CPU for a small model, else the GPU, or all where there are several, else the CPU.
        quantize: load linear layers in 4 ("nf4") or 8 bits ("int8"), by transformers.
        slots: sequences that the network holds at a time.
        runtime: None takes the fastest that can run it.
        threads: that share a pass over several slots, where the runtime can.
        lazy: memory for a slot is taken when it is used; where all of it is taken at once (a GPU) there is one slot.

    Raises:
        ModelError: if there is no such model, it is damaged, the device is absent, or the runtime cannot run it.
    """
    path = resolve(model)
    name = str(model or "cwm-nano")
    if runtime != "transformers" and device in (None, "cpu") and quantize is None and Path(path).is_dir():
        config = read_config(Path(path))
        small = _small_network(Path(path), config, slots, runtime, threads, lazy)
        if small is not None:
            network, used = small
            tokenizer = load_tokenizer(Path(path), config)
            return Loaded(name, network, tokenizer, bool(config.get("scratchpad")), used)
    if runtime not in (None, "transformers"):
        raise ModelError(f"{name} cannot run without transformers: leave {runtime} out")
    from neuraldbg.model.pool_network import network_of

    if device is None and model in (None, EMBEDDED):
        device = "cpu"
    # On a CPU float32 is the faster type unless the processor multiplies bfloat16 in hardware.
    dtype = "float32" if quantize is None and check_device(device) == "cpu" else None
    loaded, tokenizer = load_model(path, device, dtype, quantize)
    scratchpad = bool(getattr(loaded.config, "scratchpad", False))
    slots = 1 if lazy and loaded.device.type == "cuda" else slots
    return Loaded(name, network_of(loaded, slots), tokenizer, scratchpad, "transformers")


def _small_network(
    folder: Path, config: Mapping[str, Any], slots: int, runtime: Runtime | None, threads: int, lazy: bool
) -> tuple[Network, Runtime] | None:
    from neuraldbg.model.runtime.weights import Unsupported, read_weights

    try:
        weights = read_weights(folder, config)
    except Unsupported:
        return None
    return _kernel_or_numpy(weights, slots, runtime, threads, lazy)


def _kernel_or_numpy(
    weights: Weights, slots: int, runtime: Runtime | None, threads: int, lazy: bool
) -> tuple[Network, Runtime]:
    from neuraldbg.model.runtime.kernel_network import KernelNetwork, fits, load_kernel
    from neuraldbg.model.runtime.numpy_network import NumpyNetwork

    usable = load_kernel() is not None and fits(weights.shape)
    if runtime == "kernel" and not usable:
        raise ModelError("the compiled kernel was not built, or this model's widths are no multiples of 16: use numpy")
    if usable and runtime != "numpy":
        return KernelNetwork(weights, slots, threads=threads, lazy=lazy), "kernel"
    return NumpyNetwork(weights, slots), "numpy"
