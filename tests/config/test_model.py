from __future__ import annotations

import copy
import math
import pickle
from datetime import date
from typing import Any

import pytest

from hf_synth.config import Constraints, GenerationConfig, ModelConfig, Models, Run
from hf_synth.errors import ConfigError

OFFLINE: dict[str, Any] = {"schema": "instruction_v1", "domain": "gardens", "models": {"generator": "offline"}}
KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0"


def generator(**fields: Any) -> dict[str, Any]:
    return {"models": {"generator": {"provider": "openai", "model": "gpt-4o", **fields}}}


def error_of(**changes: Any) -> str:
    """What one wrong field leads to. `...` leaves a field out."""
    given = {name: value for name, value in {**OFFLINE, **changes}.items() if value is not ...}
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**given)
    return str(caught.value)


WRONG = {
    "an unknown field": ({"shcema": "x"}, "unknown field 'shcema'. Did you mean 'schema'?"),
    "an unknown nested field": (
        {"constraints": {"lang": "en"}},
        "unknown field 'constraints.lang'. Did you mean 'language'?",
    ),
    "an unknown run option": ({"run": {"max_cots": 1}}, "unknown field 'run.max_cots'. Did you mean 'max_cost'?"),
    "an unknown field of source": ({"source": {"pth": "x"}}, "unknown field 'source.pth'. Did you mean 'path'?"),
    "an unknown field far from any": ({"zzz": 1}, "unknown field 'zzz'. Known: schema, domain, count, "),
    "no schema": ({"schema": ...}, "'schema' is required and missing."),
    "no domain": ({"domain": ...}, "'domain' is required and missing."),
    "an empty domain": ({"domain": " \n"}, "domain: it is empty."),
    "a domain that is a number": (
        {"domain": 3},
        "domain: Input should be a valid string, but got 3. Put it in quotes.",
    ),
    "an unknown schema": (
        {"schema": "instruct_v1"},
        "schema: 'instruct_v1' is no schema. Did you mean 'instruction_v1'?",
    ),
    "count 0": ({"count": 0}, "count: Input should be greater than or equal to 1, but got 0."),
    "count below 0": ({"count": -3}, "count: Input should be greater than or equal to 1, but got -3."),
    "a count in quotes": ({"count": "5"}, "count: Input should be a valid integer, but got '5'."),
    "a count that is a truth value": ({"count": True}, "count: Input should be a valid integer, but got True."),
    "a fractional count": ({"count": 1.5}, "count: Input should be a valid integer, but got 1.5."),
    "an unknown tier": ({"models": ..., "tier": "econmy"}, "tier: 'econmy' is no tier. Did you mean 'economy'?"),
    "tier and generator": ({"tier": "economy"}, "tier and models.generator both name the generator: keep one."),
    "a tier without the schema": (
        {"models": ..., "tier": "economy", "schema": "preference_v1"},
        "tier 'economy' does not offer preference_v1. Tiers that do: premium.",
    ),
    "a provider without a model": (
        {"models": {"generator": "openai"}},
        "models.generator: it names no model. Write 'openai:MODEL', or give provider and model.",
    ),
    "an unknown provider": (
        {"models": {"generator": "opnai:gpt-4o"}},
        "models.generator.provider: 'opnai' is no provider. Did you mean 'openai'?",
    ),
    "an empty model": ({"models": {"generator": "openai:"}}, "models.generator.model: it is empty."),
    "an empty provider": ({"models": {"generator": ":gpt"}}, "models.generator.provider: it is empty."),
    "a model that is a number": ({"models": {"generator": 5}}, "models.generator: Input should be a mapping of fields"),
    "an unknown field of a model": (
        generator(api_key=KEY),
        "unknown field 'models.generator.api_key'. Did you mean 'api_key_env'?",
    ),
    "headers": (generator(headers={"Authorization": KEY}), "unknown field 'models.generator.headers'."),
    "a key for the name of a variable": (
        generator(api_key_env=KEY),
        "models.generator.api_key_env: it must be the name of an environment variable, never the key itself.",
    ),
    "a base_url with credentials": (
        generator(base_url=f"https://user:{KEY}@host/v1"),
        "models.generator.base_url: it carries credentials or a query. Name the variable that holds the key in api_key",
    ),
    "a base_url with a query": (generator(base_url=f"https://host/v1?key={KEY}"), "it carries credentials or a query."),
    "a base_url that is no address": (
        generator(base_url="localhost:8000"),
        "models.generator.base_url: 'localhost:8000' is no http(s) address. Use one such as 'http://localhost:8000/v1'.",
    ),
    "a base_url that cannot be read": (
        generator(base_url="http://[::1"),
        "models.generator.base_url: it is no address.",
    ),
    "a parameter that is a list": (
        generator(params={"temperature": [1]}),
        "params.temperature: Input should be a valid string or a valid integer or a valid number",
    ),
    "a parameter that is no number": (generator(params={"temperature": math.nan}), "finite number"),
    "a negative price": (generator(price={"input": -1, "output": 1}), "models.generator.price.input: Input should be"),
    "half a price": (generator(price={"input": 1}), "'models.generator.price.output' is required and missing."),
    "a language by name": (
        {"constraints": {"language": "French"}},
        "constraints.language: 'French' is not a language code. Did you mean 'fr'?",
    ),
    "an unknown language": (
        {"constraints": {"language": "xx"}},
        "constraints.language: 'xx' is not a language code. Use an ISO 639-1 or BCP 47 code such as 'en', 'fr'",
    ),
    "what YAML makes of no": (
        {"constraints": {"language": False}},
        "constraints.language: Input should be a valid string, but got False. Put it in quotes.",
    ),
    "an empty tone": ({"constraints": {"tone": ""}}, "constraints.tone: it is empty."),
    "too few tokens": (
        {"constraints": {"max_tokens": 49}},
        "constraints.max_tokens: Input should be greater than or equal to 50, but got 49.",
    ),
    "too many tokens": (
        {"constraints": {"max_tokens": 4001}},
        "constraints.max_tokens: Input should be less than or equal to 4000, but got 4001.",
    ),
    "an empty outline": ({"outline": []}, "outline.topics: List should have at least 1 item"),
    "an empty topic": ({"outline": ["soil", " "]}, "outline.topics.1: it is empty."),
    "an example that is no mapping": ({"examples": ["x"]}, "examples.0: Input should be a valid dictionary"),
    "an example with a date": (
        {"examples": [{"when": date(2026, 1, 2)}]},
        "examples.0.when: input was not a valid JSON value",
    ),
    "an example with NaN": (
        {"examples": [{"x": math.nan}]},
        "examples.0.x: Input should be a finite number, but got nan.",
    ),
    "half a character": ({"examples": [{"x": ["\ud800"]}]}, "examples.0.x.0: it is not text: half of a surrogate pair"),
    "an unknown view": ({"view": "tlr"}, "view: Input should be 'native' or 'trl', but got 'tlr'."),
    "an unknown mode": ({"run": {"mode": "btach"}}, "run.mode: Input should be 'live' or 'batch', but got 'btach'."),
    "a cap of nothing": ({"run": {"max_cost": 0}}, "run.max_cost: Input should be greater than 0, but got 0."),
    "an endless cap": ({"run": {"max_cost": math.inf}}, "run.max_cost: Input should be a finite number, but got inf."),
    "no concurrency": (
        {"run": {"concurrency": 0}},
        "run.concurrency: Input should be greater than or equal to 1, but got 0.",
    ),
    "an unknown check": (
        {"quality": {"refusl": False}},
        "quality: 'refusl' is neither a threshold nor a check. Did you mean 'refusal'?",
    ),
    "a switch that is a word": (
        {"quality": {"refusal": "no"}},
        "quality: 'refusal' switches a check: true, false, 'drop' or 'flag', not 'no'.",
    ),
    "a similarity of 0": (
        {"quality": {"duplicate_similarity": 0}},
        "quality.duplicate_similarity: Input should be greater than 0, but got 0.",
    ),
    "a threshold in quotes": (
        {"quality": {"min_margin": "2"}},
        "quality.min_margin: Input should be a valid number, but got '2'.",
    ),
    "one candidate": (
        {"quality": {"candidates": 1}},
        "quality.candidates: Input should be greater than or equal to 2, but got 1.",
    ),
    "no splits": ({"splits": {}}, "splits is empty. Leave it out for one split called 'train'."),
    "a share in words": (
        {"splits": {"train": "all"}},
        "splits.train: Input should be a valid integer or a valid number, but got 'all'.",
    ),
    "a share that is a truth value": ({"splits": {"train": True}}, "splits.train: Input should be a valid integer"),
    "nothing": ({"guidance": None}, "guidance: Input should be a valid string, but got None."),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_is_one_clear_error(changes, told):
    text = error_of(**changes)
    assert told in text
    assert text.startswith("Config: ")
    assert text.count("Input should be") <= 1
    assert KEY not in text


def test_nobody_who_writes_is_an_error_that_names_tier_generator_and_offline():
    text = error_of(models=...)
    assert "Set tier (economy, standard, premium)" in text
    assert "models.generator ('openai:gpt-4o', say)" in text
    assert "models.generator = 'offline'" in text


@pytest.mark.oldest
@pytest.mark.parametrize("name", ["schema", "domain"])
def test_schema_and_domain_have_no_default(name):
    assert error_of(**{name: ...}) == f"Config: '{name}' is required and missing."


def test_several_mistakes_are_told_together():
    text = error_of(count=0, view="x", domian="y")
    assert "count: " in text
    assert "view: " in text
    assert "unknown field 'domian'. Did you mean 'domain'?" in text


def test_a_config_error_is_a_value_error_without_the_pydantic_one_behind_it():
    with pytest.raises(ValueError, match="count") as caught:
        GenerationConfig(**{**OFFLINE, "count": 0})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_defaults_are_those_of_the_surface():
    config = GenerationConfig(**OFFLINE)
    assert (config.count, config.splits, config.seed, config.view) == (100, {"train": 1.0}, 0, "native")
    assert config.constraints == Constraints(language="en", tone=None, difficulty=None, max_tokens=1024)
    quality = config.quality
    assert (quality.duplicate_similarity, quality.min_margin, quality.min_rejected_score) == (0.7, 1.0, 0.5)
    assert (quality.candidates, quality.max_repairs) == (2, 2)
    assert (config.license, config.guidance, config.run.mode, config.run.executor) == (None, "", "live", "local")


@pytest.mark.parametrize("max_tokens", [50, 4000])
def test_the_bounds_of_max_tokens_are_allowed(max_tokens):
    assert GenerationConfig(**OFFLINE, constraints={"max_tokens": max_tokens}).constraints.max_tokens == max_tokens


@pytest.mark.parametrize(
    ("short", "provider", "model"),
    [
        ("offline", "offline", "template"),
        ("offline:template", "offline", "template"),
        ("openai:gpt-4o", "openai", "gpt-4o"),
        ("hf:org/model:fastest", "hf", "org/model:fastest"),
        (" openai : gpt-4o ", "openai", "gpt-4o"),
    ],
)
def test_a_short_string_names_provider_and_model(short, provider, model):
    config = GenerationConfig(**{**OFFLINE, "models": {"generator": short}})
    assert (config.generator.provider, config.generator.model) == (provider, model)


@pytest.mark.parametrize(
    ("tier", "provider", "model"),
    [
        ("economy", "openai", "gpt-4o-mini"),
        ("standard", "openai", "gpt-4o"),
        ("premium", "anthropic", "claude-sonnet-4-6"),
    ],
)
def test_a_tier_names_a_model(tier, provider, model):
    config = GenerationConfig(schema="eval_v1", domain="x", tier=tier)
    assert (config.generator.provider, config.generator.model) == (provider, model)
    assert config.critic == config.generator


def test_the_critic_is_the_generator_unless_named():
    config = GenerationConfig(
        schema="preference_v1",
        domain="x",
        models={"generator": "openai:gpt-4o", "critic": "anthropic:claude-sonnet-4-6"},
    )
    assert config.critic.provider == "anthropic"
    assert config.generator.provider == "openai"


@pytest.mark.parametrize(("count", "most"), [(1, 51), (50, 100), (51, 102), (1000, 2000)])
def test_candidates_are_limited_to_twice_the_count_or_fifty_more(count, most):
    assert GenerationConfig(**OFFLINE, count=count).max_candidates == most


def test_a_limit_of_candidates_can_be_given():
    assert GenerationConfig(**OFFLINE, run={"max_candidates": 700}).max_candidates == 700


def test_a_trailing_slash_of_a_base_url_means_nothing():
    assert (
        ModelConfig(provider="openai", model="m", base_url="http://localhost:1/v1/").base_url == "http://localhost:1/v1"
    )


def test_a_config_cannot_be_changed():
    config = GenerationConfig(**OFFLINE)
    for holder, name in (
        (config, "count"),
        (config.constraints, "tone"),
        (config.run, "max_cost"),
        (config.quality, "candidates"),
    ):
        with pytest.raises(ValueError, match="frozen"):
            setattr(holder, name, 3)


def test_a_config_survives_pickle_and_copy():
    config = GenerationConfig(**OFFLINE, quality={"refusal": False}, examples=[{"a": [1, None, {"b": 1.5}]}])
    assert pickle.loads(pickle.dumps(config)) == config == copy.deepcopy(config)


def test_parts_may_be_objects():
    made = GenerationConfig(
        schema="instruction_v1",
        domain="gardens",
        models=Models(generator=ModelConfig(provider="offline")),
        run=Run(max_cost=2.0, concurrency=3),
    )
    assert made == GenerationConfig(**OFFLINE, run={"max_cost": 2.0, "concurrency": 3})
