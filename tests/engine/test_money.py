from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.money import Budget, cost, most_input_tokens, worst_cost
from hf_synth.errors import BudgetReached, ConfigError
from hf_synth.types import Message, Price, Request, Shape, Usage

PRICE = Price(1.0, 4.0, cached_input=0.1, cache_write=1.25)


def request(text: str = "hello", most: int = 100) -> Request:
    return Request((Message("user", text),), most)


def test_cached_and_written_tokens_have_prices_of_their_own() -> None:
    usage = Usage(input_tokens=1000, cached_tokens=600, cache_write_tokens=100, output_tokens=50)

    assert cost(usage, PRICE) == pytest.approx((300 * 1.0 + 600 * 0.1 + 100 * 1.25 + 50 * 4.0) / 1e6)


def test_without_a_price_the_cost_is_unknown_and_not_nothing() -> None:
    assert cost(Usage(10, 10), None) is None


@given(st.text(), st.integers(1, 4000), st.floats(0, 1), st.floats(0, 1))
def test_the_worst_case_bounds_every_bill(text: str, most: int, given_share: float, made_share: float) -> None:
    asked = request(text, most)
    usage = Usage(
        input_tokens=int(given_share * most_input_tokens(asked)),
        output_tokens=int(made_share * most),
        cache_write_tokens=int(given_share * most_input_tokens(asked)),
    )
    bill = cost(usage, PRICE)

    assert bill is not None
    assert bill <= worst_cost(asked, PRICE) + 1e-12


def test_the_bound_counts_the_bytes_of_the_schema_too() -> None:
    shaped = Request((Message("user", "x"),), 10, Shape("s", {"type": "object", "description": "y" * 500}))

    assert most_input_tokens(shaped) >= most_input_tokens(request("x")) + 500


@given(
    st.floats(0.0005, 0.02),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 500), st.floats(0, 1), st.integers(0, 3)), max_size=30),
)
@settings(max_examples=60)
def test_calls_in_flight_never_overshoot_the_cap(cap: float, calls: list[tuple[int, int, float, int]]) -> None:
    written: list[Any] = []
    budget = Budget(cap, written.append)
    most = 0.0

    async def call(number: int, size: int, limit: int, share: float, turns: int) -> None:
        nonlocal most
        asked = request("x" * size, limit)
        try:
            hold = await budget.reserve(f"call {number}", asked, PRICE)
        except BudgetReached:
            return
        most = max(most, budget.spent + budget.reserved)
        for _ in range(turns):
            await asyncio.sleep(0)
        if share > 0.9:
            budget.release(hold, paid=True)
        elif share > 0.8:
            budget.release(hold)
        else:
            budget.settle(hold, share * worst_cost(asked, PRICE))

    async def main() -> None:
        await asyncio.gather(*(call(n, *c) for n, c in enumerate(calls)))

    asyncio.run(main())
    assert most <= cap + 1e-12
    assert budget.spent <= cap + 1e-12
    assert budget.reserved == pytest.approx(0.0, abs=1e-12)


def test_a_call_waits_while_those_in_flight_may_leave_enough_over() -> None:
    async def main() -> None:
        one = worst_cost(request(), PRICE)
        budget = Budget(1.5 * one, lambda record: None)
        hold = await budget.reserve("a", request(), PRICE)
        waiting = asyncio.create_task(budget.reserve("b", request(), PRICE))
        await asyncio.sleep(0)
        assert not waiting.done()
        budget.settle(hold, 0.2 * one)
        assert await waiting

    asyncio.run(main())


def test_reservations_that_a_killed_run_left_open_count_as_spent() -> None:
    first = Budget(1.0, (written := []).append)
    asyncio.run(first.reserve("a", request(), PRICE))
    hold = asyncio.run(first.reserve("b", request(), PRICE))
    first.release(hold)

    second = Budget(1.0, lambda record: None)
    for record in written:
        second.follow(record)
    second.close_books()

    assert second.spent == pytest.approx(worst_cost(request(), PRICE))


def test_an_answer_settles_its_reservation_across_runs() -> None:
    budget = Budget(1.0, lambda record: None)
    budget.follow({"type": "reserve", "name": "a#1", "usd": 0.5})
    budget.follow({"type": "answer", "usd": 0.01, "reserved": "a#1"})
    budget.close_books()

    assert budget.spent == pytest.approx(0.01)


def test_a_cap_without_a_price_is_an_error() -> None:
    budget = Budget(1.0, lambda record: None)

    with pytest.raises(ConfigError, match=r"models\.\*\.price"):
        asyncio.run(budget.reserve("a", request(), None))


def test_without_a_cap_nothing_is_reserved() -> None:
    budget = Budget(None, lambda record: pytest.fail("nothing is written"))

    assert asyncio.run(budget.reserve("a", request(), None)) is None


def test_what_a_killed_run_left_open_stays_spent_whatever_later_runs_settle() -> None:
    killed = {"type": "reserve", "name": "outline#1", "usd": 0.5}
    later = [{"type": "run"}, {**killed, "usd": 0.4}, {"type": "answer", "usd": 0.01, "reserved": "outline#1"}]
    budget = Budget(1.0, lambda record: None)
    for record in [{"type": "run"}, killed, *later]:
        budget.follow(record)
    budget.close_books()

    assert budget.spent == pytest.approx(0.51)
