from __future__ import annotations

from typing import Any

import datasets
import pytest

from hf_synth.api.find import cache_root, config_of, find, is_dataset
from hf_synth.config import GenerationConfig
from hf_synth.errors import RecordsNotFound

load_dataset: Any = datasets.load_dataset  # its signature says that a name is a string
CONFIG = GenerationConfig(
    schema="eval_v1",
    domain="gardens",
    count=3,
    models={"generator": "offline"},
    license="cc0-1.0",
    run={"concurrency": 2},
)


def test_a_dataset_leads_back_to_its_config_and_cache(cache):
    found = find(load_dataset("hf_synth", CONFIG, split="train"))
    assert config_of(found) == CONFIG
    assert found.root == cache
    assert not found.changed


def test_rows_cast_to_other_features_are_found_as_well(cache):
    columns = {"input": datasets.Value("large_string"), "ideal_output": datasets.Value("string")}
    wanted = datasets.Features({**columns, "metrics": [datasets.Value("string")]})
    made = load_dataset("hf_synth", CONFIG, split="train", features=wanted)
    assert made.features["input"].dtype == "large_string"
    assert not find(made).changed


def test_a_stream_is_found_once_the_dataset_was_made(cache):
    streamed = load_dataset("hf_synth", CONFIG, split="train", streaming=True)
    with pytest.raises(RecordsNotFound, match="the config instead of the dataset"):
        find(streamed)
    load_dataset("hf_synth", CONFIG)
    assert config_of(find(streamed)) == CONFIG


def test_a_dataset_saved_and_read_again_is_found_by_its_mark(cache, tmp_path):
    load_dataset("hf_synth", CONFIG, split="train").save_to_disk(str(tmp_path / "saved"))
    again = datasets.load_from_disk(str(tmp_path / "saved"))
    assert config_of(find(again)) == CONFIG


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (datasets.Dataset.from_dict({}), True),
        (datasets.DatasetDict(), True),
        ({"schema": "x"}, False),
        ("recipe.yaml", False),
    ],
)
def test_datasets_are_told_from_configs(value, is_one):
    assert is_dataset(value) is is_one


def test_the_cache_is_that_of_datasets_unless_named(cache, tmp_path):
    assert cache_root(None) == cache
    assert cache_root(str(tmp_path)) == tmp_path
