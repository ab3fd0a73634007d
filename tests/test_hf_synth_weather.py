"""Rows do not depend on the weather: on latencies, on how many calls run at once, on what fails on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hf_synth
from generating import SCHEMAS, THREE, load, load_dataset, recipe, recorded, times_paid
from hf_synth.errors import (
    AuthenticationFailed,
    BudgetReached,
    ConfigError,
    ModelNotFound,
    QuotaExhausted,
    TooFewRows,
    Unavailable,
)
from servers.anthropic_server import FakeAnthropic
from servers.base import Answer
from servers.model import Model
from servers.openai_server import FakeOpenAI, completion, error


class TestTiming:
    @pytest.mark.parametrize(("schema", "count"), [*zip(SCHEMAS, (20, 10, 20), strict=True)])
    def test_and_faults_change_no_row_and_pay_nothing_twice(self, cache, schema, count):
        made = []
        for run, concurrency in enumerate((128, 1, 7, 64)):
            calm = run == 0
            weather = Model(flaws=0.15) if calm else Model(flaws=0.15, latency=0.01, weather=0.12, seed=run)
            with FakeOpenAI(model=weather) as server:
                config = recipe(server, schema, count, splits=THREE, run={"concurrency": concurrency})
                made.append(load(config, cache))
                assert server.most_in_flight <= concurrency
                assert set(times_paid(server).values()) == {1}
                assert calm or len(server.requests) > len(server.answered)
        assert made[1:] == [made[0]] * 3

    def test_and_faults_of_anthropic_change_no_row(self, cache, monkeypatch):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-x1y2z3x1y2z3")
        made = []
        for weather in (Model(), Model(latency=0.02, weather=0.15)):
            with FakeAnthropic(model=weather) as server:
                monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
                config = recipe(server) | {"models": {"generator": "anthropic:claude-sonnet-4-6"}}
                made.append(load(config, cache))
        assert made[0] == made[1]


OUTAGES = {
    "key": (error(401, "Incorrect API key provided", "invalid_api_key"), AuthenticationFailed, "Check the key|No key"),
    "quota": (error(429, "You exceeded your quota", "insufficient_quota"), QuotaExhausted, "Add credit"),
    "model": (error(404, "The model does not exist", "model_not_found"), ModelNotFound, "Check the model"),
    "broken": (error(500, "it broke", retry_after_ms="5"), Unavailable, "once the service answers"),
}


class TestAnOutage:
    @pytest.mark.parametrize("kind", OUTAGES)
    def test_in_the_middle_tells_rows_and_remedy_and_the_next_run_goes_on(self, cache, kind):
        answer, expected, remedy = OUTAGES[kind]
        undisturbed = None
        with FakeOpenAI() as calm:
            undisturbed = load(recipe(calm, count=20), cache)["train"]
        model = Model(rule=lambda number, asked: answer if number >= 15 else None)
        with FakeOpenAI(model=model) as server:
            config = recipe(server, count=20, run={"concurrency": 3})
            with pytest.raises(expected, match=remedy) as told:
                load(config, cache)
            made: Any = hf_synth.partial(config, cache_dir=cache)
            assert 0 < made.num_rows < 20
            assert f"{made.num_rows} rows are made" in str(told.value)
            assert [*made] == undisturbed[: made.num_rows]
            model.rule = None
            assert load(config, cache)["train"] == undisturbed
            assert set(times_paid(server).values()) == {1}
        assert not list(cache.rglob("*.incomplete"))

    def test_at_once_leaves_nothing_but_the_error(self, cache):
        with FakeOpenAI(lambda *_: OUTAGES["key"][0]) as server:
            with pytest.raises(AuthenticationFailed):
                load(recipe(server), cache)
            assert len(server.requests) == 1
        assert hf_synth.partial(recipe(server), cache_dir=cache).num_rows == 0

    def test_reaches_a_streaming_reader_after_the_rows_before_it(self, cache):
        model = Model(rule=lambda number, asked: OUTAGES["quota"][0] if number >= 20 else None)
        with FakeOpenAI(model=model) as server:
            config = recipe(server, count=40, run={"concurrency": 4})
            got = []
            with pytest.raises(QuotaExhausted):
                got.extend(load_dataset("hf_synth", config, split="train", streaming=True))
            model.rule = None
            rest = load_dataset("hf_synth", config, split="train", streaming=True).skip(len(got))
            assert len([*got, *rest]) == 40
            assert set(times_paid(server).values()) == {1}


class TestTooFewRows:
    def test_names_how_many_passed_and_why_the_others_did_not(self, cache):
        with FakeOpenAI(model=Model(flaws=0.5)) as server:
            config = recipe(server, count=40, run={"max_candidates": 40})
            with pytest.raises(TooFewRows, match=r"\d+ of 40 rows passed after 40 candidates\. Dropped: ") as told:
                load(config, cache)
            causes = hf_synth.receipt(config, cache_dir=cache).dropped
            assert {"refusal", "truncated"} <= set(causes)
            for cause, number in causes.items():
                assert f"{cause} {number}" in str(told.value)
            assert "max_candidates" in str(told.value)
            made = [*hf_synth.partial(config, cache_dir=cache)]
            assert f"{len(made)} of 40" in str(told.value)
            enough = load(recipe(server, count=40, run={"max_candidates": 400}), cache)["train"]
            assert enough[: len(made)] == made
            names = [record["name"] for record in recorded(config, cache)]
            assert len(set(names)) == len(names) == len(server.answered)  # two ideas may well ask the same

    def test_comes_soon_where_nothing_passes(self, cache):
        def refuse(number, asked):
            return None if asked.schema else Answer(completion("I'm sorry, but I can't help with that request."))

        with FakeOpenAI(model=Model(rule=refuse)) as server:
            with pytest.raises(TooFewRows, match=r"0 of 1000 rows passed.*refusal"):
                load(recipe(server, count=1000, run={"concurrency": 8}), cache)
            assert len(server.requests) < 120


PRICE = {"input": 10.0, "output": 100.0}


def spent(server: FakeOpenAI) -> float:
    """What the server would charge for what it answered."""
    total = 0.0
    for body in server.answered:
        usage = server.default(body, {}).body["usage"]
        total += usage["prompt_tokens"] * PRICE["input"] + usage["completion_tokens"] * PRICE["output"]
    return total / 1e6


class TestMaxCost:
    def test_holds_and_the_run_goes_on_where_it_is_raised(self, cache):
        with FakeOpenAI(model=Model(latency=0.01)) as server:

            def config(cap: float | None) -> dict:
                return recipe(server, count=40, generator={"price": PRICE}, run={"max_cost": cap} if cap else {})

            with pytest.raises(BudgetReached, match="max_cost"):
                load(config(0.6), cache)
            assert 0.2 < spent(server) <= 0.6
            made = [*hf_synth.partial(config(0.6), cache_dir=cache)]
            assert 0 < len(made) < 40
            assert hf_synth.receipt(config(0.6), cache_dir=cache).usd == pytest.approx(spent(server))
            paid = len(server.answered)
            with pytest.raises(BudgetReached, match=f"{len(made)} rows are made"):
                load(config(0.6), cache)
            assert spent(server) <= 0.6
            assert len(server.answered) <= paid + 5
            assert load(config(None), cache)["train"][: len(made)] == made
            assert set(times_paid(server).values()) == {1}

    def test_of_the_environment_holds_for_every_run(self, cache, monkeypatch):
        monkeypatch.setenv("HF_SYNTH_MAX_COST", "0.3")
        with FakeOpenAI() as server:
            with pytest.raises(BudgetReached, match=r"\$0.3"):
                load(recipe(server, count=40, generator={"price": PRICE}), cache)
            assert spent(server) <= 0.3

    def test_without_a_price_is_refused_before_the_first_call(self, cache):
        with FakeOpenAI() as server:
            with pytest.raises(ConfigError, match=r"the price of 'test-model'.*not known.*price"):
                load(recipe(server, run={"max_cost": 1.0}), cache)
            assert not server.requests


class TestAServerThatEnforcesNoSchema:
    def test_and_says_so_is_asked_in_words_and_pays_once(self, cache):
        with FakeOpenAI() as server:

            def refuse(body, headers):
                kind = body.get("response_format", {}).get("type")
                if kind in ("json_schema", "json_object"):
                    return error(400, f"response_format of type {kind} is not supported")
                return FakeOpenAI.default(server, body, headers)

            server._handler = refuse
            config = recipe(server, count=10)
            assert len(load(config, cache)["train"]) == 10
            kinds = [body.get("response_format", {}).get("type") for body in server.bodies]
            assert kinds[:2] == ["json_schema", "json_object"]
            assert len(recorded(config, cache)) == len(server.answered) == 1 + 2 + 10

    def test_and_ignores_it_is_asked_in_words_after_a_few_answers(self, cache):
        with FakeOpenAI() as server:

            def ignore(body, headers):
                if "response_format" in body:
                    return completion("Let me think about that. There are many good ideas in this field.")
                said = FakeOpenAI.default(server, body, headers)
                if "fits this JSON schema" in json.dumps(body):  # and then in a fence
                    text = said.body["choices"][0]["message"]["content"]
                    return completion(f"```json\n{text}\n```")
                return said

            server._handler = ignore
            assert len(load(recipe(server, count=10, run={"concurrency": 2}), cache)["train"]) == 10
            ignored = [body for body in server.bodies if "response_format" in body]
            assert len(ignored) <= 12
