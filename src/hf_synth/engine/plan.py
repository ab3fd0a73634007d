"""The plan: a pure, endless sequence of cells. A larger `count` reads further into the same sequence.

Cells are dealt to splits one at a time, the largest deficit first. Topics come in blocks, each of which serves
a fixed range of cells; within a block every topic belongs to one split, so that no topic straddles two. What a
cell asks depends on its block, topic and round alone, so another split table reuses the same answers.

Attributes of ideas follow Richtmyer's sequence (1951), multiples of square roots of primes modulo 1: badly
approximable numbers, so every prefix is nearly even in each attribute, and independent, so in their combinations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from hf_synth.config.splits import deal, weights
from hf_synth.types import Cell, Passage, Slot, Topic

BLOCK_TOPICS = 20
ROUNDS = 10
IDEAS = 5
BLOCK_CELLS = BLOCK_TOPICS * ROUNDS
DIFFICULTIES = ("easy", "medium", "hard")
STYLES = (
    "one short, direct question",
    "a request with the background that matters",
    "a concrete case with names and figures",
    "a comparison or a choice to be made",
    "something that went wrong and must be put right",
    "a task with an explicit list of requirements",
)
_BEYOND = 2**32  # numbers of ideas that no block begins with
_STEPS = {"difficulty": math.sqrt(5) / 2, "task_type": math.sqrt(2), "audience": math.sqrt(3), "style": math.sqrt(7)}


@dataclass(frozen=True, slots=True)
class Outline:
    """What one block of the plan walks over. All but `topics` and `passages` are those of the first block.

    Attributes:
        topics: titles; those of the passages where there is a source.
        task_types: what users want done.
        audiences: who asks.
        styles: the form a request has.
        criteria: what experts look at in a response; only for schemas with a critic.
        passages: texts of the user's source, one for each topic; empty without a source.
    """

    topics: tuple[str, ...]
    task_types: tuple[str, ...]
    audiences: tuple[str, ...]
    styles: tuple[str, ...] = STYLES
    criteria: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()


def _offset(seed: int, attribute: str) -> float:
    raw = blake2b(f"{seed}\0{attribute}".encode(), digest_size=7).digest()
    return int.from_bytes(raw, "big") / 2**56


class Plan:
    """Cells by index, in order.

    Args:
        splits: name to share, as in the config.
        seed: shifts the attributes, so that another seed is another dataset.
        difficulty: the one difficulty wanted, `None` for an even mix.
    """

    def __init__(self, splits: Mapping[str, int | float], seed: int, difficulty: str | None = None) -> None:
        self.weight = weights(splits)
        self._dealing = deal(self.weight)
        self._splits: list[str] = []
        self._within: list[tuple[int, int]] = []  # how many cells of its split came before it in its block, and in all
        self._counts = dict.fromkeys(self.weight, 0)
        self._begun: dict[str, int] = {}  # what these counts were when the block began
        self._owners: dict[int, list[str]] = {}  # by number of topics: which split owns each
        self._difficulties = (difficulty,) if difficulty else DIFFICULTIES
        self._offsets = [_offset(seed, attribute) for attribute in _STEPS]

    @staticmethod
    def block(index: int) -> int:
        """Number of the outline block that a cell draws from."""
        return index // BLOCK_CELLS

    def split(self, index: int) -> str:
        """The split a cell belongs to, whatever the outline."""
        for place in range(len(self._splits), index + 1):
            if place % BLOCK_CELLS == 0:
                self._begun = dict(self._counts)
            split = next(self._dealing)
            self._splits.append(split)
            self._within.append((self._counts[split] - self._begun[split], self._counts[split]))
            self._counts[split] += 1
        return self._splits[index]

    def topics_of(self, split: str, topics: int) -> list[int]:
        """Numbers of the topics a split owns in a block of so many; all of them where there are too few to share."""
        if topics not in self._owners:
            names = list(self.weight)
            self._owners[topics] = names + _dealt_on(self.weight, names, topics - len(names))
        if topics < len(self.weight):
            return list(range(topics))
        return [number for number, owner in enumerate(self._owners[topics]) if owner == split]

    def cell(self, index: int, outline: Outline) -> Cell:
        """The cell at an index, given the outline of its block. Each block goes on with the topics where one ended."""
        split, topics = self.split(index), len(outline.topics)
        owned = self.topics_of(split, topics)
        within, before = self._within[index]
        turn = within // len(owned)
        if topics < len(self.weight):  # shared topics: each split has rounds of its own
            turn = turn * len(self.weight) + list(self.weight).index(split)
        number, block = owned[before % len(owned)], self.block(index)
        first = IDEAS * _place(block, turn * topics + number)
        slots = tuple(self._slot(first + place, outline) for place in range(IDEAS))
        topic = Topic(outline.topics[number])
        if outline.passages:
            topic = Topic(topic.title, outline.passages[number].text, outline.passages[number].id)
        return Cell(index, f"{block}.{number}.{turn}", split, topic, slots, first, outline.criteria)

    def _slot(self, number: int, outline: Outline) -> Slot:
        choices: list[Sequence[str]] = [self._difficulties, outline.task_types, outline.audiences, outline.styles]
        picked = [
            values[int((offset + number * step) % 1.0 * len(values))]
            for offset, step, values in zip(self._offsets, _STEPS.values(), choices, strict=True)
        ]
        return Slot(*picked)


def share_of(number: int, block: int, most: int) -> tuple[int, int]:
    """Which of so many topics a block takes, from and to: blocks of one size, which begin again after the last one."""
    blocks = -(-number // most)
    turn = block % blocks
    return turn * number // blocks, (turn + 1) * number // blocks


def _place(block: int, place: int) -> int:
    """Number of a cell among all there can be; a block whose splits take unequal rounds has more than are used."""
    further = place - BLOCK_CELLS
    return block * BLOCK_CELLS + place if further < 0 else _BEYOND + block * BLOCK_CELLS**2 + further


def _dealt_on(weight: Mapping[str, int], already: list[str], further: int) -> list[str]:
    """Who gets the next topics, after each split was given one: those furthest below their share."""
    if further <= 0:
        return []
    owners: list[str] = []
    spare = dict.fromkeys(already, 1)
    for name in islice(deal(weight), len(already) * (further + len(already))):
        if spare.get(name):
            spare[name] -= 1  # this one it has already
        else:
            owners.append(name)
            if len(owners) == further:
                return owners
    return owners + [max(weight, key=lambda name: weight[name])] * (further - len(owners))
