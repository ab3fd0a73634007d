from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config.splits import check_splits, deal, row_targets, weights

NAMES = ("train", "validation", "test", "extra")
WEIGHTS = st.lists(st.integers(1, 50), min_size=1, max_size=4).map(lambda w: dict(zip(NAMES, w, strict=False)))
FRACTIONS = WEIGHTS.map(lambda w: {name: share / sum(w.values()) for name, share in w.items()})
TENTHS = st.sampled_from(
    [
        {"train": 0.8, "validation": 0.1, "test": 0.1},
        {"train": 0.9, "test": 0.1},
        {"a": 0.25, "b": 0.75},
        {"train": 1.0},
    ]
)


@given(WEIGHTS, st.integers(0, 200), st.integers(0, 200))
def test_dealing_further_never_changes_what_was_dealt(weight, few, more):
    assert [*islice(deal(weight), few + more)][:few] == [*islice(deal(weight), few)]


@given(WEIGHTS, st.integers(1, 400))
def test_no_split_is_ever_more_than_one_behind_or_the_number_of_splits_ahead(weight, n):
    dealt = [*islice(deal(weight), n)]
    for name, share in weight.items():
        exact = n * share / sum(weight.values())
        assert exact - 1 < dealt.count(name) < exact + len(weight)


@given(WEIGHTS)
def test_a_full_cycle_meets_every_weight(weight):
    dealt = [*islice(deal(weight), sum(weight.values()))]
    assert {name: dealt.count(name) for name in weight} == weight


@given(st.one_of(TENTHS, FRACTIONS), st.integers(1, 3000))
def test_rows_sum_to_count(splits, count):
    assert sum(row_targets(splits, count).values()) == count


@given(st.one_of(TENTHS, FRACTIONS), st.integers(1, 500), st.integers(0, 500))
def test_no_split_shrinks_when_count_grows(splits, count, more):
    small, large = row_targets(splits, count), row_targets(splits, count + more)
    assert all(large[name] >= rows for name, rows in small.items())


@given(TENTHS, st.integers(1, 300))
def test_targets_are_what_dealing_one_at_a_time_gives(splits, count):
    dealt = [*islice(deal(weights(splits)), count)]
    assert row_targets(splits, count) == {name: dealt.count(name) for name in splits}


@given(WEIGHTS)
def test_rows_by_number_are_met_to_the_row(rows):
    count = sum(rows.values())
    check_splits(rows, count)
    assert row_targets(rows, count) == rows


@given(WEIGHTS, st.integers(1, 1000))
def test_weights_depend_on_proportions_alone(weight, factor):
    assert weights(weight) == weights({name: share * factor for name, share in weight.items()})


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ({"train": 0.8, "validation": 0.1, "test": 0.1}, {"train": 8, "validation": 1, "test": 1}),
        ({"train": 80, "test": 20}, {"train": 4, "test": 1}),
        ({"train": 1.0}, {"train": 1}),
        ({"train": 1}, {"train": 1}),
    ],
)
def test_weights_are_whole_and_small(splits, expected):
    assert weights(splits) == expected


@pytest.mark.parametrize("everything", [1, 1.0])
def test_one_alone_means_everything(everything):
    check_splits({"train": everything}, 37)
    assert row_targets({"train": everything}, 37) == {"train": 37}


@pytest.mark.parametrize(
    ("splits", "count", "told"),
    [
        ({"train": 0.5}, 10, "sum to 0.5, not to 1"),
        ({"train": 0.5, "test": 0.6}, 10, "sum to 1.1, not to 1"),
        ({"train": 9, "test": 2}, 10, "sum to 11, but count is 10"),
        ({"train": 9, "test": 0.1}, 10, "mix fractions and rows"),
        ({"train": 0.99, "test": 0.01}, 10, "split 'test' would get no row of 10"),
        ({"train": -1}, 10, "above 0"),
        ({"train": 0}, 10, "above 0"),
        ({"all": 1.0}, 10, "'all' cannot name a split"),
        ({"a b": 1.0}, 10, "'a b' cannot name a split"),
        ({"a/../b": 1.0}, 10, "cannot name a split"),
        ({"train": float("nan")}, 10, "not to 1"),
    ],
)
def test_shares_that_do_not_add_up_are_refused(splits, count, told):
    with pytest.raises(ValueError, match=told):
        check_splits(splits, count)


def test_thirds_are_taken_for_a_whole():
    check_splits({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, 10)
    check_splits({"a": 0.333333, "b": 0.333333, "c": 0.333334}, 10)
