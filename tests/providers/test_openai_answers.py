"""What an OpenAI-shaped server answered, read: never an error if a model answered."""

from __future__ import annotations

from typing import Any

import pytest

from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Allowance, Usage
from providers.calls import SLOW_OR_FAST, call
from servers.base import Answer
from servers.openai_server import FakeOpenAI, completion

ANSWERS: list[tuple[str, Any, dict[str, Any]]] = [
    ("plain", completion("Blue."), {"text": "Blue.", "stop": "stop"}),
    ("length", completion("Bl", finish="length"), {"text": "Bl", "stop": "length"}),
    (
        "refusal",
        completion(None, message={"refusal": "I can't."}),
        {"text": "", "stop": "refusal", "detail": "I can't."},
    ),
    (
        "filter",
        completion("", finish="content_filter", choice={"content_filter_results": {"hate": {"filtered": True}}}),
        {"text": "", "stop": "content_filter", "detail": "hate"},
    ),
    ("empty", completion(""), {"text": "", "stop": "stop"}),
    ("null", completion(None), {"text": "", "stop": "stop"}),
    ("no message", completion("x", choices=[{"finish_reason": "stop"}]), {"text": "", "stop": "stop"}),
    ("parts", completion([{"type": "text", "text": "Bl"}, {"type": "text", "text": "ue"}]), {"text": "Blue"}),  # type: ignore[arg-type]
    ("unknown finish", completion("Blue", finish="eos_token"), {"stop": "stop"}),
    ("half a pair", completion("a\ud83d."), {"text": "a\ufffd."}),
    ("a whole pair", completion("\U0001f600"), {"text": "\U0001f600"}),
    ("model", completion("x", model="served-model"), {"model": "served-model"}),
    ("no model", completion("x", model=None), {"model": "gpt-4o"}),  # type: ignore[arg-type]
    ("usage", completion("x"), {"usage": Usage(20, 10)}),
    (
        "usage details",
        completion(
            "x",
            usage={
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 80, "cache_write_tokens": 5},
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
        ),
        {"usage": Usage(100, 50, 80, 5, 30)},
    ),
    (
        "reasoning apart",
        completion(
            "x",
            usage={
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 150,
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
        ),
        {"usage": Usage(100, 50, reasoning_tokens=30)},
    ),
    ("null usage", completion("12345", usage=None), {"usage": Usage(6, 2, estimated=True)}),
    ("no counts", completion("12345", usage={}), {"usage": Usage(6, 2, estimated=True)}),
    (
        "null details",
        completion("x", usage={"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": None}),
        {"usage": Usage(3, 0)},
    ),
]


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_whatever_a_model_answered_is_a_reply(body: Any, expected: dict[str, Any]) -> None:
    with FakeOpenAI(script=[body]) as server:
        reply = call(OPENAI, server.url)
    assert {name: getattr(reply, name) for name in expected} == expected


@SLOW_OR_FAST
def test_limits_in_headers_come_with_the_reply(fast: bool) -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-tokens": "8.64s",
    }
    with FakeOpenAI(script=[Answer(completion("x"), headers=headers)]) as server:
        assert call(OPENAI, server.url, fast=fast).allowance == Allowance(500, 499, 0.12, 30000, 29000, 8.64)
        assert call(OPENAI, server.url, fast=fast).allowance is None
