from __future__ import annotations

import json
import os
import sys

import datasets
import fsspec
import pytest

from cli.commands import OFFLINE, written
from hf_synth.cli.target import Target, shown
from hf_synth.errors import ConfigError
from servers.model import Model
from servers.openai_server import FakeOpenAI

ROWS = datasets.Dataset.from_list([{"text": "a"}])


@pytest.mark.parametrize(
    ("out", "ending"),
    [
        ("a.parquet", ".parquet"), ("b/c.csv", ".csv"), ("./x", ""), ("v1.2/folder", ""), ("v1.2/", ""),
        ("memory://target/a.jsonl", ".jsonl"), ("memory://target/saved", ""),
        ("simplecache::memory://target/a.csv", ".csv"),
    ],
)  # fmt: skip
def test_files_directories_and_urls_are_taken(out, ending, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = Target.of(out)
    target.check()
    assert target.ending == ending
    assert not [*tmp_path.iterdir()]  # looking makes nothing


@pytest.mark.parametrize(
    ("out", "ending"), [("a.json", ".json"), ("a.parquet.zip", ".zip"), ("s3://bucket/a.txt", ".txt"), ("v1.2", ".2")]
)
def test_other_endings_are_refused(out, ending):
    with pytest.raises(ConfigError, match=f"ends in '{ending}': use .parquet, .jsonl, .csv or a directory") as told:
        Target.of(out)
    assert "with a slash at its end" in str(told.value)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("gs://b/rows.parquet", "'gs://b/rows.parquet' needs a package that is missing: .* Run: pip install gcsfs$"),
        ("abfs://b/saved", "'abfs://b/saved' needs a package that is missing: .* Run: pip install adlfs$"),
        ("lakefs://b/rows.csv", "Run: pip install lakefs-spec$"),
        ("sftp://host/rows.csv", 'SFTPFileSystem requires "paramiko" to be installed.$'),
        ("nonsense://b/rows.csv", "'nonsense://b/rows.csv' cannot be reached: Protocol not known: nonsense. Check"),
        ("https://host/rows.csv", "https addresses can only be read. Name a local path"),
        ("github://org:repo@main/rows.csv", "github addresses can only be read"),
    ],
)
def test_what_fsspec_cannot_write_to_here_is_refused_with_the_remedy(out, said):
    with pytest.raises(ConfigError, match=said):
        Target.of(out)


@pytest.mark.parametrize("out", ["gs://b/rows.parquet", "https://host/rows.csv", "nonsense://b/saved"])
def test_the_command_ends_with_2_before_anything_is_paid_for(hf, tmp_path, out):
    with FakeOpenAI(model=Model()) as server:
        assert hf("generate", written(tmp_path, server), "--out", out) == 2
        assert server.requests == []
    assert hf.err.count("\n") == 1


def test_no_password_is_printed():
    assert shown("sftp://me:secret@host/a.csv") == "'sftp://me:…@host/a.csv'"
    assert shown("s3://bucket/a@b:c.csv") == "'s3://bucket/a@b:c.csv'"
    with pytest.raises(ConfigError) as told:
        Target.of("sftp://me:secret@host/a.csv")
    assert "secret" not in str(told.value)


class TestWhatIsThere:
    def test_a_file_that_is_there_is_replaced(self, tmp_path):
        (tmp_path / "rows.csv").write_text("old")
        Target.of(str(tmp_path / "rows.csv")).check()

    def test_a_directory_with_the_name_of_a_file_is_refused(self, tmp_path):
        (tmp_path / "rows.csv").mkdir()
        with pytest.raises(ConfigError, match=r"rows.csv' is a directory. Name a file in it"):
            Target.of(str(tmp_path / "rows.csv")).check()

    @pytest.mark.parametrize("name", ["rows.csv", "saved"])
    def test_a_place_below_a_file_is_refused(self, tmp_path, name):
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigError, match=rf"cannot be: {tmp_path}/file is no directory\. Name another place"):
            Target.of(str(tmp_path / "file" / "deeper" / name)).check()

    @pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="for the superuser every folder is open")
    def test_a_folder_without_the_right_to_write_is_refused(self, tmp_path):
        (tmp_path / "shut").mkdir(mode=0o500)
        with pytest.raises(ConfigError, match=rf"you may not write in {tmp_path}/shut\."):
            Target.of(str(tmp_path / "shut" / "rows.csv")).check()

    def test_an_empty_directory_will_do_and_so_do_hidden_files(self, tmp_path):
        (tmp_path / ".gitkeep").write_text("")
        assert Target.of(str(tmp_path)).saved_before() == []

    @pytest.mark.parametrize("protocol", ["file", "memory"])
    def test_a_directory_with_other_things_is_refused(self, tmp_path, protocol):
        with fsspec.open(f"{protocol}://{tmp_path}/saved/notes.txt", "w") as file:
            file.write("mine")  # type: ignore[attr-defined]
        with pytest.raises(
            ConfigError, match=r"holds something that hf-synth did not save there\. Name a new directory"
        ):
            Target.of(f"{protocol}://{tmp_path}/saved").check()

    @pytest.mark.parametrize(
        ("protocol", "said"), [("file", "saved is no directory"), ("memory", "did not save there")]
    )
    def test_a_file_where_a_directory_is_meant_is_refused(self, tmp_path, protocol, said):
        with fsspec.open(f"{protocol}://{tmp_path}/saved", "w") as file:
            file.write("mine")  # type: ignore[attr-defined]
        with pytest.raises(ConfigError, match=said):
            Target.of(f"{protocol}://{tmp_path}/saved").check()

    def test_a_dataset_that_somebody_else_saved_is_refused(self, hf, tmp_path):
        datasets.DatasetDict({"train": ROWS}).save_to_disk(tmp_path / "labels")
        with FakeOpenAI(model=Model()) as server:
            assert hf("generate", written(tmp_path, server), "--out", tmp_path / "labels") == 2
            assert server.requests == []
        assert "did not save there" in hf.err
        assert datasets.load_from_disk(str(tmp_path / "labels"))["train"][0] == {"text": "a"}  # type: ignore[index]

    @pytest.mark.parametrize("told", ["", "[]", "{}", '{"splits": 3}', '{"splits": [3]}'])
    def test_a_file_that_only_looks_like_the_start_of_a_dataset_is_refused(self, tmp_path, told):
        (tmp_path / "dataset_dict.json").write_text(told)
        with pytest.raises(ConfigError, match="did not save there"):
            Target.of(str(tmp_path)).check()

    def test_names_of_splits_that_lead_elsewhere_are_not_followed(self, hf, tmp_path):
        saved, other = tmp_path / "saved", tmp_path / "other"
        hf("generate", *OFFLINE, "--out", saved)
        hf("generate", *OFFLINE, "--out", other)
        (saved / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "../other/train", "..", ""]}))
        assert Target.of(str(saved)).saved_before() == [f"{saved}/train"]
        assert hf("generate", *OFFLINE, "--out", saved) == 0
        assert datasets.load_from_disk(str(other)).num_rows == {"train": 6}
