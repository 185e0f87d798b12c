"""``dap``, ``lsp`` and ``serve``: what editors, and other machines, talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuraldbg.cli.options import (
    DEFAULT_STEPS,
    CalculateOpt,
    DeviceOpt,
    ModelOpt,
    QuantizeOpt,
    Runner,
    ServerOpt,
    check_server,
    known_quantization,
)
from neuraldbg.cli.root import app
from neuraldbg.cli.traces import real_run
from neuraldbg.steps import Trace

if TYPE_CHECKING:
    from neuraldbg.model.predictor import Predictor
    from neuraldbg.model.sharing import Models
    from neuraldbg.program import Program
    from neuraldbg.session import StepSource


@app.command()
def dap(
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, metavar="N", help="listen on 127.0.0.1  [default: stdin and stdout]"),
    ] = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: CalculateOpt = True,
) -> None:
    """Serve the Debug Adapter Protocol: an editor steps through what is predicted (docs/dap.md)."""
    from neuraldbg.dap.server import serve_port, serve_stdio
    from neuraldbg.dap.settings import Model

    check_server(server, device, quantize)
    default = Model(model, server, device, quantize)
    shared: list[Models] = []
    lock = threading.Lock()

    def loading() -> Callable[..., Predictor]:
        """On a port each model is loaded once for all sessions."""
        if port is None:
            from neuraldbg.model.predictor import load_predictor

            return load_predictor
        from neuraldbg.model.sharing import Models

        with lock:
            if not shared:
                shared.append(Models())
        return shared[0].predictor

    def predictors(wanted: Model) -> Callable[[Program], StepSource]:
        use = default if wanted == Model(calculate=wanted.calculate) else wanted
        exact = calculate if wanted.calculate is None else wanted.calculate
        return loading()(use.name, use.device, known_quantization(use.quantize), use.server, exact).source

    if port is None:
        raise typer.Exit(int(serve_stdio(predictors)))
    serve_port(port, predictors)


@app.command()
def lsp(
    tcp: Annotated[
        int | None,
        typer.Option(
            "--tcp", min=0, max=65535, metavar="PORT", help="serve on 127.0.0.1, 0 any port  [default: stdio]"
        ),
    ] = None,
    model: ModelOpt = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    server: ServerOpt = None,
    calculate: CalculateOpt = True,
) -> None:
    """Serve an editor (Language Server Protocol): predicted values in the text; docs/lsp.md."""
    from neuraldbg.lsp.serving import serve
    from neuraldbg.lsp.wire import Loader

    check_server(server, device, quantize)
    loader = Loader("neuraldbg.model.predictor", "load_predictor", (model, device, quantize, server, calculate))

    def run(program: Program, cancelled: Callable[[], bool]) -> Trace:
        return real_run(program, Runner.RECORDER, 10 * DEFAULT_STEPS, cancelled=cancelled)

    raise typer.Exit(serve(loader, run, tcp))


@app.command()
def serve(
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="a checkpoint folder or hub id  [default: embedded]")
    ] = None,
    device: DeviceOpt = None,
    quantize: QuantizeOpt = None,
    host: Annotated[str, typer.Option("--host", help="any but loopback demands a token")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one")] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="the token clients must send, or NEURALDBG_SERVE_TOKEN"),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="of the model, for clients")] = None,
    slots: Annotated[int, typer.Option("--slots", min=1, metavar="N", help="sequences whose context is kept")] = 16,
    batch: Annotated[int, typer.Option("--batch", min=1, metavar="N", help="sequences that run at a time")] = 16,
    threads: Annotated[
        int, typer.Option("--threads", min=1, metavar="N", help="of the CPU, for a pass over several sequences")
    ] = 1,
    queue: Annotated[int, typer.Option("--queue", min=1, metavar="N", help="sequences that may wait")] = 256,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, metavar="N", help="most that a request may ask for")
    ] = None,
    chunk: Annotated[int, typer.Option("--chunk", min=1, metavar="N", help="tokens of prompts read in one pass")] = 256,
    no_grammar: Annotated[
        bool, typer.Option("--no-grammar", help="sample plainly where a client of fgserve sends a trace")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no line for each request on stderr")] = False,
) -> None:
    """Serve the model over HTTP: OpenAI's /v1/completions, fgserve's /completions, /metrics (docs/serving.md)."""
    from neuraldbg.model.serving import Settings
    from neuraldbg.model.serving import serve as run

    settings = Settings(
        host=host,
        port=port,
        token_file=token_file,
        name=name,
        slots=slots,
        batch=batch,
        threads=threads,
        queue=queue,
        max_tokens=max_tokens,
        chunk=chunk,
        grammar=not no_grammar,
        log=not quiet,
    )
    run(model, device, quantize, settings)
