from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.scoring import EXACT, agrees, disagreement, normalise, number_in, reward, score


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("1\u202f234", 1234.0),
        ("1,234", 1234.0),
        ("1,234,567", 1_234_567.0),
        ("1.234.567", 1_234_567.0),
        ("12,5", 12.5),
        ("0,125", 0.125),
        (".5", 0.5),
        ("-3", -3.0),
        ("−3", -3.0),
        ("1.5e3", 1500.0),
        ("$1,234,567.89 in all.", 1_234_567.89),
        ("It is 42.", 42.0),
        ("In 2023, 45 tickets", 45.0),
        ("1, 2, 3", 3.0),
        ("12345 678", 678.0),
        ("50 %", 50.0),
        ("none", None),
        ("", None),
        ("...", None),
    ],
)
def test_the_last_number_is_read_in_either_notation(text, number):
    assert number_in(text) == number


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_read_with_and_without_separators(number):
    assert number_in(str(number)) == number
    assert number_in(f"The total is {number:,}.") == number


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_amounts_are_read_alike_in_english_and_german(whole, cents):
    english = f"{whole:,}.{cents:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert number_in(english) == number_in(german) == pytest.approx(whole + cents / 100)


@given(st.text())
def test_no_text_is_too_strange(text):
    number_in(text)
    for metric in EXACT:
        assert agrees(metric, text, text) in (True, False)


@pytest.mark.parametrize(
    ("metric", "ideal", "answer", "same"),
    [
        ("numeric", "1,234.5", "1.234,5", True),
        ("numeric", "7", "Seven, that is 7.0", True),
        ("numeric", "7", "seven", False),
        ("numeric", "0,125", "125", False),
        ("numeric", "−5", "5", False),
        ("multiple_choice", "B", "b) Paris", True),
        ("multiple_choice", "(C)", "Option C.", True),
        ("multiple_choice", "A) Rome", "**A**", True),
        ("multiple_choice", "B", "C", False),
        ("multiple_choice", "B", "Paris", False),
        ("multiple_choice", "Paris", "Paris", False),
        ("contains", "photosynthesis", "It is called Photosynthesis!", True),
        ("contains", "photosynthesis", "respiration", False),
        ("f1", "the loss of habitat", "Habitat loss", True),
        ("f1", "the loss of habitat", "too much hunting", False),
        ("f1", "森林の減少", "森林減少", True),
        ("f1", "森林の減少", "狩猟", False),
        ("exact_match", "The Nile", "nile.", True),
        ("exact_match", "Nile", "River Nile", False),
        ("exact_match", "“Grüße”", "grüsse", True),
    ],
)
def test_agreement_is_by_the_rows_own_metric(metric, ideal, answer, same):
    assert agrees(metric, ideal, answer) is same


def test_normalising_is_as_in_squad():
    assert normalise("  The  CAT, a dog — and an Ox! ") == "cat dog — and ox"


def test_metrics_that_can_be_computed_may_disagree_and_the_first_is_named():
    assert disagreement(["factual_accuracy"], "a", "b") is None
    assert disagreement(["f1", "factual_accuracy"], "salt", "pepper") == "f1"
    assert disagreement(["f1", "numeric", "exact_match"], "4", "4") is None
    assert disagreement(["exact_match", "numeric"], "4", "four 4") == "exact_match"


def test_a_score_is_one_or_nought_but_for_f1():
    assert score("exact_match", "Paris", "paris.") == 1.0
    assert score("numeric", "12.5", "about 13") == 0.0
    assert score("contains", "ship", "by ship or rail") == 1.0
    assert score("f1", "red green blue", "green red") == pytest.approx(0.8)


def test_a_metric_that_needs_a_judge_has_no_score():
    assert score("factual_accuracy", "It is so.", "It is so.") is None


def test_a_reward_is_the_mean_over_the_metrics_that_can_be_computed():
    wrote = [[{"role": "assistant", "content": "The answer is 42."}], "Lyon", "Lyon", []]
    ideal = ["42", "Lyon", "Lyon", "Lyon"]
    metrics = [["numeric", "factual_accuracy"], ["exact_match", "f1"], ["factual_accuracy"], ["exact_match"]]
    assert reward(wrote, ideal, metrics, prompts=[], trainer_state=None) == [1.0, 1.0, None, 0.0]
