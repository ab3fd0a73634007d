from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.law import SHRINK, START, Law, Outcome, Share

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


def test_calls_that_were_on_their_way_when_it_shrank_tell_how_many_were_too_many_and_no_more() -> None:
    law = Law(128)
    for _ in range(28):
        law.record("limited", saturated=True, age=0)

    assert law.limit == START - 28
    assert law.age == 1


def test_where_few_of_those_are_turned_away_it_shrinks_once() -> None:
    law = Law(128)
    for number in range(START):
        law.record("limited" if number < 8 else "done", saturated=True, age=0)

    assert int(START * SHRINK) <= law.limit <= int(START * SHRINK) + 1


def test_what_storms_took_is_given_back_where_it_was_no_matter_of_calls_at_once() -> None:
    law = Law(128)
    for _ in range(64):
        law.record("done", saturated=True)
    for _ in range(200):
        law.record("limited", saturated=True)
    law.restore()

    assert law.limit == 96


def test_it_follows_a_ceiling_that_changes() -> None:
    law = Law(4)
    law.reach(200)
    assert law.limit == START
    law.reach(8)
    assert law.limit == 8


def test_a_share_is_never_above_its_own_ceiling_nor_above_the_law() -> None:
    law = Law(128)

    assert (Share(law, 7).limit, Share(law, 100).limit) == (7, START)
