from __future__ import annotations

import re

import pytest

from hf_synth.config import ModelConfig
from hf_synth.executors.prices import price_of
from hf_synth.registry.resolve import endpoint
from hf_synth.tiers import tiers
from hf_synth.types import Price


def price(env: dict[str, str] | None = None, **fields):
    return price_of(endpoint("models.generator", ModelConfig(**fields), env or {}))


@pytest.mark.parametrize("tier", tiers().values(), ids=lambda tier: tier.name)
def test_the_models_of_all_tiers_have_a_dated_price(tier):
    known = price(provider=tier.provider, model=tier.model)
    assert known is not None
    assert 0 < known.input < known.output
    assert known.cached_input is not None
    assert known.cached_input < known.input
    assert re.fullmatch(r"genai-prices \d[\d.]*", known.dated)


def test_prices_are_dollars_per_million_tokens():
    known = price(provider="openai", model="gpt-4o")
    assert known is not None
    assert (known.input, known.output) == (2.5, 10.0)


def test_an_unknown_model_has_no_price():
    assert price(provider="openai", model="a-model-nobody-has") is None


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_another_server_has_no_known_price_whoever_named_it(provider):
    model = "gpt-4o" if provider == "openai" else "claude-sonnet-4-6"
    assert price(provider=provider, model=model, base_url="http://localhost:1/v1") is None
    assert price({f"{provider.upper()}_BASE_URL": "http://localhost:1/v1"}, provider=provider, model=model) is None


def test_a_router_has_no_known_price():
    assert price(provider="hf", model="org/model") is None


def test_offline_costs_nothing():
    assert price(provider="offline") == Price(0.0, 0.0, dated="nothing is called")


@pytest.mark.parametrize("base_url", [None, "http://localhost:1/v1"])
def test_a_price_of_the_user_wins(base_url):
    given = {"input": 1.0, "output": 2.0}
    assert price(provider="openai", model="gpt-4o", base_url=base_url, price=given) == Price(
        1.0, 2.0, None, dated="given by the user"
    )
