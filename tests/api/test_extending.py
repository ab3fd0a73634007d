from __future__ import annotations

from typing import Any

import pytest

import hf_synth
from generating import load_dataset, recipe, rows_of
from hf_synth.errors import ConfigError, RecordsNotFound
from servers.hub import FakeHub
from servers.model import Model
from servers.openai_server import FakeOpenAI

REPO = "user/gardens"
OFFLINE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 20,
    "models": {"generator": "offline"},
}


@pytest.fixture
def elsewhere(tmp_path):
    """The cache of somebody else."""
    return tmp_path / "elsewhere"


def pushed(config: dict[str, Any], **options: Any) -> Any:
    rows = load_dataset("hf_synth", config)
    hf_synth.push_to_hub(rows, REPO, **options)
    return rows_of(rows)


def test_only_the_further_rows_are_paid_for(hub, elsewhere):
    with FakeOpenAI(model=Model()) as server:
        mine = recipe(server, generator={"price": {"input": 1.0, "output": 1.0}})
        rows = pushed(mine, records=True)
        paid = len(server.requests)
        grown = hf_synth.extend(REPO, 30, recipe=mine, cache_dir=elsewhere)
        assert rows_of(grown)["train"][:20] == rows["train"]
        assert len(grown["train"]) == 30
        assert len(server.requests) - paid < paid  # ten rows cost less than twenty
        whole = load_dataset("hf_synth", mine, count=30)  # as it would have grown where it was made
        assert rows_of(whole) == rows_of(grown)


def test_the_same_count_takes_no_call(hub, elsewhere):
    with FakeOpenAI(model=Model()) as server:
        mine = recipe(server)
        rows = pushed(mine, records=True)
        paid = len(server.requests)
        assert rows_of(hf_synth.extend(REPO, recipe=mine, cache_dir=elsewhere)) == rows
        assert len(server.requests) == paid


def test_what_others_paid_is_told_apart_and_counts_for_no_cap(hub, elsewhere):
    with FakeOpenAI(model=Model()) as server:
        mine = recipe(server, generator={"price": {"input": 100.0, "output": 100.0}})
        pushed(mine, records=True)
        spent = hf_synth.receipt(mine).usd
        assert spent
        grown = hf_synth.extend(REPO, 30, recipe=mine, cache_dir=elsewhere, run={"max_cost": spent})
        told = hf_synth.receipt(grown, cache_dir=elsewhere)
        assert told.usd_elsewhere == pytest.approx(spent)
        assert 0 < (told.usd or 0) < spent
        assert "paid by whoever made the answers" in str(told)


@pytest.mark.parametrize("schema", ["preference_v1", "eval_v1"])
def test_the_recipe_of_the_repo_is_enough_where_it_holds_everything(hub, elsewhere, schema):
    rows = pushed({**OFFLINE, "schema": schema}, records=True)
    grown = hf_synth.extend(REPO, 30, cache_dir=elsewhere)
    assert rows_of(grown)["train"][:20] == rows["train"]


def test_the_result_can_go_back_to_the_repo(hub, elsewhere):
    pushed(OFFLINE, records=True)
    hf_synth.extend(REPO, 30, cache_dir=elsewhere, push=True)
    assert len(load_dataset(REPO, split="train")) == 30
    again = hf_synth.extend(REPO, 40, cache_dir=elsewhere / "third")
    assert len(again["train"]) == 40


def test_without_records_nothing_is_paid_for_again(hub, elsewhere):
    pushed(OFFLINE)
    with pytest.raises(RecordsNotFound, match="every row would be paid for again"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere)
    assert len(hf_synth.extend(REPO, 30)["train"]) == 30  # here they are on record


def test_records_of_another_config_are_not_taken(hub, elsewhere):
    pushed(OFFLINE, records=True)
    with pytest.raises(ConfigError, match="made with another config"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere, constraints={"tone": "formal"})


def test_records_that_were_tampered_with_are_judged_again(hub, elsewhere):
    import gzip
    import json

    with FakeOpenAI(model=Model()) as server:
        mine = recipe(server)
        pushed(mine, records=True)
        path = "hf_synth/instruction_v1/records.jsonl.gz"
        lines = [json.loads(line) for line in gzip.decompress(hub.files(REPO)[path]).splitlines()]
        for line in lines[1:]:
            if not line["text"].startswith(("{", "[")):
                line["text"] = "I'm sorry, but I can't help with that."
        hub.edit(REPO, path, gzip.compress("\n".join(map(json.dumps, lines)).encode() + b"\n"))
        grown = hf_synth.extend(REPO, 20, recipe=mine, cache_dir=elsewhere)
        assert not [row for row in rows_of(grown)["train"] if row["response"].startswith("I'm sorry")]
        assert hf_synth.receipt(grown, cache_dir=elsewhere).dropped["refusal"]


def test_a_repo_of_several_configs_is_asked_for_one(hub, elsewhere):
    pushed(OFFLINE, records=True)
    pushed({**OFFLINE, "schema": "eval_v1"}, records=True)
    with pytest.raises(ConfigError, match=r"several configs: name one of eval_v1, instruction_v1"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere)
    assert len(hf_synth.extend(REPO, 30, config_name="eval_v1", cache_dir=elsewhere)["train"]) == 30


def test_a_repo_without_a_recipe_says_so(hub: FakeHub, elsewhere):
    hub.put(REPO, {"data.csv": b"a\n1\n"})
    with pytest.raises(ConfigError, match="holds no recipe"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere)


def test_a_smaller_count_than_there_is_is_refused(hub, elsewhere):
    pushed(OFFLINE, records=True)
    with pytest.raises(ConfigError, match="has 20 rows of instruction_v1, and count is 10"):
        hf_synth.extend(REPO, 10, cache_dir=elsewhere)


def test_rows_that_were_changed_are_not_replaced_by_those_that_were_not(hub, elsewhere):
    rows = load_dataset("hf_synth", OFFLINE).map(lambda row: {"response": row["response"] + " Corrected."})
    hf_synth.push_to_hub(rows, REPO, records=True)
    with pytest.raises(ConfigError, match="were changed after they were generated"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere, push=True)


def test_what_does_not_begin_with_the_rows_that_are_there_is_not_pushed(hub, elsewhere):
    from datasets import Dataset

    pushed(OFFLINE, records=True)
    file = elsewhere.parent / "other.parquet"
    there = load_dataset(REPO, split="train")
    Dataset.from_list([*there][::-1], features=there.features).to_parquet(file)
    hub.edit(REPO, "instruction_v1/train-00000-of-00001.parquet", file.read_bytes())
    with pytest.raises(ConfigError, match="The result is not pushed"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere, push=True)
    assert len(load_dataset(REPO, split="train")) == 20


def test_before_anything_is_paid_it_is_seen_whether_the_result_can_be_pushed(hub, elsewhere, monkeypatch):
    pushed(OFFLINE, records=True)
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ConfigError, match="takes a token"):
        hf_synth.extend(REPO, 30, cache_dir=elsewhere, push=True)
