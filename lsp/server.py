"""The language server: what the editor sends goes to the documents, what they know goes back.

    neuraldbg lsp              # stdio
    neuraldbg lsp --tcp 2087   # one client on the loopback interface

Handlers only read what is there and never wait for the model, which has a process of its own (service.py, process.py).
docs/lsp.md lists what there is.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from neuraldbg import __version__
from neuraldbg.lsp import features, hovers
from neuraldbg.lsp.commands import Commands, RealRun, code_actions
from neuraldbg.lsp.configuration import Configuration
from neuraldbg.lsp.diagnostics import diagnostics, is_difference
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.progress import Reports
from neuraldbg.lsp.protocol import Protocol
from neuraldbg.lsp.service import Service
from neuraldbg.lsp.status import Statuses
from neuraldbg.lsp.text import Part, Text
from neuraldbg.lsp.wire import Loader

log = logging.getLogger(__name__)

_SETTLED = 0.4  # seconds; then nothing else is being drawn
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage("python")])]
)


class Server(LanguageServer):
    """Documents, settings and the model's process of one client."""

    protocol: Protocol

    def __init__(self, loader: Loader, real_run: RealRun) -> None:
        from pygls.protocol import default_converter

        super().__init__(
            "neuraldbg",
            __version__,
            notebook_document_sync=_NOTEBOOKS,
            protocol_cls=Protocol,
            converter_factory=default_converter,
            max_workers=2,
        )
        self.service = Service(self, loader)
        self.commands = Commands(self.service, real_run)
        self.configuration = Configuration(self)
        self.reports = Reports(self)
        self.statuses = Statuses(self)
        self._tasks: set[asyncio.Task[None]] = set()
        # Neovim keeps the old hints if it redraws between a refresh and the answer; a second refresh draws what it has.
        self.draws_late = False
        self._again: asyncio.TimerHandle | None = None

    # What the service tells (service.Client)

    def refresh(self, lenses: bool) -> None:
        """Asks the client to look again at what may have changed."""
        self.statuses.look()
        if self.draws_late:
            if self._again is not None:
                self._again.cancel()
            self._again = self.service.loop.call_later(_SETTLED, self.workspace_inlay_hint_refresh, None)
        wanted = self.client_capabilities.workspace
        if wanted is not None:
            if wanted.inlay_hint is not None and wanted.inlay_hint.refresh_support:
                self.workspace_inlay_hint_refresh(None)
            if lenses and wanted.code_lens is not None and wanted.code_lens.refresh_support:
                self.workspace_code_lens_refresh(None)
        if not lenses:
            return
        if self.pulls_diagnostics:
            self.workspace_diagnostic_refresh(None)
        else:
            for document in self.service.documents.values():
                self.publish(document)

    @property
    def pulls_diagnostics(self) -> bool:
        """The client asks for diagnostics, and again when told to; else they are sent (Neovim asks after edits)."""
        wanted, workspace = self.client_capabilities.text_document, self.client_capabilities.workspace
        again = workspace is not None and workspace.diagnostics is not None and workspace.diagnostics.refresh_support
        return wanted is not None and wanted.diagnostic is not None and bool(again)

    @property
    def fades(self) -> bool:
        """The client fades what a diagnostic calls unnecessary."""
        wanted = self.client_capabilities.text_document
        for told in () if wanted is None else (wanted.publish_diagnostics, wanted.diagnostic):
            tags = None if told is None else told.tag_support
            if tags is not None and types.DiagnosticTag.Unnecessary in tags.value_set:
                return True
        return False

    def publish(self, document: Document, gone: bool = False) -> None:
        """Sends the diagnostics of a document."""
        for part in document.text.parts:
            found = [] if gone else diagnostics(document, part, self.fades)
            version = None if gone else document.version
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(part.uri, found, version))

    def tell(self, message: str, error: bool = False) -> None:
        """Shows a message."""
        kind = types.MessageType.Error if error else types.MessageType.Info
        self.window_show_message(types.ShowMessageParams(kind, message))

    def working(self, document: Document, text: str | None) -> None:
        """Reports work that takes long."""
        self.reports.report(document, text)

    def status(self, document: Document) -> None:
        """Tells how a document is doing."""
        self.statuses.tell(document)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What the client did wrong is answered where it can be and written to the log, not shown to the user."""
        log.warning("%s", error)

    # Documents

    def start(self, coroutine: Any) -> None:
        """Runs a coroutine beside the others."""
        task = self.service.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def encoding(self) -> str:
        """Of the client's columns."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))

    def opened(self, uri: str, text: Text, version: int | None) -> None:
        """A document is there: its settings are fetched, then it is predicted."""
        path = to_fs_path(uri) if uri.startswith("file:") and len(text.parts) == 1 else None
        document = Document(uri, text, None if path is None else Path(path), self.configuration.known(uri))
        document.version = version
        self.service.close(uri)
        self.service.documents[uri] = document
        self.start(self.configure(document))

    async def configure(self, document: Document) -> None:
        """Fetches the settings of a document and predicts it under them."""
        before, begun = document.settings, document.generation > 0
        document.settings = await self.configuration.fetch(document.uri)
        if self.service.documents.get(document.uri) is not document or self.service.stopping:
            return
        now = document.settings
        document.touch()
        again = (now.enable, now.predict, now.unsureBelow) != (before.enable, before.predict, before.unsureBelow)
        if not now.enable:
            self.service.halt(document)
            document.clear()
            document.cleared = False
            self.status(document)
        elif not begun or again:
            self.service.predict(document)
        if begun and now != before:
            self.refresh(lenses=True)  # an off switch works at once

    def notebook_text(self, uri: str) -> Text:
        """A notebook's cells of Python as one text."""
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        cells = (
            [] if notebook is None else [c.document for c in notebook.cells if c.kind is types.NotebookCellKind.Code]
        )
        known = [(cell, self.workspace.get_text_document(cell)) for cell in cells]
        python = [(cell, d.source) for cell, d in known if d.language_id in ("python", None)]
        return Text.of(python, self.encoding, notebook=True)

    def find(self, uri: str) -> tuple[Document, Part] | None:
        """The document that a text document is, or is a cell of."""
        document = self.service.documents.get(uri)
        if document is None:
            notebook = self.workspace.get_notebook_document(cell_uri=uri)
            document = None if notebook is None else self.service.documents.get(notebook.uri)
        part = None if document is None else document.text.part(uri)
        return None if document is None or part is None else (document, part)

    def stop(self) -> None:
        """Ends all work."""
        self.service.stop()
        self.commands.stop()
        if self._again is not None:
            self._again.cancel()
        for task in self._tasks:
            task.cancel()


def create(loader: Loader, real_run: RealRun) -> Server:
    """A server with all its handlers."""
    server = Server(loader, real_run)
    _lifecycle(server)
    _documents(server)
    _features(server)
    from neuraldbg.lsp.handlers import add_commands

    add_commands(server)
    return server


def _lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.protocol.use_own_workspace()
        server.draws_late = params.client_info is not None and params.client_info.name == "Neovim"
        server.configuration.initialize(params.initialization_options)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.configuration.watch()

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        server.stop()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def changed(params: types.DidChangeConfigurationParams) -> None:
        server.configuration.changed(params.settings)
        for document in server.service.documents.values():
            server.start(server.configure(document))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        if any(change.uri.endswith("pyproject.toml") for change in params.changes):
            for document in server.service.documents.values():
                server.start(server.configure(document))

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancel(params: types.WorkDoneProgressCancelParams) -> None:
        document = server.reports.document_of(params.token)
        if document is not None:
            server.service.cancel(document)


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        if item.language_id == "python" or item.uri.endswith((".py", ".pyw")):
            server.opened(item.uri, Text.of([(item.uri, item.text)], server.encoding), item.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.service.documents.get(params.text_document.uri)
        if document is not None:
            source = server.workspace.get_text_document(document.uri).source
            document.version = params.text_document.version
            text = Text.of([(document.uri, source)], server.encoding)
            if text.source != document.text.source:
                document.change(text)
                server.service.changed(document)
            else:
                document.text = text
                document.touch()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        document = server.service.documents.get(params.text_document.uri)
        if document is not None:
            server.service.close(document.uri)
            if not server.pulls_diagnostics:
                server.publish(document, gone=True)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_opened(params: types.DidOpenNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        server.opened(uri, server.notebook_text(uri), params.notebook_document.version)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_changed(params: types.DidChangeNotebookDocumentParams) -> None:
        document = server.service.documents.get(params.notebook_document.uri)
        if document is not None:
            document.change(server.notebook_text(document.uri))
            server.service.changed(document)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        document = server.service.documents.get(params.notebook_document.uri)
        if document is not None:
            server.service.close(document.uri)
            if not server.pulls_diagnostics:
                server.publish(document, gone=True)


def _features(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        found = server.find(params.text_document.uri)
        return [] if found is None else features.inlay_hints(*found, params.range)

    @server.feature(types.INLAY_HINT_RESOLVE)
    def resolve(hint: types.InlayHint) -> types.InlayHint:
        uri = hint.data.get("uri") if isinstance(hint.data, dict) else None
        found = server.find(uri) if isinstance(uri, str) else None
        return features.resolve(None if found is None else found[0], hint)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        place = server.find(params.text_document.uri)
        found = None if place is None else hovers.subject(*place, params.position)
        if place is None or found is None:
            return None
        told = found.question is None or await server.service.others(found.run, found.question)
        return hovers.render(place[0], found, waiting=not told)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        found = server.find(params.text_document.uri)
        return [] if found is None else features.lenses(*found)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        found = server.find(params.text_document.uri)
        context = params.context
        # Asked without the user's doing, for a light bulb: it shines at differences, not on every line.
        automatic = context.trigger_kind == types.CodeActionTriggerKind.Automatic
        if found is None or (automatic and not any(is_difference(d) for d in context.diagnostics)):
            return []
        return code_actions(*found, params.range)

    @server.feature(types.TEXT_DOCUMENT_INLINE_VALUE)
    def inline_values(params: types.InlineValueParams) -> list[types.InlineValue]:
        found = server.find(params.text_document.uri)
        return [] if found is None else features.inline_values(*found, params.range, params.context.stopped_location)

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier="neuraldbg"),
    )
    def pull(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        found = server.find(params.text_document.uri)
        if found is None or not server.pulls_diagnostics:
            return types.RelatedFullDocumentDiagnosticReport([])
        result = f"{found[0].revision}"
        if params.previous_result_id == result:
            return types.RelatedUnchangedDocumentDiagnosticReport(result)
        return types.RelatedFullDocumentDiagnosticReport(diagnostics(*found, server.fades), result_id=result)
