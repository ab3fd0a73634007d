"""Stands in for the models while requests are counted: answers at once, and keeps what it was asked.

The offline provider writes the answers, so that the schema's own coroutines run to their end. At worst answers are as
long as their limits allow, and of the kind after which most is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import BaseModel

from hf_synth.engine.asking import doubled, shape_of
from hf_synth.engine.plan import BLOCK_TOPICS
from hf_synth.errors import RequestInvalid
from hf_synth.executors.live import Options
from hf_synth.protocols import M
from hf_synth.registry import provider_kind
from hf_synth.types import Answer, Brief, Endpoint, Message, Request, Role

TITLE = 80
"""Most tokens that a topic, a kind of task or an audience is taken to have."""
_DEAREST = {"winner": "tie", "verdict": "same", "metrics": ["f1", "factual_accuracy"], "options": []}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request a run would make, with the task its brief names."""

    role: Role
    request: Request
    task: str


class StandIn:
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
        text = filled(f"{self._made} {answer.text}"[:20], max_tokens * self._written, b" y")  # like no ideal output
        return replace(answer, text=text)

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        request = Request(tuple(messages), max_tokens, shape_of(shape), brief=brief, seed=self._made)
        answer = await self._count(role, request)
        value = shape.model_validate_json(answer.text)
        if self._most is None:
            return value, answer
        if brief.task == "outline":  # one topic is missing, so that it is asked once more
            topics = [filled(f"{self._made}.{n} ", TITLE) for n in range(BLOCK_TOPICS - 1)]
            return (value.model_copy(update={"topics": topics}) if "topics" in shape.model_fields else value), answer
        for _ in range(self._most):
            max_tokens = doubled(max_tokens)
        whole = max_tokens * self._written
        value = _dearest(value)
        return _grown(value, whole, whole // max(1, _listed(value))), answer

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


def filled(text: str, size: int, filler: bytes = b" x") -> str:
    """A text of so many bytes."""
    raw = text.encode("utf-8", "replace")[:size]
    return (raw + filler * ((size - len(raw)) // len(filler) + 1))[:size].decode("utf-8", "ignore")


def _free(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """Fields that hold text of any kind, or models that may; no choices out of a few words."""
    for name, field in type(model).model_fields.items():
        value, kind = getattr(model, name), cast("Any", field.annotation)
        held = cast("list[Any]", value) if isinstance(value, list) else [value]
        if kind is str or kind == list[str] or all(isinstance(one, BaseModel) for one in held):
            yield name, value


def _listed(value: Any) -> int:
    """How many ideas stand in lists."""
    if isinstance(value, BaseModel):
        return sum(_listed(inner) for _, inner in _free(value))
    return len(cast("list[Any]", value)) if isinstance(value, list) else 0


def _grown(value: Any, whole: int, share: int) -> Any:
    """A structured answer at its limit of `whole` bytes.

    What stands in lists is each for one idea: they divide the limit between them, and any text of one may have all of
    its part. A text outside may be quoted for every idea, and may be as long as the whole.
    """
    if isinstance(value, str):
        return filled(value, whole)
    if isinstance(value, list):
        return [_grown(one, share, share) for one in cast("list[Any]", value)]
    assert isinstance(value, BaseModel)
    return value.model_copy(update={name: _grown(inner, whole, share) for name, inner in _free(value)})


def _dearest(value: M) -> M:
    """A structured answer after which most is asked: a tie, an item that takes a comparison, and passes it."""
    fields = type(value).model_fields
    update: dict[str, Any] = {name: choice for name, choice in _DEAREST.items() if name in fields}
    held: Any = getattr(value, "ideas", None)
    if isinstance(held, list):
        ideas = cast("list[Any]", held)
        update["ideas"] = [_dearest(one) if isinstance(one, BaseModel) else one for one in ideas]
    return value.model_copy(update=update)
