"""How the tests of the offline provider ask it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hf_synth.providers._template.grammar import grammar_for
from hf_synth.providers.offline import PROVIDER
from hf_synth.types import Brief, Endpoint, Message, Reply, Request, Shape

TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
OUTLINE = {"type": "object", "properties": {"topics": TEXTS, "task_types": TEXTS, "audiences": TEXTS}}
DRAFTS: dict[str, Any] = {
    "instruction_v1": {"system_prompt": {"type": "string"}, "instructions": TEXTS},
    "preference_v1": {"prompts": TEXTS},
    "eval_v1": {"ideas": {"type": "array", "items": {"type": "object"}}},
}
SCORED = ("first_assessment", "second_assessment", "first_score", "second_score", "winner")
VERDICT: dict[str, Any] = {"type": "object", "properties": {name: {} for name in SCORED}}
DIFFICULTIES = ("easy", "medium", "hard")


class Options:
    concurrency = 4
    fast = False


def reply(
    task: str, language: str = "en", *, shape: Any = None, seed: int = 0, max_tokens: int = 1024, **details: Any
) -> Reply:
    request = Request(
        messages=(Message("user", "a question"),),
        max_tokens=max_tokens,
        shape=Shape("shape", shape) if shape else None,
        brief=Brief(task, "customer_support", language, details),
        seed=seed,
    )
    provider = PROVIDER.connect(Endpoint("offline", "template"), None, Options())
    call = provider.complete(request, "json_schema", 1.0)
    with pytest.raises(StopIteration) as done:  # it answers at once: the first step is the last
        call.send(None)  # pyright: ignore[reportAttributeAccessIssue]
    return done.value.value


def data(task: str, language: str = "en", **rest: Any) -> Any:
    return json.loads(reply(task, language, **rest).text)


def slots(language: str, count: int, start: int = 0) -> list[dict[str, str]]:
    grammar = grammar_for(language)
    tasks, audiences = list(grammar.tasks), grammar.tables["audiences"]
    return [
        {
            "difficulty": DIFFICULTIES[n % 3],
            "task_type": tasks[n % len(tasks)],
            "audience": audiences[n % len(audiences)],
            "style": "",
        }
        for n in range(start, start + count)
    ]


def draft(schema: str, language: str = "en", count: int = 5, **rest: Any) -> dict[str, Any]:
    details = {"topic": "Late parcels", "tone": None, "slots": slots(language, count)} | rest
    shape = {"type": "object", "properties": DRAFTS[schema]}
    return data("draft", language, shape=shape, schema=schema, **details)


def ideas(schema: str, language: str = "en", count: int = 5, **rest: Any) -> list[dict[str, Any]]:
    """The fields of each idea, as the schema makes them of a draft."""
    made = draft(schema, language, count, **rest)
    if schema == "instruction_v1":
        return [{"system_prompt": made["system_prompt"], "instruction": text} for text in made["instructions"]]
    return made["ideas"] if schema == "eval_v1" else [{"prompt": text} for text in made["prompts"]]
