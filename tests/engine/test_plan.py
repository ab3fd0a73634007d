from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.engine.plan import BLOCK_CELLS, BLOCK_TOPICS, DIFFICULTIES, IDEAS, ROUNDS, STYLES, Outline, Plan, share_of
from hf_synth.types import Passage

TOPICS = tuple(f"topic {n}" for n in range(BLOCK_TOPICS))
OUTLINE = Outline(TOPICS, ("explain", "compare", "plan", "fix", "check"), ("novice", "expert", "manager"))

splits = st.sampled_from(
    [
        {"train": 1.0},
        {"train": 0.5, "test": 0.5},
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


def outline_of(topics: int) -> Outline:
    return Outline(tuple(f"topic {n}" for n in range(topics)), OUTLINE.task_types, OUTLINE.audiences, OUTLINE.styles)


@given(splits, st.integers(1, BLOCK_CELLS), st.integers(0, 9))
@settings(max_examples=60)
def test_no_two_cells_share_the_numbers_of_their_ideas_whatever_the_number_of_topics(shares, topics, seed):
    plan, outline = Plan(shares, seed), outline_of(topics)
    cells = [plan.cell(index, outline) for index in range(3 * BLOCK_CELLS)]

    assert len({cell.first for cell in cells}) == len({cell.name for cell in cells}) == len(cells)
    assert {cell.first % IDEAS for cell in cells} == {0}


@given(splits, splits, st.integers(1, BLOCK_CELLS))
@settings(max_examples=40)
def test_a_name_stands_for_the_same_cell_under_any_splits(one, other, topics):
    outline = outline_of(topics)
    plans = [Plan(one, 0), Plan(other, 0)]
    named: dict[str, set] = {}
    for plan in plans:
        for index in range(450):
            cell = plan.cell(index, outline)
            named.setdefault(cell.name, set()).add((cell.topic, cell.slots, cell.first))

    assert all(len(cells) == 1 for cells in named.values()) or min(len(p.weight) for p in plans) > topics


@given(splits, st.integers(5, BLOCK_CELLS), st.integers(0, 9))
@settings(max_examples=30)
def test_a_topic_that_comes_again_in_later_blocks_stays_in_its_split(shares, topics, seed):
    plan, outline = Plan(shares, seed), outline_of(topics)
    owners: dict[str, set[str]] = {}
    for index in range(5 * BLOCK_CELLS):
        cell = plan.cell(index, outline)
        owners.setdefault(cell.topic.title, set()).add(cell.split)

    assert all(len(of) == 1 for of in owners.values())


@given(st.integers(1, BLOCK_CELLS), st.integers(1, 1500))
@settings(max_examples=40)
def test_every_prefix_is_balanced_over_topics_of_the_user_however_many(topics, cells):
    plan, outline = Plan({"train": 1.0}, 0), outline_of(topics)
    counts = Counter(plan.cell(index, outline).topic.title for index in range(cells))

    assert max(counts.values()) - (min(counts.values()) if len(counts) == topics else 0) <= 1


@given(st.integers(0, 99), st.sampled_from([1, 3, 7, 12, 20, 41, 60]))
@settings(max_examples=30)
def test_every_topic_meets_every_value_of_every_attribute(seed, topics):
    plan, outline = Plan({"train": 1.0}, seed), outline_of(topics)
    met: dict[str, list] = {}
    for index in range(10 * topics):
        cell = plan.cell(index, outline)
        met.setdefault(cell.topic.title, []).extend(cell.slots)

    for slots in met.values():
        for attribute, values in (("difficulty", DIFFICULTIES), ("audience", OUTLINE.audiences), ("style", STYLES)):
            counts = Counter(getattr(slot, attribute) for slot in slots)
            even = len(slots) / len(values)
            assert all(counts[value] >= 0.25 * even for value in values), (attribute, counts)


@given(st.integers(0, 99), st.integers(20, 300))
@settings(max_examples=40)
def test_every_prefix_is_balanced_in_pairs_of_attributes(seed, cells):
    plan = Plan({"train": 1.0}, seed)
    slots = [slot for index in range(cells) for slot in plan.cell(index, OUTLINE).slots]

    for one, values in (("difficulty", 3), ("task_type", 5), ("audience", 3)):
        for other, others in (("audience", 3), ("style", 6)):
            if one == other:
                continue
            counts = Counter((getattr(slot, one), getattr(slot, other)) for slot in slots)
            even = len(slots) / (values * others)
            assert len(counts) == values * others or even < 6
            assert all(abs(count - even) <= max(6, 0.4 * even) for count in counts.values()), (one, other, counts)


def test_the_passage_of_a_topic_goes_with_it():
    passages = tuple(Passage(f"f#{n}", f"topic {n}", f"text {n}") for n in range(7))
    plan, outline = Plan({"a": 0.5, "b": 0.5}, 0), replace(outline_of(7), passages=passages)

    for index in range(30):
        topic = plan.cell(index, outline).topic
        number = topic.title.removeprefix("topic ")
        assert (topic.passage, topic.passage_id) == (f"text {number}", f"f#{number}")


def test_criteria_go_with_every_cell():
    assert Plan({"train": 1.0}, 0).cell(3, replace(OUTLINE, criteria=("true",))).criteria == ("true",)


@given(st.integers())
def test_any_whole_number_is_a_seed(seed):
    assert len(Plan({"train": 1.0}, seed * 10**400).cell(0, OUTLINE).slots) == IDEAS


@given(st.integers(1, 2000), st.integers(1, BLOCK_CELLS), st.integers(0, 20))
def test_topics_are_shared_out_to_blocks_of_one_size(number, most, round_):
    blocks = -(-number // most)
    shares = [share_of(number, round_ * blocks + block, most) for block in range(blocks)]

    assert [place for first, end in shares for place in range(first, end)] == [*range(number)]
    assert max(end - first for first, end in shares) <= most
