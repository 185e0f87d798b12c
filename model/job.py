"""One request's generations, on the side of the event loop: waiting for them, streaming them, freeing their slots."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from neuraldbg.model.batching import Scheduler, Stopping
from neuraldbg.model.completions import Asked, RequestError
from neuraldbg.model.generation import Generation, Piece
from neuraldbg.model.guard import NOTE, REQUEST_ID, STATUS
from neuraldbg.model.metrics import Metrics
from neuraldbg.model.replies import Reply, count_usage
from neuraldbg.model.tokenizer import CwmTokenizer

CLIENT_GONE: Final = 499  # nginx's number for it, in log and metrics


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


class Job:
    """One request's generations, on the side of the event loop."""

    def __init__(
        self,
        request: Request,
        asked: Asked,
        prompts: Sequence[list[int]],
        served: Served,
        scheduler: Scheduler,
        metrics: Metrics,
    ) -> None:
        self.asked = asked
        self.request = request
        self.served = served
        self.metrics = metrics
        self._scheduler = scheduler
        self._changed = asyncio.Event()
        self._released = False
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._changed.set)

        self.generations = [
            Generation(
                ids=list(ids),
                tokenizer=served.tokenizer,
                sampling=asked.sampling,
                ending=asked.ending,
                context=scheduler.network.context,
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
        gone = asyncio.ensure_future(until_gone(self.request))
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
                    yield _event(failure(generation.error).to_json())
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
        t = self.served.tokenizer
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
                raise failure(generation.error)

    def release(self) -> None:
        """Frees what is still running, and counts."""
        if self._released:
            return
        self._released = True
        generations = self.generations
        for generation in generations:
            if not generation.done:
                self._scheduler.cancel(generation)
        prompt, generated = sum(g.n_prompt for g in generations), sum(g.generated for g in generations)
        reused = sum(g.reused for g in generations)
        self.metrics.prompt_tokens.inc(prompt)
        self.metrics.generated_tokens.inc(generated)
        self.metrics.reused_tokens.inc(reused)
        self.request.scope[NOTE] = f"sequences={len(generations)} prompt={prompt} reused={reused} out={generated}"


class EventStream(StreamingResponse):
    """Frees the request's slots however the stream ends, even before it began."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._job = job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if not all(generation.done for generation in self._job.generations):
                self._job.request.scope[STATUS] = CLIENT_GONE
                self._job.metrics.abandoned.inc()
            self._job.release()


async def until_gone(request: Request) -> None:
    """Returns when the client has left; the request's body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _event(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def failure(error: Exception) -> RequestError:
    """The refusal for a generation that failed; said on stderr too, unless the server is stopping."""
    if isinstance(error, Stopping):
        return RequestError(str(error), 503, code="stopping")
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    print(f"neuraldbg: the model failed: {reason}", file=sys.stderr, flush=True)
    return RequestError(f"the model failed: {reason}", 500, code="model_failed")
