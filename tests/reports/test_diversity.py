from __future__ import annotations

import gzip
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.reports.diversity import compression_ratio, distinct, diversity, self_repetition

WORDS = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=15), min_size=1, max_size=12)


@given(WORDS, st.integers(1, 3))
def test_distinct_n_is_a_share_above_0(texts: list[list[str]], order: int):
    share = distinct(texts, order)
    assert share is None or 0 < share <= 1
    assert (share is None) == all(len(words) < order for words in texts)


@given(WORDS)
def test_a_copy_of_all_texts_never_raises_distinct_2(texts: list[list[str]]):
    once, twice = distinct(texts, 2), distinct(texts + texts, 2)
    assert twice == (None if once is None else pytest.approx(once / 2))


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=10))
def test_a_copy_of_all_texts_is_compressed_better(texts: list[str]):
    once, twice = compression_ratio(texts), compression_ratio(texts + texts)
    assert once is not None
    assert twice is not None
    assert twice > once * 0.99


def test_distinct_n_does_not_reach_from_one_text_into_the_next():
    assert distinct([["a", "b"], ["a", "b"]], 2) == 0.5
    assert distinct([["a"], ["b"]], 2) is None


def test_compression_is_that_of_gzip_over_the_texts_as_they_are():
    texts = ["One, two.", "Three: four!"]
    raw = b"One, two. Three: four!"
    assert compression_ratio(texts) == len(raw) / len(gzip.compress(raw))


def test_self_repetition_counts_4_grams_in_other_texts():
    texts = [list("abcde"), list("abcdx"), list("qrstu")]
    assert self_repetition(texts) == pytest.approx((math.log(2) + math.log(2) + 0) / 3)


def test_what_a_sample_is_too_small_for_is_not_known():
    told = diversity([])
    assert (told.words, told.full, told.texts) == (0, False, 0)
    assert told.distinct_1 is told.compression_ratio is told.self_repetition is told.self_bleu is None
    one = diversity(["word"])
    assert one.distinct_1 == 1
    assert one.distinct_2 is one.self_bleu is None


def test_figures_of_equal_sizes_do_not_depend_on_the_size_of_the_dataset():
    import random

    lot = random.Random(3)
    words = [f"{start}{end}" for start in "bcdfglmnprst" for end in ("a", "en", "or", "um", "ist")]
    texts = [" ".join(lot.choices(words, k=20)) for _ in range(3000)]
    small, large = diversity(texts[:400], 5000), diversity(texts, 5000)
    assert small.full
    assert large.full
    assert small.distinct_2 == pytest.approx(large.distinct_2, rel=0.05)
    assert small.compression_ratio == pytest.approx(large.compression_ratio, rel=0.05)


def test_more_varied_texts_have_better_figures():
    same = diversity([f"Please tell me how I can repair the belt number {number}." for number in range(300)], 1500)
    other = diversity(
        [f"{chr(97 + number % 26) * 3}{number} moves {number * 7} past {number * 13}" for number in range(400)], 1500
    )
    assert (other.distinct_2 or 0) > (same.distinct_2 or 1)
    for name in ("compression_ratio", "self_repetition", "self_bleu"):
        assert getattr(other, name) < getattr(same, name)
