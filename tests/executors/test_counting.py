from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.executors.counting import Sample, sample_requests
from hf_synth.registry import resolve


def sample(schema: str, *, doubtful: bool = False, **fields: Any) -> Sample:
    config = GenerationConfig(schema=schema, domain="gardens", models={"generator": "offline"}, **fields)
    return asyncio.run(sample_requests(resolve(config, {}), doubtful=doubtful))


def tasks(counted: list[Any]) -> Counter[tuple[str, str]]:
    return Counter((asked.role, asked.task) for asked in counted)


@pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
def test_a_sample_is_one_outline_and_a_few_whole_cells(schema):
    made = sample(schema)
    assert tasks(made.outline) == {("generator", "outline"): 1}
    assert tasks(made.drafts) == {("generator", "draft"): made.cells}
    assert made.ideas == 5 * made.cells


def test_completions_are_the_calls_the_schema_makes():
    ideas = sample("instruction_v1").ideas
    assert tasks(sample("instruction_v1").completions) == {("generator", "respond"): ideas}
    assert tasks(sample("preference_v1").completions) == {
        ("generator", "respond"): 2 * ideas,
        ("critic", "judge"): 2 * ideas,
    }


def test_doubt_walks_the_longest_way():
    made = sample("preference_v1", doubtful=True, quality={"max_repairs": 2})
    assert tasks(made.completions) == {
        ("generator", "respond"): 4 * made.ideas,
        ("critic", "judge"): 12 * made.ideas,
    }


def test_prompts_are_those_of_the_run():
    made = sample("instruction_v1", guidance="Mention bees.", constraints={"max_tokens": 77})
    assert all("Mention bees." in asked.request.messages[0].content for asked in made.drafts)
    assert {asked.request.max_tokens for asked in made.completions} == {77}


def test_given_topics_need_no_outline():
    assert sample("eval_v1", outline=["soil", "light"]).outline == []


@pytest.mark.parametrize("language", ["en", "de", "ja", "sw"])
def test_a_language_without_templates_is_counted_as_well(language):
    made = sample("instruction_v1", constraints={"language": language})
    assert len(made.completions) == made.ideas > 0
