"""The adapter of the Messages API: what it asks, and what it reads."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from hf_synth import errors
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from hf_synth.types import Allowance, Endpoint, Message, Shape, Usage
from providers.calls import DATA, KEY, TEXT, Options, call, error_of
from servers.anthropic_server import FakeAnthropic, message
from servers.base import Answer


def test_a_schema_without_types_is_refused_before_the_call() -> None:
    anything = replace(DATA, shape=Shape("any", {"type": "object", "properties": {"x": {}}}))
    with FakeAnthropic() as server:
        assert type(error_of(ANTHROPIC, server.url, anything)) is errors.ShapeUnsupported
        assert server.requests == []


ANSWERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("plain", message("Blue."), {"text": "Blue.", "stop": "stop", "model": "claude-sonnet-4-6"}),
    ("max_tokens", message("Bl", stop="max_tokens"), {"text": "Bl", "stop": "length"}),
    ("window", message("Bl", stop="model_context_window_exceeded"), {"text": "Bl", "stop": "length"}),
    (
        "refusal",
        message(None, stop="refusal", stop_details={"category": "frontier_llm", "explanation": "No."}),
        {"text": "", "stop": "refusal", "detail": "frontier_llm: No."},
    ),
    ("bare refusal", message(None, stop="refusal"), {"text": "", "stop": "refusal", "detail": ""}),
    ("empty", message(None), {"text": "", "stop": "stop"}),
    ("unknown stop", message("x", stop="pause_turn"), {"stop": "stop"}),
    (
        "blocks",
        message("x", content=[{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Blue"}]),
        {"text": "Blue"},
    ),
    (
        "usage",
        message(
            "x",
            usage={
                "input_tokens": 10,
                "cache_creation_input_tokens": 100,
                "cache_read_input_tokens": 1000,
                "output_tokens": 50,
                "output_tokens_details": {"thinking_tokens": 20},
            },
        ),
        {"usage": Usage(1110, 50, 1000, 100, 20)},
    ),
    (
        "null cache",
        message("x", usage={"input_tokens": 10, "cache_read_input_tokens": None, "output_tokens": 5}),
        {"usage": Usage(10, 5)},
    ),
    ("no usage", message("12345", usage=None), {"usage": Usage(6, 2, estimated=True)}),
]


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_whatever_a_model_answered_is_a_reply(body: Any, expected: dict[str, Any]) -> None:
    with FakeAnthropic(script=[body]) as server:
        reply = call(ANTHROPIC, server.url)
    assert {name: getattr(reply, name) for name in expected} == expected


def test_limits_in_headers_come_with_the_reply() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2020-01-01T00:00:00Z",
        "anthropic-ratelimit-input-tokens-limit": "100",
        "anthropic-ratelimit-input-tokens-remaining": "90",
        "anthropic-ratelimit-output-tokens-limit": "100",
        "anthropic-ratelimit-output-tokens-remaining": "10",
    }
    with FakeAnthropic(script=[Answer(message("x"), headers=headers)]) as server:
        assert call(ANTHROPIC, server.url).allowance == Allowance(50, 49, 0.0, 100, 10, None)


def test_the_request_is_written_as_the_api_wants_it() -> None:
    asked = replace(DATA, params={"temperature": 0.3, "top_k": 5, "effort": "low"})
    with FakeAnthropic() as server:
        assert set(json.loads(call(ANTHROPIC, server.url, asked).text)) == {"title"}
        call(ANTHROPIC, server.url, TEXT)
    first, plain = server.bodies
    assert first["system"] == "Be brief."
    assert first["messages"] == [{"role": "user", "content": "Name a colour."}]
    assert (first["temperature"], first["top_k"], first["output_config"]["effort"]) == (0.3, 5, "low")
    assert first["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert set(plain) == {"model", "max_tokens", "messages", "system"}
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_long_text_that_requests_share_is_marked_for_the_cache_and_what_varies_is_not() -> None:
    long, varying = Message("system", "word " * 1000), Message("system", "last")
    with FakeAnthropic() as server:
        for messages in ((long, varying, Message("user", "x")), (long, Message("user", "x"))):
            call(ANTHROPIC, server.url, replace(TEXT, messages=messages))
    marked = {"type": "text", "text": long.content, "cache_control": {"type": "ephemeral"}}
    assert [body["system"] for body in server.bodies] == [[marked, {"type": "text", "text": "last"}], [marked]]


def test_nothing_is_marked_where_only_what_varies_is_long() -> None:
    messages = (Message("system", "Be brief."), Message("system", "word " * 1000), Message("user", "x"))
    with FakeAnthropic() as server:
        call(ANTHROPIC, server.url, replace(TEXT, messages=messages))
    assert server.bodies[0]["system"] == f"Be brief.\n\n{'word ' * 1000}"


def test_the_schema_in_words_stands_in_the_system_text() -> None:
    bare = replace(DATA, messages=(Message("user", "x"),))
    with FakeAnthropic(handler=lambda *_: message('```json\n{"title": "x"}\n```')) as server:
        assert call(ANTHROPIC, server.url, bare, "prompt").text == '{"title": "x"}'
    assert "fits this JSON schema: {" in server.bodies[0]["system"]
    assert "output_config" not in server.bodies[0]


def test_a_base_url_may_end_in_v1_or_not() -> None:
    with FakeAnthropic() as server:
        assert call(ANTHROPIC, server.url + "/v1").stop == "stop"
        assert call(ANTHROPIC, server.url).stop == "stop"


def test_a_large_limit_of_tokens_is_sent_and_not_refused_by_the_sdk() -> None:
    with FakeAnthropic() as server:
        assert call(ANTHROPIC, server.url, replace(TEXT, max_tokens=60_000)).stop == "stop"


def test_headers_of_the_environment_stay_away_from_a_configured_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "authorization: Bearer own-secret\nX-Api-Key: own-secret")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "own-secret")
    with FakeAnthropic() as server:
        call(ANTHROPIC, server.url, configured=True)
    assert "own-secret" not in str(server.requests[0].headers)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_of_the_environment_is_never_sent_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "own-secret")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "own-secret")
    with FakeAnthropic() as server:
        call(ANTHROPIC, server.url, key=None, configured=True)
    assert server.requests[0].headers["authorization"] == "Bearer EMPTY"
    assert "own-secret" not in str(server.requests[0].headers)


def test_cancelling_a_call_is_no_error_of_the_provider() -> None:
    async def cancelled(url: str) -> None:
        provider = ANTHROPIC.connect(Endpoint("anthropic", "claude-sonnet-4-6", url), KEY, Options())
        task = asyncio.create_task(provider.complete(TEXT, "prompt", 30))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await provider.close()

    with FakeAnthropic(script=[Answer(how="hang")]) as server:
        asyncio.run(cancelled(server.url))
        assert len(server.requests) == 1
