"""Texts that share 13 words in a row with a benchmark: decontamination as for GPT-3 (Brown et al. 2020, appendix C).

A run that more than 10 of the benchmark's texts have is its boilerplate (`Which of the following statements is …`) and
does not count. Texts without a run of 13 words are too short to tell by a part of them: they count where the whole
prompt equals them, from 3 words.

The grams are a sorted array behind a Bloom filter (blocked, three bits of a word of 32: Putze, Sanders, Singler 2007),
ten bytes a gram in all: a row costs 15 µs where binary searches among 4 million grams cost 60.

There is no `CHECK`: what to look for is read where the run starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hf_synth.quality._runs import Words, beginning, runs, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

    Numbers = NDArray[np.uint64]

NAME = "contamination"
VERSION = 1

_SIZE = 13
_LEAST = 3
_BOILERPLATE = 10
_BITS_PER_GRAM = 8  # at least; twice as many at most
_AT_ONCE = 1 << 18
_MASKS = 15  # bits that choose three of 32
_LOW = (1 << _MASKS) - 1


class Grams:
    """The 13-grams of many texts. Make it by `Grams.of`."""

    def __init__(self, grams: Numbers) -> None:
        import numpy as np  # noqa: PLC0415 loads where it is needed

        self._grams = grams  # sorted, each once
        numbers = np.arange(1 << _MASKS, dtype=np.uint32)
        one = np.uint32(1)
        self._masks = (one << (numbers & 31)) | (one << (numbers >> 5 & 31)) | (one << (numbers >> 10 & 31))
        bits = max(1, (len(grams) * _BITS_PER_GRAM // 32).bit_length())
        self._shift = np.uint64(64 - bits)
        self._filter = np.zeros(1 << bits, np.uint32)
        for start in range(0, len(grams), _AT_ONCE):
            some = grams[start : start + _AT_ONCE]
            np.bitwise_or.at(self._filter, some >> self._shift, self._masks[some & _LOW])

    @classmethod
    def of(cls, texts: Iterable[str]) -> Grams:
        """Grams of texts, which are read once, one after the other. Numbers are held, no text is."""
        import numpy as np  # noqa: PLC0415

        held = bytearray()
        for text in texts:
            found = runs(text, _SIZE)
            held += (np.unique(found) if len(found) else _whole(words(text))).tobytes()
        grams = np.frombuffer(held, np.uint64)
        grams.sort()
        # A run is boilerplate where the eleventh of its kind is there; of the others the first of each kind is kept.
        new = np.ones(len(grams), np.bool_)
        np.not_equal(grams[1:], grams[:-1], out=new[1:])
        often = grams[_BOILERPLATE:][grams[_BOILERPLATE:] == grams[:-_BOILERPLATE]]
        kept = grams[new]
        return cls(kept[~np.isin(kept, np.unique(often))] if len(often) else kept)

    def __len__(self) -> int:
        return len(self._grams)

    def having(self, numbers: Numbers) -> int | None:
        """The place of the first of `numbers` that is among the grams."""
        import numpy as np  # noqa: PLC0415

        masks = self._masks[numbers & _LOW]
        likely = np.flatnonzero(self._filter[numbers >> self._shift] & masks == masks)
        if not len(likely):
            return None
        wanted = numbers[likely]
        places = np.minimum(np.searchsorted(self._grams, wanted), len(self._grams) - 1)
        found = likely[self._grams[places] == wanted]
        return int(found[0]) if len(found) else None


class Contamination:
    """Refuses rows that share a gram. See `protocols.Check`."""

    name = NAME
    version = VERSION

    def __init__(self, grams: Grams) -> None:
        self._grams = grams

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        import numpy as np  # noqa: PLC0415

        texts = (candidate.key_text, *candidate.responses)
        numbers = [runs(text, _SIZE) for text in texts]
        whole = not len(numbers[0])
        if whole:
            numbers[0] = _whole(words(candidate.key_text))
        place = self._grams.having(np.concatenate(numbers))
        if place is None:
            return None
        if whole and place < len(numbers[0]):
            return f"the prompt is a text of a benchmark: {candidate.key_text[:60]!r}"
        at = 0
        while place >= len(numbers[at]):
            place -= len(numbers[at])
            at += 1
        what = "a response" if at else "the prompt"
        return f"{what} shares 13 words in a row with a benchmark: {beginning(texts[at], _SIZE, place)!r}"


def _whole(cut: Words) -> Numbers:
    """The number of a whole short text, none of one that is too short; no run of 13 words has the same."""
    return ~cut.sums[-1:] if cut.size >= _LEAST else cut.sums[:0]
