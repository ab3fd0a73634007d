from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.reports.coverage import Coverage, coverage, crossed, evenness
from hf_synth.reports.material import RowFacts


def covered(values: list[str], planned: list[str] | None) -> Coverage:
    told = coverage(values, planned)
    assert told
    return told


@given(st.integers(2, 50), st.integers(1, 1000))
def test_evenness_is_1_for_equal_counts(values: int, count: int):
    assert evenness([count] * values) == pytest.approx(1)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30).filter(any))
def test_evenness_is_a_share(counts: list[int]):
    share = evenness(counts)
    assert share is not None
    assert 0 <= share <= 1


def test_evenness_of_one_value_or_no_row_is_not_known():
    assert evenness([5]) is evenness([0, 0]) is evenness([]) is None


def test_values_of_the_outline_without_a_row_are_counted_as_0():
    told = covered(["a", "a", "b", "x"], ["a", "b", "c", "d"])
    assert told.counts == {"a": 2, "b": 1, "x": 1, "c": 0, "d": 0}
    assert (told.planned, told.covered, told.outside) == (4, 0.5, 1)
    assert told.most[0] == ("a", 2)
    assert told.least[0] == ("d", 0)


def test_without_an_outline_the_covered_share_is_not_known():
    told = covered(["a", "b", ""], None)
    assert told.counts == {"a": 1, "b": 1}
    assert told.planned is told.covered is told.outside is None
    assert told.evenness == 1


def test_coverage_is_not_known_where_no_row_tells_it():
    assert coverage(["", ""], ["a"]) is None


def test_difficulties_stand_from_easy_to_hard():
    rows = [
        RowFacts("train", "?", (), slot=(difficulty, task, "", ""))
        for difficulty, task in [
            ("hard", "plan"),
            ("easy", "plan"),
            ("expert", "plan"),
            ("medium", "ask"),
            ("easy", "plan"),
        ]
    ]
    assert list(crossed(rows)) == ["easy", "medium", "hard", "expert"]
    assert crossed(rows)["easy"] == {"plan": 2}
