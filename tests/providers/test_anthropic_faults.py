"""The adapter of the Messages API, the real SDK and real sockets: every row of the fault matrix."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from providers.calls import DATA, KEY, SLOW_OR_FAST, error_of
from servers.anthropic_server import FakeAnthropic, error, message
from servers.base import Answer

STATUSES: list[tuple[str, Answer, type[errors.ProviderError], dict[str, Any]]] = [
    ("429", error(429, "rate_limit_error", "Slow"), errors.RateLimited, {"retry_after": None}),
    ("429 wait", error(429, "rate_limit_error", "Slow", retry_after="121"), errors.RateLimited, {"retry_after": 121.0}),
    ("429 ramp", error(429, "rate_limit_error", "Slow", "ramp_limit_exceeded"), errors.RateLimited, {}),
    ("429 spend", error(429, "rate_limit_error", "x", "enforced_spend_limit_reached"), errors.QuotaExhausted, {}),
    ("429 contract", error(429, "rate_limit_error", "x", "contract_spend_limit_reached"), errors.QuotaExhausted, {}),
    ("402", error(402, "billing_error", "Pay"), errors.QuotaExhausted, {}),
    ("400 credit", error(400, "invalid_request_error", "Your credit balance is too low"), errors.QuotaExhausted, {}),
    ("500", error(500, "api_error", "Internal server error"), errors.Unavailable, {"maybe_paid": False}),
    ("502 html", Answer("<html>Bad Gateway</html>", 502), errors.Unavailable, {"maybe_paid": False}),
    ("503", error(503, "api_error", "Service unavailable"), errors.Unavailable, {"maybe_paid": False}),
    ("504", error(504, "timeout_error", "Timed out"), errors.Unavailable, {"maybe_paid": True}),
    ("529", error(529, "overloaded_error", "Overloaded"), errors.Overloaded, {}),
    ("500 overloaded", error(500, "overloaded_error", "Overloaded"), errors.Overloaded, {}),
    ("401", error(401, "authentication_error", f"invalid key {KEY}"), errors.AuthenticationFailed, {}),
    ("403", error(403, "permission_error", "Not allowed"), errors.AuthenticationFailed, {}),
    ("404 model", error(404, "not_found_error", "model: claude-1"), errors.ModelNotFound, {}),
    ("404 path", error(404, "not_found_error", "Not Found"), errors.BadEndpoint, {}),
    ("404 html", Answer("<html>nothing</html>", 404), errors.BadEndpoint, {}),
    (
        "400 context",
        error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "400 context and limit",
        error(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 4096"),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "400 filter",
        error(400, "invalid_request_error", "Output blocked by content filtering policy"),
        errors.RequestRefused,
        {"cause": "content_filter"},
    ),
    ("400", error(400, "invalid_request_error", "temperature: Extra inputs"), errors.RequestInvalid, {}),
    ("413", error(413, "request_too_large", "Too large"), errors.RequestRefused, {"cause": "too_large"}),
    ("422", Answer({"detail": "bad"}, 422), errors.RequestRefused, {"cause": "unprocessable"}),
    ("408", error(408, "timeout_error", "Timeout"), errors.Unavailable, {"maybe_paid": True}),
    ("409", error(409, "conflict_error", "Conflict"), errors.Unavailable, {"maybe_paid": False}),
    ("302", Answer("", 302, {"Location": "https://elsewhere.example/login?token=x"}), errors.BadEndpoint, {}),
    ("200 html", Answer("<html>Log in</html>"), errors.BadEndpoint, {}),
    ("200 empty", Answer(b""), errors.Unavailable, {"maybe_paid": True}),
    ("200 truncated", Answer(b'{"id": "msg_1", "cont'), errors.Unavailable, {"maybe_paid": True}),
    ("200 no content", message("x", content=None), errors.Unavailable, {"maybe_paid": True}),
    ("200 error", error(200, "api_error", "Upstream"), errors.Unavailable, {}),
    ("200 overloaded", error(200, "overloaded_error", "Overloaded"), errors.Overloaded, {}),
    ("200 auth", error(200, "authentication_error", "No"), errors.AuthenticationFailed, {}),
    ("200 billing", error(200, "billing_error", "Pay"), errors.QuotaExhausted, {}),
    ("200 limit", error(200, "rate_limit_error", "Slow"), errors.RateLimited, {}),
    ("200 invalid", error(200, "invalid_request_error", "Hm"), errors.Unavailable, {}),
]


@SLOW_OR_FAST
@pytest.mark.parametrize(("answer", "kind", "also"), [row[1:] for row in STATUSES], ids=[row[0] for row in STATUSES])
def test_each_bad_answer_becomes_its_error_after_one_call(
    answer: Any, kind: type[errors.ProviderError], also: dict[str, Any], fast: bool
) -> None:
    with FakeAnthropic(script=[answer]) as server:
        found = error_of(ANTHROPIC, server.url, fast=fast, model="claude-sonnet-4-6")
    assert type(found) is kind, found
    assert {name: getattr(found, name) for name in also} == also
    assert len(server.requests) == 1


@SLOW_OR_FAST
@pytest.mark.parametrize("how", ["hang", "drip", "reset", "close", "cut", "garbage"])
def test_a_broken_connection_may_have_been_paid_for(how: Any, fast: bool) -> None:
    with FakeAnthropic(script=[Answer(message("x"), how=how)]) as server:
        started = time.monotonic()
        found = error_of(ANTHROPIC, server.url, fast=fast, timeout=0.3)
        assert time.monotonic() - started < 5, "the limit is for the whole call"
    assert isinstance(found, errors.Unavailable)
    assert found.maybe_paid
    assert len(server.requests) == 1


@SLOW_OR_FAST
def test_a_server_that_is_not_there_costs_nothing(fast: bool) -> None:
    with FakeAnthropic() as server:
        url = server.url
    found = error_of(ANTHROPIC, url, fast=fast)
    assert isinstance(found, errors.Unavailable)
    assert not found.maybe_paid


SHAPES = [
    ("format", error(400, "invalid_request_error", "output_config.format: Extra inputs are not permitted")),
    ("schema", error(400, "invalid_request_error", "Schema is too complex for structured outputs")),
]


@pytest.mark.parametrize("answer", [row[1] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_a_refused_schema_is_told_apart_from_a_refused_request(answer: Answer) -> None:
    with FakeAnthropic(script=[answer] * 2) as server:
        assert type(error_of(ANTHROPIC, server.url, DATA)) is errors.ShapeUnsupported
        assert type(error_of(ANTHROPIC, server.url, DATA, "prompt")) is errors.RequestInvalid


def test_a_refused_effort_is_no_matter_of_the_schema() -> None:
    answer = error(400, "invalid_request_error", "output_config.effort: this model does not support effort")
    with FakeAnthropic(script=[answer]) as server:
        assert type(error_of(ANTHROPIC, server.url, DATA)) is errors.RequestInvalid
