from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from datasets import load_dataset, load_from_disk

import hf_synth
from cli.commands import OFFLINE, written
from generating import WHOLE, local
from servers.model import Model
from servers.openai_server import FakeOpenAI

RECEIPT = {
    "rows", "accepted", "judged", "dropped", "calls", "usd", "unsettled_usd", "priced_on", "list_price", "retries",
    "seconds", "runs", "batches", "batches_ended", "remarks",
}  # fmt: skip


PRICE = {"price": {"input": 3.0, "output": 15.0}}


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def expected(*changes):
    return load_dataset(
        "hf_synth", "instruction_v1", domain="gardens", count=6, models={"generator": "offline"}, **dict(changes)
    )


class TestGenerate:
    def test_without_out_tells_the_place_in_the_cache_and_shows_three_rows(self, hf, cache):
        assert hf("generate", *OFFLINE) == 0
        first, *_ = hf.out.splitlines()
        folder = Path(first.removeprefix("The dataset is in "))
        assert folder.is_relative_to(cache)
        assert any(folder.glob("*.arrow"))
        assert hf.out.count("\ninstruction: ") == 3
        assert "rows      6 (accepted" in hf.err

    def test_json_is_the_receipt(self, hf, cache):
        told = hf.json("generate", *OFFLINE)
        assert set(told) >= RECEIPT
        assert (told["rows"], told["usd"], told["list_price"]) == (6, 0.0, None)
        assert told["calls"][0]["role"] == "generator"
        assert told["written"] == []
        assert Path(told["cache"]).is_relative_to(cache)

    def test_is_what_load_dataset_gives(self, hf, tmp_path):
        hf("generate", *OFFLINE, "--out", tmp_path / "rows.jsonl")
        assert lines(tmp_path / "rows.jsonl") == [*expected()["train"]]

    def test_twice_pays_once(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server)
            hf("generate", path)
            paid = len(server.requests)
            assert hf.json("generate", path)["rows"] == 6
            assert len(server.requests) == paid

    def test_force_pays_again_and_keeps_the_old_journal(self, hf, tmp_path, cache):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server)
            hf("generate", path)
            paid = len(server.requests)
            assert hf("generate", path, "--force") == 0
            assert len(server.requests) == 2 * paid
        assert len([*cache.glob(".hf_synth/*/000*")]) == 2

    def test_batch_mode_is_not_taken_for_live(self, hf):
        assert hf("generate", *OFFLINE, "--mode", "batch") == 2
        assert "provider 'offline' has no batch API" in hf.err

    def test_looks_into_the_cache_it_is_given(self, hf, cache, tmp_path):
        told = hf.json("generate", *OFFLINE, "--cache-dir", tmp_path / "other")
        assert Path(told["cache"]).is_relative_to(tmp_path / "other")
        assert not cache.exists()

    def test_tells_on_stderr_what_it_will_likely_cost_and_measures_it(self, hf, tmp_path):
        with FakeOpenAI(model=Model(latency=0.1)) as server:
            path = written(tmp_path, server, count=60, generator=PRICE, run={"concurrency": 8})
            told = hf.json("generate", path)
        assert re.search(r"^Likely \$[\d.]+ \(\d+ calls\), \$[\d.]+ at worst", hf.err, re.MULTILINE)
        measured = re.findall(r"^After (\d+) rows: about \$([\d.]+) in all", hf.err, re.MULTILINE)
        assert measured
        assert float(measured[-1][1]) == pytest.approx(told["usd"], rel=0.3)

    def test_with_everything_on_record_tells_no_estimate(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server, generator=PRICE)
            hf("generate", path)
            assert "Likely $" in hf.err
            hf("generate", path)
        assert "Likely" not in hf.err

    def test_stopped_at_its_cap_it_tells_what_it_took(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server, count=60, generator=PRICE, run={"max_cost": 0.1, "concurrency": 4})
            assert hf("generate", path) == 4
        assert "run.max_cost stops it at $0.10" in hf.err
        assert re.search(r"^generator test-model: \d+ calls", hf.err, re.MULTILINE)


class TestOut:
    @pytest.mark.parametrize(("ending", "kind"), [(".parquet", "parquet"), (".jsonl", "json"), (".csv", "csv")])
    def test_one_split_is_one_file(self, hf, tmp_path, ending, kind):
        out = tmp_path / f"rows{ending}"
        assert hf("generate", *OFFLINE, "--out", out) == 0
        assert hf.out == f"{out}\n"
        again = load_dataset(kind, data_files=str(out), split="train", cache_dir=str(tmp_path / "c"))
        assert again["instruction"] == expected()["train"]["instruction"]

    def test_several_splits_are_several_files(self, hf, tmp_path):
        recipe = tmp_path / "r.json"
        recipe.write_text(json.dumps({"splits": {"train": 4, "test": 2}}))
        told = hf.json("generate", recipe, *OFFLINE, "--out", tmp_path / "rows.jsonl")
        places = [tmp_path / "rows-train.jsonl", tmp_path / "rows-test.jsonl"]
        assert told["written"] == [str(place) for place in places]
        assert [len(lines(place)) for place in places] == [4, 2]

    def test_without_an_ending_is_a_directory(self, hf, tmp_path):
        assert hf("generate", *OFFLINE, "--out", tmp_path / "saved") == 0
        saved = load_from_disk(str(tmp_path / "saved"))
        assert [*saved["train"]] == [*expected()["train"]]
        assert hf_synth.receipt(saved).rows == 6

    def test_may_be_an_fsspec_url(self, hf, tmp_path):
        out = f"file://{tmp_path}/rows.parquet"
        assert hf("generate", *OFFLINE, "--out", out) == 0
        assert (tmp_path / "rows.parquet").stat().st_size > 0

    def test_text_is_written_as_it_is(self, hf, tmp_path):
        hf("generate", *OFFLINE, "--language", "fr", "--out", tmp_path / "rows.jsonl")
        text = (tmp_path / "rows.jsonl").read_text("utf-8")
        assert "é" in text
        assert "\\u00e9" not in text

    @pytest.mark.parametrize("name", ["rows.xlsx", "rows.json", "rows.parquet.gz"])
    def test_with_another_ending_is_refused_before_anything_is_paid(self, hf, tmp_path, name):
        with FakeOpenAI(model=Model()) as server:
            assert hf("generate", written(tmp_path, server), "--out", tmp_path / name) == 2
            assert server.requests == []
        assert "use .parquet, .jsonl, .csv or a directory" in hf.err


class TestEstimate:
    def test_shows_likely_and_worst_with_the_list_price_beside_them(self, hf):
        assert hf("estimate", "--schema", "instruction_v1", "--domain", "x", "--tier", "economy") == 0
        likely, worst, role, listed, priced, basis = hf.out.splitlines()
        assert likely.startswith("likely  $")
        assert worst.startswith("worst   $")
        assert role.startswith("generator  openai:gpt-4o-mini: likely $")
        assert listed.startswith("tier list price  $0.0500")
        assert priced.startswith("priced on  genai-prices")
        assert basis == "basis  assumed"

    def test_in_batch_mode_costs_half_and_tells_what_finishing_live_adds(self, hf, tmp_path):
        recipe = tmp_path / "recipe.json"
        recipe.write_text(json.dumps({"outline": WHOLE, "run": {"finish_live": 20}}))
        config = (recipe, "--schema", "eval_v1", "--domain", "x", "--tier", "standard")
        live, batch = (hf.json("estimate", *config, "--mode", mode)["likely"]["cost"] for mode in ("live", "batch"))
        assert batch == pytest.approx(live / 2)
        assert hf("estimate", *config, "--mode", "batch") == 0
        assert "finish live  a wave of at most 20 requests goes at the live price: likely $" in hf.out
        assert ", batch prices" in hf.out

    def test_names_the_model_without_a_price_and_the_remedy(self, hf, tmp_path):
        assert hf("estimate", written(tmp_path, "http://127.0.0.1:1/v1")) == 0
        assert "No price is known for openai:test-model at http://127.0.0.1:1/v1: set models.generator.price" in hf.out

    def test_of_rows_that_are_there_is_measured_from_them(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server, count=30, generator=PRICE)
            hf("generate", path)
            told = hf.json("estimate", path, "--count", "60")
        assert told["basis"].startswith("measured on ")
        assert told["likely"]["cost"] == pytest.approx(told["spent"], rel=0.3)

    def test_json_has_the_shape_of_the_surface(self, hf, tmp_path):
        told = hf.json("estimate", "--schema", "preference_v1", "--domain", "x", "--tier", "premium", "--count", "10")
        assert {"likely", "worst", "list_price", "by_role", "priced_on"} <= set(told)
        assert set(told["likely"]) == {"cost", "calls", "input_tokens", "output_tokens"} == set(told["worst"])
        assert set(told["by_role"]) == {"generator", "critic"}
        assert told["list_price"] == 0.25
        assert 0 < told["likely"]["cost"] < told["worst"]["cost"]

    def test_an_unknown_cost_is_null(self, hf, tmp_path):
        told = hf.json("estimate", written(tmp_path, "http://127.0.0.1:1/v1"))
        assert told["likely"]["cost"] is None
        assert told["worst"]["cost"] is None

    def test_needs_neither_key_nor_server(self, hf):
        assert hf("estimate", "--schema", "eval_v1", "--domain", "x", "--tier", "standard") == 0


class TestPreview:
    def test_prints_n_rows(self, hf):
        assert hf("preview", *OFFLINE, "-n", "2") == 0
        assert hf.out.count("instruction: ") == 2

    def test_json_has_them_whole_and_they_count_towards_the_run(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server)
            rows = hf.json("preview", path, "-n", "3")["rows"]
            paid = len(server.requests)
            assert hf("generate", path, "--out", tmp_path / "rows.jsonl") == 0
            assert len(server.requests) < 2 * paid
        assert lines(tmp_path / "rows.jsonl")[:3] == rows

    def test_of_nothing_is_refused(self, hf):
        assert hf("preview", *OFFLINE, "-n", "0") == 2
        assert "preview at least 1 row" in hf.err


class TestStatus:
    def test_tells_what_is_on_record_and_calls_nobody(self, hf, tmp_path, cache):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server)
            assert hf.json("status", path)["rows"] == 0
            assert not cache.exists()
            hf("preview", path, "-n", "2")
            paid = len(server.requests)
            told = hf.json("status", path)
            assert len(server.requests) == paid
        assert set(told) >= RECEIPT
        assert told["rows"] == 2
        assert sum(line["calls"] for line in told["calls"]) == paid
        assert told["usd"] is None

    def test_shows_batches_that_are_out_and_how_to_go_on(self, hf, tmp_path, cache):
        path = written(tmp_path, "http://127.0.0.1:1/v1", run={"mode": "batch"})
        journal = local(yaml.safe_load(path.read_text()), cache).journal()
        assert journal.acquire({})
        told = {"role": "generator", "provider": "openai", "model": "gpt-4o", "dialect": "json_schema", "bytes": 9}
        for mark in ("a1", "b2"):
            journal.append({"type": "batch", "mark": mark, "requests": 50, "usd": 1.5, "at": 1_795_000_000.0, **told})
        journal.append({"type": "batch_id", "mark": "a1", "id": "batch_7", "at": 1_795_000_001.0})
        journal.append(
            {"type": "batch_end", "mark": "b2", "word": "completed", "answered": 0, "at": 2.0, "lost": False}
        )
        journal.close()
        assert hf("status", path) == 0
        assert "batches   1 open, 1 ended" in hf.out
        assert "batch     batch_7 (mark a1): 50 requests to openai:gpt-4o since 2026-11-18 11:06 UTC" in hf.out
        assert "hf-synth generate picks open batches up" in hf.out
        assert "hf-synth cancel cancels them" in hf.out
        (batch,) = hf.json("status", path)["batches"]
        assert (batch["id"], batch["requests"], batch["since"]) == ("batch_7", 50, 1_795_000_000.0)

    def test_is_for_people_too(self, hf):
        hf("generate", *OFFLINE)
        assert hf("status", *OFFLINE) == 0
        assert "rows      6 (accepted 6 of" in hf.out


def test_nothing_is_written_beside_the_cache_and_what_was_asked_for(hf, tmp_path, cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hf("generate", *OFFLINE, "--out", "rows.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "rows.csv"]
