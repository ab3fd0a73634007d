from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from hf_synth.cli.options import build_config, config_options
from hf_synth.config import GenerationConfig
from hf_synth.errors import ConfigError

RECIPE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 7,
    "seed": 3,
    "models": {"generator": {"provider": "openai", "model": "gpt-4o", "params": {"temperature": 0.5}}},
    "constraints": {"language": "de", "tone": "formal"},
    "run": {"concurrency": 5},
}


def built(folder: Path, recipe: Any, *flags: str) -> GenerationConfig:
    """The config of a recipe (`None` for no recipe) with flags, through click."""
    made: list[GenerationConfig] = []

    @click.command()
    @config_options
    def command(recipe: Path | None, cache_dir: Path | None, as_json: bool, **flags: Any) -> None:
        made.append(build_config(recipe, flags))

    place = []
    if recipe is not None:
        (folder / "recipe.json").write_text(json.dumps(recipe), "utf-8")
        place = [str(folder / "recipe.json")]
    done = CliRunner().invoke(command, [*place, *flags])
    if done.exception is not None:
        raise done.exception
    return made[0]


def test_without_flags_it_is_the_recipe(tmp_path):
    assert built(tmp_path, RECIPE) == GenerationConfig(**RECIPE)


@pytest.mark.parametrize(
    ("flags", "change"),
    [
        (("--schema", "eval_v1"), {"schema": "eval_v1"}),
        (("--domain", "parks"), {"domain": "parks"}),
        (("--count", "9"), {"count": 9}),
        (("--seed", "0"), {"seed": 0}),
        (("--language", "fr"), {"constraints": {"language": "fr", "tone": "formal"}}),
        (("--tone", "casual"), {"constraints": {"language": "de", "tone": "casual"}}),
        (("--difficulty", "hard"), {"constraints": {"language": "de", "tone": "formal", "difficulty": "hard"}}),
        (("--max-tokens", "99"), {"constraints": {"language": "de", "tone": "formal", "max_tokens": 99}}),
        (("--max-cost", "2.5"), {"run": {"concurrency": 5, "max_cost": 2.5}}),
        (("--concurrency", "2"), {"run": {"concurrency": 2}}),
        (("--generator", "offline"), {"models": {"generator": "offline"}}),
        (("--generator", "hf:org/m:fast"), {"models": {"generator": "hf:org/m:fast"}}),
        (("--tier", "premium"), {"models": {}, "tier": "premium"}),
        (("--critic", "offline"), {"models": {**RECIPE["models"], "critic": "offline"}}),
        (
            ("--base-url", "http://localhost:1/v1"),
            {"models": {"generator": {**RECIPE["models"]["generator"], "base_url": "http://localhost:1/v1"}}},
        ),
        (
            ("--api-key-env", "MY_KEY"),
            {"models": {"generator": {**RECIPE["models"]["generator"], "api_key_env": "MY_KEY"}}},
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_flag_overrides_the_recipe_and_leaves_the_rest(tmp_path, flags, change):
    assert built(tmp_path, RECIPE, *flags) == GenerationConfig(**{**RECIPE, **change})


def test_flags_alone_are_a_config(tmp_path):
    flags = ["--schema", "preference_v1", "--domain", "x", "--generator", "openai:a", "--critic", "anthropic:b"]
    assert built(tmp_path, None, *flags, "--base-url", "http://localhost:1/v1") == GenerationConfig(
        schema="preference_v1",
        domain="x",
        models={
            "generator": {"provider": "openai", "model": "a", "base_url": "http://localhost:1/v1"},
            "critic": "anthropic:b",
        },
    )


@pytest.mark.parametrize(
    ("recipe", "flags", "tier", "generator"),
    [
        ({"tier": "economy"}, ("--generator", "offline"), None, "offline"),
        ({"tier": "economy"}, ("--tier", "standard"), "standard", "openai"),
        ({"models": {"generator": "offline"}}, ("--tier", "standard"), "standard", "openai"),
        ({"models": None}, ("--generator", "offline"), None, "offline"),
    ],
)
def test_a_flag_that_names_the_writer_replaces_what_the_recipe_names(tmp_path, recipe, flags, tier, generator):
    config = built(tmp_path, {"schema": "instruction_v1", "domain": "x", **recipe}, *flags)
    assert (config.tier, config.generator.provider) == (tier, generator)


def test_the_address_of_another_generator_is_not_kept_but_the_critic_is(tmp_path):
    recipe = {
        "schema": "preference_v1",
        "domain": "x",
        "models": {"generator": {"provider": "openai", "model": "a", "base_url": "http://h/v1"}, "critic": "openai:c"},
    }
    config = built(tmp_path, recipe, "--generator", "anthropic:b")
    assert (config.generator.model, config.generator.base_url, config.critic.model) == ("b", None, "c")


def test_a_base_url_joins_a_short_model_string_of_the_recipe(tmp_path):
    config = built(tmp_path, {**RECIPE, "models": {"generator": "openai:m"}}, "--base-url", "http://localhost:1/v1")
    assert (config.generator.model, config.generator.base_url) == ("m", "http://localhost:1/v1")


@pytest.mark.parametrize(
    ("recipe", "flags", "told"),
    [
        (RECIPE, ("--tier", "standard", "--generator", "offline"), "tier and models.generator both name the generator"),
        (RECIPE, ("--tier", "econmy"), "Did you mean 'economy'"),
        (RECIPE, ("--generator", "openai"), "Write 'openai:MODEL'"),
        (RECIPE, ("--generator", "openai:"), "models.generator.model: it is empty"),
        (RECIPE, ("--count", "0"), "count: Input should be greater than or equal to 1"),
        (RECIPE, ("--language", "French"), "Did you mean 'fr'"),
        (RECIPE, ("--max-cost", "0"), "run.max_cost: Input should be greater than 0"),
        (RECIPE, ("--max-cost", "nan"), "run.max_cost: Input should be a finite number"),
        (RECIPE | {"models": "offline"}, ("--generator", "offline"), None),
        (RECIPE | {"models": ["offline"]}, (), "models: Input should be a mapping of fields"),
        (None, (), "'schema' is required and missing"),
        (None, ("--schema", "eval_v1", "--domain", "x"), "Set tier (economy, standard, premium) or models.generator"),
    ],
)
def test_what_does_not_fit_is_one_clear_error(tmp_path, recipe, flags, told):
    if told is None:  # the flag replaces what was wrong
        assert built(tmp_path, recipe, *flags).generator.provider == "offline"
        return
    with pytest.raises(ConfigError) as caught:
        built(tmp_path, recipe, *flags)
    assert told in str(caught.value)
