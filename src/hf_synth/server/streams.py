"""A response that does not look complete when it is not."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from contextvars import ContextVar

from fastapi.responses import StreamingResponse
from sqlalchemy.exc import DBAPIError
from starlette.types import Receive, Scope, Send

from hf_synth.errors import HfSynthError

_log = logging.getLogger("hf_synth.server")
_meant: ContextVar[bool] = ContextVar("hf_synth_cut", default=False)


class Cut(Exception):
    """What is sent ends here, and not because all was sent."""


class Stream(StreamingResponse):
    """Sends chunks, one at a time: the next is asked for when the reader has room for it.

    Where the chunks end in `Cut`, or the store or the database do not answer, the connection is closed without the last
    chunk of the transfer coding (or short of Content-Length). Readers take that for what it is: an incomplete answer.
    """

    def __init__(
        self, chunks: AsyncGenerator[bytes], headers: Mapping[str, str], media_type: str, *, status: int = 200
    ) -> None:
        super().__init__(chunks, status, headers, media_type)
        self._chunks = chunks
        self._cut = self._head = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._head = scope["method"] == "HEAD"
        await super().__call__(scope, receive, send)
        if self._cut:
            _meant.set(True)

    async def stream_response(self, send: Send) -> None:
        """Send the head, and what there is."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._chunks):
            try:
                await self._send_all(send)
            except Cut:
                self._cut = True
                return
            except (HfSynthError, DBAPIError) as error:
                said = str(error) if isinstance(error, HfSynthError) else "The database does not answer."
                _log.warning("An answer was cut: %s", said)
                self._cut = True
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        if self._head:
            return
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            del chunk  # the reader may be slow: meanwhile the transport alone has it
            await send({"type": "http.response.body", "body": b"", "more_body": True})  # returns when there is room


def _unmeant(record: logging.LogRecord) -> bool:
    return not (_meant.get() and record.getMessage().startswith("ASGI callable returned without completing"))


def quiet() -> None:
    """Keep uvicorn from telling that a response was not completed where that was meant."""
    logging.getLogger("uvicorn.error").addFilter(_unmeant)
