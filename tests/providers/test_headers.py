"""What headers say about limits, in every form seen."""

from __future__ import annotations

import pytest

from hf_synth.providers._headers import allowance, named, retry_after, seconds
from hf_synth.types import Allowance

NOW = 1_795_377_600.0
"""2026-11-22T20:00:00Z"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("1.5", 1.5),
        ("8.64s", 8.64),
        ("6m0s", 360.0),
        ("6ms", 0.006),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400.0),
        ("2026-11-22T20:00:30Z", 30.0),
        ("2026-11-22T21:00:00.250+01:00", 0.25),
        ("2020-01-01T00:00:00Z", 0.0),
        ("Sun, 22 Nov 2026 20:01:00 GMT", 60.0),
        ("1795377610", 10.0),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("soon", None),
        ("6x", None),
        ("", None),
        (None, None),
    ],
)
def test_seconds_are_read_in_any_form(text: str | None, expected: float | None) -> None:
    assert seconds(text, NOW) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "bad", "retry-after": "3"}, 3.0),
        ({"retry-after": "Sun, 22 Nov 2026 20:00:05 GMT"}, 5.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2s"}, 2.0),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "2s"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_what_the_server_asks_for(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, NOW) == expected


def test_openais_limits_are_read() -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "x",
    }
    assert allowance(headers, NOW) == Allowance(500, 0, 0.12, None, None, None)


def test_anthropics_scarcer_tokens_bind() -> None:
    headers = {
        "anthropic-ratelimit-tokens-limit": "1000",
        "anthropic-ratelimit-tokens-remaining": "900",
        "anthropic-ratelimit-input-tokens-limit": "800",
        "anthropic-ratelimit-input-tokens-remaining": "700",
        "anthropic-ratelimit-output-tokens-limit": "200",
        "anthropic-ratelimit-output-tokens-remaining": "20",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-22T20:00:10Z",
    }
    assert allowance(headers, NOW) == Allowance(None, None, None, 200, 20, 10.0)


def test_no_limits_are_no_allowance() -> None:
    assert allowance({}, NOW) is None
    assert allowance({"date": "x"}, NOW) is None
    assert allowance({"x-ratelimit-something": "1"}, NOW) is None


def test_only_headers_about_limits_are_kept() -> None:
    raw = [(b"X-RateLimit-Limit-Tokens", b"1"), (b"Set-Cookie", b"secret"), (b"Retry-After", b"2")]
    assert named(raw) == {"x-ratelimit-limit-tokens": "1", "retry-after": "2"}
