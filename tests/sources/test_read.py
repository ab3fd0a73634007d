from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.texts import LONG, long, read, refused, written


def test_a_folder_is_read_file_by_file_in_the_order_of_names(tmp_path):
    for name in ("b.md", "a.txt", "sub/c.markdown"):
        written(tmp_path, name, name)
    assert read(path=str(tmp_path)) == [
        ("a.txt", ["a.txt"]),
        ("b.md", ["b.md"]),
        ("sub/c.markdown", ["sub/c.markdown"]),
    ]


def test_what_is_hidden_in_a_folder_and_what_is_no_text_is_left_out(tmp_path):
    for name in (".git/notes.md", ".venv/lib/top_level.txt", ".secret.txt", "picture.png", "a.md"):
        written(tmp_path, name, name)
    assert read(path=str(tmp_path)) == [("a.md", ["a.md"])]


def test_one_file_of_text_is_a_source_whatever_its_ending(tmp_path):
    for name in ("notes.md", "notes.org", "NOTES", "notes[1].txt"):
        assert read(path=written(tmp_path, name, LONG)) == [(name, [LONG])]
        assert read(data_files=str(tmp_path / name)) == [(name, [LONG])]


def test_windows_files_read_as_others_do(tmp_path):
    path = written(tmp_path, "a.md", b"\xef\xbb\xbf# Soil\r\n\r\nBrown.\r\n")
    assert read(path=path) == [("a.md", ["# Soil\n\nBrown.\n"])]


@pytest.mark.parametrize("raw", ["café".encode("latin-1"), "soil".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_named(tmp_path, raw):
    path = written(tmp_path, "a.txt", raw)
    assert refused(path=path) == f"Config: source: {path!r} is not UTF-8 text. Convert it or leave it out."


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    path = written(tmp_path, "a.txt", LONG)
    Path(path).chmod(0)
    assert "cannot be read: Permission denied" in refused(path=path)


ROWS = [{"id": 1, "text": "one"}, {"id": 2, "text": None}, {"id": 3, "text": "  "}, {"id": 4, "text": "vier 🌱"}]
READ = [("row 0", ["one"]), ("row 1", []), ("row 2", []), ("row 3", ["vier 🌱"])]


@pytest.mark.oldest
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # of csv in 3.6
@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "tsv", "parquet", "jsonl.gz"])
def test_files_of_data_are_read_by_their_ending_and_rows_without_text_have_none(tmp_path, ending):
    path = str(tmp_path / f"rows.{ending}")
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif ending == "jsonl.gz":
        written(tmp_path, f"rows.{ending}", gzip.compress(lines.encode()))
    elif ending in ("csv", "tsv"):
        sign = "," if ending == "csv" else "\t"
        written(
            tmp_path,
            f"rows.{ending}",
            "".join(f"{row['id']}{sign}{row['text'] or ''}\n" for row in [{"id": "id", "text": "text"}, *ROWS]),
        )
    else:
        written(tmp_path, f"rows.{ending}", lines)
    assert read(data_files=path) == READ
    assert read(path=path) == READ


@pytest.mark.parametrize("form", ["list", "glob", "mapping", "mapping of lists", "inside a folder"])
def test_data_files_may_be_a_pattern_a_list_or_a_mapping(tmp_path, form):
    one = written(tmp_path, "one.jsonl", [{"text": "one"}])
    two = written(tmp_path, "two.jsonl", [{"text": "two"}])
    if form == "inside a folder":
        assert read(path=str(tmp_path), data_files="t*.jsonl") == [("row 0", ["two"])]
        return
    files = {
        "list": [one, two],
        "glob": str(tmp_path / "*.jsonl"),
        "mapping": {"train": str(tmp_path / "*.jsonl"), "test": "nowhere.jsonl"},
        "mapping of lists": {"test": [two], "train": [one, two]},
    }[form]
    assert read(data_files=files) == [("row 0", ["one"]), ("row 1", ["two"])]


def test_a_split_of_a_mapping_is_read(tmp_path):
    files = {split: written(tmp_path, f"{split}.jsonl", [{"text": split}]) for split in ("train", "test")}
    assert read(data_files=files, split="test") == [("row 0", ["test"])]
    texts = {split: written(tmp_path, f"{split}.md", split) for split in ("train", "test")}
    assert read(data_files=texts, split="test") == [("test.md", ["test"])]


def test_a_part_of_a_split_is_read(tmp_path):
    path = written(tmp_path, "rows.jsonl", [{"text": str(n)} for n in range(10)])
    assert read(data_files={"train": path}, split="train[:20%]") == [("row 0", ["0"]), ("row 1", ["1"])]


def test_files_of_text_may_be_data_files(tmp_path):
    for name in ("docs/b/x.md", "docs/a/x.md"):
        written(tmp_path, name, name)
    made = read(data_files=str(tmp_path / "docs/**/*.md"))
    assert made == [("a/x.md", ["docs/a/x.md"]), ("b/x.md", ["docs/b/x.md"])], "told apart, and without the way there"


@pytest.mark.oldest
def test_a_local_dataset_is_read_with_its_card_beside_it(tmp_path):
    written(tmp_path, "README.md", "# A card")
    written(tmp_path, "LICENSE.txt", "free")
    written(tmp_path, "data/train.jsonl", [{"text": "one"}])
    written(tmp_path, "data/test.jsonl", [{"text": "two"}])
    assert read(path=str(tmp_path)) == [("row 0", ["one"])]
    assert read(path=str(tmp_path), split="test") == [("row 0", ["two"])]


@pytest.mark.oldest
def test_a_dataset_that_was_saved_to_disk_is_read(tmp_path):
    import datasets

    made = datasets.Dataset.from_dict({"text": ["one"]})
    made.save_to_disk(tmp_path / "alone")
    datasets.DatasetDict({"train": made, "test": made}).save_to_disk(tmp_path / "both")
    assert read(path=str(tmp_path / "alone")) == [("row 0", ["one"])]
    assert read(path=str(tmp_path / "both"), split="test") == [("row 0", ["one"])]
    assert "KeyError: 'dev'" in refused(path=str(tmp_path / "both"), split="dev")


class TestColumns:
    def test_the_one_that_is_called_text_or_the_only_one_of_texts_is_taken(self, tmp_path):
        many = written(tmp_path, "many.jsonl", [{"title": "x", "text": "one"}])
        only = written(tmp_path, "only.jsonl", [{"n": 1, "body": "one"}])
        assert read(path=many) == read(path=only) == [("row 0", ["one"])]

    def test_another_one_is_named(self, tmp_path):
        path = written(tmp_path, "many.jsonl", [{"title": "x", "text": "one"}])
        assert read(path=path, column="title") == [("row 0", ["x"])]

    def test_where_it_cannot_be_told_it_is_asked_for(self, tmp_path):
        path = written(tmp_path, "many.jsonl", [{"n": 1, "title": "x", "body": "one"}])
        assert refused(path=path) == "Config: source.column is needed. Columns with texts: title, body."
        assert refused(path=path, column="txt").startswith(
            "Config: source.column: there are no texts in 'txt'. Columns"
        )
        assert "there are no texts in 'n'" in refused(path=path, column="n")

    def test_a_dataset_without_texts_is_refused(self, tmp_path):
        path = written(tmp_path, "numbers.jsonl", [{"n": 1}])
        assert "Columns with texts: none" in refused(path=path)
        assert "Columns with texts: none" in refused(path=path, whole_rows=True)

    def test_whole_rows_are_all_their_texts(self, tmp_path):
        path = written(
            tmp_path,
            "many.jsonl",
            [{"n": 1, "q": "one", "a": ["two", "three"]}],
        )
        assert read(path=path, whole_rows=True) == [("row 0", ["one", "two", "three"])]

    @pytest.mark.oldest
    def test_a_column_of_messages_is_what_was_said(self, tmp_path):
        messages = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]
        path = written(tmp_path, "chats.jsonl", [{"messages": messages}, {"messages": []}])
        assert read(path=path, column="messages") == [("row 0", ["Why?", "Because."]), ("row 1", [])]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        "path", ["./nowhere", "/nowhere/at/all", "~/nowhere.md", "nowhere.md", "a/b/c", "~nobody/x"]
    )
    def test_a_file_that_is_missing_is_named_with_the_remedy(self, path):
        told = refused(path=path)
        assert told.startswith(f"Config: source: there is no file or folder {path!r}. A source is a folder or file of")

    def test_a_dataset_that_is_missing_is_named_with_the_remedy(self):
        told = refused(path="nobody/nothing")
        assert told.startswith("Config: source: 'nobody/nothing' cannot be loaded: ")
        assert "OWNER/NAME on the Hub" in told

    def test_a_text_in_the_place_of_a_path_is_no_crash(self):
        told = refused(path=long("soil") * 9)
        assert "there is no file or folder 'soil. Compost" in told
        assert len(told) < 500

    @pytest.mark.parametrize("files", ["nowhere/*.jsonl", ["**.qmd"], {"train": "~nobody/x.csv"}])
    def test_patterns_that_match_nothing_are_named(self, files):
        assert refused(data_files=files).startswith("Config: source: no file matches ")

    def test_a_split_that_is_missing_is_told(self, tmp_path):
        path = written(tmp_path, "rows.jsonl", [{"text": "x"}])
        assert 'Unknown split "dev"' in refused(path=path, split="dev")
        assert "no file matches" in refused(data_files={"train": path}, split="dev")

    def test_a_folder_without_texts_is_told(self, tmp_path):
        written(tmp_path, "picture.bin", b"x")
        assert "cannot be loaded" in refused(path=str(tmp_path))

    @pytest.mark.parametrize(
        ("name", "content"), [("rows.jsonl", '{"text": "x \\ud800"}'), ("rows.csv", "text\ncafé".encode("latin-1"))]
    )
    def test_files_that_are_broken_are_told_with_the_cause(self, tmp_path, name, content):
        told = refused(path=written(tmp_path, name, content))
        assert "surrogate" in told or "can't decode byte 0xe9" in told

    def test_texts_and_data_in_one_folder_are_told_apart_by_the_user(self, tmp_path):
        written(tmp_path, "guide.md", LONG)
        written(tmp_path, "meta.json", [{"text": "x"}])
        assert refused(path=str(tmp_path)) == (
            "Config: source: there is text (guide.md) and data (meta.json) in it. "
            "Name the files that are meant in data_files."
        )
        assert read(path=str(tmp_path), data_files="*.md") == [("guide.md", [LONG])]

    @pytest.mark.parametrize("field", ["split", "column", "name"])
    def test_what_texts_do_not_have_is_refused_and_not_passed_over(self, tmp_path, field):
        written(tmp_path, "guide.md", LONG)
        told = refused(path=str(tmp_path), **{field: "test"})
        assert told == f"Config: source.{field}: files of text have none: leave 'test' out."

    def test_a_file_beside_data_files_is_refused(self, tmp_path):
        path = written(tmp_path, "rows.jsonl", [{"text": "x"}])
        assert "keep one" in refused(path=path, data_files=path)

    def test_what_looks_like_a_key_is_not_repeated(self):
        key = "hf_AbCdEfGhIjKlMnOpQrStUv"
        assert key not in refused(path=f"https://nowhere/{key}/x")


def test_what_would_have_to_be_opened_stays_closed_beside_the_texts_of_a_row(tmp_path):
    from datasets import Dataset, Features, Image, Value

    images = Image()
    features = Features(
        {
            "text": Value("string"),
            "picture": images,
            "turn": {"said": Value("string"), "shown": images},
            "turns": [{"role": Value("string"), "content": Value("string"), "shown": images}],
            "pages": [images],
        }
    )
    shown = written(tmp_path, "no picture.png", "no picture")
    turn = {"role": "user", "content": "two", "shown": shown}
    row = {"text": "zero", "picture": shown, "turn": {"said": "one", "shown": shown}, "pages": [shown]}
    rows = [{**row, "turns": [turn, {**turn, "content": "three", "shown": None}]}, dict.fromkeys(features)]
    made = Dataset.from_list([{**row, "turns": row["turns"] or []} for row in rows], features=features)
    made.save_to_disk(str(tmp_path / "x"))
    assert read(path=str(tmp_path / "x"), whole_rows=True) == [
        ("row 0", ["zero", "one", "two", "three"]),
        ("row 1", []),
    ]
    assert read(path=str(tmp_path / "x"), column="turn") == [("row 0", ["one"]), ("row 1", [])]
