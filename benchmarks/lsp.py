"""How soon the language server shows predicted values, and how quickly it answers while the model works.

    python benchmarks/lsp.py                       # embedded model, against the model alone
    python benchmarks/lsp.py --peer VENV/python    # and against jedi-language-server, run by an interpreter that has it

A client like an editor: it asks for hints when it is told to look again, and it waits for nothing else. What is timed
begins when a message is sent and ends when the answer has been read. Nothing is asserted: clocks belong to the machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from tests.lsp.client import CAPABILITIES, Client  # noqa: E402

# Thirty lines with a known call; words are replaced, so that no round finds its text read already.
FUNCTION = """\
def tally(words, least):
    \"\"\"Counts words, long ones twice.

    >>> tally(['{0}', 'be', 'or', 'not', '{0}', 'be'], 3)
    \"\"\"
    counts = {{}}
    longest = ''
    for word in words:
        weight = 1
        if len(word) >= least:
            weight = 2
        if word in counts:
            counts[word] += weight
        else:
            counts[word] = weight
        if len(word) > len(longest):
            longest = word
    total = 0
    for word in counts:
        total = total + counts[word]
    average = total // len(counts)
    frequent = []
    for word, count in counts.items():
        if count > average:
            frequent.append(word)
    if not frequent:
        frequent = [longest]
    label = ' '.join(frequent)
    size = len(label)
    return label, size, total
"""
CALL = "tally(['{0}', 'be', 'or', 'not', '{0}', 'be'], 3)"
WORDS = ("to", "up", "by", "in", "on", "at", "so", "no", "go", "we")
LOOP = "total = 0\nfor i in range(10**6):\n    total = total + i\n"  # work for as long as a measurement takes
EARLY, LATE = (
    (6, "    longest = ''", "    longest = '{0}'"),
    (28, "    size = len(label)", "    size = len(label) + {0}"),
)
WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the sorted values stay below."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def shown(values: Sequence[float], unit: float = 1000, name: str = "ms") -> str:
    """Median, 95 % and worst."""
    found = (statistics.median(values), percentile(values, 0.95), max(values))
    return "median {:7.1f}, 95% {:7.1f}, worst {:7.1f} {}".format(*(v * unit for v in found), name)


def memory(pid: int) -> float:
    """Resident memory of a process, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@dataclass
class Times:
    """Seconds of each round, by what was measured."""

    of: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """Adds the time of a block."""
        started = time.perf_counter()
        yield
        self.of.setdefault(name, []).append(time.perf_counter() - started)


def started(*module: str, settings: Any = None) -> Client:
    """A server that has been initialized."""
    client = Client(*module, settings=settings)
    client.initialize(CAPABILITIES)
    return client


def hints_when(client: Client, uri: str, wanted: Callable[[dict[int, str]], bool]) -> None:
    """Asks for hints when the server says that there are others, until they are as wanted."""
    while not wanted(client.hints(uri)):
        client.wait(lambda m: m.get("method") == "workspace/inlayHint/refresh")


def settled(client: Client, uri: str, since: int) -> None:
    """Waits until a document is predicted, which may have been said already after message number ``since``."""

    def said(message: dict[str, Any]) -> bool:
        params = message["params"] if message.get("method") == "neuraldbg/status" else {}
        return params.get("uri") == uri and params["state"] == "ready"

    if not any(map(said, client.seen[since:])):
        client.wait(said)


def opening(times: Times, rounds: int) -> None:
    """A new server each time: what a user waits for after the editor has started."""
    for word in WORDS[:rounds]:
        uri = f"file:///nowhere/{word}.py"
        with times.taken("process start to initialized"):
            client = started("neuraldbg", "lsp")
        with times.taken("open to first hints, cold"):
            client.open(uri, FUNCTION.format(word))
            hints_when(client, uri, bool)
        client.kill()


def model_alone() -> Callable[[str], None]:
    """Predicts the same function in this process, without a server."""
    from neuraldbg.model.predictor import load_predictor
    from neuraldbg.program import Program
    from neuraldbg.steps import Step

    predictor = load_predictor(calculates=True)  # as `neuraldbg lsp` does

    def predict(word: str) -> None:
        program = Program.from_source(FUNCTION.format(word), "a.py", "tally", CALL.format(word))
        source, steps = predictor.source(program), list[Step]()
        while (step := source.next_step(steps)) is not None:
            steps.append(step)

    predict("warm")
    return predict


def warm(times: Times, rounds: int) -> tuple[float, float]:
    """One server, its model loaded, in turn with the model alone; resident memory of the server and of its model's
    process."""
    predict = model_alone()
    client = started("neuraldbg", "lsp")
    first = "file:///nowhere/first.py"
    client.open(first, "a = 1\nb = a + 1\n")
    client.ready(first)
    for word in WORDS[:rounds]:
        uri = f"file:///nowhere/{word}.py"
        begun, since = time.perf_counter(), len(client.seen)
        with times.taken("open to first hints, warm"):
            client.open(uri, FUNCTION.format(word))
            hints_when(client, uri, bool)
        hints_when(client, uri, lambda hints: 29 in hints)
        times.of.setdefault("open to the last line's hint, warm", []).append(time.perf_counter() - begun)
        settled(client, uri, since)
        with times.taken("the model alone, all steps"):
            predict(word)
        for name, (line, old, new) in (("late", LATE), ("early", EARLY)):
            before, since = client.hints(uri)[line], len(client.seen)
            with times.taken(f"edit of {name} line to its hint"):
                client.change(uri, (line, 0, line, len(old), new.format(7)))
                hints_when(client, uri, lambda h, line=line, before=before: h.get(line, before) != before)  # type: ignore[misc]
            settled(client, uri, since)
    pid = client.process.pid
    used = memory(pid), sum(map(memory, children(pid)))
    client.kill()
    return used


def answers(times: Times, count: int, busy: bool) -> None:
    """Requests while nothing is done, or while the model predicts a long loop; 20 ms after the last one's answer."""
    client = started("neuraldbg", "lsp", settings={"predict": {"maxSteps": 100_000}})
    other, loop = "file:///nowhere/other.py", "file:///nowhere/loop.py"
    client.open(other, FUNCTION.format("to"))
    client.ready(other)
    client.open(loop, LOOP)
    hints_when(client, loop, lambda hints: 2 in hints)
    if not busy:
        client.command("cancel", loop)
    state = "while predicting" if busy else "idle"
    for _ in range(count):
        for uri, line, character in ((other, 17, 5), (loop, 2, 5)):
            position = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
            with times.taken(f"hover, {state}"):
                client.request("textDocument/hover", position)
            time.sleep(0.02)
            with times.taken(f"hints, {state}"):
                client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": WHOLE})
            time.sleep(0.02)
    client.kill()


def reading(times: Times, count: int) -> None:
    """Hovers in one text while another with hundreds of functions and doctests is read and predicted."""
    client = started("neuraldbg", "lsp")
    other, large = "file:///nowhere/other.py", "file:///nowhere/large.py"
    client.open(other, "x = 1\ny = x + 1\ny\n")
    client.ready(other)
    position, begun = {"line": 1, "character": 0}, time.perf_counter()
    client.open(large, "".join(FUNCTION.replace("tally", f"tally{n}").format("to") + "\n\n" for n in range(100)))
    for _ in range(2 * count):
        with times.taken("hover, a large text being read"):
            client.request("textDocument/hover", {"textDocument": {"uri": other}, "position": position})
        time.sleep(0.02)
    hints_when(client, large, bool)
    print(f"3,200 lines with 100 doctests: first hints after {time.perf_counter() - begun:.1f} s at most")
    client.kill()


def jedi(times: Times, python: str, count: int) -> None:
    """The peer: a hover over the same name, once it has read the text."""
    client = Client(command=[python, "-c", "from jedi_language_server.cli import cli; cli()"])
    client.initialize({**CAPABILITIES, "workspace": {}})

    uri = "file:///nowhere/to.py"
    client.open(uri, FUNCTION.format("to"))
    position = {"textDocument": {"uri": uri}, "position": {"line": 17, "character": 5}}
    client.request("textDocument/hover", position)
    for _ in range(count):
        with times.taken("jedi: hover"):
            client.request("textDocument/hover", position)
    client.kill()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="servers started, files opened (10 at most)")
    parser.add_argument("--requests", type=int, default=50, help="hovers and hint requests of each kind, twice each")
    parser.add_argument("--peer", metavar="PYTHON", help="an interpreter that has jedi-language-server")
    given = parser.parse_args()
    times = Times()
    opening(times, given.rounds)
    server, model = warm(times, given.rounds)
    answers(times, given.requests, busy=False)
    answers(times, given.requests, busy=True)
    reading(times, given.requests)
    if given.peer:
        jedi(times, given.peer, given.requests)
    for name, values in times.of.items():
        print(f"{name:<38}{shown(values)}")
    print(f"resident memory: server {server:.0f} MiB, model process {model:.0f} MiB")
    median = {name: statistics.median(values) for name, values in times.of.items()}
    ratio = median["open to the last line's hint, warm"] / median["the model alone, all steps"]
    print(f"open to the last line's hint against the model alone: {ratio:.2f}")
    print(f"hover while predicting against idle: {median['hover, while predicting'] / median['hover, idle']:.2f}")
    if given.peer:
        print(f"hover while predicting against jedi's: {median['hover, while predicting'] / median['jedi: hover']:.2f}")


if __name__ == "__main__":
    main()
