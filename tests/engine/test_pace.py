from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.pace import MINUTE, Log, Pace

AMOUNTS = st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 50)), min_size=1, max_size=300)


def walk(pace: Pace, calls: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Make calls, each after a gap and as soon as it may start; when they started."""
    now, started = 0.0, []
    for gap, amount in calls:
        now += gap
        while wait := pace.delay(now, amount):
            now += max(wait, 0.001)
        pace.take(now, amount)
        started.append((now, amount))
    return started


@given(st.integers(1, 600), st.lists(st.floats(0, 3), min_size=1, max_size=400))
@settings(max_examples=60)
def test_no_minute_wherever_it_starts_holds_more_than_is_allowed(per_minute: int, gaps: list[float]) -> None:
    started = walk(Pace(per_minute), [(gap, 1.0) for gap in gaps])

    for first, _ in started:
        assert sum(first <= at < first + MINUTE for at, _ in started) <= per_minute


@given(st.floats(50, 2000), st.floats(1.0, 120.0), AMOUNTS)
@settings(max_examples=60)
def test_nor_does_any_span_of_another_length_whatever_calls_take(
    allowed: float, span: float, calls: list[tuple[float, float]]
) -> None:
    started = walk(Pace(allowed, span), calls)

    for first, _ in started:
        assert sum(amount for at, amount in started if first <= at < first + span) <= allowed + 1e-6


@given(st.integers(20, 600), st.integers(20, 600), AMOUNTS, AMOUNTS)
@settings(max_examples=60)
def test_a_lower_allowance_holds_at_once_for_what_starts_after_it_came(
    before: int, after: int, early: list[tuple[float, float]], late: list[tuple[float, float]]
) -> None:
    pace = Pace(before)
    started = walk(pace, early)
    now = started[-1][0]
    pace.set(now, after)
    begun = walk(pace, [(now, 0.0), *late])[1:]

    whole = started + begun
    for end, _ in begun:
        inside = [amount for at, amount in whole if end - MINUTE < at <= end]
        assert sum(inside) <= after + 1e-6 or len(inside) == 1


def test_calls_as_fast_as_allowed_use_nearly_the_whole_allowance() -> None:
    started = walk(Pace(600), [(0.0, 1.0)] * 6000)

    assert started[-1][0] <= 10.3 * MINUTE


def test_calls_are_spread_evenly() -> None:
    started = [at for at, _ in walk(Pace(600), [(0.0, 1.0)] * 600)]

    for second in range(3, 58):
        assert 9 <= sum(second <= at < second + 1 for at in started) <= 11


def test_without_an_allowance_nothing_waits_and_what_was_started_is_known() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.take(0.0, 1e9)

    assert pace.delay(0.0, 1e9) == 0.0
    assert pace.within(1.0) == 1e12
    pace.set(1.0, 1e9)
    assert pace.delay(1.0, 1.0) == pytest.approx(60.05)


def test_what_was_not_used_is_given_back() -> None:
    pace = Pace(60_000)
    pace.take(0.0, 30_000)
    waits = pace.delay(0.0, 1)
    pace.give_back(0.0, 29_000)

    assert pace.delay(0.0, 1) < waits / 10
    assert pace.within(1.0) == 1000


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 10)), max_size=100), st.floats(1, 100))
def test_the_log_forgets_nothing_too_early_and_all_in_the_end(calls: list[tuple[float, float]], span: float) -> None:
    log, now, added = Log(), 0.0, []
    for gap, amount in calls:
        now += gap
        log.add(now, amount)
        added.append((now, amount))
        log.forget(now - span)
        inside = sum(amount for at, amount in added if at > now - span)
        assert inside - 1e-6 <= log.total <= sum(amount for at, amount in added if at > now - span - 0.1) + 1e-6
    log.forget(now + 1)

    assert log.total == 0.0
