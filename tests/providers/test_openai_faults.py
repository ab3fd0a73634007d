"""The OpenAI-shaped adapter, the real SDK and real sockets: every row of the fault matrix."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Shape
from providers.calls import DATA, SLOW_OR_FAST, call, error_of
from providers.openai_faults import STATUSES
from servers.base import Answer
from servers.openai_server import FakeOpenAI, completion, error


@SLOW_OR_FAST
@pytest.mark.parametrize(("answer", "kind", "also"), [row[1:] for row in STATUSES], ids=[row[0] for row in STATUSES])
def test_each_bad_answer_becomes_its_error_after_one_call(
    answer: Any, kind: type[errors.ProviderError], also: dict[str, Any], fast: bool
) -> None:
    with FakeOpenAI(script=[answer]) as server:
        found = error_of(OPENAI, server.url, fast=fast)
    assert type(found) is kind, found
    assert {name: getattr(found, name) for name in also} == also
    assert len(server.requests) == 1


@SLOW_OR_FAST
@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("hang", errors.Unavailable),
        ("drip", errors.Unavailable),
        ("reset", errors.Unavailable),
        ("close", errors.Unavailable),
        ("cut", errors.Unavailable),
        ("garbage", errors.Unavailable),
    ],
)
def test_a_broken_connection_may_have_been_paid_for(how: Any, kind: type[errors.ProviderError], fast: bool) -> None:
    with FakeOpenAI(script=[Answer(completion("x"), how=how)]) as server:
        started = time.monotonic()
        found = error_of(OPENAI, server.url, fast=fast, timeout=0.3)
        assert time.monotonic() - started < 5, "the limit is for the whole call"
    assert type(found) is kind
    assert isinstance(found, errors.Unavailable)
    assert found.maybe_paid
    assert len(server.requests) == 1


@SLOW_OR_FAST
def test_a_server_that_is_not_there_costs_nothing(fast: bool) -> None:
    with FakeOpenAI() as server:
        url = server.url
    found = error_of(OPENAI, url, fast=fast)
    assert isinstance(found, errors.Unavailable)
    assert not found.maybe_paid
    assert "cannot connect" in str(found)


@SLOW_OR_FAST
def test_a_server_that_speaks_no_tls_cannot_be_connected_to(fast: bool) -> None:
    with FakeOpenAI() as server:
        found = error_of(OPENAI, server.url.replace("http:", "https:"), fast=fast)
    assert isinstance(found, errors.Unavailable)
    assert not found.maybe_paid


SHAPES = [
    ("400 format", error(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported")),
    ("400 schema", error(400, "Invalid schema for response_format 'idea': 'x' is not permitted.")),
    ("422 format", Answer({"detail": [{"loc": ["body", "response_format"], "msg": "extra"}]}, 422)),
    ("500 llama-cpp", error(500, "[{'type': 'literal_error'}] 3 validation errors for Request")),
    ("500 grammar", error(500, "failed to parse grammar")),
]


@pytest.mark.parametrize("answer", [row[1] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_a_refused_schema_is_told_apart_from_a_refused_request(answer: Answer) -> None:
    with FakeOpenAI(script=[answer] * 2) as server:
        assert type(error_of(OPENAI, server.url, DATA)) is errors.ShapeUnsupported
        assert type(error_of(OPENAI, server.url, DATA, "prompt")) is not errors.ShapeUnsupported


def test_a_parameter_refused_beside_a_schema_is_no_matter_of_the_schema() -> None:
    body = {"error": {"message": "temperature must be 1 with json_schema", "param": "temperature"}}
    with FakeOpenAI(script=[Answer(body, 400)]) as server:
        found = error_of(OPENAI, server.url, DATA)
    assert type(found) is errors.RequestInvalid
    assert "temperature" in found.hint


def test_a_schema_without_types_is_refused_before_the_call() -> None:
    anything = replace(DATA, shape=Shape("any", {"type": "object", "properties": {"x": {}}}))
    with FakeOpenAI() as server:
        assert type(error_of(OPENAI, server.url, anything)) is errors.ShapeUnsupported
        assert server.requests == []
        assert call(OPENAI, server.url, anything, "json_object").text


def test_a_bad_key_names_its_variable_and_the_way_without_one() -> None:
    with FakeOpenAI(script=[error(401, "no")] * 2) as server:
        named = error_of(OPENAI, server.url, api_key_env="MY_KEY", configured=True)
        keyless = error_of(OPENAI, server.url, configured=True, key=None)
    assert "MY_KEY" in str(named)
    assert "offline" in str(named)
    assert "api_key_env" in str(keyless)
    assert server.requests[1].headers["authorization"] == "Bearer EMPTY"


def test_a_retired_model_names_its_successor() -> None:
    with FakeOpenAI(script=[error(404, "The model `gpt-4o` does not exist", "model_not_found")]) as server:
        assert "gpt-5.4" in str(error_of(OPENAI, server.url))


def test_a_long_page_of_an_error_is_cut_to_a_sentence() -> None:
    with FakeOpenAI(script=[Answer("<p>" + "x\x1b[31m\n" * 5000, 500)]) as server:
        text = str(error_of(OPENAI, server.url))
    assert len(text) < 600
    assert text.isprintable()
