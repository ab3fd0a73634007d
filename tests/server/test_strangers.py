"""What strangers send: requests made from the OpenAPI document, bytes and headers made from nothing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import schemathesis.specs.openapi.checks as of_the_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from hf_synth import GenerationConfig as Config
from hf_synth.server.app import create_app
from hf_synth.server.settings import Settings
from serving import OFFLINE, PREFIX, Site, ended, generate, settings_of, site
from wire import exchange, request

SLOW: Any = [*HealthCheck]
CHECKS = [
    not_a_server_error,
    of_the_document.status_code_conformance,
    of_the_document.content_type_conformance,
    of_the_document.response_headers_conformance,
    of_the_document.response_schema_conformance,
    of_the_document.negative_data_rejection,
    of_the_document.missing_required_header,
    of_the_document.unsupported_method,
    of_the_document.allow_header_conformance,
    of_the_document.ignored_auth,
]
"""Not `positive_data_acceptance`: a config has rules between its fields, which a schema cannot say (splits sum to
`count`, one of tier and generator, a source that the operator does not allow). Not those that follow a resource
(`use_after_free`, `ensure_resource_availability`, `object_level_authorization`): the job of these tests is one that
was there before, and the tests of jobs and keys look at just that."""


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, str]]:
    """A server that runs nothing any more, a key, and a job that it completed."""
    chosen = settings_of(tmp_path_factory.mktemp("strangers"), queue=100_000)
    with site(chosen) as one:
        key = one.key()
        job_id = ended(one.client(key), generate(one.client(key))["job_id"])["job_id"]
    with site(chosen, working=False) as one:
        yield one, key, job_id


def operations() -> list[Any]:
    """All of the document, each with a way to make requests to it."""
    generation = GenerationConfig(allow_x00=True, with_security_parameters=False)
    project = ProjectConfig(generation=generation, request_timeout=30.0)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    document = create_app(Settings(data=Path("x"))).openapi()
    schema = schemathesis.openapi.from_dict(document, config=config)
    found: Any = schema.get_all_operations()
    return [one.ok() for one in found]


OPERATIONS = operations()
MODES = [
    pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
    for operation in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode.is_positive or operation.query or operation.body  # any text is a path, so that there is no wrong one
]


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_requests_made_from_the_document_are_answered_as_it_says(operation, mode, idle):
    one, key, job_id = idle

    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    @settings(max_examples=120 if operation.body else 40, suppress_health_check=SLOW, database=None)
    def answered(case: Any, real: bool) -> None:
        if real and case.method != "DELETE" and mode.is_positive and "job_id" in (case.path_parameters or {}):
            case.path_parameters["job_id"] = job_id
        case.call_and_validate(base_url=one.url, headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    answered()


BODY = json.dumps(OFFLINE).encode()
TEXT = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30)
NAMES = st.sampled_from(
    ["Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Authorization", "Idempotency-Key",
     "Host", "Accept", "Expect", "Range", "Connection", "Upgrade", "X-Forwarded-Proto", "X-Forwarded-For", "Cookie",
     "Origin", "Last-Event-ID", "If-None-Match", "X-HTTP-Method-Override", "TE"]
)  # fmt: skip
VALUES = TEXT | st.sampled_from(
    ["application/json", "gzip", "chunked", "-1", "99999999999", "100-continue", "bytes=0-", "bytes=-0,5-", "websocket",
     "close, upgrade", "h2c", "trailers", "javascript", "*/*", '"', "text/html", "a" * 5000]
)  # fmt: skip
PATHS = st.sampled_from(
    [
        "generate",
        "jobs",
        "jobs/{job}",
        "jobs/{job}/results",
        "jobs/{job}/results/url",
        "jobs/{job}/events",
        "jobs/{job}/report",
        "jobs/{job}/receipt",
    ]
)


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    PATHS,
    st.lists(st.tuples(NAMES, VALUES), max_size=3),
    st.binary(max_size=30) | st.just(BODY),
)
@settings(max_examples=150, suppress_health_check=SLOW, database=None)
def test_headers_made_from_nothing_are_never_a_mistake_of_the_server(idle, method, path, headers, body):
    one, key, job_id = idle
    if method == "DELETE":
        job_id = "job_1"
    named = {"Connection": "close", **{name.replace("-", "_"): value for name, value in headers}}
    try:
        told = request(one.url, f"{PREFIX}/{path.format(job=job_id)}", key, body, method, **named)
    except (http.client.HTTPException, OSError):  # the connection is closed on what is no HTTP
        return
    assert told.status < 500 or told.status == 501
    if told.status >= 400 and method != "HEAD" and "text/html" not in named.get("Accept", ""):
        assert told.problem


@given(
    st.binary(max_size=200) | st.binary(max_size=40).map(lambda raw: b"GET /" + raw + b" HTTP/1.1\r\nHost: x\r\n\r\n")
)
@settings(max_examples=60, suppress_health_check=SLOW, database=None)
def test_bytes_made_from_nothing_are_never_a_mistake_of_the_server(idle, raw):
    try:
        told = exchange(idle[0].url, raw, b"\r\n\r\n", b"\r\n\r\n")
    except (http.client.HTTPException, OSError):
        return
    assert told.status < 500
    if told.status >= 400:
        assert told.problem


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(["", *Config.model_fields]),
    st.sampled_from(["", "generator", "topics", "train", "mode", "path"]),
)
@settings(max_examples=150, suppress_health_check=SLOW, database=None)
def test_values_made_from_nothing_are_a_job_or_a_problem(idle, value, field, inner):
    config = {**OFFLINE, field: {inner: value} if inner else value} if field else value
    told = request(idle[0].url, f"{PREFIX}/generate", idle[1], json.dumps(config).encode())
    assert told.status in (202, 400, 403, 422)
    if told.status >= 400:
        assert told.problem
