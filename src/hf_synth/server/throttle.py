"""Requests per minute of a key, and answers that are still being read, counted in this process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hf_synth.server.keys import Key


class Throttle:
    """Counts requests in a moving window of a minute."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, key: Key) -> int:
        """Count a request; seconds to wait where it is one too many, else 0."""
        if key.requests_per_minute is None:
            return 0
        limit = RateLimitItemPerMinute(key.requests_per_minute)
        if self._window.hit(limit, key.id):
            return 0
        left = self._window.get_window_stats(limit, key.id).reset_time - time.time()
        return min(60, max(1, ceil(left)))


class Streams:
    """Counts answers that may take as long as their readers like. Used in the loop of the server alone."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        """How many there are, by whose they are."""

    @contextmanager
    def one(self, whose: str, most: int) -> Generator[bool]:
        """Whether one more may be open; if so it counts until the block ends."""
        if self.open[whose] >= most:
            yield False
            return
        self.open[whose] += 1
        try:
            yield True
        finally:
            self.open[whose] -= 1
            if not self.open[whose]:
                del self.open[whose]
