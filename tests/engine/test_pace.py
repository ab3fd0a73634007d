from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.pace import MINUTE, Pace


@given(st.integers(1, 600), st.lists(st.floats(0, 3), min_size=1, max_size=400))
@settings(max_examples=60)
def test_no_minute_wherever_it_starts_holds_more_than_is_allowed(per_minute: int, gaps: list[float]) -> None:
    pace, now, started = Pace(per_minute), 0.0, []
    for gap in gaps:
        now += gap
        now += pace.delay(now, 1)
        pace.take(now, 1)
        started.append(now)

    for first in started:
        assert sum(first <= at < first + MINUTE for at in started) <= per_minute + 1


def test_calls_as_fast_as_allowed_use_nearly_the_whole_allowance() -> None:
    pace, now, calls = Pace(600), 0.0, 0
    while now < 10 * MINUTE:
        now += pace.delay(now, 1)
        pace.take(now, 1)
        calls += 1

    assert calls >= 0.95 * 6000


def test_without_an_allowance_nothing_waits() -> None:
    pace = Pace(None)
    for _ in range(1000):
        pace.take(0.0, 1e9)

    assert pace.delay(0.0, 1e9) == 0.0


def test_what_was_not_used_is_given_back() -> None:
    pace = Pace(60_000)
    pace.take(0.0, 30_000)
    waits = pace.delay(0.0, 1)
    pace.give_back(29_000)

    assert pace.delay(0.0, 1) < waits / 10
