"""`--out` into a repository of the Hub, which is a file system of fsspec, too."""

from __future__ import annotations

import datasets
import huggingface_hub
import pytest

from cli.commands import OFFLINE, written
from servers.model import Model
from servers.openai_server import FakeOpenAI


@pytest.mark.parametrize("name", ["rows.parquet", "data/rows.jsonl"])
def test_a_file_is_one_commit_and_loads(hf, hub, tmp_path, name):
    huggingface_hub.create_repo("user/gardens", repo_type="dataset")
    out = f"hf://datasets/user/gardens/{name}"
    assert hf("generate", *OFFLINE, "--out", out) == 0
    assert hf.out == f"{out}\n"
    read = datasets.load_dataset("user/gardens", cache_dir=str(tmp_path / "read"))
    assert read.num_rows == {"train": 6}  # type: ignore[attr-defined]


def test_a_repository_that_does_not_exist_is_refused_before_anything_is_paid_for(hf, hub, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        assert hf("generate", written(tmp_path, server), "--out", "hf://datasets/user/nowhere/rows.parquet") == 2
        assert server.requests == []
    assert "'datasets/user/nowhere' does not exist. Create it" in hf.err
