from __future__ import annotations

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from hf_synth.engine.plan import BLOCK_CELLS, Outline, Plan
from hf_synth.sources._passages import Dealt

SPLITS = st.sampled_from(
    [{"train": 1.0}, {"train": 0.9, "test": 0.1}, {"a": 0.5, "b": 0.3, "c": 0.2}, {"train": 0.98, "x": 0.01, "y": 0.01}]
)


def texts(number: int) -> list[tuple[str, str]]:
    return [(f"f#{n}", f"passage {n} of a source") for n in range(number)]


@given(st.integers(1, 900), st.integers(0, 2**64), st.integers(1, BLOCK_CELLS))
def test_a_round_of_blocks_deals_every_passage_once(number, seed, most):
    dealt = Dealt(texts(number), seed)
    blocks = -(-number // most)
    for begin in (0, blocks, 3 * blocks):
        ids = [one.id for block in range(begin, begin + blocks) for one in dealt.block(block, most)]
        assert sorted(ids) == sorted(name for name, _ in texts(number))


@given(st.integers(1, 900), st.integers(0, 99), st.integers(0, 50))
def test_blocks_are_as_large_as_one_another_and_return_as_they_were(number, seed, block):
    dealt = Dealt(texts(number), seed)
    blocks = -(-number // BLOCK_CELLS)
    assert dealt.block(block, BLOCK_CELLS) == dealt.block(block + blocks, BLOCK_CELLS)
    sizes = {len(dealt.block(n, BLOCK_CELLS)) for n in range(blocks)}
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= BLOCK_CELLS


@given(st.integers(4, 700), SPLITS, st.integers(0, 9))
def test_a_passage_stays_in_its_split_however_far_the_plan_is_read(number, splits, seed):
    dealt, plan = Dealt(texts(number), seed), Plan(splits, seed)
    owners: dict[str, set[str]] = {}
    for index in range(0, 2000, 3):
        found = dealt.block(plan.block(index), BLOCK_CELLS)
        outline = Outline(tuple(one.title for one in found), ("a",), ("b",), passages=found)
        cell = plan.cell(index, outline)
        assert (cell.topic.passage, cell.topic.title) == next(
            (p.text, p.title) for p in found if p.id == cell.topic.passage_id
        )
        owners.setdefault(cell.topic.passage_id, set()).add(cell.split)
    assert all(len(of) == 1 for of in owners.values())


@given(st.integers(200, 3000), st.integers(0, 99), st.integers(20, 200))
def test_every_prefix_is_spread_over_the_whole_source(number, seed, first):
    dealt = Dealt(texts(number), seed)
    walked = chain.from_iterable(dealt.block(block, BLOCK_CELLS) for block in range(-(-number // BLOCK_CELLS)))
    places = [int(one.id.partition("#")[2]) for one, _ in zip(walked, range(first), strict=False)]
    quarters = Counter(4 * place // number for place in places)
    assert all(abs(quarters[quarter] - first / 4) <= 0.1 * first + 2 for quarter in range(4))


def test_another_seed_begins_elsewhere():
    begun = {Dealt(texts(1000), seed).block(0, 200)[0].id for seed in range(50)}
    assert len(begun) > 40


@given(st.integers())
def test_any_whole_number_is_a_seed(seed):
    assert len(Dealt(texts(7), seed * 10**400).block(0, 200)) == 7


def test_the_longest_passage_is_told_in_bytes():
    dealt = Dealt([("a", "x" * 100), ("b", "土" * 50)], 0)
    assert dealt.longest == 150
    assert len(dealt) == 2
