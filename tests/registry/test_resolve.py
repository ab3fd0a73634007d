from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import GenerationConfig, read_config
from hf_synth.errors import ConfigError
from hf_synth.registry import Resolved, resolve

OPENAI = {"provider": "openai", "model": "gpt-4o-mini"}
BASE: dict[str, Any] = {"schema": "instruction_v1", "domain": "gardens", "count": 20, "models": {"generator": OPENAI}}
PREFERENCE = {**BASE, "schema": "preference_v1"}


def resolved(config: Any = None, env: dict[str, str] | None = None, **changes: Any) -> Resolved:
    return resolve(read_config(config or BASE, **changes), env or {})


def journal(*args: Any, **changes: Any) -> str:
    return resolved(*args, **changes).identities.journal


def dataset(*args: Any, **changes: Any) -> str:
    return resolved(*args, **changes).identities.dataset


def generator(**fields: Any) -> dict[str, Any]:
    return {"models": {"generator": {**OPENAI, **fields}}}


class TestIdentities:
    def test_every_form_of_a_config_has_the_same_identities(self, tmp_path: Path):
        as_yaml, as_json = tmp_path / "recipe.yaml", tmp_path / "recipe.json"
        as_yaml.write_text(yaml.safe_dump(BASE), "utf-8")
        as_json.write_text(json.dumps(BASE), "utf-8")
        forms = [BASE, GenerationConfig(**BASE), as_yaml, as_json]
        forms.append({**BASE, "models": {"generator": "openai:gpt-4o-mini"}})
        assert len({resolve(read_config(form), {}).identities for form in forms}) == 1
        assert resolve(read_config(**BASE), {}).identities == resolved().identities

    def test_both_are_64_hexadecimal_digits_and_differ(self):
        ids = resolved().identities
        assert len(ids.journal) == len(ids.dataset) == 64
        assert int(ids.journal, 16) != int(ids.dataset, 16)

    @given(st.integers(), st.integers())
    def test_another_seed_is_another_dataset(self, one: int, other: int):
        assert (journal(seed=one) == journal(seed=other)) == (one == other)

    @pytest.mark.parametrize(
        "change",
        [
            {"domain": "parks"},
            {"guidance": "Be brief."},
            {"outline": ["soil"]},
            {"examples": [{"a": 1}]},
            {"constraints": {"language": "de"}},
            {"constraints": {"tone": "formal"}},
            {"constraints": {"difficulty": "easy"}},
            {"constraints": {"max_tokens": 1023}},
            {"schema": "eval_v1"},
            {"models": {"generator": "openai:gpt-4o"}},
            {"models": {"generator": "hf:gpt-4o-mini"}},
            generator(base_url="http://localhost:1/v1"),
            generator(params={"temperature": 0.3}),
        ],
    )
    def test_what_changes_an_answer_changes_both(self, change: dict[str, Any]):
        assert journal(BASE | change) != journal()
        assert dataset(BASE | change) != dataset()

    @pytest.mark.parametrize(
        "change",
        [
            {"count": 21},
            {"splits": {"train": 0.9, "test": 0.1}},
            {"quality": {"duplicate_similarity": 0.8}},
            {"quality": {"refusal": False}},
            {"view": "trl"},
        ],
    )
    def test_what_is_made_of_the_answers_changes_the_rows_alone(self, change: dict[str, Any]):
        assert journal(**change) == journal()
        assert dataset(**change) != dataset()

    @pytest.mark.parametrize(
        "change",
        [
            {"run": {"max_cost": 1.0, "concurrency": 1, "timeout": 3.0, "requests_per_minute": 5}},
            {"run": {"max_candidates": 40, "tokens_per_minute": 9, "poll_seconds": 1.0}},
            {"license": "apache-2.0"},
            generator(price={"input": 1, "output": 2}),
            generator(api_key_env="MY_KEY"),
            {"splits": {"train": 20}},
            {"splits": {"train": 1}},
            {"quality": {"min_margin": 1, "refusal": True}},
            {"constraints": {"language": "EN", "max_tokens": 1024}},
            {"guidance": ""},
        ],
    )
    def test_how_it_is_done_and_naming_a_default_change_neither(self, change: dict[str, Any]):
        assert resolved(**change).identities == resolved().identities

    def test_the_name_of_a_tier_is_part_of_neither(self):
        named = {name: value for name, value in BASE.items() if name != "models"}
        assert resolve(read_config(named, tier="economy"), {}).identities == resolved().identities

    def test_the_default_critic_is_the_generator_named(self):
        named = {**PREFERENCE, "models": {"generator": OPENAI, "critic": OPENAI}}
        other = {**PREFERENCE, "models": {"generator": OPENAI, "critic": "openai:gpt-4o"}}
        assert resolved(named).identities == resolved(PREFERENCE).identities
        assert journal(other) != journal(PREFERENCE)

    def test_answers_of_another_server_are_never_taken_for_the_providers_own(self):
        own = resolved(env={"OPENAI_BASE_URL": "https://api.openai.com/v1/"})
        elsewhere = resolved(env={"OPENAI_BASE_URL": "http://localhost:1/v1"})
        assert own.identities == resolved().identities
        assert elsewhere.identities.journal != resolved().identities.journal
        configured = resolved(**generator(base_url="http://localhost:1/v1"))
        assert configured.identities == elsewhere.identities

    def test_whole_numbers_and_fractions_are_one_temperature(self):
        assert journal(**generator(params={"temperature": 1})) == journal(**generator(params={"temperature": 1.0}))
        assert resolved(**generator(params={"temperature": 1, "seed": 3})).endpoints["generator"].params == {
            "seed": 3,
            "temperature": 1.0,
        }

    @given(st.text("aeiouéÅñ가́̈ ", min_size=1).filter(str.strip))
    def test_composed_and_decomposed_texts_are_one(self, text: str):
        forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
        assert len({resolved(domain=form, outline=[form]).identities for form in forms}) == 1

    def test_identities_stay_what_they_are(self):
        """They name what users paid for: a change here throws it away."""
        assert set(resolved().identity) == {
            "schema", "prompts", "domain", "models", "constraints", "guidance", "outline", "examples", "seed",
        }  # fmt: skip
        assert resolved().identity["models"] == {
            "generator": {
                "provider": "openai", "model": "gpt-4o-mini", "base_url": "https://api.openai.com/v1", "params": {},
            }
        }  # fmt: skip


class TestEndpoints:
    def test_a_critic_is_asked_only_where_the_schema_has_one(self):
        assert list(resolved().endpoints) == ["generator"]
        assert list(resolved(PREFERENCE).endpoints) == ["generator", "critic"]

    @pytest.mark.parametrize("schema", ["instruction_v1", "eval_v1"])
    def test_a_critic_for_a_schema_without_one_is_an_error(self, schema: str):
        with pytest.raises(ConfigError, match=f"models.critic is set, but {schema} has no critic: drop it"):
            resolved(schema=schema, models={"critic": "openai:gpt-4o"})

    @pytest.mark.parametrize("schema", ["instruction_v1", "eval_v1"])
    def test_a_rubric_for_a_schema_without_a_critic_is_an_error(self, schema: str):
        with pytest.raises(ConfigError, match=f"quality.rubric is set, but {schema} has no critic: drop it"):
            resolved(schema=schema, quality={"rubric": "Be kind."})

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            (
                {"params": {"temprature": 1}},
                "models.generator.params: 'openai' does not take 'temprature'. Did you mean 'temperature'?",
            ),
            ({"params": {"extra_headers": "x"}}, "'openai' does not take 'extra_headers'. Known: temperature, "),
            ({"params": {"max_tokens": 9000}}, "'openai' does not take 'max_tokens'"),
            ({"params": {"service_tier": "priority"}}, "'openai' does not take 'service_tier'"),
            (
                {"params": {"temperature": "hot"}},
                "models.generator.params.temperature must be of type number, not 'hot'",
            ),
            ({"params": {"temperature": True}}, "must be of type number, not True"),
            ({"params": {"seed": 1.5}}, "models.generator.params.seed must be of type integer, not 1.5"),
            ({"params": {"reasoning_effort": "hihg"}}, "reasoning_effort is 'hihg'; it can be none, minimal, low"),
            ({"provider": "offline", "model": "templat"}, "'offline' has no model 'templat'. Did you mean 'template'?"),
            (
                {"provider": "offline", "model": "template", "base_url": "http://x/v1"},
                "'offline' calls no server; drop base_url",
            ),
            (
                {"provider": "offline", "model": "template", "params": {"seed": 1}},
                "'offline' does not take 'seed'. It takes none.",
            ),
        ],
    )
    def test_what_a_provider_does_not_take_is_refused(self, fields: dict[str, Any], told: str):
        with pytest.raises(ConfigError) as caught:
            resolved(BASE | generator(**fields))
        assert told in str(caught.value)

    def test_parameters_of_the_critic_are_looked_at_too(self):
        critic = {"provider": "anthropic", "model": "c", "params": {"verbosity": "low"}}
        with pytest.raises(ConfigError, match=r"models\.critic\.params: 'anthropic' does not take 'verbosity'"):
            resolved(PREFERENCE | {"models": {"generator": OPENAI, "critic": critic}})

    def test_a_key_given_as_a_parameter_is_not_shown(self):
        key = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
        for name in ("temperature", "verbosity"):
            with pytest.raises(ConfigError) as caught:
                resolved(**generator(params={name: key}))
            assert key not in str(caught.value)

    def test_the_config_wins_over_the_environment_and_is_told_apart_from_it(self):
        env = {"OPENAI_BASE_URL": "http://localhost:2/v1"}
        assert not resolved(env=env).endpoints["generator"].configured
        at = resolved(env=env, **generator(base_url="http://localhost:1/v1")).endpoints["generator"]
        assert (at.base_url, at.configured) == ("http://localhost:1/v1", True)

    def test_a_price_of_the_user_is_marked_as_theirs(self):
        price = resolved(**generator(price={"input": 1, "output": 2, "cached_input": 0.5})).endpoints["generator"].price
        assert price is not None
        assert (price.input, price.output, price.cached_input, price.dated) == (1.0, 2.0, 0.5, "given by the user")


def test_targets_are_the_rows_of_each_split():
    assert resolved(count=20, splits={"train": 0.8, "test": 0.2}).targets == {"train": 16, "test": 4}


def test_the_selection_depends_on_thresholds_and_proportions_alone():
    first = resolved(splits={"train": 0.5, "test": 0.5}, count=10)
    assert first.selection == resolved(splits={"train": 50, "test": 50}, count=100, view="trl").selection
    assert first.selection != resolved(splits={"train": 0.6, "test": 0.4}).selection
    assert first.selection != resolved(splits={"train": 0.5, "test": 0.5}, quality={"min_margin": 2.0}).selection


@pytest.mark.parametrize("url", ["https://user:hidden@host/v1", "https://host/v1?api-key=hidden"])
def test_a_base_url_from_the_environment_that_carries_a_secret_is_refused_without_showing_it(url):
    config = GenerationConfig(schema="eval_v1", domain="x", models={"generator": "openai:gpt-4o"})
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL") as told:
        resolve(config, {"OPENAI_BASE_URL": url})
    assert "hidden" not in str(told.value)
