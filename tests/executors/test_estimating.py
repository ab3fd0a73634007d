from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generating import WHOLE, local, recipe
from hf_synth import estimate
from hf_synth.config import GenerationConfig
from hf_synth.executors.estimate import Estimate
from hf_synth.executors.estimating import estimate_for
from hf_synth.executors.local import Local
from hf_synth.registry import resolve
from servers.model import Model
from servers.openai_server import FakeOpenAI

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
    assert likely.calls == 1 + 20 + 100 + 5  # outline, drafts of five, responses at a yield of 95 %, a look at 5 %


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
    assert "No price is known for openai:m at http://127.0.0.1:1/v1: set models.generator.price" in str(made)
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


def test_a_cap_below_what_is_likely_is_told(tmp_path):
    assert of_tier(tmp_path, "standard", run={"max_cost": 50}).remarks == []
    made = of_tier(tmp_path, "standard", count=1000, run={"max_cost": 0.5})
    (remark,) = made.remarks
    assert "more than the cap of $0.50" in remark
    assert remark in str(made)
    assert made.most == made.max_cost == 0.5


def test_the_default_cap_of_the_environment_is_told_as_well(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_SYNTH_MAX_COST", "0.01")
    assert of_tier(tmp_path, "premium").max_cost == 0.01


class TestBatchMode:
    def both(self, cache: Path, tier: str = "standard", **run: Any) -> tuple[Estimate, Estimate]:
        """Estimates in both modes, with the outline given, because it is asked for live in both."""
        live, batch = (of_tier(cache, tier, outline=WHOLE, run={"mode": mode, **run}) for mode in ("live", "batch"))
        return live, batch

    @pytest.mark.parametrize("tier", ["economy", "standard", "premium"])
    def test_everything_costs_half_and_takes_as_much(self, tmp_path, tier):
        live, batch = self.both(tmp_path, tier)
        for one, other in ((live.likely, batch.likely), (live.worst, batch.worst)):
            assert one.cost is not None
            assert other.cost == pytest.approx(one.cost / 2)
            assert (one.calls, one.input_tokens, one.output_tokens) == (
                other.calls,
                other.input_tokens,
                other.output_tokens,
            )
        assert batch.priced_on == f"{live.priced_on}, batch prices"
        assert batch.list_price == live.list_price

    def test_an_outline_costs_as_much_as_ever(self, tmp_path):
        """Of one row, the draft and the response cost half."""
        fields = {"count": 1, "run": {"max_candidates": 1}}
        live = of_tier(tmp_path, "standard", **fields)
        batch = of_tier(tmp_path, "standard", **{**fields, "run": {**fields["run"], "mode": "batch"}})
        assert live.likely.cost is not None
        assert batch.likely.cost is not None
        assert 0.6 * live.likely.cost < batch.likely.cost < live.likely.cost
        assert batch.priced_on == f"{live.priced_on}; {live.priced_on}, batch prices"

    def test_a_price_of_the_user_is_halved(self, tmp_path):
        generator = {"provider": "openai", "model": "gpt-4o", "price": {"input": 1.0, "output": 4.0}}
        live, batch = (
            of(tmp_path, generator=generator, outline=WHOLE, run={"mode": mode}) for mode in ("live", "batch")
        )
        assert live.likely.cost is not None
        assert batch.likely.cost == pytest.approx(live.likely.cost / 2, rel=0.01)
        assert batch.priced_on == "given by the user, halved for batches"

    def test_the_price_of_finishing_live_is_told_beside_it(self, tmp_path):
        live, batch = self.both(tmp_path, finish_live=30)
        assert live.finish_live is None
        told = batch.finish_live
        assert told is not None
        assert told["requests"] == 30
        assert live.likely.cost is not None
        assert batch.likely.cost is not None
        saved = live.likely.cost - batch.likely.cost
        assert told["cost"] == pytest.approx(saved * 30 / batch.likely.calls)
        assert told["cost"] < told["most"]
        assert "finish live  a wave of at most 30 requests" in str(batch)

    def test_a_run_smaller_than_that_is_made_live_as_a_whole(self, tmp_path):
        live, batch = self.both(tmp_path, finish_live=10_000)
        assert batch.finish_live is not None
        assert live.likely.cost is not None
        assert batch.likely.cost is not None
        assert batch.finish_live["requests"] == batch.likely.calls
        assert batch.likely.cost + batch.finish_live["cost"] == pytest.approx(live.likely.cost)

    def test_without_it_or_without_a_price_no_amount_is_made_up(self, tmp_path):
        assert self.both(tmp_path)[1].finish_live is None
        generator = {"provider": "openai", "model": "a-model-nobody-has"}
        unknown = of(tmp_path, generator=generator, run={"mode": "batch", "finish_live": 5}).finish_live
        assert unknown == {"requests": 5, "cost": None, "most": None}


class TestMeasured:
    """An estimate once there are rows to go by."""

    PRICE: ClassVar = {"price": {"input": 3.0, "output": 15.0}}

    def run(self, cache: Path, server: FakeOpenAI, rows: int, *, of_all: int = 200, **changes: Any) -> Estimate:
        made = local(recipe(server, count=of_all, generator=self.PRICE, **changes), cache)
        made.fill({"train": rows})
        return estimate_for(made)

    def test_below_twenty_rows_it_is_assumed(self, tmp_path):
        with FakeOpenAI() as server:
            made = self.run(tmp_path, server, 10)
        assert made.basis == "assumed"
        assert "basis  assumed" in str(made)

    @pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
    def test_what_was_spent_and_what_is_measured_meet_the_bill(self, tmp_path, schema):
        with FakeOpenAI(model=Model(flaws=0.2)) as server:
            early = self.run(tmp_path, server, 60, schema=schema)
            late = self.run(tmp_path, server, 200, schema=schema)
        assert early.basis.startswith("measured on ")
        assert 60 <= early.on_record < 200
        assert late.spent is not None
        assert late.likely.cost == 0
        assert early.total == pytest.approx(late.spent, rel=0.15)
        assert f"basis  {early.basis}" in str(early)
        assert "spent so far  $" in str(early)

    def test_answers_that_wait_for_a_verdict_cost_nothing_more(self, tmp_path):
        with FakeOpenAI() as server:
            whole = self.run(tmp_path, server, 100, of_all=100)
            other = self.run(tmp_path, server, 0, of_all=100, quality={"duplicate_similarity": 0.9})
        assert whole.spent == other.spent
        assert other.on_record == 0  # they are to be judged anew, from the answers
        assert whole.spent is not None
        assert other.likely.cost is not None
        assert other.likely.cost < 0.2 * whole.spent
        assert other.likely.calls <= 7

    def test_the_prices_are_those_of_the_mode_to_come(self, tmp_path):
        with FakeOpenAI() as server:
            live = self.run(tmp_path, server, 40)
            config = recipe(server, count=200, generator=self.PRICE, run={"mode": "batch"})
            batch = estimate_for(local(config, tmp_path))
        assert live.likely.cost is not None
        assert batch.likely.cost == pytest.approx(live.likely.cost / 2)
        assert batch.basis == live.basis
        assert batch.spent == live.spent

    def test_a_price_that_was_not_known_before_leaves_the_total_unknown(self, tmp_path):
        with FakeOpenAI() as server:
            made = local(recipe(server, count=30), tmp_path)
            made.fill({"train": 25})
            now = estimate_for(local(recipe(server, count=30, generator=self.PRICE), tmp_path))
        assert now.likely.cost is not None
        assert (now.spent, now.total) == (None, None)
        assert "spent so far  unknown" in str(now)
