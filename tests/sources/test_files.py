from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hf_synth.config.source import Source
from hf_synth.sources._files import builder, local, named, signature
from sources.texts import written


def aged(path: str, seconds: float = 60.0) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_file_that_is_named_twice_counts_once(tmp_path):
    path = written(tmp_path, "a.md", "x")
    assert named(Source(data_files=[path, str(tmp_path / "*.md")])) == [Path(path)]


def test_files_of_a_mapping_are_those_of_the_split(tmp_path):
    one, other = (written(tmp_path, name, "x") for name in ("a.md", "b.md"))
    files = {"train": one, "test": [other]}
    assert named(Source(data_files=files)) == [Path(one)]
    assert named(Source(data_files=files, split="test[:50%]")) == [Path(other)]
    assert named(Source(data_files=files, split="train+test")) == [Path(one), Path(other)]


@pytest.mark.parametrize("path", [None, "", "nobody/nothing", "x" * 5000, "~nobody/x", "a\0b"])
def test_what_is_not_here_is_not_local(path):
    assert local(path) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jsonl", "json"), ("A.JSON.GZ", "json"), ("a.parquet", "parquet"), ("a.md", None), ("a", None)],
)
def test_the_ending_tells_who_reads_a_file(name, kind):
    assert builder(Path(name)) == kind


class TestSignature:
    def test_it_stays_while_files_do(self, tmp_path):
        aged(written(tmp_path, "a.md", "x"))
        source = Source(path=str(tmp_path))
        assert signature(source) == signature(source)

    def test_it_changes_with_content_names_and_number_of_files(self, tmp_path):
        path = written(tmp_path, "a.md", "x")
        aged(path)
        source, signed = Source(path=str(tmp_path)), set()
        for change in (
            lambda: None,
            lambda: Path(path).write_text("xy"),
            lambda: Path(path).rename(tmp_path / "b.md"),
            lambda: aged(written(tmp_path, "c.md", "x")),
            (tmp_path / "b.md").unlink,
        ):
            change()
            signed.add(signature(source))
        assert len(signed) == 5

    def test_it_is_not_trusted_right_after_a_change(self, tmp_path):
        written(tmp_path, "a.md", "x")
        source = Source(path=str(tmp_path))
        assert signature(source) != signature(source), "the same time of change may be that of two changes"

    def test_a_file_from_the_future_is_trusted(self, tmp_path):
        aged(written(tmp_path, "a.md", "x"), -3600)
        source = Source(path=str(tmp_path))
        assert signature(source) == signature(source)

    def test_a_dataset_of_the_hub_has_no_files_here(self):
        assert signature(Source(path="nobody/nothing")) == (0,)

    def test_a_file_that_is_gone_meanwhile_is_no_crash(self, tmp_path):
        (tmp_path / "a.md").symlink_to(tmp_path / "nowhere")
        assert signature(Source(path=str(tmp_path))) == (0,)
