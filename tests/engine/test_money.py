from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.money import cost, most_input_tokens, worst_cost
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
