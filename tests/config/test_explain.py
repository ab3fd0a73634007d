from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.config import GenerationConfig
from hf_synth.config.explain import masked
from hf_synth.errors import ConfigError

RANDOM = st.text(string.ascii_letters + string.digits, min_size=24, max_size=60)
KEYS = st.tuples(st.sampled_from(["sk-", "sk-proj-", "sk-ant-api03-", "hf_", "gsk_", "xai-"]), RANDOM).map("".join)
PLACES = st.sampled_from(
    [
        ("schema",), ("count",), ("tier",), ("seed",), ("view",), ("splits",), ("models",), ("quality",), ("run",),
        ("run", "max_cost"), ("run", "mode"), ("constraints", "language"), ("constraints", "max_tokens"),
        ("models", "generator"), ("models", "critic"), ("outline",), ("examples",), ("splits", "train"),
        ("models", "generator", "base_url"), ("models", "generator", "api_key_env"), ("models", "generator", "params"),
        ("models", "generator", "provider"), ("models", "generator", "api_key"), ("models", "generator", "price"),
        ("quality", "refusal"), ("quality", "candidates"),
    ]
)  # fmt: skip
AROUND = st.sampled_from(
    [lambda key: key, lambda key: [key], lambda key: {"x": key}, lambda key: f"https://u:{key}@h/v1"]
)


def put(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A config that is right but for one value."""
    config: dict[str, Any] = {
        "schema": "instruction_v1",
        "domain": "x",
        "models": {"generator": {"provider": "openai", "model": "gpt-4o"}},
    }
    holder = config
    for part in place[:-1]:
        holder = holder.setdefault(part, {})
    holder[place[-1]] = value
    return config


@given(PLACES, KEYS, AROUND)
def test_what_looks_like_a_key_is_never_shown(place, key, around):
    try:
        GenerationConfig(**put(place, around(key)))
    except ConfigError as error:
        text = str(error)
        assert not any(key[at : at + 12] in text for at in range(len(key) - 11))
        assert place[0] in text or "tier" in text or "splits" in text


@given(st.sampled_from(["api_key", "secret", "password", "authorization", "token"]), st.text(min_size=6, max_size=20))
def test_values_under_names_of_secrets_are_not_shown(name, value):
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**put(("models", "generator", "params", name), [f"<{value}>"]))
    assert f"<{value}>" not in str(caught.value)
    assert "(value not shown)" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["unknown field 'constraints.max_tokenz'", "gpt-4o-mini-2024-07-18", "hf_synth", "sk-learn"]
)
def test_ordinary_words_are_left_alone(text):
    assert masked(text) == text


def test_long_values_are_cut():
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**put(("count",), ["word "] * 100))
    assert len(str(caught.value)) < 200
    assert str(caught.value).endswith("....")


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "a1" * 500_000, "-a" * 500_000], ids=["letters", "digits", "hyphens"]
)
def test_a_long_word_takes_no_longer_to_mask_than_to_read(text):
    assert len(masked(text)) <= len(text)  # quadratic time would end in the time limit of a test


def test_of_a_great_many_mistakes_the_first_are_told_and_the_rest_counted():
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**put(("outline",), [1] * 5_000))
    assert "outline.topics.19:" in str(caught.value)
    assert "outline.topics.20:" not in str(caught.value)
    assert str(caught.value).endswith("And 4,980 more mistakes.")
