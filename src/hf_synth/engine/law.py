"""How many calls may run at once: slow start, then additive increase and multiplicative decrease.

The shape is TCP's (Chiu and Jain 1989), with one change that measurement asked for: a single 429 among many
successes says little, and a law that shrinks at each of them was simulated at 14 times the time under 5 %
random 429. So the limit shrinks only where more than 15 % of a round were turned away, at most once a round, and
the same share ends the slow start and, of failures of the server or the transport, holds growth for a round.
"""

from __future__ import annotations

from typing import Literal

Outcome = Literal["done", "limited", "trouble", "cancelled"]

TOLERATED = 0.15
SHRINK = 0.7
START = 32


class Law:
    """The limit as a function of outcomes alone: no clock, no queue.

    Attributes:
        limit: calls that may run at once, from 1 to `ceiling`.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self._limit = float(min(ceiling, START))
        self._slow_start = True
        self._round = 0
        self._limited = 0
        self._trouble = 0
        self._held = False  # the last round had too many failures to grow in this one

    @property
    def limit(self) -> int:
        return max(1, int(self._limit))

    def record(self, outcome: Outcome, *, saturated: bool) -> bool:
        """Learn from one finished call; `saturated` tells that the limit, not demand, held calls back.

        Returns:
            Whether the service is turning away more than is tolerated, so that everyone should wait.
        """
        if outcome == "cancelled":
            return False
        self._round += 1
        self._limited += outcome == "limited"
        self._trouble += outcome == "trouble"
        tolerated = max(1.0, TOLERATED * max(self._round, self._limit))
        crowded = self._limited > tolerated
        if crowded:
            self._slow_start = False
            self._limit = max(1.0, self._limit * SHRINK)
        elif outcome == "done" and saturated and self._trouble <= tolerated and not self._held:
            self._limit = min(float(self.ceiling), self._limit + (1.0 if self._slow_start else 1.0 / self._limit))
        if crowded or self._round >= self.limit:
            self._held = self._trouble > tolerated
            self._round = self._limited = self._trouble = 0
        return crowded
