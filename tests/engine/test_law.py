from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.law import START, Law, Outcome

outcomes = st.lists(st.sampled_from(["done", "limited", "trouble", "cancelled"]), max_size=600)


@given(st.integers(1, 512), outcomes, st.booleans())
def test_the_limit_stays_between_one_and_the_ceiling(ceiling: int, ended: list[Outcome], saturated: bool) -> None:
    law = Law(ceiling)
    for outcome in ended:
        law.record(outcome, saturated=saturated)
        assert 1 <= law.limit <= ceiling


@given(st.integers(1, 512), outcomes)
def test_the_limit_never_grows_while_demand_does_not_fill_it(ceiling: int, ended: list[Outcome]) -> None:
    law = Law(ceiling)
    for outcome in ended:
        before = law.limit
        law.record(outcome, saturated=False)
        assert law.limit <= before


def test_slow_start_doubles_the_limit_in_a_round() -> None:
    law = Law(1000)
    for _ in range(START):
        law.record("done", saturated=True)

    assert law.limit == 2 * START


def test_a_lone_429_among_successes_does_not_shrink_the_limit() -> None:
    law = Law(128)
    for _ in range(500):
        law.record("done", saturated=True)
    for number in range(400):
        law.record("limited" if number % 20 == 0 else "done", saturated=True)

    assert law.limit == 128


def test_a_storm_of_429_shrinks_the_limit_at_every_round() -> None:
    law = Law(128)
    for _ in range(200):
        law.record("done", saturated=True)
    crowded = [law.record("limited", saturated=True) for _ in range(200)]

    assert any(crowded)
    assert law.limit < 16


def test_growth_after_a_storm_is_additive() -> None:
    law = Law(1000)
    for _ in range(100):
        law.record("limited", saturated=True)
    before = law.limit
    for _ in range(10):
        for _ in range(law.limit):
            law.record("done", saturated=True)

    assert before + 5 <= law.limit <= before + 12


def test_many_failures_of_the_server_hold_growth() -> None:
    law = Law(1000)
    for number in range(START * 4):
        law.record("trouble" if number % 2 else "done", saturated=True)

    assert law.limit < START * 1.5
