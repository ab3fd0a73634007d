"""Passages, dealt to the blocks of the plan so that every prefix is spread over the whole source."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import gcd

from hf_synth.sources._divide import title_of
from hf_synth.types import Passage

_GOLDEN = 0.6180339887498949


class Dealt:
    """See `protocols.Passages`.

    The order is a walk with a stride near the golden section of their number that shares no factor with it: it meets
    every passage once, and each prefix lies nearly evenly over the source (Weyl's equidistribution).

    Args:
        texts: identifier and text of every passage, in the order of the source.
        seed: where the walk begins, so that another seed takes other passages first.
    """

    def __init__(self, texts: Sequence[tuple[str, str]], seed: int) -> None:
        self._texts = texts
        self._longest = max(len(text.encode("utf-8", "replace")) for _, text in texts)
        self._stride = max(1, round(len(texts) * _GOLDEN))
        while gcd(self._stride, len(texts)) != 1:
            self._stride += 1
        self._start = int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest(), "big") % len(texts)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def longest(self) -> int:
        """UTF-8 bytes of the longest passage."""
        return self._longest

    def block(self, number: int, most: int) -> tuple[Passage, ...]:
        """See `protocols.Passages`. Blocks are as large as one another, so that none repeats a few passages."""
        blocks = -(-len(self) // most)
        turn = number % blocks
        first, end = turn * len(self) // blocks, (turn + 1) * len(self) // blocks
        return tuple(self._passage(place) for place in range(first, end))

    def _passage(self, place: int) -> Passage:
        name, text = self._texts[(self._start + place * self._stride) % len(self._texts)]
        return Passage(name, title_of(text), text)
