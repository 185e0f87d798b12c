"""One loaded model for many conversations, in as many threads: weights and tables once, a slot of the KV cache each.

    models = Models()
    source = models.predictor("cwm-nano").source(program)       # the next one with this model shares its network

A conversation keeps its slot between questions as long as there are enough; then the one that has been quiet longest
gives its slot up, and reads its prompt again when it goes on. A slot is free once its engine is gone.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from neuraldbg.model.engine import Floats, LocalEngine, Network
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.loading import Loaded, load_network
from neuraldbg.model.predictor import Predictor, load_predictor

SLOTS: Final = 16  # memory for one is taken when it is first used

Load = Callable[[str | None, str | None, str | None], Loaded]


@dataclass(slots=True)
class _Slot:
    """A place in the KV cache.

    Attributes:
        owner: the engine whose ids it holds.
        used: when it was last lent, on a clock of its own.
        busy: a pass writes to it.
    """

    owner: weakref.ref[SharedEngine] | None = None
    used: int = 0
    busy: bool = False


class Slots:
    """The slots of one network, lent to engines for a question at a time.

    Args:
        network: nobody else may use it.
        together: it can be asked by several threads at once, for different slots.
    """

    def __init__(self, network: Network, together: bool) -> None:
        self.network = network
        self._slots = [_Slot() for _ in range(network.slots)]
        self._changed = threading.Condition()
        self._together = together
        self._clock = 0

    @contextmanager
    def lent(self, engine: SharedEngine) -> Iterator[tuple[int, bool]]:
        """Number of a slot, and whether it still holds what the engine read last. Waits while all are busy."""
        with self._changed:
            while (number := self._choose(engine)) is None:
                self._changed.wait()
            slot = self._slots[number]
            kept = slot.owner is not None and slot.owner() is engine
            if not kept:
                slot.owner = weakref.ref(engine)
            self._clock += 1
            slot.used, slot.busy = self._clock, True
        try:
            yield number, kept
        finally:
            with self._changed:
                slot.busy = False
                self._changed.notify_all()

    def _choose(self, engine: SharedEngine) -> int | None:
        """The engine's own slot, else the first that nobody holds, else the one longest unused; None: wait."""
        if not self._together and any(slot.busy for slot in self._slots):
            return None
        owners = [slot.owner() if slot.owner is not None else None for slot in self._slots]
        if engine in owners:
            return owners.index(engine)
        free = [n for n, slot in enumerate(self._slots) if not slot.busy]
        nobodys = (n for n in free if owners[n] is None)
        return next(nobodys, min(free, key=lambda n: self._slots[n].used, default=None))


class SharedEngine(LocalEngine):
    """One conversation with a shared network; one thread at a time asks it.

    Args:
        slots: of the network.
    """

    def __init__(self, slots: Slots) -> None:
        super().__init__(slots.network)
        self._slots = slots

    def logits(self, ids: Sequence[int], draft: Sequence[int] = ()) -> Floats:
        """See `LocalEngine`."""
        with self._slots.lent(self) as (self.slot, kept):
            if not kept:
                self._ids, self._rows = [], np.empty((0, 0), np.float32)
            return super().logits(ids, draft)


class _Model:
    """A loaded model and the slots of its network."""

    def __init__(self, loaded: Loaded) -> None:
        self.name, self.scratchpad = loaded.name, loaded.scratchpad
        self.vocabulary = Vocabulary(loaded.tokenizer)
        self.slots = Slots(loaded.network, loaded.runtime != "transformers")


class Models:
    """Loads each model once, however many ask for it, and forgets those that nobody uses; the last one stays.

    Args:
        load: loads a model by name, device and quantization.
    """

    def __init__(self, load: Load | None = None) -> None:
        self._load = load or _load
        self._lock = threading.Lock()
        self._loading: dict[object, threading.Lock] = {}
        self._models: weakref.WeakValueDictionary[object, _Model] = weakref.WeakValueDictionary()
        self._last: _Model | None = None

    def predictor(
        self,
        model: str | None = None,
        device: str | None = None,
        quantize: str | None = None,
        server: str | None = None,
        calculates: bool = False,
    ) -> Predictor:
        """A predictor of its own for a conversation; see `load_predictor`. Of a server there is nothing to share.

        Raises:
            ModelError: as `load_predictor`.
        """
        if server is not None:
            return load_predictor(model, device, quantize, server, calculates)
        key = model, device, quantize
        with self._lock:
            own = self._loading.setdefault(key, threading.Lock())
        with own:  # whoever comes second waits for the first; other models load meanwhile
            found = self._models.get(key)
            if found is None:
                found = self._models[key] = _Model(self._load(model, device, quantize))
        self._last = found
        return _Sharing(found, calculates)


class _Sharing(Predictor):
    """A predictor that keeps the model it shares alive."""

    def __init__(self, model: _Model, calculates: bool) -> None:
        super().__init__(SharedEngine(model.slots), model.vocabulary, model.name, model.scratchpad, calculates)
        self._model = model


def _load(model: str | None, device: str | None, quantize: str | None) -> Loaded:
    return load_network(model, device, quantize, SLOTS, lazy=True)
