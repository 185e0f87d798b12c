"""``neuraldbg doctor``: what is installed, which devices there are, which model would be used.

Nothing is loaded into a device and no program is run; torch is imported only to ask it for GPUs. A finding that would
make a command fail is listed under ``problems``, each with what to do about it.
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
from neuraldbg.errors import ExitCode

PACKAGES = (
    *("torch", "transformers", "tokenizers", "tiktoken", "safetensors", "numpy", "accelerate", "bitsandbytes"),
    *("debugpy", "pygls", "textual", "typer"),
)
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
    parameters = size = 0
    dtypes: set[str] = set()
    for path in files:
        size += path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else _MAX_HEADER + 1
            if length > _MAX_HEADER:
                raise ValueError(f"{path.name} is not a safetensors file")
            tensors = json.loads(stream.read(length))
        tensors.pop("__metadata__", None)
        parameters += sum(math.prod(t["shape"]) for t in tensors.values())
        dtypes |= {t["dtype"] for t in tensors.values()}
        if path.stat().st_size < 8 + length + max((t["data_offsets"][1] for t in tensors.values()), default=0):
            raise ValueError(f"{path.name} is cut short")
    return {
        "architecture": ", ".join(config.get("architectures") or ["unknown"]),
        "parameters": parameters,
        "bytes": size,
        "dtype": ", ".join(sorted(dtypes)),
    }


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


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
        facts["gpus"].append({"name": properties.name, "memory_bytes": properties.total_memory})


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


def examine(model_folder: Path) -> Findings:
    """Looks at this installation and machine.

    Args:
        model_folder: the checkpoint that commands would load.
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
    _model(findings, model_folder)
    return findings


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"


def lines(findings: Findings) -> list[str]:
    """The report for people, a line each."""
    rows: list[str] = [f"neuraldbg     {__version__}"]
    for section, facts in findings.facts.items():
        rows.append(f"{section}:")
        for name, value in facts.items():
            if name == "gpus":
                shown = ", ".join(f"{g['name']} ({_size(g['memory_bytes'])})" for g in value) or "none"
            elif name in ("bytes", "memory_bytes"):
                shown, name = _size(value), name.removesuffix("_bytes").replace("bytes", "size")
            elif name == "parameters":
                shown = f"{value:,}"
            else:
                shown = "not installed" if value is None else str(value)
            rows.append(f"  {name.replace('_', ' '):<13} {shown}")
    rows.append("problems:" if findings.problems else "problems: none")
    rows.extend(f"  {problem.text}" for problem in findings.problems)
    return rows
