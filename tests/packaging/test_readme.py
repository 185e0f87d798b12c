"""The README's commands run, and where it shows an output, that is the output.

``README_WRITE=1`` writes the real outputs into the README instead of comparing them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BLOCK = re.compile(r"<!-- run(: output)? -->\n```(?:sh|console)\n(.*?)```\n", re.DOTALL)
# The embedded model may be wrong about the example; --steps ends early by design.
ACCEPTED = (ExitCode.OK, ExitCode.DIVERGED, ExitCode.LIMIT)


def blocks(root: Path) -> list[tuple[bool, str]]:
    found = BLOCK.findall((root / "README.md").read_text(encoding="utf-8"))
    return [(bool(output), text) for output, text in found]


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A folder like the repository's root, for commands that write."""
    shutil.copytree(root / "examples", tmp_path / "examples")
    return tmp_path


@pytest.mark.timeout(1500)
def test_the_commands_run(root: Path, cli: Run, checkout: Path) -> None:
    lines = [line for output, text in blocks(root) if not output for line in text.splitlines()]
    assert len(lines) > 10
    for line in lines:
        program, *arguments = shlex.split(line, comments=True)
        assert program == "neuraldbg"
        result = cli(*arguments, cwd=checkout, timeout=600)
        # A model may err, and then go on and on.
        may_differ = "--check" in arguments or arguments[0] in ("compare", "predict", "step")
        allowed = ACCEPTED if may_differ or "--steps" in arguments else (ExitCode.OK,)
        assert result.returncode in allowed, f"{line}\n{result.stderr}"
        assert "Traceback" not in result.stderr


def test_the_outputs_are_what_is_printed(root: Path, cli: Run, checkout: Path) -> None:
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    shown = [block for output, block in blocks(root) if output]
    assert shown
    for block in shown:
        command, _, output = block.partition("\n")
        result = cli(*shlex.split(command.removeprefix("$ neuraldbg ")), cwd=checkout, timeout=600)
        if os.environ.get("README_WRITE"):
            text = text.replace(block, f"{command}\n{result.stdout}")
        else:
            assert output == result.stdout, command
    if os.environ.get("README_WRITE"):
        readme.write_text(text, encoding="utf-8")


def test_the_example_is_the_one_shown(root: Path) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert (root / "examples" / "demo.py").read_text(encoding="utf-8").endswith(shown)


def test_exit_codes_are_all_documented(root: Path) -> None:
    documented = set(map(int, re.findall(r"^\| (\d+) \|", (root / "README.md").read_text(encoding="utf-8"), re.M)))
    assert documented == {int(code) for code in ExitCode} | {141}


def test_the_file_tree_is_true(root: Path) -> None:
    tree = (root / "README.md").read_text(encoding="utf-8").partition("## Files\n")[2]
    folder = ""
    for line in tree.strip().splitlines():
        name = line.split()[0]
        if not line.startswith("      "):
            folder = name if name.endswith("/") else ""
            path = root / name
        else:
            path = root / folder / name
        assert path.exists(), line
