"""Rates that users give, where several owners share a limiter, in virtual time: each is bounded by its own."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.virtual import Server, Window, clock, demand, run
from hf_synth.engine.limiter import Limiter
from hf_synth.engine.seat import Dismissed, Seat
from hf_synth.types import Allowance

MINUTE = 60.0
END = 240.0
ENDLESS = Window(10**9)


def most_in_a_minute(times: list[float]) -> int:
    """Of those that started, wherever the minute begins."""
    return max((sum(first <= at < first + MINUTE for at in times) for first in times), default=0)


async def made(limiter: Limiter, window: Window, *rates: tuple[str, int | None], **options: Any) -> list[float]:
    """How many calls a minute are made in each of some seats, as many as may be, under one limit of the server."""
    servers = [Server(window, **options) for _ in rates]
    seats = [limiter.seat(64, number, owner=owner) for owner, number in rates]
    await asyncio.gather(*(demand(seat, server, END) for seat, server in zip(seats, servers, strict=True)))
    assert sum(server.turned_away(MINUTE, END) for server in servers) < 0.02
    return [server.used(MINUTE, END)[0] for server in servers]


async def start(seat: Seat, tokens: float = 0.0) -> float:
    """Make a call that ends at once; when it started."""
    slot = await seat.acquire((0,), lambda: tokens)
    seat.release("done", slot)
    return slot.began


class TestAnOwnerThatGaveARate:
    def test_keeps_to_it_and_leaves_all_the_rest_to_another(self):
        async def main() -> tuple[list[float], int, list[int]]:
            limiter, times, busy = Limiter(), list[float](), list[int]()
            slow, free = limiter.seat(16, 60, owner="slow"), limiter.seat(16, owner="free")
            limiter.law.reach(16)
            server = Server(ENDLESS, latency=(0.5, 1.5), tells=False)

            async def always(number: int) -> None:
                while clock() < END:
                    slot = await slow.acquire((number,))
                    times.append(slot.began)
                    await asyncio.sleep(1.0)
                    slow.release("done", slot)

            async def look() -> None:
                await asyncio.sleep(2)
                while clock() < END - 5:
                    await asyncio.sleep(0.1)
                    busy.append(limiter.in_flight)

            beside = asyncio.gather(look(), *(always(n) for n in range(40)))
            rest = await demand(free, server, END)
            await beside
            return times, rest, busy

        times, rest, busy = run(main())
        assert most_in_a_minute(times) <= 60
        assert sum(at < END for at in times) == pytest.approx(END, rel=0.05)
        assert sum(busy) / len(busy) > 15.9
        assert rest == pytest.approx(15 * END, rel=0.05)

    def test_has_it_for_all_its_seats_together_the_lowest_that_one_gave(self):
        rates = [("mine", 300), ("mine", 120), ("mine", None), ("other", 600)]
        *mine, other = run(made(Limiter(), ENDLESS, *rates, latency=(0.1, 0.2), tells=False))
        assert sum(mine) == pytest.approx(120, rel=0.05)
        assert mine == pytest.approx([40] * 3, rel=0.1)
        assert other == pytest.approx(600, rel=0.05)

    def test_of_tokens_keeps_to_that_alone(self):
        async def main() -> list[float]:
            limiter, servers = Limiter(), [Server(ENDLESS, latency=(0.1, 0.2), tells=False) for _ in range(2)]
            seats = limiter.seat(8, None, 6000, owner="mine"), limiter.seat(8, owner="other")
            tasks = [demand(*both, END, tokens=(100, 100)) for both in zip(seats, servers, strict=True)]
            await asyncio.gather(*tasks)
            return [server.used(MINUTE, END)[1] for server in servers]

        mine, other = run(main())
        assert mine == pytest.approx(6000, rel=0.1)
        assert other > 10 * mine

    def test_wakes_up_when_the_first_of_several_may_go_on(self):
        async def main() -> list[list[int]]:
            limiter = Limiter()
            seats = [limiter.seat(8, rate, owner=str(rate)) for rate in (20, 1, 60)]

            async def calls(seat: Seat) -> list[int]:
                return [round(await start(seat)) for _ in range(3)]

            return await asyncio.gather(*map(calls, seats))

        assert run(main()) == [[0, 2, 5], [0, 61, 122], [0, 0, 1]]  # a second's worth may start at once

    def test_is_free_of_it_when_the_giver_has_left_and_bound_when_one_joins(self):
        async def main() -> list[float]:
            limiter, times = Limiter(), list[float]()
            stays, giver = limiter.seat(8, owner="mine"), limiter.seat(8, 60, owner="mine")
            limiter.seat(8, owner="other")
            for act in (lambda: None, giver.leave, lambda: limiter.seat(8, 60, owner="mine")):
                act()
                begun = clock()
                for _ in range(120):
                    await start(stays)
                times.append(clock() - begun)
            return times

        bound, free, again = run(main())
        assert bound == pytest.approx(120, abs=3)
        assert free == 0.0
        assert again > 120 + 55  # what it started while it was free counts

    def test_that_leaves_and_comes_back_has_not_more_of_a_minute(self):
        async def main() -> list[float]:
            limiter, times = Limiter(), list[float]()
            limiter.seat(8, owner="other")
            for _ in range(100):
                mine = limiter.seat(8, 10, owner="mine")
                times.append(await start(mine))
                mine.leave()
            for _ in range(30):
                limiter.seat(8, 10, owner=f"passing {random.random()}").leave()
            await asyncio.sleep(62)
            limiter.seat(8, owner="last")
            assert set(limiter._quotas) == {"other", "last"}
            return times

        assert most_in_a_minute(run(main())) <= 10

    @given(
        st.lists(st.tuples(st.integers(1, 90), st.one_of(st.none(), st.integers(200, 4000))), min_size=2, max_size=3),
        st.lists(st.tuples(st.integers(0, 2), st.floats(0, 3), st.floats(1, 300), st.booleans()), max_size=120),
    )
    @settings(max_examples=40)
    def test_never_exceeds_it_whoever_joins_and_leaves_and_is_served_in_the_end(self, rates, calls):
        started: dict[int, list[tuple[float, float]]] = {number: [] for number in range(len(rates))}
        missed = 0

        async def main() -> None:
            limiter = Limiter()
            seats = {n: limiter.seat(4, *given, owner=str(n)) for n, given in enumerate(rates)}
            limiter.seat(1, owner="stays")

            async def call(whose: int, takes: float) -> None:
                nonlocal missed
                seat = seats[whose]
                try:
                    slot = await seat.acquire((0,), lambda: takes)
                except Dismissed:
                    missed += 1
                    return
                started[whose].append((slot.began, takes))
                await asyncio.sleep(1.0)
                seat.release("done", slot)

            tasks = []
            for number, gap, takes, leaves in calls:
                whose = number % len(rates)
                await asyncio.sleep(gap)
                if leaves:
                    seats[whose].leave()
                    seats[whose] = limiter.seat(4, *rates[whose], owner=str(whose))
                tasks.append(asyncio.create_task(call(whose, takes)))
            await asyncio.gather(*tasks)

        run(main())
        assert sum(map(len, started.values())) + missed == len(calls)
        for number, (requests, tokens) in enumerate(rates):
            for first, _ in started[number]:
                inside = [takes for at, takes in started[number] if first <= at < first + MINUTE]
                assert len(inside) <= requests
                assert tokens is None or len(inside) == 1 or sum(inside) <= tokens + 1e-6


class TestWhatTheServerTells:
    @pytest.mark.parametrize("tells", [True, False], ids=["headers", "429 alone"])
    def test_holds_for_owners_that_gave_more_and_they_share_it_fairly(self, tells):
        mine, other = run(made(Limiter(), Window(600), ("a", 6000), ("b", None), latency=(0.2, 0.4), tells=tells))
        assert mine + other == pytest.approx(600, rel=0.07)
        assert mine == pytest.approx(other, rel=0.05)

    @pytest.mark.parametrize("tells", [True, False], ids=["headers", "429 alone"])
    def test_is_left_to_the_others_as_far_as_an_owner_gave_less(self, tells):
        rates = [("a", 60), ("b", None), ("c", 10_000)]
        slow, *others = run(made(Limiter(), Window(600), *rates, latency=(0.2, 0.4), tells=tells))
        assert slow == pytest.approx(60, rel=0.05)
        assert sum(others) == pytest.approx(540, rel=0.07)
        assert others[0] == pytest.approx(others[1], rel=0.05)

    @pytest.mark.parametrize(("owner", "seconds"), [("", 10), ("mine", 60)])
    def test_is_believed_less_than_the_one_user_of_a_process_and_more_than_one_of_its_owners(self, owner, seconds):
        async def main() -> float:
            seat = Limiter().seat(8, 600, owner=owner)
            told = Allowance(requests_limit=102, requests_left=100, requests_reset=59.0)
            for _ in range(101):
                seat.release("done", await seat.acquire((0,)), allowance=told)
            return clock()

        assert run(main()) == pytest.approx(seconds, rel=0.1)

    def test_is_heard_again_where_the_one_user_gives_no_rate_any_more(self):
        async def main() -> list[float | None]:
            limiter = Limiter()
            stays, giver = limiter.seat(8), limiter.seat(8, 600, 60_000)
            told = Allowance(100, 50, 59.0, 1000, 900, 59.0)
            seen = []
            for act in (lambda: None, giver.leave, lambda: limiter.seat(8, None, 60_000)):
                act()
                stays.release("done", await stays.acquire((0,)), allowance=told)
                seen += [limiter.rates._quota.requests.allowed, limiter.rates._quota.tokens.allowed]
            return seen

        assert run(main()) == [None, None, 98, 980, 98, None]
