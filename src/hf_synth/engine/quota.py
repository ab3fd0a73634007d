"""Requests and tokens a minute: of one owner, as its users gave them, or of all, as the server told them."""

from __future__ import annotations

from math import sqrt

from hf_synth.engine.pace import Pace
from hf_synth.engine.slot import Slot

_REMEMBERED = 30  # calls, about, of whose expectations the error is known
_MOST_APART = 0.1  # of the tokens allowed may be kept for errors


class Quota:
    """What may start, by number and by tokens. All calls count, also while there is no bound: one may come.

    Attributes:
        requests: calls in each minute.
        tokens: the same of tokens, input and output together.
    """

    def __init__(self) -> None:
        self.requests, self.tokens = Pace(), Pace()
        self._variance = 0.0  # of what calls take, around what was expected

    @property
    def bounded(self) -> bool:
        """Whether anything is."""
        return self.requests.allowed is not None or self.tokens.allowed is not None

    def give(self, now: float, requests: int | None, tokens: int | None) -> None:
        """Let so many a minute hold from now on; `None` is without bound."""
        for pace, given in ((self.requests, requests), (self.tokens, tokens)):
            if given != pace.allowed:
                pace.set(now, given)

    def delay(self, now: float, tokens: float, in_flight: int) -> float:
        """Seconds until a call may start that is expected to take so many tokens, beside those in flight.

        What those will have taken is not known yet, so room is kept for their errors: three times the usual one.
        """
        delay = self.requests.delay(now, 1)
        if self.tokens.allowed is None:
            return delay
        apart = min(3 * sqrt(self._variance * (in_flight + 1)), _MOST_APART * self.tokens.allowed)
        return max(delay, self.tokens.delay(now, tokens, apart))

    def take(self, slot: Slot) -> None:
        """Count a call that starts now."""
        self.requests.take(slot.began, 1)
        self.tokens.take(slot.began, slot.tokens)

    def ended(self, slot: Slot, spare: float, answered: bool) -> None:
        """Correct the tokens of a call by those it did not use; negative where it used more.

        Only of an answer it is known how far the expectation was off.
        """
        self.tokens.give_back(slot.began, spare)
        if answered:
            self._variance += (spare * spare - self._variance) / _REMEMBERED
