"""Whether a guess of calls per minute is right: tried out at once, because a wrong one costs a minute."""

from __future__ import annotations

_FASTER = 3.0  # calls are tried at so many times the rate that was guessed
_SLOWEST = 2.0  # a second; at less a wrong guess of a few calls would hold for long
_TOO_MANY = 2.0  # times that rate were accepted: no limit of calls per minute would have
_SPARE = 4.0  # calls beyond that, which may have been chance
_ENOUGH = 3  # turned away, and more than half of those tried
_LONGEST = 60.0  # seconds; then the minute before the guess is over


class Doubt:
    """Calls tried beyond a pace that was just guessed.

    A server whose calls per minute are used up turns them away, or lets as many through as its limit renews: so most of
    them are turned away soon. One that minds how many calls run at once lets them through, since few do.
    """

    def __init__(self) -> None:
        self._since = self._until = self._next = float("-inf")
        self._rate = 0.0  # calls a second, as guessed
        self._begun = self._accepted = self._limited = 0

    def begin(self, now: float, per_minute: float) -> None:
        """A pace was guessed."""
        self._since, self._until, self._next = now, now + _LONGEST, now
        self._rate = per_minute / 60
        self._begun = self._accepted = self._limited = 0

    def delay(self, now: float) -> float:
        """Seconds until a call may be tried; infinite where there is no doubt."""
        return max(0.0, self._next - now) if now < self._until else float("inf")

    def take(self, now: float) -> None:
        """A call starts."""
        if now < self._until:
            self._begun += 1
            self._next = max(now, self._next) + 1 / max(_SLOWEST, _FASTER * self._rate)

    def covers(self, now: float, began: float) -> bool:
        """Whether a call was one that was tried."""
        return self._since <= began and now < self._until

    def accepted(self, now: float, began: float) -> bool:
        """A call was answered; whether the guess is wrong."""
        if not self.covers(now, began):
            return False
        self._accepted += 1
        if self._accepted <= _TOO_MANY * self._rate * (now - self._since) + _SPARE:
            return False
        self._until = now
        return True

    def limited(self, now: float, began: float) -> None:
        """A call was turned away: after some the doubt is over."""
        if self.covers(now, began):
            self._limited += 1
            if self._limited >= _ENOUGH and 2 * self._limited > self._begun:
                self._until = now
