from __future__ import annotations

import json
from typing import Any, cast

import pytest
from datasets import load_dataset

import hf_synth
from generating import recipe, recorded
from servers.model import Model
from servers.openai_server import FakeOpenAI

OFFLINE: dict[str, Any] = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 12,
    "models": {"generator": "offline"},
}
TWO = {"train": 0.75, "test": 0.25}
provenance = cast("Any", hf_synth.provenance)


def load(config: Any = OFFLINE, **options: Any) -> Any:
    return load_dataset("hf_synth", config, **options)


class TestProvenance:
    @pytest.mark.parametrize("by_config", [True, False])
    def test_names_split_cell_topic_models_and_answers_of_every_row(self, cache, by_config):
        with FakeOpenAI(model=Model()) as server:
            config = recipe(server, "preference_v1", count=8, splits=TWO)
            made = load(config)
            origins = provenance(config if by_config else made)
            answers = {record["name"]: record for record in recorded(config, cache)}
        assert origins.column_names == [
            "split", "row", "cell", "topic", "passage", "models", "answers", "checks", "flags", "notes",
        ]  # fmt: skip
        assert [(row["split"], row["row"]) for row in origins] == [
            (split, number) for split, part in made.items() for number in range(len(part))
        ]
        for origin in origins:
            assert origin["models"] == ["test-model"]
            assert len(origin["answers"]) >= 5  # draft, two responses, two verdicts
            assert set(origin["answers"]) <= set(answers)
            assert origin["answers"][0].startswith(f"{origin['cell']}:-1:generator")
            texts = [answers[name]["text"].strip() for name in origin["answers"]]
            assert made[origin["split"]][origin["row"]]["chosen"] in texts
            assert origin["topic"]
            assert {"length@1", "refusal@1"} <= set(origin["checks"])
            assert len(json.loads(origin["notes"])["judged"][0]["scores"]) == 2

    def test_of_changed_rows_warns(self, cache):
        changed = load(split="train").select(range(3))
        with pytest.warns(UserWarning, match="The rows were changed since they were generated"):
            assert provenance(changed).num_rows == 12

    def test_of_nothing_is_empty(self, cache):
        assert provenance(OFFLINE).num_rows == 0

    def test_tells_the_checks_with_which_each_row_was_judged(self, cache):
        load(OFFLINE)
        load(OFFLINE, count=20, quality={"refusal": False})
        strict, loose = provenance(OFFLINE), provenance({**OFFLINE, "count": 20, "quality": {"refusal": False}})
        assert all("refusal@1" in checks for checks in strict["checks"])
        assert not any("refusal@1" in checks for checks in loose["checks"])

    def test_of_one_split_is_that_of_its_rows(self, cache):
        made = load(splits=TWO)
        origins = provenance(made["test"])
        assert set(origins["split"]) == {"test"}
        assert [*origins["row"]] == [*range(len(made["test"]))]
        assert provenance(made).num_rows == 12
