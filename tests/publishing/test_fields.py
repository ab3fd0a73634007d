from __future__ import annotations

import pytest

from hf_synth.publishing.fields import fields, licence
from publishing.making import told
from servers.model import Model
from servers.openai_server import FakeOpenAI


def test_every_field_is_one_that_the_hub_takes(cache):
    made = fields(told(cache))
    assert made["language"] == ["en"]
    assert made["size_categories"] == ["n<1K"]
    assert made["source_datasets"] == ["original"]
    assert made["task_categories"] == ["text-generation"]
    assert made["tags"] == ["synthetic", "hf_synth", "instruction_v1", "sft"]


@pytest.mark.parametrize(("schema", "tag"), [("preference_v1", "dpo"), ("eval_v1", "eval")])
def test_the_tags_tell_what_the_rows_are_for(cache, schema, tag):
    assert tag in fields(told(cache, schema))["tags"]


def test_the_language_is_the_one_that_was_read(cache):
    assert fields(told(cache, constraints={"language": "fr"}))["language"] == ["fr"]
    german = {"instruction": "Wie viel Wasser brauchen Tomaten an einem heißen Tag im Sommer wirklich?"}
    german["response"] = "Tomaten brauchen an heißen Tagen mehr Wasser, und zwar am besten am frühen Morgen."
    asked_for = told(cache)
    parts = {split: part.map(lambda _: german) for split, part in asked_for.parts.items()}
    changed = type(asked_for)(parts, asked_for.record, asked_for.wanted, changed=True)
    assert fields(changed)["language"] == ["de"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("cc-by-4.0", {"license": "cc-by-4.0"}),
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("Garden Licence 2", {"license": "other", "license_name": "garden-licence-2"}),
        (
            "Ours https://example.org/licence",
            {"license": "other", "license_name": "ours", "license_link": "https://example.org/licence"},
        ),
        (
            "https://example.org/l",
            {"license": "other", "license_name": "see-link", "license_link": "https://example.org/l"},
        ),
        (None, {"license": "other", "license_name": "not-stated"}),
        ("other", {"license": "other", "license_name": "other"}),
    ],
)
def test_a_licence_is_what_the_user_says_and_never_guessed(cache, said, wanted):
    made = licence(told(cache, license=said))
    assert {name: made[name] for name in wanted} == wanted
    if made["license"] == "other":
        assert str(made["license_link"]).startswith("https://")


def test_rows_of_ones_own_server_are_not_under_the_terms_of_a_provider(cache):
    with FakeOpenAI(model=Model()) as server:
        generator = {"provider": "openai", "model": "m", "base_url": server.url}
        made = told(cache, models={"generator": generator})
        assert "openai" not in str(licence(made)["license_link"])
        assert made.provider_terms == []
