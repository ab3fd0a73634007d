from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from hf_synth.reports.bleu import self_bleu

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=12), min_size=2, max_size=8)
SACRE = BLEU(tokenize="none", effective_order=True)


def by_sacrebleu(texts: list[list[str]]) -> float:
    joined = [" ".join(words) for words in texts]
    scores = [
        SACRE.sentence_score(text, joined[:number] + joined[number + 1 :]).score for number, text in enumerate(joined)
    ]
    return sum(scores) / len(scores) / 100


@given(TEXTS)
@example([["a"], ["b"]])
@example([["a", "a", "b"], ["a", "b"], ["a", "a", "a", "b"]])
def test_it_is_what_sacrebleu_says(texts: list[list[str]]):
    assert self_bleu(texts) == pytest.approx(by_sacrebleu(texts), abs=1e-9)


def test_equal_texts_predict_each_other_fully():
    assert self_bleu([["one", "two", "three", "four", "five"]] * 3) == pytest.approx(1)


def test_texts_without_a_common_word_do_not_predict_each_other():
    assert self_bleu([list("abcd"), list("efgh")]) == 0


def test_it_is_not_known_for_a_single_text():
    assert self_bleu([["alone"]]) is None
    assert self_bleu([]) is None
