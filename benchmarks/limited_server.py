"""The server of `server.py`, with limits: so many requests and tokens in any 60 seconds, what is beyond is a 429.

    python benchmarks/limited_server.py --requests 600 --minute-tokens 60000 --headers oldest

It counts a call when it comes in, its tokens as its answer will tell them. `--headers` says what the headers tell:
`oldest`, `all` (`reset` is the time until the oldest call leaves the window, or until all have left), or `none`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import deque

from server import Connection, Service

MINUTE = 60.0
_REFUSED_AFTER = 0.005  # seconds
_TOTAL = re.compile(rb'"total_tokens":(\d+)')
_TOO_MANY = b'{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}'


class Window:
    """A sliding window of 60 seconds."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._log: deque[tuple[float, int]] = deque()

    def has(self, now: float, amount: int) -> bool:
        while self._log and self._log[0][0] <= now - MINUTE:
            self.used -= self._log.popleft()[1]
        return self.used + amount <= self.limit

    def take(self, now: float, amount: int) -> None:
        self.used += amount
        self._log.append((now, amount))

    def reset(self, now: float, which: int) -> float:
        return self._log[which][0] + MINUTE - now if self._log else 0.0


class Limits:
    """Both limits, and what came of them."""

    def __init__(self, requests: int, tokens: int, headers: str) -> None:
        self._windows = {"requests": Window(requests), "tokens": Window(tokens)}
        self._which = {"oldest": 0, "all": -1}.get(headers)
        self.accepted: list[tuple[float, int]] = []
        self.refused: list[float] = []

    def admit(self, tokens: int) -> bool:
        now = time.monotonic()
        amounts = {"requests": 1, "tokens": tokens}
        if not all(window.has(now, amounts[kind]) for kind, window in self._windows.items()):
            self.refused.append(now)
            return False
        for kind, window in self._windows.items():
            window.take(now, amounts[kind])
        self.accepted.append((now, tokens))
        return True

    def headers(self) -> bytes:
        if self._which is None:
            return b""
        now = time.monotonic()
        told = b""
        for kind, window in self._windows.items():
            window.has(now, 0)
            for what, value in (
                ("limit", str(window.limit)),
                ("remaining", str(window.limit - window.used)),
                ("reset", f"{window.reset(now, self._which):.3f}s"),
            ):
                told += f"x-ratelimit-{what}-{kind}: {value}\r\n".encode()
        return told

    def stats(self) -> bytes:
        """What was done in the first minute and after it, as shares of what was allowed."""
        times = [*(at for at, _ in self.accepted), *self.refused]
        begin, now = min(times, default=0.0), time.monotonic()
        told = {
            "first": self._share(begin, begin + MINUTE),
            "warm": self._share(begin + MINUTE, now),
            "calls": len(times),
        }
        return json.dumps(told).encode()

    def _share(self, begin: float, end: float) -> dict[str, float]:
        inside = [tokens for at, tokens in self.accepted if begin <= at < end]
        refused = sum(begin <= at < end for at in self.refused)
        minutes = max(1e-9, (end - begin) / MINUTE)
        return {
            "requests": len(inside) / minutes / self._windows["requests"].limit,
            "tokens": sum(inside) / minutes / self._windows["tokens"].limit,
            "refused": refused / max(1, refused + len(inside)),
        }


class Limited(Service):
    """See `Service`."""

    def __init__(self, limits: Limits, latency: float, spread: float, tokens: int) -> None:
        super().__init__(latency, spread, [0.0, 0.0, 0.0, 0.0], tokens, 0)
        self.limits = limits

    def stats(self) -> bytes:
        return self.limits.stats()


class LimitedConnection(Connection):
    """Decides when a request comes in."""

    def __init__(self, service: Limited) -> None:
        super().__init__(service)
        self._limits = service.limits
        self._limited = service

    def _take(self, body: bytes) -> None:
        answer = self._limited.answer(body, "answered")
        found = _TOTAL.search(answer)
        if self._limits.admit(int(found[1]) if found else 0):
            self._loop.call_later(self._limited.latency(), self._reply, b"200 OK", answer)
        else:
            self._loop.call_later(_REFUSED_AFTER, self._reply, b"429 Too Many Requests", _TOO_MANY)

    def _reply(self, status: bytes, content: bytes) -> None:
        if not self._transport.is_closing():
            self._send(status, self._limits.headers(), content)


async def serve(service: Limited) -> None:
    """Until stdin ends; the first line printed is the base URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LimitedConnection(service), "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--minute-tokens", type=int, default=60_000)
    parser.add_argument("--headers", choices=["none", "oldest", "all"], default="oldest")
    parser.add_argument("--latency", type=float, default=1.5, help="seconds an answer takes, on average")
    parser.add_argument("--spread", type=float, default=0.7, help="0.5: from half to one and a half times that")
    parser.add_argument("--tokens", type=int, default=150, help="length of a response")
    args = parser.parse_args()
    limits = Limits(args.requests, args.minute_tokens, args.headers)
    asyncio.run(serve(Limited(limits, args.latency, args.spread, args.tokens)))


if __name__ == "__main__":
    main()
