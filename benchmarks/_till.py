"""The server of `cost.py`: speaks both APIs, counts tokens, and caches prompts as the services say they do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from _writer import Asked, Writer, read

from server import Connection, Service

SMALLEST, STEP = 1024, 128  # tokens of a prompt that can be cached
_PER_MESSAGE, _PER_REQUEST = 4, 3
_LATENCY = 0.05


def tokens(text: str) -> int:
    """Characters over four."""
    return -(-len(text) // 4)


@dataclass(frozen=True)
class Call:
    """One request with its answer. `cached`: tokens read from the cache."""

    asked: Asked
    text: str
    given: int
    cached: int


class Till(Service):
    """Answers, and keeps what was asked. Responses have `length` tokens."""

    def __init__(self, length: int) -> None:
        super().__init__(_LATENCY, 0.5, [0.0] * 4, length, 0)
        self.calls: list[Call] = []
        self._write = Writer(length)
        self._warm: set[bytes] = set()
        self._read: dict[bytes, int] = {}

    def arrive(self, body: bytes) -> None:
        """Look a request up in the cache as it comes in: what is still in flight cannot be read."""
        known = (size for name, size in _prefixes(read(json.loads(body))) if name in self._warm)
        self._read[body] = max(known, default=0)

    def answer(self, body: bytes, fate: str) -> bytes:
        """An answer in the API of the request."""
        asked = read(raw := json.loads(body))
        text, cached = self._write(asked), self._read[body]
        prefixes = _prefixes(asked)
        self._warm.update(name for name, _ in prefixes)
        given = sum(map(tokens, (asked.schema, asked.system, asked.user)))
        given += _PER_MESSAGE * asked.messages + _PER_REQUEST
        self.calls.append(Call(asked, text, given, cached))
        made = tokens(text)
        usage: dict[str, Any]
        if asked.api == "anthropic":
            written = 0 if cached else sum(size for _, size in prefixes)
            usage = {"input_tokens": given - cached - written, "output_tokens": made}
            usage |= {"cache_read_input_tokens": cached, "cache_creation_input_tokens": written}
            said = {"role": "assistant", "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
            return json.dumps({"id": "x", "type": "message", "model": raw["model"], **said, "usage": usage}).encode()
        usage = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return json.dumps({"id": "x", "model": raw["model"], "choices": [choice], "usage": usage}).encode()


def _prefixes(asked: Asked) -> list[tuple[bytes, int]]:
    """Names and sizes of what may be cached of a request.

    OpenAI: every prefix in steps, the schema first. Anthropic: the system text up to the mark, without the schema.
    """
    if asked.api == "anthropic":
        size = tokens(asked.marked)
        return [(_name(f"{asked.schema}\0{asked.marked}"), size)] if size >= SMALLEST else []
    whole = asked.schema + asked.system + "\0" + asked.user
    return [(_name(whole[: 4 * size]), size) for size in range(SMALLEST, len(whole) // 4 + 1, STEP)]


def _name(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class _Watched(Connection):
    """A connection that tells the till when a request comes in, not only when it is answered."""

    def __init__(self, service: Till) -> None:
        super().__init__(service)
        self._till = service

    def _take(self, body: bytes) -> None:
        self._till.arrive(body)
        super()._take(body)


@contextmanager
def till(length: int) -> Iterator[tuple[str, Till]]:
    """A till in a thread of its own, with its address."""
    service, loop = Till(length), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Watched(service), "127.0.0.1", 0, backlog=2048))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", service
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        server.close()
        loop.close()
