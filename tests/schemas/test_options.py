from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.errors import Unfit
from hf_synth.schemas._options import LETTERS, choice

CITIES = ["Rome", "Paris", "Oslo", "Bern"]
STEM = "What is the capital of France?"


def refused(question: str, options: list[str], ideal: str) -> str:
    with pytest.raises(Unfit) as caught:
        choice(question, options, ideal, 3, 0)
    assert caught.value.cause == "options"
    return caught.value.detail


def right(made) -> str:
    return made.options[LETTERS.index(made.key)]


@pytest.mark.parametrize(
    "ideal", ["Paris", " paris. ", "B", "b", "(B)", "B)", "B.", "B) Paris", "(B) Paris", "2. Paris"]
)
def test_the_right_one_is_told_by_its_text_or_its_letter(ideal):
    made = choice(STEM, CITIES, ideal, 3, 0)
    assert right(made) == "Paris"
    assert sorted(made.options) == sorted(CITIES)
    assert made.question == STEM


@pytest.mark.parametrize(
    "marked",
    [
        ["A) Rome", "B) Paris", "C) Oslo", "D) Bern"],
        ["a. Rome", "b. Paris", "c. Oslo", "d. Bern"],
        ["(A) Rome", "(B) Paris", "(C) Oslo", "(D) Bern"],
        ["1. Rome", "2. Paris", "3. Oslo", "4. Bern"],
    ],
)
def test_letters_and_numbers_before_options_are_taken_off(marked):
    made = choice(STEM, marked, "B) Paris", 3, 0)
    assert sorted(made.options) == sorted(CITIES)
    assert right(made) == "Paris"


def test_letters_that_belong_to_options_stay():
    germs = ["E. coli", "B. subtilis", "S. aureus", "C. difficile"]
    made = choice("Which one lives in the gut?", germs, "E. coli", 3, 0)
    assert sorted(made.options) == sorted(germs)
    assert right(made) == "E. coli"


@pytest.mark.parametrize(
    "question",
    [
        f"{STEM}\nA) Rome\nB) Paris\nC) Oslo\nD) Bern",
        f"{STEM}\n(a) Rome\n(b) Paris\n(c) Oslo\n(d) Bern\n",
        f"{STEM}\n\nA. Rome\nB. Paris\nC. Oslo\nD. Bern",
        f"{STEM} A) Rome B) Paris C) Oslo D) Bern",
        f"{STEM} (A) Rome (B) Paris (C) Oslo (D) Bern",
        f"{STEM}\nA: Rome\nB: Paris\nC: Oslo\nD: Bern",
    ],
)
@pytest.mark.parametrize("options", [[], CITIES], ids=["in the question alone", "in both"])
@pytest.mark.parametrize("ideal", ["Paris", "B"])
def test_options_in_the_question_are_taken_out_of_it(question, options, ideal):
    made = choice(question, options, ideal, 3, 0)
    assert made.question == STEM
    assert sorted(made.options) == sorted(CITIES)
    assert right(made) == "Paris"
    assert made.text.split("\n") == [
        STEM,
        *(f"{letter}) {one}" for letter, one in zip(LETTERS, made.options, strict=False)),
    ]


@pytest.mark.parametrize("options", [[], CITIES])
def test_what_stands_behind_options_in_the_question_stays_in_it(options):
    made = choice(f"{STEM}\nA) Rome\nB) Paris\nC) Oslo\nD) Bern\nAnswer with the letter.", options, "B", 3, 0)
    assert made.question == f"{STEM}\nAnswer with the letter."
    assert sorted(made.options) == sorted(CITIES)


def test_behind_the_last_option_on_its_line_too_where_the_list_tells_where_it_ends():
    made = choice(f"{STEM} (A) Rome (B) Paris (C) Oslo (D) Bern. Answer with the letter.", CITIES, "B", 3, 0)
    assert sorted(made.options) == sorted(CITIES)
    assert made.question.endswith("Answer with the letter.")


def test_an_option_of_two_lines_is_whole():
    made = choice("Which?\nA) a long option\n   on two lines\nB) short", [], "B", 3, 0)
    assert sorted(made.options) == ["a long option on two lines", "short"]


def test_a_line_that_begins_like_an_option_does_not_hide_the_options():
    made = choice(f"A. Smith asks:\n{STEM}\nA) Rome\nB) Paris", [], "B", 3, 0)
    assert made.question == f"A. Smith asks:\n{STEM}"
    assert sorted(made.options) == ["Paris", "Rome"]


def test_a_talk_of_two_is_no_list_of_options():
    talk = "A: Where do you live?\nB: In the capital of France.\nWhere does B live?"
    assert choice(talk, CITIES, "Paris", 3, 0).question == talk


def test_other_options_in_the_question_than_in_the_list_are_refused():
    assert "other options" in refused(f"{STEM}\nA) Rome\nB) Lyon", CITIES, "Paris")


@pytest.mark.parametrize(
    "last", ["None of the above", "All of the above.", "Ninguna de las anteriores", "Keine der genannten", "以上すべて"]
)
@pytest.mark.parametrize("ideal", ["Paris", "last"])
def test_what_points_at_the_others_stays_last(last, ideal):
    for number in range(20):
        made = choice(STEM, [*CITIES[:2], last, CITIES[2]], last if ideal == "last" else ideal, number, 0)
        assert made.options[-1] == last
        assert right(made) == (last if ideal == "last" else ideal)


@pytest.mark.parametrize(
    "option", ["All of the members must sign", "Toutes les semaines", "Alle der Reihe nach", "Both of his hands"]
)
def test_what_only_begins_like_it_is_shuffled(option):
    assert {choice(STEM, [option, *CITIES], "Paris", number, 0).options.index(option) for number in range(60)} == {
        0,
        1,
        2,
        3,
        4,
    }


@pytest.mark.parametrize(
    "option",
    [
        "Both A and B",
        "A and C",
        "Options B or C",
        "(A) and (D) only",
        "Neither A nor B",
        "A, B and D",
        "B and C are correct",
    ],
)
def test_options_that_name_others_by_letter_are_refused(option):
    assert "names others" in refused(STEM, [*CITIES, option], "Paris")


@pytest.mark.parametrize(
    "option", ["Vitamin A and D", "Hepatitis B or C virus", "A and AB blood", "Plan A", "Grade B and better"]
)
def test_options_that_speak_of_letters_are_not(option):
    assert right(choice(STEM, [*CITIES, option], option, 3, 0)) == option


@pytest.mark.parametrize(
    ("options", "ideal", "told"),
    [
        ([], "Paris", "0 options"),
        (["Paris"], "Paris", "1 options"),
        ([str(n) for n in range(9)], "3", "9 options"),
        (["Paris", "Rome", "Paris"], "Paris", "say the same"),
        (["Paris", "Rome", "Paris."], "Rome", "say the same"),
        (["Paris", "", "Rome"], "Paris", "empty"),
        (CITIES, "Lyon", "'Lyon' is no option"),
        (CITIES, "E", "'E' is no option"),
        (CITIES, "", "'' is no option"),
    ],
)
def test_what_is_no_choice_is_refused(options, ideal, told):
    assert told in refused(STEM, options, ideal)


@pytest.mark.parametrize(
    "options", [["AA", "Aa", "aa"], ["5 mW", "5 MW", "5 W"], ["-3", "3", "0.3"], ["C", "C++", "C#"]]
)
def test_options_may_differ_in_case_and_signs(options):
    for option in options:
        assert right(choice("Which?", options, option, 3, 0)) == option


def test_a_text_that_is_a_letter_is_taken_for_the_text():
    assert right(choice("Which blood group?", ["O", "A", "B", "AB"], "B", 3, 0)) == "B"


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12)


@given(st.lists(TEXT, min_size=2, max_size=8), st.integers(0, 7), st.integers(0, 2**40), st.integers())
def test_no_option_is_lost_and_the_right_one_stays_right(options, place, number, seed):
    ideal = options[place % len(options)]
    try:
        made = choice("Which?", options, ideal, number, seed)
    except Unfit:
        return
    assert Counter(made.options) == Counter(option.strip() for option in options) or made.options[0] in "".join(options)
    assert len(made.options) == len(options)
    assert right(made) in ideal
    assert choice("Which?", options, ideal, number, seed) == made


@given(st.text(), st.lists(st.text(max_size=20), max_size=9), st.text(max_size=20))
def test_no_item_is_too_strange(question, options, ideal):
    try:
        made = choice(question, options, ideal, 0, 0)
    except Unfit:
        return
    assert made.key in LETTERS[: len(made.options)]


@given(st.integers(), st.integers(1, 12), st.integers(0, 10**6), st.integers(2, 8))
def test_the_key_is_balanced_over_any_regular_part_of_the_ideas(seed, step, first, places):
    options = [f"option {n}" for n in range(places)]
    keys = Counter(choice("Which?", options, options[0], first + step * n, seed).key for n in range(400))
    assert all(abs(keys[letter] / 400 - 1 / places) <= 0.03 for letter in LETTERS[:places])


def test_the_order_of_the_wrong_ones_differs_from_item_to_item():
    orders = {tuple(o for o in choice(STEM, CITIES, "Paris", n, 0).options if o != "Paris") for n in range(60)}
    assert len(orders) == 6
