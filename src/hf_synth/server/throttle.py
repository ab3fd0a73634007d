"""Requests per minute of a key, counted in this process."""

from __future__ import annotations

import time
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
