from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.reports.lengths import lengths, summary


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=200))
def test_every_text_is_in_one_of_20_bins_or_fewer(counts: list[int]):
    told = summary(sorted(counts))
    assert sum(told.bins) == told.texts == len(counts)
    assert len(told.bins) <= 20
    quartiles = [told.least, told.lower, told.median, told.upper, told.most]
    assert quartiles == sorted(part for part in quartiles if part is not None)
    assert (quartiles[0], quartiles[-1]) == (min(counts), max(counts))
    assert told.start <= min(counts)
    assert told.open == (max(counts) >= told.start + told.step * len(told.bins))


def test_the_longest_hundredth_does_not_stretch_the_histogram():
    told = summary([*range(10, 210), 1_000_000])
    assert told.step == 20
    assert told.open


def test_steps_are_round():
    assert {summary([0, most]).step for most in (3, 30, 300, 3000, 30_000)} == {1, 2, 20, 200, 2000}


def test_words_are_counted_in_scripts_without_spaces_too():
    assert lengths(["two words", "冷蔵庫の管理"]).most == 3


def test_lengths_of_no_texts_are_not_known():
    told = lengths([])
    assert told.texts == 0
    assert told.median is told.mean is None
    assert told.bins == []
