from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import Constraints, GenerationConfig, ModelConfig, Models, Run, read_config
from hf_synth.errors import ConfigError

BASE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 7,
    "models": {"generator": {"provider": "openai", "model": "gpt-4o", "params": {"temperature": 0.5}}},
    "constraints": {"language": "de", "tone": "formal"},
    "splits": {"train": 0.5, "test": 0.5},
}


def written(folder: Path, text: str, name: str = "recipe.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_all_forms_give_the_same_config(tmp_path):
    as_yaml = written(tmp_path, yaml.safe_dump(BASE))
    as_json = written(tmp_path, json.dumps(BASE), "recipe.json")
    made = GenerationConfig(**BASE)
    for form in (made, BASE, as_yaml, str(as_yaml), as_json):
        assert read_config(form) == made
    assert read_config(**BASE) == made


def test_a_config_without_overrides_is_handed_back_as_it_is():
    made = GenerationConfig(**BASE)
    assert read_config(made) is made


@pytest.mark.parametrize("form", [dict, lambda base: GenerationConfig(**base)])
def test_nested_mappings_are_merged_field_by_field(form):
    config = read_config(form(BASE), constraints={"tone": "casual"}, count=9, run={"concurrency": 2})
    assert config.constraints == Constraints(language="de", tone="casual")
    assert config.count == 9
    assert config.run.concurrency == 2
    assert config.generator.params == {"temperature": 0.5}


def test_a_nested_override_keeps_what_it_does_not_name():
    config = read_config(BASE, models={"generator": {"params": {"top_p": 0.9}}})
    assert config.generator.params == {"temperature": 0.5, "top_p": 0.9}
    assert config.generator.model == "gpt-4o"


def test_overrides_may_be_objects_and_only_what_they_set_counts():
    config = read_config(BASE, constraints=Constraints(max_tokens=200), run=Run(timeout=5.0))
    assert config.constraints == Constraints(language="de", tone="formal", max_tokens=200)
    assert config.run.timeout == 5.0


def test_a_model_object_replaces_the_model():
    config = read_config(BASE, models=Models(critic=None, generator=ModelConfig(provider="anthropic", model="c")))
    assert config.generator.provider == "anthropic"


def test_splits_are_replaced_whole():
    assert read_config(BASE, splits={"train": 1.0}).splits == {"train": 1.0}


def test_a_short_model_string_replaces_a_long_one():
    assert read_config(BASE, models={"generator": "offline"}).generator == ModelConfig(provider="offline")


@given(st.dictionaries(st.sampled_from(["tone", "difficulty"]), st.sampled_from(["a", "b"])), st.integers(2, 9))
def test_merging_is_reading_the_merged_mapping(constraints, count):
    merged = {**BASE, "count": count, "constraints": {**BASE["constraints"], **constraints}}
    assert read_config(BASE, count=count, constraints=constraints) == read_config(merged)


def test_the_given_mapping_is_not_changed():
    before = json.dumps(BASE)
    read_config(BASE, constraints={"tone": "x"}, models={"generator": {"params": {"top_p": 1}}})
    assert json.dumps(BASE) == before


def test_a_home_folder_is_looked_up(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path, yaml.safe_dump(BASE))
    assert read_config("~/recipe.yaml").count == 7


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("a: [1", "r.yaml", "cannot be parsed"),
        ('{"a": }', "r.json", "cannot be parsed: Expecting value, line 1, column 7"),
        ("- a\n- b\n", "r.yaml", "must hold fields such as 'schema: instruction_v1'"),
        ("", "r.yaml", "must hold fields"),
        ("a: \x00", "r.yaml", "cannot be parsed"),
        ("!!python/object/apply:os.system ['exit 1']", "r.yaml", "cannot be parsed"),
    ],
)
def test_a_recipe_that_is_none_is_an_error_that_names_it(tmp_path, text, name, told):
    path = written(tmp_path, text, name)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)


def test_a_recipe_that_cannot_be_parsed_does_not_show_its_lines(tmp_path):
    key = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
    path = written(tmp_path, f'schema: x\nkey: "{key}\nnext: [\n')
    with pytest.raises(ConfigError, match="line 4") as caught:
        read_config(path)
    assert key not in str(caught.value)


def test_a_recipe_that_is_not_there_or_not_text_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"Cannot read the recipe .*absent.yaml.*: No such file"):
        read_config(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="Cannot read the recipe"):
        read_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("domain: Gärten".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_config(tmp_path / "latin.yaml")


def test_the_norway_problem_is_told_with_its_remedy(tmp_path):
    path = written(tmp_path, "schema: instruction_v1\ndomain: x\ntier: economy\nconstraints: {language: no}\n")
    with pytest.raises(ConfigError, match=r"but got False\. Put it in quotes"):
        read_config(path)


def test_an_override_that_is_unknown_is_told_with_the_near_miss():
    with pytest.raises(ConfigError, match=r"unknown field 'cuont'\. Did you mean 'count'"):
        read_config(BASE, cuont=3)


def test_parts_of_an_outline_join_a_list_of_topics():
    base = {"schema": "eval_v1", "domain": "x", "models": {"generator": "offline"}, "outline": ["soil", "light"]}
    made = read_config(base, outline={"audiences": ["a gardener"]})
    assert made.outline is not None
    assert (made.outline.topics, made.outline.audiences) == (["soil", "light"], ["a gardener"])
