"""`load_dataset("hf_synth", …)` from end to end: the real `datasets`, the real SDKs, local servers."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import datasets
import pytest
import yaml
from datasets import Value
from datasets.commands import datasets_cli

from generating import KEY, SCHEMAS, THREE, load, load_dataset, load_dataset_builder, local, recipe, recorded, rows_of
from hf_synth import GenerationConfig
from hf_synth.errors import AuthenticationFailed, ConfigError
from servers.anthropic_server import FakeAnthropic
from servers.base import Answer
from servers.model import Model
from servers.openai_server import FakeOpenAI, completion

TEXT, NUMBER = Value("string"), Value("float64")
COLUMNS = {
    "instruction_v1": {
        "system_prompt": TEXT,
        "instruction": TEXT,
        "response": TEXT,
        "metadata": {"domain": TEXT, "difficulty": TEXT},
    },
    "preference_v1": {
        "prompt": TEXT,
        "chosen": TEXT,
        "rejected": TEXT,
        "chosen_score": NUMBER,
        "rejected_score": NUMBER,
        "reasoning": TEXT,
    },
    "eval_v1": {"input": TEXT, "ideal_output": TEXT, "metrics": [TEXT]},
}
MESSAGES = [{"role": TEXT, "content": TEXT}]
SECRET = "sk-proj-S3cr3tS3cr3tS3cr3t"


def features(columns: dict) -> datasets.Features:
    """`[x]` is a list in every version of `datasets`; written back and forth it is the same feature."""
    if hasattr(datasets, "List"):
        columns = {name: datasets.List(kind[0]) if isinstance(kind, list) else kind for name, kind in columns.items()}
    return datasets.Features(columns)


@pytest.fixture
def server():
    with FakeOpenAI() as running:
        yield running


@pytest.fixture(params=["base_url", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"])
def service(request, monkeypatch):
    """A server, the model that is asked there, and the header with the key that must come in."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET + "o")
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET + "a")
    monkeypatch.setenv("MY_KEY", SECRET + "m")
    with FakeAnthropic() if request.param.startswith("ANTHROPIC") else FakeOpenAI() as running:
        if request.param == "base_url":
            model = {"provider": "openai", "model": "m", "base_url": running.url, "api_key_env": "MY_KEY"}
            yield running, model, f"Bearer {SECRET}m"
        elif request.param == "OPENAI_BASE_URL":
            monkeypatch.setenv(request.param, running.url)
            yield running, "openai:gpt-4o-mini", f"Bearer {SECRET}o"
        else:
            monkeypatch.setenv(request.param, running.url)
            yield running, "anthropic:claude-sonnet-4-6", f"Bearer {SECRET}a"


class TestEverySchemaThroughEveryService:
    @pytest.mark.oldest
    @pytest.mark.parametrize("schema", SCHEMAS)
    def test_gives_exactly_the_rows_and_columns_asked_for_cached_and_streamed(self, schema, service, cache):
        server, model, key = service
        options = {"domain": "warehouse logistics", "count": 13, "models": {"generator": model}, "split": "train"}
        made = load_dataset("hf_synth", schema, **options)
        assert made.features == features(COLUMNS[schema])
        assert list(made.features) == list(COLUMNS[schema])
        assert made.num_rows == 13
        assert len(set(made[KEY[schema]])) == 13
        assert {request.headers["authorization"] for request in server.requests} == {key}
        paid = len(server.requests)
        streamed = load_dataset("hf_synth", schema, streaming=True, **options)
        assert streamed.features == made.features
        assert [*streamed] == [*made]
        assert len(server.requests) == paid

    def test_keeps_the_promises_of_a_preference_pair(self, server, cache):
        for row in load_dataset("hf_synth", recipe(server, "preference_v1", 15), split="train"):
            assert 10 >= row["chosen_score"] >= row["rejected_score"] + 1 > 0
            assert row["chosen"] != row["rejected"]

    def test_takes_metrics_from_the_closed_list(self, server, cache):
        made = load_dataset("hf_synth", recipe(server, "eval_v1", 10), split="train")
        known = {"exact_match", "factual_accuracy", "f1", "contains", "multiple_choice", "numeric"}
        assert {metric for metrics in made["metrics"] for metric in metrics} <= known

    def test_asks_a_critic_of_another_family_where_one_is_named(self, server, cache, monkeypatch):
        monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
        with FakeAnthropic() as other:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", other.url)
            config = recipe(server, "preference_v1", 4)
            config["models"]["critic"] = "anthropic:claude-sonnet-4-6"
            assert load_dataset("hf_synth", config, split="train").num_rows == 4
            assert {request.headers["authorization"] for request in other.requests} == {f"Bearer {SECRET}"}
            assert all("<first_response>" in body["messages"][-1]["content"] for body in other.bodies)
        assert not any("<first_response>" in json.dumps(body) for body in server.bodies)


class TestKeys:
    def test_a_default_key_never_reaches_the_base_url_of_a_config(self, server, cache, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        load_dataset("hf_synth", recipe(server, count=3))
        assert not any(SECRET in json.dumps(dict(request.headers)) for request in server.requests)

    def test_a_key_is_in_no_file_no_pickle_and_no_path(self, server, cache, monkeypatch):
        monkeypatch.setenv("MY_KEY", SECRET)
        config = recipe(server, count=3, generator={"api_key_env": "MY_KEY"})
        builder = load_dataset_builder("hf_synth", config)
        builder.download_and_prepare()
        stream = load_dataset("hf_synth", config, streaming=True)
        assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
        written = [path for path in cache.rglob("*") if path.is_file()]
        assert {".arrow", ".jsonl", ".json"} <= {path.suffix for path in written}
        for content in (pickle.dumps(builder), pickle.dumps(stream), *(path.read_bytes() for path in written)):
            assert SECRET.encode() not in content
        assert SECRET not in "\n".join(map(str, written))

    def test_a_missing_key_stops_before_the_first_call_and_is_named(self, server, cache):
        with pytest.raises(AuthenticationFailed, match=r"MY_KEY is not set.*offline"):
            load_dataset("hf_synth", recipe(server, generator={"api_key_env": "MY_KEY"}))
        assert not server.requests

    def test_a_finished_dataset_needs_no_key(self, server, cache, monkeypatch):
        monkeypatch.setenv("MY_KEY", SECRET)
        config = recipe(server, count=3, generator={"api_key_env": "MY_KEY"})
        made = load(config, cache)
        monkeypatch.delenv("MY_KEY")
        assert load(config, cache) == made


class TestAFinishedDataset:
    def test_is_loaded_again_without_a_call(self, server, cache):
        first = load_dataset("hf_synth", recipe(server))
        paid = len(server.requests)
        again = load_dataset("hf_synth", recipe(server, run={"concurrency": 3}, license="cc0-1.0"))
        assert rows_of(again) == rows_of(first)
        assert len(server.requests) == paid

    def test_is_loaded_in_another_interpreter_without_an_sdk_or_a_model_of_language(self, server, cache, python):
        made = load(recipe(server), cache)
        code = f"""
import hf_synth, json, sys
from datasets import load_dataset
rows = [*load_dataset("hf_synth", {recipe(server)!r}, split="train")]
print(json.dumps([rows, sorted(sys.modules)]))
"""
        paid = len(server.requests)
        rows, modules = json.loads(python(code, HF_DATASETS_DISABLE_PROGRESS_BARS="1"))
        assert rows == made["train"]
        assert not {"openai", "anthropic", "aiohttp", "py3langid", "rensa", "genai_prices"} & set(modules)
        assert len(server.requests) == paid

    def test_carries_its_identity_and_its_record(self, server, cache):
        made = load_dataset("hf_synth", recipe(server, license="cc0-1.0"), split="train")
        ids = local(recipe(server), cache).resolved.identities
        assert f"hf_synth://{ids.dataset}/{ids.journal}" in made.info.description
        assert (made.info.license, made.info.config_name) == ("cc0-1.0", "instruction_v1")
        noted = json.loads((Path(made.cache_files[0]["filename"]).parent / "hf_synth.json").read_text("utf-8"))
        assert noted["receipt"]["rows"] == 20
        assert sum(line["calls"] for line in noted["receipt"]["calls"]) == len(server.answered)


class TestEveryFormOfAConfig:
    @pytest.mark.oldest
    def test_reaches_the_same_dataset(self, server, cache, tmp_path, monkeypatch):
        config = recipe(server, count=5)
        (tmp_path / "folder").mkdir()
        for name in ("recipe.yaml", "folder/my.synth.yaml"):
            (tmp_path / name).write_text(yaml.safe_dump(config), "utf-8")
        (tmp_path / "recipe.json").write_text(json.dumps(config), "utf-8")
        monkeypatch.chdir(tmp_path)
        named = {name: value for name, value in config.items() if name != "schema"}
        forms = [
            load_dataset("hf_synth", "instruction_v1", **named),
            load_dataset("hf_synth", config),
            load_dataset("hf_synth", GenerationConfig(**config)),
            load_dataset("hf_synth", "recipe.yaml"),
            load_dataset("hf_synth", tmp_path / "recipe.json"),
            load_dataset("hf_synth", data_files="recipe.yaml"),
            load_dataset("hf_synth", data_dir="folder"),
            load_dataset("hf_synth", **config),
            load_dataset("hf_synth", {**config, "count": 99}, count=5),
        ]
        folders = {Path(made["train"].cache_files[0]["filename"]).parent for made in forms}
        assert len(folders) == 1
        assert len({made["train"]._fingerprint for made in forms}) == 1
        assert len(server.answered) == 1 + 1 + 5

    @pytest.mark.parametrize(
        ("name", "given", "told"),
        [
            ("instruct_v1", {"domain": "x"}, "Did you mean 'instruction_v1'"),
            ("instruction_v1", {"domain": "x", "cuont": 3, "tier": "economy"}, "count"),
            ("instruction_v1", {"tier": "economy"}, "domain"),
            ("instruction_v1", {}, "domain"),
            (None, {}, "Name a schema"),
            ({"schema": "eval_v1", "domain": "x"}, {}, "offline"),
            ("nowhere.yaml", {}, "nowhere.yaml"),
        ],
    )
    def test_that_is_wrong_is_told_before_anything_is_made(self, cache, name, given, told):
        with pytest.raises(ConfigError, match=told):
            load_dataset("hf_synth", name, **given)
        assert not list(cache.rglob("*.arrow"))


class TestWhatDatasetsCanDo:
    @pytest.mark.oldest
    def test_splits_come_by_name_by_slice_and_together(self, server, cache):
        config = recipe(server, count=30, splits=THREE)
        made = load_dataset("hf_synth", config)
        assert {split: part.num_rows for split, part in made.items()} == {"train": 24, "validation": 3, "test": 3}
        paid = len(server.requests)
        rows = rows_of(made)
        assert [*load_dataset("hf_synth", config, split="train[:10]")] == rows["train"][:10]
        assert [*load_dataset("hf_synth", config, split="test+validation")] == rows["test"] + rows["validation"]
        listed = load_dataset("hf_synth", config, split=["train[50%:]", "test"])
        assert [*listed[0]] == rows["train"][12:]
        assert len(server.requests) == paid

    def test_rows_by_number_are_met_to_the_row(self, server, cache):
        made = load_dataset("hf_synth", recipe(server, count=12, splits={"train": 7, "dev": 5}))
        assert {split: part.num_rows for split, part in made.items()} == {"train": 7, "dev": 5}

    @pytest.mark.oldest
    def test_num_proc_reads_in_workers_and_asks_in_the_parent(self, server, cache, python):
        code = f"""
import datasets, hf_synth, json
if __name__ == "__main__":
    datasets.disable_progress_bars()
    made = datasets.load_dataset("hf_synth", {recipe(server, count=40, splits=THREE)!r}, num_proc=2)
    print(json.dumps({{split: [*part] for split, part in made.items()}}))
"""
        in_two = json.loads(python(code))
        paid = len(server.requests)
        assert load(recipe(server, count=40, splits=THREE), cache / "elsewhere") == in_two
        assert len(server.requests) == 2 * paid

    def test_cache_dir_holds_the_dataset_and_its_journal(self, server, cache, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        load_dataset("hf_synth", recipe(server), cache_dir=str(elsewhere))
        assert list(elsewhere.glob("hf_synth/instruction_v1-*/*/*/*.arrow"))
        assert list(elsewhere.glob(".hf_synth/*/0001/*.jsonl"))
        assert not cache.exists()

    def test_hf_hub_offline_is_not_needed(self, server, cache, python):
        """All other tests run with it."""
        code = f"""
import hf_synth
from datasets import load_dataset
print(load_dataset("hf_synth", {recipe(server, count=4)!r}, split="train").num_rows)
"""
        assert python(code, HF_HUB_OFFLINE="0") == "4"

    def test_looking_at_it_pays_nothing(self, server, cache):
        config = recipe(server, splits=THREE)
        assert datasets.get_dataset_config_names("hf_synth") == sorted(SCHEMAS)
        assert datasets.get_dataset_split_names("hf_synth", config_name="eval_v1") == ["train"]
        named = {name: value for name, value in config.items() if name != "schema"}
        assert datasets.get_dataset_split_names("hf_synth", config_name="instruction_v1", **named) == list(THREE)
        builder = load_dataset_builder("hf_synth", config)
        assert builder.info.features == features(COLUMNS["instruction_v1"])
        assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
            "train": 16,
            "validation": 2,
            "test": 2,
        }
        load_dataset("hf_synth", config, streaming=True)
        assert not server.requests
        assert not list(cache.rglob("*.jsonl"))

    @pytest.mark.oldest
    def test_builders_and_streams_survive_pickle(self, server, cache):
        config = recipe(server, count=6)
        builder = pickle.loads(pickle.dumps(load_dataset_builder("hf_synth", config)))
        builder.download_and_prepare()
        stream = pickle.loads(pickle.dumps(load_dataset("hf_synth", config, split="train", streaming=True)))
        assert [*stream] == [*builder.as_dataset("train")]

    def test_features_given_by_the_user_are_cast_to(self, server, cache):
        wanted = features(COLUMNS["preference_v1"] | {"chosen_score": Value("float32")})
        made = load_dataset("hf_synth", recipe(server, "preference_v1", 4), split="train", features=wanted)
        assert made.features == wanted
        assert made.data.schema.field("chosen_score").type == "float"
        paid = len(server.requests)
        plain = load_dataset("hf_synth", recipe(server, "preference_v1", 4), split="train")
        assert plain.features == features(COLUMNS["preference_v1"])
        assert len(server.requests) == paid

    @pytest.mark.parametrize("schema", SCHEMAS)
    def test_the_view_for_trl_is_made_of_the_same_answers(self, server, cache, schema):
        native = load_dataset("hf_synth", recipe(server, schema, 6), split="train")
        paid = len(server.requests)
        made = load_dataset("hf_synth", recipe(server, schema, 6, view="trl"), split="train")
        assert len(server.requests) == paid
        assert made[0]["prompt"][-1] == {"role": "user", "content": native[0][KEY[schema]]}
        streamed = load_dataset("hf_synth", recipe(server, schema, 6, view="trl"), split="train", streaming=True)
        assert [*streamed] == [*made]

    def test_the_command_line_of_datasets_tests_a_recipe(self, server, cache, tmp_path, monkeypatch, capsys):
        (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe(server, count=3)), "utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["datasets-cli", "test", "hf_synth", "--name", "recipe.yaml"])
        datasets_cli.main()
        assert "Test successful." in capsys.readouterr().out
        assert len(server.answered) == 1 + 1 + 3

    def test_a_row_of_any_text_survives(self, cache):
        odd = "A tab\t, a line\u2028break, a brace {0} %s, half a surrogate, an emoji 🙂 and the word café in 77 rows?"

        def write(number, asked):
            if asked.schema and "instructions" in asked.schema["properties"]:
                return Answer(completion(json.dumps({"system_prompt": "", "instructions": [odd]})))
            return None

        with FakeOpenAI(model=Model(rule=write)) as server:
            made = load(recipe(server, count=1), cache)
        assert made["train"][0]["instruction"] == odd


class TestPayingAgain:
    def test_force_redownload_starts_a_new_journal_and_keeps_the_old_one(self, server, cache):
        config = recipe(server, count=6)
        first = load(config, cache)
        paid = len(server.answered)
        again = load(config, cache, download_mode="force_redownload")
        assert len(server.answered) == 2 * paid
        assert again == first  # the server says the same to the same question
        generations = sorted(path.name for path in local(config, cache).folder.glob("0*"))
        assert generations == ["0001", "0002"]
        assert load(config, cache) == first
        assert len(server.answered) == 2 * paid

    def test_force_redownload_pays_once_for_several_splits_and_for_streams(self, server, cache):
        config = recipe(server, count=20, splits=THREE)
        load(config, cache)
        paid = len(server.answered)
        load(config, cache, download_mode="force_redownload")
        assert len(server.answered) == 2 * paid
        streams = load_dataset("hf_synth", config, streaming=True, download_mode="force_redownload")
        assert len([*streams["train"]]) == len([*streams["train"]]) == 16
        assert len(server.answered) <= 3 * paid

    def test_reuse_cache_if_exists_rebuilds_from_the_journal(self, server, cache):
        config = recipe(server, count=6)
        first = load_dataset("hf_synth", config, split="train")
        paid, rows = len(server.answered), [*first]
        table = Path(first.cache_files[0]["filename"])
        before = table.stat().st_mtime_ns
        again = load_dataset("hf_synth", config, split="train", download_mode="reuse_cache_if_exists")
        assert [*again] == rows
        assert table.stat().st_mtime_ns > before
        assert len(server.answered) == paid

    def test_a_dataset_removed_from_the_cache_is_rebuilt_from_the_journal(self, server, cache):
        config = recipe(server, count=6)
        first = load_dataset("hf_synth", config, split="train")
        rows, table = [*first], Path(first.cache_files[0]["filename"])
        del first
        for path in table.parent.iterdir():
            path.unlink()
        table.parent.rmdir()
        paid = len(server.answered)
        assert load(config, cache)["train"] == rows
        assert len(server.answered) == paid
        assert len(recorded(config, cache)) == paid
