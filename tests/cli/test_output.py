from __future__ import annotations

import datasets
import pytest

from hf_synth.cli.output import check_out, print_rows, write_out
from hf_synth.errors import ConfigError

ROWS = datasets.Dataset.from_list([{"text": "é" * 500, "nested": {"a": ["ü"]}}, {"text": "b", "nested": {"a": []}}])


def test_long_texts_are_cut_and_nested_values_are_json(capsys):
    print_rows(ROWS, 1)
    text, nested, _ = capsys.readouterr().out.split("\n", 2)
    assert text == f"text: {'é' * 400}…"
    assert nested == 'nested: {"a": ["ü"]}'


def test_no_more_rows_are_printed_than_there_are(capsys):
    print_rows(ROWS, 9)
    assert capsys.readouterr().out.count("text: ") == 2


@pytest.mark.parametrize(
    "out", ["a.parquet", "a.jsonl", "b/c.csv", "folder", "v1.2/folder", "s3://bucket/a.parquet", "./x"]
)
def test_files_directories_and_urls_are_taken(out):
    check_out(out)


@pytest.mark.parametrize(
    ("out", "ending"), [("a.json", ".json"), ("a.parquet.zip", ".zip"), ("s3://bucket/a.txt", ".txt")]
)
def test_other_endings_are_refused(out, ending):
    with pytest.raises(ConfigError, match=f"ends in '{ending}': use .parquet, .jsonl, .csv or a directory"):
        check_out(out)


def test_several_splits_go_to_files_named_after_them(tmp_path):
    made = datasets.DatasetDict({"train": ROWS, "test": ROWS.select([1])})
    assert write_out(made, str(tmp_path / "rows.jsonl")) == [str(tmp_path / f"rows-{split}.jsonl") for split in made]
    assert len((tmp_path / "rows-test.jsonl").read_text().splitlines()) == 1
