"""The requests a run would make, rendered and counted: nobody is called.

The schema's own coroutines run to their end on what a stand-in answers; a few cells are enough.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic import ValidationError

from hf_synth.classifier import classify
from hf_synth.config import GenerationConfig
from hf_synth.config.outline import PARTS
from hf_synth.engine.outline import MOST, Outliner
from hf_synth.engine.plan import Outline, Plan
from hf_synth.errors import Unfit
from hf_synth.executors.standin import TITLE, Asked, StandIn, filled
from hf_synth.protocols import Passages
from hf_synth.registry import Resolved
from hf_synth.sources import passages_of
from hf_synth.types import Candidate, Cell, Passage, Role

_SAMPLED_CELLS = 3
_KNOWN_BLOCKS = 5  # whose topics a prompt for further ones names: as many as it ever names
_ELSEWHERE = 2  # times as many tokens as to the model that wrote it that a text may be to another one


@dataclass(frozen=True, slots=True)
class Sample:
    """Requests of a run.

    Attributes:
        outline: of the first block.
        wider: of a later block, which names the topics of those before.
        drafts: of a few cells.
        completions: of the ideas of those cells.
        classified: of the second look at a row in the sample of `quality.classified`.
    """

    outline: list[Asked]
    wider: list[Asked]
    drafts: list[list[Asked]]
    completions: list[list[Asked]]
    classified: list[Asked]


def _size(text: str) -> int:
    return len(text.encode())


def _longest(outline: Outline, config: GenerationConfig, passages: Passages | None) -> Outline:
    """The outline at its longest: what the user gave as it is, a passage as the longest one, titles as they may be."""
    given = config.outline.model_dump(exclude_none=True) if config.outline else {}
    longest = {part: str(max(given.get(part) or [filled("", TITLE)], key=_size)) for part in PARTS}
    criteria = len(given.get("criteria") or range(MOST)) if outline.criteria else 0
    text = filled("", passages.longest) if passages else ""
    return Outline(
        topics=(longest["topics"],) * len(outline.topics),
        task_types=(longest["task_types"],),
        audiences=(longest["audiences"],),
        styles=(longest["styles"],),
        criteria=(longest["criteria"],) * criteria,
        passages=tuple(Passage("", longest["topics"], text) for _ in outline.passages),
    )


def _wordiest(cell: Cell) -> Cell:
    difficulty = max((slot.difficulty for slot in cell.slots), key=_size)
    return replace(cell, slots=tuple(replace(slot, difficulty=difficulty) for slot in cell.slots))


async def sample_requests(resolved: Resolved, *, worst: bool) -> Sample:
    """The requests of a few cells of the plan, as the run would send them; `worst`: as long as they can become."""
    config, made = resolved.config, resolved.schema
    models = {(at.provider, at.base_url, at.model) for at in resolved.endpoints.values()}
    counter = StandIn(config.quality.max_repairs if worst else None, 1 if len(models) == 1 else _ELSEWHERE)
    passages = passages_of(config)
    outliner = Outliner(config, made, passages)
    first = await outliner.make(counter, 0, [])
    asked_first = counter.taken()
    first = _longest(first, config, passages) if worst else first
    await outliner.make(counter, _KNOWN_BLOCKS, [first] * _KNOWN_BLOCKS)
    sample = Sample(asked_first, counter.taken(), [], [], [])
    plan = Plan(config.splits, config.seed, config.constraints.difficulty)
    for index in range(_SAMPLED_CELLS):
        cell = plan.cell(index, first)
        cell = _wordiest(cell) if worst else cell
        try:
            drafted = await made.draft(config, cell, counter)
        except (Unfit, ValidationError):  # a third party's shape that the stand-in cannot fill
            drafted = []
        sample.drafts.append(counter.taken())
        for idea in drafted:
            with suppress(Unfit):  # a tie on purpose, or an item the stand-in could not solve
                await made.complete(config, cell, idea, counter)
            sample.completions.append(counter.taken())
    sample.classified.extend(await _classified(resolved, plan.cell(0, first), counter, worst=worst))
    return sample


async def _classified(resolved: Resolved, cell: Cell, counter: StandIn, *, worst: bool) -> list[Asked]:
    """The second look at a row, whatever the row is."""
    long = "\U0001f331" * 2000 if worst else "x" * 600  # no character has more bytes
    role: Role = "critic" if "critic" in resolved.schema.roles else "generator"
    row = Candidate({}, long if worst else "x" * 150, (long,))
    await classify(resolved.config, counter, role, row, cell.slots[0].difficulty)
    return counter.taken()
