"""The laws of the limiter, in virtual time: nothing here sleeps, and timers fire by the clock that the tests make."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.virtual import Server, Window, clock, demand, run
from hf_synth.engine.law import Outcome
from hf_synth.engine.limiter import Dismissed, Limiter
from hf_synth.engine.seat import Seat
from hf_synth.types import Allowance

OUTCOMES = st.sampled_from(["done", "done", "done", "limited", "trouble", "cancelled"])


async def take(seat: Seat, number: int = 0, tokens: float = 0.0) -> None:
    """A call that ends at once."""
    seat.release("done", await seat.acquire((number,), lambda: tokens))


class TestSlots:
    @given(
        st.lists(st.integers(1, 40), min_size=1, max_size=4),
        st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 3), OUTCOMES), max_size=80),
    )
    @settings(max_examples=60)
    def test_go_to_every_call_in_the_end_and_never_to_more_than_the_ceiling_of_a_seat_or_of_all(self, ceilings, calls):
        async def main() -> int:
            limiter, served = Limiter(), 0
            seats = [limiter.seat(ceiling) for ceiling in ceilings]

            async def call(number: int, whose: int, seconds: float, outcome: Outcome) -> None:
                nonlocal served
                seat = seats[whose % len(seats)]
                slot = await seat.acquire((number,))
                assert seat.in_flight <= seat.law.ceiling
                assert limiter.in_flight == sum(one.in_flight for one in seats) <= sum(ceilings)
                await asyncio.sleep(seconds)
                seat.release(outcome, slot)
                served += 1

            await asyncio.gather(*(call(n, *c) for n, c in enumerate(calls)))
            assert limiter.in_flight == 0
            return served

        assert run(main()) == len(calls)

    def test_go_to_the_lowest_priority_number_first(self):
        async def main() -> list[int]:
            seat, order = Limiter().seat(1), []
            slot = await seat.acquire((0,))

            async def call(number: int) -> None:
                mine = await seat.acquire((number,))
                order.append(number)
                seat.release("done", mine)

            tasks = [asyncio.create_task(call(number)) for number in (5, 3, 9, 1)]
            await asyncio.sleep(0)
            seat.release("done", slot)
            await asyncio.gather(*tasks)
            return order

        assert run(main()) == [1, 3, 5, 9]

    @given(st.lists(st.sampled_from(["cancel", "dismiss", "release", "acquire", "leave"]), max_size=60), st.integers())
    @settings(max_examples=100)
    def test_of_calls_that_give_up_are_given_back(self, acts, seed):
        async def main() -> None:
            lot, limiter = random.Random(seed), Limiter()
            seats = [limiter.seat(3), limiter.seat(2)]
            held: list[tuple[Seat, object]] = []
            tasks: list[asyncio.Task[None]] = []
            owners = [object(), object()]

            async def call(seat: Seat, owner: object) -> None:
                held.append((seat, await seat.acquire((lot.random() > 0.5,), owner=owner)))

            for act in acts:
                if act == "acquire":
                    tasks.append(asyncio.create_task(call(lot.choice(seats), lot.choice(owners))))
                elif act == "cancel" and tasks:
                    lot.choice(tasks).cancel()
                elif act == "dismiss":
                    lot.choice(seats).dismiss(lot.choice(owners))
                elif act == "release" and held:
                    seat, slot = held.pop(lot.randrange(len(held)))
                    seat.release("done", slot)  # type: ignore[arg-type]
                elif act == "leave" and lot.random() < 0.2:
                    lot.choice(seats).leave()
                if lot.random() < 0.5:
                    await asyncio.sleep(0)
            while held or not all(task.done() for task in tasks):
                for seat, slot in held:
                    seat.release("done", slot)  # type: ignore[arg-type]
                held.clear()
                await asyncio.sleep(0.001)
            await asyncio.gather(*tasks, return_exceptions=True)
            assert limiter.in_flight == 0
            for seat in seats:
                seat.leave()
            await asyncio.wait_for(take(limiter.seat(1)), 1)

        run(main())

    def test_of_a_call_cancelled_in_the_moment_it_was_granted_are_not_lost(self):
        async def main() -> None:
            limiter = Limiter()
            seat = limiter.seat(1)
            slot = await seat.acquire((0,))
            waiting = asyncio.create_task(seat.acquire((1,)))
            await asyncio.sleep(0)
            seat.release("done", slot)  # grants it
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert limiter.in_flight == 0
            assert seat.idle

        run(main())

    def test_are_not_given_to_dismissed_calls(self):
        async def main() -> None:
            seat, owner = Limiter().seat(1), object()
            slot = await seat.acquire((0,))
            waiting = asyncio.create_task(seat.acquire((1,), owner=owner))
            behind = asyncio.create_task(seat.acquire((2,)))
            await asyncio.sleep(0)
            seat.dismiss(owner)
            with pytest.raises(Dismissed):
                await waiting
            seat.release("done", slot)
            await asyncio.wait_for(behind, 1)

        run(main())


class TestSeats:
    @given(st.lists(st.floats(0.05, 2.0), min_size=2, max_size=4), st.integers(8, 30))
    @settings(max_examples=25)
    def test_that_wait_have_as_many_calls_in_flight_as_any_other(self, seconds, ceiling):
        async def main() -> None:
            limiter = Limiter()
            seats = [limiter.seat(ceiling) for _ in seconds]
            limiter.law.reach(ceiling)  # so that the limit of all is what they compete for
            apart = []

            async def work(seat: Seat, each: float) -> None:
                while clock() < 30:
                    slot = await seat.acquire((0,))
                    await asyncio.sleep(each)
                    seat.release("done", slot)
                    if 10 < clock() < 28 and all(one.head() for one in seats):
                        numbers = [one.in_flight for one in seats]
                        apart.append(max(numbers) - min(numbers))

            tasks = [work(s, e) for s, e in zip(seats, seconds, strict=True) for _ in range(2 * ceiling)]
            await asyncio.gather(*tasks)
            assert apart
            assert max(apart) <= 2

        run(main())

    def test_share_a_given_rate_evenly_and_keep_it_together(self):
        async def main() -> list[int]:
            limiter, server = Limiter(), Server(Window(10**9), latency=(0.1, 0.2))
            seats = [limiter.seat(64, 600), limiter.seat(16, 1200)]
            return await asyncio.gather(*(demand(seat, server, 180) for seat in seats))

        made = run(main())
        assert sum(made) == pytest.approx(3 * 600, rel=0.05)
        assert made[0] == pytest.approx(made[1], rel=0.1)

    def test_one_that_joins_a_busy_limiter_is_told_to_begin_and_gets_its_share(self):
        async def main() -> list[int]:
            limiter, server = Limiter(), Server(Window(10**9), latency=(0.5, 1.5), most_at_once=None)
            busy = limiter.seat(32)
            first = asyncio.create_task(demand(busy, server, 60))
            await asyncio.sleep(20)
            late = limiter.seat(32)
            limiter.law.reach(32)
            second = asyncio.create_task(demand(late, server, 60))
            await asyncio.sleep(20)
            assert abs(busy.in_flight - late.in_flight) <= 4
            return [await first, await second]

        first, second = run(main())
        assert second > first / 3

    def test_the_lowest_given_rate_holds_while_its_giver_is_there(self):
        async def main() -> list[float]:
            limiter = Limiter()
            fast, slow = limiter.seat(64, 600), limiter.seat(64, 60)
            times = []
            for _ in range(60):
                await take(fast)
                times.append(clock())
            slow.leave()
            for _ in range(120):
                await take(fast)
            return [*times, clock()]

        *times, end = run(main())
        assert 55 < times[-1] < 62
        assert end - times[-1] < 20

    def test_one_that_leaves_gives_its_slots_to_the_others_and_makes_no_further_call(self):
        async def main() -> None:
            left = []
            limiter = Limiter(lambda: left.append(1))
            one, other = limiter.seat(1), limiter.seat(1)
            limiter.law.reach(1)
            slot = await one.acquire((0,))
            waits = asyncio.create_task(one.acquire((1,)))
            behind = asyncio.create_task(other.acquire((0,)))
            await asyncio.sleep(0)
            one.leave()
            one.leave()
            with pytest.raises(Dismissed):
                await waits
            with pytest.raises(Dismissed):
                await one.acquire((2,))
            one.release("done", slot)
            other.release("done", await behind)
            assert (limiter.in_flight, left) == (0, [])
            other.leave()
            assert left == [1]

        run(main())


class TestPauses:
    def test_last_until_the_reset_when_the_headers_say_that_nothing_is_left(self):
        async def main() -> float:
            limiter = Limiter()
            seat, other = limiter.seat(8), limiter.seat(8)
            seat.release("done", await seat.acquire((0,)), allowance=Allowance(requests_left=0, requests_reset=12.0))
            assert not seat.idle
            assert not other.idle
            await other.acquire((1,))
            return clock()

        assert run(main()) == pytest.approx(12.0)

    @given(st.floats(0.01, 400.0), st.integers(2, 32))
    @settings(max_examples=40)
    def test_in_a_storm_are_as_long_as_the_server_asked_up_to_five_minutes_and_for_all(self, asked, ceiling):
        async def main() -> float:
            limiter = Limiter()
            seat, other = limiter.seat(ceiling), limiter.seat(ceiling)
            slots = [await seat.acquire((0,)) for _ in range(ceiling)]
            for slot in slots:
                seat.release("limited", slot, retry_after=asked)
            await other.acquire((0,))
            return clock()

        assert run(main()) == pytest.approx(min(asked, 300.0), abs=0.002)

    def test_after_one_429_among_successes_are_for_that_call_alone(self):
        async def main() -> None:
            seat = Limiter().seat(32)
            slots = [await seat.acquire((0,)) for _ in range(31)]
            seat.release("limited", slots[0], retry_after=60.0)
            for slot in slots[1:]:
                seat.release("done", slot)
            await take(seat)
            assert clock() == 0.0

        run(main())

    def test_that_have_ended_are_told_though_nobody_waited(self):
        async def main() -> float:
            seat, told = Limiter().seat(8), asyncio.Event()
            slots = [await seat.acquire((0,)) for _ in range(2)]
            seat.on_idle.append(told.set)
            seat.release("done", slots[0], allowance=Allowance(requests_left=0, requests_reset=3.0))
            seat.release("done", slots[1], allowance=Allowance(tokens_left=0, tokens_reset=9.0))
            assert not told.is_set()
            await told.wait()
            return clock()

        assert run(main()) == pytest.approx(9.0, abs=0.002)


class TestGivenRates:
    @given(
        st.integers(1, 300),
        st.one_of(st.none(), st.integers(100, 5000)),
        st.lists(st.tuples(st.floats(0, 2), st.floats(1, 400), st.floats(0, 400)), min_size=1, max_size=200),
    )
    @settings(max_examples=60)
    def test_are_never_exceeded_in_any_minute_wherever_it_begins(self, requests, tokens, calls):
        started: list[tuple[float, float]] = []

        async def main() -> None:
            seat = Limiter().seat(64, requests, tokens)

            async def call(number: int, takes: float, spare: float) -> None:
                slot = await seat.acquire((number,), lambda: takes + spare)
                started.append((slot.began, takes))
                await asyncio.sleep(1.0)
                seat.release("done", slot, spare=spare)

            tasks = []
            for number, (gap, takes, spare) in enumerate(calls):
                await asyncio.sleep(gap)
                tasks.append(asyncio.create_task(call(number, takes, spare)))
            await asyncio.gather(*tasks)

        run(main())
        assert len(started) == len(calls)
        for first, _ in started:
            inside = [takes for at, takes in started if first <= at < first + 60.0]
            assert len(inside) <= requests
            assert tokens is None or len(inside) == 1 or sum(inside) <= tokens + 1e-6

    def test_are_used_nearly_whole(self):
        async def main() -> float:
            seat = Limiter().seat(100, 600)
            for number in range(6001):
                await take(seat, number)
            return clock()

        assert 600 <= run(main()) <= 615

    def test_of_tokens_count_what_was_used_and_give_back_the_rest(self):
        async def main(spare: float) -> float:
            seat = Limiter().seat(100, None, 60_000)
            for number in range(61):
                seat.release("done", await seat.acquire((number,), lambda: 2000), spare=spare)
            return clock()

        assert 115 <= run(main(0)) <= 130
        assert 55 <= run(main(1000)) <= 66

    def test_let_a_wait_end_earlier_that_has_grown_shorter(self):
        async def main() -> float:
            seat = Limiter().seat(8, None, 60_000)
            slot = await seat.acquire((0,), lambda: 20_000)
            waiting = asyncio.create_task(seat.acquire((1,), lambda: 100))
            await asyncio.sleep(0.5)
            seat.release("done", slot, spare=19_000)
            await waiting
            return clock()

        assert run(main()) < 3

    def test_let_a_call_that_is_larger_than_all_of_it_go_alone(self):
        async def main() -> list[float]:
            seat, times = Limiter().seat(8, None, 1000), list[float]()
            for number in range(3):
                await take(seat, number, 5000)
                times.append(clock())
            return times

        assert all(later - earlier > 60 for earlier, later in itertools.pairwise(run(main())))


class TestTelling:
    def test_whoever_wants_to_know_that_a_call_could_start(self):
        async def main() -> int:
            seat, told = Limiter().seat(1), []
            seat.on_idle.append(lambda: told.append(1))
            await take(seat)
            return len(told)

        assert run(main()) == 1

    def test_other_users_too(self):
        async def main() -> Counter[str]:
            limiter, told = Limiter(), Counter[str]()
            one, other = limiter.seat(1), limiter.seat(1)
            limiter.law.reach(1)
            other.on_idle.append(lambda: told.update(["other"]))
            await take(one)
            return told

        assert run(main()) == {"other": 1}
