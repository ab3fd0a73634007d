from __future__ import annotations

import re
from datetime import date

import pytest

from hf_synth.config import GenerationConfig, ModelConfig
from hf_synth.executors.prices import list_price, price_of, priced_on
from hf_synth.registry.resolve import endpoint
from hf_synth.tiers import tiers
from hf_synth.types import Price

DATED = r"genai-prices \d[\d.]*( \(table of 20\d\d-\d\d-\d\d\))?"


def at(env: dict[str, str] | None = None, **fields):
    return endpoint("models.generator", ModelConfig(**fields), env or {})


def price(env: dict[str, str] | None = None, *, batch: bool = False, **fields):
    return price_of(at(env, **fields), batch=batch)


@pytest.mark.parametrize("tier", tiers().values(), ids=lambda tier: tier.name)
def test_the_models_of_all_tiers_have_a_dated_price(tier):
    known = price(provider=tier.provider, model=tier.model)
    assert known is not None
    assert 0 < known.input < known.output
    assert known.cached_input is not None
    assert known.cached_input < known.input
    assert re.fullmatch(DATED, known.dated)


def test_prices_are_dollars_per_million_tokens():
    known = price(provider="openai", model="gpt-4o")
    assert known is not None
    assert (known.input, known.output) == (2.5, 10.0)


def test_the_table_tells_how_old_it_is():
    known = price(provider="openai", model="gpt-4o")
    assert known is not None
    day = re.search(r"table of (.+)\)", known.dated)
    assert day is not None
    assert "2026-01-01" < day[1] <= date.today().isoformat()


def test_a_prompt_of_usual_length_is_not_charged_as_a_long_one():
    known = price(provider="anthropic", model="claude-haiku-5-5")
    assert known is not None
    assert (known.input, known.output) == (0.1, 0.5)  # five times as much beyond 100,000 tokens


@pytest.mark.parametrize("batch", [False, True])
def test_an_unknown_model_has_no_price(batch):
    assert price(provider="openai", model="a-model-nobody-has", batch=batch) is None


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


class TestInABatch:
    @pytest.mark.parametrize("tier", tiers().values(), ids=lambda tier: tier.name)
    def test_the_models_of_all_tiers_cost_half(self, tier):
        live = price(provider=tier.provider, model=tier.model)
        batch = price(provider=tier.provider, model=tier.model, batch=True)
        assert live is not None
        assert batch is not None
        assert (batch.input, batch.output) == (live.input / 2, live.output / 2)
        assert re.fullmatch(DATED + ", batch prices", batch.dated)

    def test_the_price_is_that_of_the_table_which_is_not_half_in_every_part(self):
        batch = price(provider="openai", model="gpt-4o", batch=True)
        assert batch is not None
        assert (batch.input, batch.output, batch.cached_input) == (1.25, 5.0, 1.25)

    def test_where_the_table_has_no_price_of_batches_every_part_is_halved(self):
        live = price(provider="anthropic", model="claude-opus-4-1")
        batch = price(provider="anthropic", model="claude-opus-4-1", batch=True)
        assert live is not None
        assert live.cached_input is not None
        assert live.cache_write is not None
        assert batch == Price(
            live.input / 2,
            live.output / 2,
            live.cached_input / 2,
            live.cache_write / 2,
            dated=f"{live.dated}, halved for batches",
        )

    def test_a_price_of_the_user_is_the_live_one_and_halved(self):
        given = {"input": 1.0, "output": 2.0, "cached_input": 0.5}
        assert price(provider="openai", model="m", base_url="http://localhost:1/v1", price=given, batch=True) == Price(
            0.5, 1.0, 0.25, dated="given by the user, halved for batches"
        )

    def test_offline_costs_nothing_either(self):
        assert price(provider="offline", batch=True) == price(provider="offline")


def test_where_prices_come_from_is_told_for_the_modes_that_were_used():
    models = [
        at(provider="openai", model="gpt-4o"),
        at(provider="openai", model="m", price={"input": 1.0, "output": 2.0}),
    ]
    live, batch = priced_on(models), priced_on(models, live=False, batch=True)
    assert re.fullmatch(rf"{DATED}; given by the user", live)
    assert re.fullmatch(rf"{DATED}, batch prices; given by the user, halved for batches", batch)
    assert set(priced_on(models, batch=True).split("; ")) == {*live.split("; "), *batch.split("; ")}
    assert priced_on([at(provider="openai", model="a-model-nobody-has")]) == ""


@pytest.mark.parametrize(("tier", "listed"), [("economy", 0.125), ("premium", 6.25)])
def test_the_list_price_is_that_of_the_rows(tier, listed):
    assert list_price(GenerationConfig(schema="eval_v1", domain="x", tier=tier), 250) == listed
