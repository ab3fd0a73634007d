"""HTTP on one connection, as uvicorn speaks it, for clients that are slow on purpose or say what is no HTTP.

uvicorn bounds how long a connection may be idle between two requests, and nothing before: one that never sends its
first line, or sends a letter of a header each second, holds a connection for as long as it likes.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from hf_synth.server.problems import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Base
else:
    Base = AutoHTTPProtocol  # h11, or httptools where it is installed


class Impatient(Base):
    """Closes a connection on which no whole head of a request came within `timeout_keep_alive` seconds."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._answering:  # else the next request has come already
            self._stop_waiting()
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say no to what is no HTTP, in the form of all other errors."""
        if not self._answering:  # else what is on its way would be cut in two
            body = json.dumps(problem(400, msg)).encode()
            head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]

    def _wait(self) -> None:
        if not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.timeout_keep_alive, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        if not self._answering:
            self.transport.close()
