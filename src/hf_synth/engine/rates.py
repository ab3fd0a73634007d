"""What one key may start now at one model, by rate: as users gave it, as headers told it, as 429 taught it."""

from __future__ import annotations

from math import sqrt

from hf_synth.engine.guess import Guess
from hf_synth.engine.pace import Pace
from hf_synth.engine.renewal import Renewal
from hf_synth.engine.slot import Slot
from hf_synth.types import Allowance

LONGEST_PAUSE = 300.0
_REMEMBERED = 30  # calls, about, of whose expectations the error is known
_MOST_APART = 0.1  # of the tokens allowed may be kept for errors
_PAUSE = 1.0  # seconds everyone waits in a storm, where the server names no time


class Rates:
    """Requests and tokens per minute, and pauses of everyone.

    Attributes:
        paused_until: before which nothing starts.
    """

    def __init__(self) -> None:
        self.paused_until = float("-inf")
        self._requests, self._tokens = Pace(), Pace()
        self._given: tuple[int | None, int | None] = (None, None)
        self._told = (Renewal(), Renewal())
        self._guess = Guess()
        self._variance = 0.0  # of what calls take, around what was expected

    def give(self, now: float, requests: int | None, tokens: int | None) -> None:
        """Let so many a minute hold, as users gave them; `None` is left to what the server says."""
        before, self._given = self._given, (requests, tokens)
        for pace, earlier, given in zip((self._requests, self._tokens), before, self._given, strict=True):
            if given != earlier:  # where nobody gave any, what the server said goes on to hold
                pace.set(now, given)

    def delay(self, now: float, tokens: float, in_flight: int) -> float:
        """Seconds until a call may start that is expected to take so many tokens, beside those in flight.

        What those will have taken is not known yet, so room is kept for their errors: three times the usual one.
        """
        delay = max(0.0, self.paused_until - now, self._requests.delay(now, 1))
        if self._tokens.allowed is not None:
            apart = min(3 * sqrt(self._variance * (in_flight + 1)), _MOST_APART * self._tokens.allowed)
            delay = max(delay, self._tokens.delay(now, tokens, apart))
        return max(delay, self._guess.pace.delay(now, 1)) if self._unknown else delay

    def take(self, slot: Slot) -> None:
        """Count a call that starts now."""
        self._requests.take(slot.began, 1)
        self._tokens.take(slot.began, slot.tokens)
        if self._unknown:
            self._guess.take(slot.began, slot.beside)

    def ended(self, now: float, slot: Slot, spare: float, allowance: Allowance | None, in_flight: int) -> None:
        """A call has ended otherwise than by being turned away.

        Args:
            now: seconds.
            slot: of the call.
            spare: tokens of those counted that were not used; negative where more were.
            allowance: what the headers said.
            in_flight: how many calls were under way until it was answered, itself included; 0 if it was not.
        """
        self._tokens.give_back(slot.began, spare)
        if allowance is not None:
            self._heed(now, allowance)
        if in_flight:
            self._variance += (spare * spare - self._variance) / _REMEMBERED
            if self._unknown:
                self._guess.accepted(now, in_flight)

    def limited(self, now: float, slot: Slot, spare: float) -> bool:
        """A call was turned away; whether it is known now that calls per minute are what was exceeded."""
        self._tokens.give_back(slot.began, spare)
        return self._unknown and self._guess.limited(now, slot.began, slot.beside)

    def storm(self, now: float, retry_after: float | None) -> None:
        """Too many calls are turned away: everyone waits."""
        pause = min(retry_after or _PAUSE, LONGEST_PAUSE)
        self.paused_until = max(self.paused_until, now + pause)
        if self._unknown:
            self._guess.storm(now, pause)

    @property
    def found(self) -> float | None:
        """Requests per minute that 429 alone have told; `None` where they told none."""
        return self._guess.pace.allowed

    @property
    def _unknown(self) -> bool:
        return self._requests.allowed is None and self._tokens.allowed is None

    def _heed(self, now: float, told: Allowance) -> None:
        """Set the pace by what the headers tell, and wait for the reset where nothing is left."""
        requests = (told.requests_limit, told.requests_left, told.requests_reset)
        tokens = (told.tokens_limit, told.tokens_left, told.tokens_reset)
        for renewal, pace, given, (limit, left, reset) in zip(
            self._told, (self._requests, self._tokens), self._given, (requests, tokens), strict=True
        ):
            if given is None:
                renewal.follow(now, pace, limit, left, reset)
            if left == 0 and reset:
                self.paused_until = max(self.paused_until, now + min(reset, LONGEST_PAUSE))
