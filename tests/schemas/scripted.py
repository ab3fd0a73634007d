"""An `Ask` that gives scripted answers and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.protocols import M
from hf_synth.types import Answer, Brief, Cell, Idea, Message, Role, Slot, Topic, Usage

SLOTS = tuple(
    Slot(difficulty, f"task {number}", f"audience {number}", f"style {number}")
    for number, difficulty in enumerate(("easy", "medium", "hard", "easy", "medium"))
)
CELL = Cell(3, "0.2.1", "train", Topic("composting at home"), SLOTS)

_USAGE = Usage(input_tokens=9, output_tokens=7)


def config(schema: str, **fields: Any) -> GenerationConfig:
    return GenerationConfig(schema=schema, domain="gardens", models={"generator": "offline"}, **fields)


def idea(number: int = 1, **fields: Any) -> Idea:
    return Idea(number, SLOTS[number], fields)


@dataclass(frozen=True)
class Asked:
    role: Role
    messages: tuple[Message, ...]
    max_tokens: int
    brief: Brief
    sample: int
    shape: str | None = None

    @property
    def said(self) -> str:
        return "\n".join(message.content for message in self.messages)


@dataclass
class Scripted:
    """`answer` is given what was asked and returns a text, or the fields of a structured answer."""

    answer: Callable[[Asked], Any]
    usage: Usage = _USAGE
    asked: list[Asked] = field(default_factory=list)

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        return self._answer(Asked(role, tuple(messages), max_tokens, brief, sample))

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        asked = Asked(role, tuple(messages), max_tokens, brief, sample, shape.__name__)
        self.asked.append(asked)
        return shape.model_validate(self.answer(asked)), Answer("a", "{}", "stop", self.usage, "m")

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return Answer(f"answer {len(self.asked)}", self.answer(asked), "stop", self.usage, "m")

    @property
    def tasks(self) -> list[str]:
        return [asked.brief.task for asked in self.asked]
