from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_synth import estimate
from hf_synth.config import GenerationConfig
from hf_synth.executors.estimating import Estimate, estimate_for
from hf_synth.executors.local import Local
from hf_synth.registry import resolve

SCHEMAS = ("instruction_v1", "preference_v1", "eval_v1")
OWN = {"provider": "openai", "model": "m", "base_url": "http://127.0.0.1:1/v1"}


def of(cache: Path, *, generator: Any = "offline", **fields: Any) -> Estimate:
    given = {"schema": "instruction_v1", "domain": "gardens", "models": {"generator": generator}, **fields}
    return estimate_for(Local(resolve(GenerationConfig(**given), {}), cache))


def of_tier(cache: Path, tier: str, **fields: Any) -> Estimate:
    config = GenerationConfig(**{"schema": "instruction_v1", "domain": "gardens", "tier": tier, **fields})
    return estimate_for(Local(resolve(config, {}), cache))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(SCHEMAS),
    st.integers(1, 3000),
    st.integers(50, 4000),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(1, 5000)),
)
def test_likely_is_never_more_than_worst(tmp_path, schema, count, max_tokens, repairs, most):
    made = of_tier(
        tmp_path,
        "premium",
        schema=schema,
        count=count,
        constraints={"max_tokens": max_tokens},
        quality={"max_repairs": repairs},
        run={"max_candidates": most and count + most},
    )
    likely, worst = made.likely, made.worst
    assert likely.cost is not None
    assert worst.cost is not None
    assert 0 < likely.cost <= worst.cost
    assert 0 < likely.calls <= worst.calls
    assert likely.input_tokens <= worst.input_tokens
    assert likely.output_tokens <= worst.output_tokens


def test_calls_are_about_those_of_a_run(tmp_path):
    likely = of(tmp_path, count=95).likely
    assert likely.calls == 1 + 20 + 100  # outline, drafts of five, responses at a yield of 95 %


def test_more_rows_take_more(tmp_path):
    few, many = of_tier(tmp_path, "economy", count=100), of_tier(tmp_path, "economy", count=1000)
    assert few.likely.cost is not None
    assert many.likely.cost is not None
    assert 8 < many.likely.cost / few.likely.cost < 11


@pytest.mark.parametrize(("tier", "listed"), [("economy", 0.5), ("standard", 5.0), ("premium", 25.0)])
def test_the_list_price_of_a_tier_stands_beside_the_bill(tmp_path, tier, listed):
    made = of_tier(tmp_path, tier, count=1000)
    assert made.list_price == listed
    assert made.likely.cost not in (None, listed)
    assert f"${listed:.4f}" in str(made)
    assert made.priced_on.startswith("genai-prices ")


def test_without_a_tier_there_is_no_list_price(tmp_path):
    made = of(tmp_path, generator="openai:gpt-4o")
    assert made.list_price is None
    assert made.likely.cost is not None
    assert "list price" not in str(made)


def test_an_unknown_price_is_null_and_tokens_are_told_all_the_same(tmp_path):
    made = of(tmp_path, generator=OWN)
    assert made.likely.cost is None
    assert made.worst.cost is None
    assert made.likely.input_tokens > 0
    assert made.priced_on == ""
    assert "unknown (no price for a model)" in str(made)
    assert json.loads(json.dumps(made.to_dict()))["likely"]["cost"] is None


def test_one_unknown_price_makes_the_sum_unknown(tmp_path):
    made = of(tmp_path, schema="preference_v1", models={"generator": "openai:gpt-4o", "critic": OWN})
    assert made.by_role["generator"]["likely"]["cost"] > 0
    assert made.by_role["critic"]["likely"]["cost"] is None
    assert made.likely.cost is None


def test_a_price_of_the_user_is_taken(tmp_path):
    made = of(tmp_path, generator={**OWN, "price": {"input": 1.0, "output": 4.0}})
    assert made.priced_on == "given by the user"
    for side in (made.likely, made.worst):
        assert side.cost == pytest.approx((side.input_tokens + 4 * side.output_tokens) / 1e6, rel=0.01)


def test_offline_costs_nothing(tmp_path):
    assert of(tmp_path).worst.cost == 0.0


def test_roles_add_up_and_name_their_models(tmp_path):
    made = of(
        tmp_path, schema="preference_v1", models={"generator": "openai:gpt-4o", "critic": "anthropic:claude-sonnet-4-6"}
    )
    assert {role: part["model"] for role, part in made.by_role.items()} == {
        "generator": "openai:gpt-4o",
        "critic": "anthropic:claude-sonnet-4-6",
    }
    for field in ("cost", "calls", "input_tokens", "output_tokens"):
        for side in ("likely", "worst"):
            parts = sum(part[side][field] for part in made.by_role.values())
            assert math.isclose(parts, getattr(getattr(made, side), field))


def test_the_shape_is_that_of_the_surface(tmp_path):
    told = of(tmp_path).to_dict()
    assert {"likely", "worst", "list_price", "by_role", "priced_on"} <= set(told)
    assert set(told["likely"]) == set(told["worst"]) == {"cost", "calls", "input_tokens", "output_tokens"}


def test_what_is_on_record_costs_nothing_more(tmp_path):
    config = GenerationConfig(schema="instruction_v1", domain="gardens", count=12, models={"generator": "offline"})
    here = Local(resolve(config, {}), tmp_path)
    before = estimate_for(here)
    here.fill({"train": 5})
    between = estimate_for(here)
    here.fill({"train": 12})
    after = estimate_for(here)
    assert (before.on_record, between.on_record, after.on_record) == (0, 5, 12)
    assert 0 < between.likely.calls < before.likely.calls
    for side in (after.likely, after.worst):
        assert (side.cost, side.calls, side.input_tokens, side.output_tokens) == (0.0, 0, 0, 0)
    assert "12 rows are on record already" in str(after)


def test_an_estimate_works_inside_a_running_loop(tmp_path):
    config = GenerationConfig(schema="instruction_v1", domain="gardens", models={"generator": "offline"})

    async def notebook() -> Estimate:
        return estimate(config, cache_dir=tmp_path)

    assert asyncio.run(notebook()).likely.calls > 0


def test_an_estimate_writes_nothing(tmp_path):
    of(tmp_path)
    assert list(tmp_path.iterdir()) == []
