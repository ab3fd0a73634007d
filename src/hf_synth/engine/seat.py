"""One user's place at a limiter that several share."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from hf_synth.engine.law import Outcome, Share
from hf_synth.engine.quota import Quota
from hf_synth.engine.slot import Slot
from hf_synth.types import Allowance

if TYPE_CHECKING:
    from hf_synth.engine.limiter import Limiter


class Dismissed(Exception):
    """The call a slot was wanted for is not to be made any more."""


def now() -> float:
    """The clock of limits is that of the running loop, so that timers and limits agree."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Owner:
    """Whose the seats are: what an owner has is counted over all of them, so that many get no more than one.

    Attributes:
        name: as it was given with a seat.
        quota: the rates that its users gave, and what it started.
        in_flight: how many calls of all its seats run.
        turn: when a call of it started last, among all of the limiter.
    """

    name: str
    quota: Quota
    in_flight: int = 0
    turn: int = -1


class Seat:
    """One user's place at a limiter.

    Attributes:
        owner: whose it is, shared with the other seats of that owner.
        given: requests and tokens a minute, as its user gave them.
        law: how many of its calls may run at once.
        in_flight: how many do.
        waiting: calls that wait for a slot, a heap; for the limiter.
        on_idle: called when a further call could start.
    """

    def __init__(self, limiter: Limiter, ceiling: int, given: tuple[int | None, int | None], owner: Owner) -> None:
        self.owner = owner
        self.law = Share(limiter.law, ceiling)
        self.given = given
        self.in_flight = 0
        self.turn = -1
        self.waiting: list[tuple[tuple[int, ...], int, Callable[[], float], asyncio.Future[Slot], object]] = []
        self.on_idle: list[Callable[[], None]] = []
        self._limiter = limiter
        self._order = count()
        self._left = False

    @property
    def idle(self) -> bool:
        """Whether a further call would start at once, or as soon as another user's call ends."""
        if self.waiting or self.in_flight >= self.law.ceiling or self._left:
            return False
        return now() >= self._limiter.rates.paused_until and self._limiter.open_to(self)

    def head(self) -> bool:
        """Whether a call waits; those that gave up are cleared away."""
        while self.waiting and self.waiting[0][3].done():
            heapq.heappop(self.waiting)
        return bool(self.waiting)

    def delay(self, tokens: float) -> float:
        """Seconds until the rates that its owner's users gave let a call start, whatever the server says."""
        return self.owner.quota.delay(now(), tokens, self.owner.in_flight)

    async def acquire(
        self, priority: tuple[int, ...], weigh: Callable[[], float] = lambda: 0.0, owner: object = None
    ) -> Slot:
        """Wait for a slot.

        Args:
            priority: lower ones go first.
            weigh: tells how many tokens the call is expected to take; asked when its turn has come.
            owner: whoever may `dismiss` the call while it waits.

        Raises:
            Dismissed: the owner did, or the seat was left.
        """
        limiter = self._limiter
        if self._left:
            raise Dismissed
        free = self.in_flight < self.law.ceiling and limiter.in_flight < limiter.law.limit
        if free and not any(seat.waiting for seat in limiter.seats):
            tokens = weigh()
            if not self.delay(tokens) and not limiter.rates.delay(now(), tokens, limiter.in_flight):
                return limiter.grant(self, tokens)
        granted: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        heapq.heappush(self.waiting, (priority, next(self._order), weigh, granted, owner))
        limiter.serve()
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.release("cancelled", granted.result(), spare=granted.result().tokens)
            else:
                limiter.serve()
            raise

    def dismiss(self, owner: object) -> None:
        """Let no call of an owner that still waits be made."""
        for *_, granted, waiting_for in self.waiting:
            if waiting_for is owner and not granted.done():
                granted.set_exception(Dismissed())
        self._limiter.serve()

    def release(
        self,
        outcome: Outcome,
        slot: Slot,
        *,
        retry_after: float | None = None,
        allowance: Allowance | None = None,
        spare: float = 0,
    ) -> None:
        """Give a slot back and learn from how the call ended.

        Args:
            outcome: how the call ended.
            slot: as `acquire` gave it.
            retry_after: seconds the server asked to wait.
            allowance: what its headers said.
            spare: tokens that were counted in `acquire` and not used (negative: used beyond).
        """
        if self._left:
            return
        limiter, moment = self._limiter, now()
        in_flight = limiter.in_flight if outcome == "done" else 0
        crowded = limiter.free(self, outcome, slot)
        self.owner.quota.ended(slot, spare, outcome == "done")
        if outcome == "limited":
            if limiter.rates.limited(moment, slot, spare):
                limiter.law.restore()
            if crowded:
                limiter.rates.storm(moment, retry_after)
        else:
            limiter.rates.ended(moment, slot, spare, allowance, in_flight)
        limiter.serve()
        limiter.tell()

    def leave(self) -> None:
        """Give the seat up, with every slot it has; calls that wait are not made. Does nothing the second time."""
        if self._left:
            return
        self._left = True
        for *_, granted, _ in self.waiting:
            if not granted.done():
                granted.set_exception(Dismissed())
        self.waiting.clear()
        self._limiter.leave(self)
