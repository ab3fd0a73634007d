from __future__ import annotations

import json

from hf_synth.publishing.facts import facts, marks
from publishing.making import told
from servers.model import Model
from servers.openai_server import FakeOpenAI


def test_the_facts_are_plain_values_and_tell_what_the_card_tells(cache):
    rows = told(cache, "preference_v1", constraints={"tone": "formal"})
    made = json.loads(json.dumps(facts(rows, {"a.parquet": "0" * 64}), allow_nan=False))
    assert made["schema"] == "preference_v1"
    assert made["rows"] == {"train": 20}
    assert made["files"] == {"a.parquet": "0" * 64}
    assert made["constraints"]["tone"] == "formal"
    assert made["report"]["critic"]["pairs"] >= 20
    assert made["receipt"]["accepted"] == 20
    assert made["prompts"]["version"] == 3
    assert len(made["prompts"]["sha256"]) == 64
    assert [column["name"] for column in made["columns"]][:3] == ["prompt", "chosen", "rejected"]


def test_neither_facts_nor_marks_tell_an_address_or_a_key(cache, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-secret")
    with FakeOpenAI(model=Model()) as server:
        generator = {"provider": "openai", "model": "m", "base_url": server.url, "api_key_env": "MY_KEY"}
        made = told(cache, models={"generator": generator}, run={"concurrency": 3})
        text = json.dumps(facts(made, {})) + json.dumps(marks(made))
        for secret in (server.url, "MY_KEY", "sk-secret"):
            assert secret not in text
        assert facts(made, {})["models"]["generator"]["elsewhere"]


def test_the_marks_say_that_a_model_wrote_the_rows(cache):
    made = marks(told(cache, changed=True))
    assert made["ai_generated"] == "true"
    assert json.loads(made["hf_synth"])["rows_changed"]
