from __future__ import annotations

import json
import shutil
from typing import Any, cast

import datasets
import pytest

import hf_synth
from generating import KEY, SCHEMAS, load_dataset, recipe
from hf_synth.errors import RecordsNotFound
from servers.model import Model
from servers.openai_server import FakeOpenAI

OFFLINE: dict[str, Any] = {"domain": "gardens", "count": 30, "models": {"generator": "offline"}}
TWO = {"train": 0.8, "test": 0.2}
report = cast("Any", hf_synth.report)


def load(schema: str = "instruction_v1", **options: Any) -> Any:
    return load_dataset("hf_synth", {"schema": schema, **OFFLINE, **options})


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_dataset_and_its_config_give_the_same_report(cache, schema):
    made = load(schema, splits=TWO)
    told = report(made).to_dict()
    assert told == report({"schema": schema, **OFFLINE, "splits": TWO}).to_dict()
    assert (told["schema"], told["domain"], told["rows"], told["changed"]) == (schema, "gardens", 30, False)
    assert told["splits"]["rows"] == {"train": 24, "test": 6}
    assert next(iter(told["diversity"])) == KEY[schema]
    assert 0 < told["diversity"][KEY[schema]]["distinct_2"] <= 1
    assert told["cost"]["judged"] >= 30
    assert (told["critic"] is not None) == (schema == "preference_v1")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_trl_view_gives_the_same_figures(cache, schema):
    native, trl = report(load(schema)).to_dict(), report(load(schema, view="trl")).to_dict()
    for part in ("diversity", "lengths", "coverage", "languages", "items"):
        assert native[part] == trl[part], part


def test_rows_that_were_changed_are_reported_as_they_are_and_said_to_be(cache):
    made = load()["train"]
    easy = made.filter(lambda row: row["metadata"]["difficulty"] == "easy")
    half = report(easy)
    told = half.to_dict()
    assert told["changed"]
    assert told["rows"] == len(easy) < 30
    assert set(told["coverage"]["difficulties"]["counts"]) >= {"easy"}
    assert sum(told["coverage"]["difficulties"]["counts"].values()) == len(easy)
    assert "changed" in str(half)


def test_other_columns_are_reported_as_they_were_generated_and_that_is_said(cache):
    made = load()["train"].rename_column("instruction", "asked")
    told = report(made).to_dict()
    assert told["rows"] == 30
    assert any("as they were generated" in remark for remark in told["remarks"])


def test_a_stream_is_reported_from_what_is_on_record_and_calls_nobody(cache):
    with FakeOpenAI(model=Model()) as server:
        config = recipe(server, count=20)
        streamed = load_dataset("hf_synth", config, split="train", streaming=True)
        with pytest.raises(RecordsNotFound):
            report(streamed)  # nothing is finished
        assert server.requests == []
        assert report(config).to_dict()["rows"] == 0
        load_dataset("hf_synth", config)
        paid = len(server.requests)
        assert report(streamed).to_dict()["rows"] == 20
        assert len(server.requests) == paid


def test_without_its_journal_a_dataset_keeps_its_rows_and_its_receipt(cache):
    made = load("preference_v1")
    before = report(made).to_dict()
    shutil.rmtree(cache / ".hf_synth")
    after = report(made).to_dict()
    assert any("journal is not in this cache" in remark for remark in after["remarks"])
    for part in ("diversity", "lengths", "critic", "cost", "languages"):
        assert after[part] == before[part], part


def test_drops_are_told_by_cause_and_difficulty(cache):
    with FakeOpenAI(model=Model(flaws=0.3)) as server:
        config = recipe(server, count=40, run={"max_candidates": 300})
        load_dataset("hf_synth", config)
    told = report(config).to_dict()
    receipt = hf_synth.receipt(config)
    assert told["drops"]["causes"] == receipt.dropped
    by_cause = told["drops"]["difficulties"]
    assert by_cause
    assert set(by_cause) <= set(receipt.dropped)
    assert all(set(counts) <= {"easy", "medium", "hard"} for counts in by_cause.values())


def test_the_outline_it_gives_can_be_put_into_a_recipe(cache):
    outline = report({"schema": "preference_v1", **OFFLINE}).outline
    assert outline is None
    load("preference_v1")
    outline = report({"schema": "preference_v1", **OFFLINE}).outline
    assert set(outline) == {"topics", "task_types", "audiences", "styles", "criteria"}
    made = load("preference_v1", outline=json.loads(json.dumps(outline)))
    assert report(made).outline == outline


def test_all_topics_that_were_given_count_as_planned(cache):
    topics = [f"topic number {n} of a long list" for n in range(300)]
    told = report(load(outline=topics))
    assert told.outline["topics"] == topics
    assert told.to_dict()["coverage"]["topics"]["planned"] == 300


def test_a_dataset_of_which_no_row_is_left_has_none(cache):
    told = report(load()["train"].filter(lambda row: False)).to_dict()
    assert told["rows"] == 0
    assert "No row is left." in told["remarks"]


def test_with_a_source_passages_are_told_and_no_coverage_of_them_is_claimed(cache, tmp_path):
    for number in range(4):
        text = f"# Bed {number}\n\nBed {number} is {number + 2} metres long and holds leeks, carrots and beans. " * 2
        folder = tmp_path / "beds"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.md").write_text(text)
    told = report(load(source=str(folder), splits=TWO)).to_dict()
    assert tuple(told["passages"]) == (30, 4)
    assert told["coverage"]["topics"]["covered"] is None
    assert told["splits"]["shared"] == []


def test_a_dataset_of_somebody_else_is_refused():
    with pytest.raises(RecordsNotFound, match="carries no mark of hf_synth"):
        report(datasets.Dataset.from_list([{"instruction": "x"}]))


def test_the_name_is_the_function_whatever_was_imported_before(python):
    code = "import hf_synth, hf_synth.reports; hf_synth.receipt; print(callable(hf_synth.report))"
    assert python(code) == "True"
