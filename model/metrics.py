"""What `neuraldbg serve` counts, in Prometheus' text form. Prompts, replies and keys are never among the labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from neuraldbg.model.batching import Pass, Scheduler

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"neuraldbg_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()) -> Histogram:
            return Histogram(f"neuraldbg_{name}", text, labels, buckets=buckets, registry=registry)

        self.requests = counter("requests", "Requests answered", ("endpoint", "status"))
        self.request_seconds = histogram("request_seconds", "From request to end of reply", _SECONDS, ("endpoint",))
        self.prompt_tokens = counter("prompt_tokens", "Tokens of the prompts that were taken")
        self.reused_tokens = counter("reused_prompt_tokens", "Tokens of prompts that were in the cache already")
        self.generated_tokens = counter("generated_tokens", "Tokens generated")
        self.abandoned = counter("abandoned_requests", "Requests whose client left before the end")
        self.network_seconds = counter("network_seconds", "Seconds spent in the network")
        self.pass_seconds = histogram("pass_seconds", "Of one pass of the network", _SECONDS)
        self.batch_size = histogram("batch_size", "Sequences in one pass of the network", _SIZES)
        self.pass_tokens = histogram("pass_tokens", "Tokens read in one pass of the network", _SIZES)

    def watch(self, scheduler: Scheduler) -> None:
        """Reads queue and slots of a scheduler whenever the metrics are asked for."""
        gauges = {
            "queue_length": ("Sequences that wait", lambda: scheduler.waiting),
            "slots_in_use": ("Slots whose sequence is being read or generated", lambda: scheduler.running),
            "slots_holding": ("Slots that hold tokens, those of finished sequences too", lambda: scheduler.holding),
            "slots": ("Slots there are", lambda: scheduler.network.slots),
        }
        for name, (text, read) in gauges.items():
            Gauge(f"neuraldbg_{name}", text, registry=self.registry).set_function(read)

    def observe_pass(self, done: Pass) -> None:
        """Counts a pass of the network."""
        self.network_seconds.inc(done.seconds)
        self.pass_seconds.observe(done.seconds)
        self.batch_size.observe(done.tasks)
        self.pass_tokens.observe(done.read)

    def text(self) -> bytes:
        """In Prometheus' text form."""
        return generate_latest(self.registry)
