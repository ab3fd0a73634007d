from __future__ import annotations

from hf_synth.engine.doubt import Doubt


def tries(doubt: Doubt, accepted: str, now: float = 100.0) -> tuple[float, bool]:
    """Try calls, of which those marked `+` are answered at once; when it ended, and whether the guess was wrong."""
    wrong = False
    for sign in accepted:
        now += doubt.delay(now)
        doubt.take(now)
        if sign == "+":
            wrong = doubt.accepted(now, now)
        else:
            doubt.limited(now, now)
        if doubt.delay(now) == float("inf"):
            break
    return now, wrong


def begun(per_minute: float) -> Doubt:
    doubt = Doubt()
    doubt.begin(100.0, per_minute)
    return doubt


def test_without_a_guess_nothing_is_tried() -> None:
    doubt = Doubt()

    assert doubt.delay(0.0) == float("inf")
    assert not doubt.accepted(0.0, 0.0)


def test_a_wrong_guess_is_found_out_soon_however_small_it_was() -> None:
    for per_minute, within in ((6, 3), (60, 5), (600, 1)):
        ended, wrong = tries(begun(per_minute), "+" * 100)
        assert wrong
        assert ended - 100 < within


def test_a_right_guess_costs_few_calls() -> None:
    for signs in ("---", "+----", "--+-", "-+--+--"):
        doubt = begun(600)
        _, wrong = tries(doubt, signs)
        assert not wrong
        assert doubt.delay(100.0 + len(signs)) == float("inf")


def test_it_ends_with_the_minute() -> None:
    doubt = begun(6)

    assert doubt.delay(101.0) == 0.0
    assert doubt.delay(160.0) == float("inf")
    assert not doubt.covers(160.0, 159.0)


def test_it_leaves_out_calls_that_began_before() -> None:
    doubt = begun(6)

    assert not any(doubt.accepted(101.0, 99.0) for _ in range(100))
    for _ in range(100):
        doubt.limited(101.0, 99.0)
    assert doubt.delay(101.0) == 0.0
