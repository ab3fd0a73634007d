"""instruction_v1: a system prompt, an instruction and the response to it, for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from hf_synth.config import GenerationConfig
from hf_synth.protocols import Ask
from hf_synth.schemas._prompts import brief, draft_brief, draft_messages, room, voice
from hf_synth.types import Candidate, Cell, Idea, Message, Role
from hf_synth.views import instruction_to_trl

_TASK = (
    "You write instructions for a supervised fine-tuning dataset. An instruction is what a user types to an "
    "assistant: self-contained, with every fact and figure it refers to, never answering itself. Its system_prompt "
    "says in one or two sentences who the assistant is in that case."
)
_DRAFT_TOKENS = 2000


class Metadata(BaseModel):
    domain: str
    difficulty: str


class InstructionRow(BaseModel):
    """A row of instruction_v1."""

    system_prompt: str
    instruction: str
    response: str
    metadata: Metadata


class InstructionIdea(BaseModel):
    system_prompt: str = Field(description="one or two sentences: who the assistant is")
    instruction: str = Field(description="what the user asks")


class InstructionIdeas(BaseModel):
    ideas: list[InstructionIdea]


class Instruction:
    """See `protocols.Schema`. One draft for about five instructions, one call for each response."""

    name = "instruction_v1"
    version = 1
    roles: tuple[Role, ...] = ("generator",)
    row: type[BaseModel] = InstructionRow
    key = "instruction"
    calls_per_row = 1

    def trl(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """See `views`."""
        return instruction_to_trl(row)

    async def draft(self, config: GenerationConfig, cell: Cell, ask: Ask) -> list[Idea]:
        """Draft the instructions of a cell."""
        value, _ = await ask.data(
            "generator",
            draft_messages(config, cell, _TASK),
            InstructionIdeas,
            max_tokens=_DRAFT_TOKENS,
            brief=draft_brief(config, cell),
        )
        return [
            Idea(number, slot, {"system_prompt": idea.system_prompt.strip(), "instruction": idea.instruction.strip()})
            for number, (idea, slot) in enumerate(zip(value.ideas, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Answer one instruction as plain text, so that code is not squeezed through JSON."""
        system, instruction = idea.fields["system_prompt"], idea.fields["instruction"]
        limit = config.constraints.max_tokens
        details = {"prompt": instruction, "system": system, "difficulty": idea.slot.difficulty, "style": ""}
        answer = await ask.text(
            "generator",
            [
                Message("system", f"{voice(config)} {room(limit)} Answer at once, without preamble.\n{system}"),
                Message("user", instruction),
            ],
            max_tokens=limit,
            brief=brief(config, "respond", cell, details),
        )
        response = answer.text.strip()
        row = {
            "system_prompt": system,
            "instruction": instruction,
            "response": response,
            "metadata": {"domain": config.domain, "difficulty": idea.slot.difficulty},
        }
        counted = None if answer.usage.estimated else answer.usage.output_tokens
        return Candidate(row, instruction, (response,), (counted,))


SCHEMA = Instruction()
