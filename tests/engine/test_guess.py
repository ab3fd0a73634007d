"""What 429 teach, in numbers. Whole runs against servers of each kind are in `test_limiter_pressure.py`."""

from __future__ import annotations

import pytest

from hf_synth.engine.guess import Guess


def stormy(guess: Guess, accepted: int, *, turned_away: int = 0) -> None:
    """So many calls were accepted within ten seconds, up to 20 at once; then came a storm and a pause of a second."""
    for number in range(accepted + turned_away):
        now = 10 * number / (accepted + turned_away)
        guess.take(now, 10)
        if number * turned_away // (accepted + turned_away) != (number + 1) * turned_away // (accepted + turned_away):
            guess.limited(now, now, 10)
    guess.accepted(10.0, 20)
    guess.storm(10.0, 1.0)


class TestGuess:
    def test_is_made_where_a_storm_goes_on_though_fewer_calls_run(self):
        guess = Guess()
        stormy(guess, 600)
        for number in range(5):
            guess.take(11.5, 3)
            assert guess.limited(11.5, 11.5, 3) == (number == 4)
        assert guess.pace.allowed == 582

    def test_is_not_made_where_as_many_ran_as_were_accepted_before(self):
        guess = Guess()
        stormy(guess, 600)
        for _ in range(50):
            guess.take(11.5, 19)
            assert not guess.limited(11.5, 11.5, 19)
        assert guess.pace.allowed is None

    def test_is_not_made_where_as_many_are_turned_away_at_any_time(self):
        guess = Guess()
        stormy(guess, 600, turned_away=120)
        for number in range(100):
            guess.take(11.5, 3)
            assert number % 2 or not guess.limited(11.5, 11.5, 3)
        assert guess.pace.allowed is None

    def test_is_made_of_fewer_calls_only_where_nearly_all_are_turned_away(self):
        few, all_ = Guess(), Guess()
        for guess, every in ((few, 2), (all_, 1)):
            stormy(guess, 10)
            for number in range(10):
                now = 11.5 + number / 4
                guess.take(now, 3)
                if number % every == 0:
                    guess.limited(now, now, 3)
        assert few.pace.allowed is None
        assert all_.pace.allowed == 10

    def test_is_not_made_where_most_were_accepted(self):
        guess = Guess()
        stormy(guess, 600)
        for number in range(100):
            guess.take(11.5, 3)
            assert number % 8 or not guess.limited(11.5, 11.5, 3)
        assert guess.pace.allowed is None

    def found(self) -> Guess:
        guess = Guess()
        stormy(guess, 600)
        for _ in range(5):
            guess.take(11.5, 3)
            guess.limited(11.5, 11.5, 3)
        return guess

    def test_is_tried_upwards_ever_faster_while_it_is_used_and_nobody_is_turned_away(self):
        guess, now, seen = self.found(), 11.5, []
        for _ in range(4000):
            now += guess.pace.delay(now, 1)
            guess.take(now, 3)
            guess.accepted(now, 3)
            seen.append(guess.pace.allowed)
        steps = [582.0, *sorted(set(seen))]
        assert seen[-1] > 1200
        assert steps[3] / steps[2] > steps[2] / steps[1] > 1.0

    def test_is_not_tried_upwards_where_it_is_not_used(self):
        guess = self.found()
        for second in range(70, 300):
            guess.take(float(second), 1)
            guess.accepted(float(second), 1)
        assert guess.pace.allowed == 582

    def test_falls_to_what_is_accepted_and_no_further_by_chance(self):
        guess = self.found()
        for second in range(10, 200, 3):
            guess.limited(float(second), float(second), 3)
        assert guess.pace.allowed == pytest.approx(0.85 * 600)

    def test_is_given_up_where_many_are_turned_away_at_much_less(self):
        guess = self.found()
        guess.storm(100.0, 1.0)
        for _ in range(5):
            guess.take(110.0, 3)
            assert not guess.limited(110.0, 110.0, 3)
        assert guess.pace.allowed is None

    def test_is_not_made_at_once_of_the_calls_that_ran_together(self):
        guess = Guess()
        stormy(guess, 20)
        for _ in range(10):
            guess.take(11.5, 3)
            assert not guess.limited(11.5, 11.5, 3)
        guess.take(12.5, 3)
        assert guess.limited(12.5, 12.5, 3)

    def test_is_given_up_soon_where_more_is_accepted_than_it_allows(self):
        guess, now = self.found(), 11.5
        assert guess.pace.delay(now, 1) > 40
        while guess.pace.allowed is not None:
            now += guess.delay(now)
            guess.take(now, 1)
            guess.accepted(now, 1, now)
        assert now < 12.5
        for _ in range(50):
            guess.storm(20.0, 1.0)
            guess.take(22.0, 3)
            assert not guess.limited(22.0, 22.0, 3)  # not made anew so soon

    def test_stays_where_calls_beyond_it_are_turned_away_or_come_as_fast_as_it_renews(self):
        for accepted in (0, 1):
            guess, now, tried = self.found(), 11.5, 0
            while (delay := guess.delay(now)) < 1.0:
                now += delay
                guess.take(now, 1)
                tried += 1
                if accepted and tried % 3 == 0:
                    guess.accepted(now, 1, now)
                else:
                    guess.limited(now, now, 1)
            assert tried < 6
            assert guess.pace.allowed == pytest.approx(582)

    def test_takes_no_notice_of_calls_that_began_before_it(self):
        guess = self.found()
        for _ in range(100):
            guess.accepted(11.6, 1, 11.0)
        assert guess.pace.allowed == 582
