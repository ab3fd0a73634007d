"""The OpenAPI document says what the server does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from hf_synth import GenerationConfig
from hf_synth.config.names import built_in
from hf_synth.errors import ConfigError
from hf_synth.server.app import create_app
from hf_synth.server.openapi_config import CONFIGS
from hf_synth.server.settings import Settings
from hf_synth.server.shapes import JobStatus
from serving import OFFLINE, PREFIX, Site, generate, settings_of, site

DOCUMENT: dict[str, Any] = create_app(Settings(data=Path("x"))).openapi()
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
BODY = DOCUMENT["paths"][f"{PREFIX}/generate"]["post"]["requestBody"]["content"]["application/json"]
CONFIG = jsonschema_rs.validator_for({**BODY["schema"], "components": DOCUMENT["components"]})
each = pytest.mark.parametrize(
    "operation", [operation for _, operation in OPERATIONS], ids=[name for name, _ in OPERATIONS]
)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(settings_of(tmp_path_factory.mktemp("idle")), working=False) as one:
        yield one


def test_the_document_is_valid_and_has_no_place_that_leads_nowhere():
    validate(DOCUMENT)
    text = json.dumps(DOCUMENT)
    assert "#/$defs" not in text
    assert "HTTPValidationError" not in text


def test_it_is_served_with_every_example(idle):
    assert idle.client().get("/openapi.json").json() == json.loads(json.dumps(DOCUMENT))


@each
def test_an_operation_has_an_id_of_its_own_a_summary_and_a_description(operation):
    assert [other["operationId"] for _, other in OPERATIONS].count(operation["operationId"]) == 1
    assert operation["operationId"].isidentifier()
    assert operation["summary"]
    assert operation["description"]


@each
def test_every_error_is_a_problem(operation):
    for status, response in operation["responses"].items():
        if status[0] in "45":
            assert list(response["content"]) == ["application/problem+json"], status
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema.get("$ref", schema.get("title", "")).endswith("Problem")


@each
def test_what_needs_a_key_says_so_and_how_it_is_refused(operation):
    if operation.get("security"):
        responses = operation["responses"]
        assert "WWW-Authenticate" in responses["401"]["headers"]
        assert "Retry-After" in responses["429"]["headers"]
    scheme = DOCUMENT["components"]["securitySchemes"]["HTTPBearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "hf-synth keys create" in scheme["description"]


def test_what_generate_answers_is_all_there():
    operation = DOCUMENT["paths"][f"{PREFIX}/generate"]["post"]
    statuses = {"202", "400", "401", "402", "403", "408", "409", "413", "415", "422", "429", "500", "503"}
    assert set(operation["responses"]) == statuses
    assert set(operation["responses"]["202"]["headers"]) == {"Location", "Idempotency-Replayed"}
    JobStatus.model_validate(operation["responses"]["202"]["content"]["application/json"]["example"])


def test_the_examples_of_configs_cover_the_schemas_and_can_all_be_sent(idle, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-test")
    examples = {name: example["value"] for name, example in BODY["examples"].items()}
    assert {example["schema"] for example in examples.values()} == {"instruction_v1", "preference_v1", "eval_v1"}
    assert examples["preferences"]["models"].keys() == {"generator", "critic"}
    assert examples["evaluation"]["constraints"]
    client = idle.client()
    for example in examples.values():
        CONFIG.validate(example)
        assert generate(client, example)["config"] == example


def test_every_field_of_a_config_is_told():
    told = DOCUMENT["components"]["schemas"]["GenerationConfig"]["properties"]
    assert set(told) == set(GenerationConfig.model_fields)
    assert all(field["description"] for field in told.values())
    assert set(built_in("checks")) < set(DOCUMENT["components"]["schemas"]["Quality"]["properties"])


@pytest.mark.parametrize(
    "changes",
    [
        {"models": {"generator": "openai:gpt-4o"}},
        {"models": {"generator": {"provider": "offline"}}},
        {"models": {}, "tier": "premium"},
        {"tier": None, "outline": None, "license": None},
        {"source": "some/dataset"},
        {"source": {"data_files": {"train": ["a.jsonl"]}, "column": "text"}},
        {"quality": {"decontaminate": "some/dataset"}},
        {"quality": {"decontaminate": [{"path": "a/b"}, "c/d"]}},
        {"quality": {"language": False, "pii": "flag", "refusal": "drop"}},
        {"splits": {"train": 1}},
        {"splits": {"train": 4, "test": 2}},
        {"splits": {"train": 0.5, "test": 0.5}},
        {"outline": ["soil"]},
        {"outline": {"topics": ["soil"], "criteria": ["plants live"]}},
        {"constraints": {"language": "pt_br", "tone": None}},
        {"examples": [{"instruction": "Why?", "response": None, "metadata": {"a": [1, 2.5]}}]},
    ],
    ids=str,
)
def test_forms_that_the_library_takes_are_in_the_document(changes):
    config = {**OFFLINE, **changes}
    GenerationConfig(**config)
    CONFIG.validate(config)


WRONG = st.sampled_from(
    [
        {"schema": "instruct_v1"}, {"schema": None}, {"domain": " "}, {"domain": 3}, {"count": 0}, {"count": "10"},
        {"tier": "gold"}, {"models": "offline"}, {"models": {"judge": "offline"}}, {"models": {"generator": ""}},
        {"models": {"generator": {"model": "m"}}}, {"models": {"generator": {"provider": "opnai", "model": "m"}}},
        {"models": {"generator": {"provider": "openai", "model": "m", "headers": {}}}}, {"guidance": None},
        {"constraints": {"max_tokens": 49}}, {"constraints": {"language": ""}}, {"constraints": {"tone": ""}},
        {"outline": []}, {"outline": [1]}, {"outline": "soil"}, {"examples": [1]}, {"examples": {}}, {"source": ""},
        {"splits": {}}, {"splits": {"train": 0}}, {"splits": {"a b": 1}}, {"splits": {"train": "1"}}, {"seed": 0.5},
        {"quality": {"min_margin": 11}}, {"quality": {"nonsense": True}}, {"quality": {"language": "maybe"}},
        {"quality": {"rubric": ""}}, {"view": "trlx"}, {"license": 1}, {"run": {"mode": "fast"}},
        {"run": {"timeout": 0}},
        {"run": {"concurrency": 5000}}, {"run": {"executor": "dask"}}, {"run": {"replicas": "x"}}, {"extra": 1},
    ]
)  # fmt: skip


@given(WRONG)
def test_forms_that_the_library_refuses_are_not_in_the_document(changes):
    config = {**OFFLINE, **changes}
    assert not CONFIG.is_valid(config)
    with pytest.raises(ConfigError):
        GenerationConfig(**config)


def test_examples_stay_small():
    assert len(json.dumps(CONFIGS)) < 3000
