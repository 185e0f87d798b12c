"""The server as `neuraldbg lsp` runs it, with one more request: ``test/text``, the text that it has of a document.

The answer is a pair: the text document's text, and that of the program it is part of.
"""

from __future__ import annotations

import sys
from typing import Any

from neuraldbg.lsp import serving
from neuraldbg.lsp.commands import RealRun
from neuraldbg.lsp.server import Server, create
from neuraldbg.lsp.wire import Loader
from tests.lsp.standin import real_run


def watched(loader: Loader, run: RealRun) -> Server:
    """A server that tells."""
    server = create(loader, run)

    @server.feature("test/text")
    def text(params: Any) -> list[str]:
        document, _ = server.find(params.uri) or (None, None)
        own = server.workspace.get_text_document(params.uri).source
        return [own, "" if document is None else document.text.source]

    return server


if __name__ == "__main__":
    serving.create = watched
    sys.exit(serving.serve(Loader("neuraldbg.model.predictor", "load_predictor"), real_run))
