from __future__ import annotations

import yaml

from cli.commands import OFFLINE, written
from generating import load_dataset
from hf_synth.config.read import read_recipe
from servers.model import Model
from servers.openai_server import FakeOpenAI

REPO = "user/gardens"


def test_push_makes_the_rows_and_brings_them_to_the_hub(hub, hf, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        recipe = written(tmp_path, server)
        told = hf.json("push", recipe, REPO)
        assert told["repo"] == REPO
        assert told["commit"]
        assert len(load_dataset(REPO, split="train")) == 6
        paid = len(server.requests)
        assert hf("push", recipe, REPO) == 0
        assert len(server.requests) == paid


def test_push_takes_private_branches_and_pull_requests(hub, hf, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    fields = {"schema": "eval_v1", "domain": "gardens", "count": 6, "models": {"generator": "offline"}}
    recipe.write_text(yaml.safe_dump(fields))
    assert hf("push", recipe, REPO, "--private", "--config-name", "mine", "--revision", "draft") == 0
    assert len(load_dataset(REPO, "mine", split="train", revision="draft")) == 6
    assert hf("push", recipe, REPO, "--create-pr") == 0
    assert "/discussions/1" in hf.out


def test_what_generate_makes_can_be_pushed_at_once_and_is_pushed_once(hub, hf):
    assert hf("generate", *OFFLINE, "--push-to", REPO) == 0
    assert len(load_dataset(REPO, split="train")) == 6
    commits = len(hub.commits(REPO))
    seen = len(hub.requests)
    assert hf("generate", *OFFLINE, "--push-to", REPO) == 0
    assert (len(hub.commits(REPO)), len(hub.requests)) == (commits, seen)


def test_a_push_that_fails_is_made_up_for_by_the_next_load(hub, hf, monkeypatch):
    hub.put("other/gardens", {"README.md": b"theirs"})
    assert hf("generate", *OFFLINE, "--push-to", "other/gardens") == 1
    hub.tokens["hf_other"] = "other"
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    assert hf("generate", *OFFLINE, "--push-to", "other/gardens") == 0
    assert "instruction_v1.synth.yaml" in hub.files("other/gardens")


def test_without_a_token_nothing_is_paid(hub, hf, tmp_path, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    with FakeOpenAI(model=Model()) as server:
        for arguments in (
            ("push", written(tmp_path, server), REPO),
            ("generate", tmp_path / "recipe.yaml", "--push-to", REPO),
        ):
            assert hf(*arguments) == 2
            assert "hf auth login" in hf.err
        monkeypatch.setenv("HF_TOKEN", "hf_wrong")
        assert hf("generate", tmp_path / "recipe.yaml", "--push-to", REPO) == 2
        assert "does not take your token" in hf.err
        monkeypatch.setenv("HF_TOKEN", "hf_test")
        assert hf("generate", tmp_path / "recipe.yaml", "--push-to", "not a repo") == 2
        assert "no name of a repo" in hf.err
        assert not server.requests


def test_extend_pays_for_the_difference_and_writes_it_where_it_is_wanted(hub, hf, tmp_path):
    with FakeOpenAI(model=Model()) as server:
        recipe = written(tmp_path, server, count=20)
        assert hf("push", recipe, REPO, "--records") == 0
        paid = len(server.requests)
        out = tmp_path / "rows.parquet"
        command = ("extend", REPO, "--recipe", recipe, "--cache-dir", tmp_path / "other", "--out", out)
        assert hf.json(*command)["rows"] == 20
        assert len(server.requests) == paid
        assert hf.json(*command, "--count", 30)["rows"] == 30
        assert paid < len(server.requests) < 2 * paid
        assert len(load_dataset("parquet", data_files=str(out), split="train")) == 30


def test_extend_reads_the_recipe_of_the_repo_and_pushes_back(hub, hf, tmp_path):
    assert hf("generate", *OFFLINE) == 0
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("schema: instruction_v1\ndomain: gardens\nmodels: {generator: offline}\ncount: 6\n")
    assert hf("push", recipe, REPO, "--records") == 0
    assert hf("extend", REPO, "--count", 12, "--cache-dir", tmp_path / "other", "--push") == 0
    assert len(load_dataset(REPO, split="train")) == 12
    (tmp_path / "pushed.yaml").write_bytes(hub.files(REPO)["instruction_v1.synth.yaml"])
    assert read_recipe(tmp_path / "pushed.yaml")["count"] == 12


def test_extend_says_what_a_repo_lacks(hub, hf, tmp_path):
    hub.put(REPO, {"README.md": b"nothing"})
    assert hf("extend", REPO, "--count", 12) == 2
    assert "holds no recipe" in hf.err
    assert hf("extend", "user/absent", "--count", 12) == 1


def test_a_recipe_of_the_hub_is_estimated_freely_and_generated_with_consent(hub, hf):
    hub.put(REPO, {"gardens.synth.yaml": b"schema: eval_v1\ndomain: gardens\ncount: 6\nmodels: {generator: offline}\n"})
    place = f"hf://datasets/{REPO}/gardens.synth.yaml"
    assert hf.json("estimate", place)["likely"]["calls"] > 0
    for command in ("generate", "preview"):
        assert hf(command, place) == 2
        assert "trust_recipe" in hf.err
    assert hf("generate", place, "--trust-recipe") == 0


def test_a_parquet_file_says_inside_that_a_model_wrote_it(hf, tmp_path):
    import pyarrow.parquet as pq

    assert hf("generate", *OFFLINE, "--out", tmp_path / "rows.parquet") == 0
    assert pq.read_schema(tmp_path / "rows.parquet").metadata[b"ai_generated"] == b"true"
