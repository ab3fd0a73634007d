from __future__ import annotations

import pytest

from hf_synth.engine.quota import Quota
from hf_synth.engine.slot import Slot


def start(quota: Quota, now: float, tokens: float = 0.0) -> Slot:
    """Count a call."""
    slot = Slot(now, 1, 0, tokens)
    quota.take(slot)
    return slot


def test_without_a_bound_nothing_waits_and_everything_counts_when_one_comes():
    quota = Quota()
    for _ in range(100):
        start(quota, 0.0, 50)
    assert not quota.bounded
    assert quota.delay(1.0, 1e9, 1) == 0.0

    quota.give(1.0, 100, None)
    assert quota.bounded
    assert quota.delay(1.0, 0, 1) == pytest.approx(60.05)
    quota.give(1.0, None, 5100)
    assert quota.delay(1.0, 100, 1) == 0.0
    assert quota.delay(1.0, 101, 1) == pytest.approx(60.05)


def test_the_same_bound_given_again_changes_nothing():
    quota = Quota()
    quota.give(0.0, 60, 6000)
    start(quota, 0.0)
    start(quota, 0.0)
    waits = quota.delay(0.5, 1, 1)
    quota.give(0.5, 60, 6000)

    assert quota.delay(0.5, 1, 1) == waits > 0


def test_room_is_kept_for_errors_that_answers_have_shown_and_grows_with_the_calls_in_flight():
    calm, wild = Quota(), Quota()
    for quota, spare in ((calm, 0.0), (wild, 50.0)):
        quota.give(0.0, None, 6000)
        for second in range(55):
            quota.ended(start(quota, float(second), 100), spare * (-1) ** second, answered=True)
    last = 6000 - calm.tokens.within(55.0)

    assert calm.delay(55.0, last, 8) == 0.0
    assert 0 < wild.delay(55.0, last, 0) <= wild.delay(55.0, last, 8)


def test_calls_that_were_turned_away_teach_nothing_of_errors():
    quota = Quota()
    quota.give(0.0, None, 6000)
    for second in range(30):
        quota.ended(start(quota, float(second), 100), 100, answered=False)

    assert quota.tokens.within(30.0) == 0
    assert quota.delay(30.0, 6000, 8) == 0.0
