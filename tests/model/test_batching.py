"""The scheduler, on a network whose logits are a hash of what a slot holds: a wrong id anywhere gives other tokens."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg.errors import ModelError
from neuraldbg.model.batching import Pass, PassFailed, QueueFull, Scheduler, Stopping
from neuraldbg.model.conversation import Conversation
from neuraldbg.model.decoding import Stopped
from neuraldbg.model.engine import Floats, LocalEngine, Span

VOCAB = 16


def logits_of(ids: Sequence[int]) -> Floats:
    """Depends on every id and its position."""
    seed = int.from_bytes(hashlib.sha256(repr(list(ids)).encode()).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=VOCAB).astype(np.float32)


def expected(prompt: Sequence[int], n: int) -> list[int]:
    """What greedy decoding gives alone."""
    ids = list(prompt)
    for _ in range(n):
        ids.append(int(logits_of(ids).argmax()))
    return ids


class FakeNetwork:
    """Holds ids instead of keys; checks what a scheduler promises."""

    def __init__(self, slots: int = 3, context: int = 200, delay: float = 0.0, draft: int = 0) -> None:
        self.slots, self.context, self.vocab_size, self.draft = slots, context, VOCAB, draft
        self.held: list[list[int]] = [[] for _ in range(slots)]
        self.passes: list[list[Span]] = []
        self.delay = delay
        self.fail_next = False
        self.thread: int | None = None

    def forward(self, spans: Sequence[Span]) -> Floats:
        assert self.thread in (None, threading.get_ident()), "only one thread may own the network"
        self.thread = threading.get_ident()
        assert len({span.slot for span in spans}) == len(spans) > 0
        if self.fail_next:
            self.fail_next = False
            raise RuntimeError("out of memory\nsomewhere")
        rows = []
        for span in spans:
            held = self.held[span.slot]
            assert 0 <= span.start <= len(held)
            assert len(span.ids) >= span.last >= 1
            held[span.start :] = span.ids
            assert len(held) <= self.context
            rows += [logits_of(held[: len(held) - i]) for i in reversed(range(span.last))]
        self.passes.append(list(spans))
        time.sleep(self.delay)
        return np.stack(rows)


class Greedy:
    """A task that takes the most likely token ``n`` times."""

    def __init__(self, prompt: Sequence[int], n: int, on_token: Callable[[Greedy], None] | None = None) -> None:
        self.prompt = list(prompt)
        self.ids = list(prompt)
        self.n = n
        self.last = 1
        self.done = self.cancelled = self.idle = False
        self.reused = 0
        self.error: Exception | None = None
        self.finished = threading.Event()
        self.on_token = on_token

    def push(self, logits: Floats) -> None:
        assert not self.done
        assert logits.shape == (1, VOCAB)
        self.ids.append(int(logits[0].argmax()))
        self.done = len(self.ids) - len(self.prompt) == self.n
        if self.on_token is not None:
            self.on_token(self)
        if self.done:
            self.finished.set()

    def fail(self, error: Exception) -> None:
        self.error, self.done = error, True
        self.finished.set()

    def wait(self) -> list[int]:
        assert self.finished.wait(60), "a task never ended"
        assert self.error is None, self.error
        return self.ids


@pytest.fixture
def running() -> object:
    """Starts schedulers and ends them."""
    started: list[Scheduler] = []

    def start(network: FakeNetwork, **options: object) -> Scheduler:
        scheduler = Scheduler(network, **options)  # type: ignore[arg-type]
        scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start
    for scheduler in started:
        assert scheduler.close()


Start = Callable[..., Scheduler]

PROMPTS = st.lists(
    st.tuples(
        st.integers(0, 3),  # which of a few beginnings, so that prompts share prefixes
        st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=12),
        st.integers(1, 8),
        st.booleans(),  # cancelled on the way
    ),
    min_size=1,
    max_size=12,
)
BEGINNINGS = [[], [1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8], [9] * 30]


@given(
    asked=PROMPTS,
    slots=st.integers(1, 4),
    chunk=st.integers(1, 16),
    together=st.integers(1, 4),
    batch=st.integers(1, 4),
)
def test_every_task_gets_what_it_would_get_alone(
    asked: list[tuple[int, list[int], int, bool]], slots: int, chunk: int, together: int, batch: int
) -> None:
    network = FakeNetwork(slots)
    scheduler = Scheduler(network, min(batch, slots), chunk=chunk)
    scheduler.start()
    tasks = [(Greedy(BEGINNINGS[which] + rest, n), cancel) for which, rest, n, cancel in asked]
    try:
        for i in range(0, len(tasks), together):
            scheduler.submit([task for task, _ in tasks[i : i + together]])
            for task, cancel in tasks[i : i + together]:
                if cancel:
                    scheduler.cancel(task)
        for task, cancel in tasks:
            if not cancel:
                assert task.wait() == expected(task.prompt, task.n)
        deadline = time.monotonic() + 60
        while scheduler.running or scheduler.waiting:  # cancelled ones are let go too
            assert time.monotonic() < deadline
            time.sleep(0.001)
    finally:
        assert scheduler.close()
    for task, cancel in tasks:
        if cancel:
            assert task.ids == expected(task.prompt, len(task.ids) - len(task.prompt))


def test_random_arrival_from_many_threads(running: Start) -> None:
    network = FakeNetwork(slots=5)
    scheduler = running(network, chunk=7)
    failures: list[str] = []

    def client(seed: int) -> None:
        rng = random.Random(seed)
        history = [rng.randrange(VOCAB) for _ in range(rng.randrange(1, 40))]
        for _ in range(6):
            task = Greedy(history, rng.randrange(1, 6))
            scheduler.submit([task])
            if rng.random() < 0.2:
                time.sleep(rng.random() / 500)
                scheduler.cancel(task)
                continue
            history = task.wait()
            if history != expected(task.prompt, task.n):
                failures.append(f"client {seed}")

    threads = [threading.Thread(target=client, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not failures
    assert max(len(spans) for spans in network.passes) > 1, "nothing was batched"


def test_a_session_one_step_on_reads_only_what_is_new(running: Start) -> None:
    network = FakeNetwork()
    scheduler = running(network)
    first = Greedy([1] * 50, 4)
    scheduler.submit([first])
    history = first.wait()
    other = Greedy([2] * 20, 1)
    scheduler.submit([other])
    other.wait()
    network.passes.clear()
    second = Greedy([*history, 5, 6], 2)
    scheduler.submit([second])
    second.wait()
    # The last generated token was never read.
    assert second.reused == len(history) - 1
    assert sum(len(span.ids) for spans in network.passes for span in spans) == 3 + 1
    again = Greedy(history, 1)
    scheduler.submit([again])
    again.wait()
    assert again.reused == len(history) - 1, "one id is read again, for its logits"


def test_a_fork_shares_the_prefix_and_a_stranger_takes_the_oldest_slot(running: Start) -> None:
    scheduler = running(FakeNetwork(slots=3))
    sessions = [[i] * 40 for i in range(3)]
    for session in sessions:
        task = Greedy(session, 1)
        scheduler.submit([task])
        task.wait()
    fork = Greedy(sessions[1][:30] + [7, 7], 1)
    scheduler.submit([fork])
    fork.wait()
    assert fork.reused == 30
    stranger = Greedy([0, 9, 9, 9, 9, 9], 1)  # shares one id with session 0: not worth its context, but it is oldest
    scheduler.submit([stranger])
    stranger.wait()
    kept = Greedy([*sessions[2], 3], 1)
    scheduler.submit([kept])
    kept.wait()
    assert kept.reused == 40


def test_a_few_common_ids_do_not_cost_a_session_its_context(running: Start) -> None:
    scheduler = running(FakeNetwork(slots=2))
    old, recent = Greedy([1] * 30, 1), Greedy([8, 8] + [2] * 30, 1)
    for task in (old, recent):
        scheduler.submit([task])
        task.wait()
    stranger = Greedy([8, 8, 3, 3, 3, 3, 3, 3], 1)
    scheduler.submit([stranger])
    stranger.wait()
    assert stranger.reused == 0
    later = Greedy([*recent.prompt, 4], 1)
    scheduler.submit([later])
    later.wait()
    assert later.reused == len(recent.prompt)


def test_a_long_prompt_holds_nobody_up(running: Start) -> None:
    seen: list[int] = []
    network = FakeNetwork(slots=2, context=2000)
    scheduler = running(network, chunk=10)
    long = Greedy([3] * 1500, 1)
    short = Greedy([1, 2], 40, on_token=lambda task: seen.append(len(network.passes)))
    scheduler.submit([long])
    scheduler.submit([short])
    short.wait()
    long.wait()
    assert all(later - earlier == 1 for earlier, later in zip(seen, seen[1:], strict=False)), "a pass without its token"
    assert seen[-1] < 150
    assert max(sum(len(span.ids) for span in spans) for spans in network.passes) <= 10 + 1


def test_those_of_a_large_request_take_turns_with_others(running: Start) -> None:
    order: list[str] = []
    gate = threading.Event()
    scheduler = running(FakeNetwork(slots=1))
    blocker = Greedy([1], 1, on_token=lambda task: gate.wait(60))
    scheduler.submit([blocker])
    large = [Greedy([2, i], 1, on_token=lambda task: order.append("large")) for i in range(6)]
    small = [Greedy([3, i], 1, on_token=lambda task: order.append("small")) for i in range(3)]
    scheduler.submit(large)
    for task in small:
        scheduler.submit([task])
    gate.set()
    for task in (*large, *small):
        task.wait()
    assert order[:4].count("small") == 3, order


def test_slots_are_free_once_clients_leave(running: Start) -> None:
    network = FakeNetwork(slots=2, context=100_000, delay=0.001)
    scheduler = running(network, queue=4)
    endless = [Greedy([i], 10**6) for i in range(4)]
    scheduler.submit(endless)
    for task in endless:
        scheduler.cancel(task)
    task = Greedy([5], 3)
    scheduler.submit([task])
    assert task.wait() == expected([5], 3)
    assert scheduler.waiting == 0


def test_a_full_queue_refuses_and_takes_again_later(running: Start) -> None:
    gate = threading.Event()
    scheduler = running(FakeNetwork(slots=1), queue=2)
    blocker = Greedy([1], 1, on_token=lambda task: gate.wait(60))
    scheduler.submit([blocker])
    while not scheduler.running:
        time.sleep(0.001)
    waiting = [Greedy([2], 1), Greedy([3], 1)]
    scheduler.submit(waiting)
    with pytest.raises(QueueFull):
        scheduler.submit([Greedy([4], 1)])
    assert scheduler.waiting == 2
    gate.set()
    for task in waiting:
        task.wait()
    last = Greedy([4], 1)
    scheduler.submit([last])
    last.wait()


def test_a_pass_that_fails_costs_its_tasks_only(running: Start) -> None:
    network = FakeNetwork()
    scheduler = running(network)
    task = Greedy([1, 2, 3], 2)
    network.fail_next = True
    scheduler.submit([task])
    assert task.finished.wait(60)
    assert isinstance(task.error, PassFailed) and str(task.error) == "out of memory"
    again = Greedy([1, 2, 3], 2)
    scheduler.submit([again])
    assert again.wait() == expected([1, 2, 3], 2)
    assert again.reused == 0, "what a failed pass half wrote must not be reused"


def test_a_task_whose_choice_fails_ends_alone(running: Start) -> None:
    scheduler = running(FakeNetwork())

    def refuse(task: Greedy) -> None:
        raise ModelError("no")

    bad, good = Greedy([1], 5, refuse), Greedy([2], 5)
    scheduler.submit([bad, good])
    assert good.wait() == expected([2], 5)
    assert bad.finished.wait(60)
    assert isinstance(bad.error, ModelError)


def test_closing_ends_what_runs_and_waits() -> None:
    scheduler = Scheduler(FakeNetwork(slots=1, context=10**6, delay=0.001))
    scheduler.start()
    tasks = [Greedy([1], 10**6), Greedy([2], 10**6)]
    scheduler.submit(tasks)
    assert scheduler.close()
    assert all(isinstance(task.error, Stopping) for task in tasks)
    with pytest.raises(Stopping):
        scheduler.submit([Greedy([1], 1)])
    assert not scheduler.alive


def test_passes_are_told(running: Start) -> None:
    told: list[Pass] = []
    scheduler = running(FakeNetwork(), chunk=4, observe=told.append)
    task = Greedy([1] * 10, 3)
    scheduler.submit([task])
    task.wait()
    while len(told) < 5:
        time.sleep(0.001)
    assert [(p.tasks, p.read, p.decoded) for p in told] == [(1, 4, 0), (1, 4, 0), (1, 2, 1), (1, 1, 1), (1, 1, 1)]


def test_nonsense_is_refused(running: Start) -> None:
    with pytest.raises(ValueError, match="batch"):
        Scheduler(FakeNetwork(slots=2), batch=3)
    scheduler = running(FakeNetwork(context=10))
    for ids in ([], [1] * 11):
        with pytest.raises(ValueError, match="ids to read"):
            scheduler.submit([Greedy(ids, 1)])


@given(questions=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9), max_size=8), draft=st.integers(0, 3))
def test_a_conversation_is_an_engine(questions: list[list[int]], draft: int) -> None:
    network = FakeNetwork(draft=draft)
    scheduler = Scheduler(network, chunk=3)
    scheduler.start()
    conversation, other = Conversation(scheduler), Greedy([7, 7], 50)
    try:
        scheduler.submit([other])
        alone = LocalEngine(FakeNetwork(draft=draft))
        for question in questions:
            drafted = [0, 1, 2][: conversation.draft]
            got = conversation.logits(question, drafted)
            np.testing.assert_array_equal(got, alone.logits(question, drafted))
            if drafted:
                np.testing.assert_array_equal(conversation.logits([*question, 0]), logits_of([*question, 0]))
        assert other.wait() == expected([7, 7], 50)
    finally:
        conversation.close()
        assert scheduler.close()


def test_a_conversation_keeps_its_slot_until_it_is_closed(running: Start) -> None:
    network = FakeNetwork(slots=1)
    scheduler = running(network)
    gone = threading.Event()
    conversation = Conversation(scheduler, gone.is_set)
    conversation.logits([1] * 20)
    task = Greedy([2], 1)
    scheduler.submit([task])
    network.passes.clear()
    conversation.logits([1] * 20 + [3])
    assert [len(span.ids) for spans in network.passes for span in spans] == [1]
    assert not task.finished.is_set()
    gone.set()
    with pytest.raises(Stopped):
        conversation.logits([1] * 22)
    conversation.close()
    task.wait()
    with pytest.raises(ModelError, match="do not fit"):
        Conversation(scheduler).logits([1] * 201)


def test_a_conversation_hears_of_the_end() -> None:
    scheduler = Scheduler(FakeNetwork())
    scheduler.start()
    conversation = Conversation(scheduler)
    conversation.logits([1])
    assert scheduler.close()
    with pytest.raises(Stopping):
        conversation.logits([1, 2])
