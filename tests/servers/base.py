"""A real HTTP server on 127.0.0.1 in a thread of its own, so that sync tests and subprocesses can call it.

It answers as told, request by request, and can do everything a bad server does: hang, drip, reset, cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

How = Literal["send", "hang", "drip", "reset", "close", "cut", "garbage"]


@dataclass(frozen=True)
class Answer:
    """What a server sends back.

    Attributes:
        body: a dict or list goes out as JSON, text and bytes as they are.
        status: of HTTP.
        headers: beside content-type and length.
        how: `send` it; `hang` and never answer; `drip` a byte every 50 ms; `reset` the connection; `close` it before
            a byte was sent; `cut` it in the middle of the body; `garbage` that is no HTTP.
        delay: seconds before any of that.
        paid: whether it is an answer of a model, and not the ruins of one.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    how: How = "send"
    delay: float = 0.0
    paid: bool = True


@dataclass(frozen=True)
class Received:
    """A request as it came in. `at` is `time.monotonic()`; a body that is no JSON stays bytes."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    at: float
    query: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[dict[str, Any], Mapping[str, str]], Any]


class FakeServer:
    """Use as a context manager. `url` is the base URL, `requests` what came in, in order.

    Args:
        handler: given the parsed body and the headers (names in lower case), returns an `Answer`, or a body for a 200.
            Runs in the server's thread.
        script: answers to give first, one per request; the handler answers the rest. An item that is no `Answer` is
            handed to nothing: it is the body of a 200.
        delay: seconds every answer takes.
        port: 0 takes a free one.
        model: what the default handler asks for answers; see `servers.model`.

    Attributes:
        script: what is left of it; add to it what the next requests are to be answered with.
        allowed: how many requests are answered; the others wait until it is raised. Their order is that of arrival.
        held: how many are waiting for that.
        batches: the batches it was sent; a `servers.batches.Desk`.
        answered: bodies of the requests that got a paid answer while their client was alive, in order.
    """

    prefix = ""
    plausible: Callable[[], Any] = object
    desk: Callable[[Handler], Any]

    def __init__(
        self,
        handler: Handler | None = None,
        script: Iterable[Any] = (),
        *,
        delay: float = 0.0,
        port: int = 0,
        model: Any = None,
    ) -> None:
        self.model = self.plausible() if model is None else model
        self.allowed = float("inf")
        self.answered: list[Any] = []
        self.held = 0
        self._handler: Handler = handler or self.default
        self.batches = type(self).desk(handler or self.answer)
        self.script = list(script)
        self._delay = delay
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.port = port
        self.requests: list[Received] = []
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def url(self) -> str:
        """The base URL, as a user would configure it."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The parsed bodies of all requests, in order."""
        return [request.body for request in self.requests]

    def default(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """What is answered where no handler is given."""
        raise NotImplementedError

    def answer(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        """What the model answers, be it in a call of its own or in a batch."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.05)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = await request.content.read()  # `request.read` takes no more than a megabyte
        body: Any = raw
        with contextlib.suppress(ValueError):
            body = json.loads(raw) if raw else {}
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.path, headers, body, time.monotonic(), dict(request.query))
        self.requests.append(received)
        number = len(self.requests)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            given = self.script.pop(0) if self.script else self.batches.handle(received)
            given = self._handler(body, headers) if given is None else given
            answer = given if isinstance(given, Answer) else Answer(given)
            await self._wait(self._delay + answer.delay)
            await self._turn(number)
            alive = request.transport is not None and not request.transport.is_closing()
            if alive and answer.status == 200 and answer.how == "send" and answer.paid:
                self.answered.append(body)
            return await self._send(request, answer)
        finally:
            self.in_flight -= 1

    async def _turn(self, number: int) -> None:
        self.held += 1
        while number > self.allowed and not (self._stop and self._stop.is_set()):
            await self._wait(0.005)
        self.held -= 1

    async def _wait(self, seconds: float | None) -> None:
        """Sleep, but not beyond the server's end."""
        if self._stop and seconds != 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)

    async def _send(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        content, kind = _encoded(answer.body)
        headers = {"Content-Type": kind, **answer.headers}
        if answer.how == "send":
            return web.Response(body=content, status=answer.status, headers=headers)
        transport = request.transport
        assert transport is not None
        if answer.how == "hang":
            await self._wait(None)
        elif answer.how == "garbage":
            transport.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")  # type: ignore[attr-defined]
        elif answer.how == "reset":
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()  # type: ignore[attr-defined]
        elif answer.how in ("drip", "cut"):
            response = web.StreamResponse(status=answer.status, headers=headers)
            response.content_length = len(content)
            await response.prepare(request)
            with contextlib.suppress(ConnectionError):
                if answer.how == "cut":
                    await response.write(content[: len(content) // 2])
                else:
                    await self._drip(response, content)
        transport.close()
        return web.Response()

    async def _drip(self, response: web.StreamResponse, content: bytes) -> None:
        for at in range(len(content)):
            if self._stop and self._stop.is_set():
                return
            await response.write(content[at : at + 1])
            await self._wait(0.05)


def _encoded(body: Any) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/json"
    if isinstance(body, str):
        return body.encode(), "text/html" if body.lstrip().startswith("<") else "text/plain"
    return json.dumps(body).encode(), "application/json"
