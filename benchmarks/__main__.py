"""`python -m benchmarks`: every benchmark that needs nothing but the project, one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    for name in ("recorder", "debugpy", "stepping", "tightness", "serve", "stepper", "lsp"):
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], cwd=HERE.parent, check=True)
    print("== neuraldbg bench", flush=True)
    subprocess.run([sys.executable, "-m", "neuraldbg", "bench"], cwd=HERE.parent, check=True)
