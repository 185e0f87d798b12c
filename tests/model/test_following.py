"""Traces in fgserve's form: steps, steps over calls, steps back, and prompts that are no traces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import httpx
import pytest

from neuraldbg.model.decoding import most_likely
from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.following import Follower, read_trace_prompt
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.job import Served
from neuraldbg.model.loading import load_network
from neuraldbg.model.serving import Settings
from neuraldbg.model.tokenizer import CwmTokenizer
from neuraldbg.steps import Event
from tests.model.serving import Running, Slow, run_server, served_by

SOURCE = """\
def double(x):
    y = x * 2
    return y


def main():  # << START_OF_TRACE
    a = double(3)
    b = a + 1
    return b
"""


class Client:
    """What Meta's demo debugger does: it sends everything and reads the reply without a check."""

    def __init__(self, server: Running, tokenizer: CwmTokenizer, source: str = SOURCE) -> None:
        t = self.t = tokenizer
        self.server = server
        self.head = [t.begin_of_text, t.trace_context_start, *t.encode(source), t.frame_sep]
        self.frames: list[list[int]] = []
        self.events = {t.call_sep: "call", t.line_sep: "line", t.return_sep: "return", t.exception_sep: "exception"}

    def step(self, event: int | None = None) -> tuple[str, str, object]:
        """Event, line, and locals or value; ("end", "", None) at the end."""
        prompt = [*self.head, *(i for frame in self.frames for i in frame), *([] if event is None else [event])]
        body = {"prompt": prompt, "max_tokens": 2048, "temperature": 0.0, "top_p": 0.95, "stop": "<|frame_sep|>"}
        reply = self.server.post(body, "/completions")
        assert reply.status_code == 200, reply.text
        tokens = [*([] if event is None else [event]), *reply.json()["choices"][0]["tokens"]]
        if tokens == [self.t.end_of_text]:
            return "end", "", None
        assert tokens[-1] == self.t.frame_sep
        self.frames.append(tokens)
        return self.read(tokens)

    def read(self, tokens: list[int]) -> tuple[str, str, object]:
        t, action = self.t, tokens.index(self.t.action_sep)
        rest = tokens[action + 1 : -1]
        line, value = (
            (rest[: rest.index(t.arg_sep)], rest[rest.index(t.arg_sep) + 1 :]) if t.arg_sep in rest else (rest, [])
        )
        shown = tokens[1:action] or value
        return self.events[tokens[0]], t.decode(line).strip(), json.loads(t.decode(shown))


@pytest.fixture(scope="module")
def server(tokenizer: CwmTokenizer) -> Iterator[Running]:
    loaded = load_network(slots=4)
    served: Served = served_by(tokenizer, "cwm-nano", loaded.scratchpad)
    with run_server(loaded.network, served, Settings(log=False)) as running:
        yield running


def test_a_session_into_a_call(server: Running, tokenizer: CwmTokenizer) -> None:
    client = Client(server, tokenizer)
    assert client.step(tokenizer.call_sep) == ("call", "def main():", {})
    lines = [client.step() for _ in range(9)]
    assert [line[:2] for line in lines] == [
        ("line", "a = double(3)"),
        ("call", "def double(x):"),
        ("line", "y = x * 2"),
        ("line", "return y"),
        ("return", "return y"),
        ("line", "b = a + 1"),
        ("line", "return b"),
        ("return", "return b"),
        ("end", ""),
    ]
    assert lines[1][2] == {"x": "3"}


def test_over_a_call_and_back(server: Running, tokenizer: CwmTokenizer) -> None:
    client = Client(server, tokenizer)
    client.step(tokenizer.call_sep)
    client.step()
    assert client.step()[1] == "def double(x):"
    event, line, value = client.step(tokenizer.return_sep)
    assert (event, line) == ("return", "return y")
    after = client.step()
    assert after[:2] == ("line", "b = a + 1")
    # The value that came back is the one that is assigned, written whole behind a return.
    assert after[2] == {"a": value}
    del client.frames[-2:]  # back to the call, and into it this time
    assert client.step(tokenizer.line_sep)[:2] == ("line", "y = x * 2")


def test_arguments_are_invented_where_the_entry_takes_some(server: Running, tokenizer: CwmTokenizer) -> None:
    source = "def f(xs, *, key):  # << START_OF_TRACE\n    n = len(xs)\n    return n\n"
    client = Client(server, tokenizer, source)
    event, line, shown = client.step(tokenizer.call_sep)
    assert (event, line) == ("call", "def f(xs, *, key):")
    assert isinstance(shown, dict) and list(shown) == ["xs", "key"]
    assert client.step()[:2] == ("line", "n = len(xs)")


def test_lines_of_equal_text_are_told_by_where_control_can_be(server: Running, tokenizer: CwmTokenizer) -> None:
    source = "def f():  # << START_OF_TRACE\n    x = 1\n    x = 1\n    x = 1\n    return x\n"
    client = Client(server, tokenizer, source)
    client.step(tokenizer.call_sep)
    assert [client.step()[1] for _ in range(6)] == ["x = 1", "x = 1", "x = 1", "return x", "return x", ""]


def test_a_long_session_outgrows_the_context(server: Running, tokenizer: CwmTokenizer) -> None:
    source = "def f():  # << START_OF_TRACE\n    i = 0\n    while True:\n        i = 1\n"
    client = Client(server, tokenizer, source)
    client.step(tokenizer.call_sep)
    while sum(map(len, client.frames)) < 1200:
        client.step()
    assert client.step()[1] in ("while True:", "i = 1")


def test_the_same_frames_without_a_memory(tokenizer: CwmTokenizer) -> None:
    """A server that was started anew reads back what another one said."""
    engine = LocalEngine(load_network().network)
    t, vocabulary = tokenizer, Vocabulary(tokenizer)
    follower = Follower(vocabulary, True)
    ids = [t.begin_of_text, t.trace_context_start, *t.encode(SOURCE), t.frame_sep]
    for forced in ([t.call_sep], [], [], [t.return_sep], [], []):
        trace = read_trace_prompt([*ids, *forced], t)
        assert trace is not None
        answer = follower.answer(trace, engine, most_likely)
        assert answer is not None
        ids += [*forced, *answer]
    trace = read_trace_prompt(ids, t)
    assert trace is not None and len(trace.frames) == 6
    fresh = Follower(vocabulary, True).answer(trace, engine, most_likely)
    assert fresh is not None and fresh[0] == t.return_sep


def test_prompts_that_are_no_traces(tokenizer: CwmTokenizer) -> None:
    t = tokenizer
    head = [t.begin_of_text, t.trace_context_start, *t.encode(SOURCE), t.frame_sep]
    trace = read_trace_prompt([*head, t.call_sep], t)
    assert trace is not None and trace.wanted is Event.CALL and trace.source == SOURCE
    for ids in (
        [],
        t.encode(SOURCE),
        head[:-1],
        [*head, *t.encode("x")],
        [*head, t.call_sep, t.call_sep],
        [*head, t.frame_sep],
        [*head, t.line_sep, *t.encode("{}"), t.frame_sep],
        [*head, t.line_sep, *t.encode("{"), t.action_sep, *t.encode("a"), t.frame_sep],
        [*head, t.line_sep, *t.encode('{"a": 1}'), t.action_sep, *t.encode("a"), t.frame_sep],
        [*head, t.line_sep, *t.encode("{}"), t.action_sep, t.eot_id, t.frame_sep],
    ):
        assert read_trace_prompt(ids, t) is None


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",  # no mark
        "def f():  # << START_OF_TRACE\n  return (\n",
        "x = 1  # << START_OF_TRACE\n",
        "class A:\n    def f(self):  # << START_OF_TRACE\n        return 1\n",
    ],
)
def test_programs_that_cannot_be_followed_are_continued_as_text(
    server: Running, tokenizer: CwmTokenizer, source: str
) -> None:
    t = tokenizer
    prompt = [t.begin_of_text, t.trace_context_start, *t.encode(source), t.frame_sep, t.call_sep]
    body = {"prompt": prompt, "max_tokens": 5, "temperature": 0, "stop": "<|frame_sep|>"}
    reply = server.post(body, "/completions")
    assert reply.status_code == 200
    assert 1 <= len(reply.json()["choices"][0]["tokens"]) <= 5


def test_events_and_frames_that_cannot_be_are_continued_as_text(server: Running, tokenizer: CwmTokenizer) -> None:
    client = Client(server, tokenizer)
    client.step(tokenizer.call_sep)
    t = tokenizer
    lie = [t.line_sep, *t.encode('{"q": "1"}'), t.action_sep, *t.encode("    return z\n"), t.frame_sep]
    ids = [*client.head, *client.frames[0]]
    for prompt in ([*ids, *lie], [*ids, t.call_sep]):
        body = {"prompt": prompt, "max_tokens": 3, "stop": "<|frame_sep|>"}
        assert server.post(body, "/completions").status_code == 200


def test_clients_that_leave_and_networks_that_fail(tokenizer: CwmTokenizer) -> None:
    loaded = load_network(slots=1)
    network = Slow(loaded.network, 0.02)
    with run_server(network, served_by(tokenizer, "cwm-nano", loaded.scratchpad), Settings(log=False)) as server:
        client = Client(server, tokenizer, "def f(a, b, c):  # << START_OF_TRACE\n    return a + b + c\n")
        body = {"prompt": [*client.head, tokenizer.call_sep], "stop": "<|frame_sep|>"}
        for _ in range(50):  # a reply may be faster than the hang-up
            with suppress(httpx.ReadTimeout):
                httpx.post(f"{server.url}/completions", json=body, timeout=httpx.Timeout(60, read=0.03))
            assert server.idle()
            if server.metric("neuraldbg_abandoned_requests_total"):
                break
        assert server.metric("neuraldbg_abandoned_requests_total")
        network.error = RuntimeError("out of memory\nand so on")
        assert server.error(server.post(body, "/completions"), 500) == "the model failed: out of memory"
        network.error = None
        assert client.step(tokenizer.call_sep)[0] == "call"


def test_a_full_queue_of_traces(tokenizer: CwmTokenizer) -> None:
    loaded = load_network(slots=1)
    settings = Settings(log=False, queue=1)
    with run_server(Slow(loaded.network, 0.02), served_by(tokenizer, "cwm-nano", True), settings) as server:
        client = Client(server, tokenizer, "def f(a, b, c):  # << START_OF_TRACE\n    return a + b + c\n")
        body = {"prompt": [*client.head, tokenizer.call_sep], "stop": "<|frame_sep|>"}
        with ThreadPoolExecutor(8) as pool:
            post = partial(httpx.post, f"{server.url}/completions", json=body, timeout=60)
            codes = Counter(reply.status_code for reply in pool.map(lambda _: post(), range(8)))
    assert set(codes) == {200, 429} and codes[200] >= 2


def test_a_trace_may_not_grow_for_ever(server: Running, tokenizer: CwmTokenizer) -> None:
    t = tokenizer
    prompt = [t.begin_of_text, t.trace_context_start] + [5] * (64 * 1024)
    body = {"prompt": prompt, "stop": "<|frame_sep|>"}
    assert "begin a new one" in server.error(server.post(body, "/completions"), 413)


def test_a_program_that_does_not_fit_is_refused(server: Running, tokenizer: CwmTokenizer) -> None:
    lines = "".join(f"    a{i} = {i} + {i} * {i}\n" for i in range(200))
    client = Client(server, tokenizer, f"def f():  # << START_OF_TRACE\n{lines}    return a0\n")
    body = {"prompt": [*client.head, tokenizer.call_sep], "stop": "<|frame_sep|>"}
    assert "this model reads" in server.error(server.post(body, "/completions"), 413)


def test_without_the_grammar_the_model_is_sampled(tokenizer: CwmTokenizer) -> None:
    loaded = load_network(slots=1)
    with run_server(loaded.network, served_by(tokenizer), Settings(grammar=False, log=False)) as server:
        t = tokenizer
        prompt = [t.begin_of_text, t.trace_context_start, *t.encode(SOURCE), t.frame_sep, t.call_sep]
        asked = {"prompt": prompt, "max_tokens": 6, "temperature": 0}
        plain = server.post({**asked, "return_token_ids": True}, "/v1/completions").json()["choices"][0]["token_ids"]
        shown = server.post({**asked, "stop": "<|frame_sep|>"}, "/completions").json()["choices"][0]["tokens"]
        assert shown == plain[: len(shown)]
