"""The command palette: every command of the table, found by what it does or by its name."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from neuraldbg.tui.base import StepperBase
from neuraldbg.tui.bindings import KEYS, Key, key_name


class Commands(Provider):
    """Offers the table of bindings."""

    def _keys(self, key: Key) -> str:
        assert isinstance(self.app, StepperBase)
        return " or ".join(map(key_name, self.app.keys[key.id])) or "no key"

    async def discover(self) -> Hits:
        """All of them, in the table's order."""
        for key in KEYS:
            text = f"{key.group}: {key.help}"
            yield DiscoveryHit(Content(text), partial(self.app.run_action, key.action), text, self._keys(key))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for key in KEYS:
            text = f"{key.help} ({key.id.replace('_', ' ')})"
            score = matcher.match(text)
            if score > 0:
                shown = matcher.highlight(text)
                yield Hit(score, shown, partial(self.app.run_action, key.action), text, self._keys(key))
