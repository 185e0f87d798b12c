"""pyproject.toml, the links and the disk tell the same story, and nothing of ours is top-level but neuraldbg."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

FOLDERS = ("lsp", "model", "training", "tui")
IGNORED = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", "*.egg-info", "build", "dist", "runs", "node_modules", ".*_cache", ".hypothesis"
)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work tree without build products, so that building leaves no trace in the repository."""
    target = tmp_path_factory.mktemp("build") / "neuraldbg"
    shutil.copytree(root, target, symlinks=True, ignore=IGNORED)
    return target


@pytest.fixture(scope="module")
def wheel(copy: Path) -> Path:
    """A built wheel."""
    out = copy.parent / "wheels"
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(out), "."],
        cwd=copy,
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    (built,) = out.glob("*.whl")
    return built


def packages_on_disk(root: Path) -> set[str]:
    found = {"neuraldbg"}
    for folder, package in [("neuraldbg", "neuraldbg"), *((name, f"neuraldbg.{name}") for name in FOLDERS)]:
        for init in (root / folder).rglob("__init__.py"):
            parts = init.parent.relative_to(root / folder).parts
            if not (folder == "neuraldbg" and parts and parts[0] in FOLDERS) and "node_modules" not in parts:
                found.add(".".join((package, *parts)))
    return found


def test_package_list_is_what_lies_on_disk(project: dict[str, Any], root: Path) -> None:
    assert set(project["tool"]["setuptools"]["packages"]) == packages_on_disk(root)


def test_package_dir_maps_every_package_to_its_folder(project: dict[str, Any], root: Path) -> None:
    mapping = project["tool"]["setuptools"]["package-dir"]
    for package in project["tool"]["setuptools"]["packages"]:
        # setuptools walks up to the nearest mapped parent; the result must be a package on disk.
        parent, rest = package, ""
        while parent not in mapping:
            parent, _, tail = parent.rpartition(".")
            rest = f"/{tail}{rest}"
        assert (root / f"{mapping[parent]}{rest}" / "__init__.py").is_file(), package


def test_every_folder_with_python_in_it_is_a_listed_package(project: dict[str, Any], root: Path) -> None:
    listed = set(project["tool"]["setuptools"]["packages"])
    for folder in FOLDERS:
        for path in (root / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                assert ".".join(("neuraldbg", *path.parent.relative_to(root).parts)) in listed, path


def test_links_are_relative_and_lead_to_the_folders(root: Path) -> None:
    for name in FOLDERS:
        link = root / "neuraldbg" / name
        assert link.is_symlink()
        assert os.readlink(link) == f"../{name}"
        assert link.resolve() == root / name


def test_dependencies_are_all_pinned(project: dict[str, Any], root: Path) -> None:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").split()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    for requirement in wanted:
        name = requirement.split(">")[0].split("=")[0].split("<")[0].lower()
        assert name in pinned, f"{name}: add it to constraints.txt"
    assert all("==" in line and "+" not in line and "/" not in line for line in lines)
    assert not any(name.startswith("nvidia") for name in pinned)


def test_wheel_has_nothing_but_neuraldbg_at_top_level(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"neuraldbg"}
    assert "neuraldbg/py.typed" in names
    modules = {n for n in names if n.endswith(".py")}
    on_disk = set()
    for folder, prefix in [("neuraldbg", "neuraldbg"), *((f, f"neuraldbg/{f}") for f in FOLDERS)]:
        for path in (root / folder).rglob("*.py"):
            inner = path.relative_to(root / folder)
            if not (folder == "neuraldbg" and inner.parts[0] in FOLDERS) and "node_modules" not in inner.parts:
                on_disk.add(f"{prefix}/{inner.as_posix()}")
    assert modules == on_disk


def test_wheel_has_the_data_files(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"neuraldbg/tui/{p.name}" for p in (root / "tui").glob("*.tcss")} <= names
    embedded = root / "model" / "weights" / "cwm-nano"
    assert (embedded / "config.json").is_file(), "the embedded model is part of the project"
    for path in embedded.rglob("*"):
        if path.is_file():
            assert f"neuraldbg/model/weights/cwm-nano/{path.relative_to(embedded).as_posix()}" in names


def test_installed_wheel_works_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)], check=True
    )
    top = {entry.name.split("-")[0] for entry in site.iterdir()} - {"bin"}
    assert top == {"neuraldbg"}
    code = (
        "import neuraldbg, neuraldbg.tui, neuraldbg.model, neuraldbg.lsp, neuraldbg.training; print(neuraldbg.__file__)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(result.stdout.strip()).is_relative_to(site)


def test_editable_install_in_a_fresh_environment(copy: Path, tmp_path: Path) -> None:
    """The editable finder must see the mapped folders, and must not offer them under their bare names."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    here = next(p for p in map(Path, sys.path) if (p / "setuptools").is_dir())
    site = next(home.glob("lib/python*/site-packages"))
    # setuptools and pip of the running environment, so that the test needs no network
    subprocess.run(
        [
            *(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--editable", str(copy)),
        ],
        env={**os.environ, "PYTHONPATH": str(here), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        check=True,
    )
    assert (home / "bin" / "neuraldbg").is_file()
    assert any(site.glob("__editable__*neuraldbg*"))
    code = (
        "import importlib.util as u, neuraldbg.model, neuraldbg.training.data\n"
        "print(neuraldbg.__file__)\n"
        "print([n for n in ('model', 'lsp', 'tui', 'training') if u.find_spec(n)])\n"
    )
    result = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    file, bare = result.stdout.splitlines()
    assert Path(file).resolve().is_relative_to(copy.resolve())
    assert bare == "[]"
