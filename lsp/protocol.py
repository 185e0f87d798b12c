"""The protocol's edges, where pygls is silent: every request is answered, whatever state the server is in.

Requests before ``initialize`` and after ``shutdown`` get the error the specification names, so does what cannot be
read; nothing of that reaches the user as a message.
"""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol

from neuraldbg.lsp.text import SourceWorkspace

log = logging.getLogger(__name__)

_ALWAYS = (types.EXIT, types.SHUTDOWN)
_NOT_INITIALIZED = -32002


class Protocol(LanguageServerProtocol):
    """See the module.

    Attributes:
        left: the client has sent ``exit``.
    """

    left = False

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Reads a message; one that cannot be read is answered if it is a request."""
        if "jsonrpc" in data and not isinstance(data.get("id"), (str, int, type(None))):
            raise JsonRpcInvalidRequest("the id must be a string or a number")
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and data.get("id") is not None:
                bad = JsonRpcInvalidParams(f"the parameters of {data['method']} cannot be read")
                self._send_response(data["id"], None, bad.to_response_error())
            raise error

    def handle_message(self, message: Any) -> None:
        """Delegates a message, or answers it where its time has not come or is over."""
        method, id = getattr(message, "method", None), getattr(message, "id", None)
        if method is None and not hasattr(message, "jsonrpc"):
            raise JsonRpcInvalidRequest("not a message of JSON-RPC 2.0")
        if method is not None and message.jsonrpc == self.VERSION:
            self.left = self.left or method == types.EXIT
            refusal = self._refusal(str(method))
            if refusal is not None:
                if id is not None:
                    self._send_response(id, None, refusal)
                return
        super().handle_message(message)

    def _refusal(self, method: str) -> types.ResponseError | None:
        if self._shutdown:
            over = types.ResponseError(types.ErrorCodes.InvalidRequest.value, "the server is shutting down")
            return None if method == types.EXIT else over
        if self._workspace is None and method not in (types.INITIALIZE, *_ALWAYS):
            return types.ResponseError(_NOT_INITIALIZED, "the first request must be initialize")
        if self._workspace is not None and method == types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.InvalidRequest.value, "the server is initialized already")
        return None

    def use_own_workspace(self) -> None:
        """Replaces pygls's workspace by one that counts lines as the protocol does."""
        old = self.workspace
        folders = list(old.folders.values())
        self._workspace = SourceWorkspace(old.root_uri, old._sync_kind, folders, old.position_encoding)

    @property
    def in_order(self) -> bool:
        """The client asked for ``shutdown`` first, or never began."""
        return bool(self._shutdown) or (self._workspace is None and not self.left)
