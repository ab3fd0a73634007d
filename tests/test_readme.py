"""The README is run: every `python`, `bash` and `yaml` block of it, in order, as a reader would (`reading.py`).

`console` blocks are not run, nor are those marked `downstream`. Those marked `server` ask a job server.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet
from pydantic import BaseModel

import hf_synth
from hf_synth.config import GenerationConfig
from hf_synth.config.model import Constraints, Models, Run
from hf_synth.config.names import built_in
from hf_synth.config.quality import Quality
from reading import REPO, Desk, World, blocks_of, open_world

README = (REPO / "README.md").read_text("utf-8")
BLOCKS = blocks_of(README)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("others")) as made:
        yield made


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    with world.desk(tmp_path) as made:
        made.save(BLOCKS)
        yield made


def test_every_block_is_of_a_kind_that_is_known():
    assert {block.kind for block in BLOCKS} == {"python", "bash", "yaml", "toml", "json", "console"}


def test_the_python_blocks_run_in_order(desk):
    told = desk.read([block for block in BLOCKS if block.kind == "python" and block.runs], "README.md")
    assert "tier list price" in told


@pytest.mark.timeout(300)
def test_the_bash_blocks_run_in_order(desk):
    for block in BLOCKS:
        if block.kind == "bash" and block.runs:
            told = desk.run("bash", "-euo", "pipefail", "-c", desk.text_of(block))
            if "toy:toy-1" in block.text:
                assert "shouting" in told
                assert "exit code 5" in told


@pytest.mark.timeout(300)
def test_the_blocks_that_ask_a_job_server_run_in_order(desk):
    told = desk.ask(BLOCKS)
    first, _ = json.JSONDecoder().raw_decode(told)
    assert first["config"]["models"] == {"generator": {"provider": "openai", "model": "gpt-4o"}}
    assert '"status": "completed"' in told
    rows = [json.loads(line) for line in re.findall(r'{"prompt": ".*', told)]
    assert parquet.read_table(desk.folder / "rows.parquet").to_pylist() == rows
    assert len(rows) == 20


@pytest.mark.parametrize("sample", [json.loads(block.text) for block in BLOCKS if block.kind == "json"])
def test_a_sample_row_is_the_first_one_of_the_offline_provider(sample, tmp_path):
    schema = next(name for name, column in _COLUMNS.items() if column in sample)
    recipe = {"schema": schema, "domain": "customer_support", "models": {"generator": "offline"}}
    row = hf_synth.preview(recipe, 1, cache_dir=tmp_path)[0]
    assert list(row) == list(sample)
    for column, told in sample.items():
        if not isinstance(told, str):
            assert row[column] == told
            continue
        at = 0
        for piece in filter(None, (piece.strip() for piece in told.split("…"))):
            at = row[column].index(piece, at) + len(piece)


_COLUMNS = {"instruction_v1": "instruction", "preference_v1": "chosen", "eval_v1": "ideal_output"}
_UNBUILT = {"run.executor", "run.replicas"}


def fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    return {prefix + name for name in model.model_fields}


def test_the_table_of_the_config_names_every_field_that_works():
    groups = {"models": Models, "constraints": Constraints, "run": Run}
    wanted = fields(GenerationConfig) - set(groups)
    for name, model in groups.items():
        wanted |= fields(model, f"{name}.")
    table = README.partition("## The config")[2].partition("`run` says how")[0]
    told = {name for line in table.splitlines() for name in re.findall(r"`([\w.]+)`", line.split(" | ")[0])}
    assert told == wanted - _UNBUILT


def test_the_tables_tell_the_defaults():
    defaults = {
        "count": 100,
        "constraints.max_tokens": Constraints().max_tokens,
        "run.concurrency": Run().concurrency,
        "run.timeout": Run().timeout,
        "run.poll_seconds": Run().poll_seconds,
        "run.finish_live": Run().finish_live,
        **{name: getattr(Quality(), name) for name in Quality.model_fields},
    }
    for name, value in defaults.items():
        told = f"{value:g} " if isinstance(value, int | float) else ""
        assert f"| `{name}` | {told}|" in README.replace(".0 |", " |"), name


@pytest.mark.parametrize("check", built_in("checks"))
def test_every_check_is_named(check):
    assert f"`{check}`" in README


def test_all_that_strangers_must_not_name_is_told():
    settings = pytest.importorskip("hf_synth.server.settings")
    told = (
        README.partition("push somewhere is refused: ")[2].partition(". `--allow")[0].replace("plug-ins", "`plugins`")
    )
    assert set(re.findall(r"`(?:run\.)?(\w+)`", told)) == set(settings.ALLOWED)


def test_the_entry_points_shown_are_those_of_the_example():
    shown = tomllib.loads(next(block.text for block in BLOCKS if block.kind == "toml"))
    real = tomllib.loads((REPO / "examples" / "plugin" / "pyproject.toml").read_text("utf-8"))
    assert shown["project"]["entry-points"] == real["project"]["entry-points"]


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (REPO / target).exists(), target
