from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.batches import end_record
from hf_synth.engine.budget import Budget
from hf_synth.engine.money import worst_cost
from hf_synth.errors import BudgetReached, ConfigError
from hf_synth.types import Message, Price, Request

PRICE = Price(1.0, 4.0, cached_input=0.1, cache_write=1.25)


def request(text: str = "hello", most: int = 100) -> Request:
    return Request((Message("user", text),), most)


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


def test_near_the_cap_the_lowest_cells_are_served_first() -> None:
    async def main() -> list[str]:
        one, served = worst_cost(request(), PRICE), list[str]()
        budget = Budget(1.5 * one, lambda record: None)
        first = await budget.reserve("first", request(), PRICE)

        async def call(name: str, *priority: int) -> None:
            hold = await budget.reserve(name, request(), PRICE, priority)
            served.append(name)
            budget.settle(hold, 0.0)

        waiting = [asyncio.create_task(call(f"{cell}.{idea}", cell, idea)) for cell, idea in ((3, 0), (1, 2), (1, 0))]
        await asyncio.sleep(0)
        budget.settle(first, 0.0)
        await asyncio.gather(*waiting)
        return served

    assert asyncio.run(main()) == ["1.0", "1.2", "3.0"]


def test_no_cell_is_opened_that_could_not_be_gone_on_with() -> None:
    async def main() -> None:
        draft, answer = request(most=100), request(most=300)
        budget = Budget(worst_cost(draft, PRICE) + 1.5 * worst_cost(answer, PRICE), lambda record: None)
        hold = await budget.reserve("answer", answer, PRICE, (0, 0))
        budget.settle(hold, worst_cost(answer, PRICE))
        with pytest.raises(BudgetReached):  # a draft would fit, an answer after it would not
            await budget.reserve("draft", draft, PRICE, (1, -1), opens=True)
        assert await budget.reserve("another", draft, PRICE, (1, 0))

    asyncio.run(main())


def test_a_call_cancelled_while_it_waits_leaves_its_place_to_the_next() -> None:
    async def main() -> None:
        one = worst_cost(request(), PRICE)
        budget = Budget(1.5 * one, lambda record: None)
        hold = await budget.reserve("a", request(), PRICE)
        gone = asyncio.create_task(budget.reserve("b", request(), PRICE, (0,)))
        last = asyncio.create_task(budget.reserve("c", request(), PRICE, (1,)))
        await asyncio.sleep(0)
        gone.cancel()
        budget.settle(hold, 0.0)
        assert await last
        assert budget.reserved == pytest.approx(one)

    asyncio.run(main())


def batch(mark: str, usd: float) -> dict[str, Any]:
    return {"type": "batch", "mark": mark, "usd": usd}


def answer(mark: str, aside: float, usd: float) -> dict[str, Any]:
    return {"type": "answer", "usd": usd, "batch": mark, "aside": aside}


def test_a_batch_keeps_its_money_aside_until_its_end_across_processes() -> None:
    budget = Budget(1.0, lambda record: None)
    for record in (batch("a", 0.6), answer("a", 0.2, 0.01), {"type": "run"}):
        budget.follow(record)
    budget.close_books()
    assert (budget.spent, budget.reserved) == (pytest.approx(0.01), pytest.approx(0.4))
    assert not budget.fits(0.6)

    budget.follow(end_record("a", "expired", 1, 0.0))
    assert (budget.spent, budget.reserved) == (pytest.approx(0.01), 0.0)


def test_what_a_lost_batch_may_have_cost_counts_as_spent() -> None:
    budget = Budget(1.0, lambda record: None)
    for record in (batch("a", 0.6), end_record("a", "given up", 0, 0.0, lost=True)):
        budget.follow(record)

    assert budget.spent == pytest.approx(0.6)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.floats(0, 1), st.integers(0, 3)), max_size=40))
def test_whatever_becomes_of_batches_live_and_replayed_books_agree_and_hold(
    steps: list[tuple[str, float, float, int]],
) -> None:
    written: list[dict[str, Any]] = []
    now, later = Budget(2.0, written.append), Budget(2.0, lambda record: None)
    out: dict[str, float] = {}
    for mark, aside, share, step in steps:
        if step == 0 and mark not in out and now.fits(aside):
            now.set_aside(mark, aside)
            out[mark] = aside
            written.append(batch(mark, aside))
        elif step in (1, 2) and mark in out:
            part = out[mark] * share
            out[mark] -= part
            now.draw(mark, part, part / 2)
            written.append(answer(mark, part, part / 2))
        elif step == 3 and mark in out:
            del out[mark]
            now.end(mark, lost=share > 0.5)
            written.append(end_record(mark, "over", 0, 0.0, lost=share > 0.5))
        assert now.spent + now.reserved <= 2.0 + 1e-9
    for record in written:
        later.follow(record)
    assert (later.spent, later.reserved) == (pytest.approx(now.spent), pytest.approx(now.reserved, abs=1e-9))
