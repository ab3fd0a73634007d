"""Several processes on one journal, and the ranks of a distributed launch."""

from __future__ import annotations

import pytest

from generating import THREE, Child, load, load_and_log, local, recipe, recorded, said, stream, times_paid, until
from servers.model import Model
from servers.openai_server import FakeOpenAI

FOLLOWS = "Another process works on this journal"


@pytest.fixture
def server():
    with FakeOpenAI(model=Model(flaws=0.12, latency=0.01)) as running:
        yield running


class TestTwoProcesses:
    def test_of_two_counts_at_once_pay_once_and_are_both_right(self, server, cache, tmp_path):
        small, large = (recipe(server, count=count, splits=THREE) for count in (30, 60))
        with Child(tmp_path, load, small, cache) as one, Child(tmp_path, load, large, cache) as other:
            made, more = one.result(), other.result()
        assert set(times_paid(server).values()) == {1}
        assert {split: len(rows) for split, rows in more.items()} == {"train": 48, "validation": 6, "test": 6}
        assert {split: more[split][: len(rows)] for split, rows in made.items()} == made
        assert load(large, cache / "alone") == more

    def test_of_one_config_pay_once(self, server, cache, tmp_path):
        config = recipe(server, count=20)
        with Child(tmp_path, load, config, cache) as one, Child(tmp_path, stream, config, cache) as other:
            assert one.result()["train"] == other.result()
        assert set(times_paid(server).values()) == {1}

    def test_with_other_thresholds_at_once_pay_once_and_are_both_right(self, server, cache, tmp_path):
        configs = [recipe(server, "preference_v1", 12, quality={"min_margin": least}) for least in (1.0, 0.0)]
        with Child(tmp_path, load, configs[0], cache) as one, Child(tmp_path, load, configs[1], cache) as other:
            assert len(one.result()["train"]) == len(other.result()["train"]) == 12
        assert set(times_paid(server).values()) == {1}

    @pytest.mark.parametrize("end", ["kill", "interrupt"])
    def test_one_of_which_waits_take_over_when_the_writer_ends(self, server, cache, tmp_path, end):
        config = recipe(server, count=30, run={"concurrency": 4})
        server.allowed = 13
        with Child(tmp_path, stream, config, cache) as writer:
            until(lambda: len(server.requests) > 13 and server.in_flight == server.held, "calls in flight")
            until(lambda: len(recorded(config, cache)) == len(server.answered), "answers on record")
            with Child(tmp_path, load_and_log, config, cache, tmp_path / "log") as waiting:
                until(lambda: said(tmp_path / "log", FOLLOWS), "the other process follows")
                getattr(writer, end)()
                server.allowed = float("inf")
                made = waiting.result()["train"]
        assert len(made) == 30
        assert set(times_paid(server).values()) == {1}
        assert made == stream(config, cache)


class TestRanks:
    def test_other_than_the_first_call_nobody_and_get_the_same_rows(self, server, cache, tmp_path):
        config = recipe(server, count=12, splits=THREE, generator={"api_key_env": "MY_KEY"})
        ranks = [
            Child(tmp_path, load, config, cache, RANK=rank, WORLD_SIZE="2", MY_KEY=f"sk-of-rank-{rank}")
            for rank in ("1", "0")
        ]
        with ranks[0] as second, ranks[1] as first:
            assert first.result() == second.result()
        assert {request.headers["authorization"] for request in server.requests} == {"Bearer sk-of-rank-0"}
        assert set(times_paid(server).values()) == {1}

    def test_redo_a_dataset_once_when_forced(self, server, cache, tmp_path):
        config = recipe(server, count=6)
        load(config, cache)
        ranks = [Child(tmp_path, _forced, config, cache, RANK=rank, WORLD_SIZE="2") for rank in ("1", "0")]
        with ranks[0] as second, ranks[1] as first:
            assert first.result() == second.result()
        assert max(times_paid(server).values()) == 2
        assert sorted(path.name for path in local(config, cache).folder.glob("0*")) == ["0001", "0002"]

    def test_of_a_world_of_one_generate(self, server, cache, monkeypatch):
        monkeypatch.setenv("WORLD_SIZE", "1")
        monkeypatch.setenv("RANK", "0")
        assert len(load(recipe(server, count=3), cache)["train"]) == 3


def _forced(config, cache):
    return load(config, cache, download_mode="force_redownload")
