"""The limiter: who may call now. One per endpoint in a session, shared by all that ask there."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from hf_synth.engine.law import Law, Outcome
from hf_synth.engine.pace import Pace
from hf_synth.types import Allowance

_LONGEST_PAUSE = 300.0


class Dismissed(Exception):
    """The call a slot was wanted for is not to be made any more."""


class Limiter:
    """Slots in order of priority, never more than the law, the pace and the server's headers allow.

    Args:
        ceiling: most calls at once.
        requests_per_minute: as the user gave it; `None` leaves it to what the server says.
        tokens_per_minute: the same for tokens, input and output together.
        clock: seconds, monotonic; the running loop's by default.
    """

    def __init__(
        self,
        ceiling: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.law = Law(ceiling)
        self.in_flight = 0
        self.on_idle: list[Callable[[], None]] = []
        self._requests = Pace(requests_per_minute)
        self._tokens = Pace(tokens_per_minute)
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._paused_until = float("-inf")
        self._waiting: list[tuple[tuple[int, ...], int, float, asyncio.Future[None], object]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether a further call would start at once."""
        return not self._waiting and self.in_flight < self.law.limit and self._clock() >= self._paused_until

    async def acquire(self, priority: tuple[int, ...], tokens: float = 0.0, owner: object = None) -> None:
        """Wait for a slot.

        Args:
            priority: lower ones go first.
            tokens: what the call is expected to take.
            owner: whoever may `dismiss` the call while it waits.

        Raises:
            Dismissed: the owner did.
        """
        if self.idle and not self._delay(tokens):
            self._grant(tokens)
            return
        slot = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), tokens, slot, owner))
        self._serve()
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled() and slot.exception() is None:
                self.release("cancelled")
            raise

    def dismiss(self, owner: object) -> None:
        """Let no call of an owner that still waits be made."""
        for *_, slot, waiting_for in self._waiting:
            if waiting_for is owner and not slot.done():
                slot.set_exception(Dismissed())
        self._serve()

    def release(
        self,
        outcome: Outcome,
        *,
        retry_after: float | None = None,
        allowance: Allowance | None = None,
        spare: float = 0,
    ) -> None:
        """Give a slot back and learn from how the call ended.

        Args:
            outcome: how the call ended.
            retry_after: seconds the server asked to wait.
            allowance: what its headers said.
            spare: tokens that were counted in `acquire` and not used (negative: used beyond).
        """
        saturated = bool(self._waiting) or self.in_flight >= self.law.limit
        self.in_flight -= 1
        self._tokens.give_back(spare)
        now = self._clock()
        if self.law.record(outcome, saturated=saturated):
            self._pause(now + (retry_after or 1.0))
        if allowance:
            self._heed(allowance, now)
        self._serve()
        if self.idle:
            for wake in self.on_idle:
                wake()

    def _heed(self, allowance: Allowance, now: float) -> None:
        """Wait for the reset where the headers say that nothing is left."""
        for left, reset in (
            (allowance.requests_left, allowance.requests_reset),
            (allowance.tokens_left, allowance.tokens_reset),
        ):
            if left == 0 and reset:
                self._pause(now + reset)

    def _pause(self, until: float) -> None:
        now = self._clock()
        self._paused_until = max(self._paused_until, min(until, now + _LONGEST_PAUSE))
        self._wake_in(self._paused_until - now)  # also where nobody waits here: `on_idle` is told

    def _delay(self, tokens: float) -> float:
        now = self._clock()
        pause = max(0.0, self._paused_until - now)
        return max(pause, self._requests.delay(now, 1), self._tokens.delay(now, tokens))

    def _grant(self, tokens: float) -> None:
        now = self._clock()
        self.in_flight += 1
        self._requests.take(now, 1)
        self._tokens.take(now, tokens)

    def _serve(self) -> None:
        while self._waiting and self.in_flight < self.law.limit:
            _, _, tokens, slot, _ = self._waiting[0]
            if slot.done():  # cancelled or dismissed while it waited
                heapq.heappop(self._waiting)
                continue
            delay = self._delay(tokens)
            if delay > 0:
                self._wake_in(delay)
                return
            heapq.heappop(self._waiting)
            self._grant(tokens)
            slot.set_result(None)

    def _wake_in(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if loop.time() < self._timer.when() <= loop.time() + delay:
                return
            self._timer.cancel()
        self._timer = loop.call_later(delay, self._alarm)

    def _alarm(self) -> None:
        self._timer = None
        self._serve()
        if self._clock() < self._paused_until:
            self._wake_in(self._paused_until - self._clock())
        if self.idle:
            for wake in self.on_idle:
                wake()
