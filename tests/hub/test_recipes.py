from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import GenerationConfig
from hf_synth.errors import ConfigError
from hf_synth.hub.recipes import is_hub_name, read_shared, recipe_text, shareable, sources_in

BASE: dict[str, Any] = {"schema": "instruction_v1", "domain": "gardens", "models": {"generator": "offline"}}
FULL: dict[str, Any] = {
    "schema": "preference_v1",
    "domain": "gardens",
    "count": 50,
    "models": {
        "generator": {"provider": "openai", "model": "m", "base_url": "http://10.0.0.1/v1", "params": {"top_p": 0.5}},
        "critic": {"provider": "anthropic", "model": "n", "api_key_env": "MY_KEY", "price": {"input": 1, "output": 2}},
    },
    "constraints": {"language": "fr", "tone": "formal", "max_tokens": 200},
    "guidance": "Be kind.",
    "outline": {"topics": ["soil"], "criteria": ["plants live"]},
    "examples": [{"prompt": "How?", "chosen": "So.", "rejected": "No."}],
    "splits": {"train": 0.5, "test": 0.5},
    "seed": 7,
    "quality": {"min_margin": 2.0, "pii": "drop", "decontaminate": ["user/bench", "private.jsonl"]},
    "view": "trl",
    "license": "cc-by-4.0",
    "run": {"max_cost": 3.0, "push_to": "user/repo"},
}


def test_what_decides_the_rows_travels_and_the_rest_is_named():
    kept, left = shareable(FULL)
    assert kept["models"] == {"generator": "openai:m", "critic": "anthropic:n"}
    assert kept["quality"] == {"min_margin": 2.0, "pii": "drop", "decontaminate": [{"path": "user/bench"}]}
    for name in ("schema", "domain", "count", "constraints", "guidance", "outline", "examples", "splits", "seed"):
        assert kept[name] == FULL[name]
    assert set(left) == {
        "models.generator.base_url",
        "models.generator.params",
        "models.critic.api_key_env",
        "models.critic.price",
        "quality.decontaminate.1",
        "run",
    }


def test_the_text_reads_back_as_what_was_kept():
    config = GenerationConfig(**FULL)
    text, left = recipe_text(config)
    assert text is not None
    assert "10.0.0.1" not in text
    assert "Left out" in text
    kept, none_left = read_shared(text, "recipe.yaml")
    assert not none_left
    assert left
    assert GenerationConfig(**kept).constraints == config.constraints


def test_nothing_is_said_to_be_left_out_where_nothing_is():
    text, left = recipe_text(GenerationConfig(**BASE))
    assert not left
    assert text is not None
    assert "Left out" not in text


_CONTENT = ("schema", "domain", "count", "tier", "models", "constraints", "guidance", "outline", "examples")
_CONTENT += ("source", "splits", "seed", "quality", "view", "license")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from([*_CONTENT, "run", "params", "base_url", "api_key_env", "generator", "provider", "path"])


@given(
    st.dictionaries(_NAMES | st.text(max_size=8), _VALUES | st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=8)
)
def test_whatever_a_stranger_writes_only_content_is_taken(recipe):
    kept, _ = shareable(recipe)
    assert set(kept) <= set(_CONTENT)
    for model in kept.get("models", {}).values():
        assert isinstance(model, str)
    said = yaml.safe_dump({name: kept.get(name) for name in ("models", "constraints", "source", "quality")})
    for forbidden in ("base_url", "api_key_env", "params", "data_files"):
        assert f"{forbidden}:" not in said


@pytest.mark.parametrize("name", ["user/notes", "a/b.c", "A-1/b_2"])
def test_a_dataset_of_the_hub_is_known_by_its_form(name):
    assert is_hub_name(name)


@pytest.mark.parametrize(
    "name", ["notes", "/etc/passwd", "../a/b", "a/b/c", "~/notes", "a/..", "", None, "s3://a/b", "./a"]
)
def test_anything_else_is_no_dataset_of_the_hub(name):
    assert not is_hub_name(name)


def test_sources_are_listed_wherever_they_stand():
    kept, _ = shareable({**BASE, "source": "user/notes", "quality": {"decontaminate": "user/bench"}})
    assert [*sources_in(kept)] == ["user/notes", "user/bench"]


@pytest.mark.parametrize("source", ["docs", {"path": "user/a", "data_files": "x"}, ["user/a"], {"data_files": "x"}])
def test_a_recipe_whose_source_would_be_left_out_is_refused(source):
    with pytest.raises(ConfigError, match="source"):
        read_shared(yaml.safe_dump({**BASE, "source": source}), "recipe.yaml")


def test_yaml_that_multiplies_itself_is_refused():
    bomb = "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    with pytest.raises(ConfigError, match="aliases"):
        read_shared(bomb, "recipe.yaml")
    with pytest.raises(ConfigError, match="nested too deeply"):
        read_shared("[" * 100_000, "recipe.json")
