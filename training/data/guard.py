"""Rows made in a process of their own, which may die: some programs take all memory, or compute without end inside C
code (``x **= y`` a few times over), where no exception reaches them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

Made = TypeVar("Made")
SECONDS: Final = 20.0  # of processor time for one answer
MEMORY: Final = 2 << 30  # bytes of address space, beyond what the process has when it starts
ATTEMPTS: Final = 4


class Guard(Generic[Made]):
    """Calls a function in a forked process and replaces the process when it dies.

    Args:
        make: takes a number and how often it was tried before; what it returns can be pickled.
        seconds: of processor time, after which a call is given up.
        memory: bytes that the process may take.

    Raises:
        OSError: on systems that cannot fork.
    """

    def __init__(self, make: Callable[[int, int], Made], seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._make = make
        self._seconds = seconds
        self._memory = memory
        self._child = 0
        self._pipe: Connection[Any, Any] | None = None
        self.lost = 0

    def __call__(self, number: int) -> Made:
        """What ``make`` returns for the number.

        Raises:
            RuntimeError: if the process died at every attempt, or the function raised.
        """
        for attempt in range(ATTEMPTS):
            pipe = self._pipe or self._start()
            try:
                pipe.send((number, attempt))
                good, answer = pipe.recv()
            except (EOFError, OSError):
                self.lost += 1
                self.close()
                continue
            if not good:
                raise RuntimeError(f"number {number}: {answer}")
            made: Made = answer
            return made
        raise RuntimeError(f"number {number}: the process died {ATTEMPTS} times")

    def close(self) -> None:
        """Ends the process."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    def _start(self) -> Connection[Any, Any]:
        self._pipe, theirs = Pipe()
        self._child = os.fork()
        if self._child == 0:
            self._pipe.close()
            self._serve(theirs)
        theirs.close()
        return self._pipe

    def _serve(self, pipe: Connection[Any, Any]) -> None:
        """The life of the process: answers until nobody asks any more."""
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # kills, also inside C code
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        limit_memory(self._memory)
        try:
            while True:
                number, attempt = pipe.recv()
                signal.setitimer(signal.ITIMER_PROF, self._seconds)
                answer: tuple[bool, Any]
                try:
                    answer = (True, self._make(number, attempt))
                except Exception as error:
                    answer = (False, f"{type(error).__name__}: {error}")
                signal.setitimer(signal.ITIMER_PROF, 0)
                pipe.send(answer)
        except BaseException:
            os._exit(1)  # whoever asked is gone, or no memory is left to answer


def limit_memory(more: int) -> None:
    """Lets this process take so many bytes of address space more; on systems that know no limits, does nothing."""
    if not Path("/proc/self/statm").exists():
        return
    import resource  # Windows has no such module

    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more, resource.RLIM_INFINITY))
