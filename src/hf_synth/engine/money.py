"""Money: what a call costs, the most it can cost, and a cap that calls in flight cannot overshoot.

Each call reserves its worst case before it is made, and the reservation is journalled where there is a cap: one
that was never settled (the process was killed, the call timed out) counts as spent, because it may have been.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hf_synth.engine.records import Record
from hf_synth.errors import BudgetReached, ConfigError
from hf_synth.types import Price, Request, Usage

_OVERHEAD_PER_MESSAGE = 16  # tokens a chat template adds around a message, generously
_OVERHEAD = 64


def cost(usage: Usage, price: Price | None) -> float | None:
    """US dollars of one answer; `None` where no price is known."""
    if price is None:
        return None
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    cached = price.input if price.cached_input is None else price.cached_input
    written = price.input if price.cache_write is None else price.cache_write
    dollars = plain * price.input + usage.cached_tokens * cached + usage.cache_write_tokens * written
    return (dollars + usage.output_tokens * price.output) / 1e6


def most_input_tokens(request: Request) -> int:
    """A bound, not an estimate: no tokenizer in use makes more tokens than there are UTF-8 bytes."""
    size = sum(len(message.content.encode("utf-8")) for message in request.messages)
    if request.shape:
        size += len(str(request.shape.schema).encode("utf-8"))
    return size + _OVERHEAD_PER_MESSAGE * len(request.messages) + _OVERHEAD


def worst_cost(request: Request, price: Price) -> float:
    """The most one call can cost, US dollars: every byte a token, written to a cache, every output token used."""
    dearest = max(price.input, price.cache_write or 0.0)
    return (most_input_tokens(request) * dearest + request.max_tokens * price.output) / 1e6


class Budget:
    """Dollars spent and set aside over the lifetime of a journal.

    Args:
        cap: `run.max_cost`, `None` for none.
        write: appends a record to the journal.
    """

    def __init__(self, cap: float | None, write: Callable[[Record], object]) -> None:
        self.cap = cap
        self.spent = 0.0
        self.reserved = 0.0
        self.reached = False
        self._write = write
        self._open: dict[str, float] = {}
        self._tries = 0
        self._settled = asyncio.Event()

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
            if "reserved" in record:
                self._open.pop(record["reserved"], None)

    def close_books(self) -> None:
        """Count what earlier runs left open as spent: nobody will settle it any more."""
        self.spent += sum(self._open.values())
        self._open.clear()

    async def reserve(self, name: str, request: Request, price: Price | None) -> str | None:
        """Set the worst case of a call aside; waits while calls in flight may still leave enough over.

        Returns:
            The name of the reservation, `None` where there is no cap.

        Raises:
            BudgetReached: the cap allows no such call even when all calls in flight are settled.
            ConfigError: there is a cap and no price.
        """
        if self.cap is None:
            return None
        if price is None:
            raise ConfigError(
                "run.max_cost is set, but the price of the model is not known.",
                hint="Give models.*.price ({input, output}, dollars per million tokens), or drop the cap.",
            )
        usd = worst_cost(request, price)
        while self.spent + self.reserved + usd > self.cap:
            if self.reached or not self.reserved:
                self.reached = True
                raise BudgetReached(
                    f"run.max_cost of ${self.cap:.4g} is reached: ${self.spent:.4f} spent, and the next call could "
                    f"cost ${usd:.4f}."
                )
            self._settled.clear()
            await self._settled.wait()
        self._tries += 1
        key = f"{name}#{self._tries}"
        self.reserved += usd
        self._open[key] = usd
        self._write({"type": "reserve", "name": key, "usd": usd})
        return key

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
            self.reserved = self.reserved - usd if self._open else 0.0  # no crumb of rounding keeps callers waiting
            self._settled.set()
