"""What response headers say about limits. The SDKs do not read them; each service writes times its own way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hf_synth.types import Allowance

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.IGNORECASE)
_EPOCH = 1_000_000_000.0
"""Bare numbers from here on are points in time, not spans of 31 years."""


def named(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers this module reads, by lower-case name. One pass, as it runs once per answer."""
    return {
        name.decode("ascii", "replace").lower(): value.decode("latin-1")
        for name, value in raw
        if b"ratelimit" in name.lower() or name.lower().startswith(b"retry-after")
    }


def seconds(text: str | None, now: float) -> float | None:
    """Seconds from `now` (epoch) in any of the forms seen: `2`, `8.64s`, `6m0s`, `6ms`, RFC 3339, HTTP date.

    Returns:
        Never less than 0; `None` for what is none of these.
    """
    text = (text or "").strip()
    if not text:
        return None
    if _SPAN.fullmatch(text):
        return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))
    try:
        number = float(text)
    except ValueError:
        return _until(text, now)
    if not math.isfinite(number):
        return None
    return max(0.0, number - now if number >= _EPOCH else number)


def _until(text: str, now: float) -> float | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
        except (ValueError, OverflowError):
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - now)
    return None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks us to wait: `retry-after-ms`, `retry-after`, else the reset of what is used up."""
    milliseconds = seconds(headers.get("retry-after-ms"), now)
    if milliseconds is not None:
        return milliseconds / 1000
    asked = seconds(headers.get("retry-after"), now)
    if asked is not None:
        return asked
    left = allowance(headers, now)
    if left is None:
        return None
    resets = ((left.requests_left, left.requests_reset), (left.tokens_left, left.tokens_reset))
    return max((reset for left, reset in resets if left == 0 and reset is not None), default=None)


def allowance(headers: Mapping[str, str], now: float) -> Allowance | None:
    """The limits named in OpenAI's or Anthropic's headers, `None` where there are none.

    Anthropic counts input and output tokens apart: the scarcer of the two is what binds.
    """
    if not any("ratelimit" in name for name in headers):
        return None
    requests = _openai(headers, "requests", now) or _anthropic(headers, "requests", now) or (None, None, None)
    apart = [found for kind in ("tokens", "input-tokens", "output-tokens") if (found := _anthropic(headers, kind, now))]
    tokens = _openai(headers, "tokens", now) or min(apart, key=_scarcity, default=(None, None, None))
    if requests == tokens == (None, None, None):
        return None
    return Allowance(*requests, *tokens)


_Found = tuple[int | None, int | None, float | None]


def _openai(headers: Mapping[str, str], kind: str, now: float) -> _Found | None:
    return _found(headers, tuple(f"x-ratelimit-{what}-{kind}" for what in ("limit", "remaining", "reset")), now)


def _anthropic(headers: Mapping[str, str], kind: str, now: float) -> _Found | None:
    return _found(headers, tuple(f"anthropic-ratelimit-{kind}-{what}" for what in ("limit", "remaining", "reset")), now)


def _found(headers: Mapping[str, str], names: tuple[str, ...], now: float) -> _Found | None:
    limit, left, reset = (headers.get(name) for name in names)
    if limit is None and left is None and reset is None:
        return None
    return _whole(limit), _whole(left), seconds(reset, now)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\s*\d{1,15}\s*", text) else None


def _scarcity(found: _Found) -> float:
    limit, left, _ = found
    return 1.0 if left is None else left / limit if limit else float(left > 0)
