"""Fair shares by owner, in virtual time: many seats are no more than one."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.virtual import Server, Window, clock, demand, run
from hf_synth.engine.limiter import Limiter
from hf_synth.engine.seat import Seat
from hf_synth.engine.slot import Slot

END = 30.0


def share_out(limiter: Limiter, limit: int, owners: dict[str, int]) -> dict[str, list[Seat]]:
    """So many seats for each owner; what they compete for is the limit of all, and never a ceiling of their own."""
    seats = {owner: [limiter.seat(limit, owner=owner) for _ in range(number)] for owner, number in owners.items()}
    limiter.law.reach(limit)
    return seats


async def hunger(seat: Seat, each: float, until: float = END) -> None:
    """One of the many calls a seat always has waiting."""
    while clock() < until:
        slot = await seat.acquire((0,))
        await asyncio.sleep(each)
        seat.release("done", slot)


def consistent(limiter: Limiter) -> bool:
    """Whether what each owner has is what its seats have, and what all have is that of the limiter."""
    owners = {id(seat.owner): seat.owner for seat in limiter.seats}
    return (
        len(owners) == len({owner.name for owner in owners.values()})
        and all(
            owner.in_flight == sum(seat.in_flight for seat in limiter.seats if seat.owner is owner)
            for owner in owners.values()
        )
        and limiter.in_flight == sum(owner.in_flight for owner in owners.values())
    )


def has(seats: list[Seat]) -> int:
    """Calls in flight of some seats."""
    return sum(seat.in_flight for seat in seats)


class TestOwnersThatAreAlwaysHungry:
    @given(
        st.lists(st.tuples(st.integers(1, 10), st.floats(0.05, 2.0)), min_size=2, max_size=3),
        st.integers(3, 24),
    )
    @settings(max_examples=20)
    def test_have_as_many_calls_in_flight_as_each_other_whatever_their_seats_and_the_time_of_a_call(
        self, owners, limit
    ):
        apart = self.apart([(10, owners[0][1]), (1, owners[1][1]), *owners[2:]], limit)
        assert apart
        assert max(apart) <= 1

    def apart(self, owners: list[tuple[int, float]], limit: int) -> list[int]:
        """How far owners with so many seats, and calls so long, are apart from each other over time."""
        seen: list[int] = []

        async def main() -> None:
            limiter = Limiter()
            seats = share_out(limiter, limit, {str(n): number for n, (number, _) in enumerate(owners)})

            async def look() -> None:
                await asyncio.sleep(5)  # those that came first had all of it, until their first calls ended
                while clock() < END - 2:
                    await asyncio.sleep(0.037)
                    numbers = [has(mine) for mine in seats.values()]
                    assert sum(numbers) == limiter.law.limit == limit
                    seen.append(max(numbers) - min(numbers))

            hungry = [
                hunger(seat, owners[int(owner)][1]) for owner, mine in seats.items() for seat in mine * (limit + 2)
            ]
            await asyncio.gather(look(), *hungry)

        run(main())
        return seen

    @given(st.integers(2, 8), st.integers(8, 24))
    @settings(max_examples=15)
    def test_share_evenly_among_their_own_seats(self, number, limit):
        async def main() -> None:
            limiter = Limiter()
            seats = share_out(limiter, limit, {"many": number, "one": 1})

            async def look() -> None:
                await asyncio.sleep(5)
                while clock() < END - 2:
                    await asyncio.sleep(0.037)
                    mine = [seat.in_flight for seat in seats["many"]]
                    assert max(mine) - min(mine) <= 2  # one, and one more that has just gone to the other owner

            hungry = [hunger(seat, 0.5) for mine in seats.values() for seat in mine * (limit + 2)]
            await asyncio.gather(look(), *hungry)

        run(main())

    def test_take_turns_where_one_call_may_run_at_once(self):
        async def main() -> list[str]:
            limiter, order = Limiter(), list[str]()
            seats = share_out(limiter, 1, {"many": 10, "one": 1})

            async def call(seat: Seat) -> None:
                slot = await seat.acquire((0,))
                order.append(seat.owner.name)
                await asyncio.sleep(1)
                seat.release("done", slot)

            await asyncio.gather(*(call(seat) for mine in seats.values() for seat in mine * 20))
            return order

        order = run(main())[1:40]
        assert all(one != other for one, other in itertools.pairwise(order))


class TestOwnersThatMakeCallsAsARunDoes:
    def test_get_half_each_though_one_has_ten_seats(self):
        async def main() -> list[tuple[int, int]]:
            limiter, server, seen = Limiter(), Server(Window(10**9), latency=(0.5, 1.5)), list[tuple[int, int]]()
            seats = share_out(limiter, 32, {"many": 10, "one": 1})
            tasks = [asyncio.create_task(demand(seat, server, 60)) for mine in seats.values() for seat in mine]
            await asyncio.sleep(10)
            while clock() < 50:
                await asyncio.sleep(0.037)
                seen.append((has(seats["many"]), has(seats["one"])))
            await asyncio.gather(*tasks)
            return seen

        seen = run(main())
        assert {many + one for many, one in seen} == {32}
        assert max(abs(many - one) for many, one in seen) <= 4

    def test_give_a_seat_that_joins_late_its_part_of_the_owners_share(self):
        async def main() -> None:
            limiter, server = Limiter(), Server(Window(10**9), latency=(0.5, 1.5))
            seats = share_out(limiter, 32, {"one": 1, "other": 1})
            tasks = [asyncio.create_task(demand(mine[0], server, 60)) for mine in seats.values()]
            await asyncio.sleep(20)
            late = limiter.seat(32, owner="one")
            limiter.law.reach(32)
            tasks.append(asyncio.create_task(demand(late, server, 60)))
            await asyncio.sleep(20)
            assert late.in_flight == pytest.approx(8, abs=2)
            assert seats["other"][0].in_flight == pytest.approx(16, abs=2)
            await asyncio.gather(*tasks)

        run(main())

    def test_have_all_of_it_while_the_others_want_nothing(self):
        async def main() -> int:
            limiter, server = Limiter(), Server(Window(10**9), latency=(1.0, 1.0))
            seats = share_out(limiter, 16, {"busy": 1, "idle": 3})
            working = asyncio.create_task(demand(seats["busy"][0], server, 20))
            await asyncio.sleep(10)
            number = seats["busy"][0].in_flight
            await working
            return number

        assert run(main()) == 16


class TestOneOwner:
    @given(
        st.lists(st.integers(1, 12), min_size=1, max_size=4),
        st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 3)), max_size=60),
        st.integers(1, 12),
    )
    @settings(max_examples=30)
    def test_of_any_name_is_served_as_owners_with_a_seat_each_are(self, ceilings, calls, limit):
        def starts(owners: list[str]) -> list[tuple[float, int, list[bool]]]:
            async def main() -> list[tuple[float, int, list[bool]]]:
                limiter, started = Limiter(), list[tuple[float, int, list[bool]]]()
                seats = [limiter.seat(n, owner=owner) for n, owner in zip(ceilings, owners, strict=False)]
                limiter.law.reach(min(limit, sum(ceilings)))

                async def call(number: int, whose: int, seconds: float) -> None:
                    seat = seats[whose % len(seats)]
                    slot = await seat.acquire((number,))
                    started.append((clock(), number, [one.idle for one in seats]))
                    await asyncio.sleep(seconds)
                    seat.release("done", slot)

                await asyncio.gather(*(call(n, *c) for n, c in enumerate(calls)))
                return started

            return run(main())

        assert starts([""] * 4) == starts(["me"] * 4) == starts(["a", "b", "c", "d"])


class TestAnOwnerThatLeaves:
    def test_gives_everything_back_to_those_who_stay(self):
        async def main() -> None:
            limiter = Limiter()
            seats = share_out(limiter, 20, {"many": 10, "one": 1})
            hungry = [
                asyncio.create_task(hunger(seat, 0.5)) for mine in seats.values() for seat in mine for _ in range(30)
            ]
            await asyncio.sleep(10.2)
            assert (has(seats["many"]), has(seats["one"])) == (10, 10)
            for seat in seats["many"]:
                seat.leave()
            assert has(seats["one"]) == limiter.in_flight == limiter.law.limit == 20
            again = limiter.seat(20, owner="many")
            assert (again.owner.in_flight, again.owner.turn) == (0, -1)
            await asyncio.gather(*hungry, return_exceptions=True)
            assert limiter.in_flight == 0

        run(main())

    @given(st.lists(st.sampled_from(["join", "acquire", "acquire", "release", "cancel", "leave"]), max_size=80))
    @settings(max_examples=80)
    def test_or_joins_or_gives_up_in_any_order_leaves_the_counts_right(self, acts):
        async def main() -> None:
            lot, limiter = random.Random(len(acts)), Limiter()
            seats = [limiter.seat(3, owner="a"), limiter.seat(2, owner="b")]
            held: list[tuple[Seat, Slot]] = []
            tasks: list[asyncio.Task[None]] = []

            async def call(seat: Seat) -> None:
                held.append((seat, await seat.acquire((0,))))

            for act in acts:
                if act == "join":
                    seats.append(limiter.seat(lot.randint(1, 3), owner=lot.choice("abc")))
                elif act == "acquire":
                    tasks.append(asyncio.create_task(call(lot.choice(seats))))
                elif act == "release" and held:
                    seat, slot = held.pop(lot.randrange(len(held)))
                    seat.release("done", slot)
                elif act == "cancel" and tasks:
                    lot.choice(tasks).cancel()
                elif act == "leave":
                    lot.choice(seats).leave()
                await asyncio.sleep(0)
                assert consistent(limiter)
            for seat in seats:
                seat.leave()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert limiter.in_flight == 0
            assert all(seat.owner.in_flight == 0 for seat in seats)

        run(main())
