"""Range and conditional requests, as RFC 9110 has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `first` to `last`, both of them included; without `last` to the end, without `first` so many at the end."""

    first: int | None
    last: int | None

    def within(self, size: int) -> tuple[int, int] | None:
        """The first byte and the one behind the last, of so many; `None` if there are none."""
        if self.first is None:
            return (max(0, size - (self.last or 0)), size) if size and self.last else None
        end = size if self.last is None else min(self.last + 1, size)
        return (self.first, end) if self.first < size else None


def range_of(header: str | None) -> Range | None:
    """What a Range header asks for; `None` is all: several ranges, other units and what is none are ignored."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None and last is None:
        return None
    return None if first is not None and last is not None and last < first else Range(first, last)


def holds(if_range: str | None, etag: str | None) -> bool:
    """Whether a range may be taken for what the reader has: If-Range names exactly what this is, or nothing."""
    return if_range is None or (etag is not None and if_range.strip() == etag)


def same(if_none_match: str | None, etag: str) -> bool:
    """Whether the reader has this already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
