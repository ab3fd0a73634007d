from __future__ import annotations

import pytest

from generating import load_dataset
from hf_synth.errors import ConfigError
from hf_synth.publishing.once import check_target
from servers.hub import FakeHub

CONFIG = {
    "schema": "instruction_v1",
    "domain": "gardens",
    "count": 10,
    "models": {"generator": "offline"},
    "run": {"push_to": "user/gardens"},
}


def test_what_is_finished_is_pushed_once(hub: FakeHub):
    load_dataset("hf_synth", CONFIG)
    commits = len(hub.commits("user/gardens"))
    hub.edit("user/gardens", "README.md", b"---\n{}\n---\nMine now.\n")
    load_dataset("hf_synth", CONFIG)
    assert len(hub.commits("user/gardens")) == commits + 1  # the edit
    load_dataset("hf_synth", CONFIG, count=20)  # another dataset
    assert b"20 rows" in hub.files("user/gardens")["README.md"]
    assert b"Mine now." in hub.files("user/gardens")["README.md"]


def test_where_it_goes_is_part_of_no_identity(hub: FakeHub):
    load_dataset("hf_synth", CONFIG)
    load_dataset("hf_synth", {**CONFIG, "run": {"push_to": "user/copy"}})
    data = [path for path in hub.files("user/copy") if path.endswith(".parquet")]
    assert {path: hub.files("user/copy")[path] for path in data} == {
        path: hub.files("user/gardens")[path] for path in data
    }


def test_a_stream_is_not_pushed_and_that_is_said(hub: FakeHub, caplog):
    rows = load_dataset("hf_synth", CONFIG, streaming=True, split="train")
    assert len([*rows]) == 10
    assert "Nothing is pushed to user/gardens" in caplog.text


@pytest.mark.parametrize("name", ["a/b/c", "-x", "a b", "x" * 200])
def test_a_name_that_no_repo_can_have_is_refused(hub: FakeHub, name):
    with pytest.raises(ConfigError, match="no name of a repo"):
        check_target(name)
    assert not hub.requests
