"""Figures and times in words."""

from __future__ import annotations

import time
from datetime import UTC, datetime

UNKNOWN = "not known"
CAUSES = {
    "ambiguous": "there is no single right answer",
    "boilerplate": "talk around the answer, or leaked role tags",
    "contamination": "shares a run of words with what was to be kept out",
    "content_filter": "filtered by the provider",
    "copied": "text of the source or of an example",
    "disagreement": "a second answer differs",
    "distinct": "two equal responses in a row",
    "duplicate": "nearly the same as another row",
    "empty": "nothing, or punctuation alone",
    "ending": "stops in the middle of a sentence",
    "fences": "a code fence is not closed",
    "flip": "the winner changes with the order",
    "identical": "both responses are the same",
    "inconsistent": "winner and scores do not agree",
    "language": "another language",
    "leak": "our instructions in the text",
    "leakage": "nearly the same as a row of another split",
    "length": "longer than allowed",
    "malformed": "could not be read",
    "margin": "the scores are too near",
    "no_ideas": "the model had no idea",
    "options": "the options are no choice",
    "pii": "looks like personal data",
    "placeholder": "a placeholder was left in",
    "refusal": "the model refused",
    "rejected_score": "the worse response is too bad to teach anything",
    "schema": "does not fit the schema",
    "tie": "no response is better",
    "truncated": "the answer was cut",
}
"""What causes of drops mean, as far as they are the library's own."""

_UNITS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"))


def number(value: float | None, digits: int = 0) -> str:
    """With commas between thousands."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def money(value: float | None) -> str:
    """US dollars: cents where there are any to speak of, further digits of less."""
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}" if value >= 0.0001 else "under $0.0001"


def span(seconds: float | None) -> str:
    """A time that something takes, in its two largest units."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def ago(then: datetime) -> str:
    """How long something is past, in its largest unit."""
    past = time.time() - then.timestamp()
    for seconds, unit in _UNITS:
        if past >= seconds:
            many = int(past // seconds)
            return f"{many} {unit}{'s' if many > 1 else ''} ago"
    return "just now"


def moment(then: datetime) -> str:
    """A time, the same for readers everywhere."""
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def size(many: int) -> str:
    """Bytes."""
    value = float(many)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
