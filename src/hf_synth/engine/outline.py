"""The outline: one early call that spreads a domain into topics, kinds of task and audiences; then, block by
block, further topics. Asked for once, journalled like every answer, widened at fixed cell indexes.

Attributed prompts match plain prompting at a fraction of the cost (Yu et al. 2023, 2306.15895).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from pydantic import BaseModel

from hf_synth.config import GenerationConfig
from hf_synth.config.names import language_name
from hf_synth.engine.plan import BLOCK_TOPICS, Outline
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.types import Brief, Message

_log = logging.getLogger(__name__)
_TASK_TYPES = ("explain", "compare", "plan", "troubleshoot", "summarise", "advise")
_AUDIENCES = ("a beginner", "an experienced practitioner", "a decision maker")
_REMEMBERED = 100  # topics named in the prompt that asks for new ones
_MAX_TOKENS = 2000


class WiderOutline(BaseModel):  # no docstrings: they would be sent with every schema
    topics: list[str]


class FirstOutline(WiderOutline):
    task_types: list[str]
    audiences: list[str]


def _clean(titles: list[str], known: tuple[str, ...] = ()) -> list[str]:
    seen = {title.casefold() for title in known}
    kept: list[str] = []
    for title in (" ".join(title.split()) for title in titles):
        if title and title.casefold() not in seen:
            seen.add(title.casefold())
            kept.append(title)
    return kept


def _messages(config: GenerationConfig, known: tuple[str, ...]) -> list[Message]:
    system = (
        "Plan the coverage of a dataset. Topics are short titles, most important first, that do not overlap: each a "
        "distinct part of the domain that people really ask about, narrow enough to be concrete. "
        f"Write in {language_name(config.constraints.language)}.\nDomain: {config.domain}"
    )
    if config.guidance:
        system += f"\nGuidance: {config.guidance}"
    if known:
        covered = "\n".join(f"- {title}" for title in known[-_REMEMBERED:])
        user = f"Topics already covered:\n{covered}\nList {BLOCK_TOPICS} further topics, none of them covered above."
    else:
        user = (
            f"List {BLOCK_TOPICS} topics, and in one to three words each six kinds of task that users in this domain "
            "bring and six kinds of people who ask."
        )
    return [Message("system", system), Message("user", user)]


async def ask_outline(config: GenerationConfig, ask: Ask, block: int, before: list[Outline]) -> Outline:
    """The outline of one block. Given topics are used as they are, in every block.

    A model that gives no usable outline does not stop the run: the domain itself is then the one topic.
    """
    if config.outline:
        return before[0] if before else Outline(tuple(config.outline), _TASK_TYPES, _AUDIENCES)
    known = tuple(title for outline in before for title in outline.topics)
    brief = Brief("outline", config.domain, config.constraints.language, {"topics": BLOCK_TOPICS, "known": list(known)})
    shape = WiderOutline if before else FirstOutline
    try:
        value, _ = await ask.data("generator", _messages(config, known), shape, max_tokens=_MAX_TOKENS, brief=brief)
    except Unfit as unfit:
        _log.warning("No outline for block %d (%s): its rows share the topic %r.", block, unfit.cause, config.domain)
        return Outline((config.domain,), _TASK_TYPES, _AUDIENCES)
    topics = tuple(_clean(value.topics, known)[:BLOCK_TOPICS]) or (config.domain,)
    if not isinstance(value, FirstOutline):
        return Outline(topics, before[0].task_types, before[0].audiences)
    task_types = tuple(_clean(value.task_types)[:10]) or _TASK_TYPES
    return Outline(topics, task_types, tuple(_clean(value.audiences)[:10]) or _AUDIENCES)


class Outlines:
    """The outlines of the blocks, each asked for when its first cell is opened, in order."""

    def __init__(self, config: GenerationConfig, asker: Callable[[str], Ask]) -> None:
        self._config = config
        self._asker = asker
        self._blocks: list[asyncio.Task[Outline]] = []

    async def of(self, block: int) -> Outline:
        """The outline of a block."""
        while len(self._blocks) <= block:
            self._blocks.append(asyncio.create_task(self._ask(len(self._blocks))))
        return await asyncio.shield(self._blocks[block])

    async def _ask(self, block: int) -> Outline:
        before = [await asyncio.shield(task) for task in self._blocks[:block]]
        return await ask_outline(self._config, self._asker(f"outline.{block}"), block, before)

    def tasks(self) -> list[asyncio.Task[Outline]]:
        """Those still being asked for."""
        return [task for task in self._blocks if not task.done()]
