from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.plan import BLOCK_CELLS, BLOCK_TOPICS, DIFFICULTIES, IDEAS, ROUNDS, STYLES, Outline, Plan

TOPICS = tuple(f"topic {n}" for n in range(BLOCK_TOPICS))
OUTLINE = Outline(TOPICS, ("explain", "compare", "plan", "fix", "check"), ("novice", "expert", "manager"))

splits = st.sampled_from(
    [
        {"train": 1.0},
        {"train": 0.9, "test": 0.1},
        {"train": 0.8, "validation": 0.1, "test": 0.1},
        {"a": 0.5, "b": 0.3, "c": 0.2},
        {"train": 0.98, "validation": 0.01, "test": 0.01},
    ]
)


@given(splits, st.integers(0, 2 * BLOCK_CELLS), st.integers(0, 9))
@settings(max_examples=60)
def test_a_cell_is_the_same_whichever_cell_was_looked_at_before(
    shares: dict[str, float], index: int, seed: int
) -> None:
    walked = Plan(shares, seed)
    for earlier in range(index):
        walked.cell(earlier, OUTLINE)

    assert walked.cell(index, OUTLINE) == Plan(shares, seed).cell(index, OUTLINE)


@given(splits, st.integers(1, 2 * BLOCK_CELLS))
def test_every_prefix_deals_cells_to_splits_in_their_proportion(shares: dict[str, float], length: int) -> None:
    plan = Plan(shares, 0)
    dealt = Counter(plan.split(index) for index in range(length))

    for split, share in shares.items():
        assert abs(dealt[split] - share * length) < len(shares)


@given(splits, st.integers(0, 9))
@settings(max_examples=30)
def test_a_topic_belongs_to_one_split_in_its_block(shares: dict[str, float], seed: int) -> None:
    plan = Plan(shares, seed)
    owners: dict[tuple[int, str], set[str]] = {}
    for index in range(2 * BLOCK_CELLS):
        cell = plan.cell(index, OUTLINE)
        owners.setdefault((plan.block(index), cell.topic.title), set()).add(cell.split)

    assert all(len(owner) == 1 for owner in owners.values())


@given(splits, st.integers(0, 9))
@settings(max_examples=30)
def test_no_two_cells_have_the_same_name(shares: dict[str, float], seed: int) -> None:
    plan = Plan(shares, seed)
    names = [plan.cell(index, OUTLINE).name for index in range(3 * BLOCK_CELLS)]

    assert len(set(names)) == len(names)


@given(splits, splits, st.integers(0, 400))
@settings(max_examples=40)
def test_what_a_cell_asks_for_does_not_depend_on_the_splits(one: dict, other: dict, index: int) -> None:
    cells = {Plan(other, 0).cell(n, OUTLINE).name: Plan(other, 0).cell(n, OUTLINE) for n in range(0, 400, 7)}
    cell = Plan(one, 0).cell(index, OUTLINE)

    if cell.name in cells:
        twin = cells[cell.name]
        assert (twin.topic, twin.slots) == (cell.topic, cell.slots)


@given(st.integers(0, 99), st.integers(2, 400))
def test_every_prefix_is_balanced_in_every_attribute(seed: int, cells: int) -> None:
    plan = Plan({"train": 1.0}, seed)
    slots = [slot for index in range(cells) for slot in plan.cell(index, OUTLINE).slots]

    for attribute, values in (
        ("difficulty", DIFFICULTIES),
        ("task_type", OUTLINE.task_types),
        ("audience", OUTLINE.audiences),
        ("style", STYLES),
    ):
        counts = Counter(getattr(slot, attribute) for slot in slots)
        even = len(slots) / len(values)
        assert all(abs(counts[value] - even) <= max(4, 0.1 * even) for value in values), (attribute, counts)


def test_every_topic_of_a_block_gets_the_same_number_of_cells() -> None:
    plan = Plan({"train": 1.0}, 0)
    counts = Counter(plan.cell(index, OUTLINE).topic.title for index in range(BLOCK_CELLS))

    assert counts == dict.fromkeys(TOPICS, ROUNDS)


def test_topics_are_visited_in_turn_before_any_is_visited_again() -> None:
    plan = Plan({"train": 1.0}, 0)

    assert [plan.cell(index, OUTLINE).topic.title for index in range(BLOCK_TOPICS)] == list(TOPICS)


def test_splits_share_the_topics_where_there_are_too_few_to_own() -> None:
    few = Outline(("only", "these"), OUTLINE.task_types, OUTLINE.audiences)
    plan = Plan({"a": 0.4, "b": 0.3, "c": 0.3}, 0)

    assert {plan.cell(index, few).topic.title for index in range(30)} == {"only", "these"}


def test_a_wanted_difficulty_is_the_only_one() -> None:
    plan = Plan({"train": 1.0}, 0, "fiendish")

    assert {slot.difficulty for index in range(20) for slot in plan.cell(index, OUTLINE).slots} == {"fiendish"}


def test_another_seed_gives_other_attributes() -> None:
    one, other = (Plan({"train": 1.0}, seed).cell(0, OUTLINE).slots for seed in (0, 1))

    assert one != other


@pytest.mark.parametrize("topics", [1, 2, 3, 7, BLOCK_TOPICS])
def test_every_split_owns_a_topic_whatever_their_number(topics: int) -> None:
    plan = Plan({"train": 0.98, "validation": 0.01, "test": 0.01}, 0)

    assert all(plan.topics_of(split, topics) for split in plan.weight)


def test_a_cell_holds_five_ideas() -> None:
    assert len(Plan({"train": 1.0}, 0).cell(0, OUTLINE).slots) == IDEAS
