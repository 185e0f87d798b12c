"""`python benchmarks/serve.py`: a bounded load test of `neuraldbg serve` on loopback.

First one client steps alone, then all of them at once, each through a program of its own. With `--form openai` every
request asks /v1/completions for the frame behind a recorded history, as token ids, up to the frame's end; with
`--form fgserve` it asks /completions, where the server predicts the frame under the grammar, and goes on from the
reply. Server and clients share the machine. What matters: no request lost, fair shares, steady memory, and the
throughput of all clients as a ratio of that of one.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import httpx  # noqa: E402

from neuraldbg.model.checkpoint import resolve  # noqa: E402
from neuraldbg.model.frames import Context, FrameEncoder  # noqa: E402
from neuraldbg.model.prompt import make_prompt  # noqa: E402
from neuraldbg.model.tokenizer import CwmTokenizer  # noqa: E402
from neuraldbg.program import Program  # noqa: E402
from neuraldbg.recorder import record  # noqa: E402

SOURCE = """\
# session {number}
def weight(word):
    return len(word) + 3


def total(words):
    result = 0
    for word in words:
        result = result + weight(word)
        if result > 40:
            result = result - 40
    return result


def main():
    words = ['alpha', 'be', 'gamma', 'de']
    return total(words)
"""
MARKED = SOURCE.replace("def main():", "def main():  # << START_OF_TRACE")
FRAME_TOKENS = 32
CONTEXT_TOKENS = 960


@dataclass
class Client:
    """What one client did in a phase."""

    done: int = 0
    tokens: int = 0
    lost: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass
class Session:
    """What one client sends.

    Attributes:
        client: its connection.
        prompts: the context before every step of a recorded run, over and over.
        head: of a prompt of its program, up to the event of the first frame.
    """

    client: httpx.AsyncClient
    prompts: Iterator[list[int]]
    head: list[int]


def sessions(url: str, number: int, t: CwmTokenizer) -> list[Session]:
    """So many sessions, each through a file of its own; the recording is the same but for the comment at its top."""
    steps = record(Program.from_source(SOURCE.format(number=0), "<load>", "main", "main()")).steps
    made = []
    for i in range(number):
        program = Program.from_source(SOURCE.format(number=i), "<load>", "main", "main()")
        context = Context(FrameEncoder(t, make_prompt(program)), CONTEXT_TOKENS)
        prompts = itertools.cycle([context.ids(steps[:k]) for k in range(1, len(steps))])
        head = [t.begin_of_text, t.trace_context_start, *t.encode(MARKED.format(number=i)), t.frame_sep, t.call_sep]
        made.append(Session(httpx.AsyncClient(base_url=url, timeout=60, verify=False), prompts, head))
    return made


async def step_openai(session: Session, t: CwmTokenizer) -> int:
    """One frame behind a recorded history; the tokens that were generated."""
    body = {
        "prompt": next(session.prompts),
        "max_tokens": FRAME_TOKENS,
        "temperature": 0,
        "stop_token_ids": [t.frame_sep],
        "return_token_ids": True,
        "skip_special_tokens": False,
    }
    reply = await session.client.post("/v1/completions", json=body)
    reply.raise_for_status()
    return len(reply.json()["choices"][0]["token_ids"])


async def step_fgserve(session: Session, so_far: list[int], t: CwmTokenizer) -> int:
    """One predicted frame behind what the server said so far; the tokens of the frame."""
    so_far[:] = so_far or session.head
    body = {"prompt": so_far, "max_tokens": 2048, "temperature": 0, "stop": "<|frame_sep|>"}
    reply = await session.client.post("/completions", json=body)
    reply.raise_for_status()
    tokens: list[int] = reply.json()["choices"][0]["tokens"]
    so_far += tokens
    if tokens[-1] != t.frame_sep:
        so_far.clear()
    return len(tokens)


async def stepping(session: Session, form: str, t: CwmTokenizer, until: float) -> Client:
    """One client, until the time is up."""
    own = Client()
    so_far: list[int] = []
    while time.perf_counter() < until:
        start = time.perf_counter()
        try:
            own.tokens += await (step_openai(session, t) if form == "openai" else step_fgserve(session, so_far, t))
            own.done += 1
        except (httpx.HTTPError, KeyError, IndexError) as error:
            own.lost.append(f"{type(error).__name__} {error}")
            so_far.clear()
        own.seconds.append(time.perf_counter() - start)
    return own


async def memory_of(url: str, waits: list[float]) -> list[float]:
    """Resident memory of the server in MiB after each wait."""
    found = []
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=False) as client:
        for wait in waits:
            await asyncio.sleep(wait)
            found.append(await metric(client, "process_resident_memory_bytes") / 2**20)
    return found


async def metric(client: httpx.AsyncClient, name: str) -> float:
    """A metric of the server."""
    text = (await client.get("/metrics")).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))


async def phase(
    url: str, clients: list[Session], form: str, t: CwmTokenizer, seconds: float
) -> tuple[list[Client], list[float]]:
    """Clients at once; what they did, and the server's memory near the start, in the middle and at the end."""
    until = time.perf_counter() + seconds
    *done, memory = await asyncio.gather(
        *(stepping(session, form, t, until) for session in clients),
        memory_of(url, [seconds / 12, seconds / 2 - seconds / 12, seconds / 2]),
    )
    return list(done), memory


async def measure(url: str, arguments: argparse.Namespace, t: CwmTokenizer) -> bool:
    """Prints the table; whether nothing was lost."""
    clients = sessions(url, arguments.clients, t)
    alone, _ = await phase(url, clients[:1], arguments.form, t, arguments.seconds / 4)
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=False) as client:
        names = ("neuraldbg_batch_size_sum", "neuraldbg_batch_size_count", "neuraldbg_network_seconds_total")
        before = [await metric(client, name) for name in names]
        many, memory = await phase(url, clients, arguments.form, t, arguments.seconds)
        after = [await metric(client, name) for name in names]
    size, passes, busy = (now - was for now, was in zip(after, before, strict=True))
    for session in clients:
        await session.client.aclose()
    lost = [text for client in many for text in client.lost]
    one, all_of_them = (rates(alone, arguments.seconds / 4), rates(many, arguments.seconds))
    counts = [client.done for client in many]
    print(f"{'':12}{'requests/s':>12}{'tokens/s':>10}{'median s':>10}{'95% s':>8}")
    for name, found in (("1 client", one), (f"{arguments.clients} clients", all_of_them)):
        print(f"{name:12}{found[0]:12.1f}{found[1]:10.0f}{found[2]:10.3f}{found[3]:8.3f}")
    print(
        f"throughput against one client: {all_of_them[0] / one[0]:.1f}x requests, {all_of_them[1] / one[1]:.1f}x tokens"
    )
    print(f"requests: {sum(counts)} answered, {len(lost)} lost{': ' + lost[0] if lost else ''}")
    print(f"shares: {min(counts)} to {max(counts)} a client, max/min {max(counts) / max(1, min(counts)):.2f}")
    print(f"server's memory: {', '.join(f'{m:.0f}' for m in memory)} MiB at start, middle, end")
    print(
        f"passes: {size / passes:.1f} sequences each, {100 * busy / arguments.seconds:.0f}% of the time in the network"
    )
    return not lost


def rates(clients: list[Client], seconds: float) -> tuple[float, float, float, float]:
    """Requests and tokens a second, median and 95% of the seconds a request took."""
    took = sorted(second for client in clients for second in client.seconds)
    done, tokens = sum(client.done for client in clients), sum(client.tokens for client in clients)
    return done / seconds, tokens / seconds, statistics.median(took), took[int(0.95 * (len(took) - 1))]


def main() -> None:
    """Starts a server, measures, ends it."""
    parser = argparse.ArgumentParser(description="a bounded load test of neuraldbg serve")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--form", choices=("openai", "fgserve"), default="openai")
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    command: list[Any] = [sys.executable, "-m", "neuraldbg", "serve", "--port", "0", "--quiet"]
    command += ["--slots", str(arguments.slots), "--batch", str(arguments.batch), "--threads", str(arguments.threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    said: list[str] = []
    try:
        assert server.stderr is not None
        line = server.stderr.readline()
        threading.Thread(target=said.extend, args=(server.stderr,), daemon=True).start()
        found = re.search(r"http://\S+?(?=,)", line)
        if found is None:
            sys.exit(f"the server did not start: {line}")
        whole = asyncio.run(measure(found[0], arguments, CwmTokenizer.load(Path(resolve(None)))))
    finally:
        server.terminate()
        server.wait(10)
    print("".join(said), file=sys.stderr, end="")
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
