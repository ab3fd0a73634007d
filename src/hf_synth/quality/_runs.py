"""Runs of words as 64-bit numbers: what two texts share word for word.

Case, punctuation, quotes and markdown make no difference. Where words are not spaced two CJK or four south-east Asian
characters count as a word. The numbers are Python's hashes of words, rolled: stable within a process only. Each text
is cut and hashed once (12 µs for 100 words), whatever the runs and however many checks look at it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hf_synth.quality._text import NO_SPACES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]

_ODD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: odd, so it has an inverse
_ASCII = {n: chr(n) if chr(n).isalnum() else " " for n in range(128)} | {ord("'"): None}
_WORD = re.compile(r"[^\W_]+")
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_BY_CHARACTER = re.compile(f"[{_MARKS}{NO_SPACES}\uff00-\uffef]")
_UNSPACED = re.compile(f"[{NO_SPACES}]")
_SHOWN = 8


class _Characters(dict[int, str]):
    """A table for `str.translate` that fills itself: for texts in which `_WORD` does not find the words."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, int] = {}  # characters that are tokens of their own: how many make a word

    def __missing__(self, point: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(point)).casefold()
        if _UNSPACED.match(folded):
            self.parts.update(dict.fromkeys(folded, 2 if point >= 0x3000 else 4))
            folded = f" {' '.join(folded)} "
        elif not folded.isalnum() and unicodedata.category(chr(point))[0] != "M":
            folded = " "
        self[point] = folded
        return folded


_CHARACTERS = _Characters()


class _Layer(NamedTuple):
    """Where the tokens are of which `part` make a word: `longer` and `equal` count those before each place."""

    part: int
    longer: NDArray[Any]
    equal: NDArray[Any]


class Words(NamedTuple):
    """A text, cut.

    Attributes:
        tokens: its words, folded; characters where words are not spaced.
        sums: of the hashes of the first n words, each times a power, so that any run takes one difference.
        layers: of texts in which some words are not spaced.
        size: how many words it has.
    """

    tokens: list[str]
    sums: Numbers
    layers: tuple[_Layer, ...]
    size: int


@lru_cache(maxsize=32)
def words(text: str) -> Words:
    """The words of a text. The latest texts are remembered: several checks look at each."""
    import numpy as np  # noqa: PLC0415 loads with the first row

    tokens, unspaced = _cut(text)
    sums = np.zeros(len(tokens) + 1, np.uint64)
    hashes = np.fromiter(map(hash, tokens), np.int64, len(tokens)).view(np.uint64)
    np.cumsum(hashes * _powers(len(tokens).bit_length())[0][: len(tokens)], out=sums[1:])
    if not unspaced:
        return Words(tokens, sums, (), len(tokens))
    known = _CHARACTERS.parts
    parts = np.array([known.get(token, 1) for token in tokens], np.uint8)
    layers = [
        _Layer(part, *(np.concatenate(([0], np.cumsum(mask))) for mask in (parts > part, parts == part)))
        for part in np.unique(parts).tolist()
    ]
    return Words(tokens, sums, tuple(layers), sum(int(layer.equal[-1]) // layer.part for layer in layers))


def runs(text: str, size: int) -> Numbers:
    """The runs of `size` words in a row, in order; of as many more tokens where words are not spaced."""
    cut = words(text)
    if not cut.layers:
        return _rolled(cut.sums, size)
    import numpy as np  # noqa: PLC0415

    return np.concatenate([cut.sums[:0], *(numbers[here] for numbers, here, _ in _mixed(cut, size))])


def shared(text: str, size: int, known: AbstractSet[int]) -> str | None:
    """How the first run of `size` words of a text that is `known` begins, folded; `None` where there is none."""
    if not known or len(words(text).tokens) < size or known.isdisjoint(runs(text, size).tolist()):
        return None
    return next(beginning(text, size, n) for n, number in enumerate(runs(text, size).tolist()) if number in known)


def beginning(text: str, size: int, place: int) -> str:
    """How the run at a place in `runs(text, size)` begins, folded."""
    cut = words(text)
    for _, here, length in _mixed(cut, size) if cut.layers else ():
        starts = here.nonzero()[0]
        if place < len(starts):
            run = cut.tokens[int(starts[place]) :][:length]
            return ("" if length > size else " ").join(run[: _SHOWN * length // size]) + " …"
        place -= len(starts)
    return " ".join(cut.tokens[place : place + min(size, _SHOWN)]) + " …"


def _rolled(sums: Numbers, length: int) -> Numbers:
    most = len(sums) - length
    if most <= 0:
        return sums[:0]
    return (sums[length:] - sums[:-length]) * _powers(len(sums).bit_length())[1][:most]


def _mixed(cut: Words, size: int) -> list[tuple[Numbers, Any, int]]:
    """All runs, which of them count, their length: `size` spaced words, else 2 or 4 times as many tokens.

    A run is as long as its shortest words demand, so that each text has the same runs wherever it stands.
    """
    found: list[tuple[Numbers, Any, int]] = []
    for part, longer, equal in cut.layers:
        length = size * part
        numbers = _rolled(cut.sums, length)
        if len(numbers):
            here = (longer[length:] == longer[:-length]) & (equal[length:] > equal[:-length])
            found.append((numbers, here, length))
    return found


@cache
def _powers(bits: int) -> tuple[Numbers, Numbers]:
    """The first 2^bits powers of an odd number, and those of its inverse, modulo 2^64."""
    import numpy as np  # noqa: PLC0415

    up, down = (np.full(1 << bits, base, np.uint64) for base in (_ODD, pow(_ODD, -1, 1 << 64)))
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


def _cut(text: str) -> tuple[list[str], bool]:
    """Words, and whether some of them are single characters of a script that puts no spaces between words."""
    if text.isascii():
        return text.casefold().translate(_ASCII).split(), False
    folded = unicodedata.normalize("NFC", text).casefold().replace("'", "").replace("’", "")
    if _BY_CHARACTER.search(folded) is None:
        return _WORD.findall(folded), False
    return folded.translate(_CHARACTERS).split(), _UNSPACED.search(folded) is not None
