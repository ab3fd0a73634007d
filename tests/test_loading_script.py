"""`builder_scripts/loading_script`, with the last `datasets` that takes one; later versions refuse it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest
from packaging.version import Version

import hf_synth
from generating import KEY, SCHEMAS, load_dataset, load_dataset_builder, recipe, recorded, rows_of, times_paid
from hf_synth.errors import ConfigError
from servers.model import Model
from servers.openai_server import FakeOpenAI

FOLDER = Path(__file__).parent.parent / "builder_scripts" / "loading_script"
SCRIPT = FOLDER / "loading_script.py"
OLD = Version(datasets.__version__) < Version("4")
takes_scripts = pytest.mark.skipif(not OLD, reason="datasets 4 and later refuse loading scripts")
OFFLINE: dict[str, Any] = {"domain": "gardens", "count": 10, "models": {"generator": "offline"}}

UNREGISTERED = f"""
import datasets
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES as known
script, given = {str(FOLDER)!r}, {OFFLINE!r}
try:
    datasets.load_dataset(script, "eval_v1", trust_remote_code=False, **given)
except ValueError as error:
    assert "trust_remote_code=True" in str(error)
assert "hf_synth" not in known
made = datasets.load_dataset(script, "eval_v1", trust_remote_code=True, split="train", **given)
print(made.num_rows, made.cache_files[0]["filename"])
"""


def load(*arguments: Any, path: Path | str = FOLDER, **options: Any) -> Any:
    return load_dataset(str(path), *arguments, trust_remote_code=True, **options)


@pytest.fixture
def server():
    with FakeOpenAI(model=Model()) as running:
        yield running


@pytest.mark.skipif(OLD, reason="datasets before version 4 takes loading scripts")
@pytest.mark.filterwarnings("ignore")
def test_newer_datasets_say_that_they_take_no_script():
    with pytest.raises(RuntimeError, match="scripts are no longer supported"):
        load("eval_v1", **OFFLINE)


@takes_scripts
@pytest.mark.oldest
class TestOldDatasets:
    @pytest.mark.parametrize("schema", SCHEMAS)
    def test_rows_are_made_once_and_are_those_of_the_plugin(self, server, cache, schema):
        fields = recipe(server, schema)
        rows = rows_of(load(fields.pop("schema"), **fields))
        assert [*rows] == ["train"]
        assert len({row[KEY[schema]] for row in rows["train"]}) == 20
        paid = len(server.requests)
        assert rows_of(load(schema, **fields)) == rows
        assert rows_of(load(schema, path=SCRIPT, **fields)) == rows
        assert rows_of(load_dataset("hf_synth", schema, **fields)) == rows
        assert len(server.requests) == paid
        assert len([*cache.rglob("*.arrow")]) == 1

    def test_a_larger_count_reads_the_journal_of_the_plugin(self, server, cache):
        small = rows_of(load_dataset("hf_synth", recipe(server)))["train"]
        large = rows_of(load(recipe(server, count=30)))["train"]
        assert large[:20] == small
        assert set(times_paid(server).values()) == {1}
        assert len(recorded(recipe(server), cache)) == len(server.answered)

    def test_every_form_of_config_is_taken(self, cache, tmp_path):
        rows = rows_of(load("eval_v1", **OFFLINE))
        config = hf_synth.GenerationConfig(schema="eval_v1", **OFFLINE)
        (tmp_path / "recipe.yaml").write_text(config.model_dump_json(exclude_unset=True), "utf-8")
        assert rows_of(load(config)) == rows
        assert rows_of(load(data_files=str(tmp_path / "recipe.yaml"))) == rows
        assert rows_of(load(data_dir=str(tmp_path))) == rows
        assert [*load("eval_v1", split="train", streaming=True, **OFFLINE)] == rows["train"]
        with pytest.raises(ConfigError, match="domian"):
            load("eval_v1", domian="gardens")

    def test_workers_and_a_new_journal_are_had_as_from_the_plugin(self, server, cache):
        fields = recipe(server, count=10)
        rows = rows_of(load(fields, num_proc=2))
        builder = load_dataset_builder(str(FOLDER), fields, trust_remote_code=True)
        assert builder.cache_dir == load_dataset_builder("hf_synth", fields).cache_dir
        paid = len(server.answered)
        load(fields, download_mode="force_redownload")
        assert len(server.answered) == 2 * paid
        assert len(rows["train"]) == 10

    def test_what_is_known_of_the_rows_is_found(self, cache):
        made = load("preference_v1", **OFFLINE)
        assert hf_synth.receipt(made).rows == 10
        assert not hf_synth.receipt(made).changed
        assert len(hf_synth.provenance(made)) == 10

    def test_it_works_where_the_plugin_was_not_registered_and_runs_for_nobody_who_does_not_trust_it(
        self, python, cache, tmp_path
    ):
        told = python(UNREGISTERED, HF_SYNTH_AUTOLOAD="0", HF_MODULES_CACHE=str(tmp_path / "modules"))
        assert told.startswith(f"10 {cache}/hf_synth/eval_v1-")

    def test_a_repo_of_the_hub_can_hold_it_under_its_own_name(self, hub, server, cache):
        hub.put("user/gardens", {"gardens.py": SCRIPT.read_bytes()})
        rows = rows_of(load(recipe(server, count=10), path="user/gardens"))
        assert len(rows["train"]) == 10
        paid = len(server.requests)
        assert rows_of(load_dataset("hf_synth", recipe(server, count=10))) == rows
        assert len(server.requests) == paid
