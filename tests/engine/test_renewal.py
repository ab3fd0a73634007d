"""What headers teach, in numbers. Whole runs against servers of each kind are in `test_limiter_pressure.py`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.pace import Pace
from hf_synth.engine.renewal import Renewal


def told(*said: tuple[int | None, int | None, float | None]) -> Pace:
    """The pace after what headers said, one a second."""
    renewal, pace = Renewal(), Pace()
    for second, (limit, left, reset) in enumerate(said):
        renewal.follow(float(second), pace, limit, left, reset)
    return pace


class TestRenewal:
    def test_is_the_longest_reset_whatever_the_service_means_by_it(self):
        sliding = told((600, 599, 59.9), (600, 550, 30.0), (600, 20, 0.1))
        bucket = told((600, 599, 0.1), (600, 300, 30.0), (600, 1, 59.9))
        assert sliding.span == bucket.span == 60.0
        assert sliding.allowed == bucket.allowed == 588

    def test_is_a_minute_where_a_slow_answer_told_of_it_late(self):
        assert told((600, 599, 42.0)).span == 60.0
        assert told((600, 599, 2.0)).span == 2.0
        assert told((600, 599, 90.0)).span == 90.0

    @given(st.integers(1, 10**6), st.floats(1, 120), st.floats(0, 1))
    def test_is_never_paced_faster_than_the_limit(self, limit, reset, left):
        pace = told((limit, int(limit * left), reset))
        assert pace.allowed is not None
        assert 1 <= pace.allowed <= limit
        waits, now = 0, 0.0
        for _ in range(50):
            waits += (delay := pace.delay(now, 1)) > 0
            now += delay
            pace.take(now, 1)
        assert now >= (49 - limit / 60) * reset / limit - 1e-6

    def test_of_more_than_two_minutes_is_a_store_and_no_rate(self):
        assert told((14_400, 14_370, 179.56)).allowed is None

    @pytest.mark.parametrize("said", [(None, 5, 3.0), (600, 5, None), (0, 0, 1.0)])
    def test_is_not_guessed_where_a_part_is_missing(self, said):
        assert told(said).allowed is None

    def test_begins_anew_with_another_limit(self):
        assert told((600, 599, 60.0), (6000, 5999, 6.0)).span == 6.0

    def test_without_what_is_left_is_used_whole(self):
        pace = told((600, None, 60.0))
        for _ in range(20):
            pace.take(0.0, 1)
        assert pace.delay(0.0, 1) == pytest.approx(1.0)
