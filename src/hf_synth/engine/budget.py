"""The budget: a cap that calls in flight cannot overshoot.

Each call reserves its worst case before it is made, and the reservation is journalled where there is a cap: one
that was never settled (the process was killed, the call timed out) counts as spent, because it may have been. What
a batch may cost stays set aside until its results are on record, across processes.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from hf_synth.engine.money import needed, worst_cost
from hf_synth.engine.records import Record
from hf_synth.errors import BudgetReached, HfSynthError
from hf_synth.types import Price, Request


class Budget:
    """Dollars spent and set aside over the lifetime of a journal.

    Calls that wait for money are served in order of priority: near the cap the lowest cells are finished first, and no
    new one is opened that could not be completed.

    Args:
        cap: `run.max_cost`, `None` for none.
        write: appends a record to the journal.
    """

    def __init__(self, cap: float | None, write: Callable[[Record], object]) -> None:
        self.cap = cap
        self.spent = 0.0
        self._write = write
        self._open: dict[str, float] = {}  # what calls in flight may cost, by name of the reservation
        self._calls = 0.0  # the sum of it
        self._batches: dict[str, float] = {}  # what the open requests of a batch may cost, by its mark
        self._tries = 0
        self._completion = 0.0  # the most that a call inside an open cell was seen to cost
        self._waiting: list[tuple[tuple[int, ...], int, str, float, float, asyncio.Future[str]]] = []
        self._order = count()

    @property
    def reserved(self) -> float:
        """US dollars set aside for what is under way."""
        return self._calls + sum(self._batches.values())

    def fits(self, usd: float) -> bool:
        """Whether so much more can be set aside."""
        return self.cap is None or self.spent + self.reserved + usd <= self.cap

    def follow(self, record: Record) -> None:
        """Take a record of an earlier run."""
        kind = record["type"]
        if kind == "reserve":
            self._open[record["name"]] = record["usd"]
        elif kind == "release":
            self._open.pop(record["name"], None)
        elif kind == "run":
            self.close_books()
        elif kind == "answer":
            self.spent += record["usd"] or 0.0
            self._open.pop(record.get("reserved", ""), None)
            if record.get("batch") in self._batches:
                self._batches[record["batch"]] -= record["aside"]
        elif kind == "batch":
            self._batches[record["mark"]] = record["usd"] or 0.0
        elif kind == "batch_end":
            self._end(record["mark"], lost=record["lost"])

    def close_books(self) -> None:
        """Count the calls that earlier runs left open as spent: nobody will settle them any more. Batches go on."""
        self.spent += sum(self._open.values())
        self._open.clear()

    def worst(self, request: Request, price: Price | None) -> float | None:
        """The most a call can cost, US dollars; `None` where no price is known and no cap needs one.

        Raises:
            ConfigError: there is a cap and no price.
        """
        return None if price is None and self.cap is None else worst_cost(request, needed(price))

    # -- calls ---------------------------------------------------------------------------------------------------

    async def reserve(
        self, name: str, request: Request, price: Price | None, priority: tuple[int, ...] = (), *, opens: bool = False
    ) -> str | None:
        """Set the worst case of a call aside; waits while calls in flight may still leave enough over.

        Args:
            name: of the answer.
            request: what is asked.
            price: of the model.
            priority: lower ones are served first.
            opens: whether the call opens a cell, for which there must be room for a further call inside it.

        Returns:
            The name of the reservation, `None` where there is no cap.

        Raises:
            BudgetReached: the cap allows no such call even when all calls in flight are settled.
            ConfigError: there is a cap and no price.
        """
        if self.cap is None:
            return None
        usd = self.worst(request, price) or 0.0
        room = usd + self._completion if opens else usd
        if not opens:
            self._completion = max(self._completion, usd)
        if self._waiting or not self.fits(room):
            return await self._wait(priority, name, usd, room)
        return self._grant(name, usd)

    def _grant(self, name: str, usd: float) -> str:
        self._tries += 1
        key = f"{name}#{self._tries}"
        self._write({"type": "reserve", "name": key, "usd": usd})
        self._open[key] = usd
        self._calls += usd
        return key

    async def _wait(self, priority: tuple[int, ...], name: str, usd: float, room: float) -> str:
        granted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), name, usd, room, granted))
        self._serve()
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.release(granted.result())
            self._serve()
            raise

    def _serve(self) -> None:
        """Let the first ones go on; where not even the first can, and no call is under way, the cap is reached."""
        while self._waiting:
            *_, name, usd, room, granted = self._waiting[0]
            if not granted.done():
                if self.fits(room):
                    try:
                        granted.set_result(self._grant(name, usd))
                    except HfSynthError as error:  # a full disk
                        granted.set_exception(error)
                elif not self._open:  # batches give nothing back while somebody waits here
                    granted.set_exception(self.reached(usd))
                else:
                    return
            heapq.heappop(self._waiting)

    def reached(self, usd: float) -> BudgetReached:
        """The error that tells that a call of so many dollars at worst cannot be made."""
        return BudgetReached(
            f"run.max_cost of ${self.cap or 0.0:.4g} is reached: ${self.spent:.4f} spent, and the next call could cost "
            f"${usd:.4f}."
        )

    def settle(self, key: str | None, usd: float | None) -> None:
        """A call was answered and cost `usd`; its answer record names the reservation."""
        self.spent += usd or 0.0
        self._close(key)

    def release(self, key: str | None, *, paid: bool = False) -> None:
        """A call was not answered. `paid`: it may have been charged, so its worst case counts as spent."""
        if key is None:
            return
        if paid:
            self.spent += self._open[key]
        else:
            self._write({"type": "release", "name": key})
        self._close(key)

    def _close(self, key: str | None) -> None:
        if key is not None:
            usd = self._open.pop(key)
            self._calls = self._calls - usd if self._open else 0.0  # no crumb of rounding keeps callers waiting
            self._serve()

    # -- batches -------------------------------------------------------------------------------------------------

    def set_aside(self, mark: str, usd: float) -> None:
        """Add a request to what a batch may cost; `fits` has been asked."""
        self._batches[mark] = self._batches.get(mark, 0.0) + usd

    def draw(self, mark: str, aside: float, usd: float | None) -> None:
        """A request of a batch, for which `aside` was set aside, was answered and cost `usd`."""
        self.spent += usd or 0.0
        self._batches[mark] = max(0.0, self._batches.get(mark, 0.0) - aside)

    def end(self, mark: str, *, lost: bool = False) -> None:
        """Give back what is left of a batch: what got no answer is not charged. `lost`: nobody knows, so it counts."""
        self._end(mark, lost=lost)
        self._serve()

    def _end(self, mark: str, *, lost: bool) -> None:
        rest = self._batches.pop(mark, 0.0)
        if lost:
            self.spent += rest
