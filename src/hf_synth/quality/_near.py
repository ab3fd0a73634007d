"""Indexes of accepted texts: those near to a new one, those equal to it.

MinHash (Broder 1997) with banding (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4) finds candidates,
a small signature drops most of the wrong ones, and the exact Jaccard similarity of the texts decides, so that no
verdict rests on an estimate. The features that must be equal are part of the band keys: a thousand prompts that
differ in a number alone never meet.

The bands are dicts of our own and not rensa's index: with the texts they verify they take 2.1 MB per 1,000 rows
where that takes 2.6 without (`benchmarks/duplicates.py`), and keys can hold features.
"""

from __future__ import annotations

import zlib
from array import array
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from hf_synth.quality._features import digest
from hf_synth.quality._text import count_words, normalise

if TYPE_CHECKING:
    from hf_synth.quality._minhash import Sketcher

NAME = "duplicate"
VERSION = 1

_GRAM = 5
_SHORT = 12
_PACKED_FROM = 400

_Buckets = dict[int, int | list[int]]


class _Entry(NamedTuple):
    """What the index knows about one text."""

    text: str
    packed: bytes
    short: bool
    features: int
    keys: list[int]
    signature: bytes


class NearDuplicates:
    """Remembers texts and finds the earliest that another one duplicates.

    Two texts are duplicates when they are equal after normalisation; or when the Jaccard similarity of their
    character 5-grams reaches `similarity`, their numbers, names and options are the same, and one of them has 12
    words. Whether two texts are duplicates depends on these two alone, not on their order nor on other texts.
    """

    def __init__(self, similarity: float) -> None:
        self.similarity = similarity
        self._sketcher = _sketcher(similarity)
        self._texts: list[bytes] = []
        self._exact: dict[bytes, int] = {}
        self._buckets: tuple[_Buckets, _Buckets] = ({}, {})  # of long texts and of short ones, band key to rows
        self._features = array("Q")
        self._signatures = bytearray()

    def find(self, text: str) -> int | None:
        """Number of the earliest added text that `text` duplicates, in order of `add`; else `None`."""
        entry = self._entry(text)
        same = self._exact.get(entry.packed)
        rows = self._candidates(entry)
        if not rows:
            return same
        mine = _grams(entry.text)
        for row in self._sketcher.likely(entry.signature, self._signatures, rows):
            if same is not None and row >= same:
                break
            if _jaccard(mine, _grams(_unpack(self._texts[row]))) >= self.similarity:
                return row
        return same

    def add(self, text: str) -> None:
        """Remember a text; its number is how many were added before."""
        entry, row = self._entry(text), len(self._texts)
        self._texts.append(entry.packed)
        self._features.append(entry.features)
        self._signatures += entry.signature
        same = self._exact.setdefault(entry.packed, row)
        if same != row and self._features[same] == entry.features:
            return  # whatever this text duplicates or is duplicated by, the earlier one is, too
        buckets = self._buckets[entry.short]
        for key in entry.keys:
            found = buckets.setdefault(key, row)
            if isinstance(found, list):
                found.append(row)
            elif found != row:
                buckets[key] = [found, row]

    def _candidates(self, entry: _Entry) -> list[int]:
        """Rows that share a band, in order. Short texts are never compared among themselves."""
        rows: set[int] = set()
        for buckets in self._buckets[: 1 if entry.short else 2]:
            for key in entry.keys:
                found = buckets.get(key)
                if found is not None:
                    rows.update((found,) if isinstance(found, int) else found)
        return [row for row in sorted(rows) if self._features[row] == entry.features]

    def _entry(self, text: str) -> _Entry:
        return _entry(text, self.similarity)


class EqualTexts:
    """Remembers texts and finds the earliest that another one equals after normalisation; 0.2 MB per 1,000 rows."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._added = 0

    def find(self, text: str) -> int | None:
        """Number of the earliest added text that equals `text`, in order of `add`; else `None`."""
        return self._rows.get(_name(text))

    def add(self, text: str) -> None:
        """Remember a text; its number is how many were added before."""
        self._rows.setdefault(_name(text), self._added)
        self._added += 1


@cache
def _sketcher(similarity: float) -> Sketcher:
    from hf_synth.quality._minhash import Sketcher  # noqa: PLC0415 numpy and rensa load with the first row

    return Sketcher(similarity)


@lru_cache(maxsize=8)
def _entry(text: str, similarity: float) -> _Entry:
    """Remembered: `add` mostly follows the `find` of the same text, and other indexes look at it, too."""
    folded = normalise(text)
    features = digest(text, folded)
    keys, signature = _sketcher(similarity).sketch(folded, features)
    return _Entry(folded, _pack(folded), count_words(folded) < _SHORT, features, keys, signature)


def _name(text: str) -> bytes:
    return blake2b(normalise(text).encode(), digest_size=16).digest()


def _grams(folded: str) -> set[str]:
    """Character 5-grams; of a shorter text, the text itself."""
    return {folded[i : i + _GRAM] for i in range(max(1, len(folded) - _GRAM + 1))}


def _jaccard(one: set[str], other: set[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _pack(folded: str) -> bytes:
    """A text in little room. The first byte tells which way, so that equal texts are equal and others are not."""
    plain = folded.encode()
    return b"\0" + plain if len(plain) < _PACKED_FROM else b"\1" + zlib.compress(plain, 1)


def _unpack(packed: bytes) -> str:
    return (zlib.decompress(packed[1:]) if packed[0] else packed[1:]).decode()
