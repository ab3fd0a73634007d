"""How one idea asks: names its answers, validates structured ones, asks malformed ones again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from typing import Protocol

from pydantic import BaseModel, ValidationError

from hf_synth.engine.caller import Turn
from hf_synth.engine.line import Line
from hf_synth.errors import RequestRefused, Unfit
from hf_synth.protocols import M
from hf_synth.types import Answer, Brief, Message, Request, Role, Shape

_MOST_TOKENS = 16_000  # of a draft or verdict that was cut once
_DISTRUST = 3  # malformed answers in a row, none well-formed, after which a server is taken to ignore the schema
_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The JSON schema of a pydantic model under a name that every dialect takes."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    return Shape(re.sub(r"[^a-z0-9_]", "_", name), model.model_json_schema())


@cache
def _shape_digest(model: type[BaseModel]) -> bytes:
    return repr(shape_of(model).schema).encode("utf-8")


def request_digest(request: Request, model: type[BaseModel] | None) -> str:
    """Sixteen hexadecimal digits of a request before it is lowered to a dialect."""
    state = blake2b(digest_size=8)
    for message in request.messages:
        state.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    state.update(f"{request.max_tokens}\0{sorted(request.params.items())}\0".encode())
    if model is not None:
        state.update(_shape_digest(model))
    return state.hexdigest()


def doubled(max_tokens: int) -> int:
    """The limit with which a structured answer that was cut is asked again."""
    return min(2 * max_tokens, _MOST_TOKENS)


class Answers(Protocol):
    """Where answers come from: a `Caller`, or in batch mode a `Clerk`."""

    async def answer(self, name: str, role: str, line: Line, request: Request, turn: Turn) -> Answer:
        """The answer called `name`."""
        ...


class Asker:
    """Implements `protocols.Ask` for one idea of one cell (idea -1 is the cell's draft).

    Attributes:
        used: names of the answers this idea rests on, in the order they were asked for.
        told: what the model was told beside the questions: the shared part of each prompt.
    """

    def __init__(
        self,
        answers: Answers,
        lines: Mapping[Role, Line],
        cell: str,
        idea: int,
        turn: Turn,
        *,
        seed: int,
        max_repairs: int,
    ) -> None:
        self.used: list[str] = []
        self.told: dict[str, None] = {}
        self._answers = answers
        self._lines = lines
        self._cell = cell
        self._idea = idea
        self._turn = turn
        self._seed = seed
        self._max_repairs = max_repairs

    @property
    def rests_on(self) -> list[str]:
        """The last answer to each question, told apart by their `sample`: those before it were malformed."""
        last = {name.rsplit(":", 1)[0].rsplit(".", 1)[0]: name for name in self.used}
        return list(last.values())

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        """See `protocols.Ask`: plain text that is neither empty, cut, filtered nor refused."""
        attempt = 0
        while True:
            answer = await self._once(role, messages, None, max_tokens, brief, (sample, attempt))
            if answer.stop == "length":
                raise Unfit("truncated", f"cut at {max_tokens} tokens")
            self._refuse_refusals(answer)
            if answer.text.strip():
                return answer
            attempt += 1
            if attempt > self._max_repairs:
                raise Unfit("empty", "the model answered with nothing")

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        """See `protocols.Ask`: a structured answer; a cut one is asked again with room for twice as much."""
        asked, attempt, problem = list(messages), 0, ""
        line = self._lines[role]
        for attempt in range(self._max_repairs + 1):
            dialect = line.dialect
            answer = await self._once(role, asked, shape, max_tokens, brief, (sample, attempt))
            self._refuse_refusals(answer)
            if answer.stop == "length":
                problem, max_tokens = "cut at the token limit", doubled(max_tokens)
                continue
            fenced = _FENCE.match(answer.text)
            try:
                value = shape.model_validate_json(fenced[1] if fenced else answer.text.strip())
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                problem = f"{'.'.join(map(str, first['loc'])) or 'answer'}: {first['msg']}"
                hint = f"Your last answer did not fit the JSON schema ({problem}). Answer with the JSON object only."
                asked = [*messages, Message("user", hint)]
                if not line.proven and attempt + 1 >= _DISTRUST:
                    line.lower(dialect)
            else:
                line.proven = True
                return value, answer
        raise Unfit("malformed", problem)

    async def _once(
        self,
        role: Role,
        messages: Sequence[Message],
        shape: type[BaseModel] | None,
        max_tokens: int,
        brief: Brief,
        numbers: tuple[int, int],
    ) -> Answer:
        line = self._lines[role]
        request = Request(tuple(messages), max_tokens, shape_of(shape) if shape else None, line.endpoint.params, brief)
        digest = request_digest(request, shape)
        name = f"{self._cell}:{self._idea}:{role}:{numbers[0]}.{numbers[1]}:{digest}"
        seeded = blake2b(f"{self._seed}\0{name}".encode(), digest_size=7).digest()
        request = Request(
            request.messages, max_tokens, request.shape, request.params, brief, int.from_bytes(seeded, "big")
        )
        self.used.append(name)
        if messages and messages[0].role == "system":
            self.told[messages[0].content] = None
        try:
            return await self._answers.answer(name, role, line, request, self._turn)
        except RequestRefused as error:
            raise Unfit(error.cause, error.message) from None

    @staticmethod
    def _refuse_refusals(answer: Answer) -> None:
        if answer.stop == "refusal":
            raise Unfit("refusal", answer.detail or answer.text[:200])
        if answer.stop == "content_filter":
            raise Unfit("content_filter", answer.detail)
