"""instruction_v1: a system prompt, an instruction and the response to it, for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from hf_synth.config import GenerationConfig
from hf_synth.errors import Unfit
from hf_synth.protocols import Ask
from hf_synth.schemas._deepen import deepened, deepens
from hf_synth.schemas._prompts import (
    PER_LINE,
    answering,
    brief,
    draft_brief,
    draft_messages,
    manner_messages,
    quoted,
)
from hf_synth.types import Candidate, Cell, Idea, Message, Role
from hf_synth.views import instruction_to_trl

_TASK = (
    f"For a fine-tuning dataset, write what a user asks an assistant, one instruction {PER_LINE}: self-contained, with "
    "every fact and figure it needs, not answered, at most 35 words. system_prompt: one short sentence, who the "
    "assistant is for all of them."
)
_DEEPER = (
    "It stays what a user asks an assistant: self-contained, with every fact and figure it needs, not answered, at "
    "most 60 words."
)
_DRAFT_TOKENS = 2000


class Metadata(BaseModel):
    domain: str = Field(description="what the row is about, as the config says")
    difficulty: str = Field(description="the difficulty that was asked for")


class InstructionRow(BaseModel):
    """A row of instruction_v1."""

    system_prompt: str = Field(description="who the assistant is and whom it serves")
    instruction: str = Field(description="what the user asks")
    response: str = Field(description="the answer, of at most max_tokens tokens")
    metadata: Metadata = Field(description="what the row was made for")


class InstructionIdeas(BaseModel):
    system_prompt: str
    instructions: list[str]


class DeeperInstructions(BaseModel):
    instructions: list[str]


class Instruction:
    """See `protocols.Schema`. One draft for about five instructions, one call for each response.

    The instructions of a cell share a topic and a system prompt: one for each would cost as much as they do.
    """

    name = "instruction_v1"
    version = 3
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
        system, texts = value.system_prompt.strip(), value.instructions
        if deepens(config) and texts:
            texts = (await deepened(config, cell, ask, _DEEPER, texts, DeeperInstructions)).instructions
        return [
            Idea(number, slot, {"system_prompt": system, "instruction": text.strip()})
            for number, (text, slot) in enumerate(zip(texts, cell.slots, strict=False))
        ]

    async def complete(self, config: GenerationConfig, cell: Cell, idea: Idea, ask: Ask) -> Candidate:
        """Answer one instruction as plain text, so that code is not squeezed through JSON."""
        system, instruction = idea.fields["system_prompt"], idea.fields["instruction"]
        if not instruction:
            raise Unfit("empty", "no instruction")  # nothing to ask: some providers refuse an empty message
        details = {"prompt": instruction, "system": system, "difficulty": idea.slot.difficulty, "style": ""}
        answer = await ask.text(
            "generator",
            [*manner_messages(answering(config), system, quoted(cell)), Message("user", instruction)],
            max_tokens=config.constraints.max_tokens,
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
