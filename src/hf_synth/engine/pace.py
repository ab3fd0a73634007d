"""Requests and tokens per minute: when the next call may start.

Two rules together. A leaky bucket (the generic cell rate algorithm) spreads calls evenly and lets a burst of a
second through. A log of what was started makes sure that no window, wherever it begins, holds more than is allowed:
a bucket alone cannot, where one call takes a large part of a minute's tokens, or where the limit changes.
"""

from __future__ import annotations

from collections.abc import Callable

MINUTE = 60.0
_BURST = 1 / 60  # share of an allowance that may be used at once
_SLACK = 1 / 60  # of a span, for which calls count longer than that: they reach the server later than they start
_GRAIN = 0.05  # seconds that the log does not tell apart; it errs on the side of counting longer


class Log:
    """What was started, by time: sums over the recent past."""

    def __init__(self) -> None:
        self._slots: dict[int, float] = {}  # amounts by grain, oldest first
        self.total = 0.0

    def add(self, at: float, amount: float) -> None:
        """Count something that starts now."""
        slot = int(at / _GRAIN)
        self._slots[slot] = self._slots.get(slot, 0.0) + amount
        self.total += amount

    def correct(self, at: float, amount: float) -> None:
        """Change what was counted at a time, if that is not long ago."""
        slot = int(at / _GRAIN)
        if slot in self._slots:
            self._slots[slot] += amount
            self.total += amount

    def forget(self, before: float) -> None:
        """Drop what started before a time."""
        while self._slots:
            oldest = next(iter(self._slots))
            if (oldest + 1) * _GRAIN > before:
                return
            self.total -= self._slots.pop(oldest)
        self.total = 0.0  # no crumb of rounding is left

    def until(self, enough: Callable[[float], bool]) -> float:
        """The end of the grain whose amounts, with all older ones, are enough to be rid of."""
        gone = at = 0.0
        for slot, amount in self._slots.items():
            gone += amount
            at = (slot + 1) * _GRAIN
            if enough(gone):
                break
        return at


class Pace:
    """One allowance for each span of time, in any unit.

    Attributes:
        allowed: in each span; `None` is without bound.
        span: seconds.
    """

    def __init__(self, allowed: float | None = None, span: float = MINUTE) -> None:
        self.allowed = allowed
        self.span = span
        self._rate = (allowed or 0.0) / span / (1 + _SLACK)
        self._free_at = float("-inf")
        self._log = Log()

    def set(self, now: float, allowed: float | None, span: float = MINUTE, rate: float | None = None) -> None:
        """Let another allowance hold from now on; what was started before counts.

        Args:
            now: seconds.
            allowed: in each span.
            span: seconds.
            rate: a second, where calls are to be spread otherwise than evenly over each span.
        """
        rate = rate or (allowed or 0.0) / span / (1 + _SLACK)
        if self._rate and rate:
            self._free_at = now + max(0.0, self._free_at - now) * self._rate / rate
        self.allowed, self.span, self._rate = allowed, span, rate

    def within(self, now: float) -> float:
        """What was started within the span that ends now, or just before it."""
        self._log.forget(now - self.span * (1 + _SLACK))
        return self._log.total

    def delay(self, now: float, amount: float, apart: float = 0.0) -> float:
        """Seconds until a call of `amount` may start, and leave so much `apart`; 0 if it may start now."""
        if self.allowed is None or amount <= 0:
            return 0.0
        bucket = self._free_at - _BURST * self.span - now
        room = self.allowed - min(amount + apart, self.allowed)  # a call larger than all of it goes alone
        if self.within(now) <= room:
            return max(0.0, bucket)
        window = self._log.until(lambda gone: self._log.total - gone <= room)
        window += self.span * (1 + _SLACK) - now
        return max(0.0, bucket, window)

    def take(self, now: float, amount: float) -> None:
        """Count a call that starts now."""
        self._log.forget(now - self.span * (1 + _SLACK))
        self._log.add(now, amount)
        if self.allowed is not None:
            self._free_at = max(self._free_at, now) + amount / self._rate

    def give_back(self, since: float, amount: float) -> None:
        """Correct a call that started at `since` and took less than was counted; a negative amount takes more."""
        if amount:
            self._log.correct(since, -amount)
            if self.allowed is not None:
                self._free_at -= amount / self._rate


def less(number: float, share: float) -> float:
    """A little less, but not of a few: whole calls count."""
    return max(1.0, number - int(number * share))
