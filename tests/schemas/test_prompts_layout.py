"""The layout of prompts: what requests of a task share stands first, identical to the byte, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.engine.asking import shape_of
from hf_synth.engine.outline import Outliner
from hf_synth.engine.plan import Outline, Plan
from hf_synth.errors import Unfit
from hf_synth.protocols import M
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from hf_synth.providers.offline import TemplateProvider
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.registry.find import schema as schema_of
from hf_synth.types import Answer, Brief, Message, Request, Role
from providers.calls import call
from servers.anthropic_server import FakeAnthropic
from servers.openai_server import FakeOpenAI

SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")
TASKS = {
    "instruction_v1": {"outline", "draft", "respond"},
    "preference_v1": {"outline", "draft", "respond", "judge"},
    "eval_v1": {"outline", "draft", "answer"},
}
TAGS = {f"<{end}{tag}>" for tag in ("prompt", "first_response", "second_response") for end in ("", "/")}
"""What sets apart the texts that are to be judged: it has to stand between them."""
WISH = "List 20 further topics, none of them covered above."
"""Behind the topics it speaks of: this is asked once in 1,000 rows."""
OFFLINE = "(Template text, not for training.)"
"""What the offline provider adds to an item."""


@dataclass
class Rendering:
    """An `Ask` that keeps requests; the offline provider answers them."""

    asked: dict[str, list[Request]] = field(default_factory=lambda: defaultdict(list))

    async def text(
        self, role: Role, messages: Sequence[Message], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> Answer:
        return await self._ask(Request(tuple(messages), max_tokens, brief=brief, seed=sample))

    async def data(
        self, role: Role, messages: Sequence[Message], shape: type[M], *, max_tokens: int, brief: Brief, sample: int = 0
    ) -> tuple[M, Answer]:
        answer = await self._ask(Request(tuple(messages), max_tokens, shape_of(shape), brief=brief, seed=sample))
        return shape.model_validate_json(answer.text), answer

    async def _ask(self, request: Request) -> Answer:
        assert request.brief
        self.asked[request.brief.task].append(request)
        reply = await TemplateProvider().complete(request, "json_schema", 1.0)
        return Answer("", reply.text, "stop", reply.usage, reply.model)


async def run(config: GenerationConfig, cells: int) -> dict[str, list[Request]]:
    ask, schema = Rendering(), schema_of(config.schema)
    outlines: list[Outline] = []
    for block in range(4):
        outlines.append(await Outliner(config, schema).make(ask, block, outlines))
    plan = Plan(config.splits, config.seed)
    for index in range(cells):
        cell = plan.cell(index, outlines[0])
        for idea in await schema.draft(config, cell, ask):
            with suppress(Unfit):
                await schema.complete(config, cell, idea, ask)
    return ask.asked


def requests_of(schema: str, **fields: Any) -> dict[str, list[Request]]:
    config = GenerationConfig(schema=schema, domain="gardens", models={"generator": "offline"}, **fields)
    return asyncio.run(run(config, 8))


def lines_in_all(requests: list[Request]) -> set[str]:
    """Lines of the parts that vary which yet stand in every request."""
    told = [{line for message in one.messages[1:] for line in message.content.split("\n")} for one in requests]
    return set[str].intersection(*told)


FULL: dict[str, Any] = {
    "guidance": "Only balconies.\nNever mention pesticides.",
    "examples": [{"instruction": "How deep?"}, {"instruction": "How wide?"}],
    "constraints": {"tone": "formal", "max_tokens": 600},
}


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("fields", [{}, FULL], ids=["bare", "full"])
def test_requests_of_a_task_begin_with_all_that_they_share(schema: str, fields: dict[str, Any]) -> None:
    asked = requests_of(schema, **fields)
    assert asked.keys() == TASKS[schema]
    for requests in asked.values():
        assert len(requests) >= 4
        (shared,) = {one.messages[0] for one in requests}
        assert shared.role == "system"
        assert all(one.messages[-1].role == "user" for one in requests)
        assert len({one.messages[1:] for one in requests}) > 1
        assert lines_in_all(requests) <= TAGS | {WISH, OFFLINE}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_requests_of_a_task_share_their_schema(schema: str) -> None:
    for requests in requests_of(schema).values():
        shapes = {json.dumps(one.shape.schema) if one.shape else "" for one in requests}
        task = requests[0].brief.task if requests[0].brief else ""
        assert len(shapes) == 1 or task == "outline"  # the first one asks for more


@pytest.mark.parametrize("schema", SCHEMAS)
def test_guidance_is_in_the_shared_part_of_whatever_writes_rows(schema: str) -> None:
    asked = requests_of(schema, **FULL)
    told = {task for task, requests in asked.items() if FULL["guidance"] in requests[0].messages[0].content}
    assert told == {"outline", "draft", "respond"} & asked.keys(), "a second answer and a verdict stay independent"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas_that_are_sent_hold_no_prose(schema: str) -> None:
    for requests in requests_of(schema).values():
        for one in requests:
            assert one.shape is None or "description" not in json.dumps(one.shape.schema)


LONG = {**FULL, "guidance": "Only balconies, and nothing that needs a drill. " * 100}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_on_the_wire_the_shared_part_is_a_prefix_and_is_marked_where_marks_are_needed(schema: str) -> None:
    with FakeAnthropic() as anthropic, FakeOpenAI() as openai:
        for task, requests in requests_of(schema, **LONG).items():
            shared = requests[0].messages[0].content
            for request in requests[:: max(1, len(requests) // 4)]:
                call(ANTHROPIC, anthropic.url, request, "json_schema")
                call(OPENAI, openai.url, request, "json_schema")
                system = anthropic.bodies[-1]["system"]
                if len(shared) < 4096:  # a second answer, and a verdict: they have no guidance
                    assert task in ("answer", "judge")
                    assert isinstance(system, str)
                    assert system.startswith(shared)
                else:
                    assert system[0] == {"type": "text", "text": shared, "cache_control": {"type": "ephemeral"}}
                    assert all("cache_control" not in block for block in system[1:])
                first, *others = openai.bodies[-1]["messages"]
                assert first["role"] == "system"
                assert first["content"].startswith(shared)
                assert {message["role"] for message in others} == {"user"}
