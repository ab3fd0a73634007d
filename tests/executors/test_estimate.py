"""An estimate in words."""

from __future__ import annotations

import pytest

from hf_synth.executors.estimate import Estimate, Side, added, short


def estimate(likely: float | None = 0.25, worst: float | None = 3.5, **fields) -> Estimate:
    return Estimate(Side(likely, 120, 3000, 4000), Side(worst, 700, 9000, 9500), priced_on="a table", **fields)


def test_totals_include_what_was_spent_before():
    made = estimate(spent=1.0)
    assert (made.total, made.most) == (1.25, 4.5)


def test_the_most_is_no_more_than_the_cap():
    assert estimate(spent=1.0, max_cost=2.0).most == 2.0
    assert estimate(max_cost=20.0).most == 3.5


@pytest.mark.parametrize("unknown", [{"likely": None, "worst": None}, {"spent": None}])
def test_totals_of_anything_unknown_are_unknown(unknown):
    made = estimate(**unknown)
    assert (made.total, made.most) == (None, None)


def test_a_line_tells_likely_worst_and_what_they_rest_on():
    assert estimate().line() == "Likely $0.25 (120 calls), $3.50 at worst (assumed; prices: a table)."


def test_a_line_tells_the_cap_and_what_was_spent_before():
    line = estimate(spent=0.0125, max_cost=1.0, basis="measured on 40 rows").line()
    assert line == (
        "Likely $0.25 (120 calls), $3.50 at worst; $0.0125 spent before; run.max_cost stops it at $1.00 "
        "(measured on 40 rows; prices: a table)."
    )


def test_a_line_without_a_price_tells_tokens_and_the_remedy():
    line = estimate(None, None, remarks=["No price is known for x: set models.generator.price."]).line()
    assert line == (
        "Likely 120 calls with 3000 input and 4000 output tokens. No price is known for x: set models.generator.price."
    )


@pytest.mark.parametrize(
    ("usd", "told"), [(0.0, "$0.00"), (0.00042, "$0.0004"), (0.412, "$0.41"), (1234.5, "$1234.50"), (None, "unknown")]
)
def test_an_amount_in_a_sentence_is_short(usd, told):
    assert told in short(usd)


def test_the_sum_with_something_unknown_is_unknown():
    assert (added(1.0, 2.0), added(1.0, None), added(None, 1.0)) == (3.0, None, None)
