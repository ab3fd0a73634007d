"""What `load_dataset` was given; above all, a recipe from elsewhere."""

from __future__ import annotations

import pytest
from datasets import get_dataset_split_names, load_dataset_builder

import hf_synth
from generating import load_dataset
from hf_synth.errors import ConfigError, ConsentNeeded
from servers.hub import FakeHub
from servers.model import Model
from servers.openai_server import FakeOpenAI

REPO = "user/gardens"
RECIPE = b"schema: instruction_v1\ndomain: gardens\ncount: 20\nmodels: {generator: offline}\n"
PAID = b"schema: instruction_v1\ndomain: gardens\ncount: 1000\ntier: economy\n"
PLACE = f"hf://datasets/{REPO}/gardens.synth.yaml"


@pytest.fixture
def repo(hub: FakeHub) -> FakeHub:
    """A Hub with a repo that holds a card and a recipe, and no rows."""
    hub.put(REPO, {"README.md": b"# Gardens\n", "gardens.synth.yaml": RECIPE})
    return hub


def test_a_repo_that_holds_a_recipe_alone_is_generated_with_consent(repo):
    rows = load_dataset(REPO, trust_recipe=True)
    assert rows.num_rows == {"train": 20}
    assert hf_synth.receipt(rows).rows == 20
    assert not hf_synth.receipt(rows).changed


@pytest.mark.parametrize("said", ["1", REPO, f"someone/else, {REPO}"])
def test_the_environment_may_consent(repo, monkeypatch, said):
    monkeypatch.setenv("HF_SYNTH_TRUST_RECIPES", said)
    assert load_dataset(REPO).num_rows == {"train": 20}


@pytest.mark.parametrize("said", [None, "", "someone/else", "0"])
@pytest.mark.parametrize("place", [REPO, PLACE])
def test_nothing_is_paid_without_consent_and_the_refusal_tells_the_price(hub, monkeypatch, said, place):
    hub.put(REPO, {"gardens.synth.yaml": PAID})
    if said is not None:
        monkeypatch.setenv("HF_SYNTH_TRUST_RECIPES", said)
    given = {} if place == REPO else {"data_files": place}
    for streaming in (False, True):
        with pytest.raises(ConsentNeeded) as refused:
            load_dataset(REPO if place == REPO else "hf_synth", streaming=streaming, **given)
        told = str(refused.value)
        assert "1,000 rows of instruction_v1, written by openai:gpt-4o-mini" in told
        assert "likely" in told
        assert "$" in told
        assert f"HF_SYNTH_TRUST_RECIPES={REPO}" in told
        assert "trust_recipe=True" in told


def test_an_argument_refuses_what_the_environment_allows(repo, monkeypatch):
    monkeypatch.setenv("HF_SYNTH_TRUST_RECIPES", "1")
    with pytest.raises(ConsentNeeded):
        load_dataset(REPO, trust_recipe=False)


def test_to_look_at_a_recipe_takes_no_consent(repo):
    assert get_dataset_split_names(REPO) == ["train"]
    assert "instruction" in (load_dataset_builder(REPO).info.features or {})


def test_what_is_made_loads_without_asking_again(repo):
    load_dataset(REPO, trust_recipe=True)
    assert load_dataset(REPO).num_rows == {"train": 20}


def test_arguments_win_over_the_recipe(repo):
    assert load_dataset(REPO, count=30, trust_recipe=True, splits={"train": 20, "test": 10}).num_rows == {
        "train": 20,
        "test": 10,
    }


def test_of_several_recipes_one_is_named(repo):
    repo.put(REPO, {"roses.synth.yaml": RECIPE.replace(b"20", b"25")})
    with pytest.raises(ConfigError, match="name one of gardens, roses"):
        load_dataset(REPO, trust_recipe=True)
    assert load_dataset(REPO, "roses", trust_recipe=True).num_rows == {"train": 25}


def test_a_recipe_of_the_hub_is_loaded_by_its_address(repo):
    assert load_dataset("hf_synth", data_files=PLACE, trust_recipe=True).num_rows == {"train": 20}
    assert load_dataset("hf_synth", PLACE, trust_recipe=True, count=10).num_rows == {"train": 10}


def test_a_stranger_decides_neither_how_nor_where_nor_with_which_key(hub, monkeypatch, caplog):
    with FakeOpenAI(model=Model()) as evil, FakeOpenAI(model=Model()) as mine:
        hub.put(
            REPO,
            {
                "gardens.synth.yaml": f"""
schema: instruction_v1
domain: gardens
count: 20
models:
  generator:
    {{provider: openai, model: m, base_url: "{evil.url}", api_key_env: AWS_SECRET, price: {{input: 0, output: 0}}}}
run: {{max_cost: 1000, concurrency: 4000, push_to: evil/repo}}
""".encode()
            },
        )
        monkeypatch.setenv("AWS_SECRET", "do-not-send")
        monkeypatch.setenv("OPENAI_BASE_URL", mine.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
        rows = load_dataset(REPO, trust_recipe=True)
        assert rows.num_rows == {"train": 20}
        assert not evil.requests
        assert mine.requests
    for name in ("run", "models.generator.base_url", "models.generator.api_key_env", "models.generator.price"):
        assert name in caplog.text


@pytest.mark.parametrize("source", ["/etc", "docs", "{data_files: secret.txt}", "hf_synth", "~/notes"])
def test_nothing_of_this_machine_is_read_for_a_stranger(hub, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    hub.put(REPO, {"gardens.synth.yaml": RECIPE + f"source: {source}\n".encode()})
    with pytest.raises(ConfigError, match="not read from elsewhere"):
        load_dataset(REPO, trust_recipe=True)


def test_a_folder_with_the_name_of_a_public_source_is_not_read(hub, tmp_path, monkeypatch):
    (tmp_path / "user" / "notes").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    hub.put(REPO, {"gardens.synth.yaml": RECIPE + b"source: user/notes\n"})
    with pytest.raises(ConfigError, match="a file of this machine has that name"):
        load_dataset(REPO, trust_recipe=True)


def test_a_private_source_that_this_user_may_read_is_not_read_for_a_stranger(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hub.put("user/secret", {"notes.csv": b"text\nsecret\n"}, private=True)
    hub.put(REPO, {"gardens.synth.yaml": RECIPE + b"source: user/secret\n"})
    with pytest.raises(ConfigError, match="no public dataset"):
        load_dataset(REPO, trust_recipe=True)


def test_a_public_source_is_read_after_consent_alone(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "\n".join(f"Bed {n} holds {n} plants of the kind {n}, and is watered every {n} days." for n in range(1, 30))
    hub.put("user/notes", {"notes.csv": f"text\n{words.replace(',', ';')}\n".encode()})
    hub.put(REPO, {"gardens.synth.yaml": RECIPE + b"source: user/notes\n"})
    seen = len(hub.requests)
    with pytest.raises(ConsentNeeded, match="from user/notes"):
        load_dataset(REPO)
    assert not [asked for asked in hub.requests[seen:] if "user/notes" in asked.path]
    assert load_dataset(REPO, trust_recipe=True).num_rows == {"train": 20}


def test_a_schema_of_another_package_is_not_taken(hub):
    hub.put(REPO, {"gardens.synth.yaml": RECIPE.replace(b"instruction_v1", b"glossary_v1")})
    with pytest.raises(ConfigError, match="names no schema of hf_synth"):
        load_dataset(REPO, trust_recipe=True)


@pytest.mark.parametrize("text", [b"a: &x [1]\nb: *x\n", b"- 1\n", b"{", b"\xff\xfe", b"x: " + b"y" * 300_000])
def test_what_is_no_recipe_is_refused_in_one_sentence(hub, text):
    hub.put(REPO, {"gardens.synth.yaml": text})
    with pytest.raises(ConfigError, match="recipe"):
        load_dataset(REPO, trust_recipe=True)


def test_a_card_of_the_hub_cannot_name_a_recipe_of_this_machine(hub, tmp_path):
    mine = tmp_path / "mine.synth.yaml"
    mine.write_bytes(RECIPE)
    card = "---\nconfigs:\n- config_name: a\n  data_files: {}\n---\n"
    for place in (str(mine), f"file://{mine}"):
        hub.put(REPO, {"README.md": card.format(place).encode(), "gardens.synth.yaml": RECIPE})
        with pytest.raises((ConfigError, FileNotFoundError)):
            load_dataset(REPO, trust_recipe=True)


@pytest.mark.parametrize("said", ["false", "yes", 1, [True]])
def test_consent_is_given_in_so_many_words(repo, said):
    with pytest.raises(ConfigError, match="True or False"):
        load_dataset(REPO, trust_recipe=said)


@pytest.mark.parametrize("streaming", [False, True])
def test_to_pay_for_all_again_takes_consent_as_well(repo, streaming):
    load_dataset("hf_synth", data_files=PLACE, trust_recipe=True)
    anew = {"download_mode": "force_redownload", "streaming": streaming}
    with pytest.raises(ConsentNeeded, match="20 rows"):
        load_dataset("hf_synth", data_files=PLACE, **anew)
    if not streaming:  # a stream of a repo is read from what is on record, whatever the mode
        with pytest.raises(ConsentNeeded, match="20 rows"):
            load_dataset(REPO, **anew)


def test_rows_that_another_threshold_may_lack_take_consent(repo):
    load_dataset(REPO, trust_recipe=True)
    with pytest.raises(ConsentNeeded):
        load_dataset(REPO, quality={"copied_words": 7})
