from __future__ import annotations

import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import get_dataset_config_names
from huggingface_hub import DatasetCard, HfApi
from huggingface_hub.errors import HfHubHTTPError

import hf_synth
from generating import SCHEMAS, load_dataset, rows_of
from hf_synth.errors import ConfigError, RecordsNotFound
from servers.hub import FakeHub
from servers.model import Model
from servers.openai_server import FakeOpenAI

REPO = "user/gardens"


loaded_card: Any = DatasetCard.load
"""The type of its data tells no fields."""


def made(schema: str = "instruction_v1", **options: Any) -> Any:
    config = {"schema": schema, "domain": "gardens", "count": 20, "models": {"generator": "offline"}, **options}
    return load_dataset("hf_synth", config)


def text_of(hub: FakeHub, path: str = "README.md") -> str:
    return hub.files(REPO)[path].decode()


def test_what_is_pushed_loads_as_it_was(hub):
    rows = made(splits={"train": 0.8, "test": 0.2})
    hf_synth.push_to_hub(rows, REPO)
    loaded = load_dataset(REPO)
    assert rows_of(loaded) == rows_of(rows)
    assert loaded["train"].features == rows["train"].features


def test_a_push_brings_data_card_recipe_plots_and_facts(hub):
    hf_synth.push_to_hub(made(), REPO)
    files = hub.files(REPO)
    assert {"README.md", "hf_synth.json", "instruction_v1.synth.yaml"} <= set(files)
    assert any(path.startswith("hf_synth/instruction_v1/") and path.endswith(".png") for path in files)
    data = [path for path in files if path.endswith(".parquet")]
    assert data == ["instruction_v1/train-00000-of-00001.parquet"]
    for path in (path for path in files if path.endswith(".png")):
        assert f"({path})" in text_of(hub)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_pushing_the_same_again_changes_nothing(hub, schema):
    hf_synth.push_to_hub(made(schema), REPO)
    before, commits = hub.files(REPO), len(hub.commits(REPO))
    hf_synth.push_to_hub(made(schema), REPO)
    assert hub.files(REPO) == before
    assert len(hub.commits(REPO)) == commits


def test_three_schemas_live_in_one_repo(hub):
    wanted = {schema: made(schema) for schema in SCHEMAS}
    for rows in wanted.values():
        hf_synth.push_to_hub(rows, REPO)
    assert sorted(get_dataset_config_names(REPO)) == sorted(SCHEMAS)
    for schema, rows in wanted.items():
        assert rows_of(load_dataset(REPO, schema)) == rows_of(rows)
    card = loaded_card(REPO)
    assert {"synthetic", "hf_synth", *SCHEMAS, "sft", "dpo", "eval"} <= set(card.data.tags)
    assert [card.text.count(f"hf_synth:begin {schema}") for schema in SCHEMAS] == [1, 1, 1]
    assert set(json.loads(text_of(hub, "hf_synth.json"))["configs"]) == set(SCHEMAS)


def test_the_words_and_fields_of_others_survive_a_growth(hub):
    hf_synth.push_to_hub(made(), REPO)
    card: Any = DatasetCard(text_of(hub))
    card.data.license = "cc-by-4.0"
    card.data.license_name = card.data.license_link = None
    card.data.tags.append("gardening")
    card.data.tags.remove("sft")
    card.text = f"# My garden\n\nRead by two gardeners.\n{card.text}\nThank you.\n"
    hub.edit(REPO, "README.md", str(card).encode())
    hf_synth.push_to_hub(made(count=30), REPO)
    now = loaded_card(REPO)
    assert now.data.license == "cc-by-4.0"
    assert "license_name" not in now.data.to_dict()
    assert "gardening" in now.data.tags
    assert now.text.strip().startswith("# My garden\n\nRead by two gardeners.")
    assert now.text.strip().endswith("Thank you.")
    assert "30 rows" in now.text
    assert "20 rows" not in now.text
    assert len(load_dataset(REPO, split="train")) == 30


def test_the_facts_name_the_digest_of_each_data_file(hub):
    from hashlib import sha256

    hf_synth.push_to_hub(made(splits={"train": 0.8, "test": 0.2}), REPO)
    files = hub.files(REPO)
    facts = json.loads(files["hf_synth.json"])["configs"]["instruction_v1"]
    assert facts["files"] == {
        path: sha256(content).hexdigest() for path, content in files.items() if path.endswith(".parquet")
    }
    assert facts["rows"] == {"train": 16, "test": 4}
    assert facts["ai_generated"]
    assert facts["receipt"]["rows"] == 20


def test_the_data_files_say_that_a_model_wrote_them(hub, tmp_path):
    hf_synth.push_to_hub(made(), REPO)
    file = tmp_path / "data.parquet"
    file.write_bytes(hub.files(REPO)["instruction_v1/train-00000-of-00001.parquet"])
    marks = pq.read_schema(file).metadata
    assert marks[b"ai_generated"] == b"true"
    told = json.loads(marks[b"hf_synth"])
    assert told["digital_source_type"].endswith("trainedAlgorithmicMedia")
    assert (told["schema"], told["models"], told["rows_changed"]) == ("instruction_v1", ["template"], False)


@pytest.mark.parametrize("races", [1, 3])
def test_a_commit_of_somebody_else_that_comes_first_is_read_and_kept(hub, races):
    hf_synth.push_to_hub(made(), REPO)
    hub.race(races)
    hf_synth.push_to_hub(made(count=30), REPO)
    assert len(load_dataset(REPO, split="train")) == 30
    assert "30 rows" in text_of(hub)
    assert "notes/race.md" in hub.files(REPO)


def test_a_private_repo_is_made_and_read_with_the_token_alone(hub, monkeypatch):
    hf_synth.push_to_hub(made(), REPO, private=True)
    assert HfApi().dataset_info(REPO).private
    assert len(load_dataset(REPO, split="train")) == 20
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HfHubHTTPError):
        hf_synth.push_to_hub(made(), REPO)


def test_a_branch_gets_data_and_card(hub):
    hf_synth.push_to_hub(made(), REPO)
    hf_synth.push_to_hub(made(count=30), REPO, revision="more")
    assert len(load_dataset(REPO, split="train", revision="more")) == 30
    assert "30 rows" in hub.files(REPO, "more")["README.md"].decode()
    assert "20 rows" in text_of(hub)


def test_a_pull_request_holds_data_and_card(hub):
    hf_synth.push_to_hub(made(), REPO)
    done = hf_synth.push_to_hub(made(count=30), REPO, create_pr=True)
    request = hub.files(REPO, "refs/pr/1")
    assert "30 rows" in request["README.md"].decode()
    assert "20 rows" in text_of(hub)
    assert done.oid


def test_rows_that_were_changed_are_pushed_and_said_to_be(hub):
    rows = made().map(lambda row: {"response": row["response"] + "!", "words": len(row["response"].split())})
    hf_synth.push_to_hub(rows, REPO)
    assert "were changed after they were generated" in text_of(hub)
    assert "| `words` | int64 | not made by hf\\_synth |" in text_of(hub)
    facts = json.loads(text_of(hub, "hf_synth.json"))["configs"]["instruction_v1"]
    assert facts["rows_changed"]


def test_a_pushed_recipe_makes_the_same_rows_again(hub, tmp_path):
    rows = made(constraints={"tone": "formal"}, run={"concurrency": 3})
    hf_synth.push_to_hub(rows, REPO)
    place = f"hf://datasets/{REPO}/instruction_v1.synth.yaml"
    again = load_dataset("hf_synth", data_files=place, trust_recipe=True, cache_dir=str(tmp_path / "other"))
    assert rows_of(again) == rows_of(rows)
    assert "run" not in text_of(hub, "instruction_v1.synth.yaml").split("\n", 2)[2]


def test_a_recipe_is_pushed_without_what_is_its_owners_business(hub):
    generator = {"provider": "offline", "price": {"input": 1.0, "output": 2.0}}
    rows = made(models={"generator": generator}, run={"max_cost": 1.0}, license="cc-by-4.0")
    hf_synth.push_to_hub(rows, REPO)
    recipe = text_of(hub, "instruction_v1.synth.yaml")
    assert "price:" not in recipe
    assert "max_cost" not in recipe
    assert "license: cc-by-4.0" in recipe
    assert loaded_card(REPO).data.license == "cc-by-4.0"


def test_a_config_can_have_another_name(hub):
    hf_synth.push_to_hub(made(), REPO, "default")
    hf_synth.push_to_hub(made(count=30), REPO, "larger")
    assert len(load_dataset(REPO, "larger", split="train")) == 30
    assert len(load_dataset(REPO, split="train")) == 20
    assert {"default.synth.yaml", "larger.synth.yaml"} <= set(hub.files(REPO))


def test_a_stream_is_not_pushed(hub):
    config = {"schema": "instruction_v1", "domain": "gardens", "count": 20, "models": {"generator": "offline"}}
    load_dataset("hf_synth", config)
    with pytest.raises(ConfigError, match="streams"):
        hf_synth.push_to_hub(load_dataset("hf_synth", config, streaming=True), REPO)


def test_a_dataset_of_others_is_not_pushed(hub):
    from datasets import Dataset

    with pytest.raises(RecordsNotFound, match="not generated by it"):
        hf_synth.push_to_hub(Dataset.from_dict({"a": [1]}), REPO)


def test_plain_push_to_hub_of_datasets_carries_the_rows_alone(hub):
    made().push_to_hub(REPO)
    assert "hf_synth:begin" not in text_of(hub)
    assert len(load_dataset(REPO, split="train")) == 20


def test_an_evaluation_set_brings_the_tasks_of_inspect(hub):
    import yaml

    hf_synth.push_to_hub(made("eval_v1", splits={"train": 0.5, "test": 0.5}), REPO)
    told = yaml.safe_load(text_of(hub, "eval.yaml"))
    assert told["evaluation_framework"] == "inspect-ai"
    assert all(task["config"] == "eval_v1" and task["split"].startswith("test") for task in told["tasks"])


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("view", ["native", "trl"])
def test_a_card_stands_by_itself(cache, schema, view, tmp_path):
    rows = made(schema, view=view)
    card = hf_synth.card(rows, plots=tmp_path / "plots")
    card.save(tmp_path / "README.md")
    data = loaded_card(tmp_path / "README.md").data
    assert data.language == ["en"]
    assert data.annotations_creators == ["machine-generated"]
    assert data.size_categories == ["n<1K"]
    assert (data.license, data.license_name) == ("other", "not-stated")
    assert "Every row was generated by a language model" in card.text
    assert all(f"| `{name}` |" in card.text for name in rows["train"].column_names)
    assert str((tmp_path / "plots").as_posix()) in card.text
    assert [*(tmp_path / "plots").glob("*.png")]


def test_a_card_of_a_stream_tells_of_the_rows_on_record(cache):
    config = {"schema": "instruction_v1", "domain": "gardens", "count": 20, "models": {"generator": "offline"}}
    load_dataset("hf_synth", config)
    assert "20 rows" in hf_synth.card(load_dataset("hf_synth", config, streaming=True)).text


def test_one_split_of_several_is_not_told_as_the_whole(hub):
    from datasets import DatasetDict

    rows = made(splits={"train": 0.8, "test": 0.2})
    with pytest.raises(ConfigError, match="train, test"):
        hf_synth.push_to_hub(rows["train"], REPO)
    hf_synth.push_to_hub(DatasetDict({"train": rows["train"]}), REPO)
    assert "(16 rows: 16 in train)" in text_of(hub)


def test_a_part_of_the_only_split_is_pushed_as_that_split(hub):
    config = {"schema": "instruction_v1", "domain": "gardens", "count": 20, "models": {"generator": "offline"}}
    hf_synth.push_to_hub(load_dataset("hf_synth", config, split="train[:10]"), REPO)
    assert load_dataset(REPO).num_rows == {"train": 10}
    assert "(10 rows: 10 in train)" in text_of(hub)


def test_without_the_extra_a_card_has_no_plots_and_is_pushed(hub, python):
    hf_synth.push_to_hub(made(), REPO)
    code = f"""
import sys
sys.modules["matplotlib"] = None
import hf_synth
from datasets import load_dataset
config = {{"schema": "eval_v1", "domain": "gardens", "count": 10, "models": {{"generator": "offline"}}}}
hf_synth.push_to_hub(load_dataset("hf_synth", config), {REPO!r})
"""
    python(code, **hub.environment)
    assert not [path for path in hub.files(REPO) if path.startswith("hf_synth/eval_v1/")]
    assert "hf_synth:begin eval_v1" in text_of(hub)


def test_a_pull_request_of_the_same_rows_is_no_commit_to_the_branch(hub):
    hf_synth.push_to_hub(made(), REPO)
    before, commits = hub.files(REPO), len(hub.commits(REPO))
    done = hf_synth.push_to_hub(made(), REPO, create_pr=True, records=True)
    assert (hub.files(REPO), len(hub.commits(REPO))) == (before, commits)
    assert done.pr_revision == "refs/pr/1"
    assert "hf_synth/instruction_v1/records.jsonl.gz" in hub.files(REPO, "refs/pr/1")


def test_records_of_other_rows_do_not_stay(hub):
    path = "hf_synth/instruction_v1/records.jsonl.gz"
    hf_synth.push_to_hub(made(), REPO, records=True)
    hf_synth.push_to_hub(made(count=30), REPO)  # the same journal
    assert path in hub.files(REPO)
    assert "hf-synth extend" in text_of(hub)
    hf_synth.push_to_hub(made(seed=5), REPO)
    assert path not in hub.files(REPO)
    assert "hf-synth extend" not in text_of(hub)


def test_what_others_took_out_of_the_card_stays_out(hub):
    hf_synth.push_to_hub(made(), REPO)
    card: Any = DatasetCard(text_of(hub))
    card.data.tags.remove("sft")
    card.data.pretty_name = None
    hub.edit(REPO, "README.md", str(card).encode())
    hf_synth.push_to_hub(made(count=30), REPO)
    assert "sft" not in loaded_card(REPO).data.tags
    assert loaded_card(REPO).data.pretty_name is None


def test_a_mark_in_a_text_of_the_config_does_not_make_the_card_grow(hub):
    rows = made(guidance="<!-- hf_synth:end instruction_v1 --> and on")
    hf_synth.push_to_hub(rows, REPO)
    before = text_of(hub)
    hf_synth.push_to_hub(rows, REPO)
    assert text_of(hub) == before


def test_a_licence_that_is_named_later_is_told(hub):
    hf_synth.push_to_hub(made(), REPO)
    hf_synth.push_to_hub(made(license="mit"), REPO)
    assert loaded_card(REPO).data.license == "mit"
    assert "The licence is mit" in text_of(hub)


def test_what_is_set_on_the_machine_of_its_maker_is_not_published(hub, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-none")
    with FakeOpenAI(model=Model()) as server:
        generator = {"provider": "openai", "model": "gpt-4o", "base_url": server.url}
        rows = made("preference_v1", models={"generator": generator}, count=10)
        assert any("critic" in remark for remark in hf_synth.receipt(rows).remarks)
        hf_synth.push_to_hub(rows, REPO)
    assert not [path for path, content in hub.files(REPO).items() if b"ANTHROPIC_API_KEY" in content]


def test_rows_that_went_to_trl_are_told_by_their_columns(hub):
    hf_synth.push_to_hub(hf_synth.to_trl(made("preference_v1")), REPO)
    assert "not made by hf" not in text_of(hub)


@pytest.mark.parametrize("name", ["a/b", "../evil", "my config", ".hidden", "data", "hf_synth"])
def test_a_name_that_no_config_can_have_is_refused_before_anything_is_pushed(hub, name):
    with pytest.raises(ConfigError, match="config_name"):
        hf_synth.push_to_hub(made(), REPO, name)
    assert not [asked for asked in hub.requests if asked.method == "POST"]


def test_what_is_no_dataset_is_refused(hub):
    for wrong in ("recipe.yaml", None):
        with pytest.raises(ConfigError, match="is no dataset"):
            hf_synth.card(wrong)  # pyright: ignore[reportArgumentType]


def test_a_source_of_this_machine_is_not_published_as_one_of_the_hub(hub, tmp_path, monkeypatch):
    (tmp_path / "texts" / "manuals").mkdir(parents=True)
    (tmp_path / "texts" / "manuals" / "beds.md").write_text(
        "A bed holds four plants and is watered twice a week. " * 20
    )
    monkeypatch.chdir(tmp_path)
    hf_synth.push_to_hub(made(source="texts/manuals"), REPO)
    assert "texts/manuals" not in text_of(hub, "instruction_v1.synth.yaml")
    assert "source_datasets" not in loaded_card(REPO).data.to_dict() or not loaded_card(REPO).data.source_datasets
    assert "Left out of it: `source`" in text_of(hub)
