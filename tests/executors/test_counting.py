from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain
from typing import Any

import pytest

from generating import WHOLE
from hf_synth.config import GenerationConfig
from hf_synth.executors.counting import Sample, sample_requests
from hf_synth.executors.standin import Asked
from hf_synth.registry import resolve


def sample(schema: str, *, worst: bool = False, **fields: Any) -> Sample:
    config = GenerationConfig(**{"schema": schema, "domain": "gardens", "models": {"generator": "offline"}, **fields})
    return asyncio.run(sample_requests(resolve(config, {}), worst=worst))


def tasks(*groups: list[Asked]) -> Counter[tuple[str, str]]:
    return Counter((asked.role, asked.task) for asked in chain(*groups))


def size(asked: Asked) -> int:
    return sum(len(message.content.encode()) for message in asked.request.messages)


@pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
@pytest.mark.parametrize("worst", [True, False])
def test_a_sample_is_two_outlines_and_a_few_whole_cells(schema, worst):
    made = sample(schema, worst=worst)
    asked = 2 if worst else 1  # where a topic is missing it is asked for once more
    assert tasks(made.outline) == tasks(made.wider) == {("generator", "outline"): asked}
    looks_at = "critic" if schema == "preference_v1" else "generator"
    assert tasks(made.classified) == {(looks_at, "classify"): 1}
    assert tasks(*made.drafts) == {("generator", "draft"): len(made.drafts)}
    assert len(made.completions) == 5 * len(made.drafts)


def test_completions_are_the_calls_the_schema_makes():
    for idea in sample("instruction_v1").completions:
        assert tasks(idea) == {("generator", "respond"): 1}
    for idea in sample("preference_v1").completions:
        assert tasks(idea) == {("generator", "respond"): 2, ("critic", "judge"): 2}


def test_the_worst_case_walks_the_longest_way():
    for idea in sample("preference_v1", worst=True, quality={"max_repairs": 2}).completions:
        assert tasks(idea) == {("generator", "respond"): 4, ("critic", "judge"): 12}


def test_in_the_worst_case_later_prompts_quote_texts_as_long_as_their_limits_allow():
    made = sample("preference_v1", worst=True, quality={"max_repairs": 1}, constraints={"max_tokens": 700})
    ideas = 2 * 1500 // 5  # the draft was cut once, and asked again with twice the limit
    for idea in made.completions:
        for asked in idea:
            assert size(asked) >= ideas + (2 * 700 if asked.task == "judge" else 0)
    usual = sample("preference_v1", constraints={"max_tokens": 4000})
    assert max(size(asked) for asked in chain(*usual.completions)) < 4000


def test_to_another_model_a_text_may_be_more_tokens_than_to_the_one_that_wrote_it():
    same = sample("preference_v1", worst=True)
    other = sample("preference_v1", worst=True, models={"generator": "openai:gpt-4o", "critic": "anthropic:claude"})
    most = [max(size(asked) for asked in chain(*made.completions) if asked.task == "judge") for made in (same, other)]
    assert most[1] > 1.5 * most[0]


def test_a_prompt_for_further_topics_names_as_many_as_it_ever_does():
    made = sample("eval_v1")
    assert made.wider[0].request.messages[1].content.count("\n- ") == 100


def test_prompts_are_those_of_the_run():
    made = sample("instruction_v1", guidance="Mention bees.", constraints={"max_tokens": 77})
    assert all("Mention bees." in asked.request.messages[0].content for asked in chain(*made.drafts))
    assert {asked.request.max_tokens for asked in chain(*made.completions)} == {77}


def test_a_whole_outline_of_the_user_needs_no_call_and_the_longest_of_it_counts_at_worst():
    outline = WHOLE | {"topics": ["soil", "light", "water" * 100], "styles": ["short", "long " * 50]}
    made = sample("eval_v1", outline=outline, worst=True)
    assert (made.outline, made.wider) == ([], [])
    for asked in chain(*made.drafts):
        assert "water" * 100 in asked.request.messages[1].content
        assert "long " * 49 in asked.request.messages[1].content


def test_topics_of_the_user_leave_one_call_for_the_other_parts():
    made = sample("eval_v1", outline=["soil", "light"])
    (asked,) = made.outline
    assert asked.request.shape is not None
    assert "topics" not in asked.request.shape.schema["properties"]
    assert made.wider == []


def test_a_hard_dataset_deepens_every_draft_once():
    made = sample("instruction_v1", constraints={"difficulty": "hard"}, worst=True)
    assert all(tasks(draft) == {("generator", "draft"): 1, ("generator", "deepen"): 1} for draft in made.drafts)


def test_at_worst_an_item_is_answered_compared_and_answered_again():
    made = sample("eval_v1", worst=True, quality={"repeated_answers": 3})
    assert {"answer": 4, "compare": 1} in [dict(Counter(one.task for one in idea)) for idea in made.completions]


@pytest.mark.parametrize("worst", [True, False])
@pytest.mark.parametrize("language", ["en", "de", "ja", "sw"])
def test_a_language_without_templates_is_counted_as_well(language, worst):
    made = sample("instruction_v1", constraints={"language": language}, worst=worst)
    assert all(tasks(idea) for idea in made.completions)
    assert len(made.completions) > 0
