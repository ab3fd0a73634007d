"""Calls at once, spread over HTTP clients with small pools of connections.

httpx2 looks at every connection of a pool, twice, for each request: in one pool 128 calls at once take 1.3 times the
CPU of pools of 8, and 256 take twice as much (`benchmarks/calls.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

POOL = 8
"""Calls at once through one client of httpx2."""


class Clients:
    """HTTP clients that are opened as calls at once need them.

    Args:
        first: a client that is open.
        calls: most calls at once through one client.
        concurrency: most calls at once through all of them.
        further: opens another client.
    """

    def __init__(self, first: Any, calls: int, concurrency: int, further: Callable[[], Any]) -> None:
        self._calls = calls
        self._further = further
        self._all = [first]
        self._free = [first] * calls
        self._places = asyncio.Semaphore(concurrency)

    @property
    def headers(self) -> Mapping[str, str]:
        """What a client says by itself, such as the encodings that it can read."""
        return self._all[0].headers

    async def send(self, request: Any) -> Any:
        """Send a request through a client that has room; the answer is read to its end."""
        async with self._places:
            if not self._free:
                self._all.append(self._further())
                self._free = [self._all[-1]] * self._calls
            client = self._free.pop()
            try:
                return await client.send(request)
            finally:
                self._free.append(client)

    async def close(self) -> None:
        """Release all connections."""
        for client in self._all:
            await client.aclose()
