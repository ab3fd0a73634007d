"""Titles of an outline, as models give them: numbered, repeated, and the same once more in other words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hf_synth.quality._text import normalise

_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\(?\d{1,3}[.):]\s+)+")
_BOLD = re.compile(r"\*\*|__|^[\"“”'‘’`]+|[\"“”'‘’`]+$")
_LONGEST = 200  # characters of a title: a model that writes an essay does not name a topic
_EMPTY = frozenset(
    "a an the of in on at by for to from with and or as your "
    "der die das des dem den ein eine einer und oder für von vom zu zum zur im am mit auf bei "
    "de du des la le les un une et ou en pour dans par aux avec sur el los las del y o e con por para "
    "il lo gli di da della dei delle nel per os do dos das no na em um uma".split()
)
"""Words that tell no topics apart."""


def clean(titles: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Titles on one line, without bullets and numbers, none that says what an earlier or a `known` one says."""
    seen = {_gist(title) for title in known}
    kept: list[str] = []
    for raw in titles:
        title = " ".join(_BOLD.sub("", _BULLET.sub("", _BOLD.sub("", raw.strip()))).split())
        if any(map(str.isalnum, title)) and len(title) <= _LONGEST and (gist := _gist(title)) not in seen:
            seen.add(gist)
            kept.append(title)
    return tuple(kept)


def _gist(title: str) -> frozenset[str]:
    """Its words, in whatever order and number (`Refund policy`, `Policies for refunds`)."""
    words = normalise(title).split()
    return frozenset(_singular(word) for word in words if word not in _EMPTY) or frozenset(words)


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
