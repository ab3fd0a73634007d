"""An asker that counts instead of calling: renders a run's real prompts without paying for them.

The offline provider stands in for outline, drafts and answers, so that the schema's own coroutines run to their
ends. For the worst case every verdict is a tie, which walks the longest way, and every text that a later prompt
may quote is as long as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from hf_synth.engine.asking import doubled, shape_of
from hf_synth.engine.outline import ask_outline
from hf_synth.engine.plan import STYLES, Outline, Plan
from hf_synth.errors import RequestInvalid, Unfit
from hf_synth.executors.live import Options
from hf_synth.protocols import M
from hf_synth.registry import Resolved, provider_kind
from hf_synth.types import Answer, Brief, Cell, Endpoint, Message, Request, Role, Slot

_SAMPLED_CELLS = 3
_KNOWN_BLOCKS = 5  # whose topics a prompt for further ones names: as many as it ever names
_TITLE = 80  # most tokens that a topic, a kind of task or an audience is taken to have
_ELSEWHERE = 2  # times as many tokens as to the model that wrote it that a text may be to another one


@dataclass(frozen=True, slots=True)
class Asked:
    """One request a run would make, with the task its brief names."""

    role: Role
    request: Request
    task: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Requests of a run.

    Attributes:
        outline: of the first block.
        wider: of a later block, which names the topics of those before.
        drafts: of a few cells.
        completions: of the ideas of those cells.
    """

    outline: list[Asked]
    wider: list[Asked]
    drafts: list[list[Asked]]
    completions: list[list[Asked]]


class _Counter:
    """Implements `protocols.Ask`.

    Args:
        most: how often a structured answer may be asked again, at worst; `None` for likely answers.
        written: bytes, each a token, that a token of an answer may be to the model that reads it.
    """

    def __init__(self, most: int | None, written: int) -> None:
        self._asked: list[Asked] = []
        self._made = 0
        self._most = most
        self._written = written
        self._offline = provider_kind("offline").connect(Endpoint("offline", "template"), None, Options(1, fast=False))

    def taken(self) -> list[Asked]:
        """What was asked since the last time."""
        asked, self._asked = self._asked, []
        return asked

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        answer = await self._count(role, Request(tuple(messages), max_tokens, brief=brief, seed=self._made))
        if self._most is None:
            return answer
        return replace(answer, text=_filled(f"{self._made} {answer.text}", max_tokens * self._written))

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        request = Request(tuple(messages), max_tokens, shape_of(shape), brief=brief, seed=self._made)
        answer = await self._count(role, request)
        value = shape.model_validate_json(answer.text)
        if self._most is None or brief.task == "outline":
            return value, answer
        for _ in range(self._most):
            max_tokens = doubled(max_tokens)
        whole = max_tokens * self._written
        value = _grown(value, whole, whole // max(1, _listed(value)))
        if brief.task == "judge" and "winner" in shape.model_fields:
            value = value.model_copy(update={"winner": "tie"})
        return value, answer

    async def _count(self, role: Role, request: Request) -> Answer:
        assert request.brief is not None
        self._made += 1
        self._asked.append(Asked(role, request, request.brief.task))
        try:
            reply = await self._offline.complete(request, "json_schema", 60.0)
        except RequestInvalid:  # a language without templates: English is as long
            english = Brief(request.brief.task, request.brief.domain, "en", request.brief.details)
            plain = Request(request.messages, request.max_tokens, request.shape, brief=english, seed=request.seed)
            reply = await self._offline.complete(plain, "json_schema", 60.0)
        return Answer("", reply.text, "stop", reply.usage, reply.model)


def _filled(text: str, size: int) -> str:
    """A text of so many bytes."""
    raw = text.encode("utf-8", "replace")[:size]
    return (raw + b" x" * ((size - len(raw)) // 2 + 1))[:size].decode("utf-8", "ignore")


def _free(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """Fields that hold text of any kind, or models that may; no choices out of a few words."""
    for name, field in type(model).model_fields.items():
        value, kind = getattr(model, name), cast("Any", field.annotation)
        held = cast("list[Any]", value) if isinstance(value, list) else [value]
        if kind is str or kind == list[str] or all(isinstance(one, BaseModel) for one in held):
            yield name, value


def _listed(value: Any, *, inside: bool = False) -> int:
    """How many texts stand in lists."""
    if isinstance(value, BaseModel):
        return sum(_listed(inner, inside=inside) for _, inner in _free(value))
    if isinstance(value, list):
        return sum(_listed(one, inside=True) for one in cast("list[Any]", value))
    return int(inside)


def _grown(value: Any, whole: int, share: int) -> Any:
    """A structured answer at its limit of `whole` bytes.

    Texts in lists are each for one idea: they divide the limit between them. A text outside may be quoted for every
    idea, and may be as long as the whole.
    """
    if isinstance(value, str):
        return _filled(value, whole)
    if isinstance(value, list):
        return [_grown(one, share, share) for one in cast("list[Any]", value)]
    assert isinstance(value, BaseModel)
    return value.model_copy(update={name: _grown(inner, whole, share) for name, inner in _free(value)})


def _longest(outline: Outline, *, given: bool) -> Outline:
    """The outline with titles as long as they are taken to be; topics that the user gave are as long as they are."""
    topic = max(outline.topics, key=len) if given else _filled("", _TITLE)
    return Outline((topic,) * len(outline.topics), (_filled("", _TITLE),), (_filled("", _TITLE),))


def _wordiest(cell: Cell) -> Cell:
    style = max(STYLES, key=len)
    difficulty = max((slot.difficulty for slot in cell.slots), key=len)
    slots = tuple(Slot(difficulty, slot.task_type, slot.audience, style) for slot in cell.slots)
    return replace(cell, slots=slots)


async def sample_requests(resolved: Resolved, *, worst: bool) -> Sample:
    """The requests of a few cells of the plan, as the run would send them; `worst`: as long as they can become."""
    config, made = resolved.config, resolved.schema
    models = {(at.provider, at.base_url, at.model) for at in resolved.endpoints.values()}
    counter = _Counter(config.quality.max_repairs if worst else None, 1 if len(models) == 1 else _ELSEWHERE)
    first = await ask_outline(config, counter, 0, [])
    asked_first = counter.taken()
    if worst:
        first = _longest(first, given=bool(config.outline))
    await ask_outline(config, counter, _KNOWN_BLOCKS, [first] * _KNOWN_BLOCKS)
    sample = Sample(asked_first, counter.taken(), [], [])
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
    return sample
