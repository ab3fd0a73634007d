from __future__ import annotations

import os
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.executors.advice import family, other_critic
from hf_synth.executors.estimating import estimate_for
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from hf_synth.tiers import tiers
from hf_synth.types import Endpoint

KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
BOTH = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}


def advice(env: dict[str, str], schema: str = "preference_v1", **models: Any) -> str | None:
    config = GenerationConfig(schema=schema, domain="gardens", models=models)
    return other_critic(resolve(config, {}), env)


@pytest.mark.parametrize(
    ("name", "made_by"),
    [
        ("gpt-4o", "gpt"),
        ("openai/gpt-oss-120b", "gpt"),
        ("o3-mini", "gpt"),
        ("claude-sonnet-4-6", "claude"),
        ("anthropic/Claude-3", "claude"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama"),
        ("ollama/qwen3", "qwen"),
        ("Qwen/QwQ-32B", "qwen"),
        ("mistralai/Mixtral-8x7B", "mistral"),
        ("codestral-latest", "mistral"),
        ("google/gemma-3", "gemini"),
        ("deepseek-chat", "deepseek"),
        ("microsoft/phi-4", "phi"),
        ("dolphin-2", "openai:dolphin-2"),
        ("test-model", "openai:test-model"),
        ("foo1", "openai:foo1"),
    ],
)
def test_the_name_of_a_model_tells_its_family(name, made_by):
    assert family(Endpoint("openai", name)) == made_by


def test_a_critic_of_another_family_is_recommended_where_its_key_is_set():
    told = advice({"ANTHROPIC_API_KEY": KEY}, generator="openai:gpt-4o")
    assert told is not None
    assert told.startswith("The critic is of the generator's own family (gpt), which judges favour.")
    assert "ANTHROPIC_API_KEY is set: models.critic: anthropic:" in told
    assert advice({"OPENAI_API_KEY": KEY}, generator="anthropic:claude-sonnet-4-6") is not None


def test_what_is_recommended_can_be_written_into_the_config():
    told = advice({"ANTHROPIC_API_KEY": KEY}, generator="openai:gpt-4o")
    assert told is not None
    critic = told.partition("models.critic: ")[2].partition(" ")[0]
    assert advice(BOTH, generator="openai:gpt-4o", critic=critic) is None
    provider, _, model = critic.partition(":")
    assert family(Endpoint(provider, model)) not in ("gpt", critic)


def test_a_critic_that_was_chosen_within_the_family_is_told_of_too():
    assert advice(BOTH, generator="openai:gpt-4o", critic="openai:gpt-4o-mini") is not None


def test_a_model_of_an_unknown_family_is_of_its_own():
    assert advice({"ANTHROPIC_API_KEY": KEY}, generator="openai:my-model") is not None
    assert advice(BOTH, generator="openai:my-model", critic="openai:other-model") is None


@pytest.mark.parametrize("env", [{}, {"OPENAI_API_KEY": KEY}, {"ANTHROPIC_API_KEY": " "}, {"MISTRAL_API_KEY": KEY}])
def test_without_a_key_of_another_family_nothing_is_said(env):
    assert advice(env, generator="openai:gpt-4o") is None


@pytest.mark.parametrize("schema", ["instruction_v1", "eval_v1"])
def test_nor_for_schemas_without_a_critic(schema):
    assert advice(BOTH, schema, generator="openai:gpt-4o") is None


def test_nor_offline():
    assert advice(BOTH, generator="offline") is None
    assert advice(BOTH, generator="openai:gpt-4o", critic="offline") is None


@pytest.mark.parametrize("tier", [name for name, tier in tiers().items() if "preference_v1" in tier.schemas])
def test_every_tier_that_makes_preferences_gets_advice(tier):
    config = GenerationConfig(schema="preference_v1", domain="gardens", tier=tier)
    told = other_critic(resolve(config, {}), BOTH)
    assert told is not None
    assert KEY not in told


def test_it_stands_in_the_estimate_without_any_key(tmp_path, monkeypatch):
    for name, key in BOTH.items():
        monkeypatch.setenv(name, key)
    config = GenerationConfig(schema="preference_v1", domain="gardens", models={"generator": "openai:gpt-4o"})
    told = str(estimate_for(Local(resolve(config, os.environ), tmp_path)))
    assert "models.critic: anthropic:" in told
    assert KEY not in told
