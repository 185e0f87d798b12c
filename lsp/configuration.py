"""Where the settings of a document come from: pyproject.toml, initialization options, the editor's configuration."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

from neuraldbg.lsp.settings import Settings, merge, project_settings

if TYPE_CHECKING:
    from neuraldbg.lsp.server import Server

log = logging.getLogger(__name__)

SECTION = "neuraldbg"
_PATIENCE = 2.0  # seconds that a client may take to say how it is configured


class Configuration:
    """Settings of one client's documents."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._options: Any = None  # from initialize
        self._pushed: Any = None  # from didChangeConfiguration, for clients that cannot be asked

    def initialize(self, options: Any) -> None:
        """Takes the initialization options."""
        if isinstance(options, dict):
            self._options = options.get(SECTION, options)

    def changed(self, settings: Any) -> None:
        """The client has other settings now; some send them along."""
        if isinstance(settings, dict) and isinstance(settings.get(SECTION), dict):
            self._pushed = settings[SECTION]

    @property
    def _asks(self) -> bool:
        wanted = self._server.client_capabilities.workspace
        return wanted is not None and bool(wanted.configuration)

    def known(self, uri: str, asked: Any = None) -> Settings:
        """Settings by what is known without asking; what is wrong is told once."""
        problems: list[str] = []
        path = to_fs_path(uri) if uri.startswith("file:") else None
        settings = project_settings(None if path is None else Path(path), problems)
        settings = merge(settings, self._options, problems, "initialization options")
        settings = merge(settings, self._pushed, problems, "configuration")
        settings = merge(settings, asked, problems, "configuration")
        for problem in problems:
            self._server.service.tell_once(f"neuraldbg: {problem}")
        return settings

    async def fetch(self, uri: str) -> Settings:
        """Settings with those that the client gives for this document."""
        return self.known(uri, await self._ask(uri) if self._asks else None)

    async def _ask(self, uri: str) -> Any:
        params = types.ConfigurationParams([types.ConfigurationItem(uri, SECTION)])
        try:
            asked = self._server.workspace_configuration_async(params)
            found = await asyncio.wait_for(asked, _PATIENCE)
        except (TimeoutError, JsonRpcException) as error:
            log.warning("the client did not say how it is configured: %s", error or "no answer")
            return None
        return found[0] if found else None

    def watch(self) -> None:
        """Asks the client to tell when settings change, where it can be asked."""
        capabilities = self._server.client_capabilities.workspace
        found: list[types.Registration] = []
        if capabilities is None:
            return
        changes, files = capabilities.did_change_configuration, capabilities.did_change_watched_files
        if changes is not None and changes.dynamic_registration:
            options = types.DidChangeConfigurationRegistrationOptions(SECTION)
            found.append(types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
        if files is not None and files.dynamic_registration:
            watchers = [types.FileSystemWatcher("**/pyproject.toml")]
            watched = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            found.append(types.Registration("pyproject", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched))
        if found:
            self._server.client_register_capability(types.RegistrationParams(found))
