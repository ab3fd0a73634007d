"""Streaming: rows as they are made, in order, no further ahead than asked for, paid once for all readers."""

from __future__ import annotations

import asyncio
import threading

import pytest
from datasets import interleave_datasets

from generating import SCHEMAS, THREE, load, load_dataset, recipe, recorded, settle, stream, times_paid
from hf_synth.classifier import sampled
from hf_synth.config import GenerationConfig
from hf_synth.engine.journal import Journal
from hf_synth.executors.local import FOLDER
from servers.model import Model
from servers.openai_server import FakeOpenAI


@pytest.fixture
def server():
    with FakeOpenAI(model=Model(latency=0.005)) as running:
        yield running


def streamed(config, split="train", **options):
    return load_dataset("hf_synth", config, split=split, streaming=True, **options)


def engines() -> int:
    """Engines at work in this process."""
    return sum(thread.name == "hf_synth" for thread in threading.enumerate())


def needed(rows: int, calls: int) -> int:
    """Calls that so many rows take: the outline, a draft for five, `calls` for each, a second look at a few."""
    config = GenerationConfig(schema="eval_v1", domain="x", models={"generator": "offline"})
    return 1 + -(-rows // 5) + calls * rows + sum(sampled(config, number) for number in range(rows))


class TestReadingAhead:
    @pytest.mark.parametrize(("schema", "calls"), [*zip(SCHEMAS, (1, 4, 1), strict=True)])
    @pytest.mark.parametrize("concurrency", [6, 24])
    def test_is_at_most_as_many_calls_as_may_run_at_once(self, server, cache, schema, calls, concurrency):
        rows = iter(streamed(recipe(server, schema, 100, run={"concurrency": concurrency})))
        for number in range(1, 16):
            next(rows)
            assert settle(server, 0.03) <= needed(number, calls) + concurrency
        assert len(server.requests) >= needed(15, calls)
        rows.close()

    def test_starts_with_the_first_row_and_not_before(self, server, cache):
        rows = streamed(recipe(server)).map(lambda row: row).filter(lambda row: True).take(3)
        assert not server.requests
        assert len([*rows]) == 3

    def test_goes_on_while_the_reader_works(self, server, cache):
        rows = iter(streamed(recipe(server, count=50, run={"concurrency": 12})))
        next(rows)
        settle(server)
        server.allowed = len(server.requests)  # from here on nothing is answered
        assert len([next(rows) for _ in range(5)]) == 5
        server.allowed = float("inf")
        rows.close()


class TestStopping:
    def test_in_the_middle_ends_the_engine_and_keeps_what_was_paid_for(self, server, cache):
        config = recipe(server, count=100, run={"concurrency": 12})
        for number, _ in enumerate(streamed(config)):
            if number == 7:
                break
        assert engines() == 0
        assert len(recorded(config, cache)) == len(server.answered)
        assert server.in_flight == 0
        journal = Journal(next((cache / FOLDER).iterdir()))
        assert journal.acquire({})
        journal.close()

    def test_and_starting_again_pays_for_the_rest_alone(self, server, cache):
        config = recipe(server, count=30, run={"concurrency": 6})
        first = [row for row, _ in zip(streamed(config), range(9), strict=False)]
        whole = stream(config, cache)
        assert whole[:9] == first
        assert set(times_paid(server).values()) == {1}
        assert len(server.answered) == needed(30, 1)

    def test_and_loading_the_rest_cached_pays_for_the_rest_alone(self, server, cache):
        config = recipe(server, count=30, splits=THREE, run={"concurrency": 6})
        first = [row for row, _ in zip(streamed(config, "validation"), range(2), strict=False)]
        made = load(config, cache)
        assert made["validation"][:2] == first
        assert set(times_paid(server).values()) == {1}

    def test_a_state_dict_resumes_in_another_dataset_for_nothing(self, server, cache):
        config = recipe(server, count=20, run={"concurrency": 4})
        dataset = streamed(config)
        first, state = [], None
        for row in dataset:
            first.append(row)
            if len(first) == 7:
                state = dataset.state_dict()
                break
        other = streamed(config)
        other.load_state_dict(state)
        rest = [*other]
        assert first + rest == stream(config, cache)
        assert len(rest) == 13
        assert set(times_paid(server).values()) == {1}

    def test_a_second_epoch_asks_nothing(self, server, cache):
        dataset = streamed(recipe(server))
        first = [*dataset]
        paid = len(server.requests)
        dataset.set_epoch(1)
        assert [*dataset] == first
        assert len(server.requests) == paid


class TestSeveralReaders:
    def test_of_one_split_share_an_engine_and_pay_once(self, server, cache):
        config = recipe(server, count=30, run={"concurrency": 6})
        running = set()
        for number, (one, other) in enumerate(zip(streamed(config), streamed(config), strict=True)):
            assert one == other
            if number < 29:  # after its last row a reader is done
                running.add(engines())
        assert running == {1}
        assert engines() == 0
        assert set(times_paid(server).values()) == {1}
        assert server.most_in_flight <= 6

    def test_of_several_splits_share_an_engine_and_pay_once(self, server, cache):
        config = recipe(server, count=40, splits={"train": 0.5, "test": 0.5}, run={"concurrency": 6})
        parts = [streamed(config, split) for split in ("train", "test")]
        mixed = [*interleave_datasets(parts)]
        assert engines() == 0
        made = load(config, cache)
        assert mixed[::2] == made["train"]
        assert mixed[1::2] == made["test"][: len(mixed) // 2]
        assert len(mixed) >= 39
        assert set(times_paid(server).values()) == {1}
        assert server.most_in_flight <= 6

    def test_one_of_whom_leaves_do_not_disturb_each_other(self, server, cache):
        config = recipe(server, count=20, run={"concurrency": 4})
        leaving, staying = iter(streamed(config)), iter(streamed(config))
        first = [next(staying), next(leaving), next(leaving)]
        leaving.close()
        assert engines() == 1
        rest = [*staying]
        assert engines() == 0
        assert [first[0], *rest] == stream(config, cache)

    def test_with_other_thresholds_share_an_engine_and_pay_once(self, cache):
        with FakeOpenAI(model=Model(flaws=0.15)) as server:
            configs = [recipe(server, "preference_v1", 10, quality={"min_margin": least}) for least in (1.0, 0.0)]
            pairs = [*zip(*map(streamed, configs), strict=True)]
            assert len(pairs) == 10
            assert set(times_paid(server).values()) == {1}
            assert [one for one, _ in pairs] == stream(configs[0], cache)

    def test_one_streaming_and_one_cached_share_an_engine_and_pay_once(self, server, cache):
        config = recipe(server, count=20, run={"concurrency": 4})
        rows = iter(streamed(config))
        first = next(rows)
        made = load_dataset("hf_synth", config, split="train")
        assert [first, *rows] == [*made]
        assert set(times_paid(server).values()) == {1}

    def test_in_two_threads_share_an_engine_and_pay_once(self, server, cache):
        made: dict[int, list] = {}
        threads = [
            threading.Thread(
                target=lambda count=count: made.update({count: load(recipe(server, count=count), cache)["train"]})
            )
            for count in (15, 40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made[40][:15] == made[15]
        assert set(times_paid(server).values()) == {1}


class TestInsideARunningLoop:
    def test_both_ways_of_loading_work(self, server, cache):
        async def notebook():
            return load(recipe(server, count=5), cache)["train"], [*streamed(recipe(server, count=8))]

        cached, rows = asyncio.run(notebook())
        assert rows[:5] == cached
