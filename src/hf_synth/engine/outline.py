"""The outline: one early call that spreads a domain into topics, kinds of task, audiences and styles; then, block by
block, further topics. Asked for once, journalled like every answer, widened at fixed cell indexes.

Attributed prompts match plain prompting at a fraction of the cost (Yu et al. 2023, 2306.15895); personas spread a
domain further than topics alone (Ge et al. 2024, 2406.20094). With a source its passages are the topics.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from hf_synth.config import GenerationConfig
from hf_synth.config.names import language_name
from hf_synth.config.outline import PARTS
from hf_synth.engine.plan import BLOCK_CELLS, BLOCK_TOPICS, STYLES, Outline, share_of
from hf_synth.engine.titles import clean
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask, Passages, Schema
from hf_synth.types import Brief, Message

_log = logging.getLogger(__name__)
_TASK_TYPES = ("explain", "compare", "plan", "troubleshoot", "summarise", "advise")
_AUDIENCES = ("a beginner", "an experienced practitioner", "a decision maker")
_WISHES = {
    "topics": f"{BLOCK_TOPICS} topics",
    "task_types": "in one to three words each six kinds of task that users in this domain bring",
    "audiences": "six kinds of people who ask, each with what they know or need, in at most eight words",
    "styles": "six forms such a request takes, in at most eight words (one asks directly, one tells a case …)",
    "criteria": "three criteria by which experts of this domain judge an answer, in at most ten words each",
}
MOST = 10
"""How many of each part but the topics are taken."""
_REMEMBERED = 100  # topics named in the prompt that asks for new ones
_MAX_TOKENS = 2000


@cache
def _shape(parts: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        part: (list[str], ... if part == "topics" else Field(default_factory=list)) for part in parts
    }
    return create_model("Outline" if parts != ("topics",) else "WiderOutline", **fields)


def _messages(config: GenerationConfig, parts: tuple[str, ...], known: tuple[str, ...], number: int) -> list[Message]:
    system = (
        "Plan the coverage of a dataset. Topics are short titles, most important first, that do not overlap: each a "
        "distinct part of the domain that people really ask about, narrow enough to be concrete. "
        f"Write in {language_name(config.constraints.language)}.\nDomain: {config.domain}"
    )
    if config.guidance:
        system += f"\nGuidance: {config.guidance}"
    if known:
        covered = "\n".join(f"- {title}" for title in known[-_REMEMBERED:])
        user = f"Topics already covered:\n{covered}\nList {number} further topics, none of them covered above."
    else:
        user = f"List {', '.join(_WISHES[part] for part in parts)}."
    return [Message("system", system), Message("user", user)]


@dataclass(frozen=True, slots=True)
class Outliner:
    """Makes the outlines of a run.

    Args:
        config: what is wanted.
        schema: whose roles tell whether criteria are needed.
        passages: of the source, `None` without one.
    """

    config: GenerationConfig
    schema: Schema
    passages: Passages | None = None

    async def make(self, ask: Ask, block: int, before: list[Outline]) -> Outline:
        """The outline of one block. What the user gave is used as it is; more topics than cells take turns in blocks.

        A model that gives no usable outline does not stop the run: the domain itself is then the one topic.
        """
        given = self.config.outline
        outline = before[0] if before else await self._first(ask)
        if self.passages is not None:
            found = self.passages.block(block, BLOCK_CELLS)
            return replace(outline, topics=tuple(one.title for one in found), passages=found)
        if given and given.topics:
            first, end = share_of(len(given.topics), block, BLOCK_CELLS)
            return replace(outline, topics=tuple(given.topics[first:end]))
        known = tuple(title for one in before for title in one.topics)
        said = await self._wider(ask, known, BLOCK_TOPICS, block) if before else outline.topics
        topics = clean(said, known)[:BLOCK_TOPICS]
        if topics and len(topics) < BLOCK_TOPICS:
            more = await self._wider(ask, known + topics, BLOCK_TOPICS - len(topics), block)
            topics += clean(more, known + topics)[: BLOCK_TOPICS - len(topics)]
        return replace(outline, topics=topics or (self.config.domain,))

    async def _first(self, ask: Ask) -> Outline:
        """All parts that the user did not give, in one call."""
        config = self.config
        given = config.outline.model_dump(exclude_none=True) if config.outline else {}
        wanted = tuple(
            part
            for part in PARTS
            if part not in given
            and not (part == "topics" and self.passages is not None)
            and not (part == "criteria" and "critic" not in self.schema.roles)  # whatever `quality` says
        )
        said: dict[str, list[str]] = {}
        if wanted:
            said = await self._ask(ask, wanted, _messages(config, wanted, (), BLOCK_TOPICS), (), 0)
        found = {part: tuple(given.get(part) or clean(said.get(part, ()), ())[:MOST]) for part in PARTS[1:]}
        return Outline(
            topics=tuple(given.get("topics") or said.get("topics", ())),
            task_types=found["task_types"] or _TASK_TYPES,
            audiences=found["audiences"] or _AUDIENCES,
            styles=found["styles"] or STYLES,
            criteria=found["criteria"],
        )

    async def _wider(self, ask: Ask, known: tuple[str, ...], number: int, block: int) -> list[str]:
        parts = ("topics",)
        said = await self._ask(ask, parts, _messages(self.config, parts, known, number), known, block)
        return said.get("topics", [])

    async def _ask(
        self, ask: Ask, parts: tuple[str, ...], messages: list[Message], known: tuple[str, ...], block: int
    ) -> dict[str, list[str]]:
        config = self.config
        details = {"topics": BLOCK_TOPICS, "known": list(known)}
        brief = Brief("outline", config.domain, config.constraints.language, details)
        try:
            value, _ = await ask.data("generator", messages, _shape(parts), max_tokens=_MAX_TOKENS, brief=brief)
        except Unfit as unfit:
            _log.warning("No outline for block %d (%s): its rows have fewer topics.", block, unfit.cause)
            return {}
        return value.model_dump()


class Outlines:
    """The outlines of the blocks, each asked for when its first cell is opened, in order.

    Args:
        outliner: makes them.
        asker: an `Ask` whose answers have a name of their own.
        made: told of every outline, with the number of its block.
    """

    def __init__(self, outliner: Outliner, asker: Callable[[str], Ask], made: Callable[[int, Outline], None]) -> None:
        self._outliner = outliner
        self._asker = asker
        self._made = made
        self._blocks: list[asyncio.Task[Outline]] = []

    async def of(self, block: int) -> Outline:
        """The outline of a block."""
        while len(self._blocks) <= block:
            self._blocks.append(asyncio.create_task(self._ask(len(self._blocks))))
        return await asyncio.shield(self._blocks[block])

    async def _ask(self, block: int) -> Outline:
        before = [await asyncio.shield(task) for task in self._blocks[:block]]
        outline = await self._outliner.make(self._asker(f"outline.{block}"), block, before)
        self._made(block, outline)
        return outline

    def tasks(self) -> list[asyncio.Task[Outline]]:
        """Those still being asked for."""
        return [task for task in self._blocks if not task.done()]
