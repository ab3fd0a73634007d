"""The limiter: who may call now. One per provider, address, model and key, shared by all sessions of a process.

Each user has a seat: the law, the pauses and the rates that the server tells are those of the limiter, the bound on
calls at once is the user's own, the rates that users give are their owner's. The owner with the fewest calls in flight
goes first, within an owner the seat with the fewest, within a seat the lowest priority. Among equals it is the one that
was not served for longest. An owner that has used up its rate is passed over.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from hf_synth.engine.law import Law, Outcome
from hf_synth.engine.quota import Quota
from hf_synth.engine.rates import Rates
from hf_synth.engine.seat import Dismissed, Owner, Seat, now
from hf_synth.engine.slot import Slot

__all__ = ["Dismissed", "Limiter", "Seat"]

_SOONEST = 0.001  # seconds; clocks tell no less apart


class Limiter:
    """What the seats at one server share. Its clock is that of the running loop.

    Args:
        unused: called when the last seat has been left.
    """

    def __init__(self, unused: Callable[[], object] = lambda: None) -> None:
        self.law = Law(0)
        self.rates = Rates()
        self.in_flight = 0
        self.seats: list[Seat] = []
        self._unused = unused
        self._quotas: dict[str, Quota] = {}
        self._turns = count()
        self._timer: asyncio.TimerHandle | None = None

    def seat(
        self,
        ceiling: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        owner: str = "",
    ) -> Seat:
        """Take a seat.

        Args:
            ceiling: most calls of this user at once.
            requests_per_minute: as the user gave it; the lowest of those given holds for all seats of the owner.
            tokens_per_minute: the same for tokens, input and output together.
            owner: whose the seat is. Owners have equal shares, however many seats each has. One without a name has the
                limiter to itself, and is believed where it gives other rates than the server tells.
        """
        whose = next((other.owner for other in self.seats if other.owner.name == owner), None)
        seat = Seat(self, ceiling, (requests_per_minute, tokens_per_minute), whose or Owner(owner, self._quota(owner)))
        self.seats.append(seat)
        self._seats_changed(seat.owner)
        self.serve()
        return seat

    def leave(self, seat: Seat) -> None:
        """Take a seat away, which gives back everything."""
        self.seats.remove(seat)
        self.in_flight -= seat.in_flight
        seat.owner.in_flight -= seat.in_flight
        if self.seats:
            self._seats_changed(seat.owner)
            self.serve()
            self.tell()
        else:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._unused()

    def _quota(self, owner: str) -> Quota:
        """The quota of an owner that comes. While others stay, what it started within a minute still counts."""
        moment, here = now(), {seat.owner.name for seat in self.seats}
        gone = [name for name, old in self._quotas.items() if name not in here and not old.requests.within(moment)]
        for name in gone:
            del self._quotas[name]
        return self._quotas.setdefault(owner, Quota())

    def _seats_changed(self, owner: Owner) -> None:
        """Heed what the seats there are ask for, after one of an owner came or left."""
        self.law.reach(sum(seat.law.ceiling for seat in self.seats))
        mine = [seat.given for seat in self.seats if seat.owner is owner] or [(None, None)]
        given = [min((n for n in numbers if n is not None), default=None) for numbers in zip(*mine, strict=True)]
        owner.quota.give(now(), *given)
        alone = not any(seat.owner.name for seat in self.seats)
        first = self.seats[0].owner.quota
        self.rates.overrule(now(), *(alone and pace.allowed is not None for pace in (first.requests, first.tokens)))

    def open_to(self, seat: Seat) -> bool:
        """Whether a further call of a seat would be the next to start, as far as slots go.

        Where the limit is reached, a seat below its share of its owner's share may let one call wait. That holds where
        the owner has its whole share, too: otherwise a seat that joins late would never get any of it from the others.
        """
        if self.in_flight < self.law.limit:
            return True
        busy = [other.owner.name for other in self.seats if other.in_flight or other.waiting or other is seat]
        return seat.in_flight * busy.count(seat.owner.name) * len(set(busy)) < self.law.limit

    def grant(self, seat: Seat, tokens: float) -> Slot:
        """Count a call of a seat that starts now."""
        self.in_flight += 1
        seat.in_flight += 1
        seat.owner.in_flight += 1
        seat.turn = seat.owner.turn = next(self._turns)
        slot = Slot(now(), self.in_flight, self.law.age, tokens)
        seat.owner.quota.take(slot)
        self.rates.take(slot)
        return slot

    def free(self, seat: Seat, outcome: Outcome, slot: Slot) -> bool:
        """Take a slot back; whether the server is turning away too many."""
        saturated = self.in_flight >= self.law.limit
        self.in_flight -= 1
        seat.in_flight -= 1
        seat.owner.in_flight -= 1
        return self.law.record(outcome, saturated=saturated, age=slot.age)

    def serve(self) -> None:
        """Let those calls start that may."""
        spent, soonest = set[str](), float("inf")
        while self.in_flight < self.law.limit:
            ready = [
                seat
                for seat in self.seats
                if seat.owner.name not in spent and seat.in_flight < seat.law.ceiling and seat.head()
            ]
            if not ready:
                break
            seat = min(ready, key=_before) if len(ready) > 1 else ready[0]
            _, _, weigh, granted, _ = seat.waiting[0]
            tokens = weigh()
            if (delay := seat.delay(tokens)) > 0:  # the others need not wait for that
                spent.add(seat.owner.name)
                soonest = min(soonest, delay)
                continue
            if (delay := self.rates.delay(now(), tokens, self.in_flight)) > 0:
                soonest = min(soonest, delay)
                break
            heapq.heappop(seat.waiting)
            granted.set_result(self.grant(seat, tokens))
        if soonest < float("inf"):
            self._wake_in(soonest)

    def tell(self) -> None:
        """Tell the seats that could make further calls; where everyone pauses, afterwards."""
        pause = self.rates.paused_until - now()
        if pause > 0:
            self._wake_in(pause)
            return
        for seat in self.seats:
            if seat.on_idle and seat.idle:
                for wake in seat.on_idle:
                    wake()

    def _wake_in(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        delay = max(delay, _SOONEST)
        if self._timer is not None:
            if loop.time() < self._timer.when() <= loop.time() + delay:
                return
            self._timer.cancel()
        self._timer = loop.call_later(delay, self._alarm)

    def _alarm(self) -> None:
        self._timer = None
        self.serve()
        self.tell()


def _before(seat: Seat) -> tuple[int, int, int, int]:
    """What the seat that is served next has least of; the owner's turn keeps many seats from winning every tie."""
    return seat.owner.in_flight, seat.owner.turn, seat.in_flight, seat.turn
