"""One limiter for each provider, address, model and key of a process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hf_synth.config import Run
from hf_synth.engine.seat import Seat
from hf_synth.executors import limits
from hf_synth.executors.limits import seats
from hf_synth.types import Endpoint

KEY = "sk-abcdefgh12345678"


def endpoint(**changes: Any) -> Endpoint:
    return Endpoint(**{"provider": "openai", "model": "m", "base_url": "http://127.0.0.1/v1", **changes})


def limiters(*users: tuple[Endpoint, str | None]) -> int:
    """How many limiters the users need, each a session of its own; none is left in the end."""

    async def main() -> int:
        taken: list[Seat] = []
        for one, key in users:
            with seats(Run()) as seat:
                taken.append(seat(one, key))
        number = len(limits._limiters)
        for one in taken:
            one.leave()
        return number

    number = asyncio.run(main())
    assert not limits._limiters
    return number


def test_sessions_with_the_same_endpoint_and_key_share_a_limiter():
    slash, params = endpoint(base_url="http://127.0.0.1/v1/"), endpoint(params={"temperature": 1})
    assert limiters((endpoint(), KEY), (endpoint(), KEY), (slash, KEY), (params, KEY)) == 1


@pytest.mark.parametrize(
    "other",
    [
        (endpoint(provider="hf"), KEY),
        (endpoint(model="n"), KEY),
        (endpoint(base_url="http://127.0.0.1:1/v1"), KEY),
        (endpoint(base_url=None), KEY),
        (endpoint(), KEY + "9"),
        (endpoint(), None),
    ],
)
def test_another_provider_model_address_or_key_has_its_own(other):
    assert limiters((endpoint(), KEY), other) == 2


def test_roles_of_a_session_share_a_seat():
    async def main() -> None:
        with seats(Run(concurrency=5)) as seat:
            one, other = seat(endpoint(), KEY), seat(endpoint(params={"temperature": 1}), KEY)
        assert one is other
        one.leave()

    asyncio.run(main())


def test_no_key_can_be_read_from_it():
    async def main() -> None:
        with seats(Run()) as seat:
            one = seat(endpoint(), KEY)
        assert KEY not in repr(limits._limiters)
        assert KEY not in repr(vars(one))
        one.leave()

    asyncio.run(main())


def test_where_a_connection_cannot_be_opened_the_seats_are_given_up():
    async def main() -> None:
        with seats(Run()) as seat:
            seat(endpoint(), KEY)
            raise OSError("no transport")

    with pytest.raises(OSError, match="no transport"):
        asyncio.run(main())
    assert not limits._limiters


class TestOwners:
    def of(self, *users: tuple[str, Run]) -> list[int]:
        """Which limiter each user has, by number; none is left in the end."""

        async def main() -> list[int]:
            taken: list[Seat] = []
            for owner, wishes in users:
                with seats(wishes, owner) as seat:
                    taken.append(seat(endpoint(), KEY))
            assert [seat.owner.name for seat in taken] == [owner for owner, _ in users]
            there = [id(one) for one in limits._limiters.values()]
            numbers = [there.index(id(seat._limiter)) for seat in taken]
            for seat in taken:
                seat.leave()
            return numbers

        numbers = asyncio.run(main())
        assert not limits._limiters
        return numbers

    @pytest.mark.parametrize("rates", [{}, {"requests_per_minute": 60}, {"tokens_per_minute": 6000}], ids=str)
    def test_share_a_limiter_whatever_rates_they_give(self, rates):
        given = Run(**rates)
        assert self.of(("one", given), ("other", Run()), ("one", given), ("", given)) == [0, 0, 0, 0]

    def test_are_bounded_by_the_rates_that_their_own_jobs_give(self):
        async def main() -> None:
            taken: list[Seat] = []
            for owner, number in [("one", 60), ("one", 600), ("other", None)]:
                with seats(Run(requests_per_minute=number, tokens_per_minute=number), owner) as seat:
                    taken.append(seat(endpoint(), KEY))
            one, _, other = (seat.owner.quota for seat in taken)
            assert (one.requests.allowed, one.tokens.allowed) == (60, 60)
            assert not other.bounded
            for seat in taken:
                seat.leave()

        asyncio.run(main())
