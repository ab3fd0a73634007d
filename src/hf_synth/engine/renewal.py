"""What a server allows where the user did not say, read from the headers of its answers.

Services mean different things by the same three headers (limit, left, seconds until reset). A bucket that fills
continuously (OpenAI, Anthropic) tells when it will be full, so its reset grows with what was used; a sliding window
tells when the oldest call leaves it, or when all have left; a fixed window tells its end. In all of them the longest
reset ever seen comes to be the time in which the whole limit renews, at the latest when the limit has been used up:
so the limit, spread over that time, is the rate to keep to. What comes near to a minute is a minute: a header is as
old as the answer took, and nearly all limits are by the minute. The bucket of a day (Groq's requests, say) renews so
slowly that it is a store rather than a rate: it may be used as fast as one likes, until nothing is left.
"""

from __future__ import annotations

from hf_synth.engine.pace import MINUTE, Pace, less

_STORE = 2 * MINUTE  # what takes longer to renew is a store
_SHORTEST = 1.0
_FULL, _EMPTY = 1.0, 0.95  # of the limit that is used while all of it is left, and while none is
_MARGIN = 0.02  # of the limit, kept free by our own count: the server's clock starts later


class Renewal:
    """A limit that headers tell, and how long it takes to renew."""

    def __init__(self) -> None:
        self._limit = 0
        self._longest = 0.0

    def follow(self, now: float, pace: Pace, limit: int | None, left: int | None, reset: float | None) -> None:
        """Take what the headers of an answer said, and set the pace by it.

        The fuller the allowance, the faster: this is what keeps a sliding window from running dry, and finds the
        rate of a bucket exactly, where it neither fills nor empties.
        """
        if not limit or reset is None:
            return
        if limit != self._limit:
            self._limit, self._longest = limit, 0.0
        self._longest = max(self._longest, reset, _SHORTEST)
        if self._longest > _STORE:
            pace.set(now, None)
            return
        span = MINUTE if MINUTE / 2 < self._longest < MINUTE else self._longest
        share = 1.0 if left is None else min(1.0, left / limit)
        rate = (_EMPTY + (_FULL - _EMPTY) * share) * limit / span
        pace.set(now, less(limit, _MARGIN), span, rate)
