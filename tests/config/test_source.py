from __future__ import annotations

from typing import Any

import pytest

from hf_synth.config import GenerationConfig, read_config
from hf_synth.config.source import Source
from hf_synth.errors import ConfigError

BASE: dict[str, Any] = {"schema": "instruction_v1", "domain": "gardens", "models": {"generator": "offline"}}


def source(given: Any) -> Source | None:
    return GenerationConfig(**BASE, source=given).source


def error_of(given: Any, **more: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        GenerationConfig(**BASE, source=given, **more)
    return str(caught.value)


def test_a_string_is_a_path():
    assert source("docs") == source({"path": "docs"}) == Source(path="docs")


def test_everything_but_a_path_or_files_has_a_default():
    made = Source(data_files="a.jsonl")
    assert (made.path, made.name, made.column, made.split, made.passage_characters) == (None, None, None, "train", 1600)


@pytest.mark.parametrize("files", ["a.jsonl", ["a.jsonl", "b/*.jsonl"], {"train": "a", "test": ["b", "c"]}])
def test_data_files_take_the_forms_that_datasets_takes(files):
    made = source({"data_files": files})
    assert made is not None
    assert made.data_files == files


def test_it_survives_json():
    made = Source(data_files={"train": ["a"]}, column="x", passage_characters=200)
    assert Source.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize("given", ["", " ", {}, {"path": ""}, {"path": None}, {"split": "test"}])
def test_texts_must_be_named(given):
    assert error_of(given) == "Config: source: it names no texts. Set path (a dataset, folder or file) or data_files."


@pytest.mark.parametrize("given", ["hf_synth", {"path": "hf_synth"}, {"path": " hf_synth "}])
def test_a_dataset_that_would_be_paid_for_is_no_source(given):
    told = "Config: source: hf_synth cannot read from hf_synth: that would pay for another dataset. Save it first."
    assert error_of(given) == told


def test_texts_that_are_kept_out_are_named_in_the_same_way():
    made = GenerationConfig(**BASE, quality={"decontaminate": ["a", {"path": "b"}]}).quality.decontaminate
    assert made == [Source(path="a"), Source(path="b")]
    with pytest.raises(ConfigError, match="hf_synth cannot read from hf_synth"):
        GenerationConfig(**BASE, quality={"decontaminate": "hf_synth"})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pth": "x"}, "unknown field 'source.pth'. Did you mean 'path'?"),
        (5, "source: Input should be a mapping of fields"),
        (["a"], "source: Input should be a mapping of fields"),
        ({"path": 5}, "source.path: Input should be a valid string, but got 5. Put it in quotes."),
        ({"path": "x", "split": ""}, "source.split: String should have at least 1 character"),
        ({"path": "x", "passage_characters": 199}, "source.passage_characters: Input should be greater than or equal"),
        ({"path": "x", "passage_characters": 20_001}, "source.passage_characters: Input should be less than or equal"),
        ({"path": "x", "column": ["a"]}, "source.column: Input should be a valid string"),
        ({"path": "a\ud800"}, "source.path: it is not text: half of a surrogate pair stands in it."),
    ],
)
def test_a_mistake_is_one_clear_sentence(given, told):
    said = error_of(given)
    assert said.startswith(f"Config: {told}")
    assert said.count("source") == 1


@pytest.mark.parametrize("files", [5, "", " ", [], [1], ["a", ""], {"train": 5}, {"train": []}, {5: "a"}, {"": "a"}])
def test_files_that_are_none_are_told_in_one_sentence_whatever_their_form(files):
    said = error_of({"data_files": files})
    assert said.startswith("Config: source.data_files: ")
    assert said.endswith("names no files: use a pattern, a list of them, or a mapping from split to them.")
    assert said.count("source") == 1


def test_topics_and_a_source_would_both_say_what_rows_are_about():
    told = "Config: source and outline.topics both say what rows are about: keep one."
    assert error_of("docs", outline=["soil"]) == error_of("docs", outline={"topics": ["soil"], "styles": ["x"]}) == told
    made = GenerationConfig(**BASE, source="docs", outline={"styles": ["x"]})
    assert made.outline is not None


def test_a_field_of_it_can_be_overridden():
    made = read_config({**BASE, "source": {"path": "docs", "split": "test"}}, source={"column": "body"}).source
    assert made == Source(path="docs", split="test", column="body")
