"""Continuous batching: many sequences share the slots of one network, pass by pass.

One thread owns the network. Before every pass it takes in waiting tasks while there are free slots; every pass reads
one id of each task that is being decoded and, within a budget, a chunk of each prompt that is still to be read, so that
a long prompt holds nobody up. A task that ends, fails or is cancelled frees its slot before the next pass. What a slot
holds stays when its task is gone: a task that begins with the same ids (the same session one step on, or a fork of it)
reads only the rest. Scheduling at the level of passes is Orca's (Yu et al., OSDI 2022), prompts in chunks beside
decoding are Sarathi's (Agrawal et al., 2023). It knows neither text nor HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from neuraldbg.errors import NeuraldbgError
from neuraldbg.model.engine import Floats, Network, Span, common_prefix

CHUNK: Final = 256  # ids of prompts read in one pass, over all tasks


class QueueFull(NeuraldbgError):
    """More tasks wait than may."""


class Stopping(NeuraldbgError):
    """The scheduler takes no tasks any more, or ended one before it was done."""


class PassFailed(NeuraldbgError):
    """The network failed in a pass."""


class Task(Protocol):
    """Something to be generated. The scheduler's thread writes it; ``cancelled`` is set by `Scheduler.cancel` only.

    Attributes:
        ids: to be read; ``push`` appends to them.
        last: logits are wanted behind each of the last so many of ``ids``.
        done: set by ``push`` when nothing more is wanted, and by ``fail``.
        cancelled: nobody wants it any more.
        idle: it keeps its slot, but has nothing to read until `Scheduler.resume`.
        reused: how many ids were in the slot already.
    """

    ids: list[int]
    last: int
    done: bool
    cancelled: bool
    idle: bool
    reused: int

    def push(self, logits: Floats) -> None:
        """Takes the logits `[last, vocabulary]`."""
        ...

    def fail(self, error: Exception) -> None:
        """Ends it without a result."""
        ...


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did.

    Attributes:
        tasks: how many sequences took part.
        read: ids that went through the network.
        decoded: tokens that came out.
        seconds: the network's share of it.
    """

    tasks: int
    read: int
    decoded: int
    seconds: float


@dataclass(slots=True)
class _Slot:
    """A place in the KV cache: it holds ``ids[:read]``; ``used`` is the pass it was last part of."""

    index: int
    ids: list[int] = field(default_factory=list)
    read: int = 0
    used: int = 0
    task: Task | None = None


class Scheduler:
    """Runs tasks on a network, in a thread of its own.

    Args:
        network: nobody else may use it.
        batch: most tasks at a time; None is as many as there are slots. Slots beyond it keep what finished tasks read.
        queue: most tasks that may wait.
        chunk: ids of prompts read in one pass, over all tasks.
        observe: told of every pass, in the scheduler's thread.
    """

    def __init__(
        self,
        network: Network,
        batch: int | None = None,
        queue: int = 256,
        chunk: int = CHUNK,
        observe: Callable[[Pass], None] | None = None,
    ) -> None:
        if not 0 < (batch or network.slots) <= network.slots or queue < 1 or chunk < 1:
            raise ValueError("batch must be 1 to the number of slots, queue and chunk at least 1")
        self.network = network
        self.batch = batch or network.slots
        self.queue = queue
        self.chunk = chunk
        self._observe = observe
        self._slots = [_Slot(i) for i in range(network.slots)]
        self._waiting: deque[deque[Task]] = deque()  # a queue for each submission; they take turns
        self._changed = threading.Condition()
        self._stopping = False
        self._clock = 0
        self._thread = threading.Thread(target=self._run, name="neuraldbg-scheduler", daemon=True)

    # Called from any thread

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, tasks: Sequence[Task]) -> None:
        """Queues tasks; those of one call take turns with those of others.

        Raises:
            QueueFull: if they do not all fit the queue.
            Stopping: if the scheduler is closed.
        """
        if any(not 0 < len(task.ids) <= self.network.context for task in tasks):
            raise ValueError(f"a task needs 1 to {self.network.context} ids to read")
        with self._changed:
            if not self.alive:
                raise Stopping("the server is stopping")
            free = self.batch - self._running()
            if self._queued() + len(tasks) > self.queue + free:
                raise QueueFull(f"{self._queued()} sequences are waiting, at most {self.queue} may")
            self._waiting.append(deque(tasks))
            self._changed.notify_all()

    def resume(self, task: Task, ids: list[int], last: int = 1) -> None:
        """Gives an idle task, which has a slot, other ids to read; what they share with the slot is not read again.

        Raises:
            Stopping: if the scheduler is closed.
        """
        with self._changed:
            if not self.alive:
                raise Stopping("the server is stopping")
            slot = next(slot for slot in self._slots if slot.task is task)
            slot.read = min(common_prefix(slot.ids[: slot.read], ids), len(ids) - last)
            slot.ids = task.ids = ids
            task.last = last
            task.idle = False
            self._changed.notify_all()

    def cancel(self, task: Task) -> None:
        """Nobody wants the task any more: its slot is free before the next pass."""
        with self._changed:
            task.cancelled = True
            self._changed.notify_all()
            for group in self._waiting:
                if task in group:
                    group.remove(task)
            self._waiting = deque(group for group in self._waiting if group)

    def close(self, timeout: float = 10.0) -> bool:
        """Ends all tasks with `Stopping` and the thread after the pass it is in; True if it ended in ``timeout`` s."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether tasks are taken."""
        return not self._stopping and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Tasks in the queue."""
        with self._changed:
            return self._queued()

    @property
    def running(self) -> int:
        """Tasks that have a slot."""
        with self._changed:
            return self._running()

    @property
    def holding(self) -> int:
        """Slots that hold ids, of running tasks or of finished ones."""
        return sum(slot.read > 0 for slot in self._slots)

    def _queued(self) -> int:
        return sum(map(len, self._waiting))

    def _running(self) -> int:
        return sum(slot.task is not None for slot in self._slots)

    # The thread

    def _run(self) -> None:
        try:
            while self._admit():
                self._pass()
        finally:  # also where a fault of ours ended the loop: nobody may wait for ever
            with self._changed:
                self._stopping = True
                left = [task for group in self._waiting for task in group]
                left += [slot.task for slot in self._slots if slot.task is not None]
                self._waiting.clear()
                for slot in self._slots:
                    slot.task = None
            for task in left:
                task.fail(Stopping("the server is stopping"))

    def _admit(self) -> bool:
        """Frees slots and gives them to waiting tasks; waits while there is nothing to do. False at the end."""
        with self._changed:
            while not self._stopping:
                for slot in self._slots:
                    if slot.task is not None and (slot.task.done or slot.task.cancelled):
                        slot.task = None
                while self._waiting and self._running() < self.batch:
                    group = self._waiting.popleft()
                    self._place(group.popleft())
                    if group:
                        self._waiting.append(group)
                if any(slot.task is not None and not slot.task.idle for slot in self._slots):
                    return True
                self._changed.wait()
        return False

    def _place(self, task: Task) -> None:
        """Gives a task the free slot that shares most with it, if that is half of either, else the one longest unused.

        A few ids are common to all prompts; for their sake the context of another session is not thrown away.
        """
        free = [slot for slot in self._slots if slot.task is None]
        shared = {slot.index: common_prefix(slot.ids[: slot.read], task.ids) for slot in free}
        best = max(free, key=lambda slot: (shared[slot.index], -slot.used))
        if 2 * shared[best.index] < min(best.read, len(task.ids)) or not best.read:
            best = min(free, key=lambda slot: (slot.read > 0, slot.used))
        # Logits are not kept, so that the ids behind which they are wanted are read again.
        best.read = task.reused = min(shared[best.index], len(task.ids) - task.last)
        best.ids = task.ids
        best.task = task
        best.used = self._clock

    def _plan(self) -> list[tuple[_Slot, int]]:
        """How many ids each slot reads next: shares of the budget, what a short prompt leaves goes to longer ones."""
        rest = [(len(s.ids) - s.read, s) for s in self._slots if s.task is not None and not s.task.idle]
        plan = [(slot, 1) for n, slot in rest if n == 1]
        reading = sorted(((n, slot) for n, slot in rest if n > 1), key=lambda item: (item[0], item[1].used))
        budget = self.chunk
        for i, (n, slot) in enumerate(reading):
            assert slot.task is not None
            share = min(n, max(1, budget // (len(reading) - i)))
            if n - share < slot.task.last:  # logits come from one pass
                share = n
            plan.append((slot, share))
            budget -= share
        return plan

    @staticmethod
    def _span(slot: _Slot, n: int) -> Span:
        assert slot.task is not None
        end = slot.read + n
        return Span(slot.index, slot.read, slot.ids[slot.read : end], slot.task.last if end == len(slot.ids) else 1)

    def _pass(self) -> None:
        self._clock += 1
        plan = self._plan()
        spans = [self._span(slot, n) for slot, n in plan]
        start = time.perf_counter()
        try:
            logits = self.network.forward(spans)
        except Exception as error:  # whatever the runtime raises, it costs these tasks, not the server
            for slot, _ in plan:
                assert slot.task is not None
                slot.task.fail(PassFailed((str(error).splitlines() or [type(error).__name__])[0]))
                slot.ids, slot.read = [], 0
            return
        seconds = time.perf_counter() - start
        decoded = row = 0
        for (slot, n), span in zip(plan, spans, strict=True):
            rows = logits[row : row + span.last]
            row += span.last
            slot.read += n
            slot.used = self._clock
            assert slot.task is not None
            if slot.read < len(slot.ids):
                continue
            decoded += 1
            try:
                slot.task.push(rows)
            except Exception as error:
                slot.task.fail(error)
        if self._observe is not None:
            self._observe(Pass(len(plan), sum(len(span.ids) for span in spans), decoded, seconds))
