"""What is imported when: nothing heavy before it is needed, nothing but the standard library in the core."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import run_python

HEAVY = {
    *("torch", "transformers", "tokenizers", "tiktoken", "safetensors", "accelerate", "bitsandbytes"),
    *("textual", "pygls", "lsprotocol", "debugpy", "numpy", "rich", "huggingface_hub"),
    *("starlette", "uvicorn", "prometheus_client", "httpx", "openai"),
}
FRONT = {"__main__.py"}  # Typer only
FOLDERS = ("neuraldbg", "lsp", "model", "training", "tui")
# Import names that differ from the name of the distribution they come from.
DISTRIBUTION = {
    "yaml": "pyyaml",
    "huggingface_hub": "huggingface-hub",
    "lsprotocol": "pygls",
    "prometheus_client": "prometheus-client",
}


def loaded_by(code: str, cwd: Path) -> set[str]:
    """Top-level names of the modules in a child process after ``code``."""
    result = run_python(
        ["-c", f"{code}\nimport json, sys\nprint('\\n' + json.dumps(list(sys.modules)))"],
        cwd=cwd,
        env={"PYTHONPATH": ""},
    )
    assert result.returncode == 0, result.stderr
    return {name.partition(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["step", "--help"], ["predict", "absent.py"]])
def test_the_command_line_loads_nothing_heavy_before_it_must(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['neuraldbg', *{arguments!r}]\n"
        "from neuraldbg.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    loaded = loaded_by(code, tmp_path)
    assert "typer" in loaded, "else this test looks at nothing"
    assert not loaded & HEAVY


def core_modules(root: Path) -> list[str]:
    files = (root / "neuraldbg").glob("*.py")
    return sorted(f.stem for f in files if f.name not in FRONT and f.name not in ("__init__.py", "_child.py"))


def test_core_imports_nothing_but_the_standard_library(root: Path, tmp_path: Path) -> None:
    modules = core_modules(root)
    assert {"steps", "program", "recorder", "session", "compare", "report", "doctor"} <= set(modules)
    before = loaded_by("", tmp_path)
    after = loaded_by("\n".join(f"import neuraldbg.{name}" for name in modules), tmp_path)
    assert {n for n in after - before if n not in sys.stdlib_module_names} == {"neuraldbg"}


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_every_import_is_a_declared_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared, extra = (
        {r.split(">")[0].split("=")[0].split("<")[0].lower() for r in requirements}
        for requirements in (project["dependencies"], project["optional-dependencies"]["train"])
    )
    for folder in FOLDERS:
        for path in (root / folder).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for name in imported_names(path) - sys.stdlib_module_names - {"neuraldbg", "sitecustomize"}:
                allowed = declared | extra if folder == "training" else declared
                assert DISTRIBUTION.get(name, name) in allowed, f"{path.relative_to(root)} imports {name}"


def test_nobody_imports_a_bare_folder_name(root: Path) -> None:
    for folder in (*FOLDERS, "tests"):
        for path in (root / folder).rglob("*.py"):
            if "corpus" not in path.parts and "node_modules" not in path.parts:
                assert not imported_names(path) & {"model", "lsp", "tui", "training"}, path
