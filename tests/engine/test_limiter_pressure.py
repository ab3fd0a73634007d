"""Simulations, in virtual time: servers that enforce limits, each in its own way, and what is made of them."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.virtual import How, Says, Server, Window, demand, run
from hf_synth.engine.limiter import Limiter

END = 4 * 60.0


def simulate(server: Server, *, ceiling: int = 128, given: tuple[int | None, int | None] = (None, None)) -> Server:
    """Four minutes of as many calls as may be made."""

    async def main() -> None:
        await demand(Limiter().seat(ceiling, *given), server, END)

    run(main())
    return server


def limited(*, how: How = "sliding", says: Says = "all", **options: Any) -> Server:
    """A server of 600 requests and 60,000 tokens a minute."""
    return Server(Window(600, how, says), Window(60_000, how, says), **options)


def share(server: Server, begin: float = 60.0) -> float:
    """The work done of that allowed, by the limit that binds."""
    requests, tokens = server.used(begin, END)
    return max(requests / 600, tokens / 60_000)


WAYS: dict[str, Any] = {
    "a sliding window that tells when the oldest leaves": {"says": "oldest"},
    "a sliding window that tells when all have left": {"says": "all"},
    "a fixed window": {"how": "fixed"},
    "a bucket that fills continuously": {"how": "bucket"},
}
LATENCIES = [(0.2, 0.4), (0.5, 4.0)]


@pytest.mark.parametrize("latency", LATENCIES, ids=str)
class TestAServerOf600RequestsAnd60000TokensAMinute:
    def test_is_used_by_more_than_nine_tenths_where_the_limits_were_given_and_turns_nobody_away(self, latency):
        server = simulate(limited(tells=False, latency=latency), given=(600, 60_000))
        assert share(server) > 0.95
        assert not [at for at in server.refused if at > 60]

    @pytest.mark.parametrize("way", WAYS)
    def test_is_used_by_more_than_nine_tenths_where_headers_tell(self, latency, way):
        server = simulate(limited(**WAYS[way], latency=latency), ceiling=512)
        assert share(server) > 0.93
        assert server.turned_away(60, END) < 0.002

    @pytest.mark.parametrize("asked", [None, 1.0], ids=["no Retry-After", "Retry-After: 1"])
    @pytest.mark.parametrize("how", ["sliding", "fixed", "bucket"])
    def test_is_used_by_more_than_nine_tenths_where_429_alone_tell(self, latency, how, asked):
        server = simulate(limited(how=how, tells=False, latency=latency, retry_after=asked), ceiling=512)
        assert share(server) > 0.93
        assert server.turned_away(60, END) < 0.01

    def test_turns_nobody_away_where_it_tells_of_requests_alone(self, latency):
        server = simulate(Server(Window(600), latency=latency))
        assert share(server) > 0.93
        assert not server.refused


class TestALimitThatHeadersTell:
    @given(
        st.integers(40, 1500),
        st.floats(0.1, 8.0),
        st.sampled_from([("sliding", "oldest"), ("sliding", "all"), ("fixed", "all")]),
    )
    @settings(max_examples=12)
    def test_is_exceeded_in_no_minute_wherever_it_begins(self, limit, latency, way):
        server = Server(Window(limit, *way), latency=(latency / 2, latency))

        async def main() -> None:
            await demand(Limiter().seat(256), server, 150.0)

        run(main())
        assert not server.refused
        times = [at for at, _ in server.started]
        for number in range(len(times) - limit):
            assert times[number + limit] >= times[number] + 60.0


class TestADay:
    def test_of_requests_is_a_store_that_is_used_as_fast_as_one_likes(self):
        server = Server(Window(14_400, "bucket", span=86_400.0), latency=(0.5, 1.0))
        simulate(server, ceiling=16)
        assert len(server.started) == pytest.approx(16 / 0.8 * END, rel=0.1)
        assert not server.refused


class TestAServerThatMindsHowManyCallsRunAtOnce:
    @pytest.mark.parametrize("most", [40, 200])
    def test_is_not_taken_for_one_that_counts_them(self, most):
        server = simulate(Server(Window(10**9), tells=False, most_at_once=most, latency=(2.0, 4.0)), ceiling=512)
        assert server.used(60, END)[0] > 0.7 * most / 3 * 60
        assert server.turned_away(60, END) < 0.05

    @pytest.mark.parametrize("most", [6, 12])
    def test_and_is_slow_to_notice_that_calls_ended_never_stops_a_run(self, most):
        for seed in range(12):
            options: dict[str, Any] = {"tells": False, "way": (0.0, 0.003), "latency": (0.0, 0.05), "retry_after": 0.03}
            server = Server(Window(10**9), most_at_once=most, unnoticed=0.1, lot=random.Random(seed), **options)

            async def main(server: Server = server) -> float | None:
                limiter = Limiter()
                seats = [limiter.seat(128, owner=owner) for owner in ("many", "many", "one")]
                await asyncio.gather(*(demand(seat, server, 6.0) for seat in seats))
                return limiter.rates.found

            assert run(main()) is None
            times = [0.0, *(at for at, _ in server.started), 6.0]
            assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 3.0


class TestWeather:
    def test_of_a_few_random_429_slows_nothing_down(self):
        calm, rough = (
            simulate(Server(Window(10**9), tells=False, random_429=lots, retry_after=1.0, latency=(2.0, 4.0)))
            for lots in (0.0, 0.05)
        )
        assert len(rough.started) > 0.9 * len(calm.started)

    def test_on_top_of_a_limit_takes_little_of_it(self):
        server = Server(Window(600), tells=False, random_429=0.05, retry_after=1.0)
        assert share(simulate(server)) > 0.8

    @pytest.mark.parametrize("lots", [0.13, 0.2])
    def test_of_many_random_429_at_once_is_not_taken_for_a_limit(self, lots):
        server = Server(Window(10**9), tells=False, random_429=lots, retry_after=0.001, latency=(0.0, 0.01))

        async def main() -> tuple[int, float | None]:
            limiter = Limiter()
            return await demand(limiter.seat(16), server, 5.0), limiter.rates.found

        made, found = run(main())
        assert found is None
        assert made > 100


class TestCallsOfManySizes:
    @pytest.mark.parametrize("tokens", [(500.0, 700.0), (100.0, 1100.0)], ids=str)
    def test_are_not_turned_away_where_tokens_were_given_or_are_told(self, tokens):
        for tokens_given, tells in ((60_000, False), (None, True)):
            server = limited(tells=tells, latency=(0.5, 6.0))

            async def main(server: Server = server, tokens_given: int | None = tokens_given) -> None:
                await demand(Limiter().seat(128, None, tokens_given), server, END, tokens=tokens)

            run(main())
            assert share(server) > 0.9
            assert server.turned_away(60, END) < 0.01
