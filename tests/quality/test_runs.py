from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.quality._runs import runs, shared, words

LEXICON = "tide moon Boot Flut мор вода épée naïve don't 42 हिन्दी शब्द عَرَبِيّ مدّ 海 日本 ไทย น้ำ".split()
UNSPACED = "潮汐由月球引力引起的现象海水每天上升下降両方日本語ひらがな"
WORDS = st.sampled_from([word for word in LEXICON if word not in ("海", "日本", "ไทย", "น้ำ")])
ANY = st.sampled_from(LEXICON)


def known(text: str, size: int) -> set[int]:
    return set(runs(text, size).tolist())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The tide, the **moon**!", ["the", "tide", "the", "moon"]),
        ("don't don’t l'eau", ["dont", "dont", "leau"]),
        ("snake_case C++ 3.14", ["snake", "case", "c", "3", "14"]),
        ("ÉPÉE Straße ＡＢ", ["épée", "strasse", "ab"]),
        ("हिन्दी शब्द।", ["हिन्दी", "शब्द"]),
        ("عَرَبِيّ، نعم", ["عَرَبِيّ", "نعم"]),
        ("潮汐，AI模型", ["潮", "汐", "ai", "模", "型"]),
        ("", []),
    ],
)
def test_words_are_folded_and_free_of_punctuation(text: str, tokens: list[str]):
    assert words(text).tokens == tokens


@pytest.mark.parametrize(
    ("text", "count"), [("one two three", 3), ("潮汐引力", 2), ("น้ำขึ้นน้", 2), ("潮汐 and 引力", 3), ("", 0)]
)
def test_two_cjk_and_four_south_east_asian_characters_are_a_word(text: str, count: int):
    assert words(text).size == count


def test_case_punctuation_and_markdown_make_no_difference():
    assert known("The tide follows the moon, always.", 5) == known("the **tide** follows\nthe Moon — always", 5)


def test_a_run_is_told_by_its_first_words():
    text = " ".join(f"w{n}" for n in range(30))
    assert shared(f"Look: {text}", 12, known(text, 12)) == "w0 w1 w2 w3 w4 w5 w6 w7 …"
    assert shared(UNSPACED[3:], 10, known(UNSPACED, 10)) == f"{UNSPACED[3:19]} …"


@settings(deadline=None)
@given(st.lists(WORDS, min_size=13, max_size=20), st.lists(ANY, max_size=20), st.lists(ANY, max_size=20))
def test_a_planted_run_of_words_is_found(planted: list[str], before: list[str], after: list[str]):
    text = " ".join([*before, *planted, *after])
    assert shared(text, 13, known(" ".join(planted), 13))


@settings(deadline=None)
@given(st.text(UNSPACED, min_size=26, max_size=40), st.lists(ANY, max_size=20), st.lists(ANY, max_size=20))
def test_a_planted_run_of_characters_is_found(planted: str, before: list[str], after: list[str]):
    assert shared(" ".join([*before, planted, *after]), 13, known(planted, 13))


@settings(deadline=None)
@given(st.lists(ANY, max_size=40), st.lists(ANY, max_size=40), st.integers(2, 8))
def test_what_is_shared_is_a_run_of_both_texts(one: list[str], other: list[str], size: int):
    """No run is found that is not there: the texts' tokens in a row, by plain comparison."""
    left, right = words(" ".join(one)).tokens, words(" ".join(other)).tokens
    there = {tuple(left[i : i + size]) for i in range(len(left) - size + 1)}
    any_shared = any(tuple(right[i : i + size]) in there for i in range(len(right) - size + 1))
    found = shared(" ".join(other), size, known(" ".join(one), size))
    assert any_shared or found is None


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=40), st.integers(1, 45))
def test_there_is_a_run_for_each_place_and_equal_runs_have_equal_numbers(parts: list[str], size: int):
    numbers = runs(" ".join(parts), size).tolist()
    pieces = [tuple(parts[i : i + size]) for i in range(len(parts) - size + 1)]
    assert len(numbers) == len(pieces)
    assert len(set(zip(numbers, pieces, strict=True))) == len(set(numbers)) == len(set(pieces))
