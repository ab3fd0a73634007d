"""An asker that counts instead of calling: renders a run's real prompts without paying for them.

The offline provider stands in for outline, drafts and answers, so that the schema's own coroutines run to their
ends. `doubtful` makes every verdict a tie, which walks the longest way.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from hf_synth.engine.asking import shape_of
from hf_synth.engine.outline import ask_outline
from hf_synth.engine.plan import Plan
from hf_synth.errors import RequestInvalid, Unfit
from hf_synth.executors.live import Options
from hf_synth.protocols import M
from hf_synth.registry import Resolved, provider_kind
from hf_synth.types import Answer, Brief, Endpoint, Message, Request, Role

_SAMPLED_CELLS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One request a run would make, with the task its brief names."""

    role: Role
    request: Request
    task: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Requests of one outline, and of the drafts and completions of a few cells; `ideas` were completed."""

    outline: list[Asked]
    drafts: list[Asked]
    completions: list[Asked]
    cells: int
    ideas: int


class _Counter:
    """Implements `protocols.Ask`."""

    def __init__(self, *, doubtful: bool) -> None:
        self.asked: list[Asked] = []
        self._doubtful = doubtful
        self._offline = provider_kind("offline").connect(Endpoint("offline", "template"), None, Options(1, fast=False))

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        return await self._count(role, Request(tuple(messages), max_tokens, brief=brief, seed=len(self.asked)))

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        request = Request(tuple(messages), max_tokens, shape_of(shape), brief=brief, seed=len(self.asked))
        answer = await self._count(role, request)
        value = shape.model_validate_json(answer.text)
        if self._doubtful and brief.task == "judge" and "winner" in shape.model_fields:
            value = value.model_copy(update={"winner": "tie"})
        return value, answer

    async def _count(self, role: Role, request: Request) -> Answer:
        assert request.brief is not None
        self.asked.append(Asked(role, request, request.brief.task))
        try:
            reply = await self._offline.complete(request, "json_schema", 60.0)
        except RequestInvalid:  # a language without templates: English is as long
            english = Brief(request.brief.task, request.brief.domain, "en", request.brief.details)
            plain = Request(request.messages, request.max_tokens, request.shape, brief=english, seed=request.seed)
            reply = await self._offline.complete(plain, "json_schema", 60.0)
        return Answer("", reply.text, "stop", reply.usage, reply.model)


async def sample_requests(resolved: Resolved, *, doubtful: bool) -> Sample:
    """The requests of a few cells of the plan, as the run would send them."""
    config, made = resolved.config, resolved.schema
    counter = _Counter(doubtful=doubtful)
    outline = await ask_outline(config, counter, 0, [])
    asked_for_outline = counter.asked[:]
    drafts: list[Asked] = []
    completions: list[Asked] = []
    ideas = 0
    plan = Plan(config.splits, config.seed, config.constraints.difficulty)
    for index in range(_SAMPLED_CELLS):
        cell = plan.cell(index, outline)
        counter.asked.clear()
        try:
            drafted = await made.draft(config, cell, counter)
        except (Unfit, ValidationError):  # a third party's shape that the stand-in cannot fill
            drafted = []
        drafts += counter.asked
        for idea in drafted:
            counter.asked.clear()
            with suppress(Unfit):  # a tie on purpose, or an item the stand-in could not solve
                await made.complete(config, cell, idea, counter)
            completions += counter.asked
            ideas += 1
    return Sample(asked_for_outline, drafts, completions, _SAMPLED_CELLS, ideas)
