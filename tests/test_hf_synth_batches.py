"""Batch mode as users meet it: both APIs, both SDKs, kills, cancellations, partial results."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import hf_synth
from generating import (
    Child,
    leave_batch,
    load,
    load_and_log,
    recipe,
    recorded,
    said,
    stream,
    until,
)
from hf_synth.errors import BatchesRunning, BudgetReached, ConfigError
from servers.anthropic_server import FakeAnthropic
from servers.base import Answer, FakeServer
from servers.batches import FULL, Outcome
from servers.fill import seed_of
from servers.model import Model
from servers.openai_server import FakeOpenAI

SERVERS = {"openai": FakeOpenAI, "anthropic": FakeAnthropic}
PRICE = {"price": {"input": 1.0, "output": 4.0}}


@pytest.fixture(params=SERVERS)
def server(request):
    with SERVERS[request.param](model=Model(flaws=0.1)) as running:
        yield running


@pytest.fixture
def openai():
    with FakeOpenAI(model=Model(flaws=0.1)) as running:
        yield running


def wanted(server: FakeServer, schema: str = "instruction_v1", count: int = 20, **changes: Any) -> dict[str, Any]:
    """A recipe in batch mode that polls without patience."""
    provider = "anthropic" if isinstance(server, FakeAnthropic) else "openai"
    run = {"mode": "batch", "poll_seconds": 0.02, **changes.pop("run", {})}
    generator = {"provider": provider, **PRICE, **changes.pop("generator", {})}
    return recipe(server, schema, count, run=run, generator=generator, **changes)


def live(server: FakeServer, config: dict[str, Any], cache: Path) -> Any:
    """The rows of the same config made live, by an equal model."""
    with type(server)(model=Model(flaws=0.1)) as other:
        calm = {**config, "run": {}, "models": {"generator": {**config["models"]["generator"], "base_url": other.url}}}
        return load(calm, cache / "live")


def times_paid(server: FakeServer) -> Counter[str]:
    """How often each request was answered, in a batch or live."""
    return Counter(map(seed_of, [*server.batches.answered, *server.answered]))


def paid_once(server: FakeServer) -> bool:
    return set(times_paid(server).values()) == {1}


class TestMade:
    @pytest.mark.parametrize("schema", ["instruction_v1", "preference_v1", "eval_v1"])
    def test_in_batches_the_rows_are_those_of_live_calls_at_half_the_price(self, server, cache, schema):
        config = wanted(server, schema)

        assert load(config, cache) == live(server, config, cache)
        assert len(server.answered) == 1  # the outline, without which nothing can be sent
        assert paid_once(server)
        for answer in recorded(config, cache):
            full = (1.0 * answer["usage"][0] + 4.0 * answer["usage"][1]) / 1e6
            assert answer["usd"] == pytest.approx(full / 2 if "batch" in answer else full)
        told = hf_synth.receipt(config, cache_dir=cache)
        assert told.usd == pytest.approx(sum(answer["usd"] for answer in recorded(config, cache)))

    def test_in_batches_rows_stream(self, server, cache):
        config = wanted(server)

        assert stream(config, cache) == live(server, config, cache)["train"]

    def test_as_a_finished_dataset_nothing_is_sent_again(self, server, cache):
        config = wanted(server)
        load(config, cache)
        sent = len(server.requests)

        load(config, cache)
        load({**config, "run": {}}, cache)

        assert len(server.requests) == sent

    def test_with_the_last_requests_live_no_small_batch_goes_out(self, server, cache):
        config = wanted(server, count=40, run={"finish_live": 10})

        assert load(config, cache) == live(server, config, cache)
        assert min(len(batch.lines) for batch in server.batches.made) > 10
        assert len(server.answered) >= 1 + 8  # the outline, and the drafts of 40 rows
        assert paid_once(server)

    def test_offline_has_no_batches_and_says_so(self, cache):
        config = {"schema": "eval_v1", "domain": "x", "models": {"generator": "offline"}, "run": {"mode": "batch"}}

        with pytest.raises(ConfigError, match="'offline' has no batch API"):
            load(config, cache)

    def test_keys_stay_out_of_every_file(self, server, cache, monkeypatch):
        monkeypatch.setenv("OTHER_KEY", "sk-secret-0123456789")
        load(wanted(server, generator={"api_key_env": "OTHER_KEY"}), cache)

        assert any("sk-secret" in str(request.headers) for request in server.requests)
        assert not any(b"sk-secret" in path.read_bytes() for path in cache.rglob("*") if path.is_file())
        assert not list(cache.rglob("*.batch"))


class TestPartial:
    def test_results_of_expired_cancelled_and_failed_batches_are_used_and_the_rest_is_sent_again(self, server, cache):
        server.batches.outcomes = [Outcome("expire", after=2), Outcome("cancel", after=1), Outcome()]
        server.batches.outcomes.append(Outcome("expire", after=7))
        config = wanted(server)

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_requests_that_failed_alone_are_sent_again(self, server, cache):
        failed: list[int] = []

        def fault(number: int, body: dict[str, Any]) -> Answer | None:
            if number % 3 != 1 or len(failed) > 6:
                return None
            failed.append(number)
            kind = {"type": "api_error", "message": "it broke", "code": None}
            return Answer({"type": "error", "error": kind}, 500)

        server.batches.fault = fault
        config = wanted(server)

        assert load(config, cache) == live(server, config, cache)
        assert len(failed) == 7
        assert paid_once(server)

    def test_a_download_that_breaks_off_is_gone_on_with(self, server, cache):
        server.batches.cuts = 2
        config = wanted(server)

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_a_queue_that_is_full_gets_less(self, openai, cache):
        openai.batches.outcomes = [FULL, FULL]
        config = wanted(openai)

        assert load(config, cache) == live(openai, config, cache)
        assert paid_once(openai)

    def test_a_creation_whose_answer_is_lost_is_found_again(self, server, cache):
        server.batches.drops = 3
        config = wanted(server)

        assert load(config, cache) == live(server, config, cache)
        assert len(server.batches.made) == len({batch.custom_ids[0] for batch in server.batches.made})
        assert paid_once(server)


class TestKilled:
    def test_while_batches_are_out_another_process_picks_the_results_up(self, server, cache, tmp_path):
        config = wanted(server)
        for batches in (1, 2):
            server.batches.held = True
            with Child(tmp_path, load, config, cache) as child:
                until(lambda batches=batches: len(recorded(config, cache, "batch_id")) == batches, "a batch out")
                child.kill()
            server.batches.held = False
            server.batches.look(server.batches.made[-1])  # it ends, so that the next process gets one wave further

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_between_creating_a_batch_and_noting_its_id_nothing_is_lost_nor_sent_twice(self, server, cache, tmp_path):
        config = wanted(server)
        calls = 3 if isinstance(server, FakeOpenAI) else 2  # the outline and the upload of a file come first
        server.allowed = calls - 1
        with Child(tmp_path, load, config, cache) as child:
            until(lambda: server.batches.made, "the batch made")
            child.kill()
        assert not recorded(config, cache, "batch_id")
        server.allowed = float("inf")

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_before_anything_was_sent_the_intent_is_dropped(self, openai, cache, tmp_path):
        config = wanted(openai)
        openai.allowed = 1  # the outline
        with Child(tmp_path, load, config, cache) as child:
            until(lambda: len(openai.requests) > 1, "the upload")
            child.kill()
        assert recorded(config, cache, "batch")
        openai.allowed = float("inf")

        assert load(config, cache) == live(openai, config, cache)
        assert "never sent" in {record["word"] for record in recorded(config, cache, "batch_end")}
        assert paid_once(openai)


class TestLeft:
    def test_an_interrupt_leaves_batches_running_and_says_how_to_return(self, server, cache, tmp_path):
        config, log = wanted(server), tmp_path / "log"
        server.batches.held = True
        with Child(tmp_path, load_and_log, config, cache, log) as child:
            until(lambda: recorded(config, cache, "batch_id"), "a batch out")
            child.interrupt()
            assert child.error().startswith("KeyboardInterrupt")
        assert said(log, "Still at the provider: 1 batch with 4 requests. Run the same again")
        assert not server.batches.cancels
        server.batches.held = False

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_a_live_run_does_not_pay_for_what_batches_will_bring(self, server, cache, tmp_path):
        config = wanted(server)
        leave_batch(server, config, cache, tmp_path)

        with pytest.raises(BatchesRunning, match="hf-synth cancel"):
            load({**config, "run": {}}, cache)
        assert len(server.answered) == 1  # the outline
        server.batches.held = False

        assert load({**config, "run": {}}, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_cancel_stops_the_process_that_waits_and_the_next_one_uses_what_was_ready(self, server, cache, tmp_path):
        config = wanted(server)
        server.batches.held = True
        with Child(tmp_path, load, config, cache) as child:
            until(lambda: recorded(config, cache, "batch_id"), "a batch out")
            (batch,) = hf_synth.cancel(config, cache_dir=cache)
            assert child.error().startswith("BatchesCancelled")
        assert server.batches.cancels == [batch.id]
        server.batches.held = False

        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)

    def test_batches_that_the_provider_lost_can_be_given_up(self, server, cache, tmp_path):
        config = wanted(server)
        leave_batch(server, config, cache, tmp_path)
        server.batches.made.clear()
        server.batches.held = False
        with pytest.raises(hf_synth.errors.BatchNotFound, match="--forget"):
            load(config, cache)

        assert hf_synth.cancel(config, cache_dir=cache, forget=True)
        assert load(config, cache) == live(server, config, cache)
        assert hf_synth.receipt(config, cache_dir=cache).unsettled_usd > 0


class TestCapped:
    def test_a_cap_holds_and_a_higher_one_goes_on(self, server, cache):
        config = wanted(server, count=60, run={"max_cost": 0.01})
        with pytest.raises(BudgetReached):
            load(config, cache)
        spent = hf_synth.receipt(config, cache_dir=cache).usd
        assert spent is not None
        assert 0 < spent <= 0.01

        config["run"]["max_cost"] = 1.0
        assert load(config, cache) == live(server, config, cache)
        assert paid_once(server)


def test_a_process_says_what_it_waits_for(openai, cache, caplog):
    with caplog.at_level(logging.INFO, logger="hf_synth"):
        load(wanted(openai), cache)
    assert "Batch batch_1 is on its way: requests to test-model: 4." in [record.message for record in caplog.records]


def test_a_new_journal_is_not_begun_while_batches_of_the_old_one_are_out(openai, cache, tmp_path):
    config = wanted(openai)
    leave_batch(openai, config, cache, tmp_path)

    with pytest.raises(BatchesRunning, match="would lose what 1 batch with 4 requests will bring"):
        load(config, cache, download_mode="force_redownload")
