from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.reports.sample import spread, take, words_of

TEXTS = st.lists(st.text(max_size=40), max_size=30)


def test_words_are_compared_without_case_and_punctuation():
    assert (
        words_of("Why, does the “Dock” stop?")
        == words_of("why does THE dock stop")
        == ["why", "does", "the", "dock", "stop"]
    )


def test_characters_are_words_where_a_script_has_no_spaces():
    assert words_of("冷蔵庫 ok") == ["冷", "蔵", "庫", "ok"]


@given(TEXTS, st.randoms())
def test_the_order_of_the_texts_does_not_change_the_sample(texts: list[str], lot: random.Random):
    shuffled = list(texts)
    lot.shuffle(shuffled)
    assert take(shuffled, 50) == take(texts, 50)


@given(TEXTS, st.integers(1, 60))
def test_a_sample_has_the_words_asked_for_or_all_there_are(texts: list[str], size: int):
    sample = take(texts, size)
    assert sample.size == sum(map(len, sample.words)) == min(size, sum(len(words_of(text)) for text in texts))
    assert sample.full == (sample.size == size)
    assert all(sample.words)


def test_a_text_that_stands_there_often_is_sampled_as_often_as_it_stands_there():
    texts = ["the same words again"] * 500 + [f"text number {number} here" for number in range(500)]
    sample = take(texts, 800)  # 200 texts
    assert 60 < sample.texts.count("the same words again") < 140


def test_a_sample_spreads_over_the_whole_dataset():
    order = spread([f"text {number}" for number in range(1000)])
    assert sorted(order) == list(range(1000))
    assert 20 < sum(number < 500 for number in order[:60]) < 40


def test_texts_may_hold_lone_surrogates_and_nothing():
    sample = take(["\ud800 broken", "", "…"], 10)
    assert sample.words == (["\ufffd", "broken"],)


def test_a_text_much_longer_than_the_sample_is_cut():
    sample = take(["word " * 1_000_000], 100)
    assert (sample.size, sample.full) == (100, True)
    assert len(sample.texts[0]) < 1000
