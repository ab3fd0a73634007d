"""Given the same answers, the bytes of a job are those of the library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import Screen
from generating import SCHEMAS, THREE, recipe
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import PREFIX, Site, ended, generate, settings_of, site


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(settings_of(tmp_path_factory.mktemp("open"), allow=("base_url",))) as one:
        yield one


@pytest.fixture
def hf(capsys: pytest.CaptureFixture[str], cache: Path) -> Screen:
    return Screen(capsys)


@pytest.mark.parametrize("changes", [{"schema": schema} for schema in SCHEMAS] + [{"splits": THREE}, {"view": "trl"}])
def test_a_job_hands_out_what_the_command_line_writes(open_site, hf: Screen, tmp_path: Path, changes):
    with FakeOpenAI(model=Model()) as model:
        config = {"schema": "instruction_v1", "count": 20, **changes}
        client = open_site.client()
        job = generate(client, recipe(model, **config))["job_id"]
        results = f"{PREFIX}/jobs/{job}/results"
        splits = [*changes.get("splits", {"train": 1.0})]
        streamed = {split: client.get(results, params={"split": split}).content for split in splits}
        assert ended(client, job)["status"] == "completed"
        paid = len(model.answered)
        (tmp_path / "recipe.json").write_text(json.dumps(recipe(model, **config)), "utf-8")  # splits in their order
        assert hf("generate", tmp_path / "recipe.json", "--out", tmp_path / "rows.jsonl") == 0
        assert len(model.answered) > paid  # in another cache, so nothing of the job was taken
    names = {split: f"rows-{split}.jsonl" if len(splits) > 1 else "rows.jsonl" for split in splits}
    files = {split: (tmp_path / name).read_bytes() for split, name in names.items()}
    assert streamed == files
    assert client.get(results).content == b"".join(files.values())
    assert sum(text.count(b"\n") for text in files.values()) == 20
