from __future__ import annotations

import pytest

from hf_synth.reports.items import Items, items
from hf_synth.reports.material import RowFacts


def item(answer: str, *metrics: str, solved: tuple[int, int] | None = None) -> RowFacts:
    return RowFacts("train", "?", (answer,), metrics=metrics, solved=solved)


def counted(rows: list[RowFacts]) -> Items:
    told = items(rows)
    assert told
    return told


@pytest.mark.parametrize("answer", ["C", "c", "(C)", "C)", "C. 58 boxes", " **C**", "C: because"])
def test_the_letter_of_a_right_option_is_read(answer: str):
    assert counted([item(answer, "multiple_choice")]).keys == {"A": 0, "B": 0, "C": 1}


@pytest.mark.parametrize("answer", ["42", "Cold room", "", "É", "A's box"])
def test_what_is_no_letter_is_not_taken_for_one(answer: str):
    assert counted([item(answer, "multiple_choice")]).keys == {}


def test_keys_are_those_of_multiple_choice_alone():
    told = counted([item("A", "exact_match"), item("B", "multiple_choice"), item("A", "multiple_choice")])
    assert told.keys == {"A": 1, "B": 1}
    assert told.key_evenness == 1
    assert told.metrics == {"multiple_choice": 2, "exact_match": 1}


def test_solve_rates_have_a_bin_for_each_number_of_right_answers():
    told = counted([item("1", "numeric", solved=(right, 4)) for right in (0, 2, 4, 4)])
    assert told.rates == {"0 of 4": 1, "1 of 4": 0, "2 of 4": 1, "3 of 4": 0, "4 of 4": 2}
    assert (told.tried, told.solve_rate, told.never, told.always) == (4, 0.625, 0.25, 0.5)


def test_solve_rates_of_different_numbers_of_answers_are_put_into_tenths():
    told = counted([item("1", "numeric", solved=(1, 2)), item("1", "numeric", solved=(3, 4))])
    assert sum(told.rates.values()) == 2
    assert told.rates["50%"] == 1
    assert len(told.rates) == 11


def test_rows_that_are_not_for_evaluation_have_none():
    assert items([RowFacts("train", "?", ("yes",))]) is None
    assert items([]) is None


def test_untried_rows_have_no_solve_rate():
    told = counted([item("1", "numeric"), item("1", "numeric", solved=(0, 0))])
    assert told.solve_rate is told.never is told.always is None
    assert told.rates == {}
