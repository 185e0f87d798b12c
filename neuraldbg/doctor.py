"""``neuraldbg doctor``: what is installed, which devices there are, which model would be used and whether it fits.

Nothing is loaded into a device, nothing is downloaded and no program is run; torch is imported only to ask it for GPUs.
A finding that would make a command fail is listed under ``problems``, each with what to do about it.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuraldbg import __version__
from neuraldbg.errors import ExitCode, ModelError

PACKAGES = (
    *("torch", "transformers", "tokenizers", "tiktoken", "safetensors", "numpy", "accelerate", "bitsandbytes"),
    *("debugpy", "pygls", "textual", "typer"),
)
UPSTREAM = ("cwm", "cwm-sft", "cwm-pretrain")  # Meta's repositories of the 32B on the hub
_CONTEXT = 16_384  # tokens to plan for where the user names none
_MAX_HEADER = 100 << 20  # bytes; what the safetensors format allows


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that will make a command fail.

    Attributes:
        text: what is wrong and what to do, one line.
        exit_code: what the affected command would leave with.
    """

    text: str
    exit_code: ExitCode


@dataclass(slots=True)
class Findings:
    """What was found.

    Attributes:
        facts: section -> name -> value, in plain JSON types.
        problems: in order of importance.
    """

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """OK, or that of the first problem."""
        return self.problems[0].exit_code if self.problems else ExitCode.OK

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        return {"neuraldbg": __version__, **self.facts, "problems": [p.text for p in self.problems]}


def weights_summary(folder: Path) -> dict[str, Any]:
    """Architecture, parameter count and size of a checkpoint folder, from its headers alone.

    The header of a safetensors file is 8 bytes of length (little endian), then JSON of names to shapes
    (https://github.com/huggingface/safetensors, "Format").

    Raises:
        ValueError: if the folder is no such checkpoint, or one of its files is cut short.
        OSError: if it cannot be read.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ValueError("no *.safetensors file")
    size = sum(path.stat().st_size for path in files)
    tensors = {name: tensor for path in files for name, tensor in _header(path).items()}
    return {
        "architecture": ", ".join(config.get("architectures") or ["unknown"]),
        "parameters": sum(math.prod(t["shape"]) for t in tensors.values()),
        "bytes": size,
        "dtype": ", ".join(sorted({t["dtype"] for t in tensors.values()})),
    }


def _header(path: Path) -> dict[str, Any]:
    """The tensors of a safetensors file: name -> dtype, shape, data_offsets."""
    with path.open("rb") as stream:
        head = stream.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else _MAX_HEADER + 1
        if length > _MAX_HEADER:
            raise ValueError(f"{path.name} is not a safetensors file")
        tensors: dict[str, Any] = json.loads(stream.read(length))
    tensors.pop("__metadata__", None)
    if path.stat().st_size < 8 + length + max((t["data_offsets"][1] for t in tensors.values()), default=0):
        raise ValueError(f"{path.name} is cut short")
    return tensors


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _free_bytes() -> int:
    """What programs can still take: on Linux with the pages that the kernel would give up for them."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(text.split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return _memory_bytes()


def _packages(findings: Findings) -> None:
    versions: dict[str, Any] = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
            code = ExitCode.RUN_FAILED if name == "debugpy" else ExitCode.MODEL
            findings.problems.append(Problem(f"{name} is not installed; run `pip install {name}`", code))
    findings.facts["packages"] = versions


def _devices(findings: Findings) -> None:
    facts: dict[str, Any] = {
        "cpu_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "free_bytes": _free_bytes(),
        "gpus": [],
    }
    findings.facts["devices"] = facts
    if findings.facts["packages"]["torch"] is None:
        return
    try:
        import torch
    except (ImportError, OSError) as error:
        findings.problems.append(Problem(f"torch cannot be imported: {error}", ExitCode.MODEL))
        return
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        free = torch.cuda.mem_get_info(index)[0]
        facts["gpus"].append({"name": properties.name, "memory_bytes": properties.total_memory, "free_bytes": free})


def _model(findings: Findings, folder: Path) -> None:
    facts: dict[str, Any] = {"path": str(folder)}
    findings.facts["model"] = facts
    try:
        facts.update(weights_summary(folder))
    except FileNotFoundError as error:
        name = Path(error.filename).name
        findings.problems.append(
            Problem(f"no model at {folder} ({name} is missing); give one with --model FOLDER", ExitCode.MODEL)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        findings.problems.append(Problem(f"the model at {folder} is damaged: {error}", ExitCode.MODEL))


def _known_config(model: str, findings: Findings) -> tuple[dict[str, Any], Path | None] | None:
    """The configuration of a model without a download, and its folder; None where nothing is known of it.

    A folder has one; a preset is one; of a repository on the hub it is read if it has been downloaded, and Meta's own
    are assumed to have upstream's.
    """
    from neuraldbg.model.checkpoint import EMBEDDED, resolve
    from neuraldbg.model.config import PRESETS, preset

    facts = findings.facts["model"] = {"path": model}
    if model in PRESETS and model != EMBEDDED and not Path(model).exists():
        facts["sizes"] = "those of the preset: no weights"
        return preset(model).to_dict(), None
    try:
        folder = resolve(model)
    except ModelError:
        folder = Path(model)  # `_model` says what is wrong
    if isinstance(folder, str):
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(folder, "config.json")
        if not isinstance(cached, str) and folder in {f"facebook/{name}" for name in UPSTREAM}:
            facts["sizes"] = "upstream's defaults are assumed: it has not been downloaded"
            return preset("cwm-32b").to_dict(), None
        if not isinstance(cached, str):
            text = f"{model} has not been downloaded, so its size is unknown: a command that uses it downloads it"
            findings.problems.append(Problem(text, ExitCode.MODEL))
            return None
        folder = Path(cached).parent
    _model(findings, folder)
    if findings.problems and "architecture" not in findings.facts["model"]:
        return None
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config, folder


def _needs(findings: Findings, model: str, quantize: str | None, context: int | None) -> None:
    """Says how much memory the model takes on every device, and whether it fits on any."""
    from neuraldbg.model import memory

    known = _known_config(model, findings)
    if known is None:
        return
    config, folder = known
    try:
        shape = memory.shape_of(config)
    except ModelError as error:
        findings.problems.append(Problem(f"{model}: {error}", ExitCode.MODEL))
        return
    stored = config.get("quantization_config")
    if stored and quantize:
        text = f"{model} is quantized already: leave {quantize} out"
        findings.problems.append(Problem(text, ExitCode.MODEL))
    context = min(context or _CONTEXT, shape.context)
    sizes = None
    if stored and folder is not None:
        headers = [_header(path) for path in sorted(folder.glob("*.safetensors"))]
        sizes = {n: t["data_offsets"][1] - t["data_offsets"][0] for h in headers for n, t in h.items()}
        quantize = "int8" if stored.get("load_in_8bit") else "nf4"
    wide = 4 if str(config.get("dtype") or config.get("torch_dtype")) == "float32" else 2
    on_gpu = memory.estimate(shape, context, quantize, wide, sizes=sizes)
    on_cpu = memory.estimate(shape, context, quantize, 2 if quantize else 4, gpu=False, sizes=sizes)
    devices = findings.facts["devices"]
    places = memory.places(on_gpu, on_cpu, [g["free_bytes"] for g in devices["gpus"]], devices["free_bytes"])
    gpu_options = {"quantize": quantize, "itemsize": wide, "sizes": sizes}
    room = max((g["free_bytes"] for g in devices["gpus"]), default=0) - memory.GPU_RESERVE
    findings.facts["memory"] = {
        "quantize": quantize or "none",
        "context": context,
        "weights_bytes": sum(on_gpu.weights),
        "kv_bytes": sum(on_gpu.kv),
        "workspace_bytes": on_gpu.workspace,
        "total_bytes": on_gpu.total,
        "most_context": memory.most_context(shape, room, **gpu_options) if devices["gpus"] else None,
        "places": [{"where": p.where, "bytes": p.bytes, "free_bytes": p.free, "fits": p.fits} for p in places],
    }
    if not any(place.fits for place in places):
        hint = "quantize it (nf4), plan a shorter context" if not quantize else "plan a shorter context"
        text = f"{model} fits on no device of this machine: {hint}, or use a server or a smaller model"
        findings.problems.append(Problem(text, ExitCode.MODEL))


def examine(model: Path | str, quantize: str | None = None, context: int | None = None) -> Findings:
    """Looks at this installation and machine.

    Args:
        model: the checkpoint that commands would load: a folder, an id on the hub, or a preset's name.
        quantize: "nf4", "int8" or None.
        context: tokens to plan for; None: 16384, or the model's limit if that is less.
    """
    findings = Findings()
    findings.facts["python"] = {
        "version": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "tracing": "sys.monitoring" if sys.version_info >= (3, 12) else "sys.settrace",
    }
    _packages(findings)
    _devices(findings)
    _needs(findings, str(model), quantize, context)
    return findings


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"


_LABELS = {"bytes": "size", "kv_bytes": "keys, values"}


def _place(place: dict[str, Any]) -> str:
    verdict = "fits" if place["fits"] else "does not fit"
    return f"  {place['where']:<13} {verdict}: {_size(place['bytes'])} of {_size(place['free_bytes'])} free"


def lines(findings: Findings) -> list[str]:
    """The report for people, a line each."""
    rows: list[str] = [f"neuraldbg     {__version__}"]
    for section, facts in findings.facts.items():
        rows.append(f"{section}:")
        for name, value in facts.items():
            if name == "gpus":
                shown = ", ".join(f"{g['name']} ({_size(g['memory_bytes'])})" for g in value) or "none"
            elif name == "places":
                rows.extend(_place(place) for place in value)
                continue
            elif name == "total_bytes":
                shown, name = f"{_size(value)} on a GPU", "total"
            elif name == "bytes" or name.endswith("_bytes"):
                shown, name = _size(value), _LABELS.get(name, name.removesuffix("_bytes"))
            elif name == "most_context":
                if value is None:
                    continue
                shown = f"{value:,} tokens on the largest GPU"
            elif name == "parameters":
                shown = f"{value:,}"
            else:
                shown = "not installed" if value is None else str(value)
            rows.append(f"  {name.replace('_', ' '):<13} {shown}")
    rows.append("problems:" if findings.problems else "problems: none")
    rows.extend(f"  {problem.text}" for problem in findings.problems)
    return rows
