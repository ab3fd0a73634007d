"""What one key may start now at one model, by rate: as headers told it, as 429 taught it. It holds for all owners."""

from __future__ import annotations

from hf_synth.engine.guess import Guess
from hf_synth.engine.quota import Quota
from hf_synth.engine.renewal import Renewal
from hf_synth.engine.slot import Slot
from hf_synth.types import Allowance

LONGEST_PAUSE = 300.0
_PAUSE = 1.0  # seconds everyone waits in a storm, where the server names no time


class Rates:
    """Requests and tokens per minute, and pauses of everyone.

    Attributes:
        paused_until: before which nothing starts.
    """

    def __init__(self) -> None:
        self.paused_until = float("-inf")
        self._quota = Quota()
        self._overruled = (False, False)
        self._renewals = (Renewal(), Renewal())
        self._guess = Guess()

    def overrule(self, now: float, requests: bool, tokens: bool) -> None:
        """Say whether what users gave holds in place of what the server says; where it did, the next header tells."""
        before, self._overruled = self._overruled, (requests, tokens)
        for pace, was, is_now in zip((self._quota.requests, self._quota.tokens), before, self._overruled, strict=True):
            if is_now and not was:
                pace.set(now, None)

    def delay(self, now: float, tokens: float, in_flight: int) -> float:
        """Seconds until a call may start that is expected to take so many tokens, beside those in flight."""
        delay = max(0.0, self.paused_until - now, self._quota.delay(now, tokens, in_flight))
        return max(delay, self._guess.delay(now)) if self._unknown else delay

    def take(self, slot: Slot) -> None:
        """Count a call that starts now."""
        self._quota.take(slot)
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
        self._quota.ended(slot, spare, in_flight > 0)
        if allowance is not None:
            self._heed(now, allowance)
        if in_flight and self._unknown:
            self._guess.accepted(now, in_flight, slot.began)

    def limited(self, now: float, slot: Slot, spare: float) -> bool:
        """A call was turned away; whether it is known now that calls per minute are what was exceeded."""
        self._quota.ended(slot, spare, answered=False)
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
        return not (any(self._overruled) or self._quota.bounded)

    def _heed(self, now: float, told: Allowance) -> None:
        """Set the pace by what the headers tell, and wait for the reset where nothing is left."""
        requests = (told.requests_limit, told.requests_left, told.requests_reset)
        tokens = (told.tokens_limit, told.tokens_left, told.tokens_reset)
        paces = (self._quota.requests, self._quota.tokens)
        for renewal, pace, overruled, (limit, left, reset) in zip(
            self._renewals, paces, self._overruled, (requests, tokens), strict=True
        ):
            if not overruled:
                renewal.follow(now, pace, limit, left, reset)
            if left == 0 and reset:
                self.paused_until = max(self.paused_until, now + min(reset, LONGEST_PAUSE))
