"""Requests and tokens per minute: when the next call may start.

A leaky bucket (the generic cell rate algorithm) over a sliding minute: it spreads calls evenly and lets a burst
of a few seconds through, so that no window of 60 seconds, wherever it starts, holds more than is allowed.
"""

from __future__ import annotations

MINUTE = 60.0
BURST = 1.0  # seconds of allowance that may be used at once


class Pace:
    """One allowance per minute, in any unit. `per_minute` None means without bound."""

    def __init__(self, per_minute: float | None) -> None:
        self.per_minute = per_minute
        self._free_at = float("-inf")

    def delay(self, now: float, amount: float) -> float:
        """Seconds until a call of `amount` may start; 0 if it may start now."""
        if self.per_minute is None or amount <= 0:
            return 0.0
        return max(0.0, self._free_at - BURST - now)

    def take(self, now: float, amount: float) -> None:
        """Count a call that starts now."""
        if self.per_minute is None:
            return
        usable = self.per_minute * (1 - BURST / MINUTE)  # what a window may hold once its burst is spent
        self._free_at = max(self._free_at, now) + amount * MINUTE / usable

    def give_back(self, amount: float) -> None:
        """Correct a call that took less than was counted; a negative amount takes more."""
        if self.per_minute is not None:
            self._free_at -= amount * MINUTE / (self.per_minute * (1 - BURST / MINUTE))
