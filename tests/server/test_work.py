"""Jobs that run: cancelled, out of money, refused by a provider, beside others; each in a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from generating import WHOLE, recipe, times_paid, until
from hf_synth.server.keys import list_keys, revoke_key
from servers.model import Model
from servers.openai_server import FakeOpenAI, error
from serving import OFFLINE, PREFIX, Site, ended, generate, look, settings_of, site

PRICED = {"generator": {"price": {"input": 1.0, "output": 4.0}}, "outline": WHOLE}
_QUOTA = error(429, "You exceeded your current quota", "insufficient_quota")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = settings_of(tmp_path_factory.mktemp("served"), allow=("api_key_env", "base_url", "plugins", "price"))
    with site(settings) as one:
        yield one


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(model=Model()) as running:
        yield running


def rows_of(client: httpx.Client, job_id: str) -> list[str]:
    answer = client.get(f"{PREFIX}/jobs/{job_id}/results", params={"follow": "false"})
    assert answer.status_code == 200
    return answer.text.splitlines()


def cancel(client: httpx.Client, job_id: str) -> dict[str, Any]:
    answer = client.post(f"{PREFIX}/jobs/{job_id}/cancel")
    assert answer.status_code == 202
    return answer.json()


def held(client: httpx.Client, model: FakeOpenAI, answers: int = 20, **changes: Any) -> str:
    """A job whose model has given so many answers and holds the rest; some rows can be read."""
    model.allowed = answers
    job_id = generate(client, recipe(model, count=40, run={"concurrency": 3}, **changes))["job_id"]
    until(lambda: len(model.requests) == answers + 3 and len(model.answered) == answers, "calls in flight")
    until(lambda: rows_of(client, job_id), "rows")
    return job_id


class TestCancelled:
    def test_while_it_runs_calls_in_flight_are_recorded_and_the_rows_stay(self, served, model):
        client = served.client()
        job_id = held(client, model)
        assert cancel(client, job_id)["cancel_requested"]
        assert cancel(client, job_id)["status"] == "running"
        time.sleep(0.6)  # until the run is told
        model.allowed = float("inf")
        job = ended(client, job_id)
        assert (job["status"], job["error"]) == ("cancelled", None)
        assert len(model.requests) == len(model.answered) == job["statistics"]["calls"] == 23
        assert job["statistics"]["seconds_left"] is None
        rows = rows_of(client, job_id)
        assert len(rows) == job["statistics"]["rows_accepted"] > 5
        assert cancel(client, job_id) == look(client, job_id) == job
        again = ended(client, generate(client, recipe(model, count=40, run={"concurrency": 3}))["job_id"])
        assert again["status"] == "completed"
        assert rows_of(client, again["job_id"])[: len(rows)] == rows
        assert set(times_paid(model).values()) == {1}
        assert again["statistics"]["calls"] == len(model.answered) - 23

    def test_in_batch_mode_its_batches_end_at_the_provider(self, served, model):
        model.batches.held = True
        client = served.client()
        config = recipe(model, count=10, run={"mode": "batch", "poll_seconds": 5}, outline=WHOLE)
        job_id = generate(client, config)["job_id"]
        until(lambda: model.batches.made and look(client, job_id)["statistics"]["waiting_for"], "a batch")
        assert "batch" in look(client, job_id)["statistics"]["waiting_for"]
        cancel(client, job_id)
        job = ended(client, job_id)
        assert (job["status"], job["statistics"]["waiting_for"]) == ("cancelled", "")
        assert model.batches.cancels == [batch.id for batch in model.batches.made]

    def test_because_its_key_is_revoked_it_makes_no_further_call(self, served, model):
        client = served.client(served.key("to be revoked", most_jobs=1))
        held(client, model)
        generate(client, recipe(model, seed=1))
        revoke_key(served.database, "to be revoked")
        time.sleep(0.6)
        model.allowed = float("inf")
        until(lambda: statuses(served, "to be revoked") == ["cancelled", "cancelled"], "both end")
        assert len(model.requests) == 23

    def test_while_it_waits_it_ends_at_once(self, served, model):
        client = served.client(most_jobs=1)
        held(client, model)
        job_id = generate(client, recipe(model, seed=1))["job_id"]
        job = cancel(client, job_id)
        assert (job["status"], job["started_at"]) == ("cancelled", None)
        assert len(model.requests) == 23
        model.allowed = float("inf")


def statuses(served: Site, name: str) -> list[str]:
    import sqlalchemy as sa

    from hf_synth.server.tables import jobs

    [key] = [key for key in list_keys(served.database) if key.name == name]
    with served.database.read() as connection:
        return [*connection.scalars(sa.select(jobs.c.status).where(jobs.c.key_id == key.id))]


class TestTheBudgetOfAKey:
    def test_ends_a_job_with_words_of_its_own_and_the_rows_so_far(self, served, model):
        key = served.key("poor", budget=0.05)
        client = served.client(key)
        job = ended(client, generate(client, recipe(model, count=90, **PRICED))["job_id"])
        assert job["status"] == "failed", job
        told = job["error"]
        assert (told["type"], told["exit_code"]) == ("BudgetReached", 4)
        said = "What this key's budget has left is too little for the next call: this job could spend $0.0500 of it"
        assert told["detail"].startswith(said)
        assert "larger budget" in told["hint"]
        assert "max_cost" not in told["detail"]
        rows = rows_of(client, job["job_id"])
        assert len(rows) == job["statistics"]["rows_accepted"] > 0
        assert f"{len(rows)} rows are made" in told["hint"]
        assert 0.03 < spent(served, "poor") <= 0.05
        assert spent(served, "poor") == pytest.approx(job["statistics"]["usd"])
        assert len(model.requests) == len(model.answered)

    def test_is_not_overspent_by_two_jobs_at_once_and_what_one_leaves_is_anothers(self, served, model):
        client = served.client(served.key("two", budget=0.06))
        small = [generate(client, recipe(model, count=2, seed=seed, **PRICED))["job_id"] for seed in (1, 2)]
        large = generate(client, recipe(model, count=90, seed=3, **PRICED))["job_id"]
        assert [ended(client, job_id)["status"] for job_id in small] == ["completed", "completed"]
        job = ended(client, large)
        assert (job["status"], job["error"]["type"]) == ("failed", "BudgetReached")
        assert 0.04 < spent(served, "two") <= 0.06

    def test_gives_more_to_a_job_whose_first_turn_is_less_than_a_call(self, served, model):
        client = served.client(budget=5.0)
        least = {"count": 1, "run": {"max_candidates": 1}, "quality": {"max_repairs": 0}}
        job = ended(client, generate(client, {**recipe(model, **PRICED), **least})["job_id"])
        assert job["status"] == "completed", job
        assert set(times_paid(model).values()) == {1}

    def test_leaves_the_jobs_own_cap_as_it_is(self, served, model):
        client = served.client(budget=5.0)
        run = {"max_cost": 0.02}
        job = ended(client, generate(client, recipe(model, count=40, run=run, **PRICED))["job_id"])
        assert job["error"]["detail"].startswith("run.max_cost of $0.02 is reached")
        assert "Raise run.max_cost" in job["error"]["hint"]
        assert 0 < job["statistics"]["usd"] <= 0.02
        run = {"max_cost": 4.0}
        again = ended(client, generate(client, recipe(model, count=40, run=run, **PRICED))["job_id"])
        assert again["status"] == "completed", again["error"]
        assert set(times_paid(model).values()) == {1}


def spent(served: Site, name: str) -> float:
    return next(key.spent for key in list_keys(served.database) if key.name == name)


FAILURES = {
    "a key that is wrong": ({}, error(401, "Incorrect API key provided", "invalid_api_key"), "AuthenticationFailed", 3),
    "an unknown model": ({}, error(404, "The model does not exist", "model_not_found"), "ModelNotFound", 3),
    "a quota": ({}, _QUOTA, "QuotaExhausted", 3),
    "too few rows": ({"run": {"max_candidates": 5}, "count": 5}, None, "TooFewRows", 5),
}


@pytest.mark.parametrize("cause", FAILURES)
def test_a_failure_is_told_as_the_library_tells_it(served, cause):
    changes, answer, kind, exit_code = FAILURES[cause]
    flaws = 0.9 if cause == "too few rows" else 0.0
    with FakeOpenAI(model=Model(flaws=flaws, rule=lambda *_: answer)) as model:
        client = served.client()
        told = ended(client, generate(client, recipe(model, **changes))["job_id"])["error"]
    assert (told["type"], told["exit_code"]) == (kind, exit_code), told
    assert told["hint"]
    assert told["detail"].endswith(told["hint"])


def test_once_its_cause_is_gone_the_same_again_goes_on_and_a_larger_count_too(served, model):
    model.model.rule = lambda number, _: _QUOTA if number >= 15 else None
    client, config = served.client(), recipe(model, count=12, run={"concurrency": 2})
    job = ended(client, generate(client, config)["job_id"])
    assert job["error"]["type"] == "QuotaExhausted"
    model.model.rule = None
    first = ended(client, generate(client, config)["job_id"])
    assert first["statistics"]["calls"] == len(model.answered) - 15
    assert first["statistics"]["rows_accepted"] == 12
    paid = len(model.answered)
    larger = ended(client, generate(client, {**config, "count": 16})["job_id"])
    assert rows_of(client, larger["job_id"])[:12] == rows_of(client, first["job_id"])
    assert larger["statistics"]["calls"] == len(model.answered) - paid < 12
    assert set(times_paid(model).values()) == {1}


class Told(FakeOpenAI):
    """Bounds calls at once, and tells that it bounds no calls per minute: who is turned away need not guess."""

    def answer(self, body: dict[str, Any], headers: Mapping[str, str]) -> Any:
        limits = {"x-ratelimit-limit-requests": "600000", "x-ratelimit-remaining-requests": "599999"}
        told = super().answer(body, headers)
        return replace(told, headers={**told.headers, **limits, "x-ratelimit-reset-requests": "1ms"})


def test_two_keys_have_equal_shares_of_one_provider_however_many_jobs_each_has(served):
    def slow(number: int, _: Any) -> Any:
        return error(429, "slow down", "rate_limit_exceeded", retry_after_ms="30") if model.in_flight > 6 else None

    with Told(model=Model(latency=0.05, rule=slow)) as model:
        many, one = served.client(), served.client()
        jobs = [
            generate(many, recipe(model, seed=n, count=60, constraints={"max_tokens": 901}))["job_id"] for n in range(6)
        ]
        until(lambda: len(model.answered) > 20, "the first key works")
        alone = generate(one, recipe(model, count=30, constraints={"max_tokens": 902}))["job_id"]
        assert ended(one, alone)["status"] == "completed"
        for job_id in jobs:
            cancel(many, job_id)
        told = [size == 902 for body in model.answered if (size := body["max_tokens"]) in (901, 902)]
        first, last = told.index(True), len(told) - told[::-1].index(True)
        share = sum(told[first:last]) / (last - first)
        assert 0.35 < share < 0.75, share
        assert {ended(many, job_id)["status"] for job_id in jobs} <= {"cancelled", "completed"}


BROKEN = """
from dataclasses import dataclass
from itertools import count
from hf_synth.providers.offline import OfflineKind, TemplateProvider
calls = count()
class Broken(TemplateProvider):
    async def complete(self, request, dialect, timeout):
        if next(calls) > 12:
            raise KeyError(request.messages)
        return await super().complete(request, dialect, timeout)
@dataclass(frozen=True, slots=True)
class BrokenKind(OfflineKind):
    name: str = "broken"
    def connect(self, endpoint, key, options):
        return Broken()
PROVIDER = BrokenKind()
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another package is installed, whose provider breaks after a few calls."""
    from hf_synth.registry.find import provider_kind

    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hf_synth.providers]\nbroken = broken_provider:PROVIDER\n")
    (tmp_path / "broken_provider.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    provider_kind.cache_clear()


@pytest.mark.usefixtures("plugin")
def test_of_a_mistake_in_another_package_the_log_has_the_place_and_nobody_its_words(served, caplog):
    config = {**OFFLINE, "count": 20, "domain": "words of a user", "models": {"generator": "broken:template"}}
    client = served.client()
    job = ended(client, generate(client, config)["job_id"])
    assert (job["status"], job["error"]["type"], job["error"]["exit_code"]) == ("failed", "Mistake", 1)
    assert "on record" in job["error"]["detail"]
    assert "words of a user" not in str(job["error"])
    assert f"{job['job_id']} failed: KeyError" in caplog.text
    assert "in complete" in caplog.text
    assert "words of a user" not in caplog.text
    assert job["statistics"]["calls"] == 13


def test_a_job_whose_figures_are_broken_ends_all_the_same(served):
    from hf_synth.server.tables import jobs

    client = served.client(most_jobs=1)
    with FakeOpenAI(model=Model()) as model:
        held(client, model)
        job_id = generate(client)["job_id"]
        with served.database.write() as connection:
            connection.execute(jobs.update().where(jobs.c.id == job_id).values(before={"usd": 0.0}))
        model.allowed = float("inf")
        assert ended(client, job_id)["error"]["type"] == "Mistake"
