from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.titles import clean


@pytest.mark.parametrize(
    "raw",
    [
        "Soil health",
        " Soil \n health ",
        "1. Soil health",
        "12) Soil health",
        "(3) Soil health",
        "4: Soil health",
        "- Soil health",
        "* Soil health",
        "• Soil health",
        "– Soil health",
        "1. - Soil health",
        "**Soil health**",
        "- **Soil health**",
        '"Soil health"',
        "“Soil health”",
    ],
)
def test_numbers_bullets_and_marks_around_a_title_are_taken_off(raw):
    assert clean([raw], ()) == ("Soil health",)


@pytest.mark.parametrize(
    "title", ["3D printing", "1990: the year", "1.5 degrees", "-40 degrees", "C* algebras", "2,4-D"]
)
def test_a_number_that_belongs_to_a_title_stays(title):
    assert clean([title], ()) == (title,)


@pytest.mark.parametrize(
    "same",
    [
        ("Refund policy", "refund policy."),
        ("Refund policy", "Refund policies"),
        ("Refund policy", "Policies for refunds"),
        ("Tax law", "The law of tax"),
        ("Rückgabe und Umtausch", "Umtausch oder Rückgabe"),
        ("Politique de remboursement", "La politique des remboursements"),
        ("土の健康", "土の健康。"),
    ],
)
def test_the_same_in_other_words_is_kept_once(same):
    assert clean(same, ()) == same[:1]
    assert clean(same[1:], same[:1]) == ()


@pytest.mark.parametrize(
    "different",
    [
        ("EU tax rules", "US tax rules"),
        ("Tea brewing", "Ale brewing"),
        ("Dog training", "Cat training"),
        ("Phase 1", "Phase 2"),
        ("C", "C++", "C#"),
        ("The end", "The beginning"),
        ("税金 確定申告", "相続 確定申告"),
        ("Of the", "On the"),
    ],
)
def test_titles_that_differ_in_a_short_word_are_different(different):
    assert clean(different, ()) == different


def test_an_essay_and_nothing_are_no_titles():
    assert clean(["x" * 201, "", "  ", "-", "…", "**", "Soil"], ()) == ("Soil",)


@given(st.lists(st.text(max_size=30), max_size=12), st.lists(st.text(max_size=30), max_size=4))
def test_cleaning_once_more_changes_nothing(titles, known):
    made = clean(titles, tuple(known))
    assert len(clean(made, tuple(known))) <= len(made)
    assert all(title == " ".join(title.split()) and title for title in made)


@given(st.lists(st.sampled_from(["Soil", "soils", "Light", "the light", "Water", "1. Water"]), max_size=12))
def test_the_order_is_kept_and_the_first_of_equals(titles):
    made = clean(titles, ())
    assert len(made) == len({title.lower().strip("1. ").removeprefix("the ").rstrip("s") for title in titles})
    assert clean(made, ()) == made
