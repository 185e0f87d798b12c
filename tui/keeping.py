"""What is kept between runs: the breakpoints and watches of each script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from neuraldbg.breakpoints import Breakpoint, BreakpointFile
from neuraldbg.errors import InputError


class Keeper:
    """Reads and writes them in one folder.

    Args:
        folder: with ``breakpoints.json`` and ``watches.json``; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._breakpoints = BreakpointFile(folder / "breakpoints.json")
        self._watches = folder / "watches.json"

    def load(self, script: str) -> tuple[Sequence[Breakpoint], Sequence[str]]:
        """Breakpoints and watches of a script.

        Raises:
            InputError: if a file is damaged; it is left as it is.
        """
        name = str(Path(script).absolute())
        return self._breakpoints.load(name), _read_watches(self._watches).get(name, [])

    def save(self, script: str, breakpoints: Iterable[Breakpoint], watches: Sequence[str]) -> None:
        """Writes them down.

        Raises:
            InputError: as :meth:`load`. OSError: if a file cannot be written.
        """
        name = str(Path(script).absolute())
        self._breakpoints.save(name, tuple(breakpoints))
        found = _read_watches(self._watches)
        if found.get(name, []) != list(watches):
            found[name] = list(watches)
            self._watches.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _read_watches(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not all(
            isinstance(v, list) and all(isinstance(w, str) for w in v) for v in found.values()
        ):
            raise ValueError("it must map paths to lists of expressions")
        return found
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as watches ({error}); repair or remove it") from error
