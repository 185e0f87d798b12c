"""The commands as the client calls them: ``neuraldbg.NAME`` with the document's URI first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcInvalidParams

from neuraldbg.errors import NeuraldbgError
from neuraldbg.lsp.documents import Document
from neuraldbg.lsp.overview import overview
from neuraldbg.lsp.text import Part
from neuraldbg.program import MODULE

if TYPE_CHECKING:
    from neuraldbg.lsp.server import Server

Handler = Callable[[Document, Part | None, list[Any]], Any]


def add_commands(server: Server) -> None:
    """Registers every command."""
    commands = server.commands

    def function(arguments: list[Any]) -> str:
        return _text(arguments, 0) or MODULE

    table: dict[str, Handler] = {
        "predict": lambda d, p, a: commands.predict(d, _text(a, 0), _text(a, 1)),
        "iteration": lambda d, p, a: commands.iteration(d, _number(a, 0), _number(a, 1)),
        "crossCheck": lambda d, p, a: commands.cross_check(d, function(a)),
        "adopt": lambda d, p, a: commands.adopt(d, function(a)),
        "clear": lambda d, p, a: commands.clear(d),
        "cancel": lambda d, p, a: server.service.cancel(d),
        "export": lambda d, p, a: commands.export(d, function(a), _text(a, 1)),
        "stepper": lambda d, p, a: commands.stepper(d, function(a)),
        "overview": lambda d, p, a: overview(d, p, _number(a, 0) if a else 0),
    }
    for name, handler in table.items():
        server.command(f"neuraldbg.{name}")(_command(server, handler))

    def restart(*arguments):  # type: ignore[no-untyped-def]
        server.service.restart()

    server.command("neuraldbg.restart")(restart)


def _command(server: Server, handler: Handler) -> Callable[..., Any]:
    def command(*arguments):  # type: ignore[no-untyped-def]  # pygls would convert by annotations
        return _call(server, handler, list(arguments))

    return command


def _call(server: Server, handler: Handler, arguments: list[Any]) -> Any:
    """Carries out a command; what the user did wrong is shown to them, and is no fault of the server's."""
    uri = arguments[0] if arguments else None
    if isinstance(uri, dict):  # a TextDocumentIdentifier
        uri = uri.get("uri")
    document = server.service.documents.get(uri) if isinstance(uri, str) else None
    part = None
    if document is None and isinstance(uri, str):
        found = server.find(uri)
        document, part = found if found is not None else (None, None)
    if document is None:
        raise JsonRpcInvalidParams(f"the first argument must be the URI of an open document, not {uri!r}")
    try:
        return handler(document, part, arguments[1:])
    except NeuraldbgError as error:
        server.tell(f"neuraldbg: {error}", error=True)
        return None


def _text(arguments: list[Any], index: int) -> str | None:
    value = arguments[index] if index < len(arguments) else None
    if value is not None and not isinstance(value, str):
        raise JsonRpcInvalidParams(f"argument {index + 2} must be a string, not {value!r}")
    return value


def _number(arguments: list[Any], index: int) -> int:
    value = arguments[index] if index < len(arguments) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise JsonRpcInvalidParams(f"argument {index + 2} must be a whole number, not {value!r}")
    return value
