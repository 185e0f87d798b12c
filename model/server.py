"""The application behind `neuraldbg serve`: a model behind HTTP, for our own front ends, OpenAI's client, and Meta's demo debugger.

`Service` turns requests into generations and their pieces into replies; the scheduler's thread does the work
(batching.py), requests and replies are parsed and rendered in completions.py, access is checked in guard.py, and serving.py makes a
process of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from neuraldbg.model.batching import QueueFull, Scheduler, Stopping
from neuraldbg.model.completions import (
    Asked,
    Limits,
    Reply,
    RequestError,
    count_usage,
    encode,
    parse_completion,
    parse_fgserve,
)
from neuraldbg.model.generation import Generation, Piece
from neuraldbg.model.guard import NOTE, REQUEST_ID, STATUS, Access, Guard
from neuraldbg.model.metrics import CONTENT_TYPE, Metrics
from neuraldbg.model.tokenizer import CwmTokenizer

BODY_SECONDS: Final = 30.0  # a request's body must be there by then
RETRY_SECONDS: Final = 1
CLIENT_GONE: Final = 499  # nginx's number for it, in log and metrics
PATHS: Final = ("/v1/completions", "/completions", "/v1/models", "/health", "/metrics")


@dataclass(frozen=True, slots=True)
class Served:
    """The model that is served.

    Attributes:
        name: by which clients ask for it.
        tokenizer: of the model.
        ends: ids that end a text.
        scratchpad: whether it works lines out first (docs/grammar.md, Operations).
    """

    name: str
    tokenizer: CwmTokenizer
    ends: frozenset[int]
    scratchpad: bool = False


class Service:
    """Answers requests from a scheduler.

    Args:
        served: the model.
        scheduler: of its network.
        limits: of a request.
        metrics: counted into.
    """

    def __init__(self, served: Served, scheduler: Scheduler, limits: Limits, metrics: Metrics) -> None:
        self.served = served
        self.scheduler = scheduler
        self.limits = limits
        self.metrics = metrics
        self._started = int(time.time())
        metrics.watch(scheduler)

    # Endpoints

    async def completions(self, request: Request) -> Response:
        """POST /v1/completions."""
        return await self._complete(request, parse_completion, self._openai)

    async def fgserve(self, request: Request) -> Response:
        """POST /completions."""
        return await self._complete(request, parse_fgserve, self._fgserve)

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/NAME."""
        self._check_model(request.path_params["name"])
        return JSONResponse(self._model())

    async def health(self, request: Request) -> Response:
        """GET /health: whether requests are taken."""
        alive = self.scheduler.alive
        return JSONResponse({"status": "ok" if alive else "stopping"}, 200 if alive else 503)

    async def counts(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)

    def _model(self) -> dict[str, Any]:
        return {
            "id": self.served.name,
            "object": "model",
            "created": self._started,
            "owned_by": "neuraldbg",
            "root": self.served.name,
            "parent": None,
            "max_model_len": self.limits.context,
            "scratchpad": self.served.scratchpad,
        }

    def _check_model(self, name: str | None) -> None:
        if name not in (None, self.served.name):
            text = f"no model {name[:100]!r} here: this server runs {self.served.name}"
            raise RequestError(text, 404, "model", "model_not_found")

    # Completions

    async def _complete(
        self, request: Request, parse: Callable[..., Asked], answer: Callable[[Request, _Job], Response]
    ) -> Response:
        body = await self._json(request)
        asked = parse(body, self.served.tokenizer, self.served.ends, self.limits)
        if parse is parse_completion:
            self._check_model(asked.model)
        prompts = [
            await asyncio.to_thread(encode, prompt, asked, self.served.tokenizer, self.limits)
            if isinstance(prompt, str)
            else encode(prompt, asked, self.served.tokenizer, self.limits)
            for prompt in asked.prompts
        ]
        job = _Job(self, request, asked, prompts)
        try:
            self.scheduler.submit(job.generations)
        except QueueFull as error:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise RequestError(f"{error}: try again later", 429, code="queue_full", headers=headers) from error
        except Stopping as error:
            raise RequestError(str(error), 503, code="stopping") from error
        if asked.stream:
            return _EventStream(job)
        try:
            if not await job.finished():
                self.metrics.abandoned.inc()
                request.scope[STATUS] = CLIENT_GONE
                return Response(status_code=CLIENT_GONE)
            return answer(request, job)
        finally:
            job.release()

    async def _json(self, request: Request) -> object:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RequestError("the request must be JSON: send Content-Type: application/json", 415)
        limit = self.limits.body
        too_large = RequestError(f"the request is larger than {limit} bytes: shorten it", 413, code="body_too_large")
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > limit:
            raise too_large
        data = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in request.stream():
                    data += part
                    if len(data) > limit:
                        raise too_large
        except TimeoutError:
            raise RequestError("the request did not come to its end in time", 408) from None
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise RequestError(f"the request is not JSON: {error}", code="invalid_json") from None

    def _openai(self, request: Request, job: _Job) -> Response:
        job.raise_error()
        reply, asked = job.reply, job.asked
        choices = []
        for index, generation in enumerate(job.generations):
            echo = job.echo(index)
            choice = reply.choice(index, list(generation.pieces), echo, len(echo))
            if asked.with_ids:
                choice["prompt_token_ids"] = generation.ids[: generation.n_prompt]
            choices.append(choice)
        return JSONResponse(reply.frame(choices, job.usage()))

    def _fgserve(self, request: Request, job: _Job) -> Response:
        job.raise_error()
        choices = [job.reply.fgserve_choice(i, list(g.pieces)) for i, g in enumerate(job.generations)]
        frame = job.reply.frame(choices, job.usage())
        return JSONResponse({**frame, "system_fingerprint": None})


class _Job:
    """One request's generations, on the side of the event loop."""

    def __init__(self, service: Service, request: Request, asked: Asked, prompts: Sequence[list[int]]) -> None:
        self.asked = asked
        self.request = request
        self.service = service
        self._changed = asyncio.Event()
        self._released = False
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._changed.set)

        served = service.served
        self.generations = [
            Generation(
                ids=list(ids),
                tokenizer=served.tokenizer,
                sampling=asked.sampling,
                ending=asked.ending,
                context=service.limits.context,
                wake=wake,
                each=asked.stream,
                stream=stream,
            )
            for ids in prompts
            for stream in range(asked.n)
        ]
        self.reply = Reply(f"cmpl-{request.scope[REQUEST_ID]}", served.name, int(time.time()), asked, served.tokenizer)

    async def finished(self) -> bool:
        """Waits for the end of all generations; False if the client left before."""
        gone = asyncio.ensure_future(_until_gone(self.request))
        try:
            while not all(generation.done for generation in self.generations):
                changed = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({changed, gone}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self._changed.clear()
                if gone.done():
                    return False
            return True
        finally:
            gone.cancel()

    async def events(self) -> AsyncIterator[str]:
        """Server-sent events of OpenAI's form."""
        reply, todo = self.reply, dict(enumerate(self.generations))
        for index, generation in todo.items():
            if self.asked.echo:
                yield _event(reply.frame([reply.choice(index, (), self.echo(index))]))
            if self.asked.with_ids:
                first = {**reply.choice(index, ()), "prompt_token_ids": generation.ids[: generation.n_prompt]}
                yield _event(reply.frame([first]))
        while todo:
            await self._changed.wait()
            self._changed.clear()
            for index, generation in list(todo.items()):
                done = generation.done  # before the pieces are taken: none comes after it
                pieces = [generation.pieces.popleft() for _ in range(len(generation.pieces))]
                if generation.error is not None:
                    yield _event(_failure(generation.error).to_json())
                    yield "data: [DONE]\n\n"
                    return
                if self._shows(pieces):
                    yield _event(reply.frame([reply.choice(index, pieces, before=len(self.echo(index)))]))
                if done:
                    del todo[index]
        if self.asked.usage:
            yield _event(reply.frame([], self.usage()))
        yield "data: [DONE]\n\n"

    def _shows(self, pieces: Sequence[Piece]) -> bool:
        if self.asked.with_ids or self.asked.sampling.logprobs is not None:
            return bool(pieces)
        return any(piece.text or piece.finish for piece in pieces)

    def echo(self, index: int) -> str:
        """The prompt as text, where it was asked for."""
        if not self.asked.echo:
            return ""
        prompt = self.asked.prompts[index // self.asked.n]
        if isinstance(prompt, str):
            return prompt
        t = self.service.served.tokenizer
        return t.decode(i for i in prompt if not (self.asked.ending.skip_special and t.is_special(i)))

    def usage(self) -> Mapping[str, Any]:
        """Counts over all generations; a prompt counts once."""
        firsts = self.generations[:: self.asked.n]
        return count_usage(
            sum(g.n_prompt for g in firsts),
            sum(g.generated for g in self.generations),
            sum(g.reused for g in firsts),
        )

    def raise_error(self) -> None:
        """Raises:
        RequestError: if a generation failed.
        """
        for generation in self.generations:
            if generation.error is not None:
                raise _failure(generation.error)

    def release(self) -> None:
        """Frees what is still running, and counts."""
        if self._released:
            return
        self._released = True
        service, generations = self.service, self.generations
        for generation in generations:
            if not generation.done:
                service.scheduler.cancel(generation)
        prompt, generated = sum(g.n_prompt for g in generations), sum(g.generated for g in generations)
        reused = sum(g.reused for g in generations)
        service.metrics.prompt_tokens.inc(prompt)
        service.metrics.generated_tokens.inc(generated)
        service.metrics.reused_tokens.inc(reused)
        self.request.scope[NOTE] = f"sequences={len(generations)} prompt={prompt} reused={reused} out={generated}"


class _EventStream(StreamingResponse):
    """Frees the request's slots however the stream ends, even before it began."""

    def __init__(self, job: _Job) -> None:
        super().__init__(job.events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._job = job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if not all(generation.done for generation in self._job.generations):
                self._job.request.scope[STATUS] = CLIENT_GONE
                self._job.service.metrics.abandoned.inc()
            self._job.release()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _event(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _failure(error: Exception) -> RequestError:
    if isinstance(error, Stopping):
        return RequestError(str(error), 503, code="stopping")
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    print(f"neuraldbg: the model failed: {reason}", file=sys.stderr, flush=True)
    return RequestError(f"the model failed: {reason}", 500, code="model_failed")


def refusal(error: RequestError) -> Response:
    """A refused request's reply."""
    return JSONResponse(error.to_json(), error.status, headers=error.headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return refusal(error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path[:200]}: {error.detail}"
    return refusal(RequestError(text, error.status_code, headers=error.headers))


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)


async def _broken(request: Request, error: Exception) -> Response:
    return refusal(RequestError("the server failed: its log says where", 500, code="internal_error"))


def make_app(service: Service, access: Access, log: bool = True) -> ASGIApp:
    """The ASGI application; the scheduler starts and ends with it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.scheduler.start()
        yield
        await asyncio.to_thread(service.scheduler.close)

    app = Starlette(
        routes=[
            Route("/v1/completions", service.completions, methods=["POST"]),
            Route("/completions", service.fgserve, methods=["POST"]),
            Route("/v1/models", service.models),
            Route("/v1/models/{name:path}", service.model),
            Route("/health", service.health),
            Route("/metrics", service.counts),
        ],
        exception_handlers={
            RequestError: _refused,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
        lifespan=lifespan,
    )

    def answered(path: str, status: int, seconds: float) -> None:
        endpoint = path if path in PATHS else "other"
        service.metrics.requests.labels(endpoint, str(status)).inc()
        service.metrics.request_seconds.labels(endpoint).observe(seconds)

    return Guard(app, access, refusal, answered, log)
