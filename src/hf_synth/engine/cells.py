"""A cell at work: one draft, then the ideas that are wanted, each completed on its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from hf_synth.classifier import classify, sampled
from hf_synth.config import GenerationConfig
from hf_synth.engine.asking import Asker
from hf_synth.engine.plan import IDEAS
from hf_synth.errors import Unfit
from hf_synth.protocols import Schema
from hf_synth.types import Candidate, Cell, Idea

Result = tuple[Candidate | Unfit, list[str]]
"""What became of an idea, and the names of the answers it rests on."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all cells of a run work with.

    Attributes:
        asker: makes the asker of an idea (-1 is the draft).
        spawn: runs a coroutine beside the others; its errors stop the run.
        finished: called after every result.
    """

    config: GenerationConfig
    schema: Schema
    asker: Callable[[Cell, int], Asker]
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    finished: Callable[[], None]


class CellWork:
    """Drafts a cell and completes as many of its ideas as are wanted, in order.

    Ideas past the last one wanted cost nothing: at the end of a run a cell is left half done, and a later, larger
    run goes on there.

    Args:
        index: place of the cell in the plan.
        split: the split it belongs to.
        start: number of the first idea that still needs a verdict.
        shop: what it works with.
    """

    def __init__(self, index: int, split: str, start: int, shop: Workshop) -> None:
        self.index = index
        self.split = split
        self.start = start
        self.wanted = start  # ideas below this number are wanted
        self.cell: Cell | None = None
        self.ideas: list[Idea] | None = None
        self.results: dict[int, Result] = {}
        self._launched = start
        self._shop = shop
        self._drafted: Asker | None = None

    @property
    def size(self) -> int:
        """Ideas of this cell: five until the draft says otherwise; a cell without any counts as one place."""
        return IDEAS if self.ideas is None else max(1, len(self.ideas))

    @property
    def exhausted(self) -> bool:
        """Whether all its ideas are wanted already."""
        return self.wanted >= self.size

    def want(self) -> None:
        """Want one more idea."""
        self.wanted += 1
        self._launch()

    async def draft(self, cell: Cell) -> int:
        """Draft the ideas, then complete those wanted so far.

        Returns:
            How many wanted ideas the draft did not bring.
        """
        self.cell = cell
        asker = self._shop.asker(cell, -1)
        refused: Unfit | None = None
        try:
            self.ideas = (await self._shop.schema.draft(self._shop.config, cell, asker))[: len(cell.slots)]
        except Unfit as unfit:
            self.ideas, refused = [], unfit
        self._drafted = asker
        if len(self.ideas) <= self.start:
            refused = refused or Unfit("no_ideas", f"the draft held {len(self.ideas)} ideas")
            self.results[self.start] = (refused, asker.used)
        size = max(self.size, self.start + 1)
        surplus, self.wanted = max(0, self.wanted - size), min(self.wanted, size)
        self._launch()
        return surplus

    def _launch(self) -> None:
        if self.ideas is None or self.cell is None:
            return
        while self._launched < min(self.wanted, len(self.ideas)):
            self._shop.spawn(self._complete(self.cell, self.ideas[self._launched], self._launched))
            self._launched += 1

    async def _complete(self, cell: Cell, idea: Idea, number: int) -> None:
        asker, drafted, shop = self._shop.asker(cell, number), self._drafted, self._shop
        assert drafted is not None
        result: Candidate | Unfit
        try:
            made = await shop.schema.complete(shop.config, cell, idea, asker)
        except Unfit as unfit:
            result = unfit
        else:
            told = tuple(dict.fromkeys([*drafted.told, *asker.told]))
            notes = await self._classified(cell, idea, made, asker)
            result = replace(made, notes={**made.notes, **notes}, passage=cell.topic.passage, instructions=told)
        self.results[number] = (result, [*drafted.rests_on, *asker.used])
        shop.finished()

    async def _classified(self, cell: Cell, idea: Idea, made: Candidate, asker: Asker) -> dict[str, Any]:
        """What a second look says of the candidate, where it is in the sample."""
        shop = self._shop
        if not sampled(shop.config, cell.first + idea.number):
            return {}
        role = "critic" if "critic" in shop.schema.roles else "generator"
        found = await classify(shop.config, asker, role, made, idea.slot.difficulty)
        return {"classified": found} if found else {}
