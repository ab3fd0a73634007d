"""Which of several media types a request accepts most (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hf_synth.server.answers import Refused


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The media type that is liked most; of equals the first.

    Args:
        accept: the header; without one, everything is accepted.
        offered: media types.

    Raises:
        Refused: none of them is accepted (406).
    """
    asked = list(ranges(accept or "*/*"))
    best = max(offered, key=lambda name: liking(name, asked))
    if not liking(best, asked):
        raise Refused(406, f"There is {' and '.join(offered)}.", hint="Accept one of these.")
    return best


def ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The ranges of an Accept header with how much each is liked; what cannot be read is left out."""
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        found = [re.fullmatch(r"q=([01](?:\.[0-9]{0,3})?)", one) for one in parameters if one.startswith("q=")]
        if "/" in name and all(found):
            yield name, min([1.0, *(float(one[1]) for one in found if one)])


def liking(name: str, asked: Sequence[tuple[str, float]]) -> float:
    """How much a media type is liked: the most exact range says it."""
    return most_exact(name, asked)[1]


def most_exact(name: str, asked: Sequence[tuple[str, float]]) -> tuple[int, float]:
    """How exactly a media type is named, 3 by itself to 0 not at all, and how much it is liked there."""
    exactness = {name: 3, f"{name.partition('/')[0]}/*": 2, "*/*": 1}
    return max(((exactness[one], liked) for one, liked in asked if one in exactness), default=(0, 0.0))
