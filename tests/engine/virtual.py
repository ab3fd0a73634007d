"""Time that tests make: an event loop that jumps to its next timer, and servers with limits in that time."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from hf_synth.engine.caller import pause_after
from hf_synth.engine.limiter import Seat
from hf_synth.types import Allowance

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer: tests take no time and depend on none."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def clock() -> float:
    """The virtual time."""
    return asyncio.get_running_loop().time()


How = Literal["sliding", "fixed", "bucket"]
Says = Literal["nothing", "oldest", "all"]


@dataclass
class Window:
    """One limit as a server enforces it, in any unit.

    Attributes:
        how: a sliding window, a fixed one that begins at multiples of its span, or a bucket that fills continuously.
        says: what `reset` means of a sliding window: until the oldest leaves it, or until all have left.
    """

    limit: float
    how: How = "sliding"
    says: Says = "all"
    span: float = 60.0
    used: float = 0.0
    at: float = 0.0
    log: deque[tuple[float, float]] = field(default_factory=deque)

    def has(self, now: float, amount: float) -> bool:
        self._age(now)
        return self.used + amount <= self.limit

    def take(self, now: float, amount: float) -> None:
        self.used += amount
        self.log.append((now, amount))

    def _age(self, now: float) -> None:
        if self.how == "bucket":
            self.used = max(0.0, self.used - (now - self.at) * self.limit / self.span)
        elif self.how == "fixed" and now // self.span > self.at // self.span:
            self.used = 0.0
        while self.how == "sliding" and self.log and self.log[0][0] <= now - self.span:
            self.used -= self.log.popleft()[1]
        self.at = now

    def told(self, now: float) -> tuple[int, int, float]:
        """Limit, left, reset."""
        self._age(now)
        left = int(self.limit - self.used)
        if self.how == "bucket":
            reset = self.used * self.span / self.limit
        elif self.how == "fixed":
            reset = self.span - now % self.span
        else:
            reset = self.log[0 if self.says == "oldest" else -1][0] + self.span - now if self.log else 0.0
        return int(self.limit), left, reset


@dataclass
class Server:
    """Enforces limits on requests and tokens.

    Attributes:
        started: when calls were let through, with their tokens.
        refused: when calls were turned away.
        way: seconds from the client to it, from and to.
        unnoticed: seconds, on average, that a call counts as in flight after its end.
    """

    requests: Window
    tokens: Window | None = None
    tells: bool = True
    retry_after: float | None = None
    lot: random.Random = field(default_factory=lambda: random.Random(1))
    latency: tuple[float, float] = (0.5, 4.0)
    random_429: float = 0.0
    most_at_once: int | None = None
    way: tuple[float, float] = (0.01, 0.08)
    unnoticed: float = 0.0
    in_flight: int = 0
    started: list[tuple[float, float]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    async def call(self, tokens: float) -> tuple[bool, Allowance | None]:
        """Whether a call was let through, and the headers of its answer."""
        await asyncio.sleep(self.lot.uniform(*self.way))
        now = clock()
        windows = [(self.requests, 1.0), *([(self.tokens, tokens)] if self.tokens else [])]
        free = self.most_at_once is None or self.in_flight < self.most_at_once
        if self.lot.random() < self.random_429 or not free or not all(w.has(now, n) for w, n in windows):
            self.refused.append(now)
            await asyncio.sleep(2 * self.way[0])
            return False, None
        for window, amount in windows:
            window.take(now, amount)
        self.started.append((now, tokens))
        self.in_flight += 1
        await asyncio.sleep(self.lot.uniform(*self.latency))
        if self.unnoticed:
            asyncio.get_running_loop().call_later(self.lot.expovariate(1 / self.unnoticed), self._ended)
        else:
            self._ended()
        told = [n for window, _ in windows for n in window.told(clock())]
        return True, Allowance(*told) if self.tells else None  # type: ignore[arg-type]

    def _ended(self) -> None:
        self.in_flight -= 1

    def used(self, begin: float, end: float) -> tuple[float, float]:
        """Requests and tokens let through in a time, each a minute."""
        minutes = (end - begin) / 60
        inside = [tokens for at, tokens in self.started if begin <= at < end]
        return len(inside) / minutes, sum(inside) / minutes

    def turned_away(self, begin: float, end: float) -> float:
        """Share of the calls of a time that were turned away."""
        no = sum(begin <= at < end for at in self.refused)
        yes = sum(begin <= at < end for at, _ in self.started)
        return no / max(1, no + yes)


async def demand(
    seat: Seat, server: Server, until: float, *, wanted: int = 10**9, tokens: tuple[float, float] = (80.0, 120.0)
) -> int:
    """Make calls as a run does, as many as the seat is open for; how many were answered."""
    lot, tasks, done = random.Random(2), set[asyncio.Task[None]](), 0
    number = 0

    async def call(priority: int) -> None:
        nonlocal done
        takes, failures = lot.uniform(*tokens), 0
        expected = sum(tokens) / 2
        while clock() < until:
            slot = await seat.acquire((priority,), lambda: expected)
            answered, allowance = await server.call(takes)
            if answered:
                seat.release("done", slot, allowance=allowance, spare=expected - takes)
                done += 1
                return
            failures += 1
            seat.release("limited", slot, retry_after=server.retry_after, spare=expected)
            await asyncio.sleep(server.retry_after or pause_after(failures))

    def pump() -> None:
        nonlocal number
        while seat.idle and len(tasks) < 2 * seat.law.limit + 5 and number < wanted and clock() < until:
            task = asyncio.create_task(call(number))
            number += 1
            tasks.add(task)
            task.add_done_callback(lambda task: (tasks.discard(task), pump()))

    seat.on_idle.append(pump)
    pump()
    while tasks:
        await asyncio.wait(tasks, timeout=1.0)
    seat.on_idle.remove(pump)
    return done
