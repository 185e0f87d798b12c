"""Makes rows for `neuraldbg eval` out of programs that no model of ours is trained on.

    python -m neuraldbg.training.heldout own --count 200 --output rows.jsonl
    python -m neuraldbg.training.heldout packages --output rows.jsonl

``own``: programs of the training mix whose skeletons are held out (data/stream.py), all from one seed. ``packages``:
the functions of published packages that data/heldout.txt lists, each with one call of its doctests; the wheels are
downloaded with pip. Both run the programs. `choose` wrote the list, before any was measured:

    python -m neuraldbg.training.heldout choose WHEELS --count 200 > training/data/heldout.txt
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neuraldbg.errors import InputError
from neuraldbg.program import Program
from neuraldbg.steps import Event, Outcome
from neuraldbg.training.data.harvest import candidates, keeps, limit
from neuraldbg.training.data.library import Function, harvested, library
from neuraldbg.training.data.stream import draw, trace_program

LIST: Final = Path(__file__).parent / "data" / "heldout.txt"
MAX_STEPS: Final = 200
MOST_OF_A_PACKAGE: Final = 45

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A function of a package.

    Attributes:
        package, version: on the package index.
        path: of the file in the wheel.
        name: of the function.
        call: number of the call among those of its doctests that the harvest finds.
        digest: of the program that is made of it, so that another version is noticed.
    """

    package: str
    version: str
    path: str
    name: str
    call: int
    digest: str


def row(name: str, source: str, entry: str, call: str, max_steps: int = MAX_STEPS) -> Row | None:
    """A row for `neuraldbg eval`; None where the program does not end within the limits."""
    steps, outcome = trace_program(Program.from_source(source, "<held out>", entry, call), max_steps)
    if outcome not in (Outcome.RETURNED, Outcome.RAISED) or len(steps) < 3:
        return None
    last = steps[-1]
    output = (last.value or "") if last.event is Event.RETURN else f"raises {last.value}"
    return {"id": name, "code": source, "entry": entry, "input": call[len(entry) + 1 : -1], "output": output}


def own_rows(count: int, seed: int = 0, functions: Sequence[Function] = ()) -> Iterator[Row]:
    """Programs of the held-out side of the training mix.

    Args:
        count: rows.
        seed: of the draw.
        functions: as in training; without any, every program is generated.
    """
    rng = random.Random(f"held out/{seed}")
    made = 0
    while made < count:
        generated = draw(rng, True, functions)
        calls = [c for c in generated.calls or (generated.call,) if c is not None]
        call = rng.choice(calls) if calls else None
        if call is None or not (call.startswith(f"{generated.entry}(") and call.endswith(")")):
            continue
        try:
            found = row(f"own-{made:03}", generated.source, generated.entry, call)
        except InputError:
            continue  # a call that its function does not take
        if found is not None:
            made += 1
            yield found


def read_list(path: Path = LIST) -> list[Listed]:
    """The functions of the list.

    Raises:
        InputError: if a line is no entry.
    """
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            parts = line.split()
            if len(parts) != 6 or not parts[4].isdigit():
                raise InputError(f"{path}, line {number}: not a package, version, path, function, call and digest")
            out.append(Listed(parts[0], parts[1], parts[2], parts[3], int(parts[4]), parts[5]))
    return out


def digest(source: str) -> str:
    """Eight digits that tell one program from another."""
    return hashlib.blake2b(source.encode(), digest_size=4).hexdigest()


def download(packages: Iterable[tuple[str, str]], folder: Path) -> None:
    """Puts the wheels of packages into a folder.

    Raises:
        InputError: if pip cannot get them.
    """
    wanted = [f"{package}=={version}" for package, version in sorted(set(packages))]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    done = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"pip cannot download the packages: {done.stderr.strip().splitlines()[-1]}")


def wheels(folder: Path) -> dict[tuple[str, str], Path]:
    """Package and version of each wheel of a folder."""
    out = {}
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        out[name.lower().replace("_", "-"), version] = path
    return out


def package_rows(listed: Sequence[Listed], folder: Path) -> Iterator[Row]:
    """Rows of listed functions.

    Args:
        listed: functions.
        folder: holds the wheels.

    Raises:
        InputError: if a wheel is missing or holds another function than the listed one.
    """
    found = wheels(folder)
    for one in listed:
        try:
            with zipfile.ZipFile(found[one.package, one.version]) as wheel:
                text = wheel.read(one.path).decode()
        except KeyError as error:
            raise InputError(f"{one.package} {one.version}: no wheel, or no {one.path} in it") from error
        function = next((f for f in candidates(text) if f.name == one.name), None)
        if function is None or digest(function.source) != one.digest:
            raise InputError(f"{one.package} {one.version}: {one.path} has another {one.name} than the list")
        made = row(f"{one.package}:{one.path}:{one.name}", function.source, one.name, function.calls[one.call])
        if made is None:
            raise InputError(f"{one.package} {one.version}: {one.name} of {one.path} does not end here as it should")
        yield made


def _choose_from(wheel: tuple[tuple[str, str], Path]) -> list[Listed]:
    (package, version), path = wheel
    out = []
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py") and "/tests/" not in name]
        for name in names:
            try:
                text = archive.read(name).decode()
            except UnicodeDecodeError:
                continue
            for function in candidates(text):
                kept = keeps(function)
                for call in kept.calls[:1] if kept else ():
                    number = function.calls.index(call)
                    out.append(Listed(package, version, name, function.name, number, digest(function.source)))
    return out


def choose(folder: Path, count: int, seen: Iterable[str] = ()) -> list[Listed]:
    """Draws functions from wheels, at most `MOST_OF_A_PACKAGE` of each package; none whose program is ``seen``."""
    known = {digest(source) for source in seen}
    rng = random.Random(0)
    drawn: list[Listed] = []
    with multiprocessing.get_context("spawn").Pool(1, limit) as pool:
        for found in pool.imap(_choose_from, wheels(folder).items()):
            new = [one for one in found if one.digest not in known]
            known |= {one.digest for one in new}
            drawn += rng.sample(new, min(len(new), MOST_OF_A_PACKAGE))
    chosen = rng.sample(drawn, min(len(drawn), count))
    return sorted(chosen, key=lambda one: (one.package, one.path, one.name))


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    own = kinds.add_parser("own", help="held-out skeletons of the training mix")
    own.add_argument("--count", type=int, default=200, help="rows")
    own.add_argument("--seed", type=int, default=0)
    packages = kinds.add_parser("packages", help="listed functions of packages")
    packages.add_argument("--wheels", type=Path, help="folder that holds the wheels; default: download them")
    for one in (own, packages):
        one.add_argument("--output", type=Path, required=True, metavar="FILE.jsonl")
    chooser = kinds.add_parser("choose", help="print a list of functions")
    chooser.add_argument("wheels", type=Path)
    chooser.add_argument("--count", type=int, default=200)
    chooser.add_argument("--seen", type=Path, help="file of harvest.py whose functions are left out")
    options = parser.parse_args(argv)
    try:
        if options.kind == "choose":
            seen = [f.source for f in harvested(options.seen)] if options.seen else []
            for entry in choose(options.wheels, options.count, seen):
                print(entry.package, entry.version, entry.path, entry.name, entry.call, entry.digest)
            return 0
        with tempfile.TemporaryDirectory() as folder:
            if options.kind == "own":
                rows = own_rows(options.count, options.seed, library())
            else:
                listed = read_list()
                if options.wheels is None:
                    download(((one.package, one.version) for one in listed), Path(folder))
                rows = package_rows(listed, options.wheels or Path(folder))
            text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
        options.output.write_text(text, encoding="utf-8")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
