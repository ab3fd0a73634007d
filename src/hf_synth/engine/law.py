"""How many calls may run at once: slow start, then additive increase and multiplicative decrease.

The shape is TCP's (Chiu and Jain 1989), with one change that measurement asked for: a single 429 among many
successes says little, and a law that shrinks at each of them was simulated at 14 times the time under 5 %
random 429. So the limit shrinks only where more than 15 % of a round were turned away, at most once a round, and
the same share ends the slow start and, of failures of the server or the transport, holds growth for a round.

Calls that were on their way when the limit shrank say nothing of the limit it has now, as in TCP, where a window is
halved once in a round trip. They only tell how many were too many: what is left of the old limit without them. Where
an answer takes half a minute and a 429 some milliseconds, a law that counted them anew would shrink to nothing.
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
        age: how often the limit has shrunk.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.limit = max(1, min(ceiling, START))
        self._limit = float(self.limit)
        self._slow_start = True
        self._round = 0
        self._limited = 0
        self._trouble = 0
        self._held = False  # the last round had too many failures to grow in this one
        self.age = 0
        self._left = self._limit  # of the limit before it shrank, those that were not turned away
        self._highest = self._limit

    def reach(self, ceiling: int) -> None:
        """Take another ceiling, as users come and go."""
        self.ceiling = ceiling
        least = min(ceiling, START) if self._slow_start else 1.0
        self._set(min(max(self._limit, least), ceiling))

    def record(self, outcome: Outcome, *, saturated: bool, age: int | None = None) -> bool:
        """Learn from one finished call.

        Args:
            outcome: how it ended.
            saturated: whether the limit, not demand, held calls back.
            age: of the law when the call began.

        Returns:
            Whether the service is turning away more than is tolerated, so that everyone should wait.
        """
        if outcome == "cancelled":
            return False
        if outcome == "limited" and age is not None and age < self.age:
            if age == self.age - 1:
                self._left -= 1
                self._set(min(self._limit, self._left))
            return False
        self._round += 1
        self._limited += outcome == "limited"
        self._trouble += outcome == "trouble"
        tolerated = max(1.0, TOLERATED * max(self._round, self._limit))
        crowded = self._limited > tolerated
        if crowded:
            self._slow_start = False
            self.age += 1
            self._left = self._limit - self._limited
            self._set(min(self._limit * SHRINK, self._left))
        elif outcome == "done" and saturated and self._trouble <= tolerated and not self._held:
            self._set(min(float(self.ceiling), self._limit + (1.0 if self._slow_start else 1.0 / self._limit)))
            self._highest = max(self._highest, self._limit)
        if crowded or self._round >= self.limit:
            self._held = self._trouble > tolerated
            self._round = self._limited = self._trouble = 0
        return crowded

    def restore(self) -> None:
        """Undo what storms took: it was no matter of how many calls run at once."""
        self._left = float(self.ceiling)
        self._set(min(float(self.ceiling), self._highest))

    def _set(self, limit: float) -> None:
        self._limit = max(1.0, limit)
        self.limit = int(self._limit)


class Share:
    """A law as one user of several sees it: never above a ceiling of the user's own."""

    __slots__ = ("_law", "ceiling")

    def __init__(self, law: Law, ceiling: int) -> None:
        self._law = law
        self.ceiling = ceiling

    @property
    def limit(self) -> int:
        return min(self.ceiling, self._law.limit)
