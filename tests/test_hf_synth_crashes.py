"""Kill -9 and Ctrl-C at any moment: what was answered is never asked again, and the rows are the same."""

from __future__ import annotations

from typing import Any

import pytest

import hf_synth
from generating import (
    Child,
    load,
    load_and_log,
    load_dataset_builder,
    recipe,
    recorded,
    said,
    stream,
    times_paid,
    until,
)
from servers.model import Model
from servers.openai_server import FakeOpenAI

COUNT = 30
SPLITS = {"train": 0.8, "test": 0.2}


@pytest.fixture
def server():
    with FakeOpenAI(model=Model(flaws=0.12)) as running:
        yield running


@pytest.fixture
def undisturbed(cache):
    def rows(**changes):
        with FakeOpenAI(model=Model(flaws=0.12)) as calm:
            return load(recipe(calm, count=COUNT, splits=SPLITS, **changes), cache / "calm")

    return rows


def hold_after(server: FakeOpenAI, config: dict, cache, answers: int) -> None:
    """Let so many more be answered, and wait until a process stands there with its other calls in flight."""
    server.allowed = len(server.requests) + answers
    until(lambda: len(server.requests) > server.allowed and server.in_flight == server.held, "calls in flight")
    until(lambda: len(recorded(config, cache)) == len(server.answered), "answers on record")


class TestKilled:
    @pytest.mark.parametrize(
        ("schema", "work"), [("instruction_v1", load), ("preference_v1", load), ("eval_v1", stream)]
    )
    def test_again_and_again_asks_nothing_twice_and_makes_the_same_rows(
        self, server, cache, tmp_path, undisturbed, schema, work
    ):
        config = recipe(server, schema, COUNT, splits=SPLITS, run={"concurrency": 4})
        rows = undisturbed(schema=schema) if schema != "instruction_v1" else undisturbed()
        for answers in (0, 1, 9, 14):
            server.allowed = len(server.requests) + answers
            with Child(tmp_path, work, config, cache) as child:
                hold_after(server, config, cache, answers)
                child.kill()
            made: Any = hf_synth.partial(config, cache_dir=cache)
            assert all([*made[split]] == rows[split][: made[split].num_rows] for split in SPLITS)
        server.allowed = float("inf")
        assert load(config, cache) == rows
        assert set(times_paid(server).values()) == {1}

    def test_in_full_flight_loses_at_most_the_calls_in_flight(self, server, cache, tmp_path, undisturbed):
        server.model.latency = 0.02
        config = recipe(server, count=COUNT, splits=SPLITS, run={"concurrency": 8})
        for answers in (12, 30):
            with Child(tmp_path, load, config, cache) as child:
                until(lambda answers=answers: len(server.answered) >= answers, f"{answers} answers")
                child.kill()
        assert load(config, cache) == undisturbed()
        assert times_paid(server).total() - len(times_paid(server)) <= 2 * 8

    def test_while_the_table_was_written_leaves_nothing_in_the_finished_folder(self, server, cache):
        config = recipe(server, count=5)
        builder = load_dataset_builder("hf_synth", config)
        unfinished = cache / f"{builder.cache_dir}.incomplete"
        unfinished.mkdir(parents=True)
        (unfinished / "hf_synth-train-00000-00009-of-NNNNN.arrow").write_bytes(b"torn")
        assert len(load(config, cache)["train"]) == 5
        assert not unfinished.exists()
        assert [path.name for path in cache.rglob("*.arrow")] == ["hf_synth-train.arrow"]


class TestInterrupted:
    def test_once_lets_calls_in_flight_finish_and_opens_no_further_one(self, server, cache, tmp_path, undisturbed):
        config = recipe(server, count=COUNT, splits=SPLITS, run={"concurrency": 4})
        server.allowed, log = 11, tmp_path / "log"
        with Child(tmp_path, load_and_log, config, cache, log) as child:
            hold_after(server, config, cache, 11)
            until(lambda: len(server.requests) == 11 + 4, "four calls in flight")
            asked = len(server.requests)
            child.interrupt()
            until(lambda: said(log, "Interrupted: waiting for the calls in flight"), "the interrupt")
            server.allowed = float("inf")
            assert child.error().startswith("KeyboardInterrupt")
        assert len(server.requests) == asked
        assert len(recorded(config, cache)) == len(server.answered) == asked
        assert load(config, cache) == undisturbed()
        assert set(times_paid(server).values()) == {1}

    def test_twice_drops_the_calls_in_flight(self, server, cache, tmp_path, undisturbed):
        config = recipe(server, count=COUNT, splits=SPLITS, run={"concurrency": 4})
        server.allowed, log = 11, tmp_path / "log"
        with Child(tmp_path, load_and_log, config, cache, log) as child:
            hold_after(server, config, cache, 11)
            child.interrupt()
            until(lambda: said(log, "Interrupted: waiting for the calls in flight"), "the interrupt")
            child.interrupt()
            assert child.error().startswith("KeyboardInterrupt")
        server.allowed = float("inf")
        assert len(recorded(config, cache)) == 11
        assert load(config, cache) == undisturbed()
        assert set(times_paid(server).values()) == {1}

    def test_while_streaming_keeps_what_was_paid_for(self, server, cache, tmp_path):
        config = recipe(server, count=COUNT, run={"concurrency": 4})
        server.allowed = 11
        with Child(tmp_path, stream, config, cache) as child:
            hold_after(server, config, cache, 11)
            child.interrupt()
            server.allowed = float("inf")
            assert child.error().startswith("KeyboardInterrupt")
        assert len(recorded(config, cache)) == len(server.answered)
        assert len(load(config, cache)["train"]) == COUNT
        assert set(times_paid(server).values()) == {1}
